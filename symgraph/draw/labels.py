"""What stands in a picture: gate labels, numbers, grids; measured so that text stays in its box, and escaped."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.node import CONSTANT, SYMBOL, Node, make, symbol
from ..core.operator import Linearity
from ..core.shape import shape_text
from ..evaluate.backpropagation import number_text
from ..ops.tensor.contraction import CONTRACT

FONT = "DejaVu Sans, Verdana, Segoe UI, Helvetica, Arial, sans-serif"
LONGEST_NAME = 22
GRID_ROWS, GRID_COLUMNS, HEAT = 6, 4, 12
UNKNOWN = "·"
_WIDE = {
    **dict.fromkeys("mMWw%@ΣΠ∛", 1.08),
    **dict.fromkeys("il.,;:'|!jI ", 0.46),
    **dict.fromkeys("·′", 0.5),
    **dict.fromkeys("∂″", 0.7),
}


def text_width(text: str, size: float) -> float:
    """Give a width in pixels that the text does not exceed in any font of the stack.

    The widths are those of the widest two (DejaVu Sans, Verdana), rounded up.
    """
    return size * sum(map(_character_width, text))


def _character_width(character: str) -> float:
    known = _WIDE.get(character)
    if known is not None:
        return known
    if character.isdigit() and character.isascii():
        return 0.66
    if character.isascii():
        return 0.86 if character in "+=<>~^#_" else 0.82 if character.isupper() else 0.7
    if unicodedata.combining(character):
        return 0.4
    return 1.4 if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF else 1.05


def clean(text: str) -> str:
    """Replace characters that XML forbids or that reorder text; newlines become a sign.

    >>> clean("a" + chr(0) + chr(10) + "b")
    'a�↵b'
    """
    return "".join([_clean_character(character) for character in text])


def _clean_character(character: str) -> str:
    if character in "\n\r\x0b\x0c\x85\u2028\u2029":
        return "↵"
    if character == "\t":
        return " "
    return "�" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co") else character


def escape(text: str) -> str:
    """Make text safe in XML and HTML, in content and in quoted attributes."""
    safe = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace('"', "&quot;").replace("'", "&#39;")


def cut(text: str, longest: int = LONGEST_NAME) -> str:
    """Shorten a text, with an ellipsis."""
    safe = clean(text)
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


# --- gates ------------------------------------------------------------------------------------


def number(value: Any) -> str:
    """Write a constant shortly: 2, 0.5, −1."""
    return f"{value:.4g}".replace("-", "−") if isinstance(value, float) else str(value)


def gate_label(node: Node, absorbed: dict[int, Node]) -> str:
    """Say what a gate does; ``absorbed`` holds the constant arguments that are written into it, by position."""
    if node.op is SYMBOL:
        return cut(node.name)
    if node.op is CONSTANT:
        return number(node.value) if not node.shape else "array"
    if node.op is CONTRACT:
        return _contraction_label(node)
    if "definition" in node.op.attributes:
        return cut(str(node.attribute("definition").name))
    sign = node.op.notation.label or node.op.name
    if "picks entries" in node.op.traits:
        return cut(
            str(make(node.op, (symbol("x", node.args[0].shape, node.args[0].dtype),), node.attrs)).removeprefix("x"), 12
        )
    if len(node.args) == 2 and len(absorbed) == 1 and node.op.notation.kind == "infix":
        ((position, held),) = absorbed.items()
        text = number(held.value)
        if position:
            return _superscript(text) if sign == "^" else f"{sign}{text}"
        return f"{text}{sign.replace('÷', '/').replace('×', '·')}x"
    return f"{sign}x" if node.op.notation.kind == "prefix" else cut(sign, 12)


def _superscript(text: str) -> str:
    digits = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    return "x" + text.translate(digits) if set(text) <= set("0123456789−") else f"x^{text}"


def _contraction_label(node: Node) -> str:
    inputs, output = node.attrs[0], node.attrs[1]
    used = {index for indices in inputs for index in indices}
    if len(inputs) > 1:
        return "@" if used - set(output) else "⊙" if all(set(i) == set(output) for i in inputs) else "⊗"
    if used - set(output):
        return "Σ"
    return "ᵀ" if inputs and sorted(inputs[0]) == sorted(output) else "δ" if not inputs else "diag"


def badge(node: Node) -> str:
    """Name the pattern of a gate in the backward flow: distributor, router or switcher."""
    real = [arg for arg in node.args if arg.dtype.startswith("float") and arg.op is not CONSTANT]
    if len(real) < 2:
        return ""
    if node.op.selective:
        return "router"
    if node.op.linearity is Linearity.EACH:
        return "switcher"
    partials = node.op.partials or ()
    same = bool(partials) and all(isinstance(p, (int, float)) and p == 1 for p in partials)
    return "distributor" if same else ""


# --- numbers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A number or an array as it stands on an edge: rows of texts, or a heat map, with a note below."""

    rows: tuple[tuple[str, ...], ...]
    heat: tuple[tuple[float, ...], ...] = ()
    note: str = ""
    bracket: bool = False

    @property
    def cells(self) -> list[str]:
        """All texts, row by row."""
        return [cell for row in self.rows for cell in row]


def shown(value: Any, decimals: int | None) -> str:
    """Write one number: exactly with at most ``decimals`` decimals, or (``None``) rounded to two."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if decimals is None:
        text = number_text(float(value))
        return "0" if text == "-0" else text.replace("-", "−")
    text = f"{float(value):.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return "0" if text == "-0" else text.replace("-", "−")


def exact_decimals(values: Iterable[Any]) -> int | None:
    """Give the fewest decimals, up to four, that write every entry exactly; ``None`` if that is too few.

    >>> exact_decimals([1.0, 0.25]), exact_decimals([1 / 3])
    (2, None)
    """
    entries = np.concatenate([np.ravel(np.asarray(value, dtype=float)) for value in values])
    if not np.isfinite(entries).all() or (np.abs(entries) >= 1e6).any():
        return None
    for decimals in range(5):
        if (np.abs(entries - np.round(entries, decimals)) < 1e-9).all():
            return decimals
    return None


def block(value: Any, decimals: int | None) -> Block:
    """Lay a value out: a number, a small grid (vectors are columns), or a heat map with the shape."""
    array = np.asarray(value)
    if array.ndim == 0:
        return Block(((shown(array[()], decimals),),))
    note = shape_text(array.shape)
    table = array.reshape(-1, 1) if array.ndim == 1 else array
    if array.ndim <= 2 and table.shape[0] <= GRID_ROWS and table.shape[1] <= GRID_COLUMNS and array.size:
        return Block(tuple(tuple(shown(cell, decimals) for cell in row) for row in table), note=note, bracket=True)
    return Block((), _heat(array), note)


def _heat(array: Any) -> tuple[tuple[float, ...], ...]:
    if not array.size:
        return ()
    table = np.abs(array.astype(float)).reshape(array.shape[0], -1) if array.ndim != 1 else np.abs(array)[None, :]
    rows = np.linspace(0, table.shape[0] - 1, min(HEAT, table.shape[0])).round().astype(int)
    columns = np.linspace(0, table.shape[1] - 1, min(HEAT, table.shape[1])).round().astype(int)
    small = np.nan_to_num(table[np.ix_(rows, columns)], nan=0.0, posinf=0.0)
    high = float(small.max()) or 1.0
    return tuple(tuple(round(float(v) / high, 2) for v in row) for row in small)
