"""The triangles of a matrix: the rest is replaced by zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dependence import Chain, Links, Site, count
from ...core.dimension import Shape
from ...core.errors import ShapeError
from ...core.lowering import Placed
from ...core.node import Node, apply, lift
from ...core.operator import Attributes, Builder, Example, Linearity, Notation, Operator, register
from ...core.shape import shape_text
from .. import lowerings
from ..defined import show_as
from ..tensor.products import swapaxes

FAMILY = "structure"


def _infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    if args[0].ndim < 2:
        raise ShapeError(f"a matrix is needed, not shape {shape_text(args[0].shape)}")
    return args[0].shape, args[0].dtype


def _reverse(node: Node, g: Node, i: int) -> Node:
    return apply(node.op, (g,), node.attrs)


def _forward(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    return None if tangents[0] is None else apply(node.op, (tangents[0],), node.attrs)


def _numpy(lower: bool) -> Any:
    def triangle(k: int, x: Any) -> Any:
        x = np.asarray(x)
        rows, columns = np.ogrid[: x.shape[-2], : x.shape[-1]]
        kept = columns - rows <= k if lower else columns - rows >= k
        zero = mpmath.mpf(0) if x.dtype == object else x.dtype.type(0)
        return np.where(kept, x, zero)

    return triangle


def _dependence(compute: Any) -> Any:
    def rule(site: Site) -> list[Chain]:
        kept = np.flatnonzero(compute(*site.attrs, np.ones(site.shape)))
        return [(Links(kept, kept, count(site.shape)),)]

    return rule


def _triangle(name: str, lower: bool, doc: str) -> Builder:
    def build(x: Any, k: int = 0) -> Node:
        return apply(record, (lift(x),), (int(k),))

    show_as(build, name, doc)
    record = register(
        Operator(
            name=name,
            family=FAMILY,
            doc=doc,
            arity=1,
            attributes=("k",),
            infer=_infer,
            numpy=_numpy(lower),
            notation=Notation(name, rf"\operatorname{{{name}}}", name),
            reverse=_reverse,
            forward=_forward,
            linearity=Linearity.JOINT,
            selective=True,
            dependence=_dependence(_numpy(lower)),
            lowering=Placed(lowerings.triangle("sle" if lower else "sge")),
            examples=(Example(((3, 3),), (0,)), Example(((2, 3, 4),), (-1,)), Example(((4, 2),), (1,))),
        ),
        build,
    )
    return build


tril = _triangle(
    "tril", True, "The lower triangle of a matrix: zero above the k-th diagonal; every matrix of a stack alike."
)
triu = _triangle(
    "triu", False, "The upper triangle of a matrix: zero below the k-th diagonal; every matrix of a stack alike."
)


def copy_lower(m: Node) -> Node:
    """Make a symmetric matrix by copying the lower triangle onto the upper one."""
    return tril(m) + swapaxes(tril(m, -1), -1, -2)
