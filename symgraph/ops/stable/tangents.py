"""How far a function lies from its tangent: x − log(1 + x), x − 1 − log x, x − atan x, x − tanh x, tan x − x."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.operator import Builder, Known
from ..elementwise import NEAR_ZERO, elementwise, tried_in
from ..functions.elementary import INF, NAN, expm1, log, log1p
from ..functions.hyperbolic import tanh
from ..functions.trigonometric import hypot_slope, tan
from ..kernel_lowering import traced
from ..special.orders import in_doubles
from .differences import FAMILY

TERMS = 24
ATAN_NEAR, TAN_NEAR, TANH_NEAR = 1.5, 1.0, 2.0


def _near_one(x: Any) -> Any:
    """Give x − log(1 + x) for −1/2 < x < 3/2: x·w − 2·Σ w^{2k+1}/(2k + 1) with w = x/(2 + x)."""
    w = x / (2 + x)
    square, total = w * w, np.zeros_like(x)
    for k in range(TERMS, 0, -1):
        total = total * square + 2 / (2 * k + 1)
    return w * (x - square * total)


def _log1p_tail(x: Any) -> Any:
    near = (x > -0.5) & (x < 1.5)
    far = np.where(x == INF, INF, x - np.log1p(x))
    return np.where(near, _near_one(np.where(near, x, 0.0)), far)


def _log_tail(x: Any) -> Any:
    near = (x > 0.5) & (x < 2.5)
    far = np.where(x == INF, INF, (x - 1) - np.log(x))
    return np.where(near, _near_one(np.where(near, x - 1, 0.0)), far)


def _mp_log1p_tail(x: Any) -> Any:
    if mpmath.isnan(x) or x < -1:
        return mpmath.nan
    if x == -1 or mpmath.isinf(x):
        return mpmath.inf
    with mpmath.workprec(mpmath.mp.prec + 20 + 2 * max(0, -mpmath.mag(x) if x else 0)):
        value = x - mpmath.log1p(x)
    return +value


def _mp_log_tail(x: Any) -> Any:
    if mpmath.isnan(x) or x < 0:
        return mpmath.nan
    if x == 0 or mpmath.isinf(x):
        return mpmath.inf
    with mpmath.workprec(2 * mpmath.mp.prec + 20):
        beside = x - 1
    with mpmath.workprec(mpmath.mp.prec + 20 + 2 * max(0, -mpmath.mag(beside) if beside else 0)):
        value = x - 1 - mpmath.log(x)
    return +value


log1p_tail: Builder = elementwise(
    "log1p_tail",
    FAMILY,
    "x − log(1 + x), which is about x²/2 for small x.",
    in_doubles(_log1p_tail),
    _mp_log1p_tail,
    (lambda x, y: -expm1(-log1p(x)),),
    ((-0.5, 3),),
    traits=("nonnegative",),
    examples=tried_in((-0.5, 3), (-0.9, 30), NEAR_ZERO),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((1e-20,), 5e-41, (1e-20,)),
        Known((-1.0,), INF, (-INF,)),
        Known((-2.0,), NAN),
        Known((INF,), INF, (1.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=traced(_log1p_tail),
)
log_tail: Builder = elementwise(
    "log_tail",
    FAMILY,
    "x − 1 − log x, which is about (x − 1)²/2 near 1: the Itakura–Saito divergence of x and 1.",
    in_doubles(_log_tail),
    _mp_log_tail,
    (lambda x, y: -expm1(-log(x)),),
    ((0.3, 3),),
    traits=("nonnegative",),
    examples=tried_in((0.3, 3), (0.01, 30), (1 - 1e-6, 1 + 1e-6)),
    known=(
        Known((1.0,), 0.0, (0.0,)),
        Known((0.0,), INF, (-INF,)),
        Known((-2.0,), NAN),
        Known((INF,), INF, (1.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="F. Itakura and S. Saito (1968)",
    lowering=traced(_log_tail),
)


def _arctan_tail(x: Any) -> Any:
    """Give x³·∫₀¹ t²/(1 + x²t²) dt by Gauss's rule; all terms have one sign."""
    near = np.abs(x) < ATAN_NEAR
    inner = np.where(near, x, 0.0)
    square, total = inner * inner, np.zeros_like(x)
    places, weights = np.polynomial.legendre.leggauss(24)
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        t = float(place * place)
        total = total + float(weight) * t / (1 + t * square)
    return np.where(near, inner * square * total, x - np.arctan(x))


def _mp_gap(function: Any, sign: int) -> Any:
    """Give ±(x − f(x)) with digits for what cancels at 0."""

    def gap(x: Any) -> Any:
        if mpmath.isnan(x) or x == 0:
            return x
        if mpmath.isinf(x):
            return x if sign > 0 else mpmath.nan
        with mpmath.workprec(mpmath.mp.prec + 20 + 2 * abs(mpmath.mag(x))):
            value = sign * (x - function(x))
        return +value

    return gap


arctan_tail: Builder = elementwise(
    "arctan_tail",
    FAMILY,
    "x − atan x, which is about x³/3 for small x.",
    in_doubles(_arctan_tail),
    _mp_gap(mpmath.atan, 1),
    (lambda x, y: hypot_slope(x, 1.0) ** 2.0,),
    ((-3, 3),),
    traits=("odd", "increasing"),
    examples=tried_in((-3, 3), (-30, 30), NEAR_ZERO),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((-0.0,), -0.0, (0.0,)),
        Known((1e-20,), 1e-60 / 3, (1e-40,)),
        Known((1e200,), 1e200, (1.0,)),
        Known((-INF,), -INF),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=traced(_arctan_tail),
)


def _first_moment(sign: int, x: Any) -> Any:
    """Sum ±(x cosh x − sinh x) = Σ 2j·x^{2j+1}/(2j + 1)!, or with alternating signs sin x − x cos x."""
    square, total = x * x, np.ones_like(x)
    for j in range(15, 0, -1):
        total = 1 + sign / (2 * j * (2 * j + 3)) * square * total
    return x * square / 3 * total


def _tan_tail(x: Any) -> Any:
    near = np.abs(x) < TAN_NEAR
    inner = np.where(near, x, 0.0)
    return np.where(near, _first_moment(-1, inner) / np.cos(inner), np.tan(x) - x)


def _tanh_tail(x: Any) -> Any:
    near = np.abs(x) < TANH_NEAR
    inner = np.where(near, x, 0.0)
    return np.where(near, _first_moment(1, inner) / np.cosh(inner), x - np.tanh(x))


tan_tail: Builder = elementwise(
    "tan_tail",
    FAMILY,
    "tan x − x, which is about x³/3 for small x.",
    in_doubles(_tan_tail),
    _mp_gap(mpmath.tan, -1),
    (lambda x, y: tan(x) ** 2.0,),
    ((-1.4, 1.4),),
    traits=("odd",),
    examples=tried_in((-1.4, 1.4), (2, 4), NEAR_ZERO),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((-0.0,), -0.0, (0.0,)),
        Known((1e-20,), 1e-60 / 3, (1e-40,)),
        Known((INF,), NAN),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=traced(_tan_tail),
)
tanh_tail: Builder = elementwise(
    "tanh_tail",
    FAMILY,
    "x − tanh x, which is about x³/3 for small x.",
    in_doubles(_tanh_tail),
    _mp_gap(mpmath.tanh, 1),
    (lambda x, y: tanh(x) ** 2.0,),
    ((-3, 3),),
    traits=("odd", "increasing"),
    examples=tried_in((-3, 3), (-30, 30), NEAR_ZERO),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((-0.0,), -0.0, (0.0,)),
        Known((1e-20,), 1e-60 / 3, (1e-40,)),
        Known((-INF,), -INF, (1.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=traced(_tanh_tail),
)
