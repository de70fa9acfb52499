"""The whole module: storage for every value that outlives a nest, one function per nest, one entry point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.dimension import Dim
from ..core.node import CONSTANT, Node
from .libraries import Libraries
from .nests import PARAMETERS, NestWriter, Storage
from .schedule import Nest, Schedule, base_of

CHUNK = 400


@dataclass(slots=True)
class Module:
    """LLVM text with what a caller needs to know about it."""

    text: str
    libraries: Libraries
    storage: Storage
    temporaries: list[Node]
    nests: list[Nest]


def write_module(schedule: Schedule, libraries: Libraries) -> Module:
    """Write the LLVM text of a schedule; its entry point is ``kernel(scalars, arrays, sizes)``."""
    nests = [piece for nest in schedule.nests for piece in _pieces(nest)]
    storage, temporaries = _storage(schedule, nests)
    functions = [NestWriter(f"nest{i}", nest, storage, libraries).write() for i, nest in enumerate(nests)]
    calls = "\n".join(f"  call void @nest{i}(ptr %scalars, ptr %arrays, ptr %sizes)" for i in range(len(nests)))
    entry = f"define void @kernel({PARAMETERS}) {{\n{calls}\n  ret void\n}}"
    text = "\n\n".join([*libraries.declarations, *functions, entry])
    return Module(text, libraries, storage, temporaries, nests)


def _pieces(nest: Nest) -> list[Nest]:
    """Cut long scalar code into functions of bounded size, so that compile time stays linear."""
    if nest.domain or len(nest.body) <= CHUNK:
        return [nest]
    pieces = [Nest((), nest.body[i : i + CHUNK]) for i in range(0, len(nest.body), CHUNK)]
    where = {node: k for k, piece in enumerate(pieces) for node in piece.body}
    stored = set(nest.stored)
    for k, piece in enumerate(pieces):
        stored.update(arg for node in piece.body for arg in node.args if where.get(arg, k) != k)
    for total in nest.sums:
        stored.update(base_of(arg) for arg, _ in total.operands)
    for piece in pieces:
        piece.stored = [node for node in piece.body if node in stored]
    pieces[-1].sums = nest.sums
    return pieces


def _storage(schedule: Schedule, nests: Sequence[Nest]) -> tuple[Storage, list[Node]]:
    scalars: dict[Node, int] = {}
    arrays: dict[Node, int] = {}
    sizes: dict[str, int] = {}
    made = [node for nest in nests for node in (*nest.stored, *(total.node for total in nest.sums))]
    constants = [node for node in schedule.constants if node.shape]
    for node in (*schedule.inputs, *made, *constants, *(n for n in schedule.outputs if n.op is CONSTANT)):
        table = arrays if node.shape else scalars
        table.setdefault(node, len(table))
    for node in (*schedule.inputs, *made):
        for size in node.shape:
            for name in sorted(size.names) if isinstance(size, Dim) else ():
                sizes.setdefault(name, len(sizes))
    outputs = {base_of(node) for node in schedule.outputs}
    temporaries = [node for node in dict.fromkeys(made) if node.shape and node not in outputs]
    return Storage(scalars, arrays, sizes), temporaries
