"""What a file may ask for, and what an array in it can be."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from ..core.dimension import Dim
from ..core.dtype import DTYPES

RANK = 64
TERMS = 1024
FREE_TERMS = 16
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask for: its length in ``bytes``, its number of ``nodes``, and further ``work``.

    Most files need no further work; it is needed to check composites and to multiply named sizes that are sums.
    A file may ask for 64 node visits per node beyond it.
    """

    bytes: int = 2**30
    nodes: int = 10**7
    work: int = 10**5


DEFAULT_LIMITS = Limits()


def array_problem(shape: Any, dtype: Any) -> str:
    """Say what is wrong with a shape or a dtype, or "": sizes must not grow without bound from row to row."""
    if dtype not in DTYPES:
        return "unknown dtype"
    if shape == ():
        return ""
    if shape.__class__ is not tuple or len(shape) > RANK:
        return f"a shape is a tuple of at most {RANK} sizes"
    for size in shape:
        if size.__class__ is not Dim and (size.__class__ is not int or not 0 <= size <= LARGEST):
            return "a size is not an integer from 0 to 2^63-1, nor a named size"
    return sizes_problem(shape)


def count_terms(items: tuple[Any, ...]) -> int:
    """Count the terms of the product of the named sizes among the items."""
    return prod([len(item.terms) for item in items if item.__class__ is Dim])


def sizes_problem(items: tuple[Any, ...]) -> str:
    """Say what is wrong with the named sizes among the items, or ""."""
    if count_terms(items) > TERMS:
        return f"named sizes have more than {TERMS} terms together"
    for size in items:
        for names, factor in size.terms if size.__class__ is Dim else ():
            if len(names) > RANK or abs(factor) > LARGEST:
                return "a named size is too large"
    return ""
