"""What every native step needs while it is written: sizes, addresses and loops."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.dimension import Dim, Shape, Size
from ..core.node import Node
from .access import base_of
from .function_text import ALIGNED_STACK, MEMORY_TYPES, REGISTER_TYPES, SLOT_TYPES, Function, double_text
from .libraries import Libraries

ALIGNMENT = {"double": 8, "float": 4, "i64": 8, "i32": 4, "i8": 1}
PARAMETERS = "ptr noalias %scalars, ptr noalias %arrays, ptr noalias %sizes"


@dataclass(slots=True)
class Storage:
    """Where values live between nests: scalars and arrays by position, named sizes by position."""

    scalars: dict[Node, int]
    arrays: dict[Node, int]
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True)
class OpenLoop:
    """A loop that is being written."""

    number: str
    counter: str
    index: str
    step: int


class Frame:
    """One LLVM function that reads ``scalars``, ``arrays`` and ``sizes``."""

    def __init__(self, name: str, storage: Storage, libraries: Libraries) -> None:
        self.storage = storage
        self.f = Function(name, PARAMETERS, libraries, f"{ALIGNED_STACK} ")
        self.pointers: dict[Node, str] = {}
        self.extents: dict[Size, str] = {}

    def extent(self, size: Size) -> str:
        """Give a size as an ``i64``, computed once in the function."""
        if not isinstance(size, Dim):
            return str(size)
        if size not in self.extents:
            self.extents[size] = self._polynomial(size)
        return self.extents[size]

    def _polynomial(self, size: Dim) -> str:
        total = "0"
        for monomial, coefficient in size.terms:
            product = str(coefficient)
            for name in monomial:
                where = self.entry(f"getelementptr i64, ptr %sizes, i64 {self.storage.sizes[name]}")
                factor = self.entry(f"load i64, ptr {where}")
                product = factor if product == "1" else self.entry(f"mul i64 {product}, {factor}")
            total = product if total == "0" else self.entry(f"add i64 {total}, {product}")
        return total

    def entry(self, text: str) -> str:
        """Put an instruction into the entry block, before all loops."""
        name = self.f.fresh("e")
        self.f.prologue.append(f"  {name} = {text}")
        return name

    def pointer(self, node: Node) -> str:
        """Give the address of an array, loaded once in the function."""
        base = base_of(node)
        if base not in self.pointers:
            where = self.entry(f"getelementptr ptr, ptr %arrays, i64 {self.storage.arrays[base]}")
            self.pointers[base] = self.entry(f"load ptr, ptr {where}")
        return self.pointers[base]

    def count(self, shape: Shape) -> str:
        """Give the number of entries of an array."""
        total: Size = 1
        for size in shape:
            total = total * size
        return self.extent(total)

    def times(self, x: str, y: str) -> str:
        """Multiply two ``i64``."""
        if "0" in (x, y):
            return "0"
        return y if x == "1" else x if y == "1" else self.f.set(f"mul i64 {x}, {y}")

    def plus(self, x: str, y: str) -> str:
        """Add two ``i64``."""
        return y if x == "0" else x if y == "0" else self.f.set(f"add i64 {x}, {y}")

    def open(self, start: str, stop: str, step: int) -> OpenLoop:
        """Begin a loop; what is written until :meth:`close` is its body."""
        number = self.f.fresh("loop")[1:]
        counter = self.f.local("i64")
        self.f.add(f"store i64 {start}, ptr {counter}")
        self.f.add(f"br label %{number}.test")
        self.f.label(f"{number}.test")
        index = self.f.set(f"load i64, ptr {counter}")
        more = self.f.set(f"icmp slt i64 {index}, {stop}")
        self.f.add(f"br i1 {more}, label %{number}.body, label %{number}.done")
        self.f.label(f"{number}.body")
        return OpenLoop(number, counter, index, step)

    def close(self, loop: OpenLoop) -> None:
        """End a loop."""
        after = self.f.set(f"add nsw i64 {loop.index}, {loop.step}")
        self.f.add(f"store i64 {after}, ptr {loop.counter}")
        self.f.add(f"br label %{loop.number}.test")
        self.f.label(f"{loop.number}.done")

    def fill(self, node: Node, value: float) -> None:
        """Fill a result before anything is written to it."""
        number = double_text(value)
        if not node.shape:
            where = self.f.set(f"getelementptr double, ptr %scalars, i64 {self.storage.scalars[node]}")
            self.f.add(f"store double {number}, ptr {where}")
            return
        memory = MEMORY_TYPES[node.dtype]
        count = self.count(node.shape)
        if value == 0:
            length = self.times(count, str(ALIGNMENT[memory]))
            self.f.libraries.declare("declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)")
            self.f.add(f"call void @llvm.memset.p0.i64(ptr {self.pointer(node)}, i8 0, i64 {length}, i1 false)")
            return
        loop = self.open("0", count, 1)
        where = self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {loop.index}")
        short = number if memory == "double" else self.f.set(f"fptrunc double {number} to {memory}")
        self.f.add(f"store {memory} {short}, ptr {where}")
        self.close(loop)


def element_types(node: Node) -> tuple[str, str]:
    """Give the LLVM type of an element in a register and in memory (truth values take a byte, scalars eight)."""
    return REGISTER_TYPES[node.dtype], (MEMORY_TYPES if node.shape else SLOT_TYPES)[node.dtype]
