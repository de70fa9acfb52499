"""Choosing how a node is written: the candidates that its record suggests, the first one that is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

from ..core.dimension import Size
from ..core.node import Node
from ..core.operator import FUNCTIONS, Builder, Operator
from ..ops.arrays.indexing import INDEX
from ..ops.composite import CALL
from ..ops.constants import NAMED_CONSTANT
from ..ops.tensor.contraction import CONTRACT
from ..ops.tensor.dimension import DIMENSION
from .contraction_text import contraction_forms, row_forms
from .form import (
    Call,
    Chain,
    Exact,
    Form,
    Group,
    Hole,
    Index,
    Infix,
    Literal,
    Postfix,
    Prefix,
    Transposed,
    UserCall,
    Word,
    parameters,
    rebuilds,
)
from .latex_names import latex_size
from .literals import size_text
from .values import INFIX, POSTFIX, PREFIX

MOST_CANDIDATES = 64


class Chooser:
    """Finds forms; remembers for each operator and its attributes which candidate was right."""

    def __init__(self) -> None:
        self._right: dict[tuple[Any, ...], Form] = {}
        self._rows: dict[tuple[Any, ...], Form | None] = {}

    def form(self, node: Node) -> Form:
        """Give a form that rebuilds to the node."""
        key = (node.op, node.attrs, len(node.args), *[arg.ndim for arg in node.args])
        known = self._right.get(key)
        if known is not None and rebuilds(known, node):
            return known
        for number, form in enumerate(candidates(node)):
            if rebuilds(form, node):
                self._right[key] = form
                return form
            if number >= MOST_CANDIDATES:
                break
        return Exact()

    def row(self, node: Node, form: Form) -> Form | None:
        """Give a form of a vector as a row, if there is one that is simpler than a sign of transposition."""
        if node.ndim != 1 or not isinstance(form, (Chain, Transposed)):
            return None
        if isinstance(form, Transposed):
            return form.form
        key = (node.op, node.attrs)
        if key not in self._rows:
            proposed = ROWS[node.op](node) if node.op in ROWS else ()
            right = [each for each in proposed if rebuilds(Transposed(each), node)]
            self._rows[key] = right[0] if right and _transpositions(right[0]) <= _transpositions(form) else None
        return self._rows[key]


def _transpositions(form: Form) -> int:
    return sum(isinstance(each, Transposed) for each in form.factors) if isinstance(form, Chain) else 1


def candidates(node: Node) -> Iterable[Form]:
    """Propose forms for a node, the most readable first."""
    special = SPECIAL.get(node.op)
    if special is not None:
        return special(node)
    notation = node.op.notation
    if notation.kind == "infix" and len(node.args) == 2:
        sign = notation.text
        if sign == "*" and not (node.args[0].shape and node.args[1].shape):
            return [Infix("·"), Infix("*")]
        return [Infix(sign)] if sign in INFIX else _calls(node)
    if notation.kind == "prefix" and notation.text in PREFIX:
        return [Prefix(notation.text)]
    if notation.kind == "postfix" and notation.text in POSTFIX:
        return [Postfix(notation.text), *_calls(node)]
    return _calls(node)


def _calls(node: Node) -> Iterator[Form]:
    """Propose calls of the operator's function, with as few attributes as possible."""
    holes = tuple([Hole(i) for i in range(len(node.args))])
    for name in dict.fromkeys((node.op.notation.text, node.op.name)):
        if name not in FUNCTIONS:
            continue
        keywords = list(_keywords(node, FUNCTIONS[name]))
        lists: list[tuple[Form, ...]] = [holes] if len(holes) == 1 else [holes, (Group(holes),)]
        for args, pairs in product(lists, keywords):
            yield Call(name, args, pairs)
        values = tuple([Literal(value) for value in node.attrs])
        if values:
            yield Call(name, holes + values)
            yield Call(name, values + holes)


def _keywords(node: Node, builder: Builder) -> Iterator[tuple[tuple[str, Literal], ...]]:
    """Propose keyword arguments: each attribute left out, simplified, or in full."""
    known = parameters(builder)
    options: list[list[tuple[tuple[str, Literal], ...]]] = []
    for place, (attribute, value) in enumerate(zip(node.op.attributes, node.attrs, strict=True), len(node.args)):
        singular = attribute.replace("axes", "axis")
        name = (
            attribute if attribute in known else singular if singular in known or place >= len(known) else known[place]
        )
        options.append([(), *[((name, Literal(each)),) for each in _spellings(name, value, node)]])
    listed = [tuple([pair for pairs in chosen for pair in pairs]) for chosen in product(*options)]
    yield from sorted(listed, key=len)


def _spellings(name: str, value: Any, node: Node) -> Iterator[Any]:
    """Give a value as a person would write it, then as it is kept: axes from the front, one axis as an integer."""
    several = isinstance(value, tuple)
    numbers = value if several else (value,)
    if name == "axis" and node.args and all(isinstance(each, int) and each < 0 for each in numbers):
        for rank in (node.args[0].ndim, node.ndim):
            front = tuple([rank + each for each in numbers])
            yield front if len(front) != 1 else front[0]
    if several and len(numbers) == 1:
        yield numbers[0]
    yield value


# --- operators with a form of their own -------------------------------------------------------


def _index(node: Node) -> Iterator[Form]:
    """Write places as Python's indices, the axes before them as ``:`` or ``...``."""
    places = node.attrs[0]
    shape = node.args[0].shape
    lead = len(shape) - len(places)
    parts = [_part(place, size) for place, size in zip(places, shape[lead:], strict=True)]
    while parts and parts[-1] == slice(None):
        parts.pop()
    before: list[Any] = [slice(None)] * lead if lead < 3 else [...]
    yield Index((*before, *(parts if lead < 3 else [_part(p, s) for p, s in zip(places, shape[lead:], strict=True)])))


def _part(place: Any, size: Size) -> Any:
    if not isinstance(place, tuple):
        return place
    start, length, step = place
    if step == 1:
        stop = start + length
        return slice(None if start == 0 else start, None if stop == size else stop)
    stop = start + (length - 1) * step + (1 if step > 0 else -1)
    if isinstance(stop, int) and stop < 0:
        stop = None
    last = size - 1 if step < 0 else 0
    return slice(None if start == last else start, stop, step)


def _dimension(node: Node) -> list[Form]:
    size, dtype = node.attrs
    text = size_text(size)
    return [Word(f"dim({text})" if dtype == "float64" else f'dim({text}, dtype="{dtype}")', latex_size(size))]


def _named_constant(node: Node) -> list[Form]:
    name = str(node.attrs[0])
    return [Word(name if name == "pi" else f'named_constant{{"{name}"}}()', LATEX_CONSTANTS.get(name, name))]


LATEX_CONSTANTS: dict[str, str] = {"pi": r"\pi", "e": "e", "euler_gamma": r"\gamma"}
SPECIAL: dict[Operator, Callable[[Node], Iterable[Form]]] = {
    CONTRACT: contraction_forms,
    INDEX: _index,
    DIMENSION: _dimension,
    NAMED_CONSTANT: _named_constant,
    CALL: lambda node: [UserCall(node.attrs[0])],
}
ROWS: dict[Operator, Callable[[Node], Iterable[Form]]] = {CONTRACT: row_forms}
