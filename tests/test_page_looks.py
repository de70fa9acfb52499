"""What a page looks like, measured in a real browser: room, contrast, hostile names, use without a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import AT, CONTRAST, HOSTILE, MEASURE, Opened, neuron

import symgraph as sg
from symgraph.draw.demos import DEMOS, demo
from symgraph.draw.diagram import Diagram
from symgraph.draw.labels import clean, cut
from symgraph.draw.palette import PALETTES


def network() -> Diagram:
    """A small network of matrices with scopes, and its gradient."""
    w, b, v, x, y = (sg.symbol(name, shape) for name, shape in
                     (("W1", (3, 2)), ("b1", 3), ("W2", (2, 3)), ("x", 2), ("y", 2)))  # fmt: skip
    with sg.scope("hidden layer with a long name"):
        h = sg.tanh(w @ x + b)
    with sg.scope("output"):
        f = -sg.sum(y * sg.log_softmax(v @ h))
    at = {w: [[0.1, -12.5], [3.25, 0.5], [-0.3, 0.8]], b: [0.1, 0.2, 0.3], v: np.eye(2, 3), x: [1.5, -0.5], y: [1, 0]}
    return sg.graph(f).gradient([w, v]).draw(at=at)


def wide() -> Diagram:
    """Long names, wide characters, long labels."""
    x = sg.symbol("WWWWWWWWWWWWWWWWWWWWWWWW")
    f = sg.logsumexp(sg.stack([x * 2.0, sg.exp(x), sg.erf(x)])) * x + sg.parse("漢字 + x", 漢字=(), x=())
    return sg.graph(f).gradient().draw(at=dict.fromkeys(sg.graph(f).inputs, 0.3))


def random_scalars(seed: int, order: int) -> Diagram:
    """A random function of scalars with its derivatives up to an order."""
    rng = np.random.default_rng(seed)
    pool = list(sg.symbols("x y z"))
    inputs = list(pool)
    for _ in range(int(rng.integers(4, 14))):
        a, b = (pool[int(i)] for i in rng.integers(0, len(pool), 2))
        made = [a * b, a + b, sg.sin(a), sg.exp(-(a**2)), sg.maximum(a, b), a / (2.0 + b**2), sg.tanh(a) - 1.5]
        pool.append(made[int(rng.integers(len(made)))])
    f = sg.sin(pool[-1]) + sum(inputs[1:], inputs[0])
    outputs = {"f": f}
    for i in range(order):
        outputs[f"d{i + 1}"] = sg.grad(list(outputs.values())[-1], inputs[0])
    return sg.draw(outputs, at=dict(zip(inputs, rng.normal(size=3).round(2), strict=True)))


def choices() -> Diagram:
    """Branches that meet in small gates, one not taken, inside scopes that can fold."""
    x, y = sg.symbols("x y")
    with sg.scope("a layer"):
        h = sg.maximum(x, y) * 2.0
    with sg.scope("b"):
        k = sg.where(h > 1.0, sg.exp(h), h * h)
    return sg.graph(k + h).gradient().draw(at={x: 1.5, y: -123.456})


PICTURES = {
    **{name: lambda name=name: demo(name).diagram for name in DEMOS},
    "nested with values": lambda: demo("nested").extra[1],
    "second derivative": lambda: demo("nested").extra[2],
    "gradient": lambda: sg.graph(neuron()).gradient().draw(at=AT),
    "wide": wide,
    "network": network,
    "choices": choices,
    "collapsed": lambda: Diagram(network().view, network().at, "textbook", "auto", True),
}  # fmt: skip


@pytest.mark.parametrize("name", list(PICTURES))
def test_text_has_its_own_room_on_the_page(browser: Any, tmp_path: Path, name: str) -> None:
    """Labels lie inside their shapes; no text meets another text or shape; no line strikes a number."""
    PICTURES[name]().save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    assert opened.page.evaluate(MEASURE) == [[], [], [], []]
    for part in (0, 0.4, 0.7):
        opened.page.evaluate(f"show(Math.floor(all * {part}), true)")
        assert opened.page.evaluate(MEASURE) == [[], [], [], []]
    for i in range(opened.page.evaluate("D.clusters.length")):
        opened.page.evaluate(f"foldCluster(D.clusters[{i}])")
        assert opened.page.evaluate(MEASURE) == [[], [], [], []]
    if opened.page.evaluate("!!D.edit"):
        opened.page.evaluate("""document.querySelectorAll("#inputs input[data-shape='[]']").forEach(f => {
            f.value = "-3.14159";
        }); edit()""")
        assert opened.page.evaluate(MEASURE) == [[], [], [], []]
    opened.close()


@pytest.mark.parametrize("order", [0, 1, 2])
def test_text_has_its_own_room_in_random_graphs(browser: Any, tmp_path: Path, order: int) -> None:
    drawn = [random_scalars(seed, order).svg() for seed in range(12)]
    (tmp_path / "all.html").write_text("<!DOCTYPE html><meta charset='utf-8'>" + "\n".join(drawn), encoding="utf-8")
    opened = Opened(browser, tmp_path / "all.html")
    assert opened.page.evaluate(MEASURE) == [[], [], [], []]
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("palette", list(PALETTES))
def test_every_text_has_contrast_on_the_page(browser: Any, tmp_path: Path, palette: str, scheme: str) -> None:
    """At least 4.5 (WCAG 2.1, 1.4.3), from the computed colours of each text and of what is painted below it."""
    made = network()
    sg.draw(made.view, at=made.at, palette=palette).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "", scheme)
    background = opened.page.evaluate('getComputedStyle(document.querySelector(".background")).fill')
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 28)")
    for summary in opened.page.query_selector_all("summary"):
        summary.click()
    opened.page.click(".box[data-key='0'] > .shape")
    opened.page.keyboard.press("Escape")
    count, low = opened.page.evaluate(CONTRAST)
    assert count > 150 and low == []
    opened.close()


def test_hostile_names_stay_text_in_the_browser(browser: Any, tmp_path: Path) -> None:
    """Fifty names as symbols, composites, scopes and outputs: no script runs, nothing is loaded, all are shown."""
    u, total = sg.symbol("u"), sg.constant(0.0)
    for name in HOSTILE:
        with sg.scope(name):
            total = total + sg.function(name, [u], u * 2.0)(sg.symbol(name))
    diagram = sg.draw({HOSTILE[0]: total}, at=dict.fromkeys(HOSTILE, 1.0))
    diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    opened.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    shown = opened.page.evaluate("[...document.querySelectorAll('.box.input > .label')].map(t => t.textContent)")
    assert {cut(clean(name)) for name in HOSTILE} <= set(shown)
    tags = opened.page.evaluate("[...new Set([...document.querySelectorAll('svg *')].map(e => e.tagName))].sort()")
    assert set(tags) <= {"g", "path", "rect", "style", "text", "title"}
    for _ in range(60):
        opened.page.keyboard.press("ArrowLeft")
    for key in range(0, len(diagram.picture.boxes), 7):
        opened.page.evaluate(f"select({key})")
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("<script>")
    assert opened.page.text_content("#found") != "0 found"
    opened.close()


# --- without a mouse --------------------------------------------------------------------------


def focused(page: Any) -> str:
    """What has the focus, as a screen reader names it."""
    return str(page.evaluate(
        """() => { const e = document.activeElement, label = e.getAttribute("aria-label") || e.textContent.trim();
        return (e.labels && e.labels.length ? e.labels[0].textContent.trim() : label) || e.tagName; }"""
    ))  # fmt: skip


def test_the_tab_key_reaches_everything_once(browser: Any, tmp_path: Path) -> None:
    """Buttons, fields, the picture (one stop), the tables: each has a name, none is a trap."""
    sg.draw(sg.parse("(x + y)*z"), at={"x": -2.0, "y": 5.0, "z": -4.0}).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "#step=3")
    order = []
    for _ in range(40):
        opened.page.keyboard.press("Tab")
        order.append(focused(opened.page))
        if opened.page.evaluate("document.activeElement === document.body"):
            break
    assert order[:-1] == [
        "before the first step", "step back", "next step", "all steps", "Play", "step", "predict first", "zoom out",
        "zoom in", "Fit", "search nodes", "input, x, value −2", "x", "y", "z", "Forward accumulation", "Keys",
    ]  # fmt: skip
    unnamed = """[...document.querySelectorAll("button,input,select,summary,[role=button],[role=group],svg,table")]
        .filter(e => !(e.getAttribute("aria-label") || e.textContent.trim() || (e.labels && e.labels.length)))"""
    assert opened.page.evaluate(unnamed + ".map(e => e.outerHTML)") == []
    opened.close()


def test_the_picture_is_walked_with_arrow_keys(browser: Any, tmp_path: Path) -> None:
    sg.draw(sg.parse("(x + y)*z"), at={"x": -2.0, "y": 5.0, "z": -4.0}).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "#step=8")
    page = opened.page
    page.focus(".box[tabindex='0']")
    names = [focused(page)]
    for _ in range(5):
        page.keyboard.press("ArrowDown")
        names.append(focused(page))
    assert names == [
        "input, x, value −2", "input, y, value 5", "gate, a = x + y, value 3, gradient −4",
        "input, z, value −4, gradient 3", "gate, f = a·z, value −12, gradient 1",
        "gate, f = a·z, value −12, gradient 1",
    ]  # fmt: skip
    page.keyboard.press("ArrowUp")
    page.keyboard.press(" ")
    assert page.get_attribute(":focus", "aria-pressed") == "true" and page.text_content("#play") == "Play"
    assert page.evaluate("document.querySelectorAll('.box[tabindex=\"0\"]').length") == 1
    page.keyboard.press("ArrowRight")
    assert page.text_content("#count") == "9 / 10" and page.get_attribute("#sentence", "aria-live") == "polite"
    assert page.get_attribute("#slider", "aria-valuetext") == "step 9 of 10"
    opened.close()


def test_the_forward_table_is_linked_to_the_nodes(browser: Any, tmp_path: Path) -> None:
    demo("forward-table").diagram.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    page = opened.page
    page.focus("details:has(#seed) > summary")
    page.keyboard.press("Enter")
    headings = page.evaluate(
        "[...document.querySelectorAll('table:not([hidden]) th')].map(t => [t.scope, t.textContent])"
    )
    assert headings == [["col", text] for text in ("node", "value", "tangent", "value")]
    page.focus("table:not([hidden]) tbody tr:nth-child(3) button")
    assert page.get_attribute(".box.found", "aria-label").startswith("gate, a = x1·x2")
    page.keyboard.press("Enter")
    assert page.get_attribute(".box.chosen", "aria-label").startswith("gate, a = x1·x2")
    page.select_option("#seed", "1")
    assert "∂/∂x2" in page.inner_text("table:not([hidden]) caption")
    opened.close()


def test_the_view_follows_the_steps_of_a_wide_picture(browser: Any, tmp_path: Path) -> None:
    made = network()
    made.save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html", "#step=0")
    assert made.story is not None
    for event in made.story.events[:30]:
        opened.page.keyboard.press("ArrowRight")
        inside = opened.page.evaluate(
            f"""() => {{ const r = document.getElementById("b{event.box}").getBoundingClientRect(),
            s = document.querySelector("svg").getBoundingClientRect();
            return r.top >= s.top - 1 && r.bottom <= s.bottom + 1 &&
                r.left >= s.left - 1 && r.right <= s.right + 1; }}"""
        )
        assert inside, event.sentence
    size = "parseFloat(getComputedStyle(document.querySelector('text.label')).fontSize) * svg.getScreenCTM().a"
    assert opened.page.evaluate(size) >= 12
    opened.page.keyboard.press("f")
    assert opened.page.evaluate(size) < 12
    opened.close()


def test_the_page_works_in_the_frame_of_a_notebook(browser: Any, tmp_path: Path) -> None:
    shown = demo("sum-product").diagram.interactive()._repr_html_()
    (tmp_path / "f.html").write_text(f"<!DOCTYPE html><meta charset='utf-8'><body>{shown}</body>", encoding="utf-8")
    opened = Opened(browser, tmp_path / "f.html")
    frame = opened.page.frames[-1]
    frame.click("#first")
    frame.click("#next")
    assert frame.text_content("#sentence") == "x = −2" and frame.text_content("#count") == "1 / 10"
    assert frame.evaluate("window.origin") == "null"
    assert not [error for error in opened.errors if "replaceState" in error]
    opened.page.close()
