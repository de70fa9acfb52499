"""Identifiers for generated source: a user's name is kept where it is harmless, and replaced by another one elsewhere.

Nothing else of a user's name reaches generated text: not as code, and not in a comment.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping

from ..core.dimension import Dim, Size

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}\Z")

PYTHON = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}) | {
    *("np", "special", "scipy", "math", "itertools", "functools"),
}


class Identifiers:
    """Hands out identifiers, each once.

    >>> names = Identifiers(PYTHON)
    >>> names.of("W"), names.of("W"), names.of("σ_1"), names.of("lambda"), names.of("x); import os; (")
    ('W', 'W_2', 'sigma_1', 'lambda_', 'x1')
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        self.taken = set(reserved)
        self._counts: dict[str, int] = {}

    def of(self, wish: str, fallback: str = "x") -> str:
        """Give an identifier as close to ``wish`` as is safe."""
        plain = "".join(map(_latin, wish))
        if not _PLAIN.match(plain):
            return self.numbered(fallback)
        if plain in self.taken and not plain.endswith("_") and f"{plain}_" not in self.taken and plain in PYTHON:
            plain = f"{plain}_"
        name, count = plain, 1
        while name in self.taken:
            count += 1
            name = f"{plain}_{count}"
        self.taken.add(name)
        return name

    def numbered(self, stem: str) -> str:
        """Give the next of ``stem1``, ``stem2`` …"""
        count = self._counts.get(stem, 0) + 1
        while f"{stem}{count}" in self.taken:
            count += 1
        self._counts[stem] = count
        self.taken.add(f"{stem}{count}")
        return f"{stem}{count}"


def _latin(character: str) -> str:
    """Spell a Greek letter or a subscript in ASCII."""
    if character.isascii():
        return character
    words = unicodedata.name(character, "").split()
    if words[:1] == ["GREEK"] and len(words) == 4 and words[2] == "LETTER":
        word = words[3].replace("LAMDA", "LAMBDA")
        return word.lower() if words[1] == "SMALL" else word.capitalize()
    if words[:1] == ["SUBSCRIPT"] and unicodedata.category(character) == "No":
        return str(unicodedata.digit(character, ""))
    return "?"


def sum_of_products(size: Size, names: Mapping[str, str], times: str) -> str:
    """Write a size as source: a number, or a sum of products of what the named sizes are called.

    >>> n, m = Dim.named("n"), Dim.named("m")
    >>> sum_of_products(2 * n * m - n + 1, {"n": "rows", "m": "columns"}, "*")
    '2*columns*rows - rows + 1'
    """
    if not isinstance(size, Dim):
        return str(size)
    text = ""
    for monomial, coefficient in size.terms:
        factors = [names[each] for each in monomial]
        if not factors or abs(coefficient) != 1:
            factors.insert(0, str(abs(coefficient)))
        sign = " - " if coefficient < 0 else " + "
        text += (sign if text else sign.strip().replace("+", "")) + times.join(factors)
    return text
