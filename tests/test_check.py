"""``symgraph.testing.check``: every property of a formula's derivatives, and that a broken one is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import symgraph as sg
from symgraph.core.operator import OPS
from symgraph.ops.elementwise import elementwise
from symgraph.testing import RandomGraph, check, graphs

POINTS: list[tuple[str, dict[str, Any], str]] = [
    ("x*exp(y)", {"x": 2.0, "y": 0.5}, "ok"),
    ("sum(log(1 + exp(x)))", {"x": [1.0, 50.0, -800.0]}, "ok"),
    ("x'*A*x", {"x": [1.0, 2.0], "A": [[2.0, 1.0], [0.0, 3.0]]}, "ok"),
    ("sin(x)*x", {"x": [0.5, 1.5]}, "ok"),
    ("abs(x)*x + abs(y)", {"x": 1.0, "y": 0.0}, "kink"),
    ("sqrt(x)", {"x": 0.0}, "not finite"),
]


@pytest.mark.parametrize(("text", "at", "status"), POINTS)
def test_formulas(text: str, at: dict[str, Any], status: str) -> None:
    f = sg.parse(text, **{name: np.shape(value) for name, value in at.items()})
    report = check(f, at)
    assert not report.failed
    assert report.findings[0].status == status, report


def test_the_page() -> None:
    assert str(check(sg.parse("x^2"), {"x": 3.0}, orders=1)).splitlines() == [
        "f  = x^2",
        "at   x = 3.",
        "",
        "order 1: rules against differences   ok          2 nodes, largest error 6.8e-17",
        "order 1: reverse = forward = Taylor  ok          6.82177012393",
        "Hessian is symmetric                 ok",
        "evaluated numbers                    ok          2 outputs",
        "compiled numbers                     ok          2 outputs",
        "kinks at this point                  ok          none",
        "",
        "every property holds",
    ]


def test_a_wrong_rule_is_found() -> None:
    build = elementwise(
        "slightly_wrong", "test", "x³.", lambda x: x**3, lambda x: x**3, (lambda x, y: 2.9 * x**2,), ((0, 1),)
    )
    try:
        with pytest.raises(sg.VerificationError, match=r"order 1: rules against differences +wrong"):
            check(build(sg.symbol("x")), {"x": 0.5})
    finally:
        OPS.pop("slightly_wrong")
        sg.core.operator.FUNCTIONS.pop("slightly_wrong")


def test_mistakes() -> None:
    with pytest.raises(sg.DifferentiationError, match="depends on no real symbol"):
        check(sg.constant(2.0), {})
    with pytest.raises(sg.DifferentiationError, match="orders from 1"):
        check(sg.symbol("x"), {"x": 1.0}, orders=0)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(operations=4))
def test_random_graphs_from_hypothesis(graph: RandomGraph) -> None:
    if graph.symbols and not sg.testing.rules_missing([graph.output], graph.symbols[0]):
        assert sg.evaluate(graph.output, graph.values) is not None
