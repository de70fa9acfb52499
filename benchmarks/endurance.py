"""A million calls and 32 threads: ``python benchmarks/endurance.py``. Fails if memory grows or results differ.

Resident memory is read from /proc, so the first part runs on Linux only.
"""

from __future__ import annotations

import gc
import pickle
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import symgraph as sg

CALLS, THREADS, CALLS_PER_THREAD = 1_000_000, 32, 10_000
GROWTH = 1 << 21  # bytes that the interpreter's own caches may take


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def functions() -> dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]]:
    x, y = sg.symbol("x", "n"), sg.symbol("y")
    arrays = sg.compile(sg.value_and_grad(sg.sum(sg.sin(x * y) * sg.exp(-(x**2))), [x, y]), [x, y])
    scalars = sg.compile(sg.value_and_grad(sg.exp(y) * sg.sin(y), y), [y])
    values = np.linspace(-1, 1, 20)
    out = (np.empty(()), [np.empty(20), np.empty(())])
    return {
        "numbers": (scalars, (0.5,), {}),
        "arrays": (arrays, (values, 0.5), {}),
        "arrays into out=": (arrays, (values, 0.5), {"out": out}),
        "strided arrays": (arrays, (values[::-1], 0.5), {}),
        "lists": (arrays, (values.tolist(), 1), {}),
    }


def endure() -> None:
    for name, (fn, arguments, keywords) in functions().items():
        for _ in range(20_000):
            fn(*arguments, **keywords)
        before, start = resident(), time.perf_counter()
        for _ in range(CALLS):
            fn(*arguments, **keywords)
        seconds, grown = time.perf_counter() - start, resident() - before
        print(
            f"{name:20} {CALLS} calls  {1e6 * seconds / CALLS:7.3f} µs a call  {grown / 1024:8.0f} KiB grown",
            flush=True,
        )
        if grown > GROWTH:
            sys.exit(f"{name}: memory grew by {grown} bytes")


def side_by_side() -> None:
    for name, (fn, arguments, keywords) in functions().items():
        if keywords:
            continue
        wanted = pickle.dumps(fn(*arguments))

        def work(_: int, fn: Any = fn, arguments: Any = arguments, wanted: bytes = wanted) -> bool:
            return all(pickle.dumps(fn(*arguments)) == wanted for _ in range(CALLS_PER_THREAD))

        with ThreadPoolExecutor(THREADS) as pool:
            same = all(pool.map(work, range(THREADS)))
        print(
            f"{name:20} {THREADS} threads, {CALLS_PER_THREAD} calls each: {'equal' if same else 'NOT EQUAL'}",
            flush=True,
        )
        if not same:
            sys.exit(1)


if __name__ == "__main__":
    endure()
    side_by_side()
