"""A scalar product, taken apart: a number times powers of factors, divided by others one after the other.

``2·a·b^2 / c / d``. Divisions stay divisions: ``a/x/x`` is not ``a/x^2``, whose denominator may leave the range where
the quotient does not, and a quotient that is multiplied with something stays one factor, because ``(e/t)·(e/t)`` is
in range where ``e·e/t/t`` is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import mul, truediv

from ...core.node import CONSTANT, SYMBOL, Node, constant, lift
from ...ops.arithmetic import divide, multiply, negative, number
from ...ops.power import power
from .factors import ADDITIONS, MOST_FACTORS, POWER
from .terms import DIVIDE, MULTIPLY, exact

HIGHEST = 4  # equal factors that stand apart are joined up to this power: a higher one may leave the range earlier
SHORT = 8  # nodes in a constant that is looked at
Part = tuple[Node, int]  # a base and a whole exponent ≥ 1
Key = frozenset[tuple[tuple[Node, bool], int]]


@dataclass(frozen=True, slots=True)
class Monomial:
    """A number times factors, divided by divisors in their order."""

    coefficient: float
    factors: tuple[Part, ...] = ()
    divisors: tuple[Part, ...] = ()

    @property
    def key(self) -> Key:
        """What monomials have in common that differ by a number, or by where a quotient is divided."""
        parts = [*self.factors, *[(base, -exponent) for base, exponent in self.divisors]]
        return frozenset(_exponents(parts).items())

    def size(self) -> int:
        """Count factors and divisors."""
        return len(self.factors) + len(self.divisors)

    def node(self) -> Node:
        """Build the product: the number first, then the factors, then the divisions."""
        if not self.factors and len({base for base, _ in self.divisors}) == 1:
            return self._power()
        factors = [_raised(part) for part in sorted(self.factors, key=_place)]
        if not factors or self.coefficient not in (1.0, -1.0):
            factors.insert(0, lift(self.coefficient))
        elif self.coefficient < 0:
            factors[0] = negative(factors[0])
        return reduce(divide, [_raised(part) for part in self.divisors], reduce(multiply, factors))

    def is_base(self) -> bool:
        """True for one factor and nothing else."""
        return self.coefficient == 1 and len(self.factors) == 1 and not self.divisors

    def closed(self) -> Monomial:
        """Take the product as one factor."""
        return Monomial(1.0, (base_of(self.node()),))

    def whole(self) -> Monomial:
        """Take a quotient, and a product with one or with a number, as one factor, unless constants divide."""
        inside = len(self.factors) > 1 and any(e == 1 and _balances(base) for base, e in self.factors)
        if not inside and all(_is_fixed(base) for base, _ in self.divisors):
            return self
        return Monomial(self.coefficient, (base_of(replace(self, coefficient=1.0).node()),))

    def number_first(self) -> Node:
        """Build 2·(x / q), not 2·x / q: it is a factor of an array, and numbers stand in front."""
        number = replace(self, factors=(), divisors=())
        rest = replace(self, coefficient=1.0).node()
        return replace(number, factors=((rest, 1),)).node() if self.factors and self.divisors else self.node()

    def reduced(self) -> Monomial:
        """Write x / x^3 as 1 / x^2; what divides stays, so that it is a singularity where it was one."""
        found = self
        for part in self.factors if self.divisors else ():
            base, exponent = part
            if exponent < sum(m for other, m in found.divisors if other is base):
                place = found.factors.index(part)
                found = replace(
                    found,
                    factors=found.factors[:place] + found.factors[place + 1 :],
                    divisors=_fewer(found.divisors, base, exponent),
                )
        return found

    def _power(self) -> Node:
        """A number divided by powers of one base: its range is that of 1/x/x."""
        base = self.divisors[0][0]
        total = sum(exponent for _, exponent in self.divisors)
        if total == 1:
            return divide(lift(self.coefficient), base)
        raised = power(base, constant(-float(total)))
        return negative(raised) if self.coefficient == -1 else multiply(lift(self.coefficient), raised)


def atom(node: Node) -> Monomial:
    """Give a monomial of one factor: a number, a base, or its power."""
    value = number(node)
    return Monomial(1.0, (base_of(node),)) if value is None or not is_moderate(value) else Monomial(float(value))


def base_of(node: Node) -> Part:
    """Write a node as a power with a whole exponent."""
    exponent = number(node.args[1]) if node.op is POWER else None
    if exponent is None or exponent not in range(2, MOST_FACTORS):
        return node, 1
    return node.args[0], int(exponent)


def is_moderate(value: float) -> bool:
    """True for a number that leaves a product in range; others may be there to keep it in range."""
    return 2.0**-32 <= abs(value) <= 2.0**32


def times(x: Monomial, y: Monomial) -> Monomial:
    """Multiply; what cannot be joined becomes one factor."""
    coefficient = exact(mul, x.coefficient, y.coefficient)
    if coefficient is None or not is_moderate(coefficient) or x.size() + y.size() > MOST_FACTORS:
        return times(x.closed(), y) if y.is_base() else times(x, y.closed())
    if x.divisors and not x.factors:
        x, y = y, x
    for one, other in ((x, y), (y, x)) if x.divisors or y.divisors else ():
        product = Monomial(coefficient, one.factors + other.factors, one.divisors).reduced()
        if not other.divisors and len(product.factors) == len(one.factors):
            return product
    if x.factors and y.factors:
        x, y = x.whole(), y.whole()
    return Monomial(coefficient, joined(x.factors + y.factors), x.divisors + y.divisors).reduced()


def over(x: Monomial, y: Monomial) -> Monomial:
    """Divide; what divides is a number times one power, or becomes one factor."""
    coefficient = exact(truediv, x.coefficient, y.coefficient)
    joins = coefficient is not None and is_moderate(coefficient) and x.size() < MOST_FACTORS
    if coefficient is None or not joins or y.divisors or len(y.factors) > 1:
        return over(x.closed(), y) if y.is_base() else over(x, y.closed())
    return Monomial(coefficient, x.factors, x.divisors + y.factors).reduced()


def joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Join equal factors: the first ones, and low powers of symbols and of what is bounded."""
    found: list[Part] = []
    for base, exponent in parts:
        place = next((place for place, (other, _) in enumerate(found) if other is base), None)
        if place is not None:
            total = found[place][1] + exponent
            tame = base.op is SYMBOL or "bounded" in base.op.traits
            if total < MOST_FACTORS and (len(found) == 1 or (tame and total <= HIGHEST)):
                found[place] = (base, total)
                continue
        found.append((base, exponent))
    return tuple(found)


def _exponents(parts: Iterable[Part]) -> Counter[tuple[Node, bool]]:
    """Add up the exponents of all that is multiplied, and of all that divides, also inside quotients; x/x stays."""
    found, stack, left = Counter[tuple[Node, bool]](), list(parts), MOST_FACTORS
    while stack:
        (base, own), exponent = base_of(stack[-1][0]), stack.pop()[1]
        exponent *= own
        if base.op in (MULTIPLY, DIVIDE) and left:
            left -= 1
            sign = 1 if base.op is MULTIPLY else -1
            stack += [(base.args[0], exponent), (base.args[1], sign * exponent)]
        else:
            found[base, exponent < 0] += exponent
    return found


def _fewer(divisors: tuple[Part, ...], base: Node, count: int) -> tuple[Part, ...]:
    """Take powers of a base from what divides."""
    found: list[Part] = []
    for other, exponent in divisors:
        taken = min(count, exponent) if other is base else 0
        count -= taken
        if exponent > taken:
            found.append((other, exponent - taken))
    return tuple(found)


def _raised(part: Part) -> Node:
    base, exponent = part
    return base if exponent == 1 else power(base, constant(float(exponent)))


def _place(part: Part) -> int:
    """Numbers stand first, then symbols, functions, sums, and quotients."""
    base, exponent = part
    if base.op in (CONSTANT, SYMBOL):
        return 0 if base.op is SYMBOL else -1
    return 1 if exponent > 1 else 2 if base.op in ADDITIONS else 3 if _balances(base) else 1


def _balances(node: Node) -> bool:
    """True for what may be small because something else is large: a quotient, or a number far from one."""
    exponent = number(node.args[1]) if node.op is POWER else None
    return node.op in (DIVIDE, CONSTANT) or (exponent is not None and exponent < 0)


def _is_fixed(node: Node) -> bool:
    """True for a short expression without symbols, like √(2·π)."""
    stack, left = [node], SHORT
    while stack and left:
        part = stack.pop()
        if part.op is SYMBOL:
            return False
        stack += part.args
        left -= 1
    return not stack
