"""A native call for functions of scalars: a METH_FASTCALL entry point written as LLVM text.

Arguments are read with ``PyFloat_AsDouble``, the result is built with the C API in the nesting the user
asked for; no Python code runs during a call.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

from ..core.node import CONSTANT, Node
from .emit import double_text
from .libraries import Libraries
from .nests import Storage

STACK_SLOTS = 4096
METH_FASTCALL = 0x0080

API = {
    "PyFloat_AsDouble": "double (ptr)",
    "PyFloat_FromDouble": "ptr (double)",
    "PyBool_FromLong": "ptr (i64)",
    "PyLong_FromLongLong": "ptr (i64)",
    "PyErr_Occurred": "ptr ()",
    "PyErr_SetString": "void (ptr, ptr)",
    "PyList_New": "ptr (i64)",
    "PyList_SetItem": "i32 (ptr, i64, ptr)",
    "PyTuple_New": "ptr (i64)",
    "PyTuple_SetItem": "i32 (ptr, i64, ptr)",
    "PyDict_New": "ptr ()",
    "PyDict_SetItem": "i32 (ptr, ptr, ptr)",
    "Py_DecRef": "void (ptr)",
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


class CallWriter:
    """Writes the entry point ``call(self, args, nargs)``."""

    def __init__(
        self, inputs: Sequence[Node], structure: Any, leaves: Sequence[Node], storage: Storage, segments: Sequence[str]
    ) -> None:
        self.inputs = inputs
        self.structure = structure
        self.leaves = leaves
        self.storage = storage
        self.lines: list[str] = []
        self.kept: list[Any] = []
        self.number = 0
        self.calls = [f"  call void @{name}(ptr %slots, ptr null, ptr null)" for name in segments]

    def text(self, libraries: Libraries) -> str:
        """Give the function's text, and register the C API functions it calls."""
        for name, signature in API.items():
            result, _, parameters = signature.partition(" ")
            libraries.declare(f"declare {result} @{name}{parameters}")
            libraries.addresses[name] = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0
        slots = max(len(self.storage.scalars), 1)
        on_stack = slots <= STACK_SLOTS
        message = self._bytes(f"this function takes {len(self.inputs)} positional arguments".encode())
        place = f"alloca double, i64 {slots}" if on_stack else f"call ptr @PyMem_RawMalloc(i64 {8 * slots})"
        self.lines = [
            "define ptr @call(ptr %self, ptr %args, i64 %nargs) {",
            "entry:",
            f"  %slots = {place}",
            f"  %right = icmp eq i64 %nargs, {len(self.inputs)}",
            "  br i1 %right, label %read0, label %wrong",
            "wrong:",
            f"  call void @PyErr_SetString(ptr {self._object(TypeError)}, ptr {message})",
            "  br label %fail",
        ]
        for i, node in enumerate(self.inputs):
            self._read(i, node)
        self.lines += [f"read{len(self.inputs)}:", "", *self.calls]
        result = self._build(self.structure)
        free = [] if on_stack else ["  call void @PyMem_RawFree(ptr %slots)"]
        self.lines += [*free, f"  ret ptr {result}", "fail:", *free, "  ret ptr null", "}"]
        return "\n".join(self.lines)

    def _fresh(self) -> str:
        self.number += 1
        return f"%r{self.number}"

    def _set(self, text: str) -> str:
        name = self._fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def _object(self, value: Any) -> str:
        """Refer to a living Python object by its address."""
        self.kept.append(value)
        return f"inttoptr (i64 {id(value)} to ptr)"

    def _bytes(self, value: bytes) -> str:
        buffer = ctypes.create_string_buffer(value)
        self.kept.append(buffer)
        return f"inttoptr (i64 {ctypes.addressof(buffer)} to ptr)"

    def _read(self, i: int, node: Node) -> None:
        self.lines.append(f"read{i}:")
        item = self._set(f"load ptr, ptr {self._set(f'getelementptr ptr, ptr %args, i64 {i}')}")
        value = self._set(f"call double @PyFloat_AsDouble(ptr {item})")
        suspicious = self._set(f"fcmp oeq double {value}, {double_text(-1.0)}")
        self.lines += [f"  br i1 {suspicious}, label %check{i}, label %good{i}", f"check{i}:"]
        raised = self._set(f"icmp ne ptr {self._set('call ptr @PyErr_Occurred()')}, null")
        self.lines += [f"  br i1 {raised}, label %fail, label %good{i}", f"good{i}:"]
        slot = self._set(f"getelementptr double, ptr %slots, i64 {self.storage.scalars[node]}")
        self.lines += [f"  store double {value}, ptr {slot}", f"  br label %read{i + 1}"]

    def _build(self, structure: Any) -> str:
        if isinstance(structure, dict):
            made = self._set("call ptr @PyDict_New()")
            for key, part in structure.items():
                value = self._build(part)
                self._set(f"call i32 @PyDict_SetItem(ptr {made}, ptr {self._object(key)}, ptr {value})")
                self.lines.append(f"  call void @Py_DecRef(ptr {value})")
            return made
        if isinstance(structure, (list, tuple)):
            kind = "List" if isinstance(structure, list) else "Tuple"
            made = self._set(f"call ptr @Py{kind}_New(i64 {len(structure)})")
            for i, part in enumerate(structure):
                self._set(f"call i32 @Py{kind}_SetItem(ptr {made}, i64 {i}, ptr {self._build(part)})")
            return made
        node = self.leaves[structure]
        if node.op is CONSTANT:
            return self._literal(node)
        slot = self._set(f"getelementptr double, ptr %slots, i64 {self.storage.scalars[node]}")
        if node.dtype == "bool":
            flag = self._set(f"load i8, ptr {slot}")
            return self._set(f"call ptr @PyBool_FromLong(i64 {self._set(f'zext i8 {flag} to i64')})")
        return self._set(f"call ptr @PyFloat_FromDouble(double {self._set(f'load double, ptr {slot}')})")

    def _literal(self, node: Node) -> str:
        if node.dtype == "bool":
            return self._set(f"call ptr @PyBool_FromLong(i64 {int(node.value)})")
        if "int" in node.dtype:
            return self._set(f"call ptr @PyLong_FromLongLong(i64 {int(node.value)})")
        return self._set(f"call ptr @PyFloat_FromDouble(double {double_text(float(node.value))})")


def python_function(address: int, name: str, keep: Sequence[Any]) -> Callable[..., Any]:
    """Make a built-in function object from the address of a METH_FASTCALL entry point.

    What the code needs stays alive as the function's ``__self__``, as long as anybody holds the function.
    """
    definition = MethodDefinition(name.encode(), address, METH_FASTCALL, None)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
    made: Callable[..., Any] = make(ctypes.addressof(definition), (definition, *keep), None)
    return made
