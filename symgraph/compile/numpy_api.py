"""What native code needs to know of NumPy: addresses of its C functions and the layout of an array object.

The function table and the array struct are part of NumPy's stable C interface (numpy/ndarraytypes.h); the layout is
still compared with a real array once, and where it differs calls go through Python.
"""

from __future__ import annotations

import ctypes
from functools import cache
from importlib import import_module

import numpy as np

NEW_COPY, NEW_FROM_DESCRIPTOR = 85, 94  # places in the table of C functions

# Offsets in an array object, in bytes.
TYPE, DATA, RANK, DIMENSIONS, DESCRIPTOR, FLAGS = 8, 16, 24, 32, 56, 64
FLOAT_VALUE = 16  # of the number in a Python float and in a NumPy float64
CONTIGUOUS, ALIGNED, WRITEABLE = 0x1, 0x100, 0x400


@cache
def functions() -> dict[str, int]:
    """Give the addresses of the C functions, by the names that generated code uses."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsule = import_module("numpy._core._multiarray_umath")._ARRAY_API
    table = ctypes.cast(get(capsule, None), ctypes.POINTER(ctypes.c_void_p))
    return {"sg_new_copy": table[NEW_COPY] or 0, "sg_new_array": table[NEW_FROM_DESCRIPTOR] or 0}


@cache
def layout_is_known() -> bool:
    """True if array objects of this interpreter are laid out as assumed here."""
    if object.__basicsize__ != 16 or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    array = np.arange(6.0).reshape(2, 3)
    read = ctypes.c_int64.from_address
    flags = ctypes.c_int32.from_address(id(array) + FLAGS).value
    dimensions = read(id(array) + DIMENSIONS).value
    number = 2.5
    return (
        read(id(array) + TYPE).value == id(np.ndarray)
        and read(id(array) + DATA).value == array.__array_interface__["data"][0]
        and ctypes.c_int32.from_address(id(array) + RANK).value == 2
        and (read(dimensions).value, read(dimensions + 8).value) == (2, 3)
        and read(id(array) + DESCRIPTOR).value == id(np.dtype("float64"))
        and flags & (CONTIGUOUS | ALIGNED | WRITEABLE) == CONTIGUOUS | ALIGNED | WRITEABLE
        and flags == array.flags.num
        and all(ctypes.c_double.from_address(id(x) + FLOAT_VALUE).value == 2.5 for x in (number, np.float64(number)))
    )
