"""How a contraction is written in NumPy: as a product of matrices, a sum, a transpose … or as ``einsum``.

The arguments appear as ``_0``, ``_1`` …; sizes are written by the caller's function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_letters
from typing import Any

import numpy as np

Indices = tuple[int, ...]


def on_diagonal(output: Indices, shape: tuple[int, ...], values: Any) -> Any:
    """Give an array of zeros with ``values`` where axes with equal indices have equal positions."""
    unique = tuple(dict.fromkeys(output))
    full = np.zeros(shape, values.dtype)
    np.einsum(full, list(output), list(unique))[...] = values
    return full


def contraction_source(node: Any, size: Callable[[Any], str]) -> str | None:
    """Write a contraction of numbers of the result's dtype; ``None`` if it has too many indices for letters."""
    subscripts, output, sizes, dtype = node.attrs
    if len(sizes) > len(ascii_letters):
        return None
    names = [f"_{i}" if arg.dtype == dtype else f'np.asarray(_{i}, "{dtype}")' for i, arg in enumerate(node.args)]
    held = {i for index in subscripts for i in index}
    unique = tuple(dict.fromkeys(output))
    kept = tuple(i for i in unique if i in held)
    shape = _tuple([size(sizes[i]) for i in unique])
    text = _product(names, subscripts, kept)
    if not node.args or (len(kept) < len(unique) and not kept):
        text = _filled(output, sizes, size, dtype, text if node.args else "")
        if len(unique) == len(output) or not node.args:
            return text
    elif len(kept) < len(unique):
        text = f"np.broadcast_to({_spread(text, kept, unique)}, {shape})"
    if len(unique) == len(output):
        return text
    if len(output) == 2 and node.args:
        return f"np.diag({text})"
    return f"on_diagonal({output!r}, {_tuple([size(sizes[i]) for i in output])}, {text})"


def _filled(output: Indices, sizes: Sequence[Any], size: Callable[[Any], str], dtype: str, value: str) -> str:
    """One value everywhere (on the diagonal where an index repeats)."""
    unique = tuple(dict.fromkeys(output))
    shape = _tuple([size(sizes[i]) for i in unique])
    kind = "" if dtype == "float64" else f', dtype="{dtype}"'
    if value:
        return f"np.full({shape}, {value}{kind})"
    if len(output) == 2 and len(unique) == 1:
        return f"np.eye({size(sizes[unique[0]])}{kind})"
    ones = f"np.ones({shape}{kind})"
    return ones if unique == output else f"on_diagonal({output!r}, {_tuple([size(sizes[i]) for i in output])}, {ones})"


def _tuple(parts: Sequence[str]) -> str:
    return "(" + ", ".join(parts) + ("," if len(parts) == 1 else "") + ")"


def _spread(text: str, index: Indices, wanted: Indices) -> str:
    """Add axes so that an array with these indices, in order, broadcasts against the wanted ones."""
    if not index:
        return text
    first = wanted.index(index[0])
    if wanted[first:] == index:
        return text
    return f"{text}[" + ", ".join(":" if i in index else "None" for i in wanted[first:]) + "]"


def _product(names: Sequence[str], subscripts: Sequence[Indices], kept: Indices) -> str:
    if not names:
        return ""
    if len(names) == 1:
        return _single(names[0], subscripts[0], kept)
    if len(names) == 2:
        found = _elementwise(names, subscripts, kept) or _matrices(names, subscripts, kept)
        if found is not None:
            return found
    return _einsum(names, subscripts, kept) + ", optimize=True)"


def _einsum(names: Sequence[str], subscripts: Sequence[Indices], kept: Indices) -> str:
    """``np.einsum`` without its closing parenthesis."""
    order = {i: k for k, i in enumerate(dict.fromkeys(i for index in subscripts for i in index))}
    letters = "ijklmnopqrstuvwxyzabcdefgh" + ascii_letters[26:]
    text = ",".join("".join(letters[order[i]] for i in index) for index in subscripts)
    return f'np.einsum("{text}->{"".join(letters[order[i]] for i in kept)}", {", ".join(names)}'


def _single(name: str, index: Indices, kept: Indices) -> str:
    """A sum over axes, a transpose, a trace, a diagonal."""
    if len(set(index)) < len(index):
        if len(index) == 2:
            return f"np.diagonal({name})" if kept else f"np.trace({name})"
        return _einsum([name], [index], kept) + ")"
    summed = [axis for axis, i in enumerate(index) if i not in kept]
    left = tuple(i for i in index if i in kept)
    if len(summed) == len(index) and index:
        name = f"np.sum({name})"
    elif summed:
        name = f"np.sum({name}, axis={summed[0] if len(summed) == 1 else tuple(summed)})"
    return name if left == kept else _turned(name, left, kept)


def _turned(name: str, index: Indices, wanted: Indices) -> str:
    if len(index) == 2:
        return f"{name}.T"
    return f"np.transpose({name}, {tuple(index.index(i) for i in wanted)!r})"


def _elementwise(names: Sequence[str], subscripts: Sequence[Indices], kept: Indices) -> str | None:
    """Nothing is summed: a product with broadcasting."""
    if any(len(set(index)) < len(index) or not set(index) <= set(kept) for index in subscripts):
        return None
    parts = []
    for name, index in zip(names, subscripts, strict=True):
        ordered = tuple(i for i in kept if i in index)
        parts.append(_spread(name if ordered == index else _turned(name, index, ordered), ordered, kept))
    return f"{parts[0]} * {parts[1]}"


def _matrices(names: Sequence[str], subscripts: Sequence[Indices], kept: Indices) -> str | None:
    """One index is summed, and there is at most one more on either side: ``@``."""
    first, second = subscripts
    summed = set(first) & set(second) - set(kept)
    if len(first) > 2 or len(second) > 2 or len(set(first)) < len(first) or len(set(second)) < len(second):
        return None
    if first == second and not kept:
        return f"np.sum({names[0]} * {names[1]})" if len(first) > 1 else f"{names[0]} @ {names[1]}"
    if len(summed) != 1 or set(first) & set(second) != summed or set(kept) != set(first) ^ set(second):
        return None
    (k,) = summed
    pairs = [(names[0], first), (names[1], second)]
    if len(kept) == 2 and kept[0] in second:
        pairs.reverse()
    (left, one), (right, two) = pairs
    left = left if one[-1] == k else f"{left}.T"
    right = right if two[0] == k else f"{right}.T"
    return f"{left} @ {right}"
