"""Rare ways through the rewriter and the printers: each row is a formula for which one of their branches exists."""

from __future__ import annotations

from operator import add, mul
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import Node, constant, make
from symgraph.ops.tensor.contraction import CONTRACT
from symgraph.rewrite import contraction_order
from symgraph.rewrite.contraction_order import in_pairs, order_contractions
from symgraph.rewrite.passes import PASSES
from symgraph.rewrite.rule import function_rule, rule, wild
from symgraph.rewrite.tidy.terms import exact
from symgraph.text import choice, contraction_text, values
from symgraph.text.form import Call, Chain, Exact, Group, Hole, Kronecker, Letters, Transposed, rebuilds
from symgraph.text.latex import _inner as latex_inner
from symgraph.text.latex import to_latex
from symgraph.text.listing import short_value
from symgraph.text.literals import literal_text, size_text
from symgraph.text.matrix import _inner as matrix_inner
from symgraph.text.matrix import to_text
from symgraph.text.sharing import Written

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
        (sg.symbol("x", (3, 3, 3, 3, 3))[..., 2], r"{x}_{\ldots, 2}"),
        (abs(x), r"\lvert x\rvert"),
        (sg.floor(x), r"\operatorname{floor}\left(x\right)"),
        (constant(1e-20) * x, r"10^{-20}\,x"),
        (constant(2.5e-20) * x, r"\left(2.5 \cdot 10^{-20}\right)\,x"),
        (sg.inv(A).T @ u, r"A^{-\top}\,u"),
        (sg.astype(x, "float32"), r"\operatorname{astype}\left(x, \text{dtype}=\text{float32}\right)"),
        (sg.stack([x, y]), r"\operatorname{stack}\left(x, y\right)"),
    ],
)
def test_latex(expression: Node, latex: str) -> None:
    assert to_latex(expression) == latex


@pytest.mark.parametrize("writer", [latex_inner, matrix_inner])
def test_a_form_that_cannot_stand_alone(writer: Any) -> None:
    with pytest.raises(sg.SymgraphError, match="stands alone"):
        writer(Exact(), [])


def test_forms_that_cannot_be_built() -> None:
    for form in (Exact(), Group(()), Call("there is no such function", (Hole(0),))):
        assert not rebuilds(Chain((form,)), x + 1.0)


def test_a_group_of_arguments() -> None:
    pair = [Written("x", 0), Written("y", 0)]
    assert latex_inner(Group((Hole(0), Hole(1))), pair).text == "x, y"
    assert matrix_inner(Group((Hole(0), Hole(1))), pair).text == "(x, y)"
    assert matrix_inner(Group((Hole(0),)), pair).text == "(x,)"


def test_without_a_plain_form_everything_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "MOST_CANDIDATES", 0)
    fresh = sg.roll(sg.symbol("w", 7), 2)
    text = to_text(fresh)
    assert "{" in text and sg.parse(text, w=7) is fresh


def test_rows() -> None:
    assert choice.Chooser().row(u, Transposed(Hole(0))) == Hole(0)
    assert choice.Chooser().row(A, Transposed(Hole(0))) is None
    assert list(contraction_text.row_forms(A @ B)) == []


def test_index_notation_of_nothing() -> None:
    assert list(contraction_text._letters((), (), ())) == []
    axes = tuple(range(60))
    assert list(contraction_text._letters((axes,), axes, (2,) * 60)) == []


def test_kronecker_with_an_identity() -> None:
    forms = list(contraction_text.contraction_forms(raw((A,), ((0, 2),), (1, 0, 1, 2), 3)))
    assert any(isinstance(form, Kronecker) for form in forms)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("roll(u, 1 2)", "a comma is missing before 2"),
        ("take(u, 1 2)", "an operator is missing before 2"),
        ("clip(u, 1 2)", "an operator is missing before 2"),
        ("sum(u, 1 2)", "a comma is missing before 2"),
    ],
)
def test_texts_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(sg.ParseError, match=message):
        sg.parse(text, u=3)


def test_letters_are_given_once() -> None:
    indexed = values.name_axes(A, "ᵢⱼ")
    with pytest.raises(sg.ShapeError, match="has letters"):
        values.name_axes(indexed, "ᵢⱼ")


def test_index_notation_with_a_number() -> None:
    cube = sg.symbol("T", (3, 3, 3))
    product = raw((x, cube, u), ((), (0, 1, 2), (2,)), (0, 1), 3)
    assert sg.parse(to_text(product), T=(3, 3, 3), u=3).shape == (3, 3)
    assert "x" in to_latex(product)


def test_index_notation_in_latex() -> None:
    form = Letters(((Hole(0), ""), (Hole(1), "ij")), "j")
    assert latex_inner(form, [Written("x", 0), Written("A", 0)]).text.count("x") == 1


def test_rows_that_are_repeated() -> None:
    assert to_text(raw((A,), ((1, 2),), (0,), 3))
    assert list(contraction_text.contraction_forms(raw((A, B), ((1, 2), (2, 3)), (0, 4), 5)))


def test_kronecker_with_a_diagonal() -> None:
    product = sg.parse("A ⊗ diag(u)", A=(3, 3), u=3)
    assert to_text(product) == "A ⊗ diag(u)"


def test_listing_of_a_text() -> None:
    assert "line 1, column 1" in sg.parse("sin(never_used_elsewhere) + 2").listing()


def test_listing_of_flags_and_scopes() -> None:
    assert short_value(True) == "true" and short_value(np.bool_(False)) == "false"
    assert short_value(np.array([0.1, 2.0])) == "[0.1, 2]" and short_value(np.float64(0.25)) == "0.25"
    with sg.scope("layer"):
        node = sg.sin(sg.symbol("somewhere") + 0.25)
    assert " in layer" in node.listing()
    assert "dtype=int64" in sg.astype(x, "int64").listing()


def test_sizes_of_any_alphabet_and_slices_are_literals() -> None:
    assert size_text(sg.symbol("x", "größe").shape[0]) == "größe"
    assert literal_text((slice(None, 3), ...)) == "(:3, ...)" and literal_text((None,)) == "(None,)"
    assert to_latex(sg.ones(2 * sg.symbol("x", "n").shape[0])).endswith(r"{2\,n}")
