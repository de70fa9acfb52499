"""Numbers in front of products: -0.5·(xᵀ·A·x) for (-0.5·x)ᵀ·A·x, before differentiation.

Text is read from the left, so the number in ``-0.5*x'@A@x`` multiplies x. The two places of x then look different, and
the gradient would be that of a bilinear form of two vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import mul

from ...core.node import Node, apply, lift
from ...core.origin import CONTEXT
from ...core.traversal import topological
from ...ops.arithmetic import NEGATIVE, multiply, number
from ...ops.tensor.contraction import CONTRACT, contract
from .terms import MULTIPLY, exact

SMALLEST, LARGEST = 2.0**-32, 2.0**32  # other numbers may be there to keep the product in range


def numbers_in_front(outputs: Sequence[Node]) -> list[Node]:
    """Take numbers out of the operands of contractions, where the array they multiply then is not larger.

    An array that something else needs too keeps its number.
    """
    order = topological(outputs)
    if not any(node.op is CONTRACT and any(_multiple(arg) for arg in node.args) for node in order):
        return list(outputs)
    fixed = set(outputs)
    for node in order:
        fixed.update(arg for arg in node.args if node.op is not CONTRACT or arg.ndim < node.ndim)
    new: dict[Node, Node] = {}
    before = CONTEXT.origin
    try:
        for node in order:
            CONTEXT.origin = node.origin
            args = tuple([new[arg] for arg in node.args])
            if node.op is CONTRACT:
                new[node] = _taken_out(node, args, [arg not in fixed for arg in node.args])
            else:
                new[node] = node if args == node.args else apply(node.op, args, node.attrs)
    finally:
        CONTEXT.origin = before
    return [new[node] for node in outputs]


def _multiple(node: Node) -> bool:
    value = number(node.args[0]) if node.op is MULTIPLY and node.shape and node.dtype == "float64" else None
    return value is not None and SMALLEST <= abs(value) <= LARGEST and node.args[1].shape == node.shape


def _taken_out(node: Node, args: tuple[Node, ...], free: Sequence[bool]) -> Node:
    numbers, operands = [1.0], list(args)
    for place, arg in enumerate(args):
        if free[place] and _multiple(arg):
            value, operands[place] = float(arg.args[0].value), arg.args[1]
            joint = exact(mul, numbers[-1], value)
            numbers = [*numbers[:-1], joint] if joint and SMALLEST <= abs(joint) <= LARGEST else [*numbers, value]
    if operands == list(args):
        return node if args == node.args else apply(node.op, args, node.attrs)
    lists, output, sizes = node.attrs[:3]
    product = contract(operands, lists, output, dict(enumerate(sizes)))
    if product.op is NEGATIVE:
        numbers[0], product = -numbers[0], product.args[0]
    return reduce(lambda made, value: multiply(lift(value, made), made), numbers[::-1], product)
