"""Differences and quotients that formulas spell with cancelling or overflowing parts, as operators of their own.

Each computes the whole at once, and its derivatives are written for the whole, too: those of eˣ − e^y are eˣ and −e^y.
The stable rewrite rules bring these operators in.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.node import lift
from ...core.operator import Builder, Example, Known
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN, exp
from ..functions.trigonometric import hypot, hypot_slope
from . import difference_lowerings as lowerings

FAMILY = "differences"


def _as_float(*values: Any) -> list[Any]:
    kind = np.result_type(*values, np.float32)
    return [np.asarray(value, dtype=kind) for value in values]


square_difference = elementwise(
    "square_difference",
    FAMILY,
    "x² − y², computed as (x − y)·(x + y).",
    lambda x, y: (x - y) * (x + y),
    lambda x, y: (x - y) * (x + y),
    (lambda x, y, z: 2 * x, lambda x, y, z: -2 * y),
    ((-3, 3), (-3, 3)),
    known=(
        Known((3.0, 2.0), 5.0, (6.0, -4.0)),
        Known((1e160, 1e160), 0.0, (2e160, -2e160)),
        Known((NAN, 1.0), NAN, (NAN, -2.0)),
    ),
    lowering=lowerings.square_difference,
)


def _exp_difference(x: Any, y: Any) -> Any:
    """Take the larger exponential out; −expm1 of the negative gap is between 0 and 1."""
    x, y = _as_float(x, y)
    gap = np.where(x == y, x.dtype.type(0), x - y)
    return np.where(gap == 0, gap * 0, np.exp(np.maximum(x, y)) * -np.copysign(np.expm1(-np.abs(gap)), -gap))[()]


def _mp_exp_difference(x: Any, y: Any) -> Any:
    if x == y:
        return mpmath.mpf(0)
    return mpmath.exp(x) * -mpmath.expm1(y - x) if x > y else mpmath.exp(y) * mpmath.expm1(x - y)


exp_difference = elementwise(
    "exp_difference",
    FAMILY,
    "e^x − e^y, also where the two are nearly equal.",
    _exp_difference,
    _mp_exp_difference,
    (lambda x, y, z: exp(x), lambda x, y, z: -exp(y)),
    ((-3, 3), (-3, 3)),
    known=(
        Known((0.0, 0.0), 0.0, (1.0, -1.0)),
        Known((1e-20, 0.0), 1e-20, (1.0, -1.0)),
        Known((-INF, 0.0), -1.0, (0.0, -1.0)),
        Known((INF, 0.0), INF, (INF, -1.0)),
        Known((NAN, 1.0), NAN),
    ),
    lowering=lowerings.exp_difference,
)


def log_ratio_numpy(x: Any, y: Any) -> Any:
    """Give log(x/y) as numbers: log1p near 1, a difference of logarithms out of range."""
    x, y = _as_float(x, y)
    with np.errstate(all="ignore"):
        ratio = x / y
        tiny = np.finfo(ratio.dtype).tiny
        size = np.abs(ratio)
        ranged = (size < 1 / tiny) & (size > tiny) | (x == 0) | ~np.isfinite(x) | (y == 0) | ~np.isfinite(y)
        far = np.where(np.signbit(x) == np.signbit(y), np.log(np.abs(x)) - np.log(np.abs(y)), ratio.dtype.type(NAN))
        near = (ratio > 0.5) & (ratio < 2)
        close = np.log1p((x - y) / y) + 0.0  # the logarithm of 1 is never −0
        return np.where(near, close, np.where(ranged, np.log(ratio), far))[()]


def mp_log_ratio(x: Any, y: Any) -> Any:
    """log(x/y) in many digits, also where the quotient is nearly one."""
    if mpmath.isnan(x) or mpmath.isnan(y) or (mpmath.isinf(x) and mpmath.isinf(y)) or x == y == 0:
        return mpmath.nan
    if y == 0:
        return mpmath.inf if x > 0 else mpmath.nan
    ratio = x / y
    if ratio == 0:
        return -mpmath.inf
    return mpmath.log1p((x - y) / y) if 0.5 < ratio < 2 else mpmath.log(ratio) if ratio > 0 else mpmath.nan


log_ratio = elementwise(
    "log_ratio",
    FAMILY,
    "log(x/y) for numbers of one sign, also where the quotient overflows, underflows, or is nearly one.",
    log_ratio_numpy,
    mp_log_ratio,
    (lambda x, y, z: 1 / x, lambda x, y, z: -1 / y),
    ((0.2, 4), (0.2, 4)),
    examples=(
        Example(((), ()), domain=((0.2, 4), (0.2, 4))),
        Example(((2, 3), (3,)), domain=((0.2, 4), (0.2, 4))),
        Example(((), ()), domain=((-4, -0.2), (-4, -0.2))),
    ),
    known=(
        Known((1.0, 1.0), 0.0, (1.0, -1.0)),
        Known((-2.0, -2.0), 0.0, (-0.5, 0.5)),
        Known((0.0, 1.0), -INF, (INF, -1.0)),
        Known((1.0, 0.0), INF, (1.0, -INF)),
        Known((-1.0, 1.0), NAN),
        Known((NAN, 1.0), NAN, (NAN, -1.0)),
    ),
    lowering=lowerings.log_ratio,
)


def _hypotm1(x: Any) -> Any:
    (x,) = _as_float(x)
    with np.errstate(all="ignore"):
        root = np.hypot(1, x)
        return np.where(np.isinf(x), np.abs(x), np.abs(x) * (np.abs(x) / (1 + root)))[()]


hypotm1: Builder = elementwise(
    "hypotm1",
    FAMILY,
    "√(1 + x²) − 1, without cancellation near 0 and without overflow: Charbonnier's, or the pseudo-Huber loss.",
    _hypotm1,
    lambda x: mpmath.inf if mpmath.isinf(x) else x * x / (1 + mpmath.hypot(1, x)),
    (lambda x, y: hypot_slope(x, lift(1.0, x)),),
    ((-3, 3),),
    traits=("even", "nonnegative"),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((1e-8,), 5e-17, (1e-8,)),
        Known((1e200,), 1e200, (1.0,)),
        Known((-INF,), INF),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=lowerings.hypotm1,
)


def _log1p_square(x: Any) -> Any:
    size = np.abs(_as_float(x)[0])
    with np.errstate(all="ignore"):
        return np.where(size < 1e3, np.log1p(size * size), 2 * np.log(size) + np.log1p((1 / size) ** 2))[()]


log1p_square: Builder = elementwise(
    "log1p_square",
    FAMILY,
    "log(1 + x²), without overflow.",
    _log1p_square,
    lambda x: mpmath.inf if mpmath.isinf(x) else mpmath.log1p(x * x),
    (lambda x, y: 2 * hypot_slope(x, lift(1.0, x)) / hypot(lift(1.0, x), x),),
    ((-3, 3),),
    traits=("even", "nonnegative"),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((1e200,), float(400 * np.log(10)), (2e-200,)),
        Known((-INF,), INF),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=lowerings.log1p_square,
)
