"""Saved graphs survive what goes wrong: the old file or the new one, never a broken one taken for good."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import symgraph as sg
from symgraph.interop.files import dumps, load, loads, save

x, y = sg.symbols("x y")
OLD, NEW = sg.sin(x) * y, {"f": sg.exp(x * y) + 1.0, "g": sg.grad(sg.exp(x * y), [x, y])}
PROGRAM = """
import sys, symgraph as sg
from symgraph.interop.files import save
x, y = sg.symbols("x y")
save(sys.argv[1], {"f": sg.exp(x * y) + 1.0, "g": sg.grad(sg.exp(x * y), [x, y])})
"""
KILLED = "import os, signal\ndef kill(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
STAGES = {
    "before anything is written": "import pathlib; pathlib.Path.open = kill\n",
    "half way": "import symgraph.interop.files as f; whole = f.dumps; f.os.fsync = kill\n"
    "f.dumps = lambda *a: whole(*a)[:300]\n",
    "between write and rename": "os.fsync = kill\n",
    "at the rename": "os.replace = os.rename = kill; import pathlib; pathlib.Path.replace = kill\n",
    "after the rename": "import pathlib; pathlib.Path.unlink = kill\n",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "graph.json"
    save(place, OLD)
    return place


def run(path: Path, program: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=check)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL is a POSIX notion")
@pytest.mark.parametrize("stage", STAGES)
def test_killed_while_saving(path: Path, stage: str) -> None:
    assert run(path, KILLED + STAGES[stage] + PROGRAM, check=False).returncode == -9
    assert load(path) == (NEW if stage == "after the rename" else OLD)
    run(path, PROGRAM)
    assert load(path) == NEW


def test_a_full_disk(path: Path) -> None:
    """The system itself refuses to write more than a few bytes."""
    pytest.importorskip("resource", reason="file sizes can be limited on POSIX only")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
    done = run(path, limit + PROGRAM, check=False)
    assert done.returncode == 1 and "OSError" in done.stderr
    assert load(path) is OLD
    assert list(path.parent.iterdir()) == [path]


class _Reluctant(io.FileIO):
    """A file that takes seven bytes at a time, as a nearly full disk, a pipe or a slow network may."""

    def write(self, data: Any) -> int:
        return super().write(bytes(data)[:7])


def test_short_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda self, mode: io.BufferedWriter(_Reluctant(self, mode.replace("b", ""))))
        save(path, NEW)
    assert load(path) == NEW
    assert path.read_bytes() == dumps(NEW)


def test_every_flipped_byte_is_noticed() -> None:
    saved = dumps(OLD)
    for place in range(len(saved)):
        for bit in (1, 32):
            damaged = bytearray(saved)
            damaged[place] ^= bit
            try:
                assert loads(bytes(damaged)) is OLD, f"byte {place} changed to {damaged[place]} makes another graph"
            except sg.LoadError:
                continue


def test_every_shortened_file_is_noticed() -> None:
    saved = dumps(OLD)
    for length in range(len(saved) - 1):
        with pytest.raises(sg.LoadError):
            loads(saved[:length])


def test_processes_side_by_side(path: Path) -> None:
    """Two processes save to one file all the time; whoever reads finds a whole graph, the one or the other."""
    again = "import time; end = time.monotonic() + 2\nwhile time.monotonic() < end: save(sys.argv[1], {})\n"
    head = "import sys, symgraph as sg\nfrom symgraph.interop.files import save\nx, y = sg.symbols('x y')\n"
    graphs = ("sg.sin(x) * y", "sg.cos(x * y + 1.0)")
    writers = [subprocess.Popen([sys.executable, "-c", head + again.format(g), str(path)]) for g in graphs]
    found = set()
    while any(writer.poll() is None for writer in writers):
        found.add(load(path))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert found <= {OLD, sg.cos(x * y + 1.0)} and load(path) in found
    assert list(path.parent.iterdir()) == [path]
