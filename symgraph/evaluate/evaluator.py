"""The generic evaluator: each node once, in topological order, by one dispatch through its operator's record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.dimension import Dim
from ..core.errors import EvaluationError
from ..core.node import SYMBOL, Node
from ..core.shape import shape_text
from ..core.traversal import open_composites, resize, topological
from .assumptions import check_assumptions
from .backend import Backend, numpy_backend

Progress = Callable[[int, int], None]


def run(
    outputs: Sequence[Node],
    values: Mapping[Node, Any],
    backend: Backend = numpy_backend,
    sizes: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    keep: bool = False,
) -> dict[Node, Any]:
    """Evaluate nodes.

    Args:
        outputs: the nodes wanted.
        values: a value for every symbol needed; a value for an inner node replaces it.
        backend: how one node is computed.
        sizes: numbers for named dimensions that no value fixes.
        progress: called now and then with the number of nodes done and in all.
        keep: also keep the values of all intermediate nodes.

    Returns:
        The values of the outputs (of all nodes with ``keep``), keyed by node.

    Raises:
        EvaluationError: a value is missing or has the wrong shape, or an operator failed.
    """
    with backend.context():
        known = {node: backend.load(value, node) for node, value in values.items()}
    bound = bind_sizes(known, sizes or {})
    for node, value in known.items():
        check_assumptions(node, value)
    order = topological(outputs, stop=known)
    if any(node.op.expand is not None and node not in known for node in order):
        return _run_opened(order, outputs, known, backend, bound, progress, keep)
    last_use = {} if keep else _last_uses(order, outputs, known)
    total = len(order)
    with backend.context():
        for step, node in enumerate(order):
            if progress is not None and step % 4096 == 0:
                progress(step, total)
            if node not in known:
                known[node] = _compute(node, known, bound, backend)
            for dead in last_use.get(step, ()):
                del known[dead]
    if progress is not None:
        progress(total, total)
    return known


def _run_opened(
    order: Sequence[Node],
    outputs: Sequence[Node],
    known: Mapping[Node, Any],
    backend: Backend,
    sizes: Mapping[str, int],
    progress: Progress | None,
    keep: bool,
) -> dict[Node, Any]:
    """Open the composites, evaluate, and give each original node the value of its opened form."""
    wanted = list(order) if keep else list(outputs)
    opened = open_composites(wanted, known)
    found = run(opened, known, backend, sizes, progress, keep)
    return {**known, **{node: found[other] for node, other in zip(wanted, opened, strict=True)}}


def _compute(node: Node, known: Mapping[Node, Any], sizes: Mapping[str, int], backend: Backend) -> Any:
    if node.op is SYMBOL:
        raise EvaluationError(f"no value for {node.name}: add it to the values, as in {{{node.name!r}: ...}}")
    attrs = node.attrs
    if any(isinstance(item, (Dim, tuple)) for item in attrs):
        attrs = resize(attrs, sizes)
    try:
        return backend.compute(node, attrs, [known[arg] for arg in node.args])
    except EvaluationError:
        raise
    except Exception as error:
        unknown = sorted(name for item in attrs for name in _unknown_sizes(item))
        if unknown:
            raise EvaluationError(
                f"the size of dimension {unknown[0]} is not known: no value has it; give it, as in "
                f"sizes={{{unknown[0]!r}: 3}}"
            ) from None
        shapes = ", ".join(shape_text(np.shape(known[arg])) for arg in node.args)
        place = f", made at {node.origin}" if node.origin is not None else ""
        raise EvaluationError(
            f"{node.op.name} failed on arguments of shape {shapes or '()'}{place}: {error}"
        ) from error


def _unknown_sizes(item: Any) -> frozenset[str]:
    if isinstance(item, tuple):
        return frozenset().union(*map(_unknown_sizes, item))
    return item.names if isinstance(item, Dim) else frozenset()


def _last_uses(order: Sequence[Node], outputs: Iterable[Node], given: Mapping[Node, Any]) -> dict[int, list[Node]]:
    """For each step, the nodes whose value nobody needs afterwards."""
    last = {arg: step for step, node in enumerate(order) if node not in given for arg in node.args}
    for node in outputs:
        last.pop(node, None)
    dead: dict[int, list[Node]] = {}
    for node, step in last.items():
        dead.setdefault(step, []).append(node)
    return dead


def bind_sizes(values: Mapping[Node, Any], sizes: Mapping[str, int]) -> dict[str, int]:
    """Read the numbers of named dimensions off the values' shapes.

    Raises:
        EvaluationError: a value does not have its symbol's shape, or two values disagree about a dimension.
    """
    bound = dict(sizes)
    waiting: list[tuple[Node, int, int | Dim, int]] = []
    for node, value in values.items():
        shape = np.shape(value)
        if len(shape) != node.ndim:
            raise EvaluationError(
                f"the value of {_call(node)} has shape {shape}, but shape {shape_text(node.shape)} is needed"
            )
        waiting += [(node, axis, *pair) for axis, pair in enumerate(zip(node.shape, shape, strict=True))]
    for node, axis, size, number in sorted(waiting, key=lambda item: isinstance(item[2], Dim) and len(item[2].terms)):
        if isinstance(size, Dim) and len(size.terms) == 1 and size.terms[0][1] == 1 and len(size.terms[0][0]) == 1:
            size = bound.setdefault(size.terms[0][0][0], number)
        elif isinstance(size, Dim):
            size = size.value(bound)
        if size != number and not isinstance(size, Dim):
            raise EvaluationError(
                f"axis {axis} of the value of {_call(node)} has size {number}, but {size} is needed "
                f"(its shape is {shape_text(node.shape)})"
            )
    return bound


def _call(node: Node) -> str:
    return node.name if node.op is SYMBOL else f"the {node.op.name} node"
