"""Bessel functions of real order; differentiable with respect to x, by recurrence (DLMF 10.6.1, 10.29.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.node import Node, lift
from ...core.operator import Builder, Known, Notation
from ..arithmetic import number
from ..elementwise import elementwise
from ..functions.elementary import INF, NAN
from ..piecewise import sign
from . import special_lowerings
from .bessel_digits import bessel_k, bessel_y

special = Library("scipy.special")

FAMILY = "Bessel functions"
Pair = Callable[[Node, Node], Node]


def _neighbours(v: Node) -> tuple[Node, Node]:
    """Give the orders v − 1 and v + 1: constants where that is exact, for more digits may be asked for later."""
    return v - 1, v + 1


# SciPy computes these with Amos' library, which claims fourteen digits (Amos 1986, ACM TOMS algorithm 644).
AMOS_ULPS = 64.0


def _ordered(
    name: str,
    title: str,
    numpy: Callable[..., Any],
    mp: Callable[..., Any],
    latex: str,
    below: int,
    above: int,
    source: str,
    known: Sequence[Known],
    aliases: Sequence[str] = (),
    extra: Callable[[Node, Node], Node] | None = None,
    low: float = 0.3,
) -> Builder:
    """Declare a function f(v, x) with 2f' = below·f(v − 1, x) + above·f(v + 1, x) + 2·extra(x, f)."""

    def partial(v: Node, x: Node, y: Node) -> Node:
        before, after = _neighbours(v)
        if number(v) == 0 and extra is None:
            return build(after, x) if above > 0 else -build(after, x)
        total = build(before, x) + build(after, x) if below == above else build(before, x) - build(after, x)
        half = -total / 2 if below < 0 else total / 2
        return half if extra is None else half + extra(x, y)

    build: Builder = elementwise(
        name,
        FAMILY,
        f"{title}. There is no derivative with respect to the order.",
        numpy,
        mp,
        (None, partial),
        ((0, 3), (low, 8)),
        notation=Notation(name, latex, name),
        known=known,
        aliases=aliases,
        source=source,
        lowering=special_lowerings.bessel_i(name, None) if name == "iv" else f"special:{name}",
        ulps=AMOS_ULPS,
    )
    return build


def _on_positive(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of mpmath that is complex or has a pole at x ≤ 0 leave those places to SciPy's limits."""

    def real(v: Any, x: Any) -> Any:
        if mpmath.isnan(v) or mpmath.isnan(x) or x < 0:
            return mpmath.nan
        if x == 0 or x == mpmath.inf:
            raise ValueError("a limit")
        return function(v, x)

    return real


def _mp_jv(v: Any, x: Any) -> Any:
    if mpmath.isinf(x):
        raise ValueError("SciPy's value is nan here")
    if v < 0 and v == mpmath.floor(v):
        return (-1) ** int(v) * mpmath.besselj(-v, x)
    return mpmath.besselj(v, x)


def _mp_iv(v: Any, x: Any) -> Any:
    order = abs(v) if v == mpmath.floor(v) else v
    if mpmath.isinf(x):
        return x if x > 0 or order % 2 == 1 else -x if order % 2 == 0 else mpmath.nan
    return mpmath.besseli(order, x)


def _growing(numpy: Callable[..., Any], order: int | None = None) -> Callable[..., Any]:
    """Let SciPy's I of a real or of a fixed order be infinite at ±∞, where it is nan."""

    def real(*args: Any) -> Any:
        value, x = numpy(*args), args[-1]
        v = args[0] if order is None else order
        limit = np.inf * np.power(np.sign(x), v, dtype=value.dtype)
        return np.where(np.isinf(x) & ~np.isnan(v), limit, value).astype(value.dtype)[()]

    return real


def _mp_ive(v: Any, x: Any) -> Any:
    if mpmath.isinf(x):
        raise ValueError("SciPy's value is nan here")
    return _mp_iv(v, x) * mpmath.exp(-abs(x))


def _mp_kve(v: Any, x: Any) -> Any:
    return bessel_k(v, x) * mpmath.exp(x)


jv = _ordered(
    "jv",
    "Bessel function of the first kind J_v(x)",
    special.later("jv"),
    _mp_jv,
    "J",
    1,
    -1,
    "DLMF 10.2.2, 10.6.1",
    (Known((0.0, 0.0), 1.0), Known((1.0, 0.0), 0.0), Known((0.5, -1.0), NAN), Known((0.0, NAN), NAN)),
    ("bessel_j",),
)
yv = _ordered(
    "yv",
    "Bessel function of the second kind Y_v(x); nan for x < 0",
    special.later("yv"),
    _on_positive(bessel_y),
    "Y",
    1,
    -1,
    "DLMF 10.2.3, 10.6.1",
    (Known((0.0, 0.0), -INF), Known((0.0, -1.0), NAN), Known((0.0, NAN), NAN)),
    ("bessel_y",),
)
iv = _ordered(
    "iv",
    "Modified Bessel function of the first kind I_v(x)",
    _growing(special.later("iv")),
    _mp_iv,
    "I",
    1,
    1,
    "DLMF 10.25.2, 10.29.1",
    (Known((0.0, 0.0), 1.0), Known((1.0, 0.0), 0.0), Known((0.0, INF), INF), Known((0.5, -1.0), NAN)),
    ("bessel_i",),
)
kv = _ordered(
    "kv",
    "Modified Bessel function of the second kind K_v(x); nan for x < 0",
    special.later("kv"),
    _on_positive(bessel_k),
    "K",
    -1,
    -1,
    "DLMF 10.27.4, 10.29.1",
    (Known((0.0, 0.0), INF), Known((0.0, INF), 0.0), Known((0.0, -1.0), NAN), Known((0.0, NAN), NAN)),
    ("bessel_k",),
)
ive = _ordered(
    "ive",
    "Scaled modified Bessel function e^{−|x|}·I_v(x), which does not overflow",
    special.later("ive"),
    _mp_ive,
    r"\tilde I",
    1,
    1,
    "DLMF 10.29.1",
    (Known((0.0, 0.0), 1.0), Known((1.0, 0.0), 0.0), Known((0.5, -1.0), NAN)),
    (),
    lambda x, y: -sign(x) * y,
)
kve = _ordered(
    "kve",
    "Scaled modified Bessel function e^x·K_v(x), which does not underflow",
    special.later("kve"),
    _on_positive(_mp_kve),
    r"\tilde K",
    -1,
    -1,
    "DLMF 10.29.1",
    (Known((0.0, 0.0), INF), Known((0.0, -1.0), NAN), Known((0.0, NAN), NAN)),
    (),
    lambda x, y: y,
)


# --- orders 0 and 1, which SciPy computes faster and to the last digit ------------------------------------


def _pair(
    letter: str,
    title: str,
    mp: Callable[..., Any],
    general: Builder,
    zero_slope: int,
    one_slope: tuple[int, int],
    known: tuple[Sequence[Known], Sequence[Known]],
    domain: tuple[float, float] = (0.3, 8),
) -> tuple[Builder, Builder]:
    """Declare f₀ and f₁ with f₀' = zero_slope·f₁ and 2f₁' = a·f₀ + b·f₂, (a, b) = one_slope."""

    def slope_zero(x: Node, y: Node) -> Node:
        return one(x) if zero_slope > 0 else -one(x)

    def slope_one(x: Node, y: Node) -> Node:
        second = general(lift(2.0, x), x)
        total = zero(x) + second if one_slope[0] == one_slope[1] else zero(x) - second
        return -total / 2 if one_slope[0] < 0 else total / 2

    def declare(order: int, slope: Callable[[Node, Node], Node]) -> Builder:
        def many_digits(x: Any) -> Any:
            return mp(order, x)

        name = f"{letter}{order}"
        return elementwise(
            name,
            FAMILY,
            f"{title} of order {order}.",
            _growing(special.later(name), order) if letter == "i" else special.later(name),
            many_digits,
            (slope,),
            (domain,),
            notation=Notation(name, f"{letter.upper()}_{order}", f"{letter.upper()}{'₀₁'[order]}"),
            traits=("even",) if order == 0 and letter in "ji" else ("odd",) if letter in "ji" else (),
            known=known[order],
            source="DLMF 10.6.1, 10.29.1",
            lowering=special_lowerings.bessel_i(name, order) if letter == "i" else f"special:{name}",
        )

    zero, one = declare(0, slope_zero), declare(1, slope_one)
    return zero, one


_NOT_A_NUMBER = Known((NAN,), NAN, (NAN,))
_POLE_BELOW = (Known((0.0,), -INF), Known((-1.0,), NAN, (NAN,)), _NOT_A_NUMBER)
_POLE_ABOVE = (Known((0.0,), INF), Known((INF,), 0.0, (-0.0,)), Known((-1.0,), NAN, (NAN,)), _NOT_A_NUMBER)

j0, j1 = _pair(
    "j",
    "Bessel function of the first kind",
    _mp_jv,
    jv,
    -1,
    (1, -1),
    ((Known((0.0,), 1.0, (-0.0,)), _NOT_A_NUMBER), (Known((0.0,), 0.0, (0.5,)), _NOT_A_NUMBER)),
    (-8, 8),
)
y0, y1 = _pair(
    "y",
    "Bessel function of the second kind",
    _on_positive(bessel_y),
    yv,
    -1,
    (1, -1),
    (_POLE_BELOW, _POLE_BELOW),
)
i0, i1 = _pair(
    "i",
    "Modified Bessel function of the first kind",
    _mp_iv,
    iv,
    1,
    (1, 1),
    (
        (Known((0.0,), 1.0, (0.0,)), Known((INF,), INF, (INF,)), _NOT_A_NUMBER),
        (Known((0.0,), 0.0, (0.5,)), Known((INF,), INF, (INF,)), _NOT_A_NUMBER),
    ),
    (-8, 8),
)
k0, k1 = _pair(
    "k",
    "Modified Bessel function of the second kind",
    _on_positive(bessel_k),
    kv,
    -1,
    (-1, -1),
    (_POLE_ABOVE, _POLE_ABOVE),
)
