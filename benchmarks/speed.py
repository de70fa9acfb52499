"""Compiled functions beside seven other tools: ``python benchmarks/speed.py``. One thread, warm, minimum and median.

Value and gradient of a five-input neuron, one call; and of Σ sin(x)·exp(−x²) for three sizes. Every tool's numbers are
compared with symgraph's before anything is timed; tools that are not installed are named. ``--only NAME …`` runs some.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

# One thread for everybody: before any of the tools is loaded.
os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})
os.environ["NUMBA_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["SYMGRAPH_CACHE"] = "off"  # compile times are those of compiling

import numpy as np
from speed_peers import NEURON_POINT, PEERS, neuron

import symgraph as sg

SIZES = (1_000, 100_000, 2_000_000)
POINTS = 1_000_000
SECONDS = 1.0


def measure(call: Callable[[], Any], batch: int = 1) -> tuple[float, float]:
    """Give minimum and median seconds of one call."""
    for _ in range(3):
        call()
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(batch):
            call()
        times.append((time.perf_counter() - start) / batch)
    return min(times), median(times)


def show(what: str, who: str, times: tuple[float, float]) -> None:
    print(f"{what:36} {who:10} {times[0] * 1e6:14.3f} {times[1] * 1e6:14.3f}", flush=True)


def points(size: int) -> Any:
    return np.random.default_rng(0).uniform(-2, 2, size)


def measured_symgraph() -> tuple[Any, Any]:
    """Measure symgraph; give its answers for the others to be compared with."""
    w = list(sg.symbols("w0 w1 w2 x0 x1"))
    for label in ("compile neuron, first", "compile neuron, again"):
        start = time.perf_counter()
        fn = sg.compile(sg.value_and_grad(neuron(sg.exp, w), w), w)
        show(label, "symgraph", (time.perf_counter() - start,) * 2)
    show("neuron, value and gradient", "symgraph", measure(lambda: fn(*NEURON_POINT), 2000))
    many = sg.compile(sg.grad(neuron(sg.exp, w), w), w, batch=True)
    columns = list(np.random.default_rng(0).uniform(-1, 1, (5, POINTS)))
    show(f"neuron, gradient at {POINTS} points", "symgraph", measure(lambda: many(*columns)))
    x = sg.symbol("x", "n")
    total = sg.compile(sg.value_and_grad(sg.sum(sg.sin(x) * sg.exp(-(x**2))), x), [x])
    for size in SIZES:
        values = points(size)
        show(f"sum sin(x)exp(-x^2), n = {size}", "symgraph", measure(lambda values=values: total(values)))  # type: ignore[misc]
    return fn(*NEURON_POINT), total(points(SIZES[0]))


def measured_peer(name: str, answers: tuple[Any, Any]) -> None:
    """Measure another tool, after its numbers have been compared."""
    try:
        start = time.perf_counter()
        scalar = PEERS[name].neuron()
        value = scalar()
        show("import, compile neuron, first call", name, (time.perf_counter() - start,) * 2)
    except ImportError as error:
        print(f"{name} left out: {error}")
        return
    assert_same(name, value, answers[0])
    show("neuron, value and gradient", name, measure(scalar, 100))
    if PEERS[name].total is None:
        return
    total = PEERS[name].total()
    assert_same(name, total(points(SIZES[0]))(), answers[1])
    for size in SIZES:
        show(f"sum sin(x)exp(-x^2), n = {size}", name, measure(total(points(size))))


def assert_same(name: str, found: Any, wanted: Any) -> None:
    """Compare value and gradient to 12 digits."""
    flat = [np.concatenate([np.ravel(np.asarray(part, float)) for part in (a, b)]) for a, b in (found, wanted)]
    np.testing.assert_allclose(*flat, rtol=1e-12, atol=1e-12, err_msg=name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(PEERS), choices=list(PEERS), help="these tools")
    chosen = parser.parse_args().only
    print(f"{'':36} {'':10} {'min, µs':>14} {'median, µs':>14}")
    answers = measured_symgraph()
    for name in chosen:
        measured_peer(name, answers)


if __name__ == "__main__":
    main()
