"""Sparse derivatives: patterns hold all non-zeros, and known ones exactly; values agree with closed forms."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import block_array, csr_array, diags_array, eye_array, kron

import symgraph as sg
from symgraph.autodiff.colouring import colour_hessian, colour_jacobian
from symgraph.core.dtype import is_float
from symgraph.core.node import Node
from symgraph.core.operator import OPS
from symgraph.testing.graphs import random_graph
from symgraph.testing.samples import sample

X = sg.symbol("x", shape=6)
A = sg.symbol("A", shape=(3, 4))
BAND = np.diag([2.0] * 6) + np.diag([-1.0] * 5, 1) + np.diag([-1.0] * 5, -1)


def tridiagonal(n: int) -> Any:
    return diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(n, n)).toarray() != 0


def ones(*shape: int) -> Any:
    return np.ones(shape, dtype=bool)


def rows(*listed: str) -> Any:
    return np.array([[c == "1" for c in row] for row in listed])


ROW = np.kron(np.eye(3), np.ones((4, 4))) != 0
COLUMN = np.kron(np.ones((3, 3)), np.eye(4)) != 0

# expression, variable, order, exact pattern
EXACT: dict[str, tuple[Node, Node, int, Any]] = {
    "elementwise": (sg.sin(X) * sg.exp(X), X, 1, np.eye(6) != 0),
    "linear terms drop out": (sg.sum(X) + X[0] * X[1], X, 2, rows("010000", "100000", *["000000"] * 4)),
    "difference": (X[1:] - X[:-1], X, 1, np.eye(5, 6) + np.eye(5, 6, 1) != 0),
    "stride": (X[::2] * X[1::2], X, 1, np.kron(np.eye(3), [[1, 1]]) != 0),
    "reverse": (X[::-1], X, 1, np.eye(6)[::-1] != 0),
    "roll": (sg.roll(X, 1) * X, X, 1, (np.roll(np.eye(6), -1, 1) + np.eye(6)) != 0),
    "constant band": (BAND @ sg.sin(X), X, 1, BAND != 0),
    "constant band squared": (sg.sum((BAND @ X) ** 2), X, 2, BAND @ BAND != 0),
    "quadratic form": (X @ BAND @ X, X, 2, BAND != 0),
    "reshape": (sg.sum(sg.reshape(X, (2, 3)), axis=0), X, 1, np.kron([[1, 1]], np.eye(3)) != 0),
    "row sums": (sg.sum(A, axis=1), A, 1, np.kron(np.eye(3), np.ones((1, 4))) != 0),
    "row products": (sg.prod(A, axis=1), A, 1, np.kron(np.eye(3), np.ones((1, 4))) != 0),
    "column maximum": (sg.max(A, axis=0), A, 1, np.kron(np.ones((1, 3)), np.eye(4)) != 0),
    "softmax of rows": (sg.softmax(A, axis=1), A, 1, ROW),
    "logsumexp of columns": (sg.sum(sg.logsumexp(A, axis=0)), A, 2, COLUMN),
    "norms of rows": (sg.sum(sg.norm(A, axis=1)), A, 2, ROW),
    "matrix product": (A @ np.ones((4, 2)), A, 1, np.kron(np.eye(3), np.ones((2, 4))) != 0),
    "Gram matrix": (sg.sum((A @ A.T) ** 2), A, 2, ones(12, 12)),
    "transpose": (A.T, A, 1, np.eye(12)[np.arange(12).reshape(3, 4).T.ravel()] != 0),
    "diagonal": (sg.diag(X)[2], X, 1, np.diag([0, 0, 1, 0, 0, 0]) != 0),
    "trace": (sg.trace(sg.reshape(X[:4], (2, 2))), X, 1, rows("100100")),
    "gather": (X[[5, 0, 5]], X, 1, np.eye(6)[[5, 0, 5]] != 0),
    "gather rows": (A[[2, 0]], A, 1, np.eye(12)[[8, 9, 10, 11, 0, 1, 2, 3]] != 0),
    "scatter": (sg.scatter_add(X, [0, 0, 1, 1, 2, 2], 4), X, 1, rows("110000", "001100", "000011", "000000")),
    "where": (sg.where(X > 0, X**2, sg.roll(X, 1)), X, 1, (np.eye(6) + np.roll(np.eye(6), -1, 1)) != 0),
    "maximum": (sg.maximum(X[:3], X[3:]), X, 1, np.kron([[1, 1]], np.eye(3)) != 0),
    "condition alone": (sg.where(X > 0, 1.0, 2.0), X, 1, np.zeros((6, 6), bool)),
    "stopped": (sg.stop_gradient(X) * X[0], X, 1, np.outer(np.ones(6), np.eye(6)[0]) != 0),
    "cumsum": (sg.cumsum(X), X, 1, np.tri(6) != 0),
    "cumprod": (sg.cumprod(A, axis=1), A, 1, np.kron(np.eye(3), np.tri(4)) != 0),
    "concatenate": (sg.concatenate([X[:2] ** 2, X[4:]]), X, 1, np.eye(6)[[0, 1, 4, 5]] != 0),
    "stack": (sg.stack([X[0] * X[1], X[5], sg.constant(2.0)]), X, 1, rows("110000", "000001", "000000")),
    "triangle": (sg.sum(sg.tril(sg.reshape(X, (2, 3))), axis=1), X, 1, rows("100000", "000110")),
    "tridiagonal": (sg.sum((X[1:] - X[:-1]) ** 4), X, 2, tridiagonal(6)),
    "arrowhead": (
        sg.sum(X[0] * X[1:] ** 2),
        X,
        2,
        rows("011111", *(["1" + "0" * k + "1" + "0" * (4 - k) for k in range(5)])),
    ),
    "separable": (sg.sum(sg.log(1 + sg.exp(X))), X, 2, np.eye(6) != 0),
    "inverse says nothing": (sg.inv(sg.reshape(X[:4], (2, 2))), X, 1, np.hstack([ones(4, 4), np.zeros((4, 2), bool)])),
    "powers of a sum": (sg.sum(X[:3]) ** 2 + X[3], X, 2, np.pad(ones(3, 3), ((0, 3), (0, 3)))),
}


@pytest.mark.parametrize("name", EXACT)
def test_known_patterns_are_exact(name: str) -> None:
    y, x, order, wanted = EXACT[name]
    assert np.array_equal(sg.sparsity(y, x, order=order).toarray(), wanted)


@pytest.mark.parametrize("name", EXACT)
def test_values_agree_with_the_dense_derivative(name: str) -> None:
    y, x, order, _ = EXACT[name]
    at = {x: np.random.default_rng(3).uniform(0.2, 1.8, size=[int(str(size)) for size in x.shape])}
    found = sg.hessian(y, x, sparse=True) if order == 2 else sg.jacobian(y, x, sparse=True)
    dense = sg.evaluate(sg.hessian(y, x) if order == 2 else sg.jacobian(y, x), at)
    wanted = np.reshape(dense, found.shape)
    np.testing.assert_allclose(sg.evaluate(found, at).toarray(), wanted, rtol=1e-12, atol=1e-12)


INDEX = sg.symbol("i", shape=2, dtype="int64")


def test_symbolic_positions_may_be_any_of_the_axis() -> None:
    assert np.array_equal(sg.sparsity(X[INDEX], X).toarray(), ones(2, 6))
    wanted = np.kron(np.ones((2, 3)), np.eye(4)) != 0
    assert np.array_equal(sg.sparsity(A[INDEX], A).toarray(), wanted)
    y = sg.scatter_add(X[:2] ** 2, INDEX, 3)
    assert np.array_equal(sg.sparsity(y, X).toarray(), np.hstack([ones(3, 2), np.zeros((3, 4), bool)]))
    J = sg.jacobian(y, X, sparse=True)
    found = sg.evaluate(J, {"x": np.arange(1.0, 7.0), "i": [2, 0]}).toarray()
    assert np.array_equal(found[:, :2], [[0, 4], [0, 0], [2, 0]])


# --- every operator, and random graphs ----------------------------------------------------------

RECORDS = [
    (name, place)
    for name, op in OPS.items()
    if op.differentiable and op.arity != 0
    for place in range(len(op.examples))
]


@pytest.mark.parametrize(("name", "place"), RECORDS)
def test_no_operator_depends_on_more_than_it_says(name: str, place: int) -> None:
    """Entries of the dense Jacobian that are not zero lie in the pattern, at the record's own example."""
    tried = sample(OPS[name], place)
    for s in tried.symbols:
        if not is_float(s.dtype):
            continue
        for output in tried.outputs:
            if not is_float(output.dtype):
                continue
            try:
                dense = sg.jacobian(output, s)
            except sg.DifferentiationError:
                continue  # proved elsewhere: the record has no rule for this argument
            pattern = sg.sparsity(output, s).toarray()
            numbers = np.reshape(sg.evaluate(dense, tried.values), pattern.shape)
            assert not np.any((numbers != 0) & ~pattern)


@pytest.mark.parametrize("seed", range(40))
def test_hessians_of_random_graphs(seed: int) -> None:
    graph = random_graph(seed, operations=7)
    variables = [s for s in graph.symbols if is_float(s.dtype)]
    if not variables:
        return
    sizes = [int(np.prod(np.array(v.shape, dtype=int))) for v in variables]
    blocks = sg.evaluate(sg.hessian(graph.output, variables, mode="reverse"), graph.values)
    dense = np.block(
        [[np.reshape(b, (n, m)) for b, m in zip(row, sizes, strict=True)] for row, n in zip(blocks, sizes, strict=True)]
    )
    found = sg.hessian(graph.output, variables, sparse=True)
    assert not np.any((dense != 0) & np.isfinite(dense) & ~found.pattern.toarray())
    numbers = sg.evaluate(found, graph.values).toarray()
    usable = np.isfinite(dense).all(axis=1)
    scale = np.max(np.abs(dense[usable]), initial=1.0)
    np.testing.assert_allclose(numbers[usable], dense[usable], rtol=1e-9, atol=1e-10 * scale)


# --- colouring ----------------------------------------------------------------------------------


def arrowhead(n: int) -> Any:
    found = np.eye(n, dtype=bool)
    found[0] = found[:, 0] = True
    return found


@pytest.mark.parametrize(
    ("pattern", "products"),
    [
        (np.eye(50, dtype=bool), 1),
        (tridiagonal(50), 3),
        (arrowhead(50), 3),
        (arrowhead(50)[::-1, ::-1], 3),
        (np.vstack([np.eye(50, dtype=bool), ones(1, 50)]), 2),
        (np.hstack([np.eye(50, dtype=bool), ones(50, 1)]), 2),
        (ones(1, 50), 1),
        (ones(50, 1), 1),
    ],
)
def test_number_of_products_of_a_jacobian(pattern: Any, products: int) -> None:
    found = colour_jacobian(csr_array(pattern))
    assert found.column_colours + found.row_colours == products


@pytest.mark.parametrize(
    ("pattern", "products"),
    [(np.eye(50, dtype=bool), 1), (tridiagonal(50), 3), (arrowhead(50), 2), (arrowhead(50)[::-1, ::-1], 2)],
)
def test_number_of_products_of_a_hessian(pattern: Any, products: int) -> None:
    assert colour_hessian(csr_array(pattern)).column_colours == products


@pytest.mark.parametrize("seed", range(30))
def test_every_entry_can_be_read_off(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, n = rng.integers(1, 14, size=2)
    held = rng.random((m, n)) < 0.5 * rng.random()
    held[rng.integers(m), :] |= rng.random() < 0.5
    J = rng.normal(size=(m, n)) * held
    found = colour_jacobian(csr_array(held))
    forward = J @ (found.columns[:, None] == np.arange(found.column_colours))
    backward = (found.rows[:, None] == np.arange(found.row_colours)).T @ J
    places = csr_array(held).tocoo()
    for i, j, by_row in zip(places.row, places.col, found.by_row, strict=True):
        read = backward[found.rows[i], j] if by_row else forward[i, found.columns[j]]
        assert read == pytest.approx(J[i, j], rel=1e-12)
    square = rng.random((n, n)) < 0.4
    square |= square.T
    H = rng.normal(size=(n, n))
    H = (H + H.T) * square
    star = colour_hessian(csr_array(square))
    products = H @ (star.columns[:, None] == np.arange(star.column_colours))
    places = csr_array(square).tocoo()
    for i, j, across in zip(places.row, places.col, star.by_row, strict=True):
        read = products[j, star.columns[i]] if across else products[i, star.columns[j]]
        assert read == pytest.approx(H[i, j], rel=1e-12)


# --- problems with closed forms ------------------------------------------------------------------


def chained(x: Any) -> tuple[Any, Any]:
    """The chained Rosenbrock function: its Hessian is tridiagonal."""
    main = np.zeros(len(x))
    main[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    main[1:] += 200
    return diags_array([-400 * x[:-1], main, -400 * x[:-1]], offsets=[-1, 0, 1], format="csr"), 3 * len(x) - 2


def paired(x: Any) -> tuple[Any, Any]:
    """The extended Rosenbrock function of Moré, Garbow and Hillstrom: 2 × 2 blocks."""
    even, odd = x[0::2], x[1::2]
    main, off = np.full(len(x), 200.0), np.zeros(len(x) - 1)
    main[0::2] = 1200 * even**2 - 400 * odd + 2
    off[0::2] = -400 * even
    return diags_array([off, main, off], offsets=[-1, 0, 1], format="csr"), 2 * len(x)


def chained_rosenbrock() -> Node:
    x = sg.symbol("x", shape="n")
    return sg.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_chained_rosenbrock_of_ten_thousand_variables() -> None:
    n = 10_000
    x = np.random.default_rng(0).normal(size=n)
    H = sg.hessian(chained_rosenbrock(), "x", sparse=True, sizes={"n": n})
    wanted, entries = chained(x)
    assert (H.nnz, H.products) == (entries, 3)
    assert abs(sg.evaluate(H, {"x": x}) - wanted).max() <= 1e-12 * abs(wanted).max()


def test_extended_rosenbrock_of_ten_thousand_variables() -> None:
    n = 10_000
    s = sg.symbol("x", shape=n)
    f = sg.sum(100 * (s[1::2] - s[0::2] ** 2) ** 2 + (1 - s[0::2]) ** 2)
    x = np.random.default_rng(1).normal(size=n)
    H = sg.hessian(f, s, sparse=True)
    wanted, entries = paired(x)
    assert (H.nnz, H.products) == (entries, 2)
    assert abs(sg.evaluate(H, {s: x}) - wanted).max() <= 1e-12 * abs(wanted).max()


def test_brusselator_on_a_grid() -> None:
    """A reaction and diffusion system: five-point stencils, and two species that meet in every cell."""
    n = 7
    u, v = sg.symbols("u v", shape=(n, n))

    def laplacian(w: Node) -> Node:
        return sg.roll(w, 1, 0) + sg.roll(w, -1, 0) + sg.roll(w, 1, 1) + sg.roll(w, -1, 1) - 4.0 * w

    change = [1 + u**2 * v - 4.4 * u + 0.1 * laplacian(u), 3.4 * u - u**2 * v + 0.1 * laplacian(v)]
    J = sg.jacobian(change, [u, v], sparse=True)
    shift = np.roll(np.eye(n), 1, 0)
    stencil = kron(shift + shift.T, eye_array(n)) + kron(eye_array(n), shift + shift.T)
    laplace = stencil - 4 * eye_array(n * n)
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1, 2, (2, n, n))
    square, product = diags_array(a.ravel() ** 2), diags_array(2 * (a * b).ravel())
    one = eye_array(n * n)
    wanted = block_array(
        [[product - 4.4 * one + 0.1 * laplace, square], [3.4 * one - product, 0.1 * laplace - square]], format="csr"
    )
    found = sg.evaluate(J, {u: a, v: b})
    assert J.nnz == 2 * (5 + 1) * n * n
    assert abs(found - wanted).max() < 1e-12
    assert J.products < 20


def test_banded_jacobian_of_broyden() -> None:
    """The Broyden banded function (Moré, Garbow, Hillstrom 31): five below, one above the diagonal."""
    n = 40
    x = sg.symbol("x", shape=n)
    g = x * (1 + x)
    padded = sg.concatenate([np.zeros(5), g, np.zeros(1)])
    near = padded[0:n] + padded[1 : n + 1] + padded[2 : n + 2] + padded[3 : n + 3] + padded[4 : n + 4] + padded[6:]
    J = sg.jacobian(x * (2 + 5 * x**2) + 1 - near, x, sparse=True)
    at = np.linspace(-1, 1, n)
    band = np.tri(n, n, 1) * np.tri(n, n, 5).T != 0
    wanted = np.where(band, -(1 + 2 * at), 0.0)
    wanted[np.diag_indices(n)] = 2 + 15 * at**2
    assert np.array_equal(J.pattern.toarray(), band)
    np.testing.assert_allclose(sg.evaluate(J, {x: at}).toarray(), wanted, rtol=1e-13, atol=1e-13)
    assert J.products == 7


# --- scalar systems -----------------------------------------------------------------------------


def network() -> tuple[list[Node], list[Node]]:
    a, b, c = sg.symbols("a b c")
    return [-a * b, a * b - c, c**2], [a, b, c]


def test_entries_of_a_scalar_system_are_formulas() -> None:
    y, x = network()
    J = sg.jacobian(y, x, sparse=True)
    assert J.colouring is None
    assert [(i, j, str(e)) for i, j, e in J.entries] == [
        *((0, 0, "-b"), (0, 1, "-a"), (1, 0, "b"), (1, 1, "a"), (1, 2, "-1"), (2, 2, "2·c")),
    ]


def test_entries_of_a_vector_used_entry_by_entry() -> None:
    s = sg.symbol("s", shape=3)
    y = sg.stack([s[0] * s[1], sg.sin(s[2])])
    J = sg.jacobian(y, s, sparse=True)
    assert [(i, j, str(e)) for i, j, e in J.entries] == [(0, 0, "s[1]"), (0, 1, "s[0]"), (1, 2, "cos(s[2])")]
    assert sg.evaluate(J, {s: [2.0, 3.0, 0.0]}).toarray().tolist() == [[3.0, 2.0, 0.0], [0.0, 0.0, 1.0]]


def test_long_sums_and_deep_scalars_stay_linear() -> None:
    x = sg.symbols(" ".join(f"x{i}" for i in range(400)))
    total = sg.constant(0.0)
    for each in x:
        total = total + each * each
    J = sg.jacobian([total], x, sparse=True)
    assert J.nnz == 400
    assert len(sg.graph([total, J.values]).nodes) < 2500
    deep = x[0]
    for _ in range(3000):
        deep = sg.sin(deep)
    assert sg.jacobian([deep, x[1]], x[:2], sparse=True).nnz == 2


def test_dense_scalar_systems_are_computed_by_products() -> None:
    x = sg.symbols(" ".join(f"x{i}" for i in range(60)))
    s = sg.constant(1.0)
    for each in x:
        s = sg.sin(s * each)
    layers = [s]
    for _ in range(3000):
        layers.append(sg.sin(layers[-1]))
    J = sg.jacobian([layers[-1]], x, sparse=True)
    assert (J.nnz, J.products) == (60, 1)


def test_infinite_entries_of_scalar_systems_do_not_spread() -> None:
    a, b = sg.symbols("a b")
    J = sg.jacobian([sg.sqrt(a) + b, a**3], [a, b], sparse=True)
    assert sg.evaluate(J, {a: 0.0, b: 1.0}).toarray().tolist() == [[math.inf, 1.0], [0.0, 0.0]]


# --- the object ---------------------------------------------------------------------------------


def test_it_stands_among_outputs() -> None:
    y, x = network()
    J = sg.jacobian(y, x, sparse=True)
    values = dict(zip("abc", (2.0, 3.0, 4.0), strict=True))
    found = sg.evaluate({"y": y, "J": J}, values)
    assert isinstance(found["J"], csr_array)
    compiled = sg.compile([y[0], J], x)
    for function in (compiled, pickle.loads(pickle.dumps(compiled))):
        value, matrix = function(2.0, 3.0, 4.0)
        assert value == -6.0
        assert np.array_equal(matrix.toarray(), found["J"].toarray())
    assert repr(sg.simplify(J)) == "<sparse 3 × 3: 6 entries, entry by entry>"
    with pytest.raises(sg.EvaluationError, match=r"J\.values"):
        sg.evaluate(J, values, backend="mpmath")
    assert [float(v) for v in sg.evaluate(J.values, values, backend="mpmath")] == [-3.0, -2.0, 3.0, 2.0, -1.0, 8.0]


def test_values_can_be_differentiated() -> None:
    y, x = network()
    J = sg.jacobian(y, x, sparse=True)
    again = sg.jacobian(J.values, x, sparse=True)
    assert again.shape == (6, 3)
    assert [(i, j, str(e)) for i, j, e in again.entries] == [
        *((0, 1, "-1"), (1, 0, "-1"), (2, 1, "1"), (3, 0, "1"), (5, 2, "2")),
    ]


def test_several_variables_and_outputs_are_one_matrix() -> None:
    u = sg.symbol("u", shape=(2, 2))
    v = sg.symbol("v", shape=3)
    J = sg.jacobian({"p": sg.sin(u), "q": v**2 * u[0, 0]}, {"u": u, "v": v}, sparse=True)
    assert J.shape == (7, 7)
    assert np.array_equal(J.pattern.toarray()[4:], np.hstack([np.eye(4)[[0] * 3], np.eye(3)]) != 0)


def test_named_sizes_need_numbers() -> None:
    with pytest.raises(sg.DifferentiationError, match=r"n has none.*sizes=\{'n': 100\}"):
        sg.hessian(chained_rosenbrock(), "x", sparse=True)
    with pytest.raises(sg.DifferentiationError, match="colouring"):
        sg.jacobian(X, X, mode="forward", sparse=True)
    with pytest.raises(sg.DifferentiationError, match="order"):
        sg.sparsity(X, X, order=3)
    with pytest.raises(sg.DifferentiationError, match="nothing to differentiate"):
        sg.jacobian([], [], sparse=True)


def test_rules_that_look_at_the_adjoint_are_not_transposed() -> None:
    """The slope of a maximum has a rule that asks where the adjoint is zero; columns alone would do."""
    y = sg.concatenate([sg.grad(sg.sum(sg.max(A, axis=0) ** 2), A)[k] for k in range(3)])
    J = sg.jacobian(y, A, sparse=True)
    at = {A: np.random.default_rng(0).normal(size=(3, 4))}
    wanted = np.reshape(sg.evaluate(sg.jacobian(y, A, mode="reverse"), at), (12, 12))
    np.testing.assert_allclose(sg.evaluate(J, at).toarray(), wanted, rtol=1e-12)


def test_empty_patterns() -> None:
    J = sg.jacobian(sg.floor(X), X, sparse=True)
    assert (J.nnz, J.products, J.shape) == (0, 0, (6, 6))
    assert sg.evaluate(J, {}).nnz == 0


def test_composites_are_looked_into_and_own_rules_are_not() -> None:
    u = sg.symbol("u", shape=6)
    gate = sg.function("gate", [u], sg.sin(u) * u)
    assert np.array_equal(sg.sparsity(gate(X), X).toarray(), np.eye(6) != 0)
    straight = sg.custom_gradient("straight", [u], sg.floor(u), lambda g, value, u: [g])
    J = sg.jacobian(straight(X), X, sparse=True)
    assert np.array_equal(sg.evaluate(J, {X: np.ones(6)}).toarray(), np.eye(6))


# --- real networks ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["toy-jim", "egfr_net", "bcr"])
def test_reaction_network(name: str, data: Path) -> None:
    from test_real_input import NETWORK

    folder = data / "reaction_networks"
    golden = json.loads((folder / f"{name}_golden.json").read_text(encoding="utf-8"))
    species, change, parameters = NETWORK.read_network((folder / f"{name}.net").read_text(encoding="utf-8"))
    J = sg.jacobian(change, species, sparse=True)
    assert J.nnz == golden["structural_nnz"]
    at: dict[Node, Any] = {s: 1 + 0.5 * math.sin(i) for i, s in enumerate(species, 1)}
    matrix = sg.evaluate(J, at | parameters)
    v = np.cos(np.arange(len(species)))
    for have, key in ((matrix @ v, "Jv"), (matrix.T @ v, "vJ")):
        want = np.array(golden[key])
        assert np.max(np.abs(have - want)) <= 1e-9 * np.max(np.abs(want))
    assert np.sqrt(np.sum(matrix.data**2)) == pytest.approx(golden["J_frobenius"], rel=1e-9)
