"""Basic indexing x[2, 1:, ::-1] and its adjoint.

A place says what is taken from one axis: an integer (the axis goes) or ``(start, length, step)``. Places
belong to the last axes of an array, so that the same places serve with any number of leading axes. All
parts may be named sizes. ``index`` takes entries out, ``place`` puts them into zeros; each is the other's
adjoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dependence import count, given, numbers, taken
from ...core.dimension import Shape, Size
from ...core.dtype import promote
from ...core.errors import ShapeError
from ...core.lowering import Access, Pieces, Position, View
from ...core.node import CONSTANT, Node, apply, constant
from ...core.operator import OPS, Attributes, Example, Linearity, Notation, Operator, register
from ...core.shape import is_concrete, shape_text
from ..tensor.contraction import CONTRACT, contract
from .indexing_source import index_source, place_source, placed

FAMILY = "indexing"
Part = tuple[Size, Size, int]
Place = Size | Part
Places = tuple[Place, ...]


def full(size: Size) -> Part:
    """The place that takes a whole axis."""
    return (0, size, 1)


def selected_shape(shape: Shape, places: Places) -> Shape:
    """Give the shape of what the places take from an array of this shape.

    Raises:
        ShapeError: a place lies outside its axis.
    """
    if len(places) > len(shape):
        raise ShapeError(f"{len(places)} indices are too many for shape {shape_text(shape)}")
    lead = len(shape) - len(places)
    kept = list(shape[:lead])
    for axis, place in enumerate(places, lead):
        if not isinstance(place, tuple):
            _check(place, place, shape[axis], axis)
            continue
        start, length, step = place
        if isinstance(length, int) and length < 0:
            raise ShapeError(f"the slice of axis {axis} with size {shape[axis]} has the negative length {length}")
        if length != 0:
            _check(start, start + (length - 1) * step, shape[axis], axis)
        kept.append(length)
    return tuple(kept)


def _check(first: Size, last: Size, size: Size, axis: int) -> None:
    """Refuse positions that are outside whatever numbers the names stand for."""
    for position in (first, last):
        beyond = position - size
        if (isinstance(position, int) and position < 0) or (isinstance(beyond, int) and beyond >= 0):
            raise ShapeError(f"index {position} is out of range for axis {axis} with size {size}")


def _slices(shape: tuple[int, ...], places: Any) -> tuple[Any, ...]:
    """Turn places whose sizes are numbers by now into Python's slices, checking them against the axes."""
    selected_shape(shape, places)
    found: list[Any] = [...]
    for place in places:
        if not isinstance(place, tuple):
            found.append(place)
            continue
        start, length, step = place
        stop = start + length * step
        found.append(slice(start, stop if stop >= 0 else None, step) if length else slice(0, 0))
    return tuple(found)


def _stripped(places: Places, shape: Shape) -> Places:
    """Leave out the leading places that take whole axes."""
    lead = len(shape) - len(places)
    while places and places[0] == full(shape[lead]):
        places, lead = places[1:], lead + 1
    return places


def _compose(outer: Places, inner: Places) -> Places | None:
    """Give the places that do ``inner`` first and ``outer`` then; None if ``outer`` reaches further left."""
    kept = sum(isinstance(place, tuple) for place in inner)
    if len(outer) > kept:
        return None
    rest = iter(outer)
    skipped = kept - len(outer)
    result: list[Place] = []
    for place in inner:
        if not isinstance(place, tuple) or skipped > 0:
            result.append(place)
            skipped -= isinstance(place, tuple)
            continue
        start, _, step = place
        then = next(rest)
        if isinstance(then, tuple):
            result.append((start + then[0] * step, then[1], then[2] * step))
        else:
            result.append(start + then * step)
    return tuple(result)


# --- index ------------------------------------------------------------------------------------


def _index_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return selected_shape(args[0].shape, attrs[0]), args[0].dtype


def _index_canonical(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    (x,), (places,) = args, attrs
    if len(places) > x.ndim:
        return None
    shorter = _stripped(places, x.shape)
    if not shorter:
        return x
    selected_shape(x.shape, shorter)  # an error names this index, not a merged one
    if x.op is INDEX:
        inner = x.attrs[0]
        kept = sum(isinstance(place, tuple) for place in inner)
        lead = x.args[0].ndim - len(inner)
        padding = tuple([full(size) for size in x.args[0].shape[lead - max(0, len(shorter) - kept) : lead]])
        merged = _compose(shorter, padding + inner)
        return None if merged is None else apply(INDEX, x.args, (merged,))
    if x.op is PLACE and len(x.args) == 1 and x.attrs == ((shorter,), x.shape):
        return x.args[0]
    if x.op is CONSTANT and is_concrete(x.shape):
        return constant(_index_numpy(shorter, x.value), x.dtype)
    simpler = _index_of_stack(x, shorter) if x.op is OPS["stack"] else _index_of_broadcast(x, shorter)
    if simpler is None and shorter != places:
        return apply(INDEX, args, (shorter,))
    return simpler


def _index_of_stack(x: Node, places: Places) -> Node | None:
    """Give the one argument that an integer index picks."""
    lead, axis = x.ndim - len(places), x.ndim + x.attrs[0]
    if lead > axis or not isinstance(places[axis - lead], int):
        return None
    rest = places[: axis - lead] + places[axis - lead + 1 :]
    return apply(INDEX, (x.args[places[axis - lead]],), (rest,))


def _index_of_broadcast(x: Node, places: Places) -> Node | None:
    """Repeat less often what would be repeated and then cut."""
    if x.op is not CONTRACT:
        return None
    subscripts, output, sizes = x.attrs[:3]
    held = {i for index in subscripts for i in index}
    lead = x.ndim - len(places)
    known: dict[int, Size] = dict(enumerate(sizes))
    kept = list(output[:lead])
    for axis, place in enumerate(places, lead):
        i = output[axis]
        if place == full(x.shape[axis]):
            kept.append(i)
        elif i in held or output.count(i) > 1:
            return None
        elif isinstance(place, tuple):
            known[i] = place[1]
            kept.append(i)
    return contract(x.args, subscripts, tuple(kept), known)


def _index_places(places: Places, shape: Shape) -> Access:
    """Say where each entry that the places take stands in an array of this shape."""
    lead = len(shape) - len(places)
    found = [Position(axis) for axis in range(lead)]
    for place in places:
        if isinstance(place, tuple):
            found.append(Position(lead, place[0], place[2]))
            lead += 1
        else:
            found.append(Position(None, place))
    return tuple(found)


def _index_numpy(places: Any, x: Any) -> Any:
    x = np.asarray(x)
    return x[_slices(x.shape, places)]


INDEX: Operator = register(
    Operator(
        name="index",
        family=FAMILY,
        doc="Entries taken out by integers and slices: the operator behind x[1], x[2:], x[::-1].",
        arity=1,
        attributes=("places",),
        infer=_index_infer,
        numpy=_index_numpy,
        python=index_source,
        notation=Notation("index", r"\operatorname{index}", "[ ]", "special"),
        reverse=lambda node, g, i: embed(g, node.attrs[0], g.shape[: g.ndim - node.ndim] + node.args[0].shape),
        forward=lambda node, tangents: None if tangents[0] is None else apply(INDEX, (tangents[0],), node.attrs),
        linearity=Linearity.JOINT,
        selective=True,
        traits=frozenset({"picks entries"}),
        dependence=lambda site: [taken(_index_numpy(site.attrs[0], numbers(site.shapes[0])))],
        canonical=_index_canonical,
        lowering=View(lambda node: _index_places(node.attrs[0], node.args[0].shape)),
        examples=(
            Example(((4,),), ((2,),)),
            Example(((5,),), (((4, 3, -2),),)),
            Example(((3, 4),), ((1, (1, 2, 2)),)),
            Example(((2, 3, 2),), ((0, (0, 2, 1)),)),
        ),
    )
)


# --- place ------------------------------------------------------------------------------------


def _place_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    several, shape = attrs
    for arg, places in zip(args, several, strict=True):
        if arg.shape != (needed := selected_shape(shape, places)):
            raise ShapeError(f"a value has shape {shape_text(arg.shape)} where {shape_text(needed)} is needed")
    return shape, promote(*[arg.dtype for arg in args])


def _place_canonical(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    several, shape = attrs
    if len(args) == 1 and several[0] == tuple([full(size) for size in shape[len(shape) - len(several[0]) :]]):
        return args[0] if args[0].shape == shape else None
    return None


def _place_numpy(several: Any, shape: tuple[int, ...], *values: Any) -> Any:
    return placed(shape, *[(_slices(shape, places), value) for places, value in zip(several, values, strict=True)])


def _place_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    several, shape = node.attrs
    moving = [(t, places) for t, places in zip(tangents, several, strict=True) if t is not None]
    if not moving:
        return None
    return apply(PLACE, tuple([t for t, _ in moving]), (tuple([places for _, places in moving]), shape))


def _place_combine(nodes: Sequence[Node]) -> Node:
    """Add many small pieces in one array instead of one array per piece."""
    args = tuple([arg for node in nodes for arg in node.args])
    several = tuple([places for node in nodes for places in node.attrs[0]])
    return apply(PLACE, args, (several, nodes[0].shape))


PLACE: Operator = register(
    Operator(
        name="place",
        family=FAMILY,
        doc="Values put into an array of zeros at integers and slices, added where they overlap: the adjoint of index.",
        arity=None,
        attributes=("places", "shape"),
        infer=_place_infer,
        numpy=_place_numpy,
        python=place_source,
        notation=Notation("place", r"\operatorname{place}", "place"),
        reverse=lambda node, g, i: apply(INDEX, (g,), (node.attrs[0][i],)),
        forward=_place_forward,
        linearity=Linearity.JOINT,
        dependence=lambda site: [
            given(_index_numpy(places, numbers(site.shape)), count(site.shape)) for places in site.attrs[0]
        ],
        canonical=_place_canonical,
        combine=_place_combine,
        lowering=Pieces(lambda node: tuple([_index_places(p, node.shape) for p in node.attrs[0]]), added=True),
        examples=(
            Example(((),), (((2,),), (4,))),
            Example(((3,), ()), ((((4, 3, -2),), (2,)), (5,))),
            Example(((2,),), (((1, (1, 2, 2)),), (3, 4))),
        ),
    )
)


def embed(value: Node, places: Places, shape: Shape) -> Node:
    """Put a value into zeros of the given shape."""
    return apply(PLACE, (value,), ((places,), shape))


def slice_axis(x: Node, axis: int, start: Size, length: Size, step: int = 1) -> Node:
    """Take a part of one axis, which is counted from the end."""
    return apply(INDEX, (x,), (((start, length, step), *[full(size) for size in x.shape[x.ndim + axis + 1 :]]),))


def drop_axis(x: Node, axis: int, position: Size) -> Node:
    """Take one position of an axis, which is counted from the end."""
    return apply(INDEX, (x,), ((position, *[full(size) for size in x.shape[x.ndim + axis + 1 :]]),))
