"""DOT, the language of Graphviz, built with the package ``graphviz``; the program ``dot`` is asked only on request."""

from __future__ import annotations

import shutil
import subprocess

from ..core.errors import DrawError
from .labels import Block, clean
from .picture import Picture
from .story import Story, words

TIME_LIMIT = 60.0
SHAPES = {
    "input": "box",
    "constant": "note",
    "gate": "circle",
    "composite": "hexagon",
    "cluster": "box3d",
}


def source(made: Picture, story: Story | None) -> str:
    """Write the picture as DOT.

    Raises:
        DrawError: the package ``graphviz`` is not installed.
    """
    try:
        import graphviz
    except ImportError:
        raise DrawError("DOT needs the package graphviz: pip install graphviz (or save as svg)") from None
    result = graphviz.Digraph("symgraph", graph_attr={"rankdir": "LR"}, node_attr={"fontname": "DejaVu Sans"})
    for box in made.boxes:
        label = " = ".join([*box.outputs, clean(box.label.replace("\n", " / "))])
        if story:
            label += _numbers(story.values.get(box.key), story.gradients.get(box.key))
        shape = "octagon" if box.order and box.kind == "gate" else SHAPES[box.kind]
        result.node(f"n{box.key}", graphviz.escape(_plain(label)), shape=shape)
    for link in made.links:
        part = story.parts.get(link.key) if story else None
        result.edge(f"n{link.source}", f"n{link.target}", label=graphviz.escape(_plain(words(part))) if part else None)
    for box in made.boxes:
        if box.exact:
            result.edge(f"n{box.twin}", f"n{box.key}", style="dashed", arrowhead="none", constraint="false")
    return str(result.source)


def _plain(text: str) -> str:
    """Keep Graphviz from reading character references in a label."""
    return text.replace("&", "&amp;")


def _numbers(value: Block | None, gradient: Block | None) -> str:
    text = f" | {words(value)}" if value else ""
    return text + (f" | ∂ {words(gradient)}" if gradient else "")


def rendered(text: str, ending: str) -> bytes:
    """Let the program ``dot`` lay the picture out, within a minute.

    Raises:
        DrawError: ``dot`` is not installed, fails, or takes too long.
    """
    program = shutil.which("dot")
    if program is None:
        raise DrawError("engine='graphviz' needs the program dot: install Graphviz, or leave the engine out")
    try:
        done = subprocess.run([program, f"-T{ending}"], input=text.encode(), capture_output=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        raise DrawError(f"dot took longer than {TIME_LIMIT:.0f} s: leave engine='graphviz' out") from None
    if done.returncode:
        raise DrawError(f"dot failed: {done.stderr.decode(errors='replace').strip()[:200]}")
    return done.stdout
