"""The symmetric eigenvalue problem and the singular value decomposition.

Signs are fixed, so that the vectors are functions: in every eigenvector and left singular vector the first
entry within 10 % of the largest in magnitude is positive. The rules are those of M. Giles, "Collected matrix
derivative results for forward and reverse mode algorithmic differentiation" (2008), sections 3.1 and 3.2; what
happens where values coincide stands in :mod:`symgraph.ops.linalg.multiplicity`.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, apply
from ...core.operator import OPS
from ..tensor.products import matmul
from .decomposition import as_array, core, factor
from .matrices import require_square, symmetric_part, symmetrised, tensor, transposed
from .multiplicity import TIES, ZEROS, gap_reciprocals, share_ties

GILES = "Giles 2008, Collected matrix derivative results, section "
LARGE = 0.9


def _signs(vectors: Any) -> Any:
    """Give the sign that makes the first large entry of every column positive."""
    if not vectors.size:
        return np.ones((*vectors.shape[:-2], 1, vectors.shape[-1]), vectors.dtype)
    size = abs(vectors)
    first = np.argmax(size >= LARGE * size.max(axis=-2, keepdims=True), axis=-2)
    chosen = np.take_along_axis(vectors, first[..., None, :], axis=-2)
    return np.where(chosen < 0, -1, 1).astype(vectors.dtype)


# --- symmetric eigenvalue problem -----------------------------------------------------------------


def eigh(a: Any) -> tuple[Node, Node]:
    """Eigenvalues (ascending) and orthonormal eigenvectors (columns) of the symmetric part (A + Aᵀ)/2.

    In each eigenvector the first entry within 10 % of the largest in magnitude is positive. Eigenvalues that
    coincide share their derivative equally; the eigenvectors of such a group have the derivative nan.

    Raises:
        ShapeError: the matrix is not square.
    """
    return eigh_values(a), eigh_vectors(a)


def _eigh_values_reverse(w: Node, g: Node, i: int) -> Node:
    v = apply(OPS["eigh_vectors"], w.args)
    return tensor("ij,j,kj->ik", v, share_ties(w, g), v)


def _eigh_vectors_reverse(v: Node, g: Node, i: int) -> Node:
    gaps = gap_reciprocals(apply(OPS["eigh_values"], v.args))
    inner = tensor("ij,ki,kj->ij", gaps, v, g)
    return symmetric_part(tensor("ij,jk,lk->il", v, inner, v))


def _numpy_vectors(x: Any) -> Any:
    vectors = np.linalg.eigh(symmetrised(x))[1]
    return vectors * _signs(vectors)


def _exact_eigh(x: Any) -> tuple[Any, Any]:
    w, v = (as_array(part) for part in mpmath.eigsy((x + x.T) / 2))
    order = np.argsort(w[:, 0])
    vectors = v[:, order]
    return w[order, 0], vectors * _signs(vectors)


eigh_values = factor(
    "eigh_values",
    r"\lambda",
    "Eigenvalues of the symmetric part (A + Aᵀ)/2, ascending. Where some coincide, they share their derivative.",
    lambda m, n, k: (n,),
    lambda x: np.linalg.eigvalsh(symmetrised(x)),
    lambda x: _exact_eigh(x)[0],
    _eigh_values_reverse,
    ((3, 3), (2, 3, 3)),
    GILES + "3.1",
    require=require_square,
    kinks=(TIES,),
    aliases=("eigvalsh",),
)
eigh_vectors = factor(
    "eigh_vectors",
    r"\operatorname{eigvec}",
    "Eigenvectors of the symmetric part (A + Aᵀ)/2, as columns in the order of the eigenvalues; in each, the first "
    "entry within 10 % of the largest in magnitude is positive. Where eigenvalues coincide the derivative is nan.",
    lambda m, n, k: (n, n),
    _numpy_vectors,
    lambda x: _exact_eigh(x)[1],
    _eigh_vectors_reverse,
    ((3, 3), (2, 3, 3)),
    GILES + "3.1",
    require=require_square,
)


# --- singular value decomposition -------------------------------------------------------------------


def svd(a: Any) -> tuple[Node, Node, Node]:
    """Reduced singular value decomposition A = U·diag(s)·Vᵀ; gives U, s (descending) and Vᵀ.

    In each column of U the first entry within 10 % of the largest in magnitude is positive. Singular values
    that coincide share their derivative equally, and where one is zero its derivative is 0; the vectors of
    such a group have the derivative nan. Sizes known by name only are taken to have at least as many rows as
    columns.

    Raises:
        ShapeError: the argument is not a matrix or a stack of matrices.
    """
    return svd_u(a), svd_s(a), svd_vt(a)


def _svd_parts(a: Node) -> tuple[Node, Node, Node, Node]:
    u, s, vt = (apply(OPS[name], (a,)) for name in ("svd_u", "svd_s", "svd_vt"))
    return u, s, vt, gap_reciprocals(s, squared=True)


def _svd_s_reverse(s: Node, g: Node, i: int) -> Node:
    u, _, vt, _ = _svd_parts(s.args[0])
    return tensor("ij,j,jk->ik", u, share_ties(s, g, vanishing=True), vt)


def _svd_u_reverse(u: Node, g: Node, i: int) -> Node:
    (a,) = u.args
    _, s, vt, gaps = _svd_parts(a)
    inner = tensor("ij,ki,kj->ij", gaps, u, g)
    total = tensor("ij,jk,k,kl->il", u, inner + transposed(inner), s, vt)
    m, n, k = core(a.shape)
    if m in (n, k):
        return total
    outside = g - matmul(u, matmul(transposed(u), g))
    return total + tensor("ij,j,jk->ik", outside, 1 / s, vt)


def _svd_vt_reverse(vt: Node, g: Node, i: int) -> Node:
    (a,) = vt.args
    u, s, _, gaps = _svd_parts(a)
    inner = tensor("ij,ik,jk->ij", gaps, vt, g)
    total = tensor("ij,j,jk,kl->il", u, s, inner + transposed(inner), vt)
    m, n, _ = core(a.shape)
    if m == n or (isinstance(m, int) and isinstance(n, int) and m > n):
        return total
    outside = g - matmul(matmul(g, transposed(vt)), vt)
    return total + tensor("ij,j,jk->ik", u, 1 / s, outside)


def _numpy_svd(x: Any) -> tuple[Any, Any]:
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    sign = _signs(u)
    return u * sign, vt * np.swapaxes(sign, -1, -2)


def _exact_svd(x: Any) -> tuple[Any, Any, Any]:
    u, s, vt = (as_array(part) for part in mpmath.svd_r(x))
    sign = _signs(u)
    return u * sign, s[:, 0], vt * sign.T


svd_u = factor(
    "svd_u",
    r"\operatorname{U}",
    "Left singular vectors, as columns; in each, the first entry within 10 % of the largest in magnitude is positive.",
    lambda m, n, k: (m, k),
    lambda x: _numpy_svd(x)[0],
    lambda x: _exact_svd(x)[0],
    _svd_u_reverse,
    ((3, 3), (4, 3), (2, 3)),
    GILES + "3.2",
)
svd_s = factor(
    "svd_s",
    r"\sigma",
    "Singular values, descending. Where some coincide, they share their derivative; at zero it is 0.",
    lambda m, n, k: (k,),
    lambda x: np.linalg.svd(x, compute_uv=False),
    lambda x: _exact_svd(x)[1],
    _svd_s_reverse,
    ((3, 3), (4, 3), (2, 3), (2, 3, 2)),
    GILES + "3.2",
    kinks=(TIES, ZEROS),
    aliases=("svdvals",),
)
svd_vt = factor(
    "svd_vt",
    r"\operatorname{V}^{\mathsf T}",
    "Right singular vectors, as rows, with the signs that belong to those of the left ones.",
    lambda m, n, k: (k, n),
    lambda x: _numpy_svd(x)[1],
    lambda x: _exact_svd(x)[2],
    _svd_vt_reverse,
    ((3, 3), (4, 3), (2, 3)),
    GILES + "3.2",
)
