"""Attributes and nestings of nodes as plain JSON data, and back, bit for bit.

Numbers, strings, booleans and ``None`` stand for themselves, a JSON list for a tuple; whatever JSON lacks is
an object with one key: ``{"f": bits}`` a float, ``{"b": base64}`` bytes, ``{"d": terms}`` a named size,
``{"l": items}`` a list, ``{"m": pairs}`` a dict, ``{"n": row}`` a node, ``{"o": [tag, data]}`` an object with
a codec.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.dimension import Dim
from ..core.errors import LoadError, SymgraphError
from ..core.node import Node
from .limits import FREE_TERMS, LARGEST, count_terms, sizes_problem

DEPTH = 16


@dataclass(frozen=True, slots=True)
class Codec:
    """How objects of one class are written: ``encode`` gives plain data or nodes, ``decode`` the object again.

    ``decode`` is called with the plain data and the state of reading. It must give an object that is equal to
    the one encoded, or nodes that hold it are not interned, and must raise an error for data that no such
    object has: files are not to be trusted.
    """

    tag: str
    kind: type
    encode: Callable[[Any], Any]
    decode: Callable[[Any, Reading], Any]


@dataclass(slots=True)
class Reading:
    """What is known while a file is read: the nodes of the rows so far, and what codecs remember.

    ``work`` is what may still be done beyond looking at each row once, counted in nodes visited.
    """

    nodes: list[Node]
    work: int = 10**5
    memory: dict[Any, Any] = field(default_factory=dict)

    def spend(self, work: int) -> None:
        """Count work that is not in proportion to the length of the file.

        Raises:
            LoadError: it is too much.
        """
        self.work -= work
        if self.work < 0:
            raise LoadError("composites or named sizes are too large: raise the limit with limits=Limits(work=...)")

    def spend_on_sizes(self, items: tuple[Any, ...]) -> None:
        """Count the multiplication of named sizes, which a shape rule may do."""
        terms = count_terms(items)
        if terms > FREE_TERMS:
            self.spend(64 * terms)


_by_kind: dict[type, Codec] = {}
_by_tag: dict[str, Codec] = {}


def register_codec(codec: Codec) -> None:
    """Let files hold attributes of another class.

    Raises:
        SymgraphError: the tag or the class has a codec already.
    """
    if codec.tag in _by_tag or codec.kind in _by_kind:
        raise SymgraphError(f"there is a codec for {codec.tag!r} or {codec.kind.__name__} already")
    _by_tag[codec.tag] = _by_kind[codec.kind] = codec


# --- writing ----------------------------------------------------------------------------------


def nodes_inside(value: Any, depth: int = 0) -> list[Node]:
    """List the nodes in a nesting of tuples, lists, dicts and objects with a codec."""
    kind = value.__class__
    if kind is Node:
        return [value]
    if kind in _by_kind:
        value = (_by_kind[kind].encode(value),)
    elif kind is dict:
        value = (*value.keys(), *value.values())
    elif kind is not tuple and kind is not list:
        return []
    _check_depth(depth)
    return [node for item in value for node in nodes_inside(item, depth + 1)]


def _check_depth(depth: int) -> None:
    if depth >= DEPTH:
        raise SymgraphError(f"lists, tuples and dicts nested more than {DEPTH} deep cannot be saved")


def encode(value: Any, rows: Mapping[Node, int]) -> Any:
    """Give the JSON data for a value; ``rows`` numbers the nodes.

    Raises:
        SymgraphError: the value is a Python object without a codec, or an integer beyond 64 bits.

    >>> encode((1, -0.0, None), {})
    [1, {'f': '8000000000000000'}, None]
    """
    kind = value.__class__
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        if abs(value) > LARGEST:
            raise SymgraphError("an integer beyond 64 bits cannot be saved")
        return value
    if isinstance(value, np.generic):
        return _encode_scalar(value, rows)
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(value, rows)
    codec = _by_kind.get(kind)
    if codec is None:
        raise SymgraphError(f"a Python object of type {kind.__name__} cannot be saved: {value!r:.60}")
    return {"o": [codec.tag, encode(codec.encode(value), rows)]}


def _encode_scalar(value: Any, rows: Mapping[Node, int]) -> Any:
    plain = value.item()
    if plain.__class__ not in (bool, int, float, str, bytes):
        raise SymgraphError(f"a NumPy scalar of type {value.dtype} cannot be saved")
    return encode(plain, rows)


def _encode_tuple(value: tuple[Any, ...], rows: Mapping[Node, int]) -> list[Any]:
    problem = sizes_problem(value)
    if problem:
        raise SymgraphError(problem)
    return [encode(item, rows) for item in value]


_WRITERS: dict[type, Callable[[Any, Mapping[Node, int]], Any]] = {
    float: lambda value, rows: {"f": struct.pack(">d", value).hex()},
    bytes: lambda value, rows: {"b": base64.b64encode(value).decode("ascii")},
    tuple: lambda value, rows: _encode_tuple(value, rows),
    list: lambda value, rows: {"l": [encode(item, rows) for item in value]},
    dict: lambda value, rows: {"m": [[encode(key, rows), encode(item, rows)] for key, item in value.items()]},
    Dim: lambda value, rows: {"d": [[list(names), encode(factor, rows)] for names, factor in value.terms]},
    Node: lambda value, rows: {"n": rows[value]},
}


# --- reading ----------------------------------------------------------------------------------


def decode(data: Any, reading: Reading) -> Any:
    """Give the value that JSON data stands for; ``nodes`` are the rows read so far.

    Raises:
        LoadError: the data stands for nothing.

    >>> decode([1, {"f": "8000000000000000"}, None], Reading([]))
    (1, -0.0, None)
    """
    kind = data.__class__
    if kind is int:
        if abs(data) > LARGEST:
            raise LoadError("an integer is beyond 64 bits")
        return data
    if kind is list:
        items = tuple([decode(item, reading) for item in data])
        problem = sizes_problem(items)
        if problem:
            raise LoadError(problem)
        reading.spend_on_sizes(items)
        return items
    if kind is not dict:
        return data
    if len(data) != 1:
        raise LoadError("an encoded value has one key")
    ((key, content),) = data.items()
    reader = _READERS.get(key)
    if reader is None:
        raise LoadError(f"unknown kind of value {key[:20]!r}")
    return reader(content, reading)


def row_of(place: Any, reading: Reading) -> Node:
    """Give the node of an earlier row."""
    if place.__class__ is not int or not 0 <= place < len(reading.nodes):
        raise LoadError("an argument is not an earlier row")
    return reading.nodes[place]


def items_of(data: Any) -> list[Any]:
    """Insist on a JSON list."""
    if data.__class__ is not list:
        raise LoadError("a list is missing")
    return data


def text_of(data: Any) -> str:
    """Insist on a string."""
    if data.__class__ is not str:
        raise LoadError("a string is missing")
    return data


def _read_float(data: Any, reading: Reading) -> float:
    try:
        (value,) = struct.unpack(">d", bytes.fromhex(text_of(data)))
    except (ValueError, struct.error):
        raise LoadError("a float is not 16 hexadecimal digits") from None
    return float(value)


def _read_bytes(data: Any, reading: Reading) -> bytes:
    try:
        return base64.b64decode(text_of(data), validate=True)
    except (ValueError, binascii.Error):
        raise LoadError("bytes are not base64") from None


def _read_list(data: Any, reading: Reading) -> list[Any]:
    return [decode(item, reading) for item in items_of(data)]


def _read_dict(data: Any, reading: Reading) -> dict[Any, Any]:
    pairs = [items_of(pair) for pair in items_of(data)]
    if any(len(pair) != 2 for pair in pairs):
        raise LoadError("a dict is not made of pairs")
    try:
        found = {decode(key, reading): decode(value, reading) for key, value in pairs}
    except TypeError:
        raise LoadError("a key of a dict is a list or a dict") from None
    if len(found) < len(pairs):
        raise LoadError("a dict has a key twice")
    return found


def _read_size(data: Any, reading: Reading) -> Dim:
    terms = []
    for term in items_of(data):
        if len(items_of(term)) != 2 or term[1].__class__ is not int:
            raise LoadError("a named size is not made of terms")
        terms.append((tuple([text_of(name) for name in items_of(term[0])]), term[1]))
    size = Dim(tuple(terms))
    canonical = size + 0
    if not isinstance(canonical, Dim) or canonical.terms != size.terms:
        raise LoadError("a named size is not in canonical form")
    if any(tuple(sorted(names)) != names or "" in names for names, _ in terms):
        raise LoadError("a named size is not in canonical form")
    return size


def _read_object(data: Any, reading: Reading) -> Any:
    if len(items_of(data)) != 2:
        raise LoadError("an object is not a tag with data")
    codec = _by_tag.get(text_of(data[0]))
    if codec is None:
        raise LoadError(f"unknown kind of object {data[0][:40]!r}")
    return codec.decode(decode(data[1], reading), reading)


_READERS: dict[str, Callable[[Any, Reading], Any]] = {
    "f": _read_float,
    "b": _read_bytes,
    "l": _read_list,
    "m": _read_dict,
    "d": _read_size,
    "n": row_of,
    "o": _read_object,
}
