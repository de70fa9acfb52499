"""symgraph expressions become SymPy expressions: the table of operators, and products of matrices.

Arrays of one axis become matrices of one column, for SymPy's matrix expressions have two axes; arrays of three
or more have no counterpart. Contractions are read as chains of matrix products, traces, diagonals and
Hadamard products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from ..core.dimension import Dim, Size
from ..core.errors import SymgraphError
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.traversal import open_composites, topological
from .sympy_chain import contraction
from .sympy_scalars import SCALAR, Back, as_number


def write(sympy: Any, outputs: Sequence[Node], symbols: Mapping[str, Any]) -> list[Any]:
    """Give the SymPy expressions for nodes; ``symbols`` are SymPy's expressions to use, by name."""
    nodes = open_composites(outputs)
    known: dict[Node, Any] = {}
    for node in topological(nodes):
        if node.op is SYMBOL and node.name in symbols:
            known[node] = symbols[node.name]
        else:
            known[node] = _convert(sympy, node, [known[arg] for arg in node.args])
    return [known[node] for node in nodes]


def _convert(sympy: Any, node: Node, args: Sequence[Any]) -> Any:
    if node.ndim > 2:
        raise SymgraphError(f"{node.op.name}: SymPy's matrix expressions have two axes, not {node.ndim}")
    if node.op is SYMBOL:
        return _symbol(sympy, node)
    if node.op is CONSTANT:
        return _constant(sympy, node)
    table = STRUCTURE
    if node.op.elementwise:
        table = SCALAR if not node.shape else MATRIX
    if node.op.name in table:
        return table[node.op.name](sympy, node, *args)
    if node.op.elementwise and len(args) == 1 and node.op.name in SCALAR:
        entry = sympy.Dummy("entry", real=True)
        return args[0].applyfunc(sympy.Lambda(entry, SCALAR[node.op.name](sympy, node, entry)))
    kind = "on arrays " if node.op.name in SCALAR else ""
    raise SymgraphError(f"the operator {node.op.name} {kind}has no counterpart in SymPy")


def _symbol(sympy: Any, node: Node) -> Any:
    held = node.attribute("assumptions")
    if node.shape:
        rows, columns = (*node.shape, 1)[:2]
        return sympy.MatrixSymbol(node.name, _size(sympy, rows), _size(sympy, columns))
    assumptions = dict.fromkeys([name for name in held if name in ("positive", "integer")], True)
    return sympy.Symbol(node.name, **assumptions)


def _size(sympy: Any, size: Size) -> Any:
    if not isinstance(size, Dim):
        return sympy.Integer(size)
    terms = [sympy.Mul(factor, *[sympy.Symbol(name, integer=True) for name in names]) for names, factor in size.terms]
    return sympy.Add(*terms)


def _constant(sympy: Any, node: Node) -> Any:
    if not node.shape:
        return _number(sympy, node.value)
    rows, columns = (*node.shape, 1)[:2]
    entries = [_number(sympy, value) for value in node.value.ravel().tolist()]
    return sympy.ImmutableMatrix(rows, columns, entries)


def _number(sympy: Any, value: float) -> Any:
    if value != value:
        return sympy.nan
    if value in (float("inf"), -float("inf")):
        return sympy.oo if value > 0 else -sympy.oo
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    exact = Fraction(value)
    if exact.denominator <= 1024 and abs(exact.numerator) < 2**53:
        return sympy.Rational(exact.numerator, exact.denominator)
    return sympy.Float(value) if isinstance(value, float) else sympy.Integer(value)


# --- matrices -------------------------------------------------------------------------------------


def _broadcast(sympy: Any, node: Node, *args: Any) -> list[Any]:
    """Bring arguments to the shape of the node; only scalars are repeated."""
    rows, columns = [_size(sympy, size) for size in (*node.shape, 1)[:2]]
    found = []
    for own, arg in zip(node.args, args, strict=True):
        if own.shape and own.shape != node.shape:
            raise SymgraphError(f"{node.op.name}: broadcasting arrays has no counterpart in SymPy")
        found.append(arg if own.shape else as_number(sympy, arg) * sympy.OneMatrix(rows, columns))
    return found


def _add(sympy: Any, node: Node, x: Any, y: Any) -> Any:
    x, y = _broadcast(sympy, node, x, y)
    return x + y


def _subtract(sympy: Any, node: Node, x: Any, y: Any) -> Any:
    x, y = _broadcast(sympy, node, x, y)
    return x - y


def _multiply(sympy: Any, node: Node, x: Any, y: Any) -> Any:
    if not all(arg.shape for arg in node.args):
        return as_number(sympy, x) * y if node.args[1].shape else as_number(sympy, y) * x
    return sympy.HadamardProduct(*_broadcast(sympy, node, x, y))


def _divide(sympy: Any, node: Node, x: Any, y: Any) -> Any:
    if not node.args[1].shape:
        return x / as_number(sympy, y)
    inverse = sympy.HadamardPower(y, -1)
    return sympy.HadamardProduct(*_broadcast(sympy, node, x, inverse)) if node.args[0].shape else x * inverse


def _power(sympy: Any, node: Node, x: Any, y: Any) -> Any:
    return sympy.HadamardPower(*(_broadcast(sympy, node, x, y) if node.args[1].shape else (x, y)))


MATRIX: dict[str, Back] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "negative": lambda sympy, node, x: -x,
    "power": _power,
}


def _stack(sympy: Any, node: Node, *parts: Any) -> Any:
    if node.ndim == 1:
        return sympy.ImmutableMatrix(parts)
    if not all(isinstance(part, sympy.MatrixBase) for part in parts):
        raise SymgraphError("stack: only explicit rows or columns have a counterpart in SymPy")
    matrix = reduce(lambda x, y: x.row_join(y), parts)
    return matrix.T if node.attrs[0] in (0, -2) else matrix


def _index(sympy: Any, node: Node, x: Any) -> Any:
    places = node.attrs[0]
    if node.shape or any(isinstance(place, (tuple, Dim)) for place in places):
        raise SymgraphError("index: only single entries have a counterpart in SymPy")
    return x[(*places, 0)[:2]]


def _dimension(sympy: Any, node: Node) -> Any:
    return _size(sympy, node.attrs[0])


STRUCTURE: dict[str, Back] = {
    "contract": lambda sympy, node, *args: contraction(sympy, node, args, lambda size: _size(sympy, size)),
    "dimension": _dimension,
    "named_constant": lambda sympy, node: {"pi": sympy.pi, "e": sympy.E, "euler_gamma": sympy.EulerGamma}[
        node.attrs[0]
    ],
    "stack": _stack,
    "index": _index,
    "inv": lambda sympy, node, x: sympy.Inverse(x),
    "det": lambda sympy, node, x: sympy.Determinant(x),
    "logdet": lambda sympy, node, x: sympy.log(sympy.Abs(sympy.Determinant(x))),
    "solve": lambda sympy, node, a, b: sympy.Inverse(a) * b,
    "if_used": lambda sympy, node, g, x: x,
}
