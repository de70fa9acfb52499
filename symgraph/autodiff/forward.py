"""Forward mode: tangents along the graph, as nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.dtype import is_float
from ..core.node import Node
from ..core.origin import CONTEXT, Derived
from ..core.traversal import depends_on, topological
from . import rules  # mutually recursive: the rule of a composite is a forward pass over its body


def tangents(outputs: Sequence[Node], seeds: Mapping[Node, Node]) -> dict[Node, Node]:
    """Give the tangent of every node that depends on a seeded node.

    Args:
        outputs: what is differentiated.
        seeds: for each variable (or inner node) its tangent, of the same shape.

    Returns:
        A dictionary from node to tangent; a node whose tangent is proved zero is missing.
    """
    order = topological(outputs, stop=seeds)
    active = depends_on(order, seeds)
    found = dict(seeds)
    before = CONTEXT.origin
    try:
        for node in order:
            if node in found or node not in active or not is_float(node.dtype):
                continue
            CONTEXT.origin = Derived(f"forward {node.op.name}", node)
            tangent = rules.push_forward(node, [found.get(arg) for arg in node.args])
            if tangent is not None:
                found[node] = tangent
    finally:
        CONTEXT.origin = before
    return found
