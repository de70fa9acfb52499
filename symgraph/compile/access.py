"""Views: nodes that show another array's entries in other places, and so need no storage and no step.

A view is affine (transposes, broadcasts, diagonals, slices) or an *alias*, the same memory in another shape.
"""

from __future__ import annotations

from ..core.dimension import Shape, Size
from ..core.lowering import Access, Alias, Position, View
from ..core.node import Node
from ..core.shape import broadcast_shapes
from ..ops.arrays.structure import STOP_GRADIENT
from ..ops.tensor.contraction import CONTRACT

COPY = STOP_GRADIENT  # the identity: it stores a view where memory of its own is needed


def along(axes: tuple[int, ...]) -> Access:
    """Say that the axes of an array run along these axes of a loop."""
    return tuple([Position(axis) for axis in axes])


def full(rank: int) -> Access:
    """Say that an array's axes are the loop's axes."""
    return tuple([Position(axis) for axis in range(rank)])


def broadcast(shape: Shape, domain: Shape, lead: int | None = None) -> Access:
    """Read an array by NumPy's broadcasting rule; its last axis stands at the domain's axis ``lead + rank − 1``."""
    lead = len(domain) - len(shape) if lead is None else lead
    return tuple(
        [
            Position(None) if size == 1 and domain[axis] != 1 else Position(axis)
            for axis, size in enumerate(shape, lead)
        ]
    )  # fmt: skip


def is_affine(node: Node) -> bool:
    """True for a view whose entries stand at affine places of its argument."""
    if node.op.elementwise:
        return False
    if isinstance(node.op.lowering, View) or _is_single_entry(node):
        return True
    if node.op is not CONTRACT or len(node.args) != 1 or node.dtype != node.args[0].dtype:
        return False
    subscripts, output = node.attrs[:2]
    return len(set(output)) == len(output) and set(subscripts[0]) <= set(output)


def _is_single_entry(node: Node) -> bool:
    """True for an array of one entry in the shape of a number."""
    return isinstance(node.op.lowering, Alias) and not node.shape and bool(node.args[0].shape)


def is_alias(node: Node) -> bool:
    """True for an array in another shape over the same memory."""
    if not isinstance(node.op.lowering, Alias):
        return False
    argument = node.args[0]
    while isinstance(argument.op.lowering, Alias):
        argument = argument.args[0]
    return bool(node.shape and argument.shape) and not is_affine(argument)


def is_view(node: Node) -> bool:
    """True if a node needs no storage of its own."""
    return is_affine(node) or is_alias(node)


def base_of(node: Node) -> Node:
    """Give the array that a view shows, or the node itself."""
    if node.op.elementwise or not node.args:
        return node
    while is_view(node):
        node = node.args[0]
    return node


def resolve(node: Node, access: Access) -> tuple[Node, Access]:
    """Follow affine views: give the array (or alias) behind, and where its entries are read."""
    while is_affine(node):
        if isinstance(node.op.lowering, View):
            access = tuple([_composed(place, access) for place in node.op.lowering.places(node)])
        elif _is_single_entry(node):
            access = (Position(None),) * node.args[0].ndim
        else:
            subscripts, output = node.attrs[:2]
            access = tuple([access[output.index(i)] for i in subscripts[0]])
        node = node.args[0]
    return node, access


def _composed(place: Position, access: Access) -> Position:
    if place.axis is None:
        return place
    inner = access[place.axis]
    return Position(inner.axis, place.start + inner.start * place.step, place.step * inner.step)


def strides_of(shape: Shape) -> list[Size]:
    """Give the strides of a C-contiguous array in elements, as formulas."""
    result: list[Size] = []
    running: Size = 1
    for size in reversed(shape):
        result.insert(0, running)
        running = running * size
    return result


def gathered_axes(node: Node, shape: Shape) -> tuple[list[int], list[int], int]:
    """For a gather from, or scatter into, an array of this shape: say which axes of the domain go where.

    Returns:
        the array's axes that are indexed; for the others in order, the domain's axis; and the domain's axis at
        which the positions' axes begin.
    """
    axes, after = node.attrs[:2]
    indexed = [len(shape) + axis for axis in axes]
    rest = len(shape) - len(axes)
    many = len(broadcast_shapes(*[arg.shape for arg in node.args[1:]]))
    split = rest - after
    return indexed, [k if k < split else k + many for k in range(rest)], split
