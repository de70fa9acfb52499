"""How machine code is made of an operator that is not elementwise: a small vocabulary for the records.

The ``lowering`` of a record is one of these, or for an elementwise operator a function (see
:mod:`symgraph.compile.emit`). Places along an axis are affine: ``start + step·i``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .dimension import Size

if TYPE_CHECKING:
    from .node import Node


@dataclass(frozen=True, slots=True)
class Position:
    """A position along one axis of an array: ``start + step·i``, i running along ``axis`` of something else."""

    axis: int | None
    start: Size = 0
    step: int = 1


Access = tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """An equal graph of operators that have machine code; ``build`` gives None where there is none."""

    build: Callable[[Node], Node | None]


@dataclass(frozen=True, slots=True)
class View:
    """Entries of the argument in other places: one place per axis of the argument, along the node's axes."""

    places: Callable[[Node], Access]


@dataclass(frozen=True, slots=True)
class Alias:
    """The argument's memory, in another shape."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The argument's numbers in the node's dtype; floats become integers by cutting off the fraction."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Every argument is written to a part of the result: places per axis of the result, along the argument's axes.

    ``added`` means that the result starts as zeros and pieces may overlap.
    """

    places: Callable[[Node], tuple[Access, ...]]
    added: bool


@dataclass(frozen=True, slots=True)
class Reduction:
    """Entries combined along the axes of the first attribute: ``max`` or ``min``, nan if one is nan."""

    combine: str


@dataclass(frozen=True, slots=True)
class Gathering:
    """Entries at positions given by arrays of integers (attributes: axes, after); ``adds`` writes there instead."""

    adds: bool


@dataclass(frozen=True, slots=True)
class Running:
    """Sums (``add``) or products (``mul``) that run along an axis; attributes: axis, and for sums ``backward``."""

    combine: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Computed entry by entry from the argument and the entry's place: ``write(lanes, node, row, column, x)``."""

    write: Callable[..., str]
