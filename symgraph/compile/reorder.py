"""Contractions in the order and form that are cheapest to compute.

Several arrays are multiplied pair by pair. What only one of them holds is summed first, and what only the result holds
is repeated last.
"""

from __future__ import annotations

from typing import Any

from ..core.node import Node
from ..ops.tensor.contraction import CONTRACT
from ..rewrite.contraction_order import contraction_of, in_pairs
from .product_plan import is_product

Indices = tuple[int, ...]
Term = tuple[Node, Indices]


def ordered(node: Node) -> Node:
    """Give a contraction as a cheap sequence of contractions."""
    if node.op is not CONTRACT or not node.args:
        return node
    subscripts, output, sizes, dtype = node.attrs
    summed = {i for index in subscripts for i in index}.difference(output)
    if not summed:
        return node
    held = {i for index in subscripts for i in index}
    core = tuple(dict.fromkeys(i for i in output if i in held))
    terms = _summed_first(list(zip(node.args, subscripts, strict=True)), core, sizes, dtype)
    if core == output and tuple(terms) == tuple(zip(node.args, subscripts, strict=True)) and not _is_wide(node):
        return _permuted(node)
    inner = _pairwise(terms, core, sizes, dtype)
    return _permuted(inner) if core == output else contraction_of([(_permuted(inner), core)], output, sizes, dtype)


def _summed_first(terms: list[Term], output: Indices, sizes: Any, dtype: str) -> list[Term]:
    """Sum each array over the indices that neither another array nor the result holds."""
    if len(terms) < 2:
        return terms
    found = []
    for place, (node, index) in enumerate(terms):
        others = {i for k, (_, other) in enumerate(terms) if k != place for i in other}
        kept = tuple([i for i in dict.fromkeys(index) if i in others or i in output])
        alone = set(index) - set(kept)
        found.append((contraction_of([(node, index)], kept, sizes, dtype), kept) if alone else (node, index))
    return found


def _is_wide(node: Node) -> bool:
    """True for a contraction whose loop over all indices would be longer than any array in it."""
    if len(node.args) < 3:
        return False
    subscripts, output, sizes = node.attrs[:3]
    return all(len(set(index)) < len(sizes) for index in (*subscripts, output))


def _pairwise(terms: list[Term], output: Indices, sizes: Any, dtype: str) -> Node:
    """Multiply two at a time, in the cheapest order, unless one array spans everything and one loop will do."""
    held = {i for _, index in terms for i in index}
    if len(terms) < 3 or any(set(index) == held for _, index in terms):
        return contraction_of(terms, output, sizes, dtype)
    return in_pairs(terms, output, dict(enumerate(sizes)), dtype, {})


def _permuted(node: Node) -> Node:
    """Let a product of matrices be stored with its batch indices first, seen through a transpose where needed."""
    if not is_product(node):
        return node
    subscripts, output, sizes, dtype = node.attrs
    first, second = (set(index) for index in subscripts)
    if not output or not (output[-1] in first and output[-1] in second):
        return node
    batch = tuple([i for i in output if i in first and i in second])
    stored = batch + tuple([i for i in output if i not in batch])
    terms = list(zip(node.args, subscripts, strict=True))
    return contraction_of([(contraction_of(terms, stored, sizes, dtype), stored)], output, sizes, dtype)
