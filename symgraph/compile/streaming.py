"""Large results are written past the cache.

A store into the cache first reads the line it falls into; for results larger than the cache this is a third of all
memory traffic, and pushes out what others need. Non-temporal stores write whole lines and read nothing. They need
aligned addresses, a fence before another thread may look, and a loop without calls, for what a call keeps on the stack
would wait behind them. Small results stay in the cache for their next reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.node import Node
from .entries import Entries

STREAM_BYTES = 1 << 23  # results of one loop that are larger than this, taken together, are written past the cache


def is_streamable(node: Node) -> bool:
    """True for arrays whose vectors fill whole lines, and that are not known to be small."""
    known = all(isinstance(size, int) for size in node.shape)
    return node.dtype == "float64" and bool(node.shape) and not known


class Streaming(Entries):
    """A nest that may write its results past the cache."""

    width: int

    def past_the_cache(self, nodes: Sequence[Node], size: str, body: Callable[[str], None]) -> str:
        """Write the loop for large aligned results; give where it ends and the ordinary loop begins.

        ``body(index)`` writes the computation of a vector of entries.
        """
        f = self.f
        start, calls = len(f.lines), f.calls
        stop = self._stop(nodes, size)
        loop = self.open("0", stop, self.width)
        self.streamed = frozenset(nodes)
        body(loop.index)
        self.streamed = frozenset()
        if f.calls > calls:
            del f.lines[start:]
            return "0"
        self.close(loop)
        f.libraries.declare("declare void @llvm.x86.sse.sfence()")
        f.add("call void @llvm.x86.sse.sfence()")
        return stop

    def _stop(self, nodes: Sequence[Node], size: str) -> str:
        """Give how many entries are written past the cache: whole vectors, or none."""
        f = self.f
        large = f.set(f"icmp ugt i64 {size}, {STREAM_BYTES // (8 * len(nodes))}")
        joint = "0"
        for node in nodes:
            joint = f.set(f"or i64 {joint}, {f.set(f'ptrtoint ptr {self.pointer(node)} to i64')}")
        aligned = f.set(f"icmp eq i64 {f.set(f'and i64 {joint}, {8 * self.width - 1}')}, 0")
        whole = f.set(f"and i64 {size}, -{self.width}")
        return f.set(f"select i1 {f.set(f'and i1 {large}, {aligned}')}, i64 {whole}, i64 0")
