"""The adjoint of broadcasting: a value that was repeated collects what all its copies contribute."""

from __future__ import annotations

from ...core.dimension import Shape
from ...core.node import Node
from .contraction import contract


def sum_to(g: Node, shape: Shape, batch: int = 0) -> Node:
    """Sum over the axes along which an argument of this shape was broadcast; keep ``batch`` leading axes."""
    if g.shape[batch:] == shape:
        return g
    extra = g.ndim - batch - len(shape)
    sizes = dict(enumerate(g.shape))
    output = list(range(batch))
    for place, size in enumerate(shape, batch + extra):
        if g.shape[place] != size:
            sizes[len(sizes)] = 1
            output.append(len(sizes) - 1)
        else:
            output.append(place)
    return contract((g,), (tuple(range(g.ndim)),), tuple(output), sizes)
