"""A term of a sum: a number times scalars times an array; taking it apart and putting it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import isfinite
from operator import mul, truediv
from typing import Any

from ...core.node import SYMBOL, Node, lift
from ...core.operator import OPS
from ...ops.arithmetic import NEGATIVE, divide, multiply, negative, number
from ...ops.tensor.contraction import CONTRACT, contract, is_spread, product

MULTIPLY, DIVIDE = OPS["multiply"], OPS["divide"]
DEEPEST = 16  # how many products inside one another are looked into
MOST_SCALARS = 32  # a product with more is not taken apart any further: every product in a chain is looked at
SHORT = 2**26  # sums and products of shorter whole numbers do not round
Scalar = tuple[str, Node]  # ("*", s) or ("/", s)


@dataclass(frozen=True, slots=True)
class Term:
    """A number times scalars times an array."""

    coefficient: float
    scalars: tuple[Scalar, ...]
    core: Node
    spare: int = 0  # how many operations less it takes than what it was read from
    inside: bool = False  # a factor was that of an operand which is smaller than the product

    def node(self) -> Node:
        """Build the product, the number first: 2·s·core / q; a factor from inside goes to a small operand again."""
        if self.inside and not self.is_plain() and len(self.core.args) > 1:
            return self._inside()
        factor: Node | None = None
        divisors: list[Node] = []  # of the array, or of the first scalar that follows
        for kind, scalar in self.scalars:
            if factor is not None:
                factor = multiply(factor, scalar) if kind == "*" else divide(factor, scalar)
            elif kind == "*":
                factor, divisors = reduce(divide, divisors, scalar), []
            else:
                divisors.append(scalar)
        spread = is_spread(self.core)
        sign = self.coefficient == -1 and factor is None and not (spread and divisors)
        if (self.coefficient != 1 and not sign) or (spread and divisors):
            value = lift(self.coefficient, self.core)
            factor = value if factor is None else multiply(value, factor)
        if spread and factor is not None:
            return product(reduce(divide, divisors, factor), self.core)
        made = self.core if factor is None else multiply(factor, self.core)
        made = reduce(divide, divisors, made)
        return negative(made) if sign else made

    def _inside(self) -> Node:
        place = min(range(len(self.core.args)), key=lambda k: self.core.args[k].ndim)
        first = replace(self, core=self.core.args[place], inside=False).node()
        lists, output, sizes = self.core.attrs[:3]
        operands = (*self.core.args[:place], first, *self.core.args[place + 1 :])
        return contract(operands, lists, output, dict(enumerate(sizes)))

    def is_plain(self) -> bool:
        """True for an array without any factor."""
        return self.coefficient == 1 and not self.scalars


def split(node: Node, opens: Callable[[Node], bool], small: bool = False) -> Term:
    """Take numbers, signs and scalars from an array, as far as ``opens`` allows to take nodes apart.

    ``small``: also from operands that are smaller than their product, to which what is left is given back.
    """
    coefficient, scalars = 1.0, list[Scalar]()
    count, inside = 0, False
    while opens(node) and len(scalars) < MOST_SCALARS:
        if node.op is NEGATIVE:
            coefficient, node, count = -coefficient, node.args[0], count + 1
            continue
        found = scaled(node) or _scaled_inside(node, opens)
        if found is None and small:
            found = _scaled_inside(node, opens, small=True)
            inside = inside or found is not None
        if found is None:
            break
        (kind, scalar), node = found
        numbers, parts = _scalars(kind, scalar, opens)
        before = len(scalars)
        for value in numbers:
            coefficient = _times(coefficient, value, scalars)
        count += len(numbers) + (numbers.count(1.0) if not is_spread(node) else 0) - (len(scalars) - before)
        scalars += parts
    if coefficient != 1:
        coefficient, scalars, fewer = _reduced(coefficient, scalars)
        count += fewer
    return Term(coefficient, tuple(scalars), node, count - (coefficient != 1), inside and node.op is CONTRACT)


def _reduced(coefficient: float, scalars: Sequence[Scalar]) -> tuple[float, list[Scalar], int]:
    """Write 2·x / (2·q) as x / q; say how many numbers are gone."""
    found, fewer = list[Scalar](), 0
    for kind, scalar in scalars:
        value = number(scalar.args[0]) if kind == "/" and scalar.op is MULTIPLY else None
        ratio = exact(truediv, coefficient, value) if value else None
        if ratio:
            coefficient, scalar, fewer = ratio, scalar.args[1], fewer + 1
        found.append((kind, scalar))
    return coefficient, found, fewer


def together(terms: Sequence[Term], core: Node) -> Term:
    """Multiply terms whose arrays have been multiplied already."""
    scalars = [scalar for term in terms for scalar in term.scalars]
    coefficient = 1.0
    for term in terms:
        coefficient = _times(coefficient, term.coefficient, scalars)
    return Term(coefficient, tuple(scalars), core)


def exact(operation: Callable[[Any, Any], Any], x: float, y: float) -> float | None:
    """Give a sum or product of two numbers if it does not round: more digits may be asked for later."""
    if not (isfinite(x) and isfinite(y)):
        return None
    if operation is not truediv and abs(x) < SHORT and abs(y) < SHORT and x == int(x) and y == int(y):
        return float(operation(x, y))
    true = operation(Fraction(x), Fraction(y))
    try:
        result = float(true)
    except OverflowError:
        return None
    return result if Fraction(result) == true else None


def _times(coefficient: float, value: float, scalars: list[Scalar]) -> float:
    """Multiply numbers; zero, and one with which the product would round, stays a factor of its own."""
    joint = value if coefficient == 1 and isfinite(value) else exact(mul, coefficient, value)
    if not joint:
        scalars.append(("*", lift(value)))
        return coefficient
    return joint


def scaled(node: Node) -> tuple[Scalar, Node] | None:
    """Take one scalar from an array that is multiplied with it or divided by it."""
    if node.op is not MULTIPLY and node.op is not DIVIDE:
        return None
    first, second = node.args
    if node.op is MULTIPLY and not first.shape and second.shape == node.shape:
        return ("*", first), second
    if first.shape == node.shape and not second.shape and not is_spread(first):
        return ("*" if node.op is MULTIPLY else "/", second), first
    return None


def _scaled_inside(
    node: Node, opens: Callable[[Node], bool], depth: int = DEEPEST, small: bool = False
) -> tuple[Scalar, Node] | None:
    """Take a scalar from a factor of a product of arrays, or from a multiple of the identity."""
    if node.op is not CONTRACT or not node.args or not depth:
        return None
    first = node.args[0]
    lists, output, sizes = node.attrs[:3]
    known = dict(enumerate(sizes))
    if not first.shape and len(node.args) == 1 and output:
        return ("*", first), contract((), (), output, known)
    if small and (is_spread(node) or len(node.args) < 2):
        return None
    for place, arg in enumerate(node.args):
        takes = (small or arg.ndim >= len(output)) and opens(arg)
        found = scaled(arg) or _scaled_inside(arg, opens, depth - 1) if takes else None
        if found is not None:
            operands = (*node.args[:place], found[1], *node.args[place + 1 :])
            return found[0], contract(operands, lists, output, known)
    return None


def _scalars(kind: str, scalar: Node, opens: Callable[[Node], bool]) -> tuple[list[float], list[Scalar]]:
    """Give the numbers in a scalar factor and the other scalars in it; 1/q is a division by q."""
    if kind == "/" or scalar.dtype != "float64":
        return [], [(kind, scalar)]
    if scalar.op is SYMBOL:
        return [], [(kind, scalar)]
    if number(scalar) is not None:
        return [float(scalar.value)], []
    numbers, found = list[float](), list[Scalar]()
    stack: list[Scalar] = [("*", scalar)]
    opened = False
    while stack:
        kind, part = stack.pop()
        if kind == "/" or len(found) + len(stack) > MOST_SCALARS:
            found.append((kind, part))
        elif number(part) is not None:
            numbers.append(float(part.value))
        elif part.op is NEGATIVE:
            numbers.append(-1.0)
            stack.append(("*", part.args[0]))
        elif part.op is MULTIPLY and (opens(part) or any(number(arg) is not None for arg in part.args)):
            stack += [("*", arg) for arg in part.args[::-1]]
        elif part.op is DIVIDE and (opens(part) or not opened):
            opened = True
            stack += [("/", part.args[1]), ("*", part.args[0])]
        else:
            found.append(("*", part))
    return numbers, found
