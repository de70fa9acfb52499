"""A layered layout: primal nodes from left to right, each order of derivatives in a band below, from right to left.

The method is that of Sugiyama, Tagawa and Toda (1981): layers, one lane per source through every layer it
crosses, few crossings by medians (Eades and Wormald 1994), then positions by isotonic regression (pool
adjacent violators), which moves every node as near to its neighbours as the order allows. Everything is
deterministic and nothing recurses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from .crossings import SWEEPS, Slot, count_crossings, reduce_crossings

MOST_LANES = 6000
GAP_ROWS, GAP_BANDS = 16.0, 44.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much room a box needs, measured from the middle of its shape; ``before`` is on the side of its arguments."""

    before: float
    after: float
    above: float
    below: float
    half: float


@dataclass(slots=True)
class Layout:
    """Middles of the shapes, ends of each box's column, the points of each link's path, and ends of each band."""

    x: dict[int, float] = field(default_factory=dict)
    y: dict[int, float] = field(default_factory=dict)
    left: dict[int, float] = field(default_factory=dict)
    right: dict[int, float] = field(default_factory=dict)
    paths: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    bands: dict[int, tuple[float, float]] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0
    crossings: int = 0


def layout(
    sizes: Sequence[Size],
    links: Sequence[tuple[int, int, float]],
    bands: Sequence[int],
    twins: Mapping[int, int],
    leaves: frozenset[int],
) -> Layout:
    """Place boxes.

    Args:
        sizes: the room each box needs; boxes are given with arguments first.
        links: (source, target, height of the target's port relative to its middle).
        bands: 0 for primal boxes, k for derivatives of order k.
        twins: derivative box → the box it should stand below.
        leaves: boxes without arguments; they stand just before their first use.
    """
    column = _columns(len(sizes), links, bands, twins, leaves)
    result = Layout()
    _place_columns(result, sizes, bands, column, links)
    top = 0.0
    gap = GAP_BANDS + min(46.0, 2.0 * sum(bands[source] != bands[target] for source, target, _ in links))
    lanes: dict[tuple[int, int], Slot] = {}
    slots: dict[int, Slot] = {}
    for band in sorted(set(bands)):
        members = [box for box in range(len(sizes)) if bands[box] == band]
        inside = [link for link in links if bands[link[0]] == bands[link[1]] == band]
        rows = _rows(members, inside, sizes, column, band, slots, lanes, twins)
        result.crossings += sum(count_crossings(row) for row in rows.values())
        high = min(slot.y - slot.above for row in rows.values() for slot in row)
        low = max(slot.y + slot.below for row in rows.values() for slot in row)
        for row in rows.values():
            for slot in row:
                slot.y += top - high
                if slot.box is not None:
                    result.y[slot.box] = slot.y
        result.bands[band] = (top, top + low - high)
        top += low - high + gap
    result.height = top - gap
    edges = _column_edges(result, column)
    for key, (source, target, port) in enumerate(links):
        if bands[source] == bands[target]:
            result.paths[key] = _path(result, edges, column, lanes, source, target, port, bands[source])
        else:
            result.paths[key] = _across(result, sizes, source, target)
    return result


# --- columns ----------------------------------------------------------------------------------


def _columns(
    count: int,
    links: Sequence[tuple[int, int, float]],
    bands: Sequence[int],
    twins: Mapping[int, int],
    leaves: frozenset[int],
) -> list[int]:
    """Number the columns from the left.

    A primal box stands right of its arguments. A derivative box belongs to the group of its twin's layer and
    stands left of the derivative boxes it uses; each group is as wide as its longest chain.
    """
    inside: dict[int, list[int]] = defaultdict(list)
    users: dict[int, list[int]] = defaultdict(list)
    for source, target, _ in links:
        if bands[source] == bands[target]:
            inside[target].append(source)
            users[source].append(target)
    layer = [0] * count
    for box in range(count):
        if not bands[box]:
            layer[box] = 1 + max((layer[source] for source in inside[box]), default=-1)
    for box in leaves:
        if not bands[box] and users[box]:
            layer[box] = min(layer[user] for user in users[box]) - 1
    highest = max((layer[box] for box in range(count) if not bands[box]), default=0)
    for box in range(count):
        if bands[box]:
            own = layer[twins[box]] if box in twins else highest
            layer[box] = min([own, *(layer[source] for source in inside[box])])
    chain = [0] * count
    for box in reversed(range(count)):
        if bands[box]:
            same = [chain[user] + 1 for user in users[box] if layer[user] == layer[box]]
            chain[box] = max(same, default=0)
    width = [1] * (highest + 1)
    for box in range(count):
        width[layer[box]] = max(width[layer[box]], chain[box] + 1)
    start = [0, *accumulate(width)]
    return [start[layer[box]] + chain[box] for box in range(count)]


def _place_columns(
    result: Layout,
    sizes: Sequence[Size],
    bands: Sequence[int],
    column: Sequence[int],
    links: Sequence[tuple[int, int, float]],
) -> None:
    left: dict[int, float] = defaultdict(float)
    right: dict[int, float] = defaultdict(float)
    crossing: dict[int, int] = defaultdict(int)
    for box, size in enumerate(sizes):
        a, b = (size.before, size.after) if not bands[box] else (size.after, size.before)
        left[column[box]] = max(left[column[box]], a)
        right[column[box]] = max(right[column[box]], b)
    for source, target, _ in links:
        if bands[source] == bands[target]:
            crossing[min(column[source], column[target])] += 1
    x = 0.0
    start: dict[int, float] = {}
    for c in sorted(left):
        start[c] = x
        result.width = x + left[c] + right[c]
        x = result.width + 26 + min(46, 4 * crossing[c])
    for box, c in enumerate(column):
        result.x[box] = start[c] + left[c]
        result.left[box], result.right[box] = start[c], start[c] + left[c] + right[c]


def _column_edges(result: Layout, column: Sequence[int]) -> dict[int, tuple[float, float]]:
    return {c: (result.left[box], result.right[box]) for box, c in enumerate(column)}


# --- rows -------------------------------------------------------------------------------------


def _rows(
    members: Sequence[int],
    links: Sequence[tuple[int, int, float]],
    sizes: Sequence[Size],
    column: Sequence[int],
    band: int,
    slots: dict[int, Slot],
    lanes: dict[tuple[int, int], Slot],
    twins: Mapping[int, int],
) -> dict[int, list[Slot]]:
    """Order and place the boxes of one band; lanes carry links through the columns between their ends."""
    step = -1 if band else 1
    rows: dict[int, list[Slot]] = defaultdict(list)
    for box in members:
        slots[box] = Slot(box, sizes[box].above + GAP_ROWS / 2, sizes[box].below + GAP_ROWS / 2)
        rows[column[box]].append(slots[box])
    budget = MOST_LANES
    for source, target, port in links:
        held, c = slots[source], column[source] + step
        while c != column[target] and (budget > 0 or (source, c) in lanes):
            lane = lanes.get((source, c))
            if lane is None:
                budget -= 1
                lane = lanes[source, c] = Slot(None, 5.0, 5.0)
                rows[c].append(lane)
                lane.inputs.append((held, 0.0))
                held.outputs.append((lane, 0.0))
            held, c = lane, c + step
        slots[target].inputs.append((held, port))
        held.outputs.append((slots[target], port))
    order = sorted(rows, reverse=bool(band))
    if band:
        for row in rows.values():
            row.sort(key=lambda slot: _height_of_twin(slot, slots, twins))
    reduce_crossings(rows, order)
    _place_rows(rows, order)
    return rows


def _height_of_twin(slot: Slot, slots: Mapping[int, Slot], twins: Mapping[int, int]) -> float:
    twin = None if slot.box is None else twins.get(slot.box)
    return slots[twin].y if twin is not None and twin in slots else 0.0


def _place_rows(rows: Mapping[int, list[Slot]], order: Sequence[int]) -> None:
    for row in rows.values():
        _settle(row, [0.0] * len(row))
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for c in order if forward else reversed(order):
            row = rows[c]
            wanted = []
            for slot in row:
                before = [s.y - port for s, port in slot.inputs]
                after = [s.y + port for s, port in slot.outputs]
                goals = (before or after) if forward else (after or before)
                wanted.append(sum(goals) / len(goals) if goals else slot.y)
            _settle(row, wanted)


def _settle(row: Sequence[Slot], wanted: Sequence[float]) -> None:
    """Place a column as near as possible to what is wanted, in order, without overlap: pool adjacent violators."""
    offset, running = [], 0.0
    for i, slot in enumerate(row):
        running += (row[i - 1].below + slot.above) if i else 0.0
        offset.append(running)
    pools: list[tuple[float, int]] = []
    for i in range(len(row)):
        total, count = wanted[i] - offset[i], 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            more, members = pools.pop()
            total, count = total + more, count + members
        pools.append((total, count))
    i = 0
    for total, count in pools:
        for _ in range(count):
            row[i].y = total / count + offset[i]
            i += 1


# --- paths ------------------------------------------------------------------------------------


def _path(
    result: Layout,
    edges: Mapping[int, tuple[float, float]],
    column: Sequence[int],
    lanes: Mapping[tuple[int, int], Slot],
    source: int,
    target: int,
    port: float,
    band: int,
) -> list[tuple[float, float]]:
    """Give the points of a link: it is level within columns and bends between them."""
    step = -1 if band else 1
    near, far = (0, 1) if step == 1 else (1, 0)
    points = [(result.x[source], result.y[source]), (edges[column[source]][far], result.y[source])]
    for c in range(column[source] + step, column[target], step):
        lane = lanes.get((source, c))
        if lane is not None:
            points += [(edges[c][near], lane.y), (edges[c][far], lane.y)]
    return [
        *points,
        (edges[column[target]][near], result.y[target] + port),
        (result.x[target], result.y[target] + port),
    ]


def _across(result: Layout, sizes: Sequence[Size], source: int, target: int) -> list[tuple[float, float]]:
    """Give the ends of a link between bands: from the lower side of one shape to the upper side of the other."""
    return [
        (result.x[source], result.y[source] + sizes[source].half),
        (result.x[target], result.y[target] - sizes[target].half),
    ]
