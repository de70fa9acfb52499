"""Geometric series (qʸ − 1)/(q − 1) for any real number of terms y, and annuities; with all their derivatives.

With x = q − 1 and L = log q the k-th derivative with respect to q is
y(y−1)…(y−k)·L/x·∫₀¹ ((1 − e^{−tL})/x)ᵏ·e^{tLy} dt, where nothing cancels.
Far from q = 1 Leibniz's rule for x·f = qʸ − 1 gives the next derivative from the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, lift, make
from ...core.operator import OPS, Builder, Example, Known
from ..defined import show_as
from ..elementwise import elementwise
from ..functions.elementary import NAN, named
from ..kernel_lowering import traced
from ..special.orders import in_doubles
from .differences import FAMILY

NODES = 32
NEAR = 10.0
Kernel = Callable[[int, int, Any, Any], Any]


def _falling(y: Any, k: int, i: int) -> Any:
    """Give the i-th derivative of y·(y − 1)…(y − k + 1)."""
    if i > k:
        return 0.0 * y
    if i == 0:
        product = 0.0 * y + 1.0
        for j in range(k):
            product = product * (y - j)
        return product
    polynomial = np.polynomial.Polynomial.fromroots(range(k)).deriv(i) if k else np.polynomial.Polynomial([0.0])
    total = 0.0 * y
    for coefficient in polynomial.coef[::-1]:
        total = total * y + float(coefficient)
    return total


def _near(k: int, m: int, x: Any, root: Any, y: Any) -> Any:
    """Integrate by Gauss's rule; differentiated m times with respect to y under the integral."""
    places, weights = np.polynomial.legendre.leggauss(NODES)
    flat = x == 0
    divisor = np.where(flat, 1.0, x)
    total = 0.0 * y
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        t = float(place)
        ratio = np.where(flat, t, -np.expm1(-t * root) / divisor)
        inner = 0.0 * y
        for i in range(m + 1):
            inner = inner + comb(m, i) * _falling(y, k + 1, i) * (t * root) ** (m - i)
        total = total + float(weight) * ratio**k * np.exp(t * root * y) * inner
    return total * np.where(flat, 1.0, root / divisor)


def _far(k: int, m: int, x: Any, root: Any, y: Any, power: Callable[[Any], Any]) -> Any:
    """Solve x·f⁽ʲ⁾ + j·f⁽ʲ⁻¹⁾ = (qʸ − 1)⁽ʲ⁾, from j = 0 on."""
    small = np.where(y == 0, 0.0, y * root)
    value = power(y) * root**m / x if m else np.where(np.abs(small) < 1, np.expm1(small), power(y) - 1) / x
    for j in range(1, k + 1):
        raised = 0.0 * y
        for i in range(m + 1):
            raised = raised + comb(m, i) * _falling(y, j, i) * root ** (m - i)
        value = (raised * power(y - j) - j * value) / x
    return value


def _both(k: int, m: int, x: Any, root: Any, y: Any, power: Callable[[Any], Any]) -> Any:
    if k == m == 0:
        return np.where(x == 0, y, _far(k, m, np.where(x == 0, 1.0, x), root, y, power))
    near = (np.abs(root) < NEAR) & (np.abs(root * y) < NEAR)
    inside = _near(k, m, np.where(near, x, 1.0), np.where(near, root, 0.5), np.where(near, y, 1.0))
    return np.where(near, inside, _far(k, m, np.where(near, 1.0, x), root, y, power))


def _geometric_series(k: int, m: int, q: Any, y: Any) -> Any:
    return _both(k, m, q - 1, np.log(q), y, lambda exponent: np.power(q, exponent))


def _annuity(k: int, m: int, x: Any, y: Any) -> Any:
    root = np.log1p(x)
    base = 1 + x
    return _both(
        k, m, x, root, y, lambda e: np.where(base > 0, np.exp(e * root), np.power(np.where(base > 0, 1.0, base), e))
    )


def _exactly_from_ratio(k: int, m: int, q: Any, y: Any) -> Any:
    """Give q − 1 all the digits that the small q needs."""
    if q == 0 or not mpmath.isfinite(q):
        return _exactly(k, m, q - 1, y)
    with mpmath.workprec(2 * mpmath.mp.prec + 2 * abs(mpmath.mag(q))):
        value = _exactly(k, m, q - 1, y)
    return +value


def _exactly(k: int, m: int, x: Any, y: Any) -> Any:
    """Use the same rule with digits for what cancels; at x = 0 the limit."""
    power: Any = OPS["power"].mpmath
    if not (mpmath.isfinite(x) and mpmath.isfinite(y)):
        return (power(1 + x, y) - 1) / x if k == m == 0 and x != 0 else mpmath.nan
    lost = max(0, -mpmath.mag(x)) if x else 0
    size = abs(mpmath.mag(y)) if y else 0
    with mpmath.workprec(mpmath.mp.prec + 60 + (k + 2) * (lost + 20) + 2 * size):
        if x == 0:
            return +(_mp_falling(y, k + 1, m) / (k + 1))
        base = 1 + x
        root = mpmath.log(base) if base > 0 else mpmath.nan if base < 0 or m == 0 else -mpmath.inf
        raised = [_mp_raised(base, root, y, j, m) for j in range(k + 1)]
        value = (raised[0] - (m == 0)) / x
        for j in range(1, k + 1):
            value = (raised[j] - j * value) / x
    return +value


def _mp_raised(base: Any, root: Any, y: Any, j: int, m: int) -> Any:
    """Give the derivatives of q^y: j times with respect to q, m times with respect to y."""
    power: Any = OPS["power"].mpmath
    if m == 0:
        return _mp_falling(y, j, 0) * power(base, y - j)
    if base == 0 and y > j:
        return mpmath.mpf(0)
    return sum(comb(m, i) * _mp_falling(y, j, i) * root ** (m - i) for i in range(m + 1)) * power(base, y - j)


def _mp_falling(y: Any, k: int, i: int) -> Any:
    coefficients = [mpmath.mpf(1)]  # highest power first
    for root in range(k):
        shifted = [*coefficients, mpmath.mpf(0)]
        coefficients = [c - (root * coefficients[j - 1] if j else 0) for j, c in enumerate(shifted)]
    for _ in range(i):
        top = len(coefficients) - 1
        coefficients = [c * (top - j) for j, c in enumerate(coefficients[:-1])]
    return mpmath.polyval(coefficients, y) if coefficients else mpmath.mpf(0)


def _builder(name: str) -> Builder:
    def build(x: Any, y: Any, k: int = 0, m: int = 0) -> Node:
        base = lift(x)
        return make(OPS[name], (base, lift(y, base)), (int(k), int(m)))

    show_as(build, name, OPS[name].doc if name in OPS else name)
    return build


def _enter(name: str, doc: str, kernel: Kernel, mp: Kernel, one: float, known: tuple[Known, ...]) -> Builder:
    """Register one of the two; ``one`` is the argument that stands for q = 1."""
    build = _builder(name)
    middle, aside = (one - 0.5, one + 2.0), (one - 1e-6, one + 1e-6)
    return elementwise(
        name,
        FAMILY,
        f"{doc}, or its derivative: k times with respect to the first argument, m times to y.",
        in_doubles(kernel, 2),
        mp,
        (lambda k, m, x, y, z: build(x, y, k + 1, m), lambda k, m, x, y, z: build(x, y, k, m + 1)),
        (middle, (-2, 3)),
        attributes=("k", "m"),
        notation=named(name),
        examples=(
            Example(((), ()), (0, 0), (middle, (-2, 3))),
            Example(((2, 3), (3,)), (0, 0), (aside, (-40, 40))),
            Example(((), ()), (1, 1), (middle, (-2, 3))),
        ),
        known=known,
        lowering=traced(kernel),
        function=build,
    )


geometric_series: Builder = _enter(
    "geometric_series",
    "(x^y − 1)/(x − 1), and y at x = 1: the sum of y terms 1 + x + x² + …",
    _geometric_series,
    _exactly_from_ratio,
    1.0,
    (
        Known((0, 0, 1.0, 5.0), 5.0, (10.0, 1.0)),
        Known((0, 0, 2.0, 10.0), 1023.0),
        Known((0, 0, 0.0, 3.0), 1.0),
        Known((0, 0, -2.0, 3.0), 3.0),
        Known((0, 0, 1e-300, 1e-30), 300e-30 * float(np.log(10))),
        Known((0, 0, NAN, 1.0), NAN),
    ),
)
annuity: Builder = _enter(
    "annuity",
    "((1 + x)^y − 1)/x, and y at x = 0: what y payments of 1 grow to at the rate x",
    _annuity,
    _exactly,
    0.0,
    (
        Known((0, 0, 0.0, 5.0), 5.0, (10.0, 1.0)),
        Known((0, 0, 1.0, 10.0), 1023.0),
        Known((0, 0, -1.0, 3.0), 1.0),
        Known((0, 0, -3.0, 3.0), 3.0),
        Known((0, 0, NAN, 1.0), NAN),
    ),
)
