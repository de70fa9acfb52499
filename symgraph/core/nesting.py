"""Nested lists, tuples and dicts of expressions: taken apart into a flat list and put together again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple


class Assembled(ABC):
    """An object made of expressions, which may stand wherever an expression may stand in a nesting."""

    __slots__ = ()

    @property
    @abstractmethod
    def parts(self) -> list[Any]:
        """The expressions that it is made of."""

    @abstractmethod
    def assembled(self, parts: list[Any]) -> Any:
        """Make the object again from other parts, or from their values what it stands for."""


class _Slot(NamedTuple):
    whole: Assembled
    parts: list[Any]


def flatten(structure: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """Give the leaves of a nesting and a function that puts other leaves in their places.

    >>> leaves, again = flatten({"a": 1, "b": [2, 3]})
    >>> leaves, again([10, 20, 30])
    ([1, 2, 3], {'a': 10, 'b': [20, 30]})
    """
    leaves: list[Any] = []
    shape = _take(structure, leaves)
    return leaves, lambda values: _put(shape, values)


def is_plain(structure: Any) -> bool:
    """True if a nesting holds no assembled objects, so that it can be built without Python code of theirs."""
    if isinstance(structure, dict):
        return all(is_plain(part) for part in structure.values())
    if isinstance(structure, (list, tuple)):
        return all(is_plain(part) for part in structure)
    return not isinstance(structure, Assembled)


def _take(structure: Any, leaves: list[Any]) -> Any:
    if isinstance(structure, dict):
        return {key: _take(value, leaves) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        parts = [_take(value, leaves) for value in structure]
        return tuple(parts) if isinstance(structure, tuple) else parts
    if isinstance(structure, Assembled):
        return _Slot(structure, _take(structure.parts, leaves))
    leaves.append(structure)
    return len(leaves) - 1


def _put(shape: Any, values: list[Any]) -> Any:
    if isinstance(shape, dict):
        return {key: _put(value, values) for key, value in shape.items()}
    if isinstance(shape, _Slot):
        return shape.whole.assembled(_put(shape.parts, values))
    if isinstance(shape, (list, tuple)):
        parts = [_put(value, values) for value in shape]
        return tuple(parts) if isinstance(shape, tuple) else parts
    return values[shape]
