"""Softmax, its logarithm and log Σ exp in elementwise steps and reductions, as machine code computes them.

They follow the NumPy functions of the records step by step, so that infinities and nan come out the same. What two of
them share (the greatest entries, the exponentials) is one node in the graph and is computed once.
"""

from __future__ import annotations

from ..core.dtype import is_float
from ..core.node import Node, apply, constant
from ..core.operator import OPS
from .rows import Axes, level, row_size, row_sum


def _op(name: str, *args: Node | float) -> Node:
    dtype = next((arg.dtype for arg in args if isinstance(arg, Node) and arg.dtype != "bool"), "float64")
    return apply(OPS[name], tuple([arg if isinstance(arg, Node) else constant(arg, dtype) for arg in args]), ())


def _is_possible(node: Node) -> bool:
    (x,), (axes,) = node.args, node.attrs
    return is_float(x.dtype) and row_size(x.shape, axes) != 0


def _start(x: Node, axes: Axes) -> tuple[Node, Node]:
    """Give the greatest entry of each row, and exp(x − greatest), which is 1 where they are equal."""
    top = apply(OPS["max"], (x,), (axes,))
    return top, _op("exp", _op("gap", x, level(top, x.shape, axes)))


def _ones_at_top(x: Node, top: Node, axes: Axes) -> Node:
    return _op("where", _op("equal", x, level(top, x.shape, axes)), constant(1.0, x.dtype), constant(0.0, x.dtype))


def _lone(top: Node, count: Node) -> Node:
    """True where a row's greatest entry is +inf and stands alone."""
    return _op("logical_and", _op("greater", top, 0.0), _op("equal", count, 1.0))


def softmax_steps(node: Node) -> Node | None:
    """exp(x − greatest) divided by its sum; a lone +inf takes all, other infinite rows are nan."""
    if not _is_possible(node):
        return None
    (x,), (axes,) = node.args, node.attrs
    top, e = _start(x, axes)
    total = row_sum(e, axes)
    wrong = _op("logical_and", _op("isinf", top), _op("logical_not", _lone(top, total)))
    divisor = _op("where", wrong, constant(float("nan"), x.dtype), total)
    return _op("divide", e, level(divisor, x.shape, axes))


def _excess(x: Node, axes: Axes) -> tuple[Node, Node, Node]:
    """Give the greatest entry of each row, how often it stands there, and log Σ exp less that entry."""
    top, e = _start(x, axes)
    at = _op("equal", x, level(top, x.shape, axes))
    rest = row_sum(_op("where", at, constant(0.0, x.dtype), e), axes)
    count = row_sum(_ones_at_top(x, top, axes), axes)
    return top, count, _op("log1p", _op("add", rest, _op("subtract", count, 1.0)))


def logsumexp_steps(node: Node) -> Node | None:
    """The greatest entry plus log1p(Σ of the others' exponentials); an infinite greatest entry is the result."""
    if not _is_possible(node):
        return None
    (x,), (axes,) = node.args, node.attrs
    top, _, excess = _excess(x, axes)
    return _op("add", top, _op("where", _op("isfinite", top), excess, constant(0.0, x.dtype)))


def log_softmax_steps(node: Node) -> Node | None:
    """x − greatest − log1p(Σ of the others' exponentials); at infinite greatest entries 0 if alone, else nan."""
    if not _is_possible(node):
        return None
    (x,), (axes,) = node.args, node.attrs
    top, count, excess = _excess(x, axes)
    limit = _op("where", _lone(top, count), constant(0.0, x.dtype), constant(float("nan"), x.dtype))
    finite, zero = _op("isfinite", top), constant(0.0, x.dtype)
    at_top, elsewhere = (_op("where", finite, excess, other) for other in (limit, zero))
    at = _op("equal", x, level(top, x.shape, axes))
    less = _op("where", at, level(at_top, x.shape, axes), level(elsewhere, x.shape, axes))
    return _op("subtract", _op("gap", x, level(top, x.shape, axes)), less)
