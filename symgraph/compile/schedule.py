"""The schedule: which nodes are computed together, in one loop nest, and in which order.

A *nest* runs once over an index space, its domain. Elementwise nodes whose shape is the domain are computed
inside it without storing anything in between; contractions and other reductions over the domain accumulate
inside it, and pieces of joined arrays are written by it. A node joins the last nest of its domain that runs after
everything it needs, so that chains, broadcasts and reductions are fused. The empty domain is straight-line scalar code.
Products of matrices are calls of BLAS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..core.dimension import Shape
from ..core.errors import CompileError
from ..core.lowering import Access
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.traversal import topological
from ..ops.tensor.dimension import DIMENSION
from .access import base_of, full, is_view
from .product_plan import Product, product_of
from .statements import RUNNING, Accumulation, is_body, is_native, needed_start, operands_of, statements


@dataclass(slots=True)
class Nest:
    """Nodes that are computed in one pass over ``domain``.

    ``body`` holds elementwise nodes, ``sums`` what is accumulated or written elsewhere. ``stored`` are the body
    nodes that something outside needs; ``fills`` the arrays to be filled first, and with which number.
    """

    domain: Shape
    body: list[Node] = field(default_factory=list)
    sums: list[Accumulation] = field(default_factory=list)
    stored: dict[Node, None] = field(default_factory=dict)
    fills: list[tuple[Node, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LibraryCall:
    """A node that its operator's NumPy function computes, between native nests."""

    node: Node


Step = Nest | Product | LibraryCall


@dataclass(slots=True)
class Schedule:
    """Steps in order, with the leaves they read."""

    steps: list[Step]
    inputs: list[Node]
    outputs: list[Node]
    constants: list[Node]
    dimensions: list[Node]


def is_leaf(node: Node) -> bool:
    """True for nodes that are there before the first nest runs."""
    return node.op in (SYMBOL, CONSTANT, DIMENSION)


def plan(outputs: Sequence[Node], inputs: Sequence[Node], products: bool = True) -> Schedule:
    """Sort the nodes that the outputs need into steps; without ``products``, products of matrices are nests too.

    Raises:
        CompileError: an input is missing.
    """
    order = topological(outputs)
    given = set(inputs)
    planner = _Planner(products)
    for node in order:
        if node.op is SYMBOL and node not in given:
            raise CompileError(f"the outputs need {node.name}: add it to the inputs")
        if node not in given and not is_leaf(node) and not is_view(node):
            planner.add(node)
    constants, dimensions = ([node for node in order if node.op is op] for op in (CONSTANT, DIMENSION))
    return Schedule(planner.finish(outputs), list(inputs), list(outputs), constants, dimensions)


class _Planner:
    """Places nodes one by one."""

    def __init__(self, products: bool) -> None:
        self.products = products
        self.steps: list[Step] = []
        self.place: dict[Node, int] = {}
        self.latest: dict[tuple[Shape, bool], int] = {}
        self.wanted: set[Node] = set()

    def add(self, node: Node) -> None:
        if not node.shape and node.op.elementwise and is_native(node):
            self._add_scalar(node)
            return
        whole = _whole_step(node, self.products)
        if whole is not None:
            self.place[node] = len(self.steps)
            self.steps.append(whole)
            self.wanted.update(base_of(arg) for arg in node.args)
            return
        first = len(self.steps)
        for domain, accumulation in statements(node):
            runs = accumulation is not None and accumulation.combine in RUNNING
            index = self._nest_for(domain, operands_of(node, accumulation), runs)
            nest = self.steps[index]
            assert isinstance(nest, Nest)
            if accumulation is None:
                nest.body.append(node)
            else:
                nest.sums.append(accumulation)
            first = min(first, index)
            self.place[node] = max(index, self.place.get(node, 0))
        start = self.steps[first] if first < len(self.steps) else None
        number = needed_start(node, accumulation, domain) if isinstance(start, Nest) else None
        if isinstance(start, Nest) and number is not None:
            start.fills.append((node, number))

    def _add_scalar(self, node: Node) -> None:
        """Place an elementwise node of scalars as :meth:`add` would, in fewer steps: long programs are made of them."""
        earliest, bases = 0, []
        for arg in node.args:
            base = base_of(arg)
            place = self.place.get(base)
            if place is not None:
                inside = base is arg and not base.shape and base.op.elementwise and isinstance(self.steps[place], Nest)
                earliest = max(earliest, place if inside else place + 1)
                bases.append((base, place))
        index = self._last_nest((), False, earliest)
        nest = self.steps[index]
        assert isinstance(nest, Nest)
        nest.body.append(node)
        self.place[node] = index
        self.wanted.update([base for base, place in bases if place != index])

    def _last_nest(self, domain: Shape, runs: bool, earliest: int) -> int:
        """Give the last nest of a domain if it runs late enough, else a new one."""
        index = self.latest.get((domain, runs), -1)
        if index < earliest:
            index = self.latest[domain, runs] = len(self.steps)
            self.steps.append(Nest(domain))
        return index

    def _nest_for(self, domain: Shape, operands: Sequence[tuple[Node, Access]], runs: bool) -> int:
        """Give the nest of this domain that runs late enough; note what it reads from others. Runs stay apart."""
        earliest = 0
        whole = full(len(domain))
        for arg, access in operands:
            base = base_of(arg)
            if base not in self.place:
                continue
            there = self.steps[self.place[base]]
            inside = base is arg and isinstance(there, Nest) and is_body(base) and there.domain == domain and not runs
            earliest = max(earliest, self.place[base] + (0 if inside and access == whole else 1))
        index = self._last_nest(domain, runs, earliest)
        self.wanted.update(base for base in (base_of(arg) for arg, _ in operands) if self.place.get(base) != index)
        return index

    def finish(self, outputs: Iterable[Node]) -> list[Step]:
        self.wanted.update(base_of(node) for node in outputs)
        for step in self.steps:
            if isinstance(step, Nest):
                step.stored = dict.fromkeys([node for node in step.body if node in self.wanted])
        return self.steps


def _whole_step(node: Node, products: bool) -> Step | None:
    if not is_native(node):
        return LibraryCall(node)
    return product_of(node) if products else None
