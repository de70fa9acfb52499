"""Lists in brackets: ``[1, 2, 3]`` and ``[a, b; c, d]`` become arrays."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import ShapeError
from ..core.node import CONSTANT, Node, constant
from .values import Value, function, node_of, nodes_of


def stack_entries(rows: Sequence[Sequence[Value]], matrix: bool) -> Value:
    """Make the array that ``[…]`` means.

    Raises:
        ShapeError: the rows have different lengths, or entries of a matrix are not scalars.
    """
    if not matrix:
        return _stack_row(rows[0])
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ShapeError(f"the rows of a matrix have different lengths: {', '.join(str(len(row)) for row in rows)}")
    if any(node_of(entry).ndim for row in rows for entry in row):
        raise ShapeError("the entries of a matrix with ; are scalars: write concatenate((A, B), axis=0) to join arrays")
    numbers = [[_number(entry) for entry in row] for row in rows]
    if all(entry is not None for row in numbers for entry in row):
        return constant(numbers, "float64")
    return function("stack")([node_of(_stack_row(row)) for row in rows])


def _stack_row(entries: Sequence[Value]) -> Node:
    numbers = [_number(entry) for entry in entries]
    if all(number is not None for number in numbers):
        return constant(numbers, "float64")
    nodes = nodes_of(entries)
    if all(_is_float_array(node) for node in nodes) and len({node.shape for node in nodes}) == 1:
        return constant([node.value for node in nodes], "float64")
    return node_of(function("stack")(nodes))


def _number(value: Value) -> float | None:
    """Give the number of a scalar constant of dtype float64."""
    if value.__class__ is float or value.__class__ is int:
        return float(value)
    if value.__class__ is Node and value.op is CONSTANT and not value.shape and value.dtype == "float64":
        return float(value.value)
    return None


def _is_float_array(node: Node) -> bool:
    return node.op is CONSTANT and node.ndim > 0 and node.dtype == "float64"
