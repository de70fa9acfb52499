"""Machine code of the operators in ``differences`` and ``power_one_plus``, and of the Bose–Einstein distribution.

As in ``lowerings``, each function writes the instructions of one operator, after its NumPy function.
"""

from __future__ import annotations

from typing import Any

from ..power_lowering import doubled_exponent, joined, power_chain

INF, NAN = float("inf"), float("nan")
TINY = 2.2250738585072014e-308


def _size(lanes: Any, x: str) -> str:
    return str(lanes.intrinsic("fabs", [x]))


def _both(lanes: Any, *conditions: str) -> str:
    found = conditions[0]
    for condition in conditions[1:]:
        found = lanes.binary("and", found, condition, "i1")
    return found


def square_difference(lanes: Any, node: Any, x: str, y: str) -> str:
    """(x − y)·(x + y)."""
    return str(lanes.binary("fmul", lanes.binary("fsub", x, y), lanes.binary("fadd", x, y)))


def exp_difference(lanes: Any, node: Any, x: str, y: str) -> str:
    """exp of the larger, times 1 − exp of minus the gap, with the sign of x − y."""
    gap = lanes.binary("fsub", x, y)
    larger = lanes.select(lanes.compare("ogt", x, y), x, y)
    rest = lanes.function("expm1", [lanes.unary("fneg", _size(lanes, gap))])
    signed = lanes.intrinsic("copysign", [rest, gap])
    value = lanes.binary("fmul", lanes.function("exp", [larger]), signed)
    value = lanes.select(lanes.compare("oeq", x, y), lanes.number(0.0), value)
    return str(lanes.select(lanes.compare("uno", x, y), lanes.number(NAN), value))


def log_ratio(lanes: Any, node: Any, x: str, y: str) -> str:
    """log1p((x − y)/y) near 1, log|x| − log|y| out of range, log(x/y) elsewhere."""
    zero, one = lanes.number(0.0), lanes.number(1.0)
    ratio = lanes.binary("fdiv", x, y)
    size = _size(lanes, ratio)
    inside = _both(
        lanes, lanes.compare("ogt", size, lanes.number(TINY)), lanes.compare("olt", size, lanes.number(1 / TINY))
    )
    far = lanes.binary("fsub", lanes.function("log", [_size(lanes, x)]), lanes.function("log", [_size(lanes, y)]))
    signs = lanes.binary("fmul", lanes.intrinsic("copysign", [one, x]), lanes.intrinsic("copysign", [one, y]))
    far = lanes.select(lanes.compare("ogt", signs, zero), far, lanes.number(NAN))
    limits = [lanes.compare("one", x, zero), lanes.compare("one", y, zero)]
    limits += [lanes.compare("olt", _size(lanes, each), lanes.number(INF)) for each in (x, y)]
    outside = _both(lanes, lanes.invert(inside), *limits)
    near = _both(lanes, lanes.compare("ogt", ratio, lanes.number(0.5)), lanes.compare("olt", ratio, lanes.number(2.0)))
    plain = lanes.function("log", [lanes.select(outside, one, ratio)])
    close = lanes.function("log1p", [lanes.binary("fdiv", lanes.binary("fsub", x, y), y)])
    close = lanes.binary("fadd", close, zero)
    return str(lanes.select(near, close, lanes.select(outside, far, plain)))


def hypotm1(lanes: Any, node: Any, x: str) -> str:
    """|x|·(|x|/(1 + hypot(1, x)))."""
    one, size = lanes.number(1.0), _size(lanes, x)
    below = lanes.binary("fadd", one, lanes.function("hypot", [one, x]))
    value = lanes.binary("fmul", size, lanes.binary("fdiv", size, below))
    return str(lanes.select(lanes.compare("oeq", size, lanes.number(INF)), size, value))


def log1p_square(lanes: Any, node: Any, x: str) -> str:
    """log1p(x²) below 1000, 2·log|x| + log1p((1/|x|)²) above."""
    size = _size(lanes, x)
    square = lanes.binary("fmul", size, size)
    inverse = lanes.binary("fdiv", lanes.number(1.0), size)
    rest = lanes.function("log1p", [lanes.binary("fmul", inverse, inverse)])
    far = lanes.binary("fadd", lanes.binary("fmul", lanes.number(2.0), lanes.function("log", [size])), rest)
    inside = lanes.compare("olt", size, lanes.number(1e3))
    return str(lanes.select(inside, lanes.function("log1p", [square]), far))


def bose(lanes: Any, node: Any, x: str) -> str:
    """1/expm1(x) above 0, −1 − 1/expm1(−x) below; where expm1 would overflow, from half the argument."""
    one, size = lanes.number(1.0), _size(lanes, x)
    far = lanes.compare("ogt", size, lanes.number(700.0))
    part = lanes.select(far, lanes.binary("fmul", lanes.number(0.5), size), size)
    above = lanes.binary("fdiv", one, lanes.function("expm1", [part]))
    above = lanes.select(far, lanes.binary("fmul", above, above), above)
    below = lanes.binary("fsub", lanes.number(-1.0), above)
    positive = lanes.compare("ogt", lanes.intrinsic("copysign", [one, x]), lanes.number(0.0))  # tells −0 from 0
    return str(lanes.select(positive, above, below))


def _one_plus(lanes: Any, x: str) -> tuple[str, str]:
    """Round 1 + x, and give what that loses (Knuth's two-sum)."""
    one = lanes.number(1.0)
    base = lanes.binary("fadd", one, x)
    part = lanes.binary("fsub", base, one)
    first = lanes.binary("fsub", one, lanes.binary("fsub", base, part))
    return base, lanes.binary("fadd", first, lanes.binary("fsub", x, part))


def pow1p(lanes: Any, node: Any, x: str, y: str) -> str:
    """A chain of double-double products for exponents like 2 and −1/2; any other power corrected for rounding."""
    doubled = doubled_exponent(node)
    if doubled is None:
        return _corrected_power(lanes, x, y)

    def quick() -> tuple[str, str]:
        inside, pair = power_chain(lanes, _one_plus(lanes, x), doubled)
        return inside, joined(lanes, pair)

    return str(lanes.either(quick, lambda: _corrected_power(lanes, x, y)))


def _corrected_power(lanes: Any, x: str, y: str) -> str:
    """The power of the rounded base, corrected for what rounding lost."""
    one, zero = lanes.number(1.0), lanes.number(0.0)
    base, lost = _one_plus(lanes, x)
    usable = _both(lanes, lanes.compare("one", lost, zero), lanes.compare("one", base, zero))
    finite = lanes.compare("olt", _size(lanes, y), lanes.number(INF))
    usable = _both(lanes, usable, lanes.binary("or", lanes.compare("ogt", base, zero), finite, "i1"))
    correction = lanes.select(usable, lanes.binary("fmul", y, lanes.binary("fdiv", lost, base)), zero)
    plain = lanes.function("pow", [base, y])
    value = lanes.binary("fmul", plain, lanes.function("exp", [correction]))
    value = lanes.select(lanes.compare("oeq", value, value), value, plain)  # 0·∞: the power has left the range
    far = lanes.function("exp", [lanes.binary("fmul", y, lanes.function("log1p", [x]))])
    small = lanes.compare("olt", _size(lanes, correction), one)
    direct = lanes.binary("or", small, lanes.compare("olt", base, zero), "i1")
    return str(lanes.select(direct, value, far))


def pow1pm1(lanes: Any, node: Any, x: str, y: str) -> str:
    """The chain of ``pow1p`` less 1, before the chain is rounded; else expm1(y·log1p(x)) where that is small."""
    doubled = doubled_exponent(node)
    if doubled is None:
        return _corrected_power_less_one(lanes, x, y)

    def quick() -> tuple[str, str]:
        inside, (high, low) = power_chain(lanes, _one_plus(lanes, x), doubled)
        assert low is not None
        return inside, lanes.binary("fadd", lanes.binary("fsub", high, lanes.number(1.0)), low)

    return str(lanes.either(quick, lambda: _corrected_power_less_one(lanes, x, y)))


def _corrected_power_less_one(lanes: Any, x: str, y: str) -> str:
    """expm1(y·log1p(x)) where that is small, the power less 1 elsewhere."""
    small = lanes.binary("fmul", y, lanes.function("log1p", [x]))
    near = lanes.function("expm1", [small])
    far = lanes.binary("fsub", _corrected_power(lanes, x, y), lanes.number(1.0))
    return str(lanes.select(lanes.compare("olt", _size(lanes, small), lanes.number(0.5)), near, far))
