"""Indexing, joining and rearranging: what the records of the operators cannot say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.autodiff.reverse import adjoints
from symgraph.autodiff.taylor import line_derivatives
from symgraph.core.dimension import Dim
from symgraph.core.errors import DTypeError, EvaluationError, ShapeError
from symgraph.core.traversal import topological

n, m = Dim.named("n"), Dim.named("m")
ALL = slice(None)

KEYS: list[Any] = [
    0,
    -1,
    (1, 2, 3),
    (-1, ..., 0),
    ...,
    None,
    (ALL, None, 1),
    (slice(1, None), slice(None, -1)),
    (slice(None, None, -1), ALL, slice(3, 0, -2)),
    (slice(2, 0), 0),
    (slice(5, None),),
    [1, 0, 1],
    ([0, 1], [2, 0]),
    ([[0], [1]], [2, 0]),
    (ALL, [0, 0, -1]),
    ([0, 1], ALL, [2, 0]),
    (0, ALL, [2, 0]),
    (ALL, 1, [2, 0]),
    (ALL, [0, 1], 1),
    (0, None, [1, 0]),
    (None, [1, 0], slice(1, 2)),
    ([1, 0], None, ALL, 1),
    (..., [3, 0, 0]),
    (ALL, np.array([True, False, True])),
    np.array([False, True]),
    np.arange(24).reshape(2, 3, 4) % 2 == 0,
    (ALL, np.arange(12).reshape(3, 4) % 5 == 0),
    np.array(1),
    [],
    (np.int64(1), ALL, slice(0, 4, 3)),
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indexing_is_numpys_and_its_gradient_scatters(key: Any) -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    key = np.array([], dtype=int) if isinstance(key, list) and not key else key
    x = sg.symbol("x", shape=(2, 3, 4))
    wanted = values[key]
    y = x[key]
    assert y.shape == wanted.shape
    assert np.array_equal(sg.evaluate(y, {x: values}), wanted)
    weights = np.random.default_rng(0).normal(size=wanted.shape)
    scattered = np.zeros_like(values)
    np.add.at(scattered, key, weights)
    gradient = sg.grad(sg.sum(y * weights), x)
    assert np.allclose(sg.evaluate(gradient, {x: values}), scattered, rtol=1e-15)
    assert np.allclose(sg.evaluate(sg.scatter_add(weights, key, (2, 3, 4)), {}), scattered, rtol=1e-15)
    whole = adjoints(y, [x]).get(x)
    assert whole is None or whole.shape == y.shape + x.shape


def test_random_slices_of_slices() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(6, 5))
    x = sg.symbol("x", shape=(6, 5))
    for _ in range(150):
        y, wanted = x, values
        for _ in range(rng.integers(1, 4)):
            bounds = [None if rng.random() < 0.3 else int(b) for b in rng.integers(-7, 8, size=2)]
            part: Any = slice(*bounds, int(rng.choice([-3, -2, -1, 1, 2, 3])))
            key = (*[ALL] * int(rng.integers(wanted.ndim)), part) if wanted.ndim else ()
            y, wanted = y[key], wanted[key]
        assert y.shape == wanted.shape
        assert y is x or (y.op.name == "index" and y.args == (x,))
        assert np.array_equal(sg.evaluate(y, {x: values}), wanted)


NAMED: list[tuple[Any, Any]] = [
    (lambda x: x[1:], (n - 1, m)),
    (lambda x: x[:-2, ::-1], (n - 2, m)),
    (lambda x: x[1:][:, 1:-1], (n - 1, m - 2)),
    (lambda x: x[-1], (m,)),
    (lambda x: x[:3], (3, m)),
    (lambda x: x[-3:, None], (3, 1, m)),
    (lambda x: x[[0, 0, 1]], (3, m)),
    (lambda x: x[:, [[0, 1]]], (n, 1, 2)),
    (lambda x: sg.concatenate([x, x[1:]]), (2 * n - 1, m)),
    (lambda x: sg.vstack(x, x[0]), (n + 1, m)),
    (lambda x: sg.hstack(x, x), (n, 2 * m)),
    (lambda x: sg.stack([x, 2 * x], axis=1), (n, 2, m)),
    (sg.ravel, (n * m,)),
    (lambda x: sg.reshape(sg.ravel(x), (x.shape[0], -1)), (n, m)),
    (lambda x: sg.reshape(sg.concatenate([x, x]), (2, -1, x.shape[1])), (2, n, m)),
    (sg.flip, (n, m)),
    (lambda x: sg.pad(x, 1), (n + 2, m + 2)),
    (lambda x: sg.pad(x, ((1, 0), (0, 2)), constant_values=7.0), (n + 1, m + 2)),
    (lambda x: sg.tile(x, (2, 1)), (2 * n, m)),
    (lambda x: sg.repeat(x, 3, axis=1), (n, 3 * m)),
    (lambda x: sg.roll(x, 2, axis=0), (n, m)),
    (lambda x: sg.diff(x, axis=0), (n - 1, m)),
    (lambda x: sg.cumprod(x, axis=0), (n, m)),
    (lambda x: sg.expand_dims(x, (0, -1)), (1, n, m, 1)),
    (lambda x: sg.squeeze(sg.expand_dims(x, 1)), (n, m)),
    (lambda x: sg.concatenate([x, x])[::2], (n, m)),
    (lambda x: sg.reshape(sg.concatenate([x, x]), (x.shape[0], 2, -1))[:, 0, ::-1], (n, m)),
]


@pytest.mark.parametrize("place", range(len(NAMED)))
def test_named_sizes_serve_every_number(place: int) -> None:
    build, shape = NAMED[place]
    named = build(sg.symbol("x", shape=("n", "m")))
    assert named.shape == shape
    gradient = sg.grad(sg.sum(named**2), sg.symbol("x", shape=("n", "m")))
    assert gradient.shape == (n, m)
    for size in ((4, 3), (5, 6)):
        values = np.random.default_rng(2).normal(size=size)
        fixed = build(sg.symbol("x", shape=size))
        wanted = sg.evaluate([fixed, sg.grad(sg.sum(fixed**2), sg.symbol("x", shape=size))], {"x": values})
        for have, want in zip(sg.evaluate([named, gradient], {"x": values}), wanted, strict=True):
            assert np.allclose(have, want, rtol=1e-14)


ERRORS: list[tuple[Any, type[Exception], str]] = [
    (lambda x, v: x[2], ShapeError, "index 2 is out of range for axis 0 with size 2"),
    (lambda x, v: x[0, -4], ShapeError, "index -1 is out of range for axis 1 with size 3"),
    (lambda x, v: x[0, 0, 0], ShapeError, "3 indices are too many for shape"),
    (lambda x, v: x[[0, 2]], ShapeError, "index 2 is out of range"),
    (lambda x, v: x[0.5], DTypeError, "an index must be an integer"),
    (lambda x, v: x[True], DTypeError, "True and False are no indices"),
    (lambda x, v: x[x > 0], DTypeError, "use symgraph.where"),
    (lambda x, v: x[np.array([True])], ShapeError, "a mask of shape"),
    (lambda x, v: x[..., ...], ShapeError, "one Ellipsis"),
    (lambda x, v: x[::0], ShapeError, "cannot have step 0"),
    (lambda x, v: v[::2], ShapeError, "depends on divisibility"),
    (lambda x, v: sg.reshape(x, (4, 2)), ShapeError, "holds 6 entries"),
    (lambda x, v: sg.reshape(v, (2, -1)), ShapeError, "cannot be divided"),
    (lambda x, v: sg.reshape(x, (-1, -1)), ShapeError, "only one size can be -1"),
    (lambda x, v: sg.concatenate([x, v]), ShapeError, "must agree in every axis"),
    (lambda x, v: sg.concatenate([x, x], axis=2), ShapeError, "axis 2 does not exist"),
    (lambda x, v: sg.concatenate([]), ShapeError, "at least one array"),
    (lambda x, v: sg.concatenate([1.0, 2.0]), ShapeError, "use stack"),
    (lambda x, v: sg.stack([x, v]), ShapeError, "differ"),
    (lambda x, v: sg.squeeze(x, 0), ShapeError, "does not have size 1"),
    (lambda x, v: sg.roll(x, (1, 2), (0,)), ShapeError, "2 shifts for 1 axes"),
    (lambda x, v: sg.repeat(v, [1, 2]), ShapeError, "known size"),
    (lambda x, v: sg.pad(v, 1, "edge"), ShapeError, "known size"),
    (lambda x, v: sg.pad(x, 1, "mirror"), ShapeError, "is not known"),
    (lambda x, v: sg.pad(x, -1), ShapeError, "negative"),
    (lambda x, v: sg.evaluate(v[:3], {v: [1.0, 2.0]}), EvaluationError, "index 2 is out of range"),
    (lambda x, v: sg.evaluate(v[2:-1], {v: [1.0, 2.0]}), EvaluationError, "negative length"),
    (lambda x, v: sg.evaluate(v[[0, 5]], {v: [1.0, 2.0]}), EvaluationError, "out of bounds"),
]


@pytest.mark.parametrize("place", range(len(ERRORS)))
def test_errors_say_what_is_wrong(place: int) -> None:
    build, kind, message = ERRORS[place]
    with pytest.raises(kind, match=message):
        build(sg.symbol("x", shape=(2, 3)), sg.symbol("v", shape="n"))


def test_integer_expressions_are_positions_without_derivative() -> None:
    x, i = sg.symbol("x", shape=(4, 2)), sg.symbol("i", shape=3, dtype="int64")
    values = {x: np.arange(8.0).reshape(4, 2), i: np.array([3, -1, 0])}
    y = x[i]
    assert np.array_equal(sg.evaluate(y, values), values[x][values[i]])
    gradient = sg.evaluate(sg.grad(sg.sum(y * y), x), values)
    assert np.array_equal(gradient[:, 0], [0.0, 0.0, 0.0, 24.0])
    best = x[sg.argmax(x[:, 0]), 1]
    assert sg.evaluate(best, values) == 7.0
    assert np.array_equal(sg.evaluate(sg.grad(best**2, x), values)[3], [0.0, 14.0])


SAME: list[tuple[str, Any, Any]] = [
    ("index of index", lambda x: x[1:][0], lambda x: x[1]),
    ("index of a mirrored array", lambda x: x[::-1][::-1], lambda x: x),
    ("whole", lambda x: x[:, ...], lambda x: x),
    ("index of stack", lambda x: sg.stack([x[0], x[1]])[1], lambda x: x[1]),
    ("reshape of reshape", lambda x: sg.reshape(sg.ravel(x), (2, 3)), lambda x: x),
    ("squeeze of expand_dims", lambda x: sg.squeeze(x[:, None]), lambda x: x),
    ("reshape that inserts an axis", lambda x: sg.reshape(x, (2, 1, 3)), lambda x: x[:, None]),
    ("roll by nothing", lambda x: sg.roll(x, 0, 1), lambda x: x),
    ("one array", lambda x: sg.concatenate([x]), lambda x: x),
    ("same dtype", lambda x: sg.astype(x, "float64"), lambda x: x),
    ("index of a repeated array", lambda x: sg.broadcast_to(x, (5, 2, 3))[3], lambda x: x),
    ("outer product of new axes", lambda x: x[0][:, None] * x[1][None, :], lambda x: sg.outer(x[0], x[1])),
]


@pytest.mark.parametrize(("name", "left", "right"), SAME, ids=[row[0] for row in SAME])
def test_exact_forms(name: str, left: Any, right: Any) -> None:
    x = sg.symbol("x", shape=(2, 3))
    assert left(x) is right(x)


def test_many_slices_of_one_array_have_a_gradient_of_linear_size_and_cost() -> None:
    size = 400
    x = sg.symbol("x", shape=size)
    f = sg.sin(x[0])
    for k in range(1, size):
        f = f + sg.sin(x[k]) * x[k - 1]
    gradient = sg.grad(f, x)
    assert len(topological([gradient])) <= 3 * len(topological([f]))
    assert sum(node.shape == (size,) for node in topological([gradient])) <= 3
    v = np.linspace(0, 1, size)
    later, before = np.append(np.sin(v[1:]), 0.0), np.concatenate([[1.0], v[:-1]])
    assert np.allclose(sg.evaluate(gradient, {x: v}), np.cos(v) * before + later, rtol=1e-14)


def test_stop_gradient_is_constant_in_every_mode() -> None:
    x = sg.symbol("x", shape=2)
    f = sg.sum(x * sg.stop_gradient(x))
    assert sg.grad(f, x) is sg.stop_gradient(x)
    assert np.array_equal(sg.evaluate(sg.hessian(f, x), {x: [1.0, 2.0]}), np.zeros((2, 2)))
    values = [sg.evaluate(e, {x: [1.0, 2.0]}) for e in (f, sg.jvp(f, x, np.array([1.0, 1.0])))]
    assert values == [5.0, 3.0]
    series = line_derivatives(sg.stop_gradient(x), {x: sg.constant([1.0, 1.0])}, 2)
    assert series[1:] == [None, None]


def test_a_slice_not_taken_contributes_exact_zeros() -> None:
    x = sg.symbol("x", shape=2)
    gradient = sg.grad(sg.log(x)[0], x)
    assert np.array_equal(sg.evaluate(gradient, {x: [2.0, 0.0]}), [0.5, 0.0])
    gathered = sg.grad(sg.sum(sg.sqrt(x)[[0, 0]]), x)
    assert np.array_equal(sg.evaluate(gathered, {x: [4.0, 0.0]}), [0.5, 0.0])
    hidden = sg.where(x[0] > 5, sg.sum(sg.log(x)), x[0])
    assert np.array_equal(sg.evaluate(sg.grad(hidden, x), {x: [2.0, 0.0]}), [1.0, 0.0])


def test_dtypes_follow_numpy() -> None:
    a, b = sg.symbol("a", shape=2, dtype="float32"), sg.symbol("b", shape=2, dtype="int64")
    assert sg.concatenate([a, b]).dtype == "float64"
    assert sg.stack([a, a]).dtype == "float32"
    assert sg.grad(sg.sum(sg.astype(a, "float64") ** 2), a).dtype == "float32"
    assert sg.evaluate(sg.astype(a, "int64"), {a: [-1.5, 2.5]}).tolist() == [-1, 2]
    assert sg.evaluate(sg.astype(b, "bool"), {b: [0, 3]}).tolist() == [False, True]
