"""The named passes: graph to graph, idempotent, near-linear, each with a budget; they compose.

>>> from symgraph.core.node import symbol
>>> x = symbol("x")
>>> tidy = compose("canonicalise", "simplify algebraically")
>>> [str(node) for node in tidy([x + (-x) + x * x])]
['x^2']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..core.errors import SymgraphError
from ..core.node import CONSTANT, Node, apply, constant
from ..ops.tensor.contraction import CONTRACT
from .simplify import rewrite
from .strategy import Sweep, bottom_up, until_stable

SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass: its name, what it keeps, and the sweep that it is."""

    name: str
    meaning: str
    run: Sweep


def fold(node: Node) -> Node | None:
    """Give the number that an operator on numbers is, in the node's dtype."""
    if any(arg.op is not CONSTANT or arg.shape for arg in node.args) or node.shape or not node.args:
        return None
    if not node.op.elementwise or node.op.expand is not None:
        return None
    with np.errstate(all="ignore"):
        value = node.op.numpy(*node.attrs, *[np.asarray(arg.value, dtype=arg.dtype)[()] for arg in node.args])
    return constant(np.asarray(value).astype(node.dtype)[()], dtype=node.dtype)


def _merged(node: Node) -> Node | None:
    """Make a contraction again, which takes up the contractions among its arguments."""
    return apply(CONTRACT, node.args, node.attrs) if node.op is CONTRACT else None


def _by_rules(level: str) -> Sweep:
    return partial(rewrite, level=level)


PASSES: dict[str, Pass] = {
    each.name: each
    for each in (
        Pass("canonicalise", "the exact rules: the same bits for every input", _by_rules("exact")),
        Pass(
            "fold constants", "operators on numbers are numbers: the same bits", until_stable(bottom_up(fold), SWEEPS)
        ),
        Pass("merge contractions", "nested products are one", until_stable(bottom_up(_merged), SWEEPS)),
        Pass("stabilise", "the stable rules: equal, and never less accurate", _by_rules("stable")),
        Pass("simplify algebraically", "the rules of real algebra, for reading", _by_rules("algebraic")),
    )
}


def compose(*names: str) -> Sweep:
    """Give the sweep that runs named passes one after the other.

    Raises:
        SymgraphError: there is no such pass.
    """
    unknown = [name for name in names if name not in PASSES]
    if unknown:
        raise SymgraphError(f"there is no pass {unknown[0]!r}: use {', '.join(PASSES)}")

    def swept(outputs: Sequence[Node]) -> list[Node]:
        current = list(outputs)
        for name in names:
            current = PASSES[name].run(current)
        return current

    return swept
