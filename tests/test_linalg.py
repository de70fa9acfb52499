"""Linear algebra where examples at random points say nothing: singular matrices, ties, empty and named sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.errors import EvaluationError, ShapeError
from symgraph.core.node import Node
from symgraph.evaluate.backend import Backend, mpmath_backend, numpy_backend
from symgraph.evaluate.evaluator import run
from symgraph.ops.linalg.decomposition import qr
from symgraph.ops.linalg.determinant import slogdet
from symgraph.ops.linalg.spectral import eigh, svd

BACKENDS = [numpy_backend, mpmath_backend(30)]
I3 = np.eye(3)
TINY = 1e-120
SINGULAR = np.arange(1.0, 10.0).reshape(3, 3)
COFACTORS = np.array([[-3.0, 6.0, -3.0], [6.0, -12.0, 6.0], [-3.0, 6.0, -3.0]])
RANK_ONE = np.outer([1.0, 2.0, 2.0], [2.0, 1.0, 2.0]) / 9
FIRST_ROW = np.outer([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
STACK = np.stack([2 * I3, 0 * I3])
LEVI_CIVITA = np.array([[[(i - j) * (j - k) * (k - i) / 2 for k in range(3)] for j in range(3)] for i in range(3)])
FACTORS = ["inv", "cholesky", "qr_q", "qr_r", "eigh_values", "eigh_vectors", "svd_u", "svd_s", "svd_vt", "expm", "pinv"]
NUMBERS = ["det", "logdet"]
X = sg.symbol("X", shape=(3, 3))
Y = sg.symbol("Y", shape=(2, 3, 3))


def value(node: Node, values: dict[Node, Any], backend: Backend = numpy_backend) -> Any:
    return np.asarray(run([node], values, backend)[node], dtype=float)


def gradient(f: Node, x: Node) -> Node:
    return sg.grad(f, x)


CASES = [
    ("det of a singular matrix", gradient(sg.det(X), X), X, SINGULAR, COFACTORS),
    ("det of zero", gradient(sg.det(X), X), X, 0 * I3, 0 * I3),
    ("logdet of a singular matrix", sg.logdet(X), X, RANK_ONE * [1, 1, 0], -np.inf),
    ("sign", sg.det_sign(X), X, -I3, -1.0),
    ("determinant with a column of zeros", sg.det(X), X, I3[[1, 2, 0]] * [0, 1, 1], 0.0),
    ("logarithm of a tiny determinant", sg.logdet(X), X, np.diag([1.0, TINY, 1.0]), np.log(TINY)),
    ("sign of a tiny determinant", sg.det_sign(X), X, np.diag([1.0, -TINY, 1.0]), -1.0),
    ("inverse of entries far apart", sg.inv(X)[1, 1] * TINY, X, np.diag([1.0, TINY, 1.0]), 1.0),
    ("one eigenvalue of three equal ones", gradient(sg.eigh_values(X)[0], X), X, I3, I3 / 3),
    ("sum of equal eigenvalues", gradient(sg.sum(sg.eigh_values(X)), X), X, I3, I3),
    ("vectors of equal eigenvalues", gradient(sg.sum(sg.eigh_vectors(X)), X), X, I3, np.full((3, 3), np.nan)),
    ("nuclear norm at rank one", gradient(sg.sum(sg.svd_s(X)), X), X, RANK_ONE, RANK_ONE),
    ("nuclear norm at zero", gradient(sg.sum(sg.svd_s(X)), X), X, 0 * I3, 0 * I3),
    ("pinv at rank one", sg.pinv(X), X, RANK_ONE, RANK_ONE.T),
    ("pinv where it jumps", gradient(sg.sum(sg.pinv(X)), X), X, RANK_ONE, np.full((3, 3), np.nan)),
    ("inverse of a stack", sg.inv(Y)[:, 0, 0], Y, STACK, [0.5, np.nan]),
    ("system with a stack", sg.solve(Y, np.ones(3))[:, 0], Y, STACK, [0.5, np.nan]),
    ("triangular system with a stack", sg.solve_triangular(Y, np.ones(3))[:, 0], Y, STACK, [0.5, np.nan]),
    ("Cholesky factor of a stack", sg.cholesky(Y)[:, 0, 0] ** 2, Y, STACK, [2.0, np.nan]),
    ("indefinite matrix", sg.cholesky(X)[0, 0], X, -I3, np.nan),
    ("branch not taken", gradient(sg.where(X[0, 0] > 1, sg.sum(sg.inv(X)), X[0, 1]), X), X, 0 * I3, FIRST_ROW),
    ("matrix not used", gradient(sg.inv(Y)[0, 0, 0], Y)[1], Y, STACK, 0 * I3),
    ("vector product", sg.cross(X[0], X[1]), X, I3, [0.0, 0.0, 1.0]),
]


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
@pytest.mark.parametrize(("node", "symbol", "at", "wanted"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_known_answers(node: Node, symbol: Node, at: Any, wanted: Any, backend: Backend) -> None:
    np.testing.assert_allclose(value(node, {symbol: at}, backend), wanted, rtol=1e-13, atol=1e-14)


def test_derivatives_of_det_at_singular_matrices_are_those_of_the_polynomial() -> None:
    second = sg.jacobian(sg.cofactor(X), X)
    third = sg.jacobian(second, X)
    np.testing.assert_allclose(
        value(second, {X: SINGULAR}), np.einsum("ikm,jln,mn->ijkl", LEVI_CIVITA, LEVI_CIVITA, SINGULAR), atol=1e-13
    )
    np.testing.assert_allclose(
        value(third, {X: 0 * I3}), np.einsum("ikm,jln->ijklmn", LEVI_CIVITA, LEVI_CIVITA), atol=1e-13
    )
    assert not value(sg.jacobian(third, X), {X: SINGULAR}).any()


@pytest.mark.parametrize("f", [sg.sum(sg.svd_s(X) ** 2), sg.eigh_values(X)[0], sg.sum(sg.eigh_vectors(X) ** 3)])
def test_second_derivatives_at_ties_and_zeros_are_nan(f: Node) -> None:
    assert np.isnan(value(sg.hessian(f, X), {X: 0 * I3})).all()


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
@pytest.mark.parametrize("name", FACTORS + NUMBERS)
def test_empty_matrices_empty_stacks_and_nan(name: str, backend: Backend) -> None:
    function = getattr(sg, name)
    empty, none = sg.symbol("empty", shape=(0, 0)), sg.symbol("none", shape=(0, 3, 3))
    for x in (empty, none):
        y = function(x)
        assert value(y, {x: np.zeros(x.shape)}, backend).shape == y.shape
        assert value(gradient(sg.sum(y), x), {x: np.zeros(x.shape)}, backend).shape == x.shape
    below = np.tril(np.atleast_2d(value(function(X), {X: np.full((3, 3), np.nan)}, backend)))
    assert np.isnan(below[below != 0]).all()


@pytest.mark.parametrize("name", FACTORS + NUMBERS)
def test_named_sizes_integers_and_single_precision(name: str) -> None:
    function = getattr(sg, name)
    at = np.array([[9, 1, 2], [1, 6, 1], [2, 1, 3]])
    n = sg.symbol("A", shape=("n", "n"))
    # In one mode the graphs are the same, and so are the bits. By default the sizes choose the mode (3 is smaller than
    # what a named size counts as): the same sums of products in another order, so the answers differ by rounding.
    wanted = value(sg.jacobian(function(X), X, mode="reverse"), {X: at})
    np.testing.assert_array_equal(value(sg.jacobian(function(n), n, mode="reverse"), {n: at}), wanted)
    rounding = 16 * np.finfo(float).eps * np.abs(wanted).max()
    np.testing.assert_allclose(value(sg.jacobian(function(n), n), {n: at}), wanted, rtol=0, atol=rounding)
    whole, single = sg.symbol("I", shape=(3, 3), dtype="int64"), sg.symbol("S", shape=(3, 3), dtype="float32")
    result = run([function(whole)], {whole: at})[function(whole)]
    assert result.dtype == function(whole).dtype == "float64"
    slope = gradient(sg.sum(function(single)), single)
    assert run([slope], {single: at})[slope].dtype == slope.dtype == "float32"


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 4, 3), ("m", "n")])
def test_decompositions_compose_to_the_matrix(shape: Any) -> None:
    a = sg.symbol("A", shape=shape)
    at = np.random.default_rng(5).normal(size=[{"m": 4, "n": 3}.get(size, size) for size in shape])
    q, r = qr(a)
    u, s, vt = svd(a)
    for product in (q @ r, (u * s[..., None, :]) @ vt):
        np.testing.assert_allclose(value(product, {a: at}), at, atol=1e-14)
    assert not np.tril(value(r, {a: at}), -1).any()


def test_eigh_and_slogdet_compose() -> None:
    at = np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 1.0], [0.0, 1.0, 5.0]])
    w, v = eigh(X)
    np.testing.assert_allclose(value((v * w) @ v.T, {X: at}), at, atol=1e-14)
    sign, size = slogdet(X)
    np.testing.assert_allclose(value(sign * sg.exp(size), {X: at}), np.linalg.det(at))


@pytest.mark.parametrize("name", ["qr_q", "qr_r"])
def test_named_sizes_are_not_silently_wide(name: str) -> None:
    a = sg.symbol("A", shape=("m", "n"))
    with pytest.raises(EvaluationError, match="at least as many rows"):
        value(getattr(sg, name)(a), {a: np.ones((2, 3))})


@pytest.mark.parametrize(
    "call",
    [
        lambda: sg.inv(sg.symbol("A", shape=(2, 3))),
        lambda: sg.det(sg.symbol("A", shape=("n", "m"))),
        lambda: sg.solve(X, np.ones(2)),
        lambda: sg.solve(X, 1.0),
        lambda: sg.solve_triangular(X, np.ones(3), trans="x"),
        lambda: sg.cofactor(X, np.ones((2, 2))),
        lambda: sg.svd_s(np.ones(3)),
        lambda: sg.matrix_power(X, 0.5),
        lambda: sg.cross(X, np.ones(2)),
        lambda: sg.tril(np.ones(3)),
    ],
)
def test_misfits_are_shape_errors(call: Any) -> None:
    with pytest.raises(ShapeError):
        call()
