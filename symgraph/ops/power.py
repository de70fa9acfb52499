"""Powers, and their derivatives with respect to the exponent."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from ..core.dtype import is_float
from ..core.node import Node, constant, lift, make, method
from ..core.operator import FUNCTIONS, OPS, Attributes, Builder, Example, Known, Notation, Proved
from .arithmetic import FAMILY, INF, NAN, is_exact, number
from .chaining import guard
from .elementwise import elementwise, infer_number
from .power_lowering import power_lowering


def _canonical_power(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    x, y = args
    exponent = number(y)
    if exponent is None or not is_float(x.dtype):
        return None
    if exponent == 1:
        return x
    if exponent == 0 and x.shape == ():
        return constant(1.0, dtype=x.dtype)
    if "even root" in x.op.traits and exponent % 2 == 0:
        return make(POWER, (x.args[0], y))
    if x.op.even_power is not None and exponent % 2 == 0:
        return x.op.even_power(x, exponent)
    base = number(x)
    if base is not None and abs(exponent) <= 64 and exponent == int(exponent) and np.isfinite(base) and base:
        exact = Fraction(base) ** int(exponent)
        try:
            result = float(exact)
        except OverflowError:
            return None
        return constant(result) if is_exact(result, exact) else None
    return None


def _power_base(x: Node, y: Node, z: Node) -> Node | float | Proved:
    exponent = number(y)
    if exponent is None:
        not_zero = FUNCTIONS["not_equal"]
        taken = FUNCTIONS["logical_or"](not_zero(y, 0), not_zero(x, 0))  # 0·0⁻¹ is 0; 0·x⁻¹ has a slope of 1/x
        return guard(taken, y, power(x, y - 1))
    return y * power(x, y - 1) if exponent else 0.0


def mp_power(x: Any, y: Any) -> Any:
    """x^y in many digits, at infinities as IEEE's ``pow``."""
    if y == 0 or x == 1:
        return mpmath.mpf(1)
    if mpmath.isinf(y) and not mpmath.isnan(x):  # as IEEE's pow, here and below
        if abs(x) == 1:
            return mpmath.mpf(1)
        return mpmath.inf if (abs(x) > 1) == (y > 0) else mpmath.mpf(0)
    if x == -mpmath.inf and y > mpmath.floor(y):
        return mpmath.inf if y > 0 else mpmath.mpf(0)
    return mpmath.power(x, y)


def power_numpy(x: Any, y: Any) -> Any:
    """IEEE's pow; for a single exponent ½ NumPy takes the square root, which differs at −∞ and −0."""
    value = np.power(x, y)
    if np.ndim(y) == 0 and y == 0.5:
        return np.where(np.isneginf(x), np.inf, value + 0.0).astype(value.dtype)[()]
    return value


power = elementwise(
    "power",
    FAMILY,
    "x raised to the power y, real: nan for a negative base with an exponent that is not an integer.\n\n"
    "0^0 = 1. The derivative with respect to y at x = 0, y > 0 is 0.",
    power_numpy,
    mp_power,
    (_power_base, lambda x, y, z: power_log(x, y, 1)),
    ((0.3, 3), (-2, 3)),
    notation=Notation("^", "^", "^", "infix", 70),
    infer=infer_number,
    canonical=_canonical_power,
    traits=("keeps positive",),
    lowering=power_lowering,
    aliases=("pow",),
    known=(
        Known((0.0, 0.0), 1.0),
        Known((NAN, 0.0), 1.0),
        Known((0.0, 2.0), 0.0, (0.0, 0.0)),
        Known((-2.0, 3.0), -8.0),
        Known((-1.0, 0.5), NAN),
        Known((-INF, 0.5), INF),
        Known((-0.0, 0.5), 0.0),
        Known((0.0, -1.0), INF),
    ),
)
POWER = OPS["power"]


def _power_log_numpy(k: int, x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        value = np.power(x, y) * np.log(x) ** k
    return np.where((np.asarray(x) == 0) & (np.asarray(y) > 0), 0.0, value)[()]


def _power_log_mpmath(k: int, x: Any, y: Any) -> Any:
    if x == 0 and y > 0:
        return mpmath.mpf(0)
    return mp_power(x, y) * mpmath.log(x) ** k


def _build_power_log(x: Any, y: Any, k: int) -> Node:
    base = lift(x)
    return make(OPS["power_log"], (base, lift(y, base)), (int(k),))


def _power_log_lowering(lanes: Any, node: Node, x: str, y: str) -> str:
    zero = lanes.number(0.0)
    product = lanes.function("pow", [x, y])
    logarithm = lanes.function("log", [x])
    for _ in range(node.attrs[0]):
        product = lanes.binary("fmul", product, logarithm)
    at_zero = lanes.binary("and", lanes.binary("fcmp oeq", x, zero), lanes.binary("fcmp ogt", y, zero), "i1")
    return str(lanes.select(at_zero, zero, product))


power_log: Builder = elementwise(
    "power_log",
    FAMILY,
    "x^y·log(x)^k, the k-th derivative of x^y with respect to y; 0 at x = 0 for y > 0.",
    _power_log_numpy,
    _power_log_mpmath,
    (
        lambda k, x, y, z: y * _power_log_or_power(x, y - 1, k) + k * _power_log_or_power(x, y - 1, k - 1),
        lambda k, x, y, z: power_log(x, y, k + 1),
    ),
    ((0.3, 3), (-2, 3)),
    lowering=_power_log_lowering,
    attributes=("k",),
    examples=(
        Example(((), ()), (1,), ((0.3, 3), (-2, 3))),
        Example(((2, 3), (3,)), (2,), ((0.3, 3), (-2, 3))),
    ),
    function=_build_power_log,
)


def _power_log_or_power(x: Node, y: Node, k: int) -> Node:
    return power_log(x, y, k) if k else power(x, y)


method("__pow__", power, "__rpow__")
