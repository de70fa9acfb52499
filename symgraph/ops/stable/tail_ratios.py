"""Tails of series over the power that they begin with, (x − sin x)/x³ or (eˣ − 1 − x)/x², with all their derivatives.

They are the φ functions of exponential integrators and Stumpff's functions of orbits and rotations.
"""

from __future__ import annotations

from math import comb, factorial
from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape
from ...core.errors import SymgraphError
from ...core.node import Node, lift, make
from ...core.operator import OPS, Attributes, Builder, Example, Known
from ..defined import show_as
from ..elementwise import elementwise, infer_float
from ..functions.elementary import INF, NAN, named
from ..kernel_lowering import traced
from ..special.orders import HIGHEST, checked_order, in_doubles
from .differences import FAMILY
from .tails import (
    CIRCULAR,
    EXPONENTIAL,
    HYPERBOLIC,
    Function,
    Series,
    many_digits,
    near_ratio,
    tail_digits,
    tail_numbers,
)

NODES = 32


def _derivative(step: int, sign: int, wholes: tuple[Function, ...], k: int, x: Any) -> Any:
    """Give the derivatives that a tail's own orders do not reach: of order 0, −1, …, of the whole function."""
    return sign ** ((1 - k) // 2) * wholes[k % step](x)


def _near(step: int, sign: int, wholes: tuple[Function, ...], k: int, n: int, x: Any) -> Any:
    """Integrate (1 − t)^{k−1}·tⁿ/(k − 1)!·f⁽ⁿ⁾(x·t) from 0 to 1 by Gauss's rule, f the whole function."""
    places, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.zeros_like(x)
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        t = float(place)
        factor = float(weight) * (1 - t) ** (k - 1) * t**n / factorial(k - 1)
        total = total + factor * _derivative(step, sign, wholes, -n, t * x)
    return total


def _far(step: int, sign: int, wholes: tuple[Function, ...], k: int, n: int, x: Any) -> Any:
    """Differentiate tail·x^{−k} by Leibniz's rule, and divide by x step by step: its powers may leave the range."""
    total = np.zeros_like(x)
    for i in range(n, -1, -1):
        order, rising = k - n + i, (-1) ** i * comb(n, i) * factorial(k + i - 1) // factorial(k - 1)
        part = tail_numbers(step, sign, wholes, order, x) if order > 0 else _derivative(step, sign, wholes, order, x)
        total = total / x + float(rising) * part
    for _ in range(k):
        total = total / x
    return total


def _numbers(step: int, sign: int, wholes: tuple[Function, ...], k: int, n: int, x: Any) -> Any:
    inside = np.abs(x) < (k + n + 4 if n else k)
    part = np.where(inside, x, 0.0)
    near = _near(step, sign, wholes, k, n, part) if n else near_ratio(step, sign, k, part)
    return np.where(inside, near, _far(step, sign, wholes, k, n, np.where(inside, INF, x)))


def _digits(step: int, sign: int, wholes: tuple[Function, ...], k: int, n: int, x: Any) -> Any:
    if not mpmath.isfinite(x):
        return mpmath.nan
    if x == 0:
        rest = 0 if n % step else sign ** (n // step)
        return mpmath.mpf(rest) * mpmath.factorial(n) / mpmath.factorial(k + n)
    with mpmath.workprec(mpmath.mp.prec + 60 + (k + n + 1) * (8 + abs(mpmath.mag(x)))):
        total = mpmath.mpf(0)
        for i in range(n + 1):
            order = k - n + i
            part = tail_digits(step, sign, wholes, order, x) if order > 0 else _derivative(step, sign, wholes, order, x)
            total += (-1) ** i * comb(n, i) * mpmath.rf(k, i) * part / x ** (k + i)
    return +total


def _entered(name: str, doc: str, series: Series, known: tuple[Known, ...], source: str) -> Builder:
    def checked(k: Any, n: Any) -> tuple[int, int]:
        order = checked_order(name, k, 1, HIGHEST)
        return order, checked_order(f"{name}, the derivative", n, 0, HIGHEST - order)

    def infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
        checked(*attrs)
        return infer_float(args, attrs)

    def build(*values: Any, k: Any = None, n: Any = 0) -> Node:
        order, *rest = values if k is None else (k, *values)
        if len(rest) not in (1, 2):
            raise SymgraphError(f"{name} takes an order and one argument: {name}(k, x), or {name}(k, x, n)")
        return make(OPS[name], (lift(rest[0]),), checked(order, rest[1] if len(rest) == 2 else n))

    def kernel(k: int, n: int, x: Any) -> Any:
        return _numbers(step, sign, wholes, k, n, x)

    step, sign, wholes, digits = series.step, series.sign, series.wholes, many_digits(series)
    show_as(build, name, doc)
    return elementwise(
        name,
        FAMILY,
        doc,
        in_doubles(kernel, 2),
        lambda k, n, x: _digits(step, sign, digits, k, n, x),
        (lambda k, n, x, y: build(k, x, n + 1),),
        ((-3, 3),),
        infer=infer,
        attributes=("k", "n"),
        notation=named(name),
        examples=(
            Example(((),), (3, 0), ((-9, 9),)),
            Example(((2, 3),), (2, 1), ((-30, 30),)),
            Example(((3,),), (3, 0), ((-1e-6, 1e-6),)),
        ),
        known=(*known, Known((3, 0, NAN), NAN, (NAN,))),
        source=source,
        lowering=traced(kernel),
        function=build,
    )


exp_tail_ratio: Builder = _entered(
    "exp_tail_ratio",
    "exp_tail(k, x)/xᵏ, and 1/k! at x = 0, or its n-th derivative: φ₂(x) = (eˣ − 1 − x)/x² for k = 2.",
    EXPONENTIAL,
    (
        Known((2, 0, 0.0), 0.5, (1 / 6,)),
        Known((3, 0, 0.0), 1 / 6, (1 / 24,)),
        Known((2, 0, INF), NAN),
    ),
    "M. Hochbruck and A. Ostermann, Acta Numerica 19 (2010), eq. 2.10",
)
sin_tail_ratio: Builder = _entered(
    "sin_tail_ratio",
    "sin_tail(k, x)/xᵏ, and 1/k! at x = 0, or its n-th derivative: (x − sin x)/x³ for k = 3.",
    CIRCULAR,
    (
        Known((3, 0, 0.0), 1 / 6, (0.0,)),
        Known((3, 1, 0.0), 0.0, (-1 / 60,)),
        Known((4, 0, 0.0), 1 / 24, (0.0,)),
    ),
    "K. Stumpff (1947); Rodrigues's formula for rotations",
)
sinh_tail_ratio: Builder = _entered(
    "sinh_tail_ratio",
    "sinh_tail(k, x)/xᵏ, and 1/k! at x = 0, or its n-th derivative: (sinh x − x)/x³ for k = 3.",
    HYPERBOLIC,
    (
        Known((3, 0, 0.0), 1 / 6, (0.0,)),
        Known((3, 1, 0.0), 0.0, (1 / 60,)),
        Known((4, 0, 0.0), 1 / 24, (0.0,)),
    ),
    "K. Stumpff (1947)",
)
