"""What is done to a graph before it is scheduled: composites opened, constants made, contractions ordered.

Every function gives an equivalent graph of operators that the scheduler places one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.dimension import Dim
from ..core.errors import SymgraphError
from ..core.node import CONSTANT, SYMBOL, Node, apply, constant, make
from ..core.traversal import rebuild, topological
from ..evaluate.evaluator import open_composites
from ..ops.contraction import CONTRACT

NOMINAL = 64  # the size that a named dimension is taken to have when contractions are ordered


def prepare(outputs: Sequence[Node]) -> list[Node]:
    """Open composites, turn named constants into numbers and order contractions of several arrays."""
    opened = open_composites(outputs)
    if not any(_changes(node) for node in topological(opened)):
        return opened
    return rebuild(opened, _replaced)


def _changes(node: Node) -> bool:
    return _is_number(node) or _is_wide(node)


def _replaced(node: Node, args: tuple[Node, ...]) -> Node:
    if _is_number(node):
        return constant(node.op.numpy(*node.attrs), dtype=node.dtype)
    new = node if args == node.args else _again(node, args)
    return pairwise(new) if _is_wide(new) else new


def _again(node: Node, args: tuple[Node, ...]) -> Node:
    try:
        return apply(node.op, args, node.attrs)
    except SymgraphError:  # a canonical form may refuse what the plain node allows
        return make(node.op, args, node.attrs)


def _is_number(node: Node) -> bool:
    """True for a named constant such as π."""
    if node.args or node.op in (SYMBOL, CONSTANT, CONTRACT) or node.shape:
        return False
    return not any(isinstance(item, Dim) for item in node.attrs)


def _is_wide(node: Node) -> bool:
    """True for a contraction whose loop over all indices would be longer than any array in it."""
    if node.op is not CONTRACT or len(node.args) < 3:
        return False
    subscripts, output, sizes = node.attrs[:3]
    return all(len(set(index)) < len(sizes) for index in (*subscripts, output))


def pairwise(node: Node) -> Node:
    """Split a contraction of several arrays into a cheap sequence of contractions of two.

    The order is found by opt_einsum (Smith and Gray, JOSS 2018).
    """
    import opt_einsum

    subscripts, output, sizes, dtype = node.attrs
    numbers = [size if isinstance(size, int) else NOMINAL for size in sizes]
    letters = [opt_einsum.get_symbol(i) for i in range(len(sizes))]
    texts = ["".join(letters[i] for i in dict.fromkeys(index)) for index in subscripts]
    shapes = [tuple(numbers[i] for i in dict.fromkeys(index)) for index in subscripts]
    held = {i for index in subscripts for i in index}
    text = ",".join(texts) + "->" + "".join(letters[i] for i in dict.fromkeys(output) if i in held)
    path, _ = opt_einsum.contract_path(text, *shapes, shapes=True, optimize="auto")
    terms: list[tuple[Node, tuple[int, ...]]] = list(zip(node.args, subscripts, strict=True))
    for step in path[:-1]:
        chosen = [terms[i] for i in step]
        terms = [term for i, term in enumerate(terms) if i not in step]
        within = {i for _, index in chosen for i in index}
        needed = {i for _, index in terms for i in index}.union(output)
        kept = tuple(sorted(within & needed))
        terms.append((_contraction(chosen, kept, sizes, dtype), kept))
    return _contraction(terms, output, sizes, dtype)


def _contraction(
    terms: Sequence[tuple[Node, tuple[int, ...]]], output: tuple[int, ...], sizes: Any, dtype: str
) -> Node:
    if len(terms) == 1 and terms[0][1] == output and len(set(output)) == len(output):
        return terms[0][0]
    numbering: dict[int, int] = {}
    for index in (*(index for _, index in terms), output):
        for i in index:
            numbering.setdefault(i, len(numbering))
    attrs = (
        tuple([tuple([numbering[i] for i in index]) for _, index in terms]),
        tuple([numbering[i] for i in output]),
        tuple([sizes[i] for i in numbering]),
        dtype,
    )
    return make(CONTRACT, tuple([arg for arg, _ in terms]), attrs)
