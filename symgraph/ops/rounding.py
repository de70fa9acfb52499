"""Rounding and division with remainder.

Rounded values are constant between jumps, so their derivative is zero; at the jumps it is zero by convention.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np

from ..core.errors import SymgraphError
from ..core.node import Node, apply, lift, method
from ..core.operator import OPS, ZERO, Builder, Example, Kink, Known, Notation
from . import lowerings, rounding_lowerings
from .elementwise import elementwise, infer_float, infer_number, infer_same
from .functions.elementary import INF, NAN, named

FAMILY = "rounding"
JUMP = (Kink("at the jumps", "the derivative is 0, as between them"),)
SPECIAL = (Known((INF,), INF, (0.0,)), Known((-INF,), -INF, (0.0,)), Known((NAN,), NAN), Known((-0.0,), -0.0, (0.0,)))


def _rounding(
    name: str, doc: str, numpy: Any, mp: Any, known: tuple[Known, ...], notation: Notation, infer: Any = infer_same
) -> Builder:
    return elementwise(
        name,
        FAMILY,
        doc + ". Its derivative is 0 everywhere.",
        numpy,
        mp,
        (ZERO,),
        ((-3, 3),),
        infer=infer,
        notation=notation,
        kinks=JUMP,
        traits=("nondecreasing", "whole"),
        known=(*known, *SPECIAL),
        lowering=lowerings.intrinsic(name),
    )


def _mp_trunc(x: Any) -> Any:
    return mpmath.ceil(x) if x < 0 else mpmath.floor(x)


floor = _rounding(
    "floor",
    "The greatest integer that is not above x",
    np.floor,
    mpmath.floor,
    (Known((-1.5,), -2.0, (0.0,)), Known((2.0,), 2.0, (0.0,))),
    named("floor"),
)
ceil = _rounding(
    "ceil",
    "The least integer that is not below x",
    np.ceil,
    mpmath.ceil,
    (Known((-1.5,), -1.0, (0.0,)), Known((2.0,), 2.0, (0.0,))),
    named("ceil"),
)
trunc = _rounding(
    "trunc",
    "x without its fraction: the integer next to it towards 0",
    np.trunc,
    _mp_trunc,
    (Known((-1.5,), -1.0, (0.0,)), Known((1.5,), 1.0, (0.0,))),
    named("trunc"),
)
rint = _rounding(
    "rint",
    "The nearest integer, the even one if two are equally near",
    np.rint,
    mpmath.nint,
    (Known((2.5,), 2.0, (0.0,)), Known((-1.5,), -2.0, (0.0,)), Known((0.4,), 0.0, (0.0,))),
    named("rint"),
    infer_float,
)


def _mp_round(decimals: int, x: Any) -> Any:
    scale = mpmath.mpf(10) ** decimals
    return mpmath.nint(x * scale) / scale


def round_to(x: Any, decimals: int = 0) -> Node:
    """Round to a number of decimals, the even one if two are equally near; derivative 0 everywhere.

    Args:
        x: an array.
        decimals: how many digits to keep after the point; negative for tens, hundreds ….

    Raises:
        SymgraphError: ``decimals`` is not an integer.

    >>> import symgraph as sg
    >>> sg.round(sg.symbol("x"), 2).attrs
    (2,)
    """
    if not isinstance(decimals, int):
        raise SymgraphError(f"round: the number of decimals must be an integer, not {decimals!r}")
    return apply(OPS["round"], (lift(x),), (decimals,))


elementwise(
    "round",
    FAMILY,
    "x rounded to a number of decimals, the even one if two are equally near. Its derivative is 0 everywhere.",
    lambda decimals, x: np.round(x, decimals),
    _mp_round,
    (ZERO,),
    ((-3, 3),),
    infer=infer_number,
    attributes=("decimals",),
    notation=named("round"),
    kinks=JUMP,
    traits=("nondecreasing",),
    examples=(Example(((),), (0,), ((-3, 3),)), Example(((2, 3),), (2,), ((-3, 3),))),
    known=(
        Known((0, 2.5), 2.0, (0.0,)),
        Known((0, -1.5), -2.0, (0.0,)),
        Known((2, 0.125), 0.12, (0.0,)),
        Known((-1, 25.0), 20.0, (0.0,)),
        Known((0, -0.0), -0.0, (0.0,)),
        Known((1, INF), INF, (0.0,)),
        Known((0, NAN), NAN),
    ),
    function=round_to,
    lowering=rounding_lowerings.round_decimals,
)

# --- division with remainder ------------------------------------------------------------------------


def _mp_floor_divide(x: Any, y: Any) -> Any:
    if mpmath.isinf(y) and mpmath.isfinite(x):
        return mpmath.mpf(-1 if x * y < 0 else 0)
    return mpmath.nint((x - x % y) / y)


def _mp_remainder(x: Any, y: Any) -> Any:
    if mpmath.isinf(y) and mpmath.isfinite(x):
        return y if x * y < 0 else x
    return x % y


def _mp_fmod(x: Any, y: Any) -> Any:
    if mpmath.isinf(y) and mpmath.isfinite(x):
        return x
    rest = abs(x) % abs(y)
    return -rest if x < 0 else rest


floor_divide = elementwise(
    "floor_divide",
    FAMILY,
    "The greatest integer that is not above x/y. Its derivatives are 0 everywhere.",
    np.floor_divide,
    _mp_floor_divide,
    (ZERO, ZERO),
    ((-3, 3), (0.5, 3)),
    infer=infer_number,
    notation=named("floor_divide"),
    kinks=JUMP,
    known=(
        Known((-5.0, 3.0), -2.0, (0.0, 0.0)),
        Known((1.0, 0.1), 9.0, (0.0, 0.0)),
        Known((5.0, -3.0), -2.0),
        Known((1.0, 0.0), INF),
        Known((-1.0, INF), -1.0),
        Known((NAN, 1.0), NAN),
    ),
    lowering=rounding_lowerings.floor_divide,
)
remainder = elementwise(
    "remainder",
    FAMILY,
    "x − y·⌊x/y⌋, which has the sign of y, as Python's %.",
    np.remainder,
    _mp_remainder,
    (1, lambda x, y, z: -floor_divide(x, y)),
    ((-3, 3), (0.5, 3)),
    infer=infer_number,
    notation=named("remainder", "mod"),
    aliases=("mod",),
    kinks=(Kink("x a multiple of y", "1 in x and −⌊x/y⌋ in y, as between the jumps"),),
    known=(
        Known((-5.0, 3.0), 1.0, (1.0, 2.0)),
        Known((5.0, -3.0), -1.0, (1.0, 2.0)),
        Known((6.0, 3.0), 0.0, (1.0, -2.0)),
        Known((5.0, INF), 5.0, (1.0, 0.0)),
        Known((1.0, 0.0), NAN),
        Known((INF, 1.0), NAN),
    ),
    lowering=rounding_lowerings.remainder,
)
fmod = elementwise(
    "fmod",
    FAMILY,
    "The remainder of x/y rounded towards 0, which has the sign of x, as in C.",
    np.fmod,
    _mp_fmod,
    (1, lambda x, y, z: -rint((x - z) / y)),
    ((-3, 3), (0.5, 3)),
    infer=infer_number,
    notation=named("fmod"),
    kinks=(Kink("x a multiple of y", "1 in x and −trunc(x/y) in y, as between the jumps"),),
    known=(
        Known((-5.0, 3.0), -2.0, (1.0, 1.0)),
        Known((5.0, -3.0), 2.0, (1.0, 1.0)),
        Known((1.0, 0.1), math.fmod(1.0, 0.1), (1.0, -9.0)),
        Known((5.0, INF), 5.0, (1.0, -0.0)),
        Known((1.0, 0.0), NAN),
    ),
    lowering="fmod",
)

method("__floordiv__", floor_divide, "__rfloordiv__")
method("__mod__", remainder, "__rmod__")
method("__floor__", floor)
method("__ceil__", ceil)
method("__trunc__", trunc)
method("__round__", round_to)
