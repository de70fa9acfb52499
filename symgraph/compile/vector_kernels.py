"""Exponentials, logarithms and tanh across vector lanes, written into the loop that needs them.

A call of a vector library spills every register that is alive, and what it keeps on the stack waits behind the loop's
other stores; a kernel in place does neither, and the loop runs as fast as memory. Arguments are reduced by multiples of
log 2 in two parts (Cody and Waite 1980), the rest is a polynomial through the Chebyshev points of the reduced interval,
computed with 60 digits. Fused multiply-add is needed. Errors of up to 2.5 units in the last place were found, and 4 are
tested for; zeros keep their sign, and infinities, nan and results below the normal range come out as they should.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .emit import Lanes

Kernel = Callable[["Lanes", str], str]
INF, NAN = float("inf"), float("nan")
LOG2_HIGH, LOG2_LOW = float.fromhex("0x1.62e42f8p-1"), float.fromhex("0x1.be8e7bcd5e4f2p-27")
MAGIC = 1.5 * 2.0**52  # added to a number, its last bits are the number rounded to a whole one
MAGIC_BITS = 0x4338000000000000
BELOW_ALL, ABOVE_ALL = -746.0, 710.0  # e to the one is 0, to the other infinite
ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
SMALLEST_NORMAL = 2.0**-1022
# (eʳ − 1 − r)/r² for |r| ≤ log(2)/2, lowest first
EXPONENTIAL = (
    *(0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717),
    *(0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07),
    2.510038549551032e-08,
)
# (2·artanh(s)/s − 2)/s² as a polynomial in s², where (1 + s)/(1 − s) is between √½ and √2
LOGARITHM = (
    *(0.666666666666667, 0.39999999999899444, 0.2857142862600327, 0.22222211130259878, 0.18182889455674947),
    *(0.15331710618210773, 0.14616585424888623),
)


def _fma(lanes: Lanes, x: str, y: str, z: str) -> str:
    return lanes.intrinsic("fma", [x, y, z])


def _polynomial(lanes: Lanes, x: str, coefficients: Sequence[float]) -> str:
    """Even and odd powers apart, two chains that run side by side."""
    square = lanes.binary("fmul", x, x)
    parts = []
    for part in (coefficients[0::2], coefficients[1::2]):
        total = lanes.number(part[-1])
        for c in reversed(part[:-1]):
            total = _fma(lanes, total, square, lanes.number(c))
        parts.append(total)
    return _fma(lanes, parts[1], x, parts[0])


def _bits(lanes: Lanes, x: str) -> str:
    return lanes.f.set(f"bitcast {lanes.type('double')} {x} to {lanes.type('i64')}")


def _number(lanes: Lanes, bits: str) -> str:
    return lanes.f.set(f"bitcast {lanes.type('i64')} {bits} to {lanes.type('double')}")


def _whole(lanes: Lanes, value: int) -> str:
    return lanes.splat_text("i64", str(value))


def _power_of_two(lanes: Lanes, shifted: str) -> str:
    """2ᵏ for a whole number k in the normal range, given as k + MAGIC."""
    raised = lanes.binary("shl", _bits(lanes, shifted), _whole(lanes, 52), "i64")
    return _number(lanes, lanes.binary("add", raised, _whole(lanes, 1023 << 52), "i64"))


def _scaled(lanes: Lanes, x: str, k: str) -> str:
    """x·2ᵏ, rounded once; in two factors, since 2ᵏ alone may leave the range."""
    if lanes.width == 8:  # one instruction where vectors have eight lanes
        kind = lanes.type("double")
        name = "llvm.x86.avx512.mask.scalef.pd.512"
        lanes.f.libraries.declare(f"declare {kind} @{name}({kind}, {kind}, {kind}, i8, i32)")
        return lanes.f.set(f"call {kind} @{name}({kind} {x}, {kind} {k}, {kind} zeroinitializer, i8 -1, i32 4)")
    magic = lanes.number(MAGIC)
    first = _fma(lanes, k, lanes.number(0.5), magic)
    rest = lanes.binary("fadd", lanes.binary("fsub", k, lanes.binary("fsub", first, magic)), magic)
    once = lanes.binary("fmul", x, _power_of_two(lanes, first))
    return lanes.binary("fmul", once, _power_of_two(lanes, rest))


def _reduced(lanes: Lanes, x: str) -> tuple[str, str, str]:
    """Give k, r and (eʳ − 1 − r)/r² for x = k·log 2 + r; x is taken into the range where eˣ is a number. nan stays."""
    low, high, magic = lanes.number(BELOW_ALL), lanes.number(ABOVE_ALL), lanes.number(MAGIC)
    x = lanes.select(lanes.compare("olt", x, low), low, x)
    x = lanes.select(lanes.compare("ogt", x, high), high, x)
    k = lanes.binary("fsub", _fma(lanes, x, lanes.number(1 / math.log(2.0)), magic), magic)
    r = _fma(lanes, k, lanes.number(-LOG2_HIGH), x)
    r = _fma(lanes, k, lanes.number(-LOG2_LOW), r)
    return k, r, _polynomial(lanes, r, EXPONENTIAL)


def exp(lanes: Lanes, x: str) -> str:
    """eˣ = 2ᵏ·eʳ."""
    k, r, q = _reduced(lanes, x)
    p = _fma(lanes, lanes.binary("fmul", r, r), q, r)
    return _scaled(lanes, lanes.binary("fadd", lanes.number(1.0), p), k)


def expm1(lanes: Lanes, x: str) -> str:
    """2·(2ᵏ⁻¹·(eʳ − 1) + (2ᵏ⁻¹ − ½)): halved, so that 2ᵏ stays in range; with the sign of x, also at zeros."""
    low = lanes.number(-100.0)
    k, r, q = _reduced(lanes, lanes.select(lanes.compare("olt", x, low), low, x))
    p = _fma(lanes, lanes.binary("fmul", r, r), q, r)
    half = _power_of_two(lanes, lanes.binary("fadd", lanes.binary("fsub", k, lanes.number(1.0)), lanes.number(MAGIC)))
    value = _fma(lanes, p, half, lanes.binary("fsub", half, lanes.number(0.5)))
    value = lanes.select(lanes.compare("oeq", k, lanes.number(0.0)), p, lanes.binary("fadd", value, value))
    return lanes.intrinsic("copysign", [value, x])


def tanh(lanes: Lanes, x: str) -> str:
    """−m/(2 + m) for m = exp(−2|x|) − 1, with the sign of x."""
    doubled = lanes.binary("fmul", lanes.number(-2.0), lanes.intrinsic("fabs", [x]))
    low = lanes.number(-100.0)  # from here on m is −1
    k, r, q = _reduced(lanes, lanes.select(lanes.compare("olt", doubled, low), low, doubled))
    p = _fma(lanes, lanes.binary("fmul", r, r), q, r)
    power = _power_of_two(lanes, lanes.binary("fadd", k, lanes.number(MAGIC)))
    m = _fma(lanes, p, power, lanes.binary("fsub", power, lanes.number(1.0)))
    value = lanes.binary("fdiv", m, lanes.binary("fadd", lanes.number(2.0), m))
    return lanes.intrinsic("copysign", [value, x])


def _parts(lanes: Lanes, x: str) -> tuple[str, str]:
    """Give k and m in x = 2ᵏ·m for a normal number x, m between √½ and √2."""
    bits = _bits(lanes, x)
    above = lanes.binary("sub", bits, _whole(lanes, ROOT_HALF_BITS), "i64")
    power = lanes.binary("ashr", above, _whole(lanes, 52), "i64")
    m = _number(lanes, lanes.binary("sub", bits, lanes.binary("shl", power, _whole(lanes, 52), "i64"), "i64"))
    k = _number(lanes, lanes.binary("add", power, _whole(lanes, MAGIC_BITS), "i64"))
    return lanes.binary("fsub", k, lanes.number(MAGIC)), m


def _logarithm(lanes: Lanes, k: str, f: str, more: str | None = None) -> str:
    """k·log 2 + log(1 + f) + more, for f between √½ − 1 and √2 − 1."""
    s = lanes.binary("fdiv", f, lanes.binary("fadd", lanes.number(2.0), f))
    square = lanes.binary("fmul", s, s)
    rest = lanes.binary("fmul", square, _polynomial(lanes, square, LOGARITHM))
    half = lanes.binary("fmul", lanes.binary("fmul", lanes.number(0.5), f), f)
    low = lanes.binary("fmul", k, lanes.number(LOG2_LOW))
    low = low if more is None else lanes.binary("fadd", low, more)
    inner = _fma(lanes, s, lanes.binary("fadd", half, rest), low)
    inner = lanes.binary("fsub", lanes.binary("fsub", half, inner), f)
    return lanes.binary("fsub", lanes.binary("fmul", k, lanes.number(LOG2_HIGH)), inner)


def log(lanes: Lanes, x: str) -> str:
    """log x = k·log 2 + log m; −∞ at 0, nan below."""
    zero, infinite = lanes.number(0.0), lanes.number(INF)
    tiny = lanes.compare("olt", x, lanes.number(SMALLEST_NORMAL))
    k, m = _parts(lanes, lanes.select(tiny, lanes.binary("fmul", x, lanes.number(2.0**54)), x))
    k = lanes.binary("fsub", k, lanes.select(tiny, lanes.number(54.0), zero))
    value = _logarithm(lanes, k, lanes.binary("fsub", m, lanes.number(1.0)))
    value = lanes.select(lanes.compare("olt", x, infinite), value, x)
    value = lanes.select(lanes.compare("olt", x, zero), lanes.number(NAN), value)
    return lanes.select(lanes.compare("oeq", x, zero), lanes.number(-INF), value)


def log1p(lanes: Lanes, x: str) -> str:
    """The logarithm of the rounded 1 + x, and what rounding lost; −∞ at −1, nan below, the sign of x elsewhere."""
    one, zero, infinite = lanes.number(1.0), lanes.number(0.0), lanes.number(INF)
    base = lanes.binary("fadd", one, x)
    k, m = _parts(lanes, base)
    near = lanes.compare("oeq", k, zero)
    part = lanes.binary("fsub", base, one)
    lost = lanes.binary(
        "fadd", lanes.binary("fsub", one, lanes.binary("fsub", base, part)), lanes.binary("fsub", x, part)
    )
    f = lanes.select(near, x, lanes.binary("fsub", m, one))
    # lost/base is below half a unit of the result: 2⁻ᵏ·(1 − f + f²) is near enough to 1/base.
    inverse = _fma(lanes, f, lanes.binary("fsub", f, one), one)
    scale = _power_of_two(lanes, lanes.binary("fsub", lanes.number(MAGIC), k))
    lost = lanes.binary("fmul", lost, lanes.binary("fmul", scale, inverse))
    lost = lanes.select(near, zero, lost)
    value = lanes.intrinsic("copysign", [_logarithm(lanes, k, f, lost), x])
    value = lanes.select(lanes.compare("olt", x, infinite), value, x)
    minus = lanes.number(-1.0)
    value = lanes.select(lanes.compare("olt", x, minus), lanes.number(NAN), value)
    return lanes.select(lanes.compare("oeq", x, minus), lanes.number(-INF), value)


KERNELS: dict[str, Kernel] = {"exp": exp, "expm1": expm1, "log": log, "log1p": log1p, "tanh": tanh}
