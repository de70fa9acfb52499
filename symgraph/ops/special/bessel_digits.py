"""Y and K of integer order in many digits: their series with ψ, where the general method is very slow."""

from __future__ import annotations

from typing import Any

import mpmath


def bessel_y(v: Any, x: Any) -> Any:
    """Give Y_v(x) for x > 0."""
    if v != mpmath.floor(v) or x > mpmath.mp.prec:
        return mpmath.bessely(v, x)
    n = abs(int(v))
    with mpmath.extraprec(int(1.5 * x) + 30):
        first, second, regular = _series(n, x, -1)
        value = (2 * mpmath.log(x / 2) * regular - first - second) / mpmath.pi
    return -value if v < 0 and n % 2 else +value


def bessel_k(v: Any, x: Any) -> Any:
    """Give K_v(x) for x > 0."""
    if v != mpmath.floor(v) or x > mpmath.mp.prec:
        return mpmath.besselk(v, x)
    n = abs(int(v))
    with mpmath.extraprec(int(3 * x) + 30):
        first, second, regular = _series(n, x, 1)
        value = (first + (-1) ** n * (second - 2 * mpmath.log(x / 2) * regular)) / 2
    return +value


def _series(n: int, x: Any, sign: int) -> tuple[Any, Any, Any]:
    """Give the finite sum, the sum with ψ and the regular solution of DLMF 10.8.1 (sign −1) or 10.31.1 (sign 1)."""
    half = x / 2
    t = half * half
    first = mpmath.mpf(0)
    for k in range(n):
        first += mpmath.factorial(n - k - 1) / mpmath.factorial(k) * (-sign * t) ** k
    first /= half**n
    term = half**n / mpmath.factorial(n)
    weight = mpmath.psi(0, 1) + mpmath.psi(0, n + 1)
    second, regular = mpmath.mpf(0), mpmath.mpf(0)
    k = 0
    while mpmath.mag(term) + 10 > mpmath.mag(regular) - mpmath.mp.prec or k < x:
        second += weight * term
        regular += term
        k += 1
        weight += mpmath.mpf(1) / k + mpmath.mpf(1) / (n + k)
        term *= sign * t / (k * (n + k))
    return first, second, regular
