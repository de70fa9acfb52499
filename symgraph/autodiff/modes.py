"""Which way a Jacobian is computed: from the outputs, from the variables, or out of local Jacobians in any order.

The same derivative costs different numbers of operations; they are counted from the shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.dtype import is_float
from ..core.errors import DifferentiationError
from ..core.node import Node
from ..core.traversal import depends_on, topological
from ..rewrite.contraction_order import operations, order_contractions
from ..rewrite.tidy.derivatives import tidy
from .batched_forward import forward_jacobian
from .elimination import can_eliminate, cross_jacobian
from .reverse import adjoints

MODES = ("reverse", "forward", "cross")
WORTHWHILE = 0.75
MOST_ELIMINATED = 60  # nodes, beyond which cross-country mode is only used on demand
MOST_COMPARED = 300  # differentiable nodes between variables and output, beyond which only reverse mode is built


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to compute a Jacobian.

    Attributes:
        mode: ``"reverse"``, ``"forward"`` or ``"cross"``.
        operations: how many scalar operations each way that was tried needs, the function itself included.
        derivatives: for each variable the derivative; a variable that is missing has a proved zero.
    """

    mode: str
    operations: dict[str, int]
    derivatives: dict[Node, Node]

    def __str__(self) -> str:
        counts = ", ".join(f"{mode} {count}" for mode, count in self.operations.items())
        return f"{self.mode} mode ({counts} operations)" if counts else f"{self.mode} mode"


def choose(
    output: Node, variables: Sequence[Node], mode: str | None = None, sizes: Mapping[str, int] | None = None
) -> Choice:
    """Differentiate one output in the cheapest mode, or in the given one.

    A scalar output always takes reverse mode. Otherwise the modes are built and the operations of their results are
    counted, a named dimension counting as 64 unless ``sizes`` gives it. The next of reverse, forward and cross
    is taken if it saves at least a quarter of them.

    Raises:
        DifferentiationError: there is no such mode.
    """
    if mode is not None:
        return Choice(_known(mode), {}, _in_mode(output, variables, mode, sizes))
    found = adjoints(output, variables)
    if not output.shape or not any(x in found for x in variables) or is_large(output, variables):
        return Choice("reverse", {}, found)
    ways = {"reverse": found, "forward": _in_mode(output, variables, "forward", sizes)}
    if not is_large(output, variables, MOST_ELIMINATED) and all(can_eliminate(output, x) for x in variables):
        ways["cross"] = _in_mode(output, variables, "cross", sizes)
    counts = {way: _count(output, d, variables, sizes) for way, d in ways.items()}
    best = "reverse"
    for way in ways:
        if counts[way] <= WORTHWHILE * counts[best]:
            best = way
    return Choice(best, counts, ways[best])


def _count(
    output: Node, derivatives: Mapping[Node, Node], variables: Sequence[Node], sizes: Mapping[str, int] | None
) -> int:
    """Count the operations of the tidied form with its products in their cheapest order, as it is evaluated."""
    tidied = tidy([derivatives[x] for x in variables if x in derivatives], [output])
    return operations(order_contractions(tidied, sizes), sizes)


def _known(mode: Any) -> str:
    if mode not in MODES:
        raise DifferentiationError(f"mode is {', '.join(map(repr, MODES))} or None, not {mode!r}")
    return str(mode)


def is_large(output: Node, variables: Sequence[Node], most: int = MOST_COMPARED) -> bool:
    """True if so many nodes lie on the way that only one form of the derivative is built."""
    order = topological([output])
    return sum(is_float(node.dtype) for node in depends_on(order, variables)) > most


def _in_mode(output: Node, variables: Sequence[Node], mode: str, sizes: Mapping[str, int] | None) -> dict[Node, Node]:
    if mode == "reverse":
        return adjoints(output, variables)
    if mode == "forward":
        found = {x: forward_jacobian(output, x) for x in variables}
    else:
        found = {x: cross_jacobian(output, x, sizes) for x in variables}
    return {x: derivative for x, derivative in found.items() if derivative is not None}
