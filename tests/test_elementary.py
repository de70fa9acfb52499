"""What the records of elementwise operators cannot say: combinations, second order at kinks, signed zeros, dtypes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.core.errors import DTypeError, SymgraphError
from symgraph.core.node import Node
from symgraph.ops.constants import VALUES, named_constant

INF, NAN = math.inf, math.nan
x, y = sg.symbols("x y")

# formula, point, derivatives of order 0, 1, 2
COMBINATIONS: list[tuple[str, Node, float, tuple[float, ...]]] = [
    ("abs", abs(x), 0.0, (0, 0, NAN)),
    ("abs away from its kink", abs(x), -1.5, (1.5, -1, 0)),
    ("abs squared", abs(x) ** 2, 0.0, (0, 0, 2)),
    ("abs times abs", abs(x) * abs(x), 0.0, (0, 0, 2)),
    ("square of abs", sg.square(abs(x)), 0.0, (0, 0, 2)),
    ("maximum of twice the same", sg.maximum(x, x), 1.5, (1.5, 1, 0)),
    ("maximum, tie on the right", sg.maximum(x, 0), 0.0, (0, 0.5, NAN)),
    ("maximum, tie on the left", sg.maximum(0, x), 0.0, (0, 0.5, NAN)),
    ("maximum of tied copies", sg.maximum(x, 1 * (x + 0.0)), 2.0, (2, 1, NAN)),
    ("maximum of three", sg.maximum(sg.maximum(x, 2 * x), 3 * x), 0.0, (0, 2.25, NAN)),
    ("relu squared", sg.maximum(x, 0) ** 2, -1.0, (0, 0, 0)),
    ("relu squared at its kink", sg.maximum(x, 0) ** 2, 0.0, (0, 0, NAN)),
    ("x times abs", x * abs(x), 0.0, (0, 0, NAN)),
    ("clip at its lower end", sg.clip(x, 0, 1), 0.0, (0, 0.5, NAN)),
    ("clip at its upper end", sg.clip(x, 0, 1), 1.0, (1, 0.5, NAN)),
    ("clip inside", sg.clip(x, 0, 1), 0.5, (0.5, 1, 0)),
    ("clip from below only", sg.clip(x, 0), 3.0, (3, 1, 0)),
    ("sign has derivative zero", sg.sign(x) * x, 0.0, (0, 0, 0)),
    ("branch of nan slope not taken", sg.where(x > 0, sg.sqrt(x), 0), -1.0, (0, 0, 0)),
    ("branch of wrong slope not taken", sg.where(x > 0, sg.log(x), x), -1.0, (-1, 1, 0)),
    ("branch of infinite slope not taken", sg.where(x > 0, x * sg.log(x), 0), 0.0, (0, 0, 0)),
    ("branch of nested nan not taken", sg.where(x > 0, sg.log(sg.sqrt(x)), 0), -1.0, (0, 0, 0, 0)),
    ("the same branch taken", sg.where(x > 0, sg.log(sg.sqrt(x)), 0), 2.0, (math.log(2) / 2, 1 / 4, -1 / 8, 1 / 8)),
    ("nested branches", sg.where(x > 0, sg.where(x > 1, sg.sqrt(x - 1), x**2), sg.log(x)), 0.5, (0.25, 1, 2)),
    ("infinite slope below a maximum", sg.maximum(sg.sqrt(x), 1), 0.0, (1, 0)),
    ("clamped logarithm", sg.maximum(sg.log(x), -100), 0.0, (-100, 0)),
    ("maximum of nan not taken", sg.where(x > 0, sg.maximum(sg.log(x), 0) ** 2, 0), -1.0, (0, 0, 0)),
    ("huber", sg.where(abs(x) < 1, x**2 / 2, abs(x) - 0.5), 0.25, (0.03125, 0.25, 1)),
    ("entropy", sg.xlogy(x, x), 1.0, (0, 1, 1)),
    ("fmax passes nan over", sg.fmax(x, NAN), 2.0, (2, 1, 0)),
    ("tanh far out", sg.tanh(x), 20.0, (1, 1.6993417021166355e-17, -3.398683404233271e-17)),
    ("sech that would overflow", sg.sech(x), -800.0, (0, 0, 0)),
    ("arctanh close to 1", sg.arctanh(x), 1 - 2.0**-40, (14.2095172014786515, 549755813888.25, 6.04462909807314587e23)),
    ("logarithm of a square", sg.log(x**2), -3.0, (math.log(9), -2 / 3, -2 / 9)),
    ("remainder", sg.remainder(x**2, 4), 3.0, (1, 6, 2)),
    ("floor division", sg.floor_divide(x, 2), 3.0, (1, 0, 0)),
    ("sinc at 0", sg.sinc(x), 0.0, (1, 0, -(math.pi**2) / 3)),
    ("sinc at tiny x", sg.sinc(x), 1e-200, (1, -1e-200 * math.pi**2 / 3, -(math.pi**2) / 3)),
]


def repeated(step: Callable[[Node], Node], f: Node, order: int) -> list[Node]:
    found = [f]
    for _ in range(order):
        found.append(step(found[-1]))
    return found


def by_reverse(f: Node, order: int) -> list[Node]:
    return repeated(lambda node: sg.grad(node, x), f, order)


def by_forward(f: Node, order: int) -> list[Node]:
    return repeated(lambda node: sg.jvp(node, x, 1.0), f, order)


def close(have: Any, want: float) -> bool:
    have = float(have)
    if math.isnan(want):
        return math.isnan(have)
    return have == want or abs(have - want) <= 1e-11 * abs(want)


@pytest.mark.parametrize("mode", [by_reverse, by_forward])
@pytest.mark.parametrize(("f", "at", "wanted"), [row[1:] for row in COMBINATIONS], ids=[r[0] for r in COMBINATIONS])
def test_combination(f: Node, at: float, wanted: tuple[float, ...], mode: Any) -> None:
    found = sg.evaluate(mode(f, len(wanted) - 1), {x: at})
    assert all(map(close, found, wanted)), f"{found} instead of {wanted}"


def test_a_maximum_stops_an_infinite_adjoint() -> None:
    assert sg.evaluate(sg.grad(sg.sqrt(sg.maximum(x, 0)), x), {x: -1.0}) == 0


@pytest.mark.parametrize("size", [1e200, 1e-200, 1e-160, 1.0])
def test_hypotenuse_and_angle_at_every_size(size: float) -> None:
    r = sg.hypot(x, y)
    values = {x: 3 * size, y: 4 * size}
    first = sg.evaluate([r, *sg.grad(r, [x, y])], values)
    assert np.allclose(first, [5 * size, 0.6, 0.8], rtol=1e-14, atol=0)
    angle = sg.evaluate(sg.grad(sg.arctan2(y, x), [x, y]), values)
    assert np.allclose(angle, [-4 / 25 / size, 3 / 25 / size], rtol=1e-14, atol=0)
    if size >= 1e-160:
        second = sg.evaluate(sg.grad(sg.grad(r, x), [x, y]), values)
        assert np.allclose(second, [16 / 125 / size, -12 / 125 / size], rtol=1e-14, atol=0)


def test_hypotenuse_keeps_its_curvature_beside_an_axis() -> None:
    curvature = sg.grad(sg.grad(sg.hypot(x, y), x), x)
    assert close(sg.evaluate(curvature, {x: 1.0, y: 1e-9}), 1e-18)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 7, 12])
def test_every_derivative_of_sinc(order: int) -> None:
    points = [0.0, 1e-9, 0.1, 0.5, 1.0, 1.7, 3.3, 7.25, 100.3, -2.5]
    with mpmath.workdps(40):
        for point in points:
            u = mpmath.mpf(point)
            want = mpmath.quad(
                lambda t, u=u: (mpmath.pi * t) ** order * mpmath.cospi(u * t + mpmath.mpf(order) / 2),
                mpmath.linspace(0, 1, 2 + int(abs(point))),
            )
            scale = mpmath.pi**order / (order + 1)
            have = sg.evaluate(sg.sinc(x, order), {x: point})
            assert abs(have - want) <= 2e-14 * scale / max(1, abs(point)), f"{have} instead of {want} at {point}"
            exactly = sg.evaluate(sg.sinc(x, order), {x: point}, backend="mpmath", digits=40)
            assert abs(exactly - want) <= mpmath.mpf(10) ** -30 * scale


def test_where_sums_over_what_was_broadcast() -> None:
    a, b = sg.symbol("a", shape=3), sg.symbol("b", shape=(2, 1))
    c = sg.symbol("c", shape=(2, 3), dtype="bool")
    chosen = np.array([[True, False, True], [False, False, True]])
    weights = np.arange(6.0).reshape(2, 3)
    ga, gb = sg.grad(sg.sum(sg.where(c, a, b) * weights), [a, b])
    got = sg.evaluate([ga, gb], {c: chosen})
    assert np.array_equal(got[0], np.where(chosen, weights, 0).sum(0))
    assert np.array_equal(got[1], np.where(chosen, 0, weights).sum(1, keepdims=True))


def test_where_masks_what_lies_below_sums() -> None:
    v, c = sg.symbol("v", shape=3), sg.symbol("c")
    f = sg.where(c > 0, sg.sum(sg.sqrt(v)), 0)
    assert np.array_equal(sg.evaluate(sg.grad(f, v), {c: -1.0, v: [-1.0, 0.0, 4.0]}), np.zeros(3))
    whole = sg.jacobian(sg.where(v > 0, sg.sqrt(v), 0), v)
    assert np.array_equal(sg.evaluate(whole, {v: [-1.0, 0.0, 4.0]}), np.diag([0, 0, 0.25]))


@pytest.mark.parametrize("name", sorted(VALUES))
def test_named_constants_have_as_many_digits_as_are_asked_for(name: str) -> None:
    with mpmath.workdps(50):
        wanted = {"pi": mpmath.pi, "e": mpmath.e, "euler_gamma": mpmath.euler}[name]
        assert sg.evaluate(named_constant(name), {}, backend="mpmath", digits=50) == +wanted
        assert sg.evaluate(named_constant(name), {}) == float(wanted)


def test_an_unknown_constant_is_an_error() -> None:
    with pytest.raises(SymgraphError, match="there are pi"):
        named_constant("tau")


# Signed zeros exist in machine numbers only.
SIGNED = [
    (sg.signbit(x), -0.0, True),
    (sg.copysign(2.0, x), -0.0, -2.0),
    (sg.arctan2(x, -1.0), -0.0, -math.pi),
    (sg.arctan2(0.0, x), -0.0, math.pi),
    (sg.reciprocal(x), -0.0, -INF),
]


@pytest.mark.parametrize(("f", "at", "wanted"), SIGNED)
def test_negative_zero(f: Node, at: float, wanted: float) -> None:
    assert sg.evaluate(f, {x: at}) == wanted


def test_dtypes_that_numpy_has_no_operation_for_are_refused() -> None:
    b = sg.symbol("b", dtype="bool")
    for refused in (sg.sign, lambda z: sg.remainder(z, b), lambda z: sg.floor_divide(z, b)):
        with pytest.raises(DTypeError):
            refused(b)


def test_gradients_stay_in_single_precision() -> None:
    z = sg.symbol("z", dtype="float32")
    for f in (sg.exp2, sg.log10, sg.degrees, sg.tanh, sg.arcsinh, sg.arctanh, sg.arcsin, sg.sinc, abs, sg.cbrt):
        assert sg.grad(f(z), z).dtype == "float32"
    for g in (sg.maximum, sg.hypot, sg.arctan2, sg.remainder, sg.fmod, sg.copysign, sg.heaviside, sg.xlogy):
        assert {d.dtype for d in sg.grad(g(z, z * 0.5), [z]) if d is not None} <= {"float32"}


def test_python_operators_build_the_same_nodes() -> None:
    assert (x < 1) is sg.less(x, 1) and (x > 1) is sg.greater(x, 1)
    assert (x <= y) is sg.less_equal(x, y) and (x >= y) is sg.greater_equal(x, y)
    assert x // 2 is sg.floor_divide(x, 2) and 2 // x is sg.floor_divide(2, x)
    assert x % 2 is sg.mod(x, 2) and 2 % x is sg.mod(2, x)
    assert abs(x) is sg.absolute(x) and +x is x
    assert round(x, 2) is sg.round(x, 2) and round(x) is sg.round(x)
    assert math.floor(x) is sg.floor(x) and math.ceil(x) is sg.ceil(x) and math.trunc(x) is sg.trunc(x)


def test_exact_canonical_forms() -> None:
    assert abs(-x) is abs(x) and abs(abs(x)) is abs(x)
    assert sg.minimum(x, x) is x
    assert sg.where(x > 0, y, y) is y
    assert sg.where(x, 1.0, 2.0) is sg.where(sg.not_equal(x, 0), 1.0, 2.0)


@pytest.mark.parametrize("bad", [1.5, -1, "2"])
def test_orders_and_decimals_must_be_integers(bad: Any) -> None:
    with pytest.raises(SymgraphError, match="order"):
        sg.sinc(x, bad)
    if bad != -1:
        with pytest.raises(SymgraphError, match="decimals"):
            sg.round(x, bad)
