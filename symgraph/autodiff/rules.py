"""Reading the differentiation rules of operator records: one place that reverse, forward and Taylor mode share.

No operator is named here. An operator gives partial derivatives (elementwise), or a reverse rule, or both
a reverse and a forward rule; what it does not give is derived from what it does.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import DifferentiationError
from ..core.node import Node, make, symbol
from ..core.operator import ZERO, Linearity
from ..core.origin import CONTEXT
from ..ops.arithmetic import add, chain
from ..ops.contraction import contract, sum_to
from ..ops.products import broadcast_to
from . import composite, reverse


def no_rule(node: Node, i: int) -> DifferentiationError:
    """Make the error for an operator without a rule; it names the operator, the argument and the line."""
    where = f" (made at {node.origin})" if node.origin is not None else ""
    return DifferentiationError(
        f"{node.op.name} has no derivative with respect to its argument {i + 1} of {len(node.args)}{where}: "
        "use stop_gradient on that argument if it should count as constant"
    )


def pull_back(node: Node, g: Node, i: int, masked: bool) -> Node | None:
    """Give what the adjoint ``g`` of ``node`` contributes to argument ``i``; ``None`` is a proved zero."""
    op = node.op
    if op.partials is None:
        if op.reverse is not None:
            CONTEXT.masked = masked
            try:
                return op.reverse(node, g, i)
            finally:
                CONTEXT.masked = False
        if op.expand is not None:
            return composite.pull_back(node, g, i)
        raise no_rule(node, i)
    partial = op.partials[i]
    if partial is None:
        raise no_rule(node, i)
    if partial is ZERO:
        return None
    local = partial(*node.attrs, *node.args, node) if callable(partial) else partial
    if local is ZERO or local == 0:
        return None
    contribution = chain(g, local, masked)
    arg = node.args[i]
    if arg.shape == node.shape:
        return contribution
    return sum_to(contribution, arg.shape, g.ndim - node.ndim)


def push_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    """Give the tangent of ``node`` from the tangents of its arguments; ``None`` is an exact zero."""
    op = node.op
    if op.forward is not None:
        return op.forward(node, tangents)
    if op.partials is not None:
        return _push_elementwise(node, tangents)
    if op.reverse is None and op.expand is not None and not composite.has_own_rule(node):
        return composite.push_forward(node, tangents)
    total: Node | None = None
    for i, tangent in enumerate(tangents):
        if tangent is None:
            continue
        if op.linearity is Linearity.EACH:
            term: Node | None = push_one(node, i, tangent)
        else:
            term = transposed(node, i, tangent)
        total = term if total is None or term is None else add(total, term)
    return total


def push_one(node: Node, i: int, tangent: Node) -> Node:
    """Put a tangent in the place of argument ``i`` of an operator that is linear in it."""
    args = (*node.args[:i], tangent, *node.args[i + 1 :])
    if node.op.canonical is not None:
        simpler = node.op.canonical(args, node.attrs)
        if simpler is not None:
            return simpler
    return make(node.op, args, node.attrs)


def _push_elementwise(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    total: Node | None = None
    partials = node.op.partials or ()
    for i, (partial, tangent) in enumerate(zip(partials, tangents, strict=True)):
        if tangent is None or partial is ZERO:
            continue
        if partial is None:
            raise no_rule(node, i)
        local = partial(*node.attrs, *node.args, node) if callable(partial) else partial
        if local is ZERO or local == 0:
            continue
        term = chain(tangent, local)
        total = term if total is None else add(total, term)
    if total is not None and total.shape != node.shape:
        total = broadcast_to(total, node.shape)
    return total


def transposed(node: Node, i: int, tangent: Node) -> Node | None:
    """Derive the forward rule from the reverse rule, which is linear in the adjoint: transpose it.

    The contribution r(g) of a fresh adjoint g is built, then ⟨r(g), tangent⟩ is differentiated with
    respect to g.
    """
    g = symbol("\0adjoint", node.shape, node.dtype)
    contribution = pull_back(node, g, i, False)
    if contribution is None:
        return None
    index = tuple(range(tangent.ndim))
    paired = contract((contribution, tangent), (index, index), (), dict(enumerate(tangent.shape)))
    return reverse.adjoints(paired, [g]).get(g)
