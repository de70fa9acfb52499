"""Reading Python's index notation: what stands between the brackets of ``x[...]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.dimension import Dim, Shape, Size
from ...core.dtype import is_float
from ...core.errors import DTypeError, ShapeError
from ...core.node import CONSTANT, Node, constant
from ...core.shape import shape_text
from .indexing import Part, Place, Places, full


def read_integer(position: Size, size: Size) -> Size:
    """Count a negative position from the end."""
    return size + position if isinstance(position, int) and position < 0 else position


def read_slice(part: slice, size: Size) -> Part:
    """Turn a slice into (start, length, step).

    Along a named size, bounds are taken to lie inside the axis, which is checked when numbers arrive.

    Raises:
        ShapeError: the length is not a polynomial in the named sizes.
    """
    step = 1 if part.step is None else int(part.step)
    if step == 0:
        raise ShapeError("a slice cannot have step 0")
    if not isinstance(size, Dim) and not isinstance(part.start, Dim) and not isinstance(part.stop, Dim):
        taken = range(*part.indices(size))
        return (taken.start, len(taken), taken.step) if len(taken) > 1 else (taken.start * len(taken), len(taken), 1)
    first, last = (0, size) if step > 0 else (size - 1, -1)
    start = first if part.start is None else read_integer(part.start, size)
    stop = last if part.stop is None else read_integer(part.stop, size)
    distance = stop - start if step > 0 else start - stop
    length = _steps(distance, abs(step))
    if length is None:
        raise ShapeError(
            f"the length of the slice with step {step} of an axis of size {size} depends on divisibility: "
            "give the axis a number, or a size that the step divides, such as '2*n'"
        )
    return (0, 0, 1) if length == 0 else (start, length, step)


def _steps(distance: Size, step: int) -> Size | None:
    """Divide and round up, if the result is a polynomial."""
    if isinstance(distance, int):
        return max(0, -(-distance // step))
    for more in range(step):
        padded = distance + more
        quotient = padded.exact_divide(step) if isinstance(padded, Dim) else None
        if quotient is not None:
            return quotient
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """What ``x[key]`` means: basic places, then inserted axes, then a gather if there are positions."""

    places: Places
    inserted: tuple[int, ...]
    axes: tuple[int, ...]
    after: int
    positions: tuple[Node, ...]


def _read_item(item: Any) -> Any:
    """Turn one part of an index into a slice, an integer, ``None`` or an expression."""
    if item is None or isinstance(item, (slice, Dim)):
        return item
    if isinstance(item, (bool, np.bool_)):
        raise DTypeError("True and False are no indices: use a list of them, or symgraph.where")
    if not isinstance(item, Node):
        if hasattr(item, "__index__") and not isinstance(item, np.ndarray):
            return int(item.__index__())
        item = constant(np.asarray(item, dtype=np.int64) if np.size(item) == 0 else item)
    if is_float(item.dtype):
        raise DTypeError("an index must be an integer, a slice or an array of integers, not real numbers")
    if item.dtype == "bool" and (item.op is not CONSTANT or not item.shape):
        raise DTypeError(
            "how many entries a symbolic condition selects is not known: use symgraph.where(condition, x, 0)"
        )
    return int(item.value) if item.op is CONSTANT and not item.shape else item


def _items(shape: Shape, key: Any) -> list[Any]:
    """Expand an index to one item per axis, with ``None`` where an axis is inserted."""
    given = list(key) if isinstance(key, tuple) else [key]
    dots = [place for place, item in enumerate(given) if item is Ellipsis]
    if len(dots) > 1:
        raise ShapeError("an index can have one Ellipsis (...), not more")
    place = dots[0] if dots else len(given)
    head, tail = ([_read_item(item) for item in part] for part in (given[:place], given[place + 1 :]))
    used = sum(_axes_used(item) for item in (*head, *tail))
    if used > len(shape):
        raise ShapeError(f"{used} indices are too many for shape {shape_text(shape)}")
    items: list[Any] = []
    axis = 0
    for item in (*head, *[slice(None)] * (len(shape) - used), *tail):
        if isinstance(item, Node) and item.dtype == "bool":
            if item.shape != shape[axis : axis + item.ndim]:
                raise ShapeError(f"a mask of shape {shape_text(item.shape)} does not fit shape {shape_text(shape)}")
            items += [constant(each) for each in np.nonzero(item.value)]
        else:
            items.append(item)
        axis += _axes_used(item)
    return items


def _axes_used(item: Any) -> int:
    if item is None:
        return 0
    return item.ndim if isinstance(item, Node) and item.dtype == "bool" else 1


def read_key(shape: Shape, key: Any) -> Reading:
    """Read ``x[key]`` for an ``x`` of this shape, by NumPy's rules.

    Raises:
        ShapeError: there are too many indices, a mask does not fit, or the length of a slice is not known.
        DTypeError: an index is not an integer, a slice, ``None`` or an array of integers or known truth values.
    """
    items = _items(shape, key)
    has_arrays = any(isinstance(item, Node) for item in items)
    chosen = [k for k, item in enumerate(items) if isinstance(item, (int, Dim, Node))] if has_arrays else []
    places: list[Place] = []
    inserted: list[int] = []
    axes: list[int] = []
    rank = 0
    for item in items:
        if item is None:
            inserted.append(rank)
            rank += 1
            continue
        size = shape[len(places)]
        if isinstance(item, (int, Dim)):
            places.append(read_integer(item, size))
            continue
        if isinstance(item, Node):
            axes.append(rank)
        places.append(read_slice(item, size) if isinstance(item, slice) else full(size))
        rank += 1
    together = bool(chosen) and chosen == list(range(chosen[0], chosen[-1] + 1))
    before = sum(item is None or isinstance(item, slice) for item in items[: chosen[0]]) if together else 0
    return Reading(
        tuple(places),
        tuple(inserted),
        tuple([axis - rank for axis in axes]),
        rank - len(axes) - before,
        tuple([item for item in items if isinstance(item, Node)]),
    )
