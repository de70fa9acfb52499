"""The graph in a terminal: one line per node or per step, values green and gradients red where colours are wanted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TextIO

from .diagram import Diagram
from .story import words
from .wording import formula_text

CODES = {"value": "32", "gradient": "31", "muted": "2"}


def coloured(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether to colour: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def listing(diagram: Diagram, colour: bool) -> str:
    """List the nodes of a picture with their values and gradients.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> print(listing(sg.draw(sg.sin(x) * x, at={x: 0.0}), colour=False))
    x            0   ∂ 0
    a = sin(x)   0   ∂ 0
    f = a·x      0   ∂ 1
    """
    made, story = diagram.picture, diagram.story
    rows: list[tuple[Any, ...]] = []
    for box in made.boxes:
        text = box.label.replace("\n", ", ") if len(box.nodes) > 1 else box.name
        if box.node.args and len(box.nodes) == 1:
            text += f" = {formula_text(box, made.names)}"
        value = story.values.get(box.key) if story else None
        gradient = story.gradients.get(box.key) if story else None
        rows.append((text, words(value) if value else "", f"∂ {words(gradient)}" if gradient else "", box.order))
    first = max(len(row[0]) for row in rows)
    second = max(len(row[1]) for row in rows)
    lines = []
    for text, value, gradient, order in rows:
        left = _paint(text.ljust(first), "muted", colour and order > 0)
        middle, right = _paint(value.rjust(second), "value", colour), _paint(gradient, "gradient", colour)
        lines.append(f"{left}   {middle}   {right}".rstrip())
    return "\n".join(lines)


def steps(diagram: Diagram, colour: bool) -> str:
    """List the steps of a picture's story, the new number of each in colour.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> print(steps(sg.draw(sg.sin(x), at={x: 0.0}), colour=False))
      1. x = 0
      2. f = sin(x) = 0
      3. start: ∂f/∂f = 1
      4. back through f = sin(x): [local 1] × [upstream 1] = 1 → x
    """
    lines = []
    for i, event in enumerate(diagram.story.events if diagram.story else (), 1):
        before, number = event.masked[: event.masked.rindex("?")], words(event.part or event.block)
        rest = event.sentence[len(before) + len(number) :]
        lines.append(f"{i:3}. {before}{_paint(number, event.kind, colour)}{rest}")
    return "\n".join(lines)


def _paint(text: str, kind: str, colour: bool) -> str:
    return f"\x1b[{CODES[kind]}m{text}\x1b[0m" if colour and text.strip() else text
