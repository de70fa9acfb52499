"""The order of the steps: among those that could run next, the one that leaves the fewest bytes alive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.node import Node
from .access import base_of
from .memory import bytes_of, made_by, nominal, read_by
from .schedule import Schedule, Step

MOST_STEPS = 300  # every step is compared with all others that could run


def in_better_order(schedule: Schedule) -> Schedule:
    """Order the steps anew if less is then alive at once; named sizes are taken to be of one middling size."""
    steps = schedule.steps
    if not 2 < len(steps) <= MOST_STEPS:
        return schedule
    waits = _waits(steps)
    outputs = {base_of(node) for node in schedule.outputs}
    found = _greedy(steps, waits, outputs)
    if _peak(found, steps, outputs) >= _peak(range(len(steps)), steps, outputs):
        return schedule
    return Schedule(
        [steps[k] for k in found], schedule.inputs, schedule.outputs, schedule.constants, schedule.dimensions
    )


def _waits(steps: Sequence[Step]) -> list[set[int]]:
    """Say after which steps each one comes: those that make, in whole or in part, what it reads or makes."""
    makers: dict[Node, list[int]] = {}
    waits: list[set[int]] = []
    for k, step in enumerate(steps):
        made = made_by(step)
        waits.append({maker for node in (*read_by(step), *made) for maker in makers.get(node, ())})
        for node in made:
            makers.setdefault(node, []).append(k)
    return waits


def _greedy(steps: Sequence[Step], waits: Sequence[set[int]], outputs: set[Node]) -> list[int]:
    left = {k: set(before) for k, before in enumerate(waits)}
    readers = _readers(steps)
    sizes = _sizes(steps)
    made: set[Node] = set()
    order: list[int] = []

    def growth(k: int) -> tuple[int, int]:
        new = sum(sizes[node] for node in made_by(steps[k]) if node not in made)
        over = sum(sizes[node] for node in set(read_by(steps[k])) if node in made and _ends(node, k))
        return new - over, k

    def _ends(node: Node, k: int) -> bool:
        return node not in outputs and readers[node] == {k}

    while left:
        k = min((k for k, before in left.items() if not before), key=growth)
        order.append(k)
        made.update(made_by(steps[k]))
        for node in read_by(steps[k]):
            readers[node].discard(k)
        del left[k]
        for before in left.values():
            before.discard(k)
    return order


def _peak(order: Sequence[int], steps: Sequence[Step], outputs: set[Node]) -> int:
    readers = _readers(steps)
    sizes = _sizes(steps)
    live: set[Node] = set()
    peak = 0
    for k in order:
        live.update(made_by(steps[k]))
        peak = max(peak, sum(sizes[node] for node in live))
        for node in read_by(steps[k]):
            readers[node].discard(k)
        live = {node for node in live if node in outputs or readers.get(node)}
    return peak


def _readers(steps: Sequence[Step]) -> dict[Node, set[int]]:
    readers: dict[Node, set[int]] = {node: set() for step in steps for node in made_by(step)}
    for k, step in enumerate(steps):
        for node in read_by(step):
            readers.setdefault(node, set()).add(k)
    return readers


def _sizes(steps: Sequence[Step]) -> Mapping[Node, int]:
    return {node: nominal(bytes_of(node)) for step in steps for node in made_by(step)}
