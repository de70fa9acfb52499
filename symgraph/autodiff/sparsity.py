"""Sparsity: which entries of a Jacobian or Hessian can be different from zero, read off the graph.

Every node gets, for each of its entries, the set of the variables' entries that it may depend on. The sets go
through an operator along the links that its record states (:mod:`symgraph.core.dependence`): entry by entry for
elementwise operators, everything to everything where an operator says nothing. Scalars carry Python sets, which
a sum of many terms takes over from its first term; arrays carry boolean CSR matrices, one row for each entry.

The pattern of a Hessian is that of the Jacobian of the gradient graph: two variables meet there exactly where an
adjoint of one still depends on the other, that is, where they interact nonlinearly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dependence import Chain, Links, Site, broadcast, count
from ..core.dimension import Shape
from ..core.dtype import is_float
from ..core.errors import DifferentiationError
from ..core.lazy import Library
from ..core.node import CONSTANT, Node
from ..core.operator import ZERO, Linearity
from ..core.traversal import depends_on, named_sizes, topological

scipy_sparse = Library("scipy.sparse")
Pattern = Any  # a set for a scalar, a boolean csr_array with one row for each entry of an array


def concrete(shape: Shape) -> tuple[int, ...]:
    """Give a shape whose sizes are all numbers.

    Raises:
        DifferentiationError: a size is still a name.
    """
    names = sorted(named_sizes(shape))
    if names:
        raise DifferentiationError(
            f"a sparsity pattern needs numbers for all sizes, and {names[0]} has none: give it, as in "
            f"sizes={{{names[0]!r}: 100}}"
        )
    return tuple([int(size) for size in shape if isinstance(size, int)])


class Search:
    """One walk over the graph that finds the pattern of ∂outputs/∂variables; sets are dropped after their last use.

    Every entry that can be different from zero is in the pattern; one that cannot may be too. ``entries`` counts the
    members of all sets of scalars: the products that sparse forward mode would form.
    """

    def __init__(self, outputs: Sequence[Node], variables: Sequence[Node]) -> None:
        self.outputs = list(outputs)
        self.starts: dict[Node, int] = {}
        self.width = 0
        for x in variables:
            self.starts.setdefault(x, self.width)
            self.width += count(concrete(x.shape))
        self.order = topological(outputs)
        active = depends_on(self.order, [x for x in self.starts if is_float(x.dtype)])
        self.active = {node for node in active if is_float(node.dtype)}
        self.uses: dict[Node, int] = dict.fromkeys(self.order, 0)
        for node in self.order:
            for arg in set(node.args):
                self.uses[arg] += 1
        for node in self.outputs:
            self.uses[node] += 1
        self.known: dict[Node, Pattern] = {}
        self.owned: set[Node] = set()  # scalars whose set no other node holds
        self.entries = 0
        self.constants: dict[Node, Any] = {}  # arrays that follow linearly from constants: their zeros are known

    def result(self) -> Any:
        """Give the boolean ``csr_array``; rows and columns number all entries of outputs and variables in order."""
        for node in self.order:
            if node.shape and node not in self.active:
                self._keep_constant(node)
            elif node in self.active:
                self.known[node] = self._visit(node)
                if node.shape == ():
                    self.entries += len(self.known[node])
            for arg in set(node.args):
                self._release(arg)
        rows = [self.known.get(node) for node in self.outputs]
        sizes = [count(concrete(node.shape)) for node in self.outputs]
        return _below(rows, sizes, self.width)

    def _keep_constant(self, node: Node) -> None:
        if node.op is CONSTANT:
            self.constants[node] = np.asarray(node.value)
        elif node.op.linearity is not Linearity.NONE and node.args and all(arg in self.constants for arg in node.args):
            with np.errstate(all="ignore"):
                self.constants[node] = node.op.numpy(*node.attrs, *[self.constants[arg] for arg in node.args])

    def _release(self, arg: Node) -> None:
        self.uses[arg] -= 1
        if not self.uses[arg]:
            self.constants.pop(arg, None)
            self.known.pop(arg, None)
            self.owned.discard(arg)

    def _visit(self, node: Node) -> Pattern:
        used = [i for i, arg in enumerate(node.args) if arg in self.active and not _is_cut(node, i)]
        start = self.starts.get(node)
        if not node.shape and all(not node.args[i].shape for i in used):
            return self._join_scalars(node, [node.args[i] for i in used], start)
        parts = self._along_links(node, used)
        if start is not None:
            parts.append(_identity(start, count(concrete(node.shape)), self.width))
        return self._shaped(node, _union(parts, count(concrete(node.shape)), self.width))

    def _join_scalars(self, node: Node, args: Sequence[Node], start: int | None) -> set[int]:
        """Join sets; the largest one is taken over if nobody else needs it, so that long sums stay linear."""
        args = list(dict.fromkeys(args))
        if len(args) == 1 and start is None:
            found: set[int] = self.known[args[0]]
            if args[0] in self.owned:
                self.owned.discard(args[0])
                if self.uses[args[0]] == 1:
                    self.owned.add(node)
            return found
        self.owned.add(node)
        free = [arg for arg in args if arg in self.owned and self.uses[arg] == 1]
        if free:
            largest = max(free, key=lambda arg: len(self.known[arg]))
            found = self.known[largest]
            self.owned.discard(largest)
            args.remove(largest)
        else:
            found = set()
        found.update(*[self.known[arg] for arg in args])
        if start is not None:
            found.add(start)
        return found

    def _shaped(self, node: Node, rows: Any) -> Pattern:
        if node.shape:
            return rows
        self.owned.add(node)
        return set(rows.indices.tolist())

    def _chains(
        self, node: Node, shapes: tuple[tuple[int, ...], ...], shape: tuple[int, ...]
    ) -> Sequence[Chain | None]:
        op = node.op
        if op.elementwise:
            return [broadcast(own, shape) for own in shapes]
        if op.dependence is None:
            return [None] * len(shapes)
        constants = tuple([self.constants.get(arg) for arg in node.args])
        return op.dependence(Site(node.attrs, shapes, shape, constants))

    def _along_links(self, node: Node, used: Sequence[int]) -> list[Any]:
        """Lead the patterns of the arguments to the entries of the node."""
        shape = concrete(node.shape)
        shapes = tuple([concrete(arg.shape) for arg in node.args])
        chains = self._chains(node, shapes, shape)
        parts: list[Any] = []
        last: list[Links] = []
        below: list[Pattern] = []
        heights: list[int] = []
        for i in used:
            held, links = self.known[node.args[i]], chains[i]
            if links is None:
                parts.append(_everywhere(held, count(shape), self.width))
                continue
            if len(links) != 1:
                rows = _rows(held, count(shapes[i]), self.width)
                for step in links:
                    rows = _step(rows, step)
                parts.append(rows)
                continue
            last.append(links[0])
            below.append(held)
            heights.append(count(shapes[i]))
        if last:
            parts.append(_step(_below(below, heights, self.width), _stacked(last, heights)))
        return parts


def _is_cut(node: Node, i: int) -> bool:
    """True if the derivative by argument ``i`` is proved to vanish."""
    if node.op.partials is None:
        return False
    partial = node.op.partials[i]
    return partial is ZERO or (not callable(partial) and partial is not None and partial == 0)


# --- boolean matrices -----------------------------------------------------------------------------


def _boolean(indptr: Any, indices: Any, shape: tuple[int, int]) -> Any:
    return scipy_sparse.csr_array((np.ones(len(indices), dtype=bool), indices, indptr), shape=shape)


def _identity(start: int, size: int, width: int) -> Any:
    return _boolean(np.arange(size + 1), np.arange(start, start + size), (size, width))


def _rows(held: Pattern, size: int, width: int) -> Any:
    return _below([held], [size], width) if isinstance(held, set) else held


def _below(patterns: Sequence[Pattern | None], sizes: Sequence[int], width: int) -> Any:
    """Put patterns below each other; ``None`` stands for rows without entries."""
    if len(patterns) == 1 and patterns[0] is not None and not isinstance(patterns[0], set):
        return patterns[0]
    counts: list[Any] = [np.zeros(1, dtype=np.int64)]
    indices: list[Any] = []
    for pattern, size in zip(patterns, sizes, strict=True):
        if pattern is None:
            counts.append(np.zeros(size, dtype=np.int64))
        elif isinstance(pattern, set):
            counts.append(np.array([len(pattern)]))
            indices.append(np.fromiter(sorted(pattern), dtype=np.int64, count=len(pattern)))
        else:
            counts.append(np.diff(pattern.indptr))
            indices.append(pattern.indices)
    flat = np.concatenate(indices) if indices else np.zeros(0, dtype=np.int64)
    return _boolean(np.cumsum(np.concatenate(counts)), flat, (sum(sizes), width))


def _stacked(links: Sequence[Links], heights: Sequence[int]) -> Links:
    """Join the links of several arguments whose entries stand below each other."""
    if len(links) == 1:
        return links[0]
    starts = np.cumsum([0, *heights[:-1]])
    rows = np.concatenate([each.rows for each in links])
    columns = np.concatenate([each.columns + start for each, start in zip(links, starts, strict=True)])
    return Links(rows, columns, links[0].size)


def _step(rows: Any, links: Links) -> Any:
    pairs = np.ones(len(links.rows), dtype=bool)
    return scipy_sparse.csr_array((pairs, (links.rows, links.columns)), shape=(links.size, rows.shape[0])) @ rows


def _everywhere(held: Pattern, size: int, width: int) -> Any:
    """Let every one of ``size`` entries depend on all that any entry of the argument depends on."""
    all_of_it = np.array(sorted(held)) if isinstance(held, set) else np.unique(held.indices)
    return _boolean(np.arange(size + 1) * len(all_of_it), np.tile(all_of_it, size), (size, width))


def _union(parts: Sequence[Any], size: int, width: int) -> Any:
    different = list({id(part): part for part in parts}.values())
    if not different:
        return _boolean(np.zeros(size + 1, dtype=np.int64), np.zeros(0, dtype=np.int64), (size, width))
    total = different[0]
    for part in different[1:]:
        total = total + part
    return total
