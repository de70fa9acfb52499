"""Growth in many small steps, (1 + x/y)^{y·t}, whose derivative with respect to the number of steps is a difference."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, make
from ...core.operator import OPS, Builder, Example, Known
from ..elementwise import NEAR_ZERO, elementwise, lift_all, tried_in
from ..functions.elementary import INF, NAN, named
from ..functions.power_one_plus import mp_pow1p
from ..kernel_lowering import traced
from ..power import power_log
from ..special.orders import in_doubles
from ..where import where
from .differences import FAMILY
from .means import share

TERMS = 40
SMALLEST = 1e-290


def _log1p_gap(x: Any) -> Any:
    """Sum wᵏ/k from k = 2 with w = x/(1 + x) where the two terms nearly cancel."""
    part = x / (1 + x)
    near = np.abs(part) < 0.4
    small = np.where(near, part, 0.0)
    series = np.zeros_like(x)
    for k in range(TERMS, 1, -1):
        series = series * small + 1 / k
    far = np.where((x == -1) | (x == INF), INF, np.log1p(x) - part)
    return np.where(near, series * small * small, far)


def _mp_log1p_gap(x: Any) -> Any:
    if x < -1 or mpmath.isnan(x):
        return mpmath.nan
    if x == -1 or mpmath.isinf(x):
        return mpmath.inf
    with mpmath.workprec(mpmath.mp.prec + 20 + 2 * max(0, -mpmath.mag(x) if x else 0)):
        value = mpmath.log1p(x) - x / (1 + x)
    return +value


log1p_gap: Builder = elementwise(
    "log1p_gap",
    FAMILY,
    "log(1 + x) − x/(1 + x), which is about x²/2 for small x.",
    in_doubles(_log1p_gap),
    _mp_log1p_gap,
    (lambda x, y: x / (1 + x) / (1 + x),),
    ((-0.5, 3),),
    traits=("nonnegative",),
    examples=tried_in((-0.5, 3), (-0.9, 30), NEAR_ZERO),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((1e-20,), 5e-41, (1e-20,)),
        Known((-1.0,), INF),
        Known((-2.0,), NAN),
        Known((INF,), INF),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=traced(_log1p_gap),
)


def _rate(x: Any, y: Any) -> Any:
    quotient = x / y
    size = np.abs(quotient)
    same = ((x > 0) & (y > 0)) | ((x < 0) & (y < 0))
    beyond = np.isinf(size) & same & (y != 0) & (np.abs(x) < INF)
    return np.where(
        size < SMALLEST,
        x,
        np.where(beyond, y * (np.log(np.abs(x)) - np.log(np.abs(y))), y * np.log1p(quotient)),
    )


def _mp_rate(x: Any, y: Any) -> Any:
    if mpmath.isinf(y) and mpmath.isfinite(x):
        return x
    if y == 0 or mpmath.isinf(y) or mpmath.isnan(x) or mpmath.isnan(y) or x / y < -1:
        return mpmath.nan
    return y * mpmath.log1p(x / y)


compound_rate: Builder = elementwise(
    "compound_rate",
    FAMILY,
    "y·log(1 + x/y): the rate of growth x that is paid out in y steps, as if it were paid out all the time.",
    in_doubles(_rate),
    _mp_rate,
    (lambda x, y, z: share(y, x), lambda x, y, z: log1p_gap(x / y)),
    ((-0.5, 3), (1, 4)),
    notation=named("compound_rate"),
    known=(
        Known((0.0, 5.0), 0.0, (1.0, 0.0)),
        Known((1.0, 1.0), float(np.log(2)), (0.5, float(np.log(2) - 0.5))),
        Known((1e-200, 1e200), 1e-200, (1.0, 0.0)),
        Known((1.0, INF), 1.0),
        Known((-3.0, 1.0), NAN),
        Known((NAN, 1.0), NAN),
    ),
    lowering=traced(_rate),
)


def _compound(k: int, x: Any, y: Any, t: Any) -> Any:
    """Take the power of the rounded base, and correct it for what rounding 1 + x/y lost (Knuth's two-sum)."""
    quotient, exponent = x / y, y * t - k
    base = 1 + quotient
    part = base - 1
    lost = (1 - (base - part)) + (quotient - part)
    usable = np.isfinite(lost) & (base != 0) & (lost != 0) & ((base > 0) | (np.abs(exponent) < INF))
    correction = np.where(usable, exponent * (lost / base), 0.0)
    power = np.power(base, exponent)
    corrected = power * np.exp(correction)
    corrected = np.where(corrected == corrected, corrected, power)  # 0·∞: the power has left the range
    return np.where((np.abs(correction) < 1) | (base < 0), corrected, np.exp(exponent * np.log1p(quotient)))


def _mp_compound(k: int, x: Any, y: Any, t: Any) -> Any:
    quotient = x / y if y != 0 else x * mpmath.inf  # nan at 0/0
    return mp_pow1p(quotient, y * t - k)


def _slope_rate(k: int, x: Node, y: Node, t: Node, z: Node) -> Node:
    return (t - k / y if k else t) * _build(x, y, t, k + 1)


def _slope_steps(k: int, x: Node, y: Node, t: Node, z: Node) -> Node:
    """Near a base of 0, where nothing cancels, as the powers that they are: their limits there are known."""
    part = x / y
    lost = power_log(1 + part, y * t - k, 1)
    far = t * lost - (t - k / y if k else t) * (part * _build(x, y, t, k + 1))
    near = t * (z * log1p_gap(part))
    return where(part > -0.5, near + k * (part / y * _build(x, y, t, k + 1)) if k else near, far)


def _slope_time(k: int, x: Node, y: Node, t: Node, z: Node) -> Node:
    part = x / y
    return where(part > -0.5, z * compound_rate(x, y), y * power_log(1 + part, y * t - k, 1))


def _build(x: Any, y: Any, t: Any = 1.0, k: int = 0) -> Node:
    return make(OPS["compound"], lift_all((x, y, t)), (int(k),))


compound: Builder = elementwise(
    "compound",
    FAMILY,
    "(1 + x/y)^{y·t − k}; with k = 0 what grows at the rate x for the time t, paid out y times in a unit of time.",
    in_doubles(_compound, 1),
    _mp_compound,
    (_slope_rate, _slope_steps, _slope_time),
    ((-0.5, 3), (1, 4), (0.3, 2)),
    attributes=("k",),
    notation=named("compound"),
    examples=(
        Example(((), (), ()), (0,), ((-0.5, 3), (1, 4), (0.3, 2))),
        Example(((2, 3), (3,), ()), (0,), ((-1e-6, 1e-6), (100, 400), (0.3, 2))),
        Example(((), (), ()), (2,), ((-0.5, 3), (1, 4), (0.3, 2))),
    ),
    known=(
        Known((0, 1.0, 1.0, 3.0), 8.0),
        Known((0, -1e300, 1.0, -1.7e308), 0.0),
        Known((0, 0.0, 5.0, 1.0), 1.0, (1.0, 0.0, 0.0)),
        Known((0, -3.0, 1.0, 3.0), -8.0),
        Known((0, -1.0, 1.0, 2.0), 0.0, (0.0, 0.0, 0.0)),
        Known((0, -1.0, 1.0, 1.0), 0.0, (1.0, 1.0, 0.0)),
        Known((0, -1e-9, 1e-160, -INF), 0.0),
        Known((0, NAN, 1.0, 1.0), NAN),
    ),
    lowering=traced(_compound),
    function=_build,
)
