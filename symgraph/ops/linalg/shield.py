"""A guard for matrix rules: a matrix that nobody uses contributes zero, even where its own derivative is nan.

Below ``where``, indexing and the like, the adjoint of a matrix can be zero because its branch was not taken. The
rules of linear algebra multiply it with inverses that may be nan there. This is for whole matrices what
``guard`` is for numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dependence import count, nothing
from ...core.dimension import Shape
from ...core.dtype import promote_float
from ...core.errors import ShapeError
from ...core.lowering import Expansion
from ...core.node import CONSTANT, Node, apply
from ...core.operator import Attributes, Example, Notation, Operator, ReverseRule, register
from ...core.origin import CONTEXT
from ...core.shape import broadcast_shapes, shape_text
from ..row_steps import if_used_steps


def if_used(g: Node, x: Node, g_rank: int = 2, x_rank: int = 2) -> Node:
    """Give x, which must be linear in g: exact zeros for each matrix of the stack whose g is all zero.

    It is x wherever x is finite, and so are its derivatives. ``g_rank`` and ``x_rank`` say how many of the
    last axes make up one place of the stack.

    Raises:
        ShapeError: the stacks do not fit together.
    """
    return apply(IF_USED, (g, x), (g_rank, x_rank))


def shielded(rule: ReverseRule) -> ReverseRule:
    """Wrap the reverse rule of an operator with one argument, a matrix or a stack of them."""

    def reverse(node: Node, g: Node, i: int) -> Node | None:
        contribution = rule(node, g, i)
        return contribution if contribution is None else shield(g, contribution, node.ndim - node.args[0].ndim + 2)

    return reverse


def shield(g: Node, contribution: Node, g_rank: int = 2, x_rank: int = 2) -> Node:
    """Put :func:`if_used` around a contribution if the adjoint may vanish because a branch was not taken."""
    if not CONTEXT.masked or (g.ndim == g_rank and g.args and all(arg.op is CONSTANT for arg in g.args)):
        return contribution
    return if_used(g, contribution, g_rank, x_rank)


def _infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    g, x = args
    g_rank, x_rank = attrs
    places = x.shape[: x.ndim - x_rank]
    if g.ndim < g_rank or x.ndim < x_rank or broadcast_shapes(g.shape[: g.ndim - g_rank], places) != places:
        raise ShapeError(f"an adjoint of shape {shape_text(g.shape)} does not fit shape {shape_text(x.shape)}")
    return x.shape, promote_float(x.dtype)


def _numpy(g_rank: int, x_rank: int, g: Any, x: Any) -> Any:
    g, x = np.asarray(g), np.asarray(x)
    used = np.any(g != 0, axis=tuple(range(-g_rank, 0)))
    zero = mpmath.mpf(0) if x.dtype == object else x.dtype.type(0)
    return np.where(np.reshape(used, used.shape + (1,) * x_rank), x, zero)


def _reverse(node: Node, g: Node, i: int) -> Node | None:
    return None if i == 0 else g  # not masked: x is linear in g, and only its value at g = 0 is known


def _forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    return tangents[1]


def _draw(rng: Any) -> list[Any]:
    return [rng.uniform(1, 2, (2, 3)), rng.normal(size=(2, 2, 2))]


IF_USED = register(
    Operator(
        name="if_used",
        family="linear algebra",
        doc="Gives x, a linear function of g, as exact zeros for each matrix of the stack whose g is all zero.",
        arity=2,
        attributes=("g_rank", "x_rank"),
        infer=_infer,
        numpy=_numpy,
        notation=Notation("if_used", r"\operatorname{if\_used}", "if_used"),
        reverse=_reverse,
        forward=_forward,
        selective=True,
        lowering=Expansion(if_used_steps),
        dependence=lambda site: [nothing(count(site.shape)), ()],
        examples=(Example(((2, 3), (2, 2, 2)), (1, 2), make=_draw),),
    ),
    if_used,
)
