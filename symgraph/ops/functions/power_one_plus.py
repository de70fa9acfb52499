"""Powers of 1 + x for small x, where 1 + x itself has lost the digits: compound interest and its relatives."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.node import Node
from ...core.operator import Builder, Known
from ..elementwise import elementwise
from ..power import mp_power, power_numpy
from ..stable import difference_lowerings as lowerings
from .elementary import INF, NAN, log1p, named

FAMILY = "differences"


def _pow1p(x: Any, y: Any) -> Any:
    """Take the power of the rounded base, and correct it for what rounding 1 + x lost (Knuth's two-sum)."""
    kind = np.result_type(x, y, np.float32)
    x, y = np.asarray(x, dtype=kind), np.asarray(y, dtype=kind)
    with np.errstate(all="ignore"):
        base = 1 + x
        part = base - 1
        lost = (1 - (base - part)) + (x - part)
        usable = np.isfinite(lost) & (base != 0) & (lost != 0) & ((base > 0) | (np.abs(y) < INF))
        correction = np.where(usable, y * (lost / base), kind.type(0))
        value = power_numpy(base, y)
        corrected = value * np.exp(correction)
        corrected = np.where(np.isnan(corrected), value, corrected)  # 0·∞: the power has left the range
        return np.where((np.abs(correction) < 1) | (base < 0), corrected, np.exp(y * np.log1p(x)))[()]


def mp_pow1p(x: Any, y: Any) -> Any:
    """Take (1 + x)^y in many digits, also where 1 + x would need more of them than there are."""
    if mpmath.isinf(y) and x > -1 and x != 0:
        return mpmath.inf if (x > 0) == (y > 0) else mpmath.mpf(0)
    if x <= -1 or not mpmath.isfinite(x) or not mpmath.isfinite(y):
        return mp_power(1 + x, y)
    return _of_logarithm(mpmath.exp, x, y)


def _of_logarithm(function: Any, x: Any, y: Any) -> Any:
    """Take a function of y·log(1 + x), with as many digits more as a large exponent needs."""
    with mpmath.extraprec(max(0, mpmath.mag(y * mpmath.log1p(x))) if x and y else 0):
        value = function(y * mpmath.log1p(x))
    return +value


def _slope_base(x: Node, y: Node, z: Node) -> Node:
    return y * pow1p(x, y - 1)


def _slope_exponent(x: Node, y: Node, z: Node) -> Node:
    return pow1p(x, y) * log1p(x)


pow1p: Builder = elementwise(
    "pow1p",
    FAMILY,
    "(1 + x)^y, right to the last digits of a small x.",
    _pow1p,
    mp_pow1p,
    (_slope_base, _slope_exponent),
    ((-0.5, 2), (-2, 3)),
    notation=named("pow1p"),
    known=(
        Known((0.0, 5.0), 1.0, (5.0, 0.0)),
        Known((1.0, 3.0), 8.0, (12.0, 8 * float(np.log(2)))),
        Known((-3.0, 3.0), -8.0),
        Known((-1.0, 2.0), 0.0),
        Known((-1e160, -INF), 0.0),
        Known((1e-300, -INF), 0.0),
        Known((-1e300, -1.7e308), 0.0),
        Known((INF, 2.0), INF),
        Known((NAN, 1.0), NAN),
    ),
    lowering=lowerings.pow1p,
)


def _pow1pm1(x: Any, y: Any) -> Any:
    kind = np.result_type(x, y, np.float32)
    x, y = np.asarray(x, dtype=kind), np.asarray(y, dtype=kind)
    with np.errstate(all="ignore"):
        small = y * np.log1p(x)
        return np.where(np.abs(small) < 0.5, np.expm1(small), _pow1p(x, y) - 1)[()]


def mp_pow1pm1(x: Any, y: Any) -> Any:
    """(1 + x)^y − 1 in many digits, also where the power is nearly 1."""
    if x <= -1 or not mpmath.isfinite(x) or not mpmath.isfinite(y):
        return mp_pow1p(x, y) - 1
    return _of_logarithm(mpmath.expm1, x, y)


pow1pm1 = elementwise(
    "pow1pm1",
    FAMILY,
    "(1 + x)^y − 1, without cancellation: growth at the rate x in the time y.",
    _pow1pm1,
    mp_pow1pm1,
    (_slope_base, _slope_exponent),
    ((-0.5, 2), (-2, 3)),
    notation=named("pow1pm1"),
    known=(
        Known((0.0, 5.0), 0.0, (5.0, 0.0)),
        Known((1.0, 3.0), 7.0),
        Known((1e-20, 2.0), 2e-20),
        Known((-1e-300, 1e300), float(np.expm1(-1.0)), (1e300 * float(np.exp(-1.0)), -1e-300 * float(np.exp(-1.0)))),
        Known((-1.0, 2.0), -1.0),
        Known((-1e160, -INF), -1.0),
        Known((-1e300, -1.7e308), -1.0),
        Known((NAN, 1.0), NAN),
    ),
    lowering=lowerings.pow1pm1,
)
