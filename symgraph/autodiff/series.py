"""Derivatives along a line: of any order, and Taylor coefficients."""

from __future__ import annotations

from math import factorial
from typing import Any

from ..core.errors import DifferentiationError
from ..core.node import Node, constant, symbol
from ..core.shape import shape_text
from ..core.traversal import substitute, topological
from ..rewrite.tidy.derivatives import tidy
from .given import form_of, or_zero, real_node, shaped, variables_of
from .taylor import line_derivatives


def derivative(f: Any, x: Any, order: int = 1, simplify: str | None = "stable") -> Node:
    """Give the ``order``-th derivative of a scalar with respect to a scalar, by Taylor mode.

    The size of the result grows with the square of the order, not exponentially.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> sg.evaluate(sg.derivative(sg.sin(x), x, order=3), {x: 0})
    -1.0
    """
    f = real_node(f, "f")
    (variable,), _ = variables_of(x, [f])
    if f.shape or variable.shape:
        raise DifferentiationError(
            f"derivative is for a scalar of a scalar; the shapes are {shape_text(f.shape)} and "
            f"{shape_text(variable.shape)}: use jacobian or taylor(..., direction=...)"
        )
    form = form_of(f, [variable], simplify)
    found = or_zero(_along(form, variable, constant(1.0, variable.dtype), order)[-1], (), f.dtype)
    return found if simplify is None else tidy([found], [form])[0]


def taylor(
    f: Any, x: Any, order: int, at: Any = None, direction: Any = None, simplify: str | None = "stable"
) -> list[Node]:
    """Give the Taylor coefficients c₀ … c_order of f(x + t·direction) in t, each of the shape of ``f``.

    Args:
        f: an expression of any shape.
        x: the variable.
        order: the highest power of t.
        at: the point to expand at; default the symbol ``x`` itself.
        direction: of the shape of ``x``; default 1 for a scalar.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> sg.evaluate(sg.taylor(sg.exp(x), x, 3, at=0.0), {})
    [1.0, 1.0, 0.5, 0.16666666666666666]
    """
    f = real_node(f, "f")
    (variable,), _ = variables_of(x, [f])
    if direction is None and variable.shape:
        raise DifferentiationError(f"taylor needs a direction, because x has shape {shape_text(variable.shape)}")
    step = shaped(1.0 if direction is None else direction, variable, "direction")
    found = _along(form_of(f, [variable], simplify), variable, step, order)
    terms = [_over_factorial(or_zero(d, f.shape, f.dtype), k) for k, d in enumerate(found)]
    if at is None:
        return terms
    return substitute(terms, {variable: shaped(at, variable, "point")})


def _over_factorial(value: Node, n: int) -> Node:
    """Divide by n! in steps whose divisors are exact in double precision; 171! would not even fit."""
    while n > 22:
        value, n = value / float(n), n - 1
    return value / float(factorial(n))


def _along(f: Node, variable: Node, direction: Node, order: int) -> list[Node | None]:
    """Differentiate along a line; a direction that itself contains the variable is held fixed."""
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise DifferentiationError(f"the order of a derivative is an integer ≥ 0, not {order!r}")
    if variable not in topological([direction]):
        return line_derivatives(f, {variable: direction}, order)
    held = symbol("\0direction", direction.shape, direction.dtype)
    found = line_derivatives(f, {variable: held}, order)
    return [None if d is None else substitute([d], {held: direction})[0] for d in found]
