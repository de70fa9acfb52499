"""Random graphs for hypothesis: ``@given(graphs())`` in your own test-suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import SymgraphError
from .graphs import RandomGraph, random_graph

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def graphs(operations: int = 8, boundary: bool = False) -> SearchStrategy[RandomGraph]:
    """Give a hypothesis strategy for random scalar graphs with a point; it shrinks to few operations.

    Args:
        operations: at most so many operators.
        boundary: draw values such as zeros, infinities, nan and ties.

    Raises:
        SymgraphError: hypothesis is not installed.

    >>> graphs(operations=3).example().output.shape  # doctest: +SKIP
    ()
    """
    try:
        from hypothesis import strategies
    except ImportError as error:
        raise SymgraphError("graphs() needs hypothesis: pip install hypothesis") from error
    counts = strategies.integers(1, operations)
    seeds = strategies.integers(0, 2**32 - 1)
    return strategies.builds(lambda seed, count: random_graph(seed, count, boundary), seeds, counts)
