"""How long pictures take: layout of 2,000 nodes, and the page of a gradient with 20,000 nodes opened in Chromium.

``python benchmarks/pictures.py`` prints seconds (the least of three runs). Opening needs playwright and Chromium.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import symgraph as sg

CHROMIUM = (Path("/usr/bin/chromium"), Path("/usr/bin/chromium-browser"))


def random_network(count: int) -> sg.Node:
    """A graph without repeated parts, so that nothing collapses."""
    rng = np.random.default_rng(1)
    pool = list(sg.symbols(" ".join(f"x{i}" for i in range(8))))
    for _ in range(count):
        a, b = (pool[-1 - int(i)] for i in rng.integers(0, min(len(pool), 20), 2))
        pool.append(a * b if rng.random() < 0.5 else sg.sin(a) + b)
    return pool[-1]


def chain(count: int) -> sg.Node:
    """Layers of one kind, each used by the next."""
    x = sg.symbol("x")
    y = x
    for _ in range(count):
        y = sg.tanh(y) * 1.01 + x
    return y


def least(run: Callable[[], object]) -> float:
    """Seconds of the fastest of three runs."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def picture(drawn: sg.Node | sg.Graph) -> str:
    """Lay everything out, and write it as SVG."""
    return sg.draw(drawn, collapse=False).svg()


def opened(path: Path) -> str:
    """Seconds until the page has loaded and shows its last step."""
    program = next((str(each) for each in CHROMIUM if each.exists()), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return "not measured: playwright is not installed"
    if program is None:
        return "not measured: Chromium is not installed"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        seconds = least(lambda: browser.new_page().goto(path.as_uri(), wait_until="load"))
        browser.close()
    return f"{seconds:.2f} s"


def main() -> None:
    """Print the figures."""
    for what, drawn in (("function", random_network(1800)), ("gradient", sg.graph(random_network(640)).gradient())):
        boxes = len(sg.draw(drawn, collapse=False).picture.boxes)
        seconds = least(partial(picture, drawn))
        print(f"layout and SVG of a {what} of {boxes} boxes: {seconds:.2f} s")
    gradient = sg.graph(chain(2600)).gradient()
    values = dict.fromkeys(gradient.inputs, 0.3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradient.html"
        seconds = least(lambda: gradient.draw(at=values).save(path))
        size = path.stat().st_size / 1000
        print(f"page of a gradient with {len(gradient.nodes)} nodes, written: {seconds:.2f} s, {size:.0f} kB")
        print(f"opened in Chromium: {opened(path)}")


if __name__ == "__main__":
    main()
