"""What became of a graph: its loop nests, BLAS and library calls, memory and time, as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.dimension import Dim, Size
from ..core.node import Node
from ..core.shape import shape_text
from .access import base_of
from .array_call import ArrayCall, bound_sizes, read_array
from .jit import Machine
from .libraries import Libraries
from .memory import bytes_of, made_by, read_by, sum_sizes, unfused_peak
from .module import Module, Segment, operations, write_module
from .product_plan import Product
from .schedule import LibraryCall, Nest, Schedule, Step
from .statements import Accumulation

REPEATS = 7


@dataclass(frozen=True, slots=True)
class Report:
    """The steps of a compiled function in order; prints as text.

    Attributes:
        steps: one line per step.
        nests: how many loop nests (or stretches of scalar code) were written, products of matrices among them.
        fused: how many operations they hold.
        library_calls: the names of the operators that NumPy computes, in order.
        buffers: how many temporary arrays one call needs.
        buffer_bytes: their size in bytes, a formula in the named sizes.
        peak_bytes: temporaries and results together.
        unfused_bytes: the most that computing node by node holds at once.
        traffic: the bytes that each step reads and writes, every array once.
        seconds: the time of each step, if it was measured.
    """

    steps: tuple[str, ...]
    nests: int
    fused: int
    library_calls: tuple[str, ...]
    buffers: int
    buffer_bytes: Size
    peak_bytes: Size
    unfused_bytes: Size
    traffic: tuple[Size, ...]
    seconds: tuple[float, ...] = ()

    def __str__(self) -> str:
        calls = ", ".join(dict.fromkeys(self.library_calls)) or "none"
        head = [
            f"{self.fused} operations in {self.nests} nests",
            f"library calls: {calls}",
            f"temporary memory: {self.buffers} arrays, {self.buffer_bytes} bytes",
            f"with results: {self.peak_bytes} bytes; node by node: {self.unfused_bytes} bytes",
        ]
        if not self.seconds:
            return "\n".join([*head, *(f"  {line}" for line in self.steps)])
        rows = zip(self.seconds, self.traffic, self.steps, strict=True)
        table = [f"{seconds * 1e6:10.2f} µs {size!s:>12} bytes  {line}" for seconds, size, line in rows]
        return "\n".join([*head, *table])


def report(
    module: Module,
    schedule: Schedule,
    inputs: Sequence[Node],
    outputs: Sequence[Node],
    libraries: Libraries,
    arguments: Sequence[Any] = (),
) -> Report:
    """Describe a module; with arguments, run it on them and measure every step."""
    steps: list[Step] = []
    for step in module.steps:
        steps += step.nests if isinstance(step, Segment) else [step]
    native = [step for step in steps if not isinstance(step, LibraryCall)]
    sizes: Mapping[str, int] = {}
    seconds: tuple[float, ...] = ()
    if arguments:
        sizes = bound_sizes({node: read_array(node, value) for node, value in zip(inputs, arguments, strict=True)})
        seconds = _measured(schedule, inputs, outputs, libraries.emptied(), arguments)
    results = sum_sizes([bytes_of(node) for node in dict.fromkeys(outputs) if node.args])
    return Report(
        steps=tuple([_line(step) for step in steps]),
        nests=len(native),
        fused=sum(operations(step) for step in native),
        library_calls=tuple([step.node.op.name for step in steps if isinstance(step, LibraryCall)]),
        buffers=module.buffers.count,
        buffer_bytes=_valued(module.buffers.bytes, sizes),
        peak_bytes=_valued(module.buffers.bytes + results, sizes),
        unfused_bytes=_valued(unfused_peak(schedule.outputs), sizes),
        traffic=tuple([_valued(_traffic(step), sizes) for step in steps]),
        seconds=seconds,
    )


def _valued(size: Size, sizes: Mapping[str, int]) -> Size:
    return size.value(sizes) if isinstance(size, Dim) else size


def _traffic(step: Step) -> Size:
    made = made_by(step)
    inside = set(step.body) if isinstance(step, Nest) else set()
    read = [node for node in dict.fromkeys(map(base_of, read_by(step))) if node not in inside]
    return sum_sizes([bytes_of(node) for node in (*read, *dict.fromkeys(made))])


def _measured(
    schedule: Schedule,
    inputs: Sequence[Node],
    outputs: Sequence[Node],
    libraries: Libraries,
    arguments: Sequence[Any],
) -> tuple[float, ...]:
    """Compile every step as a function of its own and give the least time of each."""
    module = write_module(schedule, libraries, apart=True)
    call = ArrayCall(module, inputs, outputs)
    call.link(Machine("\n".join([*libraries.declarations, module.text]), libraries, 2))
    runs = [call.timed(arguments) for _ in range(REPEATS)]
    return tuple([min(times) for times in zip(*runs, strict=True)])


def _line(step: Step) -> str:
    if isinstance(step, LibraryCall):
        return f"library call  {step.node.op.name} -> {shape_text(step.node.shape)}"
    if isinstance(step, Product):
        first, second = (shape_text(arg.shape) for arg in step.node.args)
        return f"BLAS {step.name}: {first} and {second} -> {shape_text(step.node.shape)}"
    names = [node.op.name for node in step.body]
    shown = ", ".join(names[:8]) + (f" … {len(names)} in all" if len(names) > 8 else "")
    sums = "; ".join(_written(total) for total in step.sums[:8])
    more = f" … {len(step.sums)} in all" if len(step.sums) > 8 else ""
    place = f"loop over {shape_text(step.domain)}" if step.domain else "scalar code"
    return f"{place}: " + "; ".join(part for part in (shown, sums) if part) + more


def _written(total: Accumulation) -> str:
    """Say what an accumulation does: the sum of a product of so many operands, an extreme, a piece."""
    if total.combine == "add":
        return f"sum of {len(total.operands)} -> {shape_text(total.node.shape)}"
    return f"{total.combine} -> {shape_text(total.node.shape)}"
