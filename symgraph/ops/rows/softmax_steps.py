"""Softmax, its logarithm and log Σ exp in elementwise steps and reductions, as machine code computes them.

They follow the NumPy functions of the records step by step, so that infinities and nan come out the same. What two of
them share (the greatest entries, the exponentials) is one node in the graph and is computed once.
"""

from __future__ import annotations

from ...core.dtype import is_float
from ...core.node import Node, apply, constant
from ...core.operator import OPS
from .axes import Axes, applied, level, row_size, row_sum


def _is_possible(node: Node) -> bool:
    (x,), (axes,) = node.args, node.attrs
    return is_float(x.dtype) and row_size(x.shape, axes) != 0


def _start(x: Node, axes: Axes) -> tuple[Node, Node]:
    """Give the greatest entry of each row, and exp(x − greatest), which is 1 where they are equal."""
    top = apply(OPS["max"], (x,), (axes,))
    return top, applied("exp", applied("gap", x, level(top, x.shape, axes)))


def _ones_at_top(x: Node, top: Node, axes: Axes) -> Node:
    return applied(
        "where", applied("equal", x, level(top, x.shape, axes)), constant(1.0, x.dtype), constant(0.0, x.dtype)
    )


def _lone(top: Node, count: Node) -> Node:
    """True where a row's greatest entry is +inf and stands alone."""
    return applied("logical_and", applied("greater", top, 0.0), applied("equal", count, 1.0))


def softmax_steps(node: Node) -> Node | None:
    """exp(x − greatest) divided by its sum; a lone +inf takes all, other infinite rows are nan."""
    if not _is_possible(node):
        return None
    (x,), (axes,) = node.args, node.attrs
    top, e = _start(x, axes)
    total = row_sum(e, axes)
    wrong = applied("logical_and", applied("isinf", top), applied("logical_not", _lone(top, total)))
    divisor = applied("where", wrong, constant(float("nan"), x.dtype), total)
    return applied("divide", e, level(divisor, x.shape, axes))


def _excess(x: Node, axes: Axes) -> tuple[Node, Node, Node]:
    """Give the greatest entry of each row, how often it stands there, and log Σ exp less that entry."""
    top, e = _start(x, axes)
    at = applied("equal", x, level(top, x.shape, axes))
    rest = row_sum(applied("where", at, constant(0.0, x.dtype), e), axes)
    count = row_sum(_ones_at_top(x, top, axes), axes)
    return top, count, applied("log1p", applied("add", rest, applied("subtract", count, 1.0)))


def logsumexp_steps(node: Node) -> Node | None:
    """The greatest entry plus log1p(Σ of the others' exponentials); an infinite greatest entry is the result."""
    if not _is_possible(node):
        return None
    (x,), (axes,) = node.args, node.attrs
    top, _, excess = _excess(x, axes)
    return applied("add", top, applied("where", applied("isfinite", top), excess, constant(0.0, x.dtype)))


def log_softmax_steps(node: Node) -> Node | None:
    """x − greatest − log1p(Σ of the others' exponentials); at infinite greatest entries 0 if alone, else nan."""
    if not _is_possible(node):
        return None
    (x,), (axes,) = node.args, node.attrs
    top, count, excess = _excess(x, axes)
    limit = applied("where", _lone(top, count), constant(0.0, x.dtype), constant(float("nan"), x.dtype))
    finite, zero = applied("isfinite", top), constant(0.0, x.dtype)
    at_top, elsewhere = (applied("where", finite, excess, other) for other in (limit, zero))
    at = applied("equal", x, level(top, x.shape, axes))
    less = applied("where", at, level(at_top, x.shape, axes), level(elsewhere, x.shape, axes))
    return applied("subtract", applied("gap", x, level(top, x.shape, axes)), less)
