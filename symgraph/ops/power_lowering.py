"""Machine code for powers: products for the smallest whole exponents, chains of double-double products else.

In a double-double chain every product keeps its rounding error as a second number (Dekker 1971; with fused
multiply-add as in Ogita, Rump and Oishi 2005), so the result is rounded about once, as the library's ``pow`` is, in a
fraction of its time. Bases near the ends of the range, zeros, infinities and nan go to ``pow``.
"""

from __future__ import annotations

from typing import Any

from ..core.node import CONSTANT, Node

LARGEST = 64
LOW, HIGH = 1e-250, 1e250
Pair = tuple[str, str | None]


def power_lowering(lanes: Any, node: Node, x: str, y: str) -> str:
    """Raise to a power."""
    given = node.args[1]
    exponent = given.value if given.op is CONSTANT and not given.shape else None
    if exponent == 2:
        return str(lanes.binary("fmul", x, x))
    if exponent == 3:
        return str(lanes.binary("fmul", lanes.binary("fmul", x, x), x))
    if exponent == 4:
        square = lanes.binary("fmul", x, x)
        return str(lanes.binary("fmul", square, square))
    if exponent == -1:
        return str(lanes.binary("fdiv", lanes.number(1.0), x))
    doubled = doubled_exponent(node)
    if doubled is None or doubled == 2:
        return str(lanes.function("pow", [x, y]))

    def quick() -> tuple[str, str]:
        inside, pair = power_chain(lanes, (x, None), doubled)
        return inside, joined(lanes, pair)

    return str(lanes.either(quick, lambda: lanes.function("pow", [x, y])))


def doubled_exponent(node: Node) -> int | None:
    """Give twice the exponent of a power, the second argument, if that is a whole constant and not too large."""
    given = node.args[1]
    exponent = given.value if given.op is CONSTANT and not given.shape else None
    if exponent is None or not 0 < abs(exponent) <= LARGEST or not float(2 * exponent).is_integer():
        return None
    return int(2 * exponent)


def power_chain(lanes: Any, base: Pair, doubled: int) -> tuple[str, Pair]:
    """Raise to half of ``doubled``, as a double-double; say where that stays in the comfortable range.

    The second numbers of a chain that begins with one number are sums of rounding errors and stay small. What a base
    of two numbers has lost may grow to much more, and is carried over.
    """
    power: Pair | None = None
    whole, two = abs(doubled) // 2, base[1] is not None

    def times(a: Pair, b: Pair) -> Pair:
        product = _product(lanes, a, b)
        return _carried(lanes, product) if two else product

    for bit in f"{whole:b}" if whole else "":
        power = base if power is None else times(power, power)
        if bit == "1" and power is not base:
            power = times(power, base)
    if doubled % 2:
        root = _root(lanes, base, exact=two or doubled != 1)
        power = root if power is None else times(power, root)
    assert power is not None
    size = lanes.intrinsic("fabs", [power[0]])
    inside = [lanes.compare("oge", size, lanes.number(LOW)), lanes.compare("ole", size, lanes.number(HIGH))]
    return lanes.binary("and", *inside, "i1"), _reciprocal(lanes, power) if doubled < 0 else power


def joined(lanes: Any, a: Pair) -> str:
    """Round a double-double once."""
    return a[0] if a[1] is None else str(lanes.binary("fadd", a[0], a[1]))


def _product(lanes: Any, a: Pair, b: Pair) -> Pair:
    high = lanes.binary("fmul", a[0], b[0])
    low = lanes.intrinsic("fma", [a[0], b[0], lanes.unary("fneg", high)])
    for large, small in ((a[0], b[1]), (b[0], a[1])):
        if small is not None:
            low = lanes.intrinsic("fma", [large, small, low])
    return high, low


def _carried(lanes: Any, a: Pair) -> Pair:
    """Carry over into the first number what the second has grown to."""
    total = joined(lanes, a)
    return total, lanes.binary("fsub", a[1], lanes.binary("fsub", total, a[0]))


def _root(lanes: Any, x: Pair, exact: bool) -> Pair:
    high = lanes.intrinsic("sqrt", [x[0]])
    if not exact:
        return high, None
    rest = lanes.intrinsic("fma", [lanes.unary("fneg", high), high, x[0]])
    if x[1] is not None:
        rest = lanes.binary("fadd", rest, x[1])
    return high, lanes.binary("fdiv", rest, lanes.binary("fadd", high, high))


def _reciprocal(lanes: Any, a: Pair) -> Pair:
    first = lanes.binary("fdiv", lanes.number(1.0), a[0])
    rest = lanes.intrinsic("fma", [lanes.unary("fneg", a[0]), first, lanes.number(1.0)])
    if a[1] is not None:
        rest = lanes.intrinsic("fma", [lanes.unary("fneg", a[1]), first, rest])
    return first, lanes.binary("fmul", first, rest)
