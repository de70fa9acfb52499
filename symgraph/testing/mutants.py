"""Would the checks notice a broken rule? ``python -m symgraph.testing.mutants`` breaks every rule in every small way.

A mutant is a rule with one thing changed: a sign, a constant, an operator, the order of two arguments, or the class
that it claims. The mutation score is the part of them that :mod:`symgraph.testing.soundness` catches.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..core.errors import SymgraphError
from ..core.node import CONSTANT, Node, apply, constant
from ..core.operator import FUNCTIONS
from ..core.traversal import rebuild, topological
from ..rewrite.rule import RULES, Rule
from .soundness import complaint

OTHER_OPERATOR = {
    "add": "subtract",
    "subtract": "add",
    "multiply": "divide",
    "divide": "multiply",
    "sin": "cos",
    "cos": "sin",
    "sinh": "cosh",
    "cosh": "sinh",
    "exp": "expm1",
    "expm1": "exp",
    "log": "log1p",
    "log1p": "log",
    "maximum": "minimum",
    "minimum": "maximum",
    "logaddexp": "maximum",
}
"""What an operator is easily confused with; any other of one argument is left out, of two replaced by its first."""

EQUIVALENT = {
    ("a+a", "class: exact"): "doubling is one rounding either way",
    ("atan(1/a)", "class: exact"): "the record computes just that",
    ("a*a", "class: exact"): "NumPy squares by multiplying",
}
"""Mutants that keep the claim, with the reason; they are not counted."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one thing changed; ``change`` says what."""

    rule: Rule
    change: str
    replacement: Node

    def survives(self) -> bool:
        """True if no check notices."""
        try:
            return complaint(self.rule, self.replacement) is None
        except SymgraphError:  # it cannot even be computed
            return False


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Break a rule in every way there is.

    >>> [mutant.change for mutant in mutants(RULES["a-(-b)"])]
    ['sign', 'add #0: subtract', 'add #0: only one argument']
    """
    right = rule.build(rule.pattern) if rule.build is not None else rule.replacement
    if right is None:
        raise SymgraphError(f"rule {rule.name!r} has neither a replacement nor an example that it fits")
    found = [(change, made) for change, made in _changed(right) if made is not right and made.shape == right.shape]
    seen: set[Node] = {right}
    for change, made in found:
        if made not in seen and made.dtype == right.dtype:
            seen.add(made)
            yield Mutant(rule, change, made)
    if rule.level != "exact":
        yield Mutant(dataclasses.replace(rule, level="exact"), "class: exact", right)


def _changed(right: Node) -> Iterator[tuple[str, Node]]:
    if not (right.op is CONSTANT and right.value == 0):
        yield "sign", -right
    inner = [node for node in topological([right]) if node.args or node.op is CONSTANT]
    for place, node in enumerate(inner):
        for change, other in _others(node):
            yield f"{node.op.name} #{place}: {change}", _with(right, node, other)


def _others(node: Node) -> Iterator[tuple[str, Node]]:
    if node.op is CONSTANT:
        if not node.shape and node.dtype == "float64":
            yield "another number", constant(node.value + 1.0)
            if node.value:
                yield "nearly the same number", constant(node.value * 1.0000001)
        return
    name = OTHER_OPERATOR.get(node.op.name)
    if name is not None:
        yield name, FUNCTIONS[name](*node.args)
    elif len(node.args) == 1 and node.op.elementwise:
        yield "left out", node.args[0]
    if len(node.args) == 2 and node.op.elementwise:
        yield "only one argument", FUNCTIONS["broadcast_to"](node.args[0], node.shape)
        if "commutative" not in node.op.traits:
            yield "arguments swapped", apply(node.op, node.args[::-1], node.attrs)


def _with(right: Node, old: Node, new: Node) -> Node:
    def replace(node: Node, args: tuple[Node, ...]) -> Node:
        if node is old:
            return new
        return node if args == node.args else apply(node.op, args, node.attrs)

    return rebuild([right], replace)[0]


def counted(rules: Sequence[Rule]) -> list[Mutant]:
    """List the mutants of some rules, without those that are known to be right."""
    return [mutant for rule in rules for mutant in mutants(rule) if (rule.name, mutant.change) not in EQUIVALENT]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the mutation score and the survivors; 1 if the score is below the one that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m symgraph.testing.mutants", description=__doc__)
    parser.add_argument("--rule", action="append", help="only this rule; may be repeated")
    parser.add_argument("--at-least", type=float, default=95.0, help="the score to reach, in percent")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.rule or () if name not in RULES]
    if unknown:
        parser.error(f"there is no rule {unknown[0]!r}: docs/rules.md lists them")
    tried = counted([RULES[name] for name in options.rule or RULES if not RULES[name].assumes])
    survivors = [mutant for mutant in tried if mutant.survives()]
    for mutant in survivors:
        print(f"survives: {mutant.rule.name}   {mutant.change}")
    score = 100.0 * (1 - len(survivors) / max(len(tried), 1))
    print(f"{len(tried) - len(survivors)} of {len(tried)} mutants caught: mutation score {score:.1f} %")
    return 0 if score >= options.at_least else 1


if __name__ == "__main__":
    raise SystemExit(main())
