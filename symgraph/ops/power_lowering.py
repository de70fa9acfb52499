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
    whole = exponent is not None and float(2 * exponent).is_integer() and 0 < abs(exponent) <= LARGEST and exponent != 1
    if exponent is None or not whole:
        return str(lanes.function("pow", [x, y]))
    doubled = int(2 * exponent)
    return str(lanes.either(lambda: _chain(lanes, x, doubled), lambda: lanes.function("pow", [x, y])))


def _chain(lanes: Any, x: str, doubled: int) -> tuple[str, str]:
    """Raise to half of ``doubled``; say where that stays in the comfortable range."""
    power: Pair | None = None
    base: Pair = (x, None)
    whole = abs(doubled) // 2
    for bit in f"{whole:b}" if whole else "":
        power = base if power is None else _product(lanes, power, power)
        if bit == "1" and power is not base:
            power = _product(lanes, power, base)
    if doubled % 2:
        root = _root(lanes, x, exact=doubled != 1)
        power = root if power is None else _product(lanes, power, root)
    assert power is not None
    size = lanes.intrinsic("fabs", [power[0]])
    inside = [lanes.compare("oge", size, lanes.number(LOW)), lanes.compare("ole", size, lanes.number(HIGH))]
    result = _reciprocal(lanes, power) if doubled < 0 else _joined(lanes, power)
    return lanes.binary("and", *inside, "i1"), result


def _product(lanes: Any, a: Pair, b: Pair) -> Pair:
    high = lanes.binary("fmul", a[0], b[0])
    low = lanes.intrinsic("fma", [a[0], b[0], lanes.unary("fneg", high)])
    for large, small in ((a[0], b[1]), (b[0], a[1])):
        if small is not None:
            low = lanes.intrinsic("fma", [large, small, low])
    total = lanes.binary("fadd", high, low)
    return total, lanes.binary("fsub", low, lanes.binary("fsub", total, high))


def _root(lanes: Any, x: str, exact: bool) -> Pair:
    high = lanes.intrinsic("sqrt", [x])
    if not exact:
        return high, None
    rest = lanes.intrinsic("fma", [lanes.unary("fneg", high), high, x])
    return high, lanes.binary("fdiv", rest, lanes.binary("fadd", high, high))


def _joined(lanes: Any, a: Pair) -> str:
    return a[0] if a[1] is None else str(lanes.binary("fadd", a[0], a[1]))


def _reciprocal(lanes: Any, a: Pair) -> str:
    first = lanes.binary("fdiv", lanes.number(1.0), a[0])
    rest = lanes.intrinsic("fma", [lanes.unary("fneg", a[0]), first, lanes.number(1.0)])
    if a[1] is not None:
        rest = lanes.intrinsic("fma", [lanes.unary("fneg", a[1]), first, rest])
    return str(lanes.intrinsic("fma", [first, rest, first]))
