"""How the definitions of composites are written to files: name, parameters and body; no Python code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.errors import LoadError, SymgraphError
from ..core.node import SYMBOL, Node
from ..ops.composite import Composite
from .data import Codec, Reading, register_codec


def _encode(definition: Composite) -> tuple[Any, ...]:
    if definition.rule is not None:
        raise SymgraphError(
            f"{definition.name} has a derivative rule written in Python, and files hold no code; "
            "save a graph that was differentiated and opened, or define it again where it is loaded"
        )
    return definition.name, definition.params, definition.body


def _decode(data: Any, reading: Reading) -> Composite:
    name, params, body = data
    if name.__class__ is not str or params.__class__ is not tuple or body.__class__ is not Node:
        raise LoadError("a composite is a name, parameters and a body")
    if any(param.__class__ is not Node or param.op is not SYMBOL for param in params) or len(set(params)) < len(params):
        raise LoadError(f"the parameters of {name[:40]} are not different symbols")
    _check_closed(name, params, body, reading)
    return Composite.of(name, params, body)


def _check_closed(name: str, params: Sequence[Node], body: Node, reading: Reading) -> None:
    """Insist that the body has no symbols but the parameters; what was seen with equal parameters is not seen again."""
    seen: set[Node] = reading.memory.setdefault((_check_closed, params), set(params))
    stack = [body]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        if node.op is SYMBOL:
            raise LoadError(f"the body of {name[:40]} uses a symbol that is not a parameter")
        seen.add(node)
        stack.extend(node.args)
        reading.spend(1)


register_codec(Codec("composite", Composite, _encode, _decode))
