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


def test_edited_inputs_hold_in_every_picture(browser: Any, tmp_path: Path) -> None:
    """Opened composites are computed again; a collapsed picture shows the values the page was made with, and says so."""
    with sg.scope("layer"):
        f = sg.parse("g(u) = sin(u)*u; g(p)*2")
    f, at, other = f + sg.symbol("q"), {"p": 0.7, "q": 1.0}, {"p": 1.5, "q": -2.0}
    sg.draw(f, at=at).save(tmp_path / "f.html")
    opened = Opened(browser, tmp_path / "f.html")
    page = opened.page
    table = "[...document.querySelectorAll(\"table[data-seed='0'] tr[data-node]\")].map(r => r.cells[3].textContent)"

    def shown(view: str) -> dict[str, list[str]]:
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
    assert shown("open") == expected(wanted, wanted.steps) and page.evaluate(table) == edited != original
    page.evaluate("change('collapse')")
    wanted = sg.draw(f, at=at, collapse=True)
    assert shown("collapse") == expected(wanted, wanted.steps) and fields() == ["0.7", "1"]
    assert "was made with" in page.text_content("#note") and page.evaluate(table) == original
    page.evaluate("change('')")
    wanted = sg.draw(f, at=other)
    assert shown("") == expected(wanted, wanted.steps) and fields() == ["1.5", "-2"]
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
