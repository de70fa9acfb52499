"""Symbol to number and symbol to symbol: back-propagated numbers, gradient nodes and the forward table all agree."""

import numpy as np
import pytest

import symgraph as sg
from symgraph.testing import random_graph


@pytest.mark.parametrize("seed", range(120))
def test_numbers_nodes_and_tangents_agree(seed: int) -> None:
    graph = random_graph(seed, 2 + seed % 6)
    f, wrt, values = graph.output, graph.symbols, graph.values
    if not wrt:
        return
    result = sg.backpropagate(f, values)
    nodes = sg.evaluate(sg.grad(f, wrt, simplify=None), values, simplify=None)
    along = {x: np.ones(x.shape) for x in wrt}
    trace = sg.forward_trace(f, values, seed=along)
    total = 0.0
    rounding = 1e-15 * sum(float(np.sum(np.abs(g))) for g in nodes)  # all that is left of a derivative that is 0
    largest = max(float(np.max(np.abs(g))) for g in result.adjoints.values() if np.all(np.isfinite(g)) and np.size(g))
    for x, expected in zip(wrt, nodes, strict=True):
        found = result.gradient(x)
        if not np.any(expected):  # what cancels leaves the rounding of what is added
            rounding = max(rounding, 1e-15 * largest)
        scale = np.max(np.abs(expected), initial=1e-300)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=max(1e-10 * scale, rounding))
        total += float(np.sum(expected))
    size = sum(float(np.sum(np.abs(g))) for g in nodes)
    left = 1e-9 * size if size else 1e-15 * largest
    assert trace.tangent == pytest.approx(total, rel=1e-8, abs=left)
    assert trace.value == pytest.approx(sg.evaluate(f, values, simplify=None), rel=1e-12, nan_ok=True)


def test_every_step_says_what_happened() -> None:
    x, y = sg.symbols("x y")
    result = sg.backpropagate(x * y + x, {x: 2.0, y: 3.0})
    text = str(result)
    assert "[local 3.00] × [upstream 1.00] = 3.00 → x; branches meet: total 4.00" in text
    assert "  3. ×#3 = 6.00" in text and "0. adjoint of +#4 = 1" in text and "[upstream 1.00] = 1.00 → ×#3" in text
    assert result.adjoints[x * y] == 1.0


def test_gates_stay_as_written() -> None:
    """The numbers are those of the textbook's gates, not of a rewritten formula."""
    s = sg.symbol("s")
    result = sg.backpropagate(1 / (1 + sg.exp(-s)), {s: 1.0})
    assert [step.node.op.name for step in result.steps if hasattr(step, "upstream")] == [
        "divide",
        "add",
        "exp",
        "negative",
    ]


@pytest.mark.parametrize(
    ("f", "error"), [(sg.symbol("v", 2), "real scalar"), (sg.symbol("n", dtype="int64"), "real scalar")]
)
def test_what_cannot_be_backpropagated_is_refused(f: sg.Node, error: str) -> None:
    with pytest.raises(sg.DifferentiationError, match=error):
        sg.backpropagate(f, {})


def test_named_sizes_are_those_of_the_values() -> None:
    """The rule of a sum over a named dimension needs its size, which only the inputs tell."""
    W, x = sg.symbol("W", ("n", "m")), sg.symbol("x", "m")
    w, v = np.array([[0.1, 0.5], [-0.3, 0.8], [1.0, 2.0]]), np.array([0.2, 0.4])
    found = sg.backpropagate(sg.sum((W @ x) ** 2), {W: w, x: v})
    assert np.allclose(found.gradient(W), 2 * np.outer(w @ v, v), rtol=1e-15)
    assert np.allclose(found.gradient(x), 2 * w.T @ (w @ v), rtol=1e-15)
