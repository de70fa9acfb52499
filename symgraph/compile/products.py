"""From a product of matrices to LLVM text: calls of the BLAS that SciPy carries, in loops over what is left.

BLAS counts columns first, so the transposed product is asked for: Cᵀ = Bᵀ·Aᵀ in its order is C = A·B in ours.
"""

from __future__ import annotations

from ..core.dimension import Size
from .frame import Frame, Storage
from .function_text import MEMORY_TYPES
from .libraries import Libraries
from .product_plan import Indices, Matrix, Product


class ProductWriter(Frame):
    """Writes one product as one LLVM function."""

    def __init__(self, name: str, product: Product, storage: Storage, libraries: Libraries) -> None:
        super().__init__(name, storage, libraries)
        self.product = product
        self.element = MEMORY_TYPES[product.node.dtype]

    def write(self) -> str:
        """Give the function's text."""
        product = self.product
        summed = any(not _moves(product.result, i) for i in product.loops)
        adds = summed or not product.columns
        if adds:  # BLAS leaves y alone where there is nothing to add, so zeros come first
            self.fill(product.node, 0.0)
        loops = [(i, self.open("0", self.extent(product.sizes[i]), 1)) for i in product.loops]
        indices = {i: loop.index for i, loop in loops}
        first, second, result = (self._start(m, indices) for m in (product.first, product.second, product.result))
        beta = "1.0" if adds else "0.0"
        if product.columns:
            self._gemm(first, second, result, beta)
        else:
            self._gemv(first, second, result, beta)
        for _, loop in reversed(loops):
            self.close(loop)
        return self.f.text()

    def _start(self, matrix: Matrix, indices: dict[int, str]) -> str:
        offset = self.extent(matrix.offset)
        for i, index in indices.items():
            if _moves(matrix, i):
                offset = self.plus(offset, self.times(index, self.extent(matrix.strides[i])))
        return self.f.set(f"getelementptr {self.element}, ptr {self.pointer(matrix.array)}, i64 {offset}")

    def _gemm(self, first: str, second: str, result: str, beta: str) -> None:
        product = self.product
        left = (first, product.first, product.rows)
        right = (second, product.second, product.columns)
        if product.result.step(product.columns) != 1:  # the result is stored by columns: the other way round
            left, right = right, left
        inner = product.inner
        counts = [self._slot(product.extent(group)) for group in (right[2], left[2], inner)]
        across = self._operand(right[1], right[2], inner)
        down = self._operand(left[1], inner, left[2])
        leading = self._leading(product.result.step(left[2]), right[2])
        self._call(
            [across[0], down[0], *counts, self._number("1.0"), right[0], across[1], left[0], down[1]],
            [self._number(beta), result, leading],
        )

    def _operand(self, matrix: Matrix, short: Indices, long: Indices) -> tuple[str, str]:
        """Give BLAS's letter and leading dimension of a matrix that it wants ``short`` down and ``long`` across."""
        if matrix.step(short) == 1:
            return self._letter("N"), self._leading(matrix.step(long), short)
        return self._letter("T"), self._leading(matrix.step(short), long)

    def _gemv(self, first: str, second: str, result: str, beta: str) -> None:
        product = self.product
        matrix, rows, inner = product.first, product.rows, product.inner
        by_rows = matrix.step(inner) == 1
        short, long = (inner, rows) if by_rows else (rows, inner)
        self._call(
            [
                self._letter("T" if by_rows else "N"),
                *(self._slot(product.extent(group)) for group in (short, long)),
                self._number("1.0"),
                first,
                self._leading(matrix.step(long), short),
                second,
                self._slot(product.second.step(inner)),
            ],
            [self._number(beta), result, self._slot(product.result.step(rows))],
        )

    def _call(self, *arguments: list[str]) -> None:
        listed = [each for part in arguments for each in part]
        symbol = self.f.libraries.blas(self.product.name, len(listed))
        self.f.add(f"call void @{symbol}({', '.join(f'ptr {each}' for each in listed)})")

    def _slot(self, size: Size) -> str:
        return self._kept("i32", self._narrow(self.extent(size)))

    def _leading(self, step: Size, group: Indices) -> str:
        """Give the distance between columns: at least their length, also where there is only one or none."""
        self.f.libraries.declare("declare i64 @llvm.smax.i64(i64, i64)")
        count = self.extent(self.product.extent(group))
        least = self.f.set(f"call i64 @llvm.smax.i64(i64 {self.extent(step)}, i64 {count})")
        least = self.f.set(f"call i64 @llvm.smax.i64(i64 {least}, i64 1)")
        return self._kept("i32", self._narrow(least))

    def _narrow(self, value: str) -> str:
        return self.f.set(f"trunc i64 {value} to i32")

    def _letter(self, letter: str) -> str:
        return self._kept("i8", str(ord(letter)))

    def _number(self, text: str) -> str:
        return self._kept(self.element, text)

    def _kept(self, kind: str, value: str) -> str:
        slot = self.f.local(kind)
        self.f.add(f"store {kind} {value}, ptr {slot}")
        return slot


def _moves(matrix: Matrix, index: int) -> bool:
    return matrix.strides.get(index, 0) != 0
