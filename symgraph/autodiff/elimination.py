"""Cross-country mode: a Jacobian out of local Jacobians, multiplied in whatever order needs the fewest operations.

Every node has a local Jacobian with respect to each argument, a contraction with deltas. A node is eliminated by
multiplying what leads to it with what comes from it; the node that costs least goes first (the rule of Markowitz;
Griewank and Walther 2008, chapter 9). Reverse and forward mode are two of the possible orders; the cheapest is often
between them, for Hessians above all (Laue, Mitterreiter and Giesen, AAAI 2020).
"""

from __future__ import annotations

from collections.abc import Mapping

from ..core.dtype import is_float
from ..core.errors import DifferentiationError
from ..core.node import Node
from ..core.origin import CONTEXT, Derived
from ..core.traversal import depends_on, topological
from ..ops.tensor.contraction import contract
from ..rewrite.contraction_order import operations
from .reverse import accumulate, identity_seed
from .rules import pull_back

Edges = dict[Node, dict[Node, Node]]


def can_eliminate(output: Node, x: Node) -> bool:
    """True if no choice lies between: a product with the Jacobian of a branch not taken could be nan."""
    order = topological([output], stop=[x])
    return not any(node.op.selective for node in depends_on(order, [x]) if node is not x)


def cross_jacobian(output: Node, x: Node, sizes: Mapping[str, int] | None = None) -> Node | None:
    """Give ∂output/∂x, of shape ``output.shape + x.shape``; ``None`` is a proved zero.

    Raises:
        DifferentiationError: an operator on the way chooses between values (``where``, ``max``, indexing).
    """
    if not can_eliminate(output, x):
        raise DifferentiationError(
            "mode 'cross' multiplies the local Jacobians of all nodes, also of branches that are not taken, which may "
            "be nan; this expression makes choices: use mode 'reverse' or 'forward'"
        )
    if output is x:
        return identity_seed(x)
    before = CONTEXT.origin
    try:
        behind, ahead = _local_jacobians(output, x)
        _eliminate(output, x, behind, ahead, sizes or {})
    finally:
        CONTEXT.origin = before
    return behind.get(output, {}).get(x)


def _local_jacobians(output: Node, x: Node) -> tuple[Edges, Edges]:
    """Give the local Jacobians by node and argument, and the users by argument and node."""
    order = topological([output], stop=[x])
    active = {node for node in depends_on(order, [x]) if is_float(node.dtype)}
    behind: Edges = {}
    ahead: Edges = {}
    for node in order:
        if node is x or node not in active:
            continue
        CONTEXT.origin = Derived(f"local {node.op.name}", node, output)
        for i, arg in enumerate(node.args):
            local = pull_back(node, identity_seed(node), i) if arg in active else None
            if local is not None:
                _connect(node, arg, local, behind, ahead)
    return behind, ahead


def _connect(node: Node, arg: Node, jacobian: Node, behind: Edges, ahead: Edges) -> None:
    held = behind.setdefault(node, {}).get(arg)
    total = jacobian if held is None else accumulate(held, jacobian)
    behind[node][arg] = ahead.setdefault(arg, {})[node] = total


def _eliminate(output: Node, x: Node, behind: Edges, ahead: Edges, sizes: Mapping[str, int]) -> None:
    waiting = {node for node in behind if node is not output}
    costs: dict[Node, int] = {}
    while waiting:
        for node in waiting - costs.keys():
            costs[node] = sum(
                operations([_product(after, node, before)], sizes) - operations([after, before], sizes)
                for after in ahead.get(node, {}).values()
                for before in behind[node].values()
            )
        best = min(waiting, key=lambda node: (costs[node], node.number))
        waiting.discard(best)
        CONTEXT.origin = Derived(f"eliminated {best.op.name}", best, output)
        users, sources = ahead.pop(best, {}), behind.pop(best)
        for user, after in users.items():
            del behind[user][best]
            for source, before in sources.items():
                _connect(user, source, _product(after, best, before), behind, ahead)
        for source in sources:
            del ahead[source][best]
        for node in (*users, *sources):
            costs.pop(node, None)


def _product(after: Node, node: Node, before: Node) -> Node:
    """Multiply the Jacobian of a user by the one of ``node``."""
    user, source = after.ndim - node.ndim, before.ndim - node.ndim
    rows = tuple(range(user))
    middle = tuple(range(user, user + node.ndim))
    columns = tuple(range(user + node.ndim, user + node.ndim + source))
    extents = dict(enumerate(after.shape + before.shape[node.ndim :]))
    return contract((after, before), (rows + middle, middle + columns), rows + columns, extents)
