"""Finding the node that a value is meant for: by the node itself, or by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import EvaluationError
from ..core.names import unknown_name
from ..core.node import Node
from ..core.traversal import free_symbols


def by_node(outputs: list[Node], values: Mapping[Any, Any]) -> dict[Node, Any]:
    """Key values by node, whatever they were keyed by."""
    if not isinstance(values, Mapping):
        raise EvaluationError(f"values are a dict from symbol or name to number, not {type(values).__name__}")
    bound = {key: value for key, value in values.items() if isinstance(key, Node)}
    names = {key: value for key, value in values.items() if not isinstance(key, Node)}
    if not names:
        return bound
    found: dict[str, list[Node]] = {}
    for node in free_symbols(outputs):
        found.setdefault(node.name, []).append(node)
    for name in [name for name in names if name in found]:  # in the order given: messages do not depend on hashes
        if len(found[name]) > 1:
            raise EvaluationError(
                f"{len(found[name])} different symbols are called {name!r}: key the value by the symbol"
            )
        bound[found[name][0]] = names[name]
    # A name too many is harmless (a gradient need not depend on every variable), unless another one is missing.
    unknown = [name for name in names if name not in found]
    missing = [name for name in found if name not in names and found[name][0] not in bound]
    if unknown and missing:
        raise EvaluationError(unknown_name(str(unknown[0]), missing))
    return bound
