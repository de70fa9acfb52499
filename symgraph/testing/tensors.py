"""Random tensor programs: matrix products, broadcasting, reductions, indexing, named dimensions.

A program is a list of ordinary array functions. The same list runs on expressions of symgraph, on NumPy arrays and
on the arrays of any other library with NumPy's functions, so that derivatives can be compared with an independent
implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..core.node import Node, symbol
from ..core.operator import FUNCTIONS

Step = tuple[Callable[..., Any], tuple[int, ...]]
NAMES = ("n", "m", "k")
LARGEST = 20.0
MOST_AXES = 3

# Functions of one array that keep its shape; all are smooth where they are used.
SAME: tuple[Callable[..., Any], ...] = (
    lambda xp, x: xp.tanh(x),
    lambda xp, x: xp.sin(x),
    lambda xp, x: xp.exp(0.2 * x),
    lambda xp, x: xp.log(2.0 + x * x),
    lambda xp, x: xp.sqrt(1.0 + x**2),
    lambda xp, x: 1 / (1 + xp.exp(-x)),
    lambda xp, x: xp.log1p(xp.exp(x)),
    lambda xp, x: xp.arctan(x) * x,
    lambda xp, x: x**3 - 2.0 * x,
    lambda xp, x: -x / 3.0,
    lambda xp, x: xp.where(x > 0.1, x**2, xp.cos(x)),
    lambda xp, x: xp.abs(x - 0.29) + xp.maximum(x, 0.31),
)
PAIRS: tuple[Callable[..., Any], ...] = (
    lambda xp, x, y: x + y,
    lambda xp, x, y: x - 0.5 * y,
    lambda xp, x, y: x * y,
    lambda xp, x, y: x / (1.0 + y**2),
    lambda xp, x, y: xp.maximum(x, 0.37 - y),  # no ties, even of an array with itself
    lambda xp, x, y: xp.hypot(x, 1.0 + y**2),
    lambda xp, x, y: xp.logaddexp(x, y),
)
# Functions of one array with at least one axis, by axis.
ALONG: tuple[Callable[..., Any], ...] = (
    lambda xp, x, axis: xp.sum(x, axis=axis),
    lambda xp, x, axis: xp.mean(x, axis=axis),
    lambda xp, x, axis: xp.max(x, axis=axis),
    lambda xp, x, axis: xp.min(x, axis=axis),
    lambda xp, x, axis: xp.prod(0.5 + 0.5 * xp.tanh(x), axis=axis),
    lambda xp, x, axis: xp.log(xp.sum(xp.exp(x), axis=axis)),
    lambda xp, x, axis: xp.sqrt(xp.sum(x**2, axis=axis) + 0.1),
    lambda xp, x, axis: x - xp.mean(x, axis=axis, keepdims=True),
    lambda xp, x, axis: xp.exp(x) / xp.sum(xp.exp(x), axis=axis, keepdims=True),
    lambda xp, x, axis: xp.cumsum(x, axis=axis),
)
INDEXED: tuple[Callable[..., Any], ...] = (
    lambda xp, x: x[0],
    lambda xp, x: x[-1],
    lambda xp, x: x[..., 0],
    lambda xp, x: x[::-1],
    lambda xp, x: x[..., 1:],
    lambda xp, x: x[:-1] * x[1:],
    lambda xp, x: x[np.array([1, 0, 1])],
    lambda xp, x: x[None] * 0.5,
    lambda xp, x: x[..., None],
    lambda xp, x: xp.reshape(x, (-1,)),
    lambda xp, x: xp.transpose(x),
    lambda xp, x: xp.concatenate([x, 2.0 * x]),
    lambda xp, x: xp.stack([x, xp.sin(x)], axis=-1),
)
SQUARE: tuple[Callable[..., Any], ...] = (
    lambda xp, x: xp.trace(x),
    lambda xp, x: xp.diagonal(x),
    lambda xp, x: 0.5 * (x + x.T),
    lambda xp, x: x @ x,
)
EXPRESSIONS = SimpleNamespace(**FUNCTIONS)


@dataclass(frozen=True, slots=True)
class TensorGraph:
    """A scalar expression of tensors, the program that made it, and a point to try it at.

    ``output`` has named dimensions; ``sizes`` says how large they are at the point.
    """

    seed: int
    output: Node
    values: dict[Node, Any]
    sizes: dict[str, int]
    steps: tuple[Step, ...]

    @property
    def symbols(self) -> list[Node]:
        """The variables, all of them real."""
        return list(self.values)

    def run(self, xp: Any, inputs: Sequence[Any]) -> Any:
        """Run the program with the array library ``xp`` on inputs in the order of ``symbols``."""
        return run(self.steps, xp, inputs)


def run(steps: Sequence[Step], xp: Any, inputs: Sequence[Any]) -> Any:
    """Run steps one after the other; the last one's result is the program's."""
    found = list(inputs)
    for function, places in steps:
        found.append(function(xp, *[found[place] for place in places]))
    return found[-1]


def random_tensor_graph(seed: int, operations: int = 8) -> TensorGraph:
    """Make a random scalar function of vectors and matrices; equal seeds give equal graphs.

    >>> graph = random_tensor_graph(4)
    >>> graph.output is random_tensor_graph(4).output, graph.output.shape
    (True, ())
    """
    grower = _Grower(np.random.default_rng(seed))
    for _ in range(operations):
        grower.grow()
    grower.finish()
    return TensorGraph(seed, grower.nodes[-1], grower.inputs, grower.sizes, tuple(grower.steps))


class _Grower:
    """The results so far: as nodes, as numbers, and whether something uses them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.sizes = {name: int(rng.integers(2, 5)) for name in NAMES}
        self.inputs: dict[Node, Any] = {}
        for name in "ABCuvs"[: int(rng.integers(2, 7))]:
            rank = 2 if name in "ABC" else 0 if name == "s" else 1
            shape = tuple(NAMES[int(rng.integers(3))] for _ in range(rank))
            if rank == 2 and rng.random() < 0.3:
                shape = (shape[0], shape[0])
            node = symbol(name, shape)
            self.inputs[node] = np.asarray(rng.uniform(-1.5, 1.5, size=[self.sizes[d] for d in shape]))
        self.nodes: list[Node] = list(self.inputs)
        self.numbers: list[Any] = list(self.inputs.values())
        self.steps: list[Step] = []
        self.unused = set(range(len(self.nodes)))

    def grow(self) -> None:
        """Add one step, and calm it down where its numbers have grown."""
        places = self._places()
        function, used = places
        self._add(function, used)
        if not np.all(np.abs(self.numbers[-1]) < LARGEST):
            self._add(lambda xp, x: 2.0 * xp.tanh(0.1 * x), (len(self.nodes) - 1,))

    def finish(self) -> None:
        """Sum what nothing uses, with weights of different size."""
        loose = sorted(self.unused)

        def total(xp: Any, *parts: Any) -> Any:
            weighted = [xp.sum(xp.sin(part + 0.3)) * (0.5 + place) for place, part in enumerate(parts)]
            result = weighted[0]
            for each in weighted[1:]:
                result = result + each
            return result

        self._add(total, tuple(loose))

    def _add(self, function: Callable[..., Any], places: tuple[int, ...]) -> None:
        self.nodes.append(function(EXPRESSIONS, *[self.nodes[place] for place in places]))
        self.numbers.append(np.asarray(function(np, *[self.numbers[place] for place in places])))
        self.steps.append((function, places))
        self.unused.difference_update(places)
        self.unused.add(len(self.nodes) - 1)

    def _places(self) -> Step:
        """Choose a function and what it is applied to."""
        x = self._pick(lambda node: True)
        kinds: Mapping[str, Callable[[int], Step | None]] = {
            "same": lambda place: (self._one(SAME), (place,)),
            "pair": self._pair,
            "along": self._along,
            "index": self._indexed,
            "product": self._product,
            "square": self._square,
        }
        order = self.rng.choice(list(kinds), size=len(kinds), replace=False, p=(0.15, 0.25, 0.2, 0.15, 0.2, 0.05))
        for kind in order:
            step = kinds[str(kind)](x)
            if step is not None:
                return step
        return (self._one(SAME), (x,))

    def _one(self, functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
        return functions[int(self.rng.integers(len(functions)))]

    def _pick(self, fits: Callable[[Node], bool]) -> int:
        """Choose a node that fits, new ones rather than old ones; -1 if there is none."""
        fitting = [place for place, node in enumerate(self.nodes) if fits(node)]
        if not fitting:
            return -1
        return fitting[max(int(self.rng.integers(len(fitting))) for _ in range(2))]

    def _pair(self, x: int) -> Step | None:
        node = self.nodes[x]

        def broadcasts(other: Node) -> bool:
            return other.shape == node.shape[node.ndim - other.ndim :]

        y = self._pick(broadcasts)
        function = self._one(PAIRS)
        if self.rng.random() < 0.3 and node.ndim and node.ndim < MOST_AXES:  # x[:, None] ∘ y, an outer operation
            other = self._pick(lambda each: each.ndim == 1)
            if other >= 0:
                return (lambda xp, a, b: function(xp, a[..., None], b), (x, other))
        return (function, (x, y))

    def _along(self, x: int) -> Step | None:
        node = self.nodes[x]
        if not node.ndim:
            return None
        function, axis = self._one(ALONG), int(self.rng.integers(node.ndim))
        if np.unique(self.numbers[x]).size < self.numbers[x].size:
            function = ALONG[0]  # equal entries would be a kink of max and min
        return (lambda xp, a: function(xp, a, axis), (x,))

    def _indexed(self, x: int) -> Step | None:
        node = self.nodes[x]
        if not node.ndim or node.ndim >= MOST_AXES or min(self.numbers[x].shape) < 2:
            return None
        return (self._one(INDEXED), (x,))

    def _product(self, x: int) -> Step | None:
        node = self.nodes[x]
        if not 0 < node.ndim < 3:
            return None
        y = self._pick(lambda other: 0 < other.ndim < 3 and other.shape[0] == node.shape[-1])
        if y >= 0:
            return (lambda xp, a, b: a @ b, (x, y))
        y = self._pick(lambda other: other.ndim == 2 and other.shape[-1] == node.shape[-1])
        return None if y < 0 else (lambda xp, a, b: a @ b.T, (x, y))

    def _square(self, x: int) -> Step | None:
        y = self._pick(lambda other: other.ndim == 2 and other.shape[0] == other.shape[1])
        return None if y < 0 else (self._one(SQUARE), (y,))
