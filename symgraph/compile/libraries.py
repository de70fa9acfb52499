"""Where mathematical functions come from: glibc's libmvec for vectors, libm and SciPy's Cython API for scalars."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
import re
from functools import cache, lru_cache
from typing import Any

VECTOR_LETTERS = {8: "e", 4: "d", 2: "b"}


@cache
def _library(name: str) -> Any:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


@lru_cache(maxsize=1024)
def _address(library: str, symbol: str) -> int | None:
    handle = _library(library)
    if handle is None or not hasattr(handle, symbol):
        return None
    return ctypes.cast(getattr(handle, symbol), ctypes.c_void_p).value


def libm_address(name: str) -> int | None:
    """Give the address of a scalar function of the C library."""
    return _address(_mathematical_library(), name)


@cache
def _mathematical_library() -> str:
    """Name the C library; ``find_library`` starts other programs, so it is only asked where the usual name fails."""
    usual = {"Linux": "libm.so.6", "Darwin": "libm.dylib"}.get(platform.system(), "")
    return usual if usual and _library(usual) is not None else ctypes.util.find_library("m") or "msvcrt"


@lru_cache(maxsize=1024)
def special_address(name: str) -> int | None:
    """Give the address of a scalar ``double`` function that SciPy exports to C."""
    from scipy.special import cython_special

    table = cython_special.__pyx_capi__
    for key, capsule in table.items():
        if key == name or re.fullmatch(rf"__pyx_fuse_\d+(_\d+)?{name}", key):
            address, signature = _capsule(capsule)
            if signature.startswith("double (double") and "complex" not in signature:
                return address
    return None


def _capsule(capsule: Any) -> tuple[int, str]:
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = get_name(capsule)
    return get_pointer(capsule, name), name.decode()


@lru_cache(maxsize=64)
def loop_address(name: str, types: str) -> tuple[int, int] | None:
    """Give the addresses of the loop and of the data of one of SciPy's array functions, for these types.

    The places are those of ``PyUFuncObject`` in NumPy's C API; what can be compared with Python's view is compared.
    """
    from scipy.special import _ufuncs

    function = getattr(_ufuncs, name, None)
    if function is None or types not in function.types:
        return None
    start = id(function) + object.__basicsize__
    counts = (ctypes.c_int * 3).from_address(start)
    if tuple(counts) != (function.nin, function.nout, function.nargs):
        return None
    if ctypes.c_int.from_address(start + 32).value != function.ntypes:
        return None
    index = function.types.index(types)
    loops, data = (ctypes.c_void_p.from_address(start + offset).value for offset in (16, 24))
    if loops is None or data is None:
        return None
    found = [
        ctypes.c_void_p.from_address(base + index * ctypes.sizeof(ctypes.c_void_p)).value for base in (loops, data)
    ]
    return (found[0], found[1]) if found[0] and found[1] else None


class Libraries:
    """The outside functions that one module calls, with their declarations and addresses."""

    def __init__(self, width: int = 8, use_vector_library: bool = True, fma: bool = False) -> None:
        self.width = width
        self.use_vector_library = use_vector_library and platform.machine() in ("x86_64", "AMD64")
        self.fma = fma
        self.kernels = self.use_vector_library and width >= 4  # from here on vectors have fused multiply-add
        self.streams = width > 2 and platform.machine() in ("x86_64", "AMD64")
        self.declarations: dict[str, None] = {}
        self.addresses: dict[str, int] = {}

    def emptied(self) -> Libraries:
        """Give the same settings for another module."""
        return Libraries(self.width, self.use_vector_library, self.fma)

    def declare(self, text: str) -> None:
        """Add a declaration once."""
        self.declarations[text] = None

    def vector(self, name: str, arity: int, width: int) -> str | None:
        """Give the symbol of the vector version of a function, or ``None``."""
        letter = VECTOR_LETTERS.get(width)
        if not self.use_vector_library or letter is None:
            return None
        symbol = f"_ZGV{letter}N{width}{'v' * arity}_{name}"
        address = _address("libmvec.so.1", symbol)
        if address is None:
            return None
        self.addresses[symbol] = address
        kind = f"<{width} x double>"
        self.declare(f"declare {kind} @{symbol}({', '.join([kind] * arity)}) nounwind memory(none)")
        return symbol

    def blas(self, name: str, arity: int) -> str:
        """Give the symbol of a BLAS routine, all of whose arguments are addresses."""
        from scipy.linalg import cython_blas

        symbol = f"sg_blas_{name}"
        table: dict[str, Any] = dict(cython_blas.__pyx_capi__)
        self.addresses[symbol] = _capsule(table[name])[0]
        self.declare(f"declare void @{symbol}({', '.join(['ptr'] * arity)}) nounwind")
        return symbol

    def scalar(self, name: str, arity: int) -> str | None:
        """Give the symbol of a scalar function, from the C library or from SciPy, or ``None``."""
        bare = name.removeprefix("special:")
        address = libm_address(name) if bare is name else special_address(bare)
        if address is None:
            return None
        symbol = f"sg_{name.replace(':', '_')}"
        self.addresses[symbol] = address
        self.declare(f"declare double @{symbol}({', '.join(['double'] * arity)}) nounwind memory(none)")
        return symbol

    def ufunc(self, name: str, types: str) -> tuple[str, str] | None:
        """Give the symbols of the loop and of the data of one of SciPy's array functions, or ``None``."""
        found = loop_address(name, types)
        if found is None:
            return None
        suffix = f"{name}_{types.replace('->', '_')}"
        loop, data = f"sg_loop_{suffix}", f"sg_data_{suffix}"
        self.addresses[loop], self.addresses[data] = found
        self.declare(f"declare void @{loop}(ptr, ptr, ptr, ptr) nounwind")
        self.declare(f"@{data} = external global i8")
        return loop, data
