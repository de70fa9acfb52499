"""Machine code of elementwise operators, as the records' ``lowering`` needs it.

Each function writes the instructions for one operator: ``lanes`` is the writer (one number or several at once),
``node`` the node, and the rest are the operands as the text that names them, all of them doubles. They follow
the formula of the operator's NumPy function, so that nan, infinities and signed zeros come out the same.
Names beginning with ``special:`` mean SciPy's Cython interface, others the C mathematical library.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Rule = Callable[..., str]
INF = float("inf")
NAN = float("nan")


def intrinsic(name: str) -> Rule:
    """Give the lowering of an operator that is one LLVM intrinsic, such as ``sqrt``."""
    return lambda lanes, node, *operands: str(lanes.intrinsic(name, operands))


def comparison(predicate: str) -> Rule:
    """Give the lowering of a comparison, by LLVM's name of the predicate."""
    return lambda lanes, node, x, y: str(lanes.compare(predicate, x, y))


def logical(instruction: str) -> Rule:
    """Give the lowering of a connective of truth values."""
    return lambda lanes, node, x, y: str(lanes.binary(instruction, lanes.truth(x), lanes.truth(y), "i1"))


def logical_not(lanes: Any, node: Any, x: str) -> str:
    """¬x."""
    return str(lanes.invert(lanes.truth(x)))


def isfinite(lanes: Any, node: Any, x: str) -> str:
    """|x| < ∞."""
    return str(lanes.compare("olt", lanes.intrinsic("fabs", [x]), lanes.number(INF)))


def isinf(lanes: Any, node: Any, x: str) -> str:
    """|x| = ∞."""
    return str(lanes.compare("oeq", lanes.intrinsic("fabs", [x]), lanes.number(INF)))


def isnan(lanes: Any, node: Any, x: str) -> str:
    """X is not a number."""
    return str(lanes.compare("uno", x, x))


def signbit(lanes: Any, node: Any, x: str) -> str:
    """The sign bit, also of zeros and nan: the sign of a one that copies it."""
    return str(lanes.compare("olt", lanes.intrinsic("copysign", [lanes.number(1.0), x]), lanes.number(0.0)))


def where(lanes: Any, node: Any, condition: str, x: str, y: str) -> str:
    """Choose."""
    return str(lanes.select(lanes.truth(condition), x, y))


def identity(lanes: Any, node: Any, x: str) -> str:
    """X itself."""
    return x


def _zero_at(lanes: Any, x: str, y: str, value: str) -> str:
    """Zero where x is zero and y is a number."""
    zero = lanes.number(0.0)
    quiet = lanes.binary("and", lanes.compare("oeq", x, zero), lanes.compare("ord", y, y), "i1")
    return str(lanes.select(quiet, zero, value))


def xdivy(lanes: Any, node: Any, x: str, y: str) -> str:
    """x/y, zero at x = 0."""
    return _zero_at(lanes, x, y, lanes.binary("fdiv", x, y))


def xlogy(lanes: Any, node: Any, x: str, y: str) -> str:
    """X·log y, zero at x = 0."""
    return _zero_at(lanes, x, y, lanes.binary("fmul", x, lanes.function("log", [y])))


def xlog1py(lanes: Any, node: Any, x: str, y: str) -> str:
    """X·log(1+y), zero at x = 0."""
    return _zero_at(lanes, x, y, lanes.binary("fmul", x, lanes.function("log1p", [y])))


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


def sech(lanes: Any, node: Any, x: str) -> str:
    """2e/(1+e²) for e = exp(−|x|)."""
    small = lanes.function("exp", [lanes.unary("fneg", lanes.intrinsic("fabs", [x]))])
    below = lanes.binary("fadd", lanes.number(1.0), lanes.binary("fmul", small, small))
    return str(lanes.binary("fdiv", lanes.binary("fmul", lanes.number(2.0), small), below))


def gap(lanes: Any, node: Any, x: str, y: str) -> str:
    """X − y, zero where they are equal, also at infinities."""
    return str(lanes.select(lanes.compare("oeq", x, y), lanes.number(0.0), lanes.binary("fsub", x, y)))


def log1mexp(lanes: Any, node: Any, x: str) -> str:
    """log(1 − exp(−x))."""
    minus = lanes.unary("fneg", x)
    far = lanes.function("log1p", [lanes.unary("fneg", lanes.function("exp", [minus]))])
    near = lanes.function("log", [lanes.unary("fneg", lanes.function("expm1", [minus]))])
    return str(lanes.select(lanes.compare("ogt", x, lanes.number(math.log(2.0))), far, near))


def _add_exponentials(lanes: Any, x: str, y: str, exponential: str, factor: float, doubled: float) -> str:
    difference = lanes.binary("fsub", x, y)
    small = lanes.function(exponential, [lanes.unary("fneg", lanes.intrinsic("fabs", [difference]))])
    rest = lanes.function("log1p", [small])
    if factor != 1:
        rest = lanes.binary("fmul", lanes.number(factor), rest)
    larger = lanes.select(lanes.compare("ogt", difference, lanes.number(0.0)), x, y)
    value = lanes.binary("fadd", larger, rest)
    value = lanes.select(lanes.compare("uno", x, y), lanes.binary("fadd", x, y), value)
    return str(lanes.select(lanes.compare("oeq", x, y), lanes.binary("fadd", x, lanes.number(doubled)), value))


def logaddexp(lanes: Any, node: Any, x: str, y: str) -> str:
    """max + log1p(exp(−|x−y|))."""
    return _add_exponentials(lanes, x, y, "exp", 1.0, math.log(2.0))


def logaddexp2(lanes: Any, node: Any, x: str, y: str) -> str:
    """The same to base 2."""
    return _add_exponentials(lanes, x, y, "exp2", 1 / math.log(2.0), 1.0)


def softplus(lanes: Any, node: Any, x: str) -> str:
    """log(1 + exp x)."""
    return logaddexp(lanes, node, x, lanes.number(0.0))


def logcosh(lanes: Any, node: Any, x: str) -> str:
    """log1p(2 sinh²(x/2)) near zero, |x| + log1p(exp(−2|x|)) − log 2 elsewhere."""
    one, two = lanes.number(1.0), lanes.number(2.0)
    size = lanes.intrinsic("fabs", [x])
    inside = lanes.compare("olt", size, one)
    half = lanes.binary("fdiv", lanes.select(inside, size, one), two)
    steep = lanes.function("sinh", [half])
    near = lanes.function("log1p", [lanes.binary("fmul", two, lanes.binary("fmul", steep, steep))])
    tail = lanes.function("log1p", [lanes.function("exp", [lanes.binary("fmul", lanes.number(-2.0), size)])])
    far = lanes.binary("fsub", lanes.binary("fadd", size, tail), lanes.number(math.log(2.0)))
    return str(lanes.select(inside, near, far))


def sigmoid(lanes: Any, node: Any, x: str) -> str:
    """1/(1 + exp(−x))."""
    one = lanes.number(1.0)
    return str(lanes.binary("fdiv", one, lanes.binary("fadd", one, lanes.function("exp", [lanes.unary("fneg", x)]))))


def heaviside(lanes: Any, node: Any, x: str, h: str) -> str:
    """0 below zero, 1 above, h at zero."""
    zero = lanes.number(0.0)
    value = lanes.select(lanes.compare("olt", x, zero), zero, lanes.number(1.0))
    value = lanes.select(lanes.compare("oeq", x, zero), h, value)
    return str(lanes.select(lanes.compare("uno", x, x), x, value))


def jump(lanes: Any, node: Any, x: str) -> str:
    """Nan at zero, 0 elsewhere."""
    zero = lanes.number(0.0)
    return str(lanes.select(lanes.compare("oeq", x, zero), lanes.number(NAN), zero))


def tied(lanes: Any, node: Any, w: str) -> str:
    """0 at 0 and 1, nan elsewhere."""
    zero = lanes.number(0.0)
    whole = lanes.binary("or", lanes.compare("oeq", w, zero), lanes.compare("oeq", w, lanes.number(1.0)), "i1")
    return str(lanes.select(whole, zero, lanes.number(NAN)))


def max_share(lanes: Any, node: Any, x: str, y: str) -> str:
    """1 where x > y, ½ where they are equal, 0 elsewhere."""
    share = lanes.select(lanes.compare("oeq", x, y), lanes.number(0.5), lanes.number(0.0))
    share = lanes.select(lanes.compare("ogt", x, y), lanes.number(1.0), share)
    return str(lanes.select(lanes.compare("uno", x, y), lanes.number(NAN), share))


def _extremum(predicate: str) -> Rule:
    def rule(lanes: Any, node: Any, x: str, y: str) -> str:
        first = lanes.binary("or", lanes.compare(predicate, x, y), lanes.compare("uno", x, x), "i1")
        return str(lanes.select(first, x, y))

    return rule


maximum, minimum = _extremum("ogt"), _extremum("olt")  # at a tie the second, as NumPy


def route(lanes: Any, node: Any, share: str, g: str) -> str:
    """share·g, zero where either is zero."""
    zero = lanes.number(0.0)
    quiet = lanes.binary("or", lanes.compare("oeq", share, zero), lanes.compare("oeq", g, zero), "i1")
    return str(lanes.select(quiet, zero, lanes.binary("fmul", share, g)))


def sign(lanes: Any, node: Any, x: str) -> str:
    """−1, 0 or 1; nan for nan."""
    zero = lanes.number(0.0)
    value = lanes.select(lanes.compare("olt", x, zero), lanes.number(-1.0), zero)
    value = lanes.select(lanes.compare("ogt", x, zero), lanes.number(1.0), value)
    return str(lanes.select(lanes.compare("uno", x, x), x, value))


def _remainder(lanes: Any, x: str, y: str) -> tuple[str, str, str]:
    """fmod's remainder, and where it is neither zero nor of the sign of y."""
    zero = lanes.number(0.0)
    left = lanes.function("fmod", [x, y])
    nonzero = lanes.compare("une", left, zero)
    opposite = lanes.binary("xor", lanes.compare("olt", y, zero), lanes.compare("olt", left, zero), "i1")
    return left, nonzero, lanes.binary("and", nonzero, opposite, "i1")


def remainder(lanes: Any, node: Any, x: str, y: str) -> str:
    """The remainder with the sign of y, as Python's ``%``."""
    left, nonzero, opposite = _remainder(lanes, x, y)
    moved = lanes.select(opposite, lanes.binary("fadd", left, y), left)
    return str(lanes.select(nonzero, moved, lanes.intrinsic("copysign", [lanes.number(0.0), y])))


def floor_divide(lanes: Any, node: Any, x: str, y: str) -> str:
    """The quotient rounded down, consistent with the remainder, as NumPy computes it."""
    zero, one = lanes.number(0.0), lanes.number(1.0)
    left, _, opposite = _remainder(lanes, x, y)
    quotient = lanes.binary("fdiv", lanes.binary("fsub", x, left), y)
    quotient = lanes.select(opposite, lanes.binary("fsub", quotient, one), quotient)
    floor = lanes.intrinsic("floor", [quotient])
    short = lanes.compare("ogt", lanes.binary("fsub", quotient, floor), lanes.number(0.5))
    floor = lanes.select(short, lanes.binary("fadd", floor, one), floor)
    plain = lanes.binary("fdiv", x, y)
    signed = lanes.intrinsic("copysign", [zero, plain])
    value = lanes.select(lanes.compare("oeq", quotient, zero), signed, floor)
    return str(lanes.select(lanes.compare("oeq", y, zero), plain, value))


def round_decimals(lanes: Any, node: Any, x: str) -> str:
    """Round to a number of decimals, by scaling, as NumPy does."""
    decimals = node.attrs[0]
    if decimals == 0:
        return str(lanes.intrinsic("rint", [x]))
    power = lanes.number(10.0 ** abs(decimals))
    there, back = ("fmul", "fdiv") if decimals > 0 else ("fdiv", "fmul")
    return str(lanes.binary(back, lanes.intrinsic("rint", [lanes.binary(there, x, power)]), power))


def times(factor: float) -> Rule:
    """Give the lowering of a multiplication by a constant."""
    return lambda lanes, node, x: str(lanes.binary("fmul", x, lanes.number(factor)))


def hypot_slope(lanes: Any, node: Any, x: str, y: str) -> str:
    """x/√(x²+y²), scaled by the larger of the two; 0 at the origin."""
    zero = lanes.number(0.0)
    scale = maximum(lanes, node, lanes.intrinsic("fabs", [x]), lanes.intrinsic("fabs", [y]))
    first, second = lanes.binary("fdiv", x, scale), lanes.binary("fdiv", y, scale)
    value = lanes.binary("fdiv", first, lanes.function("hypot", [first, second]))
    return str(lanes.select(lanes.compare("oeq", scale, zero), zero, value))


def one_minus_square(lanes: Any, node: Any, x: str) -> str:
    """(1−x)(1+x), nan where negative."""
    one = lanes.number(1.0)
    value = lanes.binary("fmul", lanes.binary("fsub", one, x), lanes.binary("fadd", one, x))
    return str(lanes.select(lanes.compare("olt", value, lanes.number(0.0)), lanes.number(NAN), value))


def triangle(predicate: str) -> Rule:
    """Give the lowering of a triangle of a matrix: x where column − row is at most (or at least) k, else 0."""

    def rule(lanes: Any, node: Any, row: str, column: str, x: str) -> str:
        diagonal = lanes.splat_text("i64", str(node.attrs[0]))
        kept = lanes.binary(f"icmp {predicate}", lanes.binary("sub", column, row, "i64"), diagonal, "i64")
        return str(lanes.select(kept, x, lanes.number(0.0)))

    return rule


COMPARISONS = {
    "less": comparison("olt"),
    "less_equal": comparison("ole"),
    "greater": comparison("ogt"),
    "greater_equal": comparison("oge"),
    "equal": comparison("oeq"),
    "not_equal": comparison("une"),
}
TESTS = {"isfinite": isfinite, "isinf": isinf, "isnan": isnan, "signbit": signbit}
