"""Provenance: why a node is there.

A node is made by a line of the user's program, by a place in a text, or by a rule of differentiation
or rewriting. Nodes are interned, so a node remembers the first reason.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

    from .node import Node

_PACKAGE = str(Path(__file__).resolve().parent.parent) + os.sep


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the program that built the node."""

    code: CodeType
    instruction: int
    scope: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The file's path."""
        return self.code.co_filename

    @property
    def line(self) -> int:
        """The line number, from 1."""
        lines = list(self.code.co_positions())
        place = self.instruction // 2
        found = lines[place][0] if place < len(lines) else None
        return found or self.code.co_firstlineno

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A place in a formula given as text; ``line`` and ``column`` count from 1."""

    text: str
    line: int
    column: int
    scope: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """A rule made the node: ``rule`` (such as ``reverse sin``) applied at ``primal`` to differentiate ``output``."""

    rule: str
    primal: Node
    output: Node | None = None
    scope: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule} at {self.primal.op.name}"


Origin = SourceLine | TextPlace | Derived


class _Context(threading.local):
    """What the current thread is doing.

    ``origin`` is for new nodes, ``scope`` holds the open scopes, and ``masked`` says that a reverse rule is at
    work below a choice: parts of the adjoint can be exactly zero because a branch was not taken.
    """

    origin: Origin | None = None
    scope: tuple[str, ...] = ()
    masked: bool = False


CONTEXT = _Context()
_lines: dict[tuple[Any, ...], SourceLine] = {}


def current_origin() -> Origin | None:
    """Give the origin for a node that is made now: the one in force, else the calling line outside symgraph."""
    if CONTEXT.origin is not None:
        return CONTEXT.origin
    frame = sys._getframe(2)
    while frame.f_code.co_filename.startswith(_PACKAGE):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    key = (frame.f_code, frame.f_lasti, CONTEXT.scope)
    line = _lines.get(key)
    if line is None:
        if len(_lines) > 100_000:
            _lines.clear()
        line = _lines[key] = SourceLine(*key)
    return line


@contextmanager
def made_by(origin: Origin | None) -> Iterator[None]:
    """Give every node made inside this ``with`` block the origin ``origin``."""
    before, CONTEXT.origin = CONTEXT.origin, origin
    try:
        yield
    finally:
        CONTEXT.origin = before


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Group the nodes made inside this ``with`` block under ``name``, for pictures and listings.

    >>> import symgraph as sg
    >>> with sg.scope("layer 1"):
    ...     y = sg.tanh(sg.symbol("scoped"))
    >>> y.origin.scope
    ('layer 1',)
    """
    before, CONTEXT.scope = CONTEXT.scope, (*CONTEXT.scope, name)
    try:
        yield
    finally:
        CONTEXT.scope = before
