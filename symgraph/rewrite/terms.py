"""A term of a sum: a number times scalars times an array; taking it apart and putting it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from operator import mul
from typing import Any

from ..core.node import Node, lift
from ..core.operator import OPS
from ..ops.arithmetic import NEGATIVE, divide, multiply, negative, number
from ..ops.tensor.contraction import CONTRACT, contract, is_spread, product

MULTIPLY, DIVIDE = OPS["multiply"], OPS["divide"]
DEEPEST = 16  # how many products inside one another are looked into
Scalar = tuple[str, Node]  # ("*", s) or ("/", s)


@dataclass(frozen=True, slots=True)
class Term:
    """A number times scalars times an array."""

    coefficient: float
    scalars: tuple[Scalar, ...]
    core: Node

    def node(self) -> Node:
        """Build the product, the number first: 2·s·core / q."""
        factor: Node | None = None
        for kind, scalar in self.scalars:
            if kind == "*":
                factor = scalar if factor is None else multiply(factor, scalar)
        sign = self.coefficient < 0 and factor is None and self.coefficient == -1
        if self.coefficient != 1 and not sign:
            value = lift(self.coefficient, self.core)
            factor = value if factor is None else multiply(value, factor)
        made = self.core
        if factor is not None:
            made = product(factor, made) if is_spread(made) else multiply(factor, made)
        for kind, scalar in self.scalars:
            made = divide(made, scalar) if kind == "/" else made
        return negative(made) if sign else made

    def is_plain(self) -> bool:
        """True for an array without any factor."""
        return self.coefficient == 1 and not self.scalars


def split(node: Node, opens: Callable[[Node], bool]) -> Term:
    """Take numbers, signs and scalars from an array, as far as ``opens`` allows to take nodes apart."""
    coefficient, scalars = 1.0, list[Scalar]()
    while opens(node):
        if node.op is NEGATIVE:
            coefficient, node = -coefficient, node.args[0]
            continue
        found = scaled(node) or _scaled_inside(node, opens)
        if found is None:
            break
        (kind, scalar), node = found
        numbers, parts = _scalars(kind, scalar)
        for value in numbers:
            coefficient = _times(coefficient, value, scalars)
        scalars += parts
    return Term(coefficient, tuple(scalars), node)


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
    true = operation(Fraction(x), Fraction(y))
    try:
        result = float(true)
    except OverflowError:
        return None
    return result if Fraction(result) == true else None


def _times(coefficient: float, value: float, scalars: list[Scalar]) -> float:
    """Multiply numbers; zero, and one with which the product would round, stays a factor of its own."""
    joint = exact(mul, coefficient, value)
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


def _scaled_inside(node: Node, opens: Callable[[Node], bool], depth: int = DEEPEST) -> tuple[Scalar, Node] | None:
    """Take a scalar from a factor of a product of arrays, or from a multiple of the identity."""
    if node.op is not CONTRACT or not node.args or not depth:
        return None
    first = node.args[0]
    lists, output, sizes = node.attrs[:3]
    known = dict(enumerate(sizes))
    if not first.shape and len(node.args) == 1 and len(set(output)) < len(output):
        return ("*", first), contract((), (), output, known)
    for place, arg in enumerate(node.args):
        takes = len(node.args) > 1 and arg.ndim >= len(output) and opens(arg)
        found = scaled(arg) or _scaled_inside(arg, opens, depth - 1) if takes else None
        if found is not None:
            operands = (*node.args[:place], found[1], *node.args[place + 1 :])
            return found[0], contract(operands, lists, output, known)
    return None


def _scalars(kind: str, scalar: Node) -> tuple[list[float], list[Scalar]]:
    """Give the numbers in a scalar factor and the other scalars in it; 1/q is a division by q."""
    if kind == "/" or scalar.dtype != "float64":
        return [], [(kind, scalar)]
    numbers, divisors = list[float](), list[Scalar]()
    while True:
        if scalar.op is NEGATIVE:
            numbers.append(-1.0)
            scalar = scalar.args[0]
        elif scalar.op is MULTIPLY and number(scalar.args[0]) is not None:
            numbers.append(float(scalar.args[0].value))
            scalar = scalar.args[1]
        elif scalar.op is MULTIPLY and number(scalar.args[1]) is not None:
            numbers.append(float(scalar.args[1].value))
            scalar = scalar.args[0]
        elif scalar.op is DIVIDE and not divisors:
            scalar, divisor = scalar.args
            divisors.append(("/", divisor))
        else:
            break
    if number(scalar) is not None:
        return [*numbers, float(scalar.value)], divisors
    return numbers, [("*", scalar), *divisors]
