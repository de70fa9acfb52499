"""Sums and products of derivatives as a person writes them: forms and their budgets, numbers in front, signs."""

from __future__ import annotations

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import Node, make
from symgraph.core.traversal import free_symbols, topological
from symgraph.ops.tensor.contraction import CONTRACT
from symgraph.rewrite.tidy.chains import in_a_row, turn
from symgraph.rewrite.tidy.derivatives import tidy
from symgraph.rewrite.tidy.factors import stands_turned
from symgraph.rewrite.tidy.multiples import numbers_in_front
from symgraph.rewrite.tidy.sums import _factored, _join
from symgraph.rewrite.tidy.terms import Term

x, y = sg.symbols("x y")
u, v = (sg.symbol(name, shape=3) for name in "uv")
A, B = (sg.symbol(name, shape=(3, 3)) for name in "AB")


def raw(args: tuple[Node, ...], lists: tuple[tuple[int, ...], ...], output: tuple[int, ...], sizes: int) -> Node:
    """A contraction as it is, not merged with its arguments."""
    return make(CONTRACT, args, (lists, output, (3,) * sizes, "float64"))


def test_terms_that_have_nothing_in_common() -> None:
    """u·ΣA + u·ΣB: the operand that differs is summed by itself."""
    first, second = (raw((u, each), ((0,), (1, 2)), (0,), 3) for each in (A, B))
    assert _factored(Term(1.0, (), first), Term(1.0, (), second), 1, 1) is None


def test_the_same_product_in_another_order() -> None:
    first, second = raw((A, B), ((0, 1), (1, 2)), (0, 2), 3), raw((B, A), ((1, 2), (0, 1)), (0, 2), 3)
    joined = _join(Term(1.0, (), first), Term(2.0, (), second))
    assert joined is not None and joined.coefficient == 3.0
    assert _join(Term(1.0, (), first), Term(-1.0, (), second)) is None


def test_which_operands_stand_transposed() -> None:
    product, cube = A @ B, sg.symbol("T", (3, 3, 3))
    assert not stands_turned(raw((product, cube), ((0, 1), (1, 2, 3)), (0, 2, 3), 4), 0)
    assert not stands_turned(raw((u, v, product), ((0,), (1,), (1, 2)), (0, 2), 3), 2)
    assert stands_turned(raw((product, v), ((1, 0), (1,)), (0,), 2), 0)
    assert not stands_turned(raw((product, v), ((1, 2), (0,)), (0,), 3), 0)


def test_products_are_turned_and_put_in_a_row_within_a_budget() -> None:
    product = A @ B
    assert turn(product, set(), 0) is sg.transpose(B) @ sg.transpose(A)
    nested = raw((A, product), ((0, 1), (1, 2)), (0, 2), 3)
    assert in_a_row(nested, {product}, 0) is nested
    assert in_a_row(nested, {product}) is not nested


IN_FRONT = [  # a product, and the same with its numbers in front
    ((-0.5 * u) @ A @ u, "-0.5·(uᵀ·A·u)"),
    ((-0.5 * u) @ (2 * A) @ (4 * v), "-4·(uᵀ·A·v)"),
    (0.1 * u @ (0.3 * v), "0.1·(0.3·(uᵀ·v))"),  # 0.03 would be rounded
    ((1e-200 * u) @ A @ u, "(1e-200·u)ᵀ·A·u"),  # the number keeps the product in range
    (sg.outer(2.0 * u, v), "2·u·vᵀ"),  # in front it would multiply nine numbers instead of three
    (sg.sum(sg.exp(2.0 * u)) + (2.0 * u) @ v, "sum(exp(2·u)) + (2·u)ᵀ·v"),
    ((0.5 * u) @ A @ (2.0 * v), "uᵀ·A·v"),
    (A @ u, "A·u"),
]


@pytest.mark.parametrize(("product", "expected"), IN_FRONT, ids=[row[1] for row in IN_FRONT])
def test_numbers_stand_in_front_where_that_is_no_more_work(product: Node, expected: str) -> None:
    (found,) = numbers_in_front([product])
    assert str(found) == expected
    assert numbers_in_front([found]) == [found]


SIGNS = [  # a sum or product as it is built, and as it is tidied
    (u + (-v), "u - v"),
    (-u + v, "v - u"),
    (u - (-2.0 * v), "u + 2·v"),
    (u + (-2.0 * sg.sin(v)) / x, "u - 2·sin(v) / x"),
    (x * (y + (-sg.sin(x))) * u, "x·(y - sin(x))·u"),
    (-((u - v) / x), "(v - u) / x"),
    (-(-u - v), "v + u"),
    (sg.transpose(sg.outer(u, v) - A), "v·uᵀ - Aᵀ"),
    (sg.transpose(B - A), "(B - A)ᵀ"),
    (sg.transpose(x * sg.transpose(A) + sg.eye(3)), "x·A + eye(3)"),
    (sg.transpose(u - sg.transpose(A)), "(u - Aᵀ)ᵀ"),
    (1 / x * u, "u / x"),
    (2.0 * (u / x), "2·u / x"),
    (2.0 * (0.5 * x) * u, "x·u"),
    (x * (2.0 * u) / y, "2·x·u / y"),
]


@pytest.mark.parametrize(("built", "expected"), SIGNS, ids=[row[1] for row in SIGNS])
def test_signs_and_numbers_are_joined(built: Node, expected: str) -> None:
    (found,) = tidy([built], [])
    assert str(found) == expected
    assert tidy([found], []) == [found]
    at = {
        u: [1.0, -2, 3],
        v: [0.5, 4, -1],
        A: [[1.0, 2, 3], [4, 5, 6], [7, 8, 10]],
        B: 0.1 + np.eye(3),
        x: 1.5,
        y: -3.0,
    }
    used = {s: at[s] for s in free_symbols([built])}
    np.testing.assert_allclose(*sg.evaluate([found, built], used, simplify=None), rtol=1e-15)


SCALARS = [  # a scalar as it is built, and as it is tidied
    (x * (2.0 * y), "2·x·y"),
    (x * sg.sin(y) * x, "x^2·sin(y)"),
    (-(y * (-sg.sin(x))), "y·sin(x)"),
    ((x + y) * (0.5 * (x + y)), "0.5·(x + y)^2"),
    (x * y / 4.0 + x * y, "1.25·x·y"),
    (x * sg.sin(y) - x * sg.cos(y), "x·(sin(y) - cos(y))"),
    (-x * y - x * sg.sin(y), "-x·(y + sin(y))"),
    (-x + y, "y - x"),
    (x / (2.0 * y), "0.5·x / y"),
    (1 / x * y, "y / x"),
    (-2.0 * (1 / x) / x, "-2·x^(-2)"),
    (x / x**3, "x^(-2)"),
    (x / x / x, "1 / x"),
    (y / x / x + y / x / x, "2·y / x / x"),
    (3.0 * (1 - x) - 1.0, "2 - 3·x"),
    (1 - x / (y + x), "y / (y + x)"),
    (1 - 2 * x / (1 + x), "(1 - x) / (1 + x)"),
    ((x - y) / (x + y) - 1, "-2·y / (x + y)"),
    (1 - x / (x + 1 / y), "1 / y / (x + 1 / y)"),
    (3 - (x + y) / (x + y), "2·(x + y) / (x + y)"),
    # What would round, or leave the range earlier, stays.
    (x / (3.0 * y), "x / (3·y)"),
    (0.1 * (0.3 * x), "0.1·(0.3·x)"),
    (1e-200 * (x * (1e-200 * y)), "1e-200·x·(1e-200·y)"),
    (x / x, "x / x"),
    (x - x, "x - x"),
    (x * y - x * y, "x·y - x·y"),
    (x / y / y, "x / y / y"),
    ((x / y) * (x / y), "(x / y)^2"),
    (x * (x * (y / sg.exp(x))), "x·(x·(y / exp(x)))"),
    (sg.exp(x) * y * sg.exp(x), "y·exp(x)·exp(x)"),
    (x + (sg.sin(x) - y), "x + (sin(x) - y)"),
    (16.0 * (1 - x) - 1.0, "16·(1 - x) - 1"),
    (x / (y / x), "x / (y / x)"),
    (1 - x / (y + sg.sin(x)), "1 - x / (y + sin(x))"),
    (1 - x / (y + x) ** 2, "1 - x / (y + x)^2"),
    (0.1 - x / (3 * y + x), "0.1 - x / (3·y + x)"),
    (1 - x / (sg.sin(x) + sg.cos(x) + y + x), "1 - x / (sin(x) + cos(x) + y + x)"),
    (1 - (x + y) / (x + y), "1 - (x + y) / (x + y)"),
    ((x - y) / x + y / x, "(x - y + y) / x"),
    (y * (x / x) / x + y / x, "y·(x / x + 1) / x"),
]


@pytest.mark.parametrize(("built", "expected"), SCALARS, ids=[row[1] for row in SCALARS])
def test_scalars_are_written_as_a_person_does(built: Node, expected: str) -> None:
    (found,) = tidy([built], [])
    assert str(found) == expected
    assert tidy([found], []) == [found]
    used = {s: {x: 1.5, y: -3.0}[s] for s in free_symbols([built])}
    one, two = sg.evaluate([found, built], used, simplify=None)
    assert one == pytest.approx(two, rel=1e-15)


def test_long_scalar_sums_and_products_are_tidied_within_a_budget() -> None:
    terms = [sg.sin(x + i) for i in range(100)]
    total, product, quotient = x, x, x
    for term in terms:
        total, product, quotient = total + 2.0 * term, product * (-term), quotient / term
    for built in (total, product, quotient):
        (found,) = tidy([built * y], [])
        np.testing.assert_allclose(*sg.evaluate([found, built * y], {x: 0.3, y: 2.0}, simplify=None), rtol=1e-13)


def test_the_derivative_of_a_reciprocal_has_its_whole_range() -> None:
    at = np.array([1e-150, 1.0, 1e160])
    np.testing.assert_allclose(sg.evaluate(sg.grad(sg.sum(1 / u), u), {u: at}), [-1e300, -1, -1e-320], rtol=1e-3)
    for special in (np.inf, -np.inf, 0.0, -0.0, np.nan):
        tidied = sg.evaluate(sg.grad(sg.sum(1 / u), u), {u: np.full(3, special)})
        assert tidied.tobytes() == (-(1 / special / special if special else np.inf) * np.ones(3)).tobytes()


def test_long_products_are_taken_apart_within_a_budget() -> None:
    chain: Node = u
    for _ in range(100):
        chain = (x * chain) / y
    assert tidy([chain], [])[0].shape == u.shape
    scalar: Node = x
    for _ in range(100):
        scalar = scalar * sg.sin(x)
    assert str(tidy([2.0 * scalar * (3.0 * u)], [])[0]).startswith("6·")


def test_equal_factors_of_which_one_has_a_sign_are_a_power() -> None:
    wave = sg.sin(u)
    (found,) = tidy([make(sg.multiply(u, v).op, (-wave, wave))], [])
    assert str(found) == "-sin(u)^2"


def test_a_sum_that_is_computed_apart_leaves_no_contraction() -> None:
    gradient = sg.grad(sg.sum((A @ u) * sg.outer(u, u)), A)
    assert str(gradient) == "sum(u)·u·uᵀ"
    at = np.array([1.0, -2.0, 4.0])
    np.testing.assert_allclose(sg.evaluate(gradient, {u: at}), 3.0 * np.outer(at, at))


def test_numbers_in_front_keep_the_line_of_the_formula() -> None:
    f = sg.exp((-0.5 * u) @ A @ u)
    lines = {node.origin.line for node in topological([f]) if node.op is sg.exp(x).op}
    (moved,) = numbers_in_front([f])
    assert moved is not f
    assert {node.origin.line for node in topological([moved]) if node.op is sg.exp(x).op} == lines
