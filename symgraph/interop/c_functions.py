"""Functions that C99's library lacks, as C of our own: what an exported file brings along.

The text stands in the folder ``c``, in sections that begin with ``/* == name: other sections it needs == */``.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_HEAD = re.compile(r"^/\* == (\w+)(?:: ([\w ]+))? == \*/\n", re.MULTILINE)
_CALL = re.compile(r"\bsg_(\w+)")
FILES = ("gamma.c", "error.c", "integrals.c", "bessel.c", "linalg.c")


@cache
def sections() -> dict[str, tuple[tuple[str, ...], str]]:
    """Give what each section needs, and its text."""
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for name in FILES:
        text = (files(__package__) / "c" / name).read_text(encoding="ascii")
        _, *parts = _HEAD.split(text)
        for section, needs, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            found[section] = (tuple((needs or "").split()), body.strip())
    return found


def functions_in(text: str) -> list[str]:
    """Give the sections that a text calls, each guarded and behind the sections it needs.

    >>> [each.split()[1] for each in functions_in("y = sg_gammainc(a, x);")]
    ['SG_STIRLING', 'SG_GAMMAPOWER', 'SG_GAMMARATIO', 'SG_GAMMAINC']
    """
    listed: dict[str, str] = {}
    waiting = [name for name in reversed(dict.fromkeys(_CALL.findall(text))) if name in sections()]
    while waiting:
        current = waiting[-1]
        needs, body = sections()[current]
        missing = [each for each in needs if each not in listed]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        guard = f"SG_{current.upper()}"
        listed[current] = f"#ifndef {guard}\n#define {guard}\n{body}\n#endif"
    return list(listed.values())


def is_own(name: str) -> bool:
    """True if there is C of our own for a function."""
    return name in sections()
