"""Shape arithmetic: broadcasting by NumPy's rule, over integer and named sizes alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from .dimension import Dim, Shape, Size, as_size
from .errors import ShapeError


def as_shape(value: object) -> Shape:
    """Read a user's shape: ``()``, ``3``, ``"n"``, ``("n", 3)``.

    >>> as_shape("n"), as_shape((2, "m"))
    ((n,), (2, m))
    """
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(as_size(size) for size in value)
    return (as_size(value),)


def shape_text(shape: Shape) -> str:
    """Write a shape the way Python writes tuples.

    >>> shape_text((Dim.named("n"), 3))
    '(n, 3)'
    """
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


@lru_cache(maxsize=8192)
def broadcast_shapes(*shapes: Shape) -> Shape:
    """Broadcast by NumPy's rule; a named size fits itself and 1.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    rank = max(map(len, shapes), default=0)
    result: list[Size] = [1] * rank
    for shape in shapes:
        for i, size in enumerate(shape, rank - len(shape)):
            if result[i] == 1:
                result[i] = size
            elif size not in (1, result[i]):
                raise ShapeError(_mismatch(shapes, result[i], size))
    return tuple(result)


def _mismatch(shapes: Sequence[Shape], first: Size, second: Size) -> str:
    listed = " and ".join(map(shape_text, shapes))
    hint = ""
    if isinstance(first, Dim) or isinstance(second, Dim):
        hint = "; give both symbols the same name or number for this dimension"
    return f"shapes {listed} do not broadcast: {first} against {second}{hint}"


def normalize_axis(axis: int, rank: int, operator: str) -> int:
    """Turn a negative axis into a position; raise :class:`ShapeError` if there is no such axis."""
    if isinstance(axis, bool) or not hasattr(axis, "__index__"):
        raise ShapeError(f"{operator}: axis must be an integer, not {axis!r}")
    position = axis + rank if axis < 0 else axis
    if not 0 <= position < rank:
        raise ShapeError(f"{operator}: axis {axis} does not exist in an array of rank {rank}")
    return int(position)


def normalize_axes(axis: int | Sequence[int] | None, rank: int, operator: str) -> tuple[int, ...]:
    """Turn ``axis=None | int | tuple`` into a sorted tuple of positions."""
    if axis is None:
        return tuple(range(rank))
    listed = axis if isinstance(axis, (tuple, list)) else (axis,)
    positions = sorted(normalize_axis(each, rank, operator) for each in listed)
    if len(set(positions)) != len(positions):
        raise ShapeError(f"{operator}: an axis is named twice in {axis}")
    return tuple(positions)


def size_of(shape: Shape) -> Size:
    """Count the entries of an array of this shape.

    >>> size_of((2, Dim.named("n")))
    2*n
    """
    total: Size = 1
    for size in shape:
        total = total * size
    return total


def is_concrete(shape: Shape) -> bool:
    """True when every size is a number."""
    return not any(isinstance(size, Dim) for size in shape)
