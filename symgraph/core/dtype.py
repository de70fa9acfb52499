"""The dtypes of symgraph and their promotion, by the rules of the Python array API standard.

There are real numbers only: ``float64``, ``float32``, ``int64``, ``int32`` and ``bool``. Python numbers are
weak: beside an array they take its dtype if their kind allows it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .errors import DTypeError

DTYPES = ("bool", "int32", "int64", "float32", "float64")


def as_dtype(value: Any) -> str:
    """Read a user's dtype.

    >>> as_dtype("float64"), as_dtype(float), as_dtype(np.int64)
    ('float64', 'float64', 'int64')
    """
    try:
        name = np.dtype(value).name
    except TypeError:
        name = str(value)
    if name not in DTYPES:
        raise DTypeError(f"dtype {name} is not supported: use one of {', '.join(DTYPES)}")
    return str(name)


def is_float(dtype: str) -> bool:
    """True for the dtypes that derivatives exist for."""
    return dtype.startswith("float")


@lru_cache(maxsize=1024)
def promote(*dtypes: str) -> str:
    """Promote as NumPy does for arrays.

    >>> promote("int64", "float32"), promote("float32", "float32")
    ('float64', 'float32')
    """
    return str(np.result_type(*dtypes).name)


@lru_cache(maxsize=1024)
def promote_float(*dtypes: str) -> str:
    """Promote, and turn integers and booleans into ``float64``, as the ufuncs of NumPy do."""
    joint = promote(*dtypes)
    return joint if is_float(joint) else "float64"
