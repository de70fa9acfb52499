"""The printers: what is written parses back to the same node, reads as mathematics, and stays linear in the graph."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.errors import SymgraphError
from symgraph.core.node import Node, apply, constant, make, symbol
from symgraph.core.operator import OPS, Example, Operator
from symgraph.core.traversal import free_symbols, topological
from symgraph.ops.tensor.reading_order import reading_order
from symgraph.rewrite.tidy.derivatives import tidy
from symgraph.testing import random_graph
from symgraph.text import listing, to_latex, to_text
from symgraph.text.latex_names import latex_name
from symgraph.text.parser import Limits, parse

UNBOUNDED = Limits(length=10**9, nodes=10**8)
SHAPES: dict[str, Any] = {
    "A": ("n", "n"), "B": ("n", "m"), "W": ("n", "m"), "X": (4, 4), "T": (2, 3, 4), "M": (4, 3), "w": "m", "v": "n",
    "u": "n", "q": 4, "U": (3, 3, 4), "H": ("n", "n", "n"), "Y": (2,) * 8,
}  # fmt: skip


def parse_back(node: Node) -> Any:
    """Read what the printer writes, with the expression's own symbols."""
    return parse(to_text(node), symbols={each.name: each for each in free_symbols([node])}, limits=UNBOUNDED)


@pytest.fixture
def shallow_stack() -> Iterator[None]:
    """Run with a recursion limit far below the depth of the graphs."""
    before = sys.getrecursionlimit()
    frames, frame = 0, sys._getframe()
    while frame.f_back is not None:
        frames, frame = frames + 1, frame.f_back
    sys.setrecursionlimit(frames + 150)
    yield
    sys.setrecursionlimit(before)


# --- how formulas read ------------------------------------------------------------------------

SPELLED = [  # a text, and how it is written again
    ("x + y*z", "x + y·z"),
    ("(x + y)*z", "(x + y)·z"),
    ("x - (y - z)", "x - (y - z)"),
    ("x - y - z", "x - y - z"),
    ("x/(y/z)", "x / (y / z)"),
    ("x/y/z", "x / y / z"),
    ("x/y*z", "(x / y)·z"),
    ("x*y/z", "x·y / z"),
    ("x*(y*z)", "x·(y·z)"),
    ("-x^2", "-x^2"),
    ("(-x)^2", "(-x)^2"),
    ("x^-1", "x^(-1)"),
    ("x^y^z", "x^(y^z)"),
    ("(x^y)^z", "(x^y)^z"),
    ("x*(-y)", "x·(-y)"),
    ("(-x)*y", "-x·y"),
    ("-(x*y)", "-(x·y)"),
    ("x + (-2)", "x + (-2)"),
    ("(-2)^x", "(-2)^x"),
    ("2.0*x - 1e-3", "2·x - 0.001"),
    ("where(x < y, x, 2*y)", "where(x < y, x, 2·y)"),
    ("(x < y) == (y < z)", "(x < y) == (y < z)"),
    ("x + y <= x*y", "x + y <= x·y"),
    ("ln(x)*sin(x)^2", "log(x)·sin(x)^2"),
    ("1/(1+exp(-x))", "1 / (1 + exp(-x))"),
    ("pi*x", "pi·x"),
    ("A@v", "A·v"),
    ("A'@v", "Aᵀ·v"),
    ("v'@A", "Aᵀ·v"),
    ("v'@A@u", "vᵀ·A·u"),
    ("v'@(A@u)", "vᵀ·(A·u)"),
    ("v'@u", "vᵀ·u"),
    ("v@u'", "v·uᵀ"),
    ("A + A'", "A + Aᵀ"),
    ("A.*A'", "A ⊙ Aᵀ"),
    ("(A@A).*A", "(A·A) ⊙ A"),
    ("A@A@A", "A·A·A"),
    ("A@(A@A)", "A·(A·A)"),
    ("(A@B)'", "(A·B)ᵀ"),
    ("B'@diag(v.*(1-v))@B", "Bᵀ·diag(v ⊙ (1 - v))·B"),
    ("diag(v)@B", "diag(v)·B"),
    ("B@diag(w)", "B·diag(w)"),
    ("diag(A)", "diag(A)"),
    ("diag(diag(A))", "diag(diag(A))"),
    ("diag(v)", "diag(v)"),
    ("eye(n)", "eye(n)"),
    ("2*eye(n) + A", "2·eye(n) + A"),
    ("tr(A@A)", "tr(A·A)"),
    ("tr(A)", "tr(A)"),
    ("sum(v)", "sum(v)"),
    ("sum(B, axis=0)", "sum(B, axis=0)"),
    ("sum(B, axis=-1, keepdims=true)", "sum(B, axis=1, keepdims=true)"),
    ("sum(v@u')", "sum(v·uᵀ)"),
    ("x*ones(n)", "x·ones(n)"),
    ("ones(n, m)", "ones((n, m))"),
    ("v@ones(m)'", "v·ones(m)ᵀ"),
    ("broadcast_to(q, (2, 4))", "ones(2)·qᵀ"),
    ("2*(A@v)", "2·(A·v)"),
    ("2*A@v", "2·A·v"),
    ("transpose(T, (1, 0, 2))", "transpose(T, (1, 0, 2))"),
    ("sum(T, axis=(0, 2))", "sum(T, axis=(0, 2))"),
    ("matmul(T, M)", "∑ₗ Tᵢⱼₗ·Mₗₖ"),
    ('einsum("i,j,k->ijk", v, v, w)', "vᵢ·vⱼ·wₖ"),
    ('einsum("i->iji", v, j=3)', "ones(3)ⱼ·eye(n)ᵢₖ·vᵢ"),
    ('einsum("i,i->iij", v, v, j=3)', "eye(n)ᵢⱼ·ones(3)ₖ·vᵢ·vᵢ"),
    ('einsum("ij,ij,ij->", B, B, B)', "∑ᵢⱼ Bᵢⱼ·Bᵢⱼ·Bᵢⱼ"),
    ('einsum("iij->j", U)', "∑ⱼ Uⱼⱼᵢ"),
    ('einsum("i,jk->ijk", v, A) - einsum("ijk,i->ijk", H, v)', "vᵢ·Aⱼₖ - Hᵢⱼₖ·vᵢ"),
    ('2*einsum("i,jk->ijk", v, A⁻¹)', "2·(vᵢ·A⁻¹ⱼₖ)"),
    ('exp(einsum("i,jk->ijk", 2*v, A))', "exp((2·v)ᵢ·Aⱼₖ)"),
    ('einsum("ijk,i->jk", exp(einsum("i,jk->ijk", v, A)), v)', "∑ₖ exp(vᵢ·Aⱼₖ)ₖᵢⱼ·vₖ"),
    ('einsum("jik->ijk", U)', "transpose(U, (1, 0, 2))"),
    ('einsum("ijklmnop,qrstuvwx->qrstuvwxijklmnop", Y, Y)', 'einsum("ijklmnop,qrstuvwx->qrstuvwxijklmnop", Y, Y)'),
    ("max(B, axis=0)", "max(B, axis=0)"),
    ("max(x, y)", "maximum(x, y)"),
    ("q[0] + q[-1]", "q[0] + q[3]"),
    ("v[1:]", "v[1:]"),
    ("v[0:n-1]", "v[:n-1]"),
    ("q[::-1]", "q[::-1]"),
    ("T[:, ::2, 1]", "T[:, :3:2, 1]"),
    ("(q + 1)[2]", "(q + 1)[2]"),
    ("mean(v)", "sum(v) / dim(n)"),
    ("concatenate((v, w))", "concatenate(v, w)"),
    ("norm2(v)", "norm2(v)"),
    ("inv(A)@v", "A⁻¹·v"),
    ("inv(A)'@inv(A@A)", "A⁻ᵀ·(A·A)⁻¹"),
    ("-(A@v)", "-A·v"),
    ("v - A@v", "v - A·v"),
    ("u + -(A@v)", "u + (-A·v)"),
    ("A⊗A'", "A ⊗ Aᵀ"),
    ("eye(n)⊗(2*A)", "eye(n) ⊗ (2·A)"),
    ("x*eye(n)", "x ⊙ eye(n)"),
    ("x·eye(n)", "x·eye(n)"),
    ("x·diag(v)", "diag(x·v)"),
    ("logsumexp(v)", "logsumexp(v)"),
    ("`my var` + `pi` + lambda", "`my var` + `pi` + lambda"),
]


@pytest.mark.parametrize(("source", "expected"), SPELLED)
def test_formulas_read_as_mathematics(source: str, expected: str) -> None:
    node = parse(source, **SHAPES)
    assert str(node) == expected
    assert parse(expected, **SHAPES) is node


GRADIENTS = [  # function, variable, its gradient as it is written
    ("sum((W@w)^2)", "W", "2·(W·w)·wᵀ"),
    ("sum((W@w)^2)", "w", "2·(Wᵀ·(W·w))"),
    ("v'@A@v", "v", "(A + Aᵀ)·v"),
    ("v'@A@u", "A", "v·uᵀ"),
    ("u'@A'@A@v", "A", "A·v·uᵀ + A·u·vᵀ"),
    ("tr(X)", "X", "eye(4)"),
    ("tr(X@X)", "X", "2·Xᵀ"),
    ("tr(A@X@X)", "A", "Xᵀ·Xᵀ"),
    ("sum(B)", "B", "ones((n, m))"),
    ("sum(A@B)", "A", "ones(n)·sum(B, axis=1)ᵀ"),
    ("sum(diag(v)@B)", "v", "sum(B, axis=1)"),
    ("sum(diag(v)@B)", "B", "v·ones(m)ᵀ"),
    ("sum(exp(B@w))", "B", "exp(B·w)·wᵀ"),
    ("tr(X'@A@X)", "X", "(A + Aᵀ)·X"),
    ("tr(A@X'@A@X@A)", "X", "A·X·A·A + Aᵀ·X·Aᵀ·Aᵀ"),
    ("tr(X)^2", "X", "2·tr(X)·eye(4)"),
    ("(v'@A@v)/(v'@v)", "v", "((A + Aᵀ)·v - 2·(vᵀ·A·v / (vᵀ·v))·v) / (vᵀ·v)"),
    ("-sum((B - u@w')^2)", "u", "2·((B - u·wᵀ)·w)"),
]


@pytest.mark.parametrize(("source", "variable", "expected"), GRADIENTS)
def test_gradients_read_as_mathematics(source: str, variable: str, expected: str) -> None:
    shapes = SHAPES if "X" not in source else {**SHAPES, "A": (4, 4)}
    gradient = sg.grad(parse(source, **shapes), variable)
    assert to_text(gradient) == expected
    assert parse(expected, **shapes) is gradient


n = "n"
v, u, b, w = (symbol(name, n) for name in "vubw")
A, B, S = symbol("A", (n, n)), symbol("B", (n, n)), symbol("S", (n, n), symmetric=True)
V, W, x, d, t = symbol("V", ("k", n)), symbol("W", (n, "m")), symbol("x", "m"), symbol("d", "m"), symbol("t")

DERIVATIVES = [  # of every kind, as they are written
    (sg.grad((v - u) @ S @ (v - u), v), "2·(S·(v - u))"),
    (sg.hessian((v - u) @ S @ (v - u), v), "2·S"),
    (sg.grad(sg.trace(A @ S @ A.T), A), "2·(A·S)"),
    (sg.jvp(sg.sum((A @ v - b) ** 2), v, u), "2·((A·u)ᵀ·(A·v - b))"),
    (sg.jvp(sg.tanh(W @ x) ** 2, x, d), "2·((W·d) ⊙ sech(W·x)^2 ⊙ tanh(W·x))"),
    (sg.vjp((A @ v - b) ** 2, v, u), "2·(Aᵀ·(u ⊙ (A·v - b)))"),
    (sg.derivative(sg.sum((t * v - u) ** 2), t), "2·(vᵀ·(t·v - u))"),
    (sg.derivative(sg.sum((t * v - u) ** 2), t, 2), "2·sum(v^2)"),
    (sg.grad(sg.sum((t * v - u) ** 2), t), "2·((t·v - u)ᵀ·v)"),
    (sg.grad(sg.exp(-0.5 * v @ A @ v), v), "-0.5·exp(-0.5·(vᵀ·A·v))·((A + Aᵀ)·v)"),
    (sg.grad(sg.exp(-0.5 * (v @ A @ v) / t), v), "-0.5·(exp(-0.5·(vᵀ·A·v) / t) / t)·((A + Aᵀ)·v)"),
    (sg.hessian(sg.sum(1 / v), v), "diag(2·v^(-3))"),
    (sg.hessian(sg.sum(A / B), B), "eye(n)ᵢₖ·eye(n)ⱼₗ·(2·(A / B / B / B))ᵢⱼ"),
    (sg.hessian(sg.logsumexp(V @ v), v), "(Vᵀ·diag(s) - Vᵀ·s·sᵀ)·V\nwhere s = softmax(V·v)"),
    (sg.hessian((v @ v) ** 2, v), "4·(2·v·vᵀ + vᵀ·v·eye(n))"),
    (sg.hessian(sg.sum(v), v), "zeros((n, n))"),
    (sg.jacobian(v / sg.norm(v), v), "(eye(n) - (v / norm2(v))·unit_vector(v)ᵀ) / norm2(v)"),
    (sg.jacobian((A @ v) / (u @ v), v), "(A - (A·v / (uᵀ·v))·uᵀ) / (uᵀ·v)"),
    (sg.jacobian(v - sg.solve(A, A @ v), v), "eye(n) - solve(A, A)"),
    (sg.grad(sg.norm(B.T @ B - sg.eye(n)) ** 2, B), "2·(B·(s + sᵀ))\nwhere s = Bᵀ·B - eye(n)"),
    (sg.grad(0.5 * t * (sg.norm(v - u) - 2) ** 2, v), "t·(norm2(v - u) - 2)·unit_vector(v - u)"),
    (sg.grad(t * sg.sum(1 - sg.cos(v)), v), "t·sin(v)"),
    (sg.grad(v @ A @ v - v @ B @ v * t, v), "(A + Aᵀ)·v - t·((B + Bᵀ)·v)"),
    (sg.grad(sg.sum(v**2 / u) / t, v), "2·(v / u) / t"),
    (sg.hvp(v @ A @ v, v, u), "(A + Aᵀ)·u"),
    (sg.hvp(sg.sum(sg.exp(A @ v)), v, u), "Aᵀ·(exp(A·v) ⊙ (A·u))"),
    (sg.jvp(sg.inv(A), A, B), "-A⁻¹·B·A⁻¹"),
    (sg.jacobian(W @ x, W), "eye(n)ᵢⱼ·xₖ"),
    (sg.hessian(sg.sum(sg.tanh(W @ x)), W), "diag(-2·(sech(W·x)^2 ⊙ tanh(W·x))) ⊗ (x·xᵀ)"),
    (
        sg.hessian(sg.sum(sg.tanh(V @ sg.tanh(W @ x)) ** 2), x),
        "2·(Wᵀ·diag(s)·Vᵀ·diag(sech(t)^4 - 2·(tanh(t)^2 ⊙ sech(t)^2))·V·diag(s) - "
        "Wᵀ·diag(2·(s ⊙ (Vᵀ·(tanh(t) ⊙ sech(t)^2)) ⊙ tanh(W·x))))·W\n"
        "where s = sech(W·x)^2\n      t = V·tanh(W·x)",
    ),
]


@pytest.mark.parametrize(("derivative", "expected"), DERIVATIVES, ids=[row[1] for row in DERIVATIVES])
def test_derivatives_of_every_kind_read_as_mathematics(derivative: Node, expected: str) -> None:
    assert to_text(derivative) == expected
    assert parse_back(derivative) is derivative
    assert tidy([derivative], []) == [derivative]


def test_a_hessian_reads_as_mathematics() -> None:
    v, A = symbol("v", "n"), symbol("A", ("n", "n"))
    assert str(sg.hessian(v @ A @ v, v)) == "A + Aᵀ"


# --- exact round trips ------------------------------------------------------------------------


def _odd_nan() -> Any:
    return np.frombuffer(bytes.fromhex("010000000000f8ff"), "float64")[0]


CONSTANTS = [
    0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 1e300, 5e-324, -5e-324, 1.7976931348623157e308, 1e15, 1e16, 1e22, 2.0**53, -1e15,
    np.inf, -np.inf, np.nan, -np.nan, _odd_nan(), 3, -7, 2**63 - 1, -(2**63), True, False, np.float32(0.1),
    np.float32(1e-45), np.float32(3.4e38), np.float32("nan"), np.float32(-0.0), np.int32(-3),
    [1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]], [[1.0, -2.0], [0.5, np.inf]], np.zeros((2, 2, 2)), [], np.zeros((0, 3)),
    np.zeros((3, 0, 2)), [1, 2], [[True, False]], np.float32([[0.1, 2]]), [np.nan, _odd_nan()], [-0.0, np.nan],
    np.zeros((1, 1, 1)), [[0.5]], np.int32([4]),
]  # fmt: skip


@pytest.mark.parametrize("value", CONSTANTS, ids=repr)
def test_constants_keep_every_bit(value: Any) -> None:
    node = constant(value)
    assert parse(to_text(node)) is node


x = symbol("x")
f, i, j, b = symbol("f", 3, "float32"), symbol("i", 3, "int64"), symbol("j", (), "int32"), symbol("b", 3, "bool")
MIXED = [  # numbers beside expressions of other dtypes
    f * 2, 2 * f, f + constant(0.1, "float32"), f * constant(2.0), f + constant(3), i * 3, i + constant(2.0),
    i * constant(3, "int32"), i / 2, i**2, j + 1, j * constant(1), sg.maximum(f, 2), sg.maximum(f, constant(2.0)),
    sg.where(b, 1.0, x), sg.where(b, f, 2), sg.where(b, constant(2), constant(3)), b + constant(1.0), b * 2,
    constant(2.0, "float32") * constant(3.0, "float32"), constant(2.0) * constant(3.0, "float32"), -constant(3),
    constant(2) + constant(3.0), constant(0.1) * constant(0.2), f @ constant([1, 2, 3]), i * constant(True),
    constant(2.0, "float32") * symbol("A", (2, 2)), constant(2.0, "float32") * sg.ones(3),
]  # fmt: skip


@pytest.mark.parametrize("node", MIXED, ids=str)
def test_numbers_keep_their_dtype(node: Node) -> None:
    assert parse_back(node) is node


NAMES = [
    "lambda", "pi", "inf", "nan", "my var", "a`b", "\\", "x\ny", "\0adjoint", "sum", "and", "not", "or", "é", "e\u0301",
    "ﬁ", "а", "x₁", "α", "µ", "ᵀ", "x·y", "1x", "s'", "+", "\u202e", "#c", "a;b=c", "`", "true", "None", "null", "e",
    "where", "dim", "constant", "symbol", "__import__('os').system('x')", "🙂", "x.T", "T", "}{", "$x$", "%0",
    "<script>", '"', "\\end{document}", "n", "s", "t1",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_parses_back_and_cannot_break_out(name: str) -> None:
    node = sg.sin(symbol(name)) + symbol(name)
    assert parse(to_text(node)) is node
    written = to_latex(node)
    assert "\\end{" not in written
    assert "<" not in written
    assert not re.search(r"(?<!\\)[$%]", written)
    assert "\n" not in listing(node).replace("\n%", "")


def test_symbols_of_one_name_are_declared() -> None:
    with pytest.raises(SymgraphError, match="x"):
        parse(str(symbol("x", 3) + symbol("x")))


def _made(op: Operator, example: Example) -> Node:
    names = "xyzuvw"
    if example.make is None:
        args = [symbol(names[k], shape) for k, shape in enumerate(example.shapes)]
    else:
        values = [np.asarray(value) for value in example.make(np.random.default_rng(0))]
        args = [symbol(names[k], value.shape, value.dtype) for k, value in enumerate(values)]
    return apply(op, tuple(args), example.attributes)


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.examples])
def test_every_operator_parses_back(name: str) -> None:
    for example in OPS[name].examples:
        node = _made(OPS[name], example)
        assert parse_back(node) is node
        assert to_latex(node)
        assert f"%{len(topological([node])) - 1} = " in listing(node)


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.examples])
def test_every_exact_form_parses_back(name: str) -> None:
    """An operator made without its canonical form is written with braces."""
    for example in OPS[name].examples:
        node = _made(OPS[name], example)
        twice = node * 1.0 if node.dtype == "float64" else node
        assert parse_back(twice) is twice


def test_a_node_that_builders_would_simplify_is_written_exactly() -> None:
    node = make(OPS["multiply"], (constant(1.0), x))
    assert str(node) == "multiply{}(1, x)"
    assert parse(str(node)) is node


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs_and_their_gradients_parse_back(seed: int) -> None:
    graph = random_graph(seed)
    nodes = [graph.output]
    with suppress(SymgraphError):  # an operator of the graph has no derivative
        nodes += sg.grad(graph.output, graph.symbols)
    for node in nodes:
        assert parse_back(node) is node
        assert to_latex(node)


def test_several_outputs() -> None:
    y = symbol("y")
    shared = sg.exp(x * y + x * x)
    outputs = [shared * shared, sg.sin(shared)]
    assert to_text(outputs) == "s·s, sin(s)\nwhere s = exp(x·y + x·x)"
    assert list(parse(to_text(outputs))) == outputs


# --- sharing and size -------------------------------------------------------------------------


def test_shared_parts_are_named_behind_where() -> None:
    s = sg.exp(-(x * x + 1))
    assert str(s * (1 - s)) == "s·(1 - s)\nwhere s = exp(-(x·x + 1))"


def test_new_names_avoid_symbols_and_sizes() -> None:
    s, d = symbol("s", ("t", "t")), symbol("u", "t")
    shared = sg.exp(s @ d + d)
    text = to_text(shared * shared + shared)
    assert text.endswith("\nwhere p = exp(s·u + u)")
    assert parse(text, s=("t", "t"), u="t") is shared * shared + shared


def _levels(count: int) -> Node:
    y = x
    for _ in range(count):
        y = y * y + y
    return y


@pytest.mark.parametrize("write", [to_text, to_latex, listing])
def test_sharing_never_multiplies_the_text(write: Any) -> None:
    short, long = len(write(_levels(250))), len(write(_levels(500)))
    assert long <= 2.3 * short


DEEP = {
    "sin": lambda y: sg.sin(y),
    "sum": lambda y: y + x,
    "right sum": lambda y: x + y,
    "quotient": lambda y: x / y,
    "power": lambda y: y**x,
    "negative": lambda y: -sg.exp(y),
    "levels": lambda y: y * y + y,
}


@pytest.mark.usefixtures("shallow_stack")
@pytest.mark.parametrize("name", DEEP)
def test_deep_graphs(name: str) -> None:
    y = x
    for _ in range(6_000):
        y = DEEP[name](y)
    assert parse(to_text(y), limits=UNBOUNDED) is y
    assert str(y) == repr(y) == "<expression: over 5,000 nodes, shape ()>"
    assert y.latex() == r"\text{expression: over 5,000 nodes}"
    assert to_latex(y)


@pytest.mark.usefixtures("shallow_stack")
def test_a_very_deep_graph() -> None:
    y = x
    for _ in range(100_000):
        y = sg.sin(y)
    assert len(y.listing().splitlines()) == 100_001
    assert len(to_text(y)) < 10 * 100_000


def test_large_constants_are_left_out_of_str_only() -> None:
    node = x + constant(np.arange(2000.0))
    assert str(node) == "x + <constant of shape (2000,)>"
    assert parse(to_text(node)) is node


# --- functions of the user's ------------------------------------------------------------------


def test_composites_are_defined_behind_where() -> None:
    u, w = sg.symbols("u w")
    square = sg.function("f", [u], sg.sin(u) * u)
    outer = sg.function("h", [u, w], square(u) * w + square(w))
    node = square(square(outer(x, 2 * x)))
    assert str(node) == "f(f(h(x, 2·x)))\nwhere f(u) = sin(u)·u\n      h(u, w) = f(u)·w + f(w)"
    assert parse(str(node)) is node
    assert r"\quad\text{where } f\left(u\right) = \sin\left(u\right)\,u" in node.latex()


def test_composites_with_names_that_are_taken() -> None:
    u, hostile = symbol("u"), symbol("a b")
    gate = sg.function("my gate", [hostile], sg.exp(hostile) + 1)
    other = sg.function("x", [u], gate(u) * 2)
    node = other(x) + gate(x)
    again = parse(str(node))
    values = {"x": 0.3}
    assert sg.evaluate(again, values) == sg.evaluate(node, values)


# --- LaTeX ------------------------------------------------------------------------------------

LATEX = [
    ("x/(1 + x^2)", r"\frac{x}{1 + x^{2}}"),
    ("sqrt(x)", r"\sqrt{x}"),
    ("alpha*w0 + x_max", r"\alpha\,w_{0} + x_{\mathrm{max}}"),
    ("2*(W@w)@w'", r"2\,W\,w\,w^{\top}"),
    ("A + A'", r"A + A^{\top}"),
    ("A.*A", r"A \odot A"),
    ("tr(A)", r"\operatorname{tr}\left(A\right)"),
    ("diag(v)@B", r"\operatorname{diag}\left(v\right)\,B"),
    ("eye(n)", "I_{n}"),
    ("v@ones(m)'", r"v\,\mathbf{1}_{m}^{\top}"),
    ("sigmoid(x)", r"\sigma\left(x\right)"),
    ("(A')^2", r"\left(A^{\top}\right)^{2}"),
    ("(x + y)*2", r"\left(x + y\right) \cdot 2"),
    ("x*(-y)", r"x\,\left(-y\right)"),
    ("1e-5*x", r"10^{-5}\,x"),
    ("x*inf", r"x\,\infty"),
    ("x <= pi", r"x \le \pi"),
    ("v[1:]", "{v}_{1:}"),
    ("∑ₗ Tᵢⱼₗ·Mₗₖ", r"\sum_{l} T_{ijl}\,M_{lk}"),
    ("∑ᵢⱼ Bᵢⱼ·Bᵢⱼ·Bᵢⱼ", r"\sum_{ij} B_{ij}\,B_{ij}\,B_{ij}"),
    ("eye(n)ᵢⱼ·ones(3)ₖ·(v + u)ᵢ", r"\delta_{ij}\,{\mathbf{1}_{3}}_{k}\,\left(v + u\right)_{i}"),
    ("A⁻¹ⱼₖ·A⁻¹ₗᵢ", r"{\left(A^{-1}\right)}_{jk}\,{\left(A^{-1}\right)}_{li}"),
    ("2·(vᵢ·Aⱼₖ - Hᵢⱼₖ·vᵢ)", r"2\,\left(v_{i}\,A_{jk} - H_{ijk}\,v_{i}\right)"),
]


@pytest.mark.parametrize(("source", "expected"), LATEX)
def test_latex(source: str, expected: str) -> None:
    assert parse(source, **SHAPES).latex() == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beta1", r"\beta_{1}"), ("x_1", "x_{1}"), ("θ", r"\theta"), ("x₁₂", "x_{12}"), ("loss", r"\mathrm{loss}"),
        ("a b", r"\text{a b}"), ("x^2", r"\text{x\textasciicircum{}2}"), ("_", r"\text{\_}"),
        ("a_b_c", r"\text{a\_b\_c}"),
    ],
)  # fmt: skip
def test_latex_names(name: str, expected: str) -> None:
    assert latex_name(name) == expected


@pytest.mark.parametrize("seed", range(20))
def test_latex_braces_balance(seed: int) -> None:
    written = re.sub(r"\\[{}\\]", "", to_latex(random_graph(seed).output))
    assert written.count("{") == written.count("}")
    assert written.count(r"\left") == written.count(r"\right")


# --- listing ----------------------------------------------------------------------------------


def test_listing_shows_sharing_values_and_reasons() -> None:
    y = symbol("y")
    product = x * y
    out = sg.sin(product) + product
    (gradient,) = sg.grad(out, [x])
    lines = listing([out, gradient], values={x: 2.0, product: 0.5}, adjoints={x: gradient, y: 3.25}).splitlines()
    assert lines[-1].startswith("outputs: %")
    number = next(line for line in lines if "= 0.5" in line).split()[0]
    assert sum(f"({number}" in line or f", {number})" in line for line in lines) == 3
    assert any(" = x " in line and "= 2" in line and "adjoint %" in line for line in lines)
    assert any("adjoint 3.25" in line for line in lines)
    assert any("# sin at %" in line for line in lines)
    assert any("test_printers.py:" in line for line in lines)


def test_listing_writes_shapes_dtypes_and_attributes() -> None:
    A, v = symbol("A", ("n", 3)), symbol("v", 3, "float32")
    text = listing({"out": sg.max(A @ v, axis=0)}, why=False)
    assert "contract[ij,j->i](%0, %1)" in text
    assert ": (n, 3) float64" in text
    assert ": (3,) float32" in text
    assert text.endswith("outputs: out = %3")


# --- the order in which products are read -----------------------------------------------------

ORDERS = [  # index lists, result, the lists in reading order
    (["i", "ij"], "j", ["ij", "i"]),
    (["ij", "j"], "i", ["ij", "j"]),
    (["jk", "ij"], "ik", ["ij", "jk"]),
    (["ki", "kj", "k"], "ij", ["ki", "k", "kj"]),
    (["j", "i"], "ij", ["i", "j"]),
    (["i", "ij"], "ij", ["i", "ij"]),
    (["jk", "j", "i"], "ik", ["i", "j", "jk"]),
    (["i", "ij", "j"], "", ["i", "ij", "j"]),
    (["ijk", "i"], "j", ["ijk", "i"]),
]


@pytest.mark.parametrize(("lists", "output", "expected"), ORDERS)
def test_reading_order(lists: list[str], output: str, expected: list[str]) -> None:
    terms = [(x, tuple(map(ord, index))) for index in lists]
    ordered = reading_order(terms, tuple(map(ord, output)))
    assert ["".join(map(chr, index)) for _, index in ordered] == expected
    assert reading_order(ordered, tuple(map(ord, output))) == ordered
