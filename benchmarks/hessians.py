"""Hessians of vector and matrix functions beside JAX, PyTorch and CasADi: ``python benchmarks/hessians.py``.

The functions are those that Laue, Mitterreiter and Giesen time (NeurIPS 2018): logistic regression, matrix
factorisation with k = 5, a small tanh network, and a quadratic form. Dense Hessians, one thread (every tool is kept on
one core), warm, blocked until the numbers are there. Each tool runs in a process of its own; memory is what its peak
grows by during the calls. A tool is left out of larger sizes where these would take much longer than ``LONGEST``
seconds, and altogether if it is absent. CasADi's result for the factorisation is sparse. ``work`` is processor time,
the mean of all calls: what other programs take from a shared machine does not count. The ratio is made of it, and so is
``ready``, what comes before the first timed call: deriving, compiling and one call.
``python benchmarks/hessians.py "tanh network"`` runs one problem.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["SYMGRAPH_CACHE"] = "off"

import numpy as np

LONGEST = 3.0
SECONDS = 0.5
K = 5
SIZES = {
    "logistic regression": (10, 30, 100, 300, 1000),
    "matrix factorisation": (10, 30, 100, 300),
    "tanh network": (10, 30, 100, 300, 1000),
    "quadratic form": (10, 30, 100, 300, 1000),
}
TOOLS = ("symgraph compile", "symgraph evaluate", "symgraph factored", "jax", "torch", "casadi")


def data(problem: str, n: int) -> list[Any]:
    """The variable first, then what stays fixed."""
    rng = np.random.default_rng(n)
    if problem == "logistic regression":
        return [rng.normal(size=n), rng.normal(size=(2 * n, n)) / n**0.5, rng.choice([-1.0, 1.0], size=2 * n)]
    if problem == "matrix factorisation":
        return [rng.normal(size=(n, K)), rng.normal(size=(n, n)), rng.normal(size=(n, K))]
    if problem == "tanh network":
        return [rng.normal(size=n), *(rng.normal(size=(n, n)) / n**0.5 for _ in range(2))]
    return [rng.normal(size=n), rng.normal(size=(n, n))]


def function(problem: str, xp: Any) -> Callable[..., Any]:
    """The function in the notation that all array libraries share."""
    return {
        "logistic regression": lambda w, Z, t: xp.sum(xp.log(1 + xp.exp(-t * (Z @ w)))),
        "matrix factorisation": lambda U, T, W: xp.sum((T - U @ W.T) ** 2),
        "tanh network": lambda x, V, W: xp.sum(xp.tanh(W @ xp.tanh(V @ x)) ** 2),
        "quadratic form": lambda x, A: x @ A @ x,
    }[problem]


def with_symgraph(problem: str, how: str) -> Callable[[int], Callable[[], Any]]:
    import symgraph as sg

    def prepare(n: int) -> Callable[[], Any]:
        values = data(problem, n)
        symbols = [sg.symbol(f"a{place}", value.shape) for place, value in enumerate(values)]
        hessian = sg.hessian(function(problem, sg)(*symbols), symbols[0])
        if how == "evaluate":
            return lambda: sg.evaluate(hessian, dict(zip(symbols, values, strict=True)))
        outputs = sg.structure(hessian).values if how == "factored" else hessian
        fn = sg.compile(outputs, symbols)
        return lambda: fn(*values)

    return prepare


def with_jax(problem: str) -> Callable[[int], Callable[[], Any]]:
    import jax

    jax.config.update("jax_enable_x64", True)
    fn = jax.jit(jax.hessian(function(problem, jax.numpy)))

    def prepare(n: int) -> Callable[[], Any]:
        values = [jax.numpy.asarray(value) for value in data(problem, n)]
        return lambda: jax.block_until_ready(fn(*values))

    return prepare


def with_torch(problem: str) -> Callable[[int], Callable[[], Any]]:
    import torch

    torch.set_num_threads(1)
    fn = torch.func.hessian(function(problem, torch))

    def prepare(n: int) -> Callable[[], Any]:
        values = [torch.from_numpy(value) for value in data(problem, n)]
        return lambda: fn(*values)

    return prepare


def with_casadi(problem: str) -> Callable[[int], Callable[[], Any]]:
    import casadi

    functions: dict[str, Callable[..., Any]] = {
        "logistic regression": lambda w, Z, t: casadi.sum1(casadi.log(1 + casadi.exp(-t * (Z @ w)))),
        "matrix factorisation": lambda U, T, W: casadi.sumsqr(T - U @ W.T),
        "tanh network": lambda x, V, W: casadi.sumsqr(casadi.tanh(W @ casadi.tanh(V @ x))),
        "quadratic form": lambda x, A: x.T @ A @ x,
    }

    def prepare(n: int) -> Callable[[], Any]:
        values = data(problem, n)
        flat = casadi.MX.sym("x", values[0].size)
        x = flat if values[0].ndim == 1 else casadi.reshape(flat, values[0].shape[1], -1).T  # rows first, as NumPy
        fixed = [casadi.MX.sym(f"a{place}", *value.shape) for place, value in enumerate(values[1:])]
        hessian = casadi.hessian(functions[problem](x, *fixed), flat)[0]
        fn = casadi.Function("h", [flat, *fixed], [hessian])
        given = [casadi.DM(value) for value in (values[0].ravel(), *values[1:])]
        return lambda: fn(*given)

    return prepare


def tool(name: str, problem: str) -> Callable[[int], Callable[[], Any]]:
    if name.startswith("symgraph"):
        return with_symgraph(problem, name.split()[1])
    return {"jax": with_jax, "torch": with_torch, "casadi": with_casadi}[name](problem)


def peak_memory() -> float:
    """The peak of resident memory since :func:`forget_peak`, in megabytes (Linux)."""
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def forget_peak() -> float:
    Path("/proc/self/clear_refs").write_text("5")
    return peak_memory()


def times(call: Callable[[], Any]) -> list[float]:
    found: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(found) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
        if found[-1] > LONGEST:
            break
    return found


def child(name: str, problem: str) -> None:
    """Time one tool on one problem, and print a line of JSON for each size."""
    if hasattr(os, "sched_setaffinity"):  # JAX uses several threads whatever its flags say
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    prepare = tool(name, problem)
    for n in SIZES[problem]:
        before, start = forget_peak(), time.process_time()
        call = prepare(n)
        first = np.asarray(call()) if name != "symgraph factored" else None
        ready = time.process_time() - start
        if first is not None:
            check(problem, n, first)
        start = time.process_time()
        measured = times(call)
        work = (time.process_time() - start) / len(measured)
        row = {"n": n, "ready": ready, "work": work, "best": min(measured), "median": median(measured)}
        print(json.dumps(row | {"memory": peak_memory() - before}), flush=True)
        if (n > SIZES[problem][0] and ready > LONGEST / 2) or row["work"] > LONGEST / 10:  # the next is ten times it
            return


def check(problem: str, n: int, found: Any) -> None:
    """Compare with closed forms."""
    values = data(problem, n)
    if problem == "logistic regression":
        w, Z, t = values
        s = 1 / (1 + np.exp(-t * (Z @ w)))
        wanted = (Z.T * (s * (1 - s) * t**2)) @ Z
    elif problem == "matrix factorisation":
        wanted = 2 * np.kron(np.eye(n), values[2].T @ values[2])
    elif problem == "tanh network":
        x, V, W = values
        h = np.tanh(V @ x)
        y = np.tanh(W @ h)
        J = ((1 - y**2)[:, None] * W * (1 - h**2)) @ V
        inner = W.T @ (2 * y * (1 - y**2)) * -2 * h * (1 - h**2)
        outer = (W * (1 - h**2)) @ V
        wanted = 2 * J.T @ J + (V.T * inner) @ V + (outer.T * (-4 * y**2 * (1 - y**2))) @ outer
    else:
        wanted = values[1] + values[1].T
    gap = np.max(np.abs(np.reshape(found, wanted.shape) - wanted)) / np.max(np.abs(wanted))
    assert gap < 1e-9, f"{problem}, n = {n}: relative error {gap}"


def main(problems: list[str]) -> None:
    print("| Hessian | n | tool | ready (s) | best (ms) | median (ms) | work (ms) | ratio | memory (MB) |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for problem in problems:
        rows: dict[int, dict[str, Any]] = {}
        for name in TOOLS:
            done = subprocess.run([sys.executable, __file__, name, problem], capture_output=True, text=True)
            for line in done.stdout.splitlines():
                row = json.loads(line)
                rows.setdefault(row["n"], {})[name] = row
            if done.returncode:
                last = done.stderr.strip().splitlines()
                print(f"{name}, {problem}: {last[-1] if last else 'stopped'}", file=sys.stderr)
        for n, found in rows.items():
            own = found.get("symgraph compile", {"work": float("nan")})["work"]  # nan: it stopped at a smaller size
            for name, row in found.items():
                parts = [f"{row['ready']:.2f}", *[f"{row[key] * 1e3:.3f}" for key in ("best", "median", "work")]]
                cells = " | ".join(parts)
                print(
                    f"| {problem} | {n} | {name} | {cells} | {row['work'] / own:.2f} | {row['memory']:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(*sys.argv[1:])
    else:
        main(sys.argv[1:] or list(SIZES))
