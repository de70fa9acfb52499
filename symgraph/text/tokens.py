"""The tokeniser: text becomes numbers, names, strings and signs, each with its place."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, NoReturn

from ..core.errors import ParseError
from .names import (
    AXIS_LETTERS,
    FORBIDDEN,
    code_point,
    compatibility_letter,
    continues_name,
    skeleton,
    starts_name,
    unquoted_text,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading a text may cost at most.

    Attributes:
        length: characters of the text.
        depth: brackets, operators and calls that wait for each other.
        nodes: operators built (calls of functions defined in the text count every time).
        digits: characters of one number.
    """

    length: int = 1_000_000
    depth: int = 100_000
    nodes: int = 1_000_000
    digits: int = 1_000


# Spellings of one sign. The sign on the right is what the parser's tables are written in.
SPELLINGS = {
    "**": "^", ".**": "^", ".^": "^", ".*": "*", "./": "/", ".'": "'", ".T": ".T",
    "−": "-", "×": "*", "÷": "/", "⊙": "*", "∘": "*", "⊘": "/", "⋅": "·", "∙": "·",
    "≤": "<=", "≥": ">=", "≠": "!=", "ᵀ": "'", "′": "'",
    "&&": "&", "∧": "&", "∨": "|", "~": "!", "¬": "!", ":=": "=",
}  # fmt: skip
LARGEST_INTEGER = 2**63  # with a minus sign before it this is an int64
WORDS = {"and": "&", "or": "or", "not": "not"}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+|\#[^\r\n]*)
  | (?P<newline>\r\n?|\n)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>(?:[0-9]+(?:\.(?![*/^'.])[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<sign>\.\*\*|\.[*/^']|\.T(?!\w)|\.\.\.|\*\*|<=|>=|==|!=|:=|&&|\|\||//|[-+*/^@'()\[\]{},;:=<>|&!~%]
             |[−×÷·⋅∙⊙∘⊘⊗≤≥≠√∑‖ᵀ′¬∧∨∞])
  | (?P<superscript>⁻ᵀ|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
  | (?P<subscript>["""
    + AXIS_LETTERS
    + r"""]+)
  | (?P<string>"(?:[^"\\\r\n]|\\[^\r\n])*")
  | (?P<quoted>`(?:[^`\\\r\n]|\\[^\r\n])*`)
  | (?P<other>.)
    """,
    re.VERBOSE,
)
_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class Tokens:
    """The tokens of a text as parallel lists.

    ``kinds`` holds ``number``, ``name``, ``string``, ``superscript``, ``subscript``, ``newline``, ``end``, or a sign;
    ``values`` what the token says; ``starts`` its offset in the text.
    """

    __slots__ = ("_lines", "kinds", "limits", "starts", "text", "values")

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.kinds: list[str] = []
        self.values: list[Any] = []
        self.starts: list[int] = []
        self._lines = [0]

    def place(self, token: int) -> tuple[int, int]:
        """Give the line and the column of a token, from 1."""
        return self.place_of(self.starts[token])

    def place_of(self, offset: int) -> tuple[int, int]:
        """Give the line and the column of an offset, from 1."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def fail(self, message: str, offset: int) -> NoReturn:
        """Raise a :class:`ParseError` at an offset."""
        raise self.error(message, offset)

    def error(self, message: str, offset: int) -> ParseError:
        """Make a :class:`ParseError` that points at an offset."""
        return ParseError(message, self.text, *self.place_of(offset))

    def _add(self, kind: str, value: Any, start: int) -> None:
        self.kinds.append(kind)
        self.values.append(value)
        self.starts.append(start)


def tokenize(text: str, limits: Limits) -> Tokens:
    """Split a text into tokens. Linear in its length.

    Raises:
        ParseError: the text is too long, or a character, number or name cannot be read.

    >>> tokenize("1./x + b'", Limits()).kinds
    ['number', '/', 'name', '+', 'name', "'", 'newline', 'end']
    """
    if not isinstance(text, str):
        raise ParseError(f"a formula is a string, not {type(text).__name__}")
    if len(text) > limits.length:
        raise ParseError(f"the text has {len(text)} characters; the limit is {limits.length}")
    tokens = Tokens(text, limits)
    _refuse_invisible(tokens)
    kinds, values, starts = tokens.kinds, tokens.values, tokens.starts
    match = _TOKEN.match
    position, end, depth = 0, len(text), 0
    while position < end:
        found = match(text, position)
        assert found is not None  # the last alternative takes any character but a line end
        start, position = position, found.end()
        kind, value = found.lastgroup, found.group()
        if kind == "space":
            continue
        if kind == "name" and (position == end or text[position] < "\x80"):
            kinds.append(WORDS.get(value, "name"))
            values.append(value)
            starts.append(start)
        elif kind == "sign":
            sign = SPELLINGS.get(value, value)
            kinds.append(sign)
            values.append(value)
            starts.append(start)
            depth = max(0, depth + _DEPTH.get(sign, 0))
        elif kind == "newline":
            tokens._lines.append(position)
            if not depth:
                tokens._add("newline", "the end of the line", start)
        else:
            position = _READERS[kind or "other"](tokens, value, start, position)
    tokens._add("newline", "the end of the text", end)
    tokens._add("end", "the end of the text", end)
    return tokens


def _refuse_invisible(tokens: Tokens) -> None:
    found = FORBIDDEN.search(tokens.text)
    if found is None:
        return
    start = found.start()
    tokens._lines += [line.end() for line in re.finditer(r"\r\n?|\n", tokens.text[:start])]
    shown = FORBIDDEN.sub("\ufffd", tokens.text)
    message = f"the character {code_point(found.group())} is not allowed: delete it"
    raise ParseError(message, shown, *tokens.place_of(start))


def _read_number(tokens: Tokens, value: str, start: int, position: int) -> int:
    text, digits = tokens.text, tokens.limits.digits
    if len(value) > digits:
        tokens.fail(f"a number of {len(value)} characters; the limit is {digits}", start)
    if position < len(text) and (text[position] == "_" or starts_name(text[position])):
        tokens.fail(f"an operator is missing after {value}: for a product write {value}*{text[position]}…", position)
    number = float(value)
    if number == float("inf"):
        tokens.fail(f"the number {value[:30]} is too large for float64", start)
    if number == 0 and any(c in "123456789" for c in value.lower().partition("e")[0]):
        tokens.fail(f"the number {value[:30]} is too small for float64", start)
    integer = value.isdigit() and len(value) <= 19 and int(value) <= LARGEST_INTEGER
    tokens._add("number", int(value) if integer else number, start)
    return position


def _read_superscript(tokens: Tokens, value: str, start: int, position: int) -> int:
    plain = value.translate(SUPERSCRIPTS)
    if len(plain) > 18:
        tokens.fail("an exponent of more than 18 digits", start)
    tokens._add("superscript", "-T" if plain == "-ᵀ" else int(plain), start)
    return position


def _read_subscript(tokens: Tokens, value: str, start: int, position: int) -> int:
    tokens._add("subscript", value, start)
    return position


def _read_string(tokens: Tokens, value: str, start: int, position: int) -> int:
    try:
        content = unquoted_text(value[1:-1])
    except ValueError as error:
        tokens.fail(str(error), start)
    kind = "string" if value[0] == '"' else "name"
    if kind == "name" and not content:
        tokens.fail("a name between backticks is empty", start)
    tokens._add(kind, Quoted(content) if kind == "name" else content, start)
    return position


class Quoted(str):
    """A name that stood between backticks: always a name, never a constant or a word of the language."""

    __slots__ = ()


def _read_other(tokens: Tokens, value: str, start: int, position: int) -> int:
    if value.isascii() and value in '"`':
        tokens.fail(f"the closing {value} is missing", start)
    if value.isascii() or not starts_name(value):
        hint = ": x.y has no meaning here" if value == "." else f" ({code_point(value)})" if value > "\x7f" else ""
        tokens.fail(f"unexpected character {value!r}{hint}", start)
    return _read_name(tokens, value, start, position)


def _read_name(tokens: Tokens, value: str, start: int, position: int) -> int:
    """Read a name with letters beyond ASCII."""
    text = tokens.text
    while position < len(text) and continues_name(text[position]):
        position += 1
    name = text[start:position]
    found = compatibility_letter(name)
    if found is not None:
        place, plain = found
        tokens.fail(f"{name[place]!r} ({code_point(name[place])}) is easily mistaken: write {plain!r}", start + place)
    tokens._add("name", unicodedata.normalize("NFC", name), start)
    return position


_READERS = {
    "number": _read_number,
    "superscript": _read_superscript,
    "subscript": _read_subscript,
    "string": _read_string,
    "quoted": _read_string,
    "name": _read_name,
    "other": _read_other,
}


def refuse_look_alikes(tokens: Tokens) -> None:
    """Raise if two names of the text differ only in letters that look the same."""
    if tokens.text.isascii():
        return
    seen: dict[str, str] = {}
    for kind, value, start in zip(tokens.kinds, tokens.values, tokens.starts, strict=True):
        if kind != "name" or value.__class__ is Quoted:
            continue
        other = seen.setdefault(skeleton(value), value)
        if other != value:
            place = next((i for i, c in enumerate(value) if c != other[i]), 0)
            names = f"{value!r} ({code_point(value[place])}) and {other!r} ({code_point(other[place])})"
            tokens.fail(f"two different names look alike: {names}; put one between backticks if both are meant", start)
