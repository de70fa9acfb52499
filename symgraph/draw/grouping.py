"""Which nodes share one box when a picture is collapsed: scopes, else repeated subgraphs, else stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..core.node import Node
from ..core.origin import Derived
from .labels import clean

MOST_SINGLE, STAGES = 40, 12
LONGEST_PERIOD = 256
FEWEST_REPEATS = 3


def groups(order: Sequence[Node], depth: Mapping[Node, int], cluster: Callable[[Node], str]) -> dict[Node, str]:
    """Assign inner nodes to named groups.

    Nodes made inside a ``scope``, or in the body of an opened composite, belong to it (``cluster``). Without
    such, subgraphs that follow each other unchanged, such as the layers of a network or the steps of a loop, are
    found and become groups; what is left becomes stages of about equal depth.
    """
    scopes = {node: cluster(node) for node in order if node.args}
    if any(scopes.values()):
        return {node: f"{clean(name)}{'′' * depth[node]}" for node, name in scopes.items() if name}
    found = _repeats(order, depth)
    return found | _stages([node for node in order if node not in found], depth)


def scope_of(node: Node) -> str:
    """Give the scope a node was made in; a derivative node belongs to the scope of its primal node."""
    origin = node.origin
    while origin is not None:
        if origin.scope:
            return " / ".join(origin.scope)
        origin = origin.primal.origin if isinstance(origin, Derived) else None
    return ""


def _stages(order: Sequence[Node], depth: Mapping[Node, int]) -> dict[Node, str]:
    level: dict[Node, int] = {}
    for node in order:
        level[node] = 1 + max((level.get(arg, -1) for arg in node.args), default=-1)
    span = _pooled(max(level.values(), default=0))
    return {node: f"stage {(level[node] - 1) // span + 1}{'′' * depth[node]}" for node in order if node.args}


def _pooled(count: int) -> int:
    """Say how many go into one group: one as long as a reader can take all in, else a twelfth."""
    return 1 if count <= MOST_SINGLE else -(-count // STAGES)


def _repeats(order: Sequence[Node], depth: Mapping[Node, int]) -> dict[Node, str]:
    """Find runs of one subgraph in each order of derivatives: a group for each, or ``STAGES`` groups if many.

    A group is a piece of the reading order, so no path leaves a group and comes back.
    """
    result: dict[Node, str] = {}
    for band in sorted(set(depth.values())):
        nodes = [node for node in order if node.args and depth[node] == band]
        kinds: dict[object, int] = {}
        tokens = np.array([kinds.setdefault((node.op.name, node.attrs, len(node.shape)), len(kinds)) for node in nodes])
        for run, (start, period, count) in enumerate(periodic_runs(tokens)):
            several = _pooled(count)
            for first in range(0, count, several):
                last = min(first + several, count)
                name = f"repeat {first + 1}" + (f"–{last}" if last > first + 1 else "") + f" of {count}"
                name += "′" * band + (f" ({run + 1})" if run else "")
                result.update(dict.fromkeys(nodes[start + first * period : start + last * period], name))
    return result


def periodic_runs(tokens: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[tuple[int, int, int]]:
    """Find where a sequence repeats itself: (start, period, count), longest runs first, none overlapping.

    >>> import numpy as np
    >>> periodic_runs(np.array([7, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 9]))
    [(1, 3, 3)]
    """
    candidates: list[tuple[int, int, int]] = []
    for period in range(1, min(LONGEST_PERIOD, len(tokens) // FEWEST_REPEATS) + 1):
        same = np.concatenate(([False], tokens[:-period] == tokens[period:], [False]))
        starts, ends = np.flatnonzero(same[1:] & ~same[:-1]), np.flatnonzero(same[:-1] & ~same[1:])
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            count = (end - start) // period + 1
            if count >= FEWEST_REPEATS:
                candidates.append((start, period, count))
    free = np.ones(len(tokens), dtype=bool)
    chosen = []
    for start, period, count in sorted(candidates, key=lambda run: (-run[1] * run[2], run[1], run[0])):
        piece = slice(start, start + period * count)
        if free[piece].all():
            free[piece] = False
            chosen.append((start, period, count))
    return chosen
