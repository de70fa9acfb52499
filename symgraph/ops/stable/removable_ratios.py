"""Quotients with a gap that the limit fills: log(1 + x)/x at 0, x·atan(1/x) at 0 and far away; and atan(1/x) itself."""

from __future__ import annotations

from math import factorial
from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, lift
from ...core.operator import Builder, Example, Kink, Known
from ..elementwise import NEAR_ZERO, elementwise, tried_in
from ..functions.elementary import INF, NAN, named
from ..functions.trigonometric import hypot
from ..kernel_lowering import traced
from ..special.orders import in_double, in_doubles, ordered

FAMILY = "exponential ratios"


def _nodes() -> tuple[Any, Any]:
    places, weights = np.polynomial.legendre.leggauss(64)
    return (places + 1) / 2, weights / 2


def _log1p_ratio(n: int, x: Any) -> Any:
    """Give (−1)ⁿ·n!·∫₀¹ tⁿ/(1 + xt)ⁿ⁺¹ dt, by Gauss's rule where the pole is far, by x·gₙ + n·gₙ₋₁ = f⁽ⁿ⁾ elsewhere."""
    near = np.where((x >= -0.5) & (x <= 8), x, 0.0)
    total = np.zeros_like(x)
    for t, w in zip(*_nodes(), strict=True):
        total = total + w * t**n / (1 + near * t) ** (n + 1)
    total = total * (-1) ** n * factorial(n)
    with np.errstate(all="ignore"):
        far = np.log1p(x) / x
        for k in range(1, n + 1):
            far = ((-1) ** (k - 1) * factorial(k - 1) / (1 + x) ** k - k * far) / x
        far = np.where(x == INF, 0.0, far)
    return np.where((x >= -0.5) & (x <= 8), total, far)


def _mp_log1p_ratio(n: int, x: Any) -> Any:
    if mpmath.isnan(x) or x < -1:
        return mpmath.nan
    if mpmath.isinf(x):
        return mpmath.mpf(0)
    if x == -1:
        return mpmath.inf * (-1) ** n
    if x == 0:
        return (-1) ** n * mpmath.factorial(n) / mpmath.mpf(n + 1)
    with mpmath.workprec(mpmath.mp.prec + 20 + (n + 1) * (8 + max(0, -mpmath.mag(x)))):
        value = mpmath.log1p(x) / x
        for k in range(1, n + 1):
            value = ((-1) ** (k - 1) * mpmath.factorial(k - 1) / (1 + x) ** k - k * value) / x
    return +value


log1p_ratio: Builder = elementwise(
    "log1p_ratio",
    FAMILY,
    "log(1 + x)/x, and 1 at x = 0, or its n-th derivative.",
    in_double(_log1p_ratio),
    _mp_log1p_ratio,
    (lambda n, x, y: log1p_ratio(n + 1, x),),
    ((-0.4, 3),),
    attributes=("n",),
    notation=named("log1p_ratio"),
    examples=tried_in((-0.4, 3), (-0.4, 20), NEAR_ZERO, (0, 1, 2)),
    known=(
        Known((0, 0.0), 1.0, (-0.5,)),
        Known((0, INF), 0.0),
        Known((0, -1.0), INF),
        Known((0, -2.0), NAN),
        Known((0, NAN), NAN, (NAN,)),
    ),
    source="Leibniz's rule for x·g(x) = log(1 + x); DLMF 15.6.1",
    lowering=traced(_log1p_ratio),
    function=ordered("log1p_ratio", "log(1 + x)/x or its n-th derivative: log1p_ratio(0, x)."),
)


def _arccot(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.arctan(1 / x)


arccot: Builder = elementwise(
    "arccot",
    FAMILY,
    "atan(1/x), whose slope −1/(1 + x²) does not divide by x.",
    in_doubles(_arccot),
    lambda x: mpmath.atan(1 / x) if x else mpmath.pi / 2,
    (lambda x, y: -(1 / (1 + x**2)),),
    ((0.3, 3),),
    notation=named("arccot"),
    traits=("odd", "bounded"),
    examples=(Example(((),), domain=((0.3, 3),)), Example(((2, 3),), domain=((-30, -0.3),))),
    kinks=(Kink("x = 0", "the value jumps from −π/2 to π/2; the derivative is the one of either side"),),
    known=(
        Known((0.0,), float(np.pi) / 2, (-1.0,)),
        Known((1.0,), float(np.pi) / 4, (-0.5,)),
        Known((1e200,), 1e-200, (0.0,)),
        Known((-INF,), -0.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=traced(_arccot),
)


def _x_arccot(n: int, x: Any) -> Any:
    """Give x·atan(1/x), or atan(1/x) − x/(1 + x²) by its series in 1/x where these two cancel."""
    with np.errstate(all="ignore"):
        inverse = 1 / x
        if n == 0:
            return np.where(x == 0, 0.0, np.where(np.isinf(x), 1.0, x * np.arctan(inverse)))
        square = np.where(np.abs(x) > 2, inverse * inverse, 0.0)
        series = np.zeros_like(x)
        for k in range(30, 0, -1):
            series = (-1) ** (k + 1) * 2 * k / (2 * k + 1) + square * series
        near = np.where(x == 0, NAN, np.arctan(inverse) - x / (1 + x * x))
        return np.where(np.abs(x) > 2, series * inverse * square, near)


def _mp_x_arccot(n: int, x: Any) -> Any:
    if mpmath.isnan(x) or x == 0:
        return mpmath.nan if n or x != 0 else mpmath.mpf(0)
    if mpmath.isinf(x):
        return mpmath.mpf(1 - n)
    with mpmath.workprec(mpmath.mp.prec + 20 + 3 * max(0, mpmath.mag(x)) * n):
        return mpmath.atan(1 / x) - x / (1 + x * x) if n else x * mpmath.atan(1 / x)


def _x_arccot_slope(n: int, x: Node, y: Node) -> Node | float:
    if n == 0:
        return x_arccot(1, x)
    return -2 * hypot(lift(1.0, x), x) ** -4


x_arccot: Builder = elementwise(
    "x_arccot",
    FAMILY,
    "x·atan(1/x), which tends to 1 far from 0 and to 0 at 0; or its first derivative (n = 1).",
    in_double(_x_arccot),
    _mp_x_arccot,
    (_x_arccot_slope,),
    ((0.3, 3),),
    attributes=("n",),
    notation=named("x_arccot"),
    traits=("even",),
    examples=(
        Example(((),), (0,), ((0.3, 3),)),
        Example(((2, 3),), (0,), ((-9, -0.3),)),
        Example(((),), (1,), ((5, 300),)),
    ),
    kinks=(Kink("x = 0", "the slope jumps from −π/2 to π/2; the derivative is nan"),),
    known=(
        Known((0, 0.0), 0.0, (NAN,)),
        Known((0, INF), 1.0, (0.0,)),
        Known((0, 1.0), float(np.pi) / 4),
        Known((0, NAN), NAN, (NAN,)),
    ),
    lowering=traced(_x_arccot),
    function=ordered("x_arccot", "x·atan(1/x): x_arccot(0, x)."),
)
