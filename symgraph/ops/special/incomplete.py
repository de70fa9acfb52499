"""The regularised incomplete gamma and beta functions; differentiable with respect to x only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from ...core.lazy import Library
from ...core.node import Node
from ...core.operator import Known, Notation
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN, exp
from ..functions.xlogy import xlog1py, xlogy
from .gamma_functions import betaln, gammaln

special = Library("scipy.special")

FAMILY = "gamma functions"
PARAMETERS = " There is no derivative with respect to the parameters."


def _gamma_density(a: Node, x: Node) -> Node:
    """Give x^{a−1}·e^{−x}/Γ(a) (DLMF 8.8.13), by its logarithm so that nothing overflows on the way."""
    return exp(xlogy(a - 1, x) - x - gammaln(a))


def _beta_density(a: Node, b: Node, x: Node) -> Node:
    """Give x^{a−1}·(1−x)^{b−1}/B(a, b) (DLMF 8.17.1)."""
    return exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))


def _mp_gamma(lower: bool) -> Callable[[Any, Any], Any]:
    def regularised(a: Any, x: Any) -> Any:
        if mpmath.isnan(a) or mpmath.isnan(x) or a < 0 or x < 0:
            return mpmath.nan
        if a == 0 and x == 0:
            return mpmath.nan
        if a == x == mpmath.inf:
            return mpmath.nan
        if a == 0 or x == mpmath.inf:
            return mpmath.mpf(1 if lower else 0)
        if x == 0 or a == mpmath.inf:
            return mpmath.mpf(0 if lower else 1)
        return mpmath.gammainc(a, 0, x, regularized=True) if lower else mpmath.gammainc(a, x, regularized=True)

    return regularised


def _mp_beta(a: Any, b: Any, x: Any) -> Any:
    if not mpmath.isfinite(a + b + x) or a <= 0 or b <= 0 or not 0 <= x <= 1:
        return mpmath.nan
    return mpmath.betainc(a, b, 0, x, regularized=True)


gammainc = elementwise(
    "gammainc",
    FAMILY,
    "Regularised lower incomplete gamma function P(a, x) = ∫₀ˣ t^{a−1}e^{−t} dt/Γ(a)." + PARAMETERS,
    special.later("gammainc"),
    _mp_gamma(lower=True),
    (None, lambda a, x, y: _gamma_density(a, x)),
    ((0.5, 5), (0.3, 6)),
    notation=Notation("gammainc", "P", "P"),
    known=(
        Known((1.0, 0.0), 0.0),
        Known((2.0, INF), 1.0),
        Known((2.0, -1.0), NAN),
        Known((2.0, NAN), NAN),
    ),
    source="DLMF 8.2.4, 8.8.13",
    lowering="special:gammainc",
)
gammaincc = elementwise(
    "gammaincc",
    FAMILY,
    "Regularised upper incomplete gamma function Q(a, x) = ∫ₓ^∞ t^{a−1}e^{−t} dt/Γ(a)." + PARAMETERS,
    special.later("gammaincc"),
    _mp_gamma(lower=False),
    (None, lambda a, x, y: -_gamma_density(a, x)),
    ((0.5, 5), (0.3, 6)),
    notation=Notation("gammaincc", "Q", "Q"),
    known=(
        Known((1.0, 0.0), 1.0),
        Known((2.0, INF), 0.0),
        Known((2.0, -1.0), NAN),
        Known((2.0, NAN), NAN),
    ),
    source="DLMF 8.2.4, 8.8.14",
    lowering="special:gammaincc",
)
betainc = elementwise(
    "betainc",
    FAMILY,
    "Regularised incomplete beta function I(a, b, x) = ∫₀ˣ t^{a−1}(1−t)^{b−1} dt/B(a, b)." + PARAMETERS,
    special.later("betainc"),
    _mp_beta,
    (None, None, lambda a, b, x, y: _beta_density(a, b, x)),
    ((0.5, 4), (0.5, 4), (0.1, 0.9)),
    notation=Notation("betainc", "I", "I"),
    known=(
        Known((2.0, 3.0, 0.0), 0.0),
        Known((2.0, 3.0, 1.0), 1.0),
        Known((2.0, 3.0, 1.5), NAN),
        Known((2.0, 3.0, NAN), NAN),
    ),
    source="DLMF 8.17.2, 8.17.1",
    lowering="special:betainc",
)
