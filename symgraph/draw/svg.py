"""SVG: shapes, links, values above and gradients below; every text escaped and inside its measured room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .geometry import MARGIN, SMALL, Placed, meeting
from .labels import FONT, UNKNOWN, Block, cut, escape, text_width
from .marks import mark
from .palette import Palette
from .shapes import boundary, outline
from .story import Story

CLOSE = 4.0


@dataclass(slots=True)
class State:
    """What is known after some steps: blocks by box and link; ``fresh`` are the ids that the last step changed."""

    values: dict[int, Block] = field(default_factory=dict)
    gradients: dict[int, Block] = field(default_factory=dict)
    parts: dict[int, Block] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()


def state_after(story: Story | None, step: int | None) -> State:
    """Replay the first ``step`` events; all of them for ``None``."""
    state = State()
    if story is None:
        return state
    for event in story.events if step is None else story.events[:step]:
        if event.kind == "value":
            state.values[event.box] = event.block
            state.fresh = frozenset({f"v{event.box}"})
            continue
        state.gradients[event.box] = event.block
        state.fresh = frozenset({f"g{event.box}"})
        if event.link is not None and event.part is not None:
            state.parts[event.link] = event.part
            state.fresh |= {f"c{event.link}", f"l{event.link}"}
    if step is None or step == 0:
        state.fresh = frozenset()
    return state


def render(placed: Placed, colours: Palette, theme: str, step: int | None = None, prefix: str | None = None) -> str:
    """Write the picture.

    Args:
        placed: the picture with its positions.
        colours: the palette.
        theme: ``auto`` (the viewer's preference), ``light`` or ``dark``.
        step: how many events of the story are shown; ``None`` for all.
        prefix: what ids begin with; ``None`` for no ids, which only the page needs.
    """
    state = state_after(placed.story, step)
    layout = placed.layout
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    role = "img" if prefix is None else "group"
    root = f"symgraph {colours.name} {theme}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{root}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="{role}" aria-label="{escape(_summary(placed))}">',
        f"<style>{style(colours, theme)}</style>",
        '<rect class="background" width="100%" height="100%"/>',
        f'<g class="scene" transform="translate({MARGIN:.0f} {MARGIN:.0f})">',
        *_clusters(placed, prefix),
        *_links(placed, state, prefix),
        *[_box(placed, key, state, prefix) for key in range(len(placed.picture.boxes))],
        "</g></svg>",
    ]
    return "\n".join(part for part in parts if part)


def _summary(placed: Placed) -> str:
    boxes = placed.picture.boxes
    outputs = ", ".join([name for box in boxes for name in box.outputs])
    return f"computational graph with {len(boxes)} nodes; outputs: {outputs}"


# --- style ------------------------------------------------------------------------------------


def style(colours: Palette, theme: str) -> str:
    """Give the style sheet; rules are confined to pictures of this palette and theme."""
    root = f".symgraph.{colours.name}.{theme}"
    rules = _rules(root, dict(colours.dark if theme == "dark" else colours.light))
    if theme == "auto":
        rules += "@media (prefers-color-scheme:dark){" + _colour_rules(root, dict(colours.dark)) + "}"
    return rules


def _rules(root: str, c: dict[str, str]) -> str:
    return (
        f"{root}{{font-family:{FONT};font-size:14px}}{root} text{{text-anchor:middle}}"
        f"{root} .scope{{text-anchor:start}}"
        f"{root} .shape{{stroke-width:1.4px}}{root} .link,{root} .stub,{root} .bracket{{fill:none;stroke-width:1.3px}}"
        f"{root} .across{{stroke-width:.9px}}{root} .twin{{fill:none;stroke-width:1px;stroke-dasharray:3 4}}"
        f"{root} .derived .shape{{stroke-dasharray:none}}{root} .value,{root} .gradient{{font-size:12px}}"
        f"{root} .value,{root} .gradient,{root} .muted,{root} .tag{{paint-order:stroke;stroke-width:3px;"
        f"stroke-linejoin:round}}{root} rect.value,{root} rect.gradient{{stroke:none}}"
        f"{root} .small{{font-size:{SMALL:.0f}px}}{root} .tag{{font-size:12px;font-style:italic}}"
        f"{root} .lost .shape,{root} .link.lost{{stroke-dasharray:2 3}}"
        f"{root} .fresh{{font-weight:bold}}{root} .link.fresh{{stroke-width:2.6px}}"
    ) + _colour_rules(root, c)


def _colour_rules(root: str, c: dict[str, str]) -> str:
    fills = "".join(f"{root} .{kind} .shape{{fill:{c[kind]}}}" for kind in ("input", "constant", "gate", "composite"))
    return (
        f"{root} .background{{fill:{c['background']}}}{root} text{{fill:{c['text']}}}"
        f"{root} text.value,{root} text.gradient,{root} text.muted,{root} .tag{{stroke:{c['background']}}}"
        f"{root} .shape{{stroke:{c['line']}}}{fills}{root} .derived .shape{{fill:{c['derivative']}}}"
        f"{root} .cluster .shape{{fill:{c['cluster']}}}{root} .region{{fill:{c['cluster']};stroke:{c['faint']}}}"
        f"{root} .link,{root} .stub,{root} .bracket{{stroke:{c['line']}}}{root} .arrow{{fill:{c['line']}}}"
        f"{root} .across,{root} .twin{{stroke:{c['faint']}}}{root} .across.arrow{{fill:{c['faint']};stroke:none}}"
        f"{root} .value{{fill:{c['value']}}}{root} .gradient{{fill:{c['gradient']}}}"
        f"{root} .muted,{root} .lost text{{fill:{c['muted']}}}"
        f"{root} .link.fresh{{stroke:{c['gradient']}}}{root} .arrow.fresh{{fill:{c['gradient']}}}"
    )


# --- boxes ------------------------------------------------------------------------------------


def _box(placed: Placed, key: int, state: State, prefix: str | None) -> str:
    box, m, story = placed.picture.boxes[key], placed.measures[key], placed.story
    x, y = placed.layout.x[key], placed.layout.y[key]
    way = -1 if box.order else 1
    lost = story is not None and _all_lost(placed, key, story)
    classes = " ".join(filter(None, ["box", box.kind, "derived" if box.order else "", "lost" if lost else ""]))
    names = f' id="{prefix}b{key}" data-key="{key}"' if prefix is not None else ""
    lines = box.label.split("\n")
    label = f'<text class="label" x="{x:.1f}" y="{y + 5 - (7 if len(lines) > 1 else 0):.1f}">{escape(lines[0])}</text>'
    if len(lines) > 1:
        label += f'<text class="small muted" x="{x:.1f}" y="{y + 13:.1f}">{escape(lines[1])}</text>'
    title = escape(_title(placed, key))
    parts = [f'<g class="{classes}"{names}><title>{title}</title>', outline(box, m, x, y), label]
    named = story is not None and box.kind in ("gate", "composite") and box.name not in box.outputs
    if named:
        parts.append(_small(x, y - m.half_height - 4, box.name, "muted"))
    if box.badge:
        parts.append(_small(x, y + m.half_height + 10, box.badge, "muted"))
    edge = x + way * m.half_width
    tag_width = text_width(box.tag, 12) + 20 if box.outputs else 0.0
    if story is not None:
        middle = edge + way * (m.slot - tag_width + m.pad) / 2
        end = x + way * (m.half_width + m.slot - tag_width)
        parts.append(f'<path class="stub" d="M{edge:.1f} {y:.1f}H{end:.1f}"/>')
        if key in story.values:
            parts.append(_number(placed, key, "value", middle, y, state, prefix))
        if key in story.gradients:
            parts.append(_number(placed, key, "gradient", middle, y, state, prefix))
    if box.outputs:
        start = x + way * (m.half_width + m.slot - tag_width)
        parts.append(f'<path class="stub" d="M{start:.1f} {y:.1f}h{way * 8}"/>')
        text = box.tag
        rise = 4 if key in placed.ends else -5
        x_tag = start + way * (10 + tag_width) / 2
        parts.append(f'<text class="tag" x="{x_tag:.1f}" y="{y + rise:.1f}">{escape(text)}</text>')
    return "".join(parts) + "</g>"


def _title(placed: Placed, key: int) -> str:
    box = placed.picture.boxes[key]
    return f"{box.name} {box.scope}".strip()


def _small(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="small {kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _all_lost(placed: Placed, key: int, story: Story) -> bool:
    out = [link.key for link in placed.picture.links if link.source == key] if story.losers else []
    return bool(out) and all(link in story.losers for link in out)


def _number(placed: Placed, key: int, kind: str, x: float, y: float, state: State, prefix: str | None) -> str:
    story, m = placed.story, placed.measures[key]
    assert story is not None
    final = (story.values if kind == "value" else story.gradients)[key]
    now = (state.values if kind == "value" else state.gradients).get(key)
    name = f"{kind[0]}{key}"
    fresh = name in state.fresh
    size = m.value if kind == "value" else m.gradient
    top = y - CLOSE - size[1] if kind == "value" else y + CLOSE
    ids = (
        f' id="{prefix}{name}" data-room="{size[0] / max(1, len(final.rows[0]) if final.rows else 1):.0f}"'
        if prefix is not None
        else ""
    )
    return mark(final, now, kind, x, top, size, ids, fresh)


# --- links ------------------------------------------------------------------------------------


def _links(placed: Placed, state: State, prefix: str | None) -> list[str]:
    boxes, story = placed.picture.boxes, placed.story
    shared = meeting(placed.picture, story)
    columns: dict[float, list[float]] = {}
    for key, x in placed.layout.x.items():
        columns.setdefault(x, []).append(placed.layout.y[key])
    result = []
    for box in boxes:
        if box.exact and box.twin is not None:
            ids = f' id="{prefix}t{box.key}"' if prefix is not None else ""
            result.append(f'<path class="twin"{ids} d="{_down(placed, box.twin, box.key, columns)}"/>')
    for link in placed.picture.links:
        points = placed.layout.paths[link.key]
        across = boxes[link.source].order != boxes[link.target].order
        way = -1 if boxes[link.target].order else 1
        kinds = ["across"] if across else []
        kinds += ["lost"] if story and link.key in story.losers else []
        kinds += ["fresh"] if f"l{link.key}" in state.fresh else []
        extra = " ".join(["", *kinds])
        ids = f' id="{prefix}l{link.key}"' if prefix is not None else ""
        if across:
            d = _down(placed, link.source, link.target, columns)
            result.append(f'<path class="link{extra}"{ids} d="{d}"/>')
            continue
        end_x, end_y = points[-1]
        m = placed.measures[link.target]
        tip = end_x - way * boundary(boxes[link.target], m, end_y - placed.layout.y[link.target])
        result.append(f'<path class="link{extra}"{ids} d="{_curve([*points[:-1], (tip, end_y)])}"/>')
        arrow = f"M{tip:.1f} {end_y:.1f}l{-way * 7} -3.5v7z"
        ids = f' id="{prefix}a{link.key}"' if prefix is not None else ""
        result.append(f'<path class="arrow{extra}"{ids} d="{arrow}"/>')
        final = story.parts.get(link.key) if story else None
        if final is not None and link.key in shared and final.rows and not final.bracket:
            now = state.parts.get(link.key)
            text = now.rows[0][0] if now else UNKNOWN
            ids = f' id="{prefix}c{link.key}"' if prefix is not None else ""
            x = end_x - way * (m.half_width + m.entry / 2)
            fresh = " fresh" if f"c{link.key}" in state.fresh else ""
            result.append(f'<text class="small gradient{fresh}"{ids} x="{x:.1f}" y="{end_y + 11:.1f}">{text}</text>')
    return result


def _curve(points: list[tuple[float, float]]) -> str:
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        bend = (x1 - x0) / 2
        level = abs(y1 - y0) < 0.05
        d += f"H{x1:.1f}" if level else f"C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return d


def _down(placed: Placed, upper: int, lower: int, columns: Mapping[float, list[float]]) -> str:
    """Lead from a primal box to one below it; along the column's side if other boxes stand between."""
    layout, m, n = placed.layout, placed.measures[upper], placed.measures[lower]
    (x0, y0), (x1, y1) = (layout.x[upper], layout.y[upper]), (layout.x[lower], layout.y[lower])
    if x0 == x1 and any(y0 < y < y1 for y in columns[x0]):
        side = x0 - max(m.half_width, n.half_width) - 4
        return f"M{x0 - m.half_width:.1f} {y0:.1f}H{side:.1f}V{y1 - 8:.1f}H{x1 - n.half_width + 1:.1f}"
    y0, y1 = y0 + m.half_height, y1 - n.half_height
    bend = (y1 - y0) / 2
    return f"M{x0:.1f} {y0:.1f}C{x0:.1f} {y0 + bend:.1f} {x1:.1f} {y1 - bend:.1f} {x1:.1f} {y1:.1f}"


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


def _clusters(placed: Placed, prefix: str | None) -> list[str]:
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
