"""The whole module: a place for every value that outlives a nest, one function per nest, one entry per segment.

A *segment* is a run of native nests without a library call in between; it is one native function.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..core.dimension import Dim, Shape
from ..core.node import Node
from .access import base_of
from .frame import PARAMETERS, Storage
from .function_text import ALIGNED_STACK
from .libraries import Libraries
from .memory import Buffers, made_by, plan_buffers, read_by
from .nests import NestWriter
from .product_plan import Product
from .products import ProductWriter
from .schedule import LibraryCall, Nest, Schedule, Step

CHUNK = 400


@dataclass(frozen=True, slots=True)
class Segment:
    """Nests and products that run in one native function."""

    name: str
    nests: tuple[Nest | Product, ...]


@dataclass(slots=True)
class Module:
    """LLVM text with what a caller needs to know about it."""

    text: str
    storage: Storage
    buffers: Buffers
    steps: list[Segment | LibraryCall]

    @property
    def segments(self) -> list[str]:
        """The names of the entry points of native code, in order."""
        return [step.name for step in self.steps if isinstance(step, Segment)]

    @property
    def size(self) -> int:
        """The number of nodes computed by machine code."""
        return sum(operations(nest) for step in self.steps if isinstance(step, Segment) for nest in step.nests)


def operations(step: Nest | Product) -> int:
    """Count the nodes that a native step computes."""
    return len(step.body) + len(step.sums) if isinstance(step, Nest) else 1


def write_module(schedule: Schedule, libraries: Libraries, apart: bool = False) -> Module:
    """Write the LLVM text of a schedule; the entry points are ``segment0(scalars, arrays, sizes)`` and so on.

    With ``apart`` every step is a segment, so that its time can be measured.
    """
    steps = [piece for step in schedule.steps for piece in _pieces(step)]
    storage = _storage(schedule, steps)
    results = _final(schedule, steps)
    functions: list[str] = []
    grouped: list[Segment | LibraryCall] = []
    for number, group in enumerate(_groups(steps, apart)):
        if isinstance(group, LibraryCall):
            grouped.append(group)
            continue
        first = len(functions)
        functions += [_written(f"nest{number}_{i}", nest, storage, libraries, results) for i, nest in enumerate(group)]
        calls = "\n".join(
            f"  call void @nest{number}_{i}(ptr %scalars, ptr %arrays, ptr %sizes)"
            for i in range(len(functions) - first)
        )
        stack = f"{ALIGNED_STACK} " if any(isinstance(step, Product) or step.domain for step in group) else ""
        functions.append(f"define void @segment{number}({PARAMETERS}) {stack}{{\n{calls}\n  ret void\n}}")
        grouped.append(Segment(f"segment{number}", tuple(group)))
    buffers = plan_buffers(steps, [base_of(node) for node in schedule.outputs])
    return Module("\n\n".join(functions), storage, buffers, grouped)


def _final(schedule: Schedule, steps: Sequence[Step]) -> frozenset[Node]:
    """Give the results that no step reads again."""
    read: set[Node] = set()
    for step in steps:
        inside = set(step.body) if isinstance(step, Nest) else set()
        read.update(node for node in read_by(step) if node not in inside)
    return frozenset([node for node in map(base_of, schedule.outputs) if node.shape and node not in read])


def _written(name: str, step: Nest | Product, storage: Storage, libraries: Libraries, results: frozenset[Node]) -> str:
    if isinstance(step, Nest):
        return NestWriter(name, step, storage, libraries, results).write()
    return ProductWriter(name, step, storage, libraries).write()


def _groups(steps: Sequence[Step], apart: bool) -> Iterator[list[Nest | Product] | LibraryCall]:
    run: list[Nest | Product] = []
    for step in steps:
        if not isinstance(step, LibraryCall):
            if apart:
                yield [step]
            else:
                run.append(step)
            continue
        if run:
            yield run
        run = []
        yield step
    if run:
        yield run


def _pieces(nest: Step) -> list[Step]:
    """Cut long scalar code into functions of bounded size, so that compile time stays linear."""
    if not isinstance(nest, Nest) or nest.domain or len(nest.body) <= CHUNK:
        return [nest]
    pieces = [Nest((), nest.body[i : i + CHUNK]) for i in range(0, len(nest.body), CHUNK)]
    where = {node: k for k, piece in enumerate(pieces) for node in piece.body}
    stored = set(nest.stored)
    for k, piece in enumerate(pieces):
        stored.update(arg for node in piece.body for arg in node.args if where.get(arg, k) != k)
    for total in nest.sums:  # written where the last of its operands is computed
        last = max((where.get(arg, 0) for arg, _ in total.operands), default=0)
        pieces[last].sums.append(total)
        stored.update(arg for arg, _ in total.operands if where.get(arg, last) != last)
    for piece in pieces:
        piece.stored = dict.fromkeys([node for node in piece.body if node in stored])
    pieces[0].fills = nest.fills
    return [*pieces]


def _storage(schedule: Schedule, steps: Sequence[Step]) -> Storage:
    scalars: dict[Node, int] = {}
    arrays: dict[Node, int] = {}
    sizes: dict[str, int] = {}
    made = [node for step in steps for node in made_by(step)]
    constants = [node for node in schedule.constants if node.shape]
    for node in (*schedule.inputs, *made, *constants):
        table = arrays if node.shape else scalars
        table.setdefault(node, len(table))
    shapes: list[Shape] = [node.shape for node in (*schedule.inputs, *made)]
    shapes += [step.domain for step in steps if isinstance(step, Nest)]
    shapes += [step.sizes for step in steps if isinstance(step, Product)]
    shapes += [(node.attrs[0],) for node in schedule.dimensions]
    for shape in shapes:
        for size in shape:
            for name in sorted(size.names) if isinstance(size, Dim) else ():
                sizes.setdefault(name, len(sizes))
    return Storage(scalars, arrays, sizes)
