"""Random graphs: every mode of differentiation, both evaluators, files and text must agree on all of them.

``pytest tests/test_random_graphs.py --long`` goes on until it is interrupted; ``--seed N`` begins elsewhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.autodiff.taylor import line_derivatives
from symgraph.core.dtype import is_float
from symgraph.core.errors import EvaluationError
from symgraph.core.node import Node
from symgraph.evaluate.evaluator import run
from symgraph.interop.files import dumps, loads
from symgraph.testing import RandomGraph, disagreement, exact, minimise, random_graph, rounding_spread

DIGITS = 50
BLOCK = 50
BLOCKS = 40  # of BLOCK graphs each
BOUNDARY_BLOCKS = 10


def directions(graph: RandomGraph, salt: int) -> dict[Node, Any]:
    rng = np.random.default_rng([graph.seed, salt])
    return {s: np.asarray(rng.choice([-1.0, -0.5, 0.5, 1.0], size=s.shape))[()] for s in graph.symbols}


def along(gradients: list[Node], direction: dict[Node, Any]) -> Node:
    """The derivative of a function along a line, from its gradient."""
    total = sg.constant(0.0)
    for gradient, step in zip(gradients, direction.values(), strict=True):
        total = total + (sg.sum(gradient * step) if gradient.shape else gradient * step)
    return total


def gap(first: Any, second: Any) -> Any:
    first, second = np.asarray(first).item(), np.asarray(second).item()
    return abs(first - second) if mpmath.isfinite(first) and mpmath.isfinite(second) else mpmath.mpf(0)


def modes_disagree(graph: RandomGraph) -> str:
    """Reverse, forward and Taylor mode to second order, and the symmetry of the Hessian, in many digits."""
    f, wrt = graph.output, graph.symbols
    if not wrt:
        return ""
    u, v = directions(graph, 1), directions(graph, 2)
    gradients = sg.grad(f, wrt)
    in_u, in_v = along(gradients, u), along(gradients, v)
    line = line_derivatives(f, {s: sg.constant(step) for s, step in u.items()}, 2)
    pairs = {
        "order 1, forward against reverse": (sg.jvp(f, wrt, list(u.values())), in_u),
        "order 1, Taylor against reverse": (line[1], in_u),
        "order 2, Taylor against forward over reverse": (line[2], sg.jvp(in_u, wrt, list(u.values()))),
        "order 2, reverse over reverse against forward over reverse": (
            along(sg.grad(in_u, wrt), v),
            sg.jvp(in_u, wrt, list(v.values())),
        ),
        "symmetry of the Hessian": (sg.jvp(in_u, wrt, list(v.values())), sg.jvp(in_v, wrt, list(u.values()))),
    }
    sides = [sg.constant(0.0) if side is None else side for pair in pairs.values() for side in pair]
    found = exact(sides, graph.values, DIGITS, graph.boundary)
    for place, name in enumerate(pairs):
        left, right = found[2 * place : 2 * place + 2]
        if not gap(left, right) > mpmath.mpf("1e-22") * abs(left):
            continue
        again = exact(sides[2 * place : 2 * place + 2], graph.values, 2 * DIGITS, graph.boundary)
        if gap(*again) > mpmath.mpf("1e-22") * gap(left, right):  # what is only rounding shrinks with more digits
            return f"{name}: {left} and {right}"
    return ""


def machine_disagrees(graph: RandomGraph) -> str:
    """NumPy against 50 digits, for the value and the gradient, as they stand and in their stable forms."""
    outputs = [graph.output, *sg.grad(graph.output, graph.symbols)]
    found = run(outputs, graph.values, keep=True)
    if graph.boundary and any(np.any((np.asarray(v) == 0) & np.signbit(v)) for n, v in found.items() if real(n)):
        return ""  # many digits have no −0, so 1/x or arctan2 would differ
    stable = sg.evaluate(outputs, graph.values)
    got = [np.asarray(found[output]) for output in outputs]
    problem = ""
    for trials in (1, 8):  # more disturbances only where one does not explain the difference
        wanted, widths = rounding_spread(outputs, graph.values, trials, ranged=graph.boundary)
        problem = first_disagreement(graph, got, wanted, widths)
        problem = problem or first_disagreement(graph, stable, wanted, widths)
        if not problem:
            break
    return problem


def first_disagreement(graph: RandomGraph, got: list[Any], wanted: list[Any], widths: list[Any]) -> str:
    for place, (have, want, width) in enumerate(zip(got, wanted, widths, strict=True)):
        problem = disagreement(have, want, width, finite=not graph.boundary)
        if problem:
            return f"{'value' if not place else 'gradient of ' + graph.symbols[place - 1].name} {problem}"
    return ""


def real(node: Node) -> bool:
    return is_float(node.dtype)


def file_disagrees(graph: RandomGraph) -> str:
    return "" if loads(dumps(graph.output)) is graph.output else "saved and loaded, it is another expression"


def text_disagrees(graph: RandomGraph) -> str:
    text = str(graph.output)
    shapes = {s.name: s.shape for s in graph.symbols}
    again = sg.parse(text, **shapes)
    return "" if again is graph.output else f"{text}\nparses to\n{again}"


def problem_of(graph: RandomGraph, claim: Callable[[RandomGraph], str]) -> str:
    try:
        return claim(graph)
    except EvaluationError as error:
        if graph.boundary and "mpmath cannot compute" in str(error):
            return ""  # a clear error, and only of the arithmetic that the answer is compared with
        raise


def check(graph: RandomGraph, *claims: Callable[[RandomGraph], str]) -> None:
    for claim in claims:
        problem = problem_of(graph, claim)
        if problem:
            small = minimise(graph, claim)
            pytest.fail(f"{claim.__name__}: {problem}\nthe smallest part that fails: {claim(small)}\n{small}")


@pytest.fixture
def first(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--seed") or 0)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_all_answers_agree(block: int, first: int) -> None:
    for seed in range(first + block * BLOCK, first + (block + 1) * BLOCK):
        check(random_graph(seed, 2 + seed % 6), modes_disagree, machine_disagrees, file_disagrees, text_disagrees)


@pytest.mark.parametrize("block", range(BOUNDARY_BLOCKS))
def test_no_finite_wrong_number_at_special_values(block: int, first: int) -> None:
    for seed in range(first + block * BLOCK, first + (block + 1) * BLOCK):
        check(random_graph(seed, 5, boundary=True), modes_disagree, machine_disagrees)


def test_until_interrupted(pytestconfig: pytest.Config, first: int, capsys: pytest.CaptureFixture[str]) -> None:
    if not pytestconfig.getoption("--long"):
        pytest.skip("only with --long")
    for seed in itertools.count(first + 10**6):
        if seed % 500 == 0:
            with capsys.disabled():
                print(f"seed {seed}", flush=True)
        rng = np.random.default_rng(seed)
        size = int(rng.integers(2, 25))
        check(random_graph(seed, size), modes_disagree, machine_disagrees, file_disagrees, text_disagrees)
        check(random_graph(seed, size, boundary=True), modes_disagree, machine_disagrees)
