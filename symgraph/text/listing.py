"""The numbered listing: one line per node, arguments first, so that sharing can be seen.

A line reads ``%3 = multiply(%1, %2)  : () float64  # why``: the number of the node in this listing, the
operator with its attributes and arguments, shape and dtype, and the reason why the node is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.node import CONSTANT, SYMBOL, Node
from ..core.operator import Operator
from ..core.origin import Derived, Origin, SourceLine
from ..core.shape import shape_text
from ..core.traversal import topological
from ..ops.composite import CALL
from ..ops.tensor.contraction import CONTRACT
from .contraction_text import subscripts_text
from .names import quote_name

ENTRIES_SHOWN = 6
WIDEST_COLUMN = 48
LONGEST_ATTRIBUTE = 60

# operators whose attributes have a shorter form than name=value
ATTRIBUTE_TEXTS: dict[Operator, Callable[[Node], str]] = {
    CONTRACT: subscripts_text,
    CALL: lambda node: quote_name(node.attrs[0].name),
}


def listing(
    outputs: Node | Sequence[Node] | Mapping[str, Node],
    values: Mapping[Node, Any] | None = None,
    adjoints: Mapping[Node, Any] | None = None,
    why: bool = True,
) -> str:
    """Write the graph behind ``outputs`` as a numbered list, one line per node.

    Args:
        outputs: an expression, a sequence of them, or a dictionary from names to them.
        values: numbers or arrays to show beside the nodes.
        adjoints: derivatives (numbers, arrays or expressions) to show beside the nodes.
        why: whether to say where each node comes from.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> y = sg.sin(x) * x
    >>> print(listing([y], values={x: 2.0}, why=False))
    %0 = x                 : () float64  = 2
    %1 = sin(%0)           : () float64
    %2 = multiply(%1, %0)  : () float64
    outputs: %2
    """
    named = _named(outputs)
    order = topological([node for _, node in named])
    numbers = {node: i for i, node in enumerate(order)}
    columns = [_definitions(order, numbers), _types(order)]
    if values is not None:
        columns.append([f"= {short_value(values[node])}" if node in values else "" for node in order])
    if adjoints is not None:
        columns.append([_adjoint(adjoints[node], numbers) if node in adjoints else "" for node in order])
    if why:
        columns.append(_reasons(order, numbers))
    lines = _aligned(columns)
    if not isinstance(outputs, Node):
        shown = [f"{name} = %{numbers[node]}" if name else f"%{numbers[node]}" for name, node in named]
        lines.append("outputs: " + ", ".join(shown))
    return "\n".join(lines)


def _named(outputs: Node | Sequence[Node] | Mapping[str, Node]) -> list[tuple[str, Node]]:
    if isinstance(outputs, Node):
        return [("", outputs)]
    if isinstance(outputs, Mapping):
        return [(quote_name(str(name)), node) for name, node in outputs.items()]
    return [("", node) for node in outputs]


def _aligned(columns: Sequence[list[str]]) -> list[str]:
    """Put the columns beside each other, each but the last padded to its widest entry, up to a limit."""
    rows = columns[0]
    for place, column in enumerate(columns[1:], 1):
        width = min(WIDEST_COLUMN * place, max(map(len, rows), default=0))
        rows = [f"{row.ljust(width)}  {cell}" if cell else row for row, cell in zip(rows, column, strict=True)]
    return rows


def _types(order: Sequence[Node]) -> list[str]:
    texts = {key: f": {shape_text(key[0])} {key[1]}" for key in {(node.shape, node.dtype) for node in order}}
    return [texts[node.shape, node.dtype] for node in order]


# --- what a node is ---------------------------------------------------------------------------


def _definitions(order: Sequence[Node], numbers: Mapping[Node, int]) -> list[str]:
    lines = []
    for i, node in enumerate(order):
        if node.op is SYMBOL:
            text = quote_name(node.name)
        elif node.op is CONSTANT:
            text = short_value(node.value)
        else:
            args = ", ".join([f"%{numbers[arg]}" for arg in node.args])
            text = f"{node.op.name}{_attributes(node) if node.attrs else ''}({args})"
        lines.append(f"%{i} = {text}")
    return lines


def _attributes(node: Node) -> str:
    special = ATTRIBUTE_TEXTS.get(node.op)
    if special is not None:
        return f"[{_cut(special(node))}]"
    pairs = zip(node.op.attributes, node.attrs, strict=True)
    return "[" + ", ".join([f"{name}={_cut(_attribute(value))}" for name, value in pairs]) + "]"


def _attribute(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_attribute, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, str):
        return quote_name(value)
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_ATTRIBUTE else text[: LONGEST_ATTRIBUTE - 1] + "…"


def short_value(value: Any) -> str:
    """Write a number or array on one line, with few digits and few entries.

    >>> short_value(0.1 + 0.2), short_value(np.arange(100.0))
    ('0.3', '[0, 1, 2, ..., 97, 98, 99]')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{value:.6g}" if array.dtype.kind == "f" else str(value)
    text = np.array2string(
        array, threshold=ENTRIES_SHOWN, edgeitems=3, separator=", ", formatter={"float_kind": lambda x: f"{x:.6g}"}
    )
    return " ".join(text.split())


def _adjoint(value: Any, numbers: Mapping[Node, int]) -> str:
    if not isinstance(value, Node):
        return f"adjoint {short_value(value)}"
    number = numbers.get(value)
    return f"adjoint {value}" if number is None else f"adjoint %{number}"


# --- why it is there --------------------------------------------------------------------------


def _reasons(order: Sequence[Node], numbers: Mapping[Node, int]) -> list[str]:
    texts: dict[int, str] = {}
    reasons = []
    for node in order:
        origin = node.origin
        if origin is None or node.op is CONSTANT:
            reasons.append("")
            continue
        text = texts.get(id(origin))
        if text is None:
            text = texts[id(origin)] = f"# {_reason(origin, numbers)}"
        reasons.append(text)
    return reasons


def _reason(origin: Origin, numbers: Mapping[Node, int]) -> str:
    if isinstance(origin, Derived):
        place = numbers.get(origin.primal)
        text = f"{origin.rule} at " + (origin.primal.op.name if place is None else f"%{place}")
    elif isinstance(origin, SourceLine):
        text = f"{origin.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{origin.line}"
    else:
        text = str(origin)
    if origin.scope:
        text += f" in {' / '.join(map(quote_name, origin.scope))}"
    return " ".join(text.split())
