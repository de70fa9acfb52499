"""log of the mean of exp over rows: a weighted likelihood, stable for any size of the entries and near 0."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np

from ...core.dependence import one_per_row
from ...core.dtype import is_float, promote_float
from ...core.lowering import Expansion
from ...core.node import Node, apply, constant
from ...core.operator import OPS, Example, Known, Operator, register
from ..tensor.dimension import dimension
from .axes import (
    Axes,
    Axis,
    applied,
    as_float,
    infer_reduced,
    level,
    mp_extreme,
    mp_reduction,
    reduced,
    row_size,
    row_sum,
    spelled,
)
from .slopes import slope_forward, slope_reverse
from .softmax import FAMILY, INF, NAN, SOFTMAX


def _numbers(axes: Axes, x: Any) -> Any:
    """Give the greatest entry plus the logarithm of the mean that is left, from −log n to 0.

    That mean is 1 + the mean of expm1 where it is near 1; where few entries count, the sum of exp keeps the digits.
    """
    x = as_float(x)
    top = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0)
    count = np.asarray(np.prod([x.shape[axis] for axis in axes]), x.dtype)
    with np.errstate(all="ignore"):
        less = np.sum(np.expm1(x - shift), axis=axes, keepdims=True) / count
        few = np.log(np.sum(np.exp(x - shift), axis=axes, keepdims=True) / count)
        excess = np.where(less > -0.5, np.log1p(less), few)
        excess = np.where(np.isfinite(top), excess, np.where(count == 0, np.nan, 0)).astype(x.dtype)
    return np.sum(top + excess, axis=axes)


def _digits(row: list[Any]) -> Any:
    if not row:
        return mpmath.nan
    top = mp_extreme(row)
    if not mpmath.isfinite(top):
        return top
    return top + mpmath.log1p(mpmath.fsum(mpmath.expm1(v - top) for v in row) / len(row))


def _steps(node: Node) -> Node | None:
    """As the numbers, in elementwise steps and reductions."""
    (x,), (axes,) = node.args, node.attrs
    if not is_float(x.dtype) or row_size(x.shape, axes) == 0:
        return None
    top = apply(OPS["max"], (x,), (axes,))
    gap, count = applied("gap", x, level(top, x.shape, axes)), count_of(x, axes)
    less, share = [applied("divide", row_sum(applied(name, gap), axes), count) for name in ("expm1", "exp")]
    near = applied("greater", less, constant(-0.5, x.dtype))
    excess = applied("where", near, applied("log1p", less), applied("log", share))
    return applied("add", top, applied("where", applied("isfinite", top), excess, constant(0.0, x.dtype)))


def _shares(node: Node) -> Node:
    return apply(SOFTMAX, node.args, node.attrs)


def count_of(x: Node, axes: Axes) -> Node:
    """Give the number of entries of a row as ``mean`` writes it."""
    return dimension(row_size(x.shape, axes), promote_float(x.dtype))


def logmeanexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Logarithm of the mean of exponentials, of all entries or along axes; nan for no entries."""
    return reduced(LOGMEANEXP, x, axis, keepdims)


LOGMEANEXP = register(
    Operator(
        name="logmeanexp",
        family=FAMILY,
        doc=str(logmeanexp.__doc__),
        arity=1,
        attributes=("axes",),
        infer=infer_reduced,
        dependence=one_per_row,
        numpy=_numbers,
        mpmath=mp_reduction(_digits),
        notation=spelled("logmeanexp"),
        reverse=slope_reverse(_shares),
        forward=slope_forward(_shares),
        examples=(Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2,),)), Example(((2, 2, 2),), ((-3, -1),))),
        known=(
            Known(((-1,), [1000.0, 1000.0]), 1000.0, ([0.5, 0.5],)),
            Known(((-1,), [1e-20, 1e-20]), 1e-20, ([0.5, 0.5],)),
            Known(((-1,), [-INF, -INF]), -INF, ([NAN, NAN],)),
            Known(((-1,), [INF, 0.0]), INF, ([1.0, 0.0],)),
            Known(((-1,), [NAN, 0.0]), NAN, ([NAN, NAN],)),
            Known(((-1,), []), NAN, ([],)),
            Known(((-1,), [12.0, *[-50.0] * 9999]), 12.0 - math.log(10000.0), ([1.0, *[math.exp(-62.0)] * 9999],)),
        ),
        lowering=Expansion(_steps),
    ),
    logmeanexp,
)
