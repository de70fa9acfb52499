"""The products x·log y, which are 0 at x = 0."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.operator import Builder, Known
from ..elementwise import elementwise
from . import function_lowerings
from .elementary import FAMILY, INF, NAN, log, log1p, named

special = Library("scipy.special")


def _xdivy(x: Any, y: Any) -> Any:
    x, y = np.asarray(x), np.asarray(y)
    quotient = np.divide(x, y)
    return np.where((x == 0) & ~np.isnan(y), quotient.dtype.type(0), quotient)[()]


def _mp_vanishing(x: Any, y: Any, function: Any) -> Any:
    """Give 0 at x = 0, whatever the number y is, and else the value of the function."""
    if x == 0 and not mpmath.isnan(y):
        return mpmath.mpf(0)
    return function(x, y)


xdivy: Builder = elementwise(
    "xdivy",
    FAMILY,
    "x/y, and 0 at x = 0 even for y = 0; the derivative of x·log y with respect to y.",
    _xdivy,
    lambda x, y: _mp_vanishing(x, y, lambda x, y: x / y),
    (lambda x, y, z: 1 / y, lambda x, y, z: -xdivy(z, y)),
    ((-3, 3), (0.2, 4)),
    notation=named("xdivy"),
    known=(
        Known((0.0, 0.0), 0.0, (INF, 0.0)),
        Known((0.0, 2.0), 0.0, (0.5, 0.0)),
        Known((1.0, 0.0), INF, (INF, -INF)),
        Known((0.0, NAN), NAN, (NAN, NAN)),
    ),
    lowering=function_lowerings.xdivy,
)
xlogy = elementwise(
    "xlogy",
    FAMILY,
    "x·log y, and 0 at x = 0 for every y that is a number.",
    special.later("xlogy"),
    lambda x, y: _mp_vanishing(x, y, lambda x, y: x * mpmath.log(y)),
    (lambda x, y, z: log(y), lambda x, y, z: 1.0 if x is y else xdivy(x, y)),
    ((-3, 3), (0.2, 4)),
    notation=named("xlogy"),
    known=(
        Known((0.0, 2.0), 0.0, (float(np.log(2)), 0.0)),
        Known((0.0, 0.0), 0.0, (-INF, 0.0)),
        Known((0.0, INF), 0.0, (INF, 0.0)),
        Known((0.0, NAN), NAN, (NAN, NAN)),
        Known((1.0, 0.0), -INF, (-INF, INF)),
        Known((1.0, -1.0), NAN),
    ),
    lowering=function_lowerings.xlogy,
)
xlog1py = elementwise(
    "xlog1py",
    FAMILY,
    "x·log(1 + y), accurate where y is small, and 0 at x = 0 for every y that is a number.",
    special.later("xlog1py"),
    lambda x, y: _mp_vanishing(x, y, lambda x, y: x * mpmath.log1p(y)),
    (lambda x, y, z: log1p(y), lambda x, y, z: xdivy(x, 1 + y)),
    ((-3, 3), (-0.8, 4)),
    notation=named("xlog1py"),
    known=(
        Known((0.0, 1.0), 0.0, (float(np.log(2)), 0.0)),
        Known((0.0, -1.0), 0.0, (-INF, 0.0)),
        Known((2.0, 1e-20), 2e-20, (1e-20, 2.0)),
        Known((1.0, -1.0), -INF, (-INF, INF)),
        Known((0.0, NAN), NAN, (NAN, NAN)),
    ),
    lowering=function_lowerings.xlog1py,
)
