"""Which graphs the page can compute again by itself: scalar ones made of its elementary operations."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

from ..core.node import CONSTANT, SYMBOL, Node
from ..core.traversal import topological
from .geometry import Placed
from .picture import View


@cache
def operations() -> frozenset[str]:
    """List the operators in the page's table."""
    text = (resources.files(__package__) / "assets" / "operations.js").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^  (\w+): \[", text, re.MULTILINE))


def can_edit(placed: Placed, view: View) -> bool:
    """Tell whether the page can evaluate and differentiate this graph again."""
    story = placed.story
    if story is None or placed.picture.collapsed or not story.pulls:
        return False
    return all(_known(node) for node in topological(view.outputs.values()))


def _known(node: Node) -> bool:
    if node.shape or not node.dtype.startswith("float"):
        return False
    return node.op in (SYMBOL, CONSTANT) or operations().issuperset({node.op.name})


def editable(placed: Placed, view: View) -> dict[str, Any] | None:
    """Describe the graph and its steps by numbers, for the page; ``None`` if it cannot compute it."""
    story = placed.story
    if story is None or not can_edit(placed, view):
        return None
    order = topological(view.outputs.values())
    place = {node: i for i, node in enumerate(order)}
    first = next(iter(view.outputs.values()))
    return {
        "nodes": [_described(node, place) for node in order],
        "output": place[first],
        "shown": [place[box.node] for box in placed.picture.boxes],
        "steps": [[place[node], position] for node, position in story.pulls],
        "told": [_told(event, placed, place) for event in story.events],
    }


def _described(node: Node, place: dict[Node, int]) -> dict[str, Any]:
    if node.op is SYMBOL:
        return {"input": node.name}
    if node.op is CONSTANT:
        return {"value": node.value}
    return {"op": node.op.name, "args": [place[arg] for arg in node.args]}


def _told(event: Any, placed: Placed, place: dict[Node, int]) -> list[Any]:
    if event.kind == "value":
        return ["value", place[placed.picture.boxes[event.box].node], event.subject]
    return ["seed", 0, event.subject] if event.pull is None else ["pull", event.pull, event.subject]
