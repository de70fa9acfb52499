"""Sums with common factors: ``A·x + Aᵀ·x`` is ``(A + Aᵀ)·x``, ``a/q + b/q`` is ``(a + b)/q``.

A factor is taken out only where that makes the sum cheaper: the arrays that are added instead are never larger
than the contraction that is saved (Laue, Mitterreiter and Giesen, AAAI 2020).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from operator import add as add_numbers

from ..core.node import Node
from ..ops.arithmetic import add, divide, multiply, subtract
from ..ops.tensor.contraction import CONTRACT, contract, is_rearrangement
from .terms import Scalar, Term, exact

MOST_TERMS = 32  # longer sums stay as they are: every pair of terms is looked at
Indices = tuple[int, ...]


def collected(terms: Sequence[Term]) -> Node | None:
    """Add terms, common factors taken out; ``None`` if no two terms have one."""
    if not 1 < len(terms) <= MOST_TERMS:
        return None
    joined = _joined(terms)
    common = _most_common(joined)
    if len(joined) == len(terms) and common is None and not _same_number(joined):
        return None
    return _sum(joined)


def _sum(terms: Sequence[Term]) -> Node:
    common = _most_common(terms)
    if common is not None:
        having = [replace(term, scalars=_without(term.scalars, common)) for term in terms if common in term.scalars]
        rest = [term for term in terms if common not in term.scalars]
        inner = _sum(_joined(having))
        made = multiply(common[1], inner) if common[0] == "*" else divide(inner, common[1])
        return _sum([Term(1.0, (), made), *rest]) if rest else made
    if len(terms) == 1:
        return terms[0].node()
    if _same_number(terms):
        first = terms[0].coefficient
        inner = _sum([replace(term, coefficient=term.coefficient / first) for term in terms])
        return Term(first, (), inner).node()
    ordered = sorted(terms, key=lambda term: term.coefficient < 0)  # a sum begins with what is not subtracted
    total = ordered[0].node()
    for term in ordered[1:]:
        if term.coefficient < 0:
            total = subtract(total, replace(term, coefficient=-term.coefficient).node())
        else:
            total = add(total, term.node())
    return total


def _same_number(terms: Sequence[Term]) -> bool:
    """True if all terms have one number up to the sign, which then stands in front of the sum."""
    first = abs(terms[0].coefficient)
    alike = len(terms) > 1 and all(abs(term.coefficient) == first for term in terms)
    return alike and (first != 1 or all(term.coefficient < 0 for term in terms))


def _most_common(terms: Sequence[Term]) -> Scalar | None:
    counts = Counter(scalar for term in terms for scalar in dict.fromkeys(term.scalars))
    best = max(counts, key=lambda scalar: counts[scalar], default=None)
    return best if best is not None and counts[best] > 1 else None


def _without(scalars: tuple[Scalar, ...], one: Scalar) -> tuple[Scalar, ...]:
    place = scalars.index(one)
    return scalars[:place] + scalars[place + 1 :]


def _joined(terms: Sequence[Term]) -> list[Term]:
    """Join every term with the first one that it has a factor in common with."""
    done: list[Term] = []
    for term in terms:
        for place, other in enumerate(done):
            pair = _join(other, term)
            if pair is not None:
                done[place] = pair
                break
        else:
            done.append(term)
    return done


def _join(x: Term, y: Term) -> Term | None:
    if Counter(x.scalars) != Counter(y.scalars):
        return None
    if x.core is y.core:
        coefficient = exact(add_numbers, x.coefficient, y.coefficient)
        return replace(x, coefficient=coefficient) if coefficient else None
    if x.core.op is not CONTRACT or y.core.op is not CONTRACT:
        return None
    return _common_operand(x, y)


def _outside(x: Term, y: Term) -> float:
    """Give the number that stands in front of the sum of two terms: what they share, up to the sign."""
    if abs(x.coefficient) != abs(y.coefficient):
        return 1.0
    return x.coefficient if x.coefficient == y.coefficient else abs(x.coefficient)


def _common_operand(x: Term, y: Term) -> Term | None:
    """Write the sum of two contractions that differ in at most one operand as one contraction."""
    count = len(x.core.args)
    if count != len(y.core.args) or count < 2 or not x.core.shape:
        return None
    for p in range(count):
        for q in range(count):
            others = x.core.args[:p] + x.core.args[p + 1 :]
            if others != y.core.args[:q] + y.core.args[q + 1 :]:
                continue
            made = _factored(x, y, p, q)
            if made is not None:
                return made
    return None


def _factored(x: Term, y: Term, p: int, q: int) -> Term | None:
    """Add operand ``p`` of x and operand ``q`` of y, if the indices of everything else agree."""
    lists, output, sizes = x.core.attrs[:3]
    others, other_output = y.core.attrs[:2]
    names: dict[int, int] = {}
    pairs = [(output, other_output), *zip(_drop(lists, p), _drop(others, q), strict=True)]
    for own, other in pairs:
        for i, j in zip(own, other, strict=True):
            if names.setdefault(j, i) != i:
                return None
    mine = lists[p]
    if any(j not in names for j in others[q]) or len(set(names.values())) < len(names):
        return None
    theirs = tuple([names[j] for j in others[q]])
    if sorted(mine) != sorted(theirs) or len(set(mine)) < len(mine):
        return None
    first, second, order = (x, p, mine), (y, q, theirs), mine
    if _is_turned(mine, output) and not _is_turned(theirs, output):
        first, second, order = second, first, theirs
    parts = []
    for term, place, index in (first, second):
        part = term.core.args[place]
        if index != order:
            part = contract((part,), (index,), order, dict(enumerate(sizes)))
        parts.append(part)
    if parts[0] is parts[1]:  # the same product in another order
        coefficient = exact(add_numbers, x.coefficient, y.coefficient)
        return replace(x, coefficient=coefficient) if coefficient else None
    outside = _outside(x, y)
    operands = list(x.core.args)
    operands[p] = _sum(
        [Term(t[0].coefficient / outside, (), part) for t, part in zip((first, second), parts, strict=True)]
    )
    changed = list(lists)
    changed[p] = order
    return replace(x, coefficient=outside, core=contract(operands, changed, output, dict(enumerate(sizes))))


def _drop(lists: tuple[Indices, ...], place: int) -> tuple[Indices, ...]:
    return lists[:place] + lists[place + 1 :]


def _is_turned(index: Indices, output: Indices) -> bool:
    """True for a matrix that stands transposed in a chain to this result."""
    if len(index) != 2 or not output:
        return False
    return index[1] == output[0] or (len(output) == 2 and index[0] == output[1])


def is_turned_product(node: Node) -> bool:
    """True for the transpose of a contraction that sums: (A·B)ᵀ."""
    if node.op is not CONTRACT or len(node.args) != 1 or not is_rearrangement(node):
        return False
    (index,), output = node.attrs[:2]
    inner = node.args[0]
    return inner.op is CONTRACT and len(inner.args) > 1 and index == (0, 1) and output == (1, 0)


def turned(node: Node) -> Node:
    """Give the transpose of a contraction to a matrix, each operand turned: (A·B)ᵀ is Bᵀ·Aᵀ."""
    lists, output, sizes = node.attrs[:3]
    return contract(node.args, lists, output[::-1], dict(enumerate(sizes)))
