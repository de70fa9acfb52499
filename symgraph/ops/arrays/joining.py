"""Joining arrays: concatenate, stack, and the functions made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dependence import Chain, Site, count, given, numbers
from ...core.dimension import Shape, Size
from ...core.dtype import promote
from ...core.errors import ShapeError
from ...core.lowering import Access, Pieces, Position
from ...core.node import Node, apply, constant
from ...core.operator import Attributes, Example, Linearity, Notation, Operator, register
from ...core.shape import normalize_axis, shape_text
from ..defined import defined
from ..elementwise import lift_all
from ..tensor.products import broadcast_to
from .indexing import drop_axis, slice_axis
from .structure import RESHAPE, expand_dims, ravel

FAMILY = "structure"


def joined(values: Any) -> tuple[Node, ...]:
    """Read a sequence of arrays."""
    nodes = tuple(values) if isinstance(values, Node) else lift_all(list(values))
    if not nodes:
        raise ShapeError("at least one array is needed")
    return nodes


def _push_all(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    """Forward rule of an operator that joins its arguments: zeros stand for missing tangents."""
    if all(tangent is None for tangent in tangents):
        return None
    filled = [
        broadcast_to(constant(0.0, dtype=node.dtype), arg.shape) if tangent is None else tangent
        for arg, tangent in zip(node.args, tangents, strict=True)
    ]
    return apply(node.op, tuple(filled), node.attrs)


def _concatenate_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    (axis,) = attrs
    first = args[0].shape
    if not -len(first) <= axis < 0:
        raise ShapeError(f"axis {axis} does not exist in an array of rank {len(first)}")
    place = len(first) + axis
    total: Size = 0
    for arg in args:
        if arg.shape[:place] + arg.shape[place + 1 :] != first[:place] + first[place + 1 :] or arg.ndim != len(first):
            raise ShapeError(
                f"shapes {shape_text(first)} and {shape_text(arg.shape)} must agree in every axis but {place}"
            )
        total = total + arg.shape[place]
    return (*first[:place], total, *first[place + 1 :]), promote(*[arg.dtype for arg in args])


def _concatenate_reverse(node: Node, g: Node, i: int) -> Node:
    axis = node.attrs[0]
    start: Size = 0
    for arg in node.args[:i]:
        start = start + arg.shape[axis]
    return slice_axis(g, axis, start, node.args[i].shape[axis])


def _concatenate_dependence(site: Site) -> list[Chain]:
    (axis,) = site.attrs
    ends = np.cumsum([shape[axis] for shape in site.shapes])
    return [given(part, count(site.shape)) for part in np.split(numbers(site.shape), ends[:-1], axis)]


def concatenate(arrays: Any, axis: int | None = 0) -> Node:
    """Join arrays along an existing axis; ``axis=None`` flattens them first.

    Raises:
        ShapeError: the arrays differ in another axis, or are scalars.

    >>> import symgraph as sg
    >>> sg.concatenate([sg.symbol("x", shape="n"), sg.symbol("y", shape="m")]).shape
    (m+n,)
    """
    nodes = joined(arrays)
    if axis is None:
        nodes, axis = tuple([ravel(node) for node in nodes]), 0
    if not nodes[0].ndim:
        raise ShapeError("concatenate: scalars have no axis to join; use stack")
    return apply(CONCATENATE, nodes, (normalize_axis(axis, nodes[0].ndim, "concatenate") - nodes[0].ndim,))


def _concatenate_places(node: Node) -> tuple[Access, ...]:
    axis = node.ndim + node.attrs[0]
    start: Size = 0
    found = []
    for arg in node.args:
        found.append(tuple([Position(k, start if k == axis else 0) for k in range(node.ndim)]))
        start = start + arg.shape[axis]
    return tuple(found)


CONCATENATE: Operator = register(
    Operator(
        name="concatenate",
        family=FAMILY,
        doc="Arrays one behind the other along an axis, which is counted from the end.",
        arity=None,
        attributes=("axis",),
        infer=_concatenate_infer,
        numpy=lambda axis, *arrays: np.concatenate(arrays, axis=axis),
        notation=Notation("concatenate", r"\operatorname{concatenate}", "concat"),
        reverse=_concatenate_reverse,
        forward=_push_all,
        linearity=Linearity.JOINT,
        dependence=_concatenate_dependence,
        canonical=lambda args, attrs: args[0] if len(args) == 1 else None,
        lowering=Pieces(_concatenate_places, added=False),
        examples=(Example(((2,), (3,)), (-1,)), Example(((2, 3), (1, 3), (2, 3)), (-2,))),
    ),
    concatenate,
)


def _stack_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    (axis,) = attrs
    shape = args[0].shape
    for arg in args:
        if arg.shape != shape:
            raise ShapeError(f"shapes {shape_text(shape)} and {shape_text(arg.shape)} differ")
    place = len(shape) + 1 + axis
    return (*shape[:place], len(args), *shape[place:]), promote(*[arg.dtype for arg in args])


def stack(arrays: Any, axis: int = 0) -> Node:
    """Join arrays of one shape along a new axis.

    >>> import symgraph as sg
    >>> x, y = sg.symbols("x y")
    >>> sg.stack([x, y]).shape
    (2,)
    """
    nodes = joined(arrays)
    rank = nodes[0].ndim + 1
    return apply(STACK, nodes, (normalize_axis(axis, rank, "stack") - rank,))


def _stack_places(node: Node) -> tuple[Access, ...]:
    axis = node.ndim + node.attrs[0]
    before, behind = [Position(k) for k in range(axis)], [Position(k) for k in range(axis, node.ndim - 1)]
    return tuple([(*before, Position(None, i), *behind) for i in range(len(node.args))])


STACK: Operator = register(
    Operator(
        name="stack",
        family=FAMILY,
        doc="Arrays of one shape side by side along a new axis, which is counted from the end.",
        arity=None,
        attributes=("axis",),
        infer=_stack_infer,
        numpy=lambda axis, *arrays: np.stack(arrays, axis=axis),
        notation=Notation("stack", r"\operatorname{stack}", "stack"),
        reverse=lambda node, g, i: drop_axis(g, node.attrs[0], i),
        lowering=Pieces(_stack_places, added=False),
        forward=_push_all,
        linearity=Linearity.JOINT,
        dependence=lambda site: [
            given(part, count(site.shape)) for part in np.moveaxis(numbers(site.shape), site.attrs[0], 0)
        ],
        examples=(Example(((), (), ()), (-1,)), Example(((2, 3), (2, 3)), (-2,))),
    ),
    stack,
)


# --- rows, columns and blocks -------------------------------------------------------------------


def _several(arrays: tuple[Any, ...]) -> tuple[Node, ...]:
    """Accept the arrays one by one or as one list."""
    return joined(arrays[0] if len(arrays) == 1 and isinstance(arrays[0], (list, tuple)) else arrays)


def vstack(*arrays: Any) -> Node:
    """Arrays below each other, along the first axis; vectors are rows. Takes the arrays, or one list of them."""
    nodes = _several(arrays)
    return concatenate([node if node.ndim > 1 else apply(RESHAPE, (node,), (_row(node.shape),)) for node in nodes], 0)


def _row(shape: Shape) -> Shape:
    return (1,) * (2 - len(shape)) + shape


def hstack(*arrays: Any) -> Node:
    """Arrays beside each other: along the second axis, vectors along their only one."""
    nodes = [node if node.ndim else expand_dims(node, 0) for node in _several(arrays)]
    return concatenate(nodes, 0 if nodes[0].ndim == 1 else 1)


def column_stack(*arrays: Any) -> Node:
    """Vectors as the columns of a matrix; matrices keep their columns."""
    return concatenate([expand_dims(ravel(node), 1) if node.ndim < 2 else node for node in _several(arrays)], 1)


def block(*rows: Any) -> Node:
    """A matrix made of a list of rows of blocks: ``block([[A, B], [C, D]])``; numbers are blocks of one entry."""
    listed = rows[0] if len(rows) == 1 else rows
    return vstack([hstack(list(row)) if isinstance(row, (list, tuple)) else row for row in listed])


def _of_list(function: Any) -> Any:
    return lambda *arrays: function(arrays)


defined(vstack, FAMILY, _of_list(np.vstack), (Example(((2,), (2,))), Example(((1, 2), (2, 2)))))
defined(hstack, FAMILY, _of_list(np.hstack), (Example(((2,), (3,))), Example(((2, 1), (2, 2)))))
defined(column_stack, FAMILY, _of_list(np.column_stack), (Example(((2,), (2,))), Example(((2,), (2, 2)))))
defined(block, FAMILY, _of_list(np.vstack), (Example(((2, 2), (2,))),))
