"""``batch=True``: functions of numbers and arrays at many points, across lanes, point by point, and in threads."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available
from symgraph.compile.split_call import LEAST_PART, SplitCall

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

A, V, W = sg.symbol("A", ("n", "m")), sg.symbol("v", "m"), sg.symbol("w", "n")
S, T = sg.symbols("s t")

CASES: dict[str, tuple[list[Any], list[sg.Node]]] = {
    "numbers": (sg.grad(sg.sin(S) * T / (1 + S**2), [S, T]), [S, T]),
    "a number for an array": ([S * V, sg.sum(S * V), V + sg.exp(T)], [S, T, V]),
    "matrix and vector": ([A @ V, sg.sum(sg.tanh(A @ V) * W), A * V], [A, V, W]),
    "gradient": (sg.grad(sg.sum(sg.log(1 + sg.exp(A @ V * S))), [A, V, S]), [A, V, S]),
    "rearrangements": ([A.T, sg.trace(A @ A.T), sg.outer(V, W), sg.diag(V), A], [A, V, W]),
    "what depends on no input": ([S, sg.constant(2.0), sg.constant(np.arange(3.0)), S * np.arange(3.0)], [S]),
    "truth values": ([S > T, sg.where(S > T, V, 2 * V)], [S, T, V]),
    "a mean": ([sg.mean(V) * S, V - sg.mean(V)], [S, V]),
    "reshaped": ([sg.reshape(A, ("n*m",)) * S, sg.sum(sg.cumsum(V))], [S, A, V]),
    "extremes": ([sg.cumsum(V), sg.max(V) * S], [S, V]),
    "solved": ([sg.solve(A @ A.T, W)], [A, W]),
}
SIZES = {"n": 3, "m": 4}


def points(inputs: list[sg.Node], count: int) -> list[Any]:
    rng = np.random.default_rng(1)
    return [rng.uniform(0.5, 2, (count, *[SIZES[str(size)] for size in x.shape])) for x in inputs]


@pytest.mark.parametrize("threads", [None, 3])
@pytest.mark.parametrize("count", [0, 1, 21])
@pytest.mark.parametrize("name", CASES)
def test_every_point_is_what_a_call_of_its_own_gives(name: str, count: int, threads: int | None) -> None:
    outputs, inputs = CASES[name]
    many = sg.compile(outputs, inputs, batch=True, threads=threads)
    values = points(inputs, count)
    got = many(*values)
    for i in range(count):
        wanted = sg.evaluate(outputs, {x: value[i] for x, value in zip(inputs, values, strict=True)})
        for have, want in zip(got, wanted, strict=True):
            assert have.shape == (count, *np.shape(want))
            np.testing.assert_allclose(have[i], want, rtol=1e-12, atol=1e-13)
    out = [np.empty_like(array) for array in got]
    assert many(*values, out=out) is out
    for have, want in zip(out, got, strict=True):
        np.testing.assert_array_equal(have, want)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_give_the_same_bits(threads: int) -> None:
    f = sg.sum(sg.sin(V * S) * sg.exp(-(V**2)))
    outputs = {"value": f, "slopes": sg.grad(f, (S, V))}
    values = points([S, V], 3 * LEAST_PART + 7)
    one = sg.compile(outputs, [S, V], batch=True)(*values)
    fn = sg.compile(outputs, [S, V], batch=True, threads=threads)
    again = pickle.loads(pickle.dumps(fn))
    assert pickle.dumps(fn(*values)) == pickle.dumps(one) == pickle.dumps(again(*values))
    out = {"value": values[0], "slopes": (np.empty(len(values[0])), np.empty(values[1].shape))}
    fn(*values, out=out)  # one result goes where an argument was
    np.testing.assert_array_equal(out["value"], one["value"])
    np.testing.assert_array_equal(out["slopes"][1], one["slopes"][1])


def test_layouts_of_columns() -> None:
    fn = sg.compile(sg.grad(S**3 * T, [S, T]), [S, T], batch=True)
    table = np.random.default_rng(0).uniform(size=(50, 2))
    for pair in (table.T, (table[::-1, 0], table[:, 1].tolist()), table.T.astype("float32")):
        s, t = np.asarray(pair[0], dtype=float), np.asarray(pair[1], dtype=float)
        got = fn(*pair)
        np.testing.assert_allclose(got, [3 * s**2 * t, s**3], rtol=1e-15)


def test_wrong_batches() -> None:
    for threads in (None, 2):
        fn = sg.compile(sg.sum(V) * S, [S, V], batch=True, threads=threads)
        with pytest.raises(TypeError, match="axis 0 of the value of v has size 3, but 4 is needed"):
            fn(np.ones(4), np.ones((3, 2)))
        with pytest.raises(TypeError, match=r"the value of s has shape \(\)"):
            fn(1.0, np.ones((3, 2)))
        with pytest.raises(TypeError, match="takes 2 positional"):
            fn(np.ones(4))
        with pytest.raises(TypeError, match=r"out\[0\] has shape \(5,\), but the result has shape \(4,\)"):
            fn(np.ones(4), np.ones((4, 2)), out=np.empty(5))


def test_an_error_in_one_part_is_raised() -> None:
    wide = sg.symbol("s", ("batch",))

    def part(values: Any, out: Any) -> None:
        if 7.0 in values:
            raise ValueError("seven")
        out[0][...] = values

    call = SplitCall(part, [wide], [S], 4)
    values = np.zeros(4 * LEAST_PART)
    assert not call([values])[0].any()
    for place in (0, -1):
        values[place] = 7
        with pytest.raises(ValueError, match="seven"):
            call([values])


def test_a_dimension_called_batch() -> None:
    x = sg.symbol("x", "batch")
    fn = sg.compile(sg.sum(x * x), [x], batch=True)
    np.testing.assert_array_equal(fn([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]]), [5, 25, 1])
