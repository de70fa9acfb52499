"""Composites opened for a picture: the body stands in place of the gate, and its nodes form a cluster."""

from __future__ import annotations

from collections import Counter

from ..core.node import Node, apply
from ..core.origin import made_by
from ..core.traversal import rebuild, topological
from .labels import gate_label
from .naming import primed
from .picture import View, derivative_orders


def has_composites(view: View) -> bool:
    """Tell whether there is a gate to open."""
    return any(node.op.expand is not None for node in topological(view.outputs.values()))


def open_view(view: View) -> View:
    """Put the body of every composite, also of those inside bodies, in its place.

    The nodes of a body that no earlier body contains form a cluster named after the composite; clusters of one
    name are numbered.
    """
    while has_composites(view):
        view = _opened_once(view)
    return view


def _opened_once(view: View) -> View:
    nodes = topological([*view.outputs.values(), *view.adjoints.values()])
    total = Counter(gate_label(node, {}) for node in nodes if node.op.expand is not None)
    order = derivative_orders(nodes, view.appended)
    known = {gate_label(node, {}) for node in nodes if node.op.expand is not None and not order[node]}
    seen: Counter[str] = Counter()
    clusters: dict[Node, str] = {}
    appended: set[Node] = set()

    def replace(node: Node, args: tuple[Node, ...]) -> Node:
        outer = view.clusters.get(node, "")
        with made_by(node.origin if node.args else None):
            new = node if args == node.args else apply(node.op, args, node.attrs)
            if new.op.expand is None:
                if outer:
                    clusters.setdefault(new, outer)
                appended.update({new} if node in view.appended else ())
                return new
            body = new.op.expand(new)
        name = plain = primed(gate_label(node, {}), known) if order[node] else gate_label(node, {})
        seen[plain] += 1
        name = f"{outer} / {name}" if outer else name
        name += f" {seen[plain]}" if total[gate_label(node, {})] > 1 else ""
        inside = [inner for inner in topological([body], stop=args) if inner.args and inner not in args]
        for inner in inside:
            clusters.setdefault(inner, name)
        appended.update(inside if node in view.appended else ())
        return body

    made = dict(zip(nodes, rebuild(nodes, replace), strict=True))
    return View(
        {name: made[node] for name, node in view.outputs.items()},
        frozenset(appended),
        {made[primal]: made[adjoint] for primal, adjoint in view.adjoints.items() if primal in made},
        clusters,
        {made[node]: name for node, name in view.names.items() if node in made},
        {**{old: made[node] for old, node in view.opened.items() if node in made}, **made},
    )
