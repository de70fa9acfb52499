"""Rare ways through the rewriter and the printers: each row is a formula for which one of their branches exists."""

from __future__ import annotations

from operator import add, mul
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import Node, constant, make
from symgraph.ops.contraction import CONTRACT
from symgraph.rewrite import contraction_order
from symgraph.rewrite.contraction_order import in_pairs, order_contractions
from symgraph.rewrite.passes import PASSES
from symgraph.rewrite.rule import function_rule, rule, wild
from symgraph.rewrite.terms import exact
from symgraph.text.latex import to_latex

x, y = sg.symbols("x y")
u, v, w = (sg.symbol(name, shape=3) for name in "uvw")
A, B = (sg.symbol(name, shape=(3, 3)) for name in "AB")
a, b = wild("a b")

# --- rules -----------------------------------------------------------------------------------------------------------

LEFT_ALONE = {
    "a third power in the place of the square": sg.sum(u**2.0) / 3.0 - (sg.sum(u) / 3.0) ** 3.0,
    "cubes in the place of squares": sg.sum(u**3.0) / 3.0 - (sg.sum(u) / 3.0) ** 2.0,
    "another number than the size": sg.sum(u**2.0) / 2.0 - (sg.sum(u) / 2.0) ** 2.0,
    "no mean at all": sg.sum(u) - (sg.sum(u) / 3.0) ** 2.0,
    "a root of a plain sum": sg.sqrt(sg.sum(u)),
    "a number under the root": sg.sqrt(2.0 * x),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_only_resembles_a_pattern_is_left_alone(name: str) -> None:
    assert sg.simplify(LEFT_ALONE[name], "stable") is LEFT_ALONE[name]


def test_too_many_factors_are_left_alone() -> None:
    product = sg.gamma(x)
    for place in range(40):
        product = product * sg.sin(x + float(place))
    assert sg.simplify(sg.log(product), "stable") is sg.log(product)


def test_truth_values_match_no_rule() -> None:
    truth = make((x + y).op, (x > 0, x > 0), ())
    assert truth.dtype == "bool"
    assert sg.simplify(truth) is truth


def test_copies_of_a_diagonal_matrix_stay_copies_of_the_matrix() -> None:
    diagonal = sg.symbol("D", (3, 3), diagonal=True)
    found = sg.simplify(sg.broadcast_to(diagonal, (2, 3, 3)), "stable")
    assert found.args == (diagonal,)
    np.testing.assert_array_equal(sg.evaluate(found, {diagonal: np.eye(3)}), [np.eye(3)] * 2)


@pytest.mark.parametrize(
    ("enter", "message"),
    [
        (lambda: rule("new", "stable", sg.sin(a), b), "does not bind"),
        (lambda: rule("exp(a)-1", "stable", sg.sin(a), a), "the name is taken"),
        (lambda: rule("new", "sure", sg.sin(a), a), "the level is not one of"),
        (lambda: function_rule("new", "stable", sg.cos(a).op, lambda node: None, sg.sin(a)), "cos at its root"),
    ],
)
def test_rules_that_cannot_be_entered(enter: Any, message: str) -> None:
    with pytest.raises(sg.SymgraphError, match=message):
        enter()


def test_only_plain_operators_are_folded() -> None:
    gate = sg.function("gate", [x], x * x)
    called = gate(constant(2.0))
    assert PASSES["fold constants"].run([called]) == [called]
    total = sg.sin(constant(2.0))
    assert PASSES["fold constants"].run([total]) == [constant(float(np.sin(2.0)))]


# --- numbers in front of arrays ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "left", "right", "found"),
    [
        (add, 0.5, 0.25, 0.75),
        (add, float("inf"), 1.0, None),
        (mul, 1e200, 1e200, None),
        (add, 1e308, 1.7e308, None),
        (mul, 0.1, 0.1, None),
    ],
)
def test_only_exact_numbers_are_joined(operation: Any, left: float, right: float, found: float | None) -> None:
    assert exact(operation, left, right) == found


# --- orders of products ----------------------------------------------------------------------------------------------


def raw(args: tuple[Node, ...], lists: tuple[tuple[int, ...], ...], output: tuple[int, ...], sizes: int) -> Node:
    """A contraction as it is, not merged with its arguments."""
    return make(CONTRACT, args, (lists, output, (3,) * sizes, "float64"))


def test_deltas_inside_products() -> None:
    """diag(diag(u)·1)·A·v, built without merging: inner results repeat an index, at two levels."""
    inner = raw((u,), ((0,),), (0, 0), 1)
    outer = raw((inner, A), ((0, 1), (1, 2)), (0, 2), 3)
    total = raw((outer, B, v), ((0, 1), (1, 2), (2,)), (0,), 3)
    (ordered,) = order_contractions([total])
    rng = np.random.default_rng(0)
    values = {s: rng.normal(size=s.shape) for s in (u, v, A, B)}
    wanted = np.diag(values[u]) @ values[A] @ values[B] @ values[v]
    np.testing.assert_allclose(sg.evaluate(ordered, values), wanted, rtol=1e-12)
    twice = raw((raw((raw((u,), ((0,),), (0, 0), 1),), ((0, 0),), (0, 0), 1), v), ((0, 1), (1,)), (0,), 2)
    np.testing.assert_allclose(sg.evaluate(twice, values), values[u] * values[v], rtol=1e-12)


def test_a_product_of_one_array_is_the_array() -> None:
    assert in_pairs([(A, (0, 1))], (0, 1), {0: 3, 1: 3}, "float64", {}) is A


def test_a_canonical_form_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the node is kept as it is; the order of the products inside it changes all the same."""

    def refuse(op: Any, args: Any, attrs: Any = ()) -> Node:
        if op is sg.sin(v).op:
            raise sg.SymgraphError("refused")
        return make(op, args, attrs)

    product = (A @ B) @ (A @ v)
    monkeypatch.setattr(contraction_order, "apply", refuse)
    (ordered,) = order_contractions(
        [sg.sin(raw((raw((A, B), ((0, 1), (1, 2)), (0, 2), 3), v), ((0, 1), (1,)), (0,), 2))]
    )
    assert ordered.op is sg.sin(product).op


# --- LaTeX and listings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (sg.symbol("x", 5)[1:4], "{x}_{1:4}"),
        (sg.symbol("x", (5, 5))[..., 2], "{x}_{:, 2}"),
        (sg.symbol("x", 5)[::2], "{x}_{:5:2}"),
    ],
)
def test_latex_of_entries(expression: Node, latex: str) -> None:
    assert to_latex(expression) == latex
