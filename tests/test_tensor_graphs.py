"""Random tensor programs: gradients and Hessian-vector products against 30-digit differences, and against JAX.

``pytest tests/test_tensor_graphs.py --long`` compares 500 graphs with JAX instead of 100.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.testing import TensorGraph, line_derivatives_of, random_tensor_graph

TOLERANCE = 1e-10
BLOCK = 20
BLOCKS_IN_DIGITS, BLOCKS_AGAINST_JAX, BLOCKS_WHEN_LONG = 3, 5, 25
COMPILED = 5  # one graph in so many is compiled too


def close(got: Any, want: Any, what: str) -> None:
    want = np.asarray(want, float)
    scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
    np.testing.assert_allclose(np.asarray(got, float), want, rtol=0, atol=TOLERANCE * scale, err_msg=what)


def directions(graph: TensorGraph) -> list[Any]:
    rng = np.random.default_rng([graph.seed, 1])
    return [rng.uniform(-1, 1, size=np.shape(value)) for value in graph.values.values()]


def derivatives(graph: TensorGraph, v: list[sg.Node]) -> list[sg.Node]:
    """The function, its gradient and its Hessian times v."""
    return [graph.output, *sg.grad(graph.output, graph.symbols), *sg.hvp(graph.output, graph.symbols, v)]


def named(graph: TensorGraph) -> list[sg.Node]:
    return [sg.symbol(f"v_{s.name}", s.shape) for s in graph.symbols]


def computed(graph: TensorGraph, compiled: bool) -> list[Any]:
    """Numbers of the function, gradient and Hessian-vector product, for directions that are variables too."""
    v, step = named(graph), directions(graph)
    outputs = derivatives(graph, v)
    if compiled:
        return list(sg.compile(outputs, [*graph.symbols, *v])(*graph.values.values(), *step))
    return list(sg.evaluate(outputs, {**graph.values, **dict(zip(v, step, strict=True))}))


def size(seed: int) -> int:
    return 3 + seed % 9


@pytest.mark.parametrize("block", range(BLOCKS_IN_DIGITS))
def test_against_differences_in_many_digits(block: int) -> None:
    """⟨grad, v⟩ and ⟨v, Hv⟩ are the derivatives along v, which need no rule of differentiation."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        graph = random_tensor_graph(seed, size(seed))
        step = directions(graph)
        along = dict(zip(graph.symbols, step, strict=True))
        value, slope, curvature = map(float, line_derivatives_of(graph.output, graph.values, along, 2))
        found = computed(graph, False)
        count = len(step)
        close(found[0], value, f"seed {seed}: value")
        close(sum(np.sum(g * d) for g, d in zip(found[1 : 1 + count], step, strict=True)), slope, f"seed {seed}")
        close(sum(np.sum(g * d) for g, d in zip(found[1 + count :], step, strict=True)), curvature, f"seed {seed}")


@pytest.mark.parametrize("block", range(BLOCKS_IN_DIGITS))
def test_modes_products_and_machine_code_agree(block: int) -> None:
    """Reverse over reverse, forward over reverse, Jacobians in every mode, and compiled code."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK, COMPILED):
        graph = random_tensor_graph(seed, size(seed))
        found, count = computed(graph, False), len(graph.symbols)
        for got, want in zip(computed(graph, True), found, strict=True):
            close(got, want, f"seed {seed}: compiled")
        gradients = sg.grad(graph.output, graph.symbols)
        step, v = directions(graph), named(graph)
        twice = sg.vjp(gradients, graph.symbols, v)
        at = {**graph.values, **dict(zip(v, step, strict=True))}
        for got, want in zip(sg.evaluate(twice, at), found[1 + count :], strict=True):
            close(got, want, f"seed {seed}: reverse over reverse")
        for mode in ("reverse", "forward"):
            rows = sg.evaluate(sg.hessian(graph.output, graph.symbols, mode=mode), graph.values, sizes=graph.sizes)
            for row, want in zip(rows, found[1 + count :], strict=True):
                product = sum(np.tensordot(h, d, d.ndim) for h, d in zip(row, step, strict=True))
                close(product, want, f"seed {seed}: Hessian by {mode} mode")


@pytest.mark.parametrize("block", range(BLOCKS_WHEN_LONG))
def test_against_jax(block: int, pytestconfig: pytest.Config) -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed; the comparison with many digits runs without it")
    if block >= BLOCKS_AGAINST_JAX and not pytestconfig.getoption("--long"):
        pytest.skip("graphs beyond the first hundred only with --long")
    jax.config.update("jax_enable_x64", True)
    for seed in range(10_000 + block * BLOCK, 10_000 + (block + 1) * BLOCK):
        graph = random_tensor_graph(seed, size(seed))
        inputs, step = list(graph.values.values()), directions(graph)

        def function(given: list[Any], graph: TensorGraph = graph) -> Any:
            return graph.run(jax.numpy, given)

        both = jax.jit(lambda x, d, f=function: jax.jvp(jax.value_and_grad(f), (x,), (d,)))
        (value, slopes), (_, products) = both(inputs, step)
        for compiled in (False, True) if seed % COMPILED == 0 else (False,):
            found = computed(graph, compiled)
            close(found[0], value, f"seed {seed}: value")
            for got, want in zip(found[1:], [*slopes, *products], strict=True):
                close(got, want, f"seed {seed}, compiled {compiled}")
