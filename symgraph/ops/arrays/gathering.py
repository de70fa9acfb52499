"""Indexing with arrays of integers, its adjoint, and ``x[...]`` as a whole.

``gather(x, i1, …, ik)`` picks the entries of the named axes at broadcast positions; ``scatter_add`` adds values
at such positions to zeros. Axes are counted from the end, and ``after`` says how many untouched axes
stand behind the axes of the positions, so that any number of batch axes may stand in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dependence import Chain, Site, count, given, nothing, numbers, shared, taken
from ...core.dimension import Dim, Shape, Size
from ...core.errors import DTypeError, ShapeError
from ...core.lowering import Gathering
from ...core.node import CONSTANT, Node, apply, lift, method
from ...core.operator import Attributes, Example, Linearity, Notation, Operator, register
from ...core.shape import as_shape, broadcast_shapes, normalize_axis, shape_text, size_of
from ..defined import defined
from ..tensor.products import broadcast_to
from .indexing import INDEX, embed, selected_shape
from .indexing_source import zeros_of
from .keys import read_key
from .structure import RESHAPE, expand_dims, push_alone

FAMILY = "indexing"


# --- gather and scatter_add -------------------------------------------------------------------


def _positions(args: Sequence[Node]) -> Shape:
    for arg in args:
        if arg.dtype not in ("int32", "int64"):
            raise DTypeError(f"positions must be integers, not {arg.dtype}")
    return broadcast_shapes(*[arg.shape for arg in args])


def _check_bounds(positions: Node, size: Size, axis: int) -> None:
    if positions.op is not CONSTANT or isinstance(size, Dim):
        return
    values = np.asarray(positions.value)
    outside = values[(values < -size) | (values >= size)]
    if outside.size:
        raise ShapeError(f"index {outside.flat[0]} is out of range for axis {axis} with size {size}")


def _gathered_shape(shape: Shape, positions: Sequence[Node], attrs: Attributes) -> Shape:
    axes, after = attrs[:2]
    for axis, each in zip(axes, positions, strict=True):
        if not -len(shape) <= axis < 0:
            raise ShapeError(f"axis {axis} does not exist in an array of rank {len(shape)}")
        _check_bounds(each, shape[axis], axis)
    rest = [size for place, size in enumerate(shape) if place - len(shape) not in axes]
    split = len(rest) - after
    return (*rest[:split], *_positions(positions), *rest[split:])


def _gather_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return _gathered_shape(args[0].shape, args[1:], attrs), args[0].dtype


def _key(positions: Sequence[Any]) -> tuple[Any, ...]:
    """Make NumPy's index for an array whose gathered axes were moved to the front."""
    return tuple([np.asarray(each).astype(np.int64) for each in positions])


def _gather_numpy(axes: tuple[int, ...], after: int, x: Any, *positions: Any) -> Any:
    x = np.asarray(x)
    front = np.moveaxis(x, axes, range(len(axes)))
    picked = np.asarray(front[_key(positions)])
    many = picked.ndim - (x.ndim - len(axes))
    start = picked.ndim - many - after
    return np.moveaxis(picked, range(many), range(start, start + many))[()]


def _scatter_numpy(axes: tuple[int, ...], after: int, shape: tuple[int, ...], values: Any, *positions: Any) -> Any:
    values = np.asarray(values)
    many = values.ndim - (len(shape) - len(axes))
    start = values.ndim - many - after
    out = zeros_of(shape, values.dtype)
    front = np.moveaxis(out, axes, range(len(axes)))  # a view: adding to it fills the result
    np.add.at(front, _key(positions), np.moveaxis(values, range(start, start + many), range(many)))
    return out


def _gather_reverse(node: Node, g: Node, i: int) -> Node | None:
    if i:
        return None
    shape = g.shape[: g.ndim - node.ndim] + node.args[0].shape
    return apply(SCATTER_ADD, (g, *node.args[1:]), (*node.attrs, shape))


def _scatter_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    needed = _gathered_shape(attrs[2], args[1:], attrs)
    if args[0].shape != needed:
        raise ShapeError(f"the values have shape {shape_text(args[0].shape)} where {shape_text(needed)} is needed")
    return attrs[2], args[0].dtype


def _scatter_reverse(node: Node, g: Node, i: int) -> Node | None:
    return None if i else apply(GATHER, (g, *node.args[1:]), node.attrs[:2])


def _dependence(site: Site, whole: tuple[int, ...], picked: tuple[int, ...], forth: bool) -> list[Chain | None]:
    """Link an array to what is picked from it; where positions are not known yet, any of the axis may be meant."""
    axes, after = site.attrs[:2]
    positions = site.constants[1:]
    rest = [nothing(count(site.shape)) for _ in positions]
    if all(each is not None for each in positions):
        found = _gather_numpy(axes, after, numbers(whole), *positions)
        return [taken(found) if forth else given(found, count(whole)), *rest]
    kept = [place for place in range(len(whole)) if place - len(whole) not in axes]
    split = len(kept) - after
    many = range(len(whole), len(whole) + len(picked) - len(kept))
    outer = [*kept[:split], *many, *kept[split:]]
    sizes = dict(enumerate(whole)) | dict(zip(outer, picked, strict=True))
    inner = range(len(whole))
    return [shared(inner, outer, sizes) if forth else shared(outer, inner, sizes), *rest]


def _draw(*shape: int) -> Any:
    return lambda rng: [rng.normal(size=shape), np.array([2, 0, 2])]


def _draw_pair(rng: Any) -> list[Any]:
    return [rng.normal(size=(3, 2, 4)), np.array([[0], [-1]]), np.array([3, 0, 3])]


GATHER: Operator = register(
    Operator(
        name="gather",
        family=FAMILY,
        doc="The entries at positions given by arrays of integers: the operator behind x[[2, 0, 2]].",
        arity=None,
        attributes=("axes", "after"),
        infer=_gather_infer,
        numpy=_gather_numpy,
        notation=Notation("gather", r"\operatorname{gather}", "[ ]"),
        reverse=_gather_reverse,
        forward=push_alone,
        linearity=Linearity.JOINT,
        selective=True,
        dependence=lambda site: _dependence(site, site.shapes[0], site.shape, True),
        lowering=Gathering(adds=False),
        examples=(
            Example(((4,),), ((-1,), 0), make=_draw(4)),
            Example(((3, 2),), ((-2,), 1), make=_draw(3, 2)),
            Example(((3, 2, 4),), ((-3, -1), 1), make=_draw_pair),
        ),
    )
)


def scatter_add(values: Any, index: Any, shape: Any) -> Node:
    """Zeros of the given shape with values added at ``index``: the adjoint of ``x[index]``.

    >>> import symgraph as sg
    >>> v = sg.symbol("v", shape=3)
    >>> [float(each) for each in sg.evaluate(sg.scatter_add(v, [0, 2, 0], 4), {v: [1, 2, 3]})]
    [4.0, 0.0, 2.0, 0.0]
    """
    values, target = lift(values), as_shape(shape)
    found = read_key(target, index)
    taken = selected_shape(target, found.places)
    widened = list(taken)
    for place in found.inserted:
        widened.insert(place, 1)
    if found.axes:
        attrs = (found.axes, found.after, tuple(widened))
        needed = _gathered_shape(attrs[2], found.positions, attrs)
        values = apply(SCATTER_ADD, (broadcast_to(values, needed), *found.positions), attrs)
    else:
        values = broadcast_to(values, tuple(widened))
    return embed(apply(RESHAPE, (values,), (taken,)), found.places, target)


SCATTER_ADD: Operator = register(
    Operator(
        name="scatter_add",
        family=FAMILY,
        doc="Values added to zeros at positions given by arrays of integers: the adjoint of gather.",
        arity=None,
        attributes=("axes", "after", "shape"),
        infer=_scatter_infer,
        numpy=_scatter_numpy,
        notation=Notation("scatter_add", r"\operatorname{scatter}", "scatter"),
        reverse=_scatter_reverse,
        forward=push_alone,
        linearity=Linearity.JOINT,
        selective=True,
        dependence=lambda site: _dependence(site, site.shape, site.shapes[0], False),
        lowering=Gathering(adds=True),
        examples=(
            Example(((3,),), ((-1,), 0, (4,)), make=_draw(3)),
            Example(((3, 2),), ((-2,), 1, (3, 2)), make=_draw(3, 2)),
        ),
    ),
    scatter_add,
)


# --- x[...] -----------------------------------------------------------------------------------


def getitem(x: Any, key: Any) -> Node:
    """``x[key]`` by NumPy's rules: integers, slices, ``None``, ``...``, arrays of integers, constant masks.

    Along a named size, slices are taken to lie inside the axis; that is checked when numbers arrive.

    Raises:
        ShapeError: an index is out of range, or the length of a slice is not a polynomial in the named sizes.
        DTypeError: an index is not an integer.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=("n", 3))
    >>> x[1:, -1].shape, x[None, 0].shape, x[:, [0, 0, 2, 1]].shape
    ((n-1,), (1, 3), (n, 4))
    """
    x = lift(x)
    found = read_key(x.shape, key)
    y = apply(INDEX, (x,), (found.places,))
    if found.inserted:
        y = expand_dims(y, found.inserted)
    return apply(GATHER, (y, *found.positions), (found.axes, found.after)) if found.axes else y


def take(x: Any, indices: Any, axis: int | None = None) -> Node:
    """Entries of an axis (of the flattened array without one) at positions given by integers.

    >>> import symgraph as sg
    >>> sg.take(sg.symbol("x", shape=("n", 3)), [[0, 1]], axis=1).shape
    (n, 1, 2)
    """
    x = lift(x)
    if axis is None:
        return getitem(apply(RESHAPE, (x,), ((size_of(x.shape),),)), indices)
    return getitem(x, (*[slice(None)] * normalize_axis(axis, x.ndim, "take"), indices))


defined(
    take,
    FAMILY,
    np.take,
    (Example(((4,),), ([2, 0, 2],)), Example(((2, 3),), ([[0, -1]], 1)), Example(((2, 3),), (4,))),
)
method("__getitem__", getitem)
