"""Products of rows, differentiated to any order without division.

The derivative of a product at an entry is the product of all others, also where entries are zero. All
derivatives of a product are one operator: ``prod_gradient(x, d1, …, dm)`` is the gradient of the m-th
directional derivative of the product along d1, …, dm. It is linear in every direction and symmetric in
them, and its own derivative only adds or replaces a direction:

    ∂/∂x ⟨h, G(x; d1 … dm)⟩ = G(x; d1 … dm, h),    ∂/∂dk ⟨h, G(x; d1 … dm)⟩ = G(x; … dk replaced by h …).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dependence import Chain, Site, broadcast, one_per_row, within_rows
from ...core.dimension import Shape
from ...core.dtype import promote
from ...core.lowering import Expansion
from ...core.node import Node, apply
from ...core.operator import Attributes, Example, Known, Notation, Operator, register
from ...core.shape import broadcast_shapes
from ..arithmetic import add
from ..elementwise import lift_all
from ..row_steps import prod_steps
from ..tensor.broadcasting import sum_to
from ..tensor.products import broadcast_to
from .axes import (
    Axes,
    Axis,
    gather_rows,
    number_dtype,
    read_axes,
    reduced,
    spelled,
    spread_rows,
    without,
)
from .slopes import slope_forward, slope_reverse

FAMILY = "reduction"
Elements = dict[int, Any]


def _prod_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return without(args[0].shape, attrs[0]), number_dtype(args[0].dtype)


def _slope(node: Node) -> Node:
    """Give the product of all other entries of the row for each entry."""
    return apply(PROD_GRADIENT, node.args, node.attrs)


def _prod_mpmath(axes: Axes, x: Any) -> Any:
    rows, _, _ = gather_rows(x, axes)
    out = np.empty(rows.shape[:-1], dtype=object)
    for place in np.ndindex(out.shape):
        out[place] = mpmath.fprod(rows[place])
    return out


def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Product of all entries, or along axes; 1 for no entries."""
    return reduced(PROD, x, axis, keepdims)


PROD: Operator = register(
    Operator(
        name="prod",
        family=FAMILY,
        doc=str(prod.__doc__),
        arity=1,
        attributes=("axes",),
        infer=_prod_infer,
        dependence=one_per_row,
        numpy=lambda axes, x: np.prod(x, axis=axes),
        mpmath=_prod_mpmath,
        notation=Notation("prod", r"\prod", "Π"),
        reverse=slope_reverse(_slope),
        forward=slope_forward(_slope),
        lowering=Expansion(prod_steps),
        examples=(Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2, -1),)), Example(((4, 2),), ((-2,),))),
        known=(
            Known(((-1,), [0.0, 2.0, 3.0]), 0.0, ([6.0, 0.0, 0.0],)),
            Known(((-1,), [0.0, 0.0, 3.0]), 0.0, ([0.0, 0.0, 0.0],)),
            Known(((-1,), [2.0]), 2.0, ([1.0],)),
            Known(((-1,), []), 1.0, ([],)),
        ),
    ),
    prod,
)


def _times(a: Elements, b: Elements, zero: Any) -> Elements:
    """Multiply in the algebra of parts: part S of the result is Σ over T ⊆ S of a[T]·b[S∖T].

    Part 0 is a value, the others hold directions; what is exactly zero in a direction stays zero.
    """
    result: Elements = {}
    for s, left in a.items():
        for t, right in b.items():
            if s & t:
                continue
            term = left * right
            if s | t:
                unmoved = (left == 0) if s and not t else (right == 0) if t and not s else (left == 0) | (right == 0)
                term = np.where(unmoved, zero, term)
            result[s | t] = result[s | t] + term if s | t in result else term
    return result


def _others(elements: Elements, zero: Any, one: Any) -> Elements:
    """Give for every entry of a row the product of all others: products up a binary tree, then down again."""
    n = elements[0].shape[-1]
    missing = (1 << (n - 1).bit_length()) - n
    levels = [{s: _padded(a, missing, zero if s else one) for s, a in elements.items()}]
    while levels[-1][0].shape[-1] > 1:
        levels.append(_times(*_halves(levels[-1]), zero))
    outside: Elements = {0: np.full_like(levels.pop()[0], one)}
    for level in reversed(levels):
        left, right = _halves(level)
        pair = _times(outside, right, zero), _times(outside, left, zero)
        outside = {s: np.stack([pair[0][s], pair[1][s]], axis=-1).reshape(level[0].shape) for s in pair[0]}
    return {s: a[..., :n] for s, a in outside.items()}


def _halves(level: Elements) -> tuple[Elements, Elements]:
    return {s: a[..., 0::2] for s, a in level.items()}, {s: a[..., 1::2] for s, a in level.items()}


def _padded(a: Any, missing: int, value: Any) -> Any:
    return np.concatenate([a, np.full((*a.shape[:-1], missing), value, dtype=a.dtype)], axis=-1) if missing else a


def _gradient_numpy(axes: Axes, *arrays: Any) -> Any:
    dtype = np.result_type(*arrays)
    zero, one = (mpmath.mpf(0), mpmath.mpf(1)) if dtype.kind == "O" else (dtype.type(0), dtype.type(1))
    joint = [np.asarray(a, dtype) for a in np.broadcast_arrays(*arrays)]
    rows, sizes, places = gather_rows(joint[0], axes)
    if not rows.size:
        return joint[0]
    elements = {0: rows}
    for k, direction in enumerate(joint[1:]):
        elements[1 << k] = gather_rows(direction, axes)[0]
    found = _others(elements, zero, one).get((1 << len(arrays) - 1) - 1)
    return spread_rows(np.full_like(rows, zero) if found is None else found, sizes, places)


def _gradient_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return broadcast_shapes(*[arg.shape for arg in args]), promote(*[arg.dtype for arg in args])


def _gradient_canonical(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    """Sort the directions, in which the operator is symmetric."""
    ordered = (args[0], *sorted(args[1:], key=lambda node: node.number))
    return None if ordered == args else apply(PROD_GRADIENT, ordered, attrs)


def _gradient_reverse(node: Node, g: Node, i: int) -> Node:
    kept = node.args if i == 0 else (*node.args[:i], *node.args[i + 1 :])
    contribution = apply(PROD_GRADIENT, (*kept, g), node.attrs)
    return sum_to(contribution, node.args[i].shape, g.ndim - node.ndim)


def _gradient_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    total: Node | None = None
    for i, tangent in enumerate(tangents):
        if tangent is not None:
            kept = node.args if i == 0 else (*node.args[:i], *node.args[i + 1 :])
            term = apply(PROD_GRADIENT, (*kept, tangent), node.attrs)
            total = term if total is None else add(total, term)
    return None if total is None else broadcast_to(total, node.shape)


def _gradient_dependence(site: Site) -> list[Chain]:
    (row,) = within_rows(Site(site.attrs, (site.shape,), site.shape, ()))
    return [broadcast(own, site.shape) + row for own in site.shapes]


def prod_gradient(*arrays: Any, axis: Axis = None) -> Node:
    """For every entry the product of all others in its row: the gradient of `prod`.

    With directions d1, …, dm behind x, the gradient of the m-th directional derivative of the product.
    """
    nodes = lift_all(arrays)
    return apply(PROD_GRADIENT, nodes, (read_axes(axis, nodes[0], "prod_gradient"),))


PROD_GRADIENT: Operator = register(
    Operator(
        name="prod_gradient",
        family=FAMILY,
        doc=str(prod_gradient.__doc__),
        arity=None,
        attributes=("axes",),
        infer=_gradient_infer,
        dependence=_gradient_dependence,
        numpy=_gradient_numpy,
        notation=spelled("prod_gradient"),
        reverse=_gradient_reverse,
        forward=_gradient_forward,
        canonical=_gradient_canonical,
        examples=(
            Example(((4,),), ((-1,),)),
            Example(((3,), (3,)), ((-1,),)),
            Example(((2, 3), (2, 3), (4, 2, 3)), ((-2,),)),
        ),
        known=(Known(((-1,), [0.0, 2.0, 3.0]), [6.0, 0.0, 0.0]), Known(((-1,), [5.0]), [1.0])),
    ),
    prod_gradient,
)
