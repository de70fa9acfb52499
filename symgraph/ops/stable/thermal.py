"""The heat capacity of an oscillator and Langevin's function, whose terms cancel at 0, with all their derivatives."""

from __future__ import annotations

from math import factorial
from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.operator import OPS, Builder, Known
from ..elementwise import NEAR_ZERO, elementwise, tried_in
from ..functions.elementary import INF, NAN, named
from ..functions.exponential_ratios import FAMILY
from ..kernel_lowering import traced
from ..special.orders import in_double, ordered

special = Library("scipy.special")

EINSTEIN_NEAR = 2.0  # the series converges for |x| < 2π
LANGEVIN_NEAR = 1.7  # and this one for |x| < π
VANISHED = 2000.0  # e^{−2000} is 0


def _einstein(n: int, x: Any) -> Any:
    """Sum (1 − k)·Bₖ/k!·xᵏ (DLMF 24.2.1), or far away Σ m·x²·e^{−mx}, both differentiated term by term."""
    size = np.abs(x)
    near, far = np.where(size < EINSTEIN_NEAR, x, 0.0), np.where(size < VANISHED, size, VANISHED)
    far = np.where(size < EINSTEIN_NEAR, EINSTEIN_NEAR, far)
    series, total = np.zeros_like(x), np.zeros_like(x)
    for k in range(80, n - 1, -1):
        coefficient = 1.0 if k == 0 else 0.0
        if k > 1 and k % 2 == 0:
            coefficient = (1 - k) * (-1) ** (k // 2 + 1) * 2 * float(special.zeta(k)) / (2 * np.pi) ** k
        series = series * near + coefficient * float(special.perm(k, n))
    for m in range(40, 0, -1):
        flat, once, twice = (float(special.perm(n, j)) * (-float(m)) ** (n - j) for j in range(3))
        total = total + m * (flat * far * far + 2 * once * far + twice) * np.exp(-m * far)
    total = np.where(x < 0, -total, total) if n % 2 else total
    return np.where(np.isnan(x), x, np.where(size < EINSTEIN_NEAR, series, total))


def _mp_einstein(n: int, x: Any) -> Any:
    """Give (1 − n)·B⁽ⁿ⁾(x) − x·B⁽ⁿ⁺¹⁾(x) with B(x) = x/(eˣ − 1)."""
    if not mpmath.isfinite(x):
        return mpmath.nan if mpmath.isnan(x) else mpmath.mpf(0)
    if n == 0:
        return mpmath.mpf(1) if x == 0 else (x / 2 / mpmath.sinh(x / 2)) ** 2 if abs(x) < 1e9 else mpmath.mpf(0)
    ratio: Any = OPS["bernoulli_ratio"].mpmath
    with mpmath.workdps(2 * mpmath.mp.dps + 20):
        size = abs(x)  # the function is even, and for x < 0 the two terms nearly cancel
        value = (1 - n) * ratio(n, size) - size * ratio(n + 1, size)
    return +(-value if n % 2 and x < 0 else value)


einstein: Builder = elementwise(
    "einstein",
    FAMILY,
    "x²·eˣ/(eˣ − 1)², and 1 at x = 0, or its n-th derivative: Einstein's heat capacity, with x = ħω/kT.",
    in_double(_einstein),
    _mp_einstein,
    (lambda n, x, y: einstein(n + 1, x),),
    ((-6, 6),),
    attributes=("n",),
    notation=named("einstein"),
    examples=tried_in((-6, 6), (0.5, 30), NEAR_ZERO, (0, 1, 1)),
    known=(
        Known((0, 0.0), 1.0, (0.0,)),
        Known((2, 0.0), -1 / 6),
        Known((0, 800.0), 0.0, (0.0,)),
        Known((0, -INF), 0.0, (0.0,)),
        Known((0, NAN), NAN, (NAN,)),
    ),
    source="A. Einstein, Ann. Phys. 327 (1907)",
    lowering=traced(_einstein),
    function=ordered("einstein", "x²·eˣ/(eˣ − 1)² or its n-th derivative: einstein(0, x)."),
)


def _langevin(n: int, x: Any) -> Any:
    """Sum 2²ᵏB₂ₖ/(2k)!·x²ᵏ⁻¹ (DLMF 4.33.3), or far away 1 + 2·Σ e^{−2mx} − 1/x, both differentiated term by term."""
    size = np.abs(x)
    near, far = np.where(size < LANGEVIN_NEAR, x, 0.0), np.where(size < LANGEVIN_NEAR, LANGEVIN_NEAR, size)
    series, total = np.zeros_like(x), np.zeros_like(x)
    for power in range(159, n - 1, -1):
        k, odd = divmod(power + 1, 2)
        coefficient = 0.0 if odd else (-1) ** (k + 1) * 2 * float(special.zeta(2 * k)) / np.pi ** (2 * k)
        series = series * near + coefficient * float(special.perm(power, n))
    for m in range(25, 0, -1):
        total = total + 2 * (-2.0 * m) ** n * np.exp(-2 * m * far)
    total = total + (1.0 if n == 0 else 0.0) - (-1) ** n * factorial(n) / far ** (n + 1)
    total = np.where(x < 0, -total, total) if n % 2 == 0 else total
    return np.where(np.isnan(x), x, np.where(size < LANGEVIN_NEAR, series, total))


def _mp_langevin(n: int, x: Any) -> Any:
    """Differentiate coth by coth' = 1 − coth², with digits for what cancels."""
    if not mpmath.isfinite(x):
        return mpmath.nan if mpmath.isnan(x) else mpmath.sign(x) if n == 0 else mpmath.mpf(0)
    if x == 0:
        k = (n + 1) // 2
        return mpmath.mpf(4) ** k * mpmath.bernoulli(2 * k) / (n + 1) if n % 2 else mpmath.mpf(0)
    with mpmath.workprec(mpmath.mp.prec + 40 + 2 * (n + 3) * max(0, -mpmath.mag(x)) + 3 * int(min(abs(x), VANISHED))):
        coefficients = [mpmath.mpf(0), mpmath.mpf(1)]  # of coth x and its derivatives, in powers of coth x
        for _ in range(n):
            slopes = [j * c for j, c in enumerate(coefficients)][1:]
            padded = [*slopes, mpmath.mpf(0), mpmath.mpf(0)]
            coefficients = [c - (padded[j - 2] if j > 1 else 0) for j, c in enumerate(padded)]
        coth = mpmath.coth(x) if abs(x) < VANISHED else mpmath.sign(x)
        value = mpmath.polyval(coefficients[::-1], coth) - (-1) ** n * mpmath.factorial(n) / x ** (n + 1)
    return +value


langevin: Builder = elementwise(
    "langevin",
    FAMILY,
    "coth x − 1/x, and 0 at x = 0, or its n-th derivative: Langevin's function, the mean of cos θ of a dipole.",
    in_double(_langevin),
    _mp_langevin,
    (lambda n, x, y: langevin(n + 1, x),),
    ((-6, 6),),
    attributes=("n",),
    notation=named("langevin"),
    examples=tried_in((-6, 6), (-30, 30), NEAR_ZERO, (0, 1, 2)),
    known=(
        Known((0, 0.0), 0.0, (1 / 3,)),
        Known((3, 0.0), -2 / 15),
        Known((0, INF), 1.0, (0.0,)),
        Known((0, -INF), -1.0, (0.0,)),
        Known((0, NAN), NAN, (NAN,)),
    ),
    source="P. Langevin, Ann. Chim. Phys. 5 (1905); DLMF 4.33.3",
    lowering=traced(_langevin),
    function=ordered("langevin", "coth x − 1/x or its n-th derivative: langevin(0, x)."),
)
