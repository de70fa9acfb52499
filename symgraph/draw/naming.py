"""Names of the nodes of a picture: what the user called them, letters, and ∂f/∂a for adjoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..core.node import SYMBOL, Node
from .labels import LONGEST_NAME, clean, cut, gate_label


def twins_of(order: Sequence[Node], depth: Mapping[Node, int], adjoints: Mapping[Node, Node]) -> dict[Node, Node]:
    """Find for each appended node the primal node whose adjoint it is.

    A node may be the adjoint of several, as below a sum; the one nearest to the output is taken, where the
    adjoint comes from.
    """
    place = {node: i for i, node in enumerate(order)}
    result: dict[Node, Node] = {}
    for primal, adjoint in adjoints.items():
        if primal not in place or adjoint not in place or depth[adjoint] <= depth[primal]:
            continue
        if adjoint not in result or place[primal] > place[result[adjoint]]:
            result[adjoint] = primal
    return result


def name_nodes(
    order: Sequence[Node], outputs: Mapping[str, Node], given: Mapping[Node, str], twins: Mapping[Node, Node]
) -> dict[Node, str]:
    """Name symbols and outputs by themselves, adjoints ∂f/∂a, other gates a, b, c …, then v1, v2 …; no name twice."""
    names = {node: cut(node.name) for node in order if node.op is SYMBOL}
    taken = set(names.values())

    def name(node: Node, wanted: str) -> None:
        if node not in names and wanted not in taken:
            names[node] = wanted
            taken.add(wanted)

    for node, wanted in given.items():
        name(node, cut(wanted))
    for wanted, node in outputs.items():
        if node.args and wanted.isidentifier():
            name(node, cut(wanted))
    letters = _letters(sum(bool(node.args) and node not in names and node not in twins for node in order), taken)
    for node in order:
        if node not in names and (not node.args or node not in twins):
            names[node] = next(letters) if node.args else gate_label(node, {})
            taken.add(names[node])
    first = names.get(next(iter(outputs.values())), "f")
    for node in order:
        wanted = f"∂{first}/∂{names[twins[node]]}" if node in twins and twins[node] in names else ""
        if wanted and len(wanted) <= LONGEST_NAME:
            name(node, clean(wanted))
    left = _letters(sum(node not in names for node in order), taken)
    return {node: names[node] if node in names else next(left) for node in order}


def _letters(count: int, taken: Iterable[str]) -> Iterator[str]:
    """Give free names; letters if there are enough of them."""
    used = set(taken)
    letters = [c for c in "abcdefghijklmnopqrstuvwxyz" if c not in used]
    numbered = (f"v{i}" for i in range(1, count + len(used) + 1))
    return iter(letters if count <= len(letters) else [text for text in numbered if text not in used])


def primed(name: str, known: Iterable[str]) -> str:
    """Write the composite that differentiation made of ``f`` as f′, if ``f`` itself is in the picture.

    >>> primed("ddf", {"f"}), primed("delta", {"f"})
    ('f″', 'delta')
    """
    for base in known:
        times = len(name) - len(base)
        if 0 < times <= 3 and name == "d" * times + base:
            return base + ("′", "″", "‴")[times - 1]
    return name
