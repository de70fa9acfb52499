"""``evaluate``: numbers for the outputs of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from warnings import warn

import numpy as np

from ..core.dimension import Dim
from ..core.errors import EvaluationError, KinkWarning
from ..core.nesting import flatten
from ..core.node import Node, lift
from ..rewrite.contraction_order import order_contractions
from ..rewrite.simplify import rewrite, stabilise
from .backend import Backend, mpmath_backend, numpy_backend
from .binding import by_node
from .evaluator import Progress, run
from .kinks import asked_check, kink_message, kinks


def evaluate(
    outputs: Any,
    values: Mapping[Any, Any] | None = None,
    backend: str = "numpy",
    digits: int = 50,
    sizes: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    simplify: str | None = "stable",
    check: str | None = None,
) -> Any:
    """Compute the outputs of a graph; each node is computed once.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions.
        values: a number or array for every symbol, keyed by symbol or name. An inner node may be given a
            value too, which then replaces it.
        backend: ``"numpy"`` (the dtypes of the graph, IEEE semantics) or ``"mpmath"`` (``digits`` digits).
        digits: significant decimal digits of the ``mpmath`` backend.
        sizes: numbers for named dimensions that no value fixes.
        progress: called now and then with the number of nodes done and the number of all.
        simplify: ``"stable"`` computes the numerically stable form of each formula, which is equal to it and
            never less accurate, and products of several arrays in their cheapest order; ``None`` computes the
            formula as it stands.
        check: ``"kinks"`` warns (``KinkWarning``) where the point sits on a kink of the outputs, so that a
            derivative there is a convention; see :func:`~symgraph.kinks`.

    Returns:
        Numbers for scalars and arrays otherwise, in the nesting of ``outputs``.

    Raises:
        EvaluationError: a value is missing, has the wrong shape or dtype, or its name is unknown.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> evaluate({"f": x**2, "g": sg.exp(x)}, {"x": 0.0})
    {'f': 0.0, 'g': 1.0}
    >>> import mpmath
    >>> mpmath.nstr(evaluate(sg.sqrt(x), {x: 2}, backend="mpmath", digits=30), 30)
    '1.41421356237309504880168872421'
    """
    leaves, again = flatten(outputs)
    nodes = [lift(leaf) for leaf in leaves]
    bound = by_node(nodes, values or {})
    chosen = choose_backend(backend, digits)
    if asked_check(check) and (places := kinks(nodes, bound)):
        warn(KinkWarning(kink_message(places)), stacklevel=2)
    if simplify is not None:
        nodes = stable_forms(nodes, simplify, bound)
    if simplify == "stable":
        nodes = order_contractions(nodes, _numbers(bound, sizes), [node for node in bound if node.args])
    known = run(nodes, bound, chosen, sizes, progress)
    return again([present(known[node]) for node in nodes])


def _numbers(values: Mapping[Node, Any], sizes: Mapping[str, int] | None) -> dict[str, int]:
    """Read the numbers of named dimensions off the values, as far as they are plain; ``run`` checks them."""
    found = dict(sizes or {})
    for node, value in values.items():
        shape = () if isinstance(value, Node) else np.shape(value)
        for size, number in zip(node.shape, shape, strict=False):
            if isinstance(size, Dim):
                found.setdefault(str(size), number)
    return found


def stable_forms(nodes: list[Node], simplify: str, values: Mapping[Node, Any]) -> list[Node]:
    """Rewrite outputs before they are computed; inner nodes that have a value are left alone."""
    if simplify not in ("exact", "stable"):
        raise EvaluationError(f"simplify is 'stable', 'exact' or None here, not {simplify!r}: see symgraph.simplify")
    inner = [node for node in values if node.args]
    return rewrite(nodes, simplify, inner) if inner or simplify != "stable" else stabilise(nodes)


def choose_backend(name: str, digits: int = 50) -> Backend:
    """Give the backend called ``name``."""
    if name == "numpy":
        return numpy_backend
    if name == "mpmath":
        if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
            raise EvaluationError(f"the number of digits is an integer ≥ 1, not {digits!r}")
        return mpmath_backend(digits)
    raise EvaluationError(f"there is no backend {name!r}: use 'numpy' or 'mpmath'")


def present(value: Any) -> Any:
    """Give a Python number for a scalar, and an array that the user may write to otherwise."""
    array = np.asarray(value)
    if array.shape == ():
        return array.item()
    if array.flags.writeable and array.flags.owndata:
        return array
    try:
        return array.copy()
    except MemoryError as error:
        raise EvaluationError(f"the result does not fit into memory: {error}") from None
