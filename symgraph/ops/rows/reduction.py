"""Maximum and minimum along axes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import mpmath
import numpy as np

from ...core.dependence import one_per_row, within_rows
from ...core.dtype import is_float
from ...core.lowering import Expansion, Reduction
from ...core.node import Node, apply, constant, lift
from ...core.operator import FUNCTIONS, OPS, Example, Kink, Known, Operator, register
from ...core.origin import CONTEXT
from .. import lowerings
from ..arithmetic import multiply
from ..chaining import chain, zero_product
from ..comparison import equal
from ..defined import defined, show_as
from ..elementwise import elementwise
from ..tensor.contraction import is_spread, product
from ..where import where
from .axes import (
    Axes,
    Axis,
    infer_choice,
    infer_rows,
    level,
    mp_extreme,
    mp_reduction,
    mp_rows,
    read_axes,
    reduced,
    row_size,
    row_sum,
    spelled,
    spread,
)

FAMILY = "reduction"
INF = float("inf")
NAN = float("nan")


# --- max and min ------------------------------------------------------------------------------

tied = elementwise(
    "tied",
    FAMILY,
    "0 for a weight of 0 or 1, nan for one in between: the derivative of the weights of `max` and `min`.",
    lambda w: np.where((w == 0) | (w == 1), 0.0, np.nan).astype(np.asarray(w).dtype)[()],
    lambda w: mpmath.mpf(0) if w in (0, 1) else mpmath.nan,
    (lambda w, y: y,),
    ((1, 1),),
    notation=spelled("tied"),
    known=(Known((1.0,), 0.0, (0.0,)), Known((0.0,), 0.0, (0.0,)), Known((0.5,), NAN, (NAN,))),
    lowering=lowerings.tied,
)


def _extreme_numpy(sign: int) -> Any:
    compute = np.max if sign > 0 else np.min

    def extreme(axes: Axes, x: Any, keepdims: bool = False) -> Any:
        x = np.asarray(x)
        if not is_float(x.dtype.name):
            return compute(x, axis=axes, keepdims=keepdims)
        return compute(x, axis=axes, keepdims=keepdims, initial=-sign * INF)

    return extreme


def _weights_numpy(sign: int) -> Any:
    extreme = _extreme_numpy(sign)

    def compute(axes: Axes, x: Any) -> Any:
        dtype = np.result_type(x, np.float32)
        at = (x == extreme(axes, x, keepdims=True)).astype(dtype)
        return at / np.sum(at, axis=axes, keepdims=True)

    return compute


def _weights_mpmath(sign: int) -> Any:
    def of_row(row: list[Any]) -> list[Any]:
        at = [mpmath.mpf(int(v == mp_extreme(row, sign))) for v in row]
        total = mpmath.fsum(at)
        return [v / total if total else mpmath.nan for v in at]

    return mp_rows(of_row)


def _weights_rate(node: Node, change: Node) -> Node:
    """Zero where one entry alone is the greatest, nan in every tied entry, even if the change happens to be 0."""
    (axes,) = node.attrs
    kink = tied(node)
    jumps = product(change, kink) if is_spread(change) else multiply(change, kink)
    return where(equal(kink, 0), 0.0, spread(row_sum(jumps, axes), node.shape, axes))


def _weights_native(node: Node, of: str) -> Node | None:
    (x,), (axes,) = node.args, node.attrs
    if not is_float(x.dtype) or row_size(x.shape, axes) == 0:
        return None
    greatest = level(apply(OPS[of], (x,), (axes,)), x.shape, axes)
    at = where(equal(x, greatest), constant(1.0, node.dtype), constant(0.0, node.dtype))
    return apply(OPS["divide"], (at, level(row_sum(at, axes), x.shape, axes)), ())


def _weights(name: str, of: str, sign: int) -> Operator:
    record = Operator(
        name=name,
        family=FAMILY,
        doc=f"The slope of `{of}`: 1 where it is reached, equal shares where several entries tie, else 0.",
        arity=1,
        attributes=("axes",),
        infer=infer_rows,
        dependence=within_rows,
        numpy=_weights_numpy(sign),
        mpmath=_weights_mpmath(sign),
        notation=spelled(name),
        reverse=lambda node, g, i: _weights_rate(node, g),
        forward=lambda node, tangents: None if tangents[0] is None else _weights_rate(node, tangents[0]),
        selective=True,
        lowering=Expansion(lambda node: _weights_native(node, of)),
        examples=(Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2,),))),
        known=(
            Known(((-1,), [1.0, 1.0]), [0.5, 0.5]),
            Known(((-1,), [3.0, 3.0, 3.0]), [1 / 3, 1 / 3, 1 / 3]),
            Known(((-1,), [NAN, 1.0]), [NAN, NAN]),
        ),
        kinks=(Kink("ties", "the derivative is nan"),),
    )

    def build(x: Any, axis: Axis = None) -> Node:
        x = lift(x)
        return apply(record, (x,), (read_axes(axis, x, name),))

    show_as(build, name, record.doc)
    return register(record, build)


MAX_WEIGHTS = _weights("max_weights", "max", 1)
MIN_WEIGHTS = _weights("min_weights", "min", -1)


def _extreme(name: str, doc: str, sign: int, weights: Operator, known: tuple[Known, ...]) -> Operator:
    compute = _extreme_numpy(sign)

    def reverse(node: Node, g: Node, i: int) -> Node:
        (x,), (axes,) = node.args, node.attrs
        share = apply(weights, (x,), (axes,))
        g = spread(g, x.shape, axes)
        return zero_product(g, share) if CONTEXT.masked else chain(g, share)

    def forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
        (x,), (axes,) = node.args, node.attrs
        if tangents[0] is None:
            return None
        return row_sum(zero_product(apply(weights, (x,), (axes,)), tangents[0]), axes)

    def build(x: Any, *more: Any, axis: Axis = None, keepdims: bool = False) -> Node:
        if any(isinstance(each, Node) for each in more):
            greatest: Node = reduce(FUNCTIONS[f"{name}imum"], (x, *more))
            return greatest
        return reduced(record, x, more[0] if more else axis, bool(more[1]) if len(more) > 1 else keepdims)

    record = Operator(
        name=name,
        family=FAMILY,
        doc=doc,
        arity=1,
        attributes=("axes",),
        infer=infer_choice,
        numpy=compute,
        mpmath=mp_reduction(lambda row: mp_extreme(row, sign)),
        notation=spelled(name),
        dependence=one_per_row,
        reverse=reverse,
        forward=forward,
        selective=True,
        lowering=Reduction(name),
        aliases=(f"a{name}",),
        examples=(Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2, -1),)), Example(((2, 3, 2),), ((-2,),))),
        known=known,
        kinks=(Kink("ties", "tied entries share equally and the shares sum to one; second derivatives are nan"),),
    )
    show_as(build, name, doc)
    return register(record, build)


_TIES = (Known(((-1,), [1.0, 1.0]), 1.0, ([0.5, 0.5],)), Known(((-1,), [NAN, 1.0]), NAN, ([NAN, NAN],)))
MAX = _extreme(
    "max",
    "The greatest entry, of all or along axes: ``max(x, axis=None, keepdims=False)``; nan if one is nan;\n"
    "-inf of nothing, where a named size is 0.\n\n"
    "With several expressions, ``max(x, y)``, the greatest of them entry by entry, as ``maximum``.",
    1,
    MAX_WEIGHTS,
    (Known(((-1,), [1.0, 3.0, 2.0]), 3.0, ([0.0, 1.0, 0.0],)), Known(((-1,), [-INF, INF]), INF, ([0.0, 1.0],)), *_TIES),
)
MIN = _extreme(
    "min",
    "The smallest entry, of all or along axes: ``min(x, axis=None, keepdims=False)``; nan if one is nan;\n"
    "inf of nothing, where a named size is 0.\n\n"
    "With several expressions, ``min(x, y)``, the smallest of them entry by entry, as ``minimum``.",
    -1,
    MIN_WEIGHTS,
    (
        Known(((-1,), [1.0, 3.0, 2.0]), 1.0, ([1.0, 0.0, 0.0],)),
        Known(((-1,), [-INF, INF]), -INF, ([1.0, 0.0],)),
        *_TIES,
    ),
)


def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Range of the entries: the greatest minus the smallest."""
    return FUNCTIONS["max"](x, axis=axis, keepdims=keepdims) - FUNCTIONS["min"](x, axis=axis, keepdims=keepdims)


defined(ptp, FAMILY, np.ptp, (Example(((4,),)), Example(((2, 3),), (0,))))
