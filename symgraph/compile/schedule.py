"""The schedule: which nodes are computed together, in one loop nest, and in which order.

A *nest* runs once over an index space, its domain. Elementwise nodes whose shape is the domain are computed
inside it without storing anything in between; contractions over the domain accumulate inside it. A node joins
the last nest of its domain that runs after everything it needs, so that chains, broadcasts and reductions are
fused. The empty domain is straight-line scalar code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..core.dimension import Shape
from ..core.dtype import is_float
from ..core.errors import CompileError
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.shape import size_of
from ..core.traversal import topological
from ..ops.contraction import CONTRACT, DIMENSION
from ..ops.elementwise import infer_bool

SMALL_PRODUCT = 4096  # multiplications in a matrix product that stays a loop nest


@dataclass(slots=True)
class Nest:
    """Nodes that are computed in one pass over ``domain``.

    ``body`` holds elementwise nodes, ``sums`` contractions (with their operands' index lists in terms of the
    domain's axes, and their result's). ``stored`` are the body nodes that something outside needs.
    """

    domain: Shape
    body: list[Node] = field(default_factory=list)
    sums: list[Accumulation] = field(default_factory=list)
    stored: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Accumulation:
    """A contraction inside a nest: products of operands, added into the result."""

    node: Node
    operands: tuple[tuple[Node, tuple[int, ...]], ...]
    output: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LibraryCall:
    """A node that its operator's NumPy function computes, between native nests."""

    node: Node


Step = Nest | LibraryCall


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


def plan(outputs: Sequence[Node], inputs: Sequence[Node]) -> Schedule:
    """Sort the nodes that the outputs need into nests.

    Raises:
        CompileError: an input is missing.
    """
    order = topological(outputs)
    given = set(inputs)
    steps: list[Step] = []
    place: dict[Node, int] = {}
    latest: dict[Shape, int] = {}
    wanted: set[Node] = set()
    for node in order:
        if node.op is SYMBOL and node not in given:
            raise CompileError(f"the outputs need {node.name}: add it to the inputs")
        if node in given or is_leaf(node) or is_view(node):
            continue
        if not is_native(node):
            place[node] = len(steps)
            steps.append(LibraryCall(node))
            wanted.update(base_of(arg) for arg in node.args)
            continue
        domain, accumulation = _domain(node)
        earliest = 0
        for arg, axes in operands_of(node, accumulation):
            base = base_of(arg)
            if base not in place:
                continue
            there = steps[place[base]]
            inside = base is arg and isinstance(there, Nest) and base.op.elementwise and there.domain == domain
            inside = inside and axes == tuple(range(len(domain)))
            earliest = max(earliest, place[base] + (0 if inside else 1))
        index = latest.get(domain, -1)
        if index < earliest:
            index = latest[domain] = len(steps)
            steps.append(Nest(domain))
        place[node] = index
        nest = steps[index]
        assert isinstance(nest, Nest)
        if accumulation is None:
            nest.body.append(node)
        else:
            nest.sums.append(accumulation)
        bases = [base_of(arg) for arg, _ in operands_of(node, accumulation)]
        wanted.update(base for base in bases if place.get(base, index) != index)
    wanted.update(base_of(node) for node in outputs)
    for step in steps:
        if isinstance(step, Nest):
            step.stored = [node for node in step.body if node in wanted]
    constants, dimensions = ([node for node in order if node.op is op] for op in (CONSTANT, DIMENSION))
    return Schedule(steps, list(inputs), list(outputs), constants, dimensions)


def is_native(node: Node) -> bool:
    """True if machine code is written for a node; NumPy computes the others, and integers."""
    if node.op is CONTRACT:
        return is_float(node.dtype) and not is_matrix_product(node)
    if node.op.lowering is None or not node.op.elementwise:
        return False
    if is_float(node.dtype):
        return True
    return node.op.infer is infer_bool and not any("int" in arg.dtype for arg in node.args)


def is_matrix_product(node: Node) -> bool:
    """True for a product of two matrices that may be large: NumPy hands it to BLAS, which no plain loop matches."""
    if len(node.args) != 2:
        return False
    subscripts, output, sizes = node.attrs[:3]
    first, second = (set(index) for index in subscripts)
    own = (first - second, second - first, first & second - set(output))
    if not all(own):
        return False
    loops = size_of(tuple(sizes))
    return not isinstance(loops, int) or loops > SMALL_PRODUCT


def operands_of(node: Node, accumulation: Accumulation | None) -> list[tuple[Node, tuple[int, ...]]]:
    """Give the arguments, each with the domain axes that its own axes run along."""
    if accumulation is not None:
        return list(accumulation.operands)
    rank = node.ndim
    return [(arg, tuple(range(rank - arg.ndim, rank))) for arg in node.args]


def is_view(node: Node) -> bool:
    """True for a contraction that shows another array's entries in other places: it needs no storage."""
    if node.op is not CONTRACT or len(node.args) != 1 or node.dtype != node.args[0].dtype:
        return False
    subscripts, output = node.attrs[:2]
    return len(set(output)) == len(output) and set(subscripts[0]) <= set(output)


def base_of(node: Node) -> Node:
    """Give the array that a view shows, or the node itself."""
    while is_view(node):
        node = node.args[0]
    return node


def _domain(node: Node) -> tuple[Shape, Accumulation | None]:
    if node.op.elementwise:
        return node.shape, None
    subscripts, output, sizes, _ = node.attrs
    # The result's indices outermost, in the result's order, then the summed ones: stores are then contiguous.
    axes = list(dict.fromkeys(output))
    axes += [i for index in subscripts for i in index if i not in axes]
    axes = list(dict.fromkeys(axes))
    axes = _contiguous_last(axes, subscripts, output)
    where = {index: axis for axis, index in enumerate(axes)}
    operands = tuple((arg, tuple(where[i] for i in index)) for arg, index in zip(node.args, subscripts, strict=True))
    domain = tuple(sizes[i] for i in axes)
    return domain, Accumulation(node, operands, tuple(where[i] for i in output))


def _contiguous_last(axes: list[int], subscripts: Iterable[tuple[int, ...]], output: tuple[int, ...]) -> list[int]:
    """Put innermost the index along which most arrays are contiguous."""
    if not axes:
        return axes
    lists = [index for index in (*subscripts, output) if index]

    def score(i: int) -> int:
        return sum((2 if index[-1] == i else -3 if i in index else 0) for index in lists)

    best = max(reversed(axes), key=score)
    return [i for i in axes if i != best] + [best]
