"""The page's fields for input values and its forward-accumulation tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.errors import SymgraphError
from ..core.names import find
from ..core.node import SYMBOL
from ..core.traversal import topological
from ..evaluate.backpropagation import number_text
from ..evaluate.forward_trace import dotted, forward_trace
from .editing import can_edit, obstacle
from .geometry import Placed
from .labels import cut, escape
from .picture import View
from .story import words

MOST_ROWS, MOST_SEEDS = 60, 6
HEAD = "".join([f'<th scope="col">{text}</th>' for text in ("node", "value", "tangent", "value")])


def input_fields(placed: Placed, view: View) -> str:
    """Give a field for every input: editable if the page can compute the graph again."""
    story = placed.story
    inputs = [box for box in placed.picture.boxes if box.node.op is SYMBOL and len(box.nodes) == 1]
    if story is None or not inputs:
        return ""
    why = obstacle(placed, view)
    free = not why
    fields = []
    for box in inputs:
        text = words(story.values[box.key])
        locked = "" if free else " readonly"
        value = precise(story.numbers[box.key]) if free else text
        shape = f' data-shape="{json.dumps(np.shape(story.numbers[box.key]))}"' if free else ""
        fields.append(
            f'<label>{escape(box.name)} <input name="{escape(box.node.name)}" value="{escape(value)}" '
            f'aria-label="value of {escape(box.name)}" aria-describedby="note"{shape}{locked}></label>'
        )
    note = "" if free else f"The page cannot compute this graph again ({why}); these values are fixed."
    return f'<h2>Values</h2><div id="inputs">{"".join(fields)}</div><p id="note" role="status">{escape(note)}</p>'


def precise(value: Any) -> str:
    """Write a number, vector or matrix with twelve digits, as the page reads it.

    >>> precise(0.1), precise([1.5, 2]), precise([[1, 2], [3, 4]])
    ('0.1', '(1.5, 2)', '[1, 2; 3, 4]')
    """
    array = np.asarray(value, dtype=float)
    if array.ndim < 2:
        text = ", ".join([f"{entry:.12g}" for entry in array.ravel()])
        return f"({text})" if array.ndim else text
    return "[" + "; ".join([precise(row)[1:-1] for row in array]) + "]"


def forward_tables(placed: Placed, view: View, at: Mapping[Any, Any]) -> str:
    """Give the forward-accumulation table of the first output for every seed; rows point to nodes."""
    first = next(iter(view.outputs.values()))
    order = topological([first])
    symbols = [node for node in order if node.op is SYMBOL]
    scalar = all(not node.shape and node.dtype.startswith("float") for node in symbols)
    if not symbols or not scalar or first.shape or len(order) > MOST_ROWS or placed.picture.collapsed:
        return ""
    bound = {find(key, list(view.outputs.values()), SymgraphError): value for key, value in at.items()}
    inner = {node: value for node, value in bound.items() if node in set(order)}
    place = {node: i for i, node in enumerate(topological(view.outputs.values()))}
    seeds = symbols[:MOST_SEEDS]
    options = "".join([f'<option value="{i}">∂/∂{escape(cut(seed.name))}</option>' for i, seed in enumerate(seeds)])
    tables = []
    for i, seed in enumerate(seeds):
        rows = []
        for row in forward_trace(first, inner, seed).rows:
            cells = (
                f"{row.name} = {row.formula}",
                number_text(row.value),
                f"{dotted(row.name)} = {row.tangent_formula}",
                number_text(row.tangent),
            )
            key = placed.picture.of.get(row.node)
            linked = f' data-key="{key}"' if key is not None else ""
            texts = [escape(cut(cell.splitlines()[0], 40)) for cell in cells]
            texts[0] = f"<button>{texts[0]}</button>" if linked else texts[0]
            columns = "".join([f"<td>{text}</td>" for text in texts])
            rows.append(f'<tr{linked} data-node="{place[row.node]}">{columns}</tr>')
        hidden = " hidden" if i else ""
        tables.append(
            f'<table data-seed="{i}" data-input="{escape(seed.name)}"{hidden}>'
            f"<caption>tangents for the seed ∂/∂{escape(cut(seed.name))}</caption><thead><tr>{HEAD}</tr></thead>"
            f"<tbody>{''.join(rows)}</tbody></table>"
        )
    note = "" if can_edit(placed, view) else "<p>At the values the page was made with.</p>"
    return (
        "<details><summary>Forward accumulation</summary>"
        f'<label>seed <select id="seed">{options}</select></label>{"".join(tables)}'
        f"{note}</details>"
    )
