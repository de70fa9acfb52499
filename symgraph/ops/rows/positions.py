"""Where the greatest and smallest entries of rows stand, and truth values of rows."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape
from ...core.lowering import Expansion
from ...core.node import Node, lift
from ...core.operator import Attributes, Example, Known, Operator, register
from ...core.shape import normalize_axis
from ..defined import show_as
from ..row_steps import all_steps, any_steps, position_steps
from .axes import (
    Axes,
    Axis,
    gather_rows,
    infer_choice,
    mp_extreme,
    mp_reduction,
    reduced,
    spelled,
    without,
)

FAMILY = "reduction"
INF = float("inf")
NAN = float("nan")


# --- where the greatest stands ----------------------------------------------------------------


def _position(name: str, of: str, doc: str, compute: Any, known: tuple[Known, ...]) -> Operator:
    sign = 1 if of == "max" else -1

    def infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
        return infer_choice(args, attrs)[0], "int64"

    def of_row(row: list[Any]) -> Any:
        best = mp_extreme(row, sign)
        return mpmath.mpf(next(k for k, v in enumerate(row) if v == best or mpmath.isnan(v)))

    def in_numpy(axes: Axes, x: Any) -> Any:
        return compute(gather_rows(x, axes)[0], axis=-1)

    def build(x: Any, axis: int | None = None, keepdims: bool = False) -> Node:
        x = lift(x)
        return reduced(record, x, None if axis is None else normalize_axis(axis, x.ndim, name), keepdims)

    record = Operator(
        name=name,
        family=FAMILY,
        doc=doc,
        arity=1,
        attributes=("axes",),
        infer=infer,
        numpy=in_numpy,
        mpmath=mp_reduction(of_row),
        notation=spelled(name),
        differentiable=False,
        lowering=Expansion(lambda node: position_steps(node, of)),
        examples=(Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2, -1),)), Example(((2, 3),), ((-2,),))),
        known=known,
    )
    show_as(build, name, doc)
    return register(record, build)


_position(
    "argmax",
    "max",
    "Position of the greatest entry, the first if several tie; in the flattened array without an axis. An integer.",
    np.argmax,
    (Known(((-1,), [1.0, 3.0, 3.0]), 1), Known(((-1,), [1.0, NAN, 3.0]), 1)),
)
_position(
    "argmin",
    "min",
    "Position of the smallest entry, the first if several tie; in the flattened array without an axis. An integer.",
    np.argmin,
    (Known(((-1,), [1.0, 0.0, 0.0]), 1), Known(((-1,), [1.0, NAN, 3.0]), 1)),
)


# --- truth ------------------------------------------------------------------------------------


def _truth(name: str, doc: str, compute: Any, steps: Any, known: tuple[Known, ...]) -> Operator:
    def build(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
        return reduced(record, x, axis, keepdims)

    record = Operator(
        name=name,
        family=FAMILY,
        doc=doc,
        arity=1,
        attributes=("axes",),
        infer=lambda args, attrs: (without(args[0].shape, attrs[0]), "bool"),
        numpy=lambda axes, x: compute(np.asarray(x) != 0, axis=axes),
        notation=spelled(name),
        differentiable=False,
        lowering=Expansion(steps),
        examples=(Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2,),))),
        known=known,
    )
    show_as(build, name, doc)
    return register(record, build)


_truth(
    "any",
    "True if an entry is not zero.",
    np.any,
    any_steps,
    (Known(((-1,), [0.0, 2.0]), True), Known(((-1,), [0.0, 0.0]), False), Known(((-1,), [NAN]), True)),
)
_truth(
    "all",
    "True if no entry is zero.",
    np.all,
    all_steps,
    (Known(((-1,), [0.0, 2.0]), False), Known(((-1,), [1.0, NAN]), True)),
)
