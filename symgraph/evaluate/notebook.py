"""What IPython and notebooks show of a result: its text instead of its fields, and never a flood."""

from __future__ import annotations

from typing import Any

MOST_LINES = 100


class ShowsText:
    """A result that shows its text."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        lines = str(self).splitlines()
        more = len(lines) - MOST_LINES
        printer.text("\n".join([*lines[:MOST_LINES], f"… {more} more lines: print it"] if more > 0 else lines))
