"""Reductions: higher derivatives at special points, NumPy's conventions, named sizes."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special

import symgraph as sg
from symgraph.autodiff.forward import tangents
from symgraph.autodiff.reverse import adjoints
from symgraph.core.dimension import Dim
from symgraph.core.errors import DifferentiationError, ShapeError
from symgraph.core.operator import OPS
from symgraph.testing import sample

INF, NAN = float("inf"), float("nan")
ROOT, LOG2 = 0.5**0.5, float(np.log(2))

SECOND: list[tuple[str, Any, list[float], Any, Any]] = [
    ("prod with a zero", sg.prod, [0, 2, 3], [6, 0, 0], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
    ("prod with two zeros", sg.prod, [0, 0, 3], [0, 0, 0], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]),
    ("prod of one", sg.prod, [0], [1], [[0]]),
    ("last of cumprod", lambda x: sg.cumprod(x)[-1], [0, 2, 3], [6, 0, 0], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
    ("sum of cumprod", lambda x: sg.sum(sg.cumprod(x)), [0, 0], [1, 0], [[0, 1], [1, 0]]),
    ("max", sg.max, [1, 3, 2], [0, 1, 0], np.zeros((3, 3))),
    ("max at a tie", sg.max, [1, 1], [0.5, 0.5], [[NAN, NAN], [NAN, NAN]]),
    ("max beside a tie", sg.max, [2, 1, 2], [0.5, 0, 0.5], [[NAN, 0, NAN], [0, 0, 0], [NAN, 0, NAN]]),
    ("min at a tie", sg.min, [1, 1, 1], [1 / 3] * 3, np.full((3, 3), NAN)),
    ("square of max", lambda x: sg.max(x) ** 2, [1, 3], [0, 6], [[0, 0], [0, 2]]),
    ("square of max at a tie of zeros", lambda x: sg.max(x) ** 2, [0, 0], [0, 0], np.full((2, 2), NAN)),
    ("max of squares at 0", lambda x: sg.max(x**2), [0, 0], [0, 0], np.full((2, 2), NAN)),
    ("square of the range of equals", lambda x: sg.ptp(x) ** 2, [1, 1], [0, 0], np.full((2, 2), NAN)),
    ("exponent 0", lambda x: x[0] ** x[1], [2, 0], [0, LOG2], [[0, 0.5], [0.5, LOG2**2]]),
    (
        "growth in steps from a base of 0",
        lambda x: (1 + x[0] / x[1]) ** (x[1] * x[2]),
        [-1, 1, 2],
        [0, 0, 0],
        [[2, 2, 0], [2, 2, 0], [0, 0, 0]],
    ),
    (
        "mean of exponentials",
        lambda x: sg.log(sg.mean(sg.exp(x))),
        [900, 900],
        [0.5, 0.5],
        [[0.25, -0.25], [-0.25, 0.25]],
    ),
    ("max of nan", sg.max, [NAN, 1], [NAN, NAN], None),
    ("range", sg.ptp, [1, 4, 2], [-1, 1, 0], np.zeros((3, 3))),
    ("logsumexp of large", sg.logsumexp, [1000, 1000], [0.5, 0.5], [[0.25, -0.25], [-0.25, 0.25]]),
    ("logsumexp of -inf", sg.logsumexp, [-INF, 0], [0, 1], [[0, 0], [0, 0]]),
    ("logsumexp of +inf", sg.logsumexp, [INF, 0], [1, 0], [[0, 0], [0, 0]]),
    ("norm at 0", sg.norm2, [0, 0], [0, 0], [[INF, NAN], [NAN, INF]]),
    ("norm", sg.norm, [3, 4], [0.6, 0.8], [[0.128, -0.096], [-0.096, 0.072]]),
    ("tiny norm", sg.norm, [3e-200, 4e-200], [0.6, 0.8], [[1.28e199, -9.6e198], [-9.6e198, 7.2e198]]),
    ("huge norm", sg.norm, [1e200, 1e200], [ROOT, ROOT], None),
    ("norm squared at 0", lambda x: sg.norm2(x) ** 2, [0, 0], [0, 0], [[2, 0], [0, 2]]),
    ("norm squared, other spelling", lambda x: sg.norm(x) ** 2.0, [0, 0], [0, 0], [[2, 0], [0, 2]]),
    ("fourth power of norm", lambda x: sg.norm2(x) ** 4, [0, 1], [0, 4], [[4, 0], [0, 12]]),
    ("fourth power of norm at 0", lambda x: sg.norm2(x) ** 4, [0, 0], [0, 0], [[0, 0], [0, 0]]),
    ("inverse square of norm", lambda x: sg.norm2(x) ** -2, [1, 0], [-2, 0], [[6, 0], [0, -2]]),
    ("norm1 squared", lambda x: sg.norm1(x) ** 2, [1, -2], [6, -6], [[2, -2], [-2, 2]]),
    ("variance of equals", sg.var, [2, 2], [0, 0], [[0.5, -0.5], [-0.5, 0.5]]),
    ("square of std at equals", lambda x: sg.std(x) ** 2, [2, 2], [0, 0], [[0.5, -0.5], [-0.5, 0.5]]),
    ("std at equals", sg.std, [2, 2], [0, 0], [[NAN, NAN], [NAN, NAN]]),
    ("mean", sg.mean, [1, 2], [0.5, 0.5], [[0, 0], [0, 0]]),
    ("first of log_softmax", lambda x: sg.log_softmax(x)[0], [900, 900], [0.5, -0.5], [[-0.25, 0.25], [0.25, -0.25]]),
]


@pytest.mark.parametrize("row", SECOND, ids=[row[0] for row in SECOND])
def test_gradient_and_hessian_at_special_points(row: Any) -> None:
    _, build, point, gradient, second = row
    x = sg.symbol("x", shape=len(point))
    f = build(x)
    assert np.allclose(sg.evaluate(sg.grad(f, x), {x: point}), gradient, rtol=1e-14, atol=0, equal_nan=True)
    if second is not None:
        found = sg.evaluate(sg.hessian(f, x), {x: point})
        assert np.allclose(found, second, rtol=1e-14, atol=0, equal_nan=True), found


def test_every_derivative_of_a_product_is_a_product_of_the_others() -> None:
    x = sg.symbol("x", shape=4)
    tensor = sg.prod(x)
    for order in range(1, 5):
        tensor = adjoints(tensor, [x])[x]
        for point in ([0.0, 0.0, 2.0, 3.0], [1.5, -2.0, 0.0, 4.0]):
            value = sg.evaluate(tensor, {x: point})
            wanted = np.zeros((4,) * order)
            for place in permutations(range(4), order):
                wanted[place] = np.prod([point[k] for k in range(4) if k not in place])
            assert np.array_equal(value, wanted)


def test_product_of_a_matrix_along_an_axis_has_block_derivatives() -> None:
    x = sg.symbol("x", shape=("n", "m"))
    values = np.array([[0.0, 2.0, 3.0], [5.0, 0.0, 0.0]])
    jacobian = sg.evaluate(sg.jacobian(sg.prod(x, axis=1), x), {x: values})
    assert np.array_equal(jacobian[0], [[6, 0, 0], [0, 0, 0]])
    assert np.array_equal(jacobian[1], np.zeros((2, 3)))


def test_running_product_has_no_division() -> None:
    x = sg.symbol("x", shape=5)
    point = [2.0, 0.0, 3.0, 0.0, 4.0]
    jacobian = sg.evaluate(sg.jacobian(sg.cumprod(x), x), {x: point})
    second = sg.evaluate(adjoints(adjoints(sg.cumprod(x), [x])[x], [x])[x], {x: point})
    for k, j in product(range(5), repeat=2):
        assert jacobian[k, j] == (np.prod([point[i] for i in range(k + 1) if i != j]) if j <= k else 0)
        for i in range(5):
            inside = i != j and max(i, j) <= k
            assert second[k, j, i] == (np.prod([point[a] for a in range(k + 1) if a not in (i, j)]) if inside else 0)


FAMILY = [record for record in OPS.values() if record.family in ("reduction", "structure", "indexing")]
CASES = [(record.name, place) for record in FAMILY for place in range(len(record.examples)) if record.differentiable]


@pytest.mark.parametrize(("name", "place"), CASES)
def test_jacobian_of_a_jacobian_is_forward_over_reverse(name: str, place: int) -> None:
    case = sample(OPS[name], place)
    (y,), x = case.outputs, case.real[0]
    first = adjoints(y, [x]).get(x)
    second = None if first is None else adjoints(first, [x]).get(x)
    if first is None or second is None:
        return
    assert second.shape == y.shape + x.shape + x.shape
    direction = np.random.default_rng(3).normal(size=x.shape)
    along = tangents([first], {x: sg.constant(direction)}).get(first)
    found = sg.evaluate(second, case.values)
    wanted = np.zeros(first.shape) if along is None else sg.evaluate(along, case.values)
    assert np.allclose(np.tensordot(found, direction, axes=x.ndim), wanted, rtol=1e-11, atol=1e-12)


AXES: list[Any] = [None, 0, -1, (0, 2), (1,), ()]
NUMPY: list[tuple[str, Any]] = [
    ("prod", np.prod),
    ("max", np.max),
    ("min", np.min),
    ("mean", np.mean),
    ("var", np.var),
    ("std", np.std),
    ("any", np.any),
    ("all", np.all),
    ("logsumexp", scipy.special.logsumexp),
]


@pytest.mark.parametrize(("name", "reference"), NUMPY, ids=[row[0] for row in NUMPY])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_values_shapes_and_dtypes_are_numpys(name: str, reference: Any, axis: Any, keepdims: bool) -> None:
    for dtype in ("float64", "float32", "int64", "bool"):
        values = np.random.default_rng(4).integers(0, 3, size=(2, 3, 4)).astype(dtype)
        x = sg.symbol("x", shape=values.shape, dtype=dtype)
        if name == "logsumexp" and (axis == () or dtype == "bool"):
            continue
        node = getattr(sg, name)(x, axis=axis, keepdims=keepdims)
        wanted = np.asarray(reference(values, axis=axis, keepdims=keepdims))
        have = np.asarray(sg.evaluate(node, {x: values}))
        assert node.shape == have.shape == wanted.shape
        assert node.dtype == wanted.dtype.name
        assert not node.shape or have.dtype.name == node.dtype
        assert np.allclose(have, wanted, rtol=1e-5 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("order", [None, "fro", 1, -1, 2, 3, 0.5, INF, -INF])
@pytest.mark.parametrize("axis", [None, 1, (0, 2), (2, 1)], ids=str)
def test_norms_are_numpys(order: Any, axis: Any) -> None:
    shape: tuple[int, ...] = (3, 4) if axis is None else (3, 4, 2)
    values = np.random.default_rng(5).normal(size=shape)
    x = sg.symbol("x", shape=shape)
    matrix = axis is None or isinstance(axis, tuple)
    if (matrix and order in (2, 3, 0.5)) or (not matrix and order == "fro"):
        if matrix:
            with pytest.raises(ShapeError, match="norm"):
                sg.norm(x, order, axis)
        return
    for keepdims in (False, True):
        have = sg.evaluate(sg.norm(x, order, axis, keepdims), {x: values})
        wanted = np.linalg.norm(values, order, axis, keepdims)
        assert np.shape(have) == wanted.shape
        assert np.allclose(have, wanted, rtol=1e-13)


def test_positions_are_numpys() -> None:
    values = np.random.default_rng(6).integers(0, 3, size=(3, 4)).astype(float)
    x = sg.symbol("x", shape=("n", 4))
    for axis in (None, 0, 1):
        for name in ("argmax", "argmin"):
            have = sg.evaluate(getattr(sg, name)(x, axis), {x: values})
            assert np.array_equal(have, getattr(np, name)(values, axis))


def test_empty_axes() -> None:
    x = sg.symbol("x", shape=("n", 2))
    values = np.zeros((0, 2))
    rows = [(sg.prod(x), 1.0), (sg.logsumexp(x), -INF), (sg.norm2(x), 0.0), (sg.mean(x), NAN), (sg.var(x), NAN)]
    rows += [(sg.max(x), -INF), (sg.min(x), INF)]
    for node, wanted in rows:
        assert np.array_equal(sg.evaluate(node, {x: values}), wanted, equal_nan=True)
        assert np.array_equal(sg.compile(node, [x])(values), wanted, equal_nan=True)
        assert sg.evaluate(sg.grad(node, x), {x: values}).shape == (0, 2)
    assert sg.evaluate(sg.softmax(x, axis=0), {x: values}).shape == (0, 2)
    assert sg.evaluate(sg.cumprod(x, axis=0), {x: values}).shape == (0, 2)
    with pytest.raises(ShapeError, match="no entries to choose from"):
        sg.max(sg.symbol("e", shape=(0, 2)))


def test_named_sizes_count() -> None:
    n, m = Dim.named("n"), Dim.named("m")
    x = sg.symbol("x", shape=(n, m))
    values = np.random.default_rng(7).normal(size=(3, 4))
    assert sg.var(x, axis=0, ddof=1).shape == (m,)
    assert np.allclose(sg.evaluate(sg.var(x, ddof=1), {x: values}), np.var(values, ddof=1), rtol=1e-14)
    assert np.allclose(sg.evaluate(sg.grad(sg.mean(x), x), {x: values}), np.full((3, 4), 1 / 12), rtol=1e-15)
    hessian = sg.evaluate(sg.hessian(sg.var(x), x), {x: values}).reshape(12, 12)
    assert np.allclose(hessian, 2 / 12 * (np.eye(12) - 1 / 12), rtol=1e-14)


def test_variance_of_too_few_is_not_finite_and_warns_of_nothing() -> None:
    x = sg.symbol("x", shape=1)
    assert np.isnan(sg.evaluate(sg.var(x, ddof=1), {x: [2.0]}))
    assert np.isnan(sg.evaluate(sg.std(x, ddof=1), {x: [2.0]}))
    assert not np.isfinite(sg.evaluate(sg.grad(sg.var(x, ddof=1), x), {x: [2.0]}))


def test_softmax_is_as_accurate_as_fifty_digits() -> None:
    x = sg.symbol("x", shape=3)
    for point in ([0.0, 40.0, 1.0], [-1000.0, 5.0, 5.5], [1e5, 1e5 + 1, -1e5]):
        for node in (sg.softmax(x), sg.log_softmax(x), sg.logsumexp(x)):
            have = np.ravel(sg.evaluate(node, {x: point}))
            exact = np.ravel(sg.evaluate(node, {x: point}, backend="mpmath"))
            for one, other in zip(have, exact, strict=True):
                assert abs(mpmath.mpf(float(one)) - other) <= 4e-16 * abs(other) + mpmath.mpf("1e-320")


def test_softmax_hessian_reads_as_in_the_books() -> None:
    x = sg.symbol("x", shape=4)
    s = sg.softmax(x)
    point = np.array([0.1, -2.0, 1.5, 0.3])
    value = sg.evaluate(s, {x: point})
    assert np.allclose(value, scipy.special.softmax(point), rtol=1e-15)
    assert sg.grad(sg.logsumexp(x), x) is s
    assert sg.hessian(sg.logsumexp(x), x) is sg.diag(s) - sg.outer(s, s)


def test_max_of_several_expressions_is_maximum() -> None:
    x, y, z = sg.symbols("x y z")
    assert sg.max(x, y) is sg.maximum(x, y)
    assert sg.min(x, y, z) is sg.minimum(sg.minimum(x, y), z)
    assert sg.max(0, x) is sg.maximum(0, x)


def test_positions_have_no_derivative_and_need_none() -> None:
    x = sg.symbol("x", shape=3)
    f = sg.sum(sg.astype(sg.argmax(x), "float64") * x)
    assert np.array_equal(sg.evaluate(sg.grad(f, x), {x: [1.0, 5.0, 2.0]}), [1.0, 1.0, 1.0])
    with pytest.raises(DifferentiationError):
        sg.grad(sg.argmax(x), x)


@pytest.mark.parametrize(
    "reduce",
    [sg.sum, sg.prod, sg.mean, sg.var, sg.std, sg.max, sg.norm2, sg.logsumexp, lambda x: sg.softmax(x)[0]],
    ids=["sum", "prod", "mean", "var", "std", "max", "norm2", "logsumexp", "softmax"],
)
def test_a_branch_not_taken_contributes_nothing(reduce: Any) -> None:
    x = sg.symbol("x", shape=3)
    f = sg.where(x[0] > 5, reduce(sg.log(x)), x[1])
    assert np.array_equal(sg.evaluate(sg.grad(f, x), {x: [0.0, -2.0, 3.0]}), [0.0, 1.0, 0.0])
