"""Scopes and opened composites as tinted regions, and where they can be folded."""

from __future__ import annotations

from .geometry import SMALL, Placed
from .labels import cut, escape, text_width

Room = tuple[float, float, float, float]


def regions(placed: Placed) -> list[tuple[str, list[int], Room | None]]:
    """List scopes and opened composites, one for each order: name, boxes, and a room that holds no stranger, if any."""
    groups: dict[tuple[str, int], list[int]] = {}
    for box in placed.picture.boxes:
        if box.scope and box.kind not in ("cluster", "input"):
            groups.setdefault((box.scope, box.order), []).append(box.key)
    rooms = {key: _room(placed, key) for key in placed.layout.y} if groups else {}
    result: list[tuple[str, list[int], Room | None]] = []
    for (scope, _), keys in groups.items():
        left, top = min(rooms[k][0] for k in keys) - 6, min(rooms[k][1] for k in keys) - 16
        right, low = max(rooms[k][2] for k in keys) + 6, max(rooms[k][3] for k in keys) + 6
        whole = (left, top, max(right, left + 16 + text_width(cut(scope), SMALL)), low)
        members = set(keys)
        shared = any(_meet(whole, room) for key, room in rooms.items() if key not in members)
        result.append((scope, keys, None if shared else whole))
    return result


def clusters(placed: Placed, prefix: str | None) -> list[str]:
    """Tint scopes: one named region if no stranger lies in it, else each box by itself."""
    result, count = [], 0
    for scope, keys, room in regions(placed):
        if room is None:
            result += [_region(_room(placed, key), scope, "", "") for key in keys]
            continue
        ids = f' id="{prefix}s{count}" class="box cluster group"' if prefix is not None else ""
        count += 1
        result.append(_region(room, scope, cut(scope), ids))
    return result


def _room(placed: Placed, key: int) -> Room:
    """Give left, top, right and bottom of a box with its numbers."""
    m, x, y = placed.measures[key], placed.layout.x[key], placed.layout.y[key]
    before, after = m.half_width + m.entry, m.half_width + m.slot
    left, right = (x - after, x + before) if placed.picture.boxes[key].order else (x - before, x + after)
    return left - 4, y - max(m.half_height + 14, m.value[1] + 6), right, y + max(m.half_height + 13, m.gradient[1] + 6)


def _meet(a: Room, b: Room) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _region(room: Room, scope: str, name: str, ids: str) -> str:
    left, top, right, low = room
    text = (
        f'<text class="small muted scope" x="{left + 6:.1f}" y="{top + 11:.1f}">{escape(name)}</text>' if name else ""
    )
    return (
        f'<g{ids}><title>{escape(scope)}</title><rect class="region" x="{left:.1f}" y="{top:.1f}" '
        f'width="{right - left:.1f}" height="{low - top:.1f}" rx="8"/>{text}</g>'
    )
