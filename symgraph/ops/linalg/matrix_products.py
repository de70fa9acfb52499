"""Products of matrices by other rules: integer powers, the Kronecker product and the vector product."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dimension import Size
from ...core.errors import ShapeError
from ...core.node import Node, constant, lift
from ...core.operator import Example
from ...core.shape import shape_text
from ..arrays.structure import reshape
from ..defined import defined
from ..elementwise import lift_all
from ..tensor.contraction import contract
from ..tensor.products import broadcast_to, eye, matmul
from .matrices import FAMILY, regular, require_square, tensor
from .solve import inv


def matrix_power(a: Any, n: int) -> Node:
    """Integer power of a square matrix by repeated squaring; a negative one is that of the inverse.

    Raises:
        ShapeError: the matrix is not square, or the exponent is not an integer.

    >>> import symgraph as sg
    >>> A = sg.symbol("A", shape=(2, 2))
    >>> sg.matrix_power(A, 3) is (A @ A) @ A
    True
    """
    a = lift(a)
    require_square(a)
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise ShapeError(f"matrix_power: the exponent must be an integer, not {n!r}")
    exponent = n.__index__()
    if exponent == 0:
        return broadcast_to(eye(a.shape[-1]), a.shape)
    square = a if exponent > 0 else inv(a)
    result = None
    for digit in bin(abs(exponent))[2:]:
        if result is not None:
            result = matmul(result, result)
        if digit == "1":
            result = square if result is None else matmul(result, square)
    assert result is not None
    return result


def kron(a: Any, b: Any) -> Node:
    """Kronecker product: every entry of ``a`` times the whole of ``b``; sizes multiply, as in NumPy.

    >>> import symgraph as sg
    >>> sg.kron(sg.symbol("A", shape=("n", 2)), sg.symbol("B", shape=("m", 3))).shape
    (m*n, 6)
    """
    a, b = lift_all((a, b))
    rank = max(a.ndim, b.ndim)
    left, right = ((1,) * (rank - x.ndim) + x.shape for x in (a, b))
    sizes: dict[int, Size] = dict(enumerate(left + right))
    first = tuple(range(rank - a.ndim, rank))
    second = tuple(range(2 * rank - b.ndim, 2 * rank))
    output = tuple(i for pair in zip(range(rank), range(rank, 2 * rank), strict=True) for i in pair)
    blocks = contract((a, b), (first, second), output, sizes)
    return reshape(blocks, tuple(x * y for x, y in zip(left, right, strict=True)))


LEVI_CIVITA = np.array([[[(i - j) * (j - k) * (k - i) / 2 for k in range(3)] for j in range(3)] for i in range(3)])


def cross(a: Any, b: Any) -> Node:
    """Vector product of vectors with three components, in the last axis; the other axes broadcast.

    Raises:
        ShapeError: the last axis of an argument does not have size 3.
    """
    a, b = lift_all((a, b))
    for x in (a, b):
        if not x.ndim or x.shape[-1] != 3:
            raise ShapeError(f"cross: vectors with 3 components are needed, not shape {shape_text(x.shape)}")
    return tensor("ijk,j,k->i", constant(LEVI_CIVITA), a, b)


defined(
    matrix_power,
    FAMILY,
    np.linalg.matrix_power,
    (regular(3, 3, attributes=(5,)), regular(3, 3, attributes=(-2,)), regular(2, 3, 3, attributes=(0,))),
)
defined(kron, FAMILY, np.kron, (Example(((2, 3), (3, 2))), Example(((3,), (2, 2)))))
defined(cross, FAMILY, np.cross, (Example(((3,), (3,))), Example(((2, 3), (3,)))))
