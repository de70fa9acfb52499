"""What stands on the parser's stack, and what the signs of the language do with it.

A value is a node, a :class:`Row` (a one-dimensional node seen as a row), an :class:`Indexed` product of arrays whose
axes have letters, or a Python number that has not met an expression yet and so has no dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import DTypeError, ShapeError, SymgraphError
from ..core.node import Node, constant
from ..core.operator import FUNCTIONS
from ..core.shape import shape_text
from ..ops.tensor.contraction import is_spread, product
from .indexed import Indexed, check_letters, refuse_letters, times, with_letters

Value = Any
Entry = Callable[..., Value]
FLOAT32_LARGEST = 3.4028235677973362e38  # what rounds to a finite number


@dataclass(frozen=True, slots=True)
class Row:
    """A one-dimensional node that has been transposed."""

    node: Node


def lift_number(value: float, dtype: str = "float64") -> Node:
    """Make a constant of a number that stands beside an expression of this dtype."""
    if value.__class__ is not float and value.__class__ is not int:
        raise SymgraphError(f"an expression is needed, not {value!r:.60}")
    if dtype == "float64" or dtype == "bool" or (dtype.startswith("int") and value.__class__ is float):
        return constant(float(value))
    if dtype == "float32" and FLOAT32_LARGEST < abs(value) < float("inf"):
        raise DTypeError(f"the number {value} is too large for float32")
    return constant(value, dtype)


def node_of(value: Value, dtype: str = "float64") -> Node:
    """Give the node of a value, whichever way it is turned."""
    if value.__class__ is Node:
        return value
    return value.node if value.__class__ in TURNED else lift_number(value, dtype)


def nodes_of(values: Sequence[Value]) -> list[Node]:
    """Give the nodes of several values; numbers take the dtype of the first expression of numbers among them."""
    dtype = "float64"
    for value in values:
        if value.__class__ is Node or value.__class__ in TURNED:
            found = node_of(value).dtype
            if found != "bool":
                dtype = found
                break
    return [node_of(value, dtype) for value in values]


TURNED = (Row, Indexed)  # a node that is seen in a way of its own


def turned_like(node: Node, values: Sequence[Value]) -> Value:
    """Make the result of an entrywise function a row if its arguments are rows, and give it their letters."""
    for value in values:
        if value.__class__ is Indexed and node.ndim == len(value.letters):
            return Indexed(((node, value.letters),))
    if node.ndim != 1 or not any(value.__class__ is Row for value in values):
        return node
    return Row(node)


def check_turns(values: Sequence[Value], what: str) -> None:
    """Refuse a row beside a column, and axes with different letters.

    Raises:
        ShapeError: one value is a row and another a column, or letters differ.
    """
    check_letters(values, what)
    rows = any(value.__class__ is Row for value in values)
    if rows and any(value.__class__ is Node and value.ndim == 1 for value in values):
        raise ShapeError(
            f"{what} of a row and a column, entry by entry: transpose one of them with ' "
            "(for the dot product write x'@y, for the outer product x@y')"
        )


def entrywise(name: str, what: str) -> Entry:
    """Give the meaning of a sign that works entry by entry."""

    def apply_sign(*values: Value) -> Value:
        for value in values:
            if value.__class__ is not Node:
                break
        else:
            return function(name)(*values)
        check_turns(values, what)
        return turned_like(function(name)(*nodes_of(values)), values)

    return apply_sign


def function(name: str) -> Callable[..., Any]:
    """Look a function up.

    Raises:
        SymgraphError: it does not exist.
    """
    found = FUNCTIONS.get(name)
    if found is None:
        raise SymgraphError(f"there is no function {name}")
    return found


def negate(value: Value) -> Value:
    """Change the sign; a number stays a number."""
    if value.__class__ is float or value.__class__ is int:
        return -value if value else -float(value)
    return turned_like(function("negative")(node_of(value)), (value,))


def keep(value: Value) -> Value:
    """Do what a plus sign before an expression does."""
    return value


def transpose(value: Value) -> Value:
    """Do what ``'`` does: turn a vector, transpose a matrix."""
    if value.__class__ is Row:
        return value.node
    node = node_of(value)
    if node.ndim > 2:
        raise ShapeError(
            f"' is for vectors and matrices, not for shape {shape_text(node.shape)}: write .T to reverse all axes, "
            "swapaxes(x, -1, -2) to transpose a stack of matrices, or transpose(x, axes)"
        )
    return reverse_axes(value)


def reverse_axes(value: Value) -> Value:
    """Do what ``.T`` does: reverse all axes; a vector turns."""
    if value.__class__ is Row:
        return value.node
    refuse_letters((value,), "the transpose")
    node = node_of(value)
    if node.ndim == 1:
        return Row(node)
    return value if not node.ndim else function("transpose")(node)


def matrix_product(left: Value, right: Value) -> Value:
    """Do what ``@`` does, with vectors as columns unless they have been transposed.

    Raises:
        ShapeError: a side is a scalar, a row stands where no row can, or the sizes differ.
    """
    refuse_letters((left, right), "@")
    x, y = nodes_of((left, right))
    if not x.ndim or not y.ndim:
        raise ShapeError("@ is the product of matrices and vectors: write * for a product with a scalar")
    if right.__class__ is Row:
        return _times_row(left, x, y)
    if left.__class__ is Node and x.ndim == 1 and y.ndim == 2 and x.shape[0] != y.shape[0]:
        raise ShapeError(
            f"a column of size {x.shape[0]} times a matrix of shape {shape_text(y.shape)}: "
            "write A@x for the matrix times the column"
        )
    product = function("matmul")(x, y)
    return Row(product) if left.__class__ is Row and product.ndim == 1 else product


def _times_row(left: Value, x: Node, y: Node) -> Value:
    if left.__class__ is Row:
        raise ShapeError("a row times a row: write x'@y for the dot product, or x@y' for the outer product")
    if x.ndim == 1:
        return function("outer")(x, y)
    if x.ndim == 2 and x.shape[1] == 1:
        return function("matmul")(x, function("reshape")(y, (1, y.shape[0])))
    raise ShapeError(
        f"an array of shape {shape_text(x.shape)} times a row: write A@x, or x'@A for the row times the matrix"
    )


def dot_product(left: Value, right: Value) -> Value:
    """Do what ``·`` does: a product with a scalar, otherwise the matrix product.

    A scalar scales a diagonal matrix on its diagonal: the zeros beside it stay zeros, also times inf or nan.
    """
    if left.__class__ is Indexed or right.__class__ is Indexed:
        return times(_factor(left, right), _factor(right, left))
    x, y = nodes_of((left, right))
    if x.ndim and y.ndim:
        return matrix_product(left, right)
    if is_spread(x) or is_spread(y):
        return turned_like(product(x, y), (left, right))
    return _multiply(left, right)


def _factor(value: Value, other: Value) -> Indexed | Node:
    return value if value.__class__ is Indexed else nodes_of((value, other))[0]


def name_axes(value: Value, subscripts: str) -> Indexed:
    """Do what letters behind an array do; they are written as subscripts.

    Raises:
        ShapeError: there are more or fewer letters than axes.
    """
    if value.__class__ is Indexed:
        raise ShapeError("this has letters for its axes already: put it in brackets to give it others")
    return with_letters(node_of(value), subscripts)


def tensor_product(left: Value, right: Value) -> Value:
    """Do what ``⊗`` does: the Kronecker product of two matrices with its four axes apart, else the outer product.

    (A ⊗ B)[i, j, k, l] is A[i, k]·B[j, l], the linear map X ↦ A·X·Bᵀ. Its entries in two axes are ``kron(A, B)``.
    """
    refuse_letters((left, right), "⊗")
    x, y = nodes_of((left, right))
    if x.ndim == y.ndim == 2:
        return function("einsum")("ik,jl->ijkl", x, y)
    return function("outer")(x, y)


def raise_to(value: Value, exponent: int | str) -> Value:
    """Do what a superscript does: a power; ⁻¹ and ⁻ᵀ of a matrix are its inverse and the inverse's transpose."""
    matrix = value.__class__ is not Indexed and node_of(value).ndim >= 2
    if exponent == "-T":
        if not matrix:
            raise ShapeError("⁻ᵀ is for matrices")
        return transpose(function("inv")(value))
    if exponent == -1 and matrix:
        return function("inv")(value)
    return _power(value, exponent)


def magnitude(value: Value) -> Value:
    """Do what ``|x|`` does."""
    return turned_like(function("abs")(node_of(value)), (value,))


def norm(value: Value) -> Value:
    """Do what ``‖x‖`` does."""
    return node_of(function("norm2")(node_of(value)))


_multiply = entrywise("multiply", "a product")
_power = entrywise("power", "a power")

# sign -> (how tightly it binds, what it does)
INFIX: dict[str, tuple[int, Entry]] = {
    "or": (10, entrywise("logical_or", "a comparison")),
    "|": (10, entrywise("logical_or", "a comparison")),
    "||": (10, entrywise("logical_or", "a comparison")),
    "&": (20, entrywise("logical_and", "a comparison")),
    "<": (30, entrywise("less", "a comparison")),
    "<=": (30, entrywise("less_equal", "a comparison")),
    ">": (30, entrywise("greater", "a comparison")),
    ">=": (30, entrywise("greater_equal", "a comparison")),
    "==": (30, entrywise("equal", "a comparison")),
    "!=": (30, entrywise("not_equal", "a comparison")),
    "+": (40, entrywise("add", "a sum")),
    "-": (40, entrywise("subtract", "a difference")),
    "*": (50, _multiply),
    "/": (50, entrywise("divide", "a quotient")),
    "%": (50, entrywise("mod", "a remainder")),
    "//": (50, entrywise("floor_divide", "a quotient")),
    "@": (50, matrix_product),
    "·": (50, dot_product),
    "⊗": (50, tensor_product),
    "^": (70, _power),
}
PREFIX: dict[str, tuple[int, Entry]] = {
    "not": (25, entrywise("logical_not", "a comparison")),
    "-": (60, negate),
    "+": (60, keep),
    "!": (60, entrywise("logical_not", "a comparison")),
    "√": (80, entrywise("sqrt", "a root")),
}
INVERSE, INVERSE_TURNED = "⁻¹", "⁻ᵀ"
POSTFIX: dict[str, Entry] = {INVERSE: lambda value: raise_to(value, -1)}
COMPARISON = 30
SUM_SIGN = 45  # ∑ takes the whole product behind it
POWER = 70
