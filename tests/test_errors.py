"""What a user is told: every common mistake is a row of data with the exact message.

``pytest tests/test_errors.py`` compares; a better message is written into ``tests/golden/errors.json``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import symgraph as sg
import symgraph.testing

MISTAKES = json.loads((Path(__file__).parent / "golden" / "errors.json").read_text(encoding="utf-8"))
NAMES = {"sg": sg, "np": np}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["call"][:80]) for row in MISTAKES])
def test_message(row: dict[str, str]) -> None:
    with pytest.raises(Exception) as caught:
        exec(row["call"], dict(NAMES))  # our own data file
    assert (type(caught.value).__name__, str(caught.value)) == (row["error"], row["message"])
    assert isinstance(caught.value, (sg.SymgraphError, TypeError))


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 90
    assert len({row["call"] for row in MISTAKES}) == len(MISTAKES)
