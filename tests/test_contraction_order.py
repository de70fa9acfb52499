"""The order of products: counted multiplications against the best order, found here by trying every bracketing."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.rewrite.contraction_order import NOMINAL, operations, order_contractions

# Sizes of a chain: matrix k has shape sizes[k] by sizes[k+1]; a last size of 0 stands for a vector.
CHAINS = [
    (50, 50, 50, 50, 0),
    (50, 50, 50, 50, 50, 50, 0),
    (10, 100, 5, 50),
    (40, 20, 30, 10, 30),
    (5, 5, 5),
    (30, 35, 15, 5, 10, 20, 25),
    (1, 60, 60, 1),
    (7, 1, 7, 1, 7),
]


def chain(sizes: tuple[int, ...], named: bool = False) -> list[sg.Node]:
    shapes = [pair if pair[1] else pair[:1] for pair in pairwise(sizes)]
    if named:
        shapes = [tuple(f"d{size}" for size in shape) for shape in shapes]
    return [sg.symbol(f"M{place}", shape) for place, shape in enumerate(shapes)]


def left_to_right(factors: list[sg.Node]) -> sg.Node:
    product = factors[0]
    for factor in factors[1:]:
        product = product @ factor
    return product


def best(sizes: tuple[int, ...]) -> int:
    """The textbook recurrence for a matrix chain; a vector is a matrix with one column."""
    extent = tuple(size or 1 for size in sizes)

    @lru_cache
    def cost(i: int, j: int) -> int:
        if j - i < 2:
            return 0
        return min(cost(i, k) + cost(k, j) + extent[i] * extent[k] * extent[j] for k in range(i + 1, j))

    return cost(0, len(extent) - 1)


@pytest.mark.parametrize("sizes", CHAINS, ids=str)
@pytest.mark.parametrize("named", [False, True], ids=["integer", "named"])
def test_chains_take_the_fewest_multiplications(sizes: tuple[int, ...], named: bool) -> None:
    factors = chain(sizes, named)
    product = left_to_right(factors)
    numbers = {f"d{size}": size for size in sizes}
    (ordered,) = order_contractions([product], numbers)
    assert operations([ordered], numbers) == best(sizes) <= operations([product], numbers)
    rng = np.random.default_rng(0)
    values: dict[Any, Any] = {f: rng.normal(size=[size for size in pair if size]) for f, pair in _pairs(factors, sizes)}
    wanted = np.linalg.multi_dot(list(values.values())) if len(values) > 1 else next(iter(values.values()))
    for got in (sg.evaluate(product, values), sg.compile(product, factors)(*values.values())):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-9)


def _pairs(factors: list[sg.Node], sizes: tuple[int, ...]) -> Any:
    return zip(factors, pairwise(sizes), strict=True)


def test_a_product_with_a_vector_goes_from_right_to_left() -> None:
    A, B, C, v = sg.symbol("A", ("n", "n")), sg.symbol("B", ("n", "n")), sg.symbol("C", ("n", "n")), sg.symbol("v", "n")
    (ordered,) = order_contractions([A @ B @ C @ v])
    assert str(ordered) == "A·(B·(C·v))"
    assert operations([ordered]) == 3 * NOMINAL**2
    compiled = sg.compile(A @ B @ C @ v, [A, B, C, v])
    assert operations(compiled.outputs) == 3 * NOMINAL**2


def test_what_is_needed_twice_and_what_has_a_value_is_not_taken_apart() -> None:
    A, B, v = sg.symbol("A", (9, 9)), sg.symbol("B", (9, 9)), sg.symbol("v", 9)
    product = A @ B
    assert order_contractions([product @ v, product]) == [product @ v, product]
    assert order_contractions([product @ v], stop=[product]) == [product @ v]
    assert sg.evaluate(product @ v, {product: np.eye(9), v: np.arange(9.0)}).tolist() == list(range(9))


def test_brackets_stay_where_no_order_is_cheaper() -> None:
    A, B, C = (sg.symbol(name, (8, 8)) for name in "ABC")
    for product in ((A @ B) @ C, A @ (B @ C)):
        assert order_contractions([product]) == [product]


def test_as_it_stands_means_as_it_stands() -> None:
    A, B, v = sg.symbol("A", ("n", "n")), sg.symbol("B", ("n", "n")), sg.symbol("v", "n")
    assert sg.compile(A @ B @ v, [A, B, v], simplify=None).outputs == [A @ B @ v]
    values = {A: [[1e200, 0.0], [0.0, 1.0]], B: [[1e200, 0.0], [0.0, 1.0]], v: [0.0, 1.0]}
    assert np.isnan(sg.evaluate(A @ B @ v, values, simplify=None)).any()
    assert sg.evaluate(A @ B @ v, values).tolist() == [0.0, 1.0]


def test_deltas_cancel_inside_longer_products() -> None:
    """(diag(x)·A)·v: the diagonal is an index, not a matrix."""
    A, x, v = sg.symbol("A", ("n", "n")), sg.symbol("x", "n"), sg.symbol("v", "n")
    (ordered,) = order_contractions([sg.diag(x) @ A @ v])
    assert operations([ordered]) == NOMINAL**2 + NOMINAL


def test_vectors_among_the_matrices_do_not_mislead_the_search() -> None:
    """A bottleneck of 2 between matrices of 100 by 50, with diagonal matrices in between."""
    A, B, C, D = (sg.symbol(f"A{k}", shape) for k, shape in enumerate([(100, 50), (50, 2), (2, 50), (50, 100)]))
    u, v, w = sg.symbol("u", 50), sg.symbol("v", 2), sg.symbol("w", 50)
    product = A @ sg.diag(u) @ B @ sg.diag(v) @ C @ sg.diag(w) @ D
    assert operations(order_contractions([product])) < 3 * 100 * 50 * 2 + 100 * 2 * 100
