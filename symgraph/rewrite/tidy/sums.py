"""Sums with common factors: ``A·x + Aᵀ·x`` is ``(A + Aᵀ)·x``, ``a/q + b/q`` is ``(a + b)/q``.

A factor is taken out only where that makes the sum cheaper: the arrays that are added instead are never larger
than the contraction that is saved (Laue, Mitterreiter and Giesen, AAAI 2020).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from operator import add as add_numbers

from ...core.node import Node
from ...ops.arithmetic import add, divide, multiply, subtract
from ...ops.tensor.contraction import CONTRACT, contract
from .terms import Scalar, Term, exact

MOST_TERMS = 32  # longer sums stay as they are: every pair of terms is looked at
Indices = tuple[int, ...]


def collected(terms: Sequence[Term]) -> Node | None:
    """Add terms, common factors taken out; ``None`` if no two terms have one."""
    if not 1 < len(terms) <= MOST_TERMS:
        return None
    joined = _joined(terms)
    common = _most_common(joined)
    shorter = len(joined) < len(terms) or common is not None or any(term.spare > 0 for term in terms)
    return _sum(joined) if shorter or _common_number(joined) is not None else None


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
    outside = _common_number(terms)
    if outside is not None:
        inner = _sum([replace(term, coefficient=term.coefficient / outside) for term in terms])
        return Term(outside, (), inner).node()
    ordered = sorted(terms, key=lambda term: term.coefficient < 0)  # a sum begins with what is not subtracted
    total = ordered[0].node()
    for term in ordered[1:]:
        if term.coefficient < 0:
            total = subtract(total, replace(term, coefficient=-term.coefficient).node())
        else:
            total = add(total, term.node())
    return total


def _common_number(terms: Sequence[Term]) -> float | None:
    """Give the number of which all terms have a whole multiple; it then stands in front of the sum.

    The number of a product with small operands is multiplied with one of them, so it alone is not taken out.
    """
    least = min(terms, key=lambda term: (abs(term.coefficient), term.inside))
    size = abs(least.coefficient)
    if least.inside or (size == 1 and any(term.coefficient > 0 for term in terms)):
        return None
    multiples = [Fraction(term.coefficient) / Fraction(size) for term in terms]
    if any(abs(multiple) != 1 for multiple in multiples):
        if size < 1 or any(multiple.denominator > 1 or abs(multiple) > MOST_TERMS for multiple in multiples):
            return None
        return size if any(multiple > 0 for multiple in multiples) else -size
    return terms[0].coefficient


def _most_common(terms: Sequence[Term]) -> Scalar | None:
    """Give the scalar that most terms have, if one of them has it in front: it stays cheap on small operands."""
    counts = Counter(scalar for term in terms for scalar in dict.fromkeys(term.scalars))
    for scalar, count in counts.most_common():
        if count > 1 and not all(term.inside for term in terms if scalar in term.scalars):
            return scalar
    return None


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
        return replace(x, coefficient=coefficient, inside=x.inside and y.inside) if coefficient else None
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
    if count != len(y.core.args) or count < 2 or not x.core.shape or x.core.shape != y.core.shape:
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
    core = contract(operands, changed, output, dict(enumerate(sizes)))
    return replace(x, coefficient=outside, core=core, inside=x.inside and y.inside and core.op is CONTRACT)


def _drop(lists: tuple[Indices, ...], place: int) -> tuple[Indices, ...]:
    return lists[:place] + lists[place + 1 :]


def _is_turned(index: Indices, output: Indices) -> bool:
    """True for a matrix that stands transposed in a chain to this result."""
    if len(index) != 2 or not output:
        return False
    return index[1] == output[0] or (len(output) == 2 and index[0] == output[1])


def is_transpose(node: Node) -> bool:
    """True for the transpose of a matrix."""
    return node.op is CONTRACT and node.attrs[:2] == (((0, 1),), (1, 0))


def is_turned_product(node: Node) -> bool:
    """True for the transpose of a contraction of several arrays: (A·B)ᵀ."""
    return is_transpose(node) and node.args[0].op is CONTRACT and len(node.args[0].args) > 1


def turned(node: Node) -> Node:
    """Give the transpose of a contraction to a matrix, each operand turned: (A·B)ᵀ is Bᵀ·Aᵀ."""
    lists, output, sizes = node.attrs[:3]
    return contract(node.args, lists, output[::-1], dict(enumerate(sizes)))
