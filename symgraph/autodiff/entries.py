"""Derivatives of scalar systems entry by entry: sparse forward mode, with an expression for every non-zero entry.

Each scalar carries a dictionary from variable to derivative. What depends on few variables costs little, whatever
the size of the system; a sum takes over the dictionary of its first term, so that long sums stay linear.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.dtype import is_float
from ..core.memory import paused_collection
from ..core.node import Node, constant, symbol
from ..core.origin import CONTEXT, Derived
from ..core.traversal import depends_on, substitute, topological
from ..ops.arrays.gathering import getitem
from ..ops.arrays.joining import stack
from . import rules
from .sparsity import concrete

Row = dict[int, Node]


def split(outputs: Sequence[Node], variables: Sequence[Node]) -> tuple[list[Node], list[Node], dict[Node, Node]] | None:
    """Take a system of scalars apart: its scalar outputs, its scalar variables, and what each of those stands for.

    Arrays that only collect scalars (``stack([...])``) and variables that are only used entry by entry (``x[3]``)
    are taken apart too. ``None``: some part of the graph works on arrays.
    """
    order = topological(outputs)
    between = depends_on(order, variables).difference(outputs, variables)
    if any(node.shape and is_float(node.dtype) for node in between):
        return None
    scalars: list[Node] = []
    mapping: dict[Node, Node] = {}
    meaning: dict[Node, Node] = {}
    for number, x in enumerate(variables):
        if x.shape and x.args:
            return None
        if not x.shape:
            scalars.append(x)
            continue
        places = list(np.ndindex(concrete(x.shape)))
        parts = [symbol(f"\0{number} {place}", (), x.dtype) for place in places]
        scalars += parts
        mapping[x] = _collected(parts, concrete(x.shape))
        meaning |= {part: getitem(x, place) for part, place in zip(parts, places, strict=True)}
    apart = substitute(outputs, mapping) if mapping else list(outputs)
    rows = [getitem(y, place) if place else y for y in apart for place in np.ndindex(concrete(y.shape))]
    order = topological(rows)
    active = depends_on(order, scalars)
    if any(node.shape and is_float(node.dtype) for node in active):
        return None
    return rows, scalars, meaning


def _collected(parts: Sequence[Node], shape: tuple[int, ...]) -> Node:
    if len(shape) == 1:
        return stack(parts)
    step = len(parts) // shape[0]
    return stack([_collected(parts[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])])


def differentiate(outputs: Sequence[Node], variables: Sequence[Node], limit: int) -> list[Row] | None:
    """Give for each scalar output its derivatives, keyed by the number of the variable; zeros are left out.

    ``None``: more than ``limit`` products would be formed, so that another mode is cheaper.
    """
    starts = {x: number for number, x in enumerate(variables)}
    order = topological(outputs)
    active = depends_on(order, [x for x in variables if is_float(x.dtype)])
    uses: dict[Node, int] = dict.fromkeys(order, 0)
    for node in order:
        for arg in set(node.args):
            uses[arg] += 1
    for node in outputs:
        uses[node] += 1
    known: dict[Node, Row] = {}
    before = CONTEXT.origin
    try:
        with paused_collection():
            for node in order:
                if node in active and is_float(node.dtype):
                    CONTEXT.origin = Derived(f"forward {node.op.name}", node)
                    known[node], work = _row(node, known, uses, starts)
                    limit -= work
                    if limit < 0:
                        return None
                for arg in set(node.args):
                    uses[arg] -= 1
                    if not uses[arg]:
                        known.pop(arg, None)
    finally:
        CONTEXT.origin = before
    return [known.get(node, {}) for node in outputs]


def _row(node: Node, known: dict[Node, Row], uses: dict[Node, int], starts: dict[Node, int]) -> tuple[Row, int]:
    """Give the derivatives of one node, and how many products that took."""
    rows = [known.get(arg) for arg in node.args]
    kept = _passed_on(node, known, uses)
    row = {} if kept is None else known[node.args[kept]]
    columns = {j for i, each in enumerate(rows) if i != kept and each is not None for j in each}
    for j in columns:
        tangent = rules.push_forward(node, [None if each is None else each.get(j) for each in rows])
        if tangent is not None:
            row[j] = tangent
    if node in starts:
        one = constant(1.0, node.dtype)
        row[starts[node]] = row[starts[node]] + one if starts[node] in row else one
    return row, len(columns)


def _passed_on(node: Node, known: dict[Node, Row], uses: dict[Node, int]) -> int | None:
    """Choose an argument whose derivatives are the node's own and which nobody else needs: the largest one."""
    if node.op.partials is None:
        return None
    free = [
        i
        for i, arg in enumerate(node.args)
        if node.op.partials[i] == 1 and arg in known and uses[arg] == 1 and node.args.count(arg) == 1
    ]
    return max(free, key=lambda i: len(known[node.args[i]]), default=None)
