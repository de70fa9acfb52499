"""Derivatives as a mathematician writes them: the pass over what differentiation appended.

The chain rule says which factors a derivative has, not in which order they are multiplied. This pass chooses an
order that reads well and costs no more:

* sums: common factors are taken out, ``A·x + Aᵀ·x`` is ``(A + Aᵀ)·x`` (:mod:`symgraph.rewrite.sums`);
* numbers and scalars stand in front, where the array is not larger than before: ``2·(Aᵀ·r)``;
* an array scaled along its last axis is a product with a diagonal matrix, and diagonals side by side are one:
  ``Zᵀ·diag(t^2 ⊙ s)·Z``;
* equal factors are a power;
* the transpose of a product is turned: ``Bᵀ·Aᵀ`` for ``(A·B)ᵀ``.

Only appended nodes are changed. The nodes of the function itself stay what they are, so that a derivative shares
them with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.memory import paused_collection
from ..core.node import Node, apply
from ..core.operator import OPS
from ..core.origin import CONTEXT
from ..core.traversal import topological
from ..ops.arithmetic import NEGATIVE, divide, multiply, negative, number, subtract
from ..ops.contraction import CONTRACT, Indices, contract, product
from .factors import MOST_FACTORS, connected, diagonals, is_square_product, plain_numbers, powers, stands_turned
from .sums import collected, is_turned_product, turned
from .terms import DIVIDE, MULTIPLY, Scalar, Term, scaled, split, together

SUBTRACT = OPS["subtract"]
ADDING = (OPS["add"], OPS["subtract"], NEGATIVE)
PARTED = (NEGATIVE, MULTIPLY, DIVIDE, CONTRACT)  # what may hold a sign, a number or a factor
DEEPEST = 16  # how many products inside one another are turned or put in a row


def tidy(results: Sequence[Node], given: Iterable[Node], together: bool = False) -> list[Node]:
    """Rewrite the nodes of ``results`` that are not among the ``given`` ones, the nodes of the function.

    Args:
        results: the derivatives.
        given: outputs of the function that was differentiated.
        together: the function will be computed too, so its products are not computed once more in another order.
    """
    if not any(node.shape for node in results):
        return list(results)
    with paused_collection():
        return _Tidy(results, set(topological(list(given))), together).run()


class _Tidy:
    """One pass from the leaves up; sums and products are handled at their last node."""

    def __init__(self, results: Sequence[Node], given: set[Node], together: bool) -> None:
        self.results = results
        self.given = given
        self.shared = together
        self.order = topological(list(results))
        self.users: dict[Node, Node | None] = {}
        for node in self.order:
            for arg in dict.fromkeys(node.args):
                self.users[arg] = node if arg not in self.users else None
        for node in results:
            self.users[node] = None
        self.inner: set[Node] = set()  # new nodes with one user, which may be taken apart
        self.turnable: set[Node] = set()

    def run(self) -> list[Node]:
        """Give the new results."""
        new: dict[Node, Node] = {}
        before = CONTEXT.origin
        try:
            for node in self.order:
                if not node.args or node in self.given:
                    made = node
                else:
                    CONTEXT.origin = node.origin
                    args = tuple([new[arg] for arg in node.args])
                    made = node if args == node.args else apply(node.op, args, node.attrs)
                    made = made if self._waits(node) else self._tidied(made)
                new[node] = made
                if self.users.get(node) is not None:
                    if node not in self.given:
                        self.inner.add(made)
                    if node not in self.given or not self.shared:
                        self.turnable.add(made)
        finally:
            CONTEXT.origin = before
        return [new[node] for node in self.results]

    def _waits(self, node: Node) -> bool:
        """True inside a sum or a product whose last node comes later."""
        user = self.users.get(node)
        if user is None or not node.shape:
            return False
        adds = node.op in ADDING and user.op in ADDING
        return adds or (node.op is MULTIPLY and user.op is MULTIPLY and node.shape == user.shape)

    def _opens(self, node: Node) -> bool:
        return node in self.inner

    def _separates(self, node: Node) -> bool:
        return node in self.turnable

    def _tidied(self, node: Node) -> Node:
        if not node.shape:
            return node
        if node.op in ADDING:
            node = plain_numbers(self._sum(node))
        if node.op is MULTIPLY:
            node = self._product(node)
        if node.op is CONTRACT:
            node = self._contraction(node)
        if node.op is DIVIDE and node.args[0].op is NEGATIVE and self._opens(node.args[0]):
            return negative(divide(node.args[0].args[0], node.args[1]))
        return self._signed(node) if node.op is NEGATIVE else node

    # --- sums -----------------------------------------------------------------------------------

    def _sum(self, node: Node) -> Node:
        if not any(arg.op in PARTED or arg.op in ADDING for arg in node.args):
            return node
        terms: list[Term] = []
        stack = [(1.0, node)]
        while stack:
            sign, part = stack.pop()
            if part.op in ADDING and part.shape == node.shape and (part is node or self._opens(part)):
                last = -sign if part.op is not ADDING[0] else sign
                if part.op is NEGATIVE:
                    stack.append((last, part.args[0]))
                else:
                    stack += [(last, part.args[1]), (sign, part.args[0])]
                continue
            term = split(part, self._separates)
            core = turned(term.core.args[0]) if is_turned_product(term.core) and self._opens(term.core) else term.core
            terms.append(Term(sign * term.coefficient, term.scalars, core))
        if any(term.core.shape != node.shape for term in terms):
            return node
        found = collected(terms)
        return node if found is None else found

    def _signed(self, node: Node) -> Node:
        """Join a sign with the number of the product below it: -(2·x) is (-2)·x."""
        inner = node.args[0]
        if inner.op is SUBTRACT and self._opens(inner):
            return subtract(inner.args[1], inner.args[0])
        if inner.op is MULTIPLY and self._is_number(inner.args[0]):
            return multiply(negative(inner.args[0]), inner.args[1])
        if (
            inner.op is CONTRACT
            and inner.args
            and inner.args[0].op is MULTIPLY
            and self._is_number(inner.args[0].args[0])
        ):
            lists, output, sizes = inner.attrs[:3]
            value, array = inner.args[0].args
            first = multiply(negative(value), array)
            return contract((first, *inner.args[1:]), lists, output, dict(enumerate(sizes)))
        return node

    @staticmethod
    def _is_number(node: Node) -> bool:
        value = number(node)
        return value is not None and value == value

    # --- products entry by entry ----------------------------------------------------------------

    def _product(self, node: Node) -> Node:
        if node.op is not MULTIPLY:
            return node
        found = scaled(node)
        if found is not None:
            return self._scaled(node, *found)
        x, y = node.args
        if x is not y and x.shape == y.shape and not any(arg in self.inner and arg.op in PARTED for arg in node.args):
            return node
        factors = self._factors(node)
        terms = [split(factor, self._opens) for factor in factors]
        if not all(term.is_plain() for term in terms):
            return together(terms, self._product(powers([term.core for term in terms]))).node()
        ranks = {factor.ndim for factor in factors}
        if ranks == {1, 2} and node.ndim == 2 and not any(1 in factor.shape for factor in factors):
            rows = [factor for factor in factors if factor.ndim == 1]
            arrays = [factor for factor in factors if factor.ndim == 2]
            return product(powers(arrays), powers(rows))
        return powers(factors) if len({factor.shape for factor in factors}) == 1 else node

    @staticmethod
    def _in_front(scalars: Sequence[Scalar], array: Node) -> Node:
        """Multiply an array with scalars, those that divide it last."""
        for kind, scalar in sorted(scalars, key=lambda each: each[0] == "/"):
            array = multiply(scalar, array) if kind == "*" else divide(array, scalar)
        return array

    def _scaled(self, node: Node, scalar: Scalar, array: Node) -> Node:
        """Join scalars in front of one array."""
        inner = scaled(array) if self._opens(array) else None
        if inner is None or inner[0][0] == "/" or scalar[0] == "/":
            return node
        return multiply(multiply(scalar[1], inner[0][1]), inner[1])

    def _factors(self, node: Node) -> list[Node]:
        """List the arrays that are multiplied entry by entry, in their order."""
        factors: list[Node] = []
        stack = [node]
        while stack:
            part = stack.pop()
            opens = part is node or (self._opens(part) and len(factors) + len(stack) < MOST_FACTORS)
            if opens and part.op is MULTIPLY and part.args[0].shape and part.args[1].shape:
                stack += [part.args[1], part.args[0]]
            else:
                factors.append(part)
        return factors

    # --- contractions ---------------------------------------------------------------------------

    def _contraction(self, node: Node) -> Node:
        if is_turned_product(node) and node.args[0] in self.turnable:
            node = self._turned(node.args[0])
        node = self._apart(self._in_a_row(node))
        if node.op is not CONTRACT:
            return node
        operands, scalars, changed = list[Node](), list[Scalar](), False
        lists, output, sizes = list(node.attrs[0]), *node.attrs[1:3]
        for place, arg in enumerate(node.args):
            found = scaled(arg) if arg in self.turnable and len(lists[place]) >= len(output) else None
            if found is not None and (place or len(lists[place]) > len(output) or lists[0][:1] != output[:1]):
                scalars.append(found[0])
                arg, changed = found[1], True
            if arg in self.turnable and stands_turned(node, place):
                arg, lists[place], changed = self._turned(arg), lists[place][::-1], True
            operands.append(arg)
        grouped = diagonals(operands, lists)
        if not changed and grouped is None:
            return node
        operands, lists = grouped or (operands, lists)
        made = self._in_a_row(contract(operands, lists, output, dict(enumerate(sizes))))
        return self._in_front(scalars, made)

    def _apart(self, node: Node) -> Node:
        """Compute first what is then only repeated, set on a diagonal, or multiplied without a sum.

        δ_ac·Σ_i W_ib·W_id becomes I ⊗ (Wᵀ·W), and A_ac·Σ_i W_ib·W_id becomes A ⊗ (Wᵀ·W).
        """
        lists, output, sizes = node.attrs[:3]
        known = dict(enumerate(sizes))
        groups = connected(lists)
        held = {i for index in lists for i in index}
        if (
            not output
            or held <= set(output)
            or (len(groups) == 1 and held >= set(output) and len(set(output)) == len(output))
        ):
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
            operands.append(self._contraction(part) if part.op is CONTRACT else part)
            indices.append(ends)
        return contract(operands, indices, output, known)

    def _turned(self, node: Node, depth: int = DEEPEST) -> Node:
        """Transpose a product of matrices, and the products in it that would then stand transposed."""
        made = turned(node)
        if made.op is not CONTRACT or depth == 0:
            return made
        operands, lists = list(made.args), list(made.attrs[0])
        for place, arg in enumerate(made.args):
            if arg in self.turnable and stands_turned(made, place):
                operands[place], lists[place] = self._turned(arg, depth - 1), lists[place][::-1]
        made = self._in_a_row(contract(operands, lists, made.attrs[1], dict(enumerate(made.attrs[2]))))
        self.turnable.add(made)
        return made

    def _in_a_row(self, node: Node, depth: int = DEEPEST) -> Node:
        """Write A·(B·C) as A·B·C where all matrices have one size, so that either order costs the same."""
        for _ in range(depth):
            if not (is_square_product(node) and node.args[1] in self.turnable and is_square_product(node.args[1])):
                break
            lists, output, sizes = node.attrs[:3]
            if lists[1][1] != output[1]:
                break
            (first, second), last = node.args, 3
            names = {second.attrs[1][0]: lists[1][0], second.attrs[1][1]: output[1]}
            inner = [tuple([names.get(i, last) for i in index]) for index in second.attrs[0]]
            known = dict.fromkeys(range(4), sizes[0])
            left = self._in_a_row(
                contract((first, second.args[0]), (lists[0], inner[0]), (output[0], last), known), depth - 1
            )
            node = contract((left, second.args[1]), ((output[0], last), inner[1]), output, known)
        return node
