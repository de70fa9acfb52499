"""log Σ exp over rows, and the softmax that is its gradient: stable for any size of the entries.

The Jacobian of s = softmax(x) is diag(s) − s·sᵀ (Murphy, Machine Learning: a Probabilistic Perspective, 2012,
equation 8.38).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dependence import one_per_row, within_rows
from ...core.lowering import Expansion
from ...core.node import Node, apply, lift
from ...core.operator import Builder, Example, InferRule, Known, Operator, register
from ..chaining import chain
from ..tensor.contraction import is_spread
from .axes import (
    Axes,
    Axis,
    as_float,
    infer_reduced,
    infer_rows,
    mp_extreme,
    mp_reduction,
    mp_rows,
    read_axes,
    reduced,
    row_product,
    row_sum,
    spelled,
    spread,
)
from .softmax_steps import log_softmax_steps, logsumexp_steps, softmax_steps

FAMILY = "reduction"
INF = float("inf")
NAN = float("nan")
Rule = Callable[[Node, Node], Node]


def _excess(axes: Axes, x: Any) -> tuple[Any, Any]:
    """Give the greatest entry of each row, and log Σ exp of the row less that entry, accurate near zero."""
    top = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0)
    at = x == top
    count = np.sum(at, axis=axes, keepdims=True)
    rest = np.sum(np.where(at, 0, np.exp(x - shift)), axis=axes, keepdims=True)
    with np.errstate(all="ignore"):
        return top, np.where(np.isfinite(top), np.log1p(rest + (count - 1.0)), 0).astype(x.dtype)


def _logsumexp_numpy(axes: Axes, x: Any) -> Any:
    x = as_float(x)
    top, excess = _excess(axes, x)
    return np.sum(top + excess, axis=axes)


def _log_softmax_numpy(axes: Axes, x: Any) -> Any:
    x = as_float(x)
    top, excess = _excess(axes, x)
    at_top = np.where(np.isfinite(top), 0.0 - excess, _at_infinity(x, top, axes)[1])
    return np.where(x == top, at_top, (x - top) - excess)


def _softmax_numpy(axes: Axes, x: Any) -> Any:
    x = as_float(x)
    top = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    e = np.exp(x - top)
    share = e / np.sum(e, axis=axes, keepdims=True)
    return np.where(np.isinf(top), _at_infinity(x, top, axes)[0], share)


def _at_infinity(x: Any, top: Any, axes: Axes) -> tuple[Any, Any]:
    """Give softmax and its logarithm where the greatest entry is infinite: a lone +inf takes all."""
    at = (x == top) & (x > 0)
    lone = np.sum(at, axis=axes, keepdims=True) == 1
    share = np.where(lone, at.astype(x.dtype), x.dtype.type(np.nan))
    return share, np.log(share)


def _mp_shares(row: list[Any]) -> list[Any]:
    if not row:
        return []
    top = mp_extreme(row)
    if mpmath.isnan(top) or (mpmath.isinf(top) and (top < 0 or row.count(top) > 1)):
        return [mpmath.nan] * len(row)
    if mpmath.isinf(top):
        return [mpmath.mpf(int(v == top)) for v in row]
    parts = [mpmath.exp(v - top) for v in row]
    total = mpmath.fsum(parts)
    return [part / total for part in parts]


def _mp_logsumexp(row: list[Any]) -> Any:
    if not row:
        return mpmath.ninf
    top = mp_extreme(row)
    return top + mpmath.log(mpmath.fsum(mpmath.exp(v - top) for v in row)) if mpmath.isfinite(top) else top


def _mp_log_softmax(row: list[Any]) -> list[Any]:
    total = _mp_logsumexp(row) if row else mpmath.nan
    if not mpmath.isfinite(total):
        return [mpmath.log(v) if v else mpmath.ninf for v in _mp_shares(row)]
    return [_mp_log_share(row, i) for i in range(len(row))]


def _mp_log_share(row: list[Any], i: int) -> Any:
    """−log(1 + Σ e^{xⱼ − xᵢ}) over the others: it does not cancel where one entry has nearly everything."""
    return -mpmath.log1p(mpmath.fsum(mpmath.exp(v - row[i]) for j, v in enumerate(row) if j != i))


def _softmax_rate(node: Node, g: Node) -> Node:
    """Apply diag(s) − s·sᵀ, which is symmetric: the rule of both modes."""
    (axes,) = node.attrs
    mean = spread(row_product(g, node, axes), node.shape, axes)
    if is_spread(g) or g.ndim > node.ndim:  # the rows of a Jacobian: g·diag(s) − g·s·sᵀ
        return chain(g, node) - chain(mean, node)
    return chain(g - mean, node)


def _softmax_of(node: Node) -> Node:
    return apply(SOFTMAX, node.args, node.attrs)


def _register(
    name: str,
    doc: str,
    numpy: Any,
    mpmath_: Any,
    infer: InferRule,
    reverse: Rule,
    forward: Rule,
    build: Builder,
    known: Sequence[Known],
    steps: Callable[[Node], Node | None],
) -> Operator:
    def push(node: Node, tangents: Sequence[Node | None]) -> Node | None:
        return None if tangents[0] is None else forward(node, tangents[0])

    return register(
        Operator(
            name=name,
            family=FAMILY,
            doc=doc,
            arity=1,
            attributes=("axes",),
            infer=infer,
            dependence=one_per_row if infer is infer_reduced else within_rows,
            numpy=numpy,
            mpmath=mpmath_,
            notation=spelled(name),
            reverse=lambda node, g, i: reverse(node, g),
            forward=push,
            examples=(Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2,),)), Example(((2, 2, 2),), ((-3, -1),))),
            known=tuple(known),
            lowering=Expansion(steps),
        ),
        build,
    )


def softmax(x: Any, axis: Axis = None) -> Node:
    """exp(x) divided by its sum over a row: positive numbers that sum to one; over all entries without an axis.

    A single +inf in a row takes everything; a row of −inf gives nan.
    """
    x = lift(x)
    return apply(SOFTMAX, (x,), (read_axes(axis, x, "softmax"),))


SOFTMAX: Operator = _register(
    "softmax",
    str(softmax.__doc__),
    _softmax_numpy,
    mp_rows(_mp_shares),
    infer_rows,
    _softmax_rate,
    _softmax_rate,
    softmax,
    (
        Known(((-1,), [1000.0, 1000.0]), [0.5, 0.5]),
        Known(((-1,), [-1000.0, -1000.0]), [0.5, 0.5]),
        Known(((-1,), [1000.0, 0.0]), [1.0, 0.0]),
        Known(((-1,), [-INF, 0.0]), [0.0, 1.0]),
        Known(((-1,), [INF, 0.0]), [1.0, 0.0]),
        Known(((-1,), [-INF, -INF]), [NAN, NAN]),
        Known(((-1,), [NAN, 0.0]), [NAN, NAN]),
    ),
    softmax_steps,
)


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Logarithm of the sum of exponentials, of all entries or along axes; −inf for no entries."""
    return reduced(LOGSUMEXP, x, axis, keepdims)


LOGSUMEXP: Operator = _register(
    "logsumexp",
    str(logsumexp.__doc__),
    _logsumexp_numpy,
    mp_reduction(_mp_logsumexp),
    infer_reduced,
    lambda node, g: chain(spread(g, node.args[0].shape, node.attrs[0]), _softmax_of(node)),
    lambda node, t: row_product(t, _softmax_of(node), node.attrs[0]),
    logsumexp,
    (
        Known(((-1,), [1000.0, 1000.0]), 1000.6931471805599, ([0.5, 0.5],)),
        Known(((-1,), [0.0, -1e10]), 0.0, ([1.0, 0.0],)),
        Known(((-1,), [-INF, -INF]), -INF, ([NAN, NAN],)),
        Known(((-1,), [INF, 0.0]), INF, ([1.0, 0.0],)),
        Known(((-1,), [INF, -INF]), INF, ([1.0, 0.0],)),
        Known(((-1,), [NAN, 0.0]), NAN, ([NAN, NAN],)),
        Known(((-1,), []), -INF, ([],)),
    ),
    logsumexp_steps,
)


def log_softmax(x: Any, axis: Axis = None) -> Node:
    """x − logsumexp(x) over a row, accurate also where the softmax is near one."""
    x = lift(x)
    return apply(LOG_SOFTMAX, (x,), (read_axes(axis, x, "log_softmax"),))


def _log_softmax_reverse(node: Node, g: Node) -> Node:
    (axes,) = node.attrs
    return g - chain(spread(row_sum(g, axes), node.shape, axes), _softmax_of(node))


def _log_softmax_forward(node: Node, t: Node) -> Node:
    (axes,) = node.attrs
    return t - spread(row_product(t, _softmax_of(node), axes), node.shape, axes)


LOG_SOFTMAX: Operator = _register(
    "log_softmax",
    str(log_softmax.__doc__),
    _log_softmax_numpy,
    mp_rows(_mp_log_softmax),
    infer_rows,
    _log_softmax_reverse,
    _log_softmax_forward,
    log_softmax,
    (
        Known(((-1,), [0.0, 50.0]), [-50.0, -1.9287498479639178e-22]),
        Known(((-1,), [1000.0, 0.0]), [0.0, -1000.0]),
        Known(((-1,), [INF, 0.0]), [0.0, -INF]),
        Known(((-1,), [-INF, 0.0]), [-INF, 0.0]),
        Known(((-1,), [NAN, 0.0]), [NAN, NAN]),
    ),
    log_softmax_steps,
)
