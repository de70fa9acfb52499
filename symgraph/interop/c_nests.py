"""From a nest of the schedule to loops in C."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from ..compile.access import base_of, full, gathered_axes, resolve, strides_of
from ..compile.lane_values import combined
from ..compile.schedule import Nest
from ..compile.statements import RUNNING, STARTS, Accumulation, operands_of
from ..core.dimension import Size
from ..core.errors import SymgraphError
from ..core.lowering import Access, Cast, Gathering, Placed
from ..core.node import CONSTANT, Node
from ..ops.tensor.contraction import CONTRACT
from ..ops.tensor.dimension import DIMENSION
from .c_lanes import CLines, double_text
from .identifiers import Identifiers, sum_of_products

STORED = {"float64": "double", "float32": "float", "bool": "unsigned char", "int64": "int64_t", "int32": "int32_t"}


class CStorage:
    """What values are called in C: arrays and scalars by name, sizes by name; and what type an array's entries have."""

    def __init__(self, names: Identifiers, sizes: Mapping[str, str]) -> None:
        self.names = names
        self.sizes = sizes
        self.places: dict[Node, str] = {}
        self.kinds: dict[Node, str] = {}
        self.checks = False

    def size(self, size: Size) -> str:
        """Write a size as an integer expression."""
        text = sum_of_products(size, self.sizes, "*")
        return f"({text})" if " " in text or text[0] == "-" else text


class CNest:
    """Writes one nest."""

    def __init__(self, nest: Nest, storage: CStorage) -> None:
        self.nest = nest
        self.storage = storage
        self.block = CLines(storage.names)
        self.indices = [storage.names.numbered("i") for _ in nest.domain]

    def lines(self) -> list[str]:
        """Give the loops as lines."""
        head = [line for node, value in self.nest.fills for line in self._fill(node, value)]
        inside = [total for total in self.nest.sums if self._in_register(total) or total.combine in RUNNING]
        registers = {total.node: self.storage.names.numbered("a") for total in inside}
        self._body(registers)
        before = [
            f"double {registers[total.node]} = {double_text((STARTS | RUNNING)[total.combine])};" for total in inside
        ]
        body = self.block.live()
        after = self._add_registers([total for total in inside if total.combine not in RUNNING], registers)
        return [*head, *self._loops(before, body, after)]

    def handed_over(self, node: Node, target: str) -> list[str]:
        """Copy a value of the domain's shape to the address of a result."""
        kind = STORED[node.dtype]
        value = self._value(node, full(node.ndim), {})
        terms = [
            index if stride == 1 else f"{index}*{self.storage.size(stride)}"
            for index, stride in zip(self.indices, strides_of(node.shape), strict=True)
        ]
        cast = "" if kind == "double" else f"({kind})"
        self.block.add(f"{target}[{' + '.join(terms) or '0'}] = {cast}{value};")
        return self._loops([], self.block.live(), [])

    def _loops(self, before: Sequence[str], body: Sequence[str], after: Sequence[str]) -> list[str]:
        if not self.indices:
            return [*before, *body, *after]
        lines: list[str] = []
        for depth, (index, size) in enumerate(zip(self.indices, self.nest.domain, strict=True)):
            if depth == len(self.indices) - 1:
                lines += [_shifted(depth, text) for text in before]
            lines.append(
                _shifted(depth, f"for (ptrdiff_t {index} = 0; {index} < {self.storage.size(size)}; {index}++) {{")
            )
        rank = len(self.indices)
        lines += [_shifted(rank, text) for text in body]
        lines.append(_shifted(rank - 1, "}"))
        lines += [_shifted(rank - 1, text) for text in after]
        lines += [_shifted(depth, "}") for depth in reversed(range(rank - 1))]
        return ["{", *[_shifted(1, line) for line in lines], "}"]

    def _fill(self, node: Node, value: float) -> list[str]:
        if not node.shape:
            return [f"{self.storage.places[node]} = {double_text(value)};"]
        index = self.storage.names.numbered("i")
        count = self.storage.size(_count(node.shape))
        return [
            f"for (ptrdiff_t {index} = 0; {index} < {count}; {index}++) {{",
            f"    {self.storage.places[base_of(node)]}[{index}] = {double_text(value)};",
            "}",
        ]

    # --- one iteration --------------------------------------------------------------------------

    def _in_register(self, total: Accumulation) -> bool:
        """True if the innermost axis is summed over: the sum stays in a variable during the inner loop."""
        inner = len(self.nest.domain) - 1
        return (
            inner >= 0 and total.combine in ("add", "max", "min") and all(place.axis != inner for place in total.output)
        )

    def _body(self, registers: Mapping[Node, str]) -> None:
        known: dict[Node, str] = {}
        block, whole = self.block, full(len(self.nest.domain))
        for node in self.nest.body:
            if isinstance(node.op.lowering, Gathering):
                place = self._position(node, node.args[0].shape, known)
                known[node] = self._loaded(node.args[0], f"{self.storage.places[base_of(node.args[0])]}[{place}]")
            else:
                operands = [self._value(arg, access, known) for arg, access in operands_of(node, None)]
                known[node] = block.rounded(self._lowered(node, operands), node.dtype)
            if node in self.nest.stored:
                self._store(node, whole, known[node])
        for total in self.nest.sums:
            product = ""
            for arg, access in total.operands:
                value = block.real(self._value(arg, access, known), arg.dtype)
                product = block.binary("fmul", product, value) if product else value
            self._accumulate(total, product or block.number(1.0), registers, known)

    def _lowered(self, node: Node, operands: Sequence[str]) -> str:
        rule = node.op.lowering
        if isinstance(rule, Cast):
            return self.block.cast(operands[0], node.args[0].dtype, node.dtype)
        places: list[str] = []
        if isinstance(rule, Placed):
            places, rule = self.indices[-2:], rule.write
        real = [self.block.real(x, arg.dtype) for x, arg in zip(operands, node.args, strict=True)]
        try:
            if isinstance(rule, str):
                return self.block.function(rule, real)
            if node.op is CONTRACT:
                return reduce(lambda x, y: self.block.binary("fmul", x, y), real) if real else self.block.number(1.0)
            assert callable(rule)
            return str(rule(self.block, node, *places, *real))
        except SymgraphError as error:
            raise SymgraphError(f"{node.op.name} cannot be written in C: {error}") from error

    def _accumulate(
        self, total: Accumulation, value: str, registers: Mapping[Node, str], known: dict[Node, str]
    ) -> None:
        if total.combine == "scatter":
            target = f"{self.storage.places[total.node]}[{self._position(total.node, total.node.shape, known)}]"
            self.block.add(f"{target} = {self._narrow(total.node)}({target} + {value});")
            return
        if total.combine in RUNNING:
            name = registers[total.node]
            after = self.block.binary("fadd" if total.combine == "running add" else "fmul", name, value)
            self.block.add(f"{name} = {self.block.rounded(after, total.node.dtype)};")
            self._store(total.node, total.output, name)
            return
        if total.node in registers:
            name = registers[total.node]
            self.block.add(f"{name} = {combined(self.block, total.combine, name, value)};")
            return
        if total.combine != "set":
            before = self._loaded(total.node, self._entry(total.node, total.output))
            combine = "add" if total.combine in ("place", "put") else total.combine
            value = combined(self.block, combine, before, value)
        self._store(total.node, total.output, value)

    def _add_registers(self, totals: Sequence[Accumulation], registers: Mapping[Node, str]) -> list[str]:
        block = self.block = CLines(self.storage.names)
        for total in totals:
            before = self._loaded(total.node, self._entry(total.node, total.output))
            value = combined(block, total.combine, before, registers[total.node])
            self._store(total.node, total.output, value)
        return block.live()

    def _value(self, node: Node, access: Access, known: Mapping[Node, str]) -> str:
        """Give the value of an operand in this iteration: computed already, a constant, or loaded."""
        array, mapped = resolve(node, access)
        if array in known and mapped == full(len(self.nest.domain)):
            return known[array]
        if array.op is CONSTANT and not array.shape:
            return double_text(float(array.value)) if array.dtype.startswith("float") else str(int(array.value))
        if array.op is DIMENSION:
            return (
                self.storage.size(array.attrs[0])
                if "int" in array.dtype
                else f"(double){self.storage.size(array.attrs[0])}"
            )
        return self._loaded(array, self._entry(array, mapped))

    # --- memory -----------------------------------------------------------------------------------

    def _loaded(self, node: Node, entry: str) -> str:
        if node.dtype == "bool":
            return self.block.define("int", f"{entry} != 0")
        return self.block.define("double" if node.dtype.startswith("float") else "int64_t", entry)

    def _narrow(self, node: Node) -> str:
        kind = self.storage.kinds.get(base_of(node), "double")
        return "" if kind == "double" else f"({kind})"

    def _store(self, node: Node, access: Access, value: str) -> None:
        self.block.add(f"{self._entry(node, access)} = {self._narrow(node)}{value};")

    def _entry(self, node: Node, access: Access) -> str:
        if not node.shape:
            return self.storage.places[node]
        start: Size = 0
        steps: dict[int, Size] = {}
        for place, stride in zip(access, strides_of(node.shape), strict=True):
            start = start + stride * place.start
            if place.axis is not None:
                steps[place.axis] = stride * place.step + steps.get(place.axis, 0)
        terms = [] if start == 0 else [self.storage.size(start)]
        for axis, step in steps.items():
            terms.append(self.indices[axis] if step == 1 else f"{self.indices[axis]}*{self.storage.size(step)}")
        return f"{self.storage.places[base_of(node)]}[{' + '.join(terms) or '0'}]"

    def _position(self, node: Node, shape: Sequence[Size], known: Mapping[Node, str]) -> str:
        """Give where in an array of this shape the entry of this iteration stands; positions are checked."""
        indexed, rest, _ = gathered_axes(node, tuple(shape))
        strides = strides_of(tuple(shape))
        others = [axis for axis in range(len(shape)) if axis not in indexed]
        terms = [
            f"{self.indices[place]}*{self.storage.size(strides[axis])}"
            for axis, place in zip(others, rest, strict=True)
        ]
        for (arg, access), axis in zip(operands_of(node, None)[1:], indexed, strict=True):
            self.storage.checks = True
            value, size = self._value(arg, access, known), self.storage.size(shape[axis])
            moved = self.block.define("int64_t", f"{value} < 0 ? {value} + {size} : {value}")
            self.block.add(f"if ({moved} < 0 || {moved} >= {size}) return 1;")
            terms.append(f"{moved}*{self.storage.size(strides[axis])}")
        return " + ".join(terms)


def _count(shape: Sequence[Size]) -> Size:
    total: Size = 1
    for size in shape:
        total = size * total
    return total


def _shifted(depth: int, text: str) -> str:
    return "    " * depth + text
