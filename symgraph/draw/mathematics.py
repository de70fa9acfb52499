"""One gate as MathML, given as a tree of tags and texts that the page turns into elements; nothing is parsed there."""

from __future__ import annotations

from typing import Any

from ..core.node import CONSTANT, SYMBOL, Node
from .labels import clean, cut, number

Tree = list[Any]


def mathml(node: Node, name: str, text: str) -> Tree:
    """Write ``name = op(arguments)`` for a gate whose arguments are leaves; ``text`` if there is no notation for it."""
    return ["math", [_row([_name(name), ["mo", "="], _operation(node, text)])]]


def _name(name: str) -> Tree:
    """Write ∂f/∂a as a fraction."""
    above, stroke, below = clean(name).partition("/")
    if stroke and above[:1] == below[:1] and above[:1] in ("∂", "d") and "/" not in below:
        return ["mfrac", [["mi", above], ["mi", below]]]
    return ["mi", clean(name)]


def _row(parts: list[Tree]) -> Tree:
    return ["mrow", parts]


def _operation(node: Node, text: str) -> Tree:
    leaves = [_leaf(arg) for arg in node.args]
    notation = node.op.notation
    if notation.kind == "infix" and len(leaves) == 2:
        if notation.latex == r"\frac":
            return ["mfrac", leaves]
        if notation.latex == "^":
            return ["msup", leaves]
        return _row([leaves[0], ["mo", notation.label], leaves[1]])
    if notation.kind == "prefix":
        return _row([["mo", notation.label], *leaves])
    if notation.latex == r"\sqrt":
        return ["msqrt", leaves]
    if notation.kind in ("function", "postfix"):
        inner: list[Tree] = []
        for leaf in leaves:
            inner += [["mo", ","], leaf] if inner else [leaf]
        return _row([["mi", notation.label], ["mo", "("], *inner, ["mo", ")"]])
    return ["mtext", cut(text, 60)]


def _leaf(node: Node) -> Tree:
    if node.op is SYMBOL:
        return _name(cut(node.name))
    if node.op is CONSTANT and not node.shape:
        return ["mn", number(node.value)]
    return ["mi", "array"]
