"""Index notation: ``∑ⱼ Wᵢⱼ·xⱼ``. Letters behind arrays name their axes; ``∑`` sums over letters.

A formula with letters becomes an array at the next bracket, comma or end: its axes are the letters that are left,
in alphabetical order. Nothing is summed without ``∑``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from ..core.errors import ShapeError, SymgraphError
from ..core.node import Node
from ..core.operator import FUNCTIONS
from ..core.shape import shape_text
from .names import AXIS_LETTERS

PRINTED = "ijklmnoprstuvx"  # the letters that printers use, in their order
PLAIN = normalize("NFKC", AXIS_LETTERS)
LOWERED, RAISED = str.maketrans(PLAIN, AXIS_LETTERS), str.maketrans(AXIS_LETTERS, PLAIN)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A product of arrays with a letter for each axis; scalars have none."""

    factors: tuple[tuple[Node, str], ...]

    @property
    def letters(self) -> str:
        """The letters that are not summed, in alphabetical order."""
        return "".join(sorted({letter for _, letters in self.factors for letter in letters}))

    @property
    def node(self) -> Node:
        """The array whose axes are the letters."""
        return _contracted(self.factors, self.letters)


def _contracted(factors: Sequence[tuple[Node, str]], letters: str) -> Node:
    if len(factors) == 1 and factors[0][1] == letters:
        return factors[0][0]
    text = f"{','.join(index for _, index in factors)}->{letters}"
    made = FUNCTIONS["einsum"](text, *[node for node, _ in factors])
    assert isinstance(made, Node)
    return made


def with_letters(node: Node, subscripts: str) -> Indexed:
    """Name the axes of an array; the letters are written as subscripts.

    Raises:
        ShapeError: the array has not as many axes as there are letters.
    """
    letters = subscripts.translate(RAISED)
    if node.ndim != len(letters):
        raise ShapeError(
            f"the letters {subscripts} do not fit shape {shape_text(node.shape)}: "
            f"every axis has one, as in {example(node)}"
        )
    return Indexed(((node, letters),))


def axis_letters(letters: str) -> str:
    """Write letters as subscripts.

    >>> axis_letters("ij")
    'ᵢⱼ'
    """
    return letters.translate(LOWERED)


def example(node: Node) -> str:
    """Show how an array is written with letters."""
    return "x" + axis_letters(PRINTED[: node.ndim])


def times(left: Indexed | Node, right: Indexed | Node) -> Indexed:
    """Multiply, one of the two with letters; the other has letters, too, or is a scalar.

    Raises:
        ShapeError: an array without letters.
    """
    factors: list[tuple[Node, str]] = []
    for value in (left, right):
        if isinstance(value, Indexed):
            factors += value.factors
            continue
        _check_scalar(value)
        factors.append((value, ""))
    return Indexed(tuple(factors))


def _check_scalar(node: Node) -> None:
    if node.ndim:
        raise ShapeError(
            f"an array of shape {shape_text(node.shape)} without letters beside one with letters: "
            f"give it letters, too, as in {example(node)}, or put the formula with letters in brackets"
        )


def sum_over(subscripts: str, value: object) -> Indexed | Node:
    """Do what ``∑`` does; the letters are written as subscripts.

    Raises:
        SymgraphError: nothing has one of the letters.
    """
    letters = subscripts.translate(RAISED)
    held = value.letters if isinstance(value, Indexed) else ""
    lacking = "".join(sorted(set(letters) - set(held)))
    if lacking or not isinstance(value, Indexed):
        raise SymgraphError(f"∑{subscripts}: nothing behind it has the letter {lacking[:1]}")
    kept = "".join([letter for letter in held if letter not in letters])
    total = _contracted(value.factors, kept)
    return Indexed(((total, kept),)) if kept else total


def refuse_letters(values: Sequence[object], sign: str) -> None:
    """Refuse values with letters beside a sign that knows which axes it means.

    Raises:
        ShapeError: a value has letters.
    """
    if any(isinstance(value, Indexed) for value in values):
        raise ShapeError(f"{sign} stands between arrays without letters: with letters write ·, or use brackets")


def check_letters(values: Sequence[object], what: str) -> None:
    """Refuse arrays whose letters differ side by side, entry by entry.

    Raises:
        ShapeError: the letters differ, or an array has none.
    """
    held = {value.letters for value in values if isinstance(value, Indexed)}
    if len(held) > 1:
        shown = " and ".join(sorted(axis_letters(letters) for letters in held))
        raise ShapeError(f"{what} of arrays with different letters: {shown}")
    for value in values if held else ():
        if isinstance(value, Node):
            _check_scalar(value)
