"""The documentation is true: generated pages are fresh, code in pages runs, links lead somewhere."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_generated_pages_are_fresh() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    for name, page in generate["PAGES"].items():
        assert (ROOT / "docs" / name).read_text() == page(), f"run python docs/generate.py: {name} is stale"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_python_in_pages_runs(path: Path) -> None:
    """Blocks of one page run one after another in one namespace; asserts inside them are the tests."""
    namespace: dict[str, object] = {"__name__": path.stem}
    for block in re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL):
        exec(compile(block, str(path), "exec"), namespace)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        assert target.startswith("http") or (path.parent / target).exists(), f"{path.name}: {target}"
