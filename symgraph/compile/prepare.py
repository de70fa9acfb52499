"""What is done to a graph before it is scheduled: composites opened, constants made, contractions ordered.

Every function gives an equivalent graph of operators that the scheduler places one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.dimension import Dim
from ..core.dtype import is_float
from ..core.errors import SymgraphError
from ..core.lowering import Alias, Expansion, Gathering
from ..core.node import CONSTANT, SYMBOL, Node, apply, constant, make
from ..core.traversal import open_composites, reachable, rebuild, topological
from ..ops.tensor.contraction import CONTRACT
from .access import COPY, base_of, is_affine
from .product_plan import arranged, is_product, unfit_operands
from .reorder import ordered

Step = Callable[[Node], Node]


def prepare(outputs: Sequence[Node]) -> list[Node]:
    """Open composites, turn named constants into numbers, order contractions, store views where that is needed."""
    if all(_is_ready(node) for node in reachable(outputs)):
        return list(outputs)
    nodes = open_composites(outputs)
    for step in (_expanded, ordered, ordered, _readable):  # the second time, the products that the first time made
        nodes = _everywhere(nodes, step)
    return [_stored(node) if is_affine(node) else node for node in nodes]


def _is_ready(node: Node) -> bool:
    """True for a leaf or an operator of single entries, to which nothing here has anything to do."""
    if node.op in (SYMBOL, CONSTANT):
        return True
    return node.op.elementwise and node.op.expand is None and not isinstance(node.op.lowering, Expansion)


def _everywhere(nodes: Sequence[Node], step: Step) -> list[Node]:
    if all(step(node) is node for node in topological(nodes)):
        return list(nodes)
    return rebuild(nodes, lambda node, args: step(node if args == node.args else _again(node, args)))


def _again(node: Node, args: tuple[Node, ...]) -> Node:
    try:
        return apply(node.op, args, node.attrs)
    except SymgraphError:  # a canonical form may refuse what the plain node allows
        return make(node.op, args, node.attrs)


def _expanded(node: Node) -> Node:
    """Write a named constant as a number, and an operator by others that have machine code."""
    if _is_number(node):
        return constant(node.op.numpy(*node.attrs), dtype=node.dtype)
    if isinstance(node.op.lowering, Expansion):
        found = node.op.lowering.build(node)
        return node if found is None else found
    return node


def _is_number(node: Node) -> bool:
    """True for a named constant such as π."""
    if node.args or node.op in (SYMBOL, CONSTANT, CONTRACT) or node.shape:
        return False
    return not any(isinstance(item, Dim) for item in node.attrs)


def _readable(node: Node) -> Node:
    """Store the views that cannot be read where they are: reshaped ones, and those whose strides BLAS does not take."""
    if isinstance(node.op.lowering, (Alias, Gathering)) and is_affine(node.args[0]):
        return _with_stored(node, [0])
    if not is_product(node):
        return node
    return _with_stored(node, unfit_operands(arranged(node)))


def _with_stored(node: Node, places: Sequence[int]) -> Node:
    args: list[Any] = list(node.args)
    for place in places:
        args[place] = _stored(args[place])
    return node if tuple(args) == node.args else make(node.op, tuple(args), node.attrs)


def _stored(node: Node) -> Node:
    return make(COPY, (node,), ()) if is_float(node.dtype) and node.shape else node


def own_arrays(outputs: Sequence[Node], inputs: Sequence[Node]) -> list[Node]:
    """Give every output that would show another array's memory an array of its own, written like any other.

    Outputs of integers and truth values stay as they are: NumPy copies them.
    """
    taken = set(inputs)
    owned: list[Node] = []
    for node in outputs:
        own = node
        while own.shape and is_float(own.dtype) and (own in taken or own.op is CONSTANT or base_of(own) is not own):
            own = make(COPY, (own,), ())
        taken.add(own)
        owned.append(own)
    return owned
