"""Writing a whole graph: shared and deep parts get names, so that no text grows faster than its graph.

One walk in topological order; each node's text is made from the texts of its arguments and dropped after
its last use. The style (text or LaTeX) says how a single node is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, Protocol

from ..core.dimension import Dim
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.operator import FUNCTIONS
from ..core.traversal import free_symbols, topological
from ..ops.composite import CALL, Composite
from .choice import Chooser
from .form import Form, UserCall
from .names import RESERVED, is_plain_name

LARGEST_REPEATED = 4  # leaves and signs that may be written again instead of being named
LARGEST_REPEATED_IN_FUNCTION = 100  # a helper function would be another gate
LARGEST_WEIGHT = 250
LARGEST_DEPTH = 24
FIRST_NAMES = ("s", "t", "u", "p", "q", "r")


class Written(NamedTuple):
    """The text of an expression, how tightly its outermost sign binds, and how large it is.

    ``turned`` is the text of a vector as a row, where that is simpler than a sign of transposition.
    ``takes_sign`` says that a minus before the text changes the sign of the whole: -A·x is -(A·x).
    """

    text: str
    level: int
    kind: str = ""
    weight: int = 1
    depth: int = 0
    turned: Any = None
    takes_sign: bool = False


class Style(Protocol):
    """How single nodes are written."""

    def symbol(self, node: Node, ambiguous: bool) -> Written:
        """Write a symbol; ``ambiguous`` says that another symbol has the same name."""

    def constant(self, node: Node, beside: Sequence[Node]) -> Written:
        """Write a constant that stands beside these expressions."""

    def form(self, form: Form, node: Node, args: Sequence[Written], names: Mapping[Any, str]) -> Written:
        """Write a node in the given form; ``names`` tells what composite functions are called."""

    def name(self, name: str) -> Written:
        """Write a plain name."""

    def call(self, name: str, params: Sequence[str]) -> Written:
        """Write a call of a function of the user's with plain names as arguments."""


@dataclass(slots=True)
class Document:
    """Definitions, each a left and a right side, then the results."""

    definitions: list[tuple[str, str]] = field(default_factory=list)
    results: list[str] = field(default_factory=list)


def write(outputs: Sequence[Node], style: Style) -> Document:
    """Write expressions and the definitions that they need, in an order in which each is known before its use."""
    chooser = Chooser()
    order = topological(outputs)
    composites = _composites(order)
    fresh = _fresh_names([order, *[topological([each.body]) for each in composites]])
    document = Document()
    names: dict[Any, str] = {}
    taken: set[str] = set()
    for composite in composites:
        name = composite.name
        if not is_plain_name(name) or name in taken or name in fresh.taken:
            name = next(fresh)
        taken.add(name)
        fresh.taken.add(name)
        params = _parameters(composite, fresh)
        body = _Walk(style, chooser, names, document, fresh, params)
        (text,) = body.run([composite.body])
        if composite.rule is not None:  # no text holds Python code: this word says so, and the parser refuses it
            text = style.form(UserCall(composite), composite.body, [text], {composite: "own_gradient"})
        document.definitions.append((style.call(name, tuple(params.values())).text, text.text))
        names[composite] = name
    walk = _Walk(style, chooser, names, document, fresh, None)
    document.results = [each.text for each in walk.run(outputs, order)]
    return document


class _Walk:
    """Writes expressions node by node; inside a function, names are given as helper functions."""

    def __init__(
        self,
        style: Style,
        chooser: Chooser,
        names: Mapping[Any, str],
        document: Document,
        fresh: _Fresh,
        params: Mapping[Node, str] | None,
    ) -> None:
        self.style = style
        self.chooser = chooser
        self.names = names
        self.document = document
        self.fresh = fresh
        self.params = params

    def run(self, outputs: Sequence[Node], order: Sequence[Node] | None = None) -> list[Written]:
        """Write the outputs, which come last."""
        order = topological(outputs) if order is None else order
        uses = _uses(order, outputs)
        left = dict(uses)
        ambiguous = _ambiguous(order) if self.params is None else set()
        held: dict[Node, Written] = {}
        kept = set(outputs)
        for node in order:
            written = self._write(node, held, ambiguous)
            if self._deserves_name(node, written, uses[node], node in kept):
                written = self._define(written)
            held[node] = written
            for arg in node.args:
                left[arg] -= 1
                if not left[arg]:
                    del held[arg]
        return [held[node] for node in outputs]

    def _write(self, node: Node, held: Mapping[Node, Written], ambiguous: set[Node]) -> Written:
        if node.op is SYMBOL:
            if self.params is not None:
                return self.style.name(self.params[node])
            return self.style.symbol(node, node in ambiguous)
        if node.op is CONSTANT:
            return self.style.constant(node, ())
        args = [held[arg] if arg.op is not CONSTANT or arg.shape else self._number(arg, node) for arg in node.args]
        form = self.chooser.form(node)
        written = self.style.form(form, node, args, self.names)
        row = self.chooser.row(node, form)
        if row is not None:
            written = written._replace(turned=self.style.form(row, node, args, self.names))
        weight, depth = 1, 0
        for arg in args:
            weight += arg.weight
            depth = max(depth, arg.depth)
        return written._replace(weight=weight, depth=depth + written.depth)

    def _number(self, constant: Node, node: Node) -> Written:
        return self.style.constant(constant, node.args)

    def _deserves_name(self, node: Node, written: Written, uses: int, is_output: bool) -> bool:
        if not node.args and written.weight == 1:
            return False
        most = LARGEST_REPEATED if self.params is None else LARGEST_REPEATED_IN_FUNCTION
        if uses > 1 and (written.weight - 1) * (uses - 1) >= most:
            return True
        return not (is_output and uses == 1) and (written.weight > LARGEST_WEIGHT or written.depth > LARGEST_DEPTH)

    def _define(self, written: Written) -> Written:
        name, params = next(self.fresh), self.params
        head = self.style.name(name) if params is None else self.style.call(name, tuple(params.values()))
        self.document.definitions.append((head.text, written.text))
        return head


def _uses(order: Sequence[Node], outputs: Sequence[Node]) -> dict[Node, int]:
    uses = dict.fromkeys(order, 0)
    for node in order:
        for arg in node.args:
            uses[arg] += 1
    for node in outputs:
        uses[node] += 1
    return uses


def _ambiguous(order: Sequence[Node]) -> set[Node]:
    """Give the symbols that share their name with another one."""
    seen: dict[str, list[Node]] = {}
    for node in order:
        if node.op is SYMBOL:
            seen.setdefault(node.name, []).append(node)
    return {node for nodes in seen.values() if len(nodes) > 1 for node in nodes}


# --- names ------------------------------------------------------------------------------------


class _Fresh:
    """An iterator over names that nothing else in the text has."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self._names = self._all()

    def __next__(self) -> str:
        name = next(name for name in self._names if name not in self.taken and name not in FUNCTIONS)
        self.taken.add(name)
        return name

    def _all(self) -> Iterator[str]:
        yield from FIRST_NAMES
        yield from (f"t{number}" for number in count(1))


def _fresh_names(orders: Sequence[Sequence[Node]]) -> _Fresh:
    """Collect every name that a text of these nodes can contain: symbols, sizes, reserved words."""
    taken = set(RESERVED)
    for order in orders:
        for node in order:
            if node.op is SYMBOL:
                taken.add(node.name)
            if node.op is not CONSTANT and node.attrs:
                taken.update(_size_names(node.attrs))
    return _Fresh(taken)


def _size_names(attrs: tuple[Any, ...]) -> Iterator[str]:
    stack = list(attrs)
    while stack:
        value = stack.pop()
        if isinstance(value, tuple):
            stack.extend(value)
        elif isinstance(value, Dim):
            yield from value.names


# --- composite functions ----------------------------------------------------------------------


def _composites(order: Sequence[Node]) -> list[Composite]:
    """List the definitions behind calls, inner ones first."""
    done: dict[Composite, None] = {}
    stack = [(each, False) for each in reversed(_called(order))]
    while stack:
        composite, opened = stack.pop()
        if composite in done:
            continue
        if opened:
            done[composite] = None
            continue
        stack.append((composite, True))
        stack.extend((each, False) for each in reversed(_called(topological([composite.body]))))
    return list(done)


def _called(order: Sequence[Node]) -> list[Composite]:
    return list(dict.fromkeys(node.attrs[0] for node in order if node.op is CALL))


def _parameters(composite: Composite, fresh: _Fresh) -> dict[Node, str]:
    """Name the parameters of a definition; a name that is not plain, or used twice, is replaced."""
    names: dict[Node, str] = {}
    for param in composite.params:
        plain = is_plain_name(param.name) and param.name not in names.values()
        names[param] = param.name if plain else next(fresh)
    for symbol in free_symbols([composite.body]):
        names.setdefault(symbol, symbol.name)
    return names
