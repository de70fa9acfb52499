"""Differentiating composites: through the body, or by the composite's own rule.

A composite of scalars gets its partial derivatives as composites of their own (``f`` gives ``df``), so that
pictures of derivative graphs stay made of gates; any other composite is differentiated through its body.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import DifferentiationError
from ..core.node import Node, lift, symbol
from ..core.traversal import is_reached, substitute
from ..ops.arithmetic import add
from ..ops.chaining import chain
from ..ops.composite import Composite, call
from ..ops.tensor.contraction import contract
from . import forward, reverse


def pull_back(node: Node, g: Node, i: int) -> Node | None:
    """Give the contribution of a composite's adjoint to argument ``i``."""
    definition: Composite = node.attrs[0]
    if definition.rule is not None:
        return _own_rule(node, g, i)
    if not node.shape and not node.args[i].shape:
        partial = _partial(definition, i)
        return None if partial is None else chain(g, call(partial, node.args))
    seed = symbol("\0seed", g.shape, g.dtype)
    param = definition.params[i]
    found = reverse.adjoints(definition.body, [param], seed).get(param)
    if found is None:
        return None
    return substitute([found], {seed: g, **dict(zip(definition.params, node.args, strict=True))})[0]


def has_own_rule(node: Node) -> bool:
    """True for a composite made by ``custom_gradient``: every mode follows from that rule."""
    if node.op.expand is None:
        return False
    definition: Composite = node.attrs[0]
    return definition.rule is not None


def _own_rule(node: Node, g: Node, i: int) -> Node | None:
    """Use the user's rule, which is written for one adjoint; for a batch of them its matrix is built."""
    arg = node.args[i]
    batch = g.ndim - node.ndim
    if not batch or not (node.shape or arg.shape):
        return _contribution(node, g, i)
    seed = symbol(f"\0adjoint of {node.number}", node.shape, node.dtype)
    single = _contribution(node, seed, i)
    matrix = None if single is None else reverse.adjoints(single, [seed]).get(seed)
    if matrix is None:
        return None
    if is_reached([matrix], seed):
        raise not_linear(node)
    joint = (*g.shape, *arg.shape)
    rows, columns = tuple(range(batch, g.ndim)), tuple(range(g.ndim, len(joint)))
    index = (tuple(range(g.ndim)), columns + rows)
    return contract((g, matrix), index, tuple(range(batch)) + columns, dict(enumerate(joint)))


def not_linear(node: Node) -> DifferentiationError:
    """Make the error for a rule of the user's whose derivative by the adjoint still depends on the adjoint."""
    return DifferentiationError(
        f"the gradient rule of {node.attrs[0].name} is not linear in the adjoint: grad and vjp can use it, "
        "but Jacobians of arrays, jvp, derivative and taylor cannot"
    )


def _contribution(node: Node, g: Node, i: int) -> Node | None:
    definition: Composite = node.attrs[0]
    assert definition.rule is not None
    contributions = definition.rule(g, node, *node.args)
    if not isinstance(contributions, (list, tuple)):
        raise DifferentiationError(
            f"the gradient rule of {definition.name} must give a list with one contribution for each argument, "
            f"not {type(contributions).__name__}"
        )
    if len(contributions) != len(node.args):
        raise DifferentiationError(
            f"the gradient rule of {definition.name} gave {len(contributions)} contributions "
            f"for {len(node.args)} arguments"
        )
    given = contributions[i]
    if given is None:
        return None
    contribution = lift(given, g)
    expected = g.shape[: g.ndim - node.ndim] + node.args[i].shape
    if contribution.shape != expected:
        raise DifferentiationError(
            f"the gradient rule of {definition.name} gave shape {contribution.shape} for argument {i + 1}; "
            f"{expected} is needed"
        )
    return contribution


def _partial(definition: Composite, i: int) -> Composite | None:
    """Give the partial derivative of a scalar composite as a composite; ``None`` if it is proved zero."""
    param = definition.params[i]
    found = reverse.adjoints(definition.body, [param]).get(param)
    if found is None:
        return None
    suffix = "" if len(definition.params) == 1 else f"_{param.name}"
    return Composite.of(f"d{definition.name}{suffix}", definition.params, found)


def push_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    """Give the tangent of a composite from the tangents of its arguments."""
    definition: Composite = node.attrs[0]
    if not node.shape and not any(arg.shape for arg in node.args):
        total: Node | None = None
        for i, tangent in enumerate(tangents):
            contribution = None if tangent is None else pull_back(node, tangent, i)
            if contribution is not None:
                total = contribution if total is None else add(total, contribution)
        return total
    seeds = {
        param: symbol(f"\0tangent {i}", tangent.shape, tangent.dtype)
        for i, (param, tangent) in enumerate(zip(definition.params, tangents, strict=True))
        if tangent is not None
    }
    found = forward.tangents([definition.body], seeds).get(definition.body)
    if found is None:
        return None
    values: dict[Node, Node] = dict(zip(definition.params, node.args, strict=True))
    values.update({seeds[p]: t for p, t in zip(definition.params, tangents, strict=True) if t is not None})
    return substitute([found], values)[0]
