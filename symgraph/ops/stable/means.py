"""Geometric and harmonic means of two numbers, and parts of a sum, without leaving the range."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.operator import Builder, Known
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN
from ..kernel_lowering import traced
from ..special.orders import in_doubles
from .differences import FAMILY

SMALLEST = 1e-290  # below, a product has lost digits
APART = ((0.3, 3.0), (0.3, 3.0))


def _geometric_mean(x: Any, y: Any) -> Any:
    """Take the roots one by one where the product has left the range."""
    product = x * y
    size = np.abs(product)
    same = ((x >= 0) & (y >= 0)) | ((x <= 0) & (y <= 0))
    far = np.where(same, np.sqrt(np.abs(x)) * np.sqrt(np.abs(y)), NAN)
    return np.where((size > SMALLEST) & (size < INF), np.sqrt(product), far)


def _mp_root(x: Any) -> Any:
    return mpmath.sqrt(x) if x >= 0 else mpmath.nan


geometric_mean: Builder = elementwise(
    "geometric_mean",
    FAMILY,
    "√(x·y) for numbers of one sign, also where the product overflows or underflows.",
    in_doubles(_geometric_mean),
    lambda x, y: _mp_root(x * y),
    (lambda x, y, z: 0.5 * (y / z), lambda x, y, z: 0.5 * (x / z)),
    APART,
    traits=("commutative",),
    known=(
        Known((4.0, 9.0), 6.0, (0.75, 1 / 3)),
        Known((1e200, 1e200), 1e200, (0.5, 0.5)),
        Known((1e-200, 1e-200), 1e-200, (0.5, 0.5)),
        Known((-1.0, -4.0), 2.0, (-1.0, -0.25)),
        Known((0.0, 1.0), 0.0, (INF, NAN)),
        Known((1.0, -1.0), NAN),
        Known((1e-200, -1e-200), NAN),
        Known((NAN, 1.0), NAN),
    ),
    lowering=traced(_geometric_mean),
)


def _share(x: Any, y: Any) -> Any:
    total = x + y
    return np.where(np.isinf(total), (0.5 * x) / (0.5 * x + 0.5 * y), x / total)


share: Builder = elementwise(
    "share",
    FAMILY,
    "x/(x + y), the part that x has of a sum; its derivatives do not cancel.",
    in_doubles(_share),
    lambda x, y: x / (x + y) if x + y != 0 else mpmath.nan if x == 0 else mpmath.sign(x) * mpmath.inf,
    (lambda x, y, z: share(y, x) / (x + y), lambda x, y, z: -(z / (x + y))),
    APART,
    known=(
        Known((1.0, 3.0), 0.25, (0.1875, -0.0625)),
        Known((1e-200, 1.0), 1e-200, (1.0, -1e-200)),
        Known((1.7e308, 1.7e308), 0.5),
        Known((0.0, 0.0), NAN),
        Known((NAN, 1.0), NAN, (NAN, NAN)),
    ),
    lowering=traced(_share),
)


def _parallel(x: Any, y: Any) -> Any:
    plain = (x == 0) | (y == 0) | (x + y == 0) | np.isinf(x) | np.isinf(y)
    first = np.abs(x) < np.abs(y)
    small, large = np.where(first, x, y), np.where(first, y, x)
    return np.where(plain, 1 / (1 / x + 1 / y), small * _share(large, small))


def _mp_parallel(x: Any, y: Any) -> Any:
    if x == 0 or y == 0:
        return mpmath.nan if mpmath.isnan(x) or mpmath.isnan(y) else mpmath.mpf(0)
    inverse = 1 / x + 1 / y
    return 1 / inverse if inverse != 0 else mpmath.inf


parallel: Builder = elementwise(
    "parallel",
    FAMILY,
    "1/(1/x + 1/y), half the harmonic mean: resistors in parallel, the reduced mass, lenses.",
    in_doubles(_parallel),
    _mp_parallel,
    (lambda x, y, z: share(y, x) ** 2, lambda x, y, z: share(x, y) ** 2),
    APART,
    traits=("commutative",),
    known=(
        Known((2.0, 2.0), 1.0, (0.25, 0.25)),
        Known((1e200, 1e200), 5e199, (0.25, 0.25)),
        Known((1e-200, 1.0), 1e-200, (1.0, 0.0)),
        Known((0.0, 1.0), 0.0, (1.0, 0.0)),
        Known((INF, 2.0), 2.0),
        Known((NAN, 1.0), NAN, (NAN, NAN)),
    ),
    lowering=traced(_parallel),
)
