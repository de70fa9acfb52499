"""Gradients of scalar formulas at a million points: ``python benchmarks/batch.py``. One thread each, warm.

symgraph with ``batch=True`` beside ``jax.jit(jax.vmap(jax.grad(f)))``, both blocked until the result is there and
both giving fresh results; minimum and median. The two take turns, and each result is compared with the other's.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import symgraph as sg

POINTS = 1_000_000
ROUNDS, CALLS = 8, 4


@dataclass(frozen=True)
class Formula:
    """A formula of scalars: ``f(library, *variables)`` and the range of each variable."""

    name: str
    f: Callable[..., Any]
    ranges: dict[str, tuple[float, float]]


def neuron(np: Any, w0: Any, w1: Any, w2: Any, x0: Any, x1: Any) -> Any:
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def lennard_jones(np: Any, r: Any, depth: Any, size: Any) -> Any:
    return 4 * depth * ((size / r) ** 12 - (size / r) ** 6)


def morse(np: Any, r: Any, depth: Any, a: Any, r0: Any) -> Any:
    return depth * (1 - np.exp(-a * (r - r0))) ** 2


def planck(np: Any, frequency: Any, temperature: Any) -> Any:
    return 2 * frequency**3 / (np.exp(frequency / temperature) - 1)


def van_der_waals(np: Any, volume: Any, temperature: Any, a: Any, b: Any) -> Any:
    """The Helmholtz energy of a van der Waals gas, in units of R."""
    return -temperature * (1 + np.log((volume - b) * temperature**1.5)) - a / volume


def kinetic(np: Any, mass: Any, velocity: Any) -> Any:
    """The relativistic kinetic energy, with c = 1."""
    return mass * (1 / np.sqrt(1 - velocity**2) - 1)


def kepler(np: Any, anomaly: Any, eccentricity: Any, axis: Any) -> Any:
    """The distance from the focus after one Newton step for the eccentric anomaly."""
    first = anomaly + eccentricity * np.sin(anomaly)
    step = (first - eccentricity * np.sin(first) - anomaly) / (1 - eccentricity * np.cos(first))
    return axis * (1 - eccentricity * np.cos(first - step))


def double_pendulum(np: Any, a: Any, b: Any, u: Any, v: Any) -> Any:
    """The energy of a double pendulum: angles a and b, their speeds u and v; masses, lengths and gravity are 1."""
    return u**2 + v**2 / 2 + u * v * np.cos(a - b) - 2 * np.cos(a) - np.cos(b)


FORMULAS = (
    Formula("neuron", neuron, dict.fromkeys(("w0", "w1", "w2", "x0", "x1"), (-1.0, 1.0))),
    Formula("Lennard-Jones", lennard_jones, {"r": (0.9, 3), "depth": (0.5, 2), "size": (0.9, 1.1)}),
    Formula("Morse", morse, {"r": (0.5, 3), "depth": (1, 5), "a": (0.5, 2), "r0": (0.7, 1.5)}),
    Formula("Planck", planck, {"frequency": (0.1, 5), "temperature": (0.5, 3)}),
    Formula("van der Waals", van_der_waals, {"volume": (2, 9), "temperature": (1, 4), "a": (0, 2), "b": (0, 1)}),
    Formula("relativistic kinetic energy", kinetic, {"mass": (0.1, 2), "velocity": (-0.9, 0.9)}),
    Formula("double pendulum", double_pendulum, dict.fromkeys(("a", "b", "u", "v"), (-3.0, 3.0))),
    Formula("Kepler", kepler, {"anomaly": (0, 6), "eccentricity": (0, 0.6), "axis": (1, 2)}),
)


def ours(formula: Formula) -> Callable[..., Any]:
    symbols = [sg.symbol(name) for name in formula.ranges]
    return sg.compile(sg.grad(formula.f(sg, *symbols), symbols), symbols, batch=True)


def jax_call(formula: Formula) -> Callable[..., Any] | None:
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    places = tuple(range(len(formula.ranges)))
    fn = jax.jit(jax.vmap(jax.grad(lambda *v: formula.f(jnp, *v), argnums=places)))
    return lambda *columns: jax.block_until_ready(fn(*columns))


def alternating(calls: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Time the calls in turns, so that all meet the same machine."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            call()
            for _ in range(CALLS):
                start = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - start)
    return times


def compare(formula: Formula) -> None:
    rng = np.random.default_rng(0)
    columns = [rng.uniform(*span, POINTS) for span in formula.ranges.values()]
    fn = ours(formula)
    calls = {"symgraph": lambda: fn(*columns)}
    peer = jax_call(formula)
    if peer is not None:
        import jax.numpy as jnp

        theirs = [jnp.asarray(column) for column in columns]
        calls["jax"] = lambda: peer(*theirs)
        for mine, other in zip(fn(*columns), peer(*theirs), strict=True):
            np.testing.assert_allclose(mine, np.asarray(other), rtol=1e-7, atol=1e-9)
    times = alternating(calls)
    cells = [f"{1e3 * min(t):10.2f} {1e3 * median(t):10.2f}" for t in times.values()]
    if peer is not None:
        cells.append(f"{min(times['jax']) / min(times['symgraph']):8.1f}")
        cells.append(f"{median(times['jax']) / median(times['symgraph']):8.1f}")
    print(f"{formula.name:28} " + " ".join(cells), flush=True)


if __name__ == "__main__":
    print(f"gradient at {POINTS} points, ms; Python {sys.version.split()[0]}, NumPy {np.__version__}")
    print(f"{'':28} {'symgraph':>21} {'jax':>21} {'times as fast':>17}")
    print(f"{'':28} " + f"{'min':>10} {'median':>10} " * 2 + f"{'min':>8} {'median':>8}")
    for each in FORMULAS:
        compare(each)
