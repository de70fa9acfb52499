"""What became of a graph: its loop nests, library calls and memory, as a table for people."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.dimension import Size
from ..core.shape import shape_text
from .module import Module, Segment
from .schedule import LibraryCall, Nest, Schedule


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
    fused = sum(len(nest.body) + len(nest.sums) for nest in nests)
    return Report(tuple(lines), len(nests), fused, tuple(calls), len(module.buffers.kinds), module.buffers.bytes)


def _line(nest: Nest) -> str:
    names = [node.op.name for node in nest.body]
    shown = ", ".join(names[:8]) + (f" … {len(names)} in all" if len(names) > 8 else "")
    sums = "; ".join(f"sum of {len(total.operands)} -> {shape_text(total.node.shape)}" for total in nest.sums)
    place = f"loop over {shape_text(nest.domain)}" if nest.domain else "scalar code"
    return f"{place}: " + "; ".join(part for part in (shown, sums) if part)
