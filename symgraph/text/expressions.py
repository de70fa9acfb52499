"""Reading expressions: what each token does where an operand is expected, and where an operator is.

Two states alternate, and one table per state says what a token does; see :class:`~symgraph.text.machine.Machine`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn

from .arguments import begin_argument, finish_call, finish_sequence, leave_body, open_call, open_exact, store
from .attributes import CLOSERS, read_index
from .calls import UserFunction, take_entries
from .indexed import sum_over
from .lists import stack_entries
from .machine import CONSTANTS, DRY, Frame, Machine, unexpected
from .values import (
    COMPARISON,
    INFIX,
    POWER,
    PREFIX,
    SUM_SIGN,
    Value,
    magnitude,
    name_axes,
    norm,
    raise_to,
    reverse_axes,
    transpose,
)


def read_expressions(m: Machine, position: int) -> list[Value]:
    """Read expressions, separated by commas, up to the end of a statement; leave ``m.position`` there."""
    m.position = position
    m.operand = True
    m.results = []
    m.frames = [Frame("statement", position, 0)]
    kinds = m.kinds
    while m.frames:
        m.steps += 1
        (OPERAND if m.operand else OPERATOR).get(kinds[m.position], unexpected)(m)
    return m.results


def check_body(m: Machine, function: UserFunction) -> None:
    """Read a function's body without building anything, and find out whether it is closed."""
    m.checked = function
    m.bindings = dict.fromkeys(function.params, DRY)
    found = read_expressions(m, function.body)
    if len(found) != 1:
        m.fail("a function has one value: write [a, b] for a vector", function.body)
    m.stack.clear()
    m.checked = None
    m.bindings = {}


# --- an operand is expected -------------------------------------------------------------------


def _number(m: Machine) -> None:
    m.push_value(m.tokens.values[m.position], m.position + 1)


def _infinity(m: Machine) -> None:
    m.push_value(CONSTANTS["inf"], m.position + 1)


def _name(m: Machine) -> None:
    name, following = m.tokens.values[m.position], m.kinds[m.position + 1]
    if following == "(":
        open_call(m, name)
    elif following == "{":
        open_exact(m, name)
    else:
        m.push_value(m.value_of(name, m.position), m.position + 1)


def _prefix(m: Machine) -> None:
    sign = m.kinds[m.position]
    precedence, entry = PREFIX[sign]
    if sign == "not" and len(m.signs) > m.frames[-1].base and m.signs[-1][0] > precedence:
        m.fail("put `not …` in parentheses here", m.position)
    m.push_sign(precedence, 1, entry)


def _sum(m: Machine) -> None:
    m.position += 1
    if m.kinds[m.position] != "subscript":
        m.fail("∑ sums over letters, as in ∑ⱼ Wᵢⱼ·xⱼ; the sum of all entries of an array is sum(x)", m.position - 1)
    m.push_sign(SUM_SIGN, 1, partial(sum_over, m.tokens.values[m.position]))


def _open(m: Machine) -> None:
    frame = m.push_frame(m.kinds[m.position], m.position)
    m.position += 1
    if frame.kind == "[":
        frame.rows = [[]]
        if m.kinds[m.position] == "]":
            m.fail("an empty list: write constant([], shape=(0,)) for an array without entries", m.position)


def _open_two(m: Machine) -> None:
    m.push_frame("|", m.position)
    m.push_frame("|", m.position)
    m.position += 1


def _skip_newlines(m: Machine) -> None:
    """A line goes on after a sign or a comma; a comma may be the last sign of all."""
    first = m.position
    while m.kinds[m.position] == "newline":
        m.position += 1
    if m.kinds[m.position] != "end":
        return
    if m.kinds[first - 1] != "," or m.frames[-1].kind != "statement":
        m.fail("the formula ends where an expression is expected", m.position)
    m.position = first
    m.frames.pop()


def _close_after_nothing(m: Machine) -> None:
    """A closing bracket after a comma or a semicolon."""
    frame = m.frames[-1]
    if frame.kind == "sequence" and frame.args and m.kinds[m.position] == CLOSERS[m.kinds[frame.token]]:
        finish_sequence(m)
        return
    closes = m.kinds[m.position] == "]" and frame.kind == "[" and m.kinds[m.position - 1] in (",", ";")
    if not closes or not any(frame.rows):
        unexpected(m)
    if not frame.rows[-1]:
        frame.rows.pop()
        frame.gather = True
    _finish_list(m)


# --- an operator is expected ------------------------------------------------------------------


def _infix(m: Machine) -> None:
    sign = m.kinds[m.position]
    if sign[0] == "|" and m.frames[-1].kind == "|":
        _close_bars(m)
        return
    precedence, entry = INFIX[sign]
    if precedence == COMPARISON:
        m.reduce(COMPARISON + 1)
        if len(m.signs) > m.frames[-1].base and m.signs[-1][0] == COMPARISON:
            m.fail("comparisons cannot be chained: write a < b and b < c", m.position)
    else:
        m.reduce(precedence + (precedence == POWER))
    m.push_sign(precedence, 2, entry)


def _postfix(m: Machine) -> None:
    entry = transpose if m.kinds[m.position] == "'" else reverse_axes
    m.stack[-1] = m.build(entry, (m.stack[-1],), m.position)
    m.position += 1


def _superscript(m: Machine) -> None:
    m.reduce(POWER + 1)
    m.stack[-1] = m.build(raise_to, (m.stack[-1], m.tokens.values[m.position]), m.position)
    m.position += 1


def _index(m: Machine) -> None:
    token = m.position
    index, m.position = read_index(m.tokens, token + 1, m.index_of)
    m.stack[-1] = m.build(take_entries, (m.stack[-1], index), token)


def _letters(m: Machine) -> None:
    m.stack[-1] = m.build(name_axes, (m.stack[-1], m.tokens.values[m.position]), m.position)
    m.position += 1


def _close_norm(m: Machine) -> None:
    if m.frames[-1].kind != "‖":
        m.fail("this ‖ closes nothing", m.position)
    _end_bar(m)
    m.position += 1


def _close_bars(m: Machine) -> None:
    """``|`` closes one bar, ``||`` two."""
    if m.kinds[m.position] == "||":
        _end_bar(m)
        if m.frames[-1].kind != "|":
            m.fail("put |…| in parentheses here", m.position)
    _end_bar(m)
    m.position += 1


def _end_bar(m: Machine) -> None:
    frame = m.frames[-1]
    m.reduce(0)
    m.frames.pop()
    m.stack[-1] = m.build(magnitude if frame.kind == "|" else norm, (m.stack[-1],), frame.token)


def _comma(m: Machine) -> None:
    frame = m.frames[-1]
    m.reduce(0)
    if frame.kind == "statement":
        m.results.append(m.stack.pop())
    elif frame.kind == "[":
        frame.rows[-1].append(m.stack.pop())
    elif frame.kind == "sequence":
        frame.args.append(m.stack.pop())
        frame.gather = True
    elif frame.kind == "call":
        store(frame, m.stack.pop())
        m.position += 1
        begin_argument(m)
        return
    elif frame.kind == "(":
        m.fail("a list in parentheses has no meaning here: write [a, b] for a vector", m.position)
    else:
        _not_closed(m, frame)
    m.position += 1
    m.operand = True


def _close(m: Machine) -> None:
    frame, closer = m.frames[-1], m.kinds[m.position]
    wanted = {"(": ")", "call": ")", "[": "]"}.get(frame.kind)
    if frame.kind == "sequence":
        wanted = CLOSERS[m.kinds[frame.token]]
    if closer != wanted:
        if wanted or frame.kind in ("|", "‖"):
            _not_closed(m, frame)
        unexpected(m)
    m.reduce(0)
    if frame.kind == "(":
        m.frames.pop()
        m.position += 1
    elif frame.kind == "[":
        frame.rows[-1].append(m.stack.pop())
        _finish_list(m)
    elif frame.kind == "sequence":
        frame.args.append(m.stack.pop())
        finish_sequence(m)
    else:
        store(frame, m.stack.pop())
        finish_call(m)


def _not_closed(m: Machine, frame: Frame) -> NoReturn:
    opened = m.tokens.values[frame.token]
    m.fail(f"`{opened}` is not closed before {m.tokens.values[m.position]}", frame.token)


def _finish_list(m: Machine) -> None:
    frame = m.frames.pop()
    matrix = len(frame.rows) > 1 or frame.gather
    value = m.build(stack_entries, (frame.rows, matrix), frame.token)
    m.push_value(value, m.position + 1)


def _semicolon(m: Machine) -> None:
    frame = m.frames[-1]
    if frame.kind == "sequence" and m.kinds[frame.token] == "[":
        frame.kind = "["
        frame.rows = [frame.args]
        m.frames[-2].gather = True
    if frame.kind != "[":
        _end_statement(m)
        return
    m.reduce(0)
    frame.rows[-1].append(m.stack.pop())
    frame.rows.append([])
    m.position += 1
    m.operand = True


def _end_statement(m: Machine) -> None:
    frame = m.frames[-1]
    if frame.kind not in ("statement", "body"):
        _not_closed(m, frame)
    m.reduce(0)
    if frame.kind == "body":
        leave_body(m)
        return
    m.results.append(m.stack.pop())
    m.frames.pop()


OPERAND: dict[str, Callable[[Machine], None]] = {
    "number": _number, "∞": _infinity, "name": _name, "||": _open_two, "∑": _sum, "newline": _skip_newlines,
    ")": _close_after_nothing, "]": _close_after_nothing, **dict.fromkeys("([|‖", _open),
    **dict.fromkeys(PREFIX, _prefix),
}  # fmt: skip
OPERATOR: dict[str, Callable[[Machine], None]] = {
    "'": _postfix, ".T": _postfix, "superscript": _superscript, "subscript": _letters, "[": _index, "‖": _close_norm,
    ",": _comma, **dict.fromkeys(")]}", _close), ";": _semicolon, "newline": _end_statement,
    **dict.fromkeys(INFIX, _infix),
}  # fmt: skip
