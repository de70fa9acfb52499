"""The error function and its relatives, and the normal distribution."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.node import Node, lift
from ...core.operator import Builder, Example, Known, Notation
from ..constants import pi
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN, exp, named, sqrt
from ..functions.trigonometric import arccos
from ..kernel_lowering import traced
from . import error_kernels as kernels
from . import special_lowerings
from .orders import in_double, ordered

special = Library("scipy.special")

FAMILY = "error functions"
TWO_OVER_ROOT_PI = 2 / float(np.sqrt(np.pi))


def pi_like(x: Node) -> Node:
    """Give π in the dtype of x, with as many digits as the evaluator works with."""
    return arccos(lift(-1.0, x)) if x.dtype == "float32" else pi


def _bell(x: Node) -> Node:
    """Give 2/√π·e^{−x²}, the derivative of erf (DLMF 7.2.1)."""
    return 2 / sqrt(pi_like(x)) * exp(-(x**2))


def _normal_density(x: Node) -> Node:
    return exp(-(x**2) / 2) / sqrt(2 * pi_like(x))


def _erf_of_inverse(y: Node) -> Node:
    """Give √π/2·e^{y²}, one over the derivative of erf at y."""
    return sqrt(pi_like(y)) / 2 * exp(y**2)


def _erfinv(x: Any) -> Any:
    return np.copysign(special.erfinv(x), x)


erf = elementwise(
    "erf",
    FAMILY,
    "Error function 2/√π·∫₀ˣ e^{−t²} dt.",
    special.later("erf"),
    mpmath.erf,
    (lambda x, y: _bell(x),),
    ((-3, 3),),
    traits=("odd", "increasing"),
    known=(
        Known((0.0,), 0.0, (TWO_OVER_ROOT_PI,)),
        Known((-0.0,), -0.0, (TWO_OVER_ROOT_PI,)),
        Known((INF,), 1.0, (0.0,)),
        Known((-INF,), -1.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 7.2.1",
    lowering="erf",
)
erfc = elementwise(
    "erfc",
    FAMILY,
    "Complementary error function 1 − erf(x), without cancellation for large x.",
    special.later("erfc"),
    mpmath.erfc,
    (lambda x, y: -_bell(x),),
    ((-3, 6),),
    traits=("decreasing", "positive"),
    known=(
        Known((0.0,), 1.0, (-TWO_OVER_ROOT_PI,)),
        Known((10.0,), 2.0884875837625446e-45, (-4.197656231354417e-44,)),
        Known((INF,), 0.0, (0.0,)),
        Known((-INF,), 2.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 7.2.2",
    lowering="erfc",
)
erfcx_derivative: Builder = elementwise(
    "erfcx_derivative",
    FAMILY,
    "The n-th derivative of e^{x²}·erfc(x), n ≥ 1, which is (−2)ⁿ·n!·e^{x²}·iⁿerfc(x); right also where the "
    "recurrence 2x·erfcx(x) − 2/√π cancels.",
    in_double(kernels.erfcx_derivative),
    kernels.mp_erfcx_derivative,
    (lambda n, x, y: erfcx_derivative(n + 1, x),),
    ((-3, 6),),
    attributes=("n",),
    examples=(
        Example(((),), (1,), domain=((-3, 6),)),
        Example(((2, 3),), (2,), domain=((-3, 6),)),
        Example(((),), (1,), domain=((20, 1e5),)),
    ),
    notation=named("erfcx_derivative"),
    source="DLMF 7.18.4 and 7.18.7; Gautschi, SIAM Review 9 (1967)",
    lowering=traced(kernels.erfcx_derivative),
    function=ordered("erfcx_derivative", "The n-th derivative of erfcx.", 0, lambda x: erfcx(x)),
)


def _mp_erfcx(x: Any) -> Any:
    return kernels.mp_erfcx_derivative(0, x)


erfcx: Builder = elementwise(
    "erfcx",
    FAMILY,
    "Scaled complementary error function e^{x²}·erfc(x); about 1/(x√π) for large x.",
    special.later("erfcx"),
    _mp_erfcx,
    (lambda x, y: erfcx_derivative(1, x),),
    ((-3, 6),),
    traits=("decreasing", "positive"),
    known=(
        Known((0.0,), 1.0, (-TWO_OVER_ROOT_PI,)),
        Known((INF,), 0.0, (-0.0,)),
        Known((-INF,), INF, (-INF,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 7.2.3",
    lowering="special:erfcx",
)
erfinv = elementwise(
    "erfinv",
    FAMILY,
    "Inverse of the error function, on [−1, 1]; nan outside.",
    _erfinv,
    mpmath.erfinv,
    (lambda x, y: _erf_of_inverse(y),),
    ((-0.95, 0.95),),
    traits=("odd", "increasing"),
    known=(
        Known((0.0,), 0.0, (1 / TWO_OVER_ROOT_PI,)),
        Known((-0.0,), -0.0, (1 / TWO_OVER_ROOT_PI,)),
        Known((1.0,), INF, (INF,)),
        Known((-1.0,), -INF, (INF,)),
        Known((1.5,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 7.17.1",
    lowering=special_lowerings.erfinv,
)
erfcinv = elementwise(
    "erfcinv",
    FAMILY,
    "Inverse of the complementary error function, on [0, 2]; nan outside.",
    special.later("erfcinv"),
    kernels.mp_erfcinv,
    (lambda x, y: -_erf_of_inverse(y),),
    ((0.05, 1.95),),
    examples=(
        Example(((),), domain=((0.05, 1.95),)),
        Example(((2, 3),), domain=((0.05, 1.95),)),
        Example(((),), domain=((1e-4, 1e-3),)),
    ),
    traits=("decreasing",),
    known=(
        Known((0.0,), INF, (-INF,)),
        Known((2.0,), -INF, (-INF,)),
        Known((2.5,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 7.17.2",
    lowering="special:erfcinv",
)

# --- the normal distribution ------------------------------------------------------------------------------

ROOT_TAU = float(np.sqrt(2 * np.pi))

ndtr = elementwise(
    "ndtr",
    FAMILY,
    "Distribution function Φ of the standard normal distribution, erfc(−x/√2)/2.",
    special.later("ndtr"),
    mpmath.ncdf,
    (lambda x, y: _normal_density(x),),
    ((-6, 3),),
    notation=Notation("ndtr", r"\Phi", "Φ"),
    traits=("increasing", "positive"),
    known=(
        Known((0.0,), 0.5, (1 / ROOT_TAU,)),
        Known((INF,), 1.0, (0.0,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 7.2.2 with x/√2",
    lowering="special:ndtr",
)
log_ndtr_derivative: Builder = elementwise(
    "log_ndtr_derivative",
    FAMILY,
    "The n-th derivative of log Φ(x), n ≥ 1; the first is φ(x)/Φ(x), the inverse Mills ratio, which is "
    "√(2/π)/erfcx(−x/√2). Accurate in both tails, at every order.",
    in_double(kernels.log_ndtr_derivative),
    kernels.mp_log_ndtr_derivative,
    (lambda n, x, y: log_ndtr_derivative(n + 1, x),),
    ((-6, 4),),
    attributes=("n",),
    examples=(
        Example(((),), (1,), domain=((-6, 4),)),
        Example(((2, 3),), (2,), domain=((-6, 4),)),
        Example(((),), (1,), domain=((-1e4, -20),)),
        Example(((),), (1,), domain=((10, 30),)),
    ),
    notation=named("log_ndtr_derivative"),
    source="DLMF 7.8.1; cumulants of the truncated normal distribution",
    lowering=traced(kernels.log_ndtr_derivative),
    function=ordered("log_ndtr_derivative", "The n-th derivative of log_ndtr.", 0, lambda x: log_ndtr(x)),
)
log_ndtr: Builder = elementwise(
    "log_ndtr",
    FAMILY,
    "Logarithm of the normal distribution function, log Φ(x), also where Φ itself underflows.",
    special.later("log_ndtr"),
    kernels.mp_log_ndtr,
    (lambda x, y: log_ndtr_derivative(1, x),),
    ((-6, 4),),
    notation=Notation("log_ndtr", r"\log\Phi", "log Φ"),
    traits=("increasing", "nonpositive"),
    known=(
        Known((0.0,), float(-np.log(2)), (2 / ROOT_TAU,)),
        Known((INF,), -0.0, (0.0,)),
        Known((-INF,), -INF, (INF,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="special:log_ndtr",
)


def _mp_ndtri(p: Any) -> Any:
    return -mpmath.sqrt(2) * kernels.mp_erfcinv(2 * p)


ndtri = elementwise(
    "ndtri",
    FAMILY,
    "Quantile of the standard normal distribution, the inverse of ndtr, on [0, 1]; nan outside.",
    special.later("ndtri"),
    _mp_ndtri,
    (lambda p, y: sqrt(2 * pi_like(y)) * exp(y**2 / 2),),
    ((0.05, 0.95),),
    notation=Notation("ndtri", r"\Phi^{-1}", "Φ⁻¹"),
    examples=(
        Example(((),), domain=((0.05, 0.95),)),
        Example(((2, 3),), domain=((0.05, 0.95),)),
        Example(((),), domain=((1e-4, 1e-3),)),
    ),
    traits=("increasing",),
    known=(
        Known((0.5,), 0.0, (ROOT_TAU,)),
        Known((0.0,), -INF, (INF,)),
        Known((1.0,), INF, (INF,)),
        Known((1.5,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="special:ndtri",
)

# --- Dawson's integral ------------------------------------------------------------------------------------

dawsn_derivative: Builder = elementwise(
    "dawsn_derivative",
    FAMILY,
    "The n-th derivative of Dawson's integral, n ≥ 1; right also where 1 − 2x·dawsn(x) cancels.",
    in_double(kernels.dawsn_derivative),
    kernels.mp_dawsn_derivative,
    (lambda n, x, y: dawsn_derivative(n + 1, x),),
    ((-6, 12),),
    attributes=("n",),
    examples=(
        Example(((),), (1,), domain=((-0.5, 0.5),)),
        Example(((2, 3),), (2,), domain=((-6, 12),)),
        Example(((),), (1,), domain=((20, 1e5),)),
    ),
    notation=named("dawsn_derivative"),
    source="DLMF 7.5.1, 7.12.1; Rybicki, Computers in Physics 3 (1989)",
    lowering=traced(kernels.dawsn_derivative),
    function=ordered("dawsn_derivative", "The n-th derivative of dawsn.", 0, lambda x: dawsn(x)),
)
dawsn: Builder = elementwise(
    "dawsn",
    FAMILY,
    "Dawson's integral e^{−x²}·∫₀ˣ e^{t²} dt.",
    special.later("dawsn"),
    kernels.mp_dawsn,
    (lambda x, y: dawsn_derivative(1, x),),
    ((-3, 6),),
    traits=("odd",),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((INF,), 0.0, (-0.0,)),
        Known((-INF,), -0.0, (-0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    aliases=("dawson",),
    source="DLMF 7.2.5",
    lowering="special:dawsn",
)
