"""Which entries of an argument an entry of a contraction depends on."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dependence import Chain, Links, Site, count, shared

MOST_LINKS = 1 << 24


def contraction_links(site: Site) -> list[Chain]:
    """Entries are linked where their indices agree, and no constant factor between them is zero."""
    subscripts, output, sizes = site.attrs[:3]
    return [_through_zeros(site, i) or shared(index, output, sizes) for i, index in enumerate(subscripts)]


def _through_zeros(site: Site, i: int) -> Chain | None:
    """Follow only the entries of a constant operand that are not zero; ``None`` if that does not help."""
    subscripts, output, sizes = site.attrs[:3]
    others = [k for k, value in enumerate(site.constants) if k != i and value is not None and not np.all(value)]
    if not others:
        return None
    largest = max(others, key=lambda k: site.constants[k].size)
    places = np.nonzero(site.constants[largest])
    value: dict[int, Any] = {}
    for axis, index in enumerate(subscripts[largest]):
        if index in value and not np.array_equal(value[index], places[axis]):
            return None
        value[index] = places[axis]
    free = [k for k in dict.fromkeys((*subscripts[i], *output)) if k not in value]
    grid = tuple([sizes[k] for k in free])
    if len(places[0]) * count(grid) > MOST_LINKS:
        return None
    spread = np.indices(grid).reshape(len(free), count(grid))
    repeated = {k: np.repeat(line, spread.shape[1]) for k, line in value.items()}
    repeated |= {k: np.tile(line, len(places[0])) for k, line in zip(free, spread, strict=True)}
    total = len(places[0]) * spread.shape[1]
    rows, columns = [
        _numbered([repeated[k] for k in index], [sizes[k] for k in index], total) for index in (output, subscripts[i])
    ]
    return (Links(rows, columns, count(site.shape)),)


def _numbered(positions: list[Any], sizes: list[int], total: int) -> Any:
    return np.ravel_multi_index(positions, sizes) if positions else np.zeros(total, dtype=np.int64)
