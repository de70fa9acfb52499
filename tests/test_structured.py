"""Structure in derivatives: how many passes, which mode, and what stays symbolic."""

from __future__ import annotations

import pytest

import symgraph as sg
from symgraph.core.traversal import topological


@pytest.mark.parametrize("count", [2, 20, 200])
def test_vjp_of_many_outputs_is_one_pass(count: int) -> None:
    """Each output adds a constant number of nodes; the shared chain is walked back once."""
    x = sg.symbol("x")
    shared = x
    for _ in range(100):
        shared = sg.sin(shared)
    outputs = [float(k + 2) * shared for k in range(count)]
    cotangents = [sg.symbol(f"c{k}") for k in range(count)]
    product = sg.vjp(outputs, x, cotangents)
    assert len(topological([product])) <= 100 * 3 + 6 * count
    weighted = sg.grad(sum((c * y for c, y in zip(cotangents, outputs, strict=True)), sg.constant(0.0)), x)
    values = {x: 0.7, **{c: 1.0 / (k + 1) for k, c in enumerate(cotangents)}}
    assert sg.evaluate(product, values) == pytest.approx(sg.evaluate(weighted, values), rel=1e-13)


def test_vjp_of_outputs_that_use_each_other_and_that_repeat() -> None:
    x = sg.symbol("x")
    y = sg.exp(x)
    z = sg.sin(y)
    a, b, c = sg.symbols("a b c")
    product = sg.vjp([y, z, y, x], x, [a, b, a, c])
    values = {x: 0.3, a: 2.0, b: -1.5, c: 0.25}
    wanted = sg.evaluate(sg.grad(2 * a * y + b * z + c * x, x), values)
    assert sg.evaluate(product, values) == pytest.approx(wanted, rel=1e-14)
