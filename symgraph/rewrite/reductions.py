"""Reading reductions, for rules that a pattern cannot say."""

from __future__ import annotations

from ..core.node import Node
from ..ops.tensor.contraction import CONTRACT


def summed_axes(total: Node) -> tuple[int, ...] | None:
    """Give the axes that a plain sum runs over; ``None`` for any other contraction."""
    if total.op is not CONTRACT or len(total.args) != 1:
        return None
    (index,), output = total.attrs[:2]
    axes = tuple([place for place, i in enumerate(index) if i not in output])
    kept = tuple([i for i in index if i in output])
    return axes if axes and kept == output and len(set(index)) == len(index) else None
