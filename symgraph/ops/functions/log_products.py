"""Logarithms of powers, and of quotients times their numerator: log x^y and x·log(x/y), as wholes."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.operator import Builder, Known
from ..elementwise import elementwise
from ..kernel_lowering import traced
from ..special.orders import in_doubles
from ..stable import difference_lowerings
from ..stable.differences import FAMILY, log_ratio, log_ratio_numpy, mp_log_ratio
from .elementary import INF, NAN, log, named
from .xlogy import xdivy


def _log_power(x: Any, y: Any) -> Any:
    """Give y·log|x|, for a negative x only where x^y is positive."""
    zero = (x == 0) & (y == 0)
    defined = (x >= 0) | ((y == np.rint(y)) & (np.remainder(y, 2.0) == 0) & (np.abs(y) < INF))
    size = np.where(zero, 1.0, np.abs(x))
    return np.where(defined | zero, np.where((x == 1) | (y == 0), 0.0, y * np.log(size)), NAN)


def _mp_log_power(x: Any, y: Any) -> Any:
    if y == 0 or x == 1:
        return mpmath.mpf(0)
    if mpmath.isnan(x) or mpmath.isnan(y) or (x < 0 and (mpmath.isinf(y) or y % 2 != 0)):
        return mpmath.nan
    return y * mpmath.log(abs(x)) if x else -y * mpmath.inf


log_power: Builder = elementwise(
    "log_power",
    FAMILY,
    "log(x^y) = y·log|x|, also where the power overflows or underflows; nan where x^y is not a positive number.",
    in_doubles(_log_power),
    _mp_log_power,
    (lambda x, y, z: y / x, lambda x, y, z: log(x)),
    ((0.3, 3), (-2, 3)),
    notation=named("log_power"),
    known=(
        Known((2.0, 2000.0), 2000 * float(np.log(2)), (1000.0, float(np.log(2)))),
        Known((-2.0, 2.0), 2 * float(np.log(2)), (-1.0, NAN)),
        Known((-2.0, 3.0), NAN),
        Known((0.0, 2.0), -INF),
        Known((0.0, -2.0), INF),
        Known((0.0, 0.0), 0.0),
        Known((NAN, 1.0), NAN),
    ),
    lowering=traced(_log_power),
)


def _xlog_ratio(x: Any, y: Any) -> Any:
    ratio: Any = log_ratio_numpy(x, y)
    with np.errstate(all="ignore"):
        return np.where((x == 0) & ~np.isnan(y), ratio.dtype.type(0), x * ratio).astype(ratio.dtype)[()]


def _mp_xlog_ratio(x: Any, y: Any) -> Any:
    return mpmath.mpf(0) if x == 0 and not mpmath.isnan(y) else x * mp_log_ratio(x, y)


def _xlog_ratio_lowering(lanes: Any, node: Any, x: str, y: str) -> str:
    zero = lanes.number(0.0)
    product = lanes.binary("fmul", x, difference_lowerings.log_ratio(lanes, node, x, y))
    nothing = lanes.binary("and", lanes.compare("oeq", x, zero), lanes.compare("oeq", y, y), "i1")
    return str(lanes.select(nothing, zero, product))


xlog_ratio: Builder = elementwise(
    "xlog_ratio",
    FAMILY,
    "x·log(x/y), and 0 at x = 0: the terms of relative entropy.",
    _xlog_ratio,
    _mp_xlog_ratio,
    (lambda x, y, z: log_ratio(x, y) + 1, lambda x, y, z: -xdivy(x, y)),
    ((0.2, 4), (0.2, 4)),
    notation=named("xlog_ratio"),
    known=(
        Known((1.0, 1.0), 0.0, (1.0, -1.0)),
        Known((0.0, 1.0), 0.0, (-INF, 0.0)),
        Known((1e-200, 1e-200), 0.0, (1.0, -1.0)),
        Known((-1.0, 1.0), NAN),
        Known((NAN, 1.0), NAN),
    ),
    lowering=_xlog_ratio_lowering,
)
