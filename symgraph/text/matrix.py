"""Matrix notation: ``2·(W·v)·vᵀ``, ``A + Aᵀ``, ``Zᵀ·diag(s ⊙ (1 - s))·Z``. It parses back to the same expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import SymgraphError
from ..core.node import CONSTANT, Node
from ..core.shape import shape_text
from .attributes import NOTHING
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
from .indexed import axis_letters
from .literals import constant_text, literal_text, number_text, sizes_text
from .names import quote_name, quote_string
from .sharing import Written, write
from .values import INFIX, INVERSE, INVERSE_TURNED, POWER, PREFIX, lift_number

NODES_SHOWN = 5_000
ENTRIES_SHOWN = 1_000
OPEN = 1  # stands in brackets wherever it is part of something
TERM, TERMS = "∑", "∑+"  # a product with letters for axes, and a sum of them
SUM = 40
PRODUCT = 50
UNARY = 60
ATOM = 100
WHERE = "where "
TIGHT_SIGNS = {"·": "·", "^": "^", "*": " ⊙ "}


def to_text(outputs: Node | Sequence[Node], limit: int | None = None) -> str:
    """Write expressions in matrix notation; lines that begin with ``where`` name the parts that they share.

    Args:
        outputs: an expression, or several, which are then separated by commas.
        limit: the number of nodes and of entries of an array beyond which only a summary is written;
            ``None`` writes everything, in time that grows linearly with the graph.

    >>> import symgraph as sg
    >>> W, v = sg.symbol("W", shape=("n", "m")), sg.symbol("v", shape="m")
    >>> to_text((W @ v) ** 2)
    '(W·v)^2'
    >>> s = sg.sigmoid(2 * (W @ v))
    >>> print(to_text(W.T @ (s * (1 - s))))
    Wᵀ·(s ⊙ (1 - s))
    where s = sigmoid(2·(W·v))
    """
    listed = [outputs] if isinstance(outputs, Node) else list(outputs)
    if limit is not None and is_larger(listed, limit):
        shapes = ", ".join([shape_text(node.shape) for node in listed[:10]])
        return f"<expression: over {limit:,} nodes, shape {shapes}>"
    document = write(listed, TextStyle(None if limit is None else ENTRIES_SHOWN))
    heads = [WHERE, *[" " * len(WHERE)] * len(document.definitions)]
    lines = [f"{head}{left} = {right}" for head, (left, right) in zip(heads, document.definitions, strict=False)]
    return "\n".join([", ".join(document.results), *lines])


def text(node: Node) -> str:
    """Write one expression; what ``str`` gives. Beyond some thousands of nodes only a summary."""
    return to_text(node, NODES_SHOWN)


def is_larger(outputs: Sequence[Node], limit: int) -> bool:
    """Count reachable nodes, but no further than the limit."""
    seen = set(outputs)
    stack = list(seen)
    while stack and len(seen) <= limit:
        for arg in stack.pop().args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return len(seen) > limit


class TextStyle:
    """Writes single nodes as text."""

    def __init__(self, entries: int | None) -> None:
        self.entries = entries

    def symbol(self, node: Node, ambiguous: bool) -> Written:
        """Write a symbol's name, or a declaration if the name is not enough."""
        if not ambiguous:
            return Written(f"`{node.name}`" if node.name in NOTHING else quote_name(node.name), ATOM)
        name, shape, dtype, assumptions = node.attrs
        parts = [quote_string(name), sizes_text(shape)]
        parts += [f'dtype="{dtype}"'] if dtype != "float64" else []
        parts += [f"{each}=true" for each in assumptions]
        return Written(f"symbol({', '.join(parts)})", ATOM)

    def constant(self, node: Node, beside: Sequence[Node]) -> Written:
        """Write a constant: a bare number where it will be read with the right dtype, else in full."""
        if node.shape:
            size = len(node.value.ravel())
            if self.entries is not None and size > self.entries:
                return Written(f"<constant of shape {shape_text(node.shape)}>", ATOM)
            return Written(constant_text(node), ATOM, weight=size + 1)
        in_full = constant_text(node)
        if in_full.startswith('constant("') or not _reads_right(node, beside):
            return Written(in_full, ATOM)
        number = number_text(node)
        return Written(number, UNARY if number.startswith("-") else ATOM)

    def name(self, name: str) -> Written:
        """Write a plain name."""
        return Written(name, ATOM)

    def call(self, name: str, params: Sequence[str]) -> Written:
        """Write a call with plain names as arguments."""
        return Written(f"{name}({', '.join(params)})", ATOM, weight=1 + len(params))

    def form(self, form: Form, node: Node, args: Sequence[Written], names: Mapping[Any, str]) -> Written:
        """Write a node in a form that has been chosen for it."""
        match form:
            case Infix(sign):
                return joined_sums(sign, node, *args) or _infix(sign, *args)
            case Prefix("-") if args[0].takes_sign:
                return Written("-" + args[0].text, SUM, "-")
            case Prefix(sign):
                level = PREFIX[sign][0]
                word = f"{sign} " if sign.isalpha() else sign
                return Written(word + _within(args[0], level + 1), level, sign)
            case UserCall(definition):
                return Written(_call(names[definition], args), ATOM, depth=1)
            case Exact():
                attributes = ", ".join(map(literal_text, node.attrs))
                return Written(_call(f"{node.op.name}{{{attributes}}}", args), ATOM, depth=1)
            case Index(key):
                return Written(f"{_within(args[0], ATOM)}[{', '.join(map(literal_text, key))}]", ATOM)
        written = _inner(form, args)
        return written._replace(takes_sign=True) if _takes_sign(form, node, args) else written


def _reads_right(node: Node, beside: Sequence[Node]) -> bool:
    """True if the bare number gives this constant between these expressions."""
    others = {each.dtype for each in beside if each.op is not CONSTANT or each.shape}
    if not others:
        return node.dtype == "float64" and all(each.dtype == "float64" for each in beside)
    if node.dtype == "bool" or len(others - {"bool"}) > 1:
        return False
    dtype = next(iter(others - {"bool"}), "float64")
    value = float(node.value) if node.dtype.startswith("float") and not float(node.value).is_integer() else node.value
    return lift_number(value if node.dtype != "float64" else float(value), dtype) is node and node.dtype == dtype


def _takes_sign(form: Form, node: Node, args: Sequence[Written]) -> bool:
    """True for a product of arrays whose first factor can take a minus: contractions hand signs on to the front."""
    if not isinstance(form, Chain):
        return False
    first = form.factors[0]
    if not isinstance(first, Hole):
        return True
    return node.args[first.index].ndim > 0 and (args[first.index].takes_sign or args[first.index].level > UNARY)


def _inner(form: Form, args: Sequence[Written]) -> Written:
    match form:
        case Hole(index):
            return args[index]
        case Literal(value):
            return Written(literal_text(value), ATOM)
        case Word(text):
            return Written(text, ATOM)
        case Group(items):
            inner = [_inner(each, args).text for each in items]
            return Written(f"({', '.join(inner)}{',' if len(inner) == 1 else ''})", ATOM, depth=1)
        case Call(function, items, keywords, name):
            words = [Written(f"{key}={literal_text(each.value)}", 0) for key, each in keywords]
            return Written(_call(name or function, [*(_inner(each, args) for each in items), *words]), ATOM, depth=1)
        case Chain(factors):
            first, *rest = [_inner(each, args) for each in factors]
            begin = _within(first, ATOM if _misleads(first, "·", PRODUCT) else PRODUCT)
            return Written("·".join([begin, *(_within(each, UNARY + 1) for each in rest)]), PRODUCT, "·", depth=1)
        case Kronecker(left, right):
            first, second = _inner(left, args), _inner(right, args)
            begin = _within(first, ATOM if _misleads(first, "⊗", PRODUCT) else PRODUCT)
            return Written(f"{begin} ⊗ {_within(second, UNARY + 1)}", PRODUCT, "⊗", depth=1)
        case Letters(factors, summed):
            shown = [
                _within(_inner(each, args), ATOM if letters else UNARY + 1) + axis_letters(letters)
                for each, letters in factors
            ]
            head = f"∑{axis_letters(summed)} " if summed else ""
            return Written(head + "·".join(shown), OPEN, TERM, depth=1)
        case Postfix(sign):
            return Written(_within(args[0], ATOM) + sign, ATOM, sign)
        case Transposed(inner):
            written = _inner(inner, args)
            if written.kind == INVERSE:
                return Written(written.text[: -len(INVERSE)] + INVERSE_TURNED, ATOM)
            return written.turned or Written(_within(written, ATOM) + "ᵀ", ATOM)
    raise SymgraphError(f"{type(form).__name__} stands alone: this is an error in symgraph")


def _infix(sign: str, left: Written, right: Written) -> Written:
    level = INFIX[sign][0]
    groups_right = level == POWER
    alone = level <= 30 or groups_right  # signs that are not written in a row without brackets
    first = _within(left, level + (alone or _misleads(left, sign, level)))
    second = _within(right, ATOM if right.level == UNARY else level + 1)
    nested = len(first) + len(second) > len(left.text) + len(right.text)
    return Written(first + TIGHT_SIGNS.get(sign, f" {sign} ") + second, level, sign, depth=int(nested))


def joined_sums(sign: str, node: Node, left: Written, right: Written) -> Written | None:
    """Add terms with the same letters without brackets: ``∑ⱼ Aᵢⱼ·Bⱼᵢ + xᵢ·yᵢ``."""
    alike = left.kind in (TERM, TERMS) and right.kind == TERM and node.args[0].ndim == node.args[1].ndim
    return Written(f"{left.text} {sign} {right.text}", OPEN, TERMS) if alike and sign in ("+", "-") else None


def _misleads(left: Written, sign: str, level: int) -> bool:
    """True if ``a / b·c`` or ``a·b ⊙ c`` would be right but easy to misread."""
    return left.level == level == PRODUCT and left.kind != sign and (left.kind, sign) != ("·", "/")


def _within(part: Written, level: int) -> str:
    return part.text if part.level >= level else f"({part.text})"


def _call(name: str, args: Sequence[Written]) -> str:
    return f"{name}({', '.join([each.text for each in args])})"
