"""What the command line was given: a formula, shapes, values, variables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..core.errors import ParseError, SymgraphError
from ..core.names import find
from ..core.nesting import flatten
from ..core.node import Node
from ..core.traversal import free_symbols
from ..evaluate.api import evaluate
from ..text.parser import parse


def formula(options: Any) -> Any:
    """Read the formula, from the argument or from standard input."""
    text = sys.stdin.read() if options.formula == "-" else options.formula
    return parse(text, **pairs(options.shape, "--shape", lambda sizes: tuple(filter(None, sizes.split(",")))))


def pairs(items: Sequence[str], option: str, read: Callable[[str], Any]) -> dict[str, Any]:
    """Read NAME=VALUE items."""
    pairs = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise ParseError(f"{option} needs NAME=VALUE, not {item!r}", item)
        pairs[name.strip()] = read(value.strip())
    return {
        name: tuple(int(s) if s.isdigit() else s for s in v) if isinstance(v, tuple) else v for name, v in pairs.items()
    }


def values_of(items: Sequence[str]) -> dict[str, Any]:
    """Read the numbers given with --at."""

    def read(text: str) -> Any:
        node = parse(text)
        if not isinstance(node, Node):
            raise ParseError("a value is one number or one array", text)
        names = [s.name for s in free_symbols([node])]
        if names:
            raise ParseError(f"a value must be a number; it contains {', '.join(names)}", text)
        return evaluate(node)

    return pairs(items, "--at", read)


def known_values(f: Any, values: dict[str, Any]) -> dict[Node, Any]:
    """Key values by symbol, so that results which no longer need a symbol can be computed too."""
    return {find(name, flatten(f)[0], SymgraphError): value for name, value in values.items()}


def variables(f: Any, names: Sequence[str]) -> list[Node]:
    """Give the variables named, or all real symbols."""
    leaves = flatten(f)[0]
    if names:
        return [find(name, leaves, SymgraphError) for name in names]
    return [s for s in free_symbols(leaves) if s.dtype.startswith("float")]
