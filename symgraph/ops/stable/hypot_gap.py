"""How much longer than a leg the hypotenuse is, √(x² + y²) − x, and one minus the cosine of the angle between them."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.operator import Builder, Example, Kink, Known
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN
from ..functions.trigonometric import hypot, hypot_slope
from ..kernel_lowering import traced
from ..special.orders import in_doubles
from .differences import FAMILY

HUGE = 1e307


def _scaled(x: Any, y: Any) -> tuple[Any, Any, Any]:
    """Scale what is large: the hypotenuse of numbers in range may be out of it."""
    scale = np.where((np.abs(x) > HUGE) | (np.abs(y) > HUGE), 0.25, 1.0)
    return scale * x, scale * y, scale


def _gap(x: Any, y: Any) -> Any:
    """Divide by the sum for x > 0, in two steps that stay in range; below, nothing cancels."""
    root = np.hypot(x, y)
    above = (x > 0) & (root < INF)
    safe = np.where(above, root, 1.0)
    slope = np.abs(y) / safe
    return np.where(above, slope * (np.abs(y) / (1 + np.where(above, x, 0.0) / safe)), root - x)


def _hypot_gap(x: Any, y: Any) -> Any:
    x, y, scale = _scaled(x, y)
    return _gap(x, y) / scale


def _mp_hypot_gap(x: Any, y: Any) -> Any:
    if mpmath.isinf(x) or mpmath.isinf(y):
        return mpmath.nan if x == mpmath.inf or mpmath.isnan(x) or mpmath.isnan(y) else mpmath.inf
    return y * y / (mpmath.hypot(x, y) + x) if x > 0 else mpmath.hypot(x, y) - x


def _hypot_slope_gap(x: Any, y: Any) -> Any:
    upright = np.isinf(y) & (np.abs(x) < INF)
    x, y, _ = _scaled(x, y)
    return np.where(upright, 1.0, _gap(x, y) / np.hypot(x, y))


def _mp_hypot_slope_gap(x: Any, y: Any) -> Any:
    if mpmath.isinf(y) and mpmath.isfinite(x):
        return mpmath.mpf(1)
    return _mp_hypot_gap(x, y) / mpmath.hypot(x, y) if x or y else mpmath.nan


hypot_slope_gap: Builder = elementwise(
    "hypot_slope_gap",
    FAMILY,
    "1 − x/√(x² + y²), without cancellation where x is large: one minus the cosine of the angle of (x, y).",
    in_doubles(_hypot_slope_gap),
    _mp_hypot_slope_gap,
    (
        lambda x, y, z: -(hypot_slope(y, x) ** 2.0 / hypot(x, y)),
        lambda x, y, z: hypot_slope(x, y) * hypot_slope(y, x) / hypot(x, y),
    ),
    ((0.3, 3), (-3, 3)),
    traits=("nonnegative", "bounded"),
    kinks=(Kink("x = y = 0", "the value is nan"),),
    known=(
        Known((3.0, 4.0), 0.4, (-0.128, 0.096)),
        Known((1e8, 1.0), 5e-17, (-1e-24, 1e-16)),
        Known((-2.0, 0.0), 2.0, (-0.0, -0.0)),
        Known((1.7e308, 1.7e308), 1 - 0.5**0.5),
        Known((-1e308, 1e308), 1 + 0.5**0.5),
        Known((1.0, INF), 1.0),
        Known((0.0, 0.0), NAN),
        Known((NAN, 1.0), NAN),
    ),
    lowering=traced(_hypot_slope_gap),
)
hypot_gap: Builder = elementwise(
    "hypot_gap",
    FAMILY,
    "√(x² + y²) − x, how much longer than its leg x > 0 the hypotenuse is, without cancellation.",
    in_doubles(_hypot_gap),
    _mp_hypot_gap,
    (lambda x, y, z: -hypot_slope_gap(x, y), lambda x, y, z: hypot_slope(y, x)),
    ((0.3, 3), (-3, 3)),
    traits=("nonnegative",),
    kinks=(
        Kink("x = y = 0", "the gradient is (nan, 0)"),
        Kink("y = 0, x < 0", "the derivative with respect to y is 0"),
    ),
    examples=(
        Example(((), ()), domain=((0.3, 3), (-3, 3))),
        Example(((2, 3), (3,)), domain=((1e3, 1e6), (-1, 1))),
        Example(((), ()), domain=((-3, -0.3), (-3, 3))),
    ),
    known=(
        Known((3.0, 4.0), 2.0, (-0.4, 0.8)),
        Known((1e8, 1.0), 5e-9, (-5e-17, 1e-8)),
        Known((3e200, 4e200), 2e200, (-0.4, 0.8)),
        Known((1.7e308, 1.7e308), 1.7e308 * (2**0.5 - 1)),
        Known((1e308, 1e308), 1e308 * (2**0.5 - 1), (0.5**0.5 - 1, 0.5**0.5)),
        Known((-1.0, 0.0), 2.0, (-2.0, 0.0)),
        Known((2.0, 0.0), 0.0, (-0.0, 0.0)),
        Known((0.0, 0.0), 0.0, (NAN, 0.0)),
        Known((1.0, INF), INF),
        Known((INF, 1.0), NAN),
        Known((NAN, 1.0), NAN),
    ),
    lowering=traced(_hypot_gap),
)
