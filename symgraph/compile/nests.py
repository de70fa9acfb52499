"""From a nest to LLVM text: loops over the domain, a vector loop inside, a scalar loop for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.lowering import Access, Gathering, Placed
from ..core.node import CONSTANT, Node
from ..ops.tensor.dimension import DIMENSION
from .access import full, gathered_axes, resolve, strides_of
from .emit import Lanes
from .frame import Storage, element_types
from .function_text import double_text
from .lane_values import combined, constant_text, lower
from .libraries import Libraries
from .schedule import Nest
from .statements import RUNNING, STARTS, Accumulation, operands_of
from .streaming import Streaming, is_streamable


class NestWriter(Streaming):
    """Writes one nest as one LLVM function."""

    def __init__(
        self, name: str, nest: Nest, storage: Storage, libraries: Libraries, results: frozenset[Node] = frozenset()
    ) -> None:
        super().__init__(name, nest.domain, storage, libraries)
        self.results = results
        self.nest = nest
        self.libraries = libraries
        self.width = libraries.width
        self.whole = full(len(nest.domain))
        self.collapsed = self._collapsible()

    def write(self) -> str:
        """Give the function's text."""
        for node, value in self.nest.fills:
            self.fill(node, value)
        if not self.domain:
            self._body(Lanes(self.f, 1), [])
        else:
            self._loops()
        return self.f.text()

    def _collapsible(self) -> bool:
        """True if every access runs through memory in the domain's own order: one flat loop will do."""
        if len(self.domain) < 2:
            return False
        accesses: list[tuple[Node, Access]] = []
        for node in self.nest.body:
            if isinstance(node.op.lowering, (Gathering, Placed)):
                return False
            accesses += operands_of(node, None)
        for total in self.nest.sums:
            accesses += list(total.operands)
            if total.combine in ("place", "put", "scatter", *RUNNING) or total.output not in ((), self.whole):
                return False
            if total.output and total.node.shape != self.domain:
                return False
        for node, access in accesses:
            array, mapped = resolve(node, access)
            if array.shape and (mapped != self.whole or array.shape != self.domain):
                return False
        return True

    # --- loops --------------------------------------------------------------------------------

    def _loops(self) -> None:
        sizes = [self.extent(size) for size in self.domain]
        if self.collapsed:
            total = sizes[0]
            for size in sizes[1:]:
                total = self.entry(f"mul i64 {total}, {size}")
            sizes = [total]
        self._outer(sizes, [])

    def _outer(self, sizes: Sequence[str], indices: list[str]) -> None:
        if len(indices) == len(sizes) - 1:
            self._inner(sizes[-1], indices)
            return
        axis = len(indices)
        end = self.open("0", sizes[axis], 1)
        self._outer(sizes, [*indices, end.index])
        self.close(end)

    def _inner(self, size: str, outer: list[str]) -> None:
        registers = {total.node: self._register(total) for total in self.nest.sums if self._in_register(total)}
        if any(total.combine in RUNNING for total in self.nest.sums):
            self._runs(size, outer)
            return
        whole = self.f.set(f"and i64 {size}, -{self.width}")
        lanes = Lanes(self.f, self.width)
        streams = self._streams()
        start = "0"
        if streams:
            start = self.past_the_cache(streams, size, lambda index: self._body(lanes, [index], registers))
        loop = self.open(start, whole, self.width)
        self._body(lanes, [*outer, loop.index], registers)
        self.close(loop)
        rest = self.open(whole, size, 1)
        self._body(Lanes(self.f, 1), [*outer, rest.index], registers)
        self.close(rest)
        for total in self.nest.sums:
            if total.node in registers:
                self._add_register(total, registers[total.node], outer)

    def _streams(self) -> list[Node]:
        """List the results that one flat loop writes in their order, and that nothing reads again."""
        if not self.libraries.streams or not (self.collapsed or len(self.domain) == 1):
            return []
        return [node for node in self.nest.stored if node in self.results and is_streamable(node)]

    def _runs(self, size: str, outer: list[str]) -> None:
        """Run along the innermost axis, one entry after the other."""
        lanes = Lanes(self.f, 1)
        slots = {total.node: self.f.local("double") for total in self.nest.sums}
        for total in self.nest.sums:
            self.f.add(f"store double {double_text(RUNNING[total.combine])}, ptr {slots[total.node]}")
        loop = self.open("0", size, 1)
        for total in self.nest.sums:
            ((arg, access),) = total.operands
            indices = [*outer, loop.index]
            value = lanes.real(self._value(lanes, arg, access, indices, {}), arg.dtype)
            before = self.f.set(f"load double, ptr {slots[total.node]}")
            after = lanes.binary("fadd" if total.combine == "running add" else "fmul", before, value)
            after = lanes.rounded(after, total.node.dtype)
            self.f.add(f"store double {after}, ptr {slots[total.node]}")
            self._store(lanes, total.node, total.output, indices, after)
        self.close(loop)

    # --- sums ---------------------------------------------------------------------------------

    def _in_register(self, total: Accumulation) -> bool:
        """True if the innermost axis is summed over: the sum stays in a register during the inner loop."""
        if total.combine not in ("add", "max", "min"):
            return False
        return self.collapsed or all(place.axis != len(self.domain) - 1 for place in total.output)

    def _register(self, total: Accumulation) -> tuple[str, str]:
        kind = f"<{self.width} x double>"
        vector, scalar = self.f.local(kind), self.f.local("double")
        start = STARTS[total.combine]
        self.f.add(f"store {kind} {Lanes(self.f, self.width).number(start)}, ptr {vector}")
        self.f.add(f"store double {double_text(start)}, ptr {scalar}")
        return vector, scalar

    def _add_register(self, total: Accumulation, register: tuple[str, str], outer: list[str]) -> None:
        vector = self.f.set(f"load <{self.width} x double>, ptr {register[0]}")
        result = self.f.set(f"load double, ptr {register[1]}")
        width = self.width
        while width > 1:  # combine halves: a fixed, pairwise order
            width //= 2
            low = ", ".join(f"i32 {i}" for i in range(width))
            high = ", ".join(f"i32 {i + width}" for i in range(width))
            kind = f"<{2 * width} x double>"
            if width == 1:
                first, second = (self.f.set(f"extractelement {kind} {vector}, i32 {i}") for i in (0, 1))
                vector = combined(Lanes(self.f, 1), total.combine, first, second)
                break
            first = self.f.set(f"shufflevector {kind} {vector}, {kind} poison, <{width} x i32> <{low}>")
            second = self.f.set(f"shufflevector {kind} {vector}, {kind} poison, <{width} x i32> <{high}>")
            vector = combined(Lanes(self.f, width), total.combine, first, second)
        lanes, indices = Lanes(self.f, 1), [*outer, "0"]
        result = combined(lanes, total.combine, vector, result)
        before = self._load(lanes, total.node, total.output, indices)
        self._store(lanes, total.node, total.output, indices, combined(lanes, total.combine, before, result))

    # --- one iteration ------------------------------------------------------------------------

    def _body(self, lanes: Lanes, indices: list[str], registers: dict[Node, tuple[str, str]] | None = None) -> None:
        known: dict[Node, str] = {}
        for node in self.nest.body:
            if isinstance(node.op.lowering, Gathering):
                known[node] = self._gathered(lanes, node, indices, known)
            else:
                operands = [self._value(lanes, arg, access, indices, known) for arg, access in operands_of(node, None)]
                if isinstance(node.op.lowering, Placed):
                    operands = [*(self._place(lanes, len(indices) - back, indices) for back in (2, 1)), *operands]
                known[node] = lanes.rounded(lower(lanes, node, operands), node.dtype)
            if node in self.nest.stored:
                self._store(lanes, node, self.whole, indices, known[node])
        for total in self.nest.sums:
            product = ""
            for arg, access in total.operands:
                value = lanes.real(self._value(lanes, arg, access, indices, known), arg.dtype)
                product = lanes.fusible("fmul", product, value) if product else value
            product = product or lanes.number(1.0)
            self._accumulate(lanes, total, product, indices, registers or {}, known)

    def _place(self, lanes: Lanes, axis: int, indices: list[str]) -> str:
        """Give where along an axis the entries of this iteration stand."""
        start = lanes.splat("i64", indices[axis])
        if lanes.width == 1 or axis < len(indices) - 1:
            return start
        steps = ", ".join(f"i64 {lane}" for lane in range(lanes.width))
        return lanes.binary("add", start, f"<{steps}>", "i64")

    def _accumulate(
        self,
        lanes: Lanes,
        total: Accumulation,
        value: str,
        indices: list[str],
        registers: dict[Node, tuple[str, str]],
        known: dict[Node, str],
    ) -> None:
        kind = lanes.type("double")
        if total.node in registers:
            where = registers[total.node][0 if lanes.width > 1 else 1]
            before = self.f.set(f"load {kind}, ptr {where}")
            self.f.add(f"store {kind} {combined(lanes, total.combine, before, value)}, ptr {where}")
            return
        if total.combine == "scatter":
            self._scatter(lanes, total.node, value, indices, known)
            return
        if total.combine == "put":
            value = combined(lanes, "add", lanes.number(0.0), value)  # −0 becomes 0, as in a sum
        elif total.combine != "set":
            before = self._load(lanes, total.node, total.output, indices)
            value = combined(lanes, "add" if total.combine == "place" else total.combine, before, value)
        self._store(lanes, total.node, total.output, indices, value)

    def _value(self, lanes: Lanes, node: Node, access: Access, indices: list[str], known: dict[Node, str]) -> str:
        """Give the value of an operand in this iteration: computed already, a constant, or loaded."""
        if access == self.whole and node in known:
            return known[node]
        array, mapped = resolve(node, access)
        whole = mapped == self.whole
        if whole and array in known:
            return known[array]
        if array.op is CONSTANT and not array.shape:
            return constant_text(lanes, array)
        if array.op is DIMENSION:
            extent = lanes.splat("i64", self.extent(array.attrs[0]))
            return extent if "int" in array.dtype else lanes.real(extent, "int64")
        value = self._load(lanes, array, mapped, indices)
        if whole:
            known[array] = value  # read once: a result may be written over it from here on
        return value

    # --- positions given by arrays of integers ------------------------------------------------

    def _offsets(self, lanes: Lanes, node: Node, shape: Any, indices: list[str], known: dict[Node, str]) -> list[str]:
        """Give, lane by lane, where in an array of this shape the entry of this iteration stands."""
        indexed, rest, _ = gathered_axes(node, shape)
        strides = [self.extent(stride) for stride in strides_of(shape)]
        others = [axis for axis in range(len(shape)) if axis not in indexed]
        inner = len(self.domain) - 1
        fixed, moving = "0", "0"
        for axis, place in zip(others, rest, strict=True):
            fixed = self.plus(fixed, self.times(indices[place], strides[axis]))
            moving = strides[axis] if place == inner else moving
        offsets = [self.plus(fixed, self.times(moving, str(lane))) for lane in range(lanes.width)]
        for (arg, access), axis in zip(operands_of(node, None)[1:], indexed, strict=True):
            value = self._value(lanes, arg, access, indices, known)
            for lane in range(lanes.width):
                part = (
                    value if lanes.width == 1 else self.f.set(f"extractelement {lanes.type('i64')} {value}, i32 {lane}")
                )
                place_ = self._checked(part, self.extent(shape[axis]))
                offsets[lane] = self.plus(offsets[lane], self.times(place_, strides[axis]))
        return offsets

    def _gathered(self, lanes: Lanes, node: Node, indices: list[str], known: dict[Node, str]) -> str:
        array = node.args[0]
        kind, memory = element_types(array)
        result = "poison"
        for lane, offset in enumerate(self._offsets(lanes, node, array.shape, indices, known)):
            where = self.f.set(f"getelementptr {memory}, ptr {self.pointer(array)}, i64 {offset}")
            value = Lanes(self.f, 1).converted(self.f.set(f"load {memory}, ptr {where}"), memory, kind)
            if lanes.width == 1:
                return value
            result = self.f.set(f"insertelement {lanes.type(kind)} {result}, {kind} {value}, i32 {lane}")
        return result

    def _scatter(self, lanes: Lanes, node: Node, value: str, indices: list[str], known: dict[Node, str]) -> None:
        kind, memory = element_types(node)
        one = Lanes(self.f, 1)
        for lane, offset in enumerate(self._offsets(lanes, node, node.shape, indices, known)):
            where = self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {offset}")
            part = value if lanes.width == 1 else self.f.set(f"extractelement {lanes.type(kind)} {value}, i32 {lane}")
            before = one.converted(self.f.set(f"load {memory}, ptr {where}"), memory, kind)
            after = one.converted(one.binary("fadd", before, part), kind, memory)
            self.f.add(f"store {memory} {after}, ptr {where}")
