"""The documentation is true: generated pages are fresh, code in pages runs, links lead somewhere."""

import re
import runpy
import subprocess
import sys
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
    """Blocks of one page run one after another, in a process of their own; asserts inside them are the tests."""
    blocks = re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-"], input="\n".join(blocks), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        assert target.startswith("http") or (path.parent / target).exists(), f"{path.name}: {target}"
