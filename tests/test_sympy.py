"""SymPy both ways: SymPy's derivatives and values against symgraph's, at 30 digits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from sympy.codegen import cfunctions

import symgraph as sg
from symgraph.core.dimension import Dim
from symgraph.core.errors import SymgraphError
from symgraph.core.node import Node
from symgraph.core.operator import OPS
from symgraph.interop.sympy_bridge import from_sympy, to_sympy
from symgraph.interop.sympy_scalars import SCALAR
from symgraph.testing import exact, sample

R = sympy.Rational
x, y, z = sympy.symbols("x y z")
n, m = sympy.symbols("n m")
A, B = sympy.MatrixSymbol("A", n, m), sympy.MatrixSymbol("B", m, n)
C = sympy.MatrixSymbol("C", n, n)
v = sympy.MatrixSymbol("v", m, 1)
u = sg.symbol("x")
w = sg.symbol("y")
CODE_FUNCTIONS = (cfunctions.Sqrt, cfunctions.Cbrt, cfunctions.hypot)  # SymPy computes them only when expanded
POINT = {"x": R(7, 10), "y": R(13, 10), "z": R(21, 10)}


def at_point(node: Node, digits: int = 40) -> Any:
    symbols = {name: sg.symbol(name) for name in POINT}
    with mpmath.workdps(digits):
        values = {symbols[name]: mpmath.mpf(value.p) / value.q for name, value in POINT.items()}
    return exact([node], values, digits)[0].item()


def agree(ours: Any, theirs: Any, digits: int = 30) -> bool:
    theirs = theirs.doit().rewrite(sympy.erfinv) if theirs.has(sympy.erfcinv) else theirs
    theirs = sympy.expand_func(theirs) if theirs.has(sympy.jn, *CODE_FUNCTIONS) else theirs
    with mpmath.workdps(digits + 10):
        wanted = mpmath.mpf(sympy.N(theirs, digits + 15))
        return bool(abs(ours - wanted) <= mpmath.mpf(10) ** -digits * max(1, abs(wanted)))


FORMULAS = [
    x**2 + 3 * x * y - y**3 / z,
    sympy.sin(x) * sympy.cos(y) / sympy.tan(z),
    sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi),
    sympy.log(x + y) ** 2,
    sympy.sqrt(x**2 + y**2 + z**2),
    x ** R(1, 3) * y ** R(-2, 3),
    x**y,
    y ** (x * z),
    sympy.asin(x) + sympy.acos(x) * sympy.atan(y),
    sympy.atan2(y, x),
    sympy.sinh(x) * sympy.cosh(y) - sympy.tanh(x * y),
    sympy.asinh(x) + sympy.acosh(z) + sympy.atanh(x),
    sympy.sec(x) + sympy.csc(y) + sympy.cot(z),
    sympy.sech(x) + sympy.csch(y) + sympy.coth(z),
    sympy.asec(z) + sympy.acsc(z) + sympy.acot(x),
    sympy.asech(x) + sympy.acsch(y) + sympy.acoth(z),
    sympy.erf(x) * sympy.erfc(y) + sympy.erfi(x),
    sympy.erfinv(x) + sympy.erfcinv(y),
    sympy.gamma(x) / sympy.gamma(y),
    sympy.loggamma(x * y) + sympy.digamma(z),
    sympy.polygamma(2, x) + sympy.polygamma(0, y),
    sympy.beta(x, y),
    sympy.besselj(2, x) + sympy.bessely(0, y) + sympy.besseli(1, z) * sympy.besselk(3, x),
    sympy.besselj(R(1, 2), x),
    sympy.Piecewise((x**2, x < y), (sympy.exp(x), True)),
    sympy.Max(x, y) * sympy.Min(x, z),
    sympy.Abs(x - y) ** 3,
    sympy.Ei(x) + sympy.Si(y) * sympy.Ci(z),
    sympy.expint(1, x) + sympy.LambertW(y),
    sympy.elliptic_k(x / 3) + sympy.elliptic_e(x / 3),
    sympy.lowergamma(2, x) + sympy.uppergamma(3, y),
    sympy.hyper((R(1, 2), R(1, 3)), (R(3, 2),), x),
    sympy.jn(1, x) + sympy.sinc(y),
    1 / (1 + sympy.exp(-(2 * x - 3 * y + z))),
    sympy.log(x, 2) + sympy.E**y * sympy.EulerGamma + sympy.GoldenRatio,
    cfunctions.log1p(x) + cfunctions.expm1(y) + cfunctions.exp2(z) + cfunctions.log10(x) + cfunctions.log2(y),
    cfunctions.hypot(x, y) + cfunctions.Sqrt(x) + cfunctions.Cbrt(y),
    sympy.factorial(x) * sympy.zeta(z),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_values_and_derivatives_agree_with_sympy(formula: sympy.Expr) -> None:
    node = from_sympy(formula)
    assert agree(at_point(node), formula.subs(POINT))
    names = {str(s) for s in formula.free_symbols}
    if formula.has(sympy.zeta):
        names.discard("z")  # SymPy has no derivative of zeta either
    for name in sorted(names):
        ours = sg.grad(node, sg.symbol(name))
        real = {sympy.Symbol(each): sympy.Symbol(each, real=True) for each in POINT}
        theirs = sympy.diff(formula.subs(real), real[sympy.Symbol(name)])
        theirs = theirs.subs({symbol: POINT[symbol.name] for symbol in real.values()}).doit()
        assert agree(at_point(ours), theirs), name


@pytest.mark.parametrize("formula", FORMULAS[:12], ids=str)
def test_second_derivatives_agree_with_sympy(formula: sympy.Expr) -> None:
    ours = sg.derivative(from_sympy(formula), u, order=2)
    assert agree(at_point(ours), sympy.diff(formula, x, 2).subs(POINT))


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_values_survive_both_ways(formula: sympy.Expr) -> None:
    assert agree(at_point(from_sympy(formula)), to_sympy(from_sympy(formula)).subs(POINT))


NATURAL = [
    (x - y, u - w),
    (y - x, w - u),
    (-x - y, -u - w),
    (y - 3 * x, w - 3 * u),
    (x + 1, u + 1),
    (x - 1, u - 1),
    (x - R(1, 3), u - sg.constant(1.0) / 3.0),
    (x / y, u / w),
    (1 / x, 1 / u),
    (x**-2, 1 / u**2),
    (x / 3, u / 3),
    (2 * x / 3, 2 * u / 3),
    (-x, -u),
    (-x / 2, -(u / 2)),
    (-3 * x, -3 * u),
    (sympy.sqrt(x), sg.sqrt(u)),
    (1 / sympy.sqrt(x), 1 / sg.sqrt(u)),
    (x**2, u**2),
    (R(1, 3), sg.constant(1.0) / 3.0),
    (sympy.Integer(7), sg.constant(7.0)),
    (sympy.Float(0.1), sg.constant(0.1)),
    (sympy.oo, sg.constant(float("inf"))),
    (-sympy.oo, sg.constant(-float("inf"))),
    (sympy.nan, sg.constant(float("nan"))),
    (sympy.pi, sg.pi),
    (sympy.exp(x), sg.exp(u)),
    (sympy.Pow(sympy.E, -2, evaluate=False), 1 / sg.exp(2.0)),
    (sympy.Mul(x, -3, evaluate=False), u * -3),
    (sympy.Max(x, y), sg.maximum(u, w)),
    (sympy.And(x > 0, y <= 1), sg.logical_and(u > 0, w <= 1)),
    (sympy.Not(sympy.Eq(x, y), evaluate=False), sg.logical_not(sg.equal(u, w))),
    (sympy.Ne(x, y), sg.not_equal(u, w)),
    (sympy.true, sg.constant(True)),
    (sympy.Heaviside(x), sg.heaviside(u, 0.5)),
    (sympy.Piecewise((x, x > 0)), sg.where(u > 0, u, float("nan"))),
    (sympy.floor(x) + sympy.ceiling(y), sg.floor(u) + sg.ceil(w)),
    (sympy.frac(x), u - sg.floor(u)),
    (sympy.Mod(x, y), sg.mod(u, w)),
    (sympy.sign(x), sg.sign(u)),
]


@pytest.mark.parametrize(("formula", "expected"), NATURAL, ids=lambda each: str(each)[:40])
def test_graphs_are_as_a_person_would_write_them(formula: Any, expected: Node) -> None:
    got = from_sympy(formula)
    assert got is expected or (got.op is expected.op and set(got.args) == set(expected.args))  # in SymPy's order


@pytest.mark.parametrize("number", [2**53 + 1, 10**40 + 1, -(3**80)])
def test_integers_keep_every_digit(number: int) -> None:
    assert at_point(from_sympy(sympy.Integer(number)), 60) == number


def test_long_floats_keep_every_digit() -> None:
    value = sympy.Float("0.1234567890123456789012345678901234567890", 40)
    assert agree(at_point(from_sympy(value)), value)


# --- names and nestings -------------------------------------------------------------------------------


def test_names_and_assumptions_are_kept() -> None:
    p = sympy.Symbol("p", positive=True, integer=True)
    node = from_sympy(p)
    assert node is sg.symbol("p", positive=True, integer=True)
    assert to_sympy(node) == p


def test_names_are_never_read_as_text() -> None:
    name = "__import__('os').system('true') + S(1)"
    assert from_sympy(sympy.Symbol(name)).name == name
    assert to_sympy(sg.symbol(name)) == sympy.Symbol(name)


def test_nestings_come_back() -> None:
    assert from_sympy({"a": [x, (y,)]}) == {"a": [u, (w,)]}
    assert to_sympy({"a": [u, (w,)]}) == {"a": [x, (y,)]}


def test_given_symbols_are_used() -> None:
    p = sg.symbol("p", shape=3)
    assert from_sympy(x + y, symbols={"x": p}) is p + w
    assert from_sympy(sympy.Trace(v.T * v), symbols={"v": sg.symbol("v", shape="m")}).shape == ()
    real = sympy.Symbol("x", real=True)
    assert to_sympy(sg.sin(u), symbols={"x": real}) == sympy.sin(real)


def test_two_symbols_of_one_name_are_an_error() -> None:
    with pytest.raises(SymgraphError, match="two different SymPy symbols are called 'x'"):
        from_sympy(x + sympy.Symbol("x", positive=True))


# --- depth ----------------------------------------------------------------------------------------------


def test_depth_is_no_limit() -> None:
    depth = 10_000
    formula: Any = x
    with sympy.evaluate(False):
        for _ in range(depth):
            formula = sympy.sin(formula)
    node = from_sympy(formula)
    assert len(sg.graph(node).nodes) == depth + 1
    back = to_sympy(node, evaluate=False)
    for _ in range(depth):
        assert back.func is sympy.sin
        (back,) = back.args
    assert back == x


def test_long_sums() -> None:
    many = sympy.symbols("a:2000")
    assert len(sg.graph(from_sympy(sympy.Add(*many))).nodes) == 3999


# --- matrices -------------------------------------------------------------------------------------------

MATRICES = [
    A * B,
    A.T,
    A - B.T,
    A + B.T,
    -A,
    2 * A * v,
    x * A / y,
    sympy.MatMul(x, A, y, evaluate=False),
    A * v * v.T * B,
    C + sympy.Identity(n),
    C**3,
    C**-2,
    C**0,
    sympy.Inverse(C),
    sympy.Inverse(C) * A,
    sympy.HadamardProduct(A, B.T),
    sympy.HadamardPower(A, 2),
    sympy.DiagMatrix(v) * B,
    sympy.KroneckerProduct(A, B),
    sympy.Trace(A * B),
    sympy.Trace(v.T * B * A * v),
    sympy.Determinant(C),
    sympy.log(sympy.Determinant(C)),
    A + sympy.ZeroMatrix(n, m),
    A + sympy.OneMatrix(n, m),
    A.applyfunc(sympy.sin),
    A.applyfunc(sympy.Lambda(x, x * y + 1)),
]
ENTRIES = {
    "A": np.array([[1.5, -0.5], [0.25, 2.0], [1.0, 0.5]]),
    "B": np.array([[0.5, 1.0, -1.0], [2.0, 0.125, 0.75]]),
    "C": np.array([[2.0, 0.5, 0.25], [0.0, 1.5, 0.5], [1.0, 0.0, 3.0]]),
    "v": np.array([[1.5], [-2.0]]),
    "x": 0.75,
    "y": 1.25,
}


def explicit(expression: Any) -> Any:
    """Compute a matrix expression of SymPy with the entries above, by SymPy alone."""
    sizes = expression.subs({n: 3, m: 2}) if expression.has(n, m) else expression
    matrices = {s: sympy.Matrix(ENTRIES[s.name].tolist()) for s in sizes.atoms(sympy.MatrixSymbol)}
    entrywise = sizes.replace(
        lambda e: type(e).__name__ == "ElementwiseApplyFunction",
        lambda e: e.expr.as_explicit().applyfunc(e.function),
    )
    found = entrywise.subs(matrices).subs({x: ENTRIES["x"], y: ENTRIES["y"]}).doit()
    found = found.as_explicit() if hasattr(found, "as_explicit") else found
    return np.array(found.evalf().tolist() if hasattr(found, "tolist") else found, dtype=float)


def value(node: Node) -> Any:
    names = {s.name for s in sg.graph(node).inputs}
    return sg.evaluate(node, {name: ENTRIES[name] for name in names}, sizes={"n": 3, "m": 2})


@pytest.mark.parametrize("expression", MATRICES, ids=str)
def test_matrix_expressions_come_over_and_back(expression: Any) -> None:
    node = from_sympy(expression)
    got = value(node)
    np.testing.assert_allclose(got, explicit(expression), rtol=1e-13, atol=1e-14)
    if not expression.has(sympy.KroneckerProduct):  # which symgraph writes with four axes
        np.testing.assert_allclose(value(from_sympy(to_sympy(node))), got, rtol=1e-13)


def test_matrix_symbols_get_named_sizes() -> None:
    k = Dim.named("n")
    assert from_sympy(sympy.MatrixSymbol("D", 2 * n + 1, n * m)).shape == (2 * k + 1, k * Dim.named("m"))
    assert to_sympy(from_sympy(sympy.MatrixSymbol("D", 2 * n + 1, 3))).shape == (
        2 * sympy.Symbol("n", integer=True) + 1,
        3,
    )


def test_explicit_matrices_are_arrays() -> None:
    node = from_sympy(sympy.Matrix([[x, 1], [y, x * y]]))
    assert node.shape == (2, 2)
    np.testing.assert_array_equal(sg.evaluate(node, {"x": 2, "y": 3}), [[2, 1], [3, 6]])
    assert to_sympy(node) == sympy.Matrix([[x, 1], [y, x * y]])
    assert from_sympy(sympy.Matrix([[1, 2], [3, 4]])) is sg.constant([[1.0, 2.0], [3.0, 4.0]])
    assert from_sympy(sympy.zeros(0, 3)).shape == (0, 3)
    assert to_sympy(sg.constant([[1.0, 0.5]])) == sympy.Matrix([[1, R(1, 2)]])


def test_entries_of_matrices() -> None:
    D = sympy.MatrixSymbol("D", 3, 3)
    node = from_sympy(D[1, 2] * D[0, 0])
    assert node.shape == ()
    assert to_sympy(node) == D[1, 2] * D[0, 0]
    with pytest.raises(SymgraphError, match="integer indices"):
        from_sympy(D[sympy.Symbol("i", integer=True), 0])


W = sg.symbol("W", shape=("n", "m"))
s = sg.symbol("s", shape="m")
f = sg.sum((W @ s) ** 2)
CHAINS: list[tuple[Callable[[], Node], str | None]] = [
    (lambda: sg.grad(f, W), "2*W*s*s.T"),
    (lambda: sg.grad(f, s), "2*W.T*W*s"),
    (lambda: sg.diag(s), "DiagMatrix(s)"),
    (lambda: sg.outer(W @ s, s), "W*s*s.T"),
    (lambda: sg.trace(W.T @ W), "Trace(W.T*W)"),
    (lambda: W @ (s * s), "W*HadamardPower(s, 2)"),
    (lambda: sg.eye("m") + W.T @ W, "I + W.T*W"),
    (lambda: sg.einsum("i,ij,j->ij", W @ s, W, s), "DiagMatrix(W*s)*W*DiagMatrix(s)"),
    (lambda: sg.vdot(s, s) * s, None),
    (lambda: sg.sum(W), None),
    (lambda: sg.sum(W, axis=0), None),
    (lambda: sg.diagonal(W.T @ W), None),
    (lambda: sg.einsum("ij,ij->", W, W), None),
    (lambda: sg.einsum("ij,ij,j->i", W, W, s), None),
    (lambda: sg.einsum("j->ij", s, i="n") * W, None),
    (lambda: W * 2 + 1, None),
    (lambda: 1 / (W**2 + 1), None),
    (lambda: W / (W**2 + 1), None),
    (lambda: 2.0**W, None),
    (lambda: sg.exp(W) @ s - W @ s, None),
    (lambda: sg.ones(("n", "m")) * W, None),
    (lambda: sg.eye("m") @ s, "s"),
    (lambda: sg.mean(W), None),
    (lambda: sg.sum(s) * sg.sum(W, axis=1), None),
    (lambda: 2.0 * sg.diag(s) + sg.eye("m"), None),
]


@pytest.mark.parametrize(("make", "text"), CHAINS, ids=range(len(CHAINS)))
def test_contractions_become_matrix_expressions(make: Callable[[], Node], text: str | None) -> None:
    node = make()
    expression = to_sympy(node)
    if text is not None:
        assert str(expression) == text
    values = {"W": ENTRIES["A"], "s": ENTRIES["v"]}
    flat = {"W": ENTRIES["A"], "s": ENTRIES["v"][:, 0]}
    wanted = sg.evaluate(node, {name: each for name, each in flat.items() if uses(node, name)}, sizes={"n": 3, "m": 2})
    again = from_sympy(expression)
    given = {name: each for name, each in values.items() if uses(again, name)}
    got = sg.evaluate(again, given, sizes={"n": 3, "m": 2})
    np.testing.assert_allclose(np.reshape(got, np.shape(wanted)), wanted, rtol=1e-13)


def uses(node: Node, name: str) -> bool:
    return name in {each.name for each in sg.graph(node).inputs}


# --- what has no counterpart ----------------------------------------------------------------------------

NO_COUNTERPART = [
    (sympy.Function("mystery")(x), "mystery"),
    (sympy.Derivative(sympy.Function("g")(x), x), "Derivative"),
    (sympy.Integral(sympy.exp(-(x**2)), x), "Integral"),
    (sympy.Sum(x**n, (n, 0, 5)), "Sum"),
    (sympy.I * x, "ImaginaryUnit"),
    (sympy.zoo, "ComplexInfinity"),
    (sympy.airyai(x), "airyai"),
    (sympy.Symbol("q", commutative=False), "does not commute"),
    (sympy.polygamma(y, x), "polygamma needs an integer order"),
    (sympy.jn(y, x), "jn needs an integer order"),
    (sympy.expint(2, x), "order 1 only"),
    (sympy.hyper((1,), (2,), x), "two upper parameters"),
    (C**n, "MatPow needs an integer order"),
    (C ** (10**7), "beyond"),
    (sympy.MatrixSymbol("D", n / 2, 2), "cannot be the size"),
    (sympy.MatrixSymbol("D", sympy.sin(n), 2), "cannot be the size"),
    (sympy.Integer(10) ** 400, "too large"),
    (sympy.Float("1e-400"), "too small"),
    (sympy.Float("1e99999"), "out of the range"),
    ("x + 1", "a SymPy expression is needed, not str"),
    (None, "a SymPy expression is needed, not NoneType"),
]


@pytest.mark.parametrize(("formula", "message"), NO_COUNTERPART, ids=lambda each: str(each)[:40])
def test_what_has_no_counterpart_is_named(formula: Any, message: str) -> None:
    with pytest.raises(SymgraphError, match=message):
        from_sympy(formula)


def test_python_numbers_and_expressions_pass() -> None:
    assert from_sympy([1.5, u, sympy.Integer(2)]) == [sg.constant(1.5), u, sg.constant(2.0)]


def test_an_error_about_a_deep_expression_does_not_print_it() -> None:
    formula: Any = sympy.Function("mystery")(x)
    with sympy.evaluate(False):
        for _ in range(5000):
            formula = sympy.sin(formula)
        formula = sympy.Function("unknown")(formula)
    with pytest.raises(SymgraphError, match="unknown has no counterpart"):
        from_sympy(formula)


# --- the table of operators -----------------------------------------------------------------------------

WITHOUT_SYMPY = {
    *("isfinite", "isinf", "isnan", "rint", "round", "signbit"),
    *("annuity", "bernoulli_ratio", "bose", "bose_product", "box_cox", "compound", "compound_rate", "einstein"),
    *("exp_difference", "exprel", "geometric_mean", "geometric_series", "hypotm1", "langevin", "log1p_gap"),
    *("log1p_ratio", "log1p_square", "log_erfc", "log_power", "log_ratio", "parallel", "pow1p", "pow1pm1"),
    *("quadratic_root", "quadratic_root_slope", "quadratic_root_square", "root_gap", "root_gap_slope"),
    *("share", "spherical_in", "square_difference", "x_arccot", "xlog_ratio"),
    *("exp_tail", "sin_tail", "sinh_tail", "log1p_tail", "log_tail", "arctan_tail", "tanh_tail", "tan_tail"),
    *("exp_tail_ratio", "sin_tail_ratio", "sinh_tail_ratio", "hypot_gap", "hypot_slope_gap"),
}


def test_scalar_operators_without_a_counterpart_in_sympy() -> None:
    elementwise = {name for name, record in OPS.items() if record.elementwise}
    assert elementwise - set(SCALAR) == WITHOUT_SYMPY
    assert set(SCALAR) - elementwise <= {"astype"}


def test_operators_without_a_counterpart_are_named() -> None:
    with pytest.raises(SymgraphError, match="the operator rint has no counterpart in SymPy"):
        to_sympy(sg.rint(u))
    with pytest.raises(SymgraphError, match="the operator maximum on arrays has no counterpart"):
        to_sympy(sg.maximum(W, 2 * W))
    with pytest.raises(SymgraphError, match="two axes, not 3"):
        to_sympy(sg.symbol("T", shape=(2, 2, 2)))
    with pytest.raises(SymgraphError, match="broadcasting"):
        to_sympy(W + sg.sum(W, axis=0))
    with pytest.raises(SymgraphError, match="broadcasting"):
        to_sympy(W ** sg.sum(W, axis=0))
    with pytest.raises(SymgraphError, match="joins three or more indices"):
        to_sympy(sg.einsum("ij,ik,il,j,k,l->i", W, W, W, s, s, s))
    with pytest.raises(SymgraphError, match="only single entries"):
        to_sympy(sg.symbol("p", shape=4)[1:3])
    with pytest.raises(SymgraphError, match="explicit rows or columns"):
        to_sympy(sg.stack([s, s]))


@pytest.mark.parametrize("name", sorted(SCALAR))
def test_every_counterpart_has_the_same_value(name: str) -> None:
    record = OPS[name]
    scalars = [i for i, example in enumerate(record.examples) if not any(example.shapes)]
    if not scalars:
        pytest.skip("no scalar example")
    tried = sample(record, scalars[0])
    expression = to_sympy(tried.outputs[0])
    point = {sympy.Symbol(s.name): sympy.Float(mpmath.mpf(float(tried.values[s])), 50) for s in tried.symbols}
    theirs = sympy.sympify(expression).subs(point)
    (ours,) = exact(tried.outputs, tried.values, 40)
    if theirs in (sympy.true, sympy.false):
        assert bool(ours) == bool(theirs)
    else:
        assert agree(ours.item(), theirs)


def test_composites_are_opened() -> None:
    p = sg.symbol("p")
    gate = sg.function("gate", [p], p * sg.sin(p))
    assert to_sympy(gate(gate(u))) == x * sympy.sin(x) * sympy.sin(x * sympy.sin(x))


def test_conditions_count_as_numbers() -> None:
    assert to_sympy((u > 0) * w).subs({x: 1, y: 5}) == 5
    assert to_sympy((u > 0) * w).subs({x: -1, y: 5}) == 0


def test_special_numbers() -> None:
    values = [float("nan"), float("inf"), -float("inf"), 0.5, 0.1, True, 3]
    expected = [sympy.nan, sympy.oo, -sympy.oo, R(1, 2), sympy.Float(0.1), sympy.true, sympy.Integer(3)]
    assert to_sympy([sg.constant(each) for each in values]) == expected


def test_sympy_is_imported_only_when_it_is_needed() -> None:
    program = """
import sys
import symgraph
from symgraph.interop.sympy_bridge import from_sympy
assert "sympy" not in sys.modules
sys.modules["sympy"] = None
try:
    from_sympy(1)
except symgraph.errors.SymgraphError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program.replace("symgraph.errors.", "symgraph.core.errors.")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == 'SymPy is not installed: pip install "symgraph[sympy]"'
