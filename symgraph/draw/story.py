"""The steps of back-propagation as a story: what each step changes in the picture, and a sentence that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import SymgraphError
from ..core.names import find
from ..core.node import Node
from ..core.traversal import topological
from ..evaluate.api import present
from ..evaluate.backpropagation import Backpropagation, BackwardStep, backpropagate
from ..evaluate.binding import by_node
from ..evaluate.evaluator import run
from .labels import Block, block, cut, exact_decimals, gate_label
from .picture import Picture, View, formula_text


@dataclass(frozen=True, slots=True)
class Event:
    """One step: a box gets its value, or a gradient flows over a link (``link`` is ``None`` for the seed).

    ``block`` is the value, or the gradient of ``box`` so far; ``part`` what came over the link. ``masked`` is the
    sentence without the new number, ``subject`` whom it speaks of, ``pull`` the number of the backward step.
    """

    kind: str
    box: int
    block: Block
    sentence: str
    masked: str
    subject: str
    link: int | None = None
    part: Block | None = None
    pull: int | None = None


@dataclass(slots=True)
class Story:
    """All events, and the final numbers by box and link. Collapsed groups have none."""

    events: list[Event] = field(default_factory=list)
    values: dict[int, Block] = field(default_factory=dict)
    gradients: dict[int, Block] = field(default_factory=dict)
    parts: dict[int, Block] = field(default_factory=dict)
    numbers: dict[int, Any] = field(default_factory=dict)
    known: dict[Node, Any] = field(default_factory=dict)
    pulls: list[tuple[Node, int]] = field(default_factory=list)
    losers: set[int] = field(default_factory=set)
    decimals: int | None = None


def tell(made: Picture, view: View, at: Mapping[Any, Any]) -> Story:
    """Back-propagate from the first output (if it is a real scalar) and tell it; other nodes get values only."""
    outputs = list(view.outputs.values())
    bound = {find(key, outputs, SymgraphError): value for key, value in at.items()}
    first = outputs[0]
    known = run(outputs, by_node(outputs, bound), keep=True)
    result: Backpropagation | None = None
    if not first.shape and first.dtype.startswith("float"):
        inner = set(topological([first]))
        result = backpropagate(first, {node: value for node, value in bound.items() if node in inner})
    story = Story(known=known)
    single = [box for box in made.boxes if len(box.nodes) == 1]
    numbers = [known[box.node] for box in single]
    if result is not None:
        numbers += [step.total for step in result.steps if isinstance(step, BackwardStep)]
        numbers += [step.contribution for step in result.steps if isinstance(step, BackwardStep)]
    story.decimals = exact_decimals(numbers)
    for box in single:
        _tell_value(story, box.key, present(known[box.node]), made)
    if result is not None:
        _tell_backward(story, result, made)
    return story


def _tell_value(story: Story, key: int, value: Any, made: Picture) -> None:
    shown = block(value, story.decimals)
    story.values[key] = shown
    node, names = made.boxes[key].node, made.names
    subject = names[node]
    if node.args:
        subject += " = " + cut(formula_text(made.boxes[key], names), 60)
    story.numbers[key] = value
    masked = f"{subject} = ?"
    story.events.append(Event("value", key, shown, f"{subject} = {words(shown)}", masked, subject))


def _tell_backward(story: Story, result: Backpropagation, made: Picture) -> None:
    links = {(link.target, link.position): link.key for link in made.links}
    of, names = made.of, made.names
    seed = block(1.0, story.decimals)
    start = of[result.output]
    name = names[result.output]
    subject = f"start: ∂{name}/∂{name}"
    if len(made.boxes[start].nodes) == 1:
        story.gradients[start] = seed
        story.events.append(Event("gradient", start, seed, f"{subject} = {words(seed)}", f"{subject} = ?", subject))
    before: dict[Node, Any] = {}
    for step in result.steps:
        if not isinstance(step, BackwardStep):
            continue
        story.pulls.append((step.node, step.position))
        earlier = before.get(step.argument)
        whole = before[step.argument] = step.contribution if earlier is None else earlier + step.contribution
        if step.argument not in of or len(made.boxes[of[step.argument]].nodes) > 1:
            continue
        box = of[step.argument]
        link = links.get((of[step.node], step.position))
        part, total = block(step.contribution, story.decimals), block(whole, story.decimals)
        head = _head(step, story.decimals)
        subject = names[step.argument]
        sentence = f"{head} = {words(part)} → {subject}"
        if earlier is not None:
            sentence += f"; branches meet: {words(block(earlier, story.decimals))} + {words(part)} = {words(total)}"
        story.gradients[box] = total
        if link is not None:
            story.parts[link] = part
            if step.node.op.selective and not np.any(step.contribution):
                story.losers.add(link)
        pull = len(story.pulls) - 1
        masked = f"{head} = ? → {subject}"
        story.events.append(Event("gradient", box, total, sentence, masked, subject, link, part, pull))


def _head(step: BackwardStep, decimals: int | None) -> str:
    upstream = f"[upstream {words(block(step.upstream, decimals))}]"
    if step.local is None:
        return f"[rule of {gate_label(step.node, {})}] on {upstream}"
    return f"[local {words(block(step.local, decimals))}] × {upstream}"


def words(shown: Block) -> str:
    """Write a block in a sentence."""
    if not shown.rows:
        return f"array {shown.note}"
    if not shown.bracket:
        return shown.rows[0][0]
    rows = [", ".join(row) for row in shown.rows]
    vector = all(len(row) == 1 for row in shown.rows)
    return f"({', '.join(rows)})" if vector else f"[{'; '.join(rows)}]"
