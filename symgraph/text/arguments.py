"""Reading calls: arguments one by one, lists of arguments, and the bodies of functions defined in the text."""

from __future__ import annotations

from typing import Any

from ..core.errors import ParseError
from ..core.node import symbol
from ..core.operator import OPS
from .attributes import NOTHING, read_literal
from .calls import Exact, UserFunction, apply_function, composite
from .definitions import Function, Kind, find_function, unknown_function
from .lists import stack_entries
from .machine import DRY, Frame, Machine, unexpected
from .values import Row, Value, node_of


def open_call(m: Machine, name: str) -> None:
    """Begin a call ``name(``, of a function of the text or of symgraph."""
    token = m.position
    subject: Any = m.functions.get(name) or find_function(name)
    if subject is None:
        if m.checked is not None and m.checked.name == name:
            m.fail(f"the function `{name}` cannot call itself", token)
        if name in m.bindings or name in m.defined or name in m.symbols:
            m.fail(f"`{name}` is not a function: for a product write {name}*(…), for an entry {name}[…]", token)
        m.fail(unknown_function(name, list(m.functions)), token)
    m.push_frame("call", token, subject)
    m.position = token + 2
    begin_argument(m)


def open_exact(m: Machine, name: str) -> None:
    """Begin a call ``name{attributes}(``, of the operator itself; its attributes are literals."""
    token = m.position
    op = OPS.get(name)
    if op is None:
        m.fail(f"there is no operator called `{name[:40]}`", token)
    attrs: list[Any] = []
    named: dict[str, Any] = {}
    m.position = token + 2
    while m.kinds[m.position] != "}":
        key = ""
        if m.kinds[m.position] == "name" and m.kinds[m.position + 1] == "=":
            key = m.tokens.values[m.position]
            m.position += 2
        value, m.position = read_literal(m.tokens, m.position, m.literal_of)
        if key and (key not in op.attributes or key in named or op.attributes.index(key) < len(attrs)):
            m.fail(f"{name} has the attributes {', '.join(op.attributes) or 'none'}, each once", m.position - 1)
        if key:
            named[key] = value
        else:
            attrs.append(value)
        if m.kinds[m.position] == ",":
            m.position += 1
        elif m.kinds[m.position] != "}":
            m.fail(f"`}}` or a comma is missing before {m.tokens.values[m.position]}", m.position)
    attrs += [named[key] for key in op.attributes[len(attrs) :] if key in named]
    m.position += 1
    if m.kinds[m.position] != "(":
        m.fail(f"the arguments of {name}{{…}} are missing: write (…) after it", m.position)
    m.push_frame("call", token, Exact(op, tuple(attrs)))
    m.position += 1
    begin_argument(m)


def begin_argument(m: Machine) -> None:
    """Read what begins an argument; literals are read whole."""
    frame = m.frames[-1]
    subject = frame.subject
    m.operand = True
    while True:
        if m.kinds[m.position] == ")":
            finish_call(m)
            return
        frame.name = ""
        if m.kinds[m.position] == "name" and m.kinds[m.position + 1] == "=":
            frame.name = str(m.tokens.values[m.position])
            if frame.name in frame.named:
                m.fail(f"the argument {frame.name} is given twice", m.position)
            if subject.__class__ is not Function:
                m.fail("arguments with names are for the built-in functions only", m.position)
            m.position += 2
        elif frame.named:
            m.fail("an argument without a name stands after one with a name", m.position)
        kind = _kind(frame)
        if kind is Kind.EITHER and _read_if_literal(m, frame):
            continue
        if kind is Kind.EXPRESSION and _is_nothing(m):
            kind = Kind.LITERAL
        if kind is Kind.SEQUENCE and m.kinds[m.position] in ("(", "["):
            m.push_frame("sequence", m.position)
            m.position += 1
            return
        if kind is Kind.SEQUENCE and subject.parameters:
            frame.gather = True
        if kind is not Kind.LITERAL and m.kinds[m.position] != "string":
            return
        value, m.position = read_literal(m.tokens, m.position, m.literal_of)
        store(frame, value)
        if m.kinds[m.position] == ",":
            m.position += 1
        elif m.kinds[m.position] != ")":
            m.fail(f"`)` or a comma is missing before {m.tokens.values[m.position]}", m.position)


def _is_nothing(m: Machine) -> bool:
    """True if the argument is ``none``."""
    value = m.tokens.values[m.position]
    if m.kinds[m.position] != "name" or value.__class__ is not str or value not in NOTHING:
        return False
    return m.kinds[m.position + 1] in (",", ")")


def _read_if_literal(m: Machine, frame: Frame) -> bool:
    """Read a number or a list of numbers if the argument is one."""
    if m.kinds[m.position] not in ("number", "-", "[", "("):
        return False

    def integer_of(name: str, token: int) -> Any:
        value = m.literal_of(name, token)
        return m.fail("a symbol", token) if value is None else value

    try:
        value, position = read_literal(m.tokens, m.position, integer_of)
    except ParseError:
        return False  # an expression: it will be read, or refused, as such
    if m.kinds[position] not in (",", ")"):
        return False
    store(frame, value)
    m.position = position + (m.kinds[position] == ",")
    return True


def _kind(frame: Frame) -> Kind:
    subject = frame.subject
    if subject.__class__ is not Function:
        return Kind.EXPRESSION
    if frame.name:
        return subject.kind_of(frame.name)
    return Kind.EXPRESSION if frame.gather else subject.kind_at(len(frame.args))


def store(frame: Frame, value: Any) -> None:
    """Keep an argument that has been read, under its name if it has one."""
    if frame.name:
        frame.named[frame.name] = value
    else:
        frame.args.append(value)


def finish_sequence(m: Machine) -> None:
    """End a list of expressions; it is an ordinary operand if an operator follows, or if it is ``(x)``."""
    frame = m.frames.pop()
    m.position += 1
    following = m.kinds[m.position]
    in_parentheses = m.kinds[frame.token] == "("
    call = m.frames[-1]
    if (in_parentheses and not frame.gather) or following not in (",", ")"):
        if in_parentheses and frame.gather:
            unexpected(m)
        call.gather = True
        value = frame.args[0] if in_parentheses else m.build(stack_entries, ([frame.args], False), frame.token)
        m.push_value(value, m.position)
        return
    store(call, tuple(frame.args))
    if following == ",":
        m.position += 1
    begin_argument(m)


def finish_call(m: Machine) -> None:
    """End a call at its closing parenthesis: build what it stands for, or go on in the body of the function."""
    frame = m.frames.pop()
    subject, token = frame.subject, frame.token
    if subject.__class__ is Function:
        args = [tuple(frame.args)] if frame.gather else frame.args
        value = m.build(apply_function, (subject, args, frame.named), token)
        if subject.name == "symbol":
            m.declare(value, token)
        m.push_value(value, m.position + 1)
    elif subject.__class__ is Exact:
        m.push_value(m.build(subject.build, (frame.args,), token), m.position + 1)
    else:
        _call_user_function(m, frame)


def _call_user_function(m: Machine, frame: Frame) -> None:
    function: UserFunction = frame.subject
    args = frame.args
    if len(args) != len(function.params):
        plural = "" if len(function.params) == 1 else "s"
        m.fail(f"{function.name} takes {len(function.params)} argument{plural}, not {len(args)}", frame.token)
    if m.checked is not None:
        m.checked.closed = m.checked.closed and function.closed
        m.push_value(DRY, m.position + 1)
        return
    if function.closed and not m.expand:
        key: Any = (function.name, *[_kind_of(arg) for arg in args])
        bound = [_parameter(name, arg) for name, arg in zip(function.params, args, strict=True)]
    else:
        key = (function.name, *[(arg.__class__, repr(arg) if arg.__class__ in (int, float) else arg) for arg in args])
        bound = args
    if key in m.memory:
        _deliver(m, frame, bound, m.memory[key], m.position + 1)
        return
    body = m.push_frame("body", m.position + 1, (frame, bound, key))
    body.bindings = m.bindings
    m.bindings = dict(zip(function.params, bound, strict=True))
    m.position = function.body


def _kind_of(arg: Value) -> Any:
    node = node_of(arg)
    return node.shape, node.dtype, arg.__class__ is Row


def _parameter(name: str, arg: Value) -> Value:
    node = node_of(arg)
    param = symbol(name, node.shape, node.dtype)
    return Row(param) if arg.__class__ is Row else param


def leave_body(m: Machine) -> None:
    """End the body of a function, and go on after the call."""
    body = m.frames.pop()
    frame, bound, key = body.subject
    m.bindings = body.bindings
    value = m.memory[key] = m.stack.pop()
    _deliver(m, frame, bound, value, body.token)


def _deliver(m: Machine, frame: Frame, bound: list[Value], value: Value, position: int) -> None:
    function: UserFunction = frame.subject
    if function.closed and not m.expand:
        value = m.build(composite, (function.name, bound, frame.args, value), frame.token)
    m.push_value(value, position)
