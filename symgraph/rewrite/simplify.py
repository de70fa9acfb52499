"""Applying rules: one pass from the leaves up, each node rewritten until nothing fits, within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from ..core.errors import SymgraphError
from ..core.memory import paused_collection
from ..core.nesting import flatten
from ..core.node import Node, apply, lift
from ..core.operator import Operator
from ..core.origin import CONTEXT, Derived
from ..core.traversal import topological
from . import rules as rules
from .rule import LEVELS, Rule, by_root

PASSES = 4
PER_NODE = 8


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One application of a rule."""

    rule: Rule
    before: Node
    after: Node

    def __str__(self) -> str:
        return f"{self.rule.name}: {self.before}  →  {self.after}"


def simplify(e: Any, level: str = "algebraic", log: bool = False) -> Any:
    """Rewrite expressions by the rules up to a level.

    Args:
        e: an expression, or a nesting of them.
        level: ``"exact"`` (same bits), ``"stable"`` (never less accurate) or ``"algebraic"`` (real algebra).
        log: also give the list of rewrites that were made, in order.

    Raises:
        SymgraphError: there is no such level.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> print(simplify(sg.log(1 + sg.exp(x)), "stable"))
    softplus(x)
    """
    if level not in LEVELS:
        raise SymgraphError(f"there is no level {level!r}: use one of {', '.join(LEVELS)}")
    leaves, again = flatten(e)
    made: list[Rewrite] = []
    nodes = rewrite([lift(leaf) for leaf in leaves], level, (), made)
    return (again(nodes), made) if log else again(nodes)


@cache
def _index(level: str) -> dict[Operator, tuple[Rule, ...]]:
    allowed = LEVELS[: LEVELS.index(level) + 1]
    return {op: tuple([r for r in listed if r.level in allowed]) for op, listed in by_root().items()}


def rewrite(
    outputs: Sequence[Node], level: str, stop: Iterable[Node] = (), log: list[Rewrite] | None = None
) -> list[Node]:
    """Rewrite until nothing changes, at most ``PASSES`` times; nodes in ``stop`` are left alone."""
    held = frozenset(stop)
    current = list(outputs)
    with paused_collection():
        for _ in range(PASSES):
            before = current
            current = _pass(current, _index(level), held, log)
            if current == before:
                break
    return current


def _pass(
    outputs: Sequence[Node], index: dict[Operator, tuple[Rule, ...]], held: frozenset[Node], log: list[Rewrite] | None
) -> list[Node]:
    new: dict[Node, Node] = {}
    origin = CONTEXT.origin
    try:
        for node in topological(outputs, held):
            if node in held or not node.args:
                new[node] = node
                continue
            args = tuple([new[arg] for arg in node.args])
            CONTEXT.origin = node.origin
            rebuilt = node if args == node.args else apply(node.op, args, node.attrs)
            new[node] = _fixpoint(rebuilt, index, log)
    finally:
        CONTEXT.origin = origin
    return [new[node] for node in outputs]


def _fixpoint(node: Node, index: dict[Operator, tuple[Rule, ...]], log: list[Rewrite] | None) -> Node:
    for _ in range(PER_NODE):
        changed = _first(node, index, log)
        if changed is None:
            return node
        node = changed
    return node


def _first(node: Node, index: dict[Operator, tuple[Rule, ...]], log: list[Rewrite] | None) -> Node | None:
    for rule in index.get(node.op, ()):
        CONTEXT.origin = Derived(f"rewrite {rule.name}", node)
        made = rule.apply(node)
        if made is not None and made is not node:
            if log is not None:
                log.append(Rewrite(rule, node, made))
            return made
    return None


_stable: WeakKeyDictionary[Node, Node] = WeakKeyDictionary()


def stabilise(outputs: Sequence[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """Give the stable forms of expressions; remembered, so that asking again costs nothing."""
    held = list(stop)
    if held:
        return rewrite(outputs, "stable", held)
    missing = [node for node in outputs if node not in _stable]
    if missing:
        _stable.update(zip(missing, rewrite(missing, "stable"), strict=True))
    return [_stable[node] for node in outputs]
