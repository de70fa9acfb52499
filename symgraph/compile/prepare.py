"""What is done to a graph before it is scheduled: composites opened, constants made, contractions ordered.

Every function gives an equivalent graph of operators that the scheduler places one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.dimension import Dim
from ..core.dtype import is_float
from ..core.errors import SymgraphError
from ..core.node import CONSTANT, SYMBOL, Node, apply, constant, make
from ..core.traversal import rebuild, topological
from ..evaluate.evaluator import open_composites
from ..ops.contraction import CONTRACT
from ..ops.structure import stop_gradient
from ..rewrite.contraction_order import pairwise
from .schedule import base_of


def prepare(outputs: Sequence[Node]) -> list[Node]:
    """Open composites, turn named constants into numbers and order contractions of several arrays."""
    opened = open_composites(outputs)
    if not any(_changes(node) for node in topological(opened)):
        return opened
    return rebuild(opened, _replaced)


def _changes(node: Node) -> bool:
    return _is_number(node) or _is_wide(node)


def _replaced(node: Node, args: tuple[Node, ...]) -> Node:
    if _is_number(node):
        return constant(node.op.numpy(*node.attrs), dtype=node.dtype)
    new = node if args == node.args else _again(node, args)
    return pairwise(new) if _is_wide(new) else new


def _again(node: Node, args: tuple[Node, ...]) -> Node:
    try:
        return apply(node.op, args, node.attrs)
    except SymgraphError:  # a canonical form may refuse what the plain node allows
        return make(node.op, args, node.attrs)


def _is_number(node: Node) -> bool:
    """True for a named constant such as π."""
    if node.args or node.op in (SYMBOL, CONSTANT, CONTRACT) or node.shape:
        return False
    return not any(isinstance(item, Dim) for item in node.attrs)


def _is_wide(node: Node) -> bool:
    """True for a contraction whose loop over all indices would be longer than any array in it."""
    if node.op is not CONTRACT or len(node.args) < 3:
        return False
    subscripts, output, sizes = node.attrs[:3]
    return all(len(set(index)) < len(sizes) for index in (*subscripts, output))


def own_arrays(outputs: Sequence[Node], inputs: Sequence[Node]) -> list[Node]:
    """Give every output that would show another array's memory an array of its own, written like any other.

    Outputs of integers and truth values stay as they are: NumPy copies them.
    """
    taken = set(inputs)
    owned: list[Node] = []
    for node in outputs:
        own = node
        while own.shape and is_float(own.dtype) and (own in taken or own.op is CONSTANT or base_of(own) is not own):
            own = stop_gradient(own)
        taken.add(own)
        owned.append(own)
    return owned
