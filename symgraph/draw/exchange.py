"""A picture as data: JSON and GraphML, with positions and numbers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from .geometry import Placed
from .labels import Block, clean
from .wording import type_text


def description(placed: Placed) -> dict[str, Any]:
    """Describe a picture with lists, dicts, strings and numbers only."""
    made, story, layout = placed.picture, placed.story, placed.layout
    boxes = []
    for box in made.boxes:
        one: dict[str, Any] = {
            "key": box.key,
            "name": box.name,
            "label": box.label,
            "kind": box.kind,
            "type": type_text(box.node),
            "order": box.order,
            "x": round(layout.x[box.key], 1),
            "y": round(layout.y[box.key], 1),
        }
        optional = {"twin": box.twin, "badge": box.badge, "scope": box.scope, "outputs": box.outputs}
        one |= {key: value for key, value in optional.items() if value not in (None, "", [])}
        if story:
            numbers = {"value": story.values.get(box.key), "gradient": story.gradients.get(box.key)}
            one |= {key: _rows(shown) for key, shown in numbers.items() if shown}
        boxes.append(one)
    links = [{"source": each.source, "target": each.target, "position": each.position} for each in made.links]
    steps = [event.sentence for event in story.events] if story else []
    return {"format": "symgraph picture 1", "boxes": boxes, "links": links, "steps": steps}


def _rows(shown: Block) -> Any:
    if not shown.rows:
        return f"array {shown.note}"
    return [list(row) for row in shown.rows] if shown.bracket else shown.rows[0][0]


def graphml(placed: Placed) -> bytes:
    """Write the picture as GraphML, which graph programs read."""
    import networkx

    graph: networkx.MultiDiGraph[Any] = networkx.MultiDiGraph()
    described = description(placed)
    for box in described["boxes"]:
        plain = {key: value if isinstance(value, (str, int, float)) else str(value) for key, value in box.items()}
        graph.add_node(
            f"n{box['key']}", **{key: clean(value) if isinstance(value, str) else value for key, value in plain.items()}
        )
    for link in described["links"]:
        graph.add_edge(f"n{link['source']}", f"n{link['target']}", position=link["position"])
    buffer = BytesIO()
    networkx.write_graphml_xml(graph, buffer)
    return buffer.getvalue()
