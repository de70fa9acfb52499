"""Every record applied to symbols as its examples say, at a random point of its domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from ..core.dtype import is_float
from ..core.nesting import flatten
from ..core.node import Node, make, symbol
from ..core.operator import Definition, Example, Operator
from ..core.traversal import depends_on, topological

DEFAULT_DOMAIN = (-2.0, 2.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """An operator or definition applied to symbols, with a point to try it at.

    Attributes:
        record: the operator or definition.
        place: which of its examples this is.
        symbols: one symbol for every array argument.
        values: the point.
        outputs: what the call gives.
        arguments: the call's array arguments and other arguments, in order (NumPy values).
    """

    record: Operator | Definition
    place: int
    symbols: tuple[Node, ...]
    values: dict[Node, Any]
    outputs: tuple[Node, ...]
    arguments: tuple[Any, ...]

    @property
    def real(self) -> tuple[Node, ...]:
        """The symbols that derivatives are taken with respect to."""
        return tuple([s for s in self.symbols if is_float(s.dtype)])

    def __str__(self) -> str:
        return f"{self.record.name}[{self.place}]"


def draw(example: Example, rng: np.random.Generator) -> list[Any]:
    """Draw the arguments of an example inside its domain; attributes are not included."""
    if example.make is not None:
        return list(example.make(rng))
    intervals = example.domain or (DEFAULT_DOMAIN,) * len(example.shapes)
    shapes = example.shapes + ((),) * (len(intervals) - len(example.shapes))
    drawn = []
    for shape, (low, high) in zip(shapes, intervals, strict=True):
        value = rng.uniform(low, high, size=shape)
        drawn.append(value if shape else float(value))
    return drawn


def sample(record: Operator | Definition, place: int, seed: int = 0) -> Sample:
    """Apply a record to symbols as its example number ``place`` says, at a random point.

    >>> from symgraph.core.operator import OPS
    >>> sample(OPS["exp"], 0).outputs[0].shape
    ()
    """
    example = record.examples[place]
    rng = np.random.default_rng([seed, place, crc32(record.name.encode())])
    arguments = draw(example, rng)
    inputs = [
        symbol(f"x{i}", np.shape(value), np.asarray(value).dtype.name) if _is_array(value) else value
        for i, value in enumerate(arguments)
    ]
    nodes = tuple([each for each in inputs if isinstance(each, Node)])
    if isinstance(record, Operator):
        outputs = [make(record, nodes, example.attributes)]
    else:
        outputs = flatten(record.build(*inputs, *example.attributes))[0]
    values = {node: value for node, value in zip(inputs, arguments, strict=True) if isinstance(node, Node)}
    return Sample(record, place, nodes, values, tuple(outputs), (*arguments, *example.attributes))


def samples(records: Mapping[str, Operator | Definition]) -> Iterator[tuple[str, int]]:
    """List the examples of all records, as pairs of name and place."""
    for name, record in records.items():
        for place in range(len(record.examples)):
            yield name, place


def _is_array(value: Any) -> bool:
    return isinstance(value, (float, np.ndarray, np.generic))


def rules_missing(outputs: Sequence[Node], variable: Node) -> bool:
    """True if an operator between the variable and an output has no rule, and says so in its record.

    >>> from symgraph.core.operator import FUNCTIONS
    >>> x = symbol("x")
    >>> rules_missing([FUNCTIONS["exp"](x)], x)
    False
    """
    order = topological(outputs)
    active = depends_on(order, [variable])
    return any(
        node in active and is_float(node.dtype) and any(arg in active and _no_rule(node, i) for i, arg in places(node))
        for node in order
    )


def places(node: Node) -> list[tuple[int, Node]]:
    """List the real arguments of a node with their places."""
    return [(i, arg) for i, arg in enumerate(node.args) if is_float(arg.dtype)]


def _no_rule(node: Node, i: int) -> bool:
    op = node.op
    return not op.differentiable or (op.partials is not None and op.partials[i] is None)
