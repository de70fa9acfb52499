"""Numbers and arrays as a user writes them, turned into what a constant holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtype import DTYPES, as_dtype
from .errors import DTypeError


def as_literal(value: Any, dtype: Any = None) -> Any:
    """Give a contiguous array of a dtype that symgraph knows; other floats and integers become 64 bits wide.

    Raises:
        DTypeError: the value does not consist of real numbers or truth values.
    """
    try:
        array = np.asarray(value, dtype=None if dtype is None else as_dtype(dtype))
    except (TypeError, ValueError, OverflowError) as error:
        raise DTypeError(f"{brief(value)} cannot be a constant: {error}") from None
    if array.dtype == object or array.dtype.kind not in "bif":
        formula = "; a formula in text is read by symgraph.parse" if isinstance(value, str) else ""
        raise DTypeError(f"{brief(value)} cannot be a constant: use real numbers or arrays of them{formula}")
    if array.dtype.name not in DTYPES:
        array = array.astype("float64" if array.dtype.kind == "f" else "int64")
    return np.ascontiguousarray(array, dtype=array.dtype.name).reshape(array.shape)


def brief(value: Any) -> str:
    """Write a value in at most 60 characters, for a message."""
    try:
        text = repr(value)
    except ValueError:  # an integer beyond Python's limit for decimal conversion
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."
