"""The determinant, its logarithm and its sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, apply, lift
from ...core.operator import Known, Operator, register
from .cofactor import JACOBI, cofactor
from .many_digits import eliminated
from .matrices import FAMILY, infer_number, named, precise, regular, scalar, tensor
from .shield import shielded
from .solve import inv


def det(x: Any) -> Node:
    """Determinant of a square matrix, or of every matrix of a stack.

    Its gradient ``cofactor(X)`` equals det(X)·inv(X)ᵀ and is right for singular matrices too.

    Raises:
        ShapeError: the matrix is not square.
    """
    return apply(DET, (lift(x),))


def logdet(x: Any) -> Node:
    """Logarithm of the absolute value of the determinant; −inf for a singular matrix. Its gradient is inv(X)ᵀ.

    Raises:
        ShapeError: the matrix is not square.
    """
    return apply(LOGDET, (lift(x),))


def det_sign(x: Any) -> Node:
    """Sign of the determinant: 1, −1, or 0 for a singular matrix. Its derivative is 0."""
    return apply(DET_SIGN, (lift(x),))


def slogdet(x: Any) -> tuple[Node, Node]:
    """Give sign and logarithm of the absolute value of the determinant, as NumPy does."""
    return det_sign(x), logdet(x)


# --- determinant --------------------------------------------------------------------------------


def _det_reverse(node: Node, g: Node, i: int) -> Node:
    return tensor(",ij->ij", g, cofactor(node.args[0]))


def _det_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    return None if tangents[0] is None else tensor("ij,ij->", cofactor(node.args[0]), tangents[0])


def _logdet_reverse(node: Node, g: Node, i: int) -> Node:
    return tensor(",ij->ji", g, inv(node.args[0]))


def _logdet_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    return None if tangents[0] is None else tensor("ij,ji->", inv(node.args[0]), tangents[0])


def _mp_log_det(x: Any) -> Any:
    value = abs(eliminated(x))
    return mpmath.log(value) if value else mpmath.mpf("-inf")


def _logdet_numpy(x: Any) -> Any:
    return np.linalg.slogdet(x)[1]


def _sign_numpy(x: Any) -> Any:
    sign, size = np.linalg.slogdet(x)
    return np.where(np.isnan(size), size, sign)[()]


def _no_contribution(node: Node, g: Node, i: int) -> None:
    """The sign is constant wherever it is continuous."""


DET = register(
    Operator(
        name="det",
        family=FAMILY,
        doc="Determinant. Its gradient is the cofactor matrix, det(X)·inv(X)ᵀ for a regular matrix.",
        arity=1,
        infer=infer_number,
        numpy=np.linalg.det,
        mpmath=precise(eliminated, (2,), scalar, np.linalg.det),
        notation=named("det", r"\det"),
        reverse=shielded(_det_reverse),
        forward=_det_forward,
        examples=(regular(3, 3), regular(2, 3, 3)),
        known=(Known((((0.0, 0.0), (0.0, 2.0)),), 0.0, (((2.0, 0.0), (0.0, 0.0)),)),),
        source=JACOBI,
    ),
    det,
)
LOGDET = register(
    Operator(
        name="logdet",
        family=FAMILY,
        doc="log|det X|, without overflow; −inf for a singular matrix. Its gradient is inv(X)ᵀ.",
        arity=1,
        infer=infer_number,
        numpy=_logdet_numpy,
        mpmath=precise(_mp_log_det, (2,), scalar, _logdet_numpy),
        notation=named("logdet", r"\log\det"),
        reverse=shielded(_logdet_reverse),
        forward=_logdet_forward,
        examples=(regular(3, 3), regular(2, 3, 3)),
        source=JACOBI,
    ),
    logdet,
)
DET_SIGN = register(
    Operator(
        name="det_sign",
        family=FAMILY,
        doc="Sign of the determinant: 1, −1, or 0 for a singular matrix. Its derivative is 0.",
        arity=1,
        infer=infer_number,
        numpy=_sign_numpy,
        mpmath=precise(lambda x: mpmath.sign(eliminated(x)), (2,), scalar, _sign_numpy),
        notation=named("det_sign"),
        reverse=_no_contribution,
        examples=(regular(3, 3),),
    ),
    det_sign,
)
