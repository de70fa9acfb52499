"""Running ordinary NumPy functions on symbols: NumPy's ufuncs and functions build nodes when they meet one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.errors import SymgraphError
from ..core.node import Node, lift, method, symbol
from ..core.operator import FUNCTIONS

REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}


def _ufunc(self: Node, ufunc: Any, kind: str, *inputs: Any, **options: Any) -> Any:
    """NumPy calls this for every ufunc that has an expression among its arguments (NEP 13)."""
    if any(value is not None for key, value in options.items() if key not in ("axis", "keepdims")):
        raise SymgraphError(
            f"np.{ufunc.__name__} on an expression takes no {', '.join(options)}: build a new expression"
        )
    if kind == "reduce" and ufunc.__name__ in REDUCTIONS:
        return FUNCTIONS[REDUCTIONS[ufunc.__name__]](*inputs, **options)
    if kind != "__call__" or ufunc.__name__ not in FUNCTIONS:
        raise SymgraphError(f"np.{ufunc.__name__} ({kind}) has no counterpart in symgraph")
    return FUNCTIONS[ufunc.__name__](*inputs)


def _function(self: Node, function: Callable[..., Any], types: Any, args: Any, options: Any) -> Any:
    """NumPy calls this for every other function that has an expression among its arguments (NEP 18)."""
    name = function.__name__
    if name not in FUNCTIONS:
        raise SymgraphError(f"np.{name} has no counterpart in symgraph: see docs/operators.md for what there is")
    return FUNCTIONS[name](*args, **{key: value for key, value in options.items() if value is not np._NoValue})


method("__array_ufunc__", _ufunc)
method("__array_function__", _function)


def trace(function: Callable[..., Any], /, **shapes: Any) -> Any:
    """Run a NumPy function on symbols and give the expression, or the nesting of expressions, that it returns.

    Given a matrix instead of a function, this is the matrix trace, as in NumPy.

    Args:
        function: its positional parameters become symbols of the same names, scalars by default; a parameter
            with a default value keeps it.
        shapes: the shape of each array parameter, by name.

    Raises:
        SymgraphError: the function uses something that has no counterpart, such as ``if`` on a value.

    >>> import numpy as np
    >>> def loss(w, X):
    ...     return np.sum(np.tanh(X @ w) ** 2)
    >>> trace(loss, w="n", X=("m", "n")).shape
    ()
    """
    if not callable(function):
        return FUNCTIONS["trace"](function)
    arguments = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            raise SymgraphError(f"trace needs plain positional parameters; {name} is {parameter.kind.description}")
        if parameter.default is not parameter.empty and name not in shapes:
            arguments.append(parameter.default)
            continue
        arguments.append(symbol(name, shapes.pop(name, ())))
    if shapes:
        raise SymgraphError(f"{function.__name__} has no parameter {', '.join(shapes)}")
    result = function(*arguments)
    return result if isinstance(result, (list, tuple, dict)) else lift(result)
