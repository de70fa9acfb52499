"""What follows from the assumptions on symbols: which expressions are positive, whole numbers, symmetric or diagonal.

Only the named rules of :mod:`symgraph.rewrite.rules.assumptions` ask. "No" means "not known".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.dtype import is_float
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.operator import OPS
from .tensor.contraction import CONTRACT

DEEPEST = 12  # so far into an expression it is looked; beyond, nothing is known
_POSITIVE_FROM_POSITIVE = ("add", "multiply", "divide", "power", "sqrt", "maximum", "minimum", "hypot")
_POSITIVE = ("exp", "exp2", "cosh", "sigmoid", "softplus")
_WHOLE_FROM_WHOLE = ("add", "subtract", "multiply", "negative", "absolute", "maximum", "minimum", "sign")
_WHOLE = ("floor", "ceil", "trunc", "sign")


def assumes(node: Node, assumption: str) -> bool:
    """True for a symbol with this assumption."""
    return node.op is SYMBOL and assumption in node.attrs[3]


def is_positive(node: Node, depth: int = DEEPEST) -> bool:
    """True if every entry is known to be greater than 0."""
    if node.op is CONSTANT:
        return bool(np.all(np.asarray(node.value) > 0))
    if assumes(node, "positive") or node.op.name in _POSITIVE:
        return True
    if node.op is CONTRACT:
        output = node.attrs[1]
        return bool(node.args) and len(set(output)) == len(output) and _all(is_positive, node, depth)
    return node.op.name in _POSITIVE_FROM_POSITIVE and _all(is_positive, node, depth)


def is_whole(node: Node, depth: int = DEEPEST) -> bool:
    """True if every entry is known to be a whole number."""
    if not is_float(node.dtype):
        return True
    if node.op is CONSTANT:
        return bool(np.all(np.asarray(node.value) == np.floor(node.value)))
    if assumes(node, "integer") or node.op.name in _WHOLE:
        return True
    return node.op.name in _WHOLE_FROM_WHOLE and _all(is_whole, node, depth)


def is_symmetric(node: Node, depth: int = DEEPEST) -> bool:
    """True if the matrix (in the last two axes) is known to be its own transpose."""
    if node.ndim < 2:
        return False
    if assumes(node, "symmetric") or assumes(node, "diagonal"):
        return True
    arrays = [arg for arg in node.args if arg.shape]
    same = node.op.elementwise or node.op is OPS["inv"]
    return same and all(a.shape == node.shape for a in arrays) and depth > 0 and _every(is_symmetric, arrays, depth)


def _all(known: Callable[[Node, int], bool], node: Node, depth: int) -> bool:
    return depth > 0 and _every(known, node.args, depth)


def _every(known: Callable[[Node, int], bool], nodes: object, depth: int) -> bool:
    return all(known(arg, depth - 1) for arg in nodes)  # type: ignore[attr-defined]
