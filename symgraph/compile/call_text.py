"""What the native entry points have in common: text of C API calls, a table of Python objects, nested results.

The text holds no address of this process, so that equal functions have equal text: Python objects are found through
a table, which is the first item of the tuple that is the built-in function's ``__self__``.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from typing import Any

from ..core.node import CONSTANT, Node
from .function_text import double_text
from .libraries import Libraries

METH_FASTCALL, METH_KEYWORDS = 0x0080, 0x0002
PARAMETERS = "ptr %self, ptr %args, i64 %nargs, ptr %names"
GLUE = "noinline optnone"  # calls of the C API in a row: nothing to optimise, which LLVM would take long to find out

API = {
    "PyFloat_AsDouble": "double (ptr)",
    "PyFloat_FromDouble": "ptr (double)",
    "PyBool_FromLong": "ptr (i64)",
    "PyLong_FromLongLong": "ptr (i64)",
    "PyLong_AsLongLong": "i64 (ptr)",
    "PyErr_Occurred": "ptr ()",
    "PyList_New": "ptr (i64)",
    "PyList_SetItem": "i32 (ptr, i64, ptr)",
    "PyList_Size": "i64 (ptr)",
    "PyList_GetItem": "ptr (ptr, i64)",
    "PyTuple_New": "ptr (i64)",
    "PyTuple_SetItem": "i32 (ptr, i64, ptr)",
    "PyTuple_Size": "i64 (ptr)",
    "PyTuple_GetItem": "ptr (ptr, i64)",
    "PyDict_New": "ptr ()",
    "PyDict_SetItem": "i32 (ptr, ptr, ptr)",
    "PyDict_Size": "i64 (ptr)",
    "PyDict_GetItem": "ptr (ptr, ptr)",
    "PyBytes_AsString": "ptr (ptr)",
    "PyObject_Vectorcall": "ptr (ptr, ptr, i64, ptr)",
    "PyEval_SaveThread": "ptr ()",
    "PyEval_RestoreThread": "void (ptr)",
    "Py_DecRef": "void (ptr)",
    "Py_IncRef": "void (ptr)",
    "PyMem_RawMalloc": "ptr (i64)",
    "PyMem_RawFree": "void (ptr)",
}


class MethodDefinition(ctypes.Structure):
    """CPython's ``PyMethodDef``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


class CallText:
    """The text of an entry point ``call(self, args, nargs, names)`` while it is being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.kept: list[Any] = []
        self.addresses: list[int] = []
        self._places: dict[int, int] = {}
        self._number = 0

    def declare(self, libraries: Libraries) -> None:
        """Register the C functions that the text calls."""
        for name, signature in API.items():
            result, _, parameters = signature.partition(" ")
            libraries.declare(f"declare {result} @{name}{parameters}")
            libraries.addresses[name] = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0

    def fresh(self) -> str:
        """Give a name that has not been used."""
        self._number += 1
        return f"%r{self._number}"

    def add(self, text: str) -> None:
        """Add an instruction without a result."""
        self.lines.append(f"  {text}")

    def set(self, text: str) -> str:
        """Add an instruction and give its result's name."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def label(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")

    def object(self, value: Any) -> str:
        """Load the address of a Python object, which is kept alive with the function."""
        return self.address(id(value), value)

    def address(self, number: int, owner: Any) -> str:
        """Load an address from the table; its owner is kept alive with the function."""
        if number not in self._places:
            self._places[number] = len(self.addresses)
            self.addresses.append(number)
            self.kept.append(owner)
        where = self.set(f"getelementptr ptr, ptr {self.table()}, i64 {self._places[number]}")
        return self.set(f"load ptr, ptr {where}")

    def table(self) -> str:
        """Find the table of addresses."""
        return self.set(f"call ptr @PyBytes_AsString(ptr {self.set('call ptr @PyTuple_GetItem(ptr %self, i64 0)')})")

    def slow_call(self, slow: Callable[..., Any]) -> None:
        """Let a Python function with the same arguments give the result, or the error."""
        function = self.object(slow)
        result = self.set(f"call ptr @PyObject_Vectorcall(ptr {function}, ptr %args, i64 %nargs, ptr %names)")
        self.add(f"ret ptr {result}")

    def build(self, structure: Any, leaf: Callable[[int], str]) -> str:
        """Build nested lists, tuples and dicts; ``leaf`` gives a new reference to the object at a place."""
        if isinstance(structure, dict):
            made = self.set("call ptr @PyDict_New()")
            for key, part in structure.items():
                value = self.build(part, leaf)
                self.set(f"call i32 @PyDict_SetItem(ptr {made}, ptr {self.object(key)}, ptr {value})")
                self.add(f"call void @Py_DecRef(ptr {value})")
            return made
        if isinstance(structure, (list, tuple)):
            kind = "List" if isinstance(structure, list) else "Tuple"
            made = self.set(f"call ptr @Py{kind}_New(i64 {len(structure)})")
            for i, part in enumerate(structure):
                self.set(f"call i32 @Py{kind}_SetItem(ptr {made}, i64 {i}, ptr {self.build(part, leaf)})")
            return made
        return leaf(structure)

    def number(self, node: Node, slot: str) -> str:
        """Make the Python number for a scalar node whose value stands at ``slot``."""
        if node.op is CONSTANT:
            return self._literal(node)
        if node.dtype == "bool":
            flag = self.set(f"load i8, ptr {slot}")
            return self.set(f"call ptr @PyBool_FromLong(i64 {self.set(f'zext i8 {flag} to i64')})")
        if "int" in node.dtype:
            return self.set(f"call ptr @PyLong_FromLongLong(i64 {self.set(f'load i64, ptr {slot}')})")
        return self.set(f"call ptr @PyFloat_FromDouble(double {self.set(f'load double, ptr {slot}')})")

    def _literal(self, node: Node) -> str:
        if node.dtype == "bool":
            return self.set(f"call ptr @PyBool_FromLong(i64 {int(node.value)})")
        if "int" in node.dtype:
            return self.set(f"call ptr @PyLong_FromLongLong(i64 {int(node.value)})")
        return self.set(f"call ptr @PyFloat_FromDouble(double {double_text(float(node.value))})")

    def python_function(self, address: int, name: str, machine: Any) -> Callable[..., Any]:
        """Make a built-in function object of the entry point.

        What the code needs stays alive as the function's ``__self__``, as long as anybody holds the function.
        """
        definition = MethodDefinition(name.encode(), address, METH_FASTCALL | METH_KEYWORDS, None)
        table = struct.pack(f"{len(self.addresses)}P", *self.addresses)
        make = ctypes.pythonapi.PyCFunction_NewEx
        make.restype = ctypes.py_object
        make.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
        made: Callable[..., Any] = make(ctypes.addressof(definition), (table, definition, machine, *self.kept), None)
        return made
