"""Functions with an order n, such as polygamma(n, x): the order is an attribute, an integer from 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.errors import SymgraphError
from ...core.node import Node, lift, make
from ...core.operator import OPS, Builder
from ..defined import show_as

HIGHEST = 150  # factorials from 171! on are no floats


def checked_order(name: str, value: Any, lowest: int = 0, highest: int | None = None) -> int:
    """Read an order: a whole number, or a constant that is one.

    Raises:
        SymgraphError: it is none, or out of its limits.
    """
    order = value.value if isinstance(value, Node) else value
    whole = isinstance(order, (int, np.integer))
    whole = whole or (isinstance(order, (float, np.floating)) and bool(np.isfinite(order)) and order == np.floor(order))
    if not whole or order < lowest:
        raise SymgraphError(f"{name}: the order must be an integer from {lowest}, not {value!r}")
    if highest is not None and order > highest:
        raise SymgraphError(f"{name}: orders above {highest} are not supported, and this is {int(order)}")
    return int(order)


def ordered(
    name: str, doc: str, lowest: int = 0, at_lowest: Builder | None = None, highest: int | None = None
) -> Builder:
    """Give the builder of an operator with an order: ``f(n, x)``, or ``f(x, n=n)``.

    ``at_lowest`` is the function of x alone that the lowest order is another name of.
    """

    def build(*values: Any, n: Any = None) -> Node:
        order, *rest = values if n is None else (n, *values)
        if len(rest) != 1:
            raise SymgraphError(f"{name} takes an order and one argument: {name}(n, x)")
        order = checked_order(name, order, lowest, highest)
        if at_lowest is not None and order == lowest:
            return at_lowest(rest[0])
        return make(OPS[name], (lift(rest[0]),), (order,))

    show_as(build, name, doc)
    return build


def in_double(kernel: Callable[[int, Any], Any]) -> Callable[[int, Any], Any]:
    """Let a function of an order and an array compute in ``float64``, and round to the argument's dtype."""

    def rounded(n: int, x: Any) -> Any:
        array = np.asarray(x)
        dtype = array.dtype if array.dtype.kind == "f" else np.dtype("float64")
        return np.asarray(kernel(n, array.astype("float64"))).astype(dtype)[()]

    return rounded


def in_doubles(kernel: Callable[..., Any], attributes: int = 0) -> Callable[..., Any]:
    """Let a kernel compute in ``float64``, and round to the dtype of its arguments, at least ``float32``.

    The first ``attributes`` values are handed on as they are.
    """

    def numbers(*values: Any) -> Any:
        arrays = values[attributes:]
        kind = np.result_type(*arrays, np.float32)
        with np.errstate(all="ignore"):
            found = kernel(*values[:attributes], *[np.asarray(x, dtype=float) for x in arrays])
        return np.asarray(found).astype(kind)[()]

    return numbers
