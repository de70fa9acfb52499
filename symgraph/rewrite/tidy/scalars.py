"""Derivatives of scalar formulas as a person writes them: ``(2·log(x) - 3) / x / x / x`` for a sum of five products.

One sweep from the leaves up. Each sum or product that differentiation appended is kept as monomials until something
else needs its value; then like terms are added, what all terms have in common is taken out, and the node is built.

Every step holds in floating-point arithmetic up to rounding, and loses no range that numbers within 1e±75 could leave:
see :mod:`symgraph.rewrite.tidy.monomial` for what is *not* done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...core.node import Node, apply
from ...core.operator import OPS
from ...core.origin import CONTEXT
from ...core.traversal import topological
from ...ops.arithmetic import NEGATIVE
from .monomial import Monomial, atom, over, times
from .polynomial import Form, alike, collected, signed
from .signs import ADDING, SUBTRACT
from .sums import MOST_TERMS
from .terms import DIVIDE, MULTIPLY

SUMS = (OPS["add"], SUBTRACT)
MOST_NODES = 2000  # nobody reads a longer derivative
SMALL = 8  # a shared product of so few parts may be written out where it is used


class Scalars:
    """One sweep over scalar derivatives; given nodes stay what they are, but a product may be taken up by another."""

    def __init__(self, results: Sequence[Node], given: set[Node], together: bool, opening: bool) -> None:
        self.results = results
        self.given = given
        self.together = together
        self.opening = opening
        self.order = topological(list(results))
        self.uses = Counter(arg for node in self.order for arg in dict.fromkeys(node.args))
        self.uses.update(results)
        self.scales = {arg for node in self.order if node.shape for arg in node.args if not arg.shape}
        self.forms: dict[Node, Form] = {}
        self.sums: dict[Node, Form] = {}  # by the node that was built
        self.built: dict[Node, Node] = {}

    def run(self) -> list[Node]:
        """Give the new results."""
        before = CONTEXT.origin
        try:
            for node in self.order:
                CONTEXT.origin = node.origin
                if self._parts(node):
                    self.forms[node] = self._form(node)
                if not node.args or node in self.given:
                    self.built[node] = node
                    if len(self.forms.get(node, ())) > 1:
                        self.sums[node] = self.forms[node]
                elif node not in self.forms:
                    args = tuple([self._node(arg) for arg in node.args])
                    self.built[node] = node if args == node.args else apply(node.op, args, node.attrs)
            return [self._node(node) for node in self.results]
        finally:
            CONTEXT.origin = before

    def _parts(self, node: Node) -> bool:
        """True for sums and products that may be written in another way."""
        if node.shape or node.dtype != "float64":
            return False
        shared = self.together or (self.uses[node] > 1 and not self.opening)
        if node in self.given and node.op not in SUMS and shared:
            return False
        return node.op in (MULTIPLY, DIVIDE, *ADDING) and all(arg.dtype == "float64" for arg in node.args)

    def _opens(self, node: Node) -> bool:
        """True if a use of the node may write it out."""
        form = self.forms.get(node)
        if form is None or (node in self.given and node.op in SUMS):
            return False
        if self.uses[node] == 1:
            return True
        return self.opening and len(form) == 1 and form[0].size() <= SMALL

    def _node(self, node: Node) -> Node:
        made = self.built.get(node)
        if made is not None:
            return made
        CONTEXT.origin = node.origin
        product = collected(self.forms[node], self.sums)
        made = self.built[node] = product.number_first() if node in self.scales else product.node()
        return made

    def _monomial(self, node: Node) -> Monomial:
        return collected(self.forms[node], self.sums) if self._opens(node) else atom(self._node(node))

    def _form(self, node: Node) -> Form:
        if node.op in (MULTIPLY, DIVIDE):
            x, y = [self._monomial(arg) for arg in node.args]
            return [times(x, y) if node.op is MULTIPLY else over(x, y)]
        signs = (-1.0,) if node.op is NEGATIVE else (1.0, -1.0 if node.op is SUBTRACT else 1.0)
        parts = [self._terms(arg) for arg in node.args]
        terms = signed(parts, signs)
        if len(parts[-1]) > 1 and len(alike(terms)) == len(terms):  # a + (b + c) is not (a + b) + c
            terms = signed([*parts[:-1], [collected(parts[-1], self.sums)]], signs)
        return terms if len(terms) <= MOST_TERMS else signed([[atom(self._node(arg))] for arg in node.args], signs)

    def _terms(self, node: Node) -> Form:
        return self.forms[node] if self._opens(node) else [atom(self._node(node))]
