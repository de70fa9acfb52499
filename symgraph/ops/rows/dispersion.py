"""Mean, variance and standard deviation of rows."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.dependence import one_per_row
from ...core.dimension import Dim
from ...core.dtype import promote_float
from ...core.lowering import Expansion
from ...core.node import Node, apply, lift
from ...core.operator import FUNCTIONS, Example, Kink, Known, Operator, register
from ..defined import defined, show_as
from ..power import power
from ..row_steps import std_steps, var_steps
from ..tensor.dimension import dimension
from ..tensor.products import sum as sum_over
from .axes import (
    Axes,
    Axis,
    as_float,
    infer_reduced,
    level,
    mp_reduction,
    read_axes,
    reduced,
    row_size,
    row_sum,
    spelled,
)
from .norms import UNIT_VECTOR, norm_numpy
from .slopes import slope_forward, slope_reverse

FAMILY = "reduction"
NAN = float("nan")
EXAMPLES = (
    Example(((3,),), ((-1,), 0)),
    Example(((2, 3),), ((-2, -1), 1)),
    Example(((3, 2),), ((-2,), 1)),
)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Arithmetic mean of all entries, or along axes; nan for no entries."""
    x = lift(x)
    count = dimension(row_size(x.shape, read_axes(axis, x, "mean")), promote_float(x.dtype))
    return sum_over(x, axis, keepdims) / count


defined(
    mean,
    FAMILY,
    lambda x, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
    (Example(((3,),)), Example(((2, 3),), (0,)), Example(((2, 3),), ((0, 1), True))),
    aliases=("average",),
    known=(Known(([1.0, 2.0],), 1.5, ([0.5, 0.5],)), Known(([],), NAN)),
)


def _freedom(x: Node, axes: Axes, ddof: int) -> Node:
    size = row_size(x.shape, axes) - ddof
    return dimension(size if isinstance(size, Dim) else max(size, 0), promote_float(x.dtype))


def _centred(x: Node, axes: Axes) -> Node:
    count = dimension(row_size(x.shape, axes), promote_float(x.dtype))
    return x - level(row_sum(x, axes) / count, x.shape, axes)


def _deviations(axes: Axes, ddof: int, x: Any) -> tuple[Any, Any]:
    x = as_float(x)
    size = int(np.prod([x.shape[axis] for axis in axes], dtype=int))
    return x - np.sum(x, axis=axes, keepdims=True) / x.dtype.type(size), x.dtype.type(max(size - ddof, 0))


def _var_numpy(axes: Axes, ddof: int, x: Any) -> Any:
    away, freedom = _deviations(axes, ddof, x)
    return np.sum(away * away, axis=axes) / freedom


def _std_numpy(axes: Axes, ddof: int, x: Any) -> Any:
    away, freedom = _deviations(axes, ddof, x)
    return norm_numpy(axes, away) / np.sqrt(freedom)


def _mp_variance(axes: Axes, ddof: int, x: Any) -> Any:
    def of_row(row: list[Any]) -> Any:
        if len(row) <= ddof or not all(mpmath.isfinite(v) for v in row):
            same = len(set(row)) == 1 and mpmath.isfinite(row[0])
            return mpmath.inf if row and not same and all(mpmath.isfinite(v) for v in row) else mpmath.nan
        middle = mpmath.fsum(row) / len(row)
        return mpmath.fsum((v - middle) ** 2 for v in row) / (len(row) - ddof)

    return mp_reduction(of_row)(axes, x)


def _mp_deviation(axes: Axes, ddof: int, x: Any) -> Any:
    variances = _mp_variance(axes, ddof, x)
    out = np.empty(variances.shape, dtype=object)
    for place in np.ndindex(out.shape):
        out[place] = mpmath.sqrt(variances[place])
    return out


def _var_slope(node: Node) -> Node:
    (x,), (axes, ddof) = node.args, node.attrs
    return 2.0 * _centred(x, axes) / _freedom(x, axes, ddof)


def _std_slope(node: Node) -> Node:
    (x,), (axes, ddof) = node.args, node.attrs
    return apply(UNIT_VECTOR, (_centred(x, axes),), (axes,)) / FUNCTIONS["sqrt"](_freedom(x, axes, ddof))


def _dispersion(name: str, doc: str, numpy: Any, exact: Any, slope: Any, steps: Any, **more: Any) -> Operator:
    def build(x: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Node:
        return reduced(record, x, axis, keepdims, int(ddof))

    record = Operator(
        name=name,
        family=FAMILY,
        doc=doc,
        arity=1,
        attributes=("axes", "ddof"),
        infer=infer_reduced,
        dependence=one_per_row,
        numpy=numpy,
        mpmath=exact,
        notation=spelled(name),
        reverse=slope_reverse(slope),
        forward=slope_forward(slope),
        lowering=Expansion(steps),
        examples=EXAMPLES,
        traits=frozenset({"nonnegative"}),
        **more,
    )
    show_as(build, name, doc)
    return register(record, build)


VAR: Operator = _dispersion(
    "var",
    "Variance of all entries, or along axes: Σ(x − mean)²/(n − ddof); nan or inf where n ≤ ddof.",
    _var_numpy,
    _mp_variance,
    _var_slope,
    var_steps,
    known=(
        Known(((-1,), 0, [1.0, 3.0]), 1.0, ([-1.0, 1.0],)),
        Known(((-1,), 0, [2.0, 2.0]), 0.0, ([0.0, 0.0],)),
        Known(((-1,), 0, []), NAN),
    ),
)
STD: Operator = _dispersion(
    "std",
    "Standard deviation of all entries, or along axes: the square root of the variance.",
    _std_numpy,
    _mp_deviation,
    _std_slope,
    std_steps,
    even_power=lambda node, p: power(apply(VAR, node.args, node.attrs), p / 2),
    known=(
        Known(((-1,), 0, [1.0, 3.0]), 1.0, ([-0.5, 0.5],)),
        Known(((-1,), 0, [2.0, 2.0]), 0.0, ([0.0, 0.0],)),
        Known(((-1,), 0, [-1e200, 1e200]), 1e200, ([-0.5, 0.5],)),
    ),
    kinks=(Kink("all entries equal", "the derivative is 0; second derivatives are not finite"),),
)
