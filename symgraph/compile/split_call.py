"""A batch in parts: in threads, or point by point where an operator has no batch axis of its own.

Every part is an ordinary call of the compiled function on slices of the arguments, with slices of the results as
``out=``. Native code runs without the interpreter's lock, so threads run side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from ..core.node import Node
from ..core.traversal import resize
from .array_call import bound_sizes, into, read_array
from .pool import POOL

LEAST_PART = 2048  # points; handing less to a thread costs more than it saves


@cache
def executor(threads: int) -> ThreadPoolExecutor:
    """Give the threads that all compiled functions with this number share."""
    return ThreadPoolExecutor(threads, thread_name_prefix="symgraph")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=executor.cache_clear)  # threads do not live on in a forked process


class SplitCall:
    """A callable that takes the arguments in order and gives the list of results.

    Args:
        part: the compiled function of a part: of one point, or of a batch if ``threads`` is given.
        inputs: the symbols with their leading batch axis.
        outputs: the nodes of one point.
    """

    def __init__(
        self, part: Callable[..., Any], inputs: Sequence[Node], outputs: Sequence[Node], threads: int | None
    ) -> None:
        self.part = part
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.threads = threads

    def __call__(self, arguments: Sequence[Any], out: Sequence[Any] | None = None) -> list[Any]:
        if len(arguments) != len(self.inputs):
            raise TypeError(f"this function takes {len(self.inputs)} positional arguments, not {len(arguments)}")
        values = {node: read_array(node, value) for node, value in zip(self.inputs, arguments, strict=True)}
        sizes = bound_sizes(values)
        count = sizes[str(self.inputs[0].shape[0])]
        given = list(values.values())
        targets = [
            self._target(POOL.empty((count, *resize(node.shape, sizes)), np.dtype(node.dtype)), place, given, out)
            for place, node in enumerate(self.outputs)
        ]
        self._run(given, targets, count)
        return targets if out is None else [into(out[place], value, place) for place, value in enumerate(targets)]

    def _target(self, fresh: Any, place: int, given: Sequence[Any], out: Sequence[Any] | None) -> Any:
        """Give the caller's array where the parts may be written into it one after the other."""
        if out is None:
            return fresh
        array = out[place]
        fits = type(array) is np.ndarray and (array.shape, array.dtype) == (fresh.shape, fresh.dtype)
        if not fits or not array.flags.writeable:
            return fresh
        others = [each for i, each in enumerate(out) if i != place and isinstance(each, np.ndarray)]
        return fresh if any(np.may_share_memory(array, each) for each in (*given, *others)) else array

    def _run(self, given: Sequence[Any], targets: Sequence[Any], count: int) -> None:
        if self.threads is None:
            for i in range(count):
                self.part(*[array[i] for array in given], out=[target[i, ...] for target in targets])
            return
        parts = max(1, min(self.threads, count // LEAST_PART))
        edges = [count * i // parts for i in range(parts + 1)]

        def work(i: int) -> None:
            here = slice(edges[i], edges[i + 1])
            self.part(*[array[here] for array in given], out=[target[here] for target in targets])

        waiting = [executor(self.threads).submit(work, i) for i in range(1, parts)]
        try:
            work(0)
        finally:
            failed = [error for error in [each.exception() for each in waiting] if error is not None]
        if failed:
            raise failed[0]
