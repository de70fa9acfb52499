"""An expression as a sum of products: every term a scalar times one contraction of arrays.

This is where the structure of a derivative can be seen: which indices are tied by a delta, and which operands
connect rows with columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from ...core.dimension import Size
from ...core.node import CONSTANT, Node, constant
from ...core.operator import FUNCTIONS, OPS
from .contraction import CONTRACT, Indices, contract
from .dimension import dimension

MOST_TERMS = 16  # a sum is not multiplied out beyond so many terms


@dataclass(slots=True)
class Term:
    """``scale`` times the contraction of ``operands`` over the indices that ``output`` lacks.

    It is zero where one of the ``choices``, truth values, does not hold.
    """

    scale: Node
    operands: list[tuple[Node, Indices]]
    output: Indices
    sizes: dict[int, Size]
    choices: list[tuple[Node, Indices]] = field(default_factory=list)

    def contraction(self, output: Indices, more: tuple[tuple[Node, Indices], ...] = ()) -> Node:
        """Build the product of the operands and ``more`` with other indices kept, without the scale."""
        terms = [*self.operands, *more]
        return contract([node for node, _ in terms], [index for _, index in terms], output, self.sizes)


def sum_of_products(node: Node) -> list[Term]:
    """Take an expression apart; terms that are zero are left out.

    What is chosen, as in ``where(taken, x, 0)``, is looked into. Sums inside a product are multiplied out where one of
    their terms has a delta, or where they have three axes or more, so that its structure is not hidden by the others.
    """
    whole = tuple(range(node.ndim))
    waiting = [Term(constant(1.0, dtype=node.dtype), [(node, whole)], whole, dict(enumerate(node.shape)))]
    done: list[Term] = []
    while waiting:
        term = waiting.pop(0)
        for place in range(len(term.operands)):
            opened = _open(term, place, len(done) + len(waiting))
            if opened is not None:
                waiting[:0] = opened
                break
        else:
            done.append(_with_lost_sums(_chosen(term)))
    return [term for term in done if term.scale.op is not CONSTANT or term.scale.value != 0]


def _open(term: Term, place: int, others: int) -> list[Term] | None:
    """Take one operand apart: several terms for a sum, ``None`` if it stays as it is."""
    node, index = term.operands[place]
    if not node.shape:
        return [_replaced(term, place, [], node)]
    if node.op is OPS["negative"]:
        return [_replaced(term, place, [(node.args[0], index)], constant(-1.0, dtype=node.dtype))]
    if node.op is OPS["multiply"]:
        return _open_product(term, place)
    if node.op in (OPS["add"], OPS["subtract"]):
        first, second = node.args
        alone = len(term.operands) == 1
        if first.shape != second.shape or others + 2 > MOST_TERMS or not (alone or _hides_structure(node)):
            return None
        sign = constant(1.0 if node.op is OPS["add"] else -1.0, dtype=node.dtype)
        return [_replaced(term, place, [(first, index)]), _replaced(term, place, [(second, index)], sign)]
    if node.op is CONTRACT and node.ndim > 1:
        return [_open_contraction(term, place)]
    if node.op in (OPS["where"], OPS["guard"]):
        return _open_choice(term, place)
    return None


def _open_choice(term: Term, place: int) -> list[Term] | None:
    """Open ``where(taken, x, 0)`` and ``guard(taken, x, y)``, which are zero where ``taken`` does not hold."""
    node, index = term.operands[place]
    taken, first, second = node.args
    chosen = [first, second] if node.op is OPS["guard"] else [first]
    is_zero = second.op is CONSTANT and not second.shape and second.value == 0
    if (node.op is OPS["where"] and not is_zero) or node.ndim < 2:
        return None
    if any(not arg.shape for arg in chosen) or any(
        arg.shape != node.shape[node.ndim - arg.ndim :] for arg in node.args
    ):
        return None
    opened = _replaced(term, place, [(arg, index[node.ndim - arg.ndim :]) for arg in chosen])
    opened.choices.append((taken, index[node.ndim - taken.ndim :]))
    return [opened]


def _chosen(term: Term) -> Term:
    """Let the smallest operands that know the axes of a choice be zero where it does not hold.

    If none does, the choice is a factor. An infinite operand without these axes then makes a nan where the array that
    was taken apart has a zero.
    """
    zero, one = constant(0.0, dtype=term.scale.dtype), constant(1.0, dtype=term.scale.dtype)
    operands, scale = list(term.operands), term.scale
    for taken, index in _needed(term.choices):
        knowing = [own for _, own in operands if index and set(index) <= set(own)]
        if not knowing:
            scale = scale if index else FUNCTIONS["where"](taken, scale, zero)
            operands += [(FUNCTIONS["where"](taken, one, zero), index)] if index else []
            continue
        least = min(knowing, key=len)
        joint = reduce(FUNCTIONS["multiply"], [node for node, own in operands if own == least])
        spread = contract((taken,), (index,), least, term.sizes)
        operands = [operand for operand in operands if operand[1] != least]
        operands.append((FUNCTIONS["where"](spread, joint, zero), least))
    return Term(scale, operands, term.output, term.sizes)


def _needed(choices: list[tuple[Node, Indices]]) -> list[tuple[Node, Indices]]:
    """Part choices that were made together, and leave out that anything was chosen where it is said what."""
    parts: dict[tuple[Node, Indices], None] = {}
    waiting = list(choices)
    while waiting:
        taken, index = waiting.pop(0)
        if taken.op is OPS["logical_and"]:
            waiting[:0] = [(arg, index[taken.ndim - arg.ndim :]) for arg in taken.args]
        else:
            parts[taken, index] = None
    known = {taken for taken, _ in parts if taken.op is not OPS["any"]}
    return [(taken, index) for taken, index in parts if taken in known or not _follows(taken, known)]


def _follows(taken: Node, known: set[Node], depth: int = 8) -> bool:
    """True if a choice was made wherever the known ones were."""
    if taken in known or not depth:
        return taken in known
    if taken.op in (OPS["any"], OPS["logical_and"]):
        return all(_follows(arg, known, depth - 1) for arg in taken.args)
    return taken.op is OPS["logical_or"] and any(_follows(arg, known, depth - 1) for arg in taken.args)


def _hides_structure(node: Node) -> bool:
    return node.ndim > 2 or any(_has_delta(arg) for arg in node.args)


def _has_delta(node: Node) -> bool:
    while node.op in (OPS["negative"], OPS["multiply"]):
        arrays = [arg for arg in node.args if arg.shape]
        if len(arrays) != 1:
            return False
        node = arrays[0]
    return node.op is CONTRACT and len(set(node.attrs[1])) < len(node.attrs[1])


def _replaced(term: Term, place: int, new: list[tuple[Node, Indices]], factor: Node | None = None) -> Term:
    operands = [*term.operands[:place], *new, *term.operands[place + 1 :]]
    scale = term.scale if factor is None else _with_number_first(factor, term.scale)
    return Term(scale, operands, term.output, dict(term.sizes), list(term.choices))


def _with_number_first(factor: Node, scale: Node) -> Node:
    numbers_last = scale.op is CONSTANT and factor.op is not CONSTANT
    return FUNCTIONS["multiply"](scale, factor) if numbers_last else FUNCTIONS["multiply"](factor, scale)


def _open_product(term: Term, place: int) -> list[Term] | None:
    node, index = term.operands[place]
    first, second = node.args
    for scalar, rest in ((first, second), (second, first)):
        if not scalar.shape and rest.shape == node.shape:
            return [_replaced(term, place, [(rest, index)], scalar)]
    if node.ndim < 2 or any(arg.shape != node.shape[node.ndim - arg.ndim :] for arg in node.args):
        return None
    return [_replaced(term, place, [(arg, index[node.ndim - arg.ndim :]) for arg in node.args])]


def _open_contraction(term: Term, place: int) -> Term:
    """Put a contraction's operands in its place; an index that its result repeats makes two outer indices one."""
    node, index = term.operands[place]
    subscripts, output, own_sizes, _ = node.attrs
    names: dict[int, int] = {}
    same: dict[int, int] = {}
    sizes = dict(term.sizes)
    fresh = 1 + max(sizes)
    for own, outer in zip(output, index, strict=True):
        outer = _final(same, outer)
        held = _final(same, names.setdefault(own, outer))
        if held != outer:
            same[outer] = held
            del sizes[outer]
    for own, size in enumerate(own_sizes):
        if own not in names:
            names[own] = fresh + own
            sizes[fresh + own] = size
    inner = [(arg, tuple([names[i] for i in own])) for arg, own in zip(node.args, subscripts, strict=True)]
    operands = [*term.operands[:place], *inner, *term.operands[place + 1 :]]
    renamed = [(arg, tuple([_final(same, i) for i in own])) for arg, own in operands]
    choices = [(taken, tuple([_final(same, i) for i in own])) for taken, own in term.choices]
    return Term(term.scale, renamed, tuple([_final(same, i) for i in term.output]), sizes, choices)


def _final(same: dict[int, int], index: int) -> int:
    while index in same:
        index = same[index]
    return index


def _with_lost_sums(term: Term) -> Term:
    """An index that is summed over but that no operand has any more counts how often the rest is added."""
    held = {i for _, index in term.operands for i in index}.union(term.output)
    scale = term.scale
    for lost in sorted(set(term.sizes) - held):
        scale = FUNCTIONS["multiply"](dimension(term.sizes.pop(lost), scale.dtype), scale)
    return Term(scale, term.operands, term.output, term.sizes)
