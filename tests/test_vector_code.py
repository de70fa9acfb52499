"""Loops without calls, results written past the cache, pieces that need not be added."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available, vector_width
from symgraph.compile.pool import Pool
from symgraph.compile.streaming import STREAM_BYTES

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")
needs_wide_vectors = pytest.mark.skipif(
    not available() or vector_width() < 4 or platform.machine() not in ("x86_64", "AMD64"),
    reason="this processor has no vectors of four doubles with fused multiply-add",
)
LARGE = STREAM_BYTES // 8 + 1000


def logistic(points: np.ndarray[Any, Any]) -> list[Any]:
    x, y = sg.symbols("x y")
    f = 1 / (1 + sg.exp(-(x * y)))
    fn = sg.compile(sg.value_and_grad(f, [x, y]), [x, y], batch=True)
    value, (gx, gy) = fn(points, 2 * points)
    return [value, gx, gy]


@needs_wide_vectors
@pytest.mark.parametrize("count", [7, 1000, LARGE])
def test_large_results_are_those_of_small_ones(count: int) -> None:
    points = np.random.default_rng(0).uniform(-3, 3, count)
    s = 1 / (1 + np.exp(-2 * points**2))
    slope = s * (1 / (1 + np.exp(2 * points**2)))
    for got, want in zip(logistic(points), (s, 2 * points * slope, points * slope), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-300)


@needs_wide_vectors
def test_results_in_any_memory() -> None:
    x = sg.symbol("x", "n")
    fn = sg.compile([sg.exp(x), sg.log1p(x)], [x])
    points = np.linspace(0, 5, LARGE)
    want = fn(points)
    for shift in (0, 1, 3):  # addresses that are no multiple of a vector's size
        out = [np.full(LARGE + shift, np.nan)[shift:] for _ in want]
        fn(points, out=out)
        for got, each in zip(out, want, strict=True):
            np.testing.assert_array_equal(got[:-8], each[:-8])


@needs_wide_vectors
@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "sigmoid", "bose"])
def test_no_call_in_the_loop(name: str) -> None:
    x = sg.symbol("x", "n")
    text = sg.compile(getattr(sg, name)(x), [x]).ir()
    assert "_ZGV" not in text
    assert "!nontemporal" in text
    assert "_ZGV" not in sg.compile(getattr(sg, name)(x), [x], precise=True).ir()


def test_results_of_the_pool_begin_near_the_start_of_a_page_or_before() -> None:
    pool = Pool()
    places = [pool.empty((1 << 17,), np.dtype(float)).ctypes.data % 4096 for _ in range(1)]
    kept = [pool.empty((1 << 17,), np.dtype(float)) for _ in range(20)]
    places += [array.ctypes.data % 4096 for array in kept]
    assert all(place % 64 == 0 and (place == 0 or place >= 2048) for place in places)


def test_pieces_apart_are_written_once() -> None:
    x = sg.symbol("x", 6)
    rows = sg.stack([x[0] * x[1], x[2] ** 2, -x[3], 0 * x[4], x[5] / x[0]])
    J = sg.jacobian(rows, x, sparse=True)
    fn = sg.compile(J.dense, [x])
    steps = "\n".join(fn.report().steps)
    assert "put" in steps and "place" not in steps
    point = np.array([2.0, 3.0, -0.0, 1.0, 5.0, 7.0])
    want = sg.evaluate(J.dense, {x: point})
    np.testing.assert_array_equal(fn(point), want)
    np.testing.assert_array_equal(np.signbit(fn(point)), np.signbit(want))
    np.testing.assert_array_equal(want, sg.evaluate(sg.jacobian(rows, x), {x: point}))


@pytest.mark.parametrize("text", ["place", "put"])
def test_overlapping_pieces_are_added(text: str) -> None:
    x = sg.symbol("x", 4)
    ones = sg.constant(np.ones(4))
    f = sg.sum(x[1:] * x[:-1]) if text == "place" else sg.sum(x[:2] ** 2) + sg.sum(x[2:] ** 3)
    gradient = sg.grad(f, x) * ones
    point = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(sg.compile(gradient, [x])(point), sg.evaluate(gradient, {x: point}), rtol=1e-14)


def test_a_matrix_without_entries() -> None:
    x = sg.symbol("x", 3)
    J = sg.jacobian(sg.stack([sg.stop_gradient(x[0]), sg.stop_gradient(x[1])]), x, sparse=True)
    assert J.nnz == 0
    np.testing.assert_array_equal(sg.compile(J.dense, [x])(np.ones(3)), np.zeros((2, 3)))
