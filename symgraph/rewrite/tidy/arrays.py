"""One pass over arrays: each new node is put into the order that :mod:`symgraph.rewrite.tidy.derivatives` describes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from ...core.node import SYMBOL, Node, apply
from ...core.origin import CONTEXT
from ...core.traversal import topological
from ...ops.arithmetic import NEGATIVE, divide, multiply, negative, number
from ...ops.tensor.contraction import CONTRACT, Indices, contract, product
from ..rules.assumptions import SYMMETRIC
from .chains import apart, in_a_row, turn
from .factors import (
    MOST_FACTORS,
    diagonals,
    inverse_square,
    is_reciprocal,
    parts,
    plain_numbers,
    powers,
    rows_scale,
    stands_turned,
)
from .signs import ADDING, PARTED, parts_of, signed_sum, turned_sum, unsigned
from .sums import collected, is_transpose, is_turned_product, turned
from .terms import DIVIDE, MULTIPLY, Scalar, Term, scaled, split, together


def is_multiple(node: Node) -> bool:
    """True for an array times a number."""
    return node.op is MULTIPLY and bool(node.shape) and number(node.args[0]) is not None


class Tidying:
    """One pass from the leaves up; sums and products are handled at their last node."""

    def __init__(self, results: Sequence[Node], given: set[Node], together: bool, opening: bool) -> None:
        self.results = results
        self.opening = opening
        self.given = given
        self.shared = together
        self.order = topological(list(results))
        self.assuming = any(node.op is SYMBOL and node.attrs[3] for node in self.order)
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
                if self.users.get(node) is not None or (self.opening and node in self.users and is_multiple(made)):
                    if node not in self.given:
                        self.inner.add(made)
                    if node not in self.given or not self.shared:
                        self.turnable.add(made)
        finally:
            CONTEXT.origin = before
        return [self._number_first(new[node]) for node in self.results]

    def _waits(self, node: Node) -> bool:
        """True inside a sum or a product whose last node comes later."""
        user = self.users.get(node)
        if user is None:
            return False
        adds = node.op in ADDING and user.op in ADDING and bool(node.shape) >= bool(user.shape)
        return adds or (bool(node.shape) and node.op is MULTIPLY and user.op is MULTIPLY and node.shape == user.shape)

    def _opens(self, node: Node) -> bool:
        return node in self.inner

    def _separates(self, node: Node) -> bool:
        return node in self.turnable

    def _tidied(self, node: Node) -> Node:
        if node.op is CONTRACT and self.assuming:
            known = SYMMETRIC.apply(node)
            node = node if known is None else known
        if not node.shape:
            return self._scalar(node)
        if node.op in ADDING:
            node = plain_numbers(self._sum(node))
        if node.op is MULTIPLY:
            node = self._product(node)
        if node.op is CONTRACT:
            node = self._contraction(node)
        if node.op is DIVIDE:
            node = self._quotient(node)
        if node.op is NEGATIVE:
            node = self._signed(node)
        return self._joined(node) if node.op in PARTED else node

    def _scalar(self, node: Node) -> Node:
        if node.op is CONTRACT:
            return self._contraction(node)
        if node.op in ADDING and node.op is not NEGATIVE:
            return self._sum(node)
        return self._joined(node) if node.op in PARTED else node

    def _quotient(self, node: Node) -> Node:
        """Write the sign in front of a quotient, and 1/x/x as a power."""
        above, below = node.args
        if above.op is NEGATIVE and self._opens(above):
            return negative(divide(above.args[0], below))
        if not self._separates(above):
            return node
        return inverse_square(below) if is_reciprocal(above) and above.args[1] is below else node

    # --- sums -----------------------------------------------------------------------------------

    def _sum(self, node: Node) -> Node:
        if node.args[0] is not node.args[-1] and not any(arg.op in PARTED or arg.op in ADDING for arg in node.args):
            return node
        parts, hidden = parts_of(node, self._opens)
        terms: list[Term] = []
        for minus, part in parts:
            term = split(part, self._separates, small=True)
            core = turned(term.core.args[0]) if is_turned_product(term.core) and self._opens(term.core) else term.core
            terms.append(replace(term, coefficient=-term.coefficient if minus else term.coefficient, core=core))
        alike = all(term.core.shape in ((), node.shape) for term in terms)
        found = collected(terms) if alike else None
        if found is not None or node.op is NEGATIVE:
            return node if found is None else found
        bare = [unsigned(part, self._separates) for _, part in parts]
        if not hidden and all(part is None for part in bare):
            return node
        return signed_sum([(m, p) if b is None else (not m, b) for (m, p), b in zip(parts, bare, strict=True)])

    def _joined(self, node: Node) -> Node:
        """Join the numbers of a product: 2·(0.5·k)·x is k·x, and (1/q)·x is x/q."""
        if not any(arg.op in PARTED and self._opens(arg) for arg in node.args):
            return node
        term = split(node, lambda part: part is node or self._opens(part), small=True)
        return term.node() if term.spare > 0 or term.inside else node

    def _number_first(self, node: Node) -> Node:
        """Write a result 2·(x / q) as 2·x / q."""
        if node.op is not MULTIPLY or not self._is_number(node.args[0]):
            return node
        value, quotient = node.args
        if quotient.op is not DIVIDE or not self._opens(quotient) or scaled(quotient) is None:
            return node
        return divide(multiply(value, quotient.args[0]), quotient.args[1])

    def _signed(self, node: Node) -> Node:
        """Join a sign with what stands first below it: -(2·x) is (-2)·x, -(a - b)·x is (b - a)·x."""
        inner = node.args[0]
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
        turned_round = unsigned(inner, self._opens, differences=True)
        return node if turned_round is None else turned_round

    @staticmethod
    def _is_number(node: Node) -> bool:
        value = number(node)
        return value is not None and value == value

    # --- products entry by entry ----------------------------------------------------------------

    def _product(self, node: Node) -> Node:
        found = scaled(node)
        if found is not None:
            return self._scaled(node, *found)
        x, y = node.args
        if x is not y and x.shape == y.shape and not any(arg in self.inner and arg.op in PARTED for arg in node.args):
            return node
        factors = self._factors(node)
        terms = [split(factor, self._opens) for factor in factors]
        if not all(term.is_plain() for term in terms):
            return together(terms, self._multiplied([term.core for term in terms])).node()
        alike = len({factor.shape for factor in factors}) == 1
        return self._multiplied(factors) if alike or rows_scale(factors) else node

    def _dot(self, node: Node) -> Node:
        """Write sum(x ⊙ y) of vectors as xᵀ·y."""
        (inner,) = node.args if len(node.args) == 1 else (node,)
        if node.shape or inner.ndim != 1 or inner.op is not MULTIPLY or not self._opens(inner):
            return node
        x, y = inner.args
        if x is y or x.shape != y.shape:
            return node
        return contract((x, y), ((0,), (0,)), (), {0: x.shape[0]})

    def _multiplied(self, factors: Sequence[Node]) -> Node:
        """Multiply entry by entry; vectors that scale the last axis of a matrix are one diagonal, x ⊙ (1/y) is x/y."""
        below = [factor.args[1] for factor in factors if is_reciprocal(factor) and self._opens(factor)]
        above = [factor for factor in factors if not (is_reciprocal(factor) and self._opens(factor))]
        if below and above and len({factor.shape for factor in factors}) == 1:
            return reduce(divide, below, powers(above))  # not by the product, which could overflow
        if not rows_scale(factors):
            return powers(factors)
        rows = [part for factor in factors if factor.ndim == 1 for part in parts(factor)]
        return product(powers([factor for factor in factors if factor.ndim == 2]), powers(rows))

    @staticmethod
    def _leaves(found: tuple[Scalar, Node], lists: Sequence[Indices], output: Indices) -> bool:
        """True if the scalar of the first operand reads better before the product: 2·A·B needs no brackets."""
        (kind, _), array = found
        begins = len(lists[0]) == len(output) and lists[0][:1] == output[:1]
        return kind == "/" or not begins or (array.op is CONTRACT and len(array.args) > 1)

    @staticmethod
    def _in_front(scalars: Sequence[Scalar], array: Node) -> Node:
        """Multiply an array with scalars, those that divide it last."""
        for kind, scalar in sorted(scalars, key=lambda each: each[0] == "/"):
            array = multiply(scalar, array) if kind == "*" else divide(array, scalar)
        return array

    def _scaled(self, node: Node, scalar: Scalar, array: Node) -> Node:
        """Join scalars in front of one array."""
        inner = scaled(array) if self._opens(array) else None
        if inner is None and scalar[0] == "*" and array.op is MULTIPLY and self._opens(array):
            made = self._product(array)  # it waited for this node
            if made is array:
                return multiply(scalar[1], array)
            self.inner.add(made)
            return multiply(scalar[1], made)
        if inner is None or inner[0][0] == "/" or scalar[0] == "/":
            return multiply(scalar[1], array) if scalar[0] == "*" else node
        first, second = (inner[0][1], scalar[1]) if self._is_number(inner[0][1]) else (scalar[1], inner[0][1])
        return multiply(multiply(first, second), inner[1])

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
            node = turn(node.args[0], self.turnable)
        if is_transpose(node) and node.args[0].op in ADDING and self._opens(node.args[0]):
            return turned_sum(node, self._opens)
        node = in_a_row(self._dot(node), self.turnable)
        node = apart(node, self._contraction) if node.op is CONTRACT else node
        if node.op is not CONTRACT:
            return node
        operands, scalars, changed = list[Node](), list[Scalar](), False
        lists, output, sizes = list(node.attrs[0]), *node.attrs[1:3]
        for place, arg in enumerate(node.args):
            found = scaled(arg) if arg in self.turnable and len(lists[place]) >= len(output) else None
            if found is not None and (place or self._leaves(found, lists, output)):
                scalars.append(found[0])
                arg, changed = found[1], True
            if arg in self.turnable and stands_turned(node, place):
                arg, lists[place], changed = turn(arg, self.turnable), lists[place][::-1], True
            operands.append(arg)
        grouped = diagonals(operands, lists, output)
        if not changed and grouped is None:
            return node
        operands, lists = grouped or (operands, lists)
        made = in_a_row(contract(operands, lists, output, dict(enumerate(sizes))), self.turnable)
        return self._in_front(scalars, made)
