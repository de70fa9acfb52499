"""How the factors of a decomposition are declared, and QR.

Every factor is an operator of its own. Signs are fixed, so that each is a function: R has a positive diagonal.
The rules are those of S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions"
(2010).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape, Size
from ...core.dtype import promote_float
from ...core.errors import EvaluationError
from ...core.node import Node, apply, lift
from ...core.operator import OPS, Attributes, Builder, Kink, Operator, ReverseRule, register
from ..arrays.triangle import copy_lower, triu
from ..defined import show_as
from ..tensor.products import matmul
from .matrices import FAMILY, named, on_finite, precise, regular, require_matrix, rescued, transposed
from .shield import shielded
from .solve import SOLVE_TRIANGULAR


def core(shape: Shape) -> tuple[Size, Size, Size]:
    """Give rows, columns and the smaller of them; where names leave it open, there are at least as many rows."""
    m, n = shape[-2:]
    return m, n, m if isinstance(m, int) and isinstance(n, int) and m < n else n


def factor(
    name: str,
    latex: str,
    doc: str,
    shape: Callable[[Size, Size, Size], Shape],
    numpy: Callable[[Any], Any],
    exact: Callable[[Any], Any],
    reverse: ReverseRule,
    tried: Sequence[tuple[int, ...]],
    source: str,
    *,
    require: Callable[[Node], None] = require_matrix,
    kinks: tuple[Kink, ...] = (),
    aliases: tuple[str, ...] = (),
    function: Builder | None = None,
) -> Builder:
    """Register one factor of a decomposition, and give the function that users call.

    ``shape`` gives its shape from the rows, the columns and the smaller of them; ``exact`` is its evaluation on
    an ``mpmath`` matrix.
    """

    def build(x: Any) -> Node:
        return apply(OPS[name], (lift(x),))

    def infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
        require(args[0])
        return args[0].shape[:-2] + shape(*core(args[0].shape)), promote_float(args[0].dtype)

    def single(matrix: tuple[int, ...]) -> Any:
        return shape(*core(matrix))

    show_as(build, name, doc)
    rescue = on_finite(rescued(numpy, (2,), single))
    register(
        Operator(
            name=name,
            family=FAMILY,
            doc=doc,
            arity=1,
            infer=infer,
            numpy=rescue,
            mpmath=precise(exact, (2,), single, rescue),
            notation=named(name, latex),
            reverse=shielded(reverse),
            examples=tuple(regular(*size) for size in tried),
            kinks=kinks,
            aliases=aliases,
            source=source,
        ),
        function or build,
    )
    return function or build


def as_array(matrix: Any) -> Any:
    """Turn a matrix of mpmath into an array of its numbers."""
    return np.array(matrix.tolist(), dtype=object)


# --- QR -----------------------------------------------------------------------------------------


def qr(a: Any) -> tuple[Node, Node]:
    """QR decomposition A = Q·R: Q has orthonormal columns, R is upper triangular with a positive diagonal.

    Of an m×n matrix, Q is m×k and R is k×n with k = min(m, n). Sizes known by name only are taken to have at
    least as many rows as columns. Where the first k columns are linearly dependent, derivatives are nan.

    Raises:
        ShapeError: the argument is not a matrix or a stack of matrices.
    """
    return qr_q(a), qr_r(a)


def _qr_q(a: Any) -> Node:
    a = lift(a)
    require_matrix(a)
    m, n, k = core(a.shape)
    return apply(OPS["qr_q"], (a if k == n else a[..., :m],))


def _qr_r(a: Any) -> Node:
    a = lift(a)
    require_matrix(a)
    n, k = core(a.shape)[1:]
    return apply(OPS["qr_r"], (a,)) if k == n else triu(matmul(transposed(_qr_q(a)), a))


def _by_r(x: Node, a: Node) -> Node:
    """Give X·R⁻ᵀ."""
    r = apply(OPS["qr_r"], (a,))
    return transposed(apply(SOLVE_TRIANGULAR, (r, transposed(x)), (0, False)))


def _qr_q_reverse(q: Node, g: Node, i: int) -> Node:
    return _by_r(g - matmul(q, copy_lower(matmul(transposed(g), q))), q.args[0])


def _qr_r_reverse(r: Node, g: Node, i: int) -> Node:
    (a,) = r.args
    return _by_r(matmul(apply(OPS["qr_q"], (a,)), copy_lower(matmul(r, transposed(g)))), a)


def _tall(x: Any) -> Any:
    if x.shape[-2] < x.shape[-1]:
        raise EvaluationError(f"qr: sizes known by name need at least as many rows as columns, not shape {x.shape}")
    return x


def _numpy_qr(x: Any) -> tuple[Any, Any]:
    q, r = np.linalg.qr(_tall(x))
    sign = np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1, 1).astype(r.dtype)
    return q * sign[..., None, :], r * sign[..., :, None]


def _exact_qr(x: Any) -> tuple[Any, Any]:
    q, r = (as_array(part) for part in mpmath.qr(_tall_exact(x), mode="skinny"))
    sign = np.where(np.diagonal(r) < 0, -1, 1)
    return q * sign, r * sign[:, None]


def _tall_exact(x: Any) -> Any:
    _tall(np.empty((x.rows, x.cols)))
    return x


_WALTER = "Walter and Lehmann 2010, Algorithmic differentiation of linear algebra functions"
qr_q = factor(
    "qr_q",
    r"\operatorname{Q}",
    "The factor Q of the QR decomposition: orthonormal columns.",
    lambda m, n, k: (m, k),
    lambda x: _numpy_qr(x)[0],
    lambda x: _exact_qr(x)[0],
    _qr_q_reverse,
    ((3, 3), (4, 3), (2, 3, 2)),
    _WALTER,
    function=_qr_q,
)
qr_r = factor(
    "qr_r",
    r"\operatorname{R}",
    "The factor R of the QR decomposition: upper triangular with a positive diagonal.",
    lambda m, n, k: (k, n),
    lambda x: _numpy_qr(x)[1],
    lambda x: _exact_qr(x)[1],
    _qr_r_reverse,
    ((3, 3), (4, 3), (2, 3, 2)),
    _WALTER,
    function=_qr_r,
)
