"""Spherical Bessel functions; the first of them is sin(x)/x, right at 0."""

from __future__ import annotations

from functools import partial
from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.node import Node
from ...core.operator import Builder, Example, Notation
from ..elementwise import elementwise
from . import special_lowerings
from .bessel import FAMILY
from .orders import in_double, ordered

special = Library("scipy.special")


def _spherical_jn(n: int, x: Any) -> Any:
    """SciPy's function, and near 0, where that underflows too early, xⁿ/(2n + 1)!! (DLMF 10.52.1)."""
    with np.errstate(all="ignore"):
        leading = np.power(x, n) / special.factorial2(2 * n + 1)
    return np.where(np.abs(x) < 1e-8, leading, special.spherical_jn(n, x))[()]


def _mp_spherical_jn(n: int, x: Any) -> Any:
    if x == 0 or mpmath.isinf(x):
        return mpmath.mpf(int(n == 0 and x == 0))
    size = abs(x)
    value = mpmath.sqrt(mpmath.pi / (2 * size)) * mpmath.besselj(n + mpmath.mpf(1) / 2, size)
    return -value if x < 0 and n % 2 else value


def _spherical_slope(n: int, x: Node, y: Node) -> Node:
    """DLMF 10.51.2: (2n + 1)·jₙ' = n·jₙ₋₁ − (n + 1)·jₙ₊₁."""
    after = spherical_jn(n + 1, x)
    if n == 0:
        return -after
    return (n * spherical_jn(n - 1, x) - (n + 1) * after) / (2 * n + 1)


spherical_jn: Builder = elementwise(
    "spherical_jn",
    FAMILY,
    "Spherical Bessel function of the first kind jₙ(x); j₀(x) = sin(x)/x, and 1 at 0.",
    in_double(_spherical_jn),
    _mp_spherical_jn,
    (_spherical_slope,),
    ((-8, 8),),
    attributes=("n",),
    notation=Notation("spherical_jn", "j", "j"),
    examples=(
        Example(((),), (0,), domain=((-8, 8),)),
        Example(((2, 3),), (2,), domain=((-8, 8),)),
        Example(((),), (1,), domain=((-1e-6, 1e-6),)),
    ),
    source="DLMF 10.47.3, 10.51.2",
    lowering=partial(special_lowerings.spherical, name="_spherical_jn"),
    function=ordered("spherical_jn", "Spherical Bessel function jₙ(x)."),
)


def _spherical_in(n: int, x: Any) -> Any:
    """SciPy's function, and near 0, where that underflows too early, xⁿ/(2n + 1)!! (DLMF 10.52.1)."""
    with np.errstate(all="ignore"):
        leading = np.power(x, n) / special.factorial2(2 * n + 1)
    return np.where(np.abs(x) < 1e-8, leading, special.spherical_in(n, x))[()]


def _mp_spherical_in(n: int, x: Any) -> Any:
    if x == 0 or mpmath.isinf(x):
        return mpmath.mpf(int(n == 0)) if x == 0 else mpmath.inf if x > 0 or n % 2 == 0 else -mpmath.inf
    size = abs(x)
    value = mpmath.sqrt(mpmath.pi / (2 * size)) * mpmath.besseli(n + mpmath.mpf(1) / 2, size)
    return -value if x < 0 and n % 2 else value


def _spherical_in_slope(n: int, x: Node, y: Node) -> Node:
    """DLMF 10.51.5: (2n + 1)·iₙ' = n·iₙ₋₁ + (n + 1)·iₙ₊₁."""
    after = spherical_in(n + 1, x)
    if n == 0:
        return after
    return (n * spherical_in(n - 1, x) + (n + 1) * after) / (2 * n + 1)


spherical_in: Builder = elementwise(
    "spherical_in",
    FAMILY,
    "Modified spherical Bessel function of the first kind iₙ(x); i₀(x) = sinh(x)/x, and 1 at 0.",
    in_double(_spherical_in),
    _mp_spherical_in,
    (_spherical_in_slope,),
    ((-8, 8),),
    attributes=("n",),
    notation=Notation("spherical_in", "i", "i"),
    examples=(
        Example(((),), (0,), domain=((-8, 8),)),
        Example(((2, 3),), (2,), domain=((-8, 8),)),
        Example(((),), (1,), domain=((-1e-6, 1e-6),)),
    ),
    source="DLMF 10.47.7, 10.51.5",
    lowering=partial(special_lowerings.spherical, name="_spherical_in"),
    function=ordered("spherical_in", "Modified spherical Bessel function iₙ(x)."),
)
