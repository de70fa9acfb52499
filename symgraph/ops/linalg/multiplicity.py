"""Two helpers of the spectral derivatives: what to do where eigenvalues or singular values coincide.

An eigenvalue that is not simple has no derivative of its own, only the sum over its group has. As with ties
of max and min, the members of a group share equally: their adjoints are replaced by the mean. Singular values
that are zero get the derivative 0, as |x| does at 0. Eigenvectors and singular vectors of a group are not
differentiable functions at all: their derivatives are nan there.

Values count as equal when floating-point numbers cannot tell them apart: when their distance is at most
10·n·ε times the largest of them, n being their number, which is the accuracy of a decomposition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape
from ...core.dtype import promote_float
from ...core.errors import ShapeError
from ...core.node import Node, apply, lift
from ...core.operator import Attributes, Example, Kink, Operator, register
from ...core.shape import broadcast_shapes, shape_text
from ..elementwise import lift_all
from ..tensor.broadcasting import sum_to
from ..tensor.contraction import CONTRACT
from ..tensor.products import broadcast_to
from .matrices import FAMILY, named, tensor

TIES = Kink("two eigenvalues or singular values coincide", "they share equally")
ZEROS = Kink("a singular value is 0", "0")


def resolution(w: Any) -> Any:
    """Give the distance below which the values of each row of w count as equal."""
    epsilon = mpmath.mp.eps if w.dtype == object else np.finfo(w.dtype).eps
    return 10 * w.shape[-1] * epsilon * np.max(abs(w), axis=-1, keepdims=True, initial=0)


# --- sharing among equal values -----------------------------------------------------------------


def share_ties(w: Any, g: Any, vanishing: bool = False) -> Node:
    """Replace the entries of g that belong to equal values in w by their mean (``vanishing``: at zeros by 0).

    w is sorted; g has its shape behind any number of leading axes.
    """
    return apply(SHARE_TIES, lift_all((w, g)), (bool(vanishing),))


def _share_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    w, g = args
    shape = broadcast_shapes(w.shape, g.shape)
    if not w.ndim or shape != g.shape:
        raise ShapeError(
            f"an argument of shape {shape_text(g.shape)} does not fit values of shape {shape_text(w.shape)}"
        )
    return shape, promote_float(w.dtype, g.dtype)


def _share_canonical(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    """The mean of equal numbers is that number: nothing is to share if g is the same function of each w."""
    w, g = args
    return None if attrs[0] or not _is_function_of_each(g, w) else g


def _is_function_of_each(g: Node, w: Node) -> bool:
    """True if g is elementwise in w and numbers; expressions of more than a few operations are not looked into."""
    stack = [g]
    for _ in range(16):
        if not stack:
            return True
        node = stack.pop()
        if node is w or not node.shape or node.shape[-1] == 1 or _is_constant_along(node):
            continue
        if not node.op.elementwise:
            return False
        stack += node.args
    return not stack


def _is_constant_along(node: Node) -> bool:
    """True for a contraction that only repeats along the last axis."""
    if node.op is not CONTRACT:
        return False
    subscripts, output = node.attrs[:2]
    return output.count(output[-1]) == 1 and all(output[-1] not in index for index in subscripts)


def _share_reverse(node: Node, g: Node, i: int) -> Node | None:
    w, vanishing = node.args[0], node.attrs[0]
    if i == 1:
        return share_ties(w, g, vanishing)
    # where values coincide, the derivative of the vectors is nan already
    return sum_to(g * zero_jump(w), w.shape, g.ndim - node.ndim) if vanishing else None


def _share_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    (w, _), (dw, dg), vanishing = node.args, tangents, node.attrs[0]
    shared = None if dg is None else share_ties(w, dg, vanishing)
    if dw is None or not vanishing:
        return shared
    jump = broadcast_to(dw * zero_jump(w), node.shape)
    return jump if shared is None else shared + jump


def _share_numpy(vanishing: bool, w: Any, g: Any) -> Any:
    w, g = np.asarray(w), np.asarray(g)
    limit = resolution(w)
    steps = abs(w[..., 1:] - w[..., :-1]) > limit
    group = np.concatenate([np.zeros_like(w, dtype=int)[..., :1], np.cumsum(steps, axis=-1)], axis=-1)
    together = group[..., :, None] == group[..., None, :]
    zero = mpmath.mpf(0) if g.dtype == object else g.dtype.type(0)
    count = together.sum(axis=-1)
    mean = np.where(together, g[..., None, :], zero).sum(axis=-1) / count
    shared = np.where(count == 1, g, mean.astype(g.dtype))
    shared = np.where(w <= limit, shared - shared, shared) if vanishing else shared  # 0, but nan stays nan
    unordered = (w != w).any(axis=-1, keepdims=True)  # nan among the values: nothing is known of the others
    return np.where(unordered, mpmath.nan if g.dtype == object else g.dtype.type(np.nan), shared)


SHARE_TIES = register(
    Operator(
        name="share_ties",
        family=FAMILY,
        doc="Replaces the entries of g that belong to equal entries of the sorted values w by their mean;\n"
        "with nan in w all are nan.",
        arity=2,
        attributes=("vanishing",),
        infer=_share_infer,
        numpy=_share_numpy,
        notation=named("share_ties"),
        canonical=_share_canonical,
        reverse=_share_reverse,
        forward=_share_forward,
        examples=(
            Example(((3,), (3,)), (False,), ((0.5, 3), (-2, 2))),
            Example(((3,), (2, 3)), (True,), ((0.5, 3), (-2, 2))),
        ),
        kinks=(TIES, ZEROS),
    ),
    share_ties,
)


def zero_jump(w: Any) -> Node:
    """Give 0 for each entry, and nan where it counts as zero: the derivative of a step at zero."""
    return apply(ZERO_JUMP, (lift(w),))


def _jump_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    if not args[0].ndim:
        raise ShapeError("a vector of values is needed, not a scalar")
    return args[0].shape, promote_float(args[0].dtype)


def _jump_numpy(w: Any) -> Any:
    w = np.asarray(w)
    zero, nan = (mpmath.mpf(0), mpmath.nan) if w.dtype == object else (w.dtype.type(0), w.dtype.type("nan"))
    return np.where(abs(w) > resolution(w), zero, nan)


ZERO_JUMP = register(
    Operator(
        name="zero_jump",
        family=FAMILY,
        doc="0, and nan where an entry counts as zero beside the largest: the derivative of a step at zero.",
        arity=1,
        infer=_jump_infer,
        numpy=_jump_numpy,
        notation=named("zero_jump"),
        reverse=lambda node, g, i: g * node,
        examples=(Example(((3,),), domain=((0.5, 3),)),),
    ),
    zero_jump,
)


# --- reciprocals of differences -------------------------------------------------------------------


def gap_reciprocals(w: Any, squared: bool = False) -> Node:
    """Give the matrix 1/(w_j − w_i), with ``squared`` 1/(w_j² − w_i²); 0 on the diagonal, nan for equal values."""
    return apply(GAP_RECIPROCALS, (lift(w),), (bool(squared),))


def _gap_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    (w,) = args
    if not w.ndim:
        raise ShapeError("a vector of values is needed, not a scalar")
    return (*w.shape, w.shape[-1]), promote_float(w.dtype)


def _gap_reverse(node: Node, g: Node, i: int) -> Node:
    slope = tensor("ij,ij,ij->ij", g, node, node)
    total = tensor("ij->i", slope) - tensor("ij->j", slope)
    return 2.0 * total * node.args[0] if node.attrs[0] else total


def _gap_forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    if tangents[0] is None:
        return None
    rate = 2.0 * node.args[0] * tangents[0] if node.attrs[0] else tangents[0]
    return tensor("ij,ij,i->ij", node, node, rate) - tensor("ij,ij,j->ij", node, node, rate)


def _gap_numpy(squared: bool, w: Any) -> Any:
    w = np.asarray(w)
    gaps = w[..., None, :] - w[..., :, None]
    equal = abs(gaps) <= resolution(w)[..., None]
    values = gaps * (w[..., None, :] + w[..., :, None]) if squared else gaps
    one, nan = (mpmath.mpf(1), mpmath.nan) if w.dtype == object else (w.dtype.type(1), w.dtype.type("nan"))
    found = np.where(equal, nan, one / np.where(equal, one, values))
    return np.where(np.eye(w.shape[-1], dtype=bool), 0 * one, found)


def _draw_apart(rng: Any) -> list[Any]:
    return [np.array([0.5, 1.5, 3.0]) + rng.uniform(-0.3, 0.3, 3)]


GAP_RECIPROCALS = register(
    Operator(
        name="gap_reciprocals",
        family=FAMILY,
        doc="The matrix 1/(w_j − w_i), or 1/(w_j² − w_i²); 0 on its diagonal, nan where two values are equal.",
        arity=1,
        attributes=("squared",),
        infer=_gap_infer,
        numpy=_gap_numpy,
        notation=named("gap_reciprocals"),
        reverse=_gap_reverse,
        forward=_gap_forward,
        examples=(Example(((3,),), (False,), make=_draw_apart), Example(((3,),), (True,), make=_draw_apart)),
        source="Giles 2008, section 3.1: the matrix F",
    ),
    gap_reciprocals,
)
