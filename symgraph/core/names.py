"""Finding variables: wherever a variable is meant, a symbol, its name or an inner node will do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from .errors import DTypeError, SymgraphError
from .node import Node
from .traversal import free_symbols


def find(variable: object, outputs: Iterable[Node], error: type[SymgraphError]) -> Node:
    """Give the node that ``variable`` means in the graph of ``outputs``.

    Raises:
        error: there is no symbol of that name, or there are several.
    """
    if isinstance(variable, Node):
        return variable
    if not isinstance(variable, str):
        raise DTypeError(f"a variable is a symbol, a name or a node, not {variable!r}")
    listed = free_symbols(outputs)
    found = [node for node in listed if node.name == variable]
    if len(found) == 1:
        return found[0]
    if found:
        raise error(f"{len(found)} different symbols are called {variable!r}: pass the symbol itself")
    raise error(unknown_name(variable, [node.name for node in listed]))


def unknown_name(name: str, known: Sequence[str]) -> str:
    """Say that a name is unknown, and which known one was probably meant."""
    close = get_close_matches(name, known[:1000], n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"the symbols are {', '.join(known[:20]) or 'none'}"
    return f"there is no symbol called {name!r}: {hint}"
