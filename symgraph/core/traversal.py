"""Walking graphs without recursion: order, substitution, counting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .dimension import Dim, Shape
from .errors import ShapeError
from .node import CONSTANT, SYMBOL, Node, apply, symbol
from .shape import shape_text


def topological(outputs: Iterable[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """List every node the outputs need, arguments first, from left to right.

    The order follows from the graph alone, not from what else the process has made. Nodes in ``stop`` are listed but
    not looked behind. Linear in the graph; no recursion.
    """
    behind = stop if isinstance(stop, (set, frozenset, dict)) else set(stop)
    order: dict[Node, None] = {}
    stack = list(outputs)[::-1]
    while stack:
        node = stack[-1]
        if node in order:
            stack.pop()
            continue
        waiting = [] if node in behind else [arg for arg in node.args if arg not in order]
        if waiting:
            stack.extend(reversed(waiting))
        else:
            order[node] = None
            stack.pop()
    return list(order)


def reachable(outputs: Iterable[Node]) -> set[Node]:
    """Give every node the outputs need, in no order: cheaper where the order does not matter."""
    seen = set(outputs)
    stack = list(seen)
    while stack:
        for arg in stack.pop().args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return seen


def free_symbols(outputs: Iterable[Node]) -> list[Node]:
    """List the symbols that the outputs depend on, in the order in which they are met."""
    return [node for node in topological(outputs) if node.op is SYMBOL]


def depends_on(order: Sequence[Node], sources: Iterable[Node]) -> set[Node]:
    """Give the nodes of ``order`` (topological) from which a source can be reached, sources included."""
    active = set(sources)
    for node in order:
        if node not in active and any(arg in active for arg in node.args):
            active.add(node)
    return active


def is_reached(outputs: Iterable[Node], source: Node) -> bool:
    """True if an output depends on ``source``; nodes older than it are not looked behind, for they cannot."""
    seen = set(outputs)
    stack = list(seen)
    while stack:
        node = stack.pop()
        if node is source:
            return True
        for arg in node.args:
            if arg not in seen and arg.number >= source.number:
                seen.add(arg)
                stack.append(arg)
    return False


def rebuild(
    outputs: Sequence[Node],
    replace: Callable[[Node, tuple[Node, ...]], Node],
    stop: Iterable[Node] = (),
) -> list[Node]:
    """Make the graph again from the leaves; ``replace(node, new_args)`` gives each new node."""
    new: dict[Node, Node] = {}
    for node in topological(outputs, stop):
        new[node] = replace(node, tuple([new.get(arg, arg) for arg in node.args]))
    return [new[node] for node in outputs]


def open_composites(
    outputs: Sequence[Node], stop: Iterable[Node] = (), closed: Callable[[Node], bool] = lambda node: False
) -> list[Node]:
    """Put the defining expression in the place of every composite that is not ``closed``, until none is left."""
    current = list(outputs)
    held = set(stop)

    def is_open(node: Node) -> bool:
        return node.op.expand is None or node in held or closed(node)

    def replace(node: Node, args: tuple[Node, ...]) -> Node:
        if node in held:
            return node
        new = node if args == node.args else apply(node.op, args, node.attrs)
        return new if is_open(new) or new.op.expand is None else new.op.expand(new)

    while not all(is_open(node) for node in topological(current, stop=held)):
        current = rebuild(current, replace, stop=held)
    return current


def substitute(
    outputs: Sequence[Node], mapping: Mapping[Node, Node], sizes: Mapping[str, int | Dim] | None = None
) -> list[Node]:
    """Put other expressions in the place of nodes, and other sizes in the place of named dimensions.

    Raises:
        ShapeError: a replacement has another shape than what it replaces.
    """
    sizes = sizes or {}
    for node, other in mapping.items():
        if resize(node.shape, sizes) != other.shape:
            raise ShapeError(
                f"cannot put a value of shape {shape_text(other.shape)} in the place of {node}, "
                f"which has shape {shape_text(node.shape)}"
            )

    def replace(node: Node, args: tuple[Node, ...]) -> Node:
        found = mapping.get(node)
        if found is not None:
            return found
        attrs = resize(node.attrs, sizes) if sizes else node.attrs
        if args == node.args and attrs == node.attrs:
            return node
        if node.op is SYMBOL:
            return symbol(attrs[0], attrs[1], attrs[2], **dict.fromkeys(attrs[3], True))
        return apply(node.op, args, attrs)

    return rebuild(outputs, replace, stop=mapping)


def resize(value: Any, sizes: Mapping[str, int | Dim]) -> Any:
    """Put numbers in the place of named sizes anywhere inside nested tuples."""
    if isinstance(value, Dim):
        return value.value(sizes)
    if isinstance(value, tuple):
        return tuple([resize(item, sizes) for item in value])
    return value


def named_sizes(shape: Shape) -> frozenset[str]:
    """Give the names of the dimensions in a shape."""
    return frozenset().union(*(size.names for size in shape if isinstance(size, Dim)))


def is_constant(node: Node) -> bool:
    """True for a literal number or array."""
    return node.op is CONSTANT
