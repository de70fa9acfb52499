"""The classes of SymPy that have a counterpart, as data where a name is enough."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, reduce
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from ..core.errors import SymgraphError
from ..core.node import Node, constant
from ..ops.constants import named_constant
from . import sympy_read as read
from .sympy_read import Handler, Reader, call, size_of

LARGEST_POWER = 10**6

# SymPy's class, and the function that means the same for the same arguments.
SAME = {
    "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "Abs": "absolute", "sign": "sign", "floor": "floor", "ceiling": "ceil", "Mod": "mod", "Heaviside": "heaviside",
    "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "erfcinv": "erfcinv",
    "gamma": "gamma", "loggamma": "gammaln", "digamma": "digamma", "beta": "beta",
    "besselj": "jv", "bessely": "yv", "besseli": "iv", "besselk": "kv", "LambertW": "lambertw",
    "Si": "si", "Ci": "ci", "Ei": "expi", "zeta": "zeta", "elliptic_k": "ellipk", "elliptic_e": "ellipe",
    "factorial": "factorial",
    "GreaterThan": "greater_equal", "StrictGreaterThan": "greater", "LessThan": "less_equal",
    "StrictLessThan": "less", "Equality": "equal", "Unequality": "not_equal", "Not": "logical_not",
    "log1p": "log1p", "expm1": "expm1", "log2": "log2", "log10": "log10", "exp2": "exp2", "Sqrt": "sqrt",
    "Cbrt": "cbrt", "hypot": "hypot",
    "Transpose": "transpose", "Trace": "trace", "Determinant": "det", "HadamardPower": "power",
}  # fmt: skip
# SymPy's class of any number of arguments, and the function of two that it repeats.
FOLDED = {
    "Max": "maximum", "Min": "minimum", "And": "logical_and", "Or": "logical_or", "Xor": "logical_xor",
    "HadamardProduct": "multiply", "KroneckerProduct": "kron",
}  # fmt: skip
# SymPy's class of one argument, and its definition: a function of the reciprocal, or the reciprocal of a function.
RECIPROCAL = {"sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh"}
OF_RECIPROCAL = {
    "asec": "arccos", "acsc": "arcsin", "acot": "arctan", "asech": "arccosh", "acsch": "arcsinh", "acoth": "arctanh",
}  # fmt: skip


# --- functions ------------------------------------------------------------------------------------


def _piecewise(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    otherwise = constant(float("nan"))
    for value, condition in reversed(expression.args):
        always = condition == reader.sympy.true
        otherwise = (
            reader.node(value) if always else call("where", reader.node(condition), reader.node(value), otherwise)
        )
    return otherwise


def _polygamma(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    return call("polygamma", _order(expression, expression.args[0]), nodes[1])


def _order(expression: Any, order: Any) -> int:
    if not order.is_Integer:
        raise SymgraphError(f"{type(expression).__name__} needs an integer order")
    return int(order)


def _sinc(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    return call("sinc", nodes[0] / named_constant("pi"))


def _erfi(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Write erfi(x) as 2/√π·e^{x²}·D(x), with Dawson's integral D."""
    (x,) = nodes
    return 2 / call("sqrt", named_constant("pi")) * call("exp", x**2) * call("dawsn", x)


def _expint(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    if expression.args[0] != 1:
        raise SymgraphError("expint has a counterpart for order 1 only")
    return call("exp1", nodes[1])


def _hyper(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    if (len(expression.ap), len(expression.bq)) != (2, 1):
        raise SymgraphError("hyper has a counterpart with two upper parameters and a lower one only")
    return call("hyp2f1", *nodes)


# --- matrices -------------------------------------------------------------------------------------


def _explicit_matrix(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    rows, columns = expression.shape
    if not rows or not columns:
        return call("zeros", (rows, columns))
    if all(entry.is_Integer or entry.is_Float for entry in expression.flat()):
        return constant([[float(entry) for entry in row] for row in expression.tolist()])
    return call("stack", [call("stack", nodes[i * columns : (i + 1) * columns]) for i in range(rows)])


def _matrix_power(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Multiply by repeated squaring."""
    exponent = _order(expression, expression.exp)
    if abs(exponent) > LARGEST_POWER:
        raise SymgraphError(f"a power of a matrix is beyond {LARGEST_POWER}")
    if exponent == 0:
        return call("eye", nodes[0].shape[0])
    square = nodes[0] if exponent > 0 else call("inv", nodes[0])
    result: Node | None = None
    for bit in reversed(bin(abs(exponent))[2:]):
        if bit == "1":
            result = square if result is None else call("matmul", square, result)
        square = call("matmul", square, square)
    return cast(Node, result)


def _inverse(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    return call("inv", nodes[0])


def _entrywise(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Read the body of a function of one entry with the whole matrix in the place of the entry."""
    inner = Reader(reader.sympy, reader.given, reader.handlers)
    inner.named = reader.named
    inner.bound = {expression.function.variables[0]: nodes[0]}
    return inner.read(expression.function.expr)


def _matrix_element(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    matrix, row, column = expression.args
    if not (row.is_Integer and column.is_Integer):
        raise SymgraphError("an entry of a matrix needs integer indices")
    return reader.node(matrix)[int(row), int(column)]


# --- the table ------------------------------------------------------------------------------------


def _same(function: str) -> Handler:
    return lambda reader, expression, nodes: call(function, *nodes)


def _folded(function: str) -> Handler:
    return lambda reader, expression, nodes: reduce(lambda x, y: call(function, x, y), nodes)


def _reciprocal(function: str) -> Handler:
    return lambda reader, expression, nodes: 1 / call(function, nodes[0])


def _of_reciprocal(function: str) -> Handler:
    return lambda reader, expression, nodes: call(function, 1 / nodes[0])


def _value(value: float) -> Handler:
    return lambda reader, expression, nodes: constant(value)


def _named(name: str) -> Handler:
    return lambda reader, expression, nodes: named_constant(name)


@cache
def handlers(sympy: ModuleType) -> dict[type, Handler]:
    """Give the classes of SymPy that are converted, with what converts them."""
    return dict(_handlers(sympy))


def _handlers(sympy: Any) -> Iterator[tuple[type, Handler]]:
    expressions = import_module("sympy.matrices.expressions")
    applied = import_module("sympy.matrices.expressions.applyfunc")
    places = (sympy, sympy.codegen.cfunctions, expressions)
    names = {**SAME, **FOLDED, **RECIPROCAL, **OF_RECIPROCAL}
    classes = {name: next(getattr(place, name) for place in places if hasattr(place, name)) for name in names}
    yield from ((classes[name], _same(function)) for name, function in SAME.items())
    yield from ((classes[name], _folded(function)) for name, function in FOLDED.items())
    yield from ((classes[name], _reciprocal(function)) for name, function in RECIPROCAL.items())
    yield from ((classes[name], _of_reciprocal(function)) for name, function in OF_RECIPROCAL.items())
    yield sympy.Rational, read.read_rational
    yield sympy.Float, read.read_float
    yield sympy.Symbol, read.read_symbol
    yield sympy.Add, read.read_sum
    yield sympy.Mul, read.read_product
    yield sympy.Pow, read.read_power
    yield sympy.Piecewise, _piecewise
    yield sympy.polygamma, _polygamma
    yield sympy.jn, lambda r, e, nodes: call("spherical_jn", _order(e, e.args[0]), nodes[1])
    yield sympy.lowergamma, lambda r, e, nodes: call("gammainc", *nodes) * call("gamma", nodes[0])
    yield sympy.uppergamma, lambda r, e, nodes: call("gammaincc", *nodes) * call("gamma", nodes[0])
    yield sympy.erfi, _erfi
    yield sympy.expint, _expint
    yield sympy.hyper, _hyper
    yield sympy.sinc, _sinc
    yield sympy.frac, lambda r, e, nodes: nodes[0] - call("floor", nodes[0])
    yield sympy.MatrixBase, _explicit_matrix
    yield sympy.MatrixSymbol, read.read_matrix_symbol
    yield sympy.MatAdd, read.read_sum
    yield sympy.MatMul, read.read_matrix_product
    yield sympy.MatPow, _matrix_power
    yield sympy.Inverse, _inverse
    yield sympy.DiagMatrix, lambda r, e, nodes: call("diag", call("einsum", "ij->i", nodes[0]))
    yield expressions.diagonal.DiagonalOf, lambda r, e, nodes: call("einsum", "ii->ij", nodes[0], j=1)
    yield applied.ElementwiseApplyFunction, _entrywise
    yield expressions.matexpr.MatrixElement, _matrix_element
    yield sympy.Identity, lambda r, e, nodes: call("eye", size_of(e.shape[0]))
    yield sympy.ZeroMatrix, lambda r, e, nodes: call("zeros", tuple([size_of(each) for each in e.shape]))
    yield sympy.OneMatrix, lambda r, e, nodes: call("ones", tuple([size_of(each) for each in e.shape]))
    yield type(sympy.oo), _value(float("inf"))
    yield type(-sympy.oo), _value(-float("inf"))
    yield type(sympy.nan), _value(float("nan"))
    yield type(sympy.true), _value(True)
    yield type(sympy.false), _value(False)
    yield type(sympy.pi), _named("pi")
    yield type(sympy.E), _named("e")
    yield type(sympy.EulerGamma), _named("euler_gamma")
    yield type(sympy.GoldenRatio), lambda r, e, nodes: (1 + call("sqrt", 5.0)) / 2.0
