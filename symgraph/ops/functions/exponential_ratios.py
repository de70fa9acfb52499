"""Quotients of exponentials with a gap at 0, (eˣ − 1)/x, x/(eˣ − 1) and y/(eˣ − 1), with all their derivatives."""

from __future__ import annotations

from math import factorial
from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.operator import Builder, Known
from ..elementwise import NEAR_ZERO, elementwise, tried_in
from ..kernel_lowering import traced
from ..special.orders import in_double, in_doubles, ordered
from ..stable import difference_lowerings as lowerings
from .elementary import INF, NAN, named

special = Library("scipy.special")

FAMILY = "exponential ratios"
TERMS = 100
FAR = 2000.0


def exprel_kernel(n: int, x: Any) -> Any:
    """Give ∫₀¹ tⁿ·e^{xt} dt, the n-th derivative; each branch adds numbers of one sign, or nearly so."""
    near = np.where((x > -1) & (x <= n + 12), x, 0.0)
    right = np.where(x > n + 12, x, n + 13.0)
    left = np.where(x <= -1, -x, 1.0)
    series = np.zeros_like(x)
    for k in range(TERMS, -1, -1):
        series = series * near / (k + 1) + 1 / (n + k + 1)
    scaled = -np.expm1(-right) / right
    for k in range(1, n + 1):
        scaled = (1 - k * scaled) / right
    with np.errstate(all="ignore"):
        above = np.where(x == INF, INF, np.exp(right) * scaled)
        below = factorial(n) * special.gammainc(n + 1, left) / left ** (n + 1)
    return np.where(np.isnan(x), x, np.where(x > n + 12, above, np.where(x <= -1, below, series)))


def mp_exprel(n: int, x: Any) -> Any:
    """Give the n-th derivative of (eˣ − 1)/x in many digits."""
    if not mpmath.isfinite(x):
        return mpmath.nan if mpmath.isnan(x) else mpmath.inf if x > 0 else mpmath.mpf(0)
    return mpmath.hyp1f1(n + 1, n + 2, x) / (n + 1)


exprel: Builder = elementwise(
    "exprel",
    FAMILY,
    "(eˣ − 1)/x, and 1 at x = 0, or its n-th derivative ∫₀¹ tⁿ·e^{xt} dt.",
    in_double(exprel_kernel),
    mp_exprel,
    (lambda n, x, y: exprel(n + 1, x),),
    ((-3, 3),),
    attributes=("n",),
    notation=named("exprel"),
    traits=("increasing", "positive"),
    examples=tried_in((-3, 3), (-30, 30), NEAR_ZERO, (0, 1, 2)),
    known=(
        Known((0, 0.0), 1.0, (0.5,)),
        Known((1, 0.0), 0.5),
        Known((0, -INF), 0.0, (0.0,)),
        Known((0, INF), INF),
        Known((0, NAN), NAN, (NAN,)),
    ),
    source="DLMF 13.4.1 with a = n + 1, b = n + 2",
    lowering=traced(exprel_kernel),
    function=ordered("exprel", "(eˣ − 1)/x or its n-th derivative: exprel(0, x), exprel(x, n=1)."),
)


def _bernoulli_series(n: int, x: Any) -> Any:
    """Sum Bₖ/k!·xᵏ⁻ⁿ·k!/(k−n)!, with Bₖ = ±2·k!·ζ(k)/(2π)ᵏ for even k (DLMF 25.6.2); |x| < 2π."""
    total = np.zeros_like(x)
    for k in range(80, n - 1, -1):
        coefficient = 1.0 if k == 0 else -0.5 if k == 1 else 0.0
        if k > 1 and k % 2 == 0:
            coefficient = (-1) ** (k // 2 + 1) * 2 * float(special.zeta(k)) / (2 * np.pi) ** k
        total = total * x + coefficient * float(special.perm(k, n))
    return total


def _planck_sum(n: int, x: Any) -> Any:
    """Give Σ dⁿ/dxⁿ (x·e^{−kx}) = Σ (−k)ⁿ⁻¹·(n − kx)·e^{−kx}, the n-th derivative of x/(eˣ − 1) for x ≥ 2."""
    total = np.zeros_like(x)
    for k in range(40, 0, -1):
        total = total + (-float(k)) ** (n - 1) * (n - k * x) * np.exp(-k * x)
    return total


def _bernoulli_ratio(n: int, x: Any) -> Any:
    """B(−x) = x + B(x) leads to positive arguments; from ``FAR`` on, nothing is left of B."""
    size = np.abs(x)
    far = np.where(size > FAR, 0.0, _planck_sum(n, np.where((size <= FAR) & (size >= 2), size, 2.0)))
    if n % 2:
        far = np.where(x < 0, -far, far)
    if n < 2:
        far = np.where(x < 0, far - x if n == 0 else far - 1, far)
    return np.where(np.isnan(x), x, np.where(size >= 2, far, _bernoulli_series(n, np.where(size < 2, x, 0.0))))


def _mp_bernoulli_ratio(n: int, x: Any) -> Any:
    if not mpmath.isfinite(x):
        return mpmath.nan if mpmath.isnan(x) else _mp_bernoulli_limit(n, x)
    if abs(x) < 1:
        terms = range(n, n + 2 * mpmath.mp.dps + 20)
        return mpmath.fsum(mpmath.bernoulli(k) * x ** (k - n) / mpmath.factorial(k - n) for k in terms)
    with mpmath.workdps(2 * mpmath.mp.dps + 10 * n + 20):
        size = abs(x)
        count = int(mpmath.mp.prec * 0.7 / size) + 10 + 4 * n
        far = mpmath.fsum((-mpmath.mpf(k)) ** (n - 1) * (n - k * size) * mpmath.exp(-k * size) for k in range(1, count))
        far = far if x > 0 or n % 2 == 0 else -far
    return +(far - (x if n == 0 else 1 if n == 1 else 0) if x < 0 else far)


def _mp_bernoulli_limit(n: int, x: Any) -> Any:
    return mpmath.mpf(0) if x > 0 or n > 1 else mpmath.inf if n == 0 else mpmath.mpf(-1)


bernoulli_ratio: Builder = elementwise(
    "bernoulli_ratio",
    FAMILY,
    "x/(eˣ − 1), and 1 at x = 0, or its n-th derivative; the generating function of the Bernoulli numbers.",
    in_double(_bernoulli_ratio),
    _mp_bernoulli_ratio,
    (lambda n, x, y: bernoulli_ratio(n + 1, x),),
    ((-6, 6),),
    attributes=("n",),
    notation=named("bernoulli_ratio"),
    examples=tried_in((-6, 6), (-30, 30), NEAR_ZERO, (0, 1, 2)),
    known=(
        Known((0, 0.0), 1.0, (-0.5,)),
        Known((2, 0.0), 1 / 6),
        Known((0, INF), 0.0, (0.0,)),
        Known((0, -INF), INF, (-1.0,)),
        Known((0, 1.7e308), 0.0, (0.0,)),
        Known((0, -1e308), 1e308, (-1.0,)),
        Known((0, NAN), NAN, (NAN,)),
    ),
    source="DLMF 24.2.1",
    lowering=traced(_bernoulli_ratio),
    function=ordered("bernoulli_ratio", "x/(eˣ − 1) or its n-th derivative: bernoulli_ratio(0, x)."),
)


def _bose(x: Any) -> Any:
    x = np.asarray(x, dtype=np.result_type(x, np.float32))
    with np.errstate(all="ignore"):
        return np.where(x > 1, np.exp(-x) / -np.expm1(-x), 1 / np.expm1(x))[()]


def _mp_bose(x: Any) -> Any:
    if mpmath.isnan(x) or x == 0:
        return mpmath.inf if x == 0 else mpmath.nan
    return mpmath.exp(-x) / -mpmath.expm1(-x) if x > 0 else 1 / mpmath.expm1(x)


bose: Builder = elementwise(
    "bose",
    FAMILY,
    "Occupation 1/(eˣ − 1) of the Bose–Einstein distribution.\n\n"
    "Its derivative is written b(x)·b(−x), which neither overflows nor cancels.",
    _bose,
    _mp_bose,
    (lambda x, y: y * bose(-x),),
    ((0.2, 4),),
    traits=("decreasing",),
    known=(
        Known((INF,), 0.0, (-0.0,)),
        Known((-INF,), -1.0),
        Known((800.0,), 0.0, (-0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=lowerings.bose,
)


def _bose_product(x: Any, y: Any) -> Any:
    """From 700 on, e⁻ˣ in two steps: e^{−x/2} is in the range for longer."""
    half = np.exp(-0.5 * x)
    return np.where(x > 700, y * half * half, y / np.expm1(x))


bose_product: Builder = elementwise(
    "bose_product",
    FAMILY,
    "y/(eˣ − 1), a number y of states with their occupation: Planck's law for y = x³.",
    in_doubles(_bose_product),
    lambda x, y: y * _mp_bose(x) if x != 0 or y != 0 else mpmath.nan,
    (lambda x, y, z: z * bose(-x), lambda x, y, z: bose(x)),
    ((0.2, 4), (-3, 3)),
    known=(
        Known((1e-310, 1e-310), 1.0),
        Known((5e-324, 0.0), 0.0),
        Known((800.0, 1e300), 3.667874584177687e-48, (-3.667874584177687e-48, None)),
        Known((0.0, 0.0), NAN),
        Known((INF, 1.0), 0.0, (-0.0, 0.0)),
        Known((-INF, 1.0), -1.0),
        Known((1.0, NAN), NAN),
    ),
    source="M. Planck, Annalen der Physik 309 (1901)",
    lowering=traced(_bose_product),
)
