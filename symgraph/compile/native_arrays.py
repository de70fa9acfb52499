"""A native call for functions of arrays: an entry point in LLVM text that reads and makes array objects itself.

The usual argument is read as it stands; lists, other dtypes and the like go one by one through ``read_array``. Results
are written into new arrays, or into the caller's. Whatever is unusual beyond that (a wrong shape, a result array that
does not fit) is left to the Python call, which gives the result or the error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.node import CONSTANT, Node
from .access import base_of
from .array_helpers import DECLARATIONS, HELPERS
from .libraries import Libraries
from .module import Module, Segment
from .native_arguments import ArgumentText, is_name
from .numpy_api import DATA, functions, layout_is_known
from .pool import POOL
from .scalar_call import STACK_SLOTS

LONG_WORK = 1 << 16  # bytes of arrays from which on the interpreter's lock is released


def is_native_call(module: Module, inputs: Sequence[Node], outputs: Sequence[Node]) -> bool:
    """True if a function can be called without Python code: no library calls, and sizes that shapes alone fix."""
    storage = module.storage
    if not layout_is_known() or not all(isinstance(step, Segment) for step in module.steps):
        return False
    if len(storage.scalars) > STACK_SLOTS or any(not node.shape and "float" not in node.dtype for node in inputs):
        return False
    arrays = [node for node in outputs if node.shape]
    taken = {*inputs, *(node for node in storage.arrays if node.op is CONSTANT)}
    if any(base_of(node) is not node or node in taken for node in arrays) or len(set(arrays)) < len(arrays):
        return False
    if any(not node.shape and node not in storage.scalars and node.op is not CONSTANT for node in outputs):
        return False
    bound = {size.terms[0][0][0] for node in inputs for size in node.shape if is_name(size)}
    return bound.issuperset(storage.sizes)


class NativeArrayCall(ArgumentText):
    """Writes the entry point of a function of arrays."""

    def write(self, slow: Callable[..., Any], libraries: Libraries) -> None:
        """Write the function's text, and register the C functions it calls."""
        self.declare(libraries)
        libraries.addresses.update(functions())
        for line in DECLARATIONS:
            libraries.declare(line)
        self._work(self._targets(self.arguments()))
        self._result()
        self._endings(slow)
        self.lines.insert(0, HELPERS)

    # --- results and work arrays --------------------------------------------------------------

    def _targets(self, total: str) -> str:
        """Find or make the arrays that the results are written to."""
        for place, node in enumerate(self.leaves):
            for axis, size in enumerate(node.shape):
                self.add(f"store i64 {self.extent(size)}, ptr {self.at('dims', axis, 'i64')}")
            bytes_needed = self.bytes(node.shape, node.dtype)
            if not node.shape:
                self._number_target(place, node, bytes_needed)
                continue
            data = self._target(place, node, bytes_needed)
            self.add(f"store ptr {data}, ptr {self.at('arrays', self.storage.arrays[node])}")
            total = self.set(f"add i64 {total}, {bytes_needed}")
        return total

    def _target(self, place: int, node: Node, bytes_needed: str) -> str:
        """Give the address that the result at a place is written to."""
        given = self.set(f"load ptr, ptr {self.at('outs', place)}")
        owned = self.at("owned", len(self.inputs) + place)
        array = self.set(
            f"call ptr @sg_target(ptr {given}, ptr {self.object(np.ndarray)}, ptr {self.object(np.dtype(node.dtype))}, "
            f"i32 {node.ndim}, ptr %dims, i64 {bytes_needed}, ptr {self.object(POOL.empty)}, ptr {owned}, "
            f"ptr %starts, ptr %ends, i64 {self.spans})"
        )
        self.need(self.set(f"icmp ne ptr {array}, null"))
        data = self.field(array, DATA)
        self.span(data, bytes_needed)
        return data

    def _number_target(self, place: int, node: Node, bytes_needed: str) -> None:
        """A number has a place in memory only if the caller gave an array of no dimensions for it."""
        given = self.set(f"load ptr, ptr {self.at('outs', place)}")
        none = self.set(f"icmp eq ptr {given}, null")
        name = self.fresh()[1:]
        if node.dtype != "float64" or node.op is CONSTANT:
            self.need(none)
            return
        self.span("null", "0")  # what is not asked for overlaps nothing
        self.spans -= 1  # _target counts it
        self.add(f"br i1 {none}, label %{name}.no, label %{name}.yes")
        self.label(f"{name}.yes")
        data = self._target(place, node, bytes_needed)
        self.add(f"store ptr {data}, ptr {self.at('numbers', place)}")
        self.add(f"br label %{name}.no")
        self.label(f"{name}.no")

    def _work(self, total: str) -> None:
        """Give temporaries their memory, release the interpreter's lock if it pays, and run the code."""
        buffers = self.module.buffers
        if buffers.place:
            needed = self.extent(buffers.bytes)
            self._temporaries(needed)
            total = self.set(f"add i64 {total}, {needed}")
        for node in self.storage.arrays:
            if node.op is CONSTANT:
                value = np.ascontiguousarray(node.value)
                address = self.address(value.__array_interface__["data"][0], value)
                self.add(f"store ptr {address}, ptr {self.at('arrays', self.storage.arrays[node])}")
        long = self.set(f"icmp sge i64 {total}, {LONG_WORK}")
        calls = [
            f"call void @{step.name}(ptr %slots, ptr %arrays, ptr %sizes)"
            for step in self.module.steps
            if isinstance(step, Segment)
        ]
        self.add(f"br i1 {long}, label %long, label %short")
        self.label("short")
        self.add("br label %run")
        self.label("long")
        thread = self.set("call ptr @PyEval_SaveThread()")
        self.add("br label %run")
        self.label("run")
        self.add(f"%thread = phi ptr [ null, %short ], [ {thread}, %long ]")
        for call in calls:
            self.add(call)
        self.add("%free = icmp ne ptr %thread, null")
        self.add("br i1 %free, label %locked, label %computed")
        self.label("locked")
        self.add("call void @PyEval_RestoreThread(ptr %thread)")
        self.add("br label %computed")
        self.label("computed")
        outside = self.set(f"load i64, ptr {self.at('sizes', len(self.storage.sizes), 'i64')}")
        self.need(self.set(f"icmp eq i64 {outside}, 0"))

    def _temporaries(self, needed: str) -> None:
        self.add(f"store i64 {needed}, ptr {self.at('dims', 0, 'i64')}")
        descr, pool = self.object(np.dtype("uint8")), self.object(POOL.empty)
        kind = self.object(np.ndarray)
        array = self.set(f"call ptr @sg_fresh(ptr {kind}, ptr {descr}, i32 1, ptr %dims, i64 {needed}, ptr {pool})")
        self.add(f"store ptr {array}, ptr {self.at('owned', self.owned - 1)}")
        self.need(self.set(f"icmp ne ptr {array}, null"))
        block = self.field(array, DATA)
        for node, (host, offset) in self.module.buffers.place.items():
            where = block
            if host is not None:
                where = self.set(f"load ptr, ptr {self.at('arrays', self.storage.arrays[host])}")
            start = self.set(f"getelementptr i8, ptr {where}, i64 {self.extent(offset)}")
            self.add(f"store ptr {start}, ptr {self.at('arrays', self.storage.arrays[node])}")

    # --- the end ------------------------------------------------------------------------------

    def _result(self) -> None:
        self.add("%new = icmp eq ptr %given, null")
        self.add("br i1 %new, label %make, label %fill")
        self.label("fill")
        for place, node in enumerate(self.leaves):
            if node.shape or node.dtype != "float64" or node.op is CONSTANT:
                continue
            value = self.set(f"load double, ptr {self._slot(node)}")
            target = self.set(f"load ptr, ptr {self.at('numbers', place)}")
            self.add(f"store double {value}, ptr {target}")
        self.add("call void @Py_IncRef(ptr %given)")
        self.add("br label %return")
        self.label("make")
        made = self.build(self.structure, self._leaf)
        self.add("br label %return")
        self.label("return")
        self.add(f"%result = phi ptr [ %given, %fill ], [ {made}, %make ]")
        self.add(f"call void @sg_release(ptr %owned, i64 {self.owned})")
        self.add("ret ptr %result")

    def _endings(self, slow: Callable[..., Any]) -> None:
        """Where something did not fit: pass an error on, or let the Python call decide."""
        self.label("doubt")
        self.add(f"call void @sg_release(ptr %owned, i64 {self.owned})")
        raised = self.set(f"icmp ne ptr {self.set('call ptr @PyErr_Occurred()')}, null")
        self.add(f"br i1 {raised}, label %fail, label %unusual")
        self.label("fail")
        self.add("ret ptr null")
        self.label("unusual")
        self.slow_call(slow)
        self.lines.append("}")

    def _slot(self, node: Node) -> str:
        return self.at("slots", self.storage.scalars[node], "double")

    def _leaf(self, place: int) -> str:
        node = self.leaves[place]
        if not node.shape:
            return self.number(node, self._slot(node) if node in self.storage.scalars else "")
        where = self.at("owned", len(self.inputs) + place)
        array = self.set(f"load ptr, ptr {where}")
        self.add(f"store ptr null, ptr {where}")  # the reference moves into the result
        return array
