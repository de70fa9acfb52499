"""Strategies: how rules are applied, as small functions that combine.

A *strategy* looks at one node and gives another in its place, or ``None`` if it has nothing to say. A *sweep* takes
the outputs of a graph to new outputs. The combinators are those of SymbolicUtils.jl and of Stratego (Visser 2001):
:func:`first_of`, :func:`chain` and :func:`fixpoint` combine strategies, :func:`bottom_up` makes a sweep of one, and
:func:`until_stable` repeats a sweep. Every repetition has a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.memory import paused_collection
from ..core.node import Node, apply
from ..core.origin import CONTEXT
from ..core.traversal import topological

Strategy = Callable[[Node], "Node | None"]
Sweep = Callable[[Sequence[Node]], list[Node]]


def first_of(*strategies: Strategy) -> Strategy:
    """Try strategies in their order; the first that changes the node decides.

    >>> from symgraph.core.node import symbol
    >>> x, y = symbol("x"), symbol("y")
    >>> first_of(lambda node: None, lambda node: y)(x) is y
    True
    """

    def tried(node: Node) -> Node | None:
        for strategy in strategies:
            made = strategy(node)
            if made is not None and made is not node:
                return made
        return None

    return tried


def chain(*strategies: Strategy) -> Strategy:
    """Apply strategies one after the other, each to what the last one left."""

    def applied(node: Node) -> Node | None:
        current = node
        for strategy in strategies:
            made = strategy(current)
            current = current if made is None else made
        return None if current is node else current

    return applied


def fixpoint(strategy: Strategy, budget: int) -> Strategy:
    """Apply a strategy until it changes nothing more, at most ``budget`` times."""

    def repeated(node: Node) -> Node | None:
        current = node
        for _ in range(budget):
            made = strategy(current)
            if made is None or made is current:
                break
            current = made
        return None if current is node else current

    return repeated


def bottom_up(strategy: Strategy) -> Sweep:
    """Visit every node once, arguments first, and rebuild the graph from what the strategy makes of them.

    A new node inherits the origin of the one whose place it takes, unless the strategy sets another.
    """

    def swept(outputs: Sequence[Node]) -> list[Node]:
        new: dict[Node, Node] = {}
        origin = CONTEXT.origin
        try:
            for node in topological(outputs):
                if not node.args:
                    new[node] = node
                    continue
                args = tuple([new[arg] for arg in node.args])
                CONTEXT.origin = node.origin
                rebuilt = node if args == node.args else apply(node.op, args, node.attrs)
                made = strategy(rebuilt)
                new[node] = rebuilt if made is None else made
        finally:
            CONTEXT.origin = origin
        return [new[node] for node in outputs]

    return swept


def until_stable(sweep: Sweep, budget: int) -> Sweep:
    """Repeat a sweep until the outputs stay what they are, at most ``budget`` times."""

    def repeated(outputs: Sequence[Node]) -> list[Node]:
        current = list(outputs)
        with paused_collection():
            for _ in range(budget):
                before, current = current, sweep(current)
                if current == before:
                    break
        return current

    return repeated
