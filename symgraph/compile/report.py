"""What became of a graph: its loop nests, library calls and memory, as a table for people."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.dimension import Size
from ..core.shape import shape_text
from .module import Module, Segment, operations
from .product_plan import Product
from .schedule import Accumulation, LibraryCall, Nest, Schedule


@dataclass(frozen=True, slots=True)
class Report:
    """The steps of a compiled function in order; prints as text.

    Attributes:
        steps: one line per step.
        nests: how many loop nests (or stretches of scalar code) were written.
        fused: how many operations they hold.
        library_calls: the names of the operators that NumPy computes, in order.
        buffers: how many temporary arrays one call needs.
        buffer_bytes: their size in bytes, a formula in the named sizes.
    """

    steps: tuple[str, ...]
    nests: int
    fused: int
    library_calls: tuple[str, ...]
    buffers: int
    buffer_bytes: Size

    def __str__(self) -> str:
        calls = ", ".join(dict.fromkeys(self.library_calls)) or "none"
        head = [
            f"{self.fused} operations in {self.nests} nests",
            f"library calls: {calls}",
            f"temporary memory: {self.buffers} arrays, {self.buffer_bytes} bytes",
        ]
        return "\n".join([*head, *self.steps])


def report(module: Module, schedule: Schedule) -> Report:
    """Describe a module."""
    lines: list[str] = []
    nests = [nest for step in module.steps if isinstance(step, Segment) for nest in step.nests]
    calls = [step.node.op.name for step in module.steps if isinstance(step, LibraryCall)]
    for step in module.steps:
        if isinstance(step, LibraryCall):
            lines.append(f"  library call  {step.node.op.name} -> {shape_text(step.node.shape)}")
        else:
            lines += [f"  {_line(nest)}" for nest in step.nests]
    fused = sum(operations(nest) for nest in nests)
    return Report(tuple(lines), len(nests), fused, tuple(calls), len(module.buffers.kinds), module.buffers.bytes)


def _line(nest: Nest | Product) -> str:
    if isinstance(nest, Product):
        first, second = (shape_text(arg.shape) for arg in nest.node.args)
        return f"BLAS {nest.name}: {first} and {second} -> {shape_text(nest.node.shape)}"
    names = [node.op.name for node in nest.body]
    shown = ", ".join(names[:8]) + (f" … {len(names)} in all" if len(names) > 8 else "")
    sums = "; ".join(_written(total) for total in nest.sums)
    place = f"loop over {shape_text(nest.domain)}" if nest.domain else "scalar code"
    return f"{place}: " + "; ".join(part for part in (shown, sums) if part)


def _written(total: Accumulation) -> str:
    """Say what an accumulation does: the sum of a product of so many operands, an extreme, a piece."""
    if total.combine == "add":
        return f"sum of {len(total.operands)} -> {shape_text(total.node.shape)}"
    return f"{total.combine} -> {shape_text(total.node.shape)}"
