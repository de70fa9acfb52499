"""Calls of compiled functions: layouts, dtypes, errors, results in the caller's arrays, references, threads, memory."""

from __future__ import annotations

import contextlib
import gc
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available
from symgraph.compile.pool import LARGE, POOL, Pool

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

A, X, Y, S = sg.symbol("A", ("n", "m")), sg.symbol("x", "m"), sg.symbol("y", "n"), sg.symbol("s")


@pytest.fixture(scope="module")
def affine() -> Any:
    """Two arrays, a number and a nest: a row of sums, the array itself, a number."""
    return sg.compile({"rows": [A * X * S], "whole": (A, sg.sum(A)), "total": sg.sum(A * X * S)}, [A, X, S])


def expect(got: Any, a: Any, x: Any, s: float) -> None:
    a, x = np.asarray(a, dtype=float), np.asarray(x, dtype=float)
    np.testing.assert_array_equal(got["rows"][0], a * x * s)
    np.testing.assert_array_equal(got["whole"][0], a)
    np.testing.assert_allclose((got["whole"][1], got["total"]), (a.sum(), (a * x * s).sum()), rtol=1e-13)
    assert isinstance(got["total"], float)


def read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array


def misaligned(array: Any) -> Any:
    raw = np.zeros(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
    raw[...] = array
    return raw


WIDE = np.arange(48.0).reshape(6, 8) - 11.5
LAYOUTS: dict[str, Any] = {
    "contiguous": WIDE,
    "fortran": np.asfortranarray(WIDE),
    "transposed": np.ascontiguousarray(WIDE.T).T,
    "every second": np.repeat(WIDE, 2, axis=1)[:, ::2],
    "reversed": WIDE[::-1, ::-1],
    "part": np.pad(WIDE, 3)[3:-3, 3:-3],
    "broadcast": np.broadcast_to(WIDE[:1], (6, 8)),
    "read only": read_only(WIDE.copy()),
    "misaligned": misaligned(WIDE),
    "other byte order": WIDE.astype(">f8"),
    "float32": WIDE.astype("float32"),
    "float16": WIDE.astype("float16"),
    "int64": WIDE.astype("int64"),
    "int8": WIDE.astype("int8"),
    "bool": WIDE > 0,
    "list": WIDE.tolist(),
    "tuple of arrays": tuple(WIDE),
    "matrix": np.ma.array(WIDE),
    "empty": np.empty((0, 8)),
    "no columns": np.empty((5, 0)),
    "one": np.ones((1, 1)),
}
NUMBERS: dict[str, Any] = {
    "float": 2.5,
    "numpy": np.float64(2.5),
    "float32": np.float32(2.5),
    "int": 3,
    "bool": True,
    "0-d": np.array(2.5),
    "other byte order": np.array(2.5, ">f8"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(affine: Any, layout: str) -> None:
    value = LAYOUTS[layout]
    x = np.linspace(1, 2, np.asarray(value).shape[1])
    expect(affine(value, x, 2.5), value, x, 2.5)
    expect(affine(value, x[::-1], 2.5), value, x[::-1], 2.5)


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers(affine: Any, kind: str) -> None:
    x = np.linspace(1, 2, 8)
    expect(affine(WIDE, x, NUMBERS[kind]), WIDE, x, float(NUMBERS[kind]))


WRONG: tuple[tuple[tuple[Any, ...], dict[str, Any], str], ...] = (
    ((), {}, "takes 3 positional"),
    ((WIDE, WIDE[0]), {}, "takes 3 positional"),
    ((WIDE, WIDE[0], 1.0, 2.0), {}, "takes 3 positional"),
    ((WIDE[0], WIDE[0], 1.0), {}, r"the value of A has shape \(8,\)"),
    ((WIDE, WIDE[:, 0], 1.0), {}, "axis 0 of the value of x has size 6, but 8 is needed"),
    ((WIDE, 1.0, 1.0), {}, r"the value of x has shape \(\)"),
    ((WIDE, WIDE[0], WIDE[0]), {}, r"the value of s has shape \(8,\)"),
    ((WIDE, WIDE[0], "1"), {}, "s must be an array of float64"),
    ((WIDE * 1j, WIDE[0], 1.0), {}, "A must be an array of float64, not of complex128"),
    ((WIDE, [1.0, "a"], 1.0), {}, "x must be an array of float64"),
    (([[1.0], [1.0, 2.0]], WIDE[0], 1.0), {}, "A must be an array of float64"),
    ((None, WIDE[0], 1.0), {}, "A must be an array of float64, not of object"),
    ((WIDE, WIDE[0], 1.0), {"into": 3}, "unexpected keyword"),
    ((WIDE, WIDE[0], 1.0), {"out": 3}, "out must hold 4 arrays"),
    ((WIDE, WIDE[0], 1.0), {"out": [1.0, 2.0, 3.0, 4.0]}, "must be an array, not float"),
    ((WIDE, WIDE[0], 1.0), {"out": [np.empty((6, 7)), WIDE, WIDE, WIDE]}, r"has shape \(6, 7\), but"),
    ((WIDE, WIDE[0], 1.0), {"out": [np.empty((6, 8), int), WIDE, WIDE, WIDE]}, "Cannot cast"),
)


def references_stay(fn: Any, arguments: tuple[Any, ...], keywords: dict[str, Any] | None = None) -> None:
    """Call with an error, and count who holds the arguments before and after."""

    def counts() -> list[int]:
        gc.collect()
        return [sys.getrefcount(each) for each in arguments]

    before = counts()
    for _ in range(40):
        with contextlib.suppress(TypeError, RuntimeError):
            fn(*arguments, **(keywords or {}))
    after = counts()
    assert max((abs(a - b) for a, b in zip(after, before, strict=True)), default=0) < 10


@pytest.mark.parametrize(("arguments", "keywords", "message"), WRONG, ids=[row[2] for row in WRONG])
def test_wrong_calls(affine: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        affine(*arguments, **keywords)
    references_stay(affine, arguments, keywords)


def test_named_and_fixed_sizes() -> None:
    pair = sg.symbol("pair", (2, "2*n+1"))
    fn = sg.compile(sg.sum(pair, axis=1) + sg.sum(Y), [pair, Y])
    np.testing.assert_array_equal(fn(np.ones((2, 7)), np.ones(3)), [10, 10])
    for shapes in (((3, 7), 3), ((2, 8), 3), ((2, 7), 4)):
        with pytest.raises(TypeError, match="is needed"):
            fn(np.ones(shapes[0]), np.ones(shapes[1]))


def test_every_dtype_as_an_array_argument() -> None:
    for dtype in ("float32", "int64", "int32", "bool"):
        z = sg.symbol("z", "n", dtype)
        fn = sg.compile([sg.where(z > 0, Y, 2 * Y), sg.astype(z, "float64") * Y], [z, Y])
        values = np.array([0, 1, 0, 1, 1]).astype(dtype)
        for given in (values, values.tolist(), np.repeat(values, 2)[::2]):
            got = fn(given, np.arange(5.0))
            np.testing.assert_array_equal(got[0], [0, 1, 4, 3, 4])
            np.testing.assert_array_equal(got[1], [0, 1, 0, 3, 4])
    whole = sg.symbol("k", "n", "int64")
    with pytest.raises(TypeError, match="k must be int64, and it has a fraction"):
        sg.compile(sg.sum(whole * Y), [whole, Y])([0.5], [1.0])


# --- results ----------------------------------------------------------------------------------


def targets() -> dict[str, Any]:
    return {"rows": [np.empty((6, 8))], "whole": (np.empty((6, 8)), np.empty(())), "total": np.empty(())}


def test_results_in_the_callers_arrays(affine: Any) -> None:
    x = np.linspace(1, 2, 8)
    out = targets()
    held = [sys.getrefcount(out), sys.getrefcount(out["rows"][0])]
    for _ in range(3):
        assert affine(WIDE, x, 2.5, out=out) is out
    assert [sys.getrefcount(out), sys.getrefcount(out["rows"][0])] == held
    np.testing.assert_array_equal(out["rows"][0], WIDE * x * 2.5)
    np.testing.assert_array_equal(out["whole"][0], WIDE)
    np.testing.assert_allclose((out["whole"][1], out["total"]), (WIDE.sum(), (WIDE * x * 2.5).sum()), rtol=1e-13)
    expect(affine(WIDE, x, 2.5, out=None), WIDE, x, 2.5)


def test_out_of_other_layouts(affine: Any) -> None:
    x = np.linspace(1, 2, 8)
    for make in (
        lambda: np.empty((6, 8), order="F"),
        lambda: np.empty((12, 8))[::2],
        lambda: np.empty((6, 8), "float32"),
        lambda: np.empty((6, 8), ">f8"),
    ):
        out = targets() | {"rows": [make()]}
        affine(WIDE, x, 2.5, out=out)
        np.testing.assert_allclose(out["rows"][0], WIDE * x * 2.5, rtol=1e-6)
    out = targets() | {"rows": [read_only(np.empty((6, 8)))]}
    with pytest.raises((TypeError, ValueError), match="read-only"):
        affine(WIDE, x, 2.5, out=out)


def test_out_may_be_an_argument_or_overlap_one() -> None:
    fn = sg.compile([sg.cos(Y) + sg.sum(Y), Y[::-1]], [Y])
    value = np.linspace(0, 1, 50)
    wanted = fn(value)
    for place in (0, 1):
        buffer = np.zeros(60)
        for start in (0, 3, 10):
            view = buffer[start : start + 50]
            view[...] = value
            other = np.empty(50)
            target = buffer[:50]
            fn(view, out=[target, other] if place == 0 else [other, target])
            np.testing.assert_array_equal(target, wanted[place])
            np.testing.assert_array_equal(other, wanted[1 - place])


def test_a_number_given_an_array_for_a_result() -> None:
    fn = sg.compile([S * 2, (S > 1,)], [S])
    out = [np.empty(()), (np.empty((), bool),)]
    assert fn(3.0, out=out) is out
    assert (out[0], out[1][0]) == (6.0, True)


def test_outputs_that_show_other_arrays() -> None:
    three = sg.constant(np.arange(3.0))
    outputs = [A.T, A, A, three, sg.broadcast_to(S, ("n", "m")), S, sg.constant(2), A.T]
    fn = sg.compile(outputs, [A, S])
    value = np.arange(6.0).reshape(2, 3)
    value[0, 0] = -0.0
    got = fn(value, 7.0)
    for have, want in zip(got, sg.evaluate(outputs, {A: value, S: 7.0}), strict=True):
        np.testing.assert_array_equal(have, want)
        np.testing.assert_array_equal(np.signbit(have), np.signbit(want))
    for have in got:
        if isinstance(have, np.ndarray):
            assert have.flags.writeable
            have[...] = 99.0
    assert value[1, 2] == 5.0
    assert fn(value, 7.0)[3].tolist() == [0, 1, 2]


# --- references, threads, pickles -------------------------------------------------------------


def test_references_are_given_back(affine: Any) -> None:
    x, odd = np.linspace(1, 2, 8), WIDE[::-1]
    watched = [WIDE, odd, x, np.dtype("float64"), None, np.ndarray]
    for arguments in ((WIDE, x, 2.5), (odd, x.tolist(), 3), (WIDE.astype("int8"), x, np.float32(1))):
        affine(*arguments)
        before = [sys.getrefcount(each) for each in watched]
        for _ in range(50):
            affine(*arguments)
        after = [sys.getrefcount(each) for each in watched]
        assert max(abs(a - b) for a, b in zip(after, before, strict=True)) < 10
    rows = affine(WIDE, x, 2.5)["rows"]
    array = rows.pop()
    counts = sys.getrefcount(rows), sys.getrefcount(array)
    assert counts == (2, 2)


class Failing:
    """An argument that raises an error of its own."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("no numbers today")


def test_an_error_inside_an_argument_passes_through(affine: Any) -> None:
    bad = Failing()
    for arguments in ((WIDE, bad, 1.0), (WIDE[::-1], [1.0] * 8, bad), (bad, WIDE[0], 1.0)):
        with pytest.raises(RuntimeError, match="no numbers today"):
            affine(*arguments)
        references_stay(affine, arguments)


def test_compiled_functions_are_freed() -> None:
    import weakref

    fn = sg.compile([sg.sum(Y), Y * 2], [Y])
    fn([1.0])
    gone = weakref.ref(fn)
    del fn
    gc.collect()
    assert gone() is None


def test_pickles(affine: Any) -> None:
    again = pickle.loads(pickle.dumps(affine))
    expect(again(WIDE, WIDE[0], 2.0), WIDE, WIDE[0], 2.0)


def test_many_threads_give_what_one_gives(affine: Any) -> None:
    rng = np.random.default_rng(0)
    big = rng.uniform(size=(40, 500))
    cases = [(rng.uniform(size=(3, 4)), rng.uniform(size=4), 0.5), (big, big[0], 0.25), (big.T, big[:, 0], 2.0)]
    wanted = [pickle.dumps(affine(*case)) for case in cases]
    start = threading.Barrier(32)

    def work(number: int) -> bool:
        start.wait()
        order = [(number + i) % 3 for i in range(150)]
        return all(pickle.dumps(affine(*cases[i])) == wanted[i] for i in order)

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(work, range(32)))


def resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/statm")
def test_calls_leave_no_memory_behind(affine: Any) -> None:
    x, odd, out = np.linspace(1, 2, 8), WIDE[::-1], targets()

    def calls(count: int) -> None:
        for _ in range(count):
            affine(WIDE, x, 2.5)
            affine(odd, x, 2.5)
            affine(WIDE, x, 2.5, out=out)

    calls(2000)
    gc.collect()
    objects, growth = len(gc.get_objects()), []
    for _ in range(3):  # what is left behind grows every time; pages of other tests may come back once
        pages = resident_pages()
        calls(10_000)
        growth.append(resident_pages() - pages)
    gc.collect()
    assert len(gc.get_objects()) - objects < 50
    assert min(growth) < 512


# --- the pool ---------------------------------------------------------------------------------


def test_large_results_use_memory_again() -> None:
    fn = sg.compile([Y * 2, sg.sin(Y)], [Y])
    value = np.ones(LARGE // 4)
    POOL.clear()
    fn(value)
    asked = POOL.mapped
    for _ in range(10):
        fn(value)
    assert POOL.mapped == asked
    assert POOL.waiting_bytes <= POOL.limit


def test_memory_that_is_still_seen_is_never_given_out() -> None:
    fn = sg.compile(Y * 2, [Y])
    value = np.arange(LARGE / 4)
    held: list[Any] = []
    for i in range(12):
        got = fn(value + i)
        held.append((got[5:7], got.reshape(2, -1)[1], memoryview(got), iter(got))[i % 4])
        del got
    for i, view in enumerate(held):
        first = next(view) if i % 4 == 3 else view[0]
        assert first == 2 * (value[(5, LARGE // 8, 0, 0)[i % 4]] + i)


def test_the_pool_is_bounded() -> None:
    pool = Pool(limit=3 * LARGE)
    arrays = [pool.empty((LARGE,), np.dtype("uint8")) for _ in range(10)]
    assert pool.waiting_bytes == 0
    addresses = {array.ctypes.data for array in arrays}
    assert len(addresses) == 10
    arrays.clear()
    gc.collect()
    assert pool.waiting_bytes == 3 * LARGE
    assert pool.empty((LARGE,), np.dtype("uint8")).ctypes.data in addresses
    pool.clear()
    assert pool.waiting_bytes == 0


def test_the_pool_in_threads() -> None:
    pool = Pool()

    def work(number: int) -> bool:
        right = True
        for i in range(60):
            array = pool.empty((LARGE // 8,), np.dtype("float64"))
            array.fill(number + i)
            right &= bool(np.all(array == number + i))
        return right

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(work, range(16)))
    assert pool.mapped <= 32
