"""SymPy expressions become symgraph expressions and the other way round. SymPy is imported when it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from functools import cache
from types import ModuleType
from typing import Any, cast

from ..core.errors import SymgraphError
from ..core.nesting import flatten
from ..core.node import Node, lift
from .sympy_classes import handlers
from .sympy_read import Reader
from .sympy_write import write


@cache
def sympy_module() -> ModuleType:
    """Import SymPy, or say how to install it."""
    try:
        import sympy
        import sympy.codegen.cfunctions
    except ImportError as error:
        raise SymgraphError('SymPy is not installed: pip install "symgraph[sympy]"') from error
    return cast(ModuleType, sympy)


def from_sympy(expression: Any, symbols: Mapping[str, Node] | None = None) -> Any:
    """Turn SymPy expressions into symgraph expressions.

    Symbols keep their names and the assumptions ``positive`` and ``integer``; all are taken to be real. A
    ``MatrixSymbol`` becomes a symbol of its shape, with named sizes for symbolic dimensions; an explicit matrix of m
    rows and n columns becomes an expression of shape (m, n). Rational numbers stay exact (1/3 is a division);
    ``Piecewise`` without a final ``True`` is nan elsewhere.

    Args:
        expression: a SymPy expression or matrix, or lists, tuples and dicts of them.
        symbols: expressions to use for symbols, by name, in place of new symbols.

    Raises:
        SymgraphError: a class of SymPy has no counterpart (it is named), two different SymPy symbols have one
            name, or SymPy is not installed.

    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> import symgraph as sg
    >>> from_sympy(sympy.sin(x) / y) is sg.sin(sg.symbol("x")) / sg.symbol("y")
    True
    """
    sympy = sympy_module()
    reader = Reader(sympy, symbols or {}, handlers(sympy))
    leaves, again = flatten(expression)
    return again([reader.read(leaf) for leaf in leaves])


def to_sympy(outputs: Any, symbols: Mapping[str, Any] | None = None, evaluate: bool = True) -> Any:
    """Turn expressions into SymPy expressions.

    Symbols keep their names and the assumptions ``positive`` and ``integer``. Numbers that are short
    binary fractions become rational numbers, others SymPy floats of the same bits. A vector becomes a matrix of
    one column, the scalar xᵀy the trace of a product.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions.
        symbols: SymPy symbols to use, by name, in place of new ones.
        evaluate: let SymPy simplify while it builds, as it does by itself; ``False`` keeps the structure, and is
            needed for expressions thousands of levels deep, on which SymPy's own functions recurse.

    Raises:
        SymgraphError: an operator has no counterpart in SymPy (it is named), an array has more than two axes,
            or SymPy is not installed.

    >>> import symgraph as sg
    >>> x, y = sg.symbols("x y")
    >>> to_sympy(sg.sin(x) ** 2 / y)
    sin(x)**2/y
    """
    sympy = sympy_module()
    leaves, again = flatten(outputs)
    with nullcontext() if evaluate else sympy.evaluate(False):
        return again(write(sympy, [lift(leaf) for leaf in leaves], symbols or {}))
