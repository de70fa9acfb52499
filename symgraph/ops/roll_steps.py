"""Rolling an axis of known size as two pieces, as machine code does it."""

from __future__ import annotations

from ..core.dtype import is_float
from ..core.node import Node, apply
from ..core.operator import OPS
from .arrays.indexing import slice_axis


def roll_steps(node: Node) -> Node | None:
    """The last entries in front of the others; nothing where the size is a name, since the shift may exceed it."""
    (x,), (shift, axis) = node.args, node.attrs
    size = x.shape[axis]
    if not is_float(x.dtype) or not isinstance(size, int) or size == 0:
        return None
    moved = shift % size
    if moved == 0:
        return x
    parts = slice_axis(x, axis, size - moved, moved), slice_axis(x, axis, 0, size - moved)
    return apply(OPS["concatenate"], parts, (axis,))
