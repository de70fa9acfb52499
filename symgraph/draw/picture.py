"""What a picture consists of: boxes and links, made from a graph; constants join their gates, scopes can collapse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..core.node import CONSTANT, SYMBOL, Node
from ..core.origin import Derived
from ..core.traversal import topological
from .grouping import groups, scope_of
from .labels import badge, clean, cut, gate_label
from .naming import name_nodes, primed, twins_of


@dataclass(slots=True)
class Box:
    """One gate, input or collapsed group.

    ``order`` is 0 for primal nodes, 1 for nodes of a first derivative, and so on; ``twin`` is the box whose
    adjoint this is (``exact``) or whose rule made it. ``exit`` is the node whose value leaves the box, if it is one.
    """

    key: int
    nodes: tuple[Node, ...]
    label: str
    kind: str
    name: str
    order: int = 0
    twin: int | None = None
    exact: bool = False
    badge: str = ""
    scope: str = ""
    outputs: list[str] = field(default_factory=list)
    absorbed: dict[int, Node] = field(default_factory=dict)
    exit: Node | None = None

    @property
    def tag(self) -> str:
        """The names of the outputs: of one node they are equal, of a group they are a list."""
        return (" = " if len(self.nodes) == 1 else ", ").join(self.outputs)

    @property
    def node(self) -> Node:
        """The node, or the last of a group."""
        return self.nodes[-1]


@dataclass(frozen=True, slots=True)
class Link:
    """An edge from one box to the argument position of another."""

    key: int
    source: int
    target: int
    position: int


@dataclass(slots=True)
class Picture:
    """Boxes, arguments first, and the links between them; ``spoken`` if names stand at the gates without a story."""

    boxes: list[Box]
    links: list[Link]
    of: dict[Node, int]
    names: dict[Node, str]
    collapsed: bool = False
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn: named outputs, what differentiation appended, which node is whose adjoint, and opened bodies.

    ``names`` are the names that the user gave to inner nodes; ``opened`` says what took the place of which node.
    """

    outputs: Mapping[str, Node]
    appended: frozenset[Node] = frozenset()
    adjoints: Mapping[Node, Node] = field(default_factory=dict)
    clusters: Mapping[Node, str] = field(default_factory=dict)
    names: Mapping[Node, str] = field(default_factory=dict)
    opened: Mapping[Node, Node] = field(default_factory=dict)

    def cluster(self, node: Node) -> str:
        """Give the name of the opened composite or the scope that a node belongs to, or nothing."""
        return self.clusters.get(node) or scope_of(node)


def picture(view: View, collapse: bool = False) -> Picture:
    """Make the boxes and links of a graph; ``collapse`` puts every scope, or every stage of it, into one box."""
    order = topological(view.outputs.values())
    depth = derivative_orders(order, view.appended)
    shared = groups(order, depth, view.cluster) if collapse else {}
    absorbed = _absorbed(order, set(view.outputs.values()))
    boxes: list[Box] = []
    of: dict[Node, int] = {}
    twins = twins_of(order, depth, view.adjoints)
    names = name_nodes(order, view.outputs, view.names, twins)
    for members in _members(order, shared, absorbed):
        box = _box(len(boxes), members, depth, names, shared, view.cluster)
        boxes.append(box)
        of.update(dict.fromkeys(members, box.key))
    for name, node in view.outputs.items():
        boxes[of[node]].outputs.append(clean(name))
    _set_twins(boxes, of, twins, view.opened)
    _set_exits(boxes, of, view.outputs.values(), names)
    known = {box.label for box in boxes if box.kind == "composite" and not box.order}
    for box in boxes:
        if box.kind == "composite" and box.order:
            box.label = primed(box.label, known)
    return Picture(boxes, _links(boxes, of), of, names, collapse, bool(twins or view.names))


def derivative_orders(order: Sequence[Node], appended: Iterable[Node]) -> dict[Node, int]:
    """Say for each node how often differentiation had been applied when it was made: 0 for primal nodes."""
    forced = frozenset(appended)
    depth: dict[Node, int] = {}
    for node in order:
        origin = node.origin
        if node.op is SYMBOL or not isinstance(origin, Derived):
            depth[node] = int(node in forced)
            continue
        before = depth.get(origin.output, 0) if origin.output is not None else 0
        depth[node] = before + 1
    return depth


def _absorbed(order: Sequence[Node], outputs: set[Node]) -> dict[Node, dict[int, Node]]:
    """Find the scalar constants that are written into their gates, by user and position."""
    found: dict[Node, dict[int, Node]] = {}
    for node in order:
        if len(node.args) == 2 and node.op.notation.kind == "infix":
            held = {i: a for i, a in enumerate(node.args) if a.op is CONSTANT and not a.shape and a not in outputs}
            if len(held) == 1:
                found[node] = held
    return found


def _members(
    order: Sequence[Node], group_of: Mapping[Node, str], absorbed: Mapping[Node, Mapping[int, Node]]
) -> list[tuple[Node, ...]]:
    """List the contents of the boxes, in an order in which arguments come first."""
    held = {node for each in absorbed.values() for node in each.values()}
    needed = {a for node in order for i, a in enumerate(node.args) if i not in absorbed.get(node, {})}
    single = [node for node in order if node not in held or node in needed]
    if not group_of:
        return [(node,) for node in single]
    together: dict[object, list[Node]] = {}
    for node in single:
        together.setdefault(group_of.get(node, node), []).append(node)
    place = {node: key for key, members in together.items() for node in members}
    import networkx

    quotient: networkx.DiGraph[object] = networkx.DiGraph()
    quotient.add_nodes_from(together)
    for node in single:
        quotient.add_edges_from((place[a], place[node]) for a in node.args if a in place and place[a] != place[node])
    merged = networkx.condensation(quotient)
    rank = {key: i for i, key in enumerate(together)}
    position = {node: i for i, node in enumerate(single)}
    result = []
    for component in networkx.lexicographical_topological_sort(
        merged, key=lambda c: min(rank[key] for key in merged.nodes[c]["members"])
    ):
        nodes = [node for key in merged.nodes[component]["members"] for node in together[key]]
        result.append(tuple(sorted(nodes, key=lambda node: position[node])))
    return result


def _box(
    key: int,
    members: tuple[Node, ...],
    depth: Mapping[Node, int],
    names: Mapping[Node, str],
    group_of: Mapping[Node, str],
    cluster: Callable[[Node], str],
) -> Box:
    node = members[-1]
    if len(members) > 1:
        counts = Counter(gate_label(member, {}) for member in members if member.args)
        label = cut(group_of.get(node) or group_of.get(members[0]) or "group", 28)
        content = ", ".join([f"{count} {sign}" if count > 1 else sign for sign, count in counts.most_common(3)])
        low = min(depth[member] for member in members)
        return Box(key, members, f"{label}\n{len(members)} nodes: {cut(content, 26)}", "cluster", label, low)
    outer = len(node.args) == 2 and node.op.notation.kind == "infix"
    held = {i: a for i, a in enumerate(node.args) if outer and a.op is CONSTANT and not a.shape}
    held = held if len(held) == 1 else {}
    kind = (
        "input"
        if node.op is SYMBOL
        else "constant"
        if not node.args
        else "composite"
        if node.op.expand is not None
        else "gate"
    )
    return Box(
        key, members, gate_label(node, held), kind, names[node], depth[node], None, False,
        "" if depth[node] else badge(node), cluster(node), [], held,
    )  # fmt: skip


def _set_twins(
    boxes: Sequence[Box], of: Mapping[Node, int], twins: Mapping[Node, Node], opened: Mapping[Node, Node]
) -> None:
    for adjoint, primal in twins.items():
        if adjoint in of and primal in of and boxes[of[adjoint]].order > boxes[of[primal]].order:
            boxes[of[adjoint]].twin, boxes[of[adjoint]].exact = of[primal], True
    for box in boxes:
        origin = box.node.origin
        if box.twin is None and box.order and isinstance(origin, Derived):
            twin = of.get(opened.get(origin.primal, origin.primal))
            box.twin = twin if twin != box.key else None


def _set_exits(boxes: Sequence[Box], of: Mapping[Node, int], outputs: Iterable[Node], names: dict[Node, str]) -> None:
    """Find the one node of each box that others use; it goes by the name of the box."""
    used: dict[int, set[Node]] = {box.key: set() for box in boxes}
    for node in outputs:
        used[of[node]].add(node)
    for box in boxes:
        for arg in [arg for node in box.nodes for arg in node.args if of.get(arg, box.key) != box.key]:
            used[of[arg]].add(arg)
    for box in boxes:
        leaving = set(box.nodes) if len(box.nodes) == 1 else used[box.key]
        box.exit = next(iter(leaving)) if len(leaving) == 1 else None
        if box.exit is not None:
            names[box.exit] = box.name


def _links(boxes: Sequence[Box], of: Mapping[Node, int]) -> list[Link]:
    links: list[Link] = []
    for box in boxes:
        seen = set()
        for node in box.nodes:
            for i, arg in enumerate(node.args):
                source = of.get(arg)
                if source is None or source == box.key or i in box.absorbed:
                    continue
                if len(box.nodes) > 1 and source in seen:
                    continue
                seen.add(source)
                links.append(Link(len(links), source, box.key, i))
    return links
