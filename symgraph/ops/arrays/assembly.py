"""Putting arrays together and repeating them: functions made of indexing, joining, reshaping and contractions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dimension import Dim, Shape, Size
from ...core.errors import ShapeError
from ...core.node import Node, apply, constant, lift
from ...core.operator import Example
from ...core.shape import normalize_axes, normalize_axis, shape_text
from ..defined import defined
from ..tensor.contraction import contract
from ..tensor.products import broadcast_to
from .gathering import getitem
from .indexing import INDEX, PLACE, Places, embed, full
from .joining import concatenate
from .structure import RESHAPE, ravel

FAMILY = "structure"


def embed_all(values: Sequence[Node], places: Sequence[Places], shape: Shape) -> Node:
    """Put several values into zeros of the given shape, added where they overlap."""
    if not values:
        return broadcast_to(constant(0.0), shape)
    return apply(PLACE, tuple(values), (tuple(places), shape))


def flip(x: Any, axis: int | Sequence[int] | None = None) -> Node:
    """The entries in reverse order along all axes, or along the given ones."""
    x = lift(x)
    axes = normalize_axes(axis, x.ndim, "flip")
    places = [(size - 1, size, -1) if k in axes and size != 0 else full(size) for k, size in enumerate(x.shape)]
    return apply(INDEX, (x,), (tuple(places),))


def tile(x: Any, reps: int | Sequence[int]) -> Node:
    """The array repeated as a whole, so many times along every axis.

    >>> import symgraph as sg
    >>> sg.tile(sg.symbol("x", shape="n"), (2, 3)).shape
    (2, 3*n)
    """
    x = lift(x)
    times = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    rank = max(x.ndim, len(times))
    x = apply(RESHAPE, (x,), ((1,) * (rank - x.ndim) + x.shape,))
    times = (1,) * (rank - len(times)) + times
    sizes: dict[int, Size] = dict(enumerate(x.shape)) | {rank + k: count for k, count in enumerate(times)}
    output = tuple([i for k in range(rank) for i in (rank + k, k)])
    repeated = contract((x,), (tuple(range(rank)),), output, sizes)
    return apply(RESHAPE, (repeated,), (tuple([n * size for n, size in zip(times, x.shape, strict=True)]),))


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Node:
    """Every entry repeated, one copy behind the other, along an axis or in the flattened array.

    ``repeats`` is a number, or one number for each entry of an axis of known size.
    """
    x = lift(x)
    if axis is None:
        x, axis = ravel(x), 0
    place = normalize_axis(axis, x.ndim, "repeat")
    size = x.shape[place]
    if np.ndim(repeats) == 0:
        sizes: dict[int, Size] = dict(enumerate(x.shape)) | {x.ndim: int(repeats)}
        output = (*range(place + 1), x.ndim, *range(place + 1, x.ndim))
        spread = contract((x,), (tuple(range(x.ndim)),), output, sizes)
        return apply(RESHAPE, (spread,), ((*x.shape[:place], size * int(repeats), *x.shape[place + 1 :]),))
    if isinstance(size, Dim):
        raise ShapeError(f"repeat: one count per entry needs an axis of known size, not {size}")
    return getitem(x, (*[slice(None)] * place, np.repeat(np.arange(size), repeats)))


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0.0) -> Node:
    """The array with entries added before and behind, as ``numpy.pad``.

    Args:
        x: an array.
        pad_width: a number, one pair ``(before, behind)`` for all axes, or a pair for every axis.
        mode: ``constant``, or one that repeats entries of an axis of known size: ``edge``, ``reflect``,
            ``symmetric``, ``wrap``.
        constant_values: the number to pad with.

    Raises:
        ShapeError: the widths do not fit, or the mode needs a known size.
    """
    x = lift(x)
    try:
        widths = np.broadcast_to(np.asarray(pad_width, dtype=int), (x.ndim, 2)).tolist()
    except ValueError:
        raise ShapeError(f"pad: widths {pad_width} do not fit shape {shape_text(x.shape)}") from None
    if any(width < 0 for pair in widths for width in pair):
        raise ShapeError(f"pad: widths cannot be negative: {pad_width}")
    if mode != "constant":
        return _pad_with_entries(x, widths, mode)
    if isinstance(constant_values, (int, float)) and constant_values == 0:
        places = tuple([(before, size, 1) for (before, _), size in zip(widths, x.shape, strict=True)])
        shape = tuple([before + size + behind for (before, behind), size in zip(widths, x.shape, strict=True)])
        return embed(x, places, shape)
    return _pad_with_number(x, widths, lift(constant_values, x))


def _pad_with_number(x: Node, widths: Any, value: Node) -> Node:
    for axis, pair in enumerate(widths):
        before, behind = (broadcast_to(value, (*x.shape[:axis], width, *x.shape[axis + 1 :])) for width in pair)
        parts = [part for part, width in ((before, pair[0]), (x, 1), (behind, pair[1])) if width]
        x = concatenate(parts, axis)
    return x


def _pad_with_entries(x: Node, widths: Any, mode: str) -> Node:
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ShapeError(f"pad: mode {mode!r} is not known: use constant, edge, reflect, symmetric or wrap")
    for axis, pair in enumerate(widths):
        size = x.shape[axis]
        if isinstance(size, Dim):
            raise ShapeError(f"pad: mode {mode!r} needs an axis of known size, not {size}")
        if any(pair):
            positions = np.pad(np.arange(size), pair, mode=mode)  # type: ignore[call-overload]
            x = getitem(x, (*[slice(None)] * axis, positions))
    return x


def diff(x: Any, n: int = 1, axis: int = -1) -> Node:
    """Differences of neighbours along an axis, ``n`` times (at most 100 along an axis of named size).

    Raises:
        ShapeError: ``n`` is negative, or more than the axis has neighbours.
    """
    found = lift(x)
    length = found.shape[normalize_axis(axis, found.ndim, "diff")]
    most = length if isinstance(length, int) else 100
    if not 0 <= n <= most:
        raise ShapeError(f"diff: n must be between 0 and {most} here, not {n}")
    before = (slice(None),) * normalize_axis(axis, found.ndim, "diff")
    for _ in range(n):
        found = getitem(found, (*before, slice(1, None))) - getitem(found, (*before, slice(None, -1)))
    return found


defined(flip, FAMILY, np.flip, (Example(((3,),)), Example(((2, 3),), (1,))))
defined(tile, FAMILY, np.tile, (Example(((3,),), (2,)), Example(((2, 3),), ((2, 1, 2),)), Example(((2, 3),), (2,))))
defined(
    repeat,
    FAMILY,
    np.repeat,
    (Example(((3,),), (2,)), Example(((2, 3),), (2, 0)), Example(((3,),), ([2, 0, 1],))),
)
defined(
    pad,
    FAMILY,
    np.pad,
    (Example(((3,),), (1,)), Example(((2, 3),), (((1, 0), (0, 2)),)), Example(((4,),), ((2, 1), "reflect"))),
)
defined(diff, FAMILY, np.diff, (Example(((4,),)), Example(((3, 2),), (2, 0))))
