"""f(x)/x for odd functions f, such as tanh(x)/x, whose derivatives cancel at 0, with all their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from math import comb, factorial
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

Derivative = Callable[[int, Any, Any, Any], Any]
BEYOND = 30.0  # e^{−900} is 0


def _riccati(sign: int) -> Derivative:
    """Differentiate f with f' = 1 ± f²: the derivatives are polynomials in f, times f'."""

    def derivative(k: int, x: Any, f: Any, library: Any) -> Any:
        coefficients = [1]
        for _ in range(k - 1):  # (f'·q)' = f'·((1 ± f²)·q' ± 2·f·q)
            after = [0] * (len(coefficients) + 1)
            for j, c in enumerate(coefficients):
                after[j + 1] += sign * (j + 2) * c
                after[j - 1] += j * c
            coefficients = after
        total = f * 0
        for c in coefficients[::-1]:
            total = total * f + c
        return total * (1 + f * f) if sign > 0 else total / library.cosh(x) / library.cosh(x)

    return derivative


def _of_arctan(k: int, x: Any, f: Any, library: Any) -> Any:
    """Give (−1)ᵏ⁻¹(k − 1)!·Im (x − i)⁻ᵏ."""
    below = 1 + x * x
    real, imaginary = x / below, 1 / below
    u, v = real, imaginary
    for _ in range(k - 1):
        u, v = u * real - v * imaginary, u * imaginary + v * real
    return (-1) ** (k - 1) * factorial(k - 1) * v


def _of_erf(k: int, x: Any, f: Any, library: Any) -> Any:
    """Give 2/√π·e^{−x²} times (−1)ᵏ⁻¹·Hₖ₋₁(x)."""
    before, hermite = x * 0, x * 0 + 1
    for j in range(k - 1):
        before, hermite = hermite, 2 * x * hermite - 2 * j * before
    return (-1) ** (k - 1) * hermite * 2 / library.sqrt(library.pi) * library.exp(-x * x)


def _of_arcsine(sign: int) -> Derivative:
    """Differentiate asin (−1) or asinh (1) by (1 ± x²)·f⁽ᵏ⁺²⁾ = ∓((2k + 1)·x·f⁽ᵏ⁺¹⁾ + k²·f⁽ᵏ⁾)."""

    def derivative(k: int, x: Any, f: Any, library: Any) -> Any:
        before = f * 0
        now = 1 / (library.hypot(1, x) if sign > 0 else library.sqrt((1 - x) * (1 + x)))
        for j in range(k - 1):
            before, now = now, -sign * ((2 * j + 1) * x * now + j * j * before) / (1 + sign * x * x)
        return now

    return derivative


def _of_arctanh(k: int, x: Any, f: Any, library: Any) -> Any:
    """Give (k − 1)!/2·((1 − x)⁻ᵏ − (−1 − x)⁻ᵏ)."""
    return factorial(k - 1) * (1 / (1 - x) ** k - 1 / (-1 - x) ** k) / 2


def _circular(k: int) -> float:
    return 2 * (1 - 0.25 ** (k + 1)) * float(special.zeta(2 * k + 2)) * (2 / np.pi) ** (2 * k + 2)


def _kernel(
    function: Callable[[Any], Any], derivative: Derivative, coefficient: Callable[[int], float], limit: float, last: int
) -> Callable[[int, Any], Any]:
    """Sum the series near 0, and use x·gₙ + n·gₙ₋₁ = f⁽ⁿ⁾ elsewhere."""

    def ratio(n: int, x: Any) -> Any:
        size = np.abs(x)
        near, far = np.where(size < limit, x, 0.0), np.where(size < limit, limit, x)
        series = np.zeros_like(x)
        for power in range(last, n - 1, -1):
            term = 0.0 if power % 2 else coefficient(power // 2) * float(special.perm(power, n))
            series = series * near + term
        f = function(far)
        value = f / far
        close = np.where(np.abs(far) < BEYOND, far, BEYOND) if derivative is _of_erf else far
        for k in range(1, n + 1):
            value = (derivative(k, close, f, np) - k * value) / far
        value = np.where(size == INF, f * 0, value)
        return np.where(np.isnan(x), x, np.where(size < limit, series, value))

    return ratio


def _mp_ratio(function: Callable[[Any], Any], derivative: Derivative) -> Callable[[int, Any], Any]:
    def ratio(n: int, x: Any) -> Any:
        if not mpmath.isfinite(x):
            return function(x) * 0
        if x == 0:
            return derivative(n + 1, x, x, mpmath.mp) / (n + 1)
        with mpmath.workprec(mpmath.mp.prec + 40 + (n + 1) * (8 + 2 * max(0, -mpmath.mag(x)))):
            f = function(x)
            value = f / x
            for k in range(1, n + 1):
                value = (derivative(k, x, f, mpmath.mp) - k * value) / x
        return +value

    return ratio


def _entered(
    name: str,
    text: str,
    function: Callable[[Any], Any],
    exact: Callable[[Any], Any],
    derivative: Derivative,
    coefficient: Callable[[int], float],
    limit: float,
    last: int,
    reach: float,
    known: tuple[Known, ...],
) -> Builder:
    kernel = _kernel(function, derivative, coefficient, limit, last)
    builder: Builder = elementwise(
        name,
        FAMILY,
        f"{text}/x, and its limit at x = 0, or its n-th derivative.",
        in_double(kernel),
        _mp_ratio(exact, derivative),
        (lambda n, x, y: builder(n + 1, x),),
        ((-reach, reach),),
        attributes=("n",),
        notation=named(name),
        examples=(
            Example(((),), (0,), ((-reach, reach),)),
            Example(((2, 3),), (1,), ((-reach, reach),)),
            Example(((3,),), (2,), ((-1e-6, 1e-6),)),
        ),
        known=known,
        source="Leibniz's rule for x·g(x) = f(x)",
        lowering=traced(kernel),
        function=ordered(name, f"{text}/x or its n-th derivative: {name}(0, x)."),
    )
    return builder


_LIMITS = (Known((0, INF), 0.0, (0.0,)), Known((0, NAN), NAN, (NAN,)))
tanh_ratio = _entered(
    "tanh_ratio",
    "tanh x",
    lambda x: np.tanh(x),
    mpmath.tanh,
    _riccati(-1),
    lambda k: (-1) ** k * _circular(k),
    1.2,
    240,
    4.0,
    (Known((0, 0.0), 1.0, (0.0,)), Known((2, 0.0), -2 / 3), *_LIMITS),
)
tan_ratio = _entered(
    "tan_ratio",
    "tan x",
    lambda x: np.tan(x),
    mpmath.tan,
    _riccati(1),
    _circular,
    1.2,
    240,
    1.4,
    (Known((0, 0.0), 1.0, (0.0,)), Known((2, 0.0), 2 / 3), Known((0, NAN), NAN, (NAN,))),
)
arctan_ratio = _entered(
    "arctan_ratio",
    "atan x",
    lambda x: np.arctan(x),
    mpmath.atan,
    _of_arctan,
    lambda k: (-1) ** k / (2 * k + 1),
    0.7,
    160,
    4.0,
    (Known((0, 0.0), 1.0, (0.0,)), Known((2, 0.0), -2 / 3), *_LIMITS),
)
erf_ratio = _entered(
    "erf_ratio",
    "erf x",
    lambda x: special.erf(x),
    mpmath.erf,
    _of_erf,
    lambda k: (-1) ** k * 2 / float(np.sqrt(np.pi)) / factorial(k) / (2 * k + 1),
    1.2,
    90,
    4.0,
    (Known((0, 0.0), 2 / float(np.sqrt(np.pi)), (0.0,)), *_LIMITS),
)
arcsin_ratio = _entered(
    "arcsin_ratio",
    "asin x",
    lambda x: np.arcsin(x),
    mpmath.asin,
    _of_arcsine(-1),
    lambda k: comb(2 * k, k) / 4**k / (2 * k + 1),
    0.7,
    160,
    0.95,
    (Known((0, 0.0), 1.0, (0.0,)), Known((2, 0.0), 1 / 3), Known((0, 2.0), NAN), Known((0, NAN), NAN, (NAN,))),
)
arcsinh_ratio = _entered(
    "arcsinh_ratio",
    "asinh x",
    lambda x: np.arcsinh(x),
    mpmath.asinh,
    _of_arcsine(1),
    lambda k: (-1) ** k * comb(2 * k, k) / 4**k / (2 * k + 1),
    0.7,
    160,
    4.0,
    (Known((0, 0.0), 1.0, (0.0,)), Known((2, 0.0), -1 / 3), Known((0, NAN), NAN, (NAN,))),
)
arctanh_ratio = _entered(
    "arctanh_ratio",
    "atanh x",
    lambda x: np.arctanh(x),
    mpmath.atanh,
    _of_arctanh,
    lambda k: 1 / (2 * k + 1),
    0.7,
    160,
    0.95,
    (Known((0, 0.0), 1.0, (0.0,)), Known((2, 0.0), 2 / 3), Known((0, 2.0), NAN), Known((0, NAN), NAN, (NAN,))),
)
