"""Graphs as files: versioned JSON with a checksum. Reading one runs no code and opens nothing else.

A file is one JSON object. ``nodes`` lists one row ``[operator, arguments, attributes]`` per node, arguments
first; ``operator`` is a place in the list ``operators`` of names, arguments are places of earlier rows. The
order of the rows follows from the outputs alone, so equal graphs make equal files, in any process. Values
inside attributes are written as :mod:`symgraph.interop.data` says. The checksum guards against damage, not
against forgery: every row is checked by its operator's shape and dtype rule when it is read.
"""

from __future__ import annotations

import copyreg
import hashlib
import json
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ..core.errors import MISUSE, LoadError, SymgraphError
from ..core.memory import paused_collection
from ..core.node import CONSTANT, SYMBOL, Node, constant, make, symbol
from ..core.operator import OPS, Operator
from ..core.origin import current_origin, made_by
from . import composites as composites
from .data import DEPTH, Reading, decode, encode, items_of, nodes_inside, row_of
from .limits import DEFAULT_LIMITS, Limits, array_problem

VERSION = 1
_HEADER = re.compile(rb'\{"format":"symgraph","version":([0-9]{1,9}),"sha256":"([0-9a-f]{64})","graph":')
_PARTS = ("operators", "nodes", "outputs", "inputs", "names")


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything a file holds: nestings of nodes, as they were given to :func:`dumps`."""

    outputs: Any
    inputs: Any = None
    names: Any = None


# --- writing ----------------------------------------------------------------------------------


def dumps(outputs: Any, inputs: Any = None, names: Any = None) -> bytes:
    """Write expressions as bytes, from which :func:`loads` makes them again.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions.
        inputs: kept beside the outputs, in any such nesting.
        names: names of nodes, such as ``{"loss": node}``, kept too.

    Raises:
        SymgraphError: something is not an expression, or holds Python code (a ``custom_gradient``).

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> loads(dumps({"f": sg.sin(x)}))["f"] is sg.sin(x)
    True
    """
    with paused_collection():
        rows: dict[Node, int] = {}
        for node in nodes_inside((outputs, inputs, names)):
            _number(node, rows)
        operators: dict[str, int] = {}
        lines = [_row(node, rows, operators) for node in rows]
        kept = zip(_PARTS[2:], (outputs, inputs, names), strict=True)
        tail = ",\n".join([f'"{part}":{_text(encode(value, rows))}' for part, value in kept])
        graph = f'{{"operators":{_text(list(operators))},\n"nodes":[\n' + ",\n".join(lines) + f"\n],\n{tail}}}"
    body = graph.encode("ascii")
    digest = hashlib.sha256(body).hexdigest()
    return f'{{"format":"symgraph","version":{VERSION},"sha256":"{digest}","graph":'.encode() + body + b"}\n"


def _number(root: Node, rows: dict[Node, int]) -> None:
    """Give row numbers to everything ``root`` needs, arguments first, in an order that only the graph decides."""
    stack = [root]
    while stack:
        node = stack[-1]
        if node in rows:
            stack.pop()
            continue
        needed = (*node.args, *nodes_inside(node.attrs)) if node.attrs else node.args
        waiting = [each for each in needed if each not in rows]
        if waiting:
            stack.extend(reversed(waiting))
        else:
            rows[node] = len(rows)
            stack.pop()


def _row(node: Node, rows: dict[Node, int], operators: dict[str, int]) -> str:
    op = operators.setdefault(node.op.name, len(operators))
    args = ",".join([str(rows[arg]) for arg in node.args])
    problem = array_problem(node.shape, node.dtype)
    if problem:
        raise SymgraphError(f"a graph with this {node.op.name} cannot be saved: {problem}")
    if not node.attrs:
        return f"[{op},[{args}]]"
    try:
        return f"[{op},[{args}],{_text(encode(node.attrs, rows))}]"
    except SymgraphError as error:
        raise SymgraphError(f"a graph with this {node.op.name} cannot be saved: {error}") from None


def _text(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))


def save(path: str | os.PathLike[str], outputs: Any, inputs: Any = None, names: Any = None) -> None:
    """Write expressions to a file; the file is either the old or the whole new one at any time.

    Raises:
        SymgraphError: as for :func:`dumps`.
        OSError: the file cannot be written.
    """
    data = dumps(outputs, inputs, names)
    target = Path(path).resolve()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


# --- reading ----------------------------------------------------------------------------------


def loads(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Give the outputs that :func:`dumps` wrote, in the same nesting; see :func:`read`."""
    return read(data, limits).outputs


def load(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> Any:
    """Give the outputs that :func:`save` wrote, in the same nesting.

    Raises:
        LoadError: the file is damaged, too large, or from an unknown version.
        OSError: the file cannot be read.
    """
    return loads(read_bytes(path, limits), limits)


def read_bytes(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Give the content of a file, at most one byte more than the limit."""
    with Path(path).open("rb") as file:
        return file.read(limits.bytes + 1)


def read(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Saved:
    """Give outputs, inputs and names that :func:`dumps` wrote. Nodes that are alive already are found again.

    Raises:
        LoadError: the data is damaged, too large, from an unknown version, or names an unknown operator.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise LoadError(f"a saved graph is bytes, not {type(data).__name__}")
    if len(data) > limits.bytes:
        raise LoadError(
            f"a saved graph of more than {limits.bytes} bytes: raise the limit with limits=Limits(bytes=...)"
        )
    parts = _parts(_body(bytes(data).replace(b"\r\n", b"\n")))
    rows = items_of(parts["nodes"])
    if len(rows) > limits.nodes:
        raise LoadError(
            f"a saved graph of more than {limits.nodes} nodes: raise the limit with limits=Limits(nodes=...)"
        )
    operators = [_operator(name) for name in items_of(parts["operators"])]
    with paused_collection(), made_by(current_origin()):
        reading = Reading([], work=limits.work + 64 * len(rows))
        for row in rows:
            reading.nodes.append(_checked(row, operators, reading))
        return Saved(*[_guarded(decode, parts[part], reading) for part in _PARTS[2:]])


def _body(data: bytes) -> bytes:
    header = _HEADER.match(data)
    if header is None or not data.endswith(b"}\n"):
        raise LoadError("this is not a whole saved graph: the beginning or the end is wrong")
    version = int(header[1])
    if version != VERSION:
        raise LoadError(f"the file has version {version}; this symgraph reads version {VERSION}")
    body = data[header.end() : -2]
    if hashlib.sha256(body).hexdigest().encode() != header[2]:
        raise LoadError("the checksum is wrong: the file is damaged")
    return body


def _parts(body: bytes) -> dict[str, Any]:
    if not body.isascii() or _nesting(body) > 4 * DEPTH:
        raise LoadError("the file is nested too deeply or not plain text")
    try:
        parts = json.loads(body, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"the file is damaged: {error}") from None
    if parts.__class__ is not dict or tuple(parts) != _PARTS:
        raise LoadError(f"the file must have the parts {', '.join(_PARTS)}")
    return parts


def _no_float(text: str) -> NoReturn:
    raise LoadError("a float is written by its bits")


def _nesting(body: bytes) -> int:
    """Measure how deep lists and objects are nested, outside strings: a JSON reader recurses."""
    plain = np.frombuffer(body.replace(b"\\\\", b"..").replace(b'\\"', b".."), np.uint8)
    outside = np.bitwise_xor.accumulate((plain == ord('"')).view(np.uint8)) == 0
    signs = plain[outside]
    steps = np.isin(signs, (ord("["), ord("{"))).astype(np.int32) - np.isin(signs, (ord("]"), ord("}")))
    return int(np.cumsum(steps).max(initial=0))


def _operator(name: Any) -> Operator:
    op = OPS.get(name) if name.__class__ is str else None
    if op is None:
        raise LoadError(f"unknown operator {str(name)[:60]!r}: this symgraph has no operator of that name")
    return op


def _guarded(build: Any, *given: Any) -> Any:
    """Call ``build``; what its values are refused for is the file's fault: operators' rules check them row by row."""
    try:
        return build(*given)
    except LoadError:
        raise
    except MISUSE as error:
        raise LoadError(f"a row or value makes no sense: {type(error).__name__}: {str(error)[:200]}") from None


def _checked(row: Any, operators: Sequence[Operator], reading: Reading) -> Node:
    try:
        node: Node = _guarded(_build, row, operators, reading)
        _insist(array_problem(node.shape, node.dtype))
        if node.shape:
            reading.spend_on_sizes(node.shape)
    except LoadError as error:
        raise LoadError(f"node {len(reading.nodes)}: {error}") from None
    return node


def _insist(problem: str) -> None:
    if problem:
        raise LoadError(problem)


def _build(row: Any, operators: Sequence[Operator], reading: Reading) -> Node:
    if len(items_of(row)) not in (2, 3) or row[0].__class__ is not int or not 0 <= row[0] < len(operators):
        raise LoadError("a row is [operator, arguments, attributes]")
    op = operators[row[0]]
    args = tuple([row_of(place, reading) for place in items_of(row[1])])
    attrs = decode(items_of(row[2]), reading) if len(row) == 3 else ()
    if op.arity not in (None, len(args)) or len(attrs) != len(op.attributes):
        raise LoadError(f"{op.name} with {len(args)} arguments and {len(attrs)} attributes")
    if op is SYMBOL:
        return _read_symbol(*attrs)
    if op is CONSTANT:
        return _read_constant(*attrs)
    return make(op, args, attrs)


def _read_symbol(name: Any, shape: Any, dtype: Any, assumptions: Any) -> Node:
    _insist(array_problem(shape, dtype))
    node = symbol(name, shape, dtype, **dict.fromkeys(assumptions, True))
    if node.attrs != (name, shape, dtype, assumptions):
        raise LoadError("the attributes of a symbol are not in canonical form")
    return node


def _read_constant(dtype: Any, shape: Any, data: Any) -> Node:
    _insist(array_problem(shape, dtype))
    stored = np.dtype(dtype).newbyteorder("<")
    if data.__class__ is not bytes or len(data) != prod(shape) * stored.itemsize:
        raise LoadError("the bytes of a constant do not fit its shape and dtype")
    if dtype == "bool" and data.strip(b"\0\1"):
        raise LoadError("a boolean is neither 0 nor 1")
    return constant(np.frombuffer(data, stored).astype(dtype).reshape(shape), dtype)


# --- pickling ---------------------------------------------------------------------------------


def _unpickle(data: bytes) -> Any:
    return loads(data, Limits(bytes=len(data), nodes=len(data), work=2**62))


def _reduce(node: Node) -> tuple[Any, tuple[bytes]]:
    return _unpickle, (dumps(node),)


copyreg.pickle(Node, _reduce)
