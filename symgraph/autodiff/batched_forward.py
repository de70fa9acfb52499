"""Forward mode for whole Jacobians: every tangent carries the variable's axes in front, as a batch.

The rules are those of reverse mode, transposed: a rule r(g) is linear in the adjoint g, and differentiating
⟨r(g), tangent⟩ with respect to g gives the tangent of the node for all directions at once. Elementwise operators
multiply with their partial derivatives directly.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.dimension import Shape
from ..core.dtype import is_float
from ..core.node import Node
from ..core.origin import CONTEXT, Derived
from ..core.traversal import depends_on, topological
from ..ops.arithmetic import add
from ..ops.chaining import chain
from ..ops.tensor.contraction import contract
from .reverse import identity_seed
from .rules import local_derivative, transposed


def forward_jacobian(output: Node, x: Node) -> Node | None:
    """Give ∂output/∂x, of shape ``output.shape + x.shape``, by one forward pass; ``None`` is a proved zero."""
    order = topological([output], stop=[x])
    active = depends_on(order, [x])
    found: dict[Node, Node] = {x: identity_seed(x)}
    before = CONTEXT.origin
    try:
        for node in order:
            if node is x or node not in active or not is_float(node.dtype):
                continue
            CONTEXT.origin = Derived(f"forward {node.op.name}", node)
            tangent = _push(node, [found.get(arg) for arg in node.args], x.shape)
            if tangent is not None:
                found[node] = tangent
    finally:
        CONTEXT.origin = before
    return swap_axes(found[output], x.ndim) if output in found else None


def swap_axes(node: Node, leading: int) -> Node:
    """Move the first ``leading`` axes behind the others."""
    index = tuple(range(node.ndim))
    return contract((node,), (index,), index[leading:] + index[:leading], dict(enumerate(node.shape)))


def _push(node: Node, tangents: Sequence[Node | None], batch: Shape) -> Node | None:
    total: Node | None = None
    direct = node.op.elementwise and node.op.partials is not None and not node.op.selective
    for i, tangent in enumerate(tangents):
        if tangent is None:
            continue
        term = _elementwise(node, i, tangent, batch) if direct else transposed(node, i, tangent, batch)
        if term is not None:
            total = term if total is None else add(total, term)
    return total


def _elementwise(node: Node, i: int, tangent: Node, batch: Shape) -> Node | None:
    local = local_derivative(node, i)
    if local is None:
        return None
    return chain(_spread(tangent, node.args[i].shape, node.shape, batch), local)


def _spread(tangent: Node, own: Shape, shape: Shape, batch: Shape) -> Node:
    """Repeat the tangent of an argument of shape ``own`` where the operator broadcasts it; the batch stays first."""
    if own == shape:
        return tangent
    rank = len(batch)
    sizes = dict(enumerate(batch + shape))
    index = list(range(rank))
    for place, size in enumerate(own, rank + len(shape) - len(own)):
        if size != sizes[place]:
            sizes[len(sizes)] = size
            index.append(len(sizes) - 1)
        else:
            index.append(place)
    return contract((tangent,), (tuple(index),), tuple(range(rank + len(shape))), sizes)
