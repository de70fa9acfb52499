"""Machine code of special functions for which SciPy has a loop but no scalar C function."""

from __future__ import annotations

from typing import Any

from ...core.lazy import Library
from ..lowerings import NAN

special = Library("scipy.special")


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


def lambertw(branch: float) -> Any:
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
