"""Machine code = evaluator on any graph; calls from threads, pickles, errors, memory."""

from __future__ import annotations

import gc
import pickle
import platform
import threading
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available
from symgraph.core.interning import live_nodes
from symgraph.evaluate.evaluator import run
from symgraph.testing import RandomGraph, disagreement, random_graph, rounding_spread

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

BLOCK = 20
BLOCKS = 10


def problem(graph: RandomGraph) -> str:
    """Compare value and gradient with the evaluator; where rounding tells them apart, with 50 digits."""
    outputs = [graph.output, *sg.grad(graph.output, graph.symbols)]
    fn = sg.compile(outputs, graph.symbols, simplify=None)
    got = fn(*[graph.values[s] for s in graph.symbols])
    known = run(outputs, graph.values)
    for place, (have, node) in enumerate(zip(got, outputs, strict=True)):
        x, y = np.asarray(have, dtype=float), np.asarray(known[node], dtype=float)
        assert x.shape == y.shape
        if np.allclose(x, y, rtol=1e-9, atol=1e-12, equal_nan=True):
            continue
        if graph.boundary and not np.all(np.isfinite(x) & np.isfinite(y)):
            finite = np.isfinite(x) & np.isfinite(y)
            if np.allclose(x[finite], y[finite], rtol=1e-9) and np.array_equal(np.isnan(x), np.isnan(y)):
                return f"output {place} is {x}, not {y}"
        wanted, widths = rounding_spread(outputs, graph.values, ranged=graph.boundary)
        found = disagreement(have, wanted[place], widths[place], finite=not graph.boundary)
        if found:
            return f"output {place}: {found}"
    return ""


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_graphs(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        graph = random_graph(seed)
        if graph.symbols:
            assert not problem(graph), graph


@pytest.mark.parametrize("block", range(BLOCKS // 2))
def test_random_graphs_at_special_values(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        graph = random_graph(seed, 5, boundary=True)
        if graph.symbols:
            assert not problem(graph), graph


CASES: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("A@B + A", {"A": ("n", "n"), "B": ("n", "n")}, {"n": 5}),
    ("A@x", {"A": ("n", "m"), "x": "m"}, {"n": 3, "m": 17}),
    ("x'@A@x", {"A": ("n", "n"), "x": "n"}, {"n": 9}),
    ("sum(exp(A) .* A)", {"A": ("n", "m")}, {"n": 4, "m": 9}),
    ("logsumexp(A@x)", {"A": ("n", "m"), "x": "m"}, {"n": 6, "m": 2}),
    ("tr(inv(A)@B)", {"A": ("n", "n"), "B": ("n", "n")}, {"n": 3}),
    ("sum(x)", {"x": "n"}, {"n": 0}),
    ("A'", {"A": ("n", "m")}, {"n": 2, "m": 3}),
)


@pytest.mark.parametrize(("text", "shapes", "sizes"), CASES, ids=[case[0] for case in CASES])
def test_formulas_of_arrays(text: str, shapes: dict[str, Any], sizes: dict[str, int]) -> None:
    symbols = {name: sg.symbol(name, shape) for name, shape in shapes.items()}
    f = sg.parse(text, **{name: s.shape for name, s in symbols.items()})
    outputs = [f, *(sg.grad(sg.sum(f), list(symbols.values())))]
    rng = np.random.default_rng(0)
    values = {name: rng.uniform(0.5, 2, [sizes[str(d)] for d in s.shape]) for name, s in symbols.items()}
    got = sg.compile(outputs, list(symbols))(*values.values())
    for have, want in zip(got, sg.evaluate(outputs, values), strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "int64", "int32", "bool"])
def test_dtypes(dtype: str) -> None:
    x, y = sg.symbol("x", "n", dtype), sg.symbol("y", "n")
    a = sg.astype(x, "float64") if dtype == "bool" else x * 3
    outputs = [a, a + y, sg.sum(a), sg.where(x > 0, y, a)]
    values = {"x": np.array([0, 1, 1, 0, 1]).astype(dtype), "y": np.arange(5.0)}
    for have, want in zip(sg.compile(outputs, ["x", "y"])(*values.values()), sg.evaluate(outputs, values), strict=True):
        assert np.asarray(have).dtype == np.asarray(want).dtype
        np.testing.assert_allclose(have, want, rtol=1e-6)


def test_layouts_lists_and_out() -> None:
    x = sg.symbol("A", ("n", "m"))
    fn = sg.compile([sg.sin(x), sg.sum(x)], [x])
    wide = np.arange(24.0).reshape(4, 6)
    for value in (wide, wide.T, wide[::2, ::-1], np.asfortranarray(wide), wide.astype("float32"), wide.tolist()):
        got = fn(value)
        np.testing.assert_allclose(got[0], np.sin(np.asarray(value, dtype=float)), rtol=1e-14)
        assert got[1] == np.sum(np.asarray(value, dtype=float))
    target = np.empty((4, 6))
    total = np.empty(())
    fn(wide, out=[target, total])
    np.testing.assert_allclose(target, np.sin(wide), rtol=1e-14)
    assert total == wide.sum()


def test_results_share_no_memory() -> None:
    x = sg.symbol("x", "n")
    value = np.arange(3.0)
    first, second, third = sg.compile([x, x, sg.reshape(x, (1, "n"))], [x])(value)
    first[0], second[1], third[0, 2] = 7, 8, 9
    assert value.tolist() == [0, 1, 2]
    assert first.tolist() == [7, 1, 2]


def test_batch() -> None:
    x, y = sg.symbols("x y")
    fn = sg.compile(sg.value_and_grad(sg.sin(x) * y, [x, y]), [x, y], batch=True)
    u, v = np.linspace(-1, 1, 19), np.linspace(2, 3, 19)
    value, (dx, dy) = fn(u, v)
    np.testing.assert_allclose(value, np.sin(u) * v, rtol=1e-14)
    np.testing.assert_allclose(dx, np.cos(u) * v, rtol=1e-14)
    np.testing.assert_allclose(dy, np.sin(u), rtol=1e-14)


def test_constants_and_structure() -> None:
    x = sg.symbol("x")
    assert sg.compile({"a": 2 * x, "b": [sg.constant(1), (sg.constant(True),)]}, [x])(3) == {
        "a": 6.0,
        "b": [1, (True,)],
    }
    assert sg.compile(sg.grad(2 * x, x), x)(0.0) == 2.0


def test_pickles() -> None:
    x, y = sg.symbol("x", "n"), sg.symbol("y")
    for fn, arguments in ((sg.compile([sg.sum(x)], [x]), ([1.0, 2.0],)), (sg.compile(y * y, [y]), (3.0,))):
        again = pickle.loads(pickle.dumps(fn))
        assert again(*arguments) == fn(*arguments)


def test_threads() -> None:
    x, y = sg.symbol("x", "n"), sg.symbol("y")
    array = sg.compile([sg.sum(sg.exp(x) * x), sg.cumsum(x)], [x])
    scalar = sg.compile(sg.value_and_grad(sg.exp(y) * y, y), [y])
    values = np.linspace(0, 1, 50)
    wanted, number = array(values), scalar(0.5)
    wrong: list[Any] = []

    def work() -> None:
        for _ in range(200):
            got = array(values)
            if got[0] != wanted[0] or not np.array_equal(got[1], wanted[1]) or scalar(0.5) != number:
                wrong.append(got)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_nothing_is_left_behind() -> None:
    x, y = sg.symbol("x", "n"), sg.symbol("y")
    functions = [(sg.compile([sg.sum(sg.sin(x)), x * 2], [x]), np.ones(4)), (sg.compile([y * 2, y / 3], [y]), 2.0)]
    for fn, value in functions:
        fn(value)
    gc.collect()
    before = (len(gc.get_objects()), live_nodes())
    for _ in range(500):
        for fn, value in functions:
            fn(value)
    gc.collect()
    assert len(gc.get_objects()) - before[0] < 50
    assert live_nodes() == before[1]


X, N = sg.symbol("x", "n"), sg.symbol("y")
WRONG_CALLS: tuple[tuple[Any, Any, tuple[Any, ...], str], ...] = (
    ([sg.sum(X)], [X], (), "takes 1 positional"),
    ([sg.sum(X)], [X], (1.0,), "the value of x has shape"),
    ([sg.sum(X)], [X], (["a"],), "x must be an array of float64"),
    ([sg.sum(X)], [X], (np.array([1j]),), "x must be an array of float64"),
    ([N * 2], [N], (), "takes 1 positional"),
    ([N * 2], [N], ("a",), "real number"),
)


@pytest.mark.parametrize(("outputs", "inputs", "arguments", "message"), WRONG_CALLS)
def test_wrong_calls(outputs: Any, inputs: Any, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        sg.compile(outputs, inputs)(*arguments)


def test_wrong_graphs() -> None:
    x, y = sg.symbols("x y")
    for outputs, inputs, message in (
        (x * y, [x], "need y"),
        (x, [x, x], "twice"),
        (x * y, [x * y, x, y], "only symbols"),
    ):
        with pytest.raises(sg.CompileError, match=message):
            sg.compile(outputs, inputs)
    for options, message in (
        ({"threads": 2}, "batch=True"),
        ({"threads": 0, "batch": True}, "number of threads"),
        ({"threads": 1.5, "batch": True}, "number of threads"),
    ):
        with pytest.raises(sg.CompileError, match=message):
            sg.compile(sg.sum(X), [X], **options)
    with pytest.raises(sg.CompileError, match="no inputs"):
        sg.compile(sg.constant(1.0), [], batch=True)


def test_report() -> None:
    x = sg.symbol("x", "n")
    fn = sg.compile([sg.sum(sg.exp(x)), sg.roll(sg.sin(x), 1), sg.roll(sg.cos(x), 1)], [x])
    report = fn.report()
    assert report.library_calls == ("roll", "roll")
    assert report.nests == 1
    assert "8*n" in str(report) or "16*n" in str(report)
    assert "define" in fn.ir()
    assert fn.assembly()


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86 assembly")
def test_vectors_on_the_stack_are_aligned() -> None:
    """A vector that is kept across two cache lines costs more than computing it; numbers alone need no such stack."""
    x = sg.symbol("x", "n")
    assert "$-64, %rsp" in sg.compile(sg.sum(sg.sin(x) * sg.exp(x) * sg.cos(x)), [x]).assembly()
    s = sg.symbol("s")
    assert "$-64, %rsp" not in sg.compile(sg.sin(s) * sg.exp(s), [s]).assembly()
