"""The size of a named dimension as a number that formulas can use: the mean of n entries divides by it."""

from __future__ import annotations

import numpy as np

from ...core.dimension import Shape, Size
from ...core.node import Node, apply, constant
from ...core.operator import Attributes, Notation, Operator, register


def _dimension_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return (), attrs[1]


DIMENSION = register(
    Operator(
        name="dimension",
        family="contraction",
        doc="The size of a named dimension, as a number.",
        arity=0,
        attributes=("size", "dtype"),
        infer=_dimension_infer,
        numpy=lambda size, dtype: np.dtype(dtype).type(size),
        python=lambda node, size: f"np.{node.dtype}({size(node.attrs[0])})",
        notation=Notation("dim", r"\dim", "n", "special"),
        canonical=lambda args, attrs: constant(attrs[0], attrs[1]) if isinstance(attrs[0], int) else None,
    )
)


def dimension(size: Size, dtype: str = "float64") -> Node:
    """Give a dimension as a scalar expression.

    >>> from symgraph.core.dimension import Dim
    >>> dimension(3).value, dimension(Dim.named("n")).shape
    (3.0, ())
    """
    return apply(DIMENSION, (), (size, dtype))
