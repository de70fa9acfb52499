"""The order of boxes and lanes within their columns: few crossings.

Medians (Eades and Wormald 1994) from two starts, the given order and that of a walk from the outputs, which
suits formulas; then neighbours change places where that saves crossings (Gansner et al. 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

SWEEPS = 8
MOST_REFINED = 800


@dataclass(slots=True)
class Slot:
    """A box or a lane (``box`` is ``None``) in a column of a band."""

    box: int | None
    above: float
    below: float
    y: float = 0.0
    inputs: list[tuple[Slot, float]] = field(default_factory=list)
    outputs: list[tuple[Slot, float]] = field(default_factory=list)


Rows = dict[int, list[Slot]]


def reduce_crossings(rows: Rows, order: Sequence[int]) -> None:
    """Sort each column; ``order`` lists the columns in the direction of the links."""
    refined = sum(map(len, rows.values())) <= MOST_REFINED
    best, fewest = _improved(rows, order, refined)
    if refined and fewest:
        met = _walk(rows, order)
        walked = {c: sorted(row, key=lambda slot: met[id(slot)]) for c, row in rows.items()}
        other, crossings = _improved(walked, order, refined)
        best = other if crossings < fewest else best
    rows.update(best)
    for row in rows.values():
        _number(row)


def _improved(rows: Rows, order: Sequence[int], refined: bool) -> tuple[Rows, int]:
    """Give the best order found from a start, and its crossings."""
    rows = {c: list(row) for c, row in rows.items()}
    for row in rows.values():
        _number(row)
    best, fewest = {c: list(row) for c, row in rows.items()}, _all_crossings(rows)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for c in order[1:] if forward else reversed(order[:-1]):
            keys = {}
            for i, slot in enumerate(rows[c]):
                near = slot.inputs if forward else slot.outputs
                keys[id(slot)] = median([s.y + port / 1e4 for s, port in near]) if near else float(i)
            rows[c].sort(key=lambda slot: keys[id(slot)])
            _number(rows[c])
        crossings = _all_crossings(rows)
        if crossings < fewest:
            best, fewest = {c: list(row) for c, row in rows.items()}, crossings
    if not refined or not fewest:
        return best, fewest
    for row in best.values():
        _number(row)
    for _ in range(SWEEPS):
        if not sum(_exchange(best[c]) for c in order):
            break
    return best, _all_crossings(best)


def _walk(rows: Rows, order: Sequence[int]) -> dict[int, int]:
    """Number boxes and lanes as a walk from the outputs meets them, arguments in their order."""
    met: dict[int, int] = {}
    ends = [slot for c in reversed(order) for slot in rows[c] if not slot.outputs]
    stack = ends[::-1]
    while stack:
        slot = stack.pop()
        if id(slot) not in met:
            met[id(slot)] = len(met)
            stack += [s for s, _ in sorted(slot.inputs, key=lambda end: end[1], reverse=True)]
    return met


def _exchange(row: list[Slot]) -> int:
    """Exchange neighbours of a column where that saves crossings; say how often."""
    done = 0
    for i in range(len(row) - 1):
        a, b = row[i], row[i + 1]
        if _between(b, a) < _between(a, b):
            row[i], row[i + 1] = b, a
            done += 1
    if done:
        _number(row)
    return done


def _between(upper: Slot, lower: Slot) -> int:
    """Count the crossings of the links of two neighbours; links with the same end do not cross."""
    entering = sum(s.y > t.y for s, _ in upper.inputs for t, _ in lower.inputs)
    leaving = sum((s.y, port) > (t.y, other) for s, port in upper.outputs for t, other in lower.outputs)
    return entering + leaving


def _number(row: Sequence[Slot]) -> None:
    for i, slot in enumerate(row):
        slot.y = float(i)


def _all_crossings(rows: Mapping[int, list[Slot]]) -> int:
    return sum(count_crossings(row) for row in rows.values())


def count_crossings(row: Sequence[Slot]) -> int:
    """Count crossings of the links that enter a column, with a Fenwick tree (Barth, Jünger, Mutzel 2002)."""
    sources = {id(s): s for slot in row for s, _ in slot.inputs}
    if len(sources) < 2:
        return 0
    ends: list[tuple[int, float, int]] = []
    for i, slot in enumerate(row):
        ends += [(i, port, id(s)) for s, port in slot.inputs]
    rank = {key: i for i, key in enumerate(sorted(sources, key=lambda key: sources[key].y))}
    tree = [0] * (len(rank) + 1)
    total = 0
    for seen, (_, _, source) in enumerate(sorted(ends, key=lambda end: end[:2])):
        i = rank[source] + 1
        below = 0
        while i:
            below += tree[i]
            i -= i & -i
        total += seen - below
        i = rank[source] + 1
        while i < len(tree):
            tree[i] += 1
            i += i & -i
    return total
