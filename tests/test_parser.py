"""The text language against NumPy: every row of data is a text, its symbols' values, and what NumPy gives."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.errors import DTypeError, ParseError, ShapeError, SymgraphError
from symgraph.core.node import constant, symbol
from symgraph.core.origin import CONTEXT, TextPlace, made_by
from symgraph.core.traversal import free_symbols, topological
from symgraph.evaluate.evaluator import run
from symgraph.text.calls import apply_function
from symgraph.text.definitions import Function, Kind, Parameter
from symgraph.text.names import is_plain_name, quote_name
from symgraph.text.parser import Limits, Machine, Reader, parse, parse_program, tokenize
from symgraph.text.values import function

CASES = Path(__file__).parent / "cases"
PI = np.pi
rng = np.random.default_rng(3)
X = {"x": 0.7, "y": -1.3, "z": 2.5, "s": 0.2, "t": 4.0}
V = {"u": np.array([1.0, 2, 3]), "v": np.array([-1.0, 0.5, 2]), "w": np.array([0.3, 0.7])}
M = {"A": rng.normal(size=(3, 3)) + 3 * np.eye(3), "B": rng.normal(size=(3, 3)), "C": rng.normal(size=(3, 2))}
T = {"P": rng.normal(size=(2, 3, 3))}
VALUES = X | V | M | T
x, y, z, s, t = X.values()
u, v, w = V.values()
A, B, C = M.values()
P = T["P"]


def value(text, **options):
    """Evaluate a text at VALUES."""
    shapes = {name: np.shape(array) for name, array in VALUES.items() if np.ndim(array)}
    node = parse(text, **(shapes | options))
    return run([node], {each: VALUES[each.name] for each in free_symbols([node])})[node]


SCALARS = [
    ("x + y*z", x + y * z),
    ("(x + y)*z", (x + y) * z),
    ("x - y - z", x - y - z),
    ("x/y/z", x / y / z),
    ("x/y*z", x / y * z),
    ("t^2^0.5", t ** (2**0.5)),
    ("t**2**0.5", t ** (2**0.5)),
    ("-x^2", -(x**2)),
    ("-t^2^0.5", -(t ** (2**0.5))),
    ("2^-1", 0.5),
    ("2^-x^2", 2 ** -(x**2)),
    ("-2^2", -4),
    ("(-2)^2", 4),
    ("--x", x),
    ("-+-x", x),
    ("+x", x),
    ("x*-y", x * -y),
    ("x*-y*z", x * -y * z),
    ("x--y", x + y),
    ("x-+y", x - y),
    ("1./x", 1 / x),
    ("2.*x", 2 * x),
    ("2.^x", 2**x),
    ("2.**x", 2**x),
    ("2.5.*x./y.^2", 2.5 * x / y**2),
    ("t.^2.*s", t**2 * s),
    (".5*x", 0.5 * x),
    ("1.*x + 1.", x + 1),
    ("1e-3*x + 1.5E+2 + .35e0", 1e-3 * x + 150 + 0.35),
    ("pi*x", PI * x),
    ("-inf", -np.inf),
    ("∞", np.inf),
    ("nan", np.nan),
    ("9^9^9^9", np.inf),
    ("x%t", x % t),
    ("y//t", y // t),
    ("x − y × z ÷ t · s", x - y * z / t * s),
    ("x² + y³ + t⁻¹ + t¹⁰", x**2 + y**3 + 1 / t + t**10),
    ("2^x²", 2 ** (x**2)),
    ("-x²", -(x**2)),
    ("√t + √(x + z) + √t²", t**0.5 + (x + z) ** 0.5 + t),
    ("√t^3", t**1.5),
    ("|y| + |x - |y||", abs(y) + abs(x - abs(y))),
    ("‖u‖ + ‖u - v‖²", np.linalg.norm(u) + np.sum((u - v) ** 2)),
    ("sin(x)^2 + cos(x)**2", 1.0),
    ("ln(t) + log(t)", 2 * np.log(t)),
    ("arcsin(x) + asin(x)", 2 * np.arcsin(x)),
    ("σ(x) - sigmoid(x)", 0),
    ("max(x, y, z) + min(x, y, z)", max(x, y, z) + min(x, y, z)),
    ("max(u) + min(v)", 3 - 1),
    ("max(x, 0) + log1p(exp(-abs(x)))", np.log1p(np.exp(x))),
    ("where(x > 0, sqrt(x), 0)", x**0.5),
    ("where(x > 0 and y > 0, 1, 2)", 2),
    ("where(x > 0 or y > 0, 1, 2)", 1),
    ("where(not x > 0, 1, 2)", 2),
    ("where(not x > 0 or y < 0 and z > 3, 1, 2)", 2),
    ("where(!(x > 0), 1, 2)", 2),
    ("where((x > 0) & (y < 0) | (z < 0), 1, 2)", 1),
    ("where(x <= x && y != x, 1, 2) + where(x ≤ y ∨ x ≥ y ∧ x ≠ y, 1, 2)", 2),
    ("where(x == x, 1, 2) + where(x >= y, 1, 2)", 2),
    ("gamma + gamma(t)*0", x),
    ("I + E + e + beta + lambda", x * 5),
    ("`x`", x),
    ("`pi`", x),
    ("Δx₁·σ²", x**3),
    ("clip(y, 0, 1) + clip(y, none, 0) + clip(y, upper=0)", 2 * y),
    ("hypot(x,\n  y)  # a comment", np.hypot(x, y)),
    ("x +\n y", x + y),
    ("x + # to be continued\n\n y", x + y),
    ("\n\n x;;\n", x),
    ("x\u00a0+\u2009y", x + y),
]


@pytest.mark.parametrize(("text", "expected"), SCALARS)
def test_scalars(text, expected):
    others = ("gamma", "I", "E", "e", "beta", "lambda", "Δx₁", "σ", "pi")
    node = parse(text, u=3, v=3)
    values = {each: x if each.name in others else VALUES[each.name] for each in free_symbols([node])}
    np.testing.assert_allclose(run([node], values)[node], expected, rtol=1e-14, atol=1e-15)


ARRAYS = [
    ("u'@v", u @ v),
    ("u@v", u @ v),
    ("u·v", u @ v),
    ("uᵀ·v", u @ v),
    ("u@v'", np.outer(u, v)),
    ("u·vᵀ", np.outer(u, v)),
    ("u⊗v", np.outer(u, v)),
    ("A⊗A'", np.einsum("ik,jl->ijkl", A, A.T)),
    ("u + s\nwhere t = 2·u\n      s = A·t", u + A @ (2 * u)),
    ("s·u·vᵀ\nwhere s = 2", 2 * np.outer(u, v)),
    ("f(u)\nwhere t = 2; f(x) = t*x", 2 * u),
    ("A@u", A @ u),
    ("A·u", A @ u),
    ("u'@A", u @ A),
    ("u@A", u @ A),
    ("(u'@A)'", u @ A),
    ("u'@A@v", u @ A @ v),
    ("(u'@A)'+v", u @ A + v),
    ("(2*u' + v'/3)@A@u", (2 * u + v / 3) @ A @ u),
    ("-u'@v", -(u @ v)),
    ("exp(u')@v", np.exp(u) @ v),
    ("softplus(u')@v", np.log1p(np.exp(u)) @ v),
    ("softmax(u')@v", np.exp(u) / np.exp(u).sum() @ v),
    ("(u'.^2)@v", u**2 @ v),
    ("u''@v", u @ v),
    ("u.T@v", u @ v),
    ("u.'@v", u @ v),
    ("u′@v", u @ v),
    ("C'@u", C.T @ u),
    ("C.T@u", C.T @ u),
    ("P.T", P.T),
    ("P@A", P @ A),
    ("P@u", P @ u),
    ("x'", x),
    ("A'@B'", A.T @ B.T),
    ("A@B.*2@C", A @ B * 2 @ C),
    ("A*B", A * B),
    ("A⊙B + A∘B - A.*B", A * B),
    ("A⊘B", A / B),
    ("A.^2", A**2),
    ("A^2", A**2),
    ("A²", A**2),
    ("A⁻¹@u", np.linalg.solve(A, u)),
    ("A⁻ᵀ", np.linalg.inv(A).T),
    ("A.*u", A * u),
    ("A + u'", A + u),
    ("2*A@u@u'", 2 * np.outer(A @ u, u)),
    ("u@[1, 2, 3]'", np.outer(u, [1, 2, 3])),
    ("C[:, 0:1]@v'", C[:, :1] * v),
    ("[1, 2; 3, 4]@w", np.array([[1, 2], [3, 4]]) @ w),
    ("[[1, 2], [3, 4]]", np.array([[1.0, 2], [3, 4]])),
    ("[1, -2.5, inf]", np.array([1, -2.5, np.inf])),
    ("[1; 2]", np.array([[1.0], [2]])),
    ("[1, 2;]", np.array([[1.0, 2]])),
    ("[1, 2,]", np.array([1.0, 2])),
    ("[x, y; z, 1]", np.array([[x, y], [z, 1]])),
    ("[x, y]", np.array([x, y])),
    ("[u, v]", np.array([u, v])),
    ("[1,\n 2;\n 3, 4]", np.array([[1.0, 2], [3, 4]])),
    ("u[0]", u[0]),
    ("u[-1]", u[-1]),
    ("u[1:3]", u[1:3]),
    ("u[::2]", u[::2]),
    ("u[::-1]", u[::-1]),
    ("u[:]", u),
    ("A[0, :]", A[0]),
    ("A[:, 1]", A[:, 1]),
    ("A[0][1]", A[0, 1]),
    ("A[0, 1]", A[0, 1]),
    ("A[1:, :2]", A[1:, :2]),
    ("A[..., 0]", A[..., 0]),
    ("A[0, ...]", A[0]),
    ("A[None, 0,]", A[None, 0]),
    ("u[[0, 2, 0]]", u[[0, 2, 0]]),
    ("A[[0, 2], :]", A[[0, 2]]),
    ("u'[1:3]@w", u[1:3] @ w),
    ("i = 1; u[i] + A[i, i - 1] + u[i:].T@w", u[1] + A[1, 0] + u[1:] @ w),
    ("sum(A, axis=0)", A.sum(0)),
    ("sum(A, 0)", A.sum(0)),
    ("sum(A, axis=(0, 1), keepdims=True)", A.sum((0, 1), keepdims=True)),
    ("sum(A, axis=[0, 1])", A.sum()),
    ("Σ(A) + Π(u)", A.sum() + u.prod()),
    ("max(A, axis=1)", A.max(1)),
    ("min(A, axis=-1, keepdims=true)", A.min(1, keepdims=True)),
    ("max(u, v)", np.maximum(u, v)),
    ("max(u, 0, v)", np.maximum(np.maximum(u, 0), v)),
    ("tr(A) + trace(A) + det(A) + logdet(A'@A)", 2 * np.trace(A) + np.linalg.det(A) + np.linalg.slogdet(A.T @ A)[1]),
    ("norm(u) + norm2(u) + norm1(v)", 2 * np.linalg.norm(u) + np.abs(v).sum()),
    ("transpose(P, (2, 0, 1))", P.transpose(2, 0, 1)),
    ("transpose(P, 2, 0, 1)", P.transpose(2, 0, 1)),
    ("swapaxes(P, -1, -2)", P.swapaxes(-1, -2)),
    ("eye(3) + ones(3, 3) + ones((3, 3)) + zeros(3)", np.eye(3) + 2),
    ("full((2, 2), x)", np.full((2, 2), x)),
    ("k = 3; eye(k)@u", u),
    ("reshape(A, 9)", A.reshape(9)),
    ("reshape(A, 1, 9)", A.reshape(1, 9)),
    ("reshape(A, (9, 1))", A.reshape(9, 1)),
    ("broadcast_to(u, 2, 3)", np.broadcast_to(u, (2, 3))),
    ('einsum("ij,j->i", A, u)', A @ u),
    ('einsum("i->ij", u, j=2)', np.repeat(u[:, None], 2, 1)),
    ("concatenate((u, v))", np.concatenate((u, v))),
    ("concatenate([A, B], axis=1)", np.concatenate((A, B), 1)),
    ("concatenate([A, B], 1)", np.concatenate((A, B), 1)),
    ("concatenate(u, v, w, axis=0)", np.concatenate((u, v, w))),
    ("concatenate((u + v)*2, (w))", np.concatenate(((u + v) * 2, w))),
    ("concatenate([1, 2]*2, w)", np.concatenate(([2, 4], w))),
    ("concatenate([1, 2; 3, 4], [w, w])", np.concatenate(([[1, 2], [3, 4]], [w, w]))),
    ("concatenate([u, v,])", np.concatenate((u, v))),
    ("stack(u, v)", np.stack((u, v))),
    ("stack([u, v], axis=-1)", np.stack((u, v), -1)),
    ("stack([x, 2])", np.array([x, 2])),
    ("hstack((u, v)) - hstack(u, v)", np.zeros(6)),
    ("take(u, [0, 2])", u[[0, 2]]),
    ("take(A, (1), axis=0)", A[1]),
    ("i = 2; take(u, [0, i])", u[[0, 2]]),
    ('i = constant([0, 2], dtype="int64"); take(u, i)', u[[0, 2]]),
    ("take(u, -1)", u[-1]),
    ('take(u, constant([0, 2], dtype="int64"))', u[[0, 2]]),
    ('take(u, 1 + constant([0, 1], dtype="int64"))', u[[1, 2]]),
    ("k = 6/2; eye(k)@u", u),
    ("u'.T@v", u @ v),
    ("[2*3, 1]", np.array([6.0, 1])),
    ("‖\nu‖", np.linalg.norm(u)),
    ('constant([-9223372036854775808, 9223372036854775807], dtype="int64")', np.array([-(2**63), 2**63 - 1])),
    ("round(u/3, decimals=1)", np.round(u / 3, 1)),
    ('constant([[1, 2], [3, 4]], dtype="int64")', np.array([[1, 2], [3, 4]])),
    ('constant([true, False], dtype="bool")', np.array([True, False])),
    ("constant([], shape=(0, 3))", np.zeros((0, 3))),
    ('constant("000000000000f03f")', 1.0),
    ('constant("000000000000f03f", shape=(1,))', np.ones(1)),
    ('constant("0000803f00000040", dtype="float32", shape=2)', np.array([1, 2], "float32")),
    ("constant(7)", 7.0),
    ('exp(named_constant("e")) - exp(named_constant{"e"}())', 0.0),
    ("f(a) = sin(a)*a; f(f(f(x)))", (lambda f: f(f(f(x))))(lambda a: np.sin(a) * a)),
    ("f(a, b) = a'@A@b; f(u, v) + f(v, v)", u @ A @ v + v @ A @ v),
    ("f(a) = a'; f(u)@v", u @ v),
    ("f(a) = 2*a; f(u')@v + f(u)@v", 4 * u @ v),
    ("f(k) = u[k]; f(0) + f(2) + f(0)", 2 * u[0] + u[2]),
    ("c = 3; f(a) = c*a; g(a) = f(a) + f(2*a); g(x)", 9 * x),
    ("f(a) = a + x; f(1) + f(1) + f(1.5)", 3 * x + 3.5),
    ("f(a) =\n a^2\nf(f(x))", x**4),
    ("f(a) = pi; f(x)", PI),
    ("f(a) = a[0]; f(u) + f(A)@v", u[0] + A[0] @ v),
    ("gamma(a) = 2*a; gamma(x)", 2 * x),
    ("r = u'; r@v", u @ v),
    ("r := u + v\nq = r*r\nsum(q)", np.sum((u + v) ** 2)),
    ("q = x*x", x * x),
    ("power_log{2}(t, x)", t**x * np.log(t) ** 2),
    ("power_log{k=2}(t, x)", t**x * np.log(t) ** 2),
    ("power_log(t, x, k=2)", t**x * np.log(t) ** 2),
    ('contract{((0, 1), (1,)), (0,), (3, 3,), dtype="float64"}(A, u)', A @ u),
    ("index{[(0, 2, 1)]}(u)", u[:2]),
    ("add{}(x, 1)", x + 1),
    ("∑ⱼ Aᵢⱼ·uⱼ", A @ u),
    ("∑ⱼ Aⱼᵢ·uⱼ", A.T @ u),
    ("∑ᵢⱼ Aᵢⱼ·Aᵢⱼ", np.sum(A * A)),
    ("2·∑ᵢ uᵢ·vᵢ + x", 2 * u @ v + x),
    ("uᵢ·∑ⱼ Aᵢⱼ·vⱼ", u * (A @ v)),
    ("uᵢ·∑ⱼ Aᵢⱼ·∑ₖ Bⱼₖ·vₖ", u * (A @ B @ v)),
    ("uⱼ·vᵢ", np.outer(v, u)),
    ("Aᵢⱼ + Bⱼᵢ", A + B.T),
    ("Aᵢⱼ*Bⱼᵢ/3 - x", A * B.T / 3 - x),
    ("eye(3)ᵢⱼ·uᵢ·x", x * np.diag(u)),
    ("Aᵢᵢ", np.diag(A)),
    ("∑ᵢ Aᵢᵢ", np.trace(A)),
    ("(uᵢ·vⱼ)ⱼᵢ", np.outer(v, u)),
    ("s = uᵢ·vⱼ; s'", np.outer(v, u)),
    ("∑ᵢ uᵢ²·vᵢ", np.sum(u**2 * v)),
    ("-uᵢ + |v|ᵢ", np.abs(v) - u),
    ("√(uᵢ·uᵢ)", np.abs(u)),
    ("exp(∑ⱼ Aᵢⱼ·uⱼ)ᵢ·vᵢ", np.exp(A @ u) * v),
    ("(∑ₖ Aᵢₖ·Bₖⱼ)@v", A @ B @ v),
    ("u[0:2]ᵢ·v[1:3]ᵢ", u[:2] * v[1:3]),
    ("f(a) = ∑ᵢ aᵢ·aᵢ; f(u)", u @ u),
    ("sum(uᵢ·vⱼ, axis=0)", np.sum(np.outer(u, v), 0)),
    ("∑ₓₐ Aₐₓ·uₓ·vₐ", v @ A @ u),
]


@pytest.mark.parametrize(("text", "expected"), ARRAYS)
def test_arrays(text, expected):
    found = value(text)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)


ERRORS = [
    ("sgmoid(x)", ParseError, 1, 1, "did you mean `sigmoid`"),
    ("x + qqqqqq(x)", ParseError, 1, 5, "for a product write qqqqqq*"),
    ("x = 1\nx(2)", ParseError, 2, 1, "`x` is not a function"),
    ("u(2)", ParseError, 1, 1, "for an entry u["),
    ("2x", ParseError, 1, 2, "for a product write 2*x"),
    ("(x)(y)", ParseError, 1, 4, "an operator is missing"),
    ("x y", ParseError, 1, 3, "an operator is missing"),
    ("x 2", ParseError, 1, 3, "an operator is missing"),
    ("(x + y", ParseError, 1, 1, "is not closed"),
    ("[x, y", ParseError, 1, 1, "is not closed"),
    ("sin(x", ParseError, 1, 1, "is not closed"),
    ("(x, y)", ParseError, 1, 3, "[a, b]"),
    ("|x", ParseError, 1, 1, "is not closed"),
    ("(x|", ParseError, 1, 4, "ends where an expression"),
    ("|x)", ParseError, 1, 1, "is not closed"),
    ("(x‖", ParseError, 1, 3, "closes nothing"),
    ("|x || y|", ParseError, 1, 4, "in parentheses"),
    ("|x, y|", ParseError, 1, 1, "is not closed"),
    ("x)", ParseError, 1, 2, "closes nothing"),
    ("x]", ParseError, 1, 2, "closes nothing"),
    ("x}", ParseError, 1, 2, "closes nothing"),
    ("(x]", ParseError, 1, 1, "is not closed"),
    ("x +", ParseError, 1, 4, "ends where an expression"),
    ("(\n", ParseError, 2, 1, "ends where an expression"),
    ("f(x) = ;", ParseError, 1, 8, "before ;"),
    ("* x", ParseError, 1, 1, "an expression is expected"),
    ("'a'", ParseError, 1, 1, "strings stand between double quotes"),
    ('"a"', ParseError, 1, 1, "has no meaning here"),
    ("²", ParseError, 1, 1, "a superscript follows"),
    ("x + = y", ParseError, 1, 5, "write == to compare"),
    ("where(x = 1, 1, 2)", ParseError, 1, 14, "after one with a name"),
    ("where(x + y = 1, 1, 2)", ParseError, 1, 13, "write == to compare"),
    ("()", ParseError, 1, 2, "before )"),
    ("[]", ParseError, 1, 2, "an empty list"),
    ("[,]", ParseError, 1, 2, "an expression is expected"),
    ("[;]", ParseError, 1, 2, "before ;"),
    ("[1,,2]", ParseError, 1, 4, "an expression is expected"),
    ("x!", ParseError, 1, 2, "gamma(n + 1)"),
    ("x : y", ParseError, 1, 3, "in an index only"),
    ("x.y", ParseError, 1, 2, "x.y has no meaning"),
    ("x ? y", ParseError, 1, 3, "unexpected character '?'"),
    ("x + 🙂", ParseError, 1, 5, "U+1F642"),
    ("a < b < c", ParseError, 1, 7, "cannot be chained"),
    ("a*not b", ParseError, 1, 3, "in parentheses"),
    ("", ParseError, 1, 1, "empty"),
    ("# nothing", ParseError, 1, 10, "empty"),
    ("f(a) = a", ParseError, 1, 1, "only defines functions"),
    ("x + 1; y", ParseError, 1, 1, "not used"),
    ("x = y, z", ParseError, 1, 1, "is one value"),
    ("x = 1; x = 2", ParseError, 1, 8, "defined already, in line 1"),
    ("y = x; x = 1; y", ParseError, 1, 8, "used before it is defined, in line 1, column 5"),
    ("u = 1", ParseError, 1, 1, "is given as a symbol"),
    ("pi = 3", ParseError, 1, 1, "cannot be defined"),
    ("f(pi) = 3", ParseError, 1, 3, "cannot be defined"),
    ("f(a, a) = 3", ParseError, 1, 6, "there twice"),
    ("f() = 3", ParseError, 1, 1, "at least one parameter"),
    ("f(a) = a, a; f(1)", ParseError, 1, 8, "one value"),
    ("f(a) = f(a); f(1)", ParseError, 1, 8, "cannot call itself"),
    ("f(a) = g(a); g(a) = a; f(1)", ParseError, 1, 8, "unknown function `g`"),
    ("f(a) = a; f(1, 2)", ParseError, 1, 11, "takes 1 argument, not 2"),
    ("f(a, b) = a*b; f(1)", ParseError, 1, 16, "takes 2 arguments, not 1"),
    ("f(a) = a; f(a=1)", ParseError, 1, 13, "built-in functions only"),
    ("f(a) = a; f + 1", ParseError, 1, 11, "is a function: write f"),
    ("f(a) = (a; f(1)", ParseError, 1, 8, "is not closed"),
    ("f(a) = a[0]; f(x)", ShapeError, 1, 9, "a scalar has no entries"),
    ("sin(x, y)", ParseError, 1, 1, "takes 1 argument, not 2"),
    ("sin()", ParseError, 1, 1, "takes 1 argument, not 0"),
    ("sin(x=1)", ParseError, 1, 1, "takes no named arguments"),
    ('sin("x")', ParseError, 1, 1, "an expression is needed"),
    ("hypot(x)", ParseError, 1, 1, "takes 2 arguments, not 1"),
    ("sum()", ParseError, 1, 1, "x is missing"),
    ("sum(u, 0, True, 1)", ParseError, 1, 1, "takes 1 to 3 arguments, not 4"),
    ("einsum()", ParseError, 1, 1, "at least 1 argument, not 0; subscripts is missing"),
    ("where(x, 1)", ParseError, 1, 1, "y is missing"),
    ("max()", ParseError, 1, 1, "at least one argument"),
    ("max(u, v, axis=0)", ShapeError, 1, 1, "takes no axis"),
    ("sum(u, axs=0)", ParseError, 1, 1, "did you mean axis?"),
    ("sum(u, quite=0)", ParseError, 1, 1, "there are x, axis, keepdims"),
    ("sum(u, x=u)", ParseError, 1, 1, "x is given twice"),
    ("sum(u, axis=0, axis=1)", ParseError, 1, 16, "is given twice"),
    ("sum(axis=0, u)", ParseError, 1, 13, "after one with a name"),
    ("sum(u, axis=0.5)", ParseError, 1, 1, "is an integer, not 0.5"),
    ("sum(u, axis=5)", ShapeError, 1, 1, "axis 5 does not exist"),
    ("sum(u, axis=x*y)", ShapeError, 1, 1, "axis must be an integer"),
    ("sum(u, axis=∞)", ParseError, 1, 1, "is an integer, not inf"),
    ("u[[0] 1]", ParseError, 1, 7, "or a comma is missing"),
    ('contract{(), (0,), (-1,), "float64"}()', ShapeError, 1, 1, "cannot have the attributes"),
    ("sum(u, axis=0 1)", ParseError, 1, 15, "or a comma is missing"),
    ("sum(u, axis=)", ParseError, 1, 13, "a literal"),
    ("sum(u,, 0)", ParseError, 1, 7, "a literal"),
    ("hypot(x,,y)", ParseError, 1, 9, "an expression is expected"),
    ("hypot(,)", ParseError, 1, 7, "an expression is expected"),
    ("y = x*2; eye(y)", ParseError, 1, 14, "a literal is needed"),
    ("h = 0.5; eye(h)", ParseError, 1, 14, "an integer is needed"),
    ("h = inf; eye(h)", ParseError, 1, 14, "an integer is needed"),
    ("eye(1.5*n)", ParseError, 1, 5, "integers and names"),
    ("eye(n + 0.5)", ParseError, 1, 5, "integers and names"),
    ("eye(9223372036854775807*2)", ParseError, 1, 5, "beyond 64 bits"),
    ("eye(9223372036854775809)", ParseError, 1, 5, "beyond 64 bits"),
    ("eye(99999999999999999999)", ParseError, 1, 5, "beyond 64 bits"),
    ("eye(" + "n*" * 300 + "n)", ParseError, 1, 5, "too many parts"),
    ("eye(" + "n+" * 300 + "n)", ParseError, 1, 5, "too many parts"),
    ("sum(u, axis=" + "(" * 50, ParseError, 1, 45, "inside each other"),
    ("sum(u, axis=(0, 1]", ParseError, 1, 18, "or a comma is missing"),
    ('constant(1, dtype="object")', DTypeError, 1, 1, "dtype is one of"),
    ("constant([[1], [1, 2]])", ShapeError, 1, 1, "constant"),
    ('constant("zz")', ShapeError, 1, 1, "constant"),
    ("constant([1, 2], shape=(3,))", ShapeError, 1, 1, "do not fill"),
    ("constant([1, 2], shape=(n,))", ShapeError, 1, 1, "do not fill"),
    ("slogdet(A)", ParseError, 1, 1, ""),
    ("x[0]", ShapeError, 1, 2, "a scalar has no entries"),
    ("u[]", ParseError, 1, 3, "an index is missing"),
    ("u[0", ParseError, 1, 4, "is missing before"),
    ("u[0 1]", ParseError, 1, 5, "is missing before"),
    ("u[0:1:1:1]", ParseError, 1, 8, "at most three parts"),
    ("u[0.5]", ParseError, 1, 3, "counted from 0"),
    ("u[,]", ParseError, 1, 3, "an index is expected"),
    ("u[9]", ShapeError, 1, 2, "out of range"),
    ("u' + v", ShapeError, 1, 4, "a row and a column"),
    ("hypot(u', v)", ShapeError, 1, 1, "a row and a column"),
    ("where(u' > 0, u, v)", ShapeError, 1, 1, "a row and a column"),
    ("u'@v'", ShapeError, 1, 3, "a row times a row"),
    ("A@u'", ShapeError, 1, 2, "times a row"),
    ("w@A", ShapeError, 1, 2, "write A@x"),
    ("x@u", ShapeError, 1, 2, "write * for a product with a scalar"),
    ("u + w", ShapeError, 1, 3, "do not broadcast"),
    ("A@w", ShapeError, 1, 2, "matmul"),
    ("P'", ShapeError, 1, 2, "write .T"),
    ("x⁻ᵀ", ShapeError, 1, 2, "for matrices"),
    ("[1, 2; 3]", ShapeError, 1, 1, "different lengths"),
    ("[A, A; A, A]", ShapeError, 1, 1, "concatenate"),
    ("[u, w]", ShapeError, 1, 1, "stack"),
    ("[1, 2;; 3]", ParseError, 1, 7, "before ;"),
    ("concatenate((u, v)*2)", ParseError, 1, 19, "an operator"),
    ("concatenate(())", ParseError, 1, 14, "before )"),
    ("nosuch{}(x)", ParseError, 1, 1, "no operator called"),
    ("add{}", ParseError, 1, 6, "write (…) after it"),
    ("add{1}(x, y)", ParseError, 1, 1, "has the attributes none"),
    ("add{}(x)", ParseError, 1, 1, "takes 2 arguments"),
    ("add{}(x, k=y)", ParseError, 1, 10, "built-in functions only"),
    ("power_log{2, k=1}(x, y)", ParseError, 1, 16, "each once"),
    ("power_log{2 1}(x, y)", ParseError, 1, 13, "or a comma is missing"),
    ('astype{"O"}(x)', DTypeError, 1, 1, "dtype is one of"),
    ('symbol{"x", (), "float64", ()}()', ParseError, 1, 1, "spelling of its own"),
    ("call{1}(x)", ParseError, 1, 1, "spelling of its own"),
    ('dimension{"n", "float64"}()', ParseError, 1, 1, "spelling of its own"),
    ("index{1, 2}(u)", ParseError, 1, 1, "has the attributes places"),
    ('contract{((0,),), (0,), (4,), "float64"}(u)', ShapeError, 1, 1, "where"),
    ('place{(((0, 1, 1),),), ("x",)}(u[:1])', None, 0, 0, ""),
    ('symbol("a", (2,)) + symbol("a", (3,))', ParseError, 1, 21, "another symbol called a"),
    ("f(`\\u{0}seed`) = 2", ParseError, 1, 3, "U+0000"),
    ('symbol("a", evil=True)', ParseError, 1, 1, "unknown assumption"),
    ("1e999", ParseError, 1, 1, "too large"),
    ("x + 1e-999", ParseError, 1, 5, "too small"),
    ("9" * 2000, ParseError, 1, 1, "the limit is 1000"),
    ("x⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹", ParseError, 1, 2, "18 digits"),
    ('einsum("ij', ParseError, 1, 8, 'the closing " is missing'),
    ("`a", ParseError, 1, 1, "the closing ` is missing"),
    ("``", ParseError, 1, 1, "is empty"),
    ('einsum("\\q", x)', ParseError, 1, 8, "after a backslash"),
    ("`\\u{110000}`", ParseError, 1, 1, "after a backslash"),
    ("x\u202e + y", ParseError, 1, 2, "U+202E"),
    ("x +\n# \u200b", ParseError, 2, 3, "U+200B"),
    ("x\x00", ParseError, 1, 2, "U+0000"),
    ("ﬁ", ParseError, 1, 1, "write 'fi'"),
    ("ａ", ParseError, 1, 1, "write 'a'"),
    ("xµ", ParseError, 1, 2, "write 'μ'"),
    ("a + а", ParseError, 1, 5, "look alike"),
    ("⊗".join(["u"] * 70), ParseError, 1, 128, "more than 64 axes"),
    ("x + s\nwhere s = 2\nx", ParseError, 3, 1, "definitions such as s = … follow `where`"),
    ("s = 2\nwhere t = s", ParseError, 2, 1, "`where` follows an expression"),
    ("s\nwhere s = t; t = 2", ParseError, 2, 14, "used before it is defined"),
    ("[\n1,\n2;\n3]", ShapeError, 1, 1, "different lengths"),
    ("x +\ny +\n  u + w", ShapeError, 3, 5, "do not broadcast"),
    ("uᵢ + vⱼ", ShapeError, 1, 4, "a sum of arrays with different letters: ᵢ and ⱼ"),
    ("uᵢ*vⱼ", ShapeError, 1, 3, "a product of arrays with different letters"),
    ("uᵢ + v", ShapeError, 1, 4, "give it letters, too, as in xᵢ"),
    ("exp(uᵢ)·vᵢ", ShapeError, 1, 8, "without letters beside one with letters"),
    ("uᵢⱼ", ShapeError, 1, 2, "the letters ᵢⱼ do not fit shape (3,): every axis has one, as in xᵢ"),
    ("xᵢ", ShapeError, 1, 2, "the letters ᵢ do not fit shape ()"),
    ("uᵢᵢ'", ShapeError, 1, 2, "do not fit shape"),
    ("uᵢ'", ShapeError, 1, 3, "the transpose stands between arrays without letters"),
    ("Aᵢⱼ@u", ShapeError, 1, 4, "@ stands between arrays without letters"),
    ("uᵢ⊗u", ShapeError, 1, 3, "⊗ stands between arrays without letters"),
    ("u'ᵢ[0]ⱼⱼ", ShapeError, 1, 7, "do not fit shape"),
    ("∑ⱼ uᵢ", ParseError, 1, 2, "∑ⱼ: nothing behind it has the letter j"),
    ("∑ᵢ x", ParseError, 1, 2, "nothing behind it has the letter i"),
    ("∑ u", ParseError, 1, 1, "as in ∑ⱼ Wᵢⱼ·xⱼ"),
    ("∑ᵢ", ParseError, 1, 3, "the formula ends"),
    ("ᵢ + u", ParseError, 1, 1, "an expression is expected, not ᵢ"),
]


@pytest.mark.parametrize(("text", "kind", "line", "column", "message"), ERRORS)
def test_errors_point_at_the_place(text, kind, line, column, message):
    shapes = {name: np.shape(array) for name, array in VALUES.items() if np.ndim(array)}
    if kind is None:  # data that means nothing must end in an error of symgraph, whichever
        with pytest.raises(SymgraphError):
            parse(text, **shapes)
        return
    with pytest.raises(kind) as caught:
        parse(text, **shapes)
    shown = str(caught.value)
    assert message in shown
    assert f"line {line}, column {column}:" in shown
    if kind is ParseError:
        assert (caught.value.line, caught.value.column) == (line, column)
    if len(text) < 60 and line <= len(text.splitlines()):
        assert shown.splitlines()[-1].index("^") == column + 1


def test_a_caret_shows_the_place():
    with pytest.raises(ParseError) as caught:
        parse("1 + sgmoid(x)")
    assert str(caught.value).splitlines()[1:] == ["  1 + sgmoid(x)", "      ^"]


IDENTICAL = [
    ("(x + y)*z", lambda x, y, z: (x + y) * z),
    ("x - 2", lambda x, y, z: x - 2),
    ("2/x", lambda x, y, z: 2 / x),
    ("-x", lambda x, y, z: -x),
    ("x^2", lambda x, y, z: x**2),
    ("sin(x)", lambda x, y, z: sg.sin(x)),
    ("where(x > 0, y, 0)", lambda x, y, z: sg.where(x > 0, y, 0.0)),
    ("max(x, y)", lambda x, y, z: sg.maximum(x, y)),
    ("x == y", lambda x, y, z: sg.equal(x, y)),
    ("pi*x", lambda x, y, z: sg.pi * x),
    ("3", lambda x, y, z: constant(3.0)),
    ("-0.0", lambda x, y, z: constant(-0.0)),
    ("-0", lambda x, y, z: constant(-0.0)),
]


@pytest.mark.parametrize(("text", "build"), IDENTICAL)
def test_text_gives_the_very_node_that_python_gives(text, build):
    assert parse(text) is build(*sg.symbols("x y z"))


DTYPES = [
    ("2*a", "float32"),
    ("a + 1", "float32"),
    ("a^2", "float32"),
    ("2*k", "int64"),
    ("2.0*k", "float64"),
    ("k/2", "float64"),
    ("2*b", "float64"),
    ("where(b, 1, 2)", "float64"),
    ("where(b, a, 2)", "float32"),
    ("max(a, 0)", "float32"),
    ("a*pi", "float64"),
    ("stack(a, 1)", "float32"),
]


@pytest.mark.parametrize(("text", "dtype"), DTYPES)
def test_a_number_takes_the_dtype_beside_it(text, dtype):
    assert parse(text, dtypes={"a": "float32", "k": "int64", "b": "bool"}).dtype == dtype


def test_a_number_that_does_not_fit_the_dtype_beside_it_is_refused():
    with pytest.raises(DTypeError, match="too large for float32"):
        parse("1e300*a", dtypes={"a": "float32"})
    assert parse("inf*a", dtypes={"a": "float32"}).dtype == "float32"


def test_functions_of_several_values_are_refused():
    pair = Function("pair", lambda a: (a, a), (Parameter("a", Kind.EXPRESSION, True),))
    with pytest.raises(SymgraphError, match="several values"):
        apply_function(pair, [sg.symbol("x")], {})
    with pytest.raises(SymgraphError, match="no function nosuch"):
        function("nosuch")


def test_results_may_be_several():
    assert parse("x,\n\n") == (sg.symbol("x"),)
    assert parse("x, y") == sg.symbols("x y")
    assert parse("x,\n y") == sg.symbols("x y")
    assert parse("x,") == (sg.symbol("x"),)
    assert parse("a = x; a, 2*a")[0] is sg.symbol("x")


def test_symbols_can_be_given():
    a = symbol("a", 3, "float32", positive=True)
    assert parse("a", symbols={"a": a}) is a
    assert parse("a", symbols=[a]) is a
    assert parse("a", a=a) is a
    assert parse("b", symbols={"b": a}) is a
    assert parse("pi", pi=()) is symbol("pi")
    assert parse("k", k="n", dtypes={"k": "int32"}) is symbol("k", "n", "int32")
    assert parse('s = symbol("s", (n, n), dtype="float32", symmetric=True); s') is symbol(
        "s", ("n", "n"), "float32", symmetric=True
    )


@pytest.mark.parametrize(
    "options",
    [
        {"symbols": {"a": 1}},
        {"symbols": {1: symbol("a")}},
        {"symbols": {"a": symbol("a")}, "a": 3},
        {"symbols": {"a": symbol("a")}, "dtypes": {"a": "int64"}},
        {"dtypes": {"a": "complex128"}},
        {"a": -1},
    ],
)
def test_descriptions_of_symbols_are_checked(options):
    with pytest.raises(SymgraphError):
        parse("a", **options)


def test_a_program_gives_its_definitions_and_symbols():
    program = parse_program('r1 = k1*y[0]\nr2 = k2*y[1]\nd = r2 - r1\nq = symbol("m")', y=2, unused=3)
    assert list(program.definitions) == ["r1", "r2", "d", "q"]
    assert program.result is None
    assert list(program.symbols) == ["y", "k1", "k2", "m"]
    assert program["d"] is program["r2"] - program["r1"]
    with pytest.raises(SymgraphError, match="does not define 'zz'"):
        program["zz"]


def test_an_index_may_be_an_expression_of_integers():
    k = symbol("k", 2, "int64")
    node = parse("a[k]", a=4, symbols={"k": k})
    found = run([node], {symbol("a", 4): [1.0, 2, 3, 4], k: [3, 0]})[node]
    assert found.tolist() == [4.0, 1.0]


def test_functions_stay_gates_unless_expanded():
    text = "f(a) = sin(a)*a; f(f(w))"
    gates = [node.op.name for node in topological([parse(text)])]
    expanded = [node.op.name for node in topological([parse(text, expand=True)])]
    assert gates.count("call") == 2
    assert "call" not in expanded
    w = sg.symbol("w")
    f = sg.function("f", [sg.symbol("a")], sg.sin(sg.symbol("a")) * sg.symbol("a"))
    assert parse(text) is f(f(w))
    assert parse(text, expand=True) is sg.sin(sg.sin(w) * w) * (sg.sin(w) * w)


def test_a_function_that_uses_other_names_does_not_capture_them():
    a = sg.symbol("a")
    assert parse("b = a + 1; f(a) = a*b; f(2)") is 2 * (a + 1)
    assert parse('f(a) = a*symbol("q"); f(2)') is 2 * sg.symbol("q")


def test_calls_of_one_function_are_read_once():
    lines = ["f0(x) = x + p"] + [f"f{i}(x) = f{i - 1}(x) + f{i - 1}(x)" for i in range(1, 60)]
    node = parse("\n".join([*lines, "f59(y)"]))
    assert run([node], {symbol("p"): 1.0, symbol("y"): 1.0})[node] == 2.0**60


def test_nodes_know_their_place_in_the_text():
    node = parse("q = hidden_1 +\n    hidden_2*3\nq/7")
    (total, seven) = node.args
    assert isinstance(node.origin, TextPlace)
    assert (node.origin.line, node.origin.column) == (3, 2)
    assert (total.origin.line, total.origin.column) == (1, 14)
    assert (total.args[1].origin.line, total.args[1].origin.column) == (2, 13)
    assert (total.args[0].origin.line, total.args[0].origin.column) == (1, 5)
    assert seven.value == 7
    assert CONTEXT.origin is None
    with pytest.raises(ParseError):
        parse("hidden_1 +")
    assert CONTEXT.origin is None


LIMITS = [
    ("x" * 11, Limits(length=10), "the limit is 10"),
    ("((((x))))", Limits(depth=3), "nesting deeper than 3"),
    ("----x", Limits(depth=3), "nesting deeper than 3"),
    ("x + x*x + x^x", Limits(nodes=3), "more than 3 operators"),
    ("12345", Limits(digits=4), "the limit is 4"),
    ("f(a) = a*b; f(1) + f(2) + f(3)", Limits(nodes=3), "more than 3 operators"),
]


@pytest.mark.parametrize(("text", "limits", "message"), LIMITS)
def test_limits(text, limits, message):
    with pytest.raises(ParseError, match=message):
        parse(text, limits=limits)


def test_a_text_is_a_string():
    with pytest.raises(ParseError, match="a formula is a string, not bytes"):
        parse(b"x")


NAMES = ["x", "x_1", "Δx", "x₁", "pi", "and", "my name", "", "a`b", "a\\b", "а", "Α", "ﬁ", "é", "e\u0301", "2x", "\n",
         "x\u202e", "²", "ᵀ", "x'", "naïve", "名前", "\U00010000", "𝐱", "a\tb", "sin", "I", "True"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_written(name):
    if not name:
        with pytest.raises(SymgraphError):
            symbol(name)
        assert not is_plain_name(name)
        return
    assert parse(quote_name(name)) is symbol(name)
    assert parse(f"2*{quote_name(name)} + 1") is 2 * symbol(name) + 1


def texts_of_cases():
    for case in json.loads((CASES / "edge_cases.json").read_text()):
        yield case["text"], {name: np.shape(point) for name, point in case["at"].items()}
    for case in json.loads((CASES / "matrix_calculus.json").read_text()):
        yield case["f"], case["shapes"]
        if case["kind"] != "hess4":
            yield case["form"], case["shapes"]


@pytest.mark.parametrize(("text", "shapes"), list(texts_of_cases()))
def test_case_files_parse(text, shapes):
    node = parse(text, **shapes)
    assert node.dtype == "float64"
    assert parse(str(node), symbols=free_symbols([node])) is node


def steps(text):
    """Count what reading a text takes: steps of the machine, operators built, tokens."""
    tokens = tokenize(text, Limits())
    machine = Machine(tokens, {}, False)
    with made_by(None):
        Reader(machine).read()
    return machine.steps + machine.built + len(tokens.kinds)


PATTERNS = [
    lambda n: "(" * n + "x" + ")" * n,
    lambda n: "-" * n + "x",
    lambda n: "x" + "^x" * n,
    lambda n: "sin(" * n + "x" + ")" * n,
    lambda n: "x" + "'" * n,
    lambda n: "where(x > 0, " * n + "x" + ", 0)" * n,
    lambda n: "x + y*2 - " * n + "1",
    lambda n: "\n".join(f"a{i} = {f'a{i - 1}' if i else 'x'} + 1" for i in range(n)),
    lambda n: "; ".join(f"f{i}(x) = {f'f{i - 1}(x)' if i else 'x'} + 1" for i in range(n)) + f"; f{n - 1}(y)",
    lambda n: "f(x) = x + p; " + "f(" * n + "y" + ")" * n,
    lambda n: "[" + "x, " * n + "x]",
    lambda n: "max(" + "x, " * n + "x)",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_work_is_linear_in_the_text(pattern):
    once, twice = steps(pattern(300)), steps(pattern(600))
    assert twice <= 2.1 * once
    assert once <= 4 * len(tokenize(pattern(300), Limits()).kinds)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_nesting_does_not_recurse(pattern):
    before = sys.getrecursionlimit()
    depth = len(inspect.stack())
    sys.setrecursionlimit(depth + 100)
    try:
        steps(pattern(5000))
    finally:
        sys.setrecursionlimit(before)


def test_a_hundred_thousand_brackets():
    n = 99_998
    assert parse("(" * n + "x" + ")" * n) is sg.symbol("x")
