"""A term of a sum: a number times scalars times an array; taking it apart and putting it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..core.node import Node, lift
from ..core.operator import OPS
from ..ops.arithmetic import NEGATIVE, divide, multiply, negative, number
from ..ops.contraction import is_spread

MULTIPLY, DIVIDE = OPS["multiply"], OPS["divide"]
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
        made = self.core if factor is None else multiply(factor, self.core)
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
        found = scaled(node)
        if found is None:
            break
        (kind, scalar), node = found
        sign, parts = _scalars(kind, scalar)
        coefficient *= sign
        scalars += parts
    return Term(coefficient, tuple(scalars), node)


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


def _scalars(kind: str, scalar: Node) -> tuple[float, list[Scalar]]:
    """Give the number in a scalar factor and the other scalars in it; 1/q is a division by q."""
    if kind == "/":
        return 1.0, [(kind, scalar)]
    number_found, divisors = 1.0, list[Scalar]()
    while True:
        if scalar.op is NEGATIVE:
            number_found, scalar = -number_found, scalar.args[0]
        elif scalar.op is MULTIPLY and scalar.dtype == "float64" and number(scalar.args[0]) is not None:
            number_found, scalar = number_found * float(scalar.args[0].value), scalar.args[1]
        elif scalar.op is DIVIDE and not divisors:
            scalar, divisor = scalar.args
            divisors.append(("/", divisor))
        else:
            break
    if number(scalar) is not None:
        return number_found * float(scalar.value), divisors
    return number_found, [("*", scalar), *divisors]
