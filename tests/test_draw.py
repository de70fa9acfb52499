"""Pictures: what they show, that nothing overlaps, that hostile names stay text, and every format."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from browser import HOSTILE, random_network

import symgraph as sg
from symgraph.core.operator import OPS
from symgraph.draw.demos import DEMOS, demo
from symgraph.draw.geometry import place
from symgraph.draw.labels import exact_decimals, text_width
from symgraph.draw.palette import PALETTES, SURFACES, TEXT_ROLES, contrast
from symgraph.draw.svg import state_after
from symgraph.testing import sample, samples

GOLDEN = Path(__file__).parent / "golden" / "draw"
SVG = "{http://www.w3.org/2000/svg}"


def neuron() -> tuple[sg.Node, dict[str, float]]:
    f = sg.parse("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))")
    return f, {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}


def texts(svg: str, kind: str) -> list[str]:
    return [e.text or "" for e in ET.fromstring(svg).iter(f"{SVG}text") if kind in (e.get("class") or "").split()]


# --- what a picture shows ---------------------------------------------------------------------


def test_values_stand_above_and_gradients_below() -> None:
    f, at = neuron()
    svg = sg.draw(f, at=at).svg()
    assert texts(svg, "value") == ["2.00", "−1.00", "−2.00", "−3.00", "−2.00", "6.00", "4.00", "−3.00", "1.00",
                                   "−1.00", "0.37", "1.37", "0.73"]  # fmt: skip
    assert texts(svg, "gradient") == ["−0.20", "0.39", "0.20", "−0.39", "−0.59", "0.20", "0.20", "0.20", "0.20",
                                      "−0.20", "−0.53", "−0.53", "1.00"]  # fmt: skip
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        found = {e.get("class"): float(e.get("y", 0)) for e in group.findall(f"{SVG}g/{SVG}text")}
        if {"value", "gradient"} <= set(found):
            assert found["value"] < found["gradient"]


@pytest.mark.parametrize("name", list(DEMOS))
def test_numbers_are_those_of_backpropagate(name: str) -> None:
    diagram = demo(name).diagram if name != "nested" else demo(name).extra[1]
    story = diagram.story
    assert story is not None and diagram.at is not None
    first = next(iter(diagram.view.outputs.values()))
    result = sg.backpropagate(first, diagram.at)
    for box in diagram.picture.boxes:
        if box.node in result.values:
            assert np.allclose(story.numbers[box.key], result.values[box.node])
        if box.node in result.adjoints and box.key in story.gradients:
            wanted = np.ravel(result.adjoints[box.node])
            shown = [float(cell.replace("−", "-")) for cell in story.gradients[box.key].cells]
            assert np.allclose(shown, wanted, atol=0.005)


def test_textbook_numbers() -> None:
    text = demo("matrix-norm").text
    assert "q = W·x = (0.22, 0.26)" in text and "= 0.116" in text
    assert "∂f/∂W = [0.088, 0.176; 0.104, 0.208], ∂f/∂x = (−0.112, 0.636)" in text
    assert demo("sum-product").text.endswith("∂f/∂x = −4, ∂f/∂y = −4, ∂f/∂z = 3")
    assert demo("patterns").text.splitlines()[-2] == "∂f/∂x = −8, ∂f/∂y = 6, ∂f/∂z = 2, ∂f/∂w = 0"


def test_meeting_branches_are_told() -> None:
    x = sg.symbol("x")
    story = sg.draw(x * x + 3 * x, at={x: 2.0}).story
    assert story is not None
    meeting = [event.sentence for event in story.events if "meet" in event.sentence]
    assert meeting and meeting[-1].endswith("= 7")


X = sg.symbol("x", shape=2)
RULES: list[tuple[sg.Node, dict[str, Any], list[str]]] = [
    (
        sg.parse("q = W@x; s = tanh(q); sum(s) + inv(W)[0,0] + s[1]", W=(2, 2), x=2),
        {"W": [[1.0, 0.5], [0.0, 2.0]], "x": [0.5, 1.0]},
        [
            "δ at [1], 0 elsewhere",
            "δ at [0, 0], 0 elsewhere",
            "−W⁻ᵀ·δ·W⁻ᵀ",
            "δ·ones(2)",
            "δ ⊙ sech(a)^2",
            "δ·xᵀ",
            "Wᵀ·δ",
        ],
    ),
    # entries that are taken twice add up, whatever the gate is called
    (sg.sum(X[[0, 1, 0]]), {"x": [0.5, 1.0]}, ["δ·ones(3)", "of [ ]"]),
    *[
        (sg.sum(sg.function(name, [X], X[[0, 1, 0]])(X)), {"x": [0.5, 1.0]}, ["δ·ones(3)", f"of {name}"])
        for name in ("[a]", "[0]", "[ ]")
    ],
]


@pytest.mark.parametrize(("f", "at", "expected"), RULES)
def test_steps_between_arrays_say_the_rule(f: sg.Node, at: dict[str, Any], expected: list[str]) -> None:
    """The rule as a formula of the upstream gradient δ."""
    story = sg.draw(f, at=at).story
    assert story is not None
    rules = [match[1] for event in story.events if (match := re.search(r"\[rule (.*)\] on", event.sentence))]
    assert rules == expected


def test_every_operator_can_be_drawn_at_a_point() -> None:
    """With the rule of each step between arrays; values of operators without a derivative are refused by name."""
    refused = set()
    for name, number in samples(OPS):
        one = sample(OPS[name], number)
        (f,) = one.outputs
        if not f.dtype.startswith("float"):
            continue
        try:
            svg = sg.draw(sg.sum(f) if f.shape else f, at=one.values).svg(step=3)
        except sg.DifferentiationError as error:
            assert name in str(error)
            refused.add(name)
            continue
        ET.fromstring(svg)
    assert refused and all(None in (OPS[name].partials or ()) for name in refused)


def test_a_collapsed_group_shows_its_only_exit() -> None:
    """Its value and gradient are those of the last node inside; what it hands back goes over the right link."""
    W, b, v = sg.symbol("W", (2, 2)), sg.symbol("b", 2), sg.symbol("v", 2)
    with sg.scope("layer"):
        h = sg.tanh(W @ v + b)
    at = {W: [[0.1, -0.2], [0.3, 0.4]], b: [0.1, -0.1], v: [1.0, 2.0]}
    f = sg.sum(h**2) + sg.sum(v)
    diagram, result = sg.draw(f, at=at, collapse=True), sg.backpropagate(f, at)
    made, story = diagram.picture, diagram.story
    assert story is not None
    group = next(box for box in made.boxes if box.kind == "cluster")
    assert np.array_equal(story.numbers[group.key], result.values[h])
    shown = [float(cell.replace("−", "-")) for cell in story.gradients[group.key].cells]
    assert np.allclose(shown, result.adjoints[h], atol=0.005)
    over = [(event.link, event.box) for event in story.events if event.link is not None]
    assert len(over) == 8 and all(made.links[link].source == box for link, box in over)
    said = [event.sentence for event in story.events if event.sentence.startswith("back through layer: ")]
    assert [re.sub(r" [\[(][^→]*", " ", text).partition(";")[0] for text in said] == [
        f"back through layer: → {name}" for name in ("b", "W", "v")
    ]


def test_frames_show_dots_first_and_never_move() -> None:
    f, at = neuron()
    diagram = sg.draw(f, at=at)
    first = diagram.svg(step=0)
    assert set(texts(first, "value")) == set(texts(first, "gradient")) == {"·"}

    def bare(svg: str) -> str:
        return re.sub(r'>[^<]*</text>| ?fresh| class="[^"]*"', "", svg)

    assert {bare(diagram.svg(step=k)) for k in range(diagram.steps + 1)} == {bare(first)}
    assert diagram.svg(step=diagram.steps).count(">·<") == 0
    assert state_after(diagram.story, 1).values.keys() == {0}


def test_patterns_have_badges_and_the_loser_is_grey() -> None:
    svg = demo("patterns").diagram.svg()
    assert {"distributor", "router", "switcher"} <= set(texts(svg, "muted"))
    lost = [e for e in ET.fromstring(svg).iter(f"{SVG}g") if "lost" in (e.get("class") or "")]
    assert [e.findtext(f"{SVG}title") for e in lost] == ["w"]
    assert "lost" not in re.sub("<style>.*?</style>", "", demo("patterns").diagram.svg(step=12))


def test_all_that_feeds_a_branch_not_taken_is_grey() -> None:
    """Of max(max(x·z, y), 2) at x = 0.3, y = −1, z = 1, the inner max lost; x is used elsewhere."""
    x, y, z = sg.symbols("x y z")
    svg = sg.draw(sg.maximum(sg.maximum(x * z, y), 2.0) + x, at={x: 0.3, y: -1.0, z: 1.0}).svg()
    lost = [e.findtext(f"{SVG}title") for e in ET.fromstring(svg).iter(f"{SVG}g") if "lost" in (e.get("class") or "")]
    assert lost == ["z", "a", "y", "b"]


def test_derivative_nodes_stand_below_their_primal_nodes() -> None:
    diagram = demo("nested").diagram
    made, layout = diagram.picture, diagram.placed.layout
    exact = [box for box in made.boxes if box.exact]
    assert exact and all(box.order == 1 for box in exact)
    for box in exact:
        assert box.twin is not None
        assert layout.x[box.key] == layout.x[box.twin] and layout.y[box.key] > layout.y[box.twin]
    second = demo("nested").extra[2]
    heights = {o: [second.placed.layout.y[b.key] for b in second.picture.boxes if b.order == o] for o in (0, 1, 2)}
    assert max(heights[0]) < min(heights[1]) and max(heights[1]) < min(heights[2])


def test_names_follow_the_book() -> None:
    x, y = sg.symbols("x y")
    s = x * y
    f = sg.sin(s) + s
    made = sg.graph({"f": f}).gradient().draw(names={s: "s"}).picture
    names = {box.name for box in made.boxes}
    assert {"x", "y", "s", "f", "∂f/∂s", "∂f/∂x", "∂f/∂y"} <= names
    labels = [(box.label, box.name) for box in demo("nested").diagram.picture.boxes if box.order]
    assert labels == [("f′", "dz/dy"), ("f′", "dy/dx"), ("×", "dz/dx"), ("f′", "dx/dw"), ("×", "dz/dw")]


def test_large_arrays_become_heat_maps_with_their_shape() -> None:
    a = sg.symbol("A", shape=(30, 40))
    svg = sg.draw(sg.sum(a * a), at={a: np.arange(1200.0).reshape(30, 40)}).svg()
    assert "(30, 40)" in texts(svg, "muted") and len(re.findall("fill-opacity", svg)) >= 144


def test_scopes_collapse() -> None:
    x = sg.symbol("x")
    with sg.scope("layer"):
        y = sg.tanh(x * 2.0 + 1.0)
    whole, small = sg.draw(y * y), sg.draw(y * y, collapse=True)
    assert len(whole.picture.boxes) == 5 and len(small.picture.boxes) == 3
    assert "layer" in small.svg() and small.picture.boxes[1].kind == "cluster"


def test_large_graphs_start_collapsed() -> None:
    x = sg.symbol("x")
    y = x
    for _ in range(600):
        y = sg.sin(y) * x
    diagram = sg.graph(y).gradient().draw(at={x: 1.0})
    assert len(diagram.picture.boxes) < 150 and diagram.picture.collapsed
    assert networkx.is_directed_acyclic_graph(networkx.DiGraph([(e.source, e.target) for e in diagram.picture.links]))


def test_layers_are_found_as_repeated_subgraphs() -> None:
    h = sg.symbol("h", 4)
    y = h
    for i in range(30):
        y = sg.tanh(sg.symbol(f"W{i}", (4, 4)) @ y + sg.symbol(f"b{i}", 4))
    made = sg.draw(sg.graph(sg.sum(y**2)).gradient(), collapse=True).picture
    groups = {box.name: box for box in made.boxes if box.kind == "cluster"}
    layers = [box for name, box in groups.items() if name.endswith("of 30")]
    assert len(layers) == 30 and {len(box.nodes) for box in layers} == {3}
    assert sum(name.endswith("′") for name in groups) >= 29
    assert networkx.is_directed_acyclic_graph(networkx.DiGraph([(e.source, e.target) for e in made.links]))


def test_opened_composites_are_clusters() -> None:
    x = sg.symbol("x")
    g = sg.function("g", [x], sg.sin(x) * x)
    f = sg.function("f", [x], g(x) + 1.0)
    diagram = sg.draw(f(f(x)), at={x: 0.5}, expand=True)
    assert {box.scope for box in diagram.picture.boxes if box.node.args} == {"f 1", "f 2", "f 1 / g 1", "f 2 / g 2"}
    assert diagram.story is not None
    value = next(diagram.story.numbers[box.key] for box in diagram.picture.boxes if box.outputs)
    assert value == sg.evaluate(f(f(x)), {x: 0.5})


# --- layout -----------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [random_network(60), neuron()[0]], ids=["network", "neuron"])
def test_boxes_do_not_overlap(made: sg.Node) -> None:
    g = sg.graph(made)
    placed = g.gradient().draw(at=dict.fromkeys(g.inputs, 0.5)).placed
    layout = placed.layout
    rooms = []
    for box, m in zip(placed.picture.boxes, placed.measures, strict=True):
        x, y = layout.x[box.key], layout.y[box.key]
        before, after = m.half_width + m.entry, m.half_width + m.slot
        left, right = (x - after, x + before) if box.order else (x - before, x + after)
        rooms.append((left, right, y - max(m.half_height, m.value[1] + 4), y + max(m.half_height, m.gradient[1] + 4)))
    for i, a in enumerate(rooms):
        assert a[0] >= -0.1 and a[1] <= layout.width + 0.1 and a[2] >= -0.1 and a[3] <= layout.height + 0.1
        for b in rooms[:i]:
            assert a[1] <= b[0] + 0.1 or b[1] <= a[0] + 0.1 or a[3] <= b[2] + 0.1 or b[3] <= a[2] + 0.1


def test_layout_is_deterministic() -> None:
    diagram = sg.draw(random_network(60))
    assert place(diagram.picture, None).layout == place(diagram.picture, None).layout


def test_crossings_that_can_be_avoided_are() -> None:
    a, b, c, d = sg.symbols("a b c d")
    f = sg.sin(a * d) + sg.cos(b * c)
    assert sg.draw(f).placed.layout.crossings == 0


# --- looks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(PALETTES))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(name: str, scheme: str) -> None:
    colours = getattr(PALETTES[name], scheme)
    for role in TEXT_ROLES:
        for surface in SURFACES:
            assert contrast(colours[role], colours[surface]) >= 4.5, (role, surface)


def test_kinds_have_shapes_of_their_own() -> None:
    u, w = sg.symbols("u w")
    f = sg.function("f", [u], sg.exp(u))
    svg = sg.graph(sg.sin(w) * f(w) * sg.constant([1.0, 2.0])[0]).gradient().draw().svg()
    outlines = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        shape = group.find(f"{SVG}path[@class='shape']")
        rect = group.find(f"{SVG}rect[@class='shape']")
        if shape is not None:
            outlines[group.get("class")] = re.sub(r"[-0-9. ]+", "", shape.get("d") or "")
        elif rect is not None:
            outlines[group.get("class")] = "round" if float(rect.get("rx") or 0) > 6 else "square"
    assert outlines["box input"] == "square" and outlines["box gate"] == "round"
    assert len({outlines[k] for k in ("box input", "box gate", "box composite", "box gate derived")}) == 4


def test_text_is_measured_conservatively() -> None:
    """DejaVu Sans, the widest font of the stack: advance widths in units of 1/2048 em."""
    advances = {
        "0": 1303,
        "W": 2025,
        "m": 1995,
        "a": 1255,
        "i": 569,
        "−": 1716,
        "×": 1716,
        "@": 2048,
        ".": 651,
        "Q": 1612,
    }
    for character, advance in advances.items():
        assert text_width(character, 2048.0) >= advance, character


def test_decimals() -> None:
    assert exact_decimals([1.0, np.array([0.116])]) == 3
    assert exact_decimals([np.nan]) is None and exact_decimals([1e7]) is None


# --- hostile names ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_stay_text(name: str) -> None:
    x = sg.symbol(name)
    with sg.scope(name):
        y = sg.function(name, [sg.symbol("u")], sg.symbol("u") * 2.0)(x) + 1.0
    diagram = sg.draw({name: y, "plain": y * x}, at={x: 1.0})
    tags = {e.tag.removeprefix(SVG) for e in ET.fromstring(diagram.svg()).iter()}
    assert tags <= {"svg", "style", "rect", "g", "path", "text", "title"}
    attributes = {key for e in ET.fromstring(diagram.svg()).iter() for key in e.attrib}
    assert not {key for key in attributes if key.startswith("on")}
    page = diagram.html()
    assert page.lower().count("<script") == 2 and page.lower().count("</script") == 2
    assert page.lower().count("<img") == 0 and page.lower().count("<style") == 1 + page.count("<svg ")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert len(data["views"][0]["boxes"]) == len(diagram.picture.boxes)
    ET.fromstring(diagram._bytes("graphml", None, "symgraph"))
    pytest.importorskip("graphviz", reason="DOT needs the package graphviz")
    statements = [line for line in diagram.dot().splitlines() if line.startswith("\t")]
    assert all(re.match(r"\t(?:n\d+|node|graph|rankdir)", line) for line in statements)
    assert len([s for s in statements if re.match(r"\tn\d+ \[", s)]) == len(diagram.picture.boxes)
