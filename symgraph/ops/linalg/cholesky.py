"""The Cholesky factor.

The rules are those of I. Murray, "Differentiation of the Cholesky decomposition" (2016, arXiv:1602.07527),
equations 8 (forward) and 10 (reverse).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, apply, lift
from ...core.operator import Operator, register
from ..arrays.triangle import copy_lower, tril
from ..tensor.products import matmul
from .matrices import (
    FAMILY,
    infer_square,
    named,
    positive_definite,
    precise,
    rescued,
    same,
    symmetric_part,
    symmetrised,
    transposed,
)
from .shield import shielded
from .solve import SOLVE_TRIANGULAR


def cholesky(a: Any, upper: bool = False) -> Node:
    """Lower triangular L with L·Lᵀ = A and a positive diagonal (``upper``: its transpose).

    A stands for its symmetric part (A + Aᵀ)/2, so that derivatives are symmetric. A matrix that is not
    positive definite gives nan.

    Raises:
        ShapeError: the matrix is not square.
    """
    factor = apply(CHOLESKY, (lift(a),))
    return transposed(factor) if upper else factor


def _cholesky_reverse(node: Node, g: Node, i: int) -> Node:
    half = _by_factor(node, copy_lower(matmul(transposed(node), g)), 1)
    return 0.5 * _by_factor(node, transposed(half), 1)


def _cholesky_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    if tangents[0] is None:
        return None
    half = _by_factor(node, symmetric_part(tangents[0]), 0)
    inner = _by_factor(node, transposed(half), 0)
    return 0.5 * matmul(node, tril(inner) + tril(inner, -1))


def _by_factor(factor: Node, right: Node, trans: int) -> Node:
    return apply(SOLVE_TRIANGULAR, (factor, right), (trans, True))


_cholesky_numpy = rescued(lambda x: np.linalg.cholesky(symmetrised(x)), (2,), same)

CHOLESKY = register(
    Operator(
        name="cholesky",
        family=FAMILY,
        doc="Lower Cholesky factor of the symmetric part (A + Aᵀ)/2; nan if that is not positive definite.",
        arity=1,
        infer=infer_square,
        numpy=_cholesky_numpy,
        mpmath=precise(lambda x: mpmath.cholesky((x + x.T) / 2), (2,), same, _cholesky_numpy),
        notation=named("cholesky", r"\operatorname{chol}"),
        reverse=shielded(_cholesky_reverse),
        forward=_cholesky_forward,
        examples=(positive_definite(3, 3), positive_definite(2, 3, 3)),
        source="Murray 2016, arXiv:1602.07527, equations 8 and 10",
    ),
    cholesky,
)
