"""Which contractions are products of matrices for BLAS, and how their arrays are seen as matrices.

The indices of a contraction of two arrays are rows (first and result), columns (second and result), inner ones (both,
summed) and batch ones (everywhere). Indices whose strides fit are taken together; what does not fit is looped over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.dimension import Dim, Size
from ..core.dtype import is_float
from ..core.node import Node
from ..core.shape import size_of
from ..ops.tensor.contraction import CONTRACT
from .access import along, resolve, strides_of

SMALL_PRODUCT = 4096  # multiplications in a matrix product that stays a loop nest
Indices = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """An array in a product: where it starts, and the stride along every index (0 where it does not move)."""

    array: Node
    offset: Size
    strides: dict[int, Size]

    def step(self, group: Indices) -> Size:
        """Give the stride of indices taken together."""
        return self.strides[group[-1]] if group else 1

    def is_matrix(self, first: Indices, second: Indices) -> bool:
        """True if BLAS can read it: one of the two strides is 1 and none is zero or negative."""
        steps = (self.step(first), self.step(second))
        return 1 in steps and all(_is_positive(step) for step in steps)


@dataclass(frozen=True, slots=True)
class Product:
    """A contraction as products of matrices: for every combination of ``loops``, rows × inner times inner × columns."""

    node: Node
    first: Matrix
    second: Matrix
    result: Matrix
    rows: Indices
    columns: Indices
    inner: Indices
    loops: Indices
    sizes: tuple[Size, ...]

    @property
    def name(self) -> str:
        """The BLAS routine."""
        return ("s" if self.node.dtype == "float32" else "d") + ("gemm" if self.columns else "gemv")

    def extent(self, group: Indices) -> Size:
        """Give the length of indices taken together."""
        return size_of(tuple([self.sizes[i] for i in group]))


def _is_positive(size: Size) -> bool:
    return all(c > 0 for _, c in size.terms) if isinstance(size, Dim) else size > 0


def is_product(node: Node) -> bool:
    """True for a contraction worth a call of BLAS if its arrays' strides allow it."""
    if node.op is not CONTRACT or len(node.args) != 2 or not is_float(node.dtype):
        return False
    if any(arg.dtype != node.dtype for arg in node.args):
        return False
    subscripts, output, sizes = node.attrs[:3]
    first, second = ({i for i in index if sizes[i] != 1} for index in subscripts)
    if len(set(output)) < len(output) or not {i for i in output if sizes[i] != 1} <= first | second:
        return False
    if not (first & second) - set(output) or (first ^ second) - set(output):
        return False
    if first - second and second - first:
        loops = size_of(tuple(sizes))
        return not isinstance(loops, int) or loops > SMALL_PRODUCT
    return _is_long_vector_product(node, first, second)


def _is_long_vector_product(node: Node, first: set[int], second: set[int]) -> bool:
    """True for a matrix, stored anyway, times a vector; others are fused with what is around them."""
    if not first ^ second or first & second & set(node.attrs[1]):
        return False
    matrix = node.args[0] if first - second else node.args[1]
    loops = size_of(tuple(node.attrs[2]))
    return not resolve(matrix, along(tuple(range(matrix.ndim))))[0].op.elementwise and (
        not isinstance(loops, int) or loops > SMALL_PRODUCT
    )


def product_of(node: Node) -> Product | None:
    """See a contraction as a product, or give None if it is none or the strides do not allow it."""
    if not is_product(node):
        return None
    product = arranged(node)
    return None if unfit_operands(product) or not _fits_result(product) else product


def unfit_operands(product: Product) -> list[int]:
    """List the arguments that must be copied before BLAS can read them."""
    fits = (
        product.first.is_matrix(product.rows, product.inner),
        product.second.is_matrix(product.inner, product.columns)
        if product.columns
        else _is_positive(product.second.step(product.inner)),
    )
    swapped = _swapped(product.node)
    return [place ^ swapped for place in (0, 1) if not fits[place]]


def _fits_result(product: Product) -> bool:
    if not product.columns:
        return _is_positive(product.result.step(product.rows))
    return product.result.is_matrix(product.rows, product.columns)


def _swapped(node: Node) -> bool:
    """True if the second argument is the matrix of a matrix-vector product."""
    subscripts, _, sizes = node.attrs[:3]
    first, second = ({i for i in index if sizes[i] != 1} for index in subscripts)
    return not first - second


def arranged(node: Node) -> Product:
    """Lay out a contraction of two arguments: the indices of rows, columns and sums, and those left for loops."""
    subscripts, output, sizes = node.attrs[:3]
    order = (1, 0) if _swapped(node) else (0, 1)
    first, second = (_matrix(node.args[k], subscripts[k]) for k in order)
    lists = [[i for i in dict.fromkeys(subscripts[k]) if sizes[i] != 1] for k in order]
    result = Matrix(
        node, 0, dict.fromkeys(range(len(sizes)), 0) | dict(zip(output, strides_of(node.shape), strict=True))
    )
    kept = [i for i in output if sizes[i] != 1]
    rows, over_rows = _merged([i for i in kept if i not in lists[1]], (first, result), sizes)
    columns, over_columns = _merged([i for i in kept if i not in lists[0]], (second, result), sizes)
    inner, over_inner = _merged([i for i in lists[0] if i in lists[1] and i not in output], (first, second), sizes)
    batch = [i for i in kept if i in lists[0] and i in lists[1]]
    loops = (*batch, *over_rows, *over_columns, *over_inner)
    return Product(node, first, second, result, rows, columns, inner, loops, tuple(sizes))


def _matrix(argument: Node, index: Indices) -> Matrix:
    array, access = resolve(argument, along(index))
    strides: dict[int, Size] = {}
    offset: Size = 0
    for place, stride in zip(access, strides_of(array.shape), strict=True):
        offset = offset + stride * place.start
        if place.axis is not None:
            strides[place.axis] = stride * place.step + strides.get(place.axis, 0)
    return Matrix(array, offset, {i: strides.get(i, 0) for i in index})


def _merged(group: Sequence[int], matrices: Sequence[Matrix], sizes: Sequence[Size]) -> tuple[Indices, Sequence[int]]:
    """Take as many of the last indices together as have strides like one index; give them and the rest."""
    start = len(group) - 1
    while start > 0 and all(
        matrix.strides[group[start - 1]] == matrix.strides[group[start]] * sizes[group[start]] for matrix in matrices
    ):
        start -= 1
    return tuple(group[max(start, 0) :]), group[: max(start, 0)]
