"""The first half of a native call on arrays, in LLVM text: reading arguments and checking them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeGuard

import numpy as np

from ..core.dimension import Dim, Shape, Size
from ..core.node import Node
from .array_call import read_array, read_number
from .call_text import PARAMETERS, CallText
from .module import Module
from .numpy_api import DATA, DIMENSIONS


def is_name(size: Size) -> TypeGuard[Dim]:
    """True for a named size that is not a formula."""
    return isinstance(size, Dim) and len(size.terms) == 1 and size.terms[0][1] == 1 and len(size.terms[0][0]) == 1


class ArgumentText(CallText):
    """Writes the part of the entry point up to where all arguments are known to fit."""

    def __init__(self, inputs: Sequence[Node], structure: Any, leaves: Sequence[Node], module: Module) -> None:
        super().__init__()
        self.inputs = inputs
        self.structure = structure
        self.leaves = leaves
        self.module = module
        self.storage = module.storage
        self.owned = len(inputs) + len(leaves) + 1  # references to drop at the end: of arguments, results, work memory
        self.extents: dict[Size, str] = {}
        self.spans = 0
        self._block = "entry"

    def arguments(self) -> str:
        """Write everything up to the checks; gives the number of bytes of all arguments."""
        self._begin()
        arrays = [self._read(i, node) for i, node in enumerate(self.inputs)]
        self._bind(arrays)
        total = "0"
        for node, array in zip(self.inputs, arrays, strict=True):
            if node.shape:
                size = self.bytes(node.shape, node.dtype)
                self.span(self.field(array, DATA), size)
                total = self.set(f"add i64 {total}, {size}")
        return total

    # --- beginning ----------------------------------------------------------------------------

    def _begin(self) -> None:
        self.lines = [f"define ptr @call({PARAMETERS}) #0 {{", "entry:"]
        spans = len(self.inputs) + len(self.leaves)
        rank = max([node.ndim for node in (*self.leaves, *self.inputs)], default=0)
        for name, kind, count in (
            ("slots", "double", len(self.storage.scalars)),
            ("arrays", "ptr", len(self.storage.arrays)),
            ("sizes", "i64", len(self.storage.sizes) + 1),  # the last one says that a position is out of range
            ("dims", "i64", rank),
            ("owned", "ptr", self.owned),
            ("outs", "ptr", len(self.leaves)),
            ("numbers", "ptr", len(self.leaves)),
            ("starts", "ptr", spans),
            ("ends", "ptr", spans),
        ):
            self.add(f"%{name} = alloca {kind}, i64 {max(count, 1)}, align 16")
        for i in range(self.owned):
            self.add(f"store ptr null, ptr {self.at('owned', i)}")
        for i in range(len(self.leaves)):
            self.add(f"store ptr null, ptr {self.at('outs', i)}")
            self.add(f"store ptr null, ptr {self.at('numbers', i)}")
        self.add(f"%table = call ptr @PyBytes_AsString(ptr {self.set('call ptr @PyTuple_GetItem(ptr %self, i64 0)')})")
        self.need(self.set(f"icmp eq i64 %nargs, {len(self.inputs)}"))
        self.add("%bare = icmp eq ptr %names, null")
        self.add("br i1 %bare, label %ready, label %named")
        self.label("named")
        self.need(self.set(f"icmp eq i64 {self.set('call i64 @PyTuple_Size(ptr %names)')}, 1"))
        name = self.set("call ptr @PyTuple_GetItem(ptr %names, i64 0)")
        self.need(self.set(f"icmp eq ptr {name}, {self.object('out')}"))
        given = self.set(f"load ptr, ptr {self.set('getelementptr ptr, ptr %args, i64 %nargs')}")
        self._match(self.structure, given)
        last = self._block
        self.add("br label %ready")
        self.label("ready")
        self.add(f"%given = phi ptr [ null, %{self._before_names} ], [ {given}, %{last} ]")

    def table(self) -> str:
        """The table is found once, at the beginning."""
        return "%table"

    def label(self, name: str) -> None:
        """Begin a block, and remember which."""
        if name == "named":
            self._before_names = self._block
        self._block = name
        super().label(name)

    def need(self, condition: str) -> None:
        """Go on if a condition holds, else let the Python call decide."""
        name = self.fresh()[1:]
        self.add(f"br i1 {condition}, label %{name}, label %doubt")
        self.label(name)

    def at(self, table: str, place: int, kind: str = "ptr") -> str:
        """Give the address of an entry of a table, whose entries are of this kind."""
        return self.set(f"getelementptr {kind}, ptr %{table}, i64 {place}")

    def field(self, item: str, offset: int, kind: str = "ptr") -> str:
        """Read a field of an object, so many bytes from its beginning."""
        return self.set(f"load {kind}, ptr {self.set(f'getelementptr i8, ptr {item}, i64 {offset}')}")

    def _match(self, structure: Any, value: str) -> None:
        """Take the caller's arrays out of the nesting of the results."""
        if not isinstance(structure, (dict, list, tuple)):
            self.add(f"store ptr {value}, ptr {self.at('outs', structure)}")
            return
        kind = next(each for each in (dict, list, tuple) if isinstance(structure, each))
        self.need(self.set(f"icmp eq ptr {self.field(value, 8)}, {self.object(kind)}"))
        name = kind.__name__.capitalize()
        self.need(self.set(f"icmp eq i64 {self.set(f'call i64 @Py{name}_Size(ptr {value})')}, {len(structure)}"))
        if isinstance(structure, dict):
            for key, part in structure.items():
                item = self.set(f"call ptr @PyDict_GetItem(ptr {value}, ptr {self.object(key)})")
                self.need(self.set(f"icmp ne ptr {item}, null"))
                self._match(part, item)
            return
        for i, part in enumerate(structure):
            self._match(part, self.set(f"call ptr @Py{name}_GetItem(ptr {value}, i64 {i})"))

    # --- arguments ----------------------------------------------------------------------------

    def _read(self, i: int, node: Node) -> str:
        """Read one argument; gives the array object."""
        item = self.set(f"load ptr, ptr {self.set(f'getelementptr ptr, ptr %args, i64 {i}')}")
        if not node.shape:
            exact = node.dtype == "float64"
            kinds = [f"ptr {self.object(kind)}" if exact else "ptr null" for kind in (float, np.float64)]
            convert = self.object(partial(read_number, node))
            slot = self.at("slots", self.storage.scalars[node], "double")
            self.need(self.set(f"call i1 @sg_number(ptr {item}, {', '.join(kinds)}, ptr {convert}, ptr {slot})"))
            return ""
        descr, convert = self.object(np.dtype(node.dtype)), self.object(partial(read_array, node))
        array = self.set(
            f"call ptr @sg_read(ptr {item}, ptr {self.object(np.ndarray)}, ptr {descr}, i32 {node.ndim}, "
            f"ptr {convert}, ptr {self.at('owned', i)})"
        )
        self.need(self.set(f"icmp ne ptr {array}, null"))
        self.add(f"store ptr {self.field(array, DATA)}, ptr {self.at('arrays', self.storage.arrays[node])}")
        return array

    def _bind(self, arrays: Sequence[str]) -> None:
        """Read the named sizes off the shapes and check all shapes."""
        waiting: list[tuple[Size, str]] = []
        for node, array in zip(self.inputs, arrays, strict=True):
            dimensions = self.field(array, DIMENSIONS) if node.shape else ""
            for axis, size in enumerate(node.shape):
                have = self.set(f"load i64, ptr {self.set(f'getelementptr i64, ptr {dimensions}, i64 {axis}')}")
                if is_name(size) and size not in self.extents:
                    self.extents[size] = have
                else:
                    waiting.append((size, have))
        self.add(f"store i64 0, ptr {self.at('sizes', len(self.storage.sizes), 'i64')}")
        for name, place in self.storage.sizes.items():
            self.add(f"store i64 {self.extents[Dim.named(name)]}, ptr {self.at('sizes', place, 'i64')}")
        fits = [self.set(f"icmp eq i64 {have}, {self.extent(size)}") for size, have in waiting]
        if fits:
            everything = fits[0]
            for each in fits[1:]:
                everything = self.set(f"and i1 {everything}, {each}")
            self.need(everything)

    def extent(self, size: Size) -> str:
        """Give a size as text: a number, or instructions that compute it from the named sizes, written once."""
        if not isinstance(size, Dim):
            return str(size)
        if size not in self.extents:
            total = "0"
            for monomial, coefficient in size.terms:
                product = str(coefficient)
                for name in monomial:
                    product = self.set(f"mul i64 {product}, {self.extents[Dim.named(name)]}")
                total = self.set(f"add i64 {total}, {product}")
            self.extents[size] = total
        return self.extents[size]

    def bytes(self, shape: Shape, dtype: str) -> str:
        """Give the number of bytes of an array of this shape and dtype, as text."""
        total = str(np.dtype(dtype).itemsize)
        for size in shape:
            total = self.set(f"mul i64 {total}, {self.extent(size)}")
        return total

    def span(self, data: str, size: str) -> None:
        """Remember which memory is in use, so that no result is written over it."""
        self.add(f"store ptr {data}, ptr {self.at('starts', self.spans)}")
        end = self.set(f"getelementptr i8, ptr {data}, i64 {size}")
        self.add(f"store ptr {end}, ptr {self.at('ends', self.spans)}")
        self.spans += 1
