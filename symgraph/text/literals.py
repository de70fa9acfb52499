"""Leaves and attribute values as text: numbers, arrays, names, sizes, shapes. All of it parses back exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.dimension import Dim, Size
from ..core.node import Node
from .names import quote_name, quote_string

LARGEST_PLAIN_INTEGER = 2**53


def float_text(value: float) -> str:
    """Write a number as short as it can be read back exactly.

    >>> [float_text(v) for v in (1.0, 0.1, -0.0, 1e300, float("inf"))]
    ['1', '0.1', '-0.0', '1e+300', 'inf']
    """
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") and text != "-0.0" else text


def entry_text(value: Any) -> str:
    """Write one entry of an array: a NumPy or Python number.

    >>> entry_text(np.float32(0.1)), entry_text(np.bool_(True)), entry_text(np.int64(-3))
    ('0.1', 'true', '-3')
    """
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return float_text(float(str(value)) if isinstance(value, np.float32) else float(value))


def number_text(node: Node) -> str:
    """Write a scalar constant without its dtype."""
    return entry_text(np.float32(node.value) if node.dtype == "float32" else node.value)


def constant_text(node: Node) -> str:
    """Write any constant so that it parses back bit for bit, whatever stands beside it."""
    array = np.asarray(node.value, dtype=node.dtype)
    if _odd_bits(array):
        return f'constant("{array.tobytes().hex()}", dtype="{node.dtype}", shape={sizes_text(array.shape)})'
    if 0 in array.shape:
        return f'constant([], dtype="{node.dtype}", shape={sizes_text(array.shape)})'
    if array.ndim == 0:
        return f'constant({number_text(node)}, dtype="{node.dtype}")'
    if node.dtype != "float64":
        return f'constant({nested_text(array)}, dtype="{node.dtype}")'
    return matrix_text(array) if array.ndim <= 2 else nested_text(array)


def _odd_bits(array: Any) -> bool:
    """True if there is a nan with other bits than the nan that is written ``nan``, or a very large integer."""
    if array.dtype.kind == "i":
        return bool((array > LARGEST_PLAIN_INTEGER).any() or (array < -LARGEST_PLAIN_INTEGER).any())
    if array.dtype.kind != "f" or not np.isnan(array).any():
        return False
    usual = np.array(np.nan, dtype=array.dtype).tobytes()
    return any(entry.tobytes() != usual for entry in array[np.isnan(array)].ravel())


def matrix_text(array: Any) -> str:
    """Write a vector or a matrix: ``[1, 2]``, ``[1, 2; 3, 4]``."""
    rows = array if array.ndim == 2 else array[None]
    return "[" + "; ".join([", ".join(map(entry_text, row)) for row in rows]) + ("]" if array.ndim < 2 else _end(array))


def _end(array: Any) -> str:
    return "]" if len(array) > 1 else ";]"


def nested_text(array: Any) -> str:
    """Write an array of any rank as nested brackets."""
    pieces = [entry_text(entry) for entry in array.ravel()]
    for size in reversed(array.shape):
        pieces = ["[" + ", ".join(pieces[i : i + size]) + "]" for i in range(0, len(pieces), size)]
    return pieces[0]


# --- attributes -------------------------------------------------------------------------------


def size_text(size: Size) -> str:
    """Write a dimension.

    >>> size_text(3), size_text(2 * Dim.named("n") + 1)
    ('3', '2*n+1')
    """
    if not isinstance(size, Dim):
        return str(size)
    if all(name.isascii() and quote_name(name) == name for name in size.names):
        return str(size)
    return str(Dim(tuple([(tuple([quote_name(name) for name in names]), factor) for names, factor in size.terms])))


def sizes_text(shape: tuple[Size, ...]) -> str:
    """Write a shape as a tuple."""
    return literal_text(tuple(shape))


def literal_text(value: Any) -> str:
    """Write an attribute: nested tuples of numbers, sizes, flags, strings.

    >>> literal_text(((0, 1), (2,), "float64", None, True))
    '((0, 1), (2,), "float64", None, true)'
    """
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal_text, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, str):
        return quote_string(value)
    if value is None:
        return "None"
    if isinstance(value, (int, Dim)) and not isinstance(value, bool):
        return size_text(value)
    if isinstance(value, slice):
        return slice_text(value)
    if value is Ellipsis:
        return "..."
    return entry_text(value)


def slice_text(part: slice) -> str:
    """Write a slice: ``:``, ``1:3``, ``::2``."""
    start, stop, step = ["" if value is None else size_text(value) for value in (part.start, part.stop, part.step)]
    return f"{start}:{stop}" + (f":{step}" if step else "")
