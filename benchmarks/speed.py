"""Compiled functions beside JAX and CasADi: ``python benchmarks/speed.py``. One thread, warm, minimum and median.

Peers that are not installed are left out. Set OMP_NUM_THREADS=1 for fair numbers; JAX is told here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ["SYMGRAPH_CACHE"] = "off"  # compile times are those of compiling
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

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


def neuron(exp: Any, w: Any) -> Any:
    return 1 / (1 + exp(-(w[0] * w[3] + w[1] * w[4] + w[2])))


def with_symgraph() -> None:
    w = list(sg.symbols("w0 w1 w2 x0 x1"))
    for label in ("compile neuron, first", "compile neuron, again"):
        start = time.perf_counter()
        fn = sg.compile(sg.value_and_grad(neuron(sg.exp, w), w), w)
        show(label, "symgraph", (time.perf_counter() - start,) * 2)
    show("neuron, value and gradient", "symgraph", measure(lambda: fn(2.0, -3.0, -3.0, -1.0, -2.0), 2000))
    many = sg.compile(sg.grad(neuron(sg.exp, w), w), w, batch=True)
    columns = list(np.random.default_rng(0).uniform(-1, 1, (5, POINTS)))
    show(f"neuron, gradient at {POINTS} points", "symgraph", measure(lambda: many(*columns)))
    x = sg.symbol("x", "n")
    total = sg.compile(sg.value_and_grad(sg.sum(sg.sin(x) * sg.exp(-(x**2))), x), [x])
    for size in SIZES:
        values = np.random.default_rng(0).uniform(-2, 2, size)
        show(f"sum sin(x)exp(-x^2), n = {size}", "symgraph", measure(lambda values=values: total(values)))  # type: ignore[misc]


def with_jax() -> None:
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return
    jax.config.update("jax_enable_x64", True)
    ready = jax.block_until_ready
    start = time.perf_counter()
    fn = jax.jit(jax.value_and_grad(lambda *w: neuron(jnp.exp, w), argnums=(0, 1, 2, 3, 4)))
    ready(fn(2.0, -3.0, -3.0, -1.0, -2.0))
    show("compile neuron, first", "jax", (time.perf_counter() - start,) * 2)
    show("neuron, value and gradient", "jax", measure(lambda: ready(fn(2.0, -3.0, -3.0, -1.0, -2.0)), 100))
    many = jax.jit(jax.vmap(jax.grad(lambda *w: neuron(jnp.exp, w), argnums=(0, 1, 2, 3, 4))))
    columns = [jnp.asarray(c) for c in np.random.default_rng(0).uniform(-1, 1, (5, POINTS))]
    show(f"neuron, gradient at {POINTS} points", "jax", measure(lambda: ready(many(*columns))))
    total = jax.jit(jax.value_and_grad(lambda x: jnp.sum(jnp.sin(x) * jnp.exp(-(x**2)))))
    for size in SIZES:
        values = jnp.asarray(np.random.default_rng(0).uniform(-2, 2, size))
        show(f"sum sin(x)exp(-x^2), n = {size}", "jax", measure(lambda values=values: ready(total(values))))  # type: ignore[misc]


def with_casadi() -> None:
    try:
        import casadi
    except ImportError:
        return
    w = casadi.SX.sym("w", 5)
    f = neuron(casadi.exp, [w[i] for i in range(5)])
    fn = casadi.Function("f", [w], [f, casadi.gradient(f, w)])
    show("neuron, value and gradient", "casadi", measure(lambda: fn([2.0, -3.0, -3.0, -1.0, -2.0]), 200))


if __name__ == "__main__":
    print(f"{'':36} {'':10} {'min, µs':>14} {'median, µs':>14}")
    with_symgraph()
    with_jax()
    with_casadi()
