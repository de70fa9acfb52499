"""Memory for large results and work arrays, used again after the arrays that lived in it are gone.

The operating system gives out memory page by page and fills it with zeros; for large results this costs more than
computing them. An array from the pool has a :class:`Block` as its base, and every view of the array keeps the block
alive, so memory comes back only when nothing can read it any more. Memory that waits in the pool is bounded by
``POOL.limit``; what is beyond goes back to the operating system, oldest first.
"""

from __future__ import annotations

import mmap
from math import prod
from threading import RLock
from typing import Any

import numpy as np

LARGE = 1 << 18  # bytes; smaller arrays are NumPy's own
LIMIT = 1 << 28
PAGE, HUGE_PAGE = 1 << 16, 1 << 21
# Arrays that all began at one place of a page would push each other out of the cache. Arguments begin near the start of
# a page; results begin there too, or well before: a processor takes a load for a reader of a store that is under way if
# they agree in their place in a page, and waits, and a loop's loads run ahead of its stores.
SKEW, PLACES, SPAN = 256, 8, 4096


class Memory:
    """A stretch of memory mapped from the operating system."""

    __slots__ = ("_map", "address", "size")

    def __init__(self, size: int, number: int) -> None:
        self.size = size
        self._map = mmap.mmap(-1, size + HUGE_PAGE + SPAN)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            try:
                self._map.madvise(mmap.MADV_HUGEPAGE)
            except OSError:  # a kernel without huge pages: small ones will do
                self._map.madvise(mmap.MADV_NORMAL)
        start: int = np.frombuffer(self._map, np.uint8).__array_interface__["data"][0]
        self.address = -(-start // HUGE_PAGE) * HUGE_PAGE + -(number % PLACES) * SKEW % SPAN


class Block:
    """The base of an array: gives the memory back to the pool when the last reference goes."""

    __slots__ = ("__array_interface__", "memory", "pool")

    def __init__(self, pool: Pool, memory: Memory, shape: tuple[int, ...], dtype: Any) -> None:
        self.pool = pool
        self.memory = memory
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": dtype.str, "data": (memory.address, False)}

    def __del__(self) -> None:
        self.pool.give_back(self.memory)


class Pool:
    """Memory waiting to be used again; may be used from any number of threads.

    Attributes:
        limit: how many bytes may wait at most.
        waiting_bytes: how many wait now.
        mapped: how often memory was asked from the operating system.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.waiting_bytes = 0
        self.mapped = 0
        self._waiting: list[Memory] = []
        self._lock = RLock()  # the same thread may come again: a block can die anywhere

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Give an array with arbitrary contents.

        >>> pool = Pool()
        >>> first = pool.empty((300, 200), np.dtype("float64"))
        >>> row = first[3]
        >>> del first
        >>> pool.waiting_bytes, pool.mapped
        (0, 1)
        >>> del row
        >>> pool.waiting_bytes, pool.empty((300, 200), np.dtype("float64")).shape, pool.mapped
        (524288, (300, 200), 1)
        """
        size = prod(shape) * dtype.itemsize
        if size < LARGE:
            return np.empty(shape, dtype)
        return np.asarray(Block(self, self._take(size), shape, dtype))

    def _take(self, size: int) -> Memory:
        unit = PAGE if size <= HUGE_PAGE else HUGE_PAGE
        size = -(-size // unit) * unit
        with self._lock:
            for place in reversed(range(len(self._waiting))):
                if size <= self._waiting[place].size <= size + size // 4:
                    memory = self._waiting.pop(place)
                    self.waiting_bytes -= memory.size
                    return memory
            self.mapped += 1
            number = self.mapped
        return Memory(size, number)

    def give_back(self, memory: Memory) -> None:
        """Keep memory for later, within the limit."""
        with self._lock:
            self._waiting.append(memory)
            self.waiting_bytes += memory.size
            while self.waiting_bytes > self.limit:
                self.waiting_bytes -= self._waiting.pop(0).size

    def clear(self) -> None:
        """Give all waiting memory back to the operating system."""
        with self._lock:
            self._waiting.clear()
            self.waiting_bytes = 0


POOL = Pool()
