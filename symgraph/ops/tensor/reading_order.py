"""The order of the operands of a contraction: the one in which the matrix product is read.

Products commute, so the order is free; one canonical order makes equal contractions one node (x'A and A'x)
and lets them be written as a chain of matrices and vectors, from the first index of the result to the last.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...core.node import Node

Term = tuple[Node, tuple[int, ...]]


def reading_order(terms: Sequence[Term], output: tuple[int, ...]) -> list[Term]:
    """Sort operands of a contraction of vectors and matrices as a chain that begins at the result's first index.

    At each step comes an operand with the index that is open: a diagonal before a matrix, and what leads to the
    result's last index as late as possible; symbols before what has been computed: diag(w)·(A·x - b). Operands that
    tie then keep their order. A result with four axes is read as A ⊗ B, if no index joins its first and third axis with
    the others. Otherwise, where an operand or the result has more than two axes, or the result has none, the order is
    kept.
    """
    if len(terms) < 2 or any(len(index) not in (1, 2) for _, index in terms):
        return list(terms)
    if len(output) == 4:
        return _kronecker_order(terms, output)
    if not 1 <= len(output) <= 2:
        return list(terms)
    remaining = list(terms)
    ordered: list[Term] = []
    current: int | None = output[0]
    while remaining:
        place = min(range(len(remaining)), key=lambda k: _rank(*remaining[k], current, output))
        term = remaining.pop(place)
        ordered.append(term)
        current = _open_after(term[1], current, remaining)
    return ordered


def _kronecker_order(terms: Sequence[Term], output: tuple[int, ...]) -> list[Term]:
    first, second = (output[0], output[2]), (output[1], output[3])
    reached, grown = set(first), True
    while grown:
        found = reached.union(*[index for _, index in terms if reached & set(index)])
        reached, grown = found, found != reached
    if reached & set(second):
        return list(terms)
    left = [term for term in terms if reached & set(term[1])]
    right = [term for term in terms if not reached & set(term[1])]
    return [*reading_order(left, first), *reading_order(right, second)]


def _rank(node: Node, index: tuple[int, ...], current: int | None, output: tuple[int, ...]) -> tuple[bool, ...]:
    leads_out = output[-1] in index and output[-1] != current
    return current not in index, len(set(index)) > 1, leads_out, bool(node.args)


def _open_after(index: tuple[int, ...], current: int | None, remaining: Sequence[Term]) -> int | None:
    """Give the index at which the chain goes on."""
    others = [i for i in index if i != current]
    if current in index and others:
        return others[0]
    last = index[-1]
    return last if any(last in each for _, each in remaining) else None
