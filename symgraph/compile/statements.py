"""What a node does, as statements over a domain: computed entry by entry, or accumulated into places of its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ..core.dimension import Shape
from ..core.dtype import is_float
from ..core.lowering import Access, Cast, Gathering, Pieces, Placed, Position, Reduction, Running
from ..core.node import Node
from ..ops.elementwise import infer_bool
from ..ops.tensor.contraction import CONTRACT
from .access import along, broadcast, full, gathered_axes

MOST_PLACES = 1 << 16  # entries of an array whose pieces are looked at one by one
INFINITE = float("inf")
STARTS = {"add": 0.0, "place": 0.0, "put": 0.0, "scatter": 0.0, "max": -INFINITE, "min": INFINITE}
RUNNING = {"running add": -0.0, "running mul": 1.0}  # what a run starts with: −0 + x = x


@dataclass(frozen=True, slots=True)
class Accumulation:
    """A product of operands that goes into ``node`` at the places ``output``.

    ``combine`` says how: ``add``, ``max`` or ``min`` with what is there, ``set`` it, ``place`` (add, overlapping
    pieces), ``put`` (add to the zero that is there), ``scatter`` (add at positions given by the node's arrays of
    integers), or run along the innermost axis.
    """

    node: Node
    operands: tuple[tuple[Node, Access], ...]
    output: Access
    combine: str = "add"


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
    if not node.shape and node.op.elementwise:
        return [(arg, ()) for arg in node.args]
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
        places = rule.places(node)
        combine = "set" if not rule.added else "place" if _overlap(node, places) else "put"
        for arg, access in zip(node.args, places, strict=True):
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


def _overlap(node: Node, places: Sequence[Access]) -> bool:
    """True unless it is known that no two arguments are written to one place."""
    sizes = [size for size in node.shape if isinstance(size, int)]
    if len(sizes) < node.ndim or prod(sizes) > MOST_PLACES:
        return True
    taken = np.zeros(sizes, bool)
    for arg, access in zip(node.args, places, strict=True):
        axes = []
        for at in access:
            size = 1 if at.axis is None else arg.shape[at.axis]
            if not isinstance(at.start, int) or not isinstance(size, int):
                return True
            axes.append(at.start + at.step * np.arange(size))
        where = np.ix_(*axes)
        if taken[where].any():
            return True
        taken[where] = True
    return False


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
