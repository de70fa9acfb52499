"""Contractions in matrix notation: W·v, x·yᵀ, Zᵀ·diag(s)·Z, tr(A), sum(x, axis=0) …; else ∑ⱼ Wᵢⱼₖ·xⱼ with letters.

Index lists are read as a chain of matrices and vectors from left to right. The candidates are ordered by how
well they read; :func:`~symgraph.text.form.rebuilds` decides which of them are right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..core.dimension import Size
from ..core.node import Node
from ..ops.arithmetic import number
from .form import Call, Chain, Form, Hole, Kronecker, Letters, Literal, Transposed
from .indexed import PRINTED

Indices = tuple[int, ...]
IDENTITY = "I_"
LETTERS = "ijklmnopqrstuvwxyzabcdefghABCDEFGHIJKLMNOPQRSTUVWXYZ"


def contraction_forms(node: Node) -> Iterator[Form]:
    """Propose forms for a contraction, the most readable first."""
    subscripts, output, sizes = node.attrs[:3]
    if not any(subscripts) and len(set(output)) == len(output):
        if subscripts and number(node.args[0]) == 0:
            yield _filled("zeros", node.shape, r"\mathbf{0}_")
        ones = _ones(node.shape)
        yield Chain((Hole(0), ones)) if subscripts else ones
    if subscripts == ((),) and output == (0, 0):
        yield Chain((Hole(0), _eye(sizes[0])))
    if subscripts == ((),) and output == (0, 1, 0, 1):
        yield Chain((Hole(0), Kronecker(_eye(sizes[0]), _eye(sizes[1]))))
    if len(subscripts) == 1:
        yield from _reductions(subscripts[0], output)
    if len(output) <= 2 and all(len(index) <= 2 for index in subscripts):
        yield from _matrix_forms(_Lists(subscripts, output, sizes, tuple(range(len(subscripts)))))
    if len(output) == 4 and all(len(index) <= 2 for index in subscripts):
        yield from _kronecker(_Lists(subscripts, output, sizes, tuple(range(len(subscripts)))))
    if len(subscripts) == 1:
        yield from _rearrangements(subscripts[0], output, node.shape)
    yield from _letters(subscripts, output, sizes)
    yield einsum_form(node)


def row_forms(node: Node) -> Iterator[Form]:
    """Propose forms for a vector seen as a row: xᵀ·A for Aᵀ·x."""
    subscripts, output, sizes = node.attrs[:3]
    if len(output) == 1 and all(len(index) <= 2 for index in subscripts):
        places = range(len(subscripts))[::-1]
        lists = _Lists(subscripts[::-1], output, sizes, tuple(places))
        yield from _chains(lists, None, output[0])


def _ones(shape: tuple[Size, ...]) -> Form:
    return _filled("ones", shape, r"\mathbf{1}_")


def _filled(name: str, shape: tuple[Size, ...], latex: str) -> Form:
    return Call(name, (Literal(shape[0] if len(shape) == 1 else shape),), latex=latex)


def _eye(size: Size) -> Form:
    return Call("eye", (Literal(size),), latex=IDENTITY)


def einsum_form(node: Node) -> Form:
    """Write a contraction as einsum, which is always possible."""
    subscripts, output, sizes = node.attrs[:3]
    held = {i for index in subscripts for i in index}
    given = [(letter(i), Literal(sizes[i])) for i in dict.fromkeys(output) if i not in held]
    holes = tuple([Hole(k) for k in range(len(subscripts))])
    return Call("einsum", (Literal(subscripts_text(node)), *holes), tuple(given))


def _letters(subscripts: tuple[Indices, ...], output: Indices, sizes: tuple[Size, ...]) -> Iterator[Form]:
    """Propose index notation: a letter for each axis of the result, then for each index that is summed.

    An index that the result repeats has several letters, which identity matrices make equal.
    """
    summed = [i for i in dict.fromkeys(i for index in subscripts for i in index) if i not in output]
    if len(output) + len(summed) > len(PRINTED):
        return
    letters: dict[int, str] = {}
    held = {i for index in subscripts for i in index}
    factors: list[tuple[Form, str]] = []
    for i, letter in zip(output, PRINTED, strict=False):
        if i in letters:
            factors.append((_eye(sizes[i]), letters[i] + letter))
        elif i not in held and output.count(i) == 1:
            factors.append((_ones((sizes[i],)), letter))
        letters.setdefault(i, letter)
    letters.update(zip(summed, PRINTED[len(output) :], strict=False))
    factors += [(Hole(k), "".join([letters[i] for i in index])) for k, index in enumerate(subscripts)]
    if factors:
        yield Letters(tuple(factors), "".join([letters[i] for i in summed]))


def subscripts_text(node: Node) -> str:
    """Write the index lists of a contraction, as in ``ij,jk->ik``."""
    subscripts, output = node.attrs[:2]
    lists = ["".join(map(letter, index)) for index in subscripts]
    return f"{','.join(lists)}->{''.join(map(letter, output))}"


def letter(index: int) -> str:
    """Give the letter of an index; beyond 52 of them, letters of other alphabets."""
    return LETTERS[index] if index < len(LETTERS) else chr(0x4E00 + index)


def _reductions(index: Indices, output: Indices) -> Iterator[Form]:
    """Propose sums and the trace of one argument of any rank."""
    axes = [place for place, i in enumerate(index) if i not in output]
    if not axes:
        return
    axis = Literal(axes[0] if len(axes) == 1 else tuple(axes))
    yield Call("trace", (Hole(0),), name="tr")
    if len(axes) == len(index):
        yield Call("sum", (Hole(0),))
    yield Call("sum", (Hole(0),), (("axis", axis),))
    yield Call("sum", (Hole(0),), (("axis", axis), ("keepdims", Literal(True))))


def _rearrangements(index: Indices, output: Indices, shape: tuple[Size, ...]) -> Iterator[Form]:
    """Propose transposes, diagonals and broadcasts of one argument of any rank."""
    if sorted(index) == sorted(output):
        yield Call("transpose", (Hole(0), Literal(tuple([index.index(i) for i in output]))))
    yield Call("diagonal", (Hole(0),))
    yield Call("broadcast_to", (Hole(0), Literal(shape)))


@dataclass(frozen=True, slots=True)
class _Lists:
    """The index lists of a contraction of vectors and matrices, and which argument each belongs to."""

    subscripts: tuple[Indices, ...]
    output: Indices
    sizes: tuple[Size, ...]
    places: tuple[int, ...]

    def occurs_after(self, i: int, k: int) -> bool:
        return any(i in index for index in self.subscripts[k + 1 :])

    def occurs(self, i: int) -> bool:
        return any(i in index for index in self.subscripts)

    def ones(self, *indices: int) -> Form:
        return _ones(tuple([self.sizes[i] for i in indices]))

    def summed_first(self) -> list[int]:
        """Give the indices of the first argument that are summed over."""
        return [i for index in self.subscripts[:1] for i in dict.fromkeys(index) if i not in self.output]


def _matrix_forms(lists: _Lists) -> Iterator[Form]:
    """Propose chains between the indices of the result, plain or inside diag, tr or sum."""
    output = lists.output
    summed = [i for i in range(len(lists.sizes)) if i not in output]
    if not lists.subscripts and len(output) == 2 and output[0] == output[1]:
        yield _eye(lists.sizes[output[0]])
    if len(output) == 2 and output[0] != output[1]:
        yield from _chains(lists, output[0], output[1])
        yield from map(Transposed, _chains(lists, output[1], output[0]))
    elif len(output) == 2:
        yield from _in("diag", _chains(lists, output[0], None))
    elif len(output) == 1:
        (i,) = output
        yield from _chains(lists, i, None)
        yield from map(Transposed, _chains(lists, None, i))
        yield from _in("diag", _chains(lists, i, i))
        for j in summed:
            yield from _in("sum", _chains(lists, i, j), axis=1)
            yield from _in("sum", _chains(lists, j, i), axis=0)
    else:
        yield from _chains(lists, None, None)
        for i in summed:
            yield from _in("trace", _chains(lists, i, i), shown="tr")
            yield from _in("sum", _chains(lists, i, None))
        for i in summed:
            for j in summed:
                yield from _in("sum", _chains(lists, i, j))


def _kronecker(lists: _Lists) -> Iterator[Form]:
    """Propose ``A ⊗ B`` for a result with four axes, A between the first and the third, B between the others."""
    i, j, k, l = lists.output  # noqa: E741
    reached, grown = {i, k}, True
    while grown:
        found = {each for index in lists.subscripts if reached & set(index) for each in index}
        grown = not found <= reached
        reached |= found
    parts = []
    for inside, ends in ((True, (i, k)), (False, (j, l))):
        places = [p for p, index in enumerate(lists.subscripts) if bool(reached & set(index)) == inside]
        part = _Lists(tuple([lists.subscripts[p] for p in places]), ends, lists.sizes, tuple(places))
        parts.append(list(_factor(part)))
    for left in parts[0]:
        for right in parts[1]:
            yield Kronecker(left, right)


def _factor(lists: _Lists) -> Iterator[Form]:
    """Propose forms of a matrix that is a factor of a Kronecker product."""
    first, last = lists.output
    if first == last and not lists.subscripts:
        yield _eye(lists.sizes[first])
    elif first == last:
        yield from _in("diag", _chains(lists, first, None))
    else:
        yield from _chains(lists, first, last)
        yield from map(Transposed, _chains(lists, last, first))


def _in(function: str, forms: Iterator[Form], shown: str = "", **keywords: Any) -> Iterator[Form]:
    for form in forms:
        yield Call(function, (form,), tuple([(key, Literal(value)) for key, value in keywords.items()]), shown)


def _chains(lists: _Lists, left: int | None, right: int | None) -> Iterator[Form]:
    """Propose the product of all arguments in their order that leads from one index to another.

    ``None`` on the left means that the chain begins with a row, on the right that it ends with a column.
    """
    if left is None or lists.occurs(left):
        yield from _chain(lists, [], left, right)
        return
    yield from _chain(lists, [lists.ones(left)], None, right)
    for i in lists.summed_first():
        yield from _chain(lists, [lists.ones(left, i)], i, right)


def _chain(lists: _Lists, factors: list[Form], current: int | None, right: int | None) -> Iterator[Form]:
    """Go on with a product whose last open index is ``current``; at most one form."""
    for k, index in enumerate(lists.subscripts):
        if len(index) == 2 and index[0] != index[1]:
            if current is None or current not in index:
                return
            straight = index[0] == current
            factors.append(Hole(lists.places[k]) if straight else Transposed(Hole(lists.places[k])))
            current = index[1] if straight else index[0]
            continue
        if not index:
            return
        i = index[0]
        hole = Hole(lists.places[k])
        vector: Form = hole if len(index) == 1 else Call("diag", (hole,))
        if current is None:
            factors.append(Transposed(vector))
            current = i
        elif i != current:
            return
        elif i == right or lists.occurs_after(i, k):
            factors.append(Call("diag", (vector,)))
        else:
            factors.append(vector)
            current = None
    if current != right and right is not None and not lists.occurs(right):
        factors.append(Transposed(lists.ones(right)) if current is None else lists.ones(current, right))
        current = right
    if current == right and factors:
        yield factors[0] if len(factors) == 1 else Chain(tuple(factors))
