"""The steps of back-propagation as a story: what each step changes in the picture, and a sentence that says it."""

from __future__ import annotations

from collections import Counter
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
from .picture import Box, Picture, View
from .wording import formula_text, rule_text

UPSTREAM = ("δ", "upstream gradient")
LONGEST_RULE = 44


@dataclass(frozen=True, slots=True)
class Event:
    """One step: a box gets its value, or a gradient flows over a link (``link`` is ``None`` for the seed).

    ``block`` is the value, or the gradient of ``box`` so far; ``part`` what came over the link. ``masked`` is the
    sentence without the new number, ``subject`` whom it speaks of, ``pull`` the number of the backward step,
    ``means`` how it hands back, in words, and ``lost`` whether its branch was not taken.
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
    means: Means | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """How a gate hands a gradient back: the gate, and the rule between arrays (``local`` numbers need none)."""

    gate: str
    rule: str = ""
    upstream: str = ""

    def words(self, local: str, upstream: str) -> str:
        """Say it with the local derivative, if there is a number, and the upstream gradient."""
        factor = f"[rule {self.rule}] on" if self.rule else f"[local {local}] ×"
        return f"back through {self.gate}: {factor} [upstream {self.upstream}{upstream}]"


@dataclass(slots=True)
class Story:
    """All events, and the final numbers by box and link. A collapsed group has those of its only exit, if any.

    ``result`` is the back-propagation that is told, if there is one, ``formulas`` the gates' formulas by box.
    """

    events: list[Event] = field(default_factory=list)
    values: dict[int, Block] = field(default_factory=dict)
    gradients: dict[int, Block] = field(default_factory=dict)
    parts: dict[int, Block] = field(default_factory=dict)
    numbers: dict[int, Any] = field(default_factory=dict)
    known: dict[Node, Any] = field(default_factory=dict)
    result: Backpropagation | None = None
    formulas: dict[int, str] = field(default_factory=dict)
    pulls: list[tuple[Node, int]] = field(default_factory=list)
    decimals: int | None = None

    def formula(self, box: Box, names: Mapping[Node, str]) -> str:
        """Write the formula of a gate, which several sentences say, once."""
        text = self.formulas.get(box.key)
        if text is None:
            text = self.formulas[box.key] = formula_text(box, names)
        return text


def tell(made: Picture, view: View, at: Mapping[Any, Any]) -> Story:
    """Back-propagate from the first output (if it is a real scalar) and tell it; other nodes get values only."""
    outputs = list(view.outputs.values())
    bound = {find(key, outputs, SymgraphError): value for key, value in at.items()}
    first = outputs[0]
    inner = set(topological([first]))
    result: Backpropagation | None = None
    if not first.shape and first.dtype.startswith("float"):
        result = backpropagate(first, {node: value for node, value in bound.items() if node in inner})
    if result is not None and inner.issuperset(outputs):
        known = result.values
    else:
        known = run(outputs, by_node(outputs, bound), keep=True)
    story = Story(known=known, result=result)
    exits = {box.exit: box.key for box in made.boxes if box.exit is not None}
    numbers = [known[node] for node in exits]
    if result is not None:
        numbers += [step.total for step in result.steps if isinstance(step, BackwardStep)]
        numbers += [step.contribution for step in result.steps if isinstance(step, BackwardStep)]
    story.decimals = exact_decimals(numbers)
    for node, key in exits.items():
        _tell_value(story, key, present(known[node]), made)
    if result is not None:
        _Backward(story, result, made, exits).tell()
    return story


def _tell_value(story: Story, key: int, value: Any, made: Picture) -> None:
    shown = block(value, story.decimals)
    story.values[key] = shown
    box, names = made.boxes[key], made.names
    subject = box.name
    if box.node.args and len(box.nodes) == 1:
        subject += " = " + cut(story.formula(box, names), 60)
    story.numbers[key] = value
    masked = f"{subject} = ?"
    story.events.append(Event("value", key, shown, f"{subject} = {words(shown)}", masked, subject))


class _Backward:
    """Tells the backward pass.

    What a collapsed group hands back to one node is told once, when all of it is known.
    """

    def __init__(self, story: Story, result: Backpropagation, made: Picture, exits: Mapping[Node, int]) -> None:
        self.story, self.made, self.exits, self.output = story, made, exits, result.output
        self.steps = [step for step in result.steps if isinstance(step, BackwardStep)]
        self.by_position = {(link.target, link.position): link.key for link in made.links}
        self.by_source = {(link.target, link.source): link.key for link in made.links}
        self.left = Counter(map(self._pair, self.steps))
        self.held: dict[object, Any] = {}
        self.before: dict[Node, Any] = {}
        self.alive = {result.output}
        self.upstream = next(name for name in UPSTREAM if name not in made.names.values())

    def tell(self) -> None:
        """Tell the seed and all steps to visible nodes."""
        names, decimals = self.made.names, self.story.decimals
        seed = block(1.0, decimals)
        name = names[self.output]
        subject = f"start: ∂{name}/∂{name}"
        if self.output in self.exits:
            start = self.exits[self.output]
            self.story.gradients[start] = seed
            self.story.events.append(
                Event("gradient", start, seed, f"{subject} = {words(seed)}", f"{subject} = ?", subject)
            )
        for step in self.steps:
            self.story.pulls.append((step.node, step.position))
            lost = step.node not in self.alive or (step.node.op.selective and _not_taken(step))
            self.alive |= set() if lost else {step.argument}
            pair = self._pair(step)
            self.left[pair] -= 1
            grouped = len(self._box(step.node).nodes) > 1
            if step.argument not in self.exits or self.made.of[step.argument] == self.made.of[step.node]:
                continue
            if grouped:
                earlier = self.held.get(pair)
                self.held[pair] = step.contribution if earlier is None else earlier + step.contribution
                if self.left[pair]:
                    continue
            self._tell_step(step, self.held[pair] if grouped else step.contribution, grouped, lost)

    def _box(self, node: Node) -> Box:
        return self.made.boxes[self.made.of[node]]

    def _pair(self, step: BackwardStep) -> tuple[int, Node]:
        return self.made.of[step.node], step.argument

    def _tell_step(self, step: BackwardStep, contribution: Any, grouped: bool, lost: bool) -> None:
        decimals, box = self.story.decimals, self.exits[step.argument]
        earlier = self.before.get(step.argument)
        whole = self.before[step.argument] = contribution if earlier is None else earlier + contribution
        part, total = block(contribution, decimals), block(whole, decimals)
        through = self.made.of[step.node]
        link = self.by_source.get((through, box)) if grouped else self.by_position.get((through, step.position))
        subject = self.made.boxes[box].name
        means = Means(self.made.boxes[through].name) if grouped else self._means(step)
        head = f"back through {means.gate}"
        if not grouped:
            local = "" if step.local is None else words(block(step.local, decimals))
            head = means.words(local, words(block(step.upstream, decimals)))
        sentence = f"{head}{':' if grouped else ' ='} {words(part)} → {subject}"
        masked = f"{head}{':' if grouped else ' ='} ? → {subject}"
        if earlier is not None:
            sentence += f"; branches meet: {words(block(earlier, decimals))} + {words(part)} = {words(total)}"
        self.story.gradients[box] = total
        if link is not None:
            self.story.parts[link] = part
        pull = len(self.story.pulls) - 1
        self.story.events.append(
            Event("gradient", box, total, sentence, masked, subject, link, part, pull, means, lost and not grouped)
        )

    def _means(self, step: BackwardStep) -> Means:
        box, names = self._box(step.node), self.made.names
        gate = f"{box.name} = {cut(self.story.formula(box, names), LONGEST_RULE)}"
        if step.local is not None:
            return Means(gate)
        rule = rule_text(box, names, step.position, self.upstream)
        if rule and len(rule) <= LONGEST_RULE:
            return Means(gate, rule, f"{self.upstream} = ")
        label = gate_label(step.node, {})
        if "picks entries" in step.node.op.traits:
            return Means(gate, f"{self.upstream} at {label}, 0 elsewhere", f"{self.upstream} = ")
        return Means(gate, f"of {label}")


def _not_taken(step: BackwardStep) -> bool:
    """Tell whether a gate that chooses did not choose this argument, also where nothing arrives from above."""
    if step.local is not None:
        return step.local == 0
    return bool(not np.any(step.contribution) and np.any(step.upstream))


def words(shown: Block) -> str:
    """Write a block in a sentence."""
    if not shown.rows:
        return f"array {shown.note}"
    if not shown.bracket:
        return shown.rows[0][0]
    rows = [", ".join(row) for row in shown.rows]
    vector = all(len(row) == 1 for row in shown.rows)
    return f"({', '.join(rows)})" if vector else f"[{'; '.join(rows)}]"
