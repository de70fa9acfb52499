"""What can be assumed of a symbol, and which assumptions contradict each other, its shape or its dtype."""

from __future__ import annotations

from collections.abc import Mapping

from .dimension import Shape
from .errors import ShapeError, SymgraphError
from .shape import shape_text


def held_assumptions(name: str, shape: Shape, dtype: str, assumptions: Mapping[str, bool]) -> tuple[str, ...]:
    """Give the assumptions that are true, sorted by name.

    Raises:
        SymgraphError: an assumption is unknown, or contradicts another or the dtype.
        ShapeError: an assumption on matrices, and the last two axes are not those of a square matrix.
    """
    for key in assumptions:
        if key not in ("symmetric", "positive", "diagonal", "integer"):
            raise SymgraphError(f"unknown assumption {key!r}: use symmetric, positive, diagonal or integer")
    held = tuple(sorted(key for key, value in assumptions.items() if value))
    for key in ("symmetric", "diagonal"):
        if key in held and (len(shape) < 2 or shape[-1] != shape[-2]):
            raise ShapeError(
                f"{name} cannot be {key}: that needs a square matrix, and its shape is {shape_text(shape)}"
            )
    if "diagonal" in held and "positive" in held:
        raise SymgraphError(
            f"{name} cannot be diagonal and positive: positive means every entry, and those beside the diagonal are 0; "
            "make a positive vector d and use diag(d)"
        )
    if held and dtype == "bool":
        raise SymgraphError(
            f"{name} has dtype bool: truth values are not {' or '.join(held)}; leave the assumption out"
        )
    return held
