"""Writes docs/gallery.md, docs/side-by-side.md, their pictures, and the recorded DOT and JSON of the demos.

``--check`` compares the pages with what is there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from symgraph.core.errors import DrawError
from symgraph.draw.demos import DEMOS, Demo, demo
from symgraph.draw.diagram import Diagram
from symgraph.graph import graph

HERE = Path(__file__).parent
IMAGES = HERE / "images"
GOLDEN = HERE.parent / "tests" / "golden" / "draw"
CAPTIONS = {
    "sigmoid-2": "The same neuron with σ as one gate.",
    "nested-3": "The same graph at w = 0.7: the appended nodes have values of their own.",
    "nested-4": "Differentiated twice: the second derivative is a third band.",
}
COMPARISON = """# Side by side

The same neuron, f = 1/(1 + exp(−(w0·x0 + w1·x1 + w2))), at the same point, as four tools draw it. The pictures of the
others are made by `python docs/peers.py` with torchviz 0.0.3, micrograd 0.1.0 and the d3viz of PyTensor 3.0.
(micrograd's package has no exponential; it is added there in the way of its other operations. What d3viz shows in a
browser has this layout, with pan and zoom.)

| symgraph: values above, gradients below | micrograd |
| --- | --- |
| ![the neuron in symgraph](images/sigmoid.svg) | ![the neuron in micrograd](images/peer-micrograd.svg) |

| symgraph: the gradient appended, each adjoint below its node | d3viz: function and gradient | torchviz |
| --- | --- | --- |
| ![the neuron and its gradient in symgraph](images/neuron-gradient.svg) \
| ![the neuron and its gradient in d3viz](images/peer-d3viz.svg) \
| ![the neuron in torchviz](images/peer-torchviz.svg) |

| shown | symgraph | micrograd | torchviz | d3viz |
| --- | --- | --- | --- | --- |
| operators by name | yes | yes | as `MulBackward0` | as `Elemwise`, rest on hover |
| inputs by name | yes | no | yes | yes |
| value of every node | yes | yes | no | no |
| gradient of every node | yes | yes | no | no |
| contributions of each branch where they meet | yes | no | no | no |
| matrices as grids, large arrays as heat maps | yes | scalars only | shape of inputs | type on each edge |
| derivative as graph, below its nodes | yes | none exists | backward graph alone | in the graph, unaligned |
| step by step, forward and back | yes | no | no | no |
| change an input and see all numbers change | yes | rerun | rerun | rerun |
| composites and scopes fold and open | yes | no | no | nested graphs |
| needs Graphviz | no | yes | yes | yes |
| one file, opens offline | yes | SVG | SVG, PDF | HTML with a folder of scripts |
"""


def pictures(name: str, made: Demo) -> list[tuple[str, Diagram]]:
    """List the pictures of a demo with their file names."""
    extra = [(f"{name}-{i}", diagram) for i, diagram in enumerate(made.extra, 2)]
    return [(name, made.diagram), *extra]


def page() -> str:
    """Write the page."""
    lines = [
        "# Gallery",
        "",
        "Textbook figures drawn from the running graph, made by `python docs/gallery.py`. Values stand above the",
        "edges, gradients below. Inputs are rectangles, gates round, composites hexagons, gates of derivatives",
        "octagons. Each figure is also a page that steps through it: `symgraph demo NAME -o NAME.html`. The pictures",
        'follow the viewer\'s light or dark preference; `palette="safe"` has colours for every colour vision.',
    ]
    for name in DEMOS:
        made = demo(name)
        lines += ["", f"## {made.title}", "", f"`symgraph demo {name}`"]
        for file, _ in pictures(name, made):
            lines += _shown(file, made.title)
        lines += ["", "```text", made.text, "```"]
    lines += ["", "The same neuron in micrograd, torchviz and d3viz: [side by side](side-by-side.md)."]
    return "\n".join(lines) + "\n"


def _save(file: str, diagram: Diagram) -> None:
    (IMAGES / f"{file}.svg").write_text(diagram.svg() + "\n")
    try:
        diagram.save(IMAGES / f"{file}.png")
    except DrawError as error:
        print(error, file=sys.stderr)


def _shown(file: str, title: str) -> list[str]:
    """Show a picture; the graph before differentiation stands beside the graph with the appended nodes."""
    if file == "nested":
        return ["", "| the function | with the appended derivative nodes |", "| --- | --- |",
                f"| ![z](images/nested-2.svg) | ![{title}](images/nested.svg) |"]  # fmt: skip
    if file == "nested-2":
        return []
    caption = ["", CAPTIONS[file], ""] if file in CAPTIONS else [""]
    return [*caption, f"![{title}](images/{file}.svg)"]


PAGES = {"gallery.md": page, "side-by-side.md": lambda: COMPARISON}


def write() -> None:
    """Write everything; PNG only where resvg-py is installed."""
    IMAGES.mkdir(exist_ok=True)
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in DEMOS:
        made = demo(name)
        for file, diagram in pictures(name, made):
            _save(file, diagram)
        (GOLDEN / f"{name}.dot").write_text(made.diagram.dot())
        (GOLDEN / f"{name}.json").write_text(made.diagram.json())
    neuron = demo("sigmoid").diagram
    _save("neuron-gradient", graph(neuron.view.outputs).gradient().draw(at=neuron.at))
    for name, text in PAGES.items():
        (HERE / name).write_text(text())


def main(check: bool) -> int:
    """Write the gallery, or say whether the page is stale."""
    if not check:
        write()
        return 0
    stale = [name for name, text in PAGES.items() if (HERE / name).read_text() != text()]
    print(f"{', '.join(stale)}: stale, run python docs/gallery.py" if stale else "the gallery is up to date")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
