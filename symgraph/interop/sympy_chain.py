"""Contractions of vectors and matrices as products, traces, diagonals and Hadamard products of SymPy's matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import count
from typing import Any

from ..core.dimension import Size
from ..core.errors import SymgraphError
from ..core.node import Node

Link = tuple[Any, int, int]  # a matrix, the index of its rows, the index of its columns
Ends = list[int]


def contraction(sympy: Any, node: Node, args: Sequence[Any], size_of: Callable[[Size], Any]) -> Any:
    """Write a contraction as a product of SymPy matrices; vectors are matrices of one column.

    Every index must join two places. Ends of vectors are indices of size 1 that stand alone; sums and
    broadcasts get a vector of ones; where a vector makes three of a pair, it becomes a diagonal matrix; two
    matrices with the same indices become their Hadamard product.
    """
    subscripts, output, sizes = node.attrs[:3]
    fresh = count(len(sizes))
    alone: set[int] = set()
    links: list[Link] = []

    def end() -> int:
        alone.add(new := next(fresh))
        return new

    for arg, index in zip(args, subscripts, strict=True):
        links.append((arg, index[0], index[1] if len(index) == 2 else end()))
    output = list(output)
    _merge_pairs(sympy, links)
    _take_diagonals(sympy, links, output, end)
    _spread_vectors(sympy, links, output, alone, fresh)
    uses = _uses(links, output)
    links += [(sympy.OneMatrix(size_of(sizes[i]), 1), i, end()) for i in range(len(sizes)) if uses[i] == 1]
    if len(set(output)) < len(output) and not links:
        return sympy.Identity(size_of(sizes[0]))
    if any(number != 2 for index, number in _uses(links, output).items() if index not in alone):
        raise SymgraphError("a contraction that joins three or more indices has no counterpart in SymPy's matrices")
    return _chains(sympy, links, output, alone)


def _uses(links: Sequence[Link], output: Ends) -> Counter[int]:
    return Counter([index for _, rows, columns in links for index in (rows, columns)] + list(output))


def _merge_pairs(sympy: Any, links: list[Link]) -> None:
    """Join matrices with the same two indices into Hadamard products."""
    first: dict[frozenset[int], int] = {}
    for place, (matrix, rows, columns) in enumerate(list(links)):
        earlier = first.setdefault(frozenset((rows, columns)), place)
        if earlier != place and rows != columns:
            held, *ends = links[earlier]
            other = matrix if ends == [rows, columns] else sympy.Transpose(matrix)
            links[earlier] = (sympy.HadamardProduct(held, other), ends[0], ends[1])
            links[place] = (None, -1, -1)
    links[:] = [link for link in links if link[0] is not None]


def _take_diagonals(sympy: Any, links: list[Link], output: Ends, end: Callable[[], int]) -> None:
    """Where a matrix has one index twice and another place has it too, take its diagonal as a vector."""
    for place, (matrix, rows, columns) in enumerate(links):
        if rows == columns and _uses(links, output)[rows] > 2:
            links[place] = (sympy.matrices.expressions.diagonal.DiagonalOf(matrix), rows, end())


def _spread_vectors(sympy: Any, links: list[Link], output: Ends, alone: set[int], fresh: Any) -> None:
    """Where a vector shares its index with two other places, make it a diagonal matrix between them."""
    for place, (vector, index, last) in enumerate(links):
        if last not in alone or _uses(links, output)[index] != 3:
            continue
        others = [i for i, (_, rows, columns) in enumerate(links) if i != place and index in (rows, columns)]
        new = next(fresh)
        if not others:  # twice in the output: the diagonal matrix itself
            output[1] = new
        else:
            matrix, rows, columns = links[others[0]]
            links[others[0]] = (matrix, new, columns) if rows == index else (matrix, rows, new)
        links[place] = (sympy.DiagMatrix(vector), index, new)
        alone.discard(last)


def _chains(sympy: Any, links: list[Link], output: Ends, alone: set[int]) -> Any:
    """Follow the indices from matrix to matrix: an open chain is a matrix, a closed one a trace."""
    left = list(links)
    factors: list[Any] = []
    result: Any = None
    for start in output:
        if result is None:
            result = _follow(sympy, left, start)
        elif any(start in link[1:] for link in left):  # two open chains: an outer product
            result = result * sympy.Transpose(_follow(sympy, left, start))
    while left:
        start = next((i for _, rows, columns in left for i in (rows, columns) if i in alone), left[0][1])
        factors.append(sympy.Trace(_follow(sympy, left, start)))
    return reduce(lambda x, y: y * x, factors, result) if result is not None else reduce(lambda x, y: x * y, factors)


def _follow(sympy: Any, left: list[Link], start: int) -> Any:
    """Take the chain that begins at an index out of the list; give its product."""
    product: Any = None
    index = start
    while True:
        place = next((i for i, link in enumerate(left) if index in link[1:]), None)
        if place is None:
            return product
        matrix, rows, columns = left.pop(place)
        step, index = (matrix, columns) if rows == index else (sympy.Transpose(matrix), rows)
        product = step if product is None else product * step
        if index == start:
            return product
