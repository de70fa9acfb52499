"""What the operators of linear algebra share: shape rules, stacks of matrices, conversion to mpmath.

All of them work on the last two axes; leading axes are a stack of matrices, as in NumPy. A matrix for which
there is no answer (singular, not positive definite, no convergence) gives nan, in its own place of the
stack only, so that a branch that ``where`` does not take never stops a calculation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape, Size
from ...core.dtype import promote_float
from ...core.errors import ShapeError
from ...core.node import Node
from ...core.operator import Attributes, Example, Notation
from ...core.shape import broadcast_shapes, shape_text
from ..tensor.contraction import contract
from ..tensor.products import swapaxes

FAMILY = "linear algebra"
MOST_BITS = 40_000  # beside twice the digits, for entries of very different sizes
Matrices = Callable[..., Any]


# --- shapes -----------------------------------------------------------------------------------


def require_matrix(node: Node) -> None:
    """Raise :class:`ShapeError` unless the node is a matrix or a stack of them."""
    if node.ndim < 2:
        raise ShapeError(f"a matrix is needed, not shape {shape_text(node.shape)}")


def require_square(node: Node) -> None:
    """Raise :class:`ShapeError` unless the node is a square matrix or a stack of them."""
    if node.ndim < 2 or node.shape[-1] != node.shape[-2]:
        raise ShapeError(f"a square matrix is needed, not shape {shape_text(node.shape)}")


def infer_square(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """Square matrix to square matrix; further arguments of the same size, with stacks broadcast."""
    for arg in args:
        require_square(arg)
        if arg.shape[-2:] != args[0].shape[-2:]:
            raise ShapeError(f"matrices of one size are needed, not {shape_text(arg.shape)}")
    lead = broadcast_shapes(*[arg.shape[:-2] for arg in args])
    return lead + args[0].shape[-2:], promote_float(*[arg.dtype for arg in args])


def infer_number(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """Square matrix to number."""
    require_square(args[0])
    return args[0].shape[:-2], promote_float(args[0].dtype)


def named(text: str, latex: str = "") -> Notation:
    """Give the notation of a function."""
    escaped = text.replace("_", r"\_")
    return Notation(text, latex or rf"\operatorname{{{escaped}}}", text)


# --- contractions over the last axes ------------------------------------------------------------


def transposed(x: Node) -> Node:
    """Transpose the matrix, or every matrix of a stack."""
    return swapaxes(x, -1, -2)


def symmetric_part(x: Node) -> Node:
    """Give (X + Xᵀ)/2."""
    return 0.5 * (x + transposed(x))


def tensor(subscripts: str, *nodes: Node) -> Node:
    """Einstein summation over the last axes; the axes before them broadcast, as in ``matmul``.

    >>> from symgraph.core.node import symbol
    >>> tensor("ij,j->i", symbol("A", shape=("k", 2, 3)), symbol("x", shape=3)).shape
    (k, 2)
    """
    left, _, output = subscripts.partition("->")
    lists = left.split(",")
    letters = {c: i for i, c in enumerate(dict.fromkeys(left.replace(",", "")))}
    leads = [node.shape[: node.ndim - len(index)] for node, index in zip(nodes, lists, strict=True)]
    lead = broadcast_shapes(*leads)
    start = len(letters)
    sizes: dict[int, Size] = dict(enumerate(lead, start))
    found = []
    for node, index, own in zip(nodes, lists, leads, strict=True):
        place = [_lead_index(size, i, lead, start, sizes) for i, size in enumerate(own, len(lead) - len(own))]
        core = [letters[c] for c in index]
        sizes.update(zip(core, node.shape[len(own) :], strict=True))
        found.append((*place, *core))
    return contract(nodes, found, (*range(start, start + len(lead)), *[letters[c] for c in output]), sizes)


def _lead_index(size: Size, i: int, lead: Shape, start: int, sizes: dict[int, Size]) -> int:
    """Give the index of a leading axis; a broadcast axis of size 1 gets an index of its own."""
    if size == lead[i]:
        return start + i
    fresh = 1000 + len(sizes)
    sizes[fresh] = size
    return fresh


def as_column(x: Node) -> Node:
    """Turn a vector (or a stack of them) into a matrix of one column."""
    index = tuple(range(x.ndim))
    return contract((x,), (index,), (*index, x.ndim), {**dict(enumerate(x.shape)), x.ndim: 1})


def drop_column(x: Node) -> Node:
    """Turn a matrix of one column (or a stack of them) into a vector."""
    index = tuple(range(x.ndim))
    return contract((x,), (index,), index[:-1], dict(enumerate(x.shape)))


# --- evaluation ---------------------------------------------------------------------------------


def on_stacks(function: Matrices, arrays: Sequence[Any], ranks: Sequence[int], dtype: Any) -> Any:
    """Apply a function of single matrices to every place of a stack, and stack the results.

    ``ranks`` says how many of the last axes of each argument the function wants; the others broadcast.
    """
    lead = np.broadcast_shapes(*[a.shape[: a.ndim - rank] for a, rank in zip(arrays, ranks, strict=True)])
    views = [np.broadcast_to(a, lead + a.shape[a.ndim - rank :]) for a, rank in zip(arrays, ranks, strict=True)]
    first = function(*[np.ones(v.shape[len(lead) :], dtype) for v in views]) if 0 in lead else None
    results = [function(*[v[place] for v in views]) for place in np.ndindex(lead)]
    if first is not None:
        return np.zeros(lead + np.shape(first), dtype)
    out = np.empty((len(results), *np.shape(results[0])), dtype)
    for place, result in enumerate(results):
        out[place, ...] = result
    return out.reshape(lead + out.shape[1:])


def rescued(function: Matrices, ranks: Sequence[int], shape: Callable[..., tuple[int, ...]]) -> Matrices:
    """Wrap a NumPy function on stacks: where it raises ``LinAlgError``, the matrix at fault gives nan.

    ``shape`` gives the shape of the result for one place of the stack, from the shapes of its arguments.
    """

    def single(*arrays: Any) -> Any:
        try:
            return function(*arrays)
        except np.linalg.LinAlgError:
            return np.full(shape(*[a.shape for a in arrays]), np.nan)

    def rescue(*values: Any) -> Any:
        arrays = [np.asarray(value) for value in values]
        try:
            return function(*arrays)
        except np.linalg.LinAlgError:
            return on_stacks(single, arrays, ranks, promote_float(*[a.dtype.name for a in arrays]))

    return rescue


def on_finite(function: Matrices) -> Matrices:
    """Wrap a NumPy function on stacks for which LAPACK may fail to end on nan or inf: those matrices give nan."""

    def guarded(*values: Any) -> Any:
        arrays = [np.asarray(value) for value in values]
        known = np.asarray(True)
        for a in arrays:
            known = known & np.isfinite(a).all(axis=(-1, -2))
        if known.all():
            return function(*arrays)
        result = np.asarray(function(*[np.where(np.isfinite(a), a, a.dtype.type(0)) for a in arrays]))
        spread = known.reshape(known.shape + (1,) * (result.ndim - known.ndim))
        return np.where(spread, result, result.dtype.type("nan"))

    return guarded


def precise(
    function: Matrices, ranks: Sequence[int], shape: Callable[..., tuple[int, ...]], numpy: Matrices
) -> Matrices:
    """Make the mpmath evaluation of an operator from a function of single ``mpmath`` matrices.

    It runs with twice the digits, and those that lie between the largest and the smallest entries, because mpmath's
    own tests for singular matrices compare with the working precision. A matrix that has no answer gives nan; nan and
    inf in the input, and empty matrices, give what NumPy gives.
    """

    def single(*arrays: Any) -> Any:
        if not all(a.size and np.all([mpmath.isfinite(entry) for entry in a.flat]) for a in arrays):
            with np.errstate(all="ignore"):
                special = np.asarray(numpy(*[a.astype(float) for a in arrays]))
            return _as_object([mpmath.mpf(entry) for entry in special.flat], special.shape)
        try:
            with mpmath.workprec(2 * mpmath.mp.prec + min(max(map(_spread, arrays)), MOST_BITS)):
                result = function(*[mpmath.matrix(a.tolist()) for a in arrays])
        except (ZeroDivisionError, ValueError):
            return np.full(shape(*[a.shape for a in arrays]), mpmath.nan, dtype=object)
        return _from_mpmath(result, shape(*[a.shape for a in arrays]))

    def evaluate(*values: Any) -> Any:
        arrays = [np.asarray(value) for value in values]
        return on_stacks(single, [a.astype(int) if a.dtype == bool else a for a in arrays], ranks, object)

    return evaluate


def _spread(matrix: Any) -> int:
    """Give the bits that products of the entries may lie apart."""
    sizes = [int(mpmath.mag(entry)) for entry in matrix.flat if entry]
    return (max(sizes) - min(sizes)) * max(matrix.shape) if sizes else 0


def _from_mpmath(result: Any, shape: tuple[int, ...]) -> Any:
    """Turn an ``mpmath`` matrix, an array or a number into an object array, rounded to the working precision."""
    entries = list(result) if isinstance(result, mpmath.matrix) else list(np.asarray(result, dtype=object).flat)
    return _as_object([+entry for entry in entries], shape)


def _as_object(entries: list[Any], shape: tuple[int, ...]) -> Any:
    out = np.empty(len(entries), dtype=object)
    out[:] = entries
    return out.reshape(shape)


def symmetrised(x: Any) -> Any:
    """Give (X + Xᵀ)/2 as numbers."""
    return (x + np.swapaxes(x, -1, -2)) / 2


def same(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The result has the shape of the last argument."""
    return shapes[-1]


def scalar(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The result is a number."""
    return ()


# --- examples -----------------------------------------------------------------------------------


def regular(*shape: int, attributes: Attributes = ()) -> Example:
    """Give a well-conditioned matrix (or stack) as an example."""

    def draw(rng: Any) -> list[Any]:
        return [well_conditioned(rng, shape)]

    return Example((shape,), attributes, make=draw)


def linear_system(left: tuple[int, ...], right: tuple[int, ...], attributes: Attributes = ()) -> Example:
    """Give a well-conditioned matrix and another array as an example."""

    def draw(rng: Any) -> list[Any]:
        return [well_conditioned(rng, left), rng.uniform(-2, 2, right)]

    return Example((left, right), attributes, make=draw)


def positive_definite(*shape: int) -> Example:
    """Give a matrix as an example whose symmetric part is positive definite, not quite symmetric itself."""

    def draw(rng: Any) -> list[Any]:
        x = rng.uniform(-1, 1, shape)
        return [x @ np.swapaxes(x, -1, -2) + 0.5 * np.eye(shape[-1]) + rng.uniform(-0.05, 0.05, shape)]

    return Example((shape,), make=draw)


def well_conditioned(rng: Any, shape: tuple[int, ...]) -> Any:
    """Draw matrices with a heavy diagonal: regular, with distinct eigenvalues and singular values."""
    n = min(shape[-2:])
    heavy = np.zeros(shape)
    heavy[..., range(n), range(n)] = 2.0 * np.arange(1, n + 1)
    return rng.uniform(-0.6, 0.6, shape) + heavy
