"""Expressions as ``networkx.DiGraph``, with everything needed to make them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.errors import MISUSE, LoadError
from ..core.memory import paused_collection
from ..core.nesting import flatten
from ..core.node import CONSTANT, SYMBOL, Node, constant, lift, make, symbol
from ..core.operator import OPS
from ..core.origin import current_origin, made_by
from ..core.traversal import topological

if TYPE_CHECKING:
    from networkx import DiGraph


def to_networkx(outputs: Any) -> DiGraph[Any]:
    """Give the graph of expressions as a ``networkx.DiGraph``; edges lead from arguments to the nodes using them.

    Nodes are numbered from 0, arguments first, and have the attributes ``op`` (the operator's name), ``label``
    (what a picture shows), ``shape``, ``dtype``, ``number`` (the node's creation number), ``attrs`` (the
    operator's attributes), ``name`` for a symbol and ``value`` for a constant. An edge has ``positions``, a
    tuple: ``x*x`` uses ``x`` at positions 0 and 1. ``graph["outputs"]`` holds the numbers of the outputs, nested
    as they were given.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> g = to_networkx(x * x)
    >>> g.nodes[1]["op"], g.edges[0, 1]["positions"], g.graph["outputs"]
    ('multiply', (0, 1), 1)
    """
    import networkx

    leaves, again = flatten(outputs)
    nodes = [lift(leaf) for leaf in leaves]
    keys = {node: i for i, node in enumerate(topological(nodes))}
    graph: DiGraph[Any] = networkx.DiGraph(outputs=again([keys[node] for node in nodes]))
    for node, key in keys.items():
        graph.add_node(key, **_description(node))
        for arg, positions in _positions(node).items():
            graph.add_edge(keys[arg], key, positions=positions)
    return graph


def _description(node: Node) -> dict[str, Any]:
    described = {
        "op": node.op.name,
        "label": node.op.notation.label,
        "shape": node.shape,
        "dtype": node.dtype,
        "number": node.number,
        "attrs": node.attrs,
    }
    if node.op is SYMBOL:
        described |= {"label": node.name, "name": node.name}
    elif node.op is CONSTANT:
        described |= {"label": str(node.value) if node.shape == () else "array", "value": node.value}
    return described


def _positions(node: Node) -> dict[Node, tuple[int, ...]]:
    found: dict[Node, tuple[int, ...]] = {}
    for position, arg in enumerate(node.args):
        found[arg] = (*found.get(arg, ()), position)
    return found


def from_networkx(graph: DiGraph[Any]) -> Any:
    """Make the expressions of a graph as :func:`to_networkx` describes them.

    Of a node ``op`` is read, and ``attrs`` where the operator has attributes; a symbol may have ``name``,
    ``shape`` and ``dtype`` instead, and a constant ``value``. Without ``graph["outputs"]`` the outputs are a list of
    the nodes that no edge leaves.

    Raises:
        LoadError: there is a cycle, an argument is missing or there twice, an operator is unknown, or an
            operator does not accept its arguments.

    >>> import networkx
    >>> g = networkx.DiGraph()
    >>> g.add_node("x", op="symbol", name="x")
    >>> g.add_node("f", op="sin")
    >>> g.add_edge("x", "f", positions=(0,))
    >>> from_networkx(g)[0].op.name
    'sin'
    """
    import networkx

    if not isinstance(graph, networkx.DiGraph) or graph.is_multigraph():
        raise LoadError(f"a networkx.DiGraph is needed, not {type(graph).__name__}")
    try:
        order = list(networkx.topological_sort(graph))
    except networkx.NetworkXUnfeasible:
        raise LoadError("the graph has a cycle: an expression cannot be its own argument") from None
    made: dict[Any, Node] = {}
    with paused_collection(), made_by(current_origin()):
        for key in order:
            made[key] = _make(key, graph.nodes[key], _arguments(graph, key, made))
    leaves, again = flatten(graph.graph.get("outputs", [key for key in order if not graph.out_degree(key)]))
    try:
        return again([made[leaf] for leaf in leaves])
    except (KeyError, TypeError):
        raise LoadError('graph["outputs"] names a node that is not in the graph') from None


def _arguments(graph: DiGraph[Any], key: Any, made: Mapping[Any, Node]) -> tuple[Node, ...]:
    found: dict[int, Node] = {}
    count = 0
    edges: list[tuple[Any, Any, Any]] = list(graph.in_edges(key, data="positions"))
    for source, _, positions in edges:
        if not isinstance(positions, (tuple, list)) or not positions:
            raise LoadError(f"the edge from {source!r} to {key!r} needs positions, a tuple such as (0,)")
        if any(position.__class__ is not int for position in positions):
            raise LoadError(f"the positions of the edge from {source!r} to {key!r} are not all integers")
        count += len(positions)
        found.update(dict.fromkeys(positions, made[source]))
    if set(found) != set(range(count)):
        raise LoadError(f"the arguments of node {key!r} are not at positions 0 to {count - 1}, each once")
    return tuple([found[position] for position in range(count)])


def _make(key: Any, described: Mapping[str, Any], args: tuple[Node, ...]) -> Node:
    name = described.get("op")
    op = OPS.get(name) if isinstance(name, str) else None
    if op is None:
        raise LoadError(f"node {key!r}: unknown operator {name!r}")
    if op.arity not in (None, len(args)):
        raise LoadError(f"node {key!r}: {op.name} takes {op.arity} arguments, not {len(args)}")
    try:
        if op is SYMBOL:
            return _symbol(described)
        if op is CONSTANT:
            return constant(described["value"], described.get("dtype"))
        attrs = tuple(described.get("attrs", ()))
        if len(attrs) == len(op.attributes):
            return make(op, args, attrs)
    except MISUSE as error:
        raise LoadError(f"node {key!r}: {op.name} does not accept this: {type(error).__name__}: {error}") from None
    raise LoadError(f"node {key!r}: {op.name} needs the attributes {', '.join(op.attributes)}")


def _symbol(described: Mapping[str, Any]) -> Node:
    held = described.get("attrs") or (
        described["name"],
        described.get("shape", ()),
        described.get("dtype", "float64"),
        (),
    )
    name, shape, dtype, assumptions = held
    return symbol(name, shape, dtype, **dict.fromkeys(assumptions, True))
