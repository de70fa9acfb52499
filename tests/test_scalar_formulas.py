"""Derivatives of scalar formulas: the value of the closed form, its size, and a text that parses back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import Node
from symgraph.core.traversal import free_symbols
from symgraph.rewrite.tidy.derivatives import tidy
from symgraph.text import to_text
from symgraph.text.parser import parse

ROWS = json.loads((Path(__file__).parent / "cases" / "scalar_formulas.json").read_text())
MORE_OPERATIONS = 2  # what a derivative may have beyond its closed form; a row that misses says how many it has


def described(case: dict[str, Any]) -> str:
    return f"{case['f']} by {case['wrt']}, order {case['order']}"


def derivative_of(case: dict[str, Any], **options: Any) -> Node:
    made = parse(case["f"])
    for _ in range(case["order"]):
        made = sg.grad(made, case["wrt"], **options)
    return made


def operations(node: Node) -> int:
    count = sg.graph(node).stats()["operations"]
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize("case", ROWS, ids=described)
def test_derivative_has_the_value_and_the_size_of_the_closed_form(case: dict[str, Any]) -> None:
    derivative, closed, as_built = derivative_of(case), parse(case["form"]), derivative_of(case, simplify=None)
    symbols = {node.name: node for node in free_symbols([parse(case["f"]), closed])}
    rng = np.random.default_rng(5)
    for _ in range(3):
        values = {name: rng.uniform(0.2, 0.8) + (name == "c") for name in symbols}  # c is the speed of light
        expected = sg.evaluate(closed, values, backend="mpmath", simplify=None)
        assert sg.evaluate(derivative, values) == pytest.approx(float(expected), rel=1e-12)
    assert parse(to_text(derivative), symbols=symbols) is derivative
    assert operations(derivative) <= operations(closed) + case.get("more", MORE_OPERATIONS)
    if "more" in case:
        assert operations(derivative) == operations(closed) + case["more"], "the row may say less"
    else:
        assert operations(derivative) <= operations(as_built)


@pytest.mark.parametrize("case", ROWS, ids=described)
def test_tidying_twice_is_tidying_once(case: dict[str, Any]) -> None:
    derivative = derivative_of(case)
    given = derivative_of({**case, "order": case["order"] - 1})
    assert tidy([derivative], [sg.simplify(given, "stable"), sg.simplify(parse(case["f"]), "stable")]) == [derivative]


def test_a_power_of_a_positive_base_needs_no_guard() -> None:
    x, n = sg.symbol("x", positive=True), sg.symbol("n")
    assert str(sg.grad(3 * x**n, x)) == "3·n·x^(n - 1)"
    assert str(sg.derivative(x**n, x, order=2)) == "n·x^(n - 2)·(n - 1)"
    assert str(sg.grad(x**n, n)) == "power_log(x, n, k=1)"
    plain = sg.symbol("x")
    assert sg.evaluate(sg.grad(plain**n, plain), {plain: 0.0, n: 0.0}) == 0.0
