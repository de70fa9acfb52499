"""A rewrite rule: a pattern and a replacement in ordinary operator syntax, with a claim that tests can refute.

The claim is the rule's class:

* ``exact``: the same bits for every input, nan, infinities and −0 included;
* ``stable``: equal as a real function wherever the original is defined, finite wherever it is, and no less
  accurate: the error is at most the original's, or what moving the inputs by one rounding would cause;
* ``algebraic``: equal in real algebra, under the condition that is stated; for reading, and on request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.errors import SymgraphError
from ..core.node import CONSTANT, SYMBOL, Node, apply, symbol
from ..core.operator import Operator
from ..core.traversal import topological

LEVELS = ("exact", "stable", "algebraic")
WILD = "\0any "
Bindings = dict[Node, Node]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rewrite rule.

    ``interval`` is where tests draw the wildcards from. A rule about index lists, which a pattern cannot say,
    has a ``build`` function instead of a replacement; its pattern is then an example for the tests.
    """

    name: str
    level: str
    pattern: Node
    replacement: Node | None
    interval: tuple[float, float]
    build: Callable[[Node], Node | None] | None = None
    inner: tuple[Operator, ...] = field(init=False)  # what a node must have below it, tried before all else

    def __post_init__(self) -> None:
        inner = () if self.build else tuple([arg.op for arg in self.pattern.args if not _is_wild(arg)])
        object.__setattr__(self, "inner", inner)

    @property
    def assumes(self) -> bool:
        """True if the rule is about symbols with an assumption, such as ``positive=True``."""
        return any(part.op is SYMBOL and part.attribute("assumptions") for part in topological([self.pattern]))

    def operators(self) -> frozenset[Operator]:
        """Give the operators that a graph must have for the rule to fit anywhere."""
        if self.build is not None:
            return frozenset([self.pattern.op])
        return frozenset(part.op for part in topological([self.pattern]) if part.args)

    def results(self) -> frozenset[Operator]:
        """Give the operators that the rule can bring into a graph."""
        made = self.build(self.pattern) if self.build is not None else self.replacement
        return frozenset(part.op for part in topological([made]) if part.args) if made is not None else frozenset()

    def apply(self, node: Node) -> Node | None:
        """Give the replacement for ``node``, or ``None`` if the rule does not fit it."""
        made = self.build(node) if self.build is not None else self._by_pattern(node)
        if made is None or made.shape != node.shape or made.dtype != node.dtype:
            return None
        return made

    def _by_pattern(self, node: Node) -> Node | None:
        if self.inner:
            below = [arg.op for arg in node.args]
            if any(op not in below for op in self.inner):
                return None
        bindings = match(self.pattern, node)
        if bindings is None or self.replacement is None:
            return None
        if any(bound.dtype == "bool" for bound in bindings.values()):  # truth values have no negative
            return None
        return fill(self.replacement, bindings)


RULES: dict[str, Rule] = {}


def rule(name: str, level: str, pattern: Node, replacement: Node, interval: tuple[float, float] = (-3.0, 3.0)) -> Rule:
    """Enter a rule into the table.

    Raises:
        SymgraphError: the name is taken, the level unknown, or the replacement uses an unbound wildcard.
    """
    if not set(wildcards(replacement)) <= set(wildcards(pattern)):
        raise SymgraphError(f"rule {name!r}: the replacement uses a wildcard that the pattern does not bind")
    return _enter(Rule(name, level, pattern, replacement, interval))


def function_rule(
    name: str,
    level: str,
    root: Operator,
    build: Callable[[Node], Node | None],
    example: Node,
    interval: tuple[float, float] = (-3.0, 3.0),
) -> Rule:
    """Enter a rule that is a function of the node; ``root`` is the operator it looks at, ``example`` is tested."""
    if example.op is not root:
        raise SymgraphError(f"rule {name!r}: the example must have the operator {root.name} at its root")
    return _enter(Rule(name, level, example, None, interval, build))


def _enter(made: Rule) -> Rule:
    if made.name in RULES or made.level not in LEVELS:
        raise SymgraphError(f"rule {made.name!r}: the name is taken, or the level is not one of {', '.join(LEVELS)}")
    RULES[made.name] = made
    return made


def wild(names: str) -> tuple[Node, ...]:
    """Make wildcards: each stands for any expression, of any shape.

    >>> a, b = wild("a b")
    >>> match(a + b, symbol("x") + 1.0) is not None
    True
    """
    return tuple([symbol(WILD + name) for name in names.split()])


def wildcards(pattern: Node) -> list[Node]:
    """List the wildcards of a pattern, by name."""
    return sorted((n for n in topological([pattern]) if _is_wild(n)), key=lambda n: n.name)


def _is_wild(node: Node) -> bool:
    return node.op is SYMBOL and node.name.startswith(WILD)


def match(pattern: Node, node: Node) -> Bindings | None:
    """Find what the wildcards must stand for so that the pattern becomes the node.

    Commutative operators match in either order. The search is bounded by the size of the pattern.
    """
    return _match([(pattern, node)], {})


def _match(goals: list[tuple[Node, Node]], bindings: Bindings) -> Bindings | None:
    """Solve the goals one after the other; only a commutative operator makes a choice."""
    goals, bindings = list(goals), dict(bindings)
    while goals:
        pattern, node = goals.pop()
        if _is_wild(pattern):
            if bindings.setdefault(pattern, node) is not node:
                return None
            continue
        if pattern.op is CONSTANT:
            if node.op is not CONSTANT or node.shape or node.value != pattern.value:
                return None
            continue
        if pattern.op is not node.op or pattern.attrs != node.attrs or len(pattern.args) != len(node.args):
            return None
        if "commutative" in pattern.op.traits and len(node.args) == 2:
            swapped = _match([*goals, *zip(pattern.args, node.args[::-1], strict=True)], bindings)
            straight = _match([*goals, *zip(pattern.args, node.args, strict=True)], bindings)
            return straight if straight is not None else swapped
        goals.extend(zip(pattern.args, node.args, strict=True))
    return bindings


def fill(replacement: Node, bindings: Bindings) -> Node:
    """Put what was found in the place of the wildcards."""
    made: dict[Node, Node] = {}
    for part in topological([replacement]):
        if part in bindings:
            made[part] = bindings[part]
        elif not part.args:
            made[part] = part
        else:
            made[part] = apply(part.op, tuple([made[arg] for arg in part.args]), part.attrs)
    return made[replacement]
