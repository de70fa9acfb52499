"""The forward-accumulation table of the textbooks: every wᵢ with its tangent ẇᵢ, as formulas and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..autodiff.forward import tangents
from ..autodiff.rules import push_forward
from ..core.dtype import is_float
from ..core.errors import DifferentiationError
from ..core.names import find
from ..core.node import CONSTANT, SYMBOL, Node, apply, lift, symbol
from ..core.traversal import topological
from ..ops.tensor.products import broadcast_to
from .api import present
from .backpropagation import number_text
from .binding import by_node
from .evaluator import run
from .notebook import ShowsText


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One line of the table: ``name`` is wᵢ, ``formula`` and ``tangent_formula`` refer to earlier names."""

    node: Node
    name: str
    formula: str
    value: Any
    tangent_formula: str
    tangent: Any


@dataclass(frozen=True, slots=True)
class ForwardTrace(ShowsText):
    """The rows of :func:`forward_trace`; ``value`` and ``tangent`` are those of the output."""

    rows: list[TraceRow]

    @property
    def value(self) -> Any:
        """The value of the output."""
        return self.rows[-1].value

    @property
    def tangent(self) -> Any:
        """The derivative of the output along the seed."""
        return self.rows[-1].tangent

    def __str__(self) -> str:
        cells = [
            (f"{row.name} = {_first(row.formula)}", number_text(row.value),
             f"{dotted(row.name)} = {_first(row.tangent_formula)}", number_text(row.tangent))
            for row in self.rows
        ]  # fmt: skip
        widths = [max(len(row[k]) for row in cells) for k in range(4)]
        lines = ["   ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)) for row in cells]
        texts = [text for row in self.rows for text in (row.formula, row.tangent_formula)]
        notes = dict.fromkeys(line for text in texts for line in text.splitlines()[1:])
        return "\n".join([line.rstrip() for line in lines] + list(notes))


def _first(text: str) -> str:
    """Give a formula without the definitions of its functions, which stand below the table."""
    return text.splitlines()[0]


def dotted(name: str) -> str:
    """Put Newton's dot on a name: w3 becomes ẇ3."""
    return "ẇ" + name[1:]


def forward_trace(f: Any, values: Mapping[Any, Any], seed: Any) -> ForwardTrace:
    """Evaluate ``f`` and its derivative along a seed, node by node.

    Args:
        f: an expression.
        values: numbers or arrays for its symbols, keyed by symbol or name.
        seed: the variable to differentiate with respect to, or a dict from variable to tangent.

    >>> import symgraph as sg
    >>> x1, x2 = sg.symbols("x1 x2")
    >>> trace = forward_trace(x1 * x2 + sg.sin(x1), {x1: 0.0, x2: 3.0}, seed=x1)
    >>> trace.value, trace.tangent
    (0.0, 4.0)
    """
    f = lift(f)
    seeds = _seeds(f, seed)
    order = topological([f])
    known = run(order, by_node([f], values), keep=True)
    moving = tangents(order, seeds)
    wanted = [node for node in moving.values() if node not in known]
    rates = run(wanted, known, keep=True) if wanted else known
    names = {node: f"w{i}" for i, node in enumerate((n for n in order if n.op is not CONSTANT), 1)}
    rows = []
    for node in names:
        tangent = moving.get(node)
        zero = np.zeros(np.shape(known[node]))
        rows.append(
            TraceRow(
                node,
                names[node],
                _formula(node, names),
                present(known[node]),
                _tangent_formula(node, names, moving, seeds),
                present(zero if tangent is None else rates[tangent] if tangent in rates else known[tangent]),
            )
        )
    return ForwardTrace(rows)


def _seeds(f: Node, seed: Any) -> dict[Node, Node]:
    given = seed if isinstance(seed, Mapping) else {seed: 1.0}
    seeds = {}
    for key, value in given.items():
        variable = find(key, [f], DifferentiationError)
        if not is_float(variable.dtype):
            raise DifferentiationError(f"{variable} has dtype {variable.dtype}: it has no tangent")
        seeds[variable] = broadcast_to(lift(value, variable), variable.shape)
    return seeds


def _short(node: Node, names: Mapping[Node, str]) -> Node:
    """Stand for an argument by a symbol with its short name; constants stand for themselves."""
    return node if node.op is CONSTANT else symbol(names[node], node.shape, node.dtype)


def _formula(node: Node, names: Mapping[Node, str]) -> str:
    if node.op is SYMBOL:
        return node.name
    return str(apply(node.op, tuple(_short(arg, names) for arg in node.args), node.attrs))


def _tangent_formula(
    node: Node, names: Mapping[Node, str], moving: Mapping[Node, Node], seeds: Mapping[Node, Node]
) -> str:
    if node in seeds:
        return str(seeds[node])
    if node not in moving:
        return "0"
    args = tuple(_short(arg, names) for arg in node.args)
    local = apply(node.op, args, node.attrs)
    given = [symbol(dotted(names[arg]), arg.shape, arg.dtype) if arg in moving else None for arg in node.args]
    rate = push_forward(local, given) if local.op is node.op else None
    return str(moving[node]) if rate is None else str(rate)
