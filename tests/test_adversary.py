"""Reproductions of what an adversary found: each row is a formula, a point and what must come out."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.core.operator import FUNCTIONS, OPS
from symgraph.ops.elementwise import elementwise

X = sg.symbol("x")
U = sg.symbol("u")
N = sg.symbol("n", dtype="int64")
B = sg.symbol("b", dtype="bool")
V = sg.symbol("v", 3)
W = sg.symbol("w", 3)
AT = np.array([0.3, -1.2, 0.8])
MATRIX = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])


def own(body: Any, rule: Callable[..., Any]) -> Callable[..., sg.Node]:
    """Define a function of a vector with a rule written for one adjoint, as the documentation says."""
    return sg.custom_gradient("own", [W], body, rule)


RULES = (
    ("linear map", sg.constant(MATRIX) @ W, lambda g, y, w: [sg.constant(MATRIX).T @ g]),
    ("softmax", sg.softmax(W), lambda g, y, w: [y * (g - sg.sum(g * y))]),
    ("running sum", sg.cumsum(W), lambda g, y, w: [sg.cumsum(g[::-1])[::-1]]),
    ("sum of squares", sg.sum(W**2), lambda g, y, w: [2 * g * w]),
    ("vector times its sum", W * sg.sum(W), lambda g, y, w: [g * sg.sum(w) + sg.sum(g * w)]),
    ("entry by entry", sg.sin(W), lambda g, y, w: [g * sg.cos(w)]),
)


@pytest.mark.parametrize(("name", "body", "rule"), RULES, ids=[row[0] for row in RULES])
def test_own_rule_for_one_adjoint_gives_whole_jacobians(name: str, body: sg.Node, rule: Callable[..., Any]) -> None:
    plain = sg.function("plain", [W], body)
    mine = own(body, rule)
    for form in (
        lambda f: sg.jacobian(f(V), V),
        lambda f: sg.jacobian(sg.jacobian(f(sg.sin(V)), V), V),
        lambda f: sg.hessian(sg.sum(f(V) ** 2), V),
        lambda f: sg.jvp(f(V), V, [1.0, 2.0, -1.0]),
        lambda f: sg.hvp(sg.sum(f(V) ** 2), V, [1.0, 2.0, -1.0]),
    ):
        wanted = sg.evaluate(form(plain), {V: AT})
        assert np.allclose(sg.evaluate(form(mine), {V: AT}), wanted, rtol=1e-12, atol=1e-13), name


REFUSED = (
    ("not linear, batch", lambda: sg.jacobian(own(1.0 * W, lambda g, y, w: [sg.clip(g, -1, 1)])(V), V), "not linear"),
    ("not linear, jvp", lambda: sg.jvp(own(1.0 * W, lambda g, y, w: [g * g])(V), V, AT), "not linear"),
    ("not linear, forward", lambda: sg.jacobian(own(W, lambda g, y, w: [g * g])(V), V, mode="forward"), "not linear"),
    ("no list", lambda: sg.grad(sg.sum(own(1.0 * W, lambda g, y, w: g)(V)), V), "must give a list"),
    ("nothing", lambda: sg.grad(sg.sum(own(1.0 * W, lambda g, y, w: None)(V)), V), "must give a list"),
    ("unknown size", lambda: sg.evaluate(sg.ones("n")), "size of dimension n is not known"),
    ("unknown size as a number", lambda: sg.evaluate(sg.parse("dim(n)")), "size of dimension n is not known"),
    ("infinite integer", lambda: sg.evaluate(N + 1, {N: float("inf")}), "does not fit into int64|fraction"),
    ("large number as integer", lambda: sg.evaluate(N + 1, {N: 1e30}), "does not fit into int64"),
    ("large integer", lambda: sg.evaluate(N + 1, {N: 2**63}), "does not fit into int64"),
    ("large integer for int32", lambda: sg.evaluate(sg.symbol("k", dtype="int32") + 1, {"k": 2**40}), "int32"),
    ("two as a truth value", lambda: sg.evaluate(sg.where(B, 1.0, X), {B: 2, X: 0}), "does not fit into bool"),
    ("no digits", lambda: sg.evaluate(sg.sin(X), {X: 1}, backend="mpmath", digits=0), "integer ≥ 1"),
    ("unknown level", lambda: sg.grad(X, X, simplify="zz"), "'zz'"),
    ("verify a vector", lambda: sg.verify(V, V, {V: AT}), "real scalar"),
    ("verify nothing", lambda: sg.verify(X, X, {X: 1.0}, max_nodes=0), "max_nodes"),
    ("too large", lambda: sg.evaluate(sg.ones((10**6, 10**6, 10**6))), "does not fit into memory"),
)


@pytest.mark.parametrize(("name", "make", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_says_why(name: str, make: Callable[[], Any], message: str) -> None:
    with pytest.raises(sg.SymgraphError, match=message):
        make()


def wrong(x: sg.Node) -> sg.Node:
    """The square, with a derivative of 3x."""
    return sg.custom_gradient("wrong", [U], U**2, lambda g, y, u: [3 * g * u])(x)


def nearly_log(x: sg.Node) -> sg.Node:
    """The logarithm, with a derivative that is off in the 13th digit."""
    return sg.custom_gradient("nearly_log", [U], sg.log(U), lambda g, y, u: [g / u * (1 + 1e-13)])(x)


def coarse_sine(x: sg.Node) -> sg.Node:
    """The sine, whose numbers are off in the 6th digit."""
    rule = (lambda x, y: sg.cos(x),)
    made = elementwise("coarse_sine", "test", "Sine.", lambda x: np.sin(x) * (1 + 1e-6), mpmath.sin, rule, ((0, 1),))(x)
    del OPS["coarse_sine"], FUNCTIONS["coarse_sine"]
    return made


WRONG = (
    ("alone", wrong(X), 2.0),
    ("in the 13th digit", nearly_log(X), 2.0),
    ("in the 13th digit of terms that cancel", nearly_log(X + 1) - nearly_log(X), 1e8),
    ("in the 13th digit beside a larger term", nearly_log(X) + 1e200, 2.0),
    ("in the 13th digit of what is 0", nearly_log(X) - sg.log(X), 1e-6),
    ("numbers in the 6th digit", coarse_sine(X) ** 2, 0.5),
    ("numbers in the 6th digit beside a larger term", coarse_sine(X) ** 2 + 1e6 * X - 1e6 * sg.sin(X), 1e-3),
    ("beside a kink of another term", wrong(X) + abs(X - 2), 2.0),
    ("outside the one-sided slopes", sg.custom_gradient("five", [U], abs(U), lambda g, y, u: [5 * g])(X), 0.0),
    ("huge", wrong(X), 1e100),
    ("tiny", wrong(X) * 1e60, 1e-60),
    ("where the number itself overflows", sg.log(1 + sg.exp(wrong(X))), 1e3),
)


@pytest.mark.parametrize(("name", "f", "at"), WRONG, ids=[row[0] for row in WRONG])
def test_verify_refuses_a_wrong_rule(name: str, f: sg.Node, at: float) -> None:
    with pytest.raises(sg.VerificationError):
        sg.verify(f, X, {X: at})


def naive_slope(f: sg.Node) -> sg.Node:
    return sg.grad(f, X, simplify=None)


GAMMAS = sg.gamma(X + 1) / sg.gamma(X)
RIGHT = (
    ("cube at 0", X**3, 0.0, "ok"),
    ("square at 0", X**2, 0.0, "ok"),
    ("cube of the absolute value", abs(X) ** 3, 0.0, "ok"),
    ("huge value", X * 1e200, 3.0, "ok"),
    ("huge argument", X**2, 1e200, "ok"),
    ("close to a kink", abs(X), 1e-40, "ok"),
    ("close to a pole", 1 / X, 1e-100, "ok"),
    ("terms that cancel", sg.gamma(X + 1) - X * sg.gamma(X), 0.3, "rounding"),
    ("kink", sg.relu(X), 0.0, "kink"),
    ("jump", X % 1, 1.0, "kink"),
    ("large terms that cancel", sg.gamma(X + 1) - X * sg.gamma(X), 37.0, "rounding"),
    ("slopes that cancel", naive_slope(naive_slope(GAMMAS)), 1e-3, "rounding"),
    ("slopes that cancel close to 0", naive_slope(GAMMAS), 1e-30, "rounding"),
    ("slope of the larger", sg.grad(sg.maximum(X, 0.7 * X) ** 2, X), 1.3, "ok"),
)


@pytest.mark.parametrize(("name", "f", "at", "status"), RIGHT, ids=[row[0] for row in RIGHT])
def test_verify_accepts_a_right_rule(name: str, f: sg.Node, at: float, status: str) -> None:
    assert sg.verify(f, X, {X: at}).rows[-1].status == status


TRUTH_VALUES = (
    ("1 - sigmoid", 1 - sg.sigmoid(B)),
    ("1 - tanh²", 1 - sg.tanh(B) ** 2),
    ("log of sigmoid", sg.log(sg.sigmoid(B))),
    ("logistic", 1 / (1 + sg.exp(B))),
)


@pytest.mark.parametrize(("name", "f"), TRUTH_VALUES, ids=[row[0] for row in TRUTH_VALUES])
def test_stable_forms_leave_truth_values_alone(name: str, f: sg.Node) -> None:
    for at in (True, False):
        assert sg.evaluate(f, {B: at}) == pytest.approx(sg.evaluate(f, {B: at}, simplify=None), rel=1e-12)


@pytest.mark.parametrize("order", [22, 30, 60, 180])
def test_taylor_coefficients_of_any_order_have_all_digits(order: int) -> None:
    last = sg.evaluate(sg.taylor(sg.exp(X), X, order, at=0.0)[-1], {}, backend="mpmath", digits=50)
    with mpmath.workdps(50):
        assert abs(last * mpmath.factorial(order) - 1) < mpmath.mpf(10) ** -45


def test_texts_as_values_have_all_digits() -> None:
    value = sg.evaluate(X, {X: "0.3"}, backend="mpmath", digits=50)
    with mpmath.workdps(50):
        assert value == mpmath.mpf("0.3")


@pytest.mark.parametrize("order", [20, 56, 60])
def test_high_derivatives_have_all_digits(order: int) -> None:
    y = sg.derivative(sg.sin(X) * sg.exp(X), X, order=order)
    got = sg.evaluate(y, {X: 0.25}, backend="mpmath", digits=60)
    with mpmath.workdps(60):
        wanted = mpmath.mpf(2) ** (order / 2) * mpmath.exp(0.25) * mpmath.sin(0.25 + order * mpmath.pi / 4)
        assert abs(got / wanted - 1) < mpmath.mpf(10) ** -40


def test_nested_calls_with_shared_arguments() -> None:
    u, w = sg.symbols("u w")
    f = sg.function("f", [u, w], sg.sin(u * w) * u)
    y = f(f(X, X), f(X, 2 * X))

    def reference(x: Any) -> Any:
        def g(a: Any, b: Any) -> Any:
            return mpmath.sin(a * b) * a

        return g(g(x, x), g(x, 2 * x))

    with mpmath.workdps(50):
        for order in range(4):
            wanted = float(mpmath.diff(reference, mpmath.mpf(0.7), order))
            assert sg.evaluate(sg.derivative(y, X, order=order), {X: 0.7}) == pytest.approx(wanted, rel=1e-12)
