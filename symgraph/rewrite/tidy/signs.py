"""Signs in sums and products: x - y for x + (-y), 2·x for -((-2)·x), I - B for (I - Bᵀ)ᵀ."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...core.node import Node, apply
from ...core.operator import OPS
from ...ops.arithmetic import NEGATIVE, add, multiply, negative, number, subtract
from ...ops.tensor.contraction import CONTRACT, contract, is_rearrangement
from .sums import turned
from .terms import DEEPEST, DIVIDE, MULTIPLY, scaled

SUBTRACT = OPS["subtract"]
ADDING = (OPS["add"], SUBTRACT, NEGATIVE)
PARTED = (NEGATIVE, MULTIPLY, DIVIDE, CONTRACT)  # what may hold a sign, a number or a factor
Opens = Callable[[Node], bool]


def parts_of(node: Node, opens: Opens) -> tuple[list[tuple[bool, Node]], bool]:
    """List the terms of a sum, each behind whether it is subtracted; say whether a sign stands inside the sum."""
    parts, hidden = list[tuple[bool, Node]](), False
    stack = [(False, node)]
    while stack:
        minus, part = stack.pop()
        if part.op not in ADDING or part.shape != node.shape or not (part is node or opens(part)):
            parts.append((minus, part))
        elif part.op is NEGATIVE:
            hidden = hidden or part is not node
            stack.append((not minus, part.args[0]))
        else:
            stack += [(minus is not (part.op is SUBTRACT), part.args[1]), (minus, part.args[0])]
    return parts, hidden


def unsigned(node: Node, opens: Opens, differences: bool = False, depth: int = DEEPEST) -> Node | None:
    """Give −x without its sign, 2·x for (-2)·x, x/q for (-x)/q; ``None`` for what has none.

    ``differences``: a difference has one, for it can be turned: y − x for x − y.
    """
    if not depth or not opens(node) or not node.args:
        return None
    if node.op is NEGATIVE:
        return node.args[0]
    first = node.args[0]
    value = number(first)
    if node.op is MULTIPLY and value is not None and value < 0:
        return multiply(negative(first), node.args[1])
    if differences and node.op is SUBTRACT:
        return subtract(node.args[1], first)
    within = unsigned(first, opens, differences, depth - 1) if node.op in PARTED else None
    return None if within is None else apply(node.op, (within, *node.args[1:]), node.attrs)


def signed_sum(parts: Sequence[tuple[bool, Node]]) -> Node:
    """Add terms, and subtract those behind ``True``; begin with one that is not subtracted."""
    terms = list(parts)
    minus, total = terms.pop(next((place for place, (minus, _) in enumerate(terms) if not minus), 0))
    total = negative(total) if minus else total
    for minus, term in terms:
        total = subtract(total, term) if minus else add(total, term)
    return total


def turned_sum(node: Node, opens: Opens) -> Node:
    """Turn the terms instead of their sum, if that is free for all terms but one."""
    parts = parts_of(node.args[0], opens)[0]
    if any(part.shape not in ((), node.args[0].shape) for _, part in parts):
        return node
    free = [_turned_term(part, opens) if part.shape else part for _, part in parts]
    if free.count(None) > 1:
        return node
    sizes = dict(enumerate(node.args[0].shape))
    return signed_sum(
        [
            (minus, contract((part,), ((0, 1),), (1, 0), sizes) if term is None else term)
            for (minus, part), term in zip(parts, free, strict=True)
        ]
    )


def _turned_term(part: Node, opens: Opens, depth: int = DEEPEST) -> Node | None:
    if part.op is CONTRACT and (is_rearrangement(part) or opens(part)):
        return turned(part)
    found = scaled(part) if depth and part.op is MULTIPLY and opens(part) else None
    inner = None if found is None else _turned_term(found[1], opens, depth - 1)
    return None if inner is None or found is None else multiply(found[0][1], inner)
