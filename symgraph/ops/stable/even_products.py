"""x·csch(x) and x·coth(x), whose derivatives cancel at 0, with all their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial, perm
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

NEAR = 2.0  # the series ends at the poles ±iπ
LAST = 240
FAR = 800.0  # from here on csch is 0 and coth 1
Slopes = Callable[[int, Any, Any], Any]


def _of_csch(k: int, small: Any, w: Any) -> Any:
    """The k-th derivative of csch, which is csch times a polynomial in w = coth − 1 without a change of sign."""
    coefficients = [1]
    for _ in range(k):  # (csch·p)' = −csch·((1 + w)·p + (2·w + w²)·p')
        after = [0] * (len(coefficients) + 1)
        for j, c in enumerate(coefficients):
            after[j] -= (1 + 2 * j) * c
            after[j + 1] -= (1 + j) * c
        coefficients = after
    return small * _polynomial(coefficients, w)


def _of_coth(k: int, small: Any, w: Any) -> Any:
    """The k-th derivative of coth, a polynomial in w = coth − 1 without a change of sign."""
    coefficients = [1, 1] if not k else [0, -2, -1]
    for _ in range(k - 1):  # p' = −(2·w + w²)·dp/dw
        after = [0] * (len(coefficients) + 1)
        for j, c in enumerate(coefficients):
            after[j] -= 2 * j * c
            after[j + 1] -= j * c
        coefficients = after
    return _polynomial(coefficients, w)


def _polynomial(coefficients: list[int], w: Any) -> Any:
    total = w * 0
    for c in coefficients[::-1]:
        total = total * w + c
    return total


def _csch_term(k: int) -> float:
    return (-1) ** k * (1 - 2.0 ** (1 - 2 * k)) * float(special.zeta(2 * k)) if k else 0.5


def _coth_term(k: int) -> float:
    return -((-1) ** k) * float(special.zeta(2 * k)) if k else 0.5


def _kernel(slopes: Slopes, term: Callable[[int], float]) -> Callable[[int, Any], Any]:
    """Sum 2·Σ c·(x/π)²ᵏ near 0, and use x·h⁽ⁿ⁾ + n·h⁽ⁿ⁻¹⁾ elsewhere."""

    def product(n: int, x: Any) -> Any:
        size = np.abs(x)
        near, far = np.where(size < NEAR, x, 0.0), np.where(size < NEAR, NEAR, size)
        series = np.zeros_like(x)
        for power in range(LAST, n - 1, -1):
            series = series * near + (0.0 if power % 2 else 2 * term(power // 2) * perm(power, n) / np.pi**power)
        close = np.where(far < FAR, far, FAR)
        below = -np.expm1(-2.0 * close)
        small, w = 2.0 * np.exp(-close) / below, 2.0 * np.exp(-2.0 * close) / below
        value = (far if n == 0 and slopes is _of_coth else close) * slopes(n, small, w)
        value = value + n * slopes(n - 1, small, w) if n else value
        value = np.where(x < 0.0, -value, value) if n % 2 else value
        return np.where(np.isnan(x), x, np.where(size < NEAR, series, value))

    return product


def _mp_product(slopes: Slopes, at_zero: Callable[[int], Any]) -> Callable[[int, Any], Any]:
    def product(n: int, x: Any) -> Any:
        if mpmath.isnan(x):
            return x
        sign = -1 if x < 0 and n % 2 else 1
        if mpmath.isinf(x):
            return sign * mpmath.mpf((INF, 1.0, 0.0)[min(n, 2)] if slopes is _of_coth else 0.0)
        if x == 0:
            return at_zero(n) * 2 * factorial(n) / mpmath.pi**n if n % 2 == 0 else mpmath.mpf(0)
        with mpmath.workprec(mpmath.mp.prec + 40 + (n + 1) * (8 + 2 * max(0, -mpmath.mag(x)))):
            size = abs(x)
            small, w = mpmath.csch(size), 2 / mpmath.expm1(2 * size)
            value = size * slopes(n, small, w) + (n * slopes(n - 1, small, w) if n else 0)
        return sign * value

    return product


def _entered(
    name: str,
    text: str,
    slopes: Slopes,
    term: Callable[[int], float],
    at_zero: Callable[[int], Any],
    known: tuple[Known, ...],
) -> Builder:
    kernel = _kernel(slopes, term)
    builder: Builder = elementwise(
        name,
        FAMILY,
        f"{text}, 1 at x = 0, or its n-th derivative.",
        in_double(kernel),
        _mp_product(slopes, at_zero),
        (lambda n, x, y: builder(n + 1, x),),
        ((-4.0, 4.0),),
        attributes=("n",),
        notation=named(name),
        examples=(
            Example(((),), (0,), ((-4.0, 4.0),)),
            Example(((2, 3),), (1,), ((-4.0, 4.0),)),
            Example(((3,),), (2,), ((-1e-6, 1e-6),)),
        ),
        known=known,
        source="Abramowitz and Stegun, 4.5.64 to 4.5.67; Leibniz's rule",
        lowering=traced(kernel),
        function=ordered(name, f"{text} or its n-th derivative: {name}(0, x)."),
    )
    return builder


x_csch = _entered(
    "x_csch",
    "x/sinh x",
    _of_csch,
    _csch_term,
    lambda n: (-1) ** (n // 2) * mpmath.altzeta(n),
    (
        Known((0, 0.0), 1.0, (0.0,)),
        Known((2, 0.0), -1 / 3),
        Known((0, -INF), 0.0, (0.0,)),
        Known((0, NAN), NAN, (NAN,)),
    ),
)
x_coth = _entered(
    "x_coth",
    "x/tanh x",
    _of_coth,
    _coth_term,
    lambda n: -((-1) ** (n // 2)) * mpmath.zeta(n),
    (
        Known((0, 0.0), 1.0, (0.0,)),
        Known((2, 0.0), 2 / 3),
        Known((0, INF), INF, (1.0,)),
        Known((1, -INF), -1.0, (0.0,)),
        Known((0, NAN), NAN, (NAN,)),
    ),
)
