"""Scopes and opened composites as tinted regions, and where they can be folded."""

from __future__ import annotations

from .geometry import SMALL, Placed
from .labels import cut, escape, text_width

Room = tuple[float, float, float, float]
EDGE, TITLE, NECK = 6.0, 16.0, 16.0


def regions(placed: Placed) -> list[tuple[str, list[int], list[Room]]]:
    """List scopes and opened composites, one for each order: name, boxes, and a region that holds no stranger, if any.

    A region is a staircase: one room for every column it crosses, from left to right.

    Inputs that only a scope uses, such as the weights of a layer, belong to it where they lie within reach.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    for box in placed.picture.boxes:
        if box.scope and box.kind not in ("cluster", "input"):
            groups.setdefault((box.scope, box.order), []).append(box.key)
    rooms = {key: _room(placed, key) for key in placed.layout.y} if groups else {}
    users: dict[int, set[int]] = {}
    for link in placed.picture.links:
        users.setdefault(link.source, set()).add(link.target)
    inputs = [box.key for box in placed.picture.boxes if box.kind == "input" and not box.order]
    result: list[tuple[str, list[int], list[Room]]] = []
    for (scope, order), keys in groups.items():
        own = {key for key in inputs if not order and users.get(key, set()) and users[key] <= set(keys)}
        members, stairs = _whole(placed, rooms, keys, own, scope)
        result.append((scope, sorted(members), stairs))
    return result


def _whole(
    placed: Placed, rooms: dict[int, Room], keys: list[int], own: set[int], scope: str
) -> tuple[set[int], list[Room]]:
    """Give the region around some boxes and the own inputs that lie in it; no region if another box lies in it."""
    members = set(keys)
    while True:
        stairs = _stairs(placed, rooms, members, text_width(cut(scope), SMALL) + 16)
        others = [(key, room) for key, room in rooms.items() if key not in members]
        inside = {key for key, room in others if any(_meet(step, room) for step in stairs)}
        if not inside:
            return members, stairs
        if not inside <= own:
            return set(keys), []
        members |= inside


def _stairs(placed: Placed, rooms: dict[int, Room], members: set[int], title: float) -> list[Room]:
    """Cover the columns from the first to the last member; neighbours meet, and the first has room for the title."""
    layout = placed.layout
    columns = sorted({(layout.left[key], layout.right[key]) for key in rooms})
    first, last = min(layout.left[key] for key in members), max(layout.left[key] for key in members)
    columns = [column for column in columns if first <= column[0] <= last]
    stairs: list[Room] = []
    for i, (left, right) in enumerate(columns):
        here = [rooms[key] for key in members if layout.left[key] == left]
        start = (columns[i - 1][1] + left) / 2 if i else min(room[0] for room in here) - EDGE
        end = (right + columns[i + 1][0]) / 2 if i + 1 < len(columns) else max(room[2] for room in here) + EDGE
        if not here:
            middle = (stairs[-1][1] + stairs[-1][3]) / 2
            stairs.append((start, middle - NECK / 2, end, middle + NECK / 2))
            continue
        top, low = min(room[1] for room in here) - EDGE, max(room[3] for room in here) + EDGE
        if i:
            top, low = min(top, stairs[-1][3] - NECK), max(low, stairs[-1][1] + NECK)
        stairs.append((start, top, end, low))
    left, top = stairs[0][0], stairs[0][1] - TITLE + EDGE
    end = max(stairs[-1][2], left + title) if len(stairs) == 1 else stairs[-1][2]
    stairs[-1] = (*stairs[-1][:2], end, stairs[-1][3])
    return _smoothed([(x0, min(y0, top) if x0 < left + title else y0, x1, y1) for x0, y0, x1, y1 in stairs])


def _smoothed(stairs: list[Room]) -> list[Room]:
    """Level out steps that are too low to be rounded."""
    result = stairs[:1]
    for left, top, right, low in stairs[1:]:
        _, before_top, _, before_low = result[-1]
        top = before_top if 0 < top - before_top < TITLE else top
        low = before_low if 0 < before_low - low < TITLE else low
        result.append((left, top, right, low))
    return result


def clusters(placed: Placed, prefix: str | None) -> list[str]:
    """Tint scopes: one named region if no stranger lies in it, else each primal box by itself."""
    result, count = [], 0
    for scope, keys, stairs in regions(placed):
        if not stairs:
            primal = [key for key in keys if not placed.picture.boxes[key].order]
            result += [_region([_room(placed, key)], scope, "", "") for key in primal]
            continue
        ids = f' id="{prefix}s{count}" class="box cluster group"' if prefix is not None else ""
        count += 1
        result.append(_region(stairs, scope, cut(scope), ids))
    return result


def _room(placed: Placed, key: int) -> Room:
    """Give left, top, right and bottom of a box with its numbers."""
    m, x, y = placed.measures[key], placed.layout.x[key], placed.layout.y[key]
    before, after = m.half_width + m.entry, m.half_width + m.slot
    left, right = (x - after, x + before) if placed.picture.boxes[key].order else (x - before, x + after)
    return left - 4, y - max(m.half_height + 14, m.value[1] + 6), right, y + max(m.half_height + 13, m.gradient[1] + 6)


def _meet(a: Room, b: Room) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _region(stairs: list[Room], scope: str, name: str, ids: str) -> str:
    left, top, *_ = stairs[0]
    text = (
        f'<text class="small muted scope" x="{left + 6:.1f}" y="{top + 11:.1f}">{escape(name)}</text>' if name else ""
    )
    return f'<g{ids}><title>{escape(scope)}</title><path class="region" d="{_outline(stairs)}"/>{text}</g>'


def _outline(stairs: list[Room]) -> str:
    """Draw the staircase: along the upper sides to the right, back along the lower sides."""
    points = [point for left, top, right, _ in stairs for point in ((left, top), (right, top))]
    points += [point for left, _, right, low in reversed(stairs) for point in ((right, low), (left, low))]
    corners = [p for i, p in enumerate(points) if p != points[i - 1]]
    return _rounded(corners, 7.0)


def _rounded(points: list[tuple[float, float]], radius: float) -> str:
    """Draw a polygon of level and upright sides with round corners."""
    d = ""
    for i, (x, y) in enumerate(points):
        near = []
        for other_x, other_y in (points[i - 1], points[(i + 1) % len(points)]):
            reach = min(radius, (abs(other_x - x) + abs(other_y - y)) / 2)
            near.append((x + reach * _sign(other_x - x), y + reach * _sign(other_y - y)))
        (x0, y0), (x1, y1) = near
        d += f"{'L' if d else 'M'}{x0:.1f} {y0:.1f}Q{x:.1f} {y:.1f} {x1:.1f} {y1:.1f}"
    return d + "Z"


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
