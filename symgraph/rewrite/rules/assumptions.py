"""What the assumptions on symbols change: each of these rules names the assumption it needs, and nothing else does.

``evaluate`` and compiled functions check the values against the assumptions, so that the rules hold for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.node import Node, constant, symbol
from ...core.operator import FUNCTIONS as F
from ...core.operator import OPS
from ...ops.arithmetic import multiply, number
from ...ops.assumptions import assumes, is_positive, is_symmetric, is_whole
from ...ops.tensor.contraction import CONTRACT, contract
from ..rule import function_rule
from ..tidy.factors import turned_places

POSITIVE = (0.5, 3.0)
p, q, a = symbol("p", positive=True), symbol("q", positive=True), symbol("a")
k = symbol("k", integer=True)
S, D = symbol("S", ("n", "n"), symmetric=True), symbol("D", ("n", "n"), diagonal=True)
A = symbol("A", ("n", "m"))
ADD, MULTIPLY, DIVIDE, POWER = (OPS[name] for name in ("add", "multiply", "divide", "power"))
GUARD, NOT_EQUAL = OPS["guard"], OPS["not_equal"]


def _argument_if(known: Callable[[Node], bool]) -> Callable[[Node], Node | None]:
    return lambda node: node.args[0] if not node.attrs and known(node.args[0]) else None


def _beside_zero(node: Node) -> Node | None:
    x, bound = node.args
    return x if bound is constant(0.0, dtype=bound.dtype) and is_positive(x) else None


def _taken(node: Node) -> Node | None:
    """Multiply without asking whether a positive number is 0."""
    taken, g, x = node.args
    tests = taken.args if taken.op is OPS["logical_or"] else (taken,)
    if not any(t.op is NOT_EQUAL and number(t.args[1]) == 0 and is_positive(t.args[0]) for t in tests):
        return None
    made = multiply(g, x)
    return made if made.shape == node.shape else None


def _log(node: Node) -> Node | None:
    """Take products, quotients and powers of positive numbers apart."""
    inner = node.args[0]
    if inner.op is POWER and is_positive(inner.args[0]):
        return F["multiply"](inner.args[1], F["log"](inner.args[0]))
    if inner.op not in (MULTIPLY, DIVIDE) or not all(map(is_positive, inner.args)):
        return None
    x, y = (F["log"](arg) for arg in inner.args)
    return x + y if inner.op is MULTIPLY else x - y


def _power_of_power(node: Node) -> Node | None:
    inner, outer = node.args
    if inner.op is not POWER or not is_positive(inner.args[0]):
        return None
    return F["power"](inner.args[0], F["multiply"](inner.args[1], outer))


def _turned(node: Node) -> Node | None:
    """Turn symmetric operands so that equal products become one node: S·x, not Sᵀ·x."""
    subscripts, output, own, _ = node.attrs
    best = node
    for place, (arg, index) in enumerate(zip(node.args, subscripts, strict=True)):
        if arg.ndim != 2 or len(set(index)) < 2 or not is_symmetric(arg):
            continue
        turned = (*subscripts[:place], index[::-1], *subscripts[place + 1 :])
        other = contract(node.args, turned, output, dict(enumerate(own)))
        if other.op is not CONTRACT:
            return other
        if len(other.args) == len(node.args) and _order(other) > _order(best):
            best = other
    return None if best is node else best


def _order(node: Node) -> tuple[Any, ...]:
    """Of two ways to write a product the one with fewer transpositions is greater; else the index lists decide."""
    lists, output = node.attrs[:2]
    plain = all(1 <= len(index) <= 2 for index in lists)
    return -len(turned_places(lists, output)) if plain else 0, lists, output


def _on_the_diagonal(node: Node) -> Node | None:
    """Use the n numbers of a diagonal matrix and not its n² entries."""
    subscripts, output, own, _ = node.attrs
    for place, (arg, index) in enumerate(zip(node.args, subscripts, strict=True)):
        if not assumes(arg, "diagonal") or arg.ndim != 2 or index[0] == index[1]:
            continue
        if len(node.args) == 1 and set(index) <= set(output):
            continue  # the matrix itself, or its transpose
        first, second = index
        same = {second: first}
        lists = [tuple([same.get(i, i) for i in each]) for each in subscripts]
        operands = list(node.args)
        operands[place] = F["diagonal"](arg)
        lists[place] = (first,)
        return contract(operands, lists, tuple([same.get(i, i) for i in output]), dict(enumerate(own)))
    return None


def _inverse(node: Node) -> Node | None:
    (matrix,) = node.args
    return F["diag"](1.0 / F["diagonal"](matrix)) if assumes(matrix, "diagonal") and matrix.ndim == 2 else None


function_rule("abs(p), p > 0", "exact", F["abs"](p).op, _argument_if(is_positive), F["abs"](p), POSITIVE)
function_rule("max(p,0), p > 0", "exact", OPS["maximum"], _beside_zero, F["maximum"](p, 0.0), POSITIVE)
TAKEN = function_rule(
    "guard(p != 0, a, b), p > 0", "exact", GUARD, _taken, F["guard"](F["not_equal"](p, 0.0), a, q), POSITIVE
)
for _name in ("floor", "ceil", "trunc", "rint"):
    function_rule(f"{_name}(k), k whole", "exact", F[_name](k).op, _argument_if(is_whole), F[_name](k))
function_rule("log(p*q), p, q > 0", "algebraic", OPS["log"], _log, F["log"](p * q), POSITIVE)
function_rule("(p^a)^b, p > 0", "algebraic", POWER, _power_of_power, (p**a) ** 3.0, POSITIVE)
SYMMETRIC = function_rule("S' = S, S symmetric", "stable", CONTRACT, _turned, F["transpose"](S))
function_rule("D*A, D diagonal", "stable", CONTRACT, _on_the_diagonal, D @ A)
function_rule("inv(D), D diagonal", "algebraic", OPS["inv"], _inverse, F["inv"](D))
