"""The table of all live nodes: what makes structurally equal expressions one object.

A node is known by its key ``(operator, arguments, attributes)``. The table holds weak references, so that a node goes
when its last user goes. Looking a key up takes no lock, for a look into a dictionary is one step; entering takes one,
so that of two threads that make the same node one finds the other's.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .node import Node

Key = tuple[Any, ...]


class Entry(weakref.ref["Node"]):
    """A weak reference to a node that knows its key in the table."""

    __slots__ = ("key",)
    key: Key


TABLE: dict[Key, Entry] = {}
_lock = threading.RLock()
_next_number = itertools.count().__next__


def enter(key: Key, node: Node) -> Node:
    """Number the node and enter it under its key, or give the node that another thread has entered meanwhile."""
    entry = Entry(node, _forget)
    entry.key = key
    with _lock:
        held = TABLE.get(key)
        existing = held() if held is not None else None
        if existing is not None:
            return existing
        node.number = _next_number()
        TABLE[key] = entry
    return node


def _forget(entry: Entry) -> None:
    with _lock:
        if TABLE.get(entry.key) is entry:
            del TABLE[entry.key]


def live_nodes() -> int:
    """Count the nodes that are alive in this process."""
    return len(TABLE)
