"""Choosing between two expressions entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dimension import Shape
from ..core.dtype import promote
from ..core.node import Node, apply, constant, lift
from ..core.operator import OPS, Attributes, Example, Kink, Known, Linearity, Operator, register
from . import lowerings
from .comparison import logical_not, not_equal
from .elementwise import joint_shape, lift_all
from .functions.elementary import INF, NAN, named
from .tensor.broadcasting import sum_to
from .tensor.contraction import is_broadcast
from .tensor.products import broadcast_to

FAMILY = "piecewise"


def _where_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return joint_shape(args), promote(args[1].dtype, args[2].dtype)


def _where_numpy(condition: Any, x: Any, y: Any) -> Any:
    return np.asarray(np.where(condition, x, y))[()]


def _where_canonical(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    condition, x, y = args
    if x is y and joint_shape(args) == x.shape:
        return x
    # A choice by the same condition inside is decided already.
    chosen = x.args[1] if x.op is OPS["where"] and x.args[0] is condition else x
    other = y.args[2] if y.op is OPS["where"] and y.args[0] is condition else y
    if (chosen, other) == (x, y) or joint_shape((condition, chosen, other)) != joint_shape(args):
        return None
    return where(condition, chosen, other)


def _thin(g: Node, condition: Node) -> Node:
    """Give the scalar that ``g`` repeats, if the condition brings the whole shape along anyway."""
    if g.shape != condition.shape or not is_broadcast(g):
        return g
    if not g.args:
        return constant(1.0, dtype=g.dtype)
    return g.args[0] if not g.args[0].shape else g


def _where_reverse(node: Node, g: Node, i: int) -> Node | None:
    if i == 0:
        return None
    condition, arg = node.args[0], node.args[i]
    zero = constant(0.0, dtype=g.dtype)
    thin = _thin(g, condition)
    taken = where(condition, thin, zero) if i == 1 else where(condition, zero, thin)
    return sum_to(taken, arg.shape, g.ndim - node.ndim)


def _where_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    x, y = tangents[1:]
    if x is None and y is None:
        return None
    zero = constant(0.0, dtype=node.dtype)
    return broadcast_to(where(node.args[0], zero if x is None else x, zero if y is None else y), node.shape)


def _draw_where(random: Any) -> list[Any]:
    return [random.random((2, 3)) < 0.5, random.uniform(-3, 3, (3,)), random.uniform(-3, 3, (2, 1))]


def where(condition: Any, x: Any, y: Any) -> Node:
    """Choose x where the condition holds and y elsewhere, entry by entry.

    The branch not taken contributes an exact zero to the derivatives, even where its own are nan or infinite.

    Args:
        condition: truth values; a number counts as true unless it is 0.
        x: what is chosen where it holds. The three shapes broadcast.
        y: what is chosen elsewhere.

    Raises:
        ShapeError: the shapes do not broadcast.

    >>> import symgraph as sg
    >>> sg.where(sg.symbol("x", shape=3) > 0, 1.0, 0.0).shape
    (3,)
    """
    choice = lift(condition)
    if choice.dtype != "bool":
        choice = not_equal(choice, 0)
    return apply(OPS["where"], (choice, *lift_all((x, y))))


register(
    Operator(
        name="where",
        family=FAMILY,
        doc="x where the condition holds, y elsewhere. The branch not taken has derivative 0, even where it is nan.",
        arity=3,
        infer=_where_infer,
        numpy=_where_numpy,
        mpmath=lambda condition, x, y: x if condition else y,
        notation=named("where"),
        elementwise=True,
        reverse=_where_reverse,
        forward=_where_forward,
        linearity=Linearity.JOINT,
        selective=True,
        taken=lambda node, i: node.args[0] if i == 1 else logical_not(node.args[0]),
        canonical=_where_canonical,
        examples=(Example(((2, 3), (3,), (2, 1)), make=_draw_where),),
        known=(
            Known((True, 1.0, NAN), 1.0, (None, 1.0, 0.0)),
            Known((False, INF, 2.0), 2.0, (None, 0.0, 1.0)),
            Known((True, -0.0, 1.0), -0.0),
        ),
        kinks=(Kink("where the condition changes", "the derivative is that of the branch taken"),),
        lowering=lowerings.where,
    ),
    where,
)
