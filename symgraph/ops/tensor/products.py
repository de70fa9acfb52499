"""The names that users know for contractions: matmul, transpose, outer, trace, diag, eye, sum, einsum …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dimension import Shape, Size
from ...core.errors import ShapeError
from ...core.node import Node, lift, method
from ...core.operator import Example
from ...core.shape import as_shape, broadcast_shapes, normalize_axes, normalize_axis, shape_text
from ..defined import defined
from ..elementwise import lift_all
from .contraction import contract

FAMILY = "contraction"


def matmul(x: Any, y: Any) -> Node:
    """Matrix product ``x @ y`` by NumPy's rules: vectors stand for rows or columns, leading axes broadcast.

    >>> import symgraph as sg
    >>> (sg.symbol("A", shape=("n", 3)) @ sg.symbol("v", shape=3)).shape
    (n,)
    """
    x, y = lift_all((x, y))
    if not x.ndim or not y.ndim:
        raise ShapeError("matmul: a scalar has no matrix product; use * instead of @")
    if x.shape[-1] != y.shape[-2 if y.ndim > 1 else 0]:
        raise ShapeError(
            f"matmul: shapes {shape_text(x.shape)} and {shape_text(y.shape)} do not fit: "
            f"{x.shape[-1]} columns against {y.shape[-2 if y.ndim > 1 else 0]} rows"
        )
    batch = broadcast_shapes(x.shape[:-2], y.shape[:-2])
    sizes: dict[int, Size] = dict(enumerate(batch))
    row, middle, column = range(len(batch), len(batch) + 3)
    left = (row, middle) if x.ndim > 1 else (middle,)
    right = (middle, column) if y.ndim > 1 else (middle,)
    sizes.update(zip(left, x.shape[-2:], strict=True))
    sizes.update(zip(right, y.shape[-2:], strict=True))
    lists = [_batch_index(node.shape[:-2], len(batch), batch, sizes) + last for node, last in ((x, left), (y, right))]
    output = (*range(len(batch)), *left[:-1], *right[1:])
    return contract((x, y), lists, output, sizes)


def _batch_index(shape: Shape, rank: int, batch: Shape, sizes: dict[int, Size]) -> tuple[int, ...]:
    """Give the indices of leading axes; a broadcast axis of size 1 gets an index of its own."""
    index = []
    for place, size in enumerate(shape, rank - len(shape)):
        if size == batch[place]:
            index.append(place)
        else:
            fresh = max(sizes) + 1
            sizes[fresh] = size
            index.append(fresh)
    return tuple(index)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Node:
    """Permute the axes; without ``axes`` reverse them."""
    x = lift(x)
    order = tuple(range(x.ndim))[::-1] if axes is None else tuple(normalize_axis(a, x.ndim, "transpose") for a in axes)
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"transpose: axes {axes} are not a permutation of the {x.ndim} axes")
    return contract((x,), (tuple(range(x.ndim)),), order, dict(enumerate(x.shape)))


def swapaxes(x: Any, axis1: int, axis2: int) -> Node:
    """Exchange two axes."""
    x = lift(x)
    order = list(range(x.ndim))
    first, second = (normalize_axis(a, x.ndim, "swapaxes") for a in (axis1, axis2))
    order[first], order[second] = second, first
    return transpose(x, order)


def moveaxis(x: Any, source: int, destination: int) -> Node:
    """Move one axis to another place."""
    x = lift(x)
    order = list(range(x.ndim))
    taken = order.pop(normalize_axis(source, x.ndim, "moveaxis"))
    order.insert(normalize_axis(destination, x.ndim, "moveaxis"), taken)
    return transpose(x, order)


def outer(x: Any, y: Any) -> Node:
    """Outer product x·yᵀ of two vectors (arrays are flattened by their axes: rank adds up)."""
    x, y = lift_all((x, y))
    rank = x.ndim + y.ndim
    return contract(
        (x, y),
        (tuple(range(x.ndim)), tuple(range(x.ndim, rank))),
        tuple(range(rank)),
        dict(enumerate(x.shape + y.shape)),
    )


def dot(x: Any, y: Any) -> Node:
    """Dot product of two vectors, or the matrix product of matrices; scalars multiply."""
    x, y = lift_all((x, y))
    return matmul(x, y) if x.ndim and y.ndim else x * y


def vdot(x: Any, y: Any) -> Node:
    """Sum of the products of all entries of two arrays of the same shape."""
    x, y = lift_all((x, y))
    if x.shape != y.shape:
        raise ShapeError(f"vdot: shapes {shape_text(x.shape)} and {shape_text(y.shape)} differ")
    index = tuple(range(x.ndim))
    return contract((x, y), (index, index), (), dict(enumerate(x.shape)))


def _square(x: Node, name: str) -> None:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name}: a square matrix is needed, not shape {shape_text(x.shape)}")


def trace(x: Any) -> Node:
    """Sum of the diagonal of a square matrix (of the last two axes)."""
    x = lift(x)
    _square(x, "trace")
    index = (*range(x.ndim - 1), x.ndim - 2)
    return contract((x,), (index,), index[:-2], dict(enumerate(x.shape)))


def diagonal(x: Any) -> Node:
    """The diagonal of a square matrix (of the last two axes), as a vector."""
    x = lift(x)
    _square(x, "diagonal")
    index = (*range(x.ndim - 1), x.ndim - 2)
    return contract((x,), (index,), index[:-1], dict(enumerate(x.shape)))


def diag(x: Any) -> Node:
    """A vector as a diagonal matrix, or the diagonal of a matrix as a vector."""
    x = lift(x)
    if x.ndim != 1:
        return diagonal(x)
    return contract((x,), ((0,),), (0, 0), {0: x.shape[0]})


def eye(n: Any) -> Node:
    """The identity matrix of size n."""
    size = as_shape(n)[0]
    return contract((), (), (0, 0), {0: size})


def full(shape: Any, value: Any) -> Node:
    """An array of this shape with every entry equal to the scalar ``value``."""
    return broadcast_to(value, shape)


def ones(shape: Any) -> Node:
    """An array of ones."""
    return full(shape, 1.0)


def zeros(shape: Any) -> Node:
    """An array of zeros."""
    return full(shape, 0.0)


def broadcast_to(x: Any, shape: Any) -> Node:
    """Repeat an array along new axes and along axes of size 1, by NumPy's rule."""
    node, target = lift(x), as_shape(shape)
    if node.shape == target:
        return node
    x = node
    if broadcast_shapes(x.shape, target) != target:
        raise ShapeError(f"broadcast_to: shape {shape_text(x.shape)} does not broadcast to {shape_text(target)}")
    sizes: dict[int, Size] = dict(enumerate(target))
    index = []
    for place, size in enumerate(x.shape, len(target) - x.ndim):
        if size != target[place]:
            sizes[len(sizes)] = size
            index.append(len(sizes) - 1)
        else:
            index.append(place)
    if not x.shape and x.op.name == "constant" and x.value == 1.0 and x.dtype == "float64":
        return contract((), (), tuple(range(len(target))), sizes)
    return contract((x,), (tuple(index),), tuple(range(len(target))), sizes)


def sum(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Node:
    """Sum over all axes, or over the given ones."""
    x = lift(x)
    axes = normalize_axes(axis, x.ndim, "sum")
    sizes: dict[int, Size] = dict(enumerate(x.shape))
    output = []
    for place in range(x.ndim):
        if place not in axes:
            output.append(place)
        elif keepdims:
            sizes[len(sizes)] = 1
            output.append(len(sizes) - 1)
    return contract((x,), (tuple(range(x.ndim)),), tuple(output), sizes)


def einsum(subscripts: str, *operands: Any, **sizes: Any) -> Node:
    """Einstein summation as in NumPy, with repeated output indices and broadcasting too.

    Args:
        subscripts: such as ``"ij,jk->ik"``; the arrow is required. An index that is in the result alone
            needs its size: ``einsum("i->ij", x, j=3)``.

    Raises:
        ShapeError: the subscripts do not fit the operands.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape="n")
    >>> sg.einsum("i->ii", x) is sg.diag(x)
    True
    """
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    lists = left.split(",") if operands else []
    if not arrow or len(lists) != len(operands) or (not operands and left):
        raise ShapeError(
            f"einsum: {subscripts!r} needs an arrow and one index list for each of {len(operands)} operands"
        )
    nodes = lift_all(operands)
    letters = {c: i for i, c in enumerate(dict.fromkeys("".join(lists) + output))}
    known: dict[int, Size] = {letters[c]: as_shape(size)[0] for c, size in sizes.items() if c in letters}
    for node, index in zip(nodes, lists, strict=True):
        if len(index) != node.ndim:
            raise ShapeError(f"einsum: index list {index!r} does not fit shape {shape_text(node.shape)}")
        for c, size in zip(index, node.shape, strict=True):
            if known.setdefault(letters[c], size) != size:
                raise ShapeError(f"einsum: index {c} stands for two sizes, {known[letters[c]]} and {size}")
    for c in output:
        if letters[c] not in known:
            raise ShapeError(f"einsum: index {c} is only in the result: give its size, as in einsum(..., {c}=3)")
    return contract(
        nodes, [tuple(letters[c] for c in index) for index in lists], tuple(letters[c] for c in output), known
    )


defined(matmul, FAMILY, np.matmul, [Example(((2, 3), (3, 2))), Example(((3,), (3,)))])
defined(transpose, FAMILY, np.transpose, [Example(((2, 3),))])
defined(swapaxes, FAMILY, np.swapaxes, [Example(((2, 3, 4),), (0, 2))])
defined(moveaxis, FAMILY, np.moveaxis, [Example(((2, 3, 4),), (0, 2))])
defined(outer, FAMILY, np.multiply.outer, [Example(((2,), (3,)))])
defined(dot, FAMILY, np.dot, [Example(((3,), (3,)))])
defined(vdot, FAMILY, np.vdot, [Example(((2, 3), (2, 3)))])
defined(trace, FAMILY, np.trace, [Example(((3, 3),))])
defined(diagonal, FAMILY, np.diagonal, [Example(((3, 3),))])
defined(diag, FAMILY, np.diag, [Example(((3,),)), Example(((3, 3),))])
defined(eye, FAMILY, np.eye, [Example((), (3,))])
defined(full, FAMILY, np.full, [Example((), ((2, 3), 1.5))])
defined(ones, FAMILY, np.ones, [Example((), ((2, 3),))])
defined(zeros, FAMILY, np.zeros, [Example((), ((2, 3),))])
defined(broadcast_to, FAMILY, np.broadcast_to, [Example(((3,),), ((2, 3),))])
defined(sum, FAMILY, np.sum, [Example(((2, 3),)), Example(((2, 3),), (0,))])
defined(
    einsum, FAMILY, np.einsum, [Example((), make=lambda rng: ["ij,j->i", rng.normal(size=(2, 3)), rng.normal(size=3)])]
)

method("__matmul__", matmul, "__rmatmul__")
