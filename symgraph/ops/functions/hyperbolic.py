"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.operator import Builder, Known
from ..elementwise import elementwise
from . import function_lowerings
from .elementary import INF, NAN, command, named, sqrt
from .trigonometric import hypot, one_minus_square

FAMILY = "hyperbolic"

sinh = elementwise(
    "sinh",
    FAMILY,
    "Hyperbolic sine.",
    np.sinh,
    mpmath.sinh,
    (lambda x, y: cosh(x),),
    ((-3, 3),),
    notation=command("sinh"),
    traits=("odd", "increasing"),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((INF,), INF, (INF,)),
        Known((-INF,), -INF, (INF,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="sinh",
)
cosh: Builder = elementwise(
    "cosh",
    FAMILY,
    "Hyperbolic cosine.",
    np.cosh,
    mpmath.cosh,
    (lambda x, y: sinh(x),),
    ((-3, 3),),
    notation=command("cosh"),
    traits=("even", "positive"),
    known=(
        Known((0.0,), 1.0, (0.0,)),
        Known((INF,), INF, (INF,)),
        Known((-INF,), INF, (-INF,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="cosh",
)


def _sech(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return 2 * small / (1 + small * small)


sech = elementwise(
    "sech",
    FAMILY,
    "Hyperbolic secant 1/cosh(x); it does not overflow on the way.",
    _sech,
    mpmath.sech,
    (lambda x, y: -y * tanh(x),),
    ((-3, 3),),
    notation=named("sech"),
    traits=("even", "bounded", "positive"),
    known=(
        Known((0.0,), 1.0, (-0.0,)),
        Known((INF,), 0.0, (-0.0,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=function_lowerings.sech,
)
tanh: Builder = elementwise(
    "tanh",
    FAMILY,
    "Hyperbolic tangent. Its derivative is written sech(x)², which stays accurate where 1 − tanh(x)² cancels.",
    np.tanh,
    mpmath.tanh,
    (lambda x, y: sech(x) ** 2,),
    ((-3, 3),),
    notation=command("tanh"),
    traits=("odd", "increasing", "bounded"),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((20.0,), 1.0, (1.6993417021166355e-17,)),
        Known((INF,), 1.0, (0.0,)),
        Known((-INF,), -1.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="tanh",
)
arcsinh = elementwise(
    "arcsinh",
    FAMILY,
    "Inverse hyperbolic sine.",
    np.arcsinh,
    mpmath.asinh,
    (lambda x, y: 1 / hypot(1, x),),
    ((-3, 3),),
    notation=named("arcsinh"),
    aliases=("asinh",),
    traits=("odd", "increasing"),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((1e200,), float(np.arcsinh(1e200)), (1e-200,)),
        Known((INF,), INF, (0.0,)),
        Known((-INF,), -INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="asinh",
)
arccosh = elementwise(
    "arccosh",
    FAMILY,
    "Inverse hyperbolic cosine; nan below 1.",
    np.arccosh,
    mpmath.acosh,
    (lambda x, y: 1 / (sqrt(x - 1) * sqrt(x + 1)),),
    ((1.2, 4),),
    notation=named("arccosh"),
    aliases=("acosh",),
    traits=("increasing", "nonnegative"),
    known=(
        Known((1.0,), 0.0, (INF,)),
        Known((0.5,), NAN, (NAN,)),
        Known((-2.0,), NAN, (NAN,)),
        Known((INF,), INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="acosh",
)
arctanh = elementwise(
    "arctanh",
    FAMILY,
    "Inverse hyperbolic tangent; nan outside [−1, 1].",
    np.arctanh,
    mpmath.atanh,
    (lambda x, y: 1 / one_minus_square(x),),
    ((-0.95, 0.95),),
    notation=named("arctanh"),
    aliases=("atanh",),
    traits=("odd", "increasing"),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((1.0,), INF, (INF,)),
        Known((-1.0,), -INF, (INF,)),
        Known((2.0,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="atanh",
)
