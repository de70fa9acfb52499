"""Machine code kept on disk, so that a second run of a program need not compile again.

One file per module: a digest, the whole key (versions, processor, LLVM text) and the code. An entry is used only if its
length, its digest and its whole key are right; anything else counts as absent and is written anew. Files are
written aside and renamed, so readers see whole entries only, whatever happens to the writer. Only directories and
files that belong to this user, and that nobody else may write, are trusted. ``SYMGRAPH_CACHE`` names the directory, or
is ``off``; otherwise it is ``symgraph`` in ``XDG_CACHE_HOME`` or ``~/.cache``.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

MAGIC = b"symgraph code 1\n"
HEADER = struct.Struct("<16s32sQQ")
SUFFIX, UNFINISHED = ".code", ".part"
MOST_BYTES = 256 << 20
ABANDONED_SECONDS = 3600.0
CHECK_EVERY = 32

_warned: set[str] = set()
_stores = 0


def directory() -> Path | None:
    """Give the directory of the cache, or ``None`` where it is switched off."""
    chosen = os.environ.get("SYMGRAPH_CACHE")
    if chosen is not None:
        return None if chosen.strip().lower() in ("", "0", "off", "no", "none") else Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "symgraph"
    except RuntimeError:  # there is no home directory
        return None


def load(key: bytes) -> bytes | None:
    """Give the code that was stored under a key, or ``None``."""
    folder = directory()
    if folder is None:
        return None
    path = folder / _name(key)
    try:
        if not _is_ours(os.lstat(folder)):
            return None
        entry = _read(path)
    except OSError:
        return None
    code = _code_of(entry, key)
    if code is not None:
        _mark_used(path)
    return code


def store(key: bytes, code: bytes) -> None:
    """Keep code under a key; where that cannot be done a warning says so once, and nothing else happens."""
    folder = directory()
    if folder is None:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(os.lstat(folder)):
            _warn(folder, "it must be a directory that belongs to you and that nobody else may write (mode 700)")
            return
        _write(folder, _name(key), _entry(key, code))
        _bound(folder)
    except OSError as error:
        _warn(folder, str(error))


def _warn(folder: Path, reason: str) -> None:
    if str(folder) in _warned:
        return
    _warned.add(str(folder))
    warnings.warn(
        f"compiled code is not kept in {folder}: {reason}; everything works, but is compiled again in every process. "
        "Set SYMGRAPH_CACHE to another directory, or to 'off'",
        RuntimeWarning,
        stacklevel=2,
    )


def _name(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest() + SUFFIX


def _entry(key: bytes, code: bytes) -> bytes:
    digest = _digest(len(key), len(code), key + code)
    return HEADER.pack(MAGIC, digest, len(key), len(code)) + key + code


def _digest(key_length: int, code_length: int, rest: bytes) -> bytes:
    return hashlib.sha256(struct.pack("<QQ", key_length, code_length) + rest).digest()


def _code_of(entry: bytes, key: bytes) -> bytes | None:
    """Give the code in an entry if every byte of it is as it was written, and written for this key."""
    if len(entry) < HEADER.size:
        return None
    magic, digest, key_length, code_length = HEADER.unpack_from(entry)
    rest = entry[HEADER.size :]
    if magic != MAGIC or key_length != len(key) or key_length + code_length != len(rest):
        return None
    if rest[:key_length] != key or _digest(key_length, code_length, rest) != digest:
        return None
    return rest[key_length:]


def _is_ours(status: os.stat_result) -> bool:
    """True for a plain file or directory that this user owns and nobody else may write."""
    if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
        return False
    if not hasattr(os, "getuid"):  # Windows: the profile directory is private by its own means
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not _is_ours(status) or status.st_size > MOST_BYTES:
            return b""
        return file.read()


def _write(folder: Path, name: str, entry: bytes) -> None:
    handle, temporary = tempfile.mkstemp(suffix=UNFINISHED, dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(entry)
        Path(temporary).replace(folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mark_used(path: Path) -> None:
    """Set the time of an entry; it only decides what is thrown away first."""
    try:
        os.utime(path)
    except OSError:
        return


def _bound(folder: Path) -> None:
    """Throw away the entries not used for longest when there are too many, and what a killed process left behind."""
    global _stores
    _stores += 1
    if _stores % CHECK_EVERY != 1:
        return
    entries = sorted(_entries(folder))
    total = sum(size for _, size, _ in entries)
    for _, size, path in entries:
        if total <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        total -= size


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """List time, size and path of the entries; files abandoned long ago are removed."""
    now = time.time()
    with os.scandir(folder) as found:
        for item in found:
            try:
                status = item.stat(follow_symlinks=False)
            except FileNotFoundError:  # another process has just removed it
                continue
            if item.name.endswith(SUFFIX):
                yield status.st_mtime, status.st_size, Path(item.path)
            elif item.name.endswith(UNFINISHED) and now - status.st_mtime > ABANDONED_SECONDS:
                Path(item.path).unlink(missing_ok=True)
