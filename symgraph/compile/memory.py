"""The memory plan: arrays that only live inside a call share buffers when their lives do not overlap.

They live in one block, or in the memory of a result before that is written; an elementwise result may take the place of
an argument that nobody reads any more. Sizes are formulas in the named sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.dimension import Dim, Size
from ..core.node import Node
from ..core.shape import size_of
from ..core.traversal import topological
from .access import base_of, full
from .schedule import LibraryCall, Nest, Step
from .statements import operands_of

NOMINAL = 64  # the size that a named dimension is taken to have when arrays are put in order of size
CHUNK = 500


@dataclass(slots=True)
class Buffers:
    """The plan: ``place`` says where every temporary lives, ``bytes`` how large the common block is.

    A place is the result whose memory is used before it is written (None: the common block), and where it begins.
    """

    place: dict[Node, tuple[Node | None, Size]] = field(default_factory=dict)
    bytes: Size = 0

    @property
    def count(self) -> int:
        """How many different places there are."""
        return len(set(self.place.values()))


@dataclass(frozen=True, slots=True)
class Life:
    """A temporary or result: the steps from its first writing to its last reading, and its bytes, a multiple of 8."""

    node: Node
    first: int
    last: int
    size: Size


def sum_sizes(sizes: Sequence[Size]) -> Size:
    """Add sizes."""
    total: Size = 0
    for size in sizes:
        total = size + total
    return total


def bytes_of(node: Node) -> Size:
    """Give the size of a node's value in bytes."""
    return size_of(node.shape) * np.dtype(node.dtype).itemsize


def is_at_most(x: Size, y: Size) -> bool:
    """True if x ≤ y for whatever numbers the names stand for."""
    rest = y - x
    return all(c >= 0 for _, c in rest.terms) if isinstance(rest, Dim) else rest >= 0


def plan_buffers(steps: Sequence[Step], outputs: Sequence[Node], plain: bool = False) -> Buffers:
    """Give every temporary a place, the large ones first, each as near to the beginning as what lives then allows.

    With ``plain`` every entry takes eight bytes, and nothing lives in a result or is written over an argument.
    """
    lives = _lives(steps, outputs, plain)
    kept = set(outputs)
    results = [] if plain else [life for life in lives if life.node in kept]
    plan = Buffers()
    taken: dict[Node | None, list[Life]] = {life.node: [life] for life in results} | {None: []}
    rest = [life for life in lives if life.node not in kept]
    for start in range(0, len(rest), CHUNK):  # in stretches, so that the work stays linear in the program
        chunk = rest[start : start + CHUNK]
        for held in taken.values():
            held[:] = [life for life in held if life.last >= chunk[0].first]
        for life in sorted(chunk, key=lambda each: -nominal(each.size)):
            for host in (*(each.node for each in results if each.last >= life.first), None):
                offset = _offset(plan, () if plain else steps, life, host, taken[host])
                if offset is not None:
                    break
            assert offset is not None
            plan.place[life.node] = (host, offset)
            taken[host].append(life)
            if host is None:
                plan.bytes = _at_least(plan.bytes, offset + life.size)
    return plan


def _lives(steps: Sequence[Step], outputs: Sequence[Node], plain: bool) -> list[Life]:
    first: dict[Node, int] = {}
    last: dict[Node, int] = {}
    for number, step in enumerate(steps):
        last.update(dict.fromkeys(read_by(step), number))
        if isinstance(step, LibraryCall) and not plain:  # NumPy gives an array of its own
            continue
        for node in made_by(step):
            first.setdefault(node, number)
            last[node] = number
    last.update(dict.fromkeys(outputs, len(steps)))
    return [
        Life(node, start, last[node], size_of(node.shape) * 8 if plain else _padded(node))
        for node, start in first.items()
        if node.shape
    ]


def _padded(node: Node) -> Size:
    size = bytes_of(node)
    return size_of(node.shape) * 8 if isinstance(size, Dim) else (size + 7) & -8


def nominal(size: Size) -> int:
    """Give a size as a number, with ``NOMINAL`` in the place of every name: for putting things in order only."""
    number = size.value(dict.fromkeys(size.names, NOMINAL)) if isinstance(size, Dim) else size
    assert isinstance(number, int)
    return number


def _at_least(x: Size, y: Size) -> Size:
    """Give a size that is not below either, whatever the names stand for."""
    if is_at_most(x, y):
        return y
    rest = y - x
    more = Dim(tuple((names, c) for names, c in rest.terms if c > 0)) if isinstance(rest, Dim) else max(rest, 0)
    return x + more if not isinstance(more, Dim) or more.terms else x


def _offset(plan: Buffers, steps: Sequence[Step], life: Life, host: Node | None, held: Sequence[Life]) -> Size | None:
    """Give the first offset in a block at which nothing else is alive, or None if there is none in a result."""
    room = None if host is None else _padded(host)
    around: list[tuple[Size, Life, bool]] = []
    for other in held:
        if life.first <= other.last and other.first <= life.last:
            start = 0 if other.node is host else plan.place[other.node][1]
            around.append((start, other, _share(steps, life, other) or _share(steps, other, life)))
    offsets: list[Size] = [0, *(start for start, _, shared in around if shared)]
    offsets += [start + other.size for start, other, _ in around]
    for offset in sorted(offsets, key=nominal):
        end = offset + life.size
        if room is not None and not is_at_most(end, room):
            continue
        if all(
            (shared and offset == start) or is_at_most(end, start) or is_at_most(start + other.size, offset)
            for start, other, shared in around
        ):
            return offset
    return plan.bytes if host is None else None


def _share(steps: Sequence[Step], before: Life, after: Life) -> bool:
    """True if one may be written over the other, entry by entry, in the step that reads it last."""
    return before.last == after.first < len(steps) and _in_place(steps[after.first], after.node, before.node)


def _in_place(step: Step, node: Node, owner: Node) -> bool:
    """True if a nest may write ``node`` where it reads ``owner``: entry by entry, and first read, then written."""
    if not isinstance(step, Nest) or owner.shape != node.shape or owner.dtype != node.dtype or node not in step.body:
        return False
    if owner in step.body or owner.shape != step.domain:
        return False
    position = step.body.index(node)
    whole = full(len(step.domain))
    read = False
    reads = [(place, pair) for place, other in enumerate(step.body) for pair in operands_of(other, None)]
    reads += [(len(step.body), pair) for total in step.sums for pair in operands_of(total.node, total)]
    for place, (arg, access) in reads:
        if base_of(arg) is not owner:
            continue
        if arg is not owner or access != whole:
            return False
        read = read or place <= position  # what is read once stays in a register
    return read


def made_by(step: Step) -> list[Node]:
    """List the nodes whose values a step leaves behind."""
    if not isinstance(step, Nest):
        return [step.node]
    return [*step.stored, *(total.node for total in step.sums)]


def read_by(step: Step) -> list[Node]:
    """List the arrays and scalars that a step reads (its own results too, if it reads them again)."""
    if not isinstance(step, Nest):
        return [base_of(arg) for arg in step.node.args]
    nodes = [base_of(arg) for node in step.body for arg in node.args]
    return nodes + [base_of(arg) for total in step.sums for arg, _ in operands_of(total.node, total)]


def unfused_peak(outputs: Sequence[Node]) -> Size:
    """Give the bytes that computing node by node needs where every array is given up after its last reader."""
    order = [node for node in topological(outputs) if node.args]
    last = {arg: k for k, node in enumerate(order) for arg in node.args}
    last.update(dict.fromkeys(outputs, len(order)))
    ends: dict[int, list[Node]] = {}
    for node, k in last.items():
        ends.setdefault(k, []).append(node)
    live: Size = 0
    peak: Size = 0
    for k, node in enumerate(order):
        live = live + bytes_of(node)
        if not is_at_most(live, peak):
            peak = live
        for dead in ends.get(k, ()):
            live = live - bytes_of(dead) if dead.args else live
    return peak
