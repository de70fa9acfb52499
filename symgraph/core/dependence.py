"""Which entries of an argument an entry of the result may depend on: what operators say for sparsity patterns.

The answer for one argument is a chain of :class:`Links`; each step leads from the entries of the one before, numbered
in row-major order, to its own. No step at all means "the same entries"; ``None`` in the place of a chain means that
every entry may depend on every other. An answer may name too many entries, never too few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

Sizes = tuple[int, ...]


class Links(NamedTuple):
    """Entry ``rows[k]`` of ``size`` new ones depends on entry ``columns[k]`` of the old ones."""

    rows: Any
    columns: Any
    size: int


Chain = tuple[Links, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """One use of an operator, with numbers for all sizes.

    Attributes:
        attrs: the attributes of the node.
        shapes: the shapes of the arguments.
        shape: the shape of the result.
        constants: the values of those arguments that are constant arrays, ``None`` for the others.
    """

    attrs: tuple[Any, ...]
    shapes: tuple[Sizes, ...]
    shape: Sizes
    constants: tuple[Any, ...]


DependenceRule = Callable[[Site], "Sequence[Chain | None]"]


def count(shape: Sizes) -> int:
    """Count the entries of an array of this shape."""
    total = 1
    for size in shape:
        total *= size
    return total


@lru_cache(maxsize=64)
def numbers(shape: Sizes) -> Any:
    """Give the array of this shape that holds the numbers of its own entries; it must not be written to.

    >>> numbers((2, 2)).tolist()
    [[0, 1], [2, 3]]
    """
    array = np.arange(count(shape)).reshape(shape)
    array.flags.writeable = False
    return array


def taken(source: Any) -> Chain:
    """Each result entry is the entry of the argument whose number stands in its place in ``source``."""
    source = np.ravel(source)
    return (Links(numbers((source.size,)), source, source.size),)


def given(target: Any, size: int) -> Chain:
    """Each entry of the argument goes to the entry of the result whose number stands in its place in ``target``."""
    target = np.ravel(target)
    return (Links(target, numbers((target.size,)), size),)


def nothing(size: int) -> Chain:
    """No entry of the result depends on the argument."""
    return (Links(numbers((0,)), numbers((0,)), size),)


def shared(own: Sequence[int], output: Sequence[int], sizes: Sequence[int] | dict[int, int]) -> Chain:
    """Entries depend on each other where the indices that both have agree.

    ``own`` and ``output`` are index lists, one index for each axis, as in an einsum.

    >>> [links.rows.tolist() for links in shared([0, 1], [0], [2, 3])]  # the sum of rows
    [[0, 0, 0, 1, 1, 1], [0, 1]]
    """
    both = [i for i in dict.fromkeys(own) if i in output]
    middle = tuple([sizes[i] for i in both])
    first = Links(*_pairs(own, both, sizes), count(middle))
    columns, rows = _pairs(output, both, sizes)
    return first, Links(rows, columns, count(tuple([sizes[i] for i in output])))


def _pairs(index: Sequence[int], part: Sequence[int], sizes: Sequence[int] | dict[int, int]) -> tuple[Any, Any]:
    """For all values of the indices in ``index``: the number of the entry in ``part`` and in ``index`` itself."""
    free = list(dict.fromkeys(index))
    place = {i: axis for axis, i in enumerate(free)}
    grid = tuple([sizes[i] for i in free])
    return _number(part, sizes, place, grid), _number(index, sizes, place, grid)


def _number(index: Sequence[int], sizes: Any, place: dict[int, int], grid: Sizes) -> Any:
    total = np.zeros(grid, dtype=np.int64)
    stride = 1
    for i in reversed(index):
        line = np.arange(sizes[i]) * stride
        total += line.reshape([-1 if axis == place[i] else 1 for axis in range(len(grid))])
        stride *= sizes[i]
    return total.ravel()


def running(shape: Sizes, axis: int, backward: bool) -> Chain:
    """Each entry depends on itself and all before it along an axis: in log₂ n steps, by doubling."""
    entries = numbers(shape)
    lines = np.moveaxis(entries, axis, 0)
    if backward:
        lines = lines[::-1]
    steps, distance = [], 1
    while distance < len(lines):
        rows = np.concatenate([entries.ravel(), lines[distance:].ravel()])
        columns = np.concatenate([entries.ravel(), lines[:-distance].ravel()])
        steps.append(Links(rows, columns, entries.size))
        distance *= 2
    return tuple(steps)


def broadcast(own: Sizes, shape: Sizes) -> Chain:
    """The argument is repeated along axes, by NumPy's rule."""
    return () if own == shape else taken(np.broadcast_to(numbers(own), shape))


# --- rules that several operators share ----------------------------------------------------------


def same_entries(site: Site) -> list[Chain]:
    """Entry by entry, in row-major order."""
    return [() for _ in site.shapes]


def one_per_row(site: Site) -> list[Chain]:
    """Each result entry depends on its row: all entries along the axes that the first attribute names."""
    rank = len(site.shapes[0])
    left = [place for place in range(rank) if place - rank not in site.attrs[0]]
    return [shared(range(rank), left, site.shapes[0])]


def within_rows(site: Site) -> list[Chain]:
    """Each result entry depends on all entries of its own row; the shape stays."""
    rank = len(site.shapes[0])
    left = [place for place in range(rank) if place - rank not in site.attrs[0]]
    inner = {rank + place: size for place, size in enumerate(site.shapes[0])}
    output = [place if place in left else rank + place for place in range(rank)]
    return [shared(range(rank), output, inner | dict(enumerate(site.shapes[0])))]
