"""Derivatives of matrix formulas: the value of the closed form, its size, and a text that parses back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import Node
from symgraph.text import to_latex, to_text
from symgraph.text.parser import parse

FOLDER = Path(__file__).parent / "cases"
GIVEN = json.loads((FOLDER / "matrix_calculus.json").read_text())
OWN = json.loads((FOLDER / "matrix_formulas.json").read_text())
SIZES = {"n": 4, "m": 5, "k": 3}
DERIVATIVES = {"grad": sg.grad, "hess": sg.hessian, "jac": sg.jacobian}
MORE_OPERATIONS = 2  # what a derivative may have beyond its closed form


def described(case: dict[str, Any]) -> str:
    return f"{case['kind']} {case['f']} by {case['wrt']}"


def symbols_of(case: dict[str, Any]) -> dict[str, Node]:
    symmetric = case.get("symmetric", ())
    return {name: sg.symbol(name, tuple(shape), symmetric=name in symmetric) for name, shape in case["shapes"].items()}


def derivative_of(case: dict[str, Any], symbols: dict[str, Node], **options: Any) -> Node:
    made = DERIVATIVES[case["kind"]](parse(case["f"], symbols=symbols), symbols[case["wrt"]], **options)
    assert isinstance(made, Node)
    return made


def values_of(symbols: dict[str, Node], case: dict[str, Any]) -> dict[Node, Any]:
    """Draw positive numbers and well-conditioned square matrices; the argument of a logarithm stays positive."""
    rng = np.random.default_rng(7)
    values = {}
    for name, node in symbols.items():
        shape = tuple(size if isinstance(size, int) else SIZES[size] for size in case["shapes"][name])
        drawn = rng.uniform(0.2, 1.0, shape)
        if len(shape) == 2 and shape[0] == shape[1]:
            drawn += 2 * np.eye(shape[0])
        if name in case.get("symmetric", ()):
            drawn += drawn.T
        values[node] = drawn + 6 if f"log({name}-" in case["f"] else drawn
    return values


@pytest.mark.parametrize("case", [*GIVEN, *OWN], ids=described)
def test_derivative_has_the_value_and_the_size_of_the_closed_form(case: dict[str, Any]) -> None:
    symbols = symbols_of(case)
    derivative, closed = derivative_of(case, symbols), parse(case["form"], symbols=symbols)
    value, expected = sg.evaluate([derivative, closed], values_of(symbols, case))
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-12)
    text = to_text(derivative)
    assert parse(text, symbols=symbols) is derivative
    assert "einsum" not in text
    assert to_latex(derivative)
    most = sg.graph(closed).stats()["operations"] + MORE_OPERATIONS
    assert sg.graph(derivative).stats()["operations"] <= most, f"{text} has more operations than {case['form']}"


@pytest.mark.parametrize("case", [*GIVEN, *OWN], ids=described)
def test_tidying_only_changes_the_order(case: dict[str, Any]) -> None:
    symbols = symbols_of(case)
    tidied, as_built = derivative_of(case, symbols), derivative_of(case, symbols, simplify=None)
    f = parse(case["f"], symbols=symbols)
    together = sg.value_and_grad(f, symbols[case["wrt"]])[1] if case["kind"] == "grad" else tidied
    one, two, three = sg.evaluate([tidied, as_built, together], values_of(symbols, case))
    np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(three, two, rtol=1e-12, atol=1e-12)
    most = sg.graph(as_built).stats()["operations"] + 1  # a diagonal that is taken out of a product counts by itself
    assert sg.graph(tidied).stats()["operations"] <= most


def test_operations_are_counted() -> None:
    A, B, x = sg.symbol("A", ("n", "n")), sg.symbol("B", ("n", "n")), sg.symbol("x", "n")
    counts = {x: 0, A @ x: 1, sg.einsum("ij,jk,k->i", A, B, x): 2, sg.exp(2 * x) + 1: 3, A + A.T: 2, sg.trace(A): 1}
    assert {node: sg.graph(node).stats()["operations"] for node in counts} == counts


def test_a_gradient_that_is_right_at_singular_matrices_has_a_shorter_form_on_request() -> None:
    X = sg.symbol("X", ("n", "n"))
    g = sg.grad(sg.det(X), X)
    assert str(sg.simplify(g, "stable")) == "cofactor(X)"
    assert str(sg.simplify(g, "algebraic")) == "det(X)·X⁻ᵀ"
    assert sg.simplify(sg.hessian(sg.det(X), X), "algebraic").shape == X.shape * 2


def test_products_of_the_function_stay_shared() -> None:
    X, B = sg.symbol("X", ("n", "n")), sg.symbol("B", ("n", "n"))
    product = X.T @ B
    f = sg.trace(product @ X @ B)
    alone, (_, together) = sg.grad(f, X), sg.value_and_grad(f, X)
    assert product not in sg.graph(alone).nodes
    assert product in sg.graph(together).nodes


def test_long_products_are_tidied_in_linear_size() -> None:
    X = sg.symbol("X", ("n", "n"))
    matrices = [sg.symbol(f"A{i}", ("n", "n")) for i in range(100)]
    product = X
    for matrix in matrices:
        product = matrix @ product @ X
    g = sg.grad(sg.trace(product), X)
    assert sg.graph(g).stats()["operations"] <= 1000
