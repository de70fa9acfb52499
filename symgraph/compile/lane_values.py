"""One entry or a vector of entries: combined with what there is, a constant, or computed by its record's lowering."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from ..core.lowering import Cast, Placed
from ..core.node import Node
from ..ops.tensor.contraction import CONTRACT
from .emit import Lanes


def combined(lanes: Lanes, combine: str, x: str, y: str) -> str:
    """Combine what there is with what comes; the extremes are nan once one entry is nan."""
    if combine == "add":
        return lanes.fusible("fadd", x, y)
    better = lanes.compare("ogt" if combine == "max" else "olt", y, x)
    return lanes.select(lanes.binary("or", better, lanes.compare("uno", y, y), "i1"), y, x)


def constant_text(lanes: Lanes, node: Node) -> str:
    """Write a scalar constant."""
    if node.dtype == "bool":
        return lanes.splat_text("i1", "true" if node.value else "false")
    if "int" in node.dtype:
        return lanes.splat_text("i64", str(node.value))
    return lanes.number(float(node.value))


def lower(lanes: Lanes, node: Node, operands: Sequence[str]) -> str:
    """Compute one entry of a node by its record's lowering, or as a product."""
    if node.op is CONTRACT:
        factors = [lanes.real(x, arg.dtype) for x, arg in zip(operands, node.args, strict=True)]
        return reduce(lambda x, y: lanes.binary("fmul", x, y), factors) if factors else lanes.number(1.0)
    if isinstance(node.op.lowering, Cast):
        return lanes.cast(operands[0], node.args[0].dtype, node.dtype)
    rule = node.op.lowering.write if isinstance(node.op.lowering, Placed) else node.op.lowering
    assert isinstance(rule, str) or callable(rule)
    places, numbers = operands[: -len(node.args)], operands[len(operands) - len(node.args) :]
    operands = [*places, *(lanes.real(x, arg.dtype) for x, arg in zip(numbers, node.args, strict=True))]
    if isinstance(rule, str):
        return lanes.function(rule, operands)
    return str(rule(lanes, node, *operands))
