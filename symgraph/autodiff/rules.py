"""Reading the differentiation rules of operator records: one place that reverse, forward and Taylor mode share.

No operator is named here. An operator gives partial derivatives (elementwise), or a reverse rule, or both
a reverse and a forward rule; what it does not give is derived from what it does.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.dimension import Shape
from ..core.errors import DifferentiationError
from ..core.node import Node, constant, make, symbol
from ..core.operator import FUNCTIONS, Linearity, Proved
from ..core.origin import CONTEXT
from ..core.traversal import is_reached
from ..ops.arithmetic import add
from ..ops.chaining import chain, guarded
from ..ops.tensor.broadcasting import sum_to
from ..ops.tensor.contraction import contract
from ..ops.tensor.products import broadcast_to
from . import composite, reverse


def no_rule(node: Node, i: int) -> DifferentiationError:
    """Make the error for an operator without a rule; it names the operator, the argument and the line."""
    where = f" (made at {node.origin})" if node.origin is not None else ""
    return DifferentiationError(
        f"{node.op.name} has no derivative with respect to its argument {i + 1} of {len(node.args)}{where}: "
        "use stop_gradient on that argument if it should count as constant"
    )


def local_derivative(node: Node, i: int) -> Node | float | None:
    """Give ∂node/∂argument ``i`` of an elementwise operator, entry by entry; ``None`` is a proved zero.

    Raises:
        DifferentiationError: the operator has no rule for this argument.
    """
    assert node.op.partials is not None
    partial = node.op.partials[i]
    if partial is None:
        raise no_rule(node, i)
    local = partial(*node.attrs, *node.args, node) if callable(partial) else partial
    return None if isinstance(local, Proved) or local == 0 else local


def pull_back(node: Node, g: Node, i: int, taken: Node | None = None) -> Node | None:
    """Give what the adjoint ``g`` of ``node`` contributes to argument ``i``; ``None`` is a proved zero.

    ``taken`` says, in the node's shape, where the branch that the node belongs to was taken; ``None`` stands for
    everywhere. What was not taken contributes an exact zero, whatever its own derivative is.
    """
    op = node.op
    if op.partials is None:
        return _pull_by_rule(node, g, i, taken)
    local = local_derivative(node, i)
    if local is None:
        return None
    # Where an operator selects, the adjoint is not zero yet in the places that it does not use.
    selects = op.taken is not None
    contribution = guarded(_used(node, i, taken), g, local) if selects else chain(g, local, taken)
    arg = node.args[i]
    if arg.shape == node.shape:
        return contribution
    return sum_to(contribution, arg.shape, g.ndim - node.ndim)


def _pull_by_rule(node: Node, g: Node, i: int, taken: Node | None) -> Node | None:
    """Use the operator's own reverse rule, or the body of a composite."""
    op = node.op
    if op.reverse is None:
        if op.expand is None:
            raise no_rule(node, i)
        contribution = composite.pull_back(node, g, i)
    else:
        contribution = _by_reverse(node, g, i, taken is not None)
    if contribution is None or taken is None or op.linearity is Linearity.JOINT:
        return contribution
    zero = constant(0.0, dtype=contribution.dtype)
    return FUNCTIONS["where"](selection(node, i, taken), contribution, zero)


def _by_reverse(node: Node, g: Node, i: int, masked: bool) -> Node | None:
    assert node.op.reverse is not None
    CONTEXT.masked = masked
    try:
        return node.op.reverse(node, g, i)
    finally:
        CONTEXT.masked = False


def _used(node: Node, i: int, taken: Node | None) -> Node:
    """Say where a selecting operator uses its argument ``i`` and is itself taken, in the node's shape."""
    assert node.op.taken is not None
    own = node.op.taken(node, i)
    return own if taken is None or taken is own else FUNCTIONS["logical_and"](taken, own)


def selection(node: Node, i: int, taken: Node | None) -> Node | None:
    """Say which entries of argument ``i`` are used where ``node`` is ``taken``; ``None`` stands for all of them.

    The answer broadcasts to the argument's shape. Where it cannot be known entry by entry, all entries count as
    used if any entry of the node is.
    """
    op, arg = node.op, node.args[i]
    if op.taken is not None:
        taken = _used(node, i, taken)
    elif op.selective and op.reverse is not None:
        return _reached(node, i, taken)
    if taken is None or not taken.shape:
        return taken
    if not op.elementwise:
        return _reached(node, i, taken) if op.linearity is Linearity.JOINT else FUNCTIONS["any"](taken)
    if arg.shape == node.shape:
        return taken
    return sum_to(_as_number(taken, node.shape), arg.shape) > 0


def _reached(node: Node, i: int, taken: Node | None) -> Node | None:
    """Hand ones back through a rule that only moves numbers, and see where they arrive."""
    arrived = _by_reverse(node, _as_number(taken, node.shape), i, taken is not None)
    return None if arrived is None else FUNCTIONS["not_equal"](arrived, 0)


def _as_number(taken: Node | None, shape: Shape) -> Node:
    one = constant(1.0)
    return broadcast_to(one if taken is None else FUNCTIONS["where"](taken, one, 0.0), shape)


def push_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    """Give the tangent of ``node`` from the tangents of its arguments; ``None`` is an exact zero."""
    op = node.op
    if op.forward is not None:
        return op.forward(node, tangents)
    if op.partials is not None and op.linearity is not Linearity.EACH:
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
    for i, tangent in enumerate(tangents):
        local = None if tangent is None else local_derivative(node, i)
        if tangent is None or local is None:
            continue
        term = chain(tangent, local)
        total = term if total is None else add(total, term)
    if total is not None and total.shape != node.shape:
        total = broadcast_to(total, node.shape)
    return total


def transposed(node: Node, i: int, tangent: Node, batch: Shape = ()) -> Node | None:
    """Derive the forward rule from the reverse rule, which is linear in the adjoint: transpose it.

    The contribution r(g) of a fresh adjoint g is built, then ⟨r(g), tangent⟩ is differentiated with respect to g. A
    rule that looks at the adjoint (to keep 0·nan out) cannot be transposed so; its local Jacobian is multiplied.

    Args:
        node: the node whose tangent is wanted.
        i: which argument the tangent belongs to.
        tangent: of the argument's shape behind the axes of ``batch``, which the result then has in front, too.
        batch: the leading axes.
    """
    g = symbol("\0adjoint", node.shape, node.dtype)
    contribution = pull_back(node, g, i)
    if contribution is None:
        return None
    first, inner = tuple(range(len(batch))), tuple(range(len(batch), tangent.ndim))
    paired = contract((contribution, tangent), (inner, first + inner), first, dict(enumerate(tangent.shape)))
    found = reverse.adjoints(paired, [g]).get(g)
    if found is None or not is_reached([found], g):
        return found
    if composite.has_own_rule(node):
        raise composite.not_linear(node)
    local = pull_back(node, reverse.identity_seed(node), i)
    return None if local is None else _along(local, node, tangent, len(batch))


def _along(local: Node, node: Node, tangent: Node, batch: int) -> Node:
    """Multiply a local Jacobian with tangents."""
    first, inner = tuple(range(batch)), tuple(range(batch, tangent.ndim))
    own = tuple(range(tangent.ndim, tangent.ndim + node.ndim))
    extents = dict(enumerate(tangent.shape + node.shape))
    return contract((local, tangent), (own + inner, first + inner), first + own, extents)
