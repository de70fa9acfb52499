"""Exponentials, logarithms and roots."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, lift, method
from ...core.operator import Definition, Example, Kink, Known, Notation, define
from .. import lowerings
from ..defined import show_as
from ..elementwise import elementwise
from ..power import power

FAMILY = "elementary"
INF = float("inf")
NAN = float("nan")
OUTSIDE = Kink("x < 0, where the value is nan", "1/x, the derivative of log|x|")


def command(name: str, label: str = "") -> Notation:
    """Give the notation of a function that LaTeX has a command for."""
    return Notation(name, f"\\{name}", label or name)


def named(name: str, text: str = "") -> Notation:
    """Give the notation of a function that LaTeX knows no command for."""
    shown = text or name
    return Notation(shown, rf"\operatorname{{{shown.replace('_', ' ')}}}", shown)


exp = elementwise(
    "exp",
    FAMILY,
    "Exponential e^x.",
    np.exp,
    mpmath.exp,
    (lambda x, y: y,),
    ((-3, 3),),
    notation=command("exp"),
    traits=("increasing", "positive"),
    known=(
        Known((0.0,), 1.0, (1.0,)),
        Known((-0.0,), 1.0, (1.0,)),
        Known((INF,), INF, (INF,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="exp",
)


def _mp_exp2(x: Any) -> Any:
    return mpmath.power(2, x)


def _log_of(base: float, like: Node) -> Node:
    """Give log(base) as an expression, so that it has as many digits as the evaluator works with."""
    return log(lift(base, like))


exp2 = elementwise(
    "exp2",
    FAMILY,
    "Power 2^x.",
    np.exp2,
    _mp_exp2,
    (lambda x, y: y * _log_of(2.0, y),),
    ((-3, 3),),
    notation=named("exp2"),
    traits=("increasing", "positive"),
    known=(
        Known((0.0,), 1.0, (float(np.log(2)),)),
        Known((3.0,), 8.0),
        Known((-1.0,), 0.5),
        Known((INF,), INF, (INF,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="exp2",
)
expm1 = elementwise(
    "expm1",
    FAMILY,
    "e^x − 1, accurate where x is small.",
    np.expm1,
    mpmath.expm1,
    (lambda x, y: exp(x),),
    ((-3, 3),),
    notation=named("expm1"),
    traits=("increasing",),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((1e-20,), 1e-20, (1.0,)),
        Known((INF,), INF, (INF,)),
        Known((-INF,), -1.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="expm1",
)
log = elementwise(
    "log",
    FAMILY,
    "Natural logarithm; nan below 0, −inf at 0.",
    np.log,
    mpmath.log,
    (lambda x, y: 1 / x,),
    ((0.2, 4),),
    notation=command("log"),
    aliases=("ln",),
    traits=("increasing",),
    kinks=(OUTSIDE,),
    known=(
        Known((1.0,), 0.0, (1.0,)),
        Known((0.0,), -INF, (INF,)),
        Known((-1.0,), NAN),
        Known((INF,), INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="log",
)


def _mp_log2(x: Any) -> Any:
    return mpmath.log(x) / mpmath.log(2)


log2 = elementwise(
    "log2",
    FAMILY,
    "Logarithm to base 2; nan below 0, −inf at 0.",
    np.log2,
    _mp_log2,
    (lambda x, y: 1 / (x * _log_of(2.0, y)),),
    ((0.2, 4),),
    notation=named("log2"),
    traits=("increasing",),
    kinks=(OUTSIDE,),
    known=(
        Known((8.0,), 3.0),
        Known((1.0,), 0.0, (float(1 / np.log(2)),)),
        Known((0.0,), -INF, (INF,)),
        Known((-1.0,), NAN),
        Known((INF,), INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="log2",
)
log10 = elementwise(
    "log10",
    FAMILY,
    "Logarithm to base 10; nan below 0, −inf at 0.",
    np.log10,
    mpmath.log10,
    (lambda x, y: 1 / (x * _log_of(10.0, y)),),
    ((0.2, 4),),
    notation=named("log10"),
    traits=("increasing",),
    kinks=(OUTSIDE,),
    known=(
        Known((1000.0,), 3.0),
        Known((1.0,), 0.0, (float(1 / np.log(10)),)),
        Known((0.0,), -INF, (INF,)),
        Known((-1.0,), NAN),
        Known((INF,), INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="log10",
)
log1p = elementwise(
    "log1p",
    FAMILY,
    "log(1 + x), accurate where x is small; nan below −1, −inf at −1.",
    np.log1p,
    mpmath.log1p,
    (lambda x, y: 1 / (1 + x),),
    ((-0.8, 4),),
    notation=named("log1p"),
    traits=("increasing",),
    kinks=(Kink("x < −1, where the value is nan", "1/(1 + x), the derivative of log|1 + x|"),),
    known=(
        Known((0.0,), 0.0, (1.0,)),
        Known((-0.0,), -0.0, (1.0,)),
        Known((1e-20,), 1e-20, (1.0,)),
        Known((-1.0,), -INF, (INF,)),
        Known((-2.0,), NAN),
        Known((INF,), INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="log1p",
)
sqrt = elementwise(
    "sqrt",
    FAMILY,
    "Square root; nan below 0.",
    np.sqrt,
    mpmath.sqrt,
    (lambda x, y: 0.5 / y,),
    ((0.2, 4),),
    notation=Notation("sqrt", r"\sqrt", "√"),
    traits=("increasing", "nonnegative", "keeps positive"),
    known=(
        Known((0.0,), 0.0, (INF,)),
        Known((4.0,), 2.0, (0.25,)),
        Known((INF,), INF, (0.0,)),
        Known((-1.0,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=lowerings.intrinsic("sqrt"),
)


def _mp_cbrt(x: Any) -> Any:
    return -mpmath.cbrt(-x) if x < 0 else mpmath.cbrt(x)


cbrt = elementwise(
    "cbrt",
    FAMILY,
    "Real cube root, also of negative numbers.",
    np.cbrt,
    _mp_cbrt,
    (lambda x, y: 1 / (3 * y**2),),
    ((0.2, 4),),
    notation=Notation("cbrt", r"\sqrt[3]", "∛"),
    traits=("odd", "increasing"),
    known=(
        Known((0.0,), 0.0, (INF,)),
        Known((-0.0,), -0.0, (INF,)),
        Known((-8.0,), -2.0, (1 / 12,)),
        Known((INF,), INF, (0.0,)),
        Known((-INF,), -INF, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="cbrt",
)


def _definition(name: str, doc: str, build: Any, reference: Any, interval: tuple[float, float], **more: Any) -> Any:
    examples = (Example(((),), domain=(interval,)), Example(((2, 3),), domain=(interval,)))
    show_as(build, name, doc)
    return define(
        Definition(name=name, family=FAMILY, doc=doc, build=build, reference=reference, examples=examples, **more)
    )


def _square(x: Any) -> Node:
    return power(x, 2)


def _reciprocal(x: Any) -> Node:
    return 1 / lift(x)


def _positive(x: Any) -> Node:
    return lift(x)


square = _definition(
    "square",
    "Square, x².",
    _square,
    np.square,
    (-3, 3),
    known=(Known((0.0,), 0.0, (0.0,)), Known((-0.0,), 0.0, (-0.0,)), Known((-INF,), INF, (-INF,))),
)
reciprocal = _definition(
    "reciprocal",
    "Reciprocal 1/x, a real number also for an integer x (NumPy's would be an integer).",
    _reciprocal,
    np.reciprocal,
    (0.2, 4),
    known=(Known((0.0,), INF, (-INF,)), Known((-0.0,), -INF, (-INF,)), Known((INF,), 0.0, (-0.0,))),
)
positive = _definition("positive", "x itself, as `+x`.", _positive, np.positive, (-3, 3))

method("__pos__", positive)
