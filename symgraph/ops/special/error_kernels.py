"""Numbers for the derivatives of erfcx, Dawson's integral and log Φ, by methods that do not cancel.

Their textbook rules (erfcx' = 2x·erfcx − 2/√π and so on) lose all digits in the tails, and more with every
order. Here every derivative is computed for itself.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, factorial, pi, sqrt
from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library

special = Library("scipy.special")

Array = Any
ROOT_PI = sqrt(pi)


# --- erfcx: n-th derivative (−2)ⁿ n! e^{x²} iⁿerfc(x), DLMF 7.18.4 ----------------------------------------


def erfcx_ratios(n: int, x: Array, least: float = 1.0) -> list[Array]:
    """Give Dₖ/Dₖ₋₁ for k = 1 … n at x ≥ least, where Dₖ is the k-th derivative of erfcx.

    Dₖ = 2x·Dₖ₋₁ + 2(k−1)·Dₖ₋₂ (DLMF 7.18.7), of which D is the minimal solution: the recurrence is run
    downwards (Gautschi 1967) from the fixed point of the ratio at a high order. The error of that start
    decays as e^{−2x(√(2k) − √(2n))} in the order k.
    """
    nearest = float(np.min(x, initial=np.inf, where=x >= least)) if isinstance(x, np.ndarray) else least
    top = n + 10 + int((18 / nearest + sqrt(2 * n)) ** 2 / 2)
    ratio = -2 * top / (x + np.sqrt(x * x + 2 * top))
    ratios: list[Array] = []
    for k in range(top, 0, -1):
        if k <= n:
            ratios.append(ratio)
        if k > 1:
            ratio = 2 * (k - 1) / (ratio - 2 * x)
    return ratios[::-1]


def _erfcx_upwards(n: int, x: Array) -> list[Array]:
    """Give D₀ … Dₙ at x < 1, where the recurrence is stable upwards."""
    values = [special.erfcx(x)]
    if n:
        values.append(2 * x * values[0] - 2 / ROOT_PI)
    for k in range(2, n + 1):
        values.append(2 * x * values[-1] + 2 * (k - 1) * values[-2])
    return values


def erfcx_derivative(n: int, x: Array) -> Array:
    """Give the n-th derivative of erfcx."""
    low = np.where(x < 1, x, 0.0)
    high = np.where(x < 1, 1.0, x)
    product = special.erfcx(high)
    for ratio in erfcx_ratios(n, high):
        product = product * ratio
    return np.where(x < 1, _erfcx_upwards(n, low)[n], product)


def mp_erfcx_derivative(n: int, x: Any) -> Any:
    """Give the n-th derivative of erfcx in many digits: the recurrence upwards, with digits to lose."""
    if not mpmath.isfinite(x):
        return mpmath.mpf(0) if x > 0 else (-1) ** n * mpmath.inf if x < 0 else x
    with mpmath.extraprec(20 + _digits_lost(n, x)):
        return _recur(n, mpmath.exp(x * x) * mpmath.erfc(x), -2 / mpmath.sqrt(mpmath.pi), 2 * x, 2)


def _recur(n: int, first: Any, inhomogeneity: Any, a: Any, b: int) -> Any:
    """Run fₖ = a·fₖ₋₁ + b(k−1)·fₖ₋₂ upwards to n, with f₁ = a·f₀ + inhomogeneity."""
    before, value = mpmath.mpf(0), first
    for k in range(1, n + 1):
        before, value = value, a * value + (b * (k - 1) * before if k > 1 else inhomogeneity)
    return value


def _digits_lost(n: int, x: Any) -> int:
    return int(2 * (n + 1) * max(mpmath.mag(x), 1)) + 20


# --- Dawson's integral ------------------------------------------------------------------------------------


def _dawsn_upwards(n: int, x: Array) -> Array:
    """Use Dₖ = −2x·Dₖ₋₁ − 2(k−1)·Dₖ₋₂, from D' = 1 − 2x·D (DLMF 7.5.1)."""
    before, value = special.dawsn(x), 1 - 2 * x * special.dawsn(x)
    for k in range(2, n + 1):
        before, value = value, -2 * x * value - 2 * (k - 1) * before
    return value


def _hermite(n: int, u: Array) -> Array:
    """Give Hermite's polynomial Hₙ(u) (DLMF 18.9.1)."""
    before, value = 0.0, np.ones_like(u)
    for k in range(n):
        before, value = value, 2 * u * value - 2 * k * before
    return value


def _dawsn_sampled(n: int, x: Array, step: float = 0.2) -> Array:
    """Differentiate Rybicki's sum Σ e^{−(x−mh)²}/(m√π) over odd m, whose error is e^{−(π/2h)²} (Rybicki 1989)."""
    centre = 2 * np.round((x / step - 1) / 2) + 1
    total = np.zeros_like(x)
    for shift in range(-36, 37, 2):
        m = centre + shift
        u = x - m * step
        total = total + _hermite(n, u) * np.exp(-u * u) / m
    return (-1) ** n * total / ROOT_PI


def _dawsn_far(n: int, x: Array) -> Array:
    """Differentiate the asymptotic series Σ (2k−1)!!/(2^{k+1} x^{2k+1}) for x ≥ 8 (DLMF 7.12.1)."""
    total = np.zeros_like(x)
    coefficient = 0.5
    power = x ** -(1.0 + n)
    for k in range(24):
        rising = factorial(2 * k + n) / factorial(2 * k)
        total = total + coefficient * rising * power
        coefficient *= (2 * k + 1) / 2
        power = power / (x * x)
    return (-1) ** n * total


def dawsn_derivative(n: int, x: Array) -> Array:
    """Give the n-th derivative of Dawson's integral, n ≥ 1."""
    size = np.abs(x)
    sign = np.where(x < 0, (-1.0) ** (n + 1), 1.0)
    near = _dawsn_upwards(n, np.where(size < 1, size, 0.0))
    middle = _dawsn_sampled(n, np.where((size >= 1) & (size < 8), size, 2.0))
    far = _dawsn_far(n, np.where(size < 8, 8.0, size))
    found = np.where(size < 1, near, np.where(size < 8, middle, far))
    return np.where(np.isnan(x), x, sign * found)


def mp_dawsn(x: Any) -> Any:
    """Give Dawson's integral √π/2·e^{−x²}·erfi(x) (DLMF 7.5.1)."""
    if not mpmath.isfinite(x):
        return 0 / x if mpmath.isnan(x) else mpmath.mpf(0)
    return mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x)


def mp_dawsn_derivative(n: int, x: Any) -> Any:
    """Give the n-th derivative of Dawson's integral in many digits."""
    if not mpmath.isfinite(x):
        return mp_dawsn(x)
    with mpmath.extraprec(20 + _digits_lost(n, x)):
        return _recur(n, mp_dawsn(x), 1, -2 * x, -2)


# --- log Φ ------------------------------------------------------------------------------------------------


CUMULANTS_FROM = 0.75  # beyond, the recurrence upwards loses digits that the cumulants need


@lru_cache(maxsize=64)
def _mills_polynomial(n: int) -> tuple[tuple[int, int, int], ...]:
    """Write the n-th derivative of log Φ as Σ c·xⁱ·λʲ with λ = φ/Φ and λ' = −λ(x + λ)."""
    terms: dict[tuple[int, int], int] = {(0, 1): 1}
    for _ in range(n - 1):
        following: dict[tuple[int, int], int] = {}
        for (i, j), c in terms.items():
            for power, factor in (((i - 1, j), c * i), ((i + 1, j), -c * j), ((i, j + 1), -c * j)):
                following[power] = following.get(power, 0) + factor
        terms = {power: c for power, c in following.items() if c}
    return tuple((c, i, j) for (i, j), c in terms.items())


def _log_ndtr_right(n: int, x: Array) -> Array:
    mills = np.exp(-x * x / 2) / (sqrt(2 * pi) * special.ndtr(x))
    safe = np.where(mills == 0, 0.0, x)
    return sum(c * safe**i * mills**j for c, i, j in _mills_polynomial(n))


def _log_ndtr_left(n: int, t: Array) -> Array:
    """Differentiate −t²/2 + log M(t) at x = −t, where M(t) = ∫₀^∞ e^{−s²/2−st} ds = √(π/2)·erfcx(t/√2).

    The derivatives of log M are, up to sign, the cumulants of an almost exponential distribution: they
    follow from its moments M⁽ᵏ⁾/M with little cancellation.
    """
    u = t / sqrt(2)
    if n == 1:
        return 1 / (sqrt(pi / 2) * special.erfcx(u))
    near = _erfcx_upwards(n, np.where(u < CUMULANTS_FROM, u, 0.0))
    ratio: Array = np.ones_like(u)
    moments = [ratio]
    far = np.where(u < CUMULANTS_FROM, CUMULANTS_FROM, u)
    for k, step in enumerate(erfcx_ratios(n, far, CUMULANTS_FROM), 1):
        ratio = ratio * step
        moments.append(np.where(u < CUMULANTS_FROM, near[k] / near[0], ratio) / sqrt(2) ** k)
    logarithmic: list[Array] = [0.0]
    for k in range(1, n + 1):
        lower = sum(comb(k - 1, j) * moments[j] * logarithmic[k - j] for j in range(1, k))
        logarithmic.append(moments[k] - lower)
    return (-1) ** n * logarithmic[n] - (n == 2)


def log_ndtr_derivative(n: int, x: Array) -> Array:
    """Give the n-th derivative of log Φ, n ≥ 1."""
    left = _log_ndtr_left(n, np.where(x < 0, -x, 0.0))
    right = _log_ndtr_right(n, np.where(x < 0, 0.0, x))
    return np.where(x < 0, left, right)


def mp_log_ndtr(x: Any) -> Any:
    """Give log Φ(x) in many digits, Φ by erfc so that neither tail cancels."""
    root = mpmath.sqrt(2)
    if x > 0:
        return mpmath.log1p(-mpmath.erfc(x / root) / 2)
    return mpmath.log(mpmath.erfc(-x / root) / 2)


def mp_log_ndtr_derivative(n: int, x: Any) -> Any:
    """Give the n-th derivative of log Φ in many digits, n ≥ 1."""
    if not mpmath.isfinite(x):
        return _mp_log_ndtr_limit(n, x)
    with mpmath.extraprec(20 + _digits_lost(n, x)):
        mills = mpmath.npdf(x) / mpmath.ncdf(x)
        return mpmath.fsum(c * x**i * mills**j for c, i, j in _mills_polynomial(n))


def _mp_log_ndtr_limit(n: int, x: Any) -> Any:
    if mpmath.isnan(x):
        return x
    return {1: mpmath.inf, 2: mpmath.mpf(-1)}.get(n, mpmath.mpf(0)) if x < 0 else mpmath.mpf(0)


# --- inverse functions in many digits ---------------------------------------------------------------------


def mp_erfcinv(y: Any) -> Any:
    """Invert erfc, in the tails by Newton's method on log erfc, which is concave and nearly a parabola."""
    if not 0 < y < 2:
        raise ValueError("erfcinv is infinite or not real here")
    if 0.5 < y < 1.5:
        return mpmath.erfinv(1 - y)
    return _erfcinv_small(y) if y < 1 else -_erfcinv_small(2 - y)


def _erfcinv_small(y: Any) -> Any:
    guess = float(special.erfcinv(float(y))) if y > 1e-300 else 0.0
    with mpmath.extraprec(30):
        target = mpmath.log(y)
        x = mpmath.mpf(guess) if guess else mpmath.sqrt(-target)
        for _ in range(60):
            tail = mpmath.erfc(x)
            step = (mpmath.log(tail) - target) * tail * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(x * x)
            x += step
            if abs(step) <= mpmath.ldexp(abs(x), -mpmath.mp.prec // 2 - 2):
                break
        return x
