"""Nested lists, tuples and dicts of expressions: taken apart into a flat list and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def flatten(structure: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """Give the leaves of a nesting and a function that puts other leaves in their places.

    >>> leaves, again = flatten({"a": 1, "b": [2, 3]})
    >>> leaves, again([10, 20, 30])
    ([1, 2, 3], {'a': 10, 'b': [20, 30]})
    """
    leaves: list[Any] = []
    shape = _take(structure, leaves)
    return leaves, lambda values: _put(shape, values)


def _take(structure: Any, leaves: list[Any]) -> Any:
    if isinstance(structure, dict):
        return {key: _take(value, leaves) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        parts = [_take(value, leaves) for value in structure]
        return tuple(parts) if isinstance(structure, tuple) else parts
    leaves.append(structure)
    return len(leaves) - 1


def _put(shape: Any, values: list[Any]) -> Any:
    if isinstance(shape, dict):
        return {key: _put(value, values) for key, value in shape.items()}
    if isinstance(shape, (list, tuple)):
        parts = [_put(value, values) for value in shape]
        return tuple(parts) if isinstance(shape, tuple) else parts
    return values[shape]
