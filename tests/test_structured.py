"""Structure in derivatives: how many passes, which mode, and what stays symbolic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.autodiff.modes import MODES
from symgraph.core.dimension import Dim
from symgraph.core.traversal import free_symbols, topological
from symgraph.rewrite.contraction_order import operations


@pytest.mark.parametrize("count", [2, 20, 200])
def test_vjp_of_many_outputs_is_one_pass(count: int) -> None:
    """Each output adds a constant number of nodes; the shared chain is walked back once."""
    x = sg.symbol("x")
    shared = x
    for _ in range(100):
        shared = sg.sin(shared)
    outputs = [float(k + 2) * shared for k in range(count)]
    cotangents = [sg.symbol(f"c{k}") for k in range(count)]
    product = sg.vjp(outputs, x, cotangents)
    assert len(topological([product])) <= 100 * 3 + 6 * count
    weighted = sg.grad(sum((c * y for c, y in zip(cotangents, outputs, strict=True)), sg.constant(0.0)), x)
    values = {x: 0.7, **{c: 1.0 / (k + 1) for k, c in enumerate(cotangents)}}
    assert sg.evaluate(product, values) == pytest.approx(sg.evaluate(weighted, values), rel=1e-13)


def test_vjp_of_outputs_that_use_each_other_and_that_repeat() -> None:
    x = sg.symbol("x")
    y = sg.exp(x)
    z = sg.sin(y)
    a, b, c = sg.symbols("a b c")
    product = sg.vjp([y, z, y, x], x, [a, b, a, c])
    values = {x: 0.3, a: 2.0, b: -1.5, c: 0.25}
    wanted = sg.evaluate(sg.grad(2 * a * y + b * z + c * x, x), values)
    assert sg.evaluate(product, values) == pytest.approx(wanted, rel=1e-14)


Z, t, w = sg.symbol("Z", ("m", "n")), sg.symbol("t", "m"), sg.symbol("w", "n")
T, U, W = sg.symbol("T", ("n", "m")), sg.symbol("U", ("n", "k")), sg.symbol("W", ("m", "k"))
A, x, s = sg.symbol("A", ("n", "n")), sg.symbol("x", "n"), sg.symbol("s")
LOGISTIC = sg.sum(sg.log(1 + sg.exp(-t * (Z @ w))))
FACTORISATION = sg.sum((T - U @ W.T) ** 2)
SIZES = {"m": 4, "n": 3, "k": 2}


def values_of(*outputs: sg.Node) -> dict[Any, Any]:
    rng = np.random.default_rng(1)
    shapes = {node: [SIZES.get(str(size), size) for size in node.shape] for node in (Z, t, w, T, U, W, A, x, s)}
    return {node: rng.normal(size=shape)[()] for node, shape in shapes.items()}


FUNCTIONS = {
    "diagonal": (w**3, w),
    "two layers": (sg.tanh(Z @ sg.sin(w)), w),
    "a scalar": (sg.exp(s * w) * x, s),
    "a scalar in a matrix": (A @ sg.tanh(A.T @ (x * sg.sin(s))), s),
    "broadcast": (s * w + w * t[0], w),
    "broadcast column": (sg.sum(sg.reshape(w, ("n", 1)) * A, axis=1), w),
    "softmax": (sg.softmax(Z @ w) * t, w),
    "where": (sg.where(x > 0, sg.sqrt(x), x**2), x),
    "maximum": (sg.maximum(w, x) * sg.max(w), w),
    "running sum": (sg.cumsum(w)[1:] / sg.sum(w**2), w),
    "inverse": (sg.inv(Z @ Z.T + 9 * sg.eye("m")), Z),
    "matrix of a matrix": (sg.exp(T - U @ W.T), U),
    "transposed": (T.T * 2.0, T),
    "gathered": (sg.concatenate([w[::-1], x]), w),
    "joined": (sg.stack([w, x, w * x], axis=1), x),
    "norm": (w / sg.norm(w), w),
    "product": (sg.prod(w) * w, w),
    "none": (x * 2.0, w),
    "a gradient": (sg.grad(LOGISTIC, w), w),
    "composite": (sg.function("f", [w, s], sg.sin(w) * s)(w**2, s), w),
}


CHOICES = {"where", "maximum", "running sum", "gathered"}  # cross-country mode refuses them


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_mode_gives_the_same_jacobian(name: str) -> None:
    y, variable = FUNCTIONS[name]
    values = values_of()
    modes: list[str | None] = [*MODES, None]
    if name in CHOICES:
        modes.remove("cross")
        with pytest.raises(sg.DifferentiationError, match="makes choices"):
            sg.jacobian(y, variable, mode="cross")
    found = {mode: sg.evaluate(sg.jacobian(y, variable, mode=mode), values, sizes=SIZES) for mode in modes}
    assert np.shape(found["reverse"]) == (*np.shape(sg.evaluate(y, values)), *np.shape(values[variable]))
    for mode in found:
        np.testing.assert_allclose(found[mode], found["reverse"], rtol=1e-12, atol=1e-13, err_msg=str(mode))


@pytest.mark.parametrize("f", [LOGISTIC, FACTORISATION, sg.sum(sg.tanh(A @ w) ** 2)], ids=str)
def test_every_mode_gives_the_same_hessian(f: sg.Node) -> None:
    values = values_of()
    variable = U if f is FACTORISATION else w
    found = [sg.evaluate(sg.hessian(f, variable, mode=mode), values) for mode in MODES]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-12, atol=1e-13)


def test_the_cheaper_mode_by_the_shapes_is_taken_and_can_be_seen() -> None:
    first = s * x + sg.tanh(A @ (s * x))
    y = first + sg.tanh(A.T @ first)
    narrow = sg.jacobian_mode(y, s)
    assert narrow.mode == "forward"
    assert narrow.operations["forward"] < narrow.operations["reverse"] / 4
    assert sg.jacobian_mode(sg.sum(w**2), w).mode == "reverse"
    assert sg.jacobian_mode(sg.sin(A @ w), w).mode == "reverse"
    assert "forward tanh at tanh" in sg.jacobian(y, s).listing()
    assert "forward" not in sg.jacobian(y, s, mode="reverse").listing()


def test_sizes_decide_the_mode_where_names_leave_it_open() -> None:
    B, C = sg.symbol("B", ("p", "q")), sg.symbol("C", ("r", "p"))
    D, z = sg.symbol("D", ("p", "p")), sg.symbol("z", "q")
    y = C @ sg.tanh(D @ (sg.tanh(B @ z) + sg.sin(B @ sg.cos(z))))
    assert sg.jacobian_mode(y, z, sizes={"p": 100, "q": 2, "r": 100}).mode == "forward"
    assert sg.jacobian_mode(y, z, sizes={"p": 100, "q": 100, "r": 2}).mode == "reverse"


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(sg.DifferentiationError, match="mode is 'reverse', 'forward'"):
        sg.jacobian(w**2, w, mode="sideways")


def test_hessians_keep_their_structure() -> None:
    assert str(sg.hessian(LOGISTIC, w)).startswith("Zᵀ·diag(")
    hessian = sg.hessian(FACTORISATION, U)
    assert operations([hessian], {"n": 10**6}) <= 64**3 + 64**2 * 10**6 * 4  # not (nk)² = 4·10¹⁵
    assert sg.hessian(sg.sum(sg.exp(w)), w) is sg.diag(sg.exp(w))


W1, W2, z = sg.symbol("W1", ("m", "n")), sg.symbol("W2", ("k", "m")), sg.symbol("z", "n")
B, X = sg.symbol("B", ("m", "n", "n")), sg.symbol("X", ("m", "n"))
NETWORK = sg.sum((W2 @ sg.tanh(W1 @ z)) ** 2)
# function, variable, kind of the Hessian, numbers to store, text (empty: not compared)
STRUCTURES = {
    "logistic regression": (LOGISTIC, w, "low rank", "2*m*n+m", ""),
    "matrix factorisation": (FACTORISATION, U, "kronecker", "k*k", "2·(eye(n) ⊗ Wᵀ·W)"),
    "its other factor": (FACTORISATION, W, "kronecker", "k*k", "2·(eye(m) ⊗ Uᵀ·U)"),
    "quadratic form": (w @ A @ w, w, "sum", "2*n*n", ""),
    "separable": (sg.sum(sg.exp(w)), w, "diagonal", "n", "diag(exp(w))"),
    "separable matrix": (sg.sum(sg.exp(U)), U, "diagonal", "k*n", "diag(exp(U))"),
    "square": (sg.sum(w**2) / 2, w, "identity", "0", "eye(n)"),
    "square of a matrix": (sg.sum(U**2) / 2, U, "identity", "0", "eye(n) ⊗ eye(k)"),
    "diagonal and rank one": (sg.sum(sg.exp(w)) + (w @ x) ** 2, w, "sum", "2*n", ""),
    "logsumexp": (sg.logsumexp(w), w, "sum", "n", "diag(softmax(w)) + -(softmax(w)·softmax(w)ᵀ)"),
    "batch of quadratic forms": (sg.einsum("bi,bij,bj->", X, B, X), X, "sum", "2*m*n*n", ""),
    "network, weights": (NETWORK, W1, "sum", "m*m+n*n+m", ""),
    "network, input": (NETWORK, z, "low rank", "2*m*n", ""),
    "rectified layer, input": (t @ sg.relu(W1 @ z), z, "low rank", "2*m*n+m", ""),
    "rectified layer, weights": (t @ sg.relu(W1 @ z), W1, "kronecker", "n*n+m", ""),
    "rectified layer squared, weights": (sg.sum(sg.relu(W1 @ z) ** 2), W1, "sum", "n*n+2*m", ""),
    "two rectified layers, weights": (sg.sum(sg.relu(W2 @ sg.relu(W1 @ z)) ** 2), W2, "sum", "m*m+2*k", ""),
    "rectified by where": (t @ sg.where(W1 @ z > 0, sg.sqrt(W1 @ z), 0.0), W1, "kronecker", "n*n+m", ""),
    "linear": (sg.sum(w * x), w, "zero", "0", "0"),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_structure_of_hessians(name: str) -> None:
    f, variable, kind, stored, text = STRUCTURES[name]
    hessian = sg.hessian(f, variable)
    found = sg.structure(hessian)
    assert found.kind == kind
    assert not text or str(found) == text
    assert found.stored == sum_of_sizes(stored)
    v = sg.symbol("v", variable.shape)
    rng = np.random.default_rng(2)
    values = {s: rng.normal(size=[SIZES[str(size)] for size in s.shape]) for s in free_symbols([f, v, hessian])}
    dense, product, diagonal, second = sg.evaluate(
        [hessian, found @ v, found.diagonal(), sg.hvp(f, variable, v)], values
    )
    wanted = np.tensordot(dense, values[v], variable.ndim)
    square = dense.reshape(wanted.size, wanted.size)
    np.testing.assert_allclose(product, wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(second, wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(diagonal.ravel(), square.diagonal(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(square, square.T, rtol=1e-12, atol=1e-12)


def sum_of_sizes(text: str) -> Any:
    """Read a size such as ``2*m*n+m``."""
    total: Any = 0
    for product in text.split("+"):
        factor: Any = 1
        for part in product.split("*"):
            factor = (int(part) if part.isdigit() else Dim.named(part)) * factor
        total = factor + total
    return total


def test_a_factorisation_costs_k_squared_until_the_dense_array_is_asked_for() -> None:
    n, m, k = 20_000, 30, 5  # the dense Hessian would need 80 GB
    sizes = {"n": n, "m": m, "k": k}
    found = sg.structure(sg.hessian(FACTORISATION, U))
    v = sg.symbol("V", U.shape)
    assert operations(found.values, sizes) == m * k * k
    assert operations([found @ v], sizes) <= m * k * k + n * k * k + n * k
    assert operations([sg.hvp(FACTORISATION, U, v)]) == operations([found @ v])
    rng = np.random.default_rng(3)
    factor, direction = rng.normal(size=(m, k)), rng.normal(size=(n, k))
    got = sg.evaluate(found @ v, {W: factor, v: direction})
    np.testing.assert_allclose(got, 2 * direction @ (factor.T @ factor), rtol=1e-12)


def test_blocks_of_several_variables_and_their_zeros() -> None:
    y = sg.symbol("y", "m")
    blocks = sg.hessian(sg.sum(sg.exp(w)) + sg.sum(sg.cos(y)) + sg.sum(w**2), [w, y])
    kinds = [[sg.structure(block).kind for block in row] for row in blocks]
    assert kinds == [["diagonal", "zero"], ["zero", "diagonal"]]
    assert blocks[0][1].shape == (*w.shape, *y.shape)
    assert sg.structure(blocks[0][1]).stored == 0
    product = sg.structure(blocks[0][1]) @ y
    assert sg.evaluate(product, {y: [1.0, 2.0]}, sizes={"n": 3}).tolist() == [0.0] * 3


def test_structure_of_jacobians() -> None:
    found = sg.structure(sg.jacobian(sg.sin(A @ w), w))
    assert found.kind in ("dense", "low rank")
    assert sg.structure(sg.jacobian(U @ W.T, U)).kind == "kronecker"
    assert str(sg.structure(sg.jacobian(U @ W.T, U))) == "eye(n) ⊗ W"
    with pytest.raises(sg.ShapeError, match="rows="):
        sg.structure(sg.jacobian(sg.sum(U, axis=1), U))
    assert sg.structure(sg.jacobian(sg.sum(U, axis=1), U), rows=1).kind == "kronecker"
    with pytest.raises(sg.ShapeError, match="columns have shape"):
        found @ sg.symbol("u", 3)


def bottleneck(paths: int) -> tuple[sg.Node, sg.Node]:
    """A network 100 → 50 → 2 → 50 → 100 with several ways through its middle."""
    first, last = sg.symbol("first", (50, 100)), sg.symbol("last", (100, 50))
    d, z = sg.symbol("d", (50, 2)), sg.symbol("z", 100)
    h = sg.tanh(first @ z)
    middle = sg.sin(sg.symbol("c0", (2, 50)) @ h)
    for k in range(1, paths):
        middle = middle + sg.cos(sg.symbol(f"c{k}", (2, 50)) @ h)
    return last @ sg.tanh(d @ middle), z


def test_one_way_through_a_bottleneck_is_cheap_in_every_mode() -> None:
    """Then the Jacobian is one product of matrices, and the order of products finds the bottleneck."""
    counts = sg.jacobian_mode(*bottleneck(1)).operations
    assert max(counts["reverse"], counts["forward"]) < 100_000  # the widest product alone would be 500,000


def test_cross_country_mode_at_a_bottleneck() -> None:
    """Both ends are multiplied up to the pair in the middle, and one product joins them."""
    y, z = bottleneck(3)
    choice = sg.jacobian_mode(y, z)
    assert choice.mode == "cross"
    assert choice.operations["cross"] < 0.75 * min(choice.operations["reverse"], choice.operations["forward"])
    rng = np.random.default_rng(4)
    values = {s: rng.normal(size=s.shape) / 10 for s in free_symbols([y])}
    found, wanted = sg.evaluate([sg.jacobian(y, z), sg.jacobian(y, z, mode="reverse")], values)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)
    assert "eliminated" in sg.jacobian(y, z).listing()
