"""The logarithm of the complementary error function, which is finite far beyond where erfc underflows."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.node import Node, lift
from ...core.operator import Known
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN, named, sqrt
from ..kernel_lowering import traced
from .error_functions import FAMILY, log_ndtr_derivative

special = Library("scipy.special")

TURN = 0.5


def _kernel(x: Any) -> Any:
    right = np.maximum(x, TURN)
    with np.errstate(all="ignore"):
        tail = np.log(special.erfcx(right)) - np.square(right)
        return np.where(x > TURN, tail, np.log1p(-special.erf(np.minimum(x, TURN))))


def _log_erfc(x: Any) -> Any:
    given = np.asarray(x, dtype=np.result_type(x, np.float32))
    return _kernel(given.astype(float)).astype(given.dtype)[()]


def _mp_log_erfc(x: Any) -> Any:
    if mpmath.isinf(x):
        return -mpmath.inf if x > 0 else mpmath.log(2)
    return mpmath.log(mpmath.erfc(x)) if x > TURN else mpmath.log1p(-mpmath.erf(x))


def _slope(x: Node, y: Node) -> Node:
    """erfc(x) is 2·Φ(−√2·x), so the slope is −√2 times that of log Φ at −√2·x."""
    root = sqrt(lift(2.0, x))
    return -root * log_ndtr_derivative(1, -root * x)


log_erfc = elementwise(
    "log_erfc",
    FAMILY,
    "Logarithm of the complementary error function, also where erfc itself underflows.",
    _log_erfc,
    _mp_log_erfc,
    (_slope,),
    ((-3, 6),),
    notation=named("log_erfc"),
    traits=("decreasing",),
    known=(
        Known((0.0,), -0.0, (-2 / float(np.sqrt(np.pi)),)),
        Known((INF,), -INF),
        Known((-INF,), float(np.log(2)), (-0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 7.2.2, 7.2.3",
    lowering=traced(_kernel),
)
