"""Running sums and products, and the linear recurrences that are their derivatives.

A running product is differentiated without division: with z(k) = x(k)·z(k−1) its adjoint is a first-order
linear recurrence that runs back, λ(k) = g(k) + x(k+1)·λ(k+1), and the derivatives of a recurrence are
recurrences again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dependence import broadcast, running
from ...core.dimension import Shape
from ...core.dtype import promote
from ...core.errors import ShapeError
from ...core.lowering import Running
from ...core.node import Node, apply, constant, lift
from ...core.operator import Attributes, Example, Known, Linearity, Operator, register
from ...core.shape import broadcast_shapes, normalize_axis, shape_text, size_of
from ..arithmetic import add
from ..arrays.indexing import embed, full, slice_axis
from ..arrays.joining import CONCATENATE
from ..arrays.structure import RESHAPE, ROLL, push_alone
from ..chaining import chain
from ..elementwise import lift_all
from ..tensor.broadcasting import sum_to
from ..tensor.products import broadcast_to
from .axes import number_dtype, spelled

FAMILY = "reduction"


def _along(x: Any, axis: int | None, name: str) -> tuple[Node, int]:
    """Read an array and the axis along which to run, from the end; no axis means the flattened array."""
    x = lift(x)
    if axis is None:
        return apply(RESHAPE, (x,), ((size_of(x.shape),),)), -1
    return x, normalize_axis(axis, x.ndim, name) - x.ndim


def _running_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    if not -args[0].ndim <= attrs[0] < 0:
        raise ShapeError(f"axis {attrs[0]} does not exist in shape {shape_text(args[0].shape)}")
    return args[0].shape, number_dtype(args[0].dtype)


def _cumsum_numpy(axis: int, backward: bool, x: Any) -> Any:
    return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis) if backward else np.cumsum(x, axis=axis)


def cumsum(x: Any, axis: int | None = None) -> Node:
    """Running sum along an axis, or of the flattened array."""
    x, place = _along(x, axis, "cumsum")
    return apply(CUMSUM, (x,), (place, False))


CUMSUM: Operator = register(
    Operator(
        name="cumsum",
        family=FAMILY,
        doc=str(cumsum.__doc__),
        arity=1,
        attributes=("axis", "backward"),
        infer=_running_infer,
        numpy=_cumsum_numpy,
        notation=spelled("cumsum"),
        reverse=lambda node, g, i: apply(CUMSUM, (g,), (node.attrs[0], not node.attrs[1])),
        dependence=lambda site: [running(site.shape, *site.attrs)],
        forward=push_alone,
        linearity=Linearity.JOINT,
        lowering=Running("add"),
        examples=(Example(((4,),), (-1, False)), Example(((2, 3),), (-2, False)), Example(((3, 2),), (-1, True))),
        known=(Known((-1, False, [1.0, 2.0, 3.0]), [1.0, 3.0, 6.0]),),
    ),
    cumsum,
)


def _beside(x: Node, axis: int, backward: bool) -> Node:
    """Give every entry its forerunner in the direction of a run, and the first one 0."""
    size = x.shape[axis]
    if size == 0:
        return x
    kept = slice_axis(x, axis, 1 if backward else 0, size - 1)
    later = tuple([full(each) for each in x.shape[x.ndim + axis + 1 :]])
    return embed(kept, ((0 if backward else 1, size - 1, 1), *later), x.shape)


def _recurrence_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return broadcast_shapes(*[arg.shape for arg in args]), promote(*[arg.dtype for arg in args])


def _recurrence_numpy(axis: int, backward: bool, a: Any, b: Any) -> Any:
    dtype = np.result_type(a, b)
    factors, terms = (np.moveaxis(np.asarray(each, dtype), axis, 0) for each in np.broadcast_arrays(a, b))
    out = np.array(terms)
    steps = range(len(out) - 2, -1, -1) if backward else range(1, len(out))
    for k in steps:
        out[k] += factors[k] * out[k + 1 if backward else k - 1]
    return np.moveaxis(out, 0, axis)


def _back(node: Node, g: Node) -> Node:
    """Run the adjoint recurrence λ(k) = g(k) + a(k+1)·λ(k+1)."""
    axis, backward = node.attrs
    return apply(RECURRENCE, (apply(ROLL, (node.args[0],), (1 if backward else -1, axis)), g), (axis, not backward))


def _recurrence_reverse(node: Node, g: Node, i: int) -> Node:
    contribution = _back(node, g)
    if i == 0:
        contribution = chain(contribution, _beside(node, *node.attrs))
    return sum_to(contribution, node.args[i].shape, g.ndim - node.ndim)


def _recurrence_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    factors, terms = tangents
    if factors is not None:
        change = chain(factors, _beside(node, *node.attrs))
        terms = change if terms is None else add(change, terms)
    return None if terms is None else apply(RECURRENCE, (node.args[0], broadcast_to(terms, node.shape)), node.attrs)


def linear_recurrence(a: Any, b: Any, axis: int = -1, backward: bool = False) -> Node:
    """The sequence z(k) = a(k)·z(k−1) + b(k) along an axis, with z(0) = b(0); `backward` runs it from the end.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=3)
    >>> [float(z) for z in sg.evaluate(sg.linear_recurrence(x, [1, 1, 1]), {x: [9, 2, 3]})]
    [1.0, 3.0, 10.0]
    """
    factors, terms = lift_all((a, b))
    return apply(RECURRENCE, (factors, terms), (_along(terms, axis, "linear_recurrence")[1], bool(backward)))


RECURRENCE: Operator = register(
    Operator(
        name="linear_recurrence",
        family=FAMILY,
        doc=str(linear_recurrence.__doc__),
        arity=2,
        attributes=("axis", "backward"),
        infer=_recurrence_infer,
        numpy=_recurrence_numpy,
        notation=spelled("linear_recurrence"),
        reverse=_recurrence_reverse,
        dependence=lambda site: [broadcast(own, site.shape) + running(site.shape, *site.attrs) for own in site.shapes],
        forward=_recurrence_forward,
        examples=(
            Example(((4,), (4,)), (-1, False)),
            Example(((3,), (2, 3)), (-1, True)),
            Example(((3, 2), (3, 2)), (-2, False)),
        ),
        known=(Known((-1, False, [7.0, 2.0, 3.0], [1.0, 1.0, 1.0]), [1.0, 3.0, 10.0]),),
    ),
    linear_recurrence,
)


def _product_before(node: Node) -> Node:
    """Give the product of all entries before each one: the running product moved by one, with 1 in front."""
    (axis,) = node.attrs
    size = node.shape[axis]
    if size == 0:
        return node
    first = (*node.shape[: node.ndim + axis], 1, *node.shape[node.ndim + axis + 1 :])
    one = broadcast_to(constant(1.0, node.dtype), first)
    return one if size == 1 else apply(CONCATENATE, (one, slice_axis(node, axis, 0, size - 1)), (axis,))


def _cumprod_reverse(node: Node, g: Node, i: int) -> Node:
    (axis,) = node.attrs
    factors = apply(ROLL, node.args, (-1, axis))
    return chain(apply(RECURRENCE, (factors, g), (axis, True)), _product_before(node))


def _cumprod_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    if tangents[0] is None:
        return None
    return apply(RECURRENCE, (node.args[0], chain(tangents[0], _product_before(node))), (node.attrs[0], False))


def cumprod(x: Any, axis: int | None = None) -> Node:
    """Running product along an axis, or of the flattened array."""
    x, place = _along(x, axis, "cumprod")
    return apply(CUMPROD, (x,), (place,))


CUMPROD: Operator = register(
    Operator(
        name="cumprod",
        family=FAMILY,
        doc=str(cumprod.__doc__),
        arity=1,
        attributes=("axis",),
        infer=_running_infer,
        numpy=lambda axis, x: np.cumprod(x, axis=axis),
        notation=spelled("cumprod"),
        reverse=_cumprod_reverse,
        dependence=lambda site: [running(site.shape, site.attrs[0], False)],
        forward=_cumprod_forward,
        lowering=Running("mul"),
        examples=(Example(((4,),), (-1,)), Example(((2, 3),), (-2,))),
        known=(Known((-1, [2.0, 0.0, 3.0]), [2.0, 0.0, 0.0]),),
    ),
    cumprod,
)
