"""What follows from the assumptions on symbols: which expressions are positive, whole numbers, symmetric or diagonal.

Only the named rules of :mod:`symgraph.rewrite.rules.assumptions` ask. "No" means "not known". What an operator makes of
its arguments stands in the traits of its record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ..core.dtype import is_float
from ..core.node import CONSTANT, SYMBOL, Node
from .tensor.contraction import CONTRACT

DEEPEST = 12  # so far into an expression it is looked; beyond, nothing is known


def assumes(node: Node, assumption: str) -> bool:
    """True for a symbol with this assumption."""
    return node.op is SYMBOL and assumption in node.attrs[3]


def is_positive(node: Node, depth: int = DEEPEST) -> bool:
    """True if every entry is known to be greater than 0."""
    if node.op is CONSTANT:
        return bool(np.all(np.asarray(node.value) > 0))
    if assumes(node, "positive") or "positive" in node.op.traits:
        return True
    if node.op is CONTRACT:
        output = node.attrs[1]
        return bool(node.args) and len(set(output)) == len(output) and _all(is_positive, node, depth)
    return "keeps positive" in node.op.traits and _all(is_positive, node, depth)


def is_whole(node: Node, depth: int = DEEPEST) -> bool:
    """True if every entry is known to be a whole number."""
    if not is_float(node.dtype):
        return True
    if node.op is CONSTANT:
        return bool(np.all(np.asarray(node.value) == np.floor(node.value)))
    if assumes(node, "integer") or "whole" in node.op.traits:
        return True
    return "keeps whole" in node.op.traits and _all(is_whole, node, depth)


def is_symmetric(node: Node, depth: int = DEEPEST) -> bool:
    """True if the matrix (in the last two axes) is known to be its own transpose."""
    if node.ndim < 2:
        return False
    if assumes(node, "symmetric") or assumes(node, "diagonal"):
        return True
    arrays = [arg for arg in node.args if arg.shape]
    same = node.op.elementwise or "keeps symmetric" in node.op.traits
    return same and all(a.shape == node.shape for a in arrays) and depth > 0 and _every(is_symmetric, arrays, depth)


def _all(known: Callable[[Node, int], bool], node: Node, depth: int) -> bool:
    return depth > 0 and _every(known, node.args, depth)


def _every(known: Callable[[Node, int], bool], nodes: Iterable[Node], depth: int) -> bool:
    return all(known(arg, depth - 1) for arg in nodes)
