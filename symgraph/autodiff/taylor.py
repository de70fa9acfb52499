"""Taylor mode: all derivatives along a line up to an order, at polynomial cost.

With x(t) = x + t·d, the k-th derivative of every node with respect to t at t = 0 is found from lower ones:

* linear operators act on the derivatives, multilinear ones by Leibniz' rule;
* any other node v = φ(u) obeys v' = F(u, v, u') with its own forward rule F, which is again a graph, built
  once per node; the k-th derivative of v is the (k−1)-th of F.

A composition therefore costs O(order²) nodes, not exponentially many (Griewank and Walther 2008, chapter 13).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import comb

from ..core.dtype import is_float
from ..core.node import Node, apply
from ..core.operator import Linearity
from ..core.origin import CONTEXT, Derived
from ..core.traversal import topological
from ..ops.arithmetic import add, multiply
from .rules import push_forward

Key = tuple[Node, int]


class Jet:
    """The derivatives d^k/dt^k of nodes along a line; computed on demand and remembered."""

    def __init__(self, directions: Mapping[Node, Node]) -> None:
        self.directions = dict(directions)
        self.known: dict[Key, Node | None] = {}
        self.rates: dict[Node, Node | None] = {}
        self.moving: dict[Node, bool] = dict.fromkeys(directions, True)

    def derivative(self, node: Node, order: int) -> Node | None:
        """Give the ``order``-th derivative of ``node``; ``None`` is an exact zero. Iterative: any depth works."""
        stack = [(node, order)]
        before = CONTEXT.origin
        try:
            while stack:
                key = stack[-1]
                if key in self.known:
                    stack.pop()
                    continue
                missing = [need for need in self._needs(*key) if need not in self.known]
                if missing:
                    stack.extend(missing)
                    continue
                CONTEXT.origin = Derived(f"taylor {key[0].op.name}", key[0])
                self.known[key] = self._compute(*key)
                stack.pop()
        finally:
            CONTEXT.origin = before
        return self.known[node, order]

    def _is_moving(self, node: Node) -> bool:
        """True if the node depends on the line's parameter."""
        for inner in [node] if node in self.moving else topological([node], stop=self.moving):
            if inner not in self.moving:
                self.moving[inner] = is_float(inner.dtype) and any(self.moving[arg] for arg in inner.args)
        return self.moving[node]

    def _needs(self, node: Node, k: int) -> list[Key]:
        if k == 0 or node in self.directions or not self._is_moving(node):
            return []
        moving = [arg for arg in dict.fromkeys(node.args) if self._is_moving(arg)]
        if node.op.linearity is Linearity.JOINT:
            return [(arg, k) for arg in moving]
        if node.op.linearity is Linearity.EACH:
            return [(arg, j) for arg in moving for j in range(k + 1)]
        if any((arg, 1) not in self.known for arg in moving):
            return [(arg, 1) for arg in moving]
        rate = self._rate(node)
        return [] if rate is None else [(rate, k - 1)]

    def _compute(self, node: Node, k: int) -> Node | None:
        if k == 0:
            return node
        if node in self.directions:
            return self.directions[node] if k == 1 else None
        if not self._is_moving(node):
            return None
        if node.op.linearity is Linearity.JOINT:
            return push_forward(node, [self.known.get((arg, k)) for arg in node.args])
        if node.op.linearity is Linearity.EACH:
            return self._leibniz(node, k)
        rate = self._rate(node)
        return None if rate is None else self.known[rate, k - 1]

    def _leibniz(self, node: Node, k: int) -> Node | None:
        """Differentiate a multilinear operator: sum over all ways to spread ``k`` over its moving arguments."""
        terms: dict[tuple[int, ...], int] = {(): 1}
        moving = [i for i, arg in enumerate(node.args) if self._is_moving(arg)]
        for place in range(len(moving)):
            last = place == len(moving) - 1
            spread: dict[tuple[int, ...], int] = {}
            for split, weight in terms.items():
                left = k - sum(split)
                for j in (left,) if last else range(left + 1):
                    if j == 0 or self.known[node.args[moving[place]], j] is not None:
                        spread[(*split, j)] = weight * comb(left, j)
            terms = spread
        total: Node | None = None
        for split, weight in terms.items():
            args: list[Node | None] = list(node.args)
            for i, j in zip(moving, split, strict=True):
                args[i] = self.known[node.args[i], j]
            factors = tuple([arg for arg in args if arg is not None])
            if len(factors) == len(args):
                term = apply(node.op, factors, node.attrs)
                scaled = term if weight == 1 else _times(weight, term)
                total = scaled if total is None else add(total, scaled)
        return total

    def _rate(self, node: Node) -> Node | None:
        """Build F, the node's first derivative, from the first derivatives of its arguments."""
        if node not in self.rates:
            self.rates[node] = push_forward(node, [self.known.get((arg, 1)) for arg in node.args])
        return self.rates[node]


def line_derivatives(node: Node, directions: Mapping[Node, Node], order: int) -> list[Node | None]:
    """Give the derivatives of order 0 … ``order`` of ``node`` along x + t·direction, at t = 0."""
    jet = Jet(directions)
    return [jet.derivative(node, k) for k in range(order + 1)]


def _times(weight: int, term: Node) -> Node:
    """Multiply by an integer; one beyond 2⁵³ is a sum of numbers that double precision holds exactly."""
    first = float(weight)
    scaled, rest = multiply(first, term), weight - int(first)
    while rest:
        part = float(rest)
        scaled, rest = add(scaled, multiply(part, term)), rest - int(part)
    return scaled
