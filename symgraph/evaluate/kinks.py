"""Which kinks a function uses, and whether a point sits on one.

A kink is a place without a derivative, where the operator's record states what symgraph answers (docs/kinks.md).
Whether a point sits on one is asked of the operator itself: with its arguments
moved a little to both sides, in many digits, it must bend or jump.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from ..core.dtype import is_float
from ..core.errors import EvaluationError, SymgraphError
from ..core.nesting import flatten
from ..core.node import Node, lift
from ..core.operator import Kink
from ..core.traversal import open_composites, topological
from .backend import mpmath_backend
from .binding import by_node
from .evaluator import run

DIGITS = 900
STEP = mpmath.mpf(10) ** -400  # smaller than any distance between two machine numbers
BEND = mpmath.mpf(10) ** -8
SEED = 0


@dataclass(frozen=True, slots=True)
class KinkPlace:
    """An expression of a function that has kinks; ``str`` says where, the convention, and the source line."""

    node: Node
    kinks: tuple[Kink, ...]

    @property
    def origin(self) -> str:
        """Where the expression was made, in a program or in a text."""
        return str(self.node.origin) if self.node.origin is not None else "an unknown place"

    def __str__(self) -> str:
        answers = "; ".join(f"{kink.place}: {kink.convention}" for kink in self.kinks)
        return f"{self.node} ({self.node.op.name}, made at {self.origin}): {answers}"


def kinks(f: Any, at: Mapping[Any, Any] | None = None) -> list[KinkPlace]:
    """List the expressions in f that have kinks, with the convention that derivatives follow there.

    Args:
        f: an expression, or a nesting of them, as it is written.
        at: values for all symbols; with them only the expressions are listed that sit on a kink at this point.

    Raises:
        EvaluationError: a value is missing or has the wrong shape.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> f = sg.abs(x - 1) + sg.maximum(x, 0)
    >>> [str(place.node) for place in kinks(f)]
    ['abs(x - 1)', 'maximum(x, 0)']
    >>> [str(place.node) for place in kinks(f, at={x: 1.0})]
    ['abs(x - 1)']
    """
    outputs = open_composites([lift(leaf) for leaf in flatten(f)[0]])
    listed = [KinkPlace(node, node.op.kinks) for node in topological(outputs) if node.op.kinks]
    if at is None:
        return listed
    values = by_node(outputs, at)
    known = run(outputs, values, keep=True)
    return [place for place in listed if _sits_on(place.node, known)]


def _sits_on(node: Node, known: Mapping[Node, Any]) -> bool:
    """Bend the operator itself; where it takes a condition, also the comparisons that the condition is made of."""
    if _bends(node, known):
        return True
    conditions = [arg for arg in node.args if arg.dtype == "bool"]
    return any(_bends(each, known) for each in topological(conditions) if each.dtype == "bool")


def _bends(node: Node, values: Mapping[Node, Any]) -> bool:
    """Move the real arguments to both sides along random directions: do the slopes differ, or does the value jump?"""
    moved = [arg for arg in dict.fromkeys(node.args) if is_float(arg.dtype)]
    if not moved or any(not _finite(values[arg]) for arg in moved):
        return False
    rng = np.random.default_rng(SEED)
    directions = {arg: rng.uniform(0.5, 1.5, np.shape(values[arg])) * rng.choice([-1, 1]) for arg in moved}
    with mpmath.workdps(DIGITS):
        try:
            behind, here, ahead = (_entries(_at(node, values, directions, t * STEP)) for t in (-1, 0, 1))
        except EvaluationError:
            return False
        return any(_breaks(*three) for three in zip(behind, here, ahead, strict=True))


def _breaks(behind: Any, here: Any, ahead: Any) -> bool:
    if not all(mpmath.isfinite(each) for each in (behind, here, ahead)):
        return False
    size = max(abs(here), 1)
    return bool(abs(ahead - behind) > BEND * size or abs(ahead - 2 * here + behind) > BEND * STEP * size)


def _at(node: Node, values: Mapping[Node, Any], directions: Mapping[Node, Any], step: Any) -> Any:
    given = {arg: values[arg] for arg in node.args}
    for arg, direction in directions.items():
        given[arg] = _exact(values[arg]) + _exact(direction) * step
    return run([node], given, mpmath_backend(DIGITS))[node]


def _exact(value: Any) -> Any:
    array = np.asarray(value)
    out = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        out[place] = mpmath.mpf(float(array[place]))
    return out


def _finite(value: Any) -> bool:
    return bool(np.all(np.isfinite(np.asarray(value, dtype=float))))


def _entries(value: Any) -> Iterator[Any]:
    for each in np.asarray(value, dtype=object).ravel():
        yield mpmath.mpf(int(each)) if isinstance(each, (bool, np.bool_)) else mpmath.mpf(each)


def kink_message(places: Sequence[KinkPlace]) -> str:
    """Write what ``evaluate(…, check="kinks")`` warns of."""
    listed = "\n".join(f"  {place}" for place in places)
    return (
        f"the point sits on {len(places)} kink{'s' * (len(places) > 1)}, where derivatives follow a convention "
        f"(docs/kinks.md):\n{listed}"
    )


def asked_check(check: str | None) -> bool:
    """Read the option ``check`` of ``evaluate``."""
    if check not in (None, "kinks"):
        raise SymgraphError(f"evaluate checks 'kinks' or nothing (None), not {check!r}")
    return check is not None
