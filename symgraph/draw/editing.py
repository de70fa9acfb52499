"""Which graphs the page can compute again by itself: those made of its elementary operations on small arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from math import prod
from typing import Any

import numpy as np

from ..core.node import CONSTANT, SYMBOL, Node
from ..core.shape import shape_text
from ..core.traversal import resize, topological
from ..evaluate.evaluator import bind_sizes
from .geometry import Placed
from .labels import GRID_COLUMNS, GRID_ROWS, gate_label
from .picture import View
from .story import Story

MOST_TERMS = 10_000


@cache
def operations() -> frozenset[str]:
    """List the elementwise operators in the page's table."""
    return _table("OPERATIONS")


@cache
def array_operations() -> frozenset[str]:
    """List the operators on whole arrays in the page's table."""
    return _table("ARRAYS")


def _table(name: str) -> frozenset[str]:
    text = (resources.files(__package__) / "assets" / "operations.js").read_text(encoding="utf-8")
    body = text[text.index(f"const {name} = {{") :]
    return frozenset(re.findall(r"^  (\w+): \[", body[: body.index("\n};")], re.MULTILINE))


def sizes_of(story: Story, view: View) -> dict[str, int]:
    """Give the sizes of named dimensions at the point of the story."""
    return bind_sizes({node: story.known[node] for node in topological(view.outputs.values()) if node.op is SYMBOL}, {})


def can_edit(placed: Placed, view: View) -> bool:
    """Tell whether the page can evaluate and differentiate this graph again."""
    return not obstacle(placed, view)


def obstacle(placed: Placed, view: View) -> str:
    """Say what keeps the page from evaluating and differentiating this graph again; nothing if it can."""
    story = placed.story
    if story is None or not story.pulls:
        return "there is no gradient"
    if placed.picture.collapsed:
        return "the graph is collapsed for its size"
    sizes = sizes_of(story, view)
    for node in topological(view.outputs.values()):
        if not _small(node, sizes):
            return f"an array of shape {shape_text(resize(node.shape, sizes))} is too large"
        if not _known(node, sizes):
            return f"it has no rule for {gate_label(node, {}) if node.args else node.dtype}"
    return ""


def _on_arrays(node: Node) -> bool:
    return array_operations().issuperset({node.op.name})


def _known(node: Node, sizes: Mapping[str, int]) -> bool:
    if not node.dtype.startswith("float"):
        return False
    if node.op in (SYMBOL, CONSTANT) or operations().issuperset({node.op.name}):
        return True
    if not _on_arrays(node):
        return False
    bodies = [attr.body for attr in node.attrs if hasattr(attr, "body")]
    if bodies:
        own = all(attr.rule is None for attr in node.attrs if hasattr(attr, "body"))
        return own and all(_known(inner, sizes) for inner in topological(bodies))
    if "sizes" in node.op.attributes:
        terms: int = prod(resize(node.attribute("sizes"), sizes))
        return terms <= MOST_TERMS
    return True


def _small(node: Node, sizes: Mapping[str, int]) -> bool:
    """Tell whether every number of the node stands in the picture."""
    shape = resize(node.shape, sizes)
    rows, columns = (*shape, 1, 1)[:2]
    return len(shape) <= 2 and 0 < rows <= GRID_ROWS and 0 < columns <= GRID_COLUMNS


def editable(placed: Placed, view: View) -> dict[str, Any] | None:
    """Describe the graph and its steps by numbers, for the page; ``None`` if it cannot compute it."""
    story = placed.story
    if story is None or not can_edit(placed, view):
        return None
    order = topological(view.outputs.values())
    place = {node: i for i, node in enumerate(order)}
    first = next(iter(view.outputs.values()))
    sizes = sizes_of(story, view)
    return {
        "nodes": [_described(node, place, sizes) for node in order],
        "output": place[first],
        "shown": [place[box.node] for box in placed.picture.boxes],
        "steps": [_step(node, position, place) for node, position in story.pulls],
        "told": [_told(event, placed, place) for event in story.events],
    }


def _step(node: Node, position: int, place: Mapping[Node, int]) -> list[Any]:
    """Say where a step goes, whether its local derivative is a number, and whether its gate chooses."""
    return [place[node], position, not node.shape and not node.args[position].shape, node.op.selective]


def _described(node: Node, place: Mapping[Node, int], sizes: Mapping[str, int]) -> dict[str, Any]:
    if node.op is SYMBOL:
        return {"input": node.name}
    if node.op is CONSTANT:
        entries = np.ravel(node.value).tolist()
        return {"value": {"s": list(node.shape), "d": entries} if node.shape else entries[0]}
    described: dict[str, Any] = {"op": node.op.name, "args": [place[arg] for arg in node.args]}
    if _on_arrays(node):
        attrs = [_body(attr, sizes) if hasattr(attr, "body") else resize(attr, sizes) for attr in node.attrs]
        described["attrs"] = attrs
    return described


def _body(definition: Any, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Describe a composite's body; its inputs are named by their positions."""
    order = topological([definition.body, *definition.params])
    place = {node: i for i, node in enumerate(order)}
    nodes = [_described(node, place, sizes) for node in order]
    for i, param in enumerate(definition.params):
        nodes[place[param]] = {"input": i}
    return {"nodes": nodes, "output": place[definition.body], "inputs": [place[p] for p in definition.params]}


def _told(event: Any, placed: Placed, place: dict[Node, int]) -> list[Any]:
    if event.kind == "value":
        return ["value", place[placed.picture.boxes[event.box].node], event.subject]
    if event.pull is None or event.means is None:
        return ["seed", 0, event.subject]
    return ["pull", event.pull, event.subject, event.means.gate, event.means.rule, event.means.upstream]
