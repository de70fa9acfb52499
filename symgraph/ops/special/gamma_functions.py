"""The gamma function and its relatives: log-gamma, polygamma, beta, Hurwitz zeta, incomplete gamma and beta."""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.node import Node, lift, make
from ...core.operator import OPS, Builder, Definition, Example, Known, Notation, define
from ..elementwise import elementwise, lift_all
from ..functions.elementary import INF, NAN
from . import special_lowerings
from .orders import in_double, ordered

special = Library("scipy.special")

FAMILY = "gamma functions"
EULER = float(np.euler_gamma)
ZETA2 = float(np.pi**2 / 6)

gamma = elementwise(
    "gamma",
    FAMILY,
    "Gamma function; nan at the negative integers.",
    special.later("gamma"),
    mpmath.gamma,
    (lambda x, y: y * digamma(x),),
    ((0.3, 5),),
    notation=Notation("gamma", r"\Gamma", "Γ"),
    examples=(
        Example(((),), domain=((0.3, 5),)),
        Example(((2, 3),), domain=((0.3, 5),)),
        Example(((),), domain=((-1.9, -1.1),)),
    ),
    known=(
        Known((1.0,), 1.0, (-EULER,)),
        Known((5.0,), 24.0),
        Known((0.5,), float(np.sqrt(np.pi))),
        Known((0.0,), INF, (-INF,)),
        Known((-0.0,), -INF, (-INF,)),
        Known((-1.0,), NAN, (NAN,)),
        Known((INF,), INF, (INF,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 5.2.1, 5.2.2",
    lowering="special:gamma",
)
NEAR_TWO = 0.3


@cache
def _coefficients() -> tuple[float, ...]:
    """Give Taylor's coefficients of log Γ at 2."""
    return (0.0, 1 - EULER, *[float((-1) ** k * special.zetac(k) / k) for k in range(2, 30)])


def _gammaln(x: Any) -> Any:
    """Compute log|Γ|, near its zeros 1 and 2 by Taylor's series at 2 (DLMF 5.7.3), where others lose digits."""
    array = np.asarray(x)
    wide = array.astype("float64")
    near_one, near_two = np.abs(wide - 1) < NEAR_TWO, np.abs(wide - 2) < NEAR_TWO
    value = special.gammaln(wide)
    if np.any(near_one | near_two):
        step = np.where(near_one, wide - 1, np.where(near_two, wide - 2, 0.0))
        series = np.polynomial.polynomial.polyval(step, _coefficients())
        value = np.where(near_two, series, np.where(near_one, series - np.log1p(step), value))
    return np.asarray(value).astype(array.dtype if array.dtype.kind == "f" else "float64")[()]


def _mp_gammaln(x: Any) -> Any:
    if x <= 0 and x == mpmath.floor(x):
        return mpmath.inf if mpmath.isfinite(x) else -mpmath.inf
    return mpmath.re(mpmath.loggamma(x))


gammaln = elementwise(
    "gammaln",
    FAMILY,
    "Logarithm of |Γ(x)|, accurate also near its zeros 1 and 2; inf at the poles.",
    _gammaln,
    _mp_gammaln,
    (lambda x, y: digamma(x),),
    ((0.3, 9),),
    notation=Notation("gammaln", r"\log\Gamma", "log Γ"),
    examples=(
        Example(((),), domain=((0.3, 9),)),
        Example(((2, 3),), domain=((0.3, 9),)),
        Example(((),), domain=((-1.9, -1.1),)),
        Example(((),), domain=((1 - 1e-7, 1 + 1e-7),)),
    ),
    aliases=("lgamma", "loggamma"),
    known=(
        Known((1.0,), 0.0, (-EULER,)),
        Known((2.0,), 0.0, (1 - EULER,)),
        Known((0.0,), INF, (-INF,)),
        Known((-1.0,), INF, (NAN,)),
        Known((INF,), INF, (INF,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 5.2.2, 5.7.3",
    lowering=special_lowerings.gammaln_near(_coefficients, NEAR_TWO),
)


def _mp_digamma(x: Any) -> Any:
    if x == 0:
        return -mpmath.inf
    return mpmath.psi(0, x)


digamma: Builder = elementwise(
    "digamma",
    FAMILY,
    "Digamma function ψ(x) = Γ'(x)/Γ(x); nan at the negative integers.",
    special.later("psi"),
    _mp_digamma,
    (lambda x, y: polygamma(1, x),),
    ((0.3, 5),),
    notation=Notation("digamma", r"\psi", "ψ"),
    examples=(
        Example(((),), domain=((0.3, 5),)),
        Example(((2, 3),), domain=((0.3, 5),)),
        Example(((),), domain=((-1.9, -1.1),)),
    ),
    aliases=("psi",),
    known=(
        Known((1.0,), -EULER, (ZETA2,)),
        Known((0.0,), -INF, (INF,)),
        Known((-1.0,), NAN, (INF,)),
        Known((INF,), INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 5.2.2",
    lowering="special:psi",
)


def _polygamma(n: int, x: Any) -> Any:
    """(−1)^{n+1} n! ζ(n+1, x), DLMF 25.11.12."""
    return special.psi(x) if n == 0 else special.polygamma(n, x)


def _mp_polygamma(n: int, x: Any) -> Any:
    if n and x <= 0 and x == mpmath.floor(x) and mpmath.isfinite(x):
        return mpmath.inf if n % 2 else -mpmath.inf
    return mpmath.psi(n, x)


polygamma: Builder = elementwise(
    "polygamma",
    FAMILY,
    "Polygamma function: the n-th derivative of the digamma function.",
    in_double(_polygamma),
    _mp_polygamma,
    (lambda n, x, y: polygamma(n + 1, x),),
    ((0.3, 5),),
    attributes=("n",),
    notation=Notation("polygamma", r"\psi", "ψ"),
    examples=(
        Example(((),), (1,), domain=((0.3, 5),)),
        Example(((2, 3),), (2,), domain=((0.3, 5),)),
        Example(((),), (1,), domain=((-1.9, -1.1),)),
    ),
    source="DLMF 5.15.1, 25.11.12",
    lowering=special_lowerings.polygamma,
    function=ordered("polygamma", "The n-th derivative of the digamma function.", 0, lambda x: digamma(x)),
)


def _rgamma(x: Any) -> Any:
    value = special.rgamma(x)
    return np.where(np.isneginf(x), np.nan, value).astype(value.dtype)[()]


rgamma = elementwise(
    "rgamma",
    FAMILY,
    "Reciprocal of the gamma function; 0 at its poles, where the derivative is not computed (nan).",
    _rgamma,
    mpmath.rgamma,
    (lambda x, y: -y * digamma(x),),
    ((0.3, 5),),
    notation=Notation("rgamma", r"\frac{1}{\Gamma}", "1/Γ"),
    examples=(
        Example(((),), domain=((0.3, 5),)),
        Example(((2, 3),), domain=((0.3, 5),)),
        Example(((),), domain=((-1.9, -1.1),)),
    ),
    known=(
        Known((1.0,), 1.0, (EULER,)),
        Known((0.0,), 0.0, (NAN,)),
        Known((-1.0,), 0.0, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="DLMF 5.2.1",
    lowering=special_lowerings.rgamma,
)

# --- beta and zeta ----------------------------------------------------------------------------------------


def _mp_beta(a: Any, b: Any) -> Any:
    if a > 0 and b > 0 and max(a, b) > 100:
        return mpmath.exp(_mp_betaln(a, b))
    return mpmath.beta(a, b)


def _mp_betaln(a: Any, b: Any) -> Any:
    if abs(a) < 100 and abs(b) < 100:
        return mpmath.log(abs(mpmath.beta(a, b)))
    with mpmath.extraprec(40 + max(mpmath.mag(a), mpmath.mag(b))):
        return _mp_gammaln(a) + _mp_gammaln(b) - _mp_gammaln(a + b)


beta = elementwise(
    "beta",
    FAMILY,
    "Beta function Γ(a)·Γ(b)/Γ(a + b).",
    special.later("beta"),
    _mp_beta,
    (lambda a, b, y: y * (digamma(a) - digamma(a + b)), lambda a, b, y: y * (digamma(b) - digamma(a + b))),
    ((0.3, 5), (0.3, 5)),
    notation=Notation("beta", r"\mathrm{B}", "Β"),
    traits=("commutative",),
    known=(Known((1.0, 1.0), 1.0, (-1.0, -1.0)), Known((1.0, NAN), NAN)),
    source="DLMF 5.12.1",
    lowering="special:beta",
)
betaln = elementwise(
    "betaln",
    FAMILY,
    "Logarithm of |B(a, b)|, the beta function.",
    special.later("betaln"),
    _mp_betaln,
    (lambda a, b, y: digamma(a) - digamma(a + b), lambda a, b, y: digamma(b) - digamma(a + b)),
    ((0.3, 5), (0.3, 5)),
    notation=Notation("betaln", r"\log\mathrm{B}", "log Β"),
    traits=("commutative",),
    known=(Known((1.0, 1.0), 0.0, (-1.0, -1.0)), Known((1.0, NAN), NAN)),
    source="DLMF 5.12.1",
    lowering="special:betaln",
)


def _mp_zeta(s: Any, q: Any) -> Any:
    if mpmath.isnan(s) or mpmath.isnan(q) or s < 1 or mpmath.isinf(s):
        return mpmath.nan
    if q == mpmath.inf and s > 1:
        return mpmath.mpf(0)
    if s == 1 or (q <= 0 and q == mpmath.floor(q)):
        return mpmath.inf
    return mpmath.zeta(s, q)


def _build_zeta(s: Any, q: Any = 1.0) -> Node:
    """Zeta function: zeta(s) is Riemann's, zeta(s, q) Hurwitz's."""
    return make(OPS["zeta"], lift_all((s, q)))


zeta: Builder = elementwise(
    "zeta",
    FAMILY,
    "Zeta function: zeta(s, q) is Hurwitz's Σ 1/(k + q)^s from k = 0, zeta(s) is Riemann's (q = 1); s > 1, nan below. "
    "There is no derivative with respect to s.",
    special.later("zeta"),
    _mp_zeta,
    (None, lambda s, q, y: -s * zeta(s + 1, q)),
    ((1.5, 6), (0.3, 5)),
    notation=Notation("zeta", r"\zeta", "ζ"),
    known=(Known((2.0, 1.0), ZETA2), Known((1.0, 1.0), INF), Known((2.0, 0.0), INF), Known((2.0, NAN), NAN)),
    source="DLMF 25.2.1, 25.11.1, 25.11.17",
    lowering=special_lowerings.zeta,
    function=_build_zeta,
)


def _factorial(x: Any) -> Node:
    return gamma(lift(x) + 1)


factorial = define(
    Definition(
        name="factorial",
        family=FAMILY,
        doc="Factorial of a real number, Γ(x + 1).",
        build=_factorial,
        reference=lambda x: special.gamma(x + 1),
        examples=(Example(((),), domain=((-0.5, 4),)), Example(((2, 3),), domain=((-0.5, 4),))),
        known=(Known((0.0,), 1.0, (-EULER,)), Known((4.0,), 24.0)),
    )
)
