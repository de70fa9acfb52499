"""What an exported function takes and gives: inputs, outputs with their places in the nesting, named sizes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..core.dimension import Dim
from ..core.errors import SymgraphError
from ..core.names import find
from ..core.nesting import flatten
from ..core.node import SYMBOL, Node, lift
from ..core.traversal import free_symbols
from ..evaluate.api import stable_forms


def read_function(
    outputs: Any, inputs: Sequence[Any] | None, name: str, reserved: Collection[str], simplify: str | None
) -> tuple[list[Node], list[Node], Any]:
    """Give the outputs as a list, the input symbols, and the nesting of the outputs' numbers.

    Raises:
        SymgraphError: the name cannot be a function's, or the inputs are not what is needed.
    """
    leaves, again = flatten(outputs)
    nodes = [lift(leaf) for leaf in leaves]
    given = [inputs] if isinstance(inputs, (Node, str)) else inputs
    symbols = free_symbols(nodes) if given is None else [find(each, nodes, SymgraphError) for each in given]
    check_inputs(nodes, symbols)
    if not (name.isascii() and name.isidentifier()) or name in reserved or name.startswith("_"):
        raise SymgraphError(f"{name!r} cannot be the name of a function: choose an identifier")
    if simplify is not None:
        nodes = stable_forms(nodes, simplify, {})
    return nodes, symbols, again(list(range(len(nodes))))


def check_inputs(nodes: Sequence[Node], inputs: Sequence[Node]) -> None:
    """Check that the inputs are symbols, each once, and all that are needed.

    Raises:
        SymgraphError: they are not.
    """
    wrong = [node.op.name for node in inputs if node.op is not SYMBOL]
    if wrong:
        raise SymgraphError(f"an input is {wrong[0]}, but only symbols can be inputs")
    if len(set(inputs)) < len(inputs):
        raise SymgraphError("an input is named twice")
    missing = [node.name for node in free_symbols(nodes) if node not in set(inputs)]
    if missing:
        raise SymgraphError(f"the outputs need {missing[0]!r}: add it to the inputs")


def sizes_in(item: Any) -> list[Dim]:
    """List the named sizes in an operator's attributes."""
    if isinstance(item, Dim):
        return [item]
    return [size for each in item for size in sizes_in(each)] if isinstance(item, tuple) else []


def paths(structure: Any, path: str = "") -> list[tuple[str, int]]:
    """Name every output by its place in the nesting."""
    if isinstance(structure, dict):
        return [pair for key, value in structure.items() for pair in paths(value, f"{path}[{_key(key)}]")]
    if isinstance(structure, (list, tuple)):
        return [pair for i, value in enumerate(structure) for pair in paths(value, f"{path}[{i}]")]
    return [(path or "value", structure)]


def _key(key: Any) -> str:
    """Show a key in the documentation if it is harmless there."""
    text = str(key)
    return text if text.isascii() and all(c.isalnum() or c in "_/ " for c in text) and len(text) < 40 else "…"
