"""One entry or a vector of entries: combined with what there is, a constant, or computed by its record's lowering."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Protocol

from ..core.lowering import Cast, Placed
from ..core.node import Node
from ..ops.tensor.contraction import CONTRACT
from .emit import Lanes


class Arithmetic(Protocol):
    """What :class:`Lanes` has in common with writers of other languages."""

    def fusible(self, instruction: str, x: str, y: str) -> str:
        """Write a sum, difference or product that may be fused with another."""
        ...

    def binary(self, instruction: str, x: str, y: str, element: str = "double") -> str:
        """Write an instruction by LLVM's name of it."""
        ...

    def compare(self, predicate: str, x: str, y: str) -> str:
        """Write a comparison of doubles by LLVM's name of the predicate."""
        ...

    def select(self, condition: str, x: str, y: str) -> str:
        """Write a choice of doubles."""
        ...


def combined(lanes: Arithmetic, combine: str, x: str, y: str) -> str:
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
