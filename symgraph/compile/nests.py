"""From a nest to LLVM text: loops over the domain, a vector loop inside, a scalar loop for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.dimension import Size
from ..core.lowering import Access, Gathering
from ..core.node import CONSTANT, Node
from ..ops.contraction import DIMENSION
from .access import full, gathered_axes, resolve, strides_of
from .emit import Lanes, double_text
from .frame import ALIGNMENT, PARAMETERS, Frame, Storage, element_types
from .libraries import Libraries
from .schedule import STARTS, Accumulation, Nest, operands_of

__all__ = ["PARAMETERS", "NestWriter", "Storage"]


class NestWriter(Frame):
    """Writes one nest as one LLVM function."""

    def __init__(self, name: str, nest: Nest, storage: Storage, libraries: Libraries) -> None:
        super().__init__(name, storage, libraries)
        self.nest = nest
        self.width = libraries.width
        self.domain = nest.domain
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
        identity = full(len(self.domain))
        accesses: list[tuple[Node, Access]] = []
        for node in self.nest.body:
            if isinstance(node.op.lowering, Gathering):
                return False
            accesses += operands_of(node, None)
        for total in self.nest.sums:
            accesses += list(total.operands)
            if total.combine in ("place", "scatter") or total.output not in ((), identity):
                return False
            if total.output and total.node.shape != self.domain:
                return False
        for node, access in accesses:
            array, mapped = resolve(node, access)
            if array.shape and (mapped != identity or array.shape != self.domain):
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
        whole = self.f.set(f"and i64 {size}, -{self.width}")
        loop = self.open("0", whole, self.width)
        self._body(Lanes(self.f, self.width), [*outer, loop.index], registers)
        self.close(loop)
        rest = self.open(whole, size, 1)
        self._body(Lanes(self.f, 1), [*outer, rest.index], registers)
        self.close(rest)
        for total in self.nest.sums:
            if total.node in registers:
                self._add_register(total, registers[total.node], outer)

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
        whole = full(len(self.domain))
        for node in self.nest.body:
            if isinstance(node.op.lowering, Gathering):
                known[node] = self._gathered(lanes, node, indices, known)
            else:
                operands = [self._value(lanes, arg, access, indices, known) for arg, access in operands_of(node, None)]
                known[node] = lanes.rounded(lower(lanes, node, operands), node.dtype)
            if node in self.nest.stored:
                self._store(lanes, node, whole, indices, known[node])
        for total in self.nest.sums:
            product = ""
            for arg, access in total.operands:
                value = lanes.real(self._value(lanes, arg, access, indices, known), arg.dtype)
                product = lanes.binary("fmul", product, value) if product else value
            product = product or lanes.number(1.0)
            self._accumulate(lanes, total, product, indices, registers or {}, known)

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
        if total.combine != "set":
            before = self._load(lanes, total.node, total.output, indices)
            value = combined(lanes, "add" if total.combine == "place" else total.combine, before, value)
        self._store(lanes, total.node, total.output, indices, value)

    def _value(self, lanes: Lanes, node: Node, access: Access, indices: list[str], known: dict[Node, str]) -> str:
        """Give the value of an operand in this iteration: computed already, a constant, or loaded."""
        array, mapped = resolve(node, access)
        if array in known and mapped == full(len(self.domain)):
            return known[array]
        if array.op is CONSTANT and not array.shape:
            return constant_text(lanes, array)
        if array.op is DIMENSION:
            extent = lanes.splat("i64", self.extent(array.attrs[0]))
            return extent if "int" in array.dtype else lanes.real(extent, "int64")
        return self._load(lanes, array, mapped, indices)

    # --- memory -------------------------------------------------------------------------------

    def _load(self, lanes: Lanes, node: Node, access: Access, indices: list[str]) -> str:
        kind, memory = element_types(node)
        where = self._address(node, access, indices)
        if lanes.width == 1:
            return lanes.converted(self.f.set(f"load {memory}, ptr {where}"), memory, kind)
        return lanes.converted(self._load_lanes(lanes, where, self._inner_step(node, access), memory), memory, kind)

    def _load_lanes(self, lanes: Lanes, where: str, step: str, memory: str) -> str:
        if step == "0":
            return lanes.splat(memory, self.f.set(f"load {memory}, ptr {where}"))
        if step == "1":
            return self.f.set(f"load {lanes.type(memory)}, ptr {where}, align {ALIGNMENT[memory]}")
        result = "poison"
        for lane in range(lanes.width):
            place = self.f.set(f"getelementptr {memory}, ptr {where}, i64 {self.times(step, str(lane))}")
            value = self.f.set(f"load {memory}, ptr {place}")
            result = self.f.set(f"insertelement {lanes.type(memory)} {result}, {memory} {value}, i32 {lane}")
        return result

    def _store(self, lanes: Lanes, node: Node, access: Access, indices: list[str], value: str) -> None:
        kind, memory = element_types(node)
        value = lanes.converted(value, kind, memory)
        where = self._address(node, access, indices)
        step = self._inner_step(node, access) if lanes.width > 1 else "1"
        if lanes.width == 1 or step == "1":
            self.f.add(f"store {lanes.type(memory)} {value}, ptr {where}, align {ALIGNMENT[memory]}")
            return
        for lane in range(lanes.width):
            place = self.f.set(f"getelementptr {memory}, ptr {where}, i64 {self.times(step, str(lane))}")
            part = self.f.set(f"extractelement {lanes.type(memory)} {value}, i32 {lane}")
            self.f.add(f"store {memory} {part}, ptr {place}")

    def _steps(self, node: Node, access: Access) -> dict[int, Size]:
        """Give how far an array's entries are apart along each axis of the domain."""
        steps: dict[int, Size] = {}
        for place, stride in zip(access, strides_of(node.shape), strict=True):
            if place.axis is not None:
                steps[place.axis] = stride * place.step + steps.get(place.axis, 0)
        return steps

    def _inner_step(self, node: Node, access: Access) -> str:
        """Give how far apart in memory neighbours along the innermost axis are."""
        if not node.shape:
            return "0"
        return "1" if self.collapsed else self.extent(self._steps(node, access).get(len(self.domain) - 1, 0))

    def _address(self, node: Node, access: Access, indices: list[str]) -> str:
        if not node.shape:
            return self.f.set(f"getelementptr double, ptr %scalars, i64 {self.storage.scalars[node]}")
        memory = element_types(node)[1]
        if self.collapsed:
            return self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {indices[0]}")
        start: Size = 0
        for place, stride in zip(access, strides_of(node.shape), strict=True):
            start = start + stride * place.start
        offset = self.extent(start)
        for axis, step in self._steps(node, access).items():
            offset = self.plus(offset, self.times(indices[axis], self.extent(step)))
        return self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {offset}")

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

    def _checked(self, position: str, size: str) -> str:
        """Count a negative position from the end; note one outside the axis, and use 0 instead."""
        negative = self.f.set(f"icmp slt i64 {position}, 0")
        position = self.f.set(f"select i1 {negative}, i64 {self.f.set(f'add i64 {position}, {size}')}, i64 {position}")
        inside = self.f.set(f"icmp ult i64 {position}, {size}")
        flag = self.entry(f"getelementptr i64, ptr %sizes, i64 {len(self.storage.sizes)}")
        outside = self.f.set(f"zext i1 {self.f.set(f'xor i1 {inside}, true')} to i64")
        before = self.f.set(f"load i64, ptr {flag}")
        self.f.add(f"store i64 {self.f.set(f'or i64 {before}, {outside}')}, ptr {flag}")
        return self.f.set(f"select i1 {inside}, i64 {position}, i64 0")

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


def combined(lanes: Lanes, combine: str, x: str, y: str) -> str:
    """Combine what there is with what comes; the extremes are nan once one entry is nan."""
    if combine == "add":
        return lanes.binary("fadd", x, y)
    better = lanes.compare("ogt" if combine == "max" else "olt", y, x)
    return lanes.select(lanes.binary("or", better, lanes.compare("uno", y, y), "i1"), y, x)


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
    assert isinstance(rule, str) or callable(rule)
    operands = [lanes.real(x, arg.dtype) for x, arg in zip(operands, node.args, strict=True)]
    if isinstance(rule, str):
        return lanes.function(rule, operands)
    return str(rule(lanes, node, *operands))
