"""Comparisons, tests and logic: their values are true or false, so their derivative is zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from ..core.node import method
from ..core.operator import ZERO, Builder, Example, Known, Notation
from . import lowerings
from .elementwise import elementwise, infer_bool
from .functions.elementary import INF, NAN, named

FAMILY = "comparison"


def _comparison(
    name: str, doc: str, numpy: Any, mp: Callable[..., bool], notation: Notation, known: tuple[Known, ...]
) -> Builder:
    return elementwise(
        name,
        FAMILY,
        doc + ", entry by entry; a comparison with nan is false.",
        numpy,
        mp,
        (ZERO, ZERO),
        ((-3, 3), (-3, 3)),
        notation=notation,
        infer=infer_bool,
        differentiable=False,
        known=known,
        lowering=lowerings.COMPARISONS[name],
    )


def _infix(text: str, latex: str, label: str) -> Notation:
    return Notation(text, latex, label, "infix", 30)


less = _comparison(
    "less",
    "x < y",
    np.less,
    lambda x, y: x < y,
    _infix("<", "<", "<"),
    (Known((1.0, 2.0), True), Known((2.0, 2.0), False), Known((-INF, INF), True), Known((NAN, 1.0), False)),
)
less_equal = _comparison(
    "less_equal",
    "x ≤ y",
    np.less_equal,
    lambda x, y: x <= y,
    _infix("<=", r"\le", "≤"),
    (Known((2.0, 2.0), True), Known((-0.0, 0.0), True), Known((INF, INF), True), Known((NAN, NAN), False)),
)
greater = _comparison(
    "greater",
    "x > y",
    np.greater,
    lambda x, y: x > y,
    _infix(">", ">", ">"),
    (Known((2.0, 1.0), True), Known((0.0, -0.0), False), Known((INF, 1.0), True), Known((1.0, NAN), False)),
)
greater_equal = _comparison(
    "greater_equal",
    "x ≥ y",
    np.greater_equal,
    lambda x, y: x >= y,
    _infix(">=", r"\ge", "≥"),
    (Known((2.0, 2.0), True), Known((1.0, 2.0), False), Known((-INF, -INF), True), Known((NAN, NAN), False)),
)
equal = _comparison(
    "equal",
    "x = y",
    np.equal,
    lambda x, y: x == y,
    _infix("==", "=", "="),
    (Known((2.0, 2.0), True), Known((0.0, -0.0), True), Known((INF, INF), True), Known((NAN, NAN), False)),
)
not_equal = elementwise(
    "not_equal",
    FAMILY,
    "x ≠ y, entry by entry; nan differs from everything, itself included.",
    np.not_equal,
    lambda x, y: x != y,
    (ZERO, ZERO),
    ((-3, 3), (-3, 3)),
    notation=_infix("!=", r"\ne", "≠"),
    infer=infer_bool,
    differentiable=False,
    known=(Known((2.0, 2.0), False), Known((0.0, -0.0), False), Known((NAN, NAN), True)),
    lowering=lowerings.COMPARISONS["not_equal"],
)


def _draw_two(random: Any) -> list[Any]:
    return [random.random((2, 3)) < 0.5, random.random((3,)) < 0.5]


def _draw_one(random: Any) -> list[Any]:
    return [random.random((2, 3)) < 0.5]


def _logical(name: str, doc: str, numpy: Any, mp: Callable[..., bool], label: str, latex: str) -> Builder:
    return elementwise(
        name,
        FAMILY,
        doc + ", entry by entry; a number counts as true unless it is 0.",
        numpy,
        mp,
        (ZERO, ZERO),
        ((-3, 3), (-3, 3)),
        notation=Notation(name, latex, label),
        infer=infer_bool,
        differentiable=False,
        examples=(Example(((2, 3), (3,)), make=_draw_two),),
        traits=("commutative",),
        known=tuple(
            Known((x, y), bool(numpy(x, y))) for x, y in ((False, False), (False, True), (True, False), (True, True))
        ),
        lowering=lowerings.logical(name.removeprefix("logical_")),
    )


logical_and = _logical(
    "logical_and", "x and y", np.logical_and, lambda x, y: bool(x) and bool(y), "∧", r"\operatorname{and}"
)
logical_or = _logical(
    "logical_or", "x or y (or both)", np.logical_or, lambda x, y: bool(x) or bool(y), "∨", r"\operatorname{or}"
)
logical_xor = _logical(
    "logical_xor", "either x or y", np.logical_xor, lambda x, y: bool(x) != bool(y), "⊻", r"\operatorname{xor}"
)


def _test(name: str, doc: str, numpy: Any, mp: Callable[..., bool], known: tuple[Known, ...], *traits: str) -> Builder:
    return elementwise(
        name,
        FAMILY,
        doc,
        numpy,
        mp,
        (ZERO,),
        ((-3, 3),),
        notation=named(name),
        infer=infer_bool,
        differentiable=False,
        known=known,
        traits=traits,
        lowering=lowerings.TESTS[name],
    )


logical_not = elementwise(
    "logical_not",
    FAMILY,
    "True where x is false, entry by entry; a number counts as true unless it is 0.",
    np.logical_not,
    lambda x: not x,
    (ZERO,),
    ((-3, 3),),
    notation=Notation("logical_not", r"\operatorname{not}", "¬"),
    infer=infer_bool,
    differentiable=False,
    examples=(Example(((2, 3),), make=_draw_one),),
    known=(Known((True,), False), Known((False,), True), Known((NAN,), False)),
    lowering=lowerings.logical_not,
)
isnan = _test(
    "isnan",
    "True where x is not a number.",
    np.isnan,
    mpmath.isnan,
    (Known((NAN,), True), Known((INF,), False), Known((0.0,), False)),
)
isinf = _test(
    "isinf",
    "True where x is infinite.",
    np.isinf,
    mpmath.isinf,
    (Known((NAN,), False), Known((-INF,), True), Known((0.0,), False)),
)
isfinite = _test(
    "isfinite",
    "True where x is neither infinite nor nan.",
    np.isfinite,
    mpmath.isfinite,
    (Known((NAN,), False), Known((-INF,), False), Known((0.0,), True)),
)


def _mp_signbit(x: Any) -> bool:
    return bool(x < 0)


signbit = _test(
    "signbit",
    "True where the sign of x is negative, −0.0 included (mpmath has no −0.0 and takes it for 0); of nan, either.",
    np.signbit,
    _mp_signbit,
    (Known((-2.0,), True), Known((0.0,), False), Known((-INF,), True)),
    "reads sign bits",
)


method("__lt__", less)
method("__le__", less_equal)
method("__gt__", greater)
method("__ge__", greater_equal)
