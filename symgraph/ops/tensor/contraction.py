r"""The one multiplicative primitive of tensor algebra: the contraction, a generalised einsum.

Arguments carry index lists, the result carries an index list, and every index that the result lacks is
summed over. Indices may repeat inside an argument (diagonal), inside the result (diagonal matrix), and
may stand in the result alone (broadcast). With no arguments at all, ``->ii`` is the identity matrix and
``->i`` the vector of ones. Matrix product, transpose, outer product, trace, diagonal, sum over axes and
broadcasting are all contractions, and so are all their derivatives.

The calculus follows Laue, Mitterreiter and Giesen, "Computing Higher Order Derivatives of Matrix and
Tensor Expressions" (NeurIPS 2018) and "A Simple and Efficient Tensor Calculus" (AAAI 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...core.dimension import Shape, Size
from ...core.dtype import promote
from ...core.errors import DTypeError, ShapeError
from ...core.lazy import Library
from ...core.node import Node, constant, make
from ...core.operator import FUNCTIONS, OPS, Attributes, Example, Linearity, Notation, Operator, register
from ...core.shape import broadcast_shapes, shape_text
from .contraction_links import contraction_links
from .contraction_source import contraction_source, on_diagonal
from .dimension import dimension
from .reading_order import reading_order

opt_einsum = Library("opt_einsum")

Indices = tuple[int, ...]
MOST_SEARCHED = 12  # operands whose best order is searched for; beyond, a good one is taken
MOST_MERGED = 32  # a contraction with more operands stays as it is, or chains of products would grow without bound
MOST_SCALARS = 32  # scalars in front of an array that are looked behind


def contract(operands: Sequence[Node], subscripts: Sequence[Indices], output: Indices, sizes: dict[int, Size]) -> Node:
    """Build a contraction in canonical form.

    Args:
        operands: the arguments.
        subscripts: one index list per operand, as long as the operand's rank.
        output: the index list of the result; indices not in it are summed over.
        sizes: the size of every index.

    Arguments that only rearrange, broadcast or build diagonals are merged; scalars are pulled out as
    factors, and so are signs; a contraction that does nothing gives its operand.

    Raises:
        ShapeError: an index stands for two different sizes.
    """
    terms = [(node, tuple(index)) for node, index in zip(operands, subscripts, strict=True)]
    sizes = dict(sizes)
    rename: dict[int, int] = {}
    merged: list[tuple[Node, Indices]] = []
    minus = OPS["negative"]
    signs = 0
    while terms:
        node, index = terms.pop(0)
        if node.op is minus:
            signs += 1
            terms.insert(0, (node.args[0], index))
        elif (scaled := _scaled_spread(node)) is not None:
            terms[:0] = [(scaled[0], ()), (scaled[1], index)]
        elif len(node.args) <= MOST_MERGED and is_rearrangement(node):
            terms[:0] = _inline(node, index, rename, sizes)
        else:
            merged.append((node, index))
    output = tuple([_final(rename, i) for i in output])
    before = {_final(rename, i) for index in subscripts for i in index}
    merged = [(node, tuple([_final(rename, i) for i in index])) for node, index in merged]
    result = _finish(merged, output, sizes, before)
    return FUNCTIONS["negative"](result) if signs % 2 else result


def _scaled_spread(node: Node, depth: int = MOST_SCALARS) -> tuple[Node, Node] | None:
    """Take a scalar off a diagonal or a broadcast, so that the product can merge with what is left."""
    if not depth or node.op is not OPS["multiply"] or not node.shape:
        return None
    for scalar, rest in (node.args, node.args[::-1]):
        inside = rest
        while inside.op is OPS["negative"]:
            inside = inside.args[0]
        if not scalar.shape and (is_spread(inside) or _scaled_spread(inside, depth - 1) is not None):
            return scalar, rest
    return None


def _final(rename: dict[int, int], index: int) -> int:
    while index in rename:
        index = rename[index]
    return index


def _inline(node: Node, index: Indices, rename: dict[int, int], sizes: dict[int, Size]) -> list[tuple[Node, Indices]]:
    """Replace an operand that is a contraction without sums by that contraction's own operands."""
    subscripts, output = node.attrs[:2]
    inner: dict[int, int] = {}
    for own, outer in zip(output, index, strict=True):
        new = _final(rename, outer)
        held = inner.get(own)
        if held is None:
            inner[own] = new
        elif (old := _final(rename, held)) != new:  # a delta: two outer indices become one
            _same_size(sizes[old], sizes[new])
            rename[new] = old
    return [
        (arg, tuple([_final(rename, inner[i]) for i in own])) for arg, own in zip(node.args, subscripts, strict=True)
    ]


def _same_size(first: Size, second: Size) -> None:
    if first != second:
        raise ShapeError(f"one index stands for two sizes: {first} and {second}")


def _finish(merged: list[tuple[Node, Indices]], output: Indices, sizes: dict[int, Size], before: set[int]) -> Node:
    """Number the indices by first appearance and make the node, or something simpler."""
    scalars = [node for node, index in merged if not index]
    tensors = [(node, index) for node, index in merged if index]
    held = {i for _, index in tensors for i in index}.union(output)
    dtype = _result_dtype([node for node, _ in merged], bool(held.difference(output)))
    scalars += [dimension(sizes[i], dtype) for i in sorted(before - held) if sizes[i] != 1]
    if scalars and (tensors or not output):
        rest = _finish(tensors, output, sizes, set()) if tensors else scalars.pop()
        if is_spread(rest) and len(rest.args) <= MOST_MERGED:  # scale the operand before it is repeated
            first, index = tensors[0]
            return _finish([(_scaled(scalars, first), index), *tensors[1:]], output, sizes, set())
        return _scaled(scalars, rest)
    if scalars:
        factor = _scaled(scalars[:-1], scalars[-1])
        tensors = [] if factor is constant(1.0) else [(factor, ())]
    if len(tensors) == 1 and tensors[0][1] == output and len(set(output)) == len(output):
        return tensors[0][0]
    tensors = reading_order(tensors, output)
    numbering: dict[int, int] = {}
    for index in (*(index for _, index in tensors), output):
        for i in index:
            numbering.setdefault(i, len(numbering))
    attrs = (
        tuple([tuple([numbering[i] for i in index]) for _, index in tensors]),
        tuple([numbering[i] for i in output]),
        tuple([sizes[i] for i in numbering]),
        dtype,
    )
    if not tensors and not output:
        return constant(1.0)
    return make(CONTRACT, tuple([node for node, _ in tensors]), attrs)


def _scaled(scalars: Sequence[Node], node: Node) -> Node:
    for scalar in reversed(scalars):
        node = FUNCTIONS["multiply"](scalar, node)
    return node


def _result_dtype(operands: Sequence[Node], summed: bool) -> str:
    if not operands:
        return "float64"
    dtype = promote(*[node.dtype for node in operands])
    return "int64" if summed and dtype in ("bool", "int32") else dtype


def is_rearrangement(node: Node) -> bool:
    """True for a contraction that sums over nothing: transpose, diagonal, broadcast, outer product, identity."""
    if node.op is not CONTRACT:
        return False
    output = node.attrs[1]
    return all(i in output for index in node.attrs[0] for i in index)


def is_broadcast(node: Node) -> bool:
    """True for a contraction that only repeats its argument along new axes."""
    return node.op is CONTRACT and is_spread(node) and len(set(node.attrs[1])) == len(node.attrs[1])


def is_spread(node: Node) -> bool:
    """True for a broadcast, a diagonal matrix or an identity: products with it are better merged."""
    if not is_rearrangement(node):
        return False
    subscripts, output = node.attrs[:2]
    held = {i for index in subscripts for i in index}
    return len(set(output)) < len(output) or not held.issuperset(output)


def product(x: Node, y: Node) -> Node:
    """Write the elementwise product as a contraction, so that broadcasts and deltas merge with it."""
    shape = broadcast_shapes(x.shape, y.shape)
    sizes: dict[int, Size] = dict(enumerate(shape))
    lists = []
    for node in (x, y):
        index = list(range(len(shape) - node.ndim, len(shape)))
        for place, size in enumerate(node.shape):
            if size != shape[index[place]]:  # a broadcast axis of size 1: an index of its own
                sizes[len(sizes)] = size
                index[place] = len(sizes) - 1
        lists.append(tuple(index))
    return contract((x, y), lists, tuple(range(len(shape))), sizes)


# --- the record -------------------------------------------------------------------------------


def _infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    subscripts, output, sizes, dtype = attrs
    used = {i for index in (*subscripts, output) for i in index}
    if len(subscripts) != len(args) or used != set(range(len(sizes))):
        raise ShapeError(f"the index lists {subscripts} -> {output} do not fit {len(args)} arguments, sizes {sizes}")
    if args and promote(dtype, _result_dtype(args, len(used) > len(set(output)))) != dtype:
        raise DTypeError(f"the result cannot have dtype {dtype}")
    for arg, index in zip(args, subscripts, strict=True):
        if arg.shape != tuple([sizes[i] for i in index]):
            expected = tuple([sizes[i] for i in index])
            raise ShapeError(f"an argument has shape {shape_text(arg.shape)} where {shape_text(expected)} is needed")
    return tuple([sizes[i] for i in output]), dtype


def _canonical(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    """Rebuild after substitution: sizes follow from the new arguments, the rest stays."""
    subscripts, output, sizes, _ = attrs
    known: dict[int, Size] = dict(enumerate(sizes))
    for arg, index in zip(args, subscripts, strict=True):
        if arg.ndim != len(index):
            raise ShapeError(f"contract: an argument of rank {len(index)} is needed, not {shape_text(arg.shape)}")
        known.update(zip(index, arg.shape, strict=True))
    return contract(args, subscripts, output, known)


def _reverse(node: Node, g: Node, i: int) -> Node:
    subscripts, output, sizes = node.attrs[:3]
    batch = tuple(range(len(sizes), len(sizes) + g.ndim - node.ndim))
    known: dict[int, Size] = dict(enumerate(sizes))
    known.update(zip(batch, g.shape, strict=False))
    operands, lists = list(node.args), list(subscripts)
    operands[i], lists[i] = g, batch + output  # the adjoint stands where the argument stood: Aᵀ·g, g·xᵀ
    return contract(operands, lists, batch + subscripts[i], known)


def _numpy(subscripts: Any, output: Indices, sizes: tuple[int, ...], dtype: str, *arrays: Any) -> Any:
    held = {i for index in subscripts for i in index}
    unique = tuple(dict.fromkeys(output))
    kept = tuple(i for i in unique if i in held)
    if arrays:
        target = object if any(np.asarray(a).dtype == object for a in arrays) else dtype
        result = _einsum([np.asarray(a).astype(target, copy=False) for a in arrays], subscripts, kept)
    else:
        result = np.ones((), dtype)
    if len(kept) < len(unique):
        places = tuple(slice(None) if i in held else None for i in unique)
        result = np.broadcast_to(result[places], tuple(sizes[i] for i in unique))
    if len(unique) == len(output):
        return result
    return on_diagonal(output, tuple(sizes[i] for i in output), result)


def _einsum(arrays: list[Any], subscripts: Sequence[Indices], output: Indices) -> Any:
    if len(arrays) == 1:
        (index,) = subscripts
        unique = tuple(dict.fromkeys(index))
        view = np.einsum(arrays[0], list(index), list(unique)) if len(unique) < len(index) else arrays[0]
        summed = tuple(k for k, i in enumerate(unique) if i not in output)
        if summed:
            view = np.asarray(np.sum(view, axis=summed))
        left = [i for i in unique if i in output]
        return np.transpose(view, [left.index(i) for i in output])
    interleaved = [part for pair in zip(arrays, map(list, subscripts), strict=True) for part in pair]
    if arrays[0].dtype == object:
        return np.asarray(np.einsum(*interleaved, list(output)))
    return np.asarray(np.einsum(*interleaved, list(output), optimize=_path(tuple(subscripts), output, arrays)))


def _path(subscripts: tuple[Indices, ...], output: Indices, arrays: list[Any]) -> Any:
    if len(arrays) == 2:
        return ["einsum_path", (0, 1)]
    return _cached_path(subscripts, output, tuple(a.shape for a in arrays))


@lru_cache(maxsize=4096)
def _cached_path(subscripts: tuple[Indices, ...], output: Indices, shapes: tuple[tuple[int, ...], ...]) -> Any:
    letters = [opt_einsum.get_symbol(i) for i in range(1 + max(i for index in subscripts for i in index))]
    text = ",".join("".join(letters[i] for i in index) for index in subscripts)
    text += "->" + "".join(letters[i] for i in output)
    return ["einsum_path", *cheapest_path(text, shapes)]


@lru_cache(maxsize=4096)
def cheapest_path(text: str, shapes: tuple[tuple[int, ...], ...]) -> tuple[Indices, ...]:
    """Give the order of products with the fewest operations (Smith and Gray, JOSS 2018), as places in the list.

    Dynamic programming finds the best; opt_einsum's default goes astray beside vectors, so it is left for long lists.
    """
    method = "dp" if len(shapes) <= MOST_SEARCHED else "auto"
    return tuple(map(tuple, opt_einsum.contract_path(text, *shapes, shapes=True, optimize=method)[0]))


CONTRACT = register(
    Operator(
        name="contract",
        family="contraction",
        doc="Generalised einsum: products over shared indices, summed over the indices the result lacks.",
        arity=None,
        attributes=("subscripts", "output", "sizes", "dtype"),
        infer=_infer,
        numpy=_numpy,
        python=contraction_source,
        notation=Notation("einsum", r"\sum", "Σ", "special"),
        reverse=_reverse,
        linearity=Linearity.EACH,
        dependence=contraction_links,
        canonical=_canonical,
        examples=(
            Example(((2, 3), (3, 4)), (((0, 1), (1, 2)), (0, 2), (2, 3, 4), "float64")),
            Example(((3, 3),), (((0, 0),), (), (3,), "float64")),
            Example(((3,),), (((0,),), (0, 0), (3,), "float64")),
            Example(((2, 3),), (((0, 1),), (1, 2, 0), (2, 3, 4), "float64")),
            Example(((2,), (2, 3), (3,)), (((0,), (0, 1), (1,)), (), (2, 3), "float64")),
            Example(((2, 3), (3,)), (((0, 1), (1,)), (0, 1), (2, 3), "float64")),
        ),
        source="Laue, Mitterreiter, Giesen, NeurIPS 2018 and AAAI 2020",
    )
)
