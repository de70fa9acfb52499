"""Reading literals: what stands for axes, shapes, flags and indices. Nothing here recurses."""

from __future__ import annotations

from collections.abc import Callable
from operator import add, mul
from typing import Any, NoReturn

from ..core.dimension import Dim
from ..core.errors import SymgraphError
from .tokens import Quoted, Tokens

Lookup = Callable[[str, int], Any]
"""Gives the value that a name has in a literal, or ``None`` if it is a size; called with the name and its token."""

WORDS = {"True": True, "true": True, "False": False, "false": False}
NOTHING = frozenset({"None", "none", "null"})
NUMBERS = {"inf": float("inf"), "nan": float("nan")}
CLOSERS = {"(": ")", "[": "]"}
NESTING = 32
PARTS = 200
LARGEST = 2**63


class _Open:
    """A bracket that has not been closed yet."""

    __slots__ = ("closer", "comma", "items", "token")

    def __init__(self, closer: str, token: int) -> None:
        self.closer = closer
        self.token = token
        self.items: list[Any] = []
        self.comma = False

    def value(self) -> Any:
        """Give a list or a tuple, or the one item of parentheses without a comma."""
        if self.closer == "]":
            return self.items
        return self.items[0] if not self.comma and len(self.items) == 1 else tuple(self.items)


def fail(tokens: Tokens, message: str, token: int) -> NoReturn:
    """Raise a :class:`ParseError` at a token."""
    tokens.fail(message, tokens.starts[token])


def read_literal(tokens: Tokens, start: int, lookup: Lookup) -> tuple[Any, int]:
    """Read a literal from the token ``start`` on; give its value and the next token.

    A literal is a number, a string, ``true``, ``false``, ``none``, a size such as ``2*n+1``, or a tuple or list
    of literals.
    """
    kinds = tokens.kinds
    open_brackets: list[_Open] = []
    token = start
    while True:
        kind = kinds[token]
        closing = open_brackets and kind == open_brackets[-1].closer
        if kind in CLOSERS:
            if len(open_brackets) >= NESTING:
                fail(tokens, f"a literal with more than {NESTING} brackets inside each other", token)
            open_brackets.append(_Open(CLOSERS[kind], token))
            token += 1
            continue
        if closing:  # nothing, or a comma, stands before it
            value: Any = open_brackets.pop().value()
            token += 1
        else:
            value, token = _read_scalar(tokens, token, lookup)
        while open_brackets:
            innermost = open_brackets[-1]
            innermost.items.append(value)
            if kinds[token] == ",":
                innermost.comma = True
                token += 1
                break
            if kinds[token] != innermost.closer:
                fail(tokens, f"`{innermost.closer}` or a comma is missing before {tokens.values[token]!r}", token)
            value = open_brackets.pop().value()
            token += 1
        else:
            return value, token


def _read_scalar(tokens: Tokens, start: int, lookup: Lookup) -> tuple[Any, int]:
    """Read a number, a string, a word, or a size."""
    kind, value = tokens.kinds[start], tokens.values[start]
    if kind == "string":
        return value, start + 1
    if kind == "name" and value.__class__ is not Quoted:
        if value in WORDS:
            return WORDS[value], start + 1
        if value in NOTHING:
            return None, start + 1
    total, token = _read_product(tokens, start, lookup)
    while tokens.kinds[token] in ("+", "-"):
        if token - start > PARTS:
            fail(tokens, "a size with too many parts", start)
        part, token = _read_product(tokens, token, lookup)
        total = _checked(tokens, add, total, part, start)
    return total, token


def _read_product(tokens: Tokens, start: int, lookup: Lookup) -> tuple[Any, int]:
    """Read factors of a size with their signs."""
    kinds = tokens.kinds
    sign, token = 1, start
    while kinds[token] in ("+", "-"):
        sign = -sign if kinds[token] == "-" else sign
        token += 1
    value, token = _read_factor(tokens, token, lookup)
    while kinds[token] == "*":
        if token - start > PARTS:
            fail(tokens, "a size with too many parts", start)
        factor, token = _read_factor(tokens, token + 1, lookup)
        value = _checked(tokens, mul, value, factor, start)
    return (-value if sign < 0 else value), token


def _checked(tokens: Tokens, combine: Callable[[Any, Any], Any], left: Any, right: Any, start: int) -> Any:
    if left.__class__ is float or right.__class__ is float:
        fail(tokens, "a size is made of integers and names", start)
    value = combine(left, right)
    if value.__class__ is int and abs(value) >= LARGEST:
        fail(tokens, "an integer beyond 64 bits", start)
    return value


def _read_factor(tokens: Tokens, token: int, lookup: Lookup) -> tuple[Any, int]:
    kind, value = tokens.kinds[token], tokens.values[token]
    if kind == "number":
        if value.__class__ is float and tokens.text[tokens.starts[token] : tokens.starts[token] + 19].isdigit():
            fail(tokens, "an integer beyond 64 bits", token)
        return value, token + 1
    if kind == "∞":
        return NUMBERS["inf"], token + 1
    if kind != "name":
        fail(tokens, f"a literal (a number, a size, a string, a tuple of them) is expected, not {value!r}", token)
    if value.__class__ is not Quoted and value in NUMBERS:
        return NUMBERS[value], token + 1
    found = lookup(value, token)
    return (Dim.named(str(value)) if found is None else found), token + 1


# --- indices ----------------------------------------------------------------------------------


def read_index(tokens: Tokens, start: int, lookup: Lookup) -> tuple[Any, int]:
    """Read what stands in ``x[…]`` after the bracket; give the index as Python writes it, and the next token."""
    items: list[Any] = []
    token = start
    while tokens.kinds[token] != "]":
        item, token = _read_item(tokens, token, lookup)
        items.append(item)
        if tokens.kinds[token] != ",":
            break
        token += 1
    if tokens.kinds[token] != "]":
        fail(tokens, f"`]` or a comma is missing before {tokens.values[token]!r}", token)
    if not items:
        fail(tokens, "an index is missing between [ and ]", token)
    single = len(items) == 1 and tokens.kinds[token - 1] != ","
    return (items[0] if single else tuple(items)), token + 1


def _read_item(tokens: Tokens, token: int, lookup: Lookup) -> tuple[Any, int]:
    if tokens.kinds[token] == "...":
        return ..., token + 1
    if tokens.kinds[token] == "[":
        return read_literal(tokens, token, lookup)
    parts: list[Any] = [None]
    while tokens.kinds[token] not in (",", "]"):
        if tokens.kinds[token] == ":":
            parts.append(None)
            token += 1
            if len(parts) > 3:
                fail(tokens, "a slice has at most three parts: start:stop:step", token - 1)
            continue
        if parts[-1] is not None:
            fail(tokens, f"`:`, a comma or `]` is missing before {tokens.values[token]!r}", token)
        parts[-1], token = _index_part(tokens, token, lookup)
        if parts[-1] is None and len(parts) == 1:  # none, a new axis
            return None, token
    if len(parts) == 1 and parts[0] is None:
        fail(tokens, f"an index is expected, not {tokens.values[token]!r}", token)
    return (parts[0] if len(parts) == 1 else slice(*parts)), token


def _index_part(tokens: Tokens, token: int, lookup: Lookup) -> tuple[Any, int]:
    value, after = _read_scalar(tokens, token, lookup)
    if value.__class__ in (float, str, bool):
        fail(tokens, f"an index is an integer, counted from 0, not {value!r}", token)
    return value, after


def integer_of(name: str, value: float) -> int:
    """Read a defined number where an integer is needed.

    Raises:
        SymgraphError: the number is not an integer.
    """
    if value != value or value in NUMBERS.values() or value != int(value):
        raise SymgraphError(f"`{name}` is {value}, and an integer is needed here")
    return int(value)
