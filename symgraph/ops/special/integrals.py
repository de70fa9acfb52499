"""Exponential, sine and cosine integrals, Lambert's W, complete elliptic integrals, Gauss' hypergeometric function."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.node import Node, lift
from ...core.operator import Builder, Example, Kink, Known, Notation
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN, exp
from ..functions.trigonometric import cos
from . import special_lowerings
from .error_functions import pi_like
from .spherical import spherical_jn

special = Library("scipy.special")

FAMILY = "special functions"
HALF_PI = float(np.pi / 2)

# --- integrals --------------------------------------------------------------------------------------------


def _mp_expi(x: Any) -> Any:
    return mpmath.mpf(0) if x == -mpmath.inf else mpmath.ei(x)


expi = elementwise(
    "expi",
    FAMILY,
    "Exponential integral Ei(x), the principal value of ∫ e^t/t dt from −∞ to x.",
    special.later("expi"),
    _mp_expi,
    (lambda x, y: exp(x) / x,),
    ((0.3, 4),),
    notation=Notation("expi", r"\operatorname{Ei}", "Ei"),
    examples=(
        Example(((),), domain=((0.3, 4),)),
        Example(((2, 3),), domain=((0.3, 4),)),
        Example(((),), domain=((-4, -0.3),)),
    ),
    aliases=("ei",),
    known=(
        Known((0.0,), -INF, (INF,)),
        Known((-INF,), -0.0, (-0.0,)),
        Known((INF,), INF),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 6.2.5",
    lowering="special:expi",
)


def _mp_exp1(x: Any) -> Any:
    return mpmath.nan if x < 0 else mpmath.e1(x)


exp1 = elementwise(
    "exp1",
    FAMILY,
    "Exponential integral E₁(x) = ∫ₓ^∞ e^{−t}/t dt; nan below 0.",
    special.later("exp1"),
    _mp_exp1,
    (lambda x, y: -exp(-x) / x,),
    ((0.3, 4),),
    notation=Notation("exp1", "E_1", "E₁"),
    traits=("decreasing", "positive"),
    kinks=(Kink("x < 0, where the value is nan", "−e^{−x}/x, the derivative of the real part"),),
    known=(
        Known((0.0,), INF, (-INF,)),
        Known((INF,), 0.0, (-0.0,)),
        Known((-1.0,), NAN),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 6.2.1",
    lowering="special:exp1",
)


def _sine_integral(x: Any) -> Any:
    return special.sici(x)[0]


def _cosine_integral(x: Any) -> Any:
    return special.sici(x)[1]


def _mp_ci(x: Any) -> Any:
    if x == -mpmath.inf:
        raise ValueError("SciPy's value is nan here")
    return -mpmath.inf if x == 0 else mpmath.ci(abs(x))


si = elementwise(
    "si",
    FAMILY,
    "Sine integral ∫₀ˣ sin(t)/t dt. Its derivative is the spherical Bessel function j₀(x) = sin(x)/x, right at 0.",
    _sine_integral,
    mpmath.si,
    (lambda x, y: spherical_jn(0, x),),
    ((-8, 8),),
    notation=Notation("si", r"\operatorname{Si}", "Si"),
    traits=("odd",),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((INF,), HALF_PI, (0.0,)),
        Known((-INF,), -HALF_PI, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 6.2.9",
    lowering=special_lowerings.sine_integral,
)
ci = elementwise(
    "ci",
    FAMILY,
    "Cosine integral −∫_{|x|}^∞ cos(t)/t dt; for x < 0 the real part of the complex function.",
    _cosine_integral,
    _mp_ci,
    (lambda x, y: cos(x) / x,),
    ((0.3, 8),),
    notation=Notation("ci", r"\operatorname{Ci}", "Ci"),
    known=(Known((0.0,), -INF, (INF,)), Known((NAN,), NAN, (NAN,))),
    source="DLMF 6.2.11",
    lowering=special_lowerings.cosine_integral,
)

# --- Lambert's W ------------------------------------------------------------------------------------------

BRANCH = -1 / float(np.e)


def _lambertw(x: Any) -> Any:
    array = np.asarray(x, dtype=np.result_type(x, np.float32))
    wide: Any = array.astype("float64")
    value = np.real(special.lambertw(wide))
    return np.where(array < BRANCH, np.nan, value).astype(array.dtype)[()]


def _mp_lambertw(x: Any) -> Any:
    if not mpmath.isfinite(x):
        return x if not x < 0 else mpmath.nan
    return mpmath.lambertw(x)


lambertw = elementwise(
    "lambertw",
    FAMILY,
    "Lambert's W, the real principal branch: W·e^W = x, W ≥ −1; nan below −1/e.",
    _lambertw,
    _mp_lambertw,
    (lambda x, y: exp(-y) / (1 + y),),
    ((-0.3, 5),),
    notation=Notation("lambertw", "W", "W"),
    traits=("increasing",),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((float(np.e),), 1.0),
        Known((-1.0,), NAN, (NAN,)),
        Known((INF,), INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 4.13.1, 4.13.4",
    lowering=special_lowerings.lambertw(BRANCH),
)

# --- hypergeometric and elliptic --------------------------------------------------------------------------


def _hypergeometric_slope(a: Node, b: Node, c: Node, x: Node, y: Node) -> Node:
    """DLMF 15.5.1."""
    return a * b / c * hyp2f1(a + 1, b + 1, c + 1, x)


def _hyp2f1(a: Any, b: Any, c: Any, x: Any) -> Any:
    """SciPy's function, but nan where an argument is, and where the value is not real, above 1."""
    value = special.hyp2f1(a, b, c, x)
    unreal = np.isnan(a) | np.isnan(b) | np.isnan(c) | np.isnan(x) | (np.greater(x, 1) & np.isinf(value))
    return np.where(unreal, np.nan, value).astype(value.dtype)[()]


def _mp_hyp2f1(a: Any, b: Any, c: Any, x: Any) -> Any:
    return mpmath.nan if x > 1 or mpmath.isnan(a + b + c + x) else mpmath.hyp2f1(a, b, c, x)


hyp2f1: Builder = elementwise(
    "hyp2f1",
    FAMILY,
    "Gauss' hypergeometric function ₂F₁(a, b; c; x), x ≤ 1. There is no derivative with respect to a, b and c.",
    _hyp2f1,
    _mp_hyp2f1,
    (None, None, None, _hypergeometric_slope),
    ((0.3, 2), (0.3, 2), (1, 3), (-0.8, 0.8)),
    notation=Notation("hyp2f1", r"{}_2F_1", "₂F₁"),
    examples=(
        Example(((), (), (), ()), domain=((0.3, 2), (0.3, 2), (1, 3), (-0.8, 0.8))),
        Example(((2, 3), (3,), (), (2, 1)), domain=((0.3, 2), (0.3, 2), (1, 3), (-0.8, 0.8))),
    ),
    known=(Known((0.5, 0.5, 1.0, 0.0), 1.0), Known((0.5, 0.5, 1.0, NAN), NAN)),
    source="DLMF 15.2.1, 15.5.1",
    lowering=special_lowerings.hyp2f1,
)


def _elliptic_slope(upper: float, m: Node) -> Node:
    half, three_halves, two = lift(0.5, m), lift(1.5, m), lift(2.0, m)
    return pi_like(m) / 8 * hyp2f1(half if upper < 1 else three_halves, three_halves, two, m)


def _mp_ellipk(m: Any) -> Any:
    if m == -mpmath.inf:
        return mpmath.mpf(0)
    return mpmath.ellipk(m) if m <= 1 else mpmath.nan


def _mp_ellipe(m: Any) -> Any:
    if m == -mpmath.inf:
        return mpmath.inf
    return mpmath.ellipe(m) if m <= 1 else mpmath.nan


ellipk = elementwise(
    "ellipk",
    FAMILY,
    "Complete elliptic integral of the first kind K(m), with the parameter m = k²; nan above 1.\n\n"
    "Its derivative is written π/8·₂F₁(3/2, 3/2; 2; m), which also holds at m = 0.",
    special.later("ellipk"),
    _mp_ellipk,
    (lambda m, y: _elliptic_slope(1.5, m),),
    ((-2, 0.9),),
    notation=Notation("ellipk", "K", "K"),
    traits=("increasing", "positive"),
    known=(
        Known((0.0,), HALF_PI, (HALF_PI / 4,)),
        Known((1.0,), INF, (INF,)),
        Known((2.0,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 19.2.8, 19.5.1, 15.5.1",
    lowering="special:ellipk",
)
ellipe = elementwise(
    "ellipe",
    FAMILY,
    "Complete elliptic integral of the second kind E(m), with the parameter m = k²; nan above 1.\n\n"
    "Its derivative is written −π/8·₂F₁(1/2, 3/2; 2; m), which also holds at m = 0.",
    special.later("ellipe"),
    _mp_ellipe,
    (lambda m, y: -_elliptic_slope(0.5, m),),
    ((-2, 0.9),),
    notation=Notation("ellipe", "E", "E"),
    traits=("decreasing", "positive"),
    known=(
        Known((0.0,), HALF_PI, (-HALF_PI / 4,)),
        Known((1.0,), 1.0, (-INF,)),
        Known((2.0,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 19.2.8, 19.5.2, 15.5.1",
    lowering="special:ellipe",
)
