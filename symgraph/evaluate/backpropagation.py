"""Back-propagation to numbers, the way Torch and Caffe do it: values forward, adjoints backward, step by step.

``grad`` appends nodes that compute the derivative (symbol to symbol); :func:`backpropagate` computes the
derivative at one point (symbol to number) and records every step, for teaching and for pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..autodiff.rules import pull_back, selection
from ..core.dtype import is_float
from ..core.errors import DifferentiationError
from ..core.node import SYMBOL, Node, lift, symbol
from ..core.shape import shape_text
from ..core.traversal import depends_on, free_symbols, topological
from .api import present
from .binding import by_node
from .evaluator import bind_sizes, run
from .notebook import ShowsText


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """A node receives its value."""

    node: Node
    value: Any

    def __str__(self) -> str:
        return f"{label(self.node)} = {number_text(self.value)}"


@dataclass(frozen=True, slots=True)
class BackwardStep:
    """A node hands its adjoint on to one argument.

    Attributes:
        node: the node whose rule is applied.
        position: which of its arguments, from 0.
        argument: that argument.
        upstream: the node's adjoint.
        local: ∂node/∂argument as a number; ``None`` if one of the two is an array.
        contribution: local × upstream, of the argument's shape.
        total: the argument's adjoint after this contribution has been added.
    """

    node: Node
    position: int
    argument: Node
    upstream: Any
    local: float | None
    contribution: Any
    total: Any

    def __str__(self) -> str:
        return self.told(label(self.argument))

    def told(self, name: str) -> str:
        """Say the step; ``name`` is what its argument is called."""
        factors = "" if self.local is None else f"[local {number_text(self.local)}] × "
        text = f"{factors}[upstream {number_text(self.upstream)}] = {number_text(self.contribution)} → {name}"
        if not np.array_equal(self.contribution, self.total, equal_nan=True):
            text += f"; branches meet: total {number_text(self.total)}"
        return text


@dataclass(frozen=True, slots=True)
class Backpropagation(ShowsText):
    """The result of :func:`backpropagate`: ``values`` and ``adjoints`` by node, and the ordered ``steps``."""

    output: Node
    values: dict[Node, Any]
    adjoints: dict[Node, Any]
    steps: list[ForwardStep | BackwardStep] = field(default_factory=list)

    def gradient(self, variable: Node) -> Any:
        """Give the derivative of the output with respect to a node; zero if it does not depend on it."""
        found = self.adjoints.get(variable)
        return present(np.zeros(np.shape(self.values[variable])) if found is None else found)

    def __str__(self) -> str:
        forward = [step for step in self.steps if isinstance(step, ForwardStep)]
        backward = [step for step in self.steps if isinstance(step, BackwardStep)]
        # gates are numbered as their lines
        names = {step.node: label(step.node, i) for i, step in enumerate(forward, 1)}
        lines = ["forward:"]
        lines += [f"  {i}. {names[step.node]} = {number_text(step.value)}" for i, step in enumerate(forward, 1)]
        lines += ["backward:", f"  0. adjoint of {names[self.output]} = 1"]
        return "\n".join(lines + [f"  {i}. {step.told(names[step.argument])}" for i, step in enumerate(backward, 1)])


def backpropagate(f: Any, values: Mapping[Any, Any]) -> Backpropagation:
    """Compute the value and all adjoints of a scalar at one point, and record the steps.

    Args:
        f: a scalar expression.
        values: numbers or arrays for its symbols, keyed by symbol or name.

    Raises:
        DifferentiationError: ``f`` is not a real scalar, or an operator on the way has no derivative.
        EvaluationError: a value is missing or has the wrong shape.

    >>> import symgraph as sg
    >>> x, y = sg.symbols("x y")
    >>> result = backpropagate(x * y + x, {x: 2.0, y: 3.0})
    >>> result.gradient(x), result.gradient(y)
    (4.0, 2.0)
    """
    f = real_scalar(f)
    order = topological([f])
    known = run([f], by_node([f], values), keep=True)
    steps: list[ForwardStep | BackwardStep] = [ForwardStep(node, present(known[node])) for node in order]
    adjoints: dict[Node, Any] = {f: np.float64(1.0)}
    active = depends_on(order, [node for node in free_symbols([f]) if is_float(node.dtype)])
    taken: dict[Node, Any] = {}
    sizes = bind_sizes(known, {})
    for node in reversed(order):
        if node in adjoints and node in active:
            steps += _hand_on(node, known, adjoints, active, taken, sizes)
    return Backpropagation(f, known, adjoints, steps)


def real_scalar(f: Any) -> Node:
    """Give an expression from which numbers can flow back; others are refused."""
    node: Node = lift(f)
    if node.shape or not is_float(node.dtype):
        raise DifferentiationError(
            f"backpropagate needs a real scalar; f has shape {shape_text(node.shape)}, dtype {node.dtype}"
        )
    return node


def _hand_on(
    node: Node,
    known: Mapping[Node, Any],
    adjoints: dict[Node, Any],
    active: set[Node],
    taken: dict[Node, Any],
    sizes: Mapping[str, int],
) -> list[BackwardStep]:
    """Give the steps from one node to its arguments; ``taken`` says where a node's branch was taken, if not all."""
    steps = []
    upstream = adjoints[node]
    seed = symbol("\0upstream", node.shape, node.dtype)
    held: dict[Node, Any] = {}
    branch = taken.get(node)
    mark = None if branch is None else symbol("\0taken", np.shape(branch), "bool")
    if mark is not None:
        held[mark] = branch
    for i, argument in enumerate(node.args):
        if argument not in active or not is_float(argument.dtype):
            continue
        rule = pull_back(node, seed, i, mark)
        if rule is None:
            continue
        used = selection(node, i, mark)
        held.update(_needed([rule] if used is None else [rule, used], known))
        here = None if used is None else run([used], held, sizes=sizes)[used]
        contribution = run([rule], {**held, seed: upstream}, sizes=sizes)[rule]
        scalar = not node.shape and not argument.shape
        local = float(run([rule], {**held, seed: 1.0}, sizes=sizes)[rule]) if scalar else None
        before = adjoints.get(argument)
        if here is None or (before is not None and argument not in taken):
            taken.pop(argument, None)
        else:
            taken[argument] = here if before is None else np.logical_or(taken[argument], here)
        adjoints[argument] = contribution if before is None else before + contribution
        total = present(adjoints[argument])
        steps.append(BackwardStep(node, i, argument, present(upstream), local, present(contribution), total))
    return steps


def _needed(rules: list[Node], known: Mapping[Node, Any]) -> dict[Node, Any]:
    """Give the values that rules read: a rule may look through an argument that only rearranges another."""
    return {node: known[node] for node in topological(rules, stop=known) if node in known}


def label(node: Node, number: int | None = None) -> str:
    """Name a node in a sentence: its name, its number, or its operator's sign with a number, else that of the node."""
    if node.op is SYMBOL:
        return node.name
    if not node.args:
        return str(node)
    return f"{node.op.notation.label}#{node.number if number is None else number}"


def number_text(value: Any) -> str:
    """Write a number with two to six significant digits, an array as a short list."""
    if np.ndim(value):
        return np.array2string(np.asarray(value), precision=4, threshold=8, separator=", ").replace("\n", "")
    return f"{value:.2f}" if isinstance(value, float) and 0.005 <= abs(value) < 1e4 else f"{value:.6g}"
