"""Rows: what the reductions share.

A reduction names its axes by negative numbers, counted from the end, so that the same attributes serve with
any number of leading batch axes. A row is the list of all entries that are reduced together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape, Size
from ...core.dtype import is_float, promote_float
from ...core.errors import ShapeError
from ...core.node import Node, apply, constant, lift
from ...core.operator import OPS, Attributes, Notation, Operator
from ...core.shape import normalize_axes, shape_text, size_of
from ..arrays.structure import expand_dims
from ..tensor.contraction import contract
from ..tensor.products import sum as sum_over

Axes = tuple[int, ...]
Axis = int | Sequence[int] | None


def spelled(name: str) -> Notation:
    """Give the notation of a function that is written by its name."""
    return Notation(name, r"\operatorname{" + name.replace("_", " ") + "}", name)


def read_axes(axis: Axis, x: Node, name: str) -> Axes:
    """Turn ``axis`` into negative numbers in ascending order."""
    return tuple([place - x.ndim for place in normalize_axes(axis, x.ndim, name)])


def restore(node: Node, x: Node, axes: Axes, keepdims: bool) -> Node:
    """Give a reduced array its axes back, with size 1, if they are to be kept."""
    return expand_dims(node, tuple([x.ndim + axis for axis in axes])) if keepdims and axes else node


def reduced(record: Operator, x: Any, axis: Axis, keepdims: bool, *attrs: Any) -> Node:
    """Apply a reduction to all entries, or along axes; ``attrs`` are its attributes behind the axes."""
    x = lift(x)
    axes = read_axes(axis, x, record.name)
    return restore(apply(record, (x,), (axes, *attrs)), x, axes, keepdims)


def without(shape: Shape, axes: Axes) -> Shape:
    """Leave the axes out of a shape."""
    return tuple([size for place, size in enumerate(shape) if place - len(shape) not in axes])


def row_size(shape: Shape, axes: Axes) -> Size:
    """Count the entries of a row."""
    return size_of(tuple([shape[axis] for axis in axes]))


def infer_reduced(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """One number per row; integers become real."""
    return without(args[0].shape, attrs[0]), promote_float(args[0].dtype)


def infer_rows(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """As many numbers as there were; integers become real."""
    return args[0].shape, promote_float(args[0].dtype)


def spread(g: Node, shape: Shape, axes: Axes) -> Node:
    """Repeat what stands for rows along the rows: the result has ``shape`` behind the batch axes of ``g``."""
    batch = g.ndim - len(shape) + len(axes)
    rank = batch + len(shape)
    sizes = dict(enumerate((*g.shape[:batch], *shape)))
    index = tuple([place for place in range(rank) if place - rank not in axes])
    return contract((g,), (index,), tuple(range(rank)), sizes)


def level(value: Node, shape: Shape, axes: Axes) -> Node:
    """Make one number per row fit beside the rows: a scalar does already."""
    return spread(value, shape, axes) if value.shape else value


def row_sum(x: Node, axes: Axes) -> Node:
    """Sum over the rows, behind any number of batch axes."""
    return sum_over(x, tuple([x.ndim + axis for axis in axes])) if axes else x


def row_product(g: Node, p: Node, axes: Axes) -> Node:
    """Σ g⊙p over the rows; ``g`` may have batch axes in front."""
    rank = g.ndim
    output = tuple([place for place in range(rank) if place - rank not in axes])
    return contract((g, p), (tuple(range(rank)), tuple(range(rank - p.ndim, rank))), output, dict(enumerate(g.shape)))


def applied(name: str, *args: Node | float) -> Node:
    """Apply an elementwise operator as it stands; numbers take the dtype of the first real argument."""
    dtype = next((arg.dtype for arg in args if isinstance(arg, Node) and arg.dtype != "bool"), "float64")
    return apply(OPS[name], tuple([arg if isinstance(arg, Node) else constant(arg, dtype) for arg in args]), ())


def number_dtype(dtype: str) -> str:
    """Give the dtype of sums and products of numbers of this dtype: truth values and short integers widen."""
    return "int64" if dtype in ("bool", "int32") else dtype


# --- evaluation -------------------------------------------------------------------------------


def gather_rows(x: Any, axes: Axes) -> tuple[Any, tuple[int, ...], list[int]]:
    """Move the reduced axes to the end and join them; also give their sizes and places."""
    x = np.asarray(x)
    places = [x.ndim + axis for axis in axes]
    moved = np.moveaxis(x, places, range(x.ndim - len(places), x.ndim))
    lead = moved.shape[: x.ndim - len(places)]
    sizes = moved.shape[len(lead) :]
    return moved.reshape((*lead, int(np.prod(sizes, dtype=int)))), sizes, places


def spread_rows(rows: Any, sizes: tuple[int, ...], places: list[int]) -> Any:
    """Undo :func:`gather_rows`."""
    array = rows.reshape((*rows.shape[:-1], *sizes))
    return np.moveaxis(array, range(array.ndim - len(places), array.ndim), places)


def mp_reduction(function: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    """Make an mpmath evaluation from a function of one row that gives a number."""

    def compute(axes: Axes, x: Any) -> Any:
        rows, _, _ = gather_rows(x, axes)
        out = np.empty(rows.shape[:-1], dtype=object)
        for place in np.ndindex(out.shape):
            out[place] = function(list(rows[place]))
        return out

    return compute


def mp_rows(function: Callable[[list[Any]], list[Any]]) -> Callable[..., Any]:
    """Make an mpmath evaluation from a function of one row that gives a row."""

    def compute(axes: Axes, x: Any) -> Any:
        rows, sizes, places = gather_rows(x, axes)
        out = np.empty(rows.shape, dtype=object)
        for place in np.ndindex(out.shape[:-1]):
            out[place] = function(list(rows[place]))
        return spread_rows(out, sizes, places)

    return compute


def infer_choice(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """Infer the shape and dtype of one entry chosen from each row, which must not be known to be empty."""
    (x,), (axes,) = args, attrs
    if any(x.shape[axis] == 0 for axis in axes):
        raise ShapeError(f"shape {shape_text(x.shape)} has no entries to choose from")
    return without(x.shape, axes), x.dtype


def mp_extreme(row: list[Any], sign: int = 1) -> Any:
    """Give the greatest (or, with sign −1, smallest) entry, nan if one is nan, and ∓∞ if there is none."""
    if any(mpmath.isnan(v) for v in row):
        return mpmath.nan
    return max(row, default=-mpmath.inf) if sign > 0 else min(row, default=mpmath.inf)


def as_float(x: Any) -> Any:
    """Give an array in a floating dtype."""
    x = np.asarray(x)
    return x if is_float(x.dtype.name) else x.astype(np.float64)
