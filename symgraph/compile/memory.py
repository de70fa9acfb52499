"""The memory plan: arrays that only live inside a call share buffers when their lives do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.dimension import Shape, Size
from ..core.node import Node
from ..core.shape import size_of
from .access import base_of
from .schedule import LibraryCall, Nest, Step, operands_of

BufferKind = tuple[Shape, str]


@dataclass(slots=True)
class Buffers:
    """The plan: ``place`` gives the buffer of a temporary, ``kinds`` shape and dtype of each buffer.

    ``last_use`` counts steps; it also holds the results of library calls, which have no buffer of their own.
    """

    kinds: list[BufferKind] = field(default_factory=list)
    place: dict[Node, int] = field(default_factory=dict)
    last_use: dict[Node, int] = field(default_factory=dict)

    @property
    def bytes(self) -> Size:
        """The size of all buffers together, as a formula in the named sizes."""
        return sum_sizes([size_of(shape) * np.dtype(dtype).itemsize for shape, dtype in self.kinds])


def sum_sizes(sizes: Sequence[Size]) -> Size:
    """Add sizes."""
    total: Size = 0
    for size in sizes:
        total = size + total
    return total


def plan_buffers(steps: Sequence[Step], outputs: Sequence[Node]) -> Buffers:
    """Give every temporary a buffer; one is used again for equal shape and dtype after its last reader."""
    plan = Buffers()
    made: dict[Node, int] = {}
    for number, step in enumerate(steps):
        for node in read_by(step):
            plan.last_use[node] = number
        if isinstance(step, LibraryCall):
            continue
        made_here = [*step.stored, *(total.node for total in step.sums)] if isinstance(step, Nest) else [step.node]
        for node in made_here:
            made.setdefault(node, number)
            plan.last_use[node] = number
    kept = set(outputs)
    free: dict[BufferKind, list[tuple[int, int]]] = {}
    for node, first in made.items():
        if not node.shape or node in kept:
            continue
        kind = (node.shape, node.dtype)
        waiting = free.setdefault(kind, [])
        chosen = next((entry for entry in waiting if entry[0] < first), None)
        if chosen is None:
            place = len(plan.kinds)
            plan.kinds.append(kind)
        else:
            waiting.remove(chosen)
            place = chosen[1]
        plan.place[node] = place
        waiting.append((plan.last_use.get(node, first), place))
    return plan


def read_by(step: Step) -> list[Node]:
    """List the arrays and scalars that a step reads (its own results too, if it reads them again)."""
    if not isinstance(step, Nest):
        return [base_of(arg) for arg in step.node.args]
    nodes = [base_of(arg) for node in step.body for arg in node.args]
    return nodes + [base_of(arg) for total in step.sums for arg, _ in operands_of(total.node, total)]
