"""Random typed graphs, built from the operator records, so that a new operator takes part at once.

A graph grows together with its values: arguments are chosen among the nodes made so far, led into the
operator's domain by smooth maps where they lie outside, and shared freely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.dtype import is_float
from ..core.errors import SymgraphError
from ..core.nesting import flatten
from ..core.node import SYMBOL, Node, apply, constant, symbol
from ..core.operator import DEFINITIONS, FUNCTIONS, OPS, Definition, Example, Operator
from ..core.traversal import free_symbols, substitute, topological
from ..evaluate.evaluator import run
from .samples import DEFAULT_DOMAIN, draw, rules_missing, sample

SHAPES: tuple[tuple[int, ...], ...] = ((), (), (), (3,), (2, 3), (2, 1))
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-300, -1e-300, 1e300, 710.0, float("inf"), float("-inf"), float("nan"))
LARGEST = 1e4

Record = Operator | Definition


@dataclass(frozen=True, slots=True)
class RandomGraph:
    """A scalar expression with a point to try it at.

    ``boundary`` says that the point holds special values (zeros, infinities, nan, ties).
    """

    seed: int
    output: Node
    values: dict[Node, Any]
    boundary: bool = False

    @property
    def symbols(self) -> list[Node]:
        """The symbols the expression really depends on."""
        return free_symbols([self.output])

    def __str__(self) -> str:
        point = ", ".join(f"{s.name} = {self.values[s]!r}" for s in self.symbols)
        return f"seed {self.seed}:\n{self.output.listing()}\nat {point}"


def random_graph(seed: int, operations: int = 8, boundary: bool = False, leave_out: Sequence[str] = ()) -> RandomGraph:
    """Make a random scalar graph; equal seeds give equal graphs.

    Args:
        seed: the seed.
        operations: how many operators or definitions are applied.
        boundary: draw the symbols' values from zeros, infinities, nan and other special numbers, and do
            not lead arguments into domains.
        leave_out: names of records not to use.

    >>> random_graph(3).output is random_graph(3).output
    True
    """
    grower = _Grower(np.random.default_rng(seed), boundary)
    records = [record for record in usable_records() if record.name not in leave_out]
    for _ in range(operations):
        record = records[int(grower.rng.integers(len(records)))]
        grower.grow(record)
    return RandomGraph(seed, grower.finish(), grower.values_of_symbols(), boundary)


def usable_records() -> list[Record]:
    """List the records a random graph can use: those with a real result, an example and arguments."""
    listed: list[Record] = [*OPS.values(), *DEFINITIONS.values()]
    return [record for record in listed if _has_arguments(record)]


def _has_arguments(record: Record) -> bool:
    return any(example.shapes or example.make for example in record.examples)


@lru_cache(maxsize=4096)
def variable_arguments(record: Record, place: int) -> frozenset[int]:
    """Give the places of the arguments of an example that are real and have a derivative."""
    tried = sample(record, place)
    given = [i for i, value in enumerate(tried.arguments) if isinstance(value, (float, np.ndarray, np.generic))]
    pairs = zip(given, tried.symbols, strict=False)
    return frozenset(i for i, s in pairs if is_float(s.dtype) and not rules_missing(tried.outputs, s))


class _Grower:
    """The pool of nodes made so far, with their values."""

    def __init__(self, rng: np.random.Generator, boundary: bool) -> None:
        self.rng = rng
        self.boundary = boundary
        self.values: dict[Node, Any] = {}
        for name in "uvwxyz"[: int(rng.integers(1, 5))]:
            shape = SHAPES[int(rng.integers(len(SHAPES)))]
            value = rng.uniform(-2, 2, size=shape)
            if boundary:
                value = rng.choice(SPECIAL, size=shape)
            self.values[symbol(name, shape)] = np.asarray(value, dtype=float)[()]

    def values_of_symbols(self) -> dict[Node, Any]:
        return {node: value for node, value in self.values.items() if node.op is SYMBOL}

    def grow(self, record: Record) -> None:
        """Apply the record to nodes of the pool, as one of its examples says."""
        example = record.examples[int(self.rng.integers(len(record.examples)))]
        try:
            for node in self._applied(record, example):
                self._keep(node)
        except SymgraphError:
            if not self.boundary:  # at special values an operator may refuse, for example a singular matrix
                raise

    def _applied(self, record: Record, example: Example) -> list[Node]:
        pattern = draw(example, self.rng)
        intervals = example.domain or (DEFAULT_DOMAIN,) * len(pattern)
        variable = variable_arguments(record, record.examples.index(example))
        inputs: list[Any] = []
        for i, value in enumerate(pattern):
            if i not in variable:
                inputs.append(constant(value) if isinstance(value, (float, np.ndarray, np.generic)) else value)
            elif example.make is not None:
                inputs.append(self._like(value))
            else:
                inputs.append(self._argument(np.shape(value), intervals[i]))
        if isinstance(record, Operator):
            return [apply(record, tuple(inputs), example.attributes)]
        return [constant(each) for each in flatten(record.build(*inputs, *example.attributes))[0]]

    def _keep(self, node: Node) -> None:
        value = self._value(node)
        if not is_float(node.dtype):
            if node.dtype == "bool":
                shape = np.shape(value)
                node = FUNCTIONS["where"](node, self._argument(shape), self._argument(shape))
                self.values[node] = self._value(node)
            return
        if not self.boundary and not np.all(np.isfinite(value)):
            return
        if not self.boundary and np.max(np.abs(value), initial=0.0) > LARGEST:
            node = FUNCTIONS["tanh"](node)
            value = self._value(node)
        self.values[node] = value

    def _value(self, node: Node) -> Any:
        order = topological([node], stop=self.values)
        return run([node], {each: self.values[each] for each in order if each in self.values})[node]

    def _pick(self) -> Node:
        """Choose a node; recent ones more often, so that graphs are deep as well as shared."""
        nodes = list(self.values)
        place = len(nodes) - 1 - int(len(nodes) * self.rng.random() ** 2)
        return nodes[max(place, 0)]

    def _argument(self, shape: tuple[int, ...], interval: tuple[float, float] | None = None) -> Node:
        """Give a node of this shape whose value lies in the interval."""
        same = [node for node in self.values if node.shape == shape]
        node = same[int(self.rng.integers(len(same)))] if same and self.rng.random() < 0.7 else self._pick()
        if node.shape != shape:
            if node.shape:
                node = FUNCTIONS["sum"](node)
            if shape:
                node = node * constant(np.round(self.rng.uniform(0.5, 1.5, size=shape), 3))
        return node if interval is None or self.boundary else self._led_into(node, interval)

    def _led_into(self, node: Node, interval: tuple[float, float]) -> Node:
        low, high = interval
        value = self._value(node)
        if np.all((value >= low) & (value <= high)):
            return node
        inside = FUNCTIONS["tanh"](node * 0.25)
        led = (low + high) / 2 + inside * ((high - low) / 2)
        self.values.setdefault(led, self._value(led))
        return led

    def _like(self, value: Any) -> Any:
        """Give a node with the structure of a given array (definite, triangular …): a positive multiple of it."""
        factor = FUNCTIONS["tanh"](self._argument(())) * 0.125 + 1.0
        self.values.setdefault(factor, self._value(factor))
        return constant(value) * factor

    def finish(self) -> Node:
        """Add up what nothing else uses."""
        used = {arg for node in topological(list(self.values)) for arg in node.args}
        total: Node | None = None
        for node in self.values:
            if node in used:
                continue
            term = FUNCTIONS["sum"](node) if node.shape else node
            total = term if total is None else total + term
        assert total is not None
        return total


def minimise(graph: RandomGraph, fails: Callable[[RandomGraph], object]) -> RandomGraph:
    """Give a small graph that still fails: the first inner node that does, with its inputs cut off where possible.

    ``fails`` is called with candidates and gives something true if the candidate fails too.
    """
    smaller = graph
    for node in topological([graph.output]):
        candidate = _ending_at(node, graph.values, graph)
        if candidate is not None and fails(candidate):
            smaller = candidate
            break
    known = run([smaller.output], smaller.values, keep=True)
    for node in reversed(topological([smaller.output])[:-1]):
        if node.op is SYMBOL or not node.args or not is_float(node.dtype):
            continue
        if node not in topological([smaller.output]):
            continue
        candidate = _cut(smaller, node, known)
        if fails(candidate):
            smaller = candidate
    return smaller


def _ending_at(node: Node, values: Mapping[Node, Any], graph: RandomGraph) -> RandomGraph | None:
    if not node.args or not is_float(node.dtype):
        return None
    output = FUNCTIONS["sum"](node) if node.shape else node
    return RandomGraph(graph.seed, output, dict(values), graph.boundary)


def _cut(graph: RandomGraph, node: Node, known: Mapping[Node, Any]) -> RandomGraph:
    """Put a fresh symbol with the node's value in the place of a node."""
    fresh = symbol(f"cut{node.number}", node.shape, node.dtype)
    (output,) = substitute([graph.output], {node: fresh})
    return RandomGraph(graph.seed, output, {**graph.values, fresh: known[node]}, graph.boundary)
