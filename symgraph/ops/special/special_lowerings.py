"""Machine code of special functions: SciPy's, mended where the record's NumPy function mends them.

Some have a scalar C function, others only a loop over arrays, which is then called for the lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...core.lazy import Library
from ..lowerings import INF, NAN, Rule, isinf, sign

special = Library("scipy.special")


def erfinv(lanes: Any, node: Any, x: str) -> str:
    """SciPy's function with the sign of x, also at zeros."""
    return str(lanes.intrinsic("copysign", [lanes.function("special:erfinv", [x]), x]))


def rgamma(lanes: Any, node: Any, x: str) -> str:
    """SciPy's function, nan at −∞."""
    value = lanes.function("special:rgamma", [x])
    return str(lanes.select(lanes.compare("oeq", x, lanes.number(-INF)), lanes.number(NAN), value))


def bessel_i(name: str, order: int | None) -> Rule:
    """Give the lowering of a modified Bessel function of the first kind: ±∞ at ±∞."""

    def rule(lanes: Any, node: Any, *operands: str) -> str:
        x = operands[-1]
        value = lanes.function(f"special:{name}", operands)
        infinite = isinf(lanes, node, x)
        limit = lanes.number(INF) if order == 0 else x
        if order is None:
            v = operands[0]
            signs = lanes.function("pow", [sign(lanes, node, x), v])
            limit = lanes.binary("fmul", lanes.number(INF), signs)
            infinite = lanes.binary("and", infinite, lanes.compare("ord", v, v), "i1")
        return str(lanes.select(infinite, limit, value))

    return rule


def gammaln_near(coefficients: Callable[[], Sequence[float]], width: float) -> Rule:
    """Give the lowering of log|Γ|: Taylor's series at its zeros 1 and 2, SciPy's function elsewhere."""

    def rule(lanes: Any, node: Any, x: str) -> str:
        one, two, zero = lanes.number(1.0), lanes.number(2.0), lanes.number(0.0)
        from_one, from_two = lanes.binary("fsub", x, one), lanes.binary("fsub", x, two)
        near_one, near_two = (
            lanes.compare("olt", lanes.intrinsic("fabs", [each]), lanes.number(width)) for each in (from_one, from_two)
        )
        step = lanes.select(near_one, from_one, lanes.select(near_two, from_two, zero))
        *lower, highest = coefficients()
        series = lanes.number(highest)
        for c in reversed(lower):
            series = lanes.binary("fadd", lanes.number(c), lanes.binary("fmul", series, step))
        at_one = lanes.binary("fsub", series, lanes.function("log1p", [step]))
        value = lanes.select(near_one, at_one, lanes.function("special:gammaln", [x]))
        return str(lanes.select(near_two, series, value))

    return rule


def hyp2f1(lanes: Any, node: Any, a: str, b: str, c: str, x: str) -> str:
    """SciPy's function; nan where an argument is, and where the value is not real."""
    value = lanes.function("special:hyp2f1", [a, b, c, x])
    unreal = lanes.binary("and", lanes.compare("ogt", x, lanes.number(1.0)), isinf(lanes, node, value), "i1")
    for first, second in ((a, b), (c, x)):
        unreal = lanes.binary("or", unreal, lanes.compare("uno", first, second), "i1")
    return str(lanes.select(unreal, lanes.number(NAN), value))


def sine_integral(lanes: Any, node: Any, x: str) -> str:
    """Si(x)."""
    return str(lanes.ufunc("sici", "d->dd", [x])[0])


def cosine_integral(lanes: Any, node: Any, x: str) -> str:
    """Ci(x)."""
    return str(lanes.ufunc("sici", "d->dd", [x])[1])


def zeta(lanes: Any, node: Any, s: str, q: str) -> str:
    """Hurwitz's zeta function."""
    return str(lanes.ufunc("_zeta", "dd->d", [s, q])[0])


def polygamma(lanes: Any, node: Any, x: str) -> str:
    """(−1)^{n+1} n! ζ(n+1, x), as SciPy."""
    n = node.attrs[0]
    if n == 0:
        return str(lanes.function("special:psi", [x]))
    factor = lanes.number(float((-1.0) ** (n + 1) * special.gamma(n + 1.0)))
    return str(lanes.binary("fmul", factor, zeta(lanes, node, lanes.number(n + 1.0), x)))


def lambertw(branch: float) -> Rule:
    """Give the lowering of Lambert's W: SciPy's complex function on the real line, nan left of the branch point."""

    def rule(lanes: Any, node: Any, x: str) -> str:
        value = lanes.ufunc("_lambertw", "Dld->D", [x, 0, lanes.number(1e-8)])[0]
        return str(lanes.select(lanes.compare("olt", x, lanes.number(branch)), lanes.number(NAN), value))

    return rule


def spherical(lanes: Any, node: Any, x: str, name: str) -> str:
    """A spherical Bessel function: SciPy's loop of this name, xⁿ/(2n + 1)!! near 0."""
    n = node.attrs[0]
    power = lanes.number(1.0) if n == 0 else x if n == 1 else lanes.function("pow", [x, lanes.number(float(n))])
    leading = lanes.binary("fdiv", power, lanes.number(float(special.factorial2(2 * n + 1))))
    size = lanes.intrinsic("fabs", [x])
    value = lanes.ufunc(name, "ld->d", [n, size])[0]
    if n % 2:  # the loops are for positive arguments
        value = lanes.select(lanes.compare("olt", x, lanes.number(0.0)), lanes.unary("fneg", value), value)
    return str(lanes.select(lanes.compare("olt", size, lanes.number(1e-8)), leading, value))
