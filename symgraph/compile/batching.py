"""A function of many points: every input gets a leading batch axis, and so does every node that depends on one."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.node import Node, apply, symbol
from ..core.traversal import named_sizes, topological
from ..ops.tensor.contraction import CONTRACT, contract
from ..ops.tensor.products import broadcast_to
from .prepare import prepare
from .schedule import is_leaf

BATCH = "batch"


def batch_inputs(outputs: Sequence[Node], inputs: Sequence[Node]) -> list[Node]:
    """Give the inputs with a leading axis, of a name that the graph does not use."""
    used = frozenset().union(*(named_sizes(node.shape) for node in (*topological(outputs), *inputs)))
    name = BATCH
    while name in used:
        name += "_"
    return [symbol(x.name, (name, *x.shape), x.dtype) for x in inputs]


def batched(outputs: Sequence[Node], inputs: Sequence[Node], wide_inputs: Sequence[Node]) -> list[Node] | None:
    """Write the graph for many points; ``None`` if some operator has no batch axis of its own.

    Elementwise operators and contractions have one; others must be run point by point.
    """
    prepared = prepare(outputs)
    batch = wide_inputs[0].shape[0] if wide_inputs else 0
    new: dict[Node, Node] = dict(zip(inputs, wide_inputs, strict=True))
    for node in topological(prepared):
        if node in new or is_leaf(node) or not any(arg in new for arg in node.args):
            continue
        args = [new.get(arg, arg) for arg in node.args]
        wide = [arg in new for arg in node.args]
        if node.op.elementwise:
            aligned = [_aligned(arg, node.ndim) if is_wide else arg for arg, is_wide in zip(args, wide, strict=True)]
            made = apply(node.op, tuple(aligned), node.attrs)
            if made.shape != (batch, *node.shape):
                return None
        elif node.op is CONTRACT:
            subscripts, output, sizes = node.attrs[:3]
            index = len(sizes)
            lists = [(index, *s) if is_wide else s for s, is_wide in zip(subscripts, wide, strict=True)]
            made = contract(args, lists, (index, *output), {**dict(enumerate(sizes)), index: batch})
        else:
            return None
        if made.dtype != node.dtype:
            return None
        new[node] = made
    return [new[node] if node in new else broadcast_to(node, (batch, *node.shape)) for node in prepared]


def _aligned(node: Node, rank: int) -> Node:
    """Put axes of size one after the batch axis, so that the others stand where broadcasting expects them."""
    missing = rank - (node.ndim - 1)
    if not missing:
        return node
    own = tuple(range(node.ndim))
    added = tuple(range(node.ndim, node.ndim + missing))
    sizes = {**dict(enumerate(node.shape)), **dict.fromkeys(added, 1)}
    return contract([node], [own], (0, *added, *own[1:]), sizes)
