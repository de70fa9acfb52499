"""Inverse and linear systems.

The rules are the classical ones in matrix form: M. Giles, "Collected matrix derivative results for forward
and reverse mode algorithmic differentiation" (2008), sections 2.2.2 and 2.3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ...core.dimension import Shape
from ...core.dtype import promote_float
from ...core.errors import ShapeError
from ...core.lazy import Library
from ...core.node import Node, apply, lift
from ...core.operator import OPS, Attributes, Notation, Operator, register
from ...core.shape import broadcast_shapes, shape_text
from ..arrays.triangle import tril, triu
from ..elementwise import lift_all
from ..tensor.broadcasting import sum_to
from ..tensor.products import broadcast_to, matmul
from .many_digits import exact_inverse
from .matrices import (
    FAMILY,
    as_column,
    drop_column,
    infer_square,
    linear_system,
    named,
    on_stacks,
    precise,
    regular,
    require_square,
    rescued,
    same,
    tensor,
    transposed,
)
from .shield import shield, shielded

scipy_linalg = Library("scipy.linalg")

GILES = "Giles 2008, Collected matrix derivative results, section "


# --- inverse ----------------------------------------------------------------------------------


def inv(x: Any) -> Node:
    """Inverse of a square matrix, or of every matrix of a stack; a singular matrix gives nan.

    Raises:
        ShapeError: the matrix is not square.

    >>> import symgraph as sg
    >>> sg.inv(sg.symbol("A", shape=("n", "n"))).shape
    (n, n)
    """
    return apply(INV, (lift(x),))


def _inv_reverse(node: Node, g: Node, i: int) -> Node:
    y = transposed(node)
    return -matmul(matmul(y, g), y)


def _inv_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    return None if tangents[0] is None else -matmul(matmul(node, tangents[0]), node)


_inv_numpy = rescued(np.linalg.inv, (2,), same)

INV = register(
    Operator(
        name="inv",
        family=FAMILY,
        doc="Inverse of a square matrix; a singular matrix gives nan. Stacks of matrices as in NumPy.",
        arity=1,
        infer=infer_square,
        numpy=_inv_numpy,
        mpmath=precise(exact_inverse, (2,), same, _inv_numpy),
        notation=Notation("⁻¹", r"\operatorname{inv}", "inv", "postfix"),
        reverse=shielded(_inv_reverse),
        forward=_inv_forward,
        traits=frozenset({"keeps symmetric"}),
        examples=(regular(3, 3), regular(2, 3, 3)),
        source=GILES + "2.2.2",
    ),
    inv,
)


# --- linear systems -----------------------------------------------------------------------------


def solve(a: Any, b: Any) -> Node:
    """Solve a·x = b for x; a singular matrix gives nan.

    ``b`` is a vector if it has one axis, and otherwise a matrix of right-hand sides or a stack of them, as
    in NumPy 2; stacks broadcast.

    Raises:
        ShapeError: ``a`` is not square, or ``b`` has another number of rows.

    >>> import symgraph as sg
    >>> A, b = sg.symbol("A", shape=(2, 2)), sg.symbol("b", shape=2)
    >>> sg.solve(A, b).shape
    (2,)
    """
    return apply(SOLVE, lift_all((a, b)))


def solve_triangular(a: Any, b: Any, trans: int | str = 0, lower: bool = False) -> Node:
    """Solve a·x = b, or aᵀ·x = b with ``trans``, for a triangular matrix; a zero on its diagonal gives nan.

    Only the upper triangle of ``a`` is read (the lower one with ``lower=True``). Shapes as in :func:`solve`,
    ``trans`` (0, 1, "N" or "T") as in SciPy.

    Raises:
        ShapeError: ``a`` is not square, ``b`` has another number of rows, or ``trans`` is something else.
    """
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ShapeError(f"solve_triangular: trans must be 0 or 1, not {trans!r}")
    return apply(SOLVE_TRIANGULAR, lift_all((a, b)), (int(trans not in (0, "N")), bool(lower)))


def _solve_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    a, b = args
    require_square(a)
    if not b.ndim or b.shape[0 if b.ndim == 1 else -2] != a.shape[-1]:
        raise ShapeError(f"the right-hand side has shape {shape_text(b.shape)}; {a.shape[-1]} rows are needed")
    dtype = promote_float(a.dtype, b.dtype)
    if b.ndim == 1:
        return a.shape[:-2] + b.shape, dtype
    return broadcast_shapes(a.shape[:-2], b.shape[:-2]) + b.shape[-2:], dtype


def _solved(node: Node, right: Node, flip: bool) -> Node:
    """Solve with the matrix of ``node`` (``flip``: its transpose) for another right-hand side of its kind."""
    a, b = node.args
    if node.op is SOLVE:
        matrix, attrs = (transposed(a) if flip else a), node.attrs
    else:
        matrix, attrs = a, (node.attrs[0] ^ flip, node.attrs[1])
    if b.ndim > 1 or right.ndim == 1:
        return apply(node.op, (matrix, right), attrs)
    if a.ndim == 2 and right.ndim == 2:
        return transposed(apply(node.op, (matrix, transposed(right)), attrs))
    return drop_column(apply(node.op, (matrix, as_column(right)), attrs))


def _solve_reverse(node: Node, g: Node, i: int) -> Node:
    a, b = node.args
    batch = g.ndim - node.ndim
    core = min(b.ndim, 2)
    z = shield(g, _solved(node, g, True), core, core)
    if i == 1:
        return sum_to(z, b.shape, batch)
    rows, columns = (z, node) if node.op is SOLVE or not node.attrs[0] else (node, z)
    product = tensor("i,j->ij" if b.ndim == 1 else "ik,jk->ij", rows, columns)
    return -sum_to(_read_part(node, shield(g, product, core)), a.shape, batch)


def _solve_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    da, db = tangents
    right = db
    if da is not None:
        part = _read_part(node, da)
        matrix = transposed(part) if node.op is SOLVE_TRIANGULAR and node.attrs[0] else part
        moved = tensor("ij,j->i" if node.args[1].ndim == 1 else "ij,jk->ik", matrix, node)
        right = -moved if db is None else db - moved
    return None if right is None else broadcast_to(_solved(node, right, False), node.shape)


def _read_part(node: Node, x: Node) -> Node:
    """Give the part of the matrix that the operator reads."""
    if node.op is SOLVE:
        return x
    return tril(x) if node.attrs[1] else triu(x)


def _folded(function: Any) -> Any:
    """Solve one matrix for a stack of right-hand sides at once: the stack becomes more columns."""

    def solve_folded(a: Any, b: Any) -> Any:
        a, b = np.asarray(a), np.asarray(b)
        if a.ndim > 2 or b.ndim <= 2:
            return function(a, b)
        moved = np.moveaxis(b, -2, 0)
        solution = function(a, moved.reshape(moved.shape[0], -1))
        return np.moveaxis(solution.reshape(moved.shape), 0, -2)

    return solve_folded


def _by_rank(matrices: Any, vector: Any) -> Any:
    return lambda a, b: (vector if np.ndim(b) == 1 else matrices)(np.asarray(a), np.asarray(b))


_solve_numpy = _folded(_by_rank(rescued(np.linalg.solve, (2, 2), same), rescued(np.linalg.solve, (2, 1), same)))


def _mp_solve(a: Any, b: Any) -> Any:
    return exact_inverse(a) * b


SOLVE = register(
    Operator(
        name="solve",
        family=FAMILY,
        doc="Solution x of the linear system A·x = b; a singular matrix gives nan. Stacks as in NumPy 2.",
        arity=2,
        infer=_solve_infer,
        numpy=_solve_numpy,
        mpmath=_by_rank(precise(_mp_solve, (2, 2), same, _solve_numpy), precise(_mp_solve, (2, 1), same, _solve_numpy)),
        notation=named("solve"),
        reverse=_solve_reverse,
        forward=_solve_forward,
        examples=tuple(
            linear_system(left, right)
            for left, right in (
                ((3, 3), (3,)),
                ((3, 3), (3, 2)),
                ((2, 3, 3), (3,)),
                ((2, 3, 3), (3, 2)),
                ((3, 3), (2, 3, 1)),
            )
        ),
        source=GILES + "2.3.1",
    ),
    solve,
)


def _triangular(trans: int, lower: bool, a: Any, b: Any) -> Any:
    rank = min(np.ndim(b), 2)
    options = {"trans": trans, "lower": lower, "check_finite": False}
    single = rescued(partial(scipy_linalg.solve_triangular, **options), (2, rank), same)
    dtype = promote_float(np.asarray(a).dtype.name, np.asarray(b).dtype.name)
    return _folded(lambda a, b: on_stacks(single, (a, b), (2, min(b.ndim, 2)), dtype))(a, b)


def _mp_triangular(trans: int, lower: bool, a: Any, b: Any) -> Any:
    part = OPS["tril" if lower else "triu"].numpy(0, a)
    matrix = np.swapaxes(part, -1, -2) if trans else part
    numpy = partial(_triangular, 0, lower ^ bool(trans))
    return precise(_mp_solve, (2, min(np.ndim(b), 2)), same, numpy)(matrix, b)


SOLVE_TRIANGULAR = register(
    Operator(
        name="solve_triangular",
        family=FAMILY,
        doc="Solution of a triangular system; only the upper (or lower) triangle of the matrix is read.",
        arity=2,
        attributes=("trans", "lower"),
        infer=_solve_infer,
        numpy=_triangular,
        mpmath=_mp_triangular,
        notation=named("solve_triangular"),
        reverse=_solve_reverse,
        forward=_solve_forward,
        examples=(
            linear_system((3, 3), (3,), (0, False)),
            linear_system((3, 3), (3, 2), (1, True)),
            linear_system((2, 3, 3), (3,), (1, False)),
            linear_system((3, 3), (2, 3, 1), (0, True)),
        ),
        source=GILES + "2.3.1",
    ),
    solve_triangular,
)
