"""How basic indexing and its adjoint are written in NumPy.

Brackets are used where the index is proved to lie inside the array; Python would cut a slice that does not short
without a word, so anything else goes through the operator's own function, which checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Dim, Shape, Size


def zeros_of(shape: tuple[int, ...], dtype: Any) -> Any:
    """Give an array of zeros, of exact ones for objects."""
    return np.full(shape, mpmath.mpf(0), dtype=object) if dtype.kind == "O" else np.zeros(shape, dtype)


def placed(shape: tuple[int, ...], *pieces: Any) -> Any:
    """Add pieces, each a pair of an index and its values, into an array of zeros."""
    out = zeros_of(shape, np.result_type(*[np.asarray(values).dtype for _, values in pieces]))
    for index, values in pieces:
        out[index] += values
    return out


def index_source(node: Any, size: Callable[[Any], str]) -> str | None:
    """Write entries taken out of an array."""
    inside = _brackets(node.args[0].shape, node.attrs[0], size)
    return None if inside is None else f"_0[{inside}]"


def place_source(node: Any, size: Callable[[Any], str]) -> str | None:
    """Write entries put into zeros."""
    inside = [_brackets(node.shape, places, size) for places in node.attrs[0]]
    if None in inside:
        return None
    pieces = [f"(np.s_[{text}], _{i})" for i, text in enumerate(inside)]
    return f"placed(({' '.join(size(n) + ',' for n in node.shape)}), {', '.join(pieces)})"


def _brackets(shape: Shape, places: Sequence[Any], size: Callable[[Any], str]) -> str | None:
    parts = ["..."] if len(places) < len(shape) else []
    for place, axis in zip(places, shape[len(shape) - len(places) :], strict=True):
        if not isinstance(place, tuple):
            if not is_inside(place, place, axis):
                return None
            parts.append(size(place))
            continue
        start, length, step = place
        if length == 0:
            parts.append("0:0")
            continue
        ends = (start, start + (length - 1) * step)
        stop = start + length * step
        if not is_inside(*(ends if step > 0 else ends[::-1]), axis) or (step < 0 and isinstance(stop, Dim)):
            return None
        first = "" if start == 0 and step > 0 else size(start)
        last = "" if stop == axis or (isinstance(stop, int) and stop < 0) else size(stop)
        parts.append(f"{first}:{last}" + ("" if step == 1 else f":{step}"))
    return ", ".join(parts) or "()"


def is_inside(low: Size, high: Size, axis: Size) -> bool:
    """True if the positions from ``low`` to ``high`` are proved to be on the axis."""
    beyond = high - axis
    below = low if isinstance(low, int) else min(coefficient for _, coefficient in low.terms)
    return isinstance(beyond, int) and beyond < 0 and (below >= 0 or low == axis - 1)
