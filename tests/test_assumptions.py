"""Assumptions on symbols: validated, kept, checked against values, and used by named rules only."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.core.operator import OPS
from symgraph.core.traversal import free_symbols
from symgraph.rewrite.contraction_order import NOMINAL, operations, order_contractions
from symgraph.rewrite.rule import RULES
from symgraph.rewrite.simplify import rewrite

RNG = np.random.default_rng(0)
ASSUMING = sorted(name for name, rule in RULES.items() if rule.assumes)
n = "n"
x, y = sg.symbol("x", n), sg.symbol("y", n)
p, q = sg.symbol("p", n, positive=True), sg.symbol("q", n, positive=True)
k, j = sg.symbol("k", n, integer=True), sg.symbol("j", n, integer=True)
S, D = sg.symbol("S", (n, n), symmetric=True), sg.symbol("D", (n, n), diagonal=True)
A, B = sg.symbol("A", (n, n)), sg.symbol("B", (n, n), symmetric=True)


def value(s: sg.Node, size: int = 4) -> Any:
    shape = [size if not isinstance(each, int) else each for each in s.shape]
    held = s.attribute("assumptions")
    found = RNG.uniform(0.3, 2.0, size=shape) if "positive" in held else RNG.normal(size=shape)
    found = np.round(3 * found) if "integer" in held else found
    if "symmetric" in held:
        found = found + np.swapaxes(found, -1, -2)
    return found * np.eye(size) if "diagonal" in held else found


@pytest.mark.parametrize("name", ASSUMING)
def test_rule_fires_and_keeps_the_value(name: str) -> None:
    rule = RULES[name]
    after = rule.apply(rule.pattern)
    assert after is not None
    values = {s: value(s) for s in free_symbols([rule.pattern])}
    before, now = (sg.evaluate(e, values, simplify=None) for e in (rule.pattern, after))
    if rule.level == "exact":
        assert np.asarray(before).tobytes() == np.asarray(now).tobytes()
    np.testing.assert_allclose(now, before, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", ASSUMING)
def test_rule_needs_the_assumption(name: str) -> None:
    """The same expression of symbols without assumptions stays."""
    rule = RULES[name]
    plain = {s: sg.symbol(f"{s.name}_", s.shape) for s in free_symbols([rule.pattern])}
    assert rule.apply(sg.substitute([rule.pattern], plain)[0]) is None


# what the rules believe of an operator: arguments to try, and what must hold of the value
CLAIMS: dict[str, tuple[tuple[float, ...], Callable[[Any], bool]]] = {
    "positive": ((-30.0, -2.5, -1.0, -0.25, 0.0, 0.25, 1.0, 2.5, 30.0), lambda value: value > 0),
    "whole": ((-30.0, -2.5, -1.0, -0.25, 0.0, 0.25, 1.0, 2.5, 30.0), lambda value: value == mpmath.floor(value)),
    "keeps positive": ((0.001, 0.25, 1.0, 2.5, 30.0), lambda value: value > 0),
    "keeps whole": ((-30.0, -2.0, -1.0, 0.0, 1.0, 2.0, 30.0), lambda value: value == mpmath.floor(value)),
}


@pytest.mark.parametrize(
    ("name", "trait"), [(name, trait) for name, op in OPS.items() for trait in CLAIMS if trait in op.traits]
)
def test_records_are_right_about_what_is_positive_or_whole(name: str, trait: str) -> None:
    op, (tried, holds) = OPS[name], CLAIMS[trait]
    assert op.mpmath is not None and op.arity is not None
    for attributes in {example.attributes for example in op.examples}:
        values = [op.mpmath(*attributes, *map(mpmath.mpf, args)) for args in itertools.product(tried, repeat=op.arity)]
        found = [value for value in values if not mpmath.isnan(value)]
        assert found and all(map(holds, found))


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if "keeps symmetric" in op.traits])
def test_records_are_right_about_what_stays_symmetric(name: str) -> None:
    found = OPS[name].numpy(value(S))
    np.testing.assert_allclose(found, found.T, rtol=1e-13)


# expression, what simplify makes of it; written so that both sides are built by hand
FORMS: list[tuple[sg.Node, sg.Node]] = [
    (S.T, S),
    ((S + 2.0 * B).T, S + 2.0 * B),
    (sg.exp(S).T, sg.exp(S)),
    (x @ S, S @ x),
    (sg.abs(p * q), p * q),
    (sg.sqrt(p**2), p),
    (sg.maximum(p / q, 0.0), p / q),
    (sg.log(p * q), sg.log(p) + sg.log(q)),
    (sg.log(p / q), sg.log(p) - sg.log(q)),
    (sg.log(p**3), 3.0 * sg.log(p)),
    (sg.floor(k), k),
    (sg.ceil(k * j + 2), k * j + 2),
    (sg.maximum(p, 3.0), sg.maximum(p, 3.0)),
    (sg.round(k, -1), sg.round(k, -1)),
    (sg.trace(D @ A), sg.diagonal(D) @ sg.diagonal(A)),
]


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_forms(form: int) -> None:
    before, wanted = FORMS[form]
    found, expected = sg.simplify([before, wanted])
    assert found is expected, f"{found} instead of {expected}"
    values = {s: value(s) for s in free_symbols([before])}
    np.testing.assert_allclose(sg.evaluate(found, values), sg.evaluate(before, values, simplify=None), rtol=1e-12)


def test_a_symmetric_quadratic_form() -> None:
    """xᵀSx has the gradient 2·S·x and the Hessian 2·S."""
    f = x @ S @ x
    gradient = sg.simplify(sg.grad(f, x))
    assert gradient in (2.0 * (S @ x), (2.0 * S) @ x)
    assert sg.simplify(sg.hessian(f, x)) is 2.0 * S
    assert "ᵀ" in str(sg.simplify(sg.grad(x @ A @ x, x)))


def test_a_diagonal_matrix_costs_n() -> None:
    assert operations(order_contractions(rewrite([D @ A @ x], "stable"))) <= NOMINAL**2 + NOMINAL
    assert operations(order_contractions([D @ A @ x])) == 2 * NOMINAL**2
    values = {s: value(s) for s in (D, A, x)}
    np.testing.assert_allclose(sg.evaluate(D @ (A @ x), values), values[D] @ (values[A] @ values[x]), rtol=1e-13)
    np.testing.assert_allclose(sg.evaluate(sg.simplify(sg.inv(D)), values), np.linalg.inv(values[D]), rtol=1e-13)


@pytest.mark.parametrize(
    ("shape", "dtype", "assumptions", "message"),
    [
        ((), "float64", ("symmetric",), "square matrix"),
        ((2, 3), "float64", ("symmetric",), "square matrix"),
        (("n", "m"), "float64", ("diagonal",), "square matrix"),
        ((3,), "float64", ("diagonal",), "square matrix"),
        ((3, 3), "float64", ("diagonal", "positive"), "diagonal and positive"),
        ((), "bool", ("positive",), "truth values"),
        ((), "float64", ("negative",), "unknown assumption"),
    ],
)
def test_bad_combinations_are_refused(shape: Any, dtype: str, assumptions: tuple[str, ...], message: str) -> None:
    with pytest.raises(sg.SymgraphError, match=message):
        sg.symbol("a", shape, dtype, **dict.fromkeys(assumptions, True))


VIOLATIONS = [
    (p, [1.0, 0.0], "positive"),
    (p, [1.0, -2.0], "positive"),
    (k, [1.0, 0.5], "integer"),
    (S, [[1.0, 2.0], [2.1, 1.0]], "symmetric"),
    (S, [[1.0, np.inf], [0.0, 1.0]], "symmetric"),
    (D, [[1.0, 1e-9], [0.0, 1.0]], "diagonal"),
]


@pytest.mark.parametrize("row", range(len(VIOLATIONS)))
def test_values_that_break_an_assumption_are_an_error(row: int) -> None:
    s, bad, name = VIOLATIONS[row]
    compiled = sg.compile(sg.sum(2.0 * s), [s])
    for call in (
        lambda: sg.evaluate(sg.sum(s), {s: bad}),
        lambda: sg.evaluate(sg.sum(s), {s: bad}, simplify=None),
        lambda: sg.evaluate(sg.sum(s), {s: bad}, backend="mpmath"),
        lambda: compiled(np.asarray(bad)),
        lambda: sg.verify(sg.sum(s), s, at={s: bad}),
    ):
        with pytest.raises(sg.SymgraphError, match=f"{s.name} is assumed to be {name}"):
            call()


def test_values_that_keep_it_pass_also_with_nan_and_rounding() -> None:
    assert np.isnan(sg.evaluate(sg.sum(p), {p: [1.0, np.nan]}))
    matrix = np.array([[1.0, 0.1 + 0.2], [0.3, 1.0]])
    assert sg.evaluate(sg.sum(S), {S: matrix}) == pytest.approx(2.6)
    assert sg.compile(sg.sum(k), [k])(np.array([1.0, 2.0])) == 3.0


def test_assumptions_are_saved_loaded_and_written() -> None:
    f = sg.log(p @ q) + sg.sum(S) + sg.trace(D) + sg.sum(k)
    assert sg.loads(sg.dumps(f)) is f
    compiled = pickle.loads(pickle.dumps(sg.compile(sg.sum(p), [p])))
    with pytest.raises(sg.SymgraphError, match="assumed to be positive"):
        compiled(np.array([-1.0]))
    twins = sg.symbol("p", n) + p
    assert "positive=true" in str(twins)


def test_nothing_else_uses_an_assumption() -> None:
    """Without rewriting, expressions and derivatives are those of symbols without assumptions."""
    plain = {s: sg.symbol(f"{s.name}_", s.shape) for s in (p, S, D, k)}
    for f in (sg.sum(sg.abs(p)), x @ S.T @ x, sg.sum(sg.floor(k) * k), sg.trace(D @ A)):
        s = next(each for each in free_symbols([f]) if each in plain)
        first = sg.substitute([sg.grad(f, s, simplify=None)], plain)[0]
        assert first is sg.grad(sg.substitute([f], plain)[0], plain[s], simplify=None)
