"""The products of the chain rule: plain ones, and the guarded one that is exactly zero where a branch was not taken."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ..core.dimension import Shape
from ..core.dtype import promote
from ..core.node import CONSTANT, Node, constant, lift
from ..core.operator import FUNCTIONS, OPS, ZERO, Attributes, Example, Known, Linearity
from .arithmetic import FAMILY, INF, NAN, NEGATIVE, divide, multiply, negative, number
from .elementwise import elementwise, joint_shape
from .tensor.contraction import contract, is_spread, product
from .tensor.grouping import grouped_product


def _guard_numpy(taken: Any, g: Any, p: Any) -> Any:
    product = np.asarray(g * p)
    return np.where(taken, product, product.dtype.type(0))[()]


def _guard_lowering(lanes: Any, node: Node, taken: str, g: str, p: str) -> str:
    return str(lanes.select(lanes.truth(taken), lanes.binary("fmul", g, p), lanes.number(0.0)))


def _guard_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return joint_shape(args), promote(args[1].dtype, args[2].dtype)


def _canonical_guard(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    """Drop a choice by the same condition inside; a product with 1 is only a choice."""
    taken, g, p = args
    where = OPS["where"]
    inner = tuple([x.args[1] if x.op is where and x.args[0] is taken else x for x in (g, p)])
    if inner != (g, p) and joint_shape((taken, *inner)) == joint_shape(args):
        return FUNCTIONS["guard"](taken, *inner)
    if number(g) == 1 and g.dtype == p.dtype:
        return FUNCTIONS["where"](taken, p, constant(0.0, dtype=p.dtype))
    return None


def _draw_guard(random: Any) -> list[Any]:
    return [random.random((2, 3)) < 0.5, random.uniform(0.5, 3, (3,)), random.uniform(-3, 3, (2, 1))]


guard = elementwise(
    "guard",
    FAMILY,
    "Product g·p where `taken` holds, and exactly zero elsewhere, whatever g and p are.\n\n"
    "Back-propagation multiplies with it below `where`, `max` and indexing, so that a branch not taken "
    "contributes 0 even where its own derivative is nan or infinite.",
    _guard_numpy,
    lambda taken, g, p: g * p if taken else mpmath.mpf(0),
    (ZERO, lambda taken, g, p, z: p, lambda taken, g, p, z: g),
    ((0, 1), (0.5, 3), (-3, 3)),
    examples=(Example(((2, 3), (3,), (2, 1)), make=_draw_guard),),
    infer=_guard_infer,
    linearity=Linearity.EACH,
    selective=True,
    taken=lambda node, i: node.args[0],
    canonical=_canonical_guard,
    lowering=_guard_lowering,
    known=(
        Known((False, 0.0, NAN), 0.0),
        Known((False, 1.0, INF), 0.0, (None, 0.0, 0.0)),
        Known((True, 0.0, INF), NAN),
        Known((True, 2.0, INF), INF),
    ),
)


def zero_product(g: Any, p: Any) -> Node:
    """Give g·p, exactly zero where g is zero even if p is infinite or nan."""
    g = lift(g)
    return guard(FUNCTIONS["not_equal"](g, 0), g, p)


def chain(g: Node, p: Node | float, taken: Node | None = None) -> Node:
    """Multiply an adjoint or tangent with a local derivative, in the form a person would write.

    ``taken`` says where the branch that ``g`` belongs to was taken, ``None`` that it was everywhere; elsewhere
    the product is exactly zero.
    """
    if not isinstance(p, Node):
        return g if p == 1 else negative(g) if p == -1 else multiply(g, lift(p, g))
    if p.op is CONSTANT:
        return product(p, g) if not p.shape and is_spread(g) else _scaled(p, g)
    spread = is_spread(g) or is_spread(p)
    if taken is not None:
        return guarded(taken, g, p)
    if spread:
        return product(g, p)
    if p.op is NEGATIVE:
        return negative(chain(g, p.args[0]))
    if g.op is NEGATIVE:
        return negative(chain(g.args[0], p))
    joined = grouped_product(g, p)
    if joined is not None:
        return joined
    if p.op is OPS["divide"] and number(p.args[0]) == 1:
        return divide(g, p.args[1])
    return _scaled(g, p) if g.op is CONSTANT else multiply(g, p)


def _scaled(factor: Node, e: Node) -> Node:
    """Multiply with a constant; 0.5·(2·x) is x where the product of the constants is exact."""
    if e.op is OPS["multiply"] and number(factor) is not None and number(e.args[0]) is not None:
        joint = multiply(factor, e.args[0])
        if joint.op is CONSTANT:
            return multiply(joint, e.args[1])
    return multiply(factor, e)


def guarded(taken: Node, g: Node, p: Any) -> Node:
    """Give g·p where ``taken`` holds and 0 elsewhere; below a diagonal, so that the diagonal stays one."""
    p = lift(p, g)
    if len(g.args) <= 1 and is_spread(g):
        inner = g.args[0] if g.args else constant(1.0, dtype=g.dtype)
        index = g.attrs[0][0] if g.args else ()
        output, sizes = g.attrs[1:3]
        last = output[len(output) - p.ndim :]
        if len(set(last)) == len(last) and taken.ndim <= p.ndim and index in ((), last):
            return contract((guard(taken, inner, p),), (last,), output, dict(enumerate(sizes)))
    return guard(taken, g, p)
