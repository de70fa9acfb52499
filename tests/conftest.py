"""Options of the test-suite."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM

from symgraph.core.origin import CONTEXT

os.environ["SYMGRAPH_CACHE"] = "off"  # the tests of the cache switch it on for themselves

DATA_BESIDE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="no cost limit on the costly records")
    parser.addoption("--seed", type=int, default=None, help="first seed of the random graphs (default 0)")
    parser.addoption("--data", default=None, help="folder with the benchmark data (or set SYMGRAPH_DATA)")


@pytest.fixture(scope="session")
def data(pytestconfig: pytest.Config) -> Path:
    """The folder with the public benchmark data; tests that need it are skipped where it is absent."""
    folder = Path(pytestconfig.getoption("--data") or os.environ.get("SYMGRAPH_DATA") or DATA_BESIDE_CHECKOUT)
    if not folder.is_dir():
        pytest.skip(f"no benchmark data at {folder}: give --data or SYMGRAPH_DATA")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, driven by playwright."""
    api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("browser tests need Chromium: apt-get install chromium")
    with api.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test leaves the origin for new nodes behind: a pass that forgets to restore it would show here."""
    yield
    assert CONTEXT.origin is None
