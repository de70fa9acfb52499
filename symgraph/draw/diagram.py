"""``draw`` and ``Diagram``: one picture, in every format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import DrawError
from ..core.node import Node, lift
from . import dot, exchange, page, raster
from .geometry import Placed, place
from .opening import has_composites, open_view
from .palette import palette as find_palette
from .picture import Picture, View, picture
from .story import Story, tell
from .svg import render

COLLAPSE_ABOVE, WHOLE_BELOW = 400, 1500
NOTEBOOK_LIMIT = 300


class Diagram:
    """A picture of a graph. It shows itself in a notebook; ``save`` writes it in the format of the file's name.

    Attributes:
        picture: boxes and links.
        story: values, gradients and steps, if the picture was drawn at a point.
        shortened: whether it was collapsed for its size, but is small enough for the page to show every node too.
    """

    def __init__(
        self,
        view: View,
        at: Mapping[Any, Any] | None,
        palette: str,
        theme: str,
        collapse: bool | None,
        expand: bool = False,
    ):
        if theme not in ("auto", "light", "dark"):
            raise DrawError(f"there is no theme {theme!r}: use auto, light or dark")
        self.view = open_view(view) if expand else view
        view = self.view
        self.at = dict(at) if at is not None else None
        self.palette = find_palette(palette)
        self.theme = theme
        made = picture(view, bool(collapse))
        self.shortened = False
        if collapse is None and len(made.boxes) > COLLAPSE_ABOVE:
            self.shortened = len(made.boxes) < WHOLE_BELOW
            made = picture(view, True)
        self.picture: Picture = made
        self.story: Story | None = tell(made, view, self.at) if self.at is not None else None
        self._placed: Placed | None = None

    @property
    def placed(self) -> Placed:
        """The picture with its positions, computed once."""
        if self._placed is None:
            self._placed = place(self.picture, self.story)
        return self._placed

    @property
    def steps(self) -> int:
        """The number of steps of the story; ``svg(step=k)`` shows the picture after ``k`` of them."""
        return len(self.story.events) if self.story else 0

    def svg(self, step: int | None = None, theme: str | None = None) -> str:
        """Write SVG; ``step`` shows only what is known after so many steps, with all positions unchanged.

        >>> import symgraph as sg
        >>> x = sg.symbol("x")
        >>> sg.draw(sg.sin(x), at={x: 0.0}).svg(step=0).count(">·<")
        4
        """
        if step is not None and not 0 <= step <= self.steps:
            raise DrawError(f"step {step} does not exist: there are steps 0 to {self.steps}")
        return render(self.placed, self.palette, theme or self.theme, step)

    def html(self) -> str:
        """Write the page that steps through the derivative: one file that needs no network."""
        stages = [page.Stage("", self.view, place(self.picture, self.story, roomy=True))]
        if self.shortened:
            stages.append(self._stage("whole", self.view, False))
        if not self.picture.collapsed and any(box.scope for box in self.picture.boxes):
            stages.append(self._stage("collapse", self.view, True))
        if has_composites(self.view) and not self.picture.collapsed:
            stages.append(self._stage("open", open_view(self.view), False))
        return page.page(stages, self.palette, self.theme, self.at)

    def _stage(self, name: str, view: View, collapse: bool) -> page.Stage:
        made = picture(view, collapse)
        story = tell(made, view, self.at) if self.at is not None else None
        return page.Stage(name, view, place(made, story, roomy=True))

    def dot(self) -> str:
        """Write DOT, the language of Graphviz."""
        return dot.source(self.picture, self.story)

    def json(self) -> str:
        """Write boxes, links, positions, numbers and steps as JSON."""
        return json.dumps(exchange.description(self.placed), ensure_ascii=False, indent=1) + "\n"

    def save(self, path: str | Path, step: int | None = None, engine: str = "symgraph") -> None:
        """Write a file; the ending tells the format: svg, png, pdf, html, dot, graphml or json.

        Args:
            path: the file.
            step: for svg, png and pdf: show only what is known after so many steps.
            engine: ``graphviz`` lets the program ``dot`` lay out svg, png and pdf files.

        Raises:
            DrawError: the format is unknown, or a program or package that it needs is missing.
        """
        target = Path(path)
        ending = target.suffix.lower().removeprefix(".")
        if engine not in ("symgraph", "graphviz"):
            raise DrawError(f"there is no engine {engine!r}: use symgraph or graphviz")
        target.write_bytes(self._bytes(ending, step, engine))

    def _bytes(self, ending: str, step: int | None, engine: str) -> bytes:
        if engine == "graphviz" and ending in ("svg", "png", "pdf"):
            return dot.rendered(self.dot(), ending)
        if ending == "svg":
            return self.svg(step).encode()
        if ending in ("html", "htm"):
            return self.html().encode()
        if ending in ("dot", "gv"):
            return self.dot().encode()
        if ending == "json":
            return self.json().encode()
        if ending == "graphml":
            return exchange.graphml(self.placed)
        fixed = "light" if self.theme == "auto" else self.theme
        if ending == "png":
            return raster.png(self.svg(step, fixed))
        if ending == "pdf":
            return raster.pdf(self.svg(step, fixed))
        raise DrawError(f"a picture cannot be saved as {ending or 'a file without ending'!r}: "
                        "use svg, png, pdf, html, dot, graphml or json")  # fmt: skip

    def save_frames(self, pattern: str) -> list[Path]:
        """Write one file for every step, from none to all; ``pattern`` holds the number, as in ``step-%02d.svg``."""
        try:
            paths = [Path(pattern % step) for step in range(self.steps + 1)]
        except (TypeError, ValueError):
            raise DrawError(f"frames need a pattern with one number, such as step-%02d.svg, not {pattern!r}") from None
        if len(set(paths)) < len(paths):
            raise DrawError(f"frames need a pattern with one number, such as step-%02d.svg, not {pattern!r}")
        for step, path in enumerate(paths):
            self.save(path, step=step)
        return paths

    def _repr_svg_(self) -> str:
        """Show the picture in a notebook; above 300 nodes a collapsed summary."""
        if len(self.picture.boxes) <= NOTEBOOK_LIMIT:
            return self.svg()
        return Diagram(self.view, self.at, self.palette.name, self.theme, True).svg()

    def interactive(self, height: int = 520) -> InteractivePage:
        """Show the page in an isolated frame of a notebook."""
        return InteractivePage(self.html(), height)

    def __repr__(self) -> str:
        return f"<Diagram: {len(self.picture.boxes)} nodes, {self.steps} steps>"


class InteractivePage:
    """The page of a diagram as an isolated frame: it cannot touch the notebook around it."""

    def __init__(self, html: str, height: int) -> None:
        self.html = html
        self.height = height

    def _repr_html_(self) -> str:
        return page.frame(self.html, self.height)


def draw(
    x: Any,
    at: Mapping[Any, Any] | None = None,
    palette: str = "textbook",
    theme: str = "auto",
    collapse: bool | None = None,
    expand: bool = False,
    names: Mapping[Any, str] | None = None,
) -> Diagram:
    """Draw expressions or a graph.

    Args:
        x: an expression, a list or dict of them, or a :class:`~symgraph.Graph`. Nodes that differentiation
            appended stand in a band of their own, below the nodes they belong to.
        at: values for the symbols. They put the value of every node above its edge and, if the first output
            is a real scalar, the gradient of that output below.
        palette: ``textbook`` (green values, red gradients) or ``safe`` (told apart by every common colour vision).
        theme: ``auto`` follows the viewer's light or dark preference; ``light``, ``dark``.
        collapse: one box for every scope; without scopes, for repeated subgraphs and every stage of the
            computation. By default only above 400 nodes.
        expand: show the body of every composite instead of its gate, as a named cluster.
        names: what inner nodes are called, as in your book; the others get letters, and adjoints ∂f/∂a.

    Raises:
        DrawError: there is nothing to draw, or an option is unknown.

    >>> import symgraph as sg
    >>> a, b, c = sg.symbols("a b c")
    >>> diagram = draw((a + b) * c, at={a: -2, b: 5, c: -4})
    >>> diagram
    <Diagram: 5 nodes, 10 steps>
    >>> "−12" in diagram.svg()
    True
    """
    view = view_of(x)
    if names:
        view = replace(view, names={lift(node): str(name) for node, name in names.items()})
    return Diagram(view, at, palette, theme, collapse, expand)


def view_of(x: Any) -> View:
    """See expressions, or a graph with its appended nodes and adjoints, as what is to be drawn."""
    if isinstance(x, View):
        return x
    if hasattr(x, "outputs") and hasattr(x, "appended"):
        return View(dict(x.outputs), frozenset(x.appended), dict(x.adjoints))
    if isinstance(x, Mapping):
        outputs = {str(name): lift(value) for name, value in x.items()}
    elif isinstance(x, (list, tuple)):
        outputs = {f"out{i}": lift(value) for i, value in enumerate(x)}
    else:
        outputs = {"f": x if isinstance(x, Node) else lift(x)}
    if not outputs:
        raise DrawError("there is nothing to draw: give an expression or a graph")
    return View(outputs)
