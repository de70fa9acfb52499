"""Values are checked against the assumptions on their symbols, since rules have relied on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import EvaluationError
from ..core.node import SYMBOL, Node

ROUNDING = 64 * float(np.finfo(float).eps)  # of the largest entry: so far a symmetric matrix may be off


def check_assumptions(node: Node, value: Any) -> None:
    """Raise an error if a value is not what its symbol is assumed to be; nan passes, and stays nan.

    Raises:
        EvaluationError: an entry is not positive or not whole, or a matrix is not symmetric or not diagonal.

    >>> from symgraph.core.node import symbol
    >>> check_assumptions(symbol("x", positive=True), 2.0)
    """
    if node.op is not SYMBOL or not node.attrs[3]:
        return
    array = np.asarray(value)
    for assumption in node.attrs[3]:
        if _violated(assumption, array):
            raise EvaluationError(
                f"{node.name} is assumed to be {assumption}, and its value is not: give another value, or make the "
                f"symbol without {assumption}=True"
            )


def _violated(assumption: str, array: Any) -> bool:
    if assumption == "positive":
        return bool(np.any(array <= 0))
    if assumption == "integer":
        numbers = array.astype(float)
        return bool(np.any((numbers != np.floor(numbers)) & (numbers == numbers)))
    if assumption == "diagonal":
        size = array.shape[-1]
        return bool(np.any((array != 0) & (array == array) & ~np.eye(size, dtype=bool)))
    numbers = array.astype(float)
    largest = float(np.max(np.abs(numbers), initial=0.0, where=np.isfinite(numbers)))
    with np.errstate(invalid="ignore"):
        gap = np.abs(numbers - np.swapaxes(numbers, -1, -2))
    return bool(np.any(gap > ROUNDING * largest))
