r"""LaTeX: the same forms as in matrix notation, with fractions, roots, ``^{\top}`` and ``\odot``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.errors import SymgraphError
from ..core.node import Node
from ..core.operator import OPS
from ..core.shape import shape_text
from .contraction_text import IDENTITY
from .form import (
    Call,
    Chain,
    Exact,
    Form,
    Group,
    Hole,
    Index,
    Infix,
    Kronecker,
    Letters,
    Literal,
    Postfix,
    Prefix,
    Transposed,
    UserCall,
    Word,
)
from .latex_names import latex_name, latex_size, latex_text
from .literals import entry_text, number_text
from .matrix import ATOM, ENTRIES_SHOWN, NODES_SHOWN, OPEN, PRODUCT, SUM, TERM, UNARY, is_larger, joined_sums
from .sharing import Written, write
from .values import INFIX, INVERSE, POWER, PREFIX

FRACTION = 65
SIGNS = {
    "·": r" \cdot ", "*": r" \odot ", "<=": r" \le ", ">=": r" \ge ", "==": " = ", "!=": r" \ne ", "%": r" \bmod ",
    "&": r" \land ", "|": r" \lor ", "or": r" \lor ",
}  # fmt: skip
DELIMITERS = {"|x|": ("\\lvert ", "\\rvert"), "‖x‖": ("\\lVert ", "\\rVert"), "⌊x⌋": ("\\lfloor ", "\\rfloor"),
              "⌈x⌉": ("\\lceil ", "\\rceil")}  # fmt: skip


def to_latex(outputs: Node | Sequence[Node], limit: int | None = None) -> str:
    r"""Write expressions as LaTeX; shared parts are defined behind "where".

    Args:
        outputs: an expression, or several, which are then separated by commas.
        limit: the number of nodes beyond which only a summary is written; ``None`` writes everything.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> print(to_latex(sg.sqrt(x) / (1 + x**2)))
    \frac{\sqrt{x}}{1 + x^{2}}
    """
    listed = [outputs] if isinstance(outputs, Node) else list(outputs)
    if limit is not None and is_larger(listed, limit):
        return latex_text(f"expression: over {limit:,} nodes")
    document = write(listed, LatexStyle())
    result = r",\; ".join(document.results)
    if not document.definitions:
        return result
    definitions = r",\; ".join([f"{left} = {right}" for left, right in document.definitions])
    return rf"{result} \quad\text{{where }} {definitions}"


def latex(node: Node) -> str:
    """Write one expression. Beyond some thousands of nodes only a summary."""
    return to_latex(node, NODES_SHOWN)


class LatexStyle:
    """Writes single nodes as LaTeX."""

    def symbol(self, node: Node, ambiguous: bool) -> Written:
        """Write a symbol's name."""
        return self.name(node.name)

    def constant(self, node: Node, beside: Sequence[Node]) -> Written:
        """Write a number or an array."""
        if not node.shape:
            return _number(number_text(node))
        array = np.asarray(node.value)
        if array.size > ENTRIES_SHOWN or array.ndim > 2:
            return Written(latex_text(f"constant of shape {shape_text(node.shape)}"), ATOM)
        rows = array if array.ndim == 2 else array[:, None]
        body = r" \\ ".join([" & ".join([_number(entry_text(entry)).text for entry in row]) for row in rows])
        return Written(rf"\begin{{bmatrix}} {body} \end{{bmatrix}}", ATOM, weight=array.size + 1)

    def name(self, name: str) -> Written:
        """Write a plain name."""
        return Written(latex_name(name), ATOM)

    def call(self, name: str, params: Sequence[str]) -> Written:
        """Write a call with plain names as arguments."""
        inside = ", ".join(map(latex_name, params))
        return Written(f"{latex_name(name)}{_brackets(inside)}", ATOM, weight=1 + len(params))

    def form(self, form: Form, node: Node, args: Sequence[Written], names: Mapping[Any, str]) -> Written:
        """Write a node in a form that has been chosen for it."""
        match form:
            case Infix(sign):
                return joined_sums(sign, node, *args) or _infix(sign, node.op.notation.latex, *args)
            case Prefix("-") if args[0].takes_sign:
                return Written("-" + args[0].text, SUM, "-")
            case Prefix(sign):
                level = PREFIX[sign][0]
                return Written(("-" if sign == "-" else r"\lnot ") + _within(args[0], level + 1), level, sign)
            case UserCall(definition):
                return Written(latex_name(names[definition]) + _brackets(", ".join(map(_text, args))), ATOM, depth=1)
            case Exact():
                return Written(_applied(node.op.notation.latex or latex_text(node.op.name), args), ATOM, depth=1)
            case Index(key):
                base = _within(args[0], ATOM)
                return Written(f"{{{base}}}_{{{', '.join(map(_literal, key))}}}", ATOM)
            case Call(_, (Hole(0),)) if node.op.notation.label in DELIMITERS:
                opening, closing = DELIMITERS[node.op.notation.label]
                return Written(f"{opening}{args[0].text}{closing}", ATOM, depth=1)
        written = _inner(form, args)
        return written._replace(takes_sign=True) if isinstance(form, Chain) else written


def _inner(form: Form, args: Sequence[Written]) -> Written:
    match form:
        case Hole(index):
            return args[index]
        case Literal(value):
            return Written(_literal(value), ATOM)
        case Word(_, command):
            return Written(command, ATOM)
        case Group(items):
            return Written(", ".join([_inner(each, args).text for each in items]), ATOM)
        case Call():
            return _call(form, args)
        case Chain(factors):
            parts = [_inner(each, args) for each in factors]
            shown = [_within(each, ATOM if each.kind in ("*", "-") else PRODUCT) for each in parts]
            return Written(r"\,".join(shown), PRODUCT, "·", depth=1)
        case Kronecker(left, right):
            parts = [_inner(each, args) for each in (left, right)]
            shown = [_within(each, PRODUCT + 1) for each in parts]
            return Written(r" \otimes ".join(shown), PRODUCT, "⊗", depth=1)
        case Letters(factors, summed):
            shown = [_factor(each, letters, args) for each, letters in factors]
            head = rf"\sum_{{{summed}}} " if summed else ""
            return Written(head + r"\,".join(shown), OPEN, TERM, depth=1)
        case Postfix(sign):
            return Written(_within(args[0], POWER + 1) + "^{-1}", POWER, sign)
        case Transposed(inner):
            written = _inner(inner, args)
            if written.kind == INVERSE:
                return Written(written.text[: -len("^{-1}")] + r"^{-\top}", POWER)
            return written.turned or Written(_within(written, POWER + 1) + r"^{\top}", POWER)
    raise SymgraphError(f"{type(form).__name__} stands alone: this is an error in symgraph")


def _factor(form: Form, letters: str, args: Sequence[Written]) -> str:
    """Write a factor with a letter for each axis; an identity matrix is Kronecker's δ."""
    if isinstance(form, Call) and form.latex == IDENTITY:
        return rf"\delta_{{{letters}}}"
    written = _inner(form, args)
    if not letters:
        return _within(written, UNARY + 1)
    base = _within(written, ATOM)
    return rf"{{{base}}}_{{{letters}}}" if "_" in base or "^" in base else rf"{base}_{{{letters}}}"


def _call(form: Call, args: Sequence[Written]) -> Written:
    shown = form.name or form.function
    command = form.latex or (OPS[form.function].notation.latex if form.function in OPS else "")
    items = [_inner(each, args) for each in form.args]
    items += [Written(f"{latex_text(key)}={_literal(each.value)}", 0) for key, each in form.keywords]
    if command.endswith("_"):
        return Written(f"{command}{{{', '.join(map(_text, items)).strip('()')}}}", ATOM)
    return Written(_applied(command or _operator_name(shown), items), ATOM, depth=1)


def _applied(command: str, items: Sequence[Written]) -> str:
    if command.startswith(r"\sqrt") and len(items) == 1:
        return f"{command}{{{items[0].text}}}"
    return command + _brackets(", ".join(map(_text, items)))


def _operator_name(name: str) -> str:
    return rf"\operatorname{{{name.replace('_', ' ')}}}"


def _infix(sign: str, command: str, left: Written, right: Written) -> Written:
    level = INFIX[sign][0]
    if command == r"\frac":
        return Written(rf"\frac{{{left.text}}}{{{right.text}}}", FRACTION, sign, depth=1)
    if level == POWER:
        return Written(f"{_within(left, POWER + 1)}^{{{right.text}}}", POWER, sign, depth=1)
    alone = level <= 30
    associative = sign == "·" and right.kind == "·"
    first = _within(left, level + (alone or (left.level == level == PRODUCT and left.kind != sign)))
    second = _within(right, ATOM if right.level == UNARY else level + (not associative))
    joint = SIGNS.get(sign, f" {sign} ")
    if sign == "·" and not second[:1].isdigit() and not second.startswith(r"\frac"):
        joint = r"\,"
    return Written(first + joint + second, level, sign, depth=1)


def _number(text: str) -> Written:
    word = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{nan}", "true": r"\text{true}"}.get(text)
    if word or text == "false":
        return Written(word or r"\text{false}", UNARY if text.startswith("-") else ATOM)
    found = re.fullmatch(r"(-?)([0-9.]+)e([+-])0*([0-9]+)", text)
    if found is None:
        return Written(text, UNARY if text.startswith("-") else ATOM)
    sign, digits, exponent_sign, exponent = found.groups()
    power = f"10^{{{exponent_sign.strip('+')}{exponent}}}"
    if digits == "1":
        return Written(sign + power, UNARY if sign else POWER)
    return Written(rf"{sign}{digits} \cdot {power}", UNARY if sign else PRODUCT, "×")


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_literal, value)) + ")"
    if isinstance(value, str):
        return latex_text(value)
    if isinstance(value, slice):
        parts = ["" if each is None else latex_size(each) for each in (value.start, value.stop, value.step)]
        return ":".join(parts if parts[2] else parts[:2])
    if value is Ellipsis:
        return r"\ldots"
    if isinstance(value, bool) or value is None:
        return latex_text(str(value).lower())
    return latex_size(value) if not isinstance(value, float) else _number(entry_text(value)).text


def _within(part: Written, level: int) -> str:
    return part.text if part.level >= level else _brackets(part.text)


def _brackets(text: str) -> str:
    return rf"\left({text}\right)"


def _text(part: Written) -> str:
    return part.text
