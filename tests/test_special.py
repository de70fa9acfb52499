"""Special and activation functions where a random point says little: tails, zeros, poles, kinks and dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.core.errors import DifferentiationError, SymgraphError

NAN = float("nan")
INF = float("inf")
Exact = Callable[[Any], Any]


def derivatives(function: Callable[[Any], Any], order: int) -> tuple[Any, list[Any]]:
    x = sg.symbol("x")
    found = [function(x)]
    for _ in range(order):
        found.append(sg.grad(found[-1], x))
    return x, found


def erfcx(x: Any) -> Any:
    return mpmath.exp(x * x) * mpmath.erfc(x)


def dawsn(x: Any) -> Any:
    return mpmath.exp(-x * x) * mpmath.erfi(x) * mpmath.sqrt(mpmath.pi) / 2


def log_ndtr(x: Any) -> Any:
    return mpmath.log(mpmath.erfc(-x / mpmath.sqrt(2)) / 2)


def softplus(x: Any) -> Any:
    return mpmath.log1p(mpmath.exp(x))


# A function, the same in mpmath, places, to which order its derivatives are right to 1e-9, and the digits that
# finite differences of the exact function need.
TAILS: list[tuple[str, Exact, list[float], int, int]] = [
    ("erfc", mpmath.erfc, [-5.0, 5.0, 10.0, 20.0], 4, 220),
    ("erfcx", erfcx, [-3.0, 0.99, 1.01, 3.0, 30.0, 1e3], 5, 220),
    ("dawsn", dawsn, [1e-8, 0.99, 1.01, -4.0, 7.99, 8.01, 50.0, 300.0], 4, 190),
    ("log_ndtr", log_ndtr, [-200.0, -40.0, -9.0, -1.5, -1e-3, 1e-3, 3.0, 12.0, 24.0], 4, 290),
    ("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), [-700.0, -40.0, 1.0, 40.0, 700.0], 4, 500),
    ("softplus", softplus, [-700.0, -40.0, 1.0, 40.0, 700.0], 4, 500),
    ("log_sigmoid", lambda x: -softplus(-x), [-700.0, -40.0, 1.0, 40.0, 700.0], 4, 500),
    ("logcosh", lambda x: mpmath.log(mpmath.cosh(x)), [-300.0, -20.0, -0.999, 1e-8, 0.5, 1.001, 20.0, 300.0], 4, 450),
    ("log1mexp", lambda x: mpmath.log1p(-mpmath.exp(-x)), [1e-8, 0.69, 0.7, 30.0, 600.0], 4, 330),
    ("logit", lambda x: mpmath.log(x / (1 - x)), [1e-10, 0.5 + 1e-10, 1 - 2.0**-50], 4, 220),
    (
        "gammaln",
        lambda x: mpmath.log(mpmath.gamma(x)),
        [1 - 1e-11, 1 + 1e-7, 1.29, 1.31, 2 - 1e-11, 2.29, 1e-9, 1e3],
        3,
        170,
    ),
    ("ellipk", mpmath.ellipk, [-50.0, 0.0, 1e-9, 0.999], 4, 220),
    ("ellipe", mpmath.ellipe, [-50.0, 0.0, 1e-9, 0.999], 4, 220),
]


@pytest.mark.parametrize(("name", "exact", "places", "order", "digits"), TAILS, ids=[row[0] for row in TAILS])
def test_tails_are_accurate_at_every_order(
    name: str, exact: Exact, places: list[float], order: int, digits: int
) -> None:
    x, found = derivatives(getattr(sg, name), order)
    for place in places:
        got = sg.evaluate(found, {x: place})
        with mpmath.workdps(60):
            step = mpmath.mpf(10) ** -26 * max(abs(place), mpmath.mpf(1) / 100)
            with mpmath.workdps(digits):
                wanted = list(mpmath.diffs(exact, mpmath.mpf(place), order, h=step))
            for k, (have, want) in enumerate(zip(got, wanted, strict=True)):
                assert abs(have - want) <= 1e-9 * abs(want) + 1e-307, f"order {k} at {place}: {have}, not {want}"


@pytest.mark.parametrize("y", [1e-200, 1e-10, 0.3, 1.7, 2 - 1e-10])
def test_inverse_of_erfc_in_many_digits(y: float) -> None:
    x = sg.symbol("x")
    with mpmath.workdps(50):
        root = np.asarray(sg.evaluate(sg.erfcinv(x), {x: y}, backend="mpmath", digits=50)).item()
        assert abs(mpmath.erfc(root) / mpmath.mpf(y) - 1) < mpmath.mpf("1e-45")
        assert abs(sg.evaluate(sg.erfcinv(x), {x: y}) / root - 1) < 1e-13


def test_softplus_is_right_to_fifty_digits_far_out() -> None:
    x = sg.symbol("x")
    for place in (1000.0, -1000.0):
        with mpmath.workdps(50):
            have = np.asarray(sg.evaluate(sg.softplus(x), {x: place}, backend="mpmath", digits=50)).item()
        with mpmath.workdps(600):
            want = softplus(mpmath.mpf(place))
        assert abs(have / want - 1) < mpmath.mpf("1e-48")


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("place", [-2.5, 0.75, 3.0])
def test_bessel_functions_of_integer_order_in_many_digits(n: int, place: float) -> None:
    x = sg.symbol("x")
    names = {"bessel_j": mpmath.besselj, "bessel_y": mpmath.bessely, "bessel_k": mpmath.besselk}
    for name, exact in names.items():
        node = getattr(sg, name)(n, x)
        with mpmath.workdps(30):
            have = np.asarray(sg.evaluate(node, {x: place}, backend="mpmath", digits=30)).item()
            if place < 0 and name != "bessel_j":
                assert mpmath.isnan(have)
                continue
            want = exact(n, mpmath.mpf(place))
            assert abs(have - want) <= mpmath.mpf("1e-27") * abs(want)


def test_logaddexp_of_infinities_has_no_nan_in_its_derivatives() -> None:
    x, y = sg.symbols("x y")
    gradients = sg.grad(sg.logaddexp(x, y), [x, y])
    rows = {(-INF, -INF): (0.5, 0.5), (-INF, 1.0): (0.0, 1.0), (INF, -INF): (1.0, 0.0), (INF, INF): (0.5, 0.5)}
    for (a, b), wanted in rows.items():
        assert tuple(sg.evaluate(gradients, {x: a, y: b})) == wanted


def test_relu_is_maximum_with_zero() -> None:
    x, found = derivatives(sg.relu, 2)
    assert sg.relu(x) is sg.maximum(x, 0)
    assert sg.evaluate(found[1], {x: 0.0}) == 0.5
    assert np.isnan(sg.evaluate(found[2], {x: 0.0}))
    assert sg.evaluate(found[2], {x: 1.0}) == 0.0


def test_parameters_of_activations() -> None:
    x = sg.symbol("x")
    found = [sg.leaky_relu(x, 0.2), sg.elu(x, alpha=2.0), sg.celu(x, 2.0)]
    assert np.allclose(sg.evaluate(found, {x: -1.0}), [-0.2, 2 * np.expm1(-1), 2 * np.expm1(-0.5)], rtol=1e-15)


def test_density_of_gammainc_at_its_end() -> None:
    x = sg.symbol("x")
    assert sg.evaluate(sg.grad(sg.gammainc(1, x), x), {x: 0.0}) == 1.0
    assert sg.evaluate(sg.grad(sg.betainc(1, 1, x), x), {x: 0.0}) == 1.0
    assert sg.evaluate(sg.grad(sg.betainc(1, 1, x), x), {x: 1.0}) == 1.0


@pytest.mark.parametrize("name", ["jv", "yv", "iv", "kv", "ive", "kve", "gammainc", "gammaincc", "zeta"])
def test_no_derivative_with_respect_to_a_parameter_is_an_error(name: str) -> None:
    v, x = sg.symbols("v x")
    with pytest.raises(DifferentiationError, match=f"{name} has no derivative with respect to its argument 1 of 2"):
        sg.grad(getattr(sg, name)(v, x), v)


ORDERS = [-1, 0.5, 1e400, float("nan"), "n", None, 1j, [2], sg.symbol("k")]


@pytest.mark.parametrize("name", ["polygamma", "exp_tail", "exp_tail_ratio", "sin_tail_ratio"])
@pytest.mark.parametrize("order", ORDERS)
def test_an_order_is_an_integer_from_zero(name: str, order: Any) -> None:
    with pytest.raises(SymgraphError, match=name):
        getattr(sg, name)(order, sg.symbol("x"))


@pytest.mark.parametrize("text", ["exp_tail(151, x)", "sin_tail{171}(x)", "exp_tail_ratio(x, k=3, n=148)"])
def test_orders_whose_factorials_leave_the_range_are_refused(text: str) -> None:
    with pytest.raises(SymgraphError, match=r"orders above \d+ are not supported"):
        sg.parse(text)


def test_orders_in_both_spellings() -> None:
    x = sg.symbol("x")
    assert sg.polygamma(2, x) is sg.polygamma(x, n=2)
    assert sg.polygamma(0, x) is sg.digamma(x)
    assert sg.erfcx_derivative(0, x) is sg.erfcx(x)


FLOAT32 = ["erf", "erfcx", "log_ndtr", "ndtri", "dawsn", "gammaln", "digamma", "j1", "ellipk", "lambertw", "gelu", "si"]


@pytest.mark.parametrize("name", FLOAT32)
def test_float32_stays_float32_through_derivatives(name: str) -> None:
    x = sg.symbol("x", shape=3, dtype="float32")
    wide = sg.symbol("x", shape=3)
    value = np.array([0.2, 0.4, 0.6], dtype="float32")
    for order in range(3):
        narrow_f, wide_f = getattr(sg, name)(x), getattr(sg, name)(wide)
        for _ in range(order):
            narrow_f, wide_f = sg.grad(sg.sum(narrow_f), x), sg.grad(sg.sum(wide_f), wide)
        have, want = sg.evaluate(narrow_f, {x: value}), sg.evaluate(wide_f, {wide: value})
        assert have.dtype == np.float32
        assert np.allclose(have, want, rtol=2e-5, atol=1e-6)
