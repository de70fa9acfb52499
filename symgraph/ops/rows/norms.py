"""Norms of rows: the Euclidean norm with its gradient, and the others made of sums and maxima."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.dependence import one_per_row, within_rows
from ...core.errors import ShapeError
from ...core.lowering import Expansion
from ...core.node import Node, apply, lift
from ...core.operator import FUNCTIONS, Example, Kink, Known, Operator, register
from ..chaining import chain
from ..defined import defined
from ..power import power
from ..row_steps import norm_steps, unit_steps
from ..tensor.contraction import contract
from ..tensor.products import sum as sum_over
from .axes import (
    Axes,
    Axis,
    as_float,
    infer_reduced,
    infer_rows,
    level,
    mp_reduction,
    mp_rows,
    read_axes,
    reduced,
    row_product,
    spelled,
    spread,
)
from .slopes import slope_forward, slope_reverse

FAMILY = "reduction"
INF = float("inf")
NAN = float("nan")
EXAMPLES = (Example(((3,),), ((-1,),)), Example(((2, 3),), ((-2,),)), Example(((2, 2, 2),), ((-3, -1),)))


def _scaled_norm(axes: Axes, x: Any) -> tuple[Any, Any]:
    """Give the norms of rows (axes kept) of x/s, and a power of two s that keeps squares in range."""
    x = as_float(x)
    info = np.finfo(x.dtype)
    plain = np.sqrt(np.sum(x * x, axis=axes, keepdims=True))
    if np.all(np.isfinite(plain) & (plain > np.sqrt(info.tiny / info.eps))):
        return plain, np.ones_like(plain)
    top = np.max(np.abs(x), axis=axes, keepdims=True, initial=0)
    usable = np.isfinite(top) & (top > 0)
    scale = np.ldexp(np.ones_like(top), np.frexp(np.where(usable, top, 1))[1] - 1)
    reduced = x / scale
    return np.sqrt(np.sum(reduced * reduced, axis=axes, keepdims=True)), scale


def norm_numpy(axes: Axes, x: Any) -> Any:
    """Give the Euclidean norms along the axes; squares neither overflow nor underflow."""
    reduced, scale = _scaled_norm(axes, x)
    return np.sum(reduced * scale, axis=axes)


def _unit_numpy(axes: Axes, x: Any) -> Any:
    reduced, scale = _scaled_norm(axes, x)
    return as_float(x) / scale / np.where(reduced == 0, 1, reduced)


def _mp_norm(row: list[Any]) -> Any:
    if any(mpmath.isnan(v) for v in row):
        return mpmath.nan
    return mpmath.inf if any(mpmath.isinf(v) for v in row) else mpmath.sqrt(mpmath.fsum(v * v for v in row))


def _mp_unit(row: list[Any]) -> list[Any]:
    length = _mp_norm(row)
    return [v / length if length else mpmath.mpf(0) for v in row]


def _unit_of(node: Node) -> Node:
    return apply(UNIT_VECTOR, node.args, node.attrs)


def squares(x: Node, axes: Axes) -> Node:
    """Sum of the squares of a row."""
    index = tuple(range(x.ndim))
    output = tuple([place for place in index if place - x.ndim not in axes])
    return contract((x, x), (index, index), output, dict(enumerate(x.shape)))


def norm2(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Euclidean norm of all entries (of a matrix: the Frobenius norm), or along axes.

    It neither overflows nor underflows before the result does. Even powers of it are written without the
    root, so that the derivatives of ``norm2(x)**2`` are right at 0, too.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape="n")
    >>> sg.norm2(x)**2 is x @ x
    True
    """
    return reduced(NORM, x, axis, keepdims)


NORM: Operator = register(
    Operator(
        name="norm2",
        family=FAMILY,
        doc=str(norm2.__doc__),
        arity=1,
        attributes=("axes",),
        infer=infer_reduced,
        dependence=one_per_row,
        numpy=norm_numpy,
        mpmath=mp_reduction(_mp_norm),
        notation=spelled("norm2"),
        reverse=slope_reverse(_unit_of),
        forward=slope_forward(_unit_of),
        even_power=lambda node, p: power(squares(node.args[0], node.attrs[0]), p / 2),
        examples=EXAMPLES,
        lowering=Expansion(norm_steps),
        known=(
            Known(((-1,), [3.0, 4.0]), 5.0, ([0.6, 0.8],)),
            Known(((-1,), [0.0, 0.0]), 0.0, ([0.0, 0.0],)),
            Known(((-1,), [3e200, 4e200]), 5e200, ([0.6, 0.8],)),
            Known(((-1,), [3e-200, 4e-200]), 5e-200, ([0.6, 0.8],)),
            Known(((-1,), [5e-324, 0.0]), 5e-324, ([1.0, 0.0],)),
            Known(((-1,), [INF, 1.0]), INF),
            Known(((-1,), [NAN, INF]), NAN, ([NAN, NAN],)),
            Known(((-1,), []), 0.0, ([],)),
        ),
        kinks=(Kink("x = 0", "the derivative is 0; second derivatives are not finite"),),
        traits=frozenset({"nonnegative"}),
    ),
    norm2,
)


def _unit_rate(node: Node, g: Node) -> Node:
    """Apply (I − u·uᵀ)/‖x‖, which is symmetric: the rule of both modes."""
    (x,), (axes,) = node.args, node.attrs
    along = chain(spread(row_product(g, node, axes), x.shape, axes), node)
    return chain(g - along, 1 / level(apply(NORM, (x,), (axes,)), x.shape, axes))


def unit_vector(x: Any, axis: Axis = None) -> Node:
    """x divided by its Euclidean norm, and 0 where x is 0: the gradient of the norm."""
    x = lift(x)
    return apply(UNIT_VECTOR, (x,), (read_axes(axis, x, "unit_vector"),))


UNIT_VECTOR: Operator = register(
    Operator(
        name="unit_vector",
        family=FAMILY,
        doc=str(unit_vector.__doc__),
        arity=1,
        attributes=("axes",),
        infer=infer_rows,
        dependence=within_rows,
        numpy=_unit_numpy,
        mpmath=mp_rows(_mp_unit),
        notation=spelled("unit_vector"),
        reverse=lambda node, g, i: _unit_rate(node, g),
        forward=lambda node, tangents: None if tangents[0] is None else _unit_rate(node, tangents[0]),
        examples=EXAMPLES,
        lowering=Expansion(unit_steps),
        known=(
            Known(((-1,), [3.0, 4.0]), [0.6, 0.8]),
            Known(((-1,), [0.0, 0.0]), [0.0, 0.0]),
            Known(((-1,), [3e200, 4e200]), [0.6, 0.8]),
            Known(((-1,), [-5e-324]), [-1.0]),
        ),
        kinks=(Kink("x = 0", "the derivative is not finite"),),
    ),
    unit_vector,
)


# --- other norms ------------------------------------------------------------------------------


def norm1(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Sum of the absolute values of all entries, or along axes."""
    return sum_over(FUNCTIONS["absolute"](x), axis, keepdims)


def norm_inf(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Greatest absolute value of all entries, or along axes."""
    return FUNCTIONS["max"](FUNCTIONS["absolute"](x), axis=axis, keepdims=keepdims)


def _vector_norm(x: Node, order: float, axis: Axis, keepdims: bool) -> Node:
    if order == 2:
        return norm2(x, axis, keepdims)
    if order == 1:
        return norm1(x, axis, keepdims)
    if order == INF:
        return norm_inf(x, axis, keepdims)
    size = FUNCTIONS["absolute"](x)
    if order == -INF:
        return FUNCTIONS["min"](size, axis=axis, keepdims=keepdims)
    if order == 0:
        raise ShapeError("norm: the count of entries that are not zero has no derivative; use sum(not_equal(x, 0))")
    return power(sum_over(power(size, order), axis, keepdims), 1 / order)


def _matrix_norm(x: Node, order: Any, axes: tuple[int, ...], keepdims: bool) -> Node:
    if order in ("nuc", 2, -2):
        raise ShapeError(f"norm: the matrix norm {order!r} comes from the singular values: use svd(x)")
    if order not in (1, -1, INF, -INF):
        raise ShapeError(f"norm: there is no matrix norm of order {order!r}")
    inner, outer = axes if abs(order) == 1 else axes[::-1]
    sums = norm1(x, inner, True)
    found = FUNCTIONS["max" if order > 0 else "min"](sums, axis=axes, keepdims=keepdims)
    return found if outer != inner else sums


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Node:
    """Norm of a vector or matrix, as ``numpy.linalg.norm``.

    Args:
        x: an array.
        ord: ``None`` or ``"fro"`` for the Euclidean norm of all entries; for vectors 1, 2, ``inf``, ``-inf`` or
            any other real order; for matrices 1, −1, ``inf`` or ``-inf`` (column and row sums).
        axis: one axis for vectors, two for matrices; without it the whole array.
        keepdims: whether the axes stay, with size 1.

    Raises:
        ShapeError: there is no such norm.

    >>> import symgraph as sg
    >>> sg.norm(sg.symbol("x", shape="n")).op.name
    'norm2'
    """
    x = lift(x)
    if ord is None or (isinstance(ord, str) and ord == "fro"):
        return norm2(x, axis, keepdims)
    places = read_axes(axis, x, "norm")
    if len(places) == 1 and not isinstance(ord, str):
        return _vector_norm(x, ord, places[0], keepdims)
    if len(places) == 2:
        listed = tuple(axis) if isinstance(axis, (tuple, list)) else places
        return _matrix_norm(x, ord, listed, keepdims)
    raise ShapeError(f"norm: order {ord!r} needs one axis or two, not {len(places)}")


_ZERO = Kink("an entry is 0", "its absolute value has the derivative 0")
defined(
    norm1,
    FAMILY,
    lambda x, *more: np.sum(np.abs(x), *more),
    (Example(((3,),)), Example(((2, 3),), (0,))),
    known=(Known(([3.0, -4.0, 0.0],), 7.0, ([1.0, -1.0, 0.0],)),),
    kinks=(_ZERO,),
)
defined(
    norm_inf,
    FAMILY,
    lambda x, *more: np.max(np.abs(x), *more),
    (Example(((3,),)), Example(((2, 3),), (0,))),
    known=(Known(([3.0, -4.0],), 4.0, ([0.0, -1.0],)), Known(([3.0, -3.0],), 3.0, ([0.5, -0.5],))),
    kinks=(_ZERO, Kink("ties", "equal shares")),
)
defined(
    norm,
    FAMILY,
    np.linalg.norm,
    (
        Example(((2, 3),)),
        Example(((3,),), (1,)),
        Example(((3,),), (3,)),
        Example(((3,),), (-INF,)),
        Example(((2, 3),), (INF,)),
        Example(((2, 3),), (-1,)),
        Example(((2, 3),), (2, 0, True)),
        Example(((2, 2, 2),), (1, (2, 0))),
    ),
    known=(Known(([0.0, 0.0],), 0.0, ([0.0, 0.0],)),),
    kinks=(Kink("x = 0", "the derivative is 0"),),
)
