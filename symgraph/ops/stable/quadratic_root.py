"""The root (−b + √(b² − 4ac))/(2a) of a quadratic equation with its slopes, by implicit differentiation.

With D = √(b² − 4ac) the root z has the slopes −z²/D, −z/D and −1/D, which neither cancel nor divide by a.
"""

from __future__ import annotations

from collections.abc import Callable
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
from .root_gap import distance, distances

DOMAIN = ((0.5, 2.0), (3.0, 5.0), (-1.0, 1.0))


def _both(a: Any, b: Any, c: Any) -> tuple[Any, Any]:
    """Give the root and D. No factor 2 or 4 may take a number out of range whose product is in it."""
    falling = np.abs(a) > np.abs(c)
    gap = distances(b, 4 * np.where(falling, c, a) * np.where(falling, a, c))
    stable = (b > 0) & np.isfinite(gap)
    root = np.where(b < 1, 2 * (-c / (b + gap)), -c / (0.5 * b + 0.5 * gap))
    return np.where(stable, root, (gap - b) / (2 * a)), gap


def _mp_both(a: Any, b: Any, c: Any) -> tuple[Any, Any]:
    inside = b * b - 4 * a * c
    if not inside >= 0 or not all(map(mpmath.isfinite, (a, b, c))):
        return mpmath.nan, mpmath.nan
    gap = mpmath.sqrt(inside)
    if b > 0:
        return -2 * c / (b + gap), gap
    return (gap - b) / (2 * a) if a != 0 else mpmath.nan if gap == b else mpmath.inf, gap


def _over_cube(a: Node, b: Node, c: Node, top: Node) -> Node:
    gap = distance(b, 4 * a * c)
    return top / gap / gap / gap


def _enter(name: str, doc: str, power: int, partials: tuple[Callable[..., Any], ...], known: tuple[Known, ...]) -> Any:
    """Register the root itself (power 0), or −zᵖ/D."""

    def kernel(a: Any, b: Any, c: Any) -> Any:
        z, gap = _both(a, b, c)
        return -(z**power) / gap if power else z

    def exactly(a: Any, b: Any, c: Any) -> Any:
        z, gap = _mp_both(a, b, c)
        if not power:
            return z
        return -(z**power) / gap if gap != 0 else mpmath.nan if z == 0 else -(mpmath.sign(z) ** power) * mpmath.inf

    return elementwise(
        name, FAMILY, doc, in_doubles(kernel), exactly, partials, DOMAIN, known=known, lowering=traced(kernel)
    )


def _square_by_a(a: Node, b: Node, c: Node, y: Node) -> Node:
    z = quadratic_root(a, b, c)
    return _over_cube(a, b, c, 2 * z * z * (z * distance(b, 4 * a * c) - c))


def _mixed(a: Node, b: Node, c: Node, y: Node) -> Node:
    z = quadratic_root(a, b, c)
    return _over_cube(a, b, c, z * z * (2 * distance(b, 4 * a * c) + b))


quadratic_root_square: Builder = _enter(
    "quadratic_root_square",
    "−z²/√(b² − 4ac) for the root z of a·z² + b·z + c = 0: the slope of quadratic_root with respect to a.",
    2,
    (_square_by_a, _mixed, lambda a, b, c, y: _over_cube(a, b, c, -2 * c)),
    (Known((1.0, 3.0, 2.0), -1.0), Known((1.0, 1e9, 2.0), -4e-27), Known((1.0, NAN, 1.0), NAN)),
)
quadratic_root_slope: Builder = _enter(
    "quadratic_root_slope",
    "−z/√(b² − 4ac) for the root z of a·z² + b·z + c = 0: the slope of quadratic_root with respect to b.",
    1,
    (_mixed, lambda a, b, c, y: _over_cube(a, b, c, -2 * c), lambda a, b, c, y: _over_cube(a, b, c, b)),
    (Known((1.0, 3.0, 2.0), 1.0), Known((1.0, 1e9, 2.0), 2e-18), Known((1.0, NAN, 1.0), NAN)),
)
quadratic_root: Builder = _enter(
    "quadratic_root",
    "The root (−b + √(b² − 4ac))/(2a) of a·z² + b·z + c = 0, without cancellation for b > 0 and also for a = 0.",
    0,
    (
        lambda a, b, c, y: quadratic_root_square(a, b, c),
        lambda a, b, c, y: quadratic_root_slope(a, b, c),
        lambda a, b, c, y: -1 / distance(b, 4 * a * c),
    ),
    (
        Known((1.0, 3.0, 2.0), -1.0, (-1.0, 1.0, -1.0)),
        Known((1.0, 1e9, 2.0), -2e-9),
        Known((1.0, -3.0, 2.0), 2.0, (-4.0, -2.0, -1.0)),
        Known((0.0, 2.0, 4.0), -2.0),
        Known((5e-324, 1.0, 1.7e308), -1.7e308),
        Known((5e-324, 5e-324, 0.0), -0.0),
        Known((1.7e308, 0.0, 0.0), 0.0),
        Known((1.0, 0.0, 1.0), NAN),
        Known((1.0, NAN, 1.0), NAN),
    ),
)
