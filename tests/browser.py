"""A page opened in Chromium, and what is measured there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import symgraph as sg

CHROMIUM = next((p for p in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser")) if p.exists()), None)
AT = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}

# names that try to leave text for markup, code or DOT, or that are hard to write
HOSTILE = [
    "</text><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onload='alert(1)", "<!--", "-->", "]]>",
    "<![CDATA[", "&amp;", "&#x3c;script&#x3e;", "&lt;b&gt;", "</title>", "</style>", "</svg>", "<svg/onload=alert(1)>",
    "javascript:alert(1)", "`${alert(1)}`", "\\", '\\"', "\\n", "\\N", "a\\",
    '"]; evil [label="', '"; }', "} digraph {",
    "<b>bold</b>", "<TABLE><TR><TD>x</TD></TR></TABLE>", "<>", "< >", "a\nb", "a\rb", "a\tb", "a\x00b", "a\x1bb",
    "\u202eabc", "\u2028", "\u2066x", "\ufeff", "é", "é", "漢字" * 20, "𝒳", "👩‍🔬" * 9, "W" * 400, "%s%n", "{{7*7}}",
    "${7*7}", "<?xml version='1.0'?>", "<!DOCTYPE x>", "</script>", "<script>", "__proto__", "constructor",
]  # fmt: skip

# labels outside their shapes; pairs of texts that meet; texts on shapes of other boxes; numbers that a line strikes
MEASURE = """() => {
    const r = e => e.getBoundingClientRect(), outside = [], meeting = [], covered = [], struck = [];
    const stages = [...document.querySelectorAll("svg.symgraph")].filter(s => s.getClientRects().length);
    for (const svg of stages) {
        const boxes = [...svg.querySelectorAll(".box")].filter(b => b.querySelector(":scope > .shape"));
        const shapes = boxes.map(b => [b, r(b.querySelector(":scope > .shape"))]).filter(([, s]) => s.width);
        for (const [b, s] of shapes) {
            const t = r(b.querySelector(":scope > .label"));
            const high = t.top < s.top - 3 || t.bottom > s.bottom + 3;
            if (t.left < s.left || t.right > s.right || high) outside.push(b.textContent);
        }
        const texts = [...svg.querySelectorAll("text:not(.halo)")].filter(t => t.textContent && r(t).width);
        const all = texts.map(t => [r(t), t.textContent, t.closest(".box")]), k = 0.32;
        const above = (a, b) => a.bottom - a.height * k <= b.top + b.height * k;
        const level = (a, b) => !above(a, b) && !above(b, a);
        all.forEach(([a, x, own], i) => {
            for (const [b, y] of all.slice(0, i)) {
                if (a.left < b.right - 1 && b.left < a.right - 1 && level(a, b)) meeting.push(x + " | " + y);
            }
            for (const [box, s] of shapes) {
                const low = a.top + a.height * k < s.bottom && s.top < a.bottom - a.height * k;
                const beside = a.left >= s.right - 1 || s.left >= a.right - 1;
                if (box !== own && !beside && low) covered.push(x + " on " + box.textContent);
            }
        });
        const lines = [...svg.querySelectorAll(".link,.twin")].filter(l => l.getClientRects().length);
        const numbers = all.filter(([, , own], i) => texts[i].matches(".value,.gradient"));
        for (const line of lines) {
            const m = line.getScreenCTM(), whole = r(line), long = line.getTotalLength();
            const near = numbers.filter(([a]) => a.left < whole.right && a.right > whole.left
                && a.top < whole.bottom && a.bottom > whole.top);
            for (let at = 0; near.length && at <= long; at += 2) {
                const p = line.getPointAtLength(at).matrixTransform(m);
                for (const [a, x] of near) {
                    const high = p.y > a.top + a.height * k && p.y < a.bottom - a.height * k;
                    if (high && p.x > a.left + 1 && p.x < a.right - 1) struck.push(x + " by " + line.id);
                }
            }
        }
    }
    return [outside, meeting, covered, [...new Set(struck)]];
}"""

# texts with less contrast than 4.5 to what is painted below them, from the computed style
CONTRAST = r"""() => {
    const rgb = c => (/rgba?\(([^)]*)\)/.exec(c) || ["", ""])[1].split(",").map(Number);
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = c => rgb(c).slice(0, 3).map(v => linear(v / 255))
        .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
    const seen = c => c && c !== "none" && (rgb(c).length < 4 || rgb(c)[3] > 0);
    const style = getComputedStyle, low = [];
    let count = 0;
    const test = (text, over, under) => {
        const [a, b] = [light(over), light(under)].sort((p, q) => q - p), ratio = (a + 0.05) / (b + 0.05);
        count++;
        if (ratio < 4.5) low.push([text, over, under, ratio]);
    };
    for (const t of document.querySelectorAll("svg.symgraph text:not(.halo)")) {
        const r = t.getBoundingClientRect();
        if (!r.width || !t.textContent) continue;
        const below = document.elementsFromPoint(r.left + r.width / 2, r.top + r.height / 2);
        const faces = below.filter(e => e.closest("svg") && !e.matches("text,path:not(.shape,.region),g,svg"));
        const face = faces.find(e => seen(style(e).fill));
        if (face) test(t.textContent, style(t).fill, style(face).fill);
    }
    for (const e of document.querySelectorAll("body *:not(svg *):not(script)")) {
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.matches("input");
        if (!own || !e.getClientRects().length) continue;
        let under = e;
        while (under && !seen(style(under).backgroundColor)) under = under.parentElement;
        test(e.textContent || e.id, style(e).color, under ? style(under).backgroundColor : "rgb(255, 255, 255)");
        if (e.placeholder) test(e.placeholder, style(e, "::placeholder").color, style(under).backgroundColor);
    }
    return [count, low];
}"""


def neuron() -> sg.Node:
    """The neuron of the textbooks, gate by gate."""
    return sg.parse("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))")


def random_network(count: int) -> sg.Node:
    """A graph of scalars without repeated parts."""
    rng = np.random.default_rng(1)
    pool = list(sg.symbols(" ".join(f"x{i}" for i in range(8))))
    for _ in range(count):
        a, b = (pool[-1 - int(i)] for i in rng.integers(0, min(len(pool), 20), 2))
        pool.append(a * b if rng.random() < 0.5 else sg.sin(a) + b)
    return pool[-1]


class Opened:
    """A page with what it asked for and complained about."""

    def __init__(self, browser: Any, path: Path, fragment: str = "", scheme: str = "light") -> None:
        self.page = browser.new_page(viewport={"width": 1400, "height": 800}, color_scheme=scheme)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(path.as_uri() + fragment)

    def numbers(self, view: str = "") -> dict[str, list[str]]:
        """Read all values (v…) and gradients (g…) by element id; the ids of other pictures begin with their name."""
        found: dict[str, list[str]] = self.page.evaluate(
            """v => Object.fromEntries([...document.querySelectorAll(`svg [id^=${v}v],svg [id^=${v}g]`)].map(g =>
            [g.id, [...g.querySelectorAll("text.value,text.gradient")].map(t => t.textContent)]))""",
            view,
        )
        return found

    def sentence(self) -> str:
        return str(self.page.text_content("#sentence"))

    def close(self) -> None:
        assert self.errors == [] and len(self.requests) == 1
        self.page.close()


def expected(diagram: sg.Diagram, step: int) -> dict[str, list[str]]:
    """The texts that the page should show after so many steps, by element id."""
    story = diagram.story
    assert story is not None
    blocks = {f"v{key}": block for key, block in story.values.items()}
    blocks |= {f"g{key}": block for key, block in story.gradients.items()}
    known = {f"{event.kind[0]}{event.box}": event.block.cells for event in story.events[:step]}
    return {name: known.get(name, ["·"] * len(block.cells)) for name, block in blocks.items()}
