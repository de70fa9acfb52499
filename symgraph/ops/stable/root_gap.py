"""√(x² − d) − x, which the formula for the roots of a quadratic equation is made of, and its slope."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.node import Node
from ...core.operator import Builder, Known
from ..elementwise import elementwise
from ..functions.elementary import NAN
from ..kernel_lowering import traced
from ..special.orders import in_doubles
from .differences import FAMILY

LARGEST = float(np.sqrt(np.finfo(float).max)) / 4  # beyond, squares may overflow
DOMAIN = ((0.5, 3.0), (-2.0, 0.2))


def distances(x: Any, d: Any) -> Any:
    """Give √(x² − d), for large x as |x|·√(1 − d/x²)."""
    near = np.abs(x) < LARGEST
    divisor = np.where(near, 1.0, x)
    return np.where(near, np.sqrt(x * x - d), np.abs(x) * np.sqrt(1 - d / divisor / divisor))


def _root_gap(x: Any, d: Any) -> Any:
    root = distances(x, d)
    return np.where((x > 0) & np.isfinite(root), -d / (root + x), root - x)


def _root_gap_slope(x: Any, d: Any) -> Any:
    root = distances(x, d)
    return np.where((x > 0) & np.isfinite(root), d / (root + x) / root, x / root - 1)


def _mp_root(x: Any, d: Any) -> Any:
    inside = x * x - d
    return mpmath.sqrt(inside) if inside >= 0 else mpmath.nan


def _mp_root_gap(x: Any, d: Any) -> Any:
    root = _mp_root(x, d)
    return -d / (root + x) if x > 0 and mpmath.isfinite(root) else root - x


def _mp_root_gap_slope(x: Any, d: Any) -> Any:
    root = _mp_root(x, d)
    if root == 0:
        return mpmath.nan if x == 0 else mpmath.inf if x > 0 else -mpmath.inf
    return d / (root + x) / root if x > 0 and mpmath.isfinite(root) else x / root - 1


def distance(x: Node, d: Node) -> Node:
    """√(x² − d) by way of the gap, which does not overflow where x² does."""
    return root_gap(x, d) + x


def _over_cube(x: Node, d: Node, top: Node) -> Node:
    root = distance(x, d)
    return top / root / root / root


root_gap_slope: Builder = elementwise(
    "root_gap_slope",
    FAMILY,
    "x/√(x² − d) − 1, the slope of root_gap, without cancellation.",
    in_doubles(_root_gap_slope),
    _mp_root_gap_slope,
    (lambda x, d, y: -_over_cube(x, d, d), lambda x, d, y: _over_cube(x, d, x) / 2),
    DOMAIN,
    known=(Known((1.0, 0.0), 0.0), Known((-1.0, 0.0), -2.0), Known((NAN, 1.0), NAN)),
    lowering=traced(_root_gap_slope),
)
root_gap: Builder = elementwise(
    "root_gap",
    FAMILY,
    "√(x² − d) − x without cancellation for large x; for the greater root of a quadratic equation.",
    in_doubles(_root_gap),
    _mp_root_gap,
    (lambda x, d, y: root_gap_slope(x, d), lambda x, d, y: -0.5 / distance(x, d)),
    DOMAIN,
    lowering=traced(_root_gap),
    known=(
        Known((1e8, 4.0), -2e-8),
        Known((1e300, 1e300), -0.5, (5e-301, -5e-301)),
        Known((-1.0, 0.0), 2.0),
        Known((1.0, 2.0), NAN),
        Known((NAN, 1.0), NAN),
    ),
)
