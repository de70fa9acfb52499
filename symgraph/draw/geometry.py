"""How large everything is: shapes, slots for numbers beside them, and the layout of a whole picture."""

from __future__ import annotations

from dataclasses import dataclass

from .labels import Block, text_width
from .layout import Layout, Size, layout
from .picture import Box, Picture
from .story import Story

LABEL, NUMBER, SMALL = 14.0, 12.0, 10.0
LINE = 14.0
HEAT_CELL = 6.0
MARGIN = 18.0
COMMON = 34.0


@dataclass(frozen=True, slots=True)
class Measure:
    """The shape's half width and half height, the room beside it, and the sizes of its two numbers."""

    half_width: float
    half_height: float
    slot: float
    entry: float
    pad: float
    port: float
    value: tuple[float, float]
    gradient: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture with its measures, the room of each box, and positions."""

    picture: Picture
    story: Story | None
    measures: list[Measure]
    sizes: list[Size]
    layout: Layout
    ends: frozenset[int]


def place(made: Picture, story: Story | None, roomy: bool = False) -> Placed:
    """Measure every box and lay the picture out; ``roomy`` leaves space for other numbers."""
    fan_in: dict[int, list[int]] = {}
    for link in made.links:
        fan_in.setdefault(link.target, []).append(link.key)
    shared = meeting(made, story)
    cells = _cell_widths(story, text_width("−00.00", NUMBER) if roomy else 0.0)
    room = text_width("−00.00", SMALL) if roomy else 0.0
    # inputs with short names are equally wide, so that they stand in line
    wide = [shape_size(box)[0] for box in made.boxes if box.kind == "input"]
    least = max([width for width in wide if width <= COMMON], default=0.0)
    measures = [
        _measure(box, fan_in.get(box.key, []), shared, story, cells, caption(box, made, story), least, room)
        for box in made.boxes
    ]
    sizes = []
    for box, m in zip(made.boxes, measures, strict=True):
        said = caption(box, made, story)
        over, under = (box.badge, said) if box.order else (said, box.badge)
        above = max(m.half_height + (13.0 if over or under else 0.0), m.value[1] + 4)
        below = max(m.half_height + (11.0 if under else 0.0), m.gradient[1] + 4)
        words = max(text_width(box.badge, SMALL), text_width(said, SMALL)) / 2
        before, after = max(m.half_width + m.entry, words), max(m.half_width + m.slot, words)
        sizes.append(Size(before, after, above, below, m.half_height))
    ports: dict[int, float] = {}
    for box in made.boxes:
        keys = fan_in.get(box.key, [])
        for i, key in enumerate(keys):
            ports[key] = (i - (len(keys) - 1) / 2) * measures[box.key].port
    return Placed(
        made,
        story,
        measures,
        sizes,
        layout(
            sizes,
            [(link.source, link.target, ports[link.key]) for link in made.links],
            [box.order for box in made.boxes],
            {box.key: box.twin for box in made.boxes if box.twin is not None},
            frozenset(box.key for box in made.boxes if box.key not in fan_in),
        ),
        frozenset(box.key for box in made.boxes)
        - {link.source for link in made.links if made.boxes[link.source].order == made.boxes[link.target].order},
    )


def caption(box: Box, made: Picture, story: Story | None) -> str:
    """Give the name that stands above a gate: where sentences speak of it, and where derivatives refer to it."""
    told = (story is not None or made.spoken) and box.kind in ("gate", "composite")
    return "" if not told or box.name in box.outputs or (box.exact and box.outputs) else box.name


def overhang(box: Box, half_width: float) -> float:
    """Say how far the word below a gate reaches beyond its shape on either side."""
    return max(0.0, text_width(box.badge, SMALL) / 2 - half_width) if box.badge else 0.0


def meeting(made: Picture, story: Story | None) -> set[int]:
    """Find the links whose contributions meet others at their source."""
    back: dict[int, list[int]] = {}
    for link in made.links:
        if story and link.key in story.parts:
            back.setdefault(link.source, []).append(link.key)
    return {key for keys in back.values() if len(keys) > 1 for key in keys}


def _cell_widths(story: Story | None, least: float) -> dict[tuple[int, str], float]:
    """Give the widest number that ever stands at a box, so that frames do not move."""
    widest: dict[tuple[int, str], float] = {}
    for event in story.events if story else ():
        for text in event.block.cells:
            key = (event.box, event.kind)
            widest[key] = max(widest.get(key, least), text_width(text, NUMBER))
    return widest


def block_size(shown: Block | None, cell: float) -> tuple[float, float]:
    """Give width and height of a number, a grid with its note, or a heat map with its note."""
    if shown is None:
        return 0.0, 0.0
    if shown.heat:
        width = max(HEAT_CELL * len(shown.heat[0]), text_width(shown.note, SMALL))
        return width, HEAT_CELL * len(shown.heat) + LINE
    if not shown.rows:
        return text_width(shown.note, SMALL), LINE
    if not shown.bracket:
        return cell, LINE
    width = len(shown.rows[0]) * (cell + 8) + 6
    return max(width, text_width(shown.note, SMALL)), LINE * len(shown.rows) + LINE


def shape_size(box: Box) -> tuple[float, float]:
    """Give half the width and half the height of a box's shape, large enough for its label."""
    lines = box.label.split("\n")
    width = text_width(lines[0], LABEL)
    if len(lines) > 1:
        width = max(width, text_width(lines[1], SMALL))
    high = 24.0 if len(lines) > 1 else 17.0
    room = {"input": 12.0, "constant": 9.0, "composite": 16.0, "cluster": 14.0}.get(box.kind, 9.0)
    return max(17.0, width / 2 + room), high


def _measure(
    box: Box,
    incoming: list[int],
    shared: set[int],
    story: Story | None,
    cells: dict[tuple[int, str], float],
    said: str,
    least: float,
    room: float,
) -> Measure:
    half_width, half_height = shape_size(box)
    if box.kind == "input" and half_width <= COMMON:
        half_width = max(half_width, least)
    value = gradient = (0.0, 0.0)
    entry = 0.0
    port = 12.0
    if story:
        value = block_size(story.values.get(box.key), cells.get((box.key, "value"), 0.0))
        gradient = block_size(story.gradients.get(box.key), cells.get((box.key, "gradient"), 0.0))
        parts = [story.parts[key] for key in incoming if key in shared and not story.parts[key].bracket]
        parts = [part for part in parts if part.rows]
        if parts:
            entry = 12 + max(room, *(text_width(part.rows[0][0], SMALL) for part in parts)) + overhang(box, half_width)
            port = 2 * SMALL + 6
    if len(incoming) > 1:
        port = min(port, 90.0 / (len(incoming) - 1)) if len(incoming) > 6 else port
        half_height = max(half_height, port * (len(incoming) - 1) / 2 + 7)
    tag = text_width(box.tag, NUMBER) + 20 if box.outputs else 0.0
    low, high = gradient[1] > LINE, value[1] > LINE
    over, under = ("", said) if box.order else (said, box.badge)
    beside = max(text_width(under, SMALL) if low else 0.0, text_width(over, SMALL) if high else 0.0)
    pad = max(0.0, beside / 2 - half_width)
    slot = max(value[0], gradient[0]) + (16.0 if story else 0.0) + tag + pad
    return Measure(half_width, half_height, slot, entry, pad, port, value, gradient)
