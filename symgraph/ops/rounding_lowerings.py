"""Machine code of rounding and of division with a remainder.

They follow NumPy step by step, for a quotient that is rounded in another way differs by one.
"""

from __future__ import annotations

from typing import Any


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
