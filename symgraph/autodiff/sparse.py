"""Sparse Jacobians and Hessians: a pattern, and one expression for all entries in it.

The pattern is read off the graph (:mod:`.sparsity`). For a system of scalars every entry is an expression of its own
(:mod:`.entries`); otherwise the entries are picked out of a few products with vectors (:mod:`.colouring`), which one
forward or reverse pass over the graph computes together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.dependence import count
from ..core.dimension import Dim
from ..core.errors import EvaluationError
from ..core.lazy import Library
from ..core.nesting import Assembled
from ..core.node import Node, constant, symbol
from ..core.operator import FUNCTIONS
from ..core.traversal import free_symbols, open_composites, substitute, topological
from ..ops.arrays.assembly import embed_all
from ..ops.arrays.gathering import getitem
from ..ops.arrays.joining import concatenate, stack
from ..ops.arrays.structure import ravel, reshape
from . import composite, entries
from .colouring import UNUSED, Colouring, colour_hessian, colour_jacobian, colour_rows_only
from .reverse import joint_adjoints
from .sparsity import Search, concrete

scipy_sparse = Library("scipy.sparse")
PRODUCTS_PER_NODE = 8


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SparseJacobian(Assembled):
    """A Jacobian or Hessian that is mostly zero. ``sg.evaluate(J, values)`` gives a ``scipy.sparse.csr_array``.

    It can be used wherever an expression can be among outputs: ``evaluate``, ``compile`` and ``simplify`` look inside.

    Attributes:
        pattern: boolean ``csr_array``, (entries of y) × (entries of x), all outputs and variables one behind the other.
        values: one expression of shape ``(nnz,)``: the entries, row by row, in the order of the pattern.
        colouring: the colours of columns and rows; ``None`` if every entry is an expression of its own.
    """

    pattern: Any
    values: Any
    colouring: Colouring | None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.pattern.shape
        return int(rows), int(columns)

    @property
    def nnz(self) -> int:
        """The number of entries in the pattern."""
        return int(self.pattern.nnz)

    @property
    def products(self) -> int:
        """How many products with vectors the entries are picked from; 0 if each is an expression of its own."""
        return 0 if self.colouring is None else self.colouring.column_colours + self.colouring.row_colours

    @property
    def entries(self) -> list[tuple[int, int, Node]]:
        """List (row, column, expression) for every entry in the pattern."""
        places = self.pattern.tocoo()
        listed = zip(places.row.tolist(), places.col.tolist(), strict=True)
        return [(i, j, getitem(self.values, k)) for k, (i, j) in enumerate(listed)]

    @property
    def dense(self) -> Node:
        """One expression for the whole matrix: the entries, and zeros beside them.

        >>> import symgraph as sg
        >>> x = sg.symbol("x", 3)
        >>> J = sg.jacobian(sg.stack([x[0] * x[1], x[2] ** 2]), x, sparse=True)
        >>> sg.evaluate(J.dense, {x: [1.0, 2.0, 3.0]}).tolist()
        [[2.0, 1.0, 0.0], [0.0, 0.0, 6.0]]
        """
        found = self.entries
        return embed_all([entry for _, _, entry in found], [(i, j) for i, j, _ in found], self.shape)

    @property
    def parts(self) -> list[Any]:
        """The expressions inside."""
        return [self.values]

    def assembled(self, parts: list[Any]) -> Any:
        """Put numbers in: a ``csr_array``; or another expression: a sparse Jacobian again."""
        (values,) = parts
        if not isinstance(values, np.ndarray):
            return replace(self, values=values)
        if values.dtype == object:
            raise EvaluationError("sparse arrays hold doubles: evaluate J.values to get the entries in many digits")
        return scipy_sparse.csr_array((values, self.pattern.indices, self.pattern.indptr), shape=self.shape)

    def __repr__(self) -> str:
        rows, columns = self.shape
        how = f"{self.products} products" if self.colouring is not None else "entry by entry"
        return f"<sparse {rows} × {columns}: {self.nnz} entries, {how}>"


def with_sizes(nodes: Sequence[Node], sizes: Mapping[str, int | Dim] | None) -> list[Node]:
    """Put numbers in the place of named sizes; symbols keep their names."""
    return substitute(nodes, {}, sizes) if sizes else list(nodes)


def find_pattern(outputs: Sequence[Node], variables: Sequence[Node], symmetric: bool = False) -> Any:
    """Give the pattern of ∂outputs/∂variables as a boolean ``csr_array`` with sorted rows."""
    opened = open_composites(outputs, variables, composite.has_own_rule)
    pattern = scipy_sparse.csr_array(Search(opened, variables).result())
    if symmetric:
        pattern = scipy_sparse.csr_array(pattern + pattern.T)
    pattern.sum_duplicates()
    return pattern


def sparse_jacobian(outputs: Sequence[Node], variables: Sequence[Node], symmetric: bool = False) -> SparseJacobian:
    """Differentiate; with ``symmetric`` the outputs are a gradient by the same variables."""
    pattern = find_pattern(outputs, variables, symmetric)
    values = _entry_by_entry(outputs, variables, pattern)
    if values is not None:
        return SparseJacobian(pattern, values, None)
    colouring = colour_hessian(pattern) if symmetric else colour_jacobian(pattern)
    picked = _picked(outputs, variables, pattern, colouring, symmetric)
    if picked is None:
        colouring = colour_rows_only(pattern)
        picked = _picked(outputs, variables, pattern, colouring, symmetric)
    return SparseJacobian(pattern, picked, colouring)


def _entry_by_entry(outputs: Sequence[Node], variables: Sequence[Node], pattern: Any) -> Node | None:
    opened = open_composites(outputs, variables, composite.has_own_rule)
    parts = entries.split(opened, variables)
    if parts is None or not pattern.nnz:
        return None
    rows, scalars, meaning = parts
    limit = PRODUCTS_PER_NODE * (sum(pattern.shape) + pattern.nnz + len(topological(rows)))
    found = entries.differentiate(rows, scalars, limit)
    if found is None:
        return None
    zero = constant(0.0, outputs[0].dtype)
    starts, columns = pattern.indptr.tolist(), pattern.indices.tolist()
    listed = [row.get(j, zero) for i, row in enumerate(found) for j in columns[starts[i] : starts[i + 1]]]
    return substitute([stack(listed)], meaning)[0] if meaning else stack(listed)


def _picked(
    outputs: Sequence[Node], variables: Sequence[Node], pattern: Any, colouring: Colouring, symmetric: bool
) -> Node | None:
    """Pick the entries out of the products that the colouring asks for; ``None`` if forward mode cannot give them."""
    m, n = pattern.shape
    places = pattern.tocoo()
    columns, rows = colouring.columns, colouring.columns if symmetric else colouring.rows
    products: list[Node] = []
    forward = np.zeros(pattern.nnz, dtype=np.int64)
    if colouring.column_colours:
        made = _pulled(outputs, variables, columns) if symmetric else _pushed(outputs, variables, columns)
        if made is None:
            return None
        products.append(ravel(made))
        forward = columns[places.col] * m + places.row
    backward = rows[places.row] * n + places.col
    if colouring.row_colours:
        backward = backward + sum(count(concrete(each.shape)) for each in products)
        products.append(ravel(_pulled(outputs, variables, rows)))
    if not products:
        return FUNCTIONS["zeros"]((0,))
    return getitem(concatenate(products), np.where(colouring.by_row, backward, forward))


def _seeds(nodes: Sequence[Node], colours: Any) -> list[Node]:
    """Give for each node one array of zeros and ones per colour; the colours number all entries of the nodes."""
    each = np.arange(int(colours.max(initial=UNUSED)) + 1)
    ends = np.cumsum([count(concrete(node.shape)) for node in nodes])
    seeds = []
    for node, own in zip(nodes, np.split(colours, ends[:-1]), strict=True):
        marks = each.reshape((-1,) + (1,) * node.ndim)
        chosen = FUNCTIONS["equal"](marks, own.reshape(concrete(node.shape)))
        seeds.append(FUNCTIONS["where"](chosen, constant(1.0, node.dtype), 0.0))
    return seeds


def _beside(nodes: Sequence[Node], found: Mapping[Node, Node], colours: int) -> Node:
    """Put what was found for the nodes into the rows of one matrix; what is missing is zero."""
    shapes = [(colours, count(concrete(node.shape))) for node in nodes]
    parts = [
        reshape(found[node], shape) if node in found else FUNCTIONS["zeros"](shape)
        for node, shape in zip(nodes, shapes, strict=True)
    ]
    return concatenate(parts, 1)


def _pulled(outputs: Sequence[Node], variables: Sequence[Node], colours: Any) -> Node:
    """Reverse mode for all colours together: the rows of seedsᵀ·J."""
    seeds = _seeds(outputs, colours)
    return _beside(variables, joint_adjoints(outputs, variables, seeds), int(colours.max()) + 1)


def _pushed(outputs: Sequence[Node], variables: Sequence[Node], colours: Any) -> Node | None:
    """Forward mode for all colours together, as the transpose of reverse mode: the rows of (J·seeds)ᵀ.

    ``None``: a rule on the way looks at the adjoint itself (where is it zero?), so that it cannot be transposed.
    """
    cotangents = [symbol(f"\0cotangent {k}", y.shape, y.dtype) for k, y in enumerate(outputs)]
    found = joint_adjoints(outputs, variables, cotangents)
    pulled = {x: (found[x], seed) for x, seed in zip(variables, _seeds(variables, colours), strict=True) if x in found}
    made = joint_adjoints([y for y, _ in pulled.values()], cotangents, [seed for _, seed in pulled.values()])
    products = _beside(cotangents, made, int(colours.max()) + 1)
    return None if set(cotangents).intersection(free_symbols([products])) else products
