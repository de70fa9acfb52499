"""Machine code of elementary functions that are more than one call of the C library.

As in ``lowerings``, each function writes the instructions of one operator, after its NumPy function.
"""

from __future__ import annotations

import math
from typing import Any

from ..lowerings import NAN, maximum


def _zero_at(lanes: Any, x: str, y: str, value: str) -> str:
    """Zero where x is zero and y is a number."""
    zero = lanes.number(0.0)
    quiet = lanes.binary("and", lanes.compare("oeq", x, zero), lanes.compare("ord", y, y), "i1")
    return str(lanes.select(quiet, zero, value))


def xdivy(lanes: Any, node: Any, x: str, y: str) -> str:
    """x/y, zero at x = 0."""
    return _zero_at(lanes, x, y, lanes.binary("fdiv", x, y))


def xlogy(lanes: Any, node: Any, x: str, y: str) -> str:
    """x·log y, zero at x = 0."""
    return _zero_at(lanes, x, y, lanes.binary("fmul", x, lanes.function("log", [y])))


def xlog1py(lanes: Any, node: Any, x: str, y: str) -> str:
    """x·log(1+y), zero at x = 0."""
    return _zero_at(lanes, x, y, lanes.binary("fmul", x, lanes.function("log1p", [y])))


def sech(lanes: Any, node: Any, x: str) -> str:
    """2e/(1+e²) for e = exp(−|x|)."""
    small = lanes.function("exp", [lanes.unary("fneg", lanes.intrinsic("fabs", [x]))])
    below = lanes.binary("fadd", lanes.number(1.0), lanes.binary("fmul", small, small))
    return str(lanes.binary("fdiv", lanes.binary("fmul", lanes.number(2.0), small), below))


def versin(lanes: Any, node: Any, x: str) -> str:
    """2·sin²(x/2)."""
    sine = lanes.function("sin", [lanes.binary("fmul", lanes.number(0.5), x)])
    return str(lanes.binary("fmul", lanes.number(2.0), lanes.binary("fmul", sine, sine)))


def gap(lanes: Any, node: Any, x: str, y: str) -> str:
    """x − y, zero where they are equal, also at infinities."""
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
