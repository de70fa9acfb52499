"""log(cosh x)/x, the mean of tanh between 0 and x, whose terms cancel at 0, with all its derivatives."""

from __future__ import annotations

from math import factorial
from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.operator import Builder, Example, Known
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN, named
from ..functions.exponential_ratios import FAMILY
from ..kernel_lowering import traced
from ..special.orders import in_double, ordered

special = Library("scipy.special")

NEAR = 1.2  # the series converges for |x| < π/2
LN2 = float(np.log(2))
VANISHED = 2000.0  # e^{−2000} is 0


def _logcosh_ratio(n: int, x: Any) -> Any:
    """Sum (−1)ᵏ⁺¹(4ᵏ − 1)ζ(2k)/(k·π²ᵏ)·x²ᵏ⁻¹ (DLMF 4.19.7), or far away 1 + h/x with h = log1p(e^{−2x}) − log 2."""
    size = np.abs(x)
    near, far = np.where(size < NEAR, x, 0.0), np.where(size < NEAR, NEAR, size)
    series, total = np.zeros_like(x), np.zeros_like(x)
    for power in range(239, n - 1, -1):
        k, odd = divmod(power + 1, 2)
        coefficient = (
            0.0 if odd else (-1) ** (k + 1) * (1 - 0.25**k) * float(special.zeta(2 * k)) / k * (2 / np.pi) ** (2 * k)
        )
        series = series * near + coefficient * float(special.perm(power, n))
    for m in range(24, 0, -1):
        weight = sum(float(special.perm(n, j)) * (2.0 * m) ** (n - j) / far ** (j + 1) for j in range(n + 1))
        total = total - (-1) ** (m + n) * np.exp(-2 * m * far) / m * weight
    total = total - (-1) ** n * LN2 * factorial(n) / far ** (n + 1) + (1.0 if n == 0 else 0.0)
    total = np.where(x < 0, -total, total) if n % 2 == 0 else total
    return np.where(np.isnan(x), x, np.where(size < NEAR, series, total))


def _mp_logcosh_ratio(n: int, x: Any) -> Any:
    """Differentiate x·g = log cosh x by Leibniz's rule, and tanh by tanh' = 1 − tanh², with digits for what cancels."""
    if not mpmath.isfinite(x):
        return mpmath.nan if mpmath.isnan(x) else mpmath.sign(x) if n == 0 else mpmath.mpf(0)
    if abs(x) > VANISHED:
        flat = mpmath.sign(x) if n == 0 else 0
        return flat - (-1) ** n * mpmath.log(2) * mpmath.factorial(n) / x ** (n + 1)
    if x == 0:
        k = (n + 1) // 2
        return (4**k - 1) * mpmath.mpf(4) ** k * mpmath.bernoulli(2 * k) / (2 * k) / (n + 1) if n % 2 else mpmath.mpf(0)
    with mpmath.workprec(mpmath.mp.prec + 40 + (n + 2) * (8 + 2 * max(0, -mpmath.mag(x))) + 3 * int(abs(x))):
        value = mpmath.log(mpmath.cosh(x)) / x
        slope, coefficients = mpmath.tanh(x), [0, 1]  # of log cosh x and its derivatives, in powers of tanh x
        for k in range(1, n + 1):
            value = (mpmath.polyval(coefficients[::-1], slope) - k * value) / x
            slopes = [*[j * c for j, c in enumerate(coefficients)][1:], 0, 0]
            coefficients = [c - (slopes[j - 2] if j > 1 else 0) for j, c in enumerate(slopes)]
    return +value


logcosh_ratio: Builder = elementwise(
    "logcosh_ratio",
    FAMILY,
    "log(cosh x)/x, and 0 at x = 0, or its n-th derivative.",
    in_double(_logcosh_ratio),
    _mp_logcosh_ratio,
    (lambda n, x, y: logcosh_ratio(n + 1, x),),
    ((-6, 6),),
    attributes=("n",),
    notation=named("logcosh_ratio"),
    examples=(
        Example(((),), (0,), ((-6, 6),)),
        Example(((2, 3),), (1,), ((-30, 30),)),
        Example(((3,),), (2,), ((-1e-6, 1e-6),)),
    ),
    known=(
        Known((0, 0.0), 0.0, (0.5,)),
        Known((3, 0.0), -0.5),
        Known((0, 1000.0), 1 - LN2 / 1000),
        Known((0, INF), 1.0, (0.0,)),
        Known((0, -INF), -1.0, (0.0,)),
        Known((0, NAN), NAN, (NAN,)),
    ),
    source="DLMF 4.19.7 and Leibniz's rule",
    lowering=traced(_logcosh_ratio),
    function=ordered("logcosh_ratio", "log(cosh x)/x or its n-th derivative: logcosh_ratio(0, x)."),
)
