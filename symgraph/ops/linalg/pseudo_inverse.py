"""The Moore-Penrose inverse.

The rule is that of G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
squares problems whose variables separate" (1973), equation 4.12, for matrices of full rank.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape
from ...core.dtype import promote_float
from ...core.node import Node, apply, lift
from ...core.operator import Attributes, Operator, register
from ..tensor.products import matmul
from .matrices import FAMILY, named, on_finite, precise, regular, require_matrix, rescued, tensor, transposed
from .multiplicity import resolution
from .shield import shielded


def pinv(x: Any) -> Node:
    """Moore-Penrose inverse. Its derivative is nan for a matrix without full rank, where it jumps.

    Raises:
        ShapeError: the argument is not a matrix or a stack of matrices.
    """
    return apply(PINV, (lift(x),))


def full_rank(x: Any) -> Node:
    """Give 1 for a matrix of full rank, else nan; of every matrix of a stack. Its derivative is 0."""
    return apply(FULL_RANK, (lift(x),))


def _pinv_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    (x,) = args
    require_matrix(x)
    return (*x.shape[:-2], x.shape[-1], x.shape[-2]), promote_float(x.dtype)


def _pinv_reverse(p: Node, g: Node, i: int) -> Node:
    (x,) = p.args
    pt, gt = transposed(p), transposed(g)
    left = matmul(gt, matmul(p, pt))
    right = matmul(matmul(pt, p), gt)
    total = -matmul(matmul(pt, g), pt)
    total = total + left - matmul(x, matmul(p, left)) + right - matmul(matmul(right, p), x)
    return tensor(",ij->ij", full_rank(x), total)


def _pinv_numpy(x: Any) -> Any:
    x = np.asarray(x)
    dtype = promote_float(x.dtype.name)
    return np.linalg.pinv(x, rtol=10 * min(x.shape[-2:]) * np.finfo(dtype).eps)


def _pinv_exact(x: Any) -> Any:
    u, s, vt = (np.array(part.tolist(), dtype=object) for part in mpmath.svd_r(x))
    limit = resolution(s[:, 0])
    inverse = np.array([1 / value if value > limit else mpmath.mpf(0) for value in s[:, 0]], dtype=object)
    return (u * inverse @ vt).T


def _full_rank_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    require_matrix(args[0])
    return args[0].shape[:-2], promote_float(args[0].dtype)


def _full_rank_numpy(x: Any) -> Any:
    s = np.linalg.svd(x, compute_uv=False)
    return np.where((s > resolution(s)).all(axis=-1), s.dtype.type(1), s.dtype.type("nan"))[()]


def _full_rank_exact(x: Any) -> Any:
    s = np.array(list(mpmath.svd_r(x, compute_uv=False)), dtype=object)
    return mpmath.mpf(1) if all(s > resolution(s)) else mpmath.nan


def _flipped(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[::-1]


def _number(shape: tuple[int, ...]) -> tuple[int, ...]:
    return ()


def _no_contribution(node: Node, g: Node, i: int) -> None:
    """The rank is constant wherever this is not nan."""


_pinv = on_finite(rescued(_pinv_numpy, (2,), _flipped))
_full_rank = on_finite(rescued(_full_rank_numpy, (2,), _number))


PINV = register(
    Operator(
        name="pinv",
        family=FAMILY,
        doc="Moore-Penrose inverse; its derivative is nan for a matrix without full rank, where it jumps.",
        arity=1,
        infer=_pinv_infer,
        numpy=_pinv,
        mpmath=precise(_pinv_exact, (2,), _flipped, _pinv),
        notation=named("pinv"),
        reverse=shielded(_pinv_reverse),
        examples=(regular(4, 3), regular(2, 3), regular(2, 3, 3)),
        source="Golub and Pereyra 1973, The differentiation of pseudo-inverses, equation 4.12",
    ),
    pinv,
)
FULL_RANK = register(
    Operator(
        name="full_rank",
        family=FAMILY,
        doc="1 for a matrix of full rank, else nan.",
        arity=1,
        infer=_full_rank_infer,
        numpy=_full_rank,
        mpmath=precise(_full_rank_exact, (2,), _number, _full_rank),
        notation=named("full_rank"),
        reverse=_no_contribution,
        examples=(regular(3, 3), regular(2, 4, 3)),
    ),
    full_rank,
)
