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
from ..core.errors import CompileError
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.traversal import topological
from ..ops.contraction import CONTRACT, DIMENSION


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


@dataclass(slots=True)
class Schedule:
    """Nests in order, with the leaves they read."""

    nests: list[Nest]
    inputs: list[Node]
    outputs: list[Node]
    constants: list[Node]


def is_leaf(node: Node) -> bool:
    """True for nodes that are there before the first nest runs."""
    return node.op in (SYMBOL, CONSTANT, DIMENSION)


def plan(outputs: Sequence[Node], inputs: Sequence[Node]) -> Schedule:
    """Sort the nodes that the outputs need into nests.

    Raises:
        CompileError: an operator has no machine code, or an input is missing.
    """
    order = topological(outputs)
    nests: list[Nest] = []
    place: dict[Node, int] = {}
    latest: dict[Shape, int] = {}
    wanted = set(outputs)
    for node in order:
        if node.op is SYMBOL and node not in inputs:
            raise CompileError(f"the outputs need {node.name}: add it to the inputs")
        if is_leaf(node) or is_view(node):
            continue
        domain, accumulation = _domain(node)
        earliest = 0
        for arg, index in operands_of(node, accumulation):
            base = base_of(arg)
            if base not in place:
                continue
            inside = base is arg and base.op.elementwise and nests[place[base]].domain == domain
            inside = inside and index == tuple(range(len(domain)))
            earliest = max(earliest, place[base] + (0 if inside else 1))
        index = latest.get(domain, -1)
        if index < earliest:
            index = latest[domain] = len(nests)
            nests.append(Nest(domain))
        place[node] = index
        if accumulation is None:
            nests[index].body.append(node)
        else:
            nests[index].sums.append(accumulation)
        wanted.update(base_of(arg) for arg, _ in operands_of(node, accumulation) if place.get(base_of(arg), index) != index)
    wanted.update(base_of(node) for node in outputs)
    for nest in nests:
        nest.stored = [node for node in nest.body if node in wanted]
    return Schedule(nests, list(inputs), list(outputs), [node for node in order if node.op is CONSTANT])


def operands_of(node: Node, accumulation: Accumulation | None) -> list[tuple[Node, tuple[int, ...]]]:
    """Give the arguments, each with the domain axes that its own axes run along."""
    if accumulation is not None:
        return list(accumulation.operands)
    rank = node.ndim
    return [(arg, tuple(range(rank - arg.ndim, rank))) for arg in node.args]


def is_view(node: Node) -> bool:
    """True for a contraction that shows another array's entries in other places: it needs no storage."""
    if node.op is not CONTRACT or len(node.args) != 1:
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
    if node.op is not CONTRACT:
        raise CompileError(f"{node.op.name} has no machine code yet: use evaluate, or compile the parts around it")
    subscripts, output, sizes, _ = node.attrs
    # The result's indices outermost, in the result's order, then the summed ones: stores are then contiguous.
    axes = list(dict.fromkeys(output))
    axes += [i for index in subscripts for i in index if i not in axes]
    axes = list(dict.fromkeys(axes))
    axes = _contiguous_last(axes, subscripts, output)
    where = {index: axis for axis, index in enumerate(axes)}
    operands = tuple(
        (arg, tuple(where[i] for i in index)) for arg, index in zip(node.args, subscripts, strict=True)
    )
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
