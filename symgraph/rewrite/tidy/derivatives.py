"""Derivatives as a mathematician writes them: the pass over what differentiation appended.

The chain rule says which factors a derivative has, not in which order they are multiplied. This pass chooses an
order that reads well and costs no more:

* sums: common factors are taken out, ``A·x + Aᵀ·x`` is ``(A + Aᵀ)·x`` (:mod:`symgraph.rewrite.tidy.sums`);
* numbers and scalars stand in front, where the array is not larger than before: ``2·(Aᵀ·r)``;
* an array scaled along its last axis is a product with a diagonal matrix, and diagonals side by side are one:
  ``Zᵀ·diag(t^2 ⊙ s)·Z``;
* equal factors are a power;
* the transpose of a product is turned: ``Bᵀ·Aᵀ`` for ``(A·B)ᵀ``; a symmetric matrix is not transposed.

Scalars are written as sums of monomials (:mod:`symgraph.rewrite.tidy.scalars`).

Only appended nodes are changed. The nodes of the function itself stay what they are, so that a derivative shares
them with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...core.memory import paused_collection
from ...core.node import SYMBOL, Node
from ...core.traversal import topological
from ..rules.assumptions import TAKEN
from ..strategy import bottom_up
from .arrays import Tidying, is_multiple
from .scalars import MOST_NODES, Scalars
from .signs import ADDING, PARTED

MOST_PASSES = 4  # what has become one term can stand in another one; two passes are the rule
FARTHEST = 64  # how many operations above its users an array is looked for in a sum


def tidy(results: Sequence[Node], given: Iterable[Node], together: bool = False) -> list[Node]:
    """Rewrite the nodes of ``results`` that are not among the ``given`` ones, the nodes of the function.

    Args:
        results: the derivatives.
        given: outputs of the function that was differentiated.
        together: the function will be computed too, so its products are not computed once more in another order.
    """
    current, order = list(results), topological(results)
    known = set(topological(list(given)))
    if any(node.op is SYMBOL and node.attrs[3] for node in order):
        current = bottom_up(_taken)(current)
    if any(node.shape for node in order):
        with paused_collection():
            current = _arrays(current, known, together)
    return _scalars(current, known, together)


def _taken(node: Node) -> Node | None:
    """Write n·x^(n - 1) without asking whether x is 0, where it is positive."""
    return TAKEN.apply(node) if node.op is TAKEN.pattern.op else None


def _arrays(results: list[Node], known: set[Node], together: bool) -> list[Node]:
    plain = _repeated(results, known, together)
    if not _has_shared_multiple(plain, known):
        return plain
    opened = _repeated(plain, known, together, opening=True)
    return opened if _new(opened, known) <= _new(plain, known) else plain


def _scalars(results: list[Node], known: set[Node], together: bool) -> list[Node]:
    """Tidy scalar formulas; what is shared is written out on trial, and kept if that takes no more operations."""
    new = [
        node for node in topological(results) if node.op in (*PARTED, *ADDING) and not node.shape and node not in known
    ]
    if not 0 < len(new) <= MOST_NODES:
        return results
    beside = known if together else set[Node]()
    opened = Scalars(results, known, together, opening=True).run()
    if _new(opened, beside) <= _new(results, beside):
        return opened
    plain = Scalars(results, known, together, opening=False).run()
    return min(plain, results, key=lambda each: _new(each, beside))


def _repeated(results: Sequence[Node], known: set[Node], together: bool, opening: bool = False) -> list[Node]:
    current = list(results)
    for _ in range(MOST_PASSES):
        before, current = current, Tidying(current, known, together, opening).run()
        if current == before:
            break
    return current


def _new(results: Sequence[Node], known: set[Node]) -> int:
    """Count the nodes beside those of the function."""
    return sum(1 for node in topological(results) if node.args and node not in known)


def _has_shared_multiple(results: Sequence[Node], known: set[Node]) -> bool:
    """True if all uses of an array times a number meet in one sum or product, which the number may then leave."""
    order = topological(results)
    users: dict[Node, list[Node]] = {}
    for node in order:
        for arg in node.args:
            users.setdefault(arg, []).append(node)
    shared = [node for node in order if node not in known and is_multiple(node) and len(users.get(node, ())) > 1]
    return any(set.intersection(*[_above(user, users) for user in users[node]]) for node in shared)


def _above(node: Node, users: Mapping[Node, Sequence[Node]]) -> set[Node]:
    """List a node and what is made of it alone by sums and products."""
    found: set[Node] = set()
    while (node.op in PARTED or node.op in ADDING) and len(found) < FARTHEST:
        found.add(node)
        if len(users.get(node, ())) != 1:
            break
        (node,) = users[node]
    return found
