"""Reading SymPy expressions: the walk, numbers, symbols, sums, products and powers.

Only classes in a list are converted, by class and structure; no text is ever evaluated. The walk keeps its own
stack, so the depth of an expression is limited by memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from types import ModuleType
from typing import Any

from ..core.dimension import Dim, Size
from ..core.errors import SymgraphError
from ..core.node import Node, constant, symbol
from ..core.operator import FUNCTIONS
from ..ops.tensor.dimension import dimension

Handler = Callable[["Reader", Any, list[Node]], Node]


class Reader:
    """What is known during one call: expressions done, by identity, and the symbols of SymPy, by name."""

    def __init__(self, sympy: ModuleType, given: Mapping[str, Node], handlers: Mapping[type, Handler]) -> None:
        self.sympy = sympy
        self.given = given
        self.done: dict[int, tuple[Any, Node]] = {}
        self.named: dict[str, Any] = {}
        self.bound: dict[Any, Node] = {}
        self.sizes: set[Any] = set()
        self.handlers = handlers

    def read(self, root: Any) -> Node:
        """Convert an expression, arguments first."""
        self.sizes.update(sizes_of(root))
        stack = [self._start(root)]
        while stack:
            expression, handler, children = stack[-1]
            waiting = [child for child in children if id(child) not in self.done]
            if waiting:
                stack.extend(self._start(child) for child in reversed(waiting))
                continue
            stack.pop()
            if id(expression) not in self.done:
                nodes = [self.done[id(child)][1] for child in children]
                self.done[id(expression)] = expression, handler(self, expression, nodes)
        return self.done[id(root)][1]

    def _start(self, expression: Any) -> tuple[Any, Handler, Sequence[Any]]:
        if not isinstance(expression, (self.sympy.Basic, self.sympy.MatrixBase)):
            if isinstance(expression, (Node, bool, int, float)):
                return expression, lambda reader, value, nodes: constant(value), ()
            raise SymgraphError(
                f"a SymPy expression is needed, not {type(expression).__name__}: "
                "make one with sympy.sympify, or read text with symgraph.parse"
            )
        for kind in type(expression).__mro__:
            if kind in self.handlers:
                return expression, self.handlers[kind], children_of(self.sympy, expression)
        name = type(expression).__name__
        raise SymgraphError(f"SymPy's {name} has no counterpart in symgraph, in {_short(expression)}")

    def node(self, expression: Any) -> Node:
        """Give the node of a part that is done."""
        return self.done[id(expression)][1]

    def symbol(self, expression: Any, name: str, shape: Sequence[Size], **assumptions: bool) -> Node:
        """Give the symbol for a symbol of SymPy; two of one name would be mixed up."""
        if self.named.setdefault(name, expression) != expression:
            raise SymgraphError(f"two different SymPy symbols are called {name!r}: rename one")
        given = self.given.get(name)
        if given is None:
            return symbol(name, tuple(shape), **assumptions)
        if given.ndim == 1 and len(shape) == 2:
            return call("einsum", "i->ij", given, j=1)
        return given


def children_of(sympy: Any, expression: Any) -> list[Any]:
    """List the parts of an expression that are to be converted before it."""
    if isinstance(expression, sympy.MatrixBase):
        return list(expression.flat())
    if isinstance(expression, sympy.Piecewise):
        return [part for pair in expression.args for part in pair.args]
    if isinstance(expression, sympy.MatrixSymbol | sympy.Identity | sympy.ZeroMatrix | sympy.OneMatrix):
        return []
    if isinstance(expression, sympy.matrices.expressions.applyfunc.ElementwiseApplyFunction):
        return [expression.expr]
    if isinstance(expression, sympy.hyper):
        return [*expression.ap, *expression.bq, expression.argument]
    return list(expression.args)


def sizes_of(root: Any) -> set[Any]:
    """Give the symbols that are sizes of matrix symbols; as numbers they mean those sizes."""
    found: set[Any] = set()
    seen: set[int] = set()
    stack = [root]
    while stack:
        part = stack.pop()
        if getattr(part, "is_symbol", False) and getattr(part, "is_Matrix", False):
            found.update(*[size.free_symbols for size in part.shape])
        for arg in getattr(part, "args", ()):
            if id(arg) not in seen:
                seen.add(id(arg))
                stack.append(arg)
    return found


def call(name: str, *args: Any, **options: Any) -> Node:
    """Call a function of symgraph by name."""
    if name not in FUNCTIONS:
        raise SymgraphError(f"symgraph has no function {name}, which is needed for this SymPy expression")
    return FUNCTIONS[name](*args, **options)


def _short(expression: Any) -> str:
    """Show an expression if that is cheap; printing a deep one would recurse."""
    parts = [expression]
    for part in parts:
        if len(parts) > 40:
            return f"an expression with {len(expression.args)} arguments"
        parts.extend(part.args)
    return str(expression)[:100]


# --- numbers and symbols ------------------------------------------------------------------------


def _exact(value: Fraction) -> Node:
    """Give an integer or a binary fraction as the sum of as few floats as hold it exactly."""
    total: Node | None = None
    while value or total is None:
        try:
            part = float(value)
        except OverflowError:
            raise SymgraphError("a number of the SymPy expression is too large for float64") from None
        if value and not part:
            raise SymgraphError("a number of the SymPy expression is too small for float64")
        total = constant(part) if total is None else total + part
        value -= Fraction(part)
    return total


def read_rational(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Give an integer, or a quotient of two that are both exact."""
    numerator = _exact(Fraction(int(expression.p)))
    return numerator if expression.q == 1 else call("divide", numerator, _exact(Fraction(int(expression.q))))


def read_float(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Give a SymPy float with all its digits, which may take several constants."""
    sign, mantissa, exponent, _ = expression._mpf_
    value = Fraction(int(mantissa)) * Fraction(2) ** int(exponent) if abs(int(exponent)) < 5000 else None
    if value is None:
        raise SymgraphError("a number of the SymPy expression is out of the range of float64")
    return _exact(-value if sign else value)


def read_symbol(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Give a parameter of the function that is read, a named size, or a scalar symbol with its assumptions."""
    if expression in reader.bound:
        return reader.bound[expression]
    if expression in reader.sizes:
        return dimension(Dim.named(expression.name))
    if not expression.is_commutative:
        raise SymgraphError(f"the symbol {expression.name} does not commute; use a MatrixSymbol")
    positive, integer = expression.is_positive is True, expression.is_integer is True
    return reader.symbol(expression, expression.name, (), positive=positive, integer=integer)


def read_matrix_symbol(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Give a symbol with two axes, whose sizes may be polynomials in named sizes."""
    return reader.symbol(expression, expression.name, [size_of(size) for size in expression.shape])


def size_of(expression: Any) -> Size:
    """Read a dimension of a matrix: a polynomial with integer coefficients in symbols."""
    if expression.is_Integer:
        return int(expression)
    poly = expression.as_poly(*sorted(expression.free_symbols, key=str))
    if poly is None or not all(factor.is_Integer for factor in poly.coeffs()):
        raise SymgraphError(f"{_short(expression)} cannot be the size of a matrix")
    total: Size = 0
    for exponents, factor in poly.terms():
        product: Size = int(factor)
        for name, exponent in zip(poly.gens, exponents, strict=True):
            product = reduce(lambda size, _, name=name: size * Dim.named(str(name)), range(exponent), product)
        total = total + product
    return total


# --- sums, products, powers -----------------------------------------------------------------------


def _is_negative(term: Any) -> bool:
    factor = term.args[0] if term.is_Mul or term.is_MatMul else term
    return bool(factor.is_Number and factor.is_negative)


def read_sum(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Write x − y as a difference, and numbers last."""
    ordered = sorted(expression.args, key=lambda term: (_is_negative(term), term.is_Number))
    first, *rest = ordered
    total = reader.node(first)
    for term in rest:
        negative = _is_negative(term)
        total = total - _magnitude(reader, term) if negative else total + reader.node(term)
    return total


def _magnitude(reader: Reader, term: Any) -> Node:
    """Give the node of a negative term with its sign changed."""
    if term.is_Number:
        return number(reader, -term)
    if term.is_MatMul:
        return _matrix_product_of(reader, -term.args[0], term.args[1:])
    return _product_of(reader, -term.args[0], term.args[1:])


def number(reader: Reader, value: Any) -> Node:
    """Give a SymPy number by the reader of its class."""
    kind = next(kind for kind in type(value).__mro__ if kind in reader.handlers)
    return reader.handlers[kind](reader, value, [])


def read_product(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Write a product as a quotient where powers are negative, and its number first."""
    first, *rest = expression.args
    if first.is_Number:
        return _product_of(reader, first, rest)
    return _product_of(reader, reader.sympy.S.One, expression.args)


def _product_of(reader: Reader, factor: Any, parts: Sequence[Any]) -> Node:
    """Write a product with a numeric factor as a quotient of products."""
    above: list[Node] = []
    below: list[Node] = []
    for part in parts:
        if part.is_Pow and part.exp.is_Number and part.exp.is_negative:
            below.append(_power_of(reader, part.base, -part.exp))
        else:
            above.append(reader.node(part))
    minus = factor == -1 or (factor.is_Rational and factor.p == -1)
    if minus:
        factor = -factor
    if factor.is_Rational and factor.q != 1:
        below.insert(0, _exact(Fraction(int(factor.q))))
        factor = reader.sympy.Integer(factor.p)
    if factor != 1 or not above:
        above.insert(0, number(reader, factor))
    result = reduce(lambda x, y: x * y, above)
    if below:
        result = result / reduce(lambda x, y: x * y, below)
    return -result if minus else result


def read_power(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Write x^−n as 1/xⁿ, powers of e as exp and x^½ as a root."""
    base, exponent = expression.args
    if exponent.is_Number and exponent.is_negative:
        return 1 / _power_of(reader, base, -exponent)
    return _power_of(reader, base, exponent)


def _power_of(reader: Reader, base: Any, exponent: Any) -> Node:
    if base is reader.sympy.E:
        return call("exp", reader.node(exponent) if id(exponent) in reader.done else number(reader, exponent))
    x = reader.node(base)
    if exponent == reader.sympy.S.Half:
        return call("sqrt", x)
    return call("power", x, number(reader, exponent) if exponent.is_Number else reader.node(exponent))


def read_matrix_product(reader: Reader, expression: Any, nodes: list[Node]) -> Node:
    """Write a product of matrices, its factors first."""
    first, *rest = expression.args
    if first.is_Matrix:
        return _matrix_product_of(reader, reader.sympy.S.One, expression.args)
    return _matrix_product_of(reader, first, rest)


def _matrix_product_of(reader: Reader, factor: Any, parts: Sequence[Any]) -> Node:
    result = reduce(lambda x, y: call("matmul", x, y), [reader.node(part) for part in parts if part.is_Matrix])
    for part in parts:
        if not part.is_Matrix:
            result = reader.node(part) * result
    if factor == 1:
        return result
    if factor == -1:
        return -result
    return (number(reader, factor) if factor.is_Number else reader.node(factor)) * result
