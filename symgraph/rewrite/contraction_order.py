"""The cheapest order of contractions: A·B·C·v is computed from the right, whatever the brackets say.

Nested contractions whose inner results nobody else needs are joined into one product of many arrays; opt_einsum
(Smith and Gray, JOSS 2018) finds the sequence of pairwise products with the fewest multiplications. A product
keeps the brackets it was written with unless another order needs strictly fewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..core.dimension import Dim, Size
from ..core.dtype import is_float
from ..core.errors import SymgraphError
from ..core.lazy import Library
from ..core.node import Node, apply, make
from ..core.operator import Linearity
from ..core.shape import size_of
from ..core.traversal import rebuild, topological
from ..ops.tensor.contraction import CONTRACT, MOST_MERGED, cheapest_path
from ..ops.tensor.reading_order import reading_order

opt_einsum = Library("opt_einsum")
NOMINAL = 64  # the size that a named dimension is taken to have where its number is not known
Indices = tuple[int, ...]
Term = tuple[Node, Indices]


def order_contractions(
    outputs: Sequence[Node], sizes: Mapping[str, int] | None = None, stop: Iterable[Node] = ()
) -> list[Node]:
    """Bring nested contractions into their cheapest order.

    Args:
        outputs: the expressions wanted.
        sizes: numbers of named dimensions; any other counts as ``NOMINAL``.
        stop: nodes that have a value already; they are not looked behind.

    >>> import symgraph as sg
    >>> A, B, v = sg.symbol("A", (9, 9)), sg.symbol("B", (9, 9)), sg.symbol("v", 9)
    >>> print(A @ B @ v, "|", order_contractions([A @ B @ v])[0])
    A·B·v | A·(B·v)
    """
    behind = set(stop)
    order = topological(outputs, stop=behind)
    if not any(_nested(node) for node in order):
        return list(outputs)
    uses = Counter(arg for node in order if node not in behind for arg in node.args)
    uses.update(outputs)
    chosen: dict[Node, Product] = {}
    inside: set[Node] = set()
    for node in reversed(order):
        if node not in behind and node not in inside and _nested(node):
            product = Product.of(node, lambda inner: uses[inner] == 1 and inner not in behind)
            if product is not None and product.is_cheaper(sizes or {}):
                chosen[node] = product
                inside.update(product.inside)
    return _rebuilt(outputs, order, chosen, inside, sizes or {}) if chosen else list(outputs)


def _rebuilt(
    outputs: Sequence[Node],
    order: Sequence[Node],
    chosen: Mapping[Node, Product],
    inside: set[Node],
    sizes: Mapping[str, int],
) -> list[Node]:
    new: dict[Node, Node] = {}
    for node in order:
        if node in chosen:
            terms = [(new[arg], index) for arg, index in chosen[node].terms]
            new[node] = in_pairs(terms, chosen[node].output, chosen[node].sizes, node.dtype, sizes)
        elif node not in inside:
            args = tuple([new.get(arg, arg) for arg in node.args])
            new[node] = node if args == node.args else _again(node, args)
    return [new[node] for node in outputs]


def _again(node: Node, args: tuple[Node, ...]) -> Node:
    try:
        return apply(node.op, args, node.attrs)
    except SymgraphError:  # a canonical form may refuse what the plain node allows
        return make(node.op, args, node.attrs)


def _nested(node: Node) -> bool:
    return node.op is CONTRACT and is_float(node.dtype) and any(arg.op is CONTRACT for arg in node.args)


class Product:
    """A product of many arrays that nested contractions amount to."""

    def __init__(self, terms: list[Term], output: Indices, sizes: dict[int, Size], inside: list[Node]) -> None:
        self.terms, self.output, self.sizes, self.inside = terms, output, sizes, inside

    @staticmethod
    def of(root: Node, absorb: Callable[[Node], bool]) -> Product | None:
        """Join a contraction with those of its operands that ``absorb`` allows; ``None`` if there is nothing to join.

        An index that an inner result repeats is a delta: it makes two outer indices one.
        """
        subscripts, output, own_sizes, dtype = root.attrs
        sizes: dict[int, Size] = dict(enumerate(own_sizes))
        same: dict[int, int] = {}
        waiting: list[Term] = list(zip(root.args, subscripts, strict=True))
        terms: list[Term] = []
        inside: list[Node] = []
        while waiting:
            node, index = waiting.pop(0)
            if node.op is not CONTRACT or not node.args or node.dtype != dtype or not (node is root or absorb(node)):
                terms.append((node, index))
                continue
            inside.append(node)
            waiting[:0] = _opened(node, index, sizes, same)
        found = [(node, tuple([_final(same, i) for i in index])) for node, index in terms]
        result = tuple([_final(same, i) for i in output])
        held = {i for _, index in found for i in index}
        if (
            not inside
            or len(found) > MOST_MERGED
            or not held.issuperset(result)
            or not held.issuperset({_final(same, i) for i in sizes})
        ):
            return None
        return Product(found, result, sizes, [root, *inside])

    def is_cheaper(self, sizes: Mapping[str, int]) -> bool:
        """True if some order needs fewer multiplications than the contractions as they are written."""
        now = sum(multiplications(node, sizes) for node in self.inside)
        return path(self.terms, self.output, self.sizes, sizes)[1] < now


def _opened(node: Node, index: Indices, sizes: dict[int, Size], same: dict[int, int]) -> list[Term]:
    subscripts, output, own_sizes = node.attrs[:3]
    names: dict[int, int] = {}
    for own, outer in zip(output, index, strict=True):
        new = _final(same, outer)
        old = _final(same, names.setdefault(own, new))
        if old != new:
            same[new] = old
    for own, size in enumerate(own_sizes):
        if own not in names:
            names[own] = len(sizes)
            sizes[len(sizes)] = size
    return [(arg, tuple([names[i] for i in own])) for arg, own in zip(node.args, subscripts, strict=True)]


def _final(same: Mapping[int, int], index: int) -> int:
    while index in same:
        index = same[index]
    return index


def number_of(size: Size, sizes: Mapping[str, int]) -> int:
    """Give a size as a number; a name without one counts as ``NOMINAL``."""
    if isinstance(size, Dim):
        size = size.value({**dict.fromkeys(size.names, NOMINAL), **sizes})
    assert isinstance(size, int)
    return size


def path(
    terms: Sequence[Term], output: Indices, sizes: Mapping[int, Size], numbers: Mapping[str, int]
) -> tuple[list[Indices], int]:
    """Give the cheapest sequence of joint products found, and how many multiplications it takes."""
    extent = {i: number_of(sizes[i], numbers) for _, index in terms for i in index}
    if len(terms) < 3:
        steps: list[Indices] = [tuple(range(len(terms)))]
    else:
        letters = {i: opt_einsum.get_symbol(place) for place, i in enumerate(extent)}
        unique = [tuple(dict.fromkeys(index)) for _, index in terms]
        text = ",".join("".join(letters[i] for i in index) for index in unique)
        text += "->" + "".join(letters[i] for i in dict.fromkeys(output) if i in letters)
        steps = list(cheapest_path(text, tuple([tuple([extent[i] for i in index]) for index in unique])))
    left = [set(index) for _, index in terms]
    cost = 0
    for step in steps:
        joint = set().union(*[left[i] for i in step])
        cost += _product_of([extent[i] for i in joint])
        left = [index for i, index in enumerate(left) if i not in step]
        left.append(joint & set().union(output, *left))
    return steps, cost


def _product_of(numbers: Iterable[int]) -> int:
    total = 1
    for number in numbers:
        total *= number
    return total


def multiplications(node: Node, sizes: Mapping[str, int] | None = None) -> int:
    """Count the multiplications of one contraction in its cheapest order; a delta costs nothing.

    >>> import symgraph as sg
    >>> multiplications(sg.symbol("A", (2, 3)) @ sg.symbol("B", (3, 4)))
    24
    """
    subscripts, output, own = node.attrs[:3]
    if not node.args:
        return 0
    return path(list(zip(node.args, subscripts, strict=True)), output, dict(enumerate(own)), sizes or {})[1]


def operations(outputs: Sequence[Node], sizes: Mapping[str, int] | None = None) -> int:
    """Count the scalar operations that the outputs need: one per entry of an elementwise result, the products of
    contractions, and one per entry read or written of anything else.

    >>> import symgraph as sg
    >>> operations([sg.exp(sg.symbol("A", (2, 3)) @ sg.symbol("x", 3))])
    8
    """
    numbers = sizes or {}
    total = 0
    distinct: dict[Node, int] = {}
    for node in topological(outputs):
        distinct[node] = _distinct(node, distinct, numbers)
        if node.op is CONTRACT:
            total += multiplications(node, numbers)
        elif node.op.elementwise:
            total += distinct[node]
        elif node.args:
            total += sum(distinct[each] for each in (node, *node.args))
    return total


def _distinct(node: Node, known: Mapping[Node, int], sizes: Mapping[str, int]) -> int:
    """Count the entries that need computing: those beside a delta do not, nor do those of its multiples."""
    if node.op is CONTRACT:
        _, output, own, _ = node.attrs
        return _product_of([number_of(own[i], sizes) for i in set(output)])
    arrays = [arg for arg in node.args if arg.shape]
    if len(arrays) == 1 and node.op.linearity is not Linearity.NONE and arrays[0].shape == node.shape:
        return known[arrays[0]]
    return number_of(size_of(node.shape), sizes)


def pairwise(node: Node, sizes: Mapping[str, int] | None = None) -> Node:
    """Split a contraction of several arrays into a cheap sequence of contractions of two; all else stays."""
    if node.op is not CONTRACT or len(node.args) < 3:
        return node
    subscripts, output, own, dtype = node.attrs
    terms = list(zip(node.args, subscripts, strict=True))
    return in_pairs(terms, output, dict(enumerate(own)), dtype, sizes or {})


def in_order(node: Node) -> Node:
    """Write a contraction of several arrays as nested contractions in canonical form, to be read or rewritten."""
    made = pairwise(node)
    return node if made is node else rebuild([made], lambda each, args: apply(each.op, args, each.attrs), node.args)[0]


def in_pairs(
    terms: Sequence[Term], output: Indices, sizes: Mapping[int, Size], dtype: str, numbers: Mapping[str, int]
) -> Node:
    """Build a product of many arrays as contractions of two, in the cheapest order."""
    left = list(terms)
    for step in path(terms, output, sizes, numbers)[0][:-1]:
        chosen = [left[i] for i in step]
        left = [term for i, term in enumerate(left) if i not in step]
        within = [i for _, index in chosen for i in index]
        needed = {i for _, index in left for i in index}.union(output)
        kept = tuple([i for i in dict.fromkeys(within) if i in needed])
        left.append((contraction_of(chosen, kept, sizes, dtype), kept))
    return contraction_of(left, output, sizes, dtype)


def contraction_of(terms: Sequence[Term], output: Indices, sizes: Mapping[int, Size], dtype: str) -> Node:
    """Make the contraction of operands with their indices, numbered anew; the operand itself if that is all."""
    if len(terms) == 1 and terms[0][1] == output and len(set(output)) == len(output):
        return terms[0][0]
    terms = reading_order(terms, output)
    numbering: dict[int, int] = {}
    for index in (*(index for _, index in terms), output):
        for i in index:
            numbering.setdefault(i, len(numbering))
    attrs = (
        tuple([tuple([numbering[i] for i in index]) for _, index in terms]),
        tuple([numbering[i] for i in output]),
        tuple([sizes[i] for i in numbering]),
        dtype,
    )
    return make(CONTRACT, tuple([arg for arg, _ in terms]), attrs)
