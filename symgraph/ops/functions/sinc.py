"""The normalised sinc function sin(πx)/(πx) and all its derivatives, accurate at and near 0."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.errors import SymgraphError
from ...core.node import Node, apply, lift
from ...core.operator import OPS, Example, Known
from ..elementwise import elementwise
from ..kernel_lowering import traced
from ..special.orders import in_double
from .elementary import NAN, named


def _sin_pi(x: Any, quarters: int) -> Any:
    """Give sin(π·(x + quarters/2)), exact at the multiples of a half."""
    nearest = np.rint(x)
    rest = x - nearest
    value = np.sin(np.pi * (0.5 - np.abs(rest) if quarters % 2 else rest))
    turned = np.where(np.remainder(nearest, 2) == 1, -value, value)
    return -turned if quarters % 4 >= 2 else turned


def _sinc(order: int, x: Any) -> Any:
    """Give the derivative, by the recurrence u·gₙ + n·gₙ₋₁ = sin(u + nπ/2) for g = sin(u)/u and u = πx.

    It is run upwards where |u| ≥ n and downwards from a far order where |u| < n, the directions in which it
    forgets its errors.
    """
    u = np.pi * x
    small = np.abs(u) < max(order, 1)
    large = np.where(small, 1.0, u)
    upwards = _sin_pi(x, 0) / large
    for n in range(1, order + 1):
        upwards = (_sin_pi(x, n) - n * upwards) / large
    tiny = np.where(small, u, 0.0)
    downwards = np.zeros_like(u)
    for n in range(2 * order + 40, order, -1):
        downwards = (_sin_pi(np.where(small, x, 0.0), n) - tiny * downwards) / n
    return np.pi**order * np.where(small, downwards, upwards) + 0.0


def _mp_sinc(order: int, x: Any) -> Any:
    if not mpmath.isfinite(x):
        return mpmath.nan
    if order == 0:
        return mpmath.sincpi(x)
    u = mpmath.pi * x
    with mpmath.extradps(20 + 2 * order + int(min(abs(u), order + 10))):
        u = mpmath.pi * x
        value = _mp_series(order, u) if abs(u) <= order + 10 else _mp_recurrence(order, x)
        value *= mpmath.pi**order
    return +value


def _mp_series(order: int, u: Any) -> Any:
    """Sum (−1)^k·u^(2k−n)/((2k+1)·(2k−n)!) over 2k ≥ n."""
    total = mpmath.mpf(0)
    k = (order + 1) // 2
    while True:
        term = (-1) ** k * u ** (2 * k - order) / ((2 * k + 1) * mpmath.factorial(2 * k - order))
        total += term
        if 2 * k > order and abs(term) <= abs(total) * mpmath.eps:
            return total
        k += 1


def _mp_recurrence(order: int, x: Any) -> Any:
    sine, cosine = mpmath.sinpi(x), mpmath.cospi(x)
    turned = (sine, cosine, -sine, -cosine)
    value = mpmath.sincpi(x)
    for n in range(1, order + 1):
        value = (turned[n % 4] - n * value) / (mpmath.pi * x)
    return value


def sinc(x: Any, order: int = 0) -> Node:
    """Normalised sinc, sin(πx)/(πx), as in NumPy; 1 at x = 0.

    Args:
        x: an array.
        order: which derivative of the function.

    Raises:
        SymgraphError: the order is not a natural number.

    >>> from symgraph.evaluate.evaluator import run
    >>> y = sinc(0.5)
    >>> round(float(run([y], {})[y]), 6)
    0.63662
    """
    if not isinstance(order, int) or order < 0:
        raise SymgraphError(f"sinc: the order must be 0, 1, 2, …, not {order!r}")
    return apply(OPS["sinc"], (lift(x),), (order,))


elementwise(
    "sinc",
    "trigonometric",
    "Normalised sinc, sin(πx)/(πx), or its derivative of the given order.",
    in_double(_sinc),
    _mp_sinc,
    (lambda order, x, y: sinc(x, order + 1),),
    ((-3, 3),),
    attributes=("order",),
    notation=named("sinc"),
    traits=("bounded",),
    examples=(
        Example(((),), (0,), ((-3, 3),)),
        Example(((2, 3),), (0,), ((-3, 3),)),
        Example(((3,),), (1,), ((-1e-3, 1e-3),)),
        Example(((3,),), (3,), ((-30, 30),)),
    ),
    known=(
        Known((0, 0.0), 1.0, (0.0,)),
        Known((1, 0.0), 0.0, (-(float(np.pi) ** 2) / 3,)),
        Known((0, 1.0), 0.0, (-1.0,)),
        Known((0, -2.0), 0.0, (-0.5,)),
        Known((0, 0.5), float(2 / np.pi)),
        Known((0, float("inf")), NAN),
        Known((0, NAN), NAN, (NAN,)),
    ),
    source="derivatives of u·g = sin u; for the directions Gautschi, SIAM Review 9 (1967)",
    lowering=traced(_sinc),
    function=sinc,
)
