"""Products of matrices in a row: turned as a whole, without brackets, and in parts that do not touch."""

from __future__ import annotations

from collections.abc import Callable

from ...core.node import Node
from ...ops.tensor.contraction import CONTRACT, Indices, contract
from .factors import connected, is_square_product, stands_turned
from .sums import turned
from .terms import DEEPEST


def turn(node: Node, turnable: set[Node], depth: int = DEEPEST) -> Node:
    """Transpose a product of matrices, and the products in it that would then stand transposed."""
    made = turned(node)
    if made.op is not CONTRACT or depth == 0:
        return made
    operands, lists = list(made.args), list(made.attrs[0])
    for place, arg in enumerate(made.args):
        if arg in turnable and stands_turned(made, place):
            operands[place], lists[place] = turn(arg, turnable, depth - 1), lists[place][::-1]
    made = in_a_row(contract(operands, lists, made.attrs[1], dict(enumerate(made.attrs[2]))), turnable)
    turnable.add(made)
    return made


def in_a_row(node: Node, turnable: set[Node], depth: int = DEEPEST) -> Node:
    """Write A·(B·C) as A·B·C where all matrices have one size, so that either order costs the same."""
    for _ in range(depth):
        if not (is_square_product(node) and node.args[1] in turnable and is_square_product(node.args[1])):
            break
        lists, output, sizes = node.attrs[:3]
        if lists[1][1] != output[1]:
            break
        (first, second), last = node.args, 3
        names = {second.attrs[1][0]: lists[1][0], second.attrs[1][1]: output[1]}
        inner = [tuple([names.get(i, last) for i in index]) for index in second.attrs[0]]
        known = dict.fromkeys(range(4), sizes[0])
        begin = contract((first, second.args[0]), (lists[0], inner[0]), (output[0], last), known)
        left = in_a_row(begin, turnable, depth - 1)
        node = contract((left, second.args[1]), ((output[0], last), inner[1]), output, known)
    return node


def apart(node: Node, tidied: Callable[[Node], Node]) -> Node:
    """Compute first what is then only repeated, set on a diagonal, or multiplied without a sum.

    δ_ac·Σ_i W_ib·W_id becomes I ⊗ (Wᵀ·W), and A_ac·Σ_i W_ib·W_id becomes A ⊗ (Wᵀ·W). ``tidied`` is done to the parts.
    """
    lists, output, sizes = node.attrs[:3]
    known = dict(enumerate(sizes))
    groups = connected(lists)
    held = {i for index in lists for i in index}
    together = len(groups) == 1 and held >= set(output) and len(set(output)) == len(output)
    if not output or held <= set(output) or together:
        return node
    operands, indices = list[Node](), list[Indices]()
    for places in groups:
        inside = {i for place in places for i in lists[place]}
        ends = tuple(dict.fromkeys(i for i in output if i in inside))
        if inside <= set(ends):
            operands += [node.args[place] for place in places]
            indices += [lists[place] for place in places]
            continue
        part = contract([node.args[p] for p in places], [lists[p] for p in places], ends, known)
        operands.append(tidied(part) if part.op is CONTRACT else part)
        indices.append(ends)
    return contract(operands, indices, output, known)
