"""The cofactor matrix with all its derivatives.

The derivative of det X is the cofactor matrix, det(X)·X⁻ᵀ where X is regular (Jacobi's formula). It is a
polynomial in the entries of X, so it exists for singular matrices too, where det(X)·X⁻ᵀ is 0·∞; therefore it
is an operator of its own. With directions D₁ … D_k, ``cofactor(X, D₁, …, D_k)`` is its k-th derivative along
them. The number ⟨G, cofactor(X, D₁, …, D_k)⟩ is the (k+1)-th derivative of det along D₁, …, D_k, G and
symmetric in them, from which both of its rules follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, apply
from ...core.operator import Example, Known, Operator, register
from ..defined import defined
from ..elementwise import lift_all
from ..tensor.broadcasting import sum_to
from .many_digits import eliminated
from .matrices import (
    FAMILY,
    infer_square,
    named,
    on_finite,
    precise,
    regular,
    rescued,
    same,
    transposed,
    well_conditioned,
)

JACOBI = "Jacobi's formula; Magnus and Neudecker, Matrix Differential Calculus, section 8.3"


def cofactor(x: Any, *directions: Any) -> Node:
    """Cofactor matrix det(X)·inv(X)ᵀ, right for singular matrices too; or its derivative along directions.

    ``cofactor(X)`` is the gradient of det(X), ``cofactor(X, D)`` the derivative of that along D, and so on.

    Raises:
        ShapeError: the matrices are not square or not of one size.
    """
    return apply(COFACTOR, lift_all((x, *directions)))


def adjugate(x: Any) -> Node:
    """Adjugate matrix, the transposed cofactor matrix: X·adjugate(X) = det(X)·I."""
    return transposed(cofactor(x))


def _cofactor_reverse(node: Node, g: Node, i: int) -> Node:
    x, *directions = node.args
    if i == 0:
        contribution = cofactor(x, *directions, g)
    else:
        directions[i - 1] = g
        contribution = cofactor(x, *directions)
    return sum_to(contribution, node.args[i].shape, g.ndim - node.ndim)


def _cofactor_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    x, *directions = node.args
    total: Node | None = None
    for i, tangent in enumerate(tangents):
        if tangent is None:
            continue
        others = [*directions, tangent] if i == 0 else [*directions[: i - 1], tangent, *directions[i:]]
        term = cofactor(x, *others)
        total = term if total is None else total + term
    return total


def _cofactor_numpy(x: Any, *directions: Any) -> Any:
    """Bring X to diagonal form U·S·Vᵀ, where C(P·S·Q) = det(P)·det(Q)·P⁻ᵀ·C(S)·Q⁻ᵀ, and use :func:`_diagonal`."""
    u, s, vt = np.linalg.svd(x)
    sign = np.sign(np.linalg.det(u) * np.linalg.det(vt))[..., None, None]
    turned = [np.swapaxes(u, -1, -2) @ d @ np.swapaxes(vt, -1, -2) for d in directions]
    return sign * (u @ _diagonal(s, turned) @ vt)


def _cofactor_mpmath(x: Any, *directions: Any) -> Any:
    u, s, vt = mpmath.svd_r(x)
    sign = mpmath.sign(eliminated(u) * eliminated(vt))
    turned = [np.array((u.T * d * vt.T).tolist(), dtype=object) for d in directions]
    inner = _diagonal(np.array(list(s), dtype=object), turned)
    return sign * (u * mpmath.matrix(inner.tolist()) * vt)


def _diagonal(s: Any, directions: Sequence[Any]) -> Any:
    """Give the cofactor matrix, or its derivative along directions, at a diagonal matrix with diagonal s.

    The derivative of det along D₁ … D_r at diag(s) is the sum over distinct rows i₁ … i_r and permutations σ of
    sign(σ)·∏ D_m[i_m, i_σ(m)] · ∏ (the s of all other rows). Leaving out D_r gives the cofactors.
    """
    r = len(directions) + 1
    last, n = r - 1, s.shape[-1]
    lead = np.broadcast_shapes(s.shape[:-1], *[d.shape[:-2] for d in directions])
    total: Any = np.zeros((*lead, n, n), dtype=s.dtype)
    if r > n:
        return total
    rest = _products_of_others(s, r)
    for order in permutations(range(r)):
        terms: list[Any] = [rest, [Ellipsis, *range(r)]]
        for m, d in enumerate(directions):
            terms += [d, [Ellipsis, m, order[m]]]
        sign = 1 - 2 * (sum(a > b for i, a in enumerate(order) for b in order[i + 1 :]) % 2)
        target = order[last]
        if target != last:
            total = total + sign * np.einsum(*terms, [Ellipsis, last, target])
        else:
            found = np.einsum(*terms, [Ellipsis, last])
            total = total + sign * found[..., None] * np.eye(n, dtype=int).astype(s.dtype)
    return total


def _products_of_others(s: Any, r: int) -> Any:
    """For distinct places i₁ … i_r give the product of all other entries of s, and 0 where two places agree."""
    n = s.shape[-1]
    places = np.indices((n,) * r)
    taken = (places[..., None] == np.arange(n)).any(axis=0)
    spread = s.reshape(s.shape[:-1] + (1,) * r + (n,))
    products = np.where(taken, s.dtype.type(1), spread).prod(axis=-1)
    return np.where(taken.sum(axis=-1) == r, products, s.dtype.type(0))


def _cofactor_stacks(*arrays: Any) -> Any:
    return on_finite(rescued(_cofactor_numpy, (2,) * len(arrays), same))(*arrays)


def _cofactor_precise(*arrays: Any) -> Any:
    return precise(_cofactor_mpmath, (2,) * len(arrays), same, _cofactor_stacks)(*arrays)


def _matrices(count: int) -> Example:
    def draw(rng: Any) -> list[Any]:
        return [well_conditioned(rng, (3, 3)), *rng.uniform(-1, 1, (count - 1, 3, 3))]

    return Example(((3, 3),) * count, make=draw)


COFACTOR = register(
    Operator(
        name="cofactor",
        family=FAMILY,
        doc="Cofactor matrix det(X)·inv(X)ᵀ, right for singular matrices too; with further arguments its "
        "derivative along them.",
        arity=None,
        infer=infer_square,
        numpy=_cofactor_stacks,
        mpmath=_cofactor_precise,
        notation=named("cofactor", r"\operatorname{cof}"),
        reverse=_cofactor_reverse,
        forward=_cofactor_forward,
        examples=(_matrices(1), regular(2, 3, 3), _matrices(2), _matrices(3)),
        known=(
            Known((((1.0, 2.0), (2.0, 4.0)),), ((4.0, -2.0), (-2.0, 1.0))),
            Known((((0.0, 0.0), (0.0, 0.0)),), ((0.0, 0.0), (0.0, 0.0))),
        ),
        source=JACOBI,
    ),
    cofactor,
)
defined(adjugate, FAMILY, lambda x: np.linalg.det(x) * np.linalg.inv(x), (regular(3, 3),))
