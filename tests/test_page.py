"""The page in a real browser: offline, right numbers at every step, keyboard, search, editing, both colour schemes."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from browser import AT, Opened, expected, neuron

import symgraph as sg
from symgraph.draw.demos import DEMOS, demo
from symgraph.draw.page import SCRIPTS, asset

# --- without a browser ------------------------------------------------------------------------


def test_page_is_small_and_self_contained() -> None:
    page = sg.draw(neuron(), at=AT).html()
    overhead = sum(len(asset(name).encode()) for name in ("page.css", *SCRIPTS))
    least = sg.draw(sg.symbol("x")).html()
    assert overhead < 60_000 and len(least.encode()) < 60_000
    assert "default-src 'none'" in page and "unsafe" not in page
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)
    assert "style=" not in page and not re.search(r"\son\w+=", page)


# values of w, x, y, z and w < x in the order of the steps: a guess, and whether it is right
W, X, Y, Z, LESS = range(5)
GUESSES = [
    (W, "-1e-5", True), (W, "−1e−05", True), (W, "-1.01E-5", True), (W, "0", False), (W, "1e-5", False),
    (W, "word", False), (W, "nan", False), (W, "-1e-5 0", False),
    (X, "inf", True), (X, "∞", True), (X, "Infinity", True), (X, "-inf", False), (X, "word", False),
    (X, "1e300", False), (X, "nan", False),
    (Y, "-inf", True), (Y, "−∞", True), (Y, "inf", False), (Y, "word", False),
    (Z, "nan", True), (Z, "NaN", True), (Z, "word", False), (Z, "0", False), (Z, "inf", False),
    (LESS, "true", True), (LESS, "false", False), (LESS, "word", False),
]  # fmt: skip

# --- in a browser -----------------------------------------------------------------------------


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


def test_predictions_are_judged(browser: Any, tmp_path: Path) -> None:
    w, x, y, z = sg.symbols("w x y z")
    diagram = sg.draw([w, x, y, z, w < x], at={w: -1e-5, x: math.inf, y: -math.inf, z: math.nan})
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "#step=0")
    opened.page.keyboard.press("p")
    judged = []
    for step, guess, _ in GUESSES:
        opened.page.evaluate(f"show({step})")
        opened.page.click("#next")
        assert opened.sentence().endswith(" = ?")
        opened.page.fill("#guess", guess)
        opened.page.keyboard.press("Enter")
        verdict, told = opened.sentence().split(". ", 1)
        assert told == diagram.story.events[step].sentence
        judged.append((step, guess, {"Right": True, "Not quite": False}[verdict]))
    assert judged == GUESSES
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
    assert [name for name in names if name.startswith("f ")] == ["f 1", "f 2", "f 3"]
    assert not [name for name in names if name.startswith("d")]
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


def test_play_pauses_and_links_lead_to_steps(browser: Any, tmp_path: Path) -> None:
    sg.draw(neuron(), at=AT).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "#step=2")
    page = opened.page
    page.clock.install(time=0)
    page.clock.pause_at(1_000_000)  # from now on time passes only in run_for
    page.keyboard.press(" ")
    page.clock.run_for(3400)
    assert page.text_content("#count") == "5 / 26" and page.text_content("#play") == "Pause"
    page.click("#play")
    page.clock.run_for(5000)
    assert page.text_content("#count") == "5 / 26" and page.evaluate("location.hash") == "#step=5"
    page.evaluate("location.hash = '#step=24'")
    page.wait_for_function("document.getElementById('count').textContent === '24 / 26'")
    page.click("#play")
    page.clock.run_for(9000)
    assert page.text_content("#count") == "26 / 26" and page.text_content("#play") == "Play"
    page.fill("#slider", "7")
    assert page.text_content("#count") == "7 / 26"
    opened.close()


def test_the_picture_zooms_pans_and_fits(browser: Any, tmp_path: Path) -> None:
    sg.draw(neuron(), at=AT).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    page = opened.page

    def box() -> list[float]:
        return [float(n) for n in page.get_attribute("svg.symgraph", "viewBox").split()]

    whole = box()
    page.mouse.move(500, 450)
    page.mouse.wheel(0, -200)
    near = box()
    assert near[2] < whole[2] and near[0] > whole[0]
    page.mouse.down()
    page.mouse.move(400, 450)
    page.mouse.up()
    assert box()[0] > near[0] and box()[2] == near[2]
    page.click("#fit")
    assert box() == whole
    opened.close()
