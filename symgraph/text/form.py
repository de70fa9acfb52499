"""What one node looks like, before it becomes text or LaTeX: a small tree with holes for the arguments.

A form can be *rebuilt* with the functions that the parser calls. The printers use a form only if rebuilding
it gives the very node, so what they write parses back to it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..core.errors import SymgraphError
from ..core.node import Node
from ..core.operator import Builder
from .calls import apply_function, take_entries
from .definitions import Kind, find_function
from .indexed import axis_letters, sum_over
from .values import INFIX, POSTFIX, PREFIX, Value, dot_product, name_axes, node_of, tensor_product, transpose


@dataclass(frozen=True, slots=True)
class Hole:
    """The argument with this index."""

    index: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A size, shape, axis, flag or string."""

    value: Any


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table ``FUNCTIONS``, written as ``name`` where that is given.

    ``latex`` is its command; one that ends in ``_`` takes the arguments as a subscript.
    """

    function: str
    args: tuple[Form, ...]
    keywords: tuple[tuple[str, Literal], ...] = ()
    name: str = ""
    latex: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Several expressions as one argument: ``(x, y)``."""

    items: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A matrix product ``a·B·cᵀ``, built from the left."""

    factors: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Transposed:
    """A transposed matrix, or a column as a row and back."""

    form: Form


@dataclass(frozen=True, slots=True)
class Infix:
    """The two arguments with a sign between them."""

    sign: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The argument with a sign before it."""

    sign: str


@dataclass(frozen=True, slots=True)
class Postfix:
    """The argument with a sign behind it."""

    sign: str


@dataclass(frozen=True, slots=True)
class Kronecker:
    """The Kronecker product ``A ⊗ B`` of two matrices, with four axes."""

    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Letters:
    """A product of factors with a letter for each axis, summed over some of them: ``∑ⱼ Wᵢⱼ·xⱼ``."""

    factors: tuple[tuple[Form, str], ...]
    summed: str


@dataclass(frozen=True, slots=True)
class Index:
    """``x[key]``; the key holds integers, named sizes, slices and ``...``."""

    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A fixed spelling of a leaf."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True)
class UserCall:
    """A call of a composite function of the user's."""

    definition: Any


@dataclass(frozen=True, slots=True)
class Exact:
    """The operator with its attributes spelled out, ``name{attributes}(arguments)``, which is always possible."""


Form = (
    Hole | Literal | Call | Group | Chain | Transposed | Infix | Prefix | Postfix | Kronecker | Letters | Index
    | Word | UserCall | Exact
)  # fmt: skip


def rebuilds(form: Form, node: Node) -> bool:
    """True if the form, filled with the node's arguments, gives the node."""
    if isinstance(form, (Word, UserCall, Exact)):
        return True
    try:
        return node_of(_build(form, node.args)) is node
    except (SymgraphError, TypeError, ValueError, IndexError, AttributeError):  # the builder refuses: not the form
        return False


def _build(form: Form, args: Sequence[Node]) -> Value:
    match form:
        case Hole(index):
            return args[index]
        case Literal(value):
            return value
        case Infix(sign):
            return INFIX[sign][1](*args)
        case Prefix(sign):
            return PREFIX[sign][1](*args)
        case Call():
            return _build_call(form, args)
        case Chain(factors):
            total = _build(factors[0], args)
            for factor in factors[1:]:
                total = dot_product(total, _build(factor, args))
            return total
        case Transposed(inner):
            return transpose(_build(inner, args))
        case Postfix(sign):
            return POSTFIX[sign](*args)
        case Kronecker(left, right):
            return tensor_product(_build(left, args), _build(right, args))
        case Letters():
            return _build_letters(form, args)
        case Index(key):
            return take_entries(args[0], key if len(key) != 1 else key[0])
    raise SymgraphError(f"{type(form).__name__} cannot be built")


def _build_letters(form: Letters, args: Sequence[Node]) -> Value:
    total: Value = None
    for factor, letters in form.factors:
        value = _build(factor, args)
        value = name_axes(value, axis_letters(letters)) if letters else value
        total = value if total is None else dot_product(total, value)
    return sum_over(axis_letters(form.summed), total) if form.summed else total


def _build_call(form: Call, args: Sequence[Node]) -> Value:
    """Call a function as the parser does, which tells literals from expressions by the function's signature."""
    function = find_function(form.name or form.function)
    if function is None:
        raise SymgraphError(f"{form.name or form.function} cannot be called in a text")
    values: list[Any] = []
    gather = bool(form.args) and function.kind_at(0) is Kind.SEQUENCE and not isinstance(form.args[0], Group)
    for place, each in enumerate(form.args):
        kind = Kind.EXPRESSION if gather else function.kind_at(place)
        if not _fits(each, kind):
            raise SymgraphError(f"{function.name} takes {kind.value} at place {place}")
        values.append(
            tuple([_build(item, args) for item in each.items]) if isinstance(each, Group) else _build(each, args)
        )
    named = {name: literal.value for name, literal in form.keywords}
    return apply_function(function, [tuple(values)] if gather else values, named)


def _fits(form: Form, kind: Kind) -> bool:
    if isinstance(form, Literal):
        return kind is Kind.LITERAL or (isinstance(form.value, str) and kind is not Kind.SEQUENCE)
    return kind is (Kind.SEQUENCE if isinstance(form, Group) else Kind.EXPRESSION)


@lru_cache(maxsize=4096)
def parameters(builder: Builder) -> tuple[str, ...]:
    """Give the names of the parameters that a builder can be given by name."""
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple([each.name for each in inspect.signature(builder).parameters.values() if each.kind in by_name])
