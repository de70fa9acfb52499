"""The matrix exponential with all its derivatives.

``expm(X, D₁, …, D_k)`` is the k-th derivative of the exponential along the directions: the upper right block
of the exponential of a block triangular matrix (N. Higham, "Functions of Matrices", 2008, theorem 3.6). The
adjoint of its derivative follows from ⟨G, expm(X, D)⟩ = ⟨expm(X, Gᵀ)ᵀ, D⟩.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dtype import promote_float
from ...core.node import Node, apply
from ...core.operator import Example, Operator, register
from ..elementwise import lift_all
from ..tensor.broadcasting import sum_to
from ..tensor.products import broadcast_to
from .matrices import FAMILY, infer_square, named, on_finite, precise, same, transposed
from .shield import shield

SERIES = 20  # the last group of the Taylor series begins here; it ends with x²³, and 1/24! is 2e-24


def expm(x: Any, *directions: Any) -> Node:
    """Exponential of a square matrix; with further arguments its derivative along them.

    ``expm(X, D)`` is the derivative of ``expm(X + t·D)`` with respect to t at 0, and so on.

    Raises:
        ShapeError: the matrices are not square or not of one size.
    """
    return apply(EXPM, lift_all((x, *directions)))


def _expm_reverse(node: Node, g: Node, i: int) -> Node:
    x, *directions = node.args
    others = [d for k, d in enumerate(directions, 1) if k != i]
    contribution = shield(g, transposed(expm(x, *others, transposed(g))))
    return sum_to(contribution, node.args[i].shape, g.ndim - node.ndim)


def _expm_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    x, *directions = node.args
    total: Node | None = None
    for i, tangent in enumerate(tangents):
        if tangent is None:
            continue
        term = expm(x, *[d for k, d in enumerate(directions, 1) if k != i], tangent)
        total = term if total is None else total + term
    return None if total is None else broadcast_to(total, node.shape)


def _block_matrix(x: Any, directions: Sequence[Any]) -> tuple[Any, Any]:
    """Give I⊗X + Σ N_k⊗D_k with commuting N_k, N_k² = 0, each D scaled to entries of at most 1; and the scale."""
    count, n = len(directions), x.shape[-1]
    blocks = 2**count
    lead = np.broadcast_shapes(x.shape[:-2], *[d.shape[:-2] for d in directions])
    out = np.zeros((*lead, blocks, n, blocks, n), dtype=x.dtype)
    scale: Any = 1
    for row in range(blocks):
        out[..., row, :, row, :] = x
    for k, d in enumerate(directions):
        size = np.max(abs(d), axis=(-1, -2), keepdims=True, initial=0)
        size = np.where(size == 0, 1, size)
        scale = scale * size
        for row in range(blocks):
            if not row >> k & 1:
                out[..., row, :, row | 1 << k, :] = d / size
    return out.reshape(*lead, blocks * n, blocks * n), scale


def _exponential(x: Any) -> Any:
    """Scale to a norm of at most 1, sum the Taylor series by groups of four powers, square.

    Every matrix of a stack is squared as often as its own norm asks for: eˣ − 1, which loses nothing beside 1, and eˣ
    itself where that is so small that less is lost this way. SciPy's function loses up to five digits.
    """
    norm = np.max(np.sum(abs(x), axis=-1), axis=-1, initial=0)[..., None, None]
    halvings = np.maximum(np.frexp(norm)[1], 0)
    x = np.ldexp(x, -halvings)
    square = x @ x
    one = np.eye(x.shape[-1], dtype=x.dtype)
    powers, fourth = (one, x, square, x @ square), square @ square
    less_one = sum(power / math.factorial(SERIES + k) for k, power in enumerate(powers))
    for group in range(SERIES // 4 - 1, -1, -1):
        terms = [power / math.factorial(4 * group + k) for k, power in enumerate(powers) if group or k]
        less_one = less_one @ fourth + sum(terms)
    plain = less_one + one
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(int(np.max(halvings, initial=0))):
            less_one = np.where(step < halvings, less_one @ less_one + 2 * less_one, less_one)
            plain = np.where(step < halvings, plain @ plain, plain)
        largest = np.max(abs(less_one + one), axis=(-1, -2), keepdims=True, initial=0)
        usable = (np.ldexp(largest, halvings) > 1) & np.isfinite(largest)
    return np.where(usable, less_one + one, plain)


def _expm_numpy(*arrays: Any) -> Any:
    dtype = promote_float(*[np.asarray(a).dtype.name for a in arrays])
    x, *directions = (np.asarray(a).astype(dtype) for a in arrays)
    matrix, scale = _block_matrix(x, directions)
    n = x.shape[-1]
    result = _exponential(matrix)[..., :n, matrix.shape[-1] - n :]
    return (result * scale).astype(dtype)


_expm_stacks = on_finite(_expm_numpy)


def _expm_exact(*matrices: Any) -> Any:
    """Scale, sum the Taylor series, square: with polynomials in t₁ … t_k, t² = 0, in the place of numbers.

    ``terms[subset]`` is the matrix that belongs to the product of the t in the subset, a bit mask.
    """
    x, *directions = (np.array(m.tolist(), dtype=object) for m in matrices)
    n, count = x.shape[-1], len(directions)
    sizes = [max(abs(d).max(), mpmath.mpf("1e-1000")) for d in directions]
    norm = max(abs(x).sum(axis=-1).max(), 1) + n * count
    halvings = int(mpmath.ceil(mpmath.log(norm, 2))) + 8
    scaled = [
        part / mpmath.mpf(2) ** halvings for part in (x, *(d / c for d, c in zip(directions, sizes, strict=True)))
    ]
    term = np.full((2**count, n, n), mpmath.mpf(0), dtype=object)
    term[0] = np.eye(n, dtype=int) * mpmath.mpf(1)
    terms, order = term, 0
    with mpmath.workprec(mpmath.mp.prec + 2 * halvings):
        while abs(term).max() > mpmath.mp.eps:
            order += 1
            term = _times_linear(term, scaled) / order
            terms = terms + term
        for _ in range(halvings):
            terms = _times(terms, terms)
    return terms[-1] * mpmath.fprod(sizes)


def _times_linear(terms: Any, linear: Sequence[Any]) -> Any:
    """Multiply with X + Σ t_k·D_k."""
    out = np.array([term @ linear[0] for term in terms])
    for k, d in enumerate(linear[1:]):
        for subset in range(len(terms)):
            if subset >> k & 1:
                out[subset] = out[subset] + terms[subset ^ 1 << k] @ d
    return out


def _times(first: Any, second: Any) -> Any:
    """Multiply two polynomials: every subset collects the products over its own partitions into two."""
    out = np.zeros_like(first)
    for whole in range(len(first)):
        part = whole
        while True:
            out[whole] = out[whole] + first[part] @ second[whole ^ part]
            if not part:
                break
            part = (part - 1) & whole
    return out


def _expm_mpmath(*arrays: Any) -> Any:
    return precise(_expm_exact, (2,) * len(arrays), same, _expm_stacks)(*arrays)


def _draw_two(rng: Any) -> list[Any]:
    return list(rng.uniform(-1, 1, (2, 3, 3)))


def _draw_three(rng: Any) -> list[Any]:
    return list(rng.uniform(-1, 1, (3, 2, 2)))


EXPM = register(
    Operator(
        name="expm",
        family=FAMILY,
        doc="Exponential of a square matrix; with further arguments its derivative along them.",
        arity=None,
        infer=infer_square,
        numpy=_expm_stacks,
        mpmath=_expm_mpmath,
        notation=named("expm", r"\exp"),
        reverse=_expm_reverse,
        forward=_expm_forward,
        examples=(
            Example(((3, 3),), domain=((-1, 1),)),
            Example(((2, 2, 2),), domain=((-1, 1),)),
            Example(((3, 3), (3, 3)), make=_draw_two),
            Example(((2, 2), (2, 2), (2, 2)), make=_draw_three),
        ),
        source="Higham 2008, Functions of Matrices, theorem 3.6",
    ),
    expm,
)
