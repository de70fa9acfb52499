"""The structure of Jacobians and Hessians: diagonal, block, Kronecker, low rank or zero, kept factored.

A derivative is a contraction whose deltas are indices, not arrays. ``structure`` reads them: the rows and columns
that a delta ties, the operands that connect them. What it gives multiplies vectors and hands out the numbers that
matter without ever building the dense array.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

from ..core.dimension import Size
from ..core.errors import ShapeError
from ..core.node import Node, constant, lift
from ..core.operator import FUNCTIONS
from ..core.shape import shape_text, size_of
from ..ops.tensor.contraction import Indices
from ..ops.tensor.sum_of_products import Term, sum_of_products
from ..rewrite.contraction_order import in_order

Part = tuple[set[int], list[tuple[Node, Indices]]]  # indices, and the operands that carry them

IDENTITY, DIAGONAL, BLOCK, LOW_RANK, DENSE = "identity", "diagonal", "block diagonal", "low rank", "dense"
KRONECKER, SUM, ZERO = "kronecker", "sum", "zero"


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a Kronecker product: a linear map between some of the rows' axes and some of the columns' axes.

    Attributes:
        kind: ``identity``, ``diagonal``, ``block diagonal``, ``low rank`` or ``dense``.
        rows: the axes among the rows.
        columns: the axes among the columns.
        values: what has to be stored: nothing for the identity, the diagonal, the blocks, the thin matrices
            whose product it is (rows first), or the matrix.
        rank: for ``low rank`` the size that the rank is at most, else ``None``.
    """

    kind: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    values: tuple[Node, ...]
    rank: Size | None = None
    text: str = ""

    def __str__(self) -> str:
        return self.text


class Structured:
    """A Jacobian or Hessian as a sum of Kronecker products of simple maps; see :func:`structure`.

    Attributes:
        node: the expression it describes, dense when it is evaluated.
        rows: how many leading axes are rows.
        kind: ``zero``, ``identity``, ``diagonal``, ``block diagonal``, ``kronecker``, ``low rank``, ``dense`` or
            ``sum`` (of several such terms).
        factors: for each term its scale and its factors.
    """

    def __init__(self, node: Node, rows: int) -> None:
        self.node = node
        self.rows = rows
        self._terms = sum_of_products(node)
        found = [tuple(_factors(term, rows)) for term in self._terms]  # takes inner sums into the scales
        self.factors = tuple([(term.scale, factors) for term, factors in zip(self._terms, found, strict=True)])
        kinds = {_kind([factor.kind for factor in factors]) for _, factors in self.factors}
        if not kinds:
            self.kind = ZERO
        elif kinds <= {IDENTITY, DIAGONAL}:
            self.kind = IDENTITY if kinds == {IDENTITY} else DIAGONAL
        else:
            self.kind = kinds.pop() if len(self.factors) == 1 else SUM

    @property
    def values(self) -> list[Node]:
        """The arrays that have to be stored, each once; none of them has the dense shape unless the kind is dense."""
        return list(dict.fromkeys(v for _, factors in self.factors for f in factors for v in f.values))

    @property
    def stored(self) -> Size:
        """How many numbers that is."""
        total: Size = 0
        for value in self.values:
            total = size_of(value.shape) + total
        return total

    def __matmul__(self, v: Any) -> Node:
        """Multiply with an array of the columns' shape; deltas cancel, and products are taken in a cheap order."""
        vector = lift(v, self.node)
        shape = self.node.shape[self.rows :]
        if vector.shape != shape:
            raise ShapeError(f"the columns have shape {shape_text(shape)}; the vector has {shape_text(vector.shape)}")
        parts = [
            FUNCTIONS["multiply"](term.scale, in_order(term.contraction(term.output[: self.rows], ((vector, index),))))
            for term in self._terms
            for index in (term.output[self.rows :],)
        ]
        return self._added(parts, self.node.shape[: self.rows])

    def diagonal(self) -> Node:
        """Give the entries whose row is their column, without the others.

        Raises:
            ShapeError: rows and columns have different shapes.
        """
        half = self.node.shape[: self.rows]
        if self.node.shape != half + half:
            raise ShapeError(f"shape {shape_text(self.node.shape)} has no diagonal with {self.rows} axes as rows")
        return self._added([_diagonal(term, self.rows) for term in self._terms], half)

    def _added(self, parts: list[Node], shape: Any) -> Node:
        if not parts:
            return FUNCTIONS["broadcast_to"](constant(0.0, dtype=self.node.dtype), shape)
        return reduce(FUNCTIONS["add"], parts)

    def __str__(self) -> str:
        return " + ".join(map(_term_text, self.factors)) or "0"

    def __repr__(self) -> str:
        return f"<{self.kind}: {self}>"


def structure(derivative: Any, rows: int | None = None) -> Structured:
    """Describe the structure of a Jacobian or Hessian, and keep it factored.

    Args:
        derivative: a result of ``jacobian`` or ``hessian``, or any expression.
        rows: how many leading axes are rows; default half of them.

    Returns:
        Its kind, its factors, the arrays to store, and products with arrays of the columns' shape, none of which
        builds the dense array.

    Raises:
        ShapeError: the number of axes is odd and ``rows`` is not given, or ``rows`` is not among them.

    >>> import symgraph as sg
    >>> T, U, W = sg.symbol("T", ("n", "m")), sg.symbol("U", ("n", "k")), sg.symbol("W", ("m", "k"))
    >>> H = sg.structure(sg.hessian(sg.sum((T - U @ W.T) ** 2), U))
    >>> print(H.kind, H, H.stored)
    kronecker 2·(eye(n) ⊗ Wᵀ·W) k*k
    >>> (H @ sg.symbol("V", ("n", "k"))).shape
    (n, k)
    """
    node = lift(derivative)
    if rows is None:
        if node.ndim % 2:
            raise ShapeError(f"which axes of shape {shape_text(node.shape)} are rows? Give rows=, how many lead")
        rows = node.ndim // 2
    if isinstance(rows, bool) or not isinstance(rows, int) or not 0 <= rows <= node.ndim:
        raise ShapeError(f"rows counts leading axes of shape {shape_text(node.shape)}, and is not {rows!r}")
    return Structured(node, rows)


def _diagonal(term: Term, rows: int) -> Node:
    """Make the indices of the columns those of the rows."""
    same: dict[int, int] = {}

    def final(index: int) -> int:
        while index in same:
            index = same[index]
        return index

    for row, column in zip(term.output[:rows], term.output[rows:], strict=True):
        if final(row) != final(column):
            same[final(column)] = final(row)
    operands = [(node, tuple(map(final, index))) for node, index in term.operands]
    tied = Term(term.scale, operands, tuple(map(final, term.output[:rows])), term.sizes)
    return FUNCTIONS["multiply"](term.scale, tied.contraction(tied.output))


def _kind(kinds: list[str]) -> str:
    if len(kinds) == 1:
        return kinds[0]
    if set(kinds) <= {IDENTITY}:
        return IDENTITY
    return DIAGONAL if set(kinds) <= {IDENTITY, DIAGONAL} else KRONECKER


def _text(node: Node) -> str:
    """Write an expression on one line, the definitions of shared parts behind it."""
    first, *shared = str(node).splitlines()
    return f"{first} {'; '.join([each.strip() for each in shared])}" if shared else first


def _term_text(entry: tuple[Node, tuple[Factor, ...]]) -> str:
    scale, factors = entry
    product = " ⊗ ".join(map(str, factors)) or "1"
    if scale is constant(1.0, dtype=scale.dtype):
        return product
    bare = len(factors) < 2 and not any(sign in product for sign in " ·")
    if scale is constant(-1.0, dtype=scale.dtype):
        return f"-{product}" if bare else f"-({product})"
    factor = _text(scale) if not scale.args else f"({_text(scale)})"
    return f"{factor}·{product if bare else f'({product})'}"


def _factors(term: Term, rows: int) -> list[Factor]:
    """Cut a term into the parts that share no index; parts with rows or columns only are one outer product."""
    parts = _connected(term)
    both: list[Part] = []
    single: list[Part] = []
    inner: list[tuple[Node, Indices]] = []
    for indices, operands in parts:
        on_rows, on_columns = ({i for i in side if i in indices} for side in (term.output[:rows], term.output[rows:]))
        if not on_rows and not on_columns:
            inner += operands
        else:
            (both if on_rows and on_columns else single).append((indices, operands))
    if inner:
        total = Term(term.scale, inner, (), term.sizes).contraction(())
        term.scale = FUNCTIONS["multiply"](total, term.scale)
        term.operands = [operand for operand in term.operands if operand not in inner]
    if single:
        both.append((set().union(*[i for i, _ in single]), [o for _, operands in single for o in operands]))
    found = [_factor(term, rows, indices, operands, len(both) == 1) for indices, operands in both]
    return sorted(found, key=lambda factor: (*factor.rows, *factor.columns))


def _connected(term: Term) -> list[Part]:
    parts: list[Part] = [({i}, []) for i in dict.fromkeys(term.output)]
    for operand in term.operands:
        touching = [part for part in parts if not part[0].isdisjoint(operand[1])]
        parts = [part for part in parts if part[0].isdisjoint(operand[1])]
        indices = set(operand[1]).union(*[part[0] for part in touching])
        parts.append((indices, [*[o for part in touching for o in part[1]], operand]))
    return parts


def _factor(term: Term, rows: int, indices: set[int], operands: list[tuple[Node, Indices]], alone: bool) -> Factor:
    on_rows = tuple([axis for axis, i in enumerate(term.output[:rows]) if i in indices])
    on_columns = tuple([axis for axis, i in enumerate(term.output[rows:]) if i in indices])
    left = tuple([term.output[axis] for axis in on_rows])
    right = tuple([term.output[rows + axis] for axis in on_columns])
    kept = tuple(dict.fromkeys(left + right))
    part = Term(term.scale, operands, kept, term.sizes)
    if not operands and left == right and len(set(left)) == len(left):
        text = " ⊗ ".join(f"eye({term.sizes[i]})" for i in left)
        return Factor(IDENTITY, on_rows, on_columns, (), None, text)
    shared = set(left) & set(right)
    if not shared and len(set(left)) == len(left) and len(set(right)) == len(right):
        thin = _thin(part, left, right) if alone or not left or not right else None
        if thin is not None:
            text = _text(part.contraction(kept)) if len(kept) == 2 else " · ".join(map(_text, thin[0]))
            return Factor(LOW_RANK, on_rows, on_columns, thin[0], thin[1], text)
        value = part.contraction(kept)
        return Factor(DENSE, on_rows, on_columns, (value,), None, _text(value))
    value = part.contraction(kept)
    if left == right and shared == set(kept) and len(shared) == len(left):
        return Factor(DIAGONAL, on_rows, on_columns, (value,), None, f"diag({_text(value)})")
    return Factor(BLOCK, on_rows, on_columns, (value,), None, f"blocks({_text(value)})")


def _thin(part: Term, left: Indices, right: Indices) -> tuple[tuple[Node, ...], Size] | None:
    """Split a product between rows and columns, where no operand has both; give the pieces and the rank."""
    groups: list[list[tuple[Node, Indices]]] = [[], [], []]
    for operand in part.operands:
        at_rows, at_columns = (not set(side).isdisjoint(operand[1]) for side in (left, right))
        if at_rows and at_columns:
            return None
        groups[0 if at_rows else 2 if at_columns else 1].append(operand)
    bonds = [
        tuple(dict.fromkeys(i for _, index in group for i in index if i not in (*left, *right))) for group in groups
    ]
    inside = set(left + right)
    rank = min((size_of(tuple([part.sizes[i] for i in bonds[side]])) for side in (0, 2)), key=_order)
    smaller = [size_of(tuple([part.sizes[i] for i in side])) for side in (left, right)]
    if isinstance(rank, int) and any(isinstance(size, int) and size <= rank for size in smaller):
        return None
    pieces = []
    for group, bond, ends in zip(groups, bonds, (left, (), right), strict=True):
        if group or ends:
            others = {i for other in groups if other is not group for _, index in other for i in index}
            kept = tuple([i for i in bond if i in others and i not in inside])
            output = ends + kept if ends != right else kept + ends
            pieces.append(Term(part.scale, group, output, part.sizes).contraction(output))
    return tuple(pieces), rank


def _order(size: Size) -> tuple[bool, int]:
    """Known sizes first, the smallest first; among named ones the first given stays."""
    return (False, size) if isinstance(size, int) else (True, 0)
