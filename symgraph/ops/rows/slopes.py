"""Reductions whose change is the sum of slope times change over each row: the rules of both modes, from the slope."""

from __future__ import annotations

from collections.abc import Callable

from ...core.node import Node
from ...core.operator import ForwardRule, ReverseRule
from ..chaining import chain
from .axes import row_product, spread

Slope = Callable[[Node], Node]


def slope_reverse(slope: Slope) -> ReverseRule:
    """Give the reverse rule: the adjoint of a row times the slope of each of its entries."""
    return lambda node, g, i: chain(spread(g, node.args[0].shape, node.attrs[0]), slope(node))


def slope_forward(slope: Slope) -> ForwardRule:
    """Give the forward rule: Σ slope⊙tangent over the rows."""
    return lambda node, tangents: None if tangents[0] is None else row_product(tangents[0], slope(node), node.attrs[0])
