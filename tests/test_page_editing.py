"""Input values edited in the page: everything is computed again, as Python computes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import AT, Opened, expected, neuron

import symgraph as sg
from symgraph.core.node import apply
from symgraph.core.operator import OPS
from symgraph.draw.demos import demo
from symgraph.draw.editing import operations
from symgraph.draw.labels import shown
from symgraph.draw.page import asset
from symgraph.draw.tables import precise
from symgraph.evaluate.backpropagation import number_text


@pytest.mark.parametrize(("f", "why"), [
    ("sum(x)", "an array of shape (40,) is too large"), ("sum(cumsum(y))", "it has no rule for cumsum"),
    ("sum(z)", "an array of shape (2, 2, 2) is too large"),
])  # fmt: skip
def test_what_the_page_cannot_compute_is_read_only(f: str, why: str) -> None:
    """Arrays larger than a grid, operators that are not in the page's table, three axes; the page says which."""
    shapes = {"x": (40,), "y": (3,), "z": (2, 2, 2)}
    used = f.removeprefix("sum(").removeprefix("cumsum(").strip(")")
    page = sg.draw(sg.parse(f, **shapes), at={used: np.ones(shapes[used])}).html()
    assert "readonly" in page and f"cannot compute this graph again ({why}); these values are fixed" in page


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


def test_numbers_are_written_as_in_python(browser: Any) -> None:
    """Exact halves go to even, large and small numbers have six digits."""
    rng = np.random.default_rng(3)
    numbers = [*rng.normal(size=300) * 10.0 ** rng.integers(-300, 300, 300), *rng.integers(-(10**7), 10**7, 300) / 8]
    numbers += [0.0, -0.0, np.nan, np.inf, -np.inf, 9999.995, 999999.5, 490000.5, 9.5, 0.005, 0.125]
    page = browser.new_page()
    page.set_content("<p>")
    page.add_script_tag(content=asset("numbers.js"))
    for decimals in (None, 0, 2, 4):
        some = [float(x) for x in numbers if decimals is None or abs(x) < 1e6]
        found = page.evaluate("([x, d]) => x.map(t => shown(Number(t.replace('inf', 'Infinity')), d))",
                              [list(map(repr, some)), decimals])  # fmt: skip
        assert found == [shown(x, decimals) for x in some]
    page.close()


def test_every_operation_agrees_at_hard_points(browser: Any, tmp_path: Path) -> None:
    """Values and what each step hands back, outside of domains, at kinks, where intermediate results overflow."""
    x, y = sg.symbols("x y")
    f = sg.parse("0*x")
    for name in sorted(operations()):
        f = f + apply(OPS[name], (x, y)[: OPS[name].arity or 1])
    sg.draw(f, at={x: 0.6, y: 0.6}).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    hard = [0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-8, 1e-300, 1e8, -1e200, 700.0, -800.0]
    points = [(a, b) for a in hard for b in hard]
    found = opened.page.evaluate(
        "points => points.map(([x, y]) => recompute({ x, y }).map(e => [e.box, e.link, e.part || e.cells]))", points
    )
    for (a, b), events in zip(points, found, strict=True):
        with np.errstate(all="ignore"):
            story = sg.draw(f, at={x: a, y: b}).story
        assert story is not None
        own = {box.key for box in sg.draw(f).picture.boxes if box.label != "+"}
        wanted = [[e.box, e.link, (e.part or e.block).cells] for e in story.events]
        for event, other in zip(story.events, zip(wanted, events, strict=True), strict=True):
            if event.box in own:
                assert other[0] == other[1], (a, b, event.sentence)
    opened.close()


@pytest.mark.parametrize(("f", "at"), [
    ("max(x, sqrt(y)) + y", {"x": 1.0, "y": 0.0}), ("max(max(x, y), sqrt(x - y))", {"x": 2.0, "y": 2.0}),
    ("max(A.*b, sqrt(A))[0]*c", {"A": [4.0, 0.0], "b": [2.0, 1.0], "c": 2.0}),
    ("sum(min(softmax(A)*c, log(A - b)))", {"A": [1.0, 2.0], "b": [1.0, 0.5], "c": 0.0}),
    ("max(x, y) + log(x)", {"x": -1.0, "y": 2.0}), ("max(log(x), y)", {"x": -1.0, "y": 2.0}),
])  # fmt: skip
def test_branches_not_taken_hand_back_zero(browser: Any, tmp_path: Path, f: str, at: dict[str, Any]) -> None:
    """Where a branch was not taken its own derivative does not matter, be it infinite; nan is not hidden."""
    start = {name: np.full(np.shape(value), 0.7) for name, value in at.items()}
    e = sg.parse(f, **{name: np.shape(value) for name, value in at.items()})
    sg.draw(e, at=start).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    for name, value in at.items():
        opened.page.fill(f"#inputs input[name={name}]", precise(value))
    with np.errstate(all="ignore"):
        wanted = sg.draw(e, at=at)
    assert opened.numbers() == expected(wanted, wanted.steps)
    opened.close()


def test_edited_inputs_hold_in_every_picture(browser: Any, tmp_path: Path) -> None:
    """Opened composites are computed again; a collapsed picture keeps the values the page was made with and says so."""
    with sg.scope("layer"):
        f = sg.parse("g(u) = sin(u)*u; g(p)*2")
    f, at, other = f + sg.symbol("q"), {"p": 0.7, "q": 1.0}, {"p": 1.5, "q": -2.0}
    sg.draw(f, at=at).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    page = opened.page
    table = "[...document.querySelectorAll(\"table[data-seed='0'] tr[data-node]\")].map(r => r.cells[3].textContent)"

    def read(view: str) -> dict[str, list[str]]:
        return {key.removeprefix(view): cells for key, cells in opened.numbers(view).items()}

    def fields() -> list[str]:
        return [str(page.input_value(f"#inputs input[name={name}]")) for name in other]

    original = page.evaluate(table)
    for name, value in other.items():
        page.fill(f"#inputs input[name={name}]", precise(value))
    edited = page.evaluate(table)
    page.keyboard.press("Tab")
    page.evaluate("change('open')")
    wanted = sg.draw(f, at=other, expand=True)
    assert read("open") == expected(wanted, wanted.steps) and page.evaluate(table) == edited != original
    page.evaluate("change('collapse')")
    wanted = sg.draw(f, at=at, collapse=True)
    assert read("collapse") == expected(wanted, wanted.steps) and fields() == ["0.7", "1"]
    assert "was made with" in page.text_content("#note") and page.evaluate(table) == original
    page.evaluate("change('')")
    wanted = sg.draw(f, at=other)
    assert read("") == expected(wanted, wanted.steps) and fields() == ["1.5", "-2"]
    assert page.text_content("#note") == "" and page.evaluate(table) == edited
    opened.close()


def test_the_grey_branch_follows_edited_inputs(browser: Any, tmp_path: Path) -> None:
    sg.draw(sg.parse("max(x, y)*2"), at={"x": 3.0, "y": 1.0}).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    lost = "[...document.querySelectorAll('.box.lost[id^=b] > title')].map(t => t.textContent)"
    assert opened.page.evaluate(lost) == ["y"]
    opened.page.fill("#inputs input[name=y]", "4")
    assert opened.page.evaluate(lost) == ["x"]
    opened.page.evaluate("show(3)")
    assert opened.page.evaluate(lost) == []
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
