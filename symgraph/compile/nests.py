"""From a nest to LLVM text: loops over the domain, a vector loop inside, a scalar loop for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.dimension import Dim, Shape, Size
from ..core.node import CONSTANT, Node
from ..ops.contraction import DIMENSION
from .emit import MEMORY_TYPES, REGISTER_TYPES, SLOT_TYPES, Function, Lanes
from .libraries import Libraries
from .schedule import Accumulation, Nest, is_view, operands_of

ALIGNMENT = {"double": 8, "float": 4, "i64": 8, "i32": 4, "i8": 1}
PARAMETERS = "ptr noalias %scalars, ptr noalias %arrays, ptr noalias %sizes"


@dataclass(slots=True)
class Storage:
    """Where values live between nests: scalars and arrays by position, named sizes by position."""

    scalars: dict[Node, int]
    arrays: dict[Node, int]
    sizes: dict[str, int]


class NestWriter:
    """Writes one nest as one LLVM function."""

    def __init__(self, name: str, nest: Nest, storage: Storage, libraries: Libraries) -> None:
        self.nest = nest
        self.storage = storage
        self.width = libraries.width
        self.f = Function(name, PARAMETERS, libraries)
        self.pointers: dict[Node, str] = {}
        self.extents: dict[Size, str] = {}
        self.domain = nest.domain
        self.collapsed = self._collapsible()

    def write(self) -> str:
        """Give the function's text."""
        self._prepare_outputs()
        if not self.domain:
            self._body(Lanes(self.f, 1), [])
        else:
            self._loops()
        return self.f.text()

    # --- sizes and addresses ------------------------------------------------------------------

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
                where = self._entry(f"getelementptr i64, ptr %sizes, i64 {self.storage.sizes[name]}")
                product = self._entry(f"mul i64 {product}, {self._entry(f'load i64, ptr {where}')}")
            total = self._entry(f"add i64 {total}, {product}")
        return total

    def _entry(self, text: str) -> str:
        """Put an instruction into the entry block, before all loops."""
        name = self.f.fresh("e")
        self.f.prologue.append(f"  {name} = {text}")
        return name

    def pointer(self, node: Node) -> str:
        """Give the address of an array, loaded once in the function."""
        if node not in self.pointers:
            where = self._entry(f"getelementptr ptr, ptr %arrays, i64 {self.storage.arrays[node]}")
            self.pointers[node] = self._entry(f"load ptr, ptr {where}")
        return self.pointers[node]

    def strides(self, shape: Shape) -> list[str]:
        """Give the strides of a C-contiguous array, in elements."""
        result: list[str] = []
        running = "1"
        for size in reversed(shape):
            result.insert(0, running)
            running = self.extent(size) if running == "1" else self._entry(f"mul i64 {running}, {self.extent(size)}")
        return result

    def _collapsible(self) -> bool:
        """True if every access runs through memory in the domain's own order: one flat loop will do."""
        if len(self.domain) < 2:
            return False
        identity = tuple(range(len(self.domain)))
        accesses = [pair for node in self.nest.body for pair in operands_of(node, None)]
        for total in self.nest.sums:
            accesses += list(total.operands)
            if total.output not in ((), identity):
                return False
        for node, axes in accesses:
            base, mapped = through_views(node, axes)
            if base.shape and (mapped != identity or base.shape != self.domain):
                return False
        return True

    # --- loops --------------------------------------------------------------------------------

    def _loops(self) -> None:
        sizes = [self.extent(size) for size in self.domain]
        if self.collapsed:
            total = sizes[0]
            for size in sizes[1:]:
                total = self._entry(f"mul i64 {total}, {size}")
            sizes = [total]
        self._outer(sizes, [])

    def _outer(self, sizes: Sequence[str], indices: list[str]) -> None:
        if len(indices) == len(sizes) - 1:
            self._inner(sizes[-1], indices)
            return
        axis = len(indices)
        end = self._open("0", sizes[axis], 1)
        self._outer(sizes, [*indices, end.index])
        self._close(end)

    def _open(self, start: str, stop: str, step: int) -> OpenLoop:
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

    def _close(self, loop: OpenLoop) -> None:
        after = self.f.set(f"add nsw i64 {loop.index}, {loop.step}")
        self.f.add(f"store i64 {after}, ptr {loop.counter}")
        self.f.add(f"br label %{loop.number}.test")
        self.f.label(f"{loop.number}.done")

    def _inner(self, size: str, outer: list[str]) -> None:
        registers = {total.node: self._register(total) for total in self.nest.sums if self._in_register(total)}
        whole = self.f.set(f"and i64 {size}, -{self.width}")
        loop = self._open("0", whole, self.width)
        self._body(Lanes(self.f, self.width), [*outer, loop.index], registers)
        self._close(loop)
        rest = self._open(whole, size, 1)
        self._body(Lanes(self.f, 1), [*outer, rest.index], registers)
        self._close(rest)
        for total in self.nest.sums:
            if total.node in registers:
                self._add_register(total, registers[total.node], outer)

    # --- sums ---------------------------------------------------------------------------------

    def _axes(self) -> int:
        return 1 if self.collapsed else len(self.domain)

    def _in_register(self, total: Accumulation) -> bool:
        """True if the innermost axis is summed over: the sum stays in a register during the inner loop."""
        if self.collapsed:
            return total.output == ()
        return len(self.domain) - 1 not in total.output

    def _register(self, total: Accumulation) -> tuple[str, str]:
        vector, scalar = self.f.local(f"<{self.width} x double>"), self.f.local("double")
        self.f.add(f"store <{self.width} x double> zeroinitializer, ptr {vector}")
        self.f.add(f"store double 0.0, ptr {scalar}")
        return vector, scalar

    def _add_register(self, total: Accumulation, register: tuple[str, str], outer: list[str]) -> None:
        vector = self.f.set(f"load <{self.width} x double>, ptr {register[0]}")
        result = self.f.set(f"load double, ptr {register[1]}")
        width = self.width
        while width > 1:  # add halves: a fixed, pairwise order
            width //= 2
            low = ", ".join(f"i32 {i}" for i in range(width))
            high = ", ".join(f"i32 {i + width}" for i in range(width))
            kind = f"<{2 * width} x double>"
            first = self.f.set(f"shufflevector {kind} {vector}, {kind} poison, <{width} x i32> <{low}>")
            second = self.f.set(f"shufflevector {kind} {vector}, {kind} poison, <{width} x i32> <{high}>")
            vector = self.f.set(f"fadd <{width} x double> {first}, {second}")
        lane = self.f.set(f"extractelement <1 x double> {vector}, i32 0")
        result = self.f.set(f"fadd double {lane}, {result}")
        lanes, indices = Lanes(self.f, 1), [*outer, "0"]
        before = self._load(lanes, total.node, total.output, indices)
        self._store(lanes, total.node, total.output, indices, lanes.binary("fadd", before, result))

    def _prepare_outputs(self) -> None:
        """Fill with zeros what is accumulated into."""
        for total in self.nest.sums:
            shape = total.node.shape
            if not shape:
                where = self._address(total.node, (), [])
                self.f.add(f"store double 0.0, ptr {where}")
            elif is_accumulated(total, len(self.domain)):
                count = self.extent(shape[0])
                for size in shape[1:]:
                    count = self._entry(f"mul i64 {count}, {self.extent(size)}")
                width = 4 if total.node.dtype == "float32" else 8
                length = self._entry(f"mul i64 {count}, {width}")
                self.f.libraries.declare("declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)")
                self.f.add(
                    f"call void @llvm.memset.p0.i64(ptr {self.pointer(total.node)}, i8 0, i64 {length}, i1 false)"
                )

    # --- one iteration ------------------------------------------------------------------------

    def _body(self, lanes: Lanes, indices: list[str], registers: dict[Node, tuple[str, str]] | None = None) -> None:
        known: dict[Node, str] = {}
        full = tuple(range(len(self.domain)))
        for node in self.nest.body:
            operands = [self._value(lanes, arg, axes, indices, known) for arg, axes in operands_of(node, None)]
            known[node] = lanes.rounded(lower(lanes, node, operands), node.dtype)
            if node in self.nest.stored:
                self._store(lanes, node, full, indices, known[node])
        for total in self.nest.sums:
            product = ""
            for arg, axes in total.operands:
                value = lanes.real(self._value(lanes, arg, axes, indices, known), arg.dtype)
                product = lanes.binary("fmul", product, value) if product else value
            product = product or lanes.number(1.0)
            self._accumulate(lanes, total, product, indices, registers or {})

    def _accumulate(
        self, lanes: Lanes, total: Accumulation, value: str, indices: list[str], registers: dict[Node, tuple[str, str]]
    ) -> None:
        kind = lanes.type("double")
        if total.node in registers:
            where = registers[total.node][0 if lanes.width > 1 else 1]
            before = self.f.set(f"load {kind}, ptr {where}")
            self.f.add(f"store {kind} {lanes.binary('fadd', before, value)}, ptr {where}")
            return
        if is_summed(total, len(self.domain)):
            before = self._load(lanes, total.node, total.output, indices)
            value = lanes.binary("fadd", before, value)
        self._store(lanes, total.node, total.output, indices, value)

    def _value(
        self, lanes: Lanes, node: Node, axes: tuple[int, ...], indices: list[str], known: dict[Node, str]
    ) -> str:
        """Give the value of an operand in this iteration: computed already, a constant, or loaded."""
        base, mapped = through_views(node, axes)
        if base in known and (base is node or mapped == tuple(range(len(self.domain)))):
            return known[base]
        if base.op is CONSTANT and not base.shape:
            return constant_text(lanes, base)
        if base.op is DIMENSION:
            extent = lanes.splat("i64", self.extent(base.attrs[0]))
            return extent if "int" in base.dtype else lanes.real(extent, "int64")
        if base.op.elementwise and self._is_in_body(base):
            return known[base]
        return self._load(lanes, base, mapped, indices)

    def _is_in_body(self, node: Node) -> bool:
        return not node.shape and not self.domain and node in self.nest.body

    def _load(self, lanes: Lanes, node: Node, axes: tuple[int, ...], indices: list[str]) -> str:
        kind, memory = element_types(node)
        if lanes.width == 1:
            loaded = self.f.set(f"load {memory}, ptr {self._address(node, axes, indices)}")
        else:
            loaded = self._load_lanes(lanes, node, axes, indices, memory)
        return lanes.converted(loaded, memory, kind)

    def _load_lanes(self, lanes: Lanes, node: Node, axes: tuple[int, ...], indices: list[str], memory: str) -> str:
        step = self._inner_step(node, axes)
        where = self._address(node, axes, indices)
        if step == "0":
            return lanes.splat(memory, self.f.set(f"load {memory}, ptr {where}"))
        if step == "1":
            return self.f.set(f"load {lanes.type(memory)}, ptr {where}, align {ALIGNMENT[memory]}")
        result = "poison"
        for lane in range(lanes.width):
            offset = self.f.set(f"mul i64 {step}, {lane}")
            place = self.f.set(f"getelementptr {memory}, ptr {where}, i64 {offset}")
            value = self.f.set(f"load {memory}, ptr {place}")
            result = self.f.set(f"insertelement {lanes.type(memory)} {result}, {memory} {value}, i32 {lane}")
        return result

    def _store(self, lanes: Lanes, node: Node, axes: tuple[int, ...], indices: list[str], value: str) -> None:
        kind, memory = element_types(node)
        value = lanes.converted(value, kind, memory)
        where = self._address(node, axes, indices)
        step = self._inner_step(node, axes) if lanes.width > 1 else "1"
        if lanes.width == 1 or step == "1":
            self.f.add(f"store {lanes.type(memory)} {value}, ptr {where}, align {ALIGNMENT[memory]}")
            return
        for lane in range(lanes.width):
            offset = self.f.set(f"mul i64 {step}, {lane}")
            place = self.f.set(f"getelementptr {memory}, ptr {where}, i64 {offset}")
            part = self.f.set(f"extractelement {lanes.type(memory)} {value}, i32 {lane}")
            self.f.add(f"store {memory} {part}, ptr {place}")

    def _inner_step(self, node: Node, axes: tuple[int, ...]) -> str:
        """Give how far apart in memory neighbours along the innermost axis are."""
        if not node.shape:
            return "0"
        if self.collapsed:
            return "1"
        inner = len(self.domain) - 1
        steps = [s for s, axis, size in zip(self.strides(node.shape), axes, node.shape, strict=True)
                 if axis == inner and not self._broadcast(size, axis)]  # fmt: skip
        if not steps:
            return "0"
        total = steps[0]
        for step in steps[1:]:
            total = self.f.set(f"add i64 {total}, {step}")
        return total

    def _broadcast(self, size: Size, axis: int) -> bool:
        return size == 1 and self.domain[axis] != 1

    def _address(self, node: Node, axes: tuple[int, ...], indices: list[str]) -> str:
        if not node.shape:
            return self.f.set(f"getelementptr double, ptr %scalars, i64 {self.storage.scalars[node]}")
        memory = element_types(node)[1]
        if self.collapsed:
            return self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {indices[0]}")
        offset = "0"
        for stride, axis, size in zip(self.strides(node.shape), axes, node.shape, strict=True):
            if self._broadcast(size, axis):
                continue
            term = indices[axis] if stride == "1" else self.f.set(f"mul i64 {indices[axis]}, {stride}")
            offset = term if offset == "0" else self.f.set(f"add i64 {offset}, {term}")
        return self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {offset}")


@dataclass(frozen=True, slots=True)
class OpenLoop:
    """A loop that is being written."""

    number: str
    counter: str
    index: str
    step: int


def is_summed(total: Accumulation, rank: int) -> bool:
    """True if some axis of the domain is summed over."""
    return len(set(total.output)) < rank


def is_accumulated(total: Accumulation, rank: int) -> bool:
    """True if the result must start as zeros: something is summed, or only a diagonal is written."""
    return is_summed(total, rank) or len(set(total.output)) < len(total.output)


def through_views(node: Node, axes: tuple[int, ...]) -> tuple[Node, tuple[int, ...]]:
    """Follow views to the array behind, translating which domain axis each of its axes runs along."""
    while is_view(node):
        subscripts, output = node.attrs[:2]
        axes = tuple([axes[output.index(i)] for i in subscripts[0]])
        node = node.args[0]
    return node, axes


def element_types(node: Node) -> tuple[str, str]:
    """Give the LLVM type of an element in a register and in memory (truth values take a byte, scalars eight)."""
    return REGISTER_TYPES[node.dtype], (MEMORY_TYPES if node.shape else SLOT_TYPES)[node.dtype]


def constant_text(lanes: Lanes, node: Node) -> str:
    """Write a scalar constant."""
    if node.dtype == "bool":
        return lanes.splat_text("i1", "true" if node.value else "false")
    if "int" in node.dtype:
        return lanes.splat_text("i64", str(node.value))
    return lanes.number(float(node.value))


def lower(lanes: Lanes, node: Node, operands: Sequence[str]) -> str:
    """Compute one elementwise node by its record's lowering."""
    rule = node.op.lowering
    assert rule is not None
    operands = [lanes.real(x, arg.dtype) for x, arg in zip(operands, node.args, strict=True)]
    if isinstance(rule, str):
        return lanes.function(rule, operands)
    return str(rule(lanes, node, *operands))
