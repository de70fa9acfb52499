"""NumPy functions run on symbols."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symgraph as sg


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def mixture(a: Any, b: Any) -> Any:
    y = np.where(a > 0, np.sqrt(np.abs(a)), np.exp(a)) * np.maximum(b, 0.5)
    return np.linalg.norm(np.concatenate([y, np.stack([a, b], axis=0).mean(axis=0)])) + np.add.reduce(a * b)


@pytest.mark.parametrize(("function", "count"), [(rosenbrock, 1), (mixture, 2)])
def test_traced_functions_compute_what_numpy_does(function: Callable[..., Any], count: int) -> None:
    rng = np.random.default_rng(0)
    names = ["x"] if count == 1 else ["a", "b"]
    values = {name: rng.normal(size=4) for name in names}
    e = sg.trace(function, **dict.fromkeys(names, 4))
    assert sg.evaluate(e, values) == pytest.approx(function(*values.values()), rel=1e-14)


def test_arrays_and_expressions_mix() -> None:
    x = sg.symbol("x", shape=3)
    assert sg.evaluate(np.arange(3.0) @ x + np.ones(3).dot(x), {x: [1, 2, 3]}) == 14.0
    assert sg.evaluate(np.float64(2.0) * x, {x: [1, 2, 3]}).tolist() == [2, 4, 6]


def test_python_control_flow_is_refused_with_advice() -> None:
    def branching(x: Any) -> Any:
        return x if x > 0 else -x

    with pytest.raises(sg.SymgraphError, match=r"symgraph\.where"):
        sg.trace(branching)
