"""The slopes of kinked functions.

The derivative at a kink is a published convention. A second derivative exactly at a kink does not exist, and is
nan rather than a number: `sgn` and `max_share` have `jump` for a derivative, which is 0 away from the place
where they jump and nan on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ..core.node import CONSTANT, Node
from ..core.operator import Known
from . import lowerings
from .arithmetic import add, multiply
from .chaining import chain
from .comparison import not_equal
from .elementwise import elementwise
from .functions.elementary import INF, NAN, named
from .tensor.broadcasting import sum_to
from .tensor.contraction import is_spread, product
from .tensor.products import broadcast_to

FAMILY = "piecewise"


def _as_float(value: Any, *args: Any) -> Any:
    """Give the value in the floating dtype that the arguments promote to."""
    dtype = np.result_type(*args)
    return np.asarray(value, dtype=dtype if dtype.kind == "f" else np.float64)[()]


def _mp_jump(x: Any) -> Any:
    return mpmath.nan if x == 0 else mpmath.mpf(0)


jump = elementwise(
    "jump",
    FAMILY,
    "0 where x differs from 0, and nan at 0: the derivative of a step at 0, and its own derivative.",
    lambda x: _as_float(np.where(x == 0, np.nan, 0.0), x),
    _mp_jump,
    (lambda x, y: y,),
    ((0.3, 3),),
    notation=named("jump"),
    traits=("even",),
    known=(
        Known((2.0,), 0.0, (0.0,)),
        Known((0.0,), NAN, (NAN,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((NAN,), 0.0),
    ),
    lowering=lowerings.jump,
)
sgn = elementwise(
    "sgn",
    FAMILY,
    "The slope of |x|: −1, 0 or 1. Its derivative is 0 away from 0 and nan at 0 (the one of `sign` is 0 everywhere).",
    lambda x: _as_float(np.sign(x), x),
    mpmath.sign,
    (lambda x, y: jump(x),),
    ((0.3, 3),),
    notation=named("sgn"),
    traits=("odd", "bounded"),
    known=(
        Known((0.0,), 0.0, (NAN,)),
        Known((-2.0,), -1.0, (0.0,)),
        Known((INF,), 1.0, (0.0,)),
        Known((NAN,), NAN),
    ),
    lowering=lowerings.sign,
)


def _max_share(x: Any, y: Any) -> Any:
    share = np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0))
    return _as_float(np.where(np.isnan(x) | np.isnan(y), np.nan, share), x, y)


def _mp_max_share(x: Any, y: Any) -> Any:
    if mpmath.isnan(x) or mpmath.isnan(y):
        return mpmath.nan
    return mpmath.mpf(0.5) if x == y else mpmath.mpf(1 if x > y else 0)


def _kink(node: Node, g: Node) -> Node:
    """Multiply with the derivative of a share. Never guarded: nan at a tie must win over an adjoint that is 0."""
    x, y = node.args
    slope = jump(x - y)
    return product(g, slope) if is_spread(g) else multiply(g, slope)


def _share_reverse(node: Node, g: Node, i: int) -> Node:
    return sum_to(_kink(node, g), node.args[i].shape, g.ndim - node.ndim)


def _sum_of(node: Node, terms: Sequence[Node]) -> Node | None:
    """Add contributions to a tangent and give the sum the shape of the node."""
    if not terms:
        return None
    return broadcast_to(terms[0] if len(terms) == 1 else add(*terms), node.shape)


def _share_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    return _sum_of(node, [_kink(node, tangent) for tangent in tangents if tangent is not None])


max_share = elementwise(
    "max_share",
    FAMILY,
    "The slope of maximum(x, y) in x: 1 where x > y, 1/2 where they are equal, 0 where x < y.\n\n"
    "Its derivative is 0 where they differ and nan where they are equal.",
    _max_share,
    _mp_max_share,
    (),
    ((0.3, 3), (-3, 0)),
    notation=named("max_share"),
    reverse=_share_reverse,
    forward=_share_forward,
    traits=("bounded",),
    known=(
        Known((1.0, 1.0), 0.5, (NAN, NAN)),
        Known((2.0, 1.0), 1.0, (0.0, 0.0)),
        Known((1.0, 2.0), 0.0, (0.0, 0.0)),
        Known((-INF, INF), 0.0, (0.0, 0.0)),
        Known((0.0, -0.0), 0.5),
        Known((NAN, 1.0), NAN),
    ),
    lowering=lowerings.max_share,
)

# --- handing on by shares ---------------------------------------------------------------------------


def by_share(share: Node, g: Node) -> Node:
    """Give share·g, exactly zero where the share is 0: a branch without a share contributes nothing."""
    known = g.op is CONSTANT or (is_spread(g) and all(arg.op is CONSTANT for arg in g.args))
    return chain(g, share) if known else chain(g, share, not_equal(share, 0))


def hand_back(node: Node, g: Node, share: Node, i: int) -> Node:
    """Give the contribution of a choosing node's adjoint to its argument ``i``."""
    return sum_to(by_share(share, g), node.args[i].shape, g.ndim - node.ndim)


def hand_on(node: Node, shares: Sequence[Node], tangents: Sequence[Node | None]) -> Node | None:
    """Give the tangent of a choosing node."""
    pairs = zip(shares, tangents, strict=True)
    return _sum_of(node, [by_share(share, tangent) for share, tangent in pairs if tangent is not None])
