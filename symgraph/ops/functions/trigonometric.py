"""Trigonometric functions and their inverses, the hypotenuse, and angles in degrees."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, lift
from ...core.operator import Builder, Kink, Known, Linearity
from .. import lowerings
from ..elementwise import elementwise
from . import function_lowerings
from .elementary import INF, NAN, command, named, sqrt

FAMILY = "trigonometric"
PI = float(np.pi)

sin = elementwise(
    "sin",
    FAMILY,
    "Sine of an angle in radians.",
    np.sin,
    mpmath.sin,
    (lambda x, y: cos(x),),
    ((-3, 3),),
    notation=command("sin"),
    traits=("odd", "bounded"),
    known=(Known((0.0,), 0.0, (1.0,)), Known((-0.0,), -0.0, (1.0,)), Known((INF,), NAN), Known((NAN,), NAN)),
    lowering="sin",
)
cos: Builder = elementwise(
    "cos",
    FAMILY,
    "Cosine of an angle in radians.",
    np.cos,
    mpmath.cos,
    (lambda x, y: -sin(x),),
    ((-3, 3),),
    notation=command("cos"),
    traits=("even", "bounded"),
    known=(Known((0.0,), 1.0, (-0.0,)), Known((INF,), NAN), Known((NAN,), NAN)),
    lowering="cos",
)
versin = elementwise(
    "versin",
    FAMILY,
    "Versine 1 − cos(x), as 2·sin(x/2)²: it keeps its digits near x = 0.",
    lambda x: 2.0 * np.square(np.sin(0.5 * x)),
    lambda x: 2 * mpmath.sin(x / 2) ** 2,
    (lambda x, y: sin(x),),
    ((-3, 3),),
    notation=named("versin"),
    traits=("even", "bounded", "nonnegative"),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((1e-200,), 0.0, (1e-200,)),
        Known((1e-10,), 5e-21, (1e-10,)),
        Known((INF,), NAN),
        Known((NAN,), NAN),
    ),
    lowering=function_lowerings.versin,
)
tan = elementwise(
    "tan",
    FAMILY,
    "Tangent of an angle in radians.",
    np.tan,
    mpmath.tan,
    (lambda x, y: 1 + y**2,),
    ((-1.4, 1.4),),
    notation=command("tan"),
    traits=("odd",),
    known=(Known((0.0,), 0.0, (1.0,)), Known((-0.0,), -0.0, (1.0,)), Known((INF,), NAN), Known((NAN,), NAN)),
    lowering="tan",
)


def _one_minus_square(x: Any) -> Any:
    value = np.asarray((1.0 - x) * (1.0 + x))
    return np.where(value < 0, value.dtype.type(np.nan), value)[()]


def _mp_one_minus_square(x: Any) -> Any:
    return mpmath.nan if abs(x) > 1 else (1 - x) * (1 + x)


one_minus_square = elementwise(
    "one_minus_square",
    FAMILY,
    "1 − x² on [−1, 1], computed without cancellation near the ends; nan outside.\n\n"
    "It stands in the derivatives of arcsin, arccos and arctanh.",
    _one_minus_square,
    _mp_one_minus_square,
    (lambda x, y: -2 * x,),
    ((-0.95, 0.95),),
    notation=named("one_minus_square"),
    traits=("even",),
    known=(
        Known((0.0,), 1.0, (-0.0,)),
        Known((1.0,), 0.0, (-2.0,)),
        Known((-1.0,), 0.0, (2.0,)),
        Known((2.0,), NAN),
        Known((INF,), NAN),
    ),
    lowering=function_lowerings.one_minus_square,
)
arcsin = elementwise(
    "arcsin",
    FAMILY,
    "Inverse sine, between −π/2 and π/2; nan outside [−1, 1].",
    np.arcsin,
    mpmath.asin,
    (lambda x, y: 1 / sqrt(one_minus_square(x)),),
    ((-0.95, 0.95),),
    notation=command("arcsin"),
    aliases=("asin",),
    traits=("odd", "increasing", "bounded"),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((1.0,), PI / 2, (INF,)),
        Known((-1.0,), -PI / 2, (INF,)),
        Known((2.0,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="asin",
)
arccos = elementwise(
    "arccos",
    FAMILY,
    "Inverse cosine, between 0 and π; nan outside [−1, 1].",
    np.arccos,
    mpmath.acos,
    (lambda x, y: -1 / sqrt(one_minus_square(x)),),
    ((-0.95, 0.95),),
    notation=command("arccos"),
    aliases=("acos",),
    traits=("decreasing", "bounded"),
    known=(
        Known((0.0,), PI / 2, (-1.0,)),
        Known((1.0,), 0.0, (-INF,)),
        Known((-1.0,), PI, (-INF,)),
        Known((2.0,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="acos",
)
arctan = elementwise(
    "arctan",
    FAMILY,
    "Inverse tangent, between −π/2 and π/2.",
    np.arctan,
    mpmath.atan,
    (lambda x, y: 1 / (1 + x**2),),
    ((-3, 3),),
    notation=command("arctan"),
    aliases=("atan",),
    traits=("odd", "increasing", "bounded"),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((INF,), PI / 2, (0.0,)),
        Known((-INF,), -PI / 2, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="atan",
)

# --- the point (x, y) in polar coordinates ----------------------------------------------------------


def _hypot_slope(x: Any, y: Any) -> Any:
    scale = np.maximum(np.abs(x), np.abs(y))
    value = np.divide(np.divide(x, scale), np.hypot(np.divide(x, scale), np.divide(y, scale)))
    return np.where(scale == 0, value.dtype.type(0), value)[()]


def _mp_hypot_slope(x: Any, y: Any) -> Any:
    return x / mpmath.hypot(x, y) if x or y else mpmath.mpf(0)


def _slope_x(x: Node, y: Node, c: Node) -> Node:
    return hypot_slope(y, x) ** 2 / hypot(x, y)


def _slope_y(x: Node, y: Node, c: Node) -> Node:
    return -c * hypot_slope(y, x) / hypot(x, y)


hypot_slope = elementwise(
    "hypot_slope",
    FAMILY,
    "x/√(x² + y²), the slope of hypot: the cosine of the angle between (x, y) and the x-axis; 0 at (0, 0).\n\n"
    "It neither overflows nor underflows, and its own derivatives s²/h and −c·s/h (with c and s the\n"
    "direction cosines and h the hypotenuse) are free of cancellation.",
    _hypot_slope,
    _mp_hypot_slope,
    (_slope_x, _slope_y),
    ((0.3, 3), (-3, -0.3)),
    notation=named("hypot_slope"),
    traits=("bounded",),
    kinks=(Kink("x = y = 0", "the value is 0; its derivative is nan"),),
    known=(
        Known((0.0, 0.0), 0.0, (NAN, NAN)),
        Known((3.0, 4.0), 0.6),
        Known((1e200, 1e200), float(np.sqrt(0.5))),
        Known((1e-200, 1e-200), float(np.sqrt(0.5))),
        Known((-2.0, 0.0), -1.0, (0.0, 0.0)),
    ),
    lowering=function_lowerings.hypot_slope,
)
hypot = elementwise(
    "hypot",
    FAMILY,
    "√(x² + y²), without overflow or underflow on the way.",
    np.hypot,
    mpmath.hypot,
    (lambda x, y, h: hypot_slope(x, y), lambda x, y, h: hypot_slope(y, x)),
    ((0.3, 3), (-3, -0.3)),
    notation=named("hypot"),
    traits=("commutative", "nonnegative", "keeps positive"),
    kinks=(Kink("x = y = 0", "the gradient is (0, 0); second derivatives are nan"),),
    known=(
        Known((0.0, 0.0), 0.0, (0.0, 0.0)),
        Known((3.0, -4.0), 5.0, (0.6, -0.8)),
        Known((1e200, 1e200), float(np.hypot(1e200, 1e200)), (float(np.sqrt(0.5)), float(np.sqrt(0.5)))),
        Known((1e-200, 1e-200), float(np.hypot(1e-200, 1e-200)), (float(np.sqrt(0.5)), float(np.sqrt(0.5)))),
        Known((INF, 1.0), INF),
        Known((1.0, NAN), NAN, (NAN, NAN)),
    ),
    lowering="hypot",
)


def _mp_arctan2(y: Any, x: Any) -> Any:
    if mpmath.isinf(x) and mpmath.isinf(y):  # as IEEE's atan2: a diagonal
        x, y = mpmath.sign(x), mpmath.sign(y)
    return mpmath.atan2(y, x)


arctan2 = elementwise(
    "arctan2",
    FAMILY,
    "Angle between the positive x-axis and the point (x, y), for the arguments y, x in this order;\nbetween −π and π.",
    np.arctan2,
    _mp_arctan2,
    (lambda y, x, z: hypot_slope(x, y) / hypot(x, y), lambda y, x, z: -hypot_slope(y, x) / hypot(x, y)),
    ((0.3, 3), (-3, 3)),
    notation=named("arctan2"),
    aliases=("atan2",),
    traits=("bounded",),
    kinks=(
        Kink("y = 0, x < 0", "the value jumps by 2π; the derivative is the one of either side"),
        Kink("x = y = 0", "the gradient is nan"),
    ),
    known=(
        Known((0.0, 1.0), 0.0, (1.0, -0.0)),
        Known((0.0, -1.0), PI, (-1.0, -0.0)),
        Known((1.0, 0.0), PI / 2, (0.0, -1.0)),
        Known((0.0, 0.0), 0.0, (NAN, NAN)),
        Known((1e200, 1e200), PI / 4, (5e-201, -5e-201)),
        Known((-INF, -INF), -0.75 * PI),
        Known((INF, INF), 0.25 * PI),
        Known((NAN, 1.0), NAN, (NAN, NAN)),
    ),
    lowering="atan2",
)

# --- degrees ----------------------------------------------------------------------------------------


def _mp_degrees(x: Any) -> Any:
    return x * 180 / mpmath.pi


def _mp_radians(x: Any) -> Any:
    return x * mpmath.pi / 180


degrees: Builder = elementwise(
    "degrees",
    FAMILY,
    "An angle in radians as degrees, 180·x/π.",
    np.degrees,
    _mp_degrees,
    (lambda x, y: degrees(lift(1.0, y)),),
    ((-3, 3),),
    notation=named("degrees"),
    linearity=Linearity.JOINT,
    aliases=("rad2deg",),
    traits=("odd", "increasing"),
    known=(Known((PI,), 180.0, (180 / PI,)), Known((0.0,), 0.0), Known((INF,), INF), Known((NAN,), NAN)),
    lowering=lowerings.times(180 / math.pi),
)
radians: Builder = elementwise(
    "radians",
    FAMILY,
    "An angle in degrees as radians, π·x/180.",
    np.radians,
    _mp_radians,
    (lambda x, y: radians(lift(1.0, y)),),
    ((-180, 180),),
    notation=named("radians"),
    linearity=Linearity.JOINT,
    aliases=("deg2rad",),
    traits=("odd", "increasing"),
    known=(Known((180.0,), PI, (PI / 180,)), Known((0.0,), 0.0), Known((INF,), INF), Known((NAN,), NAN)),
    lowering=lowerings.times(math.pi / 180),
)
