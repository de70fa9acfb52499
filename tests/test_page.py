"""The page in a real browser: offline, right numbers at every step, keyboard, search, editing, both colour schemes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import AT, Opened, neuron

import symgraph as sg
from symgraph.core.node import apply
from symgraph.core.operator import OPS
from symgraph.draw.demos import DEMOS, demo
from symgraph.draw.editing import operations
from symgraph.draw.page import SCRIPTS, asset
from symgraph.draw.tables import precise
from symgraph.evaluate.backpropagation import number_text

# --- without a browser ------------------------------------------------------------------------


def test_page_is_small_and_self_contained() -> None:
    page = sg.draw(neuron(), at=AT).html()
    overhead = sum(len(asset(name).encode()) for name in ("page.css", *SCRIPTS))
    least = sg.draw(sg.symbol("x")).html()
    assert overhead < 60_000 and len(least.encode()) < 60_000
    assert "default-src 'none'" in page and "unsafe" not in page
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)
    assert "style=" not in page and not re.search(r"\son\w+=", page)


@pytest.mark.parametrize("f", ["sum(x)", "sum(cumsum(y))", "sum(z)"])
def test_what_the_page_cannot_compute_is_read_only(f: str) -> None:
    """Arrays larger than a grid, operators that are not in the page's table, three axes."""
    shapes = {"x": (40,), "y": (3,), "z": (2, 2, 2)}
    used = f.removeprefix("sum(").removeprefix("cumsum(").strip(")")
    page = sg.draw(sg.parse(f, **shapes), at={used: np.ones(shapes[used])}).html()
    assert "readonly" in page and "these values are fixed" in page


# --- in a browser -----------------------------------------------------------------------------


def expected(diagram: sg.Diagram, step: int) -> dict[str, list[str]]:
    story = diagram.story
    assert story is not None
    blocks = {f"v{key}": block for key, block in story.values.items()}
    blocks |= {f"g{key}": block for key, block in story.gradients.items()}
    known = {f"{event.kind[0]}{event.box}": event.block.cells for event in story.events[:step]}
    return {name: known.get(name, ["·"] * len(block.cells)) for name, block in blocks.items()}


@pytest.mark.parametrize("name", list(DEMOS))
def test_every_step_shows_the_numbers_of_backpropagate(browser: Any, tmp_path: Path, name: str) -> None:
    made = demo(name)
    diagram = made.extra[1] if name == "nested" else made.diagram
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "#step=0")
    assert diagram.story is not None
    for step in range(diagram.steps + 1):
        assert opened.numbers() == expected(diagram, step)
        if step:
            assert opened.sentence() == diagram.story.events[step - 1].sentence
        opened.page.keyboard.press("ArrowRight")
    assert opened.page.evaluate("location.hash") == f"#step={diagram.steps}"
    opened.page.keyboard.press("ArrowLeft")
    assert opened.numbers() == expected(diagram, diagram.steps - 1)
    opened.close()


def test_keyboard_search_and_selection(browser: Any, tmp_path: Path) -> None:
    diagram = sg.graph(neuron()).gradient().draw(at=AT)
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "#step=3")
    page = opened.page
    assert page.text_content("#count") == f"3 / {diagram.steps}"
    for key, count in (("End", diagram.steps), ("Home", 0)):
        page.keyboard.press(key)
        assert page.text_content("#count") == f"{count} / {diagram.steps}"
    page.keyboard.press("/")
    page.keyboard.type("tanhh")
    assert page.text_content("#found") == "0 found"
    page.fill("#search", "x0")
    assert page.text_content("#found") == "4 found"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.classList.contains('chosen')")
    dimmed = page.evaluate("document.querySelectorAll('.box.dim').length")
    assert 0 < dimmed < len(diagram.picture.boxes)
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelectorAll('.box.dim').length") == 0
    page.keyboard.press("d")
    assert page.evaluate("document.querySelectorAll('.box.gone').length") == sum(b.order for b in diagram.picture.boxes)
    before = page.get_attribute("svg.symgraph", "viewBox")
    page.keyboard.press("+")
    assert page.get_attribute("svg.symgraph", "viewBox") != before
    page.keyboard.press("p")
    page.keyboard.press("ArrowRight")
    assert opened.sentence().endswith("= ?")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    assert opened.sentence().startswith("Right.")
    opened.close()


def every_operation() -> sg.Node:
    x, y = sg.symbols("x y")
    inside = {
        "arcsin": x / 2,
        "arccos": x / 2,
        "arctanh": x / 2,
        "logit": x / 2,
        "one_minus_square": x / 2,
        "arccosh": x + 1,
    }
    total = sg.parse("0*x")
    for name in sorted(operations()):
        total = total + apply(OPS[name], (inside.get(name, x), y)[: OPS[name].arity or 1])
    return total


@pytest.mark.parametrize(("f", "at", "other"), [
    (every_operation, {"x": 0.7, "y": 1.3}, {"x": 1.6, "y": 0.4}),
    (every_operation, {"x": 0.7, "y": 1.3}, {"x": 0.5, "y": 0.5}),
    (neuron, AT, {**AT, "w0": 0.5, "x1": 4.0}),
    (lambda: sg.parse("max(x, y)*2 + x*y + sin(x)^2/y"), {"x": 3.0, "y": -4.0}, {"x": -0.125, "y": 12345.678}),
    (lambda: sg.parse("log(1 + exp(x)) - tanh(x)*sqrt(y)"), {"x": 0.0, "y": 4.0}, {"x": 1e-7, "y": 2.5}),
    (lambda: demo("matrix-norm").diagram.view.outputs["f"], {"W": [[0.1, 0.5], [-0.3, 0.8]], "x": [0.2, 0.4]},
     {"W": [[1.0, -2.0], [0.25, 3.0]], "x": [-1.5, 0.5]}),
    (lambda: sg.parse("norm(tanh(A@x + b)) + x'@A@x*c - tr(A)*sum(x.*b)", A=(2, 2), x=2, b=2),
     {"A": np.eye(2), "x": [0.5, 0.25], "b": [1.0, -1.0], "c": 2.0},
     {"A": [[0.5, -1.0], [2.0, 0.125]], "x": [-0.5, 1.25], "b": [0.75, 0.0], "c": -3.0}),
    (lambda: sg.parse("logsumexp(W@x + b) - (W@x + b)[1] - log_softmax(W@x)[0]", W=(3, 2), x=2, b=3),
     {"W": [[0.5, 1.0], [2.0, -1.0], [0.0, 0.25]], "x": [1.0, 2.0], "b": np.zeros(3)},
     {"W": [[0.1, -1.5], [300.0, 0.5], [0.2, 0.3]], "x": [-1.0, 4.0], "b": [1.0, 2.0, -500.0]}),
    (lambda: sg.sum(sg.softmax(sg.symbol("A", (2, 3)), axis=0) * sg.softmax(sg.symbol("A", (2, 3)))[:, ::-1]),
     {"A": np.ones((2, 3))}, {"A": [[1.0, 2.0, 800.0], [-4.0, 0.5, 0.0]]}),
    (lambda: sg.parse("sum((A + b).*A./(2 + c^2))", A=(2, 3), b=3), {"A": np.ones((2, 3)), "b": np.ones(3), "c": 1.0},
     {"A": [[1.0, 2.0, 3.0], [-4.0, 0.5, 0.0]], "b": [0.1, 0.2, 0.3], "c": -2.0}),
])  # fmt: skip
def test_edited_inputs_recompute(browser: Any, tmp_path: Path, f: Any, at: Any, other: Any) -> None:
    f = f()
    sg.draw(f, at=at).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    for name, value in other.items():
        opened.page.fill(f"#inputs input[name={name}]", precise(value))
    wanted = sg.draw(f, at=other)
    assert opened.numbers() == expected(wanted, wanted.steps)
    assert wanted.story is not None
    opened.page.keyboard.press("Tab")
    for step in (wanted.steps, wanted.steps // 2 + 1, 1):
        opened.page.evaluate(f"show({step})")
        assert opened.sentence() == wanted.story.events[step - 1].sentence
    opened.page.fill("#inputs input >> nth=0", "x")
    assert re.search(r"is not a number|needs \d numbers", opened.page.text_content("#note"))
    opened.close()


def test_forward_table_follows_edited_inputs(browser: Any, tmp_path: Path) -> None:
    f, other = sg.parse("x1*x2 + sin(x1)"), {"x1": 1.25, "x2": -2.0}
    sg.draw(f, at={"x1": 0.5, "x2": 3.0}).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    for name, value in other.items():
        opened.page.fill(f"#inputs input[name={name}]", precise(value))
    for i, seed in enumerate(other):
        cells = opened.page.evaluate(
            f"""[...document.querySelectorAll("table[data-seed='{i}'] tbody tr")].map(
            r => [r.cells[1].textContent, r.cells[3].textContent])"""
        )
        rows = sg.forward_trace(f, other, seed).rows
        wanted = [[number_text(row.value), number_text(row.tangent)] for row in rows]
        assert [[text.replace("−", "-") for text in row] for row in cells] == wanted
    opened.close()


def test_scopes_collapse_and_open(browser: Any, tmp_path: Path) -> None:
    x = sg.symbol("x")
    with sg.scope("layer"):
        y = sg.tanh(x * 2.0 + 1.0)
    diagram = sg.draw(y * y, at={x: 0.5})
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    visible = "[...document.querySelectorAll('.box[data-key]')].filter(b => b.getClientRects().length).length"
    assert opened.page.evaluate(visible) == 5
    opened.page.keyboard.press("c")
    assert opened.page.evaluate(visible) == 3 and opened.page.is_checked("#collapse")
    opened.page.keyboard.press("Home")
    assert opened.page.text_content("#count").startswith("0 / ")
    opened.page.keyboard.press("c")
    opened.page.keyboard.press("End")
    assert opened.numbers() | expected(diagram, diagram.steps) == opened.numbers()
    opened.close()


def test_a_single_scope_folds_where_it_stands(browser: Any, tmp_path: Path) -> None:
    """Its boxes and inner links vanish, links from outside lead to its box, everything else stays in place."""
    x = sg.symbol("x")
    with sg.scope("layer"):
        y = sg.tanh(x * 2.0 + 1.0)
    sg.draw(sg.sin(y * x), at={x: 0.5}).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    page = opened.page
    boxes = """[...document.querySelectorAll('.box[data-key]')].filter(b => b.getClientRects().length)
        .map(b => [b.dataset.key, b.getBoundingClientRect().x])"""
    links = "[...document.querySelectorAll('.link')].map(l => [getComputedStyle(l).display, l.getAttribute('d')])"
    whole, routes = page.evaluate(boxes), page.evaluate(links)
    page.focus(".group")
    page.keyboard.press("Enter")
    folded = page.evaluate(boxes)
    assert len(folded) == len(whole) - 3 and all(box in whole for box in folded)
    assert page.get_attribute(".group", "aria-expanded") == "false"
    assert "3 nodes" in page.text_content(".group")
    changed = [new for new, old in zip(page.evaluate(links), routes, strict=True) if new != old]
    assert sorted(shown for shown, _ in changed) == ["inline", "inline", "none", "none"]
    page.keyboard.press("Enter")
    assert page.evaluate(boxes) == whole and page.evaluate(links) == routes
    opened.close()


def test_composites_open_and_close(browser: Any, tmp_path: Path) -> None:
    diagram = demo("nested").extra[1]
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    page = opened.page
    visible = "[...document.querySelectorAll('.box[data-key]')].filter(b => b.getClientRects().length).length"
    closed = page.evaluate(visible)
    page.keyboard.press("o")
    assert page.is_checked("#open") and page.evaluate(visible) > closed
    names = page.evaluate("[...document.querySelectorAll('.group text.label')].map(t => t.textContent)")
    assert [name for name in names if name.startswith("f")] == ["f 1", "f 2", "f 3"]
    found = {text for texts in opened.numbers().values() for text in texts}
    assert {cell for block in diagram.story.values.values() for cell in block.cells} <= found
    page.keyboard.press("o")
    assert page.evaluate(visible) == closed
    opened.close()


def test_each_order_of_derivatives_can_be_hidden(browser: Any, tmp_path: Path) -> None:
    diagram = demo("nested").extra[2]
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    orders = [box.order for box in diagram.picture.boxes]
    assert set(orders) == {0, 1, 2}
    gone = "[...document.querySelectorAll('.box.gone[data-key]')].map(b => Number(b.dataset.key))"
    for order in (0, 1, 2):
        opened.page.uncheck(f".band[data-order='{order}']")
        assert opened.page.evaluate(gone) == [key for key, each in enumerate(orders) if each == order]
        stray = """[...document.querySelectorAll('.link,.twin,.arrow')].filter(
            l => !l.classList.contains('gone') && !l.id).length"""
        assert opened.page.evaluate(stray) == 0
        opened.page.check(f".band[data-order='{order}']")
    assert opened.page.evaluate(gone) == []
    opened.close()


def test_gradient_of_a_large_network_opens_collapsed(browser: Any, tmp_path: Path) -> None:
    x = sg.symbol("x")
    y = x
    for _ in range(5000):
        y = sg.tanh(y) * 1.01 + x
    g = sg.graph(y).gradient()
    assert len(g.nodes) > 20_000
    diagram = g.draw()
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    assert 0 < opened.page.evaluate("document.querySelectorAll('.box').length") < 400
    opened.close()


def test_a_graph_collapsed_for_its_size_can_be_seen_whole(browser: Any, tmp_path: Path) -> None:
    x = sg.symbol("x")
    y = x
    for _ in range(150):
        y = sg.tanh(y) * 1.01 + x
    diagram = sg.graph(y).draw(at={x: 0.5})
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    visible = "[...document.querySelectorAll('.box[data-key]')].filter(b => b.getClientRects().length).length"
    assert opened.page.evaluate(visible) == len(diagram.picture.boxes) < 60
    opened.page.keyboard.press("c")
    assert opened.page.is_checked("#whole") and opened.page.evaluate(visible) == 451
    opened.close()
