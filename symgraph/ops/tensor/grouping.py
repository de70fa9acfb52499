"""Products of a batch of adjoints with one array: they join the contraction that the adjoints are.

A derivative then stays a single contraction, ``Zᵀ·diag(t ⊙ s ⊙ t)·Z``, instead of products of dense matrices.
"""

from __future__ import annotations

from ...core.node import Node
from ...core.operator import FUNCTIONS, OPS
from .contraction import CONTRACT, contract, is_rearrangement


def grouped_product(g: Node, p: Node) -> Node | None:
    """Give g·p for adjoints ``g`` with batch axes in front of those of ``p``; ``None`` where nothing is gained."""
    if not 0 < p.ndim < g.ndim or p.shape != g.shape[-p.ndim :]:
        return None
    if g.op is OPS["multiply"] and not g.args[0].shape:
        inner = grouped_product(g.args[1], p)
        return None if inner is None else FUNCTIONS["multiply"](g.args[0], inner)
    if g.op is not CONTRACT or not g.args or not is_rearrangement(g):
        return None
    subscripts, output, sizes = g.attrs[:3]
    last = output[-p.ndim :]
    operands, lists = list(g.args), list(subscripts)
    if last in lists and len(set(last)) == len(last):
        place = lists.index(last)
        operands[place] = FUNCTIONS["multiply"](operands[place], p)
    else:
        operands.append(p)
        lists.append(last)
    return contract(operands, lists, output, dict(enumerate(sizes)))
