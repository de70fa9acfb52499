"""The page: one HTML file that steps through back-propagation; it needs no network and allows none."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from .editing import editable
from .geometry import Placed
from .labels import cut, escape
from .mathematics import mathml
from .palette import Palette
from .picture import View
from .regions import regions
from .story import Event
from .svg import render, style
from .tables import forward_tables, input_fields
from .wording import formula, formula_text, source_text, type_text

SCRIPTS = ("operations.js", "numbers.js", "editing.js", "clusters.js", "view.js", "page.js")
HELP = (
    ("→ ←", "next and previous step"),
    ("Home End", "first and last step"),
    ("Space", "play and pause"),
    ("/", "search"),
    ("f + −", "fit, zoom"),
    ("p", "predict first"),
    ("d", "derivative nodes on and off"),
    ("c o", "collapse scopes (large graphs: every node), open composites"),
    ("Enter on a group", "fold it into one box, open it"),
    ("Tab ↑ ↓", "to the picture; from node to node"),
    ("Enter", "show ancestors and descendants of the node"),
    ("Esc", "clear the selection"),
)


def asset(name: str) -> str:
    """Read one of the page's own files."""
    return (resources.files(__package__) / "assets" / name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the page's pictures: the graph itself (no name), or what the checkbox of that name shows instead."""

    name: str
    view: View
    placed: Placed


def page(stages: Sequence[Stage], colours: Palette, theme: str, at: Mapping[Any, Any] | None) -> str:
    """Write the page of a graph; the first stage is the graph as it was drawn."""
    view, placed = stages[0].view, stages[0].placed
    sheet, picture_sheet = asset("page.css"), style(colours, theme)
    script = "\n".join([line.strip() for name in SCRIPTS for line in asset(name).splitlines()])
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(sheet)} {_hash(picture_sheet)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    outputs = escape(", ".join(view.outputs))
    data = json.dumps(
        {"views": [{"name": stage.name, **_data(stage.placed, stage.view, stage.name)} for stage in stages]},
        ensure_ascii=True,
        separators=(",", ":"),
    )
    drawn = "".join([f"<div>{render(stage.placed, colours, theme, None, stage.name)}</div>" for stage in stages])
    fixed = "" if theme == "auto" else f' class="{theme}"'
    return f"""<!DOCTYPE html>
<html lang="en"{fixed}><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="icon" href="data:,">
<title>{outputs} · symgraph</title>
<style>{sheet}</style></head>
<body>
<header><h1 title="{outputs}">{outputs}</h1>{_toolbar(placed, [stage.name for stage in stages])}</header>
<div id="told"><p id="sentence" role="status" aria-live="polite"></p>
<input id="guess" hidden aria-label="your prediction of the hidden number" placeholder="your guess"></div>
<main id="stage">{drawn}</main>
<aside aria-label="details">{_aside(placed, view, at)}</aside>
<script type="application/json" id="data">{_inert(data)}</script>
<script>{script}</script>
</body></html>
"""


def frame(text: str, height: int) -> str:
    """Put a page into an isolated frame, for notebooks."""
    return (
        f'<iframe sandbox="allow-scripts" width="100%" height="{int(height)}" title="symgraph" '
        f'srcdoc="{html.escape(text)}"></iframe>'
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(data: str) -> str:
    """Write JSON so that no part of it can end the script element."""
    return data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


# --- data -------------------------------------------------------------------------------------


def _data(placed: Placed, view: View, prefix: str) -> dict[str, Any]:
    made, story = placed.picture, placed.story
    boxes = []
    for box in made.boxes:
        one: dict[str, Any] = {
            "key": box.key, "name": box.name, "label": box.label.replace("\n", " "), "kind": box.kind,
            "order": box.order, "type": type_text(box.node), "source": source_text(box.node, made.names),
            "badge": box.badge, "scope": box.scope, "text": box.label.replace("\n", " "),
        }  # fmt: skip
        if box.twin is not None:
            one["twin"], one["exact"] = box.twin, box.exact
        if box.node.args and len(box.nodes) == 1:
            text = formula_text(box, made.names)
            one["text"] = f"{box.name} = {text}"
            one["math"] = mathml(formula(box, made.names), box.name, text)
        boxes.append(one)
    links = [{"key": link.key, "source": link.source, "target": link.target} for link in made.links]
    events = [_event(event) for event in story.events] if story else []
    return {
        "prefix": prefix,
        "boxes": boxes,
        "links": links,
        "events": events,
        "edit": editable(placed, view),
        "clusters": [{"name": cut(scope), "boxes": keys} for scope, keys, stairs in regions(placed) if stairs],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "box": event.box,
        "cells": event.block.cells,
        "link": event.link,
        "part": event.part.cells if event.part else None,
        "text": event.sentence,
        "masked": event.masked,
        "lost": event.lost,
    }


# --- the page's parts -------------------------------------------------------------------------


def _toolbar(placed: Placed, stages: Sequence[str]) -> str:
    dead = "" if placed.story else " hidden"
    orders = sorted({box.order for box in placed.picture.boxes})
    single = "" if len(orders) > 1 else " hidden"
    bands = " ".join([
        f'<label><input class="band" data-order="{order}" type="checkbox" checked> {_order(order)}</label>'
        for order in orders
    ])  # fmt: skip
    others = " ".join([
        f'<label><input class="other" id="{name}" type="checkbox"> {words}</label>'
        for name, words in (("whole", "every node"), ("collapse", "collapse scopes"), ("open", "open composites"))
        if name in stages
    ])  # fmt: skip
    return f"""<span role="group" aria-label="steps"{dead}>
<button id="first" aria-label="before the first step">|◀</button> <button id="back" aria-label="step back">◀</button>
<button id="next" aria-label="next step">▶</button> <button id="last" aria-label="all steps">▶|</button>
<button id="play">Play</button>
<input id="slider" type="range" min="0" aria-label="step"> <output id="count"></output>
<label><input id="predict" type="checkbox"> predict first</label></span>
<span role="group" aria-label="what is shown"{single}>{bands}</span>
{others}
<span role="group" aria-label="view"><button id="smaller" aria-label="zoom out">−</button>
<button id="larger" aria-label="zoom in">+</button> <button id="fit">Fit</button></span>
<input id="search" type="search" placeholder="search  /" aria-label="search nodes">
<span id="found" role="status"></span>"""


def _order(order: int) -> str:
    if not order:
        return "function"
    return "derivative" if order == 1 else f"order {order}"


def _aside(placed: Placed, view: View, at: Mapping[Any, Any] | None) -> str:
    rows = "".join([f"<dt><kbd>{escape(keys)}</kbd></dt><dd>{escape(what)}</dd>" for keys, what in HELP])
    parts = ['<h2>Node</h2><div id="formula"></div><dl id="facts"></dl>']
    if placed.story:
        parts.append(input_fields(placed, view))
        parts.append(forward_tables(placed, view, at or {}))
    parts.append(f'<details id="help"><summary>Keys</summary><dl>{rows}</dl></details>')
    return "".join(parts)
