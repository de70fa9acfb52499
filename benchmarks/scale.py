"""Large graphs: nodes per second and linearity, beside SymPy, CasADi and JAX in the same run.

    python benchmarks/scale.py [--nodes 1000000]

The workload is the chain y = sin(y)·x, repeated. "Built" and "differentiated" count the nodes of the function.
Peers that are not installed are named and left out. One process, one thread; times are wall seconds.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import symgraph as sg
from symgraph.core.traversal import topological


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Run once and give the result with the seconds it took."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def chain(x: Any, nodes: int, sin: Callable[[Any], Any]) -> Any:
    """Build y = sin(y)·x until there are about ``nodes`` nodes."""
    y = x
    for _ in range(nodes // 2):
        y = sin(y) * x
    return y


def shared(x: Any, levels: int) -> Any:
    """Build ``levels`` levels of y = y·y + y, whose tree would have 3^levels leaves."""
    y = x
    for _ in range(levels):
        y = y * y + y
    return y


def stages(nodes: int) -> dict[str, float]:
    """Time every stage of the life of a chain of ``nodes`` nodes."""
    x = sg.symbol("x")
    seconds = {}
    y, seconds["build"] = timed(lambda: chain(x, nodes, sg.sin))
    g, seconds["differentiate"] = timed(lambda: sg.grad(y, x))
    _, seconds["evaluate"] = timed(lambda: sg.evaluate([y, g], {x: 1.3}))
    _, seconds["list"] = timed(y.listing)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.json"
        _, seconds["save"] = timed(lambda: sg.save(path, y))
        _, seconds["load"] = timed(lambda: sg.load(path))
    print(f"  {nodes:>9} nodes; with the gradient {len(topological([y, g]))}")
    held = [y, g]
    y = g = None
    _, seconds["free"] = timed(held.clear)
    return seconds


def linearity(nodes: int) -> None:
    """Compare N with 2N nodes under a recursion limit of 150."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(150)
    half, whole = stages(nodes // 2), stages(nodes)
    sys.setrecursionlimit(before)
    print(f"{'stage':15} {'N/2 (s)':>9} {'N (s)':>9} {'ratio':>6} {'nodes/s':>10}")
    for name in whole:
        rate = nodes / whole[name] if whole[name] else float("inf")
        print(f"{name:15} {half[name]:9.3f} {whole[name]:9.3f} {whole[name] / half[name]:6.2f} {rate:10.0f}")


def sharing(levels: int) -> None:
    """Differentiate a graph whose tree would be astronomically large."""
    x = sg.symbol("x")
    y = shared(x, levels)
    g, seconds = timed(lambda: sg.grad(y, x))
    sizes = f"{len(topological([y]))} nodes, with gradient {len(topological([y, g]))}"
    print(f"{levels} levels of y·y + y: {sizes}, {seconds:.3f} s")


def orders() -> None:
    """Print node counts of high derivatives."""
    x = sg.symbol("x")
    for name, f in (("sin∘sin∘sin", sg.sin(sg.sin(sg.sin(x)))), ("tanh(x)·sin(x)+x³", sg.tanh(x) * sg.sin(x) + x**3)):
        sizes = [len(topological([sg.derivative(f, x, n)])) for n in range(1, 11)]
        print(f"{name}: nodes of the derivatives of order 1…10: {sizes}")


def peers(nodes: int) -> None:
    """Build and differentiate the same chain with other tools, as long as they can be had."""
    print(f"{'tool':10} {'nodes':>8} {'built/s':>10} {'differentiated/s':>17}")
    for name, module, run, size in (
        ("symgraph", "symgraph", _symgraph, nodes),
        ("CasADi SX", "casadi", _casadi, nodes),
        ("JAX", "jax", _jax, 4_000),
        ("SymPy", "sympy", _sympy, 100),
    ):
        if importlib.util.find_spec(module) is None:
            print(f"{name:10} not installed: pip install {module}")
            continue
        built, differentiated = run(size)
        print(f"{name:10} {size:8} {size / built:10.0f} {size / differentiated:17.0f}")


def _symgraph(size: int) -> tuple[float, float]:
    x = sg.symbol("x")
    y, built = timed(lambda: chain(x, size, sg.sin))
    return built, timed(lambda: sg.grad(y, x))[1]


def _casadi(size: int) -> tuple[float, float]:
    import casadi

    x = casadi.SX.sym("x")
    y, built = timed(lambda: chain(x, size, casadi.sin))
    return built, timed(lambda: casadi.gradient(y, x))[1]


def _jax(size: int) -> tuple[float, float]:
    import jax

    def f(x: Any) -> Any:
        return chain(x, size, jax.numpy.sin)

    return timed(lambda: jax.make_jaxpr(f)(1.0))[1], timed(lambda: jax.make_jaxpr(jax.grad(f))(1.0))[1]


def _sympy(size: int) -> tuple[float, float]:
    import sympy

    x = sympy.Symbol("x")
    y, built = timed(lambda: chain(x, size, sympy.sin))
    return built, timed(lambda: sympy.diff(y, x))[1]


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=1_000_000)
    nodes = parser.parse_args().nodes
    linearity(nodes)
    sharing(1000)
    orders()
    peers(100_000)


if __name__ == "__main__":
    main()
