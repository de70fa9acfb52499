"""How functions show themselves to users, and how those are declared that are expressions of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.operator import Builder, Definition, Example, Kink, Known, define


def show_as(build: Builder, name: str, doc: str) -> None:
    """Let a function that was made for an operator show that operator's name and documentation."""
    build.__name__ = build.__qualname__ = name
    build.__doc__ = doc


def defined(
    build: Builder,
    family: str,
    reference: Callable[..., Any],
    examples: Sequence[Example],
    *,
    aliases: Sequence[str] = (),
    known: Sequence[Known] = (),
    kinks: Sequence[Kink] = (),
) -> None:
    """Enter a function into the tables under its own name; ``reference`` is what the tests compare it with."""
    define(
        Definition(
            name=build.__name__,
            family=family,
            doc=str(build.__doc__),
            build=build,
            reference=reference,
            aliases=tuple(aliases),
            examples=tuple(examples),
            known=tuple(known),
            kinks=tuple(kinks),
        )
    )
