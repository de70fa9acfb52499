"""The schedule: which nodes are computed together, in one loop nest, and in which order.

A *nest* runs once over an index space, its domain. Elementwise nodes whose shape is the domain are computed
inside it without storing anything in between; contractions and other reductions over the domain accumulate
inside it, and pieces of joined arrays are written by it. A node joins the last nest of its domain that runs after
everything it needs, so that chains, broadcasts and reductions are fused. The empty domain is straight-line scalar code.
Products of matrices are calls of BLAS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..core.dimension import Shape
from ..core.dtype import is_float
from ..core.errors import CompileError
from ..core.lowering import Access, Cast, Gathering, Pieces, Placed, Position, Reduction, Running
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.traversal import topological
from ..ops.contraction import CONTRACT, DIMENSION
from ..ops.elementwise import infer_bool
from .access import along, base_of, broadcast, full, gathered_axes, is_view
from .product_plan import Product, product_of

__all__ = ["base_of", "is_view"]
INFINITE = float("inf")
STARTS = {"add": 0.0, "place": 0.0, "scatter": 0.0, "max": -INFINITE, "min": INFINITE}
RUNNING = {"running add": -0.0, "running mul": 1.0}  # what a run starts with: −0 + x = x


@dataclass(slots=True)
class Nest:
    """Nodes that are computed in one pass over ``domain``.

    ``body`` holds elementwise nodes, ``sums`` what is accumulated or written elsewhere. ``stored`` are the body
    nodes that something outside needs; ``fills`` the arrays to be filled first, and with which number.
    """

    domain: Shape
    body: list[Node] = field(default_factory=list)
    sums: list[Accumulation] = field(default_factory=list)
    stored: list[Node] = field(default_factory=list)
    fills: list[tuple[Node, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Accumulation:
    """A product of operands that goes into ``node`` at the places ``output``.

    ``combine`` says how: ``add``, ``max`` or ``min`` with what is there, ``set`` it, ``place`` (add, overlapping
    pieces), ``scatter`` (add at positions given by the node's arrays of integers), or run along the innermost axis.
    """

    node: Node
    operands: tuple[tuple[Node, Access], ...]
    output: Access
    combine: str = "add"


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
        index = self.latest.get((domain, runs), -1)
        if index < earliest:
            index = self.latest[domain, runs] = len(self.steps)
            self.steps.append(Nest(domain))
        self.wanted.update(base for base in (base_of(arg) for arg, _ in operands) if self.place.get(base) != index)
        return index

    def finish(self, outputs: Iterable[Node]) -> list[Step]:
        self.wanted.update(base_of(node) for node in outputs)
        for step in self.steps:
            if isinstance(step, Nest):
                step.stored = [node for node in step.body if node in self.wanted]
        return self.steps


def _whole_step(node: Node, products: bool) -> Step | None:
    if not is_native(node):
        return LibraryCall(node)
    return product_of(node) if products else None


def is_native(node: Node) -> bool:
    """True if machine code is written for a node; NumPy computes the others, and integers."""
    if node.op is CONTRACT:
        return is_float(node.dtype)
    rule = node.op.lowering
    if isinstance(rule, Gathering):
        return is_float(node.dtype) and node.args[0].dtype == node.dtype
    if isinstance(rule, Cast):
        return True
    if isinstance(rule, (Pieces, Reduction, Running, Placed)):
        return is_float(node.dtype)
    if rule is None or not node.op.elementwise:
        return False
    if is_float(node.dtype):
        return True
    return node.op.infer is infer_bool and not any("int" in arg.dtype for arg in node.args)


def is_body(node: Node) -> bool:
    """True for a node that is computed entry by entry, in registers."""
    rule = node.op.lowering
    if is_outer(node):
        return True
    return node.op.elementwise or isinstance(rule, (Cast, Placed)) or (isinstance(rule, Gathering) and not rule.adds)


def is_outer(node: Node) -> bool:
    """True for a contraction without sums or diagonals: every entry is one product."""
    if node.op is not CONTRACT or len(set(node.attrs[1])) < node.ndim:
        return False
    return all(i in node.attrs[1] for index in node.attrs[0] for i in index)


def operands_of(node: Node, accumulation: Accumulation | None) -> list[tuple[Node, Access]]:
    """Give the arguments, each with the domain axes that its own axes run along."""
    if isinstance(node.op.lowering, Gathering):
        return _gathered_operands(node)
    if accumulation is not None:
        return list(accumulation.operands)
    if node.op is CONTRACT:
        subscripts, output = node.attrs[:2]
        return [
            (arg, along(tuple([output.index(i) for i in index])))
            for arg, index in zip(node.args, subscripts, strict=True)
        ]
    return [(arg, broadcast(arg.shape, node.shape)) for arg in node.args]


def _gathered_operands(node: Node) -> list[tuple[Node, Access]]:
    """Give the array first (from anywhere if gathered from), then the positions."""
    rule = node.op.lowering
    assert isinstance(rule, Gathering)
    array, *positions = node.args
    domain = array.shape if rule.adds else node.shape
    _, rest, split = gathered_axes(node, node.attrs[2] if rule.adds else array.shape)
    end = split + len(domain) - len(rest)
    first = (array, full(len(domain)) if rule.adds else ())
    return [first, *((arg, broadcast(arg.shape, domain, end - arg.ndim)) for arg in positions)]


def statements(node: Node) -> Iterator[tuple[Shape, Accumulation | None]]:
    """Say over which domains a native node is computed: once, or once for every piece."""
    rule = node.op.lowering
    if is_body(node):
        yield node.shape, None
    elif isinstance(rule, Pieces):
        combine = "place" if rule.added else "set"
        for arg, access in zip(node.args, rule.places(node), strict=True):
            yield arg.shape, Accumulation(node, ((arg, full(arg.ndim)),), access, combine)
    elif isinstance(rule, Gathering):
        array = node.args[0]
        yield array.shape, Accumulation(node, ((array, full(array.ndim)),), (), "scatter")
    elif isinstance(rule, Running):
        yield _running(node, rule.combine)
    elif isinstance(rule, Reduction):
        (x,) = node.args
        axes = tuple(range(x.ndim))
        kept = tuple([axis for axis in axes if axis - x.ndim not in node.attrs[0]])
        yield _reduced(node, (axes,), kept, x.shape, rule.combine)
    else:
        subscripts, output, sizes, _ = node.attrs
        yield _reduced(node, subscripts, output, sizes, "add")


def _running(node: Node, combine: str) -> tuple[Shape, Accumulation]:
    """Let the axis of the run be innermost, from its last entry to its first if it runs backward."""
    axis = node.ndim + node.attrs[0]
    size = node.shape[axis]
    backward = node.attrs[1:] == (True,)
    order = [k for k in range(node.ndim) if k != axis]
    places = [Position(order.index(k)) if k != axis else Position(node.ndim - 1) for k in range(node.ndim)]
    if backward:
        places[axis] = Position(node.ndim - 1, size - 1, -1)
    domain = (*(node.shape[k] for k in order), size)
    return domain, Accumulation(node, ((node.args[0], tuple(places)),), tuple(places), f"running {combine}")


def _reduced(
    node: Node, subscripts: Sequence[tuple[int, ...]], output: tuple[int, ...], sizes: Shape, combine: str
) -> tuple[Shape, Accumulation]:
    axes = _axis_order(subscripts, output)
    where = {index: axis for axis, index in enumerate(axes)}
    operands = tuple(
        (arg, along(tuple(where[i] for i in index))) for arg, index in zip(node.args, subscripts, strict=True)
    )
    domain = tuple(sizes[i] for i in axes)
    result = along(tuple(where[i] for i in output))
    summed = len(set(output)) < len(domain)
    return domain, Accumulation(node, operands, result, combine if summed else "set")


def needed_start(node: Node, accumulation: Accumulation | None, domain: Shape) -> float | None:
    """Give the number that a result must hold before anything is written to it, if it must."""
    if accumulation is None:
        return None
    if accumulation.combine == "set" and node.op is CONTRACT and len(set(accumulation.output)) < node.ndim:
        return 0.0  # only a diagonal is written
    return STARTS.get(accumulation.combine)


def _axis_order(subscripts: Sequence[tuple[int, ...]], output: tuple[int, ...]) -> list[int]:
    """Order the loops: as an array that spans everything, else the result's indices outermost."""
    every = dict.fromkeys([*output, *(i for index in subscripts for i in index)])
    for index in subscripts:
        if index and len(index) == len(every) == len(set(index)) and _scores(list(index), subscripts, output)[-1] > -3:
            return list(index)
    axes = list(every)
    if not axes:
        return axes
    # The result's indices outermost, in the result's order, then the summed ones: stores are then contiguous.
    scores = _scores(axes, subscripts, output)
    best = max(range(len(axes)), key=lambda place: (scores[place], place))
    return [*axes[:best], *axes[best + 1 :], axes[best]]


def _scores(axes: list[int], subscripts: Sequence[tuple[int, ...]], output: tuple[int, ...]) -> list[int]:
    """Say how good each index would be innermost: along which most arrays are contiguous."""
    lists = [index for index in (*subscripts, output) if index]
    return [sum((2 if index[-1] == i else -3 if i in index else 0) for index in lists) for i in axes]
