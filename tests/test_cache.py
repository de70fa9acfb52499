"""The cache of machine code: only whole, right, own entries are used; what goes wrong is survived."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import symgraph as sg
from symgraph.compile import cache
from symgraph.compile.jit import Machine, available
from symgraph.compile.libraries import Libraries

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

TEXT = "define double @answer(double %x) {\n  %y = fadd double %x, %x\n  ret double %y\n}"
PROGRAM = """
import symgraph as sg
x, y = sg.symbol("x", "n"), sg.symbol("y", "n")
f = sg.sum(sg.sin(x) * y + sg.exp(-x * x))
print(sg.compile(sg.value_and_grad(f, [x, y]), [x, y])([0.5, 1.0], [2.0, 3.0]))
s, t = sg.symbols("s t")
print(sg.compile({"f": sg.sin(s * t), "g": sg.grad(sg.sin(s * t), [s, t])}, [s, t])(0.5, 0.25))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    place = tmp_path / "cache"
    monkeypatch.setenv("SYMGRAPH_CACHE", str(place))
    monkeypatch.setattr(cache, "_stores", 0)
    monkeypatch.setattr(cache, "_warned", set())
    return place


def machine(text: str = TEXT) -> Machine:
    return Machine(text, Libraries(2), 2)


def works(made: Machine) -> bool:
    import ctypes

    return ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(made.address("answer"))(21.0) == 42.0


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def run(folder: Path, program: str = PROGRAM, check: bool = True, **environment: str) -> Any:
    settings = {**os.environ, "SYMGRAPH_CACHE": str(folder), **environment}
    return subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, check=check)


def test_code_is_found_again(folder: Path) -> None:
    first, second = machine(), machine()
    assert works(first)
    assert works(second)
    assert (first.from_cache, second.from_cache) == (False, True)
    assert second.ir() == first.ir()
    assert second.assembly() == first.assembly()
    assert [stat_mode(path) for path in (folder, *entries(folder))] == [0o700, 0o600]


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_other_text_and_other_settings_are_other_entries(folder: Path) -> None:
    machine()
    assert not machine(TEXT + "\n").from_cache
    assert not Machine(TEXT, Libraries(2), 1).from_cache
    assert len(entries(folder)) == 3


def test_one_entry_whatever_the_hash_seed(folder: Path) -> None:
    outputs = {run(folder, PYTHONHASHSEED=seed).stdout for seed in ("0", "1", "42", "random")}
    assert len(outputs) == 1
    assert len(entries(folder)) == 2


@pytest.mark.parametrize("name", ["off", "0", "", "OFF"])
def test_switched_off(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SYMGRAPH_CACHE", name)
    assert cache.directory() is None
    assert works(machine())


def test_default_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SYMGRAPH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.directory() == tmp_path / "symgraph"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.directory() == tmp_path / ".cache" / "symgraph"


def damage() -> list[Any]:
    """Ways to spoil an entry: a bit flipped anywhere, an end cut off, bytes added."""
    places = (0, 15, 16, 40, 48, 50, 56, 60, 64, 100, -1, -100, -400)
    flips = [pytest.param(("flip", place), id=f"bit-{place}") for place in places]
    return [*flips, *[pytest.param(("cut", size), id=f"cut-{size}") for size in (0, 1, 40, 64, 200, -1)],
            pytest.param(("add", 1), id="longer"), pytest.param(("zero", 0), id="zeros")]  # fmt: skip


@pytest.mark.parametrize("kind", damage())
def test_a_damaged_entry_is_compiled_again(folder: Path, kind: tuple[str, int]) -> None:
    machine()
    (path,) = entries(folder)
    whole = path.read_bytes()
    spoilt = bytearray(whole)
    if kind[0] == "flip":
        spoilt[kind[1]] ^= 4
    elif kind[0] == "cut":
        del spoilt[kind[1] :]
    elif kind[0] == "add":
        spoilt += b"x"
    else:
        spoilt[:] = bytes(len(whole))
    path.write_bytes(spoilt)
    again = machine()
    assert not again.from_cache
    assert works(again)
    assert machine().from_cache, "the entry was not written anew"


def test_an_entry_of_another_key_is_not_used(folder: Path) -> None:
    machine(TEXT.replace("fadd", "fmul"))
    (other,) = entries(folder)
    stolen = other.read_bytes()
    machine()
    (mine,) = set(entries(folder)) - {other}
    mine.write_bytes(stolen)
    again = machine()
    assert not again.from_cache
    assert works(again)


def failing(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("function", ["replace", "fdopen", "scandir", "lstat"])
def test_failures_of_the_system(folder: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(os, function, failing)
    with pytest.warns(RuntimeWarning, match=r"not kept in .*No space left"):
        assert works(machine())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert works(machine(TEXT + "\n")), "the warning must come once only"
    monkeypatch.undo()
    assert not list(folder.glob("*.part"))


def test_a_full_disk(folder: Path) -> None:
    """The system itself refuses to write more than a few bytes."""
    pytest.importorskip("resource", reason="file sizes can be limited on POSIX only")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
    done = run(folder, limit + PROGRAM)
    assert done.stdout == run(folder, SYMGRAPH_CACHE="off").stdout
    assert done.stderr.count("RuntimeWarning") == 1
    assert entries(folder) == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes of files are POSIX notions")
def test_a_directory_that_is_not_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine()
    folder.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="mode 700"):
        assert not machine().from_cache
    folder.chmod(0o700)
    assert machine().from_cache
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert not machine().from_cache


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes of files are POSIX notions")
def test_a_file_that_is_not_ours(folder: Path, tmp_path: Path) -> None:
    machine()
    (path,) = entries(folder)
    path.chmod(0o666)
    assert not machine().from_cache
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert not machine().from_cache
    assert machine().from_cache
    assert not path.is_symlink()


def test_a_file_in_the_place_of_the_directory(folder: Path) -> None:
    folder.write_text("not a directory")
    with pytest.warns(RuntimeWarning, match="not kept"):
        assert works(machine())


def test_a_directory_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine()

    def refused(*_: Any, **__: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(cache.tempfile, "mkstemp", refused)
    with pytest.warns(RuntimeWarning, match="Permission denied"):
        assert works(machine(TEXT + "\n"))
    assert machine().from_cache, "what is there can still be read"


def test_killed_while_writing(folder: Path) -> None:
    kill = "import os, signal\nos.replace = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
    assert run(folder, kill + PROGRAM, check=False).returncode != 0
    (left,) = entries(folder)
    assert left.suffix == ".part"
    assert run(folder).stdout == run(folder, SYMGRAPH_CACHE="off").stdout
    assert left.exists(), "it might belong to a process that is still writing"
    os.utime(left, (0, 0))
    machine()
    assert not left.exists()


def test_processes_side_by_side(folder: Path) -> None:
    settings = {**os.environ, "SYMGRAPH_CACHE": str(folder)}
    started = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], env=settings, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outputs = {process.communicate()[0] for process in started}
    assert len(outputs) == 1
    assert all(process.returncode == 0 for process in started)
    assert [path.suffix for path in entries(folder)] == [".code", ".code"]


def test_the_size_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CHECK_EVERY", 1)
    texts = [TEXT + "\n" * i for i in range(6)]
    for age, text in enumerate(texts[:4]):
        before = set(entries(folder)) if folder.exists() else set()
        machine(text)
        (new,) = set(entries(folder)) - before
        os.utime(new, (1000 + age, 1000 + age))
    size = sum(path.stat().st_size for path in entries(folder))
    assert machine(texts[0]).from_cache, "and is now the one used last"
    monkeypatch.setattr(cache, "MOST_BYTES", size + 10)
    monkeypatch.setattr(cache, "CHECK_EVERY", 10**9)
    monkeypatch.setattr(cache, "_stores", 0)
    machine(texts[4])
    assert machine(texts[0]).from_cache
    assert not machine(texts[1]).from_cache


def test_compiled_functions_agree_with_and_without(folder: Path) -> None:
    x = sg.symbol("x", "n")
    outputs = sg.value_and_grad(sg.sum(sg.exp(-x * x) * sg.sin(x)), [x])
    first, second = (sg.compile(outputs, [x])([0.5, 1.0, -2.0]) for _ in range(2))
    assert first[0] == second[0]
    assert first[1][0].tolist() == second[1][0].tolist()
    assert len(entries(folder)) == 1
