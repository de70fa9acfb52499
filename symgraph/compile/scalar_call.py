"""A native call for functions of scalars: a METH_FASTCALL entry point written as LLVM text.

Arguments are read with ``PyFloat_AsDouble``, the result is built with the C API in the nesting the user
asked for; no Python code runs during a call. A wrong number of arguments, or ``out=``, goes to the Python call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.node import Node
from .call_text import GLUE, PARAMETERS, CallText
from .frame import Storage
from .function_text import double_text
from .libraries import Libraries
from .module import Module

STACK_SLOTS = 4096


def is_scalar_call(module: Module, inputs: Sequence[Node], outputs: Sequence[Node]) -> bool:
    """True for functions of real scalars without library calls."""
    if len(module.segments) < len(module.steps) or module.storage.arrays or module.storage.sizes:
        return False
    if any(node.dtype != "float64" or node.shape for node in inputs):
        return False
    return all(node.dtype in ("float64", "bool") and not node.shape for node in outputs)


class ScalarCall(CallText):
    """Writes the entry point of a function of real scalars."""

    def __init__(self, inputs: Sequence[Node], structure: Any, leaves: Sequence[Node], storage: Storage) -> None:
        super().__init__()
        self.inputs = inputs
        self.structure = structure
        self.leaves = leaves
        self.storage = storage

    def write(self, segments: Sequence[str], slow: Callable[..., Any], libraries: Libraries) -> None:
        """Write the function's text, and register the C API functions it calls."""
        self.declare(libraries)
        slots = max(len(self.storage.scalars), 1)
        on_stack = slots <= STACK_SLOTS
        place = f"alloca double, i64 {slots}" if on_stack else f"call ptr @PyMem_RawMalloc(i64 {8 * slots})"
        free = [] if on_stack else ["  call void @PyMem_RawFree(ptr %slots)"]
        self.lines = [
            f"define ptr @call({PARAMETERS}) {GLUE} {{",
            "entry:",
            f"  %slots = {place}",
            f"  %count = icmp eq i64 %nargs, {len(self.inputs)}",
            "  %bare = icmp eq ptr %names, null",
            "  %right = and i1 %count, %bare",
            "  br i1 %right, label %read0, label %unusual",
            "unusual:",
            *free,
        ]
        self.slow_call(slow)
        for i, node in enumerate(self.inputs):
            self._read(i, node)
        self.label(f"read{len(self.inputs)}")
        self.lines += [f"  call void @{name}(ptr %slots, ptr null, ptr null)" for name in segments]
        result = self.build(self.structure, self._leaf)
        self.lines += [*free, f"  ret ptr {result}", "fail:", *free, "  ret ptr null", "}"]

    def _read(self, i: int, node: Node) -> None:
        self.label(f"read{i}")
        item = self.set(f"load ptr, ptr {self.set(f'getelementptr ptr, ptr %args, i64 {i}')}")
        value = self.set(f"call double @PyFloat_AsDouble(ptr {item})")
        suspicious = self.set(f"fcmp oeq double {value}, {double_text(-1.0)}")
        self.lines += [f"  br i1 {suspicious}, label %check{i}, label %good{i}", f"check{i}:"]
        raised = self.set(f"icmp ne ptr {self.set('call ptr @PyErr_Occurred()')}, null")
        self.lines += [f"  br i1 {raised}, label %fail, label %good{i}", f"good{i}:"]
        self.lines += [f"  store double {value}, ptr {self._slot(node)}", f"  br label %read{i + 1}"]

    def _slot(self, node: Node) -> str:
        return self.set(f"getelementptr double, ptr %slots, i64 {self.storage.scalars[node]}")

    def _leaf(self, place: int) -> str:
        node = self.leaves[place]
        return self.number(node, self._slot(node) if node in self.storage.scalars else "")
