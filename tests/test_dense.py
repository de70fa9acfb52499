"""Dense work in machine code: products, reductions, joined and indexed arrays, without Python between the steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available
from symgraph.core.lowering import Alias, Expansion, Gathering, Pieces, Placed, Reduction, Running, View
from symgraph.core.node import make
from symgraph.core.operator import OPS, Operator

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

DESCRIBED = (Alias, Expansion, Gathering, Pieces, Placed, Reduction, Running, View)
RECORDS = [record for record in OPS.values() if isinstance(record.lowering, DESCRIBED)]
SPECIAL = (0.0, -0.0, 1.0, -1.0, 800.0, -800.0, float("inf"), float("-inf"), float("nan"))


def compiled_and_evaluated(record: Operator, attributes: Any, values: list[Any]) -> tuple[Any, Any, Any]:
    symbols = [sg.symbol(f"v{i}", np.shape(v), np.asarray(v).dtype.name) for i, v in enumerate(values)]
    node = make(record, tuple(symbols), attributes)
    fn = sg.compile([node, node], symbols, simplify=None)
    wanted = sg.evaluate(node, dict(zip(symbols, values, strict=True)), simplify=None)
    return fn(*values)[0], wanted, fn.report()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_records(record: Operator) -> None:
    for example in record.examples:
        rng = np.random.default_rng(0)
        values = example.make(rng) if example.make else [rng.uniform(-2, 2, shape) for shape in example.shapes]
        got, wanted, report = compiled_and_evaluated(record, example.attributes, values)
        np.testing.assert_allclose(got, wanted, rtol=1e-14, atol=1e-15)
        assert not report.library_calls
    count = len(record.attributes)
    for known in record.known:
        attributes, values = known.arguments[:count], [np.asarray(v) for v in known.arguments[count:]]
        if values[0].size:
            got, wanted, _ = compiled_and_evaluated(record, attributes, values)
            np.testing.assert_allclose(got, wanted, rtol=1e-14)


ROWS = ("softmax", "log_softmax", "logsumexp", "max", "min", "max_weights", "min_weights")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("length", [3, 11])
def test_rows_of_special_values(name: str, length: int) -> None:
    rng = np.random.default_rng(0)
    values = rng.choice(SPECIAL, (3000, length))
    values[::2] = np.where(np.isnan(values[::2]), 2.0, values[::2])
    got, wanted, report = compiled_and_evaluated(OPS[name], ((-1,),), [values])
    np.testing.assert_allclose(got, wanted, rtol=1e-14)
    assert not report.library_calls


PRODUCTS = (
    "ij,jk->ik", "ji,jk->ik", "ij,kj->ik", "ji,kj->ik", "ij,jk->ki", "ji,jk->ki",
    "bij,bjk->bik", "bij,bkj->bki", "kij,nkj->nki", "nki,nkj->kij", "nki,kij->nkj", "nki,kij->kj",
    "ij,j->i", "ji,j->i", "j,ij->i", "j,ji->i", "ij,ij->", "ij,ij->i", "ij,ij->j", "ij,i,j->", "bij,bj->bi",
    "ijk,jkl->il", "ijk,kjl->il", "ijk,lj->ikl", "nk,nki,nkj->kij", "nk,nki,kij->kj",
    "ij,jk,kl->il", "ij,jk,kl,lm->im", "iij,jk->ik", "ij,k->ik", "ii,ij->j", "ij,jb->bi", "aij,bjk->abik",
    "aij,bjk->kiba",
)  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("named", [False, True], ids=["numbers", "names"])
@pytest.mark.parametrize("text", PRODUCTS)
def test_products(text: str, named: bool, dtype: str) -> None:
    rng = np.random.default_rng(0)
    left, _ = text.split("->")
    tolerance = {"float64": 1e-12, "float32": 2e-4}[dtype]
    for extents in ((17, 18, 19, 20, 21, 5, 6), (3, 2, 4, 1, 2, 1, 2), (1,) * 7, (2, 0, 3, 0, 4, 2, 0)):
        sizes = dict(zip(sorted(set(left) - {","}), extents, strict=False))
        values = [rng.normal(size=[sizes[i] for i in part]).astype(dtype) for part in left.split(",")]
        shapes = [tuple(part) if named else v.shape for part, v in zip(left.split(","), values, strict=True)]
        symbols = [sg.symbol(f"v{i}", shape, dtype) for i, shape in enumerate(shapes)]
        fn = sg.compile(sg.einsum(text, *symbols), symbols)
        np.testing.assert_allclose(fn(*values), np.einsum(text, *values), rtol=tolerance, atol=tolerance)
        assert not fn.report().library_calls


def test_products_of_views() -> None:
    a, b = sg.symbol("a", ("n", 40)), sg.symbol("b", (30, "n"))
    outputs = [
        a[:, ::2].T @ b.T, a[::-1] @ sg.reshape(a, (40, "n")), sg.swapaxes(sg.reshape(b, (6, 5, "n")), 0, 1) @ a,
        sg.concatenate([a, a], 1).T @ b.T, sg.stack([a, 2 * a])[:, :, 3] @ b.T, sg.reshape(a.T, ("n", 40)),
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    values = [rng.normal(size=(16, 40)), rng.normal(size=(30, 16))]
    fn = sg.compile(outputs, [a, b])
    for got, wanted in zip(fn(*values), sg.evaluate(outputs, dict(zip([a, b], values, strict=True))), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)
    assert not fn.report().library_calls


def test_positions_outside_are_an_error() -> None:
    x, i = sg.symbol("x", "n"), sg.symbol("i", "k", "int64")
    fn = sg.compile([x[i], sg.scatter_add(sg.exp(x[i]), i, "n")], [x, i])
    got = fn([1.0, 2.0, 3.0], [0, -1, 2])
    np.testing.assert_allclose(got[0], [1, 3, 3])
    np.testing.assert_allclose(got[1], [np.exp(1), 0, 2 * np.exp(3)])
    for wrong in (3, -4):
        with pytest.raises(sg.EvaluationError, match="out of range"):
            fn([1.0, 2.0, 3.0], [0, wrong])


def network(inputs: int = 20) -> tuple[Any, list[Any]]:
    shapes = {"w": (inputs, "h"), "b": "h", "v": ("h", 5), "c": 5, "x": ("n", inputs), "y": ("n", 5)}
    w, b, v, c, x, y = symbols = [sg.symbol(name, shape) for name, shape in shapes.items()]
    loss = -sg.sum(y * sg.log_softmax(sg.tanh(x @ w + b) @ v + c, -1)) / 7
    return sg.value_and_grad(loss, symbols[:4]), symbols


def test_a_network_runs_without_python_between_its_steps() -> None:
    outputs, symbols = network()
    fn = sg.compile(outputs, symbols)
    report = fn.report()
    assert not report.library_calls
    assert sum("BLAS" in step for step in report.steps) == 5
    rng = np.random.default_rng(0)
    values = [rng.normal(size=[{"h": 9, "n": 7}.get(str(s), s) for s in symbol.shape]) for symbol in symbols]
    value, gradient = fn(*values)
    wanted = sg.evaluate(outputs, dict(zip(symbols, values, strict=True)))
    np.testing.assert_allclose(value, wanted[0], rtol=1e-13)
    for got, want in zip(gradient, wanted[1], strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


def test_memory_is_not_more_than_node_by_node() -> None:
    outputs, symbols = network(200)
    sizes = {"h": 40, "n": 64}
    fixed = [sg.symbol(s.name, tuple(sizes.get(str(d), d) for d in s.shape)) for s in symbols]
    w, b, v, c, x, y = fixed
    loss = -sg.sum(y * sg.log_softmax(sg.tanh(x @ w + b) @ v + c, -1)) / 7
    graphs = [(sg.value_and_grad(loss, fixed[:4]), fixed)]
    u = sg.symbol("u", 1000)
    graphs.append((sg.value_and_grad(sg.sum(sg.sin(u) * sg.exp(-(u**2))), [u]), [u]))
    graphs.append(([sg.softmax(sg.tanh(u)), sg.cumsum(sg.exp(u))], [u]))
    for outputs, inputs in graphs:
        report = sg.compile(outputs, inputs).report()
        assert report.peak_bytes <= report.unfused_bytes, report
    values = [np.random.default_rng(0).normal(size=[sizes.get(str(d), d) for d in s.shape]) for s in symbols]
    measured = sg.compile(network(200)[0], symbols).report(*values)
    assert len(measured.seconds) == len(measured.steps) == len(measured.traffic)
    assert "µs" in str(measured)


@pytest.mark.parametrize("backward", [False, True])
def test_runs_and_triangles(backward: bool) -> None:
    x = sg.symbol("x", ("n", "m", 3))
    outputs = [sg.cumsum(sg.flip(x, 1) if backward else x, axis) for axis in (0, 1, 2)]
    outputs += [sg.cumprod(x, 1), sg.tril(sg.exp(x), -1), sg.triu(x, 1)]
    value = np.random.default_rng(0).normal(size=(4, 19, 3))
    outputs += list(sg.grad(sg.sum(sg.sin(outputs[0]) * outputs[1]), [x]))
    fn = sg.compile(outputs, [x])
    for got, wanted in zip(fn(value), sg.evaluate(outputs, {x: value}), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-13)
    assert not fn.report().library_calls
