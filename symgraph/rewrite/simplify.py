"""Applying rules: sweeps from the leaves up, each node rewritten until nothing fits, within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from ..core.errors import SymgraphError
from ..core.nesting import flatten
from ..core.node import Node, lift, symbol
from ..core.operator import Operator
from ..core.origin import CONTEXT, Derived
from ..core.traversal import reachable, substitute
from . import rules as rules
from .rule import LEVELS, RULES, Rule
from .strategy import Strategy, bottom_up, fixpoint, until_stable

PASSES = 4
PER_NODE = 8


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One application of a rule: which, what it found, and what it made of it."""

    rule: Rule
    before: Node
    after: Node

    @property
    def place(self) -> str:
        """Where the expression was made, in a program or in a text."""
        return str(self.before.origin) if self.before.origin is not None else "an unknown place"

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
def _rules(level: str) -> tuple[tuple[Rule, frozenset[Operator], frozenset[Operator]], ...]:
    """List the rules up to a level, with the operators that they need and the ones that they bring in."""
    allowed = LEVELS[: LEVELS.index(level) + 1]
    chosen = [rule for rule in RULES.values() if rule.level in allowed]
    return tuple([(rule, rule.operators(), rule.results()) for rule in chosen])


@lru_cache(maxsize=256)
def _fitting(level: str, operators: frozenset[Operator]) -> dict[Operator, tuple[Rule, ...]]:
    """Index, by the operator at the root, the rules that can fit in a graph with these operators."""
    present, left, fitting, grown = set(operators), list(_rules(level)), set(), True
    while grown:
        grown, candidates, left = False, left, []
        for entry in candidates:
            rule, needed, results = entry
            if not needed <= present:
                left.append(entry)
                continue
            fitting.add(rule.name)
            grown = grown or not results <= present
            present |= results
    index: dict[Operator, tuple[Rule, ...]] = {}
    for rule in RULES.values():
        if rule.name in fitting:
            index[rule.pattern.op] = (*index.get(rule.pattern.op, ()), rule)
    return index


def rewrite(
    outputs: Sequence[Node], level: str, stop: Iterable[Node] = (), log: list[Rewrite] | None = None
) -> list[Node]:
    """Rewrite until nothing changes, at most ``PASSES`` times; no rule looks into the nodes in ``stop``."""
    held = {node: symbol(f"\0held {i}", node.shape, node.dtype) for i, node in enumerate(stop) if node.args}
    current = substitute(outputs, held) if held else list(outputs)
    index = _fitting(level, frozenset([node.op for node in reachable(current)]))
    if index:
        current = until_stable(bottom_up(fixpoint(_by(index, log), PER_NODE)), PASSES)(current)
    return substitute(current, {mark: node for node, mark in held.items()}) if held else current


def _by(index: dict[Operator, tuple[Rule, ...]], log: list[Rewrite] | None) -> Strategy:
    """Give the strategy that applies the first rule that fits, and writes it into the log."""

    def applied(node: Node) -> Node | None:
        for rule in index.get(node.op, ()):
            CONTEXT.origin = Derived(f"rewrite {rule.name}", node)
            made = rule.apply(node)
            if made is not None and made is not node:
                if log is not None:
                    log.append(Rewrite(rule, node, made))
                return made
        return None

    return applied


# A node that is its own stable form maps to None, so that the table does not keep it alive.
_stable: WeakKeyDictionary[Node, Node | None] = WeakKeyDictionary()


def stabilise(outputs: Sequence[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """Give the stable forms of expressions; remembered, so that asking again costs nothing."""
    held = list(stop)
    if held:
        return rewrite(outputs, "stable", held)
    missing = [node for node in outputs if node not in _stable]
    for node, form in zip(missing, rewrite(missing, "stable"), strict=True):
        _stable[node] = None if form is node else form
    found = [_stable[node] for node in outputs]
    return [node if form is None else form for node, form in zip(outputs, found, strict=True)]
