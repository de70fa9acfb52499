"""Words about a box: its formula, the formula of what it hands back, where it comes from, its type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..autodiff.rules import pull_back
from ..core.node import CONSTANT, Node, make, symbol
from ..core.origin import Derived, SourceLine, TextPlace
from ..core.shape import shape_text
from .labels import cut, gate_label
from .picture import Box


def formula(box: Box, names: Mapping[Node, str]) -> Node:
    """Give the box's own operator applied to its arguments' names, as an expression."""
    return _with_names(box, [names.get(arg) or "…" for arg in box.node.args], box.label)


def formula_text(box: Box, names: Mapping[Node, str]) -> str:
    """Write the box's own operator applied to its arguments' names; names that are no words are not quoted.

    A name with a stroke, such as ∂f/∂a, stands in brackets under a stroke or a power.
    """
    if not box.node.args:
        return box.name
    notation = box.node.op.notation
    tight = notation.kind == "infix" and notation.latex in ("^", r"\frac")
    plain = [names.get(arg) or "…" for arg in box.node.args]
    shown = [f"({name})" if tight and "/" in name else name for name in plain]
    text = _line(_with_names(box, _places(len(shown)), "q_q"))
    if notation.kind == "function":
        text = text.replace(f"{box.node.op.name}(", f"{notation.label or box.node.op.name}(", 1)
    return _filled(text, shown, box.label)


def rule_text(box: Box, names: Mapping[Node, str], position: int, upstream: str) -> str:
    """Write what the box hands back to an argument, as a formula of its arguments' names and the upstream gradient.

    Nothing if the formula needs notation that is not mathematics.
    """
    node = _with_names(box, _places(len(box.node.args)), "q_q")
    seed = symbol(_places(len(node.args) + 1)[-1], node.shape, node.dtype)
    rule = pull_back(node, seed, position)
    text = "" if rule is None else _line(rule)
    shown = [*(names.get(arg) or "…" for arg in box.node.args), upstream]
    return "" if not text or re.search(r"[{\[]|symbol", text) else _filled(text, shown, box.label)


def _places(count: int) -> list[str]:
    return [f"q{i}_q" for i in range(count)]


def _line(expression: Node) -> str:
    return str(expression).splitlines()[0].replace("-", "−")


def _filled(text: str, names: Sequence[str], called: str) -> str:
    return re.sub(r"q(\d*)_q", lambda found: names[int(found[1])] if found[1] else called, text)


def _with_names(box: Box, names: Sequence[str], called: str) -> Node:
    node = box.node
    if not node.args:
        return node
    args = [
        arg if arg.op is CONSTANT and not arg.shape else symbol(name, arg.shape, arg.dtype)
        for arg, name in zip(node.args, names, strict=True)
    ]
    attrs = [_called(attr, called) if hasattr(attr, "body") else attr for attr in node.attrs]
    return make(node.op, tuple(args), tuple(attrs))


def _called(definition: Any, name: str) -> Any:
    """Give a composite the name that stands in its gate."""
    return type(definition).of(name, definition.params, definition.body, definition.rule)


def source_text(node: Node, names: Mapping[Node, str]) -> str:
    """Say where a node comes from: file and line, place in a text, or the rule that made it."""
    origin = None if node.op is CONSTANT else node.origin
    if isinstance(origin, Derived):
        rule = origin.rule if " " in origin.rule else f"derivative of {gate_label(origin.primal, {})}"
        return f"{rule} at {names[origin.primal]}" if origin.primal in names else rule
    if isinstance(origin, SourceLine):
        if origin.file.startswith("<frozen"):
            return ""
        return f"{origin.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{origin.line}"
    if isinstance(origin, TextPlace):
        return f"{origin}: {cut(origin.text, 60)}"
    return ""


def type_text(node: Node) -> str:
    """Write shape and dtype: ``(n, m) float64``."""
    return f"{shape_text(node.shape)} {node.dtype}" if node.shape else node.dtype
