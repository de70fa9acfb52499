"""SVG: shapes, links, values above and gradients below; every text escaped and inside its measured room."""

from __future__ import annotations

from .geometry import MARGIN, SMALL, Placed, caption
from .labels import FONT, escape, text_width
from .marks import mark
from .palette import Palette
from .regions import clusters
from .shapes import outline
from .state import State, state_after
from .wires import wires

CLOSE = 4.0


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
        *clusters(placed, prefix),
        *wires(placed, state, prefix),
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
        f"{root} .halo{{stroke-width:3px;stroke-linejoin:round}}"
        f"{root} .small{{font-size:{SMALL:.0f}px}}{root} .tag{{font-size:12px;font-style:italic}}"
        f"{root} .lost .shape,{root} .link.lost{{stroke-dasharray:2 3}}"
        f"{root} .unknown{{font-size:20px}}{root} .small.unknown{{font-size:16px}}"
        f"{root} .fresh{{font-weight:bold}}{root} .link.fresh{{stroke-width:2.6px}}"
    ) + _colour_rules(root, c)


def _colour_rules(root: str, c: dict[str, str]) -> str:
    fills = "".join(f"{root} .{kind} .shape{{fill:{c[kind]}}}" for kind in ("input", "constant", "gate", "composite"))
    return (
        f"{root} .background{{fill:{c['background']}}}{root} text{{fill:{c['text']}}}"
        f"{root} .shape{{stroke:{c['line']}}}{fills}{root} .derived .shape{{fill:{c['derivative']}}}"
        f"{root} .cluster .shape{{fill:{c['cluster']}}}{root} .region{{fill:{c['cluster']};stroke:{c['faint']}}}"
        f"{root} .link,{root} .stub,{root} .bracket{{stroke:{c['line']}}}{root} .arrow{{fill:{c['line']}}}"
        f"{root} .across,{root} .twin{{stroke:{c['faint']}}}{root} .across.arrow{{fill:{c['faint']};stroke:none}}"
        f"{root} .value{{fill:{c['value']}}}{root} .gradient{{fill:{c['gradient']}}}"
        f"{root} .muted,{root} .lost text{{fill:{c['muted']}}}"
        f"{root} text.halo{{fill:{c['background']};stroke:{c['background']}}}"
        f"{root} .link.fresh{{stroke:{c['gradient']}}}{root} .arrow.fresh{{fill:{c['gradient']}}}"
    )


# --- boxes ------------------------------------------------------------------------------------


def _box(placed: Placed, key: int, state: State, prefix: str | None) -> str:
    box, m, story = placed.picture.boxes[key], placed.measures[key], placed.story
    x, y = placed.layout.x[key], placed.layout.y[key]
    way = -1 if box.order else 1
    lost = _all_lost(placed, key, state)
    classes = " ".join(filter(None, ["box", box.kind, "derived" if box.order else "", "lost" if lost else ""]))
    names = f' id="{prefix}b{key}" data-key="{key}"' if prefix is not None else ""
    lines = box.label.split("\n")
    label = f'<text class="label" x="{x:.1f}" y="{y + 5 - (7 if len(lines) > 1 else 0):.1f}">{escape(lines[0])}</text>'
    if len(lines) > 1:
        label += f'<text class="small muted" x="{x:.1f}" y="{y + 13:.1f}">{escape(lines[1])}</text>'
    title = escape(_title(placed, key))
    parts = [f'<g class="{classes}"{names}><title>{title}</title>', outline(box, m, x, y), label]
    said = caption(box, placed.picture, story)
    if said:
        # links from the bands above end at the upper side of derivative gates
        level = y + m.half_height + 10 if box.order else y - m.half_height - 4
        parts.append(_small(x, level, said))
    if box.badge:
        parts.append(_small(x, y + m.half_height + 10, box.badge))
    edge = x + way * m.half_width
    tag_width = text_width(box.tag, 12) + 20 if box.outputs else 0.0
    start = x + way * (m.half_width + m.slot - tag_width)
    if key in placed.ends and (story is not None or box.outputs):
        parts.append(f'<path class="stub" d="M{edge:.1f} {y:.1f}H{start + way * 8 * bool(box.outputs):.1f}"/>')
    middle = edge + way * (m.slot - tag_width + m.pad) / 2
    if story is not None and key in story.values:
        parts.append(_number(placed, key, "value", middle, y, state, prefix))
    if story is not None and key in story.gradients:
        parts.append(_number(placed, key, "gradient", middle, y, state, prefix))
    if box.outputs:
        rise = 4 if key in placed.ends else -5
        x_tag = start + way * (10 + tag_width) / 2
        parts.append(f'<text class="tag" x="{x_tag:.1f}" y="{y + rise:.1f}">{escape(box.tag)}</text>')
    return "".join(parts) + "</g>"


def _title(placed: Placed, key: int) -> str:
    box = placed.picture.boxes[key]
    return f"{box.name} {box.scope}".strip()


def _small(x: float, y: float, text: str) -> str:
    """Write a word at a gate, with a halo that interrupts lines; many viewers know no ``paint-order``."""
    place = f'x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
    return f'<text class="small halo" aria-hidden="true" {place}<text class="small muted" {place}'


def _all_lost(placed: Placed, key: int, state: State) -> bool:
    out = [link.key for link in placed.picture.links if link.source == key] if state.lost else []
    return bool(out) and state.lost.issuperset(out)


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
