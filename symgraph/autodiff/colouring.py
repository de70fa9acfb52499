"""Colouring: how few products with vectors give all entries of a sparse Jacobian or Hessian.

Columns of one colour are added up in one product; an entry can be read off where no other column of that colour
has an entry in its row. For a symmetric matrix it is enough that one of the two entries can be read off, which is
a star colouring. All algorithms are greedy; colours stand as bits of Python integers, so that a step costs one "or"
for each entry of the matrix.

Source: Gebremedhin, Manne and Pothen, "What Color Is Your Jacobian? Graph Coloring for Computing Derivatives",
SIAM Review 47 (2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.lazy import Library

scipy_sparse = Library("scipy.sparse")

UNUSED = -1


class Colouring(NamedTuple):
    """Colours of columns and of rows (``-1``: not needed), and from which of them each entry is read.

    ``by_row[k]`` says that entry k of the pattern is read from the product that its row's colour belongs to.
    """

    columns: Any
    rows: Any
    by_row: Any

    @property
    def column_colours(self) -> int:
        """The number of products with vectors."""
        return int(self.columns.max(initial=UNUSED)) + 1

    @property
    def row_colours(self) -> int:
        """The number of products with transposed vectors."""
        return int(self.rows.max(initial=UNUSED)) + 1


def colour_columns(pattern: Any) -> Any:
    """Give each column a colour such that columns of one colour have no row in common.

    >>> from scipy.sparse import eye_array
    >>> colour_columns(eye_array(3, format="csr").astype(bool)).tolist()
    [0, 0, 0]
    """
    by_column = pattern.tocsc()
    degree = np.diff(by_column.indptr)
    orders = [np.arange(pattern.shape[1]), np.argsort(-degree, kind="stable")]
    tried = [_greedy(by_column, order.tolist()) for order in orders]
    return min(tried, key=lambda colours: int(colours.max(initial=UNUSED)))


def _greedy(by_column: Any, order: Sequence[int]) -> Any:
    indptr, indices = by_column.indptr.tolist(), by_column.indices.tolist()
    used = [0] * by_column.shape[0]  # for each row the colours of its columns
    colours = np.full(by_column.shape[1], UNUSED)
    for j in order:
        rows = indices[indptr[j] : indptr[j + 1]]
        if not rows:
            continue
        taken = 0
        for i in rows:
            taken |= used[i]
        free = ~taken & (taken + 1)
        colours[j] = free.bit_length() - 1
        for i in rows:
            used[i] |= free
    return colours


def colour_jacobian(pattern: Any) -> Colouring:
    """Choose products with vectors, with transposed vectors, or both: a few full rows and columns are taken apart.

    Rows with many entries are computed by reverse mode and the rest by forward mode, or full columns by forward mode
    and the rest by reverse mode, whichever needs the fewest products.
    """
    pattern = scipy_sparse.csr_array(pattern)
    transposed = scipy_sparse.csr_array(pattern.T)
    best, fewest = None, 0
    for flipped, matrix in ((True, transposed), (False, pattern)):
        for limit in _limits(np.diff(matrix.indptr)):
            columns, rows, by_row = _split(matrix, limit)
            total = int(columns.max(initial=UNUSED) + rows.max(initial=UNUSED)) + 2
            if best is None or total < fewest:
                best, fewest = (flipped, columns, rows, by_row), total
    assert best is not None
    flipped, columns, rows, by_row = best
    if not flipped:
        return Colouring(columns, rows, by_row)
    return Colouring(rows, columns, ~_through_transpose(pattern, by_row))


def colour_rows_only(pattern: Any) -> Colouring:
    """Read every entry from a product with a transposed vector."""
    pattern = scipy_sparse.csr_array(pattern)
    rows = colour_columns(scipy_sparse.csr_array(pattern.T))
    return Colouring(np.full(pattern.shape[1], UNUSED), rows, np.ones(pattern.nnz, dtype=bool))


def _limits(degrees: Any) -> list[int]:
    """Give the degrees above which a row counts as full: none at all, and a few that leave out less than half."""
    if not len(degrees):
        return [0]
    top = int(degrees.max())
    found = {top}
    for share in (0.5, 0.9, 0.99, 0.999):
        found.add(int(np.quantile(degrees, share)))
    return sorted(found, reverse=True)


def _split(matrix: Any, limit: int) -> tuple[Any, Any, Any]:
    """Colour the columns of the rows with at most ``limit`` entries, and the rows with more."""
    full = np.diff(matrix.indptr) > limit
    by_row = np.repeat(full, np.diff(matrix.indptr))
    columns = colour_columns(_part(matrix, ~by_row))
    return columns, colour_columns(scipy_sparse.csr_array(_part(matrix, by_row).T)), by_row


def _part(matrix: Any, kept: Any) -> Any:
    if kept.all():
        return matrix
    coordinates = matrix.tocoo()
    rows, columns = coordinates.row[kept], coordinates.col[kept]
    return scipy_sparse.csr_array((np.ones(len(rows), dtype=bool), (rows, columns)), shape=matrix.shape)


def _through_transpose(pattern: Any, flags: Any) -> Any:
    """Bring one flag for each entry of the transpose into the order of the entries of the matrix itself."""
    order = scipy_sparse.csr_array((np.arange(pattern.nnz), pattern.indices, pattern.indptr), shape=pattern.shape)
    found = np.empty(pattern.nnz, dtype=bool)
    found[scipy_sparse.csr_array(order.T).data] = flags
    return found


def colour_hessian(pattern: Any) -> Colouring:
    """Star colouring of a symmetric pattern: every path of four vertices has at least three colours.

    Entry (i, j) is read at row i in the product of j's colour, or else at row j in the product of i's colour.
    """
    pattern = scipy_sparse.csr_array(pattern)
    degree = np.diff(pattern.indptr)
    orders = [np.arange(pattern.shape[0]), np.argsort(-degree, kind="stable")]
    tried = [_star(pattern, order.tolist()) for order in orders]
    colours = min(tried, key=lambda each: int(each.max(initial=UNUSED)))
    return Colouring(colours, np.full(pattern.shape[0], UNUSED), _read_across(pattern, colours))


def _star(pattern: Any, order: Sequence[int]) -> Any:
    """Colour greedily; a vertex avoids what would make a path of four with two colours, it being the last one."""
    indptr, indices = pattern.indptr.tolist(), pattern.indices.tolist()
    n = len(indptr) - 1
    colour = [UNUSED] * n
    once, twice = [0] * n, [0] * n  # colours that a vertex sees among its neighbours, and sees more than once
    beyond = [0] * n  # colours of neighbours that see this vertex's colour more than once
    first: list[dict[int, int]] = [{} for _ in range(n)]
    for v in order:
        around = [w for w in indices[indptr[v] : indptr[v + 1]] if w != v]
        taken, repeated = 0, twice[v]
        for w in around:
            own = colour[w]
            if own == UNUSED:
                continue
            taken |= (1 << own) | beyond[w]
            if repeated >> own & 1:
                taken |= once[w]
        bit = ~taken & (taken + 1)
        colour[v] = bit.bit_length() - 1
        for w in around:
            _see(v, w, bit, colour, once, twice, beyond, first)
            if colour[w] != UNUSED and repeated >> colour[w] & 1:
                beyond[w] |= bit
    return np.array(colour, dtype=np.int64)


def _see(
    v: int,
    w: int,
    bit: int,
    colour: list[int],
    once: list[int],
    twice: list[int],
    beyond: list[int],
    first: list[dict[int, int]],
) -> None:
    """Let ``w`` know the colour of its neighbour ``v``."""
    if not once[w] & bit:
        once[w] |= bit
        first[w][bit] = v
        return
    own = 0 if colour[w] == UNUSED else 1 << colour[w]
    beyond[v] |= own
    if not twice[w] & bit:
        twice[w] |= bit
        beyond[first[w][bit]] |= own


def _read_across(pattern: Any, colours: Any) -> Any:
    """Say which entries (i, j) must be read at row j: those whose row has another entry in a column of that colour."""
    coordinates = pattern.tocoo()
    key = coordinates.row.astype(np.int64) * (int(colours.max(initial=0)) + 1) + colours[coordinates.col]
    _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    return counts[inverse] > 1
