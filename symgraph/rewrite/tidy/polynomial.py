"""Sums of scalar products: like terms are added, and what all terms have in common is taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import chain
from operator import add as add_numbers
from operator import and_, mul

from ...core.node import Node
from ...ops.arithmetic import add, subtract
from .monomial import Key, Monomial, Part, joined, times
from .sums import MOST_TERMS
from .terms import exact

FARTHEST = 8.0  # a sum in a sum is opened if the numbers are no farther apart: a larger one would bring its rounding
MOST_ABOVE = 3  # terms of a sum that is written above itself
Form = list[Monomial]  # a sum; one product is a sum of one term


def collected(form: Form, sums: MutableMapping[Node, Form]) -> Monomial:
    """Write a sum as a product: what all terms have in common, times the sum of the rest.

    Args:
        form: the terms.
        sums: the terms of nodes that are sums; one among the terms is opened where that joins terms, 2 - a·x for
            1 + (1 - a·x). What is built is added.
    """
    terms = alike(form)
    if len(terms) == 1:
        return terms[0]
    joint = _in_one_quotient(terms, sums)
    if joint is not None:
        return joint
    front = Monomial(1.0, _common_factors(terms), _common_divisors(terms))
    rest = [
        Monomial(term.coefficient, _less(term.factors, front.factors), _without(term.divisors, front.divisors))
        for term in terms
    ]
    opened = _opened(rest, sums)
    if opened is not None:
        within = collected(opened, {})
    else:
        outside = _number(rest, front.size() > 0)
        rest = [replace(term, coefficient=term.coefficient / outside) for term in rest]
        total = _sum(rest)
        sums[total] = rest
        within = Monomial(outside, ((total, 1),))
    found = times(Monomial(1.0, front.factors), within)
    return replace(found, divisors=found.divisors + front.divisors)


def signed(parts: Sequence[Form], signs: Sequence[float]) -> Form:
    """Add sums, each times 1 or -1."""
    return [
        replace(term, coefficient=sign * term.coefficient)
        for part, sign in zip(parts, signs, strict=True)
        for term in part
    ]


def alike(form: Form) -> Form:
    """Add terms that differ by a number only, if the sum of the numbers is exact and not zero."""
    found: Form = []
    places: dict[Key, int] = {}
    for term in form:
        place = places.setdefault(term.key, len(found))
        other = found[place] if place < len(found) else None
        coefficient = None if other is None else exact(add_numbers, other.coefficient, term.coefficient)
        if other is not None and coefficient:
            found[place] = replace(other, coefficient=coefficient)
        else:
            found.append(term)
    return found


def _opened(terms: Form, sums: Mapping[Node, Form]) -> Form | None:
    """Write out the terms that are sums; ``None`` if then no two terms can be added, or two would cancel."""
    found = list(chain.from_iterable(_written_out(term, sums) or [term] for term in terms))
    added = alike(found)
    if len(added) == len(found) or len(found) > MOST_TERMS or len({term.key for term in added}) < len(added):
        return None
    sizes = [abs(term.coefficient) for term in (*found, *added)]
    return added if max(sizes) <= FARTHEST * min(sizes) else None


def _in_one_quotient(terms: Form, sums: Mapping[Node, Form]) -> Monomial | None:
    """Write a·(1 - x / (k + x)) as a·(k / (k + x)), which does not cancel; 1 - 2·y / (1 + y) is (1 - y) / (1 + y)."""
    if len(terms) != 2:
        return None
    for first, second in (terms, terms[::-1]):
        ratio = _ratio(second, first)
        above = None if ratio is None else _above(first.coefficient, ratio, sums)
        if ratio is not None and above:
            within = collected(above, {})
            return times(replace(first, coefficient=1.0), replace(within, divisors=within.divisors + ratio.divisors))
    return None


def _ratio(x: Monomial, y: Monomial) -> Monomial | None:
    """Give x/y, with the number of x, if that is a product divided by one base; quotients inside are looked into."""
    left = Counter(dict(x.key))
    left.subtract(Counter(dict(y.key)))
    parts = {part: exponent for part, exponent in left.items() if exponent}
    below = [(base, exponent) for (base, divides), exponent in parts.items() if divides]
    if len(below) != 1 or below[0][1] != -1 or any(e < 0 for (_, divides), e in parts.items() if not divides):
        return None
    factors = tuple([(base, exponent) for (base, divides), exponent in parts.items() if not divides])
    return Monomial(x.coefficient, factors, ((below[0][0], 1),))


def _above(number: float, quotient: Monomial, sums: Mapping[Node, Form]) -> Form | None:
    """Add a number and a quotient over the sum that divides, all of whose other terms then stay."""
    whole = _times(sums.get(quotient.divisors[0][0], []), number)
    below = replace(quotient, divisors=())
    if len(whole) > MOST_ABOVE:
        return None
    for term in _written_out(below, sums) or [below]:
        place = next((k for k, other in enumerate(whole) if other.key == term.key), None)
        total = None if place is None else exact(add_numbers, whole[place].coefficient, term.coefficient)
        if place is None or total is None:
            return None
        whole[place : place + 1] = [replace(term, coefficient=total)] if total else []  # x also divides: nan stays nan
    return whole


def _times(form: Form, number: float) -> Form:
    """Multiply a sum with a number; nothing if that rounds."""
    numbers = [exact(mul, number, term.coefficient) for term in form]
    found = [replace(term, coefficient=value) for term, value in zip(form, numbers, strict=True) if value]
    return found if len(found) == len(form) else []


def _written_out(term: Monomial, sums: Mapping[Node, Form]) -> Form:
    """Give the terms of a number times a sum; nothing for other terms."""
    if term.divisors or len(term.factors) != 1 or term.factors[0][1] != 1:
        return []
    return _times(sums.get(term.factors[0][0], []), term.coefficient)


def _common_factors(terms: Form) -> tuple[Part, ...]:
    """Give the powers that all products have, in the order of the first."""
    powers = [Counter[Node]() for _ in terms]
    for counts, term in zip(powers, terms, strict=True):
        for base, exponent in term.factors:
            counts[base] += exponent
    least = reduce(and_, powers)
    return tuple([(base, least[base]) for base in dict.fromkeys(base for base, _ in terms[0].factors) if least[base]])


def _common_divisors(terms: Form) -> tuple[Part, ...]:
    """Give the divisions that all quotients have; each stays a division of its own."""
    return tuple(reduce(and_, [Counter(term.divisors) for term in terms]).elements())


def _less(parts: tuple[Part, ...], common: tuple[Part, ...]) -> tuple[Part, ...]:
    """Divide powers by those that are common."""
    return joined(_left(parts, dict(common)))


def _left(parts: tuple[Part, ...], common: dict[Node, int]) -> Iterator[Part]:
    for base, exponent in parts:
        taken = min(exponent, common.get(base, 0))
        if taken:
            common[base] -= taken
        if exponent > taken:
            yield base, exponent - taken


def _without(parts: tuple[Part, ...], common: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple((Counter(parts) - Counter(common)).elements())


def _number(terms: Form, more: bool) -> float:
    """Give the number to take out: the one that all terms have, or a part of all if ``more`` is taken out too."""
    sizes = [abs(term.coefficient) for term in terms]
    least = min(sizes)
    whole = all((size / least).is_integer() and size / least < MOST_TERMS for size in sizes)
    if not (all(size == least for size in sizes) or (more and whole and least > 1)):
        least = 1.0
    return -least if all(term.coefficient < 0 for term in terms) else least


def _sum(terms: Form) -> Node:
    """Add terms in their order, but b - a for -a + b."""
    first, second, *rest = terms
    if first.coefficient < 0 < second.coefficient:
        first, second = second, first
    total = first.node()
    for term in (second, *rest):
        if term.coefficient < 0:
            total = subtract(total, replace(term, coefficient=-term.coefficient).node())
        else:
            total = add(total, term.node())
    return total
