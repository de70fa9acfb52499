"""The logistic family: sigmoid, logit, softplus, logaddexp, log cosh; none overflows or cancels in its tails."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.lazy import Library
from ...core.node import Node, lift
from ...core.operator import Builder, Definition, Example, Kink, Known, Linearity, Notation, define
from ..elementwise import elementwise
from . import function_lowerings
from .elementary import INF, NAN, exp, log, named
from .hyperbolic import tanh

special = Library("scipy.special")

FAMILY = "logistic"
LN2 = float(np.log(2))


def _mp_sigmoid(x: Any) -> Any:
    return mpmath.exp(x) / (1 + mpmath.exp(x)) if x < 0 else 1 / (1 + mpmath.exp(-x))


sigmoid: Builder = elementwise(
    "sigmoid",
    FAMILY,
    "Logistic function 1/(1 + e^{−x}).\n\n"
    "Its derivative is written σ(x)·σ(−x), which stays accurate where σ(x)·(1 − σ(x)) cancels.",
    special.later("expit"),
    _mp_sigmoid,
    (lambda x, y: y * sigmoid(-x),),
    ((-6, 6),),
    notation=Notation("sigmoid", r"\sigma", "σ"),
    aliases=("expit", "logistic"),
    traits=("increasing", "bounded", "positive"),
    known=(
        Known((0.0,), 0.5, (0.25,)),
        Known((40.0,), 1.0, (4.248354255291589e-18,)),
        Known((-1000.0,), 0.0, (0.0,)),
        Known((INF,), 1.0, (0.0,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=function_lowerings.sigmoid,
)


def _mp_logit(x: Any) -> Any:
    if x in (0, 1):
        return mpmath.inf if x else -mpmath.inf
    if 0.25 < x < 0.75:
        return 2 * mpmath.atanh(2 * x - 1)
    return mpmath.log(x) - mpmath.log1p(-x) if 0 < x < 1 else mpmath.nan


logit = elementwise(
    "logit",
    FAMILY,
    "log(x/(1 − x)), the inverse of the sigmoid, on [0, 1]; nan outside.",
    special.later("logit"),
    _mp_logit,
    (lambda x, y: 1 / (x * (1 - x)),),
    ((0.05, 0.95),),
    traits=("increasing",),
    kinks=(Kink("x < 0 or x > 1, where the value is nan", "1/(x·(1 − x)), the derivative of log|x/(1 − x)|"),),
    known=(
        Known((0.5,), 0.0, (4.0,)),
        Known((0.0,), -INF, (INF,)),
        Known((1.0,), INF, (INF,)),
        Known((2.0,), NAN),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering="special:logit",
)


def _softplus(x: Any) -> Any:
    return np.logaddexp(x, 0.0)


def _mp_softplus(x: Any) -> Any:
    return max(x, mpmath.mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x)))


softplus = elementwise(
    "softplus",
    FAMILY,
    "log(1 + e^x), without overflow.",
    _softplus,
    _mp_softplus,
    (lambda x, y: sigmoid(x),),
    ((-6, 6),),
    traits=("increasing", "positive"),
    known=(
        Known((0.0,), LN2, (0.5,)),
        Known((1000.0,), 1000.0, (1.0,)),
        Known((-1000.0,), 0.0, (0.0,)),
        Known((INF,), INF, (1.0,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=function_lowerings.softplus,
)


def _log_sigmoid(x: Any) -> Node:
    return -softplus(-lift(x))


log_sigmoid = define(
    Definition(
        name="log_sigmoid",
        family=FAMILY,
        doc="Logarithm of the sigmoid, −softplus(−x), also where the sigmoid underflows.",
        build=_log_sigmoid,
        reference=special.later("log_expit"),
        aliases=("log_expit", "logsigmoid"),
        examples=(Example(((),), domain=((-6, 6),)), Example(((2, 3),), domain=((-6, 6),))),
        known=(
            Known((0.0,), -LN2, (0.5,)),
            Known((-1000.0,), -1000.0, (1.0,)),
            Known((1000.0,), -0.0, (0.0,)),
            Known((-INF,), -INF, (1.0,)),
            Known((NAN,), NAN, (NAN,)),
        ),
    )
)

# --- logarithms of sums -----------------------------------------------------------------------------------


def _gap(x: Any, y: Any) -> Any:
    difference = np.subtract(x, y, dtype=np.result_type(x, y, np.float32))
    return np.where(np.equal(x, y), difference.dtype.type(0), difference)[()]


gap = elementwise(
    "gap",
    FAMILY,
    "x − y, where the difference of equal infinities is 0.\n\nIt stands in the derivatives of logaddexp.",
    _gap,
    lambda x, y: mpmath.mpf(0) if x == y else x - y,
    (1, -1),
    ((-3, 3), (-3, 3)),
    linearity=Linearity.JOINT,
    known=(
        Known((3.0, 1.0), 2.0, (1.0, -1.0)),
        Known((INF, INF), 0.0, (1.0, -1.0)),
        Known((-INF, -INF), 0.0, (1.0, -1.0)),
        Known((INF, -INF), INF),
        Known((NAN, 1.0), NAN),
    ),
    lowering=function_lowerings.gap,
)
EQUAL_INFINITIES = Kink("x = y = ±inf", "the limit along x = y: each gets half")


def _mp_logaddexp(x: Any, y: Any) -> Any:
    if mpmath.isnan(x) or mpmath.isnan(y):
        return mpmath.nan
    if x == y and mpmath.isinf(x):
        return x
    with mpmath.extraprec(mpmath.mp.prec + 40):
        return max(x, y) + mpmath.log1p(mpmath.exp(-abs(x - y)))


logaddexp = elementwise(
    "logaddexp",
    FAMILY,
    "log(e^x + e^y), without overflow.",
    np.logaddexp,
    _mp_logaddexp,
    (lambda x, y, z: sigmoid(gap(x, y)), lambda x, y, z: sigmoid(gap(y, x))),
    ((-3, 3), (-3, 3)),
    kinks=(EQUAL_INFINITIES,),
    traits=("commutative",),
    known=(
        Known((0.0, 0.0), LN2, (0.5, 0.5)),
        Known((1000.0, 0.0), 1000.0, (1.0, 0.0)),
        Known((-INF, 2.0), 2.0, (0.0, 1.0)),
        Known((INF, 2.0), INF, (1.0, 0.0)),
        Known((-INF, -INF), -INF, (0.5, 0.5)),
        Known((INF, INF), INF, (0.5, 0.5)),
        Known((NAN, 1.0), NAN, (NAN, NAN)),
    ),
    lowering=function_lowerings.logaddexp,
)


def _mp_logaddexp2(x: Any, y: Any) -> Any:
    with mpmath.extraprec(mpmath.mp.prec + 40):
        unit = mpmath.log(2)
        return _mp_logaddexp(x * unit, y * unit) / unit


def _share(x: Node, y: Node) -> Node:
    """Give 2^x/(2^x + 2^y)."""
    return sigmoid(log(lift(2.0, x)) * gap(x, y))


logaddexp2 = elementwise(
    "logaddexp2",
    FAMILY,
    "log2(2^x + 2^y), without overflow.",
    np.logaddexp2,
    _mp_logaddexp2,
    (lambda x, y, z: _share(x, y), lambda x, y, z: _share(y, x)),
    ((-3, 3), (-3, 3)),
    kinks=(EQUAL_INFINITIES,),
    traits=("commutative",),
    known=(
        Known((0.0, 0.0), 1.0, (0.5, 0.5)),
        Known((2000.0, 0.0), 2000.0, (1.0, 0.0)),
        Known((-INF, 2.0), 2.0, (0.0, 1.0)),
        Known((-INF, -INF), -INF, (0.5, 0.5)),
        Known((NAN, 1.0), NAN, (NAN, NAN)),
    ),
    lowering=function_lowerings.logaddexp2,
)

# --- log cosh and log(1 − e^{−x}) ---------------------------------------------------------------------------


def _logcosh(x: Any) -> Any:
    size = np.abs(np.asarray(x, dtype=np.result_type(x, np.float32)))
    near = np.log1p(2 * np.sinh(np.minimum(size, 1) / 2) ** 2)
    return np.where(size < 1, near, size + np.log1p(np.exp(-2 * size)) - size.dtype.type(LN2))[()]


def _mp_logcosh(x: Any) -> Any:
    if abs(x) < 1:
        return mpmath.log1p(2 * mpmath.sinh(x / 2) ** 2)
    return abs(x) + mpmath.log1p(mpmath.exp(-2 * abs(x))) - mpmath.log(2)


logcosh = elementwise(
    "logcosh",
    FAMILY,
    "log(cosh(x)), without overflow, and without cancellation near 0.",
    _logcosh,
    _mp_logcosh,
    (lambda x, y: tanh(x),),
    ((-3, 3),),
    traits=("even", "nonnegative"),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((1e-9,), 5e-19, (1e-9,)),
        Known((1000.0,), 1000.0 - LN2, (1.0,)),
        Known((-INF,), INF, (-1.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=function_lowerings.logcosh,
)


def _log1mexp(x: Any) -> Any:
    x = np.asarray(x, dtype=np.result_type(x, np.float32))
    return np.where(x > LN2, np.log1p(-np.exp(-x)), np.log(-np.expm1(-x)))[()]


def _mp_log1mexp(x: Any) -> Any:
    if x < 0 or mpmath.isnan(x):
        return mpmath.nan
    return mpmath.log1p(-mpmath.exp(-x)) if x > LN2 else mpmath.log(-mpmath.expm1(-x))


log1mexp = elementwise(
    "log1mexp",
    FAMILY,
    "log(1 − e^{−x}) for x ≥ 0, accurate for small and large x; nan below 0.",
    _log1mexp,
    _mp_log1mexp,
    (lambda x, y: exp(-x - y),),
    ((0.1, 6),),
    notation=named("log1mexp"),
    traits=("increasing", "nonpositive"),
    known=(
        Known((0.0,), -INF, (INF,)),
        Known((INF,), -0.0, (0.0,)),
        Known((-1.0,), NAN, (NAN,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    source="Mächler, Accurately computing log(1 − exp(−|a|)) (2012)",
    lowering=function_lowerings.log1mexp,
)
