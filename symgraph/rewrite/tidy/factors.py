"""What the pass that tidies derivatives asks about products: who stands transposed, who scales the same axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...core.node import Node, apply, constant
from ...core.operator import OPS
from ...ops.arithmetic import multiply, number
from ...ops.power import power
from ...ops.tensor.contraction import CONTRACT, Indices, is_broadcast, is_spread
from .terms import DIVIDE, MULTIPLY

MOST_FACTORS = 32
POWER = OPS["power"]
ADDITIONS = (OPS["add"], OPS["subtract"])


def stands_turned(node: Node, place: int) -> bool:
    """True if an operand is a product of matrices that the chain of this contraction reads transposed."""
    arg = node.args[place]
    lists, output = node.attrs[:2]
    if arg.op is not CONTRACT or len(arg.args) < 2 or arg.ndim != 2 or is_spread(arg) or len(lists) < 2 or not output:
        return False
    if any(len(index) > 2 for index in (*lists, *arg.attrs[0])):
        return False
    return place in turned_places(lists, output)


def turned_places(lists: Sequence[Indices], output: Indices) -> set[int]:
    """Give the places of the matrices that the chain of a contraction of vectors and matrices reads transposed."""
    current: int | None = output[0] if output else None
    found: set[int] = set()
    for k, index in enumerate(lists):
        if len(index) == 2:
            straight = index[0] == current
            if not straight and index[1] == current:
                found.add(k)
            current = index[1] if straight else index[0]
        elif index[0] != current:
            current = index[0]
        elif not any(current in other for other in lists[k + 1 :]):
            current = None
    return found


def diagonals(
    operands: Sequence[Node], lists: Sequence[Indices], output: Indices
) -> tuple[list[Node], list[Indices]] | None:
    """Multiply vectors that scale the same axis of other operands, or of a result that is larger than they are.

    Matrices that scale the same two axes of a result with more are multiplied too.
    """
    counts = Counter(lists)
    wide = {i for index in lists if len(index) > 1 for i in index}
    wide |= set(output) if len(output) > 1 else set()
    joint = {
        index
        for index, count in counts.items()
        if count > 1
        and (index[0] in wide if len(index) == 1 else len(index) < len(output) and set(index) <= set(output))
    }
    if not joint:
        return None
    groups: dict[Indices, list[Node]] = {}
    for node, index in zip(operands, lists, strict=True):
        if index in joint:
            groups.setdefault(index, []).append(node)
    made, indices = list[Node](), list[Indices]()
    for node, index in zip(operands, lists, strict=True):
        if index not in joint:
            made.append(node)
            indices.append(index)
        elif index in groups:
            made.append(powers([part for each in groups.pop(index) for part in parts(each)]))
            indices.append(index)
    return made, indices


def parts(node: Node) -> list[Node]:
    """Give the two or more vectors in a product of vectors."""
    parts, stack = list[Node](), [node]
    while stack:
        part = stack.pop()
        if part.op is MULTIPLY and all(arg.shape == node.shape for arg in part.args) and len(parts) < MOST_FACTORS:
            stack += part.args[::-1]
        else:
            parts.append(part)
    return parts


def inverse_square(node: Node) -> Node:
    """Give x^(-2) for x, and x^(-2k) for x^k: their range is that of 1/x/x."""
    base, exponent = _base(node)
    return power(base, constant(-2.0 * exponent, base.dtype))


def powers(factors: Sequence[Node]) -> Node:
    """Multiply arrays, equal ones as a power; what occurs more than once comes first."""
    bases = [_base(factor) for factor in factors]
    counts = Counter[Node]()
    for base, exponent in bases:
        counts[base] += exponent
    places = Counter(base for base, _ in bases)
    listed = sorted(counts, key=lambda factor: -places[factor])
    total: Node | None = None
    for factor in listed:
        count = counts[factor]
        part = factor if count == 1 else power(factor, constant(float(count), factor.dtype))
        total = part if total is None else multiply(total, part)
    assert total is not None
    return total


def _base(factor: Node) -> tuple[Node, int]:
    """Write a factor as a power with a whole exponent."""
    exponent = number(factor.args[1]) if factor.op is POWER and factor.args[0].shape == factor.shape else None
    if exponent is None or exponent not in range(2, MOST_FACTORS):
        return factor, 1
    return factor.args[0], int(exponent)


def is_reciprocal(node: Node) -> bool:
    """True for 1 / x."""
    return node.op is DIVIDE and number(node.args[0]) == 1 and node.args[1].shape == node.shape


def rows_scale(factors: Sequence[Node]) -> bool:
    """True for matrices of one shape and vectors as long as their rows."""
    matrices = {factor.shape for factor in factors if factor.ndim == 2}
    rows = {factor.shape for factor in factors if factor.ndim == 1}
    if len(matrices) != 1 or not rows or any(factor.ndim not in (1, 2) for factor in factors):
        return False
    return rows == {next(iter(matrices))[1:]} and not any(1 in factor.shape for factor in factors)


def plain_numbers(node: Node) -> Node:
    """Write log(x) + 1 for log(x) + ones(n)."""
    if node.op not in ADDITIONS:
        return node
    x, y = node.args
    if x.shape == node.shape and is_broadcast(y) and not any(arg.shape for arg in y.args):
        y = y.args[0] if y.args else constant(1.0)
    elif y.shape == node.shape and is_broadcast(x) and not any(arg.shape for arg in x.args):
        x = x.args[0] if x.args else constant(1.0)
    return apply(node.op, (x, y))


def connected(lists: Sequence[Indices]) -> list[list[int]]:
    """Group the places of index lists that share indices, directly or through others."""
    groups: list[tuple[set[int], list[int]]] = []
    for place, index in enumerate(lists):
        joint = [group for group in groups if group[0] & set(index)]
        groups = [group for group in groups if not group[0] & set(index)]
        reached = set(index).union(*[group[0] for group in joint])
        groups.append((reached, sorted([place, *[each for group in joint for each in group[1]]])))
    return [places for _, places in sorted(groups, key=lambda group: group[1])]


def is_square_product(node: Node) -> bool:
    """True for the product of two square matrices of one size."""
    if node.op is not CONTRACT or len(node.args) != 2:
        return False
    lists, output, sizes = node.attrs[:3]
    matrices = len(output) == 2 and all(len(index) == len(set(index)) == 2 for index in (*lists, output))
    return matrices and len(sizes) == 3 and len(set(sizes)) == 1
