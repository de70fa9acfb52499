"""Comparing a graph with arithmetic of many digits, and knowing how much rounding a graph deserves.

A tolerance is never guessed: :func:`rounding_spread` evaluates the same graph in 50 digits while it disturbs
every intermediate result by a few units in the last place of its dtype, and the answer to "how far may the
NumPy value be from the exact one" is how far those disturbances carry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np

from ..core.dtype import is_float
from ..core.errors import SymgraphError
from ..core.node import CONSTANT, SYMBOL, Node
from ..core.operator import Linearity
from ..core.traversal import topological
from .backend import Backend, mpmath_backend
from .evaluator import run

Values = Mapping[Node, Any]
ULPS = 16.0
HUGE = mpmath.mpf("1e310")
MINUTE = mpmath.mpf("1e-330")


def exact(outputs: Sequence[Node], values: Values, digits: int = 50, ranged: bool = False) -> list[Any]:
    """Evaluate in ``digits`` digits; every result is an object array (or one of booleans).

    With ``ranged``, numbers beyond the range of float64 become infinite or zero, as they do in a machine.
    """
    return _collect(outputs, values, _backend(digits, ranged))


def _backend(digits: int, ranged: bool) -> Backend:
    base = mpmath_backend(digits)
    return _wrapped(base, lambda value, node: _each(_into_range, value)) if ranged else base


def _wrapped(base: Backend, change: Callable[[Any, Node], Any]) -> Backend:
    def load(value: Any, node: Node) -> Any:
        return change(base.load(value, node), node) if is_float(node.dtype) else base.load(value, node)

    def compute(node: Node, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
        value = base.compute(node, attrs, args)
        return change(value, node) if is_float(node.dtype) and node.op is not CONSTANT else value

    return Backend(f"{base.name} changed", load, compute, base.context)


def _each(function: Callable[[Any], Any], value: Any) -> Any:
    array = np.asarray(value)
    out = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        out[place] = function(array[place])
    return out


def _into_range(entry: Any) -> Any:
    size = abs(entry)
    if not size or not mpmath.isfinite(size):
        return entry
    if size > HUGE:
        return mpmath.inf if entry > 0 else -mpmath.inf
    return entry if size > MINUTE else mpmath.mpf(0)


def _collect(outputs: Sequence[Node], values: Values, backend: Backend) -> list[Any]:
    found = run(outputs, values, backend)
    return [np.asarray(found[node]) for node in outputs]


def rounding_spread(
    outputs: Sequence[Node], values: Values, trials: int = 2, seed: int = 0, digits: int = 50, ranged: bool = False
) -> tuple[list[Any], list[Any]]:
    """Give exact values, and how far each may move when every operation is rounded badly.

    Inputs and intermediate results are disturbed by as many units in the last place as their record states, and by a
    few of the smallest numbers there are. With more than one trial, they are once rounded as a machine rounds them,
    which may hit a kink; and once what is left of terms that cancel, such as 1e−49, is an exact zero, which may decide
    a condition (with ``ranged``, where small numbers may be meant: what is left of a sum of products in the rounding
    of its terms). Returns two lists of arrays: 50-digit values, and for each
    the largest deviation seen.
    """
    base = _backend(digits, ranged)
    centre = _collect(outputs, values, base)
    widths = [np.zeros(each.shape, dtype=object) for each in centre]
    ways = [_noisy(base, np.random.default_rng([seed, trial])) for trial in range(trials)]
    if trials > 1:
        ways.append(_wrapped(base, _rounded))
        vanishing = mpmath.mpf(10) ** (5 - digits)
        ways.append(_cancelling(base) if ranged else _wrapped(base, _drop_residues(vanishing)))
    for way in ways:
        moved = _collect(outputs, values, way)
        for width, middle, other in zip(widths, centre, moved, strict=True):
            for place in np.ndindex(width.shape):
                width[place] = max(width[place], _gap(other[place], middle[place]))
    return centre, widths


def residue_decides(outputs: Sequence[Node], values: Values, digits: int = 50) -> bool:
    """Tell whether a condition holds, or does not, only because of what rounding leaves of terms that cancel.

    Such a condition changes with the number of digits, or where numbers as small as a residue are taken for 0.

    >>> from symgraph.core.node import symbol
    >>> x = symbol("x")
    >>> gap = (x + 1) ** 0.5 * (x + 1) ** 0.5 - x - 1
    >>> residue_decides([gap * gap > 0], {x: 0.1}), residue_decides([x > 0], {x: 0.1})
    (True, False)
    """
    conditions = [node for node in topological(outputs) if not is_float(node.dtype)]
    backends = [_backend(more * digits, False) for more in (1, 2, 3, 4, 6, 8)]
    backends.append(_wrapped(backends[0], _drop_residues(mpmath.mpf(10) ** (5 - digits))))
    first, *others = [_collect(conditions, values, backend) for backend in backends]
    return any(np.any(one != again) for other in others for one, again in zip(first, other, strict=True))


def _gap(first: Any, second: Any) -> Any:
    if isinstance(first, (bool, np.bool_)):
        return mpmath.mpf(0) if first == second else mpmath.inf
    first, second = mpmath.mpf(first), mpmath.mpf(second)
    if first == second or (mpmath.isnan(first) and mpmath.isnan(second)):
        return mpmath.mpf(0)
    gap = abs(first - second)
    return gap if mpmath.isfinite(gap) else mpmath.inf


def _rounded(value: Any, node: Node) -> Any:
    return _each(lambda entry: mpmath.mpf(float(np.dtype(node.dtype).type(float(entry)))), value)


def _drop_residues(vanishing: Any) -> Callable[[Any, Node], Any]:
    return lambda value, node: _each(lambda entry: mpmath.mpf(0) if abs(entry) < vanishing else entry, value)


def _cancelling(base: Backend) -> Backend:
    def compute(node: Node, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
        value = base.compute(node, attrs, args)
        terms = _sizes_of_terms(base, node, attrs, args) if is_float(node.dtype) else None
        if terms is None:
            return value
        array, least = np.asarray(value), 64 * float(np.finfo(node.dtype).eps)
        out = array.copy()
        for place in np.ndindex(array.shape):
            if abs(array[place]) <= least * terms[place]:
                out[place] = mpmath.mpf(0)
        return out

    return replace(base, compute=compute)


def _noisy(base: Backend, rng: np.random.Generator) -> Backend:
    def disturb(value: Any, node: Node, terms: Any = None) -> Any:
        info = np.finfo(node.dtype)
        array = np.asarray(value)
        scale = array if terms is None else terms
        noise = rng.uniform(-1, 1, size=(2, *array.shape))
        largest = max((abs(entry) for entry in array.flat), default=0) if _is_normwise(node) else None
        out = np.empty(array.shape, dtype=object)
        for place in np.ndindex(array.shape):
            step = mpmath.mpf(node.op.ulps * float(info.eps) * noise[0][place]) * (largest or scale[place])
            absolute = mpmath.mpf(noise[1][place]) * (ULPS * float(info.smallest_subnormal))
            out[place] = array[place] + step + (absolute if array[place] else 0)
        return out

    def compute(node: Node, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
        value = base.compute(node, attrs, args)
        if not is_float(node.dtype) or node.op is CONSTANT:
            return value
        return disturb(value, node, _sizes_of_terms(base, node, attrs, args))

    return replace(_wrapped(base, disturb), compute=compute)


def _sizes_of_terms(base: Backend, node: Node, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
    """Give Σ|terms| of a sum of products, against which its rounding error is small; ``None`` for anything else."""
    if node.op.elementwise or node.op.linearity is Linearity.NONE or not node.args:
        return None
    sizes = [_each(abs, value) if is_float(arg.dtype) else value for arg, value in zip(node.args, args, strict=True)]
    return np.asarray(base.compute(node, attrs, sizes))


def _is_normwise(node: Node) -> bool:
    """True for algorithms on whole arrays: their error is small against the largest entry, not against each."""
    return not node.op.elementwise and node.op.linearity is Linearity.NONE and node.op is not SYMBOL


def disagreement(got: Any, wanted: Any, width: Any, dtype: str = "float64", finite: bool = True) -> str:
    """Say where ``got`` is further from ``wanted`` than rounding explains; empty if nowhere.

    Args:
        got: an array of machine numbers.
        wanted: the same in many digits.
        width: how far rounding may carry each entry, see :func:`rounding_spread`.
        dtype: the dtype of ``got``.
        finite: if false, nan or inf in ``got`` is accepted: only a finite wrong number counts; if true, only where
            rounding may carry the result out of the finite numbers.
    """
    info = np.finfo(dtype)
    got, wanted, width = np.asarray(got), np.asarray(wanted), np.asarray(width)
    if got.shape != wanted.shape:
        return f"shape {got.shape} instead of {wanted.shape}"
    for place in np.ndindex(got.shape):
        have, want = mpmath.mpf(got[place].item()), mpmath.mpf(wanted[place])
        if not mpmath.isfinite(have):
            same = (mpmath.isnan(have) and mpmath.isnan(want)) or have == want
            if finite and not same and abs(want) + width[place] <= float(info.max):
                return f"at {place}: {got[place]} instead of {mpmath.nstr(want, 20)}"
            continue
        if not mpmath.isfinite(want):
            if width[place] == mpmath.inf:  # rounding may carry it here from where the result is not finite
                continue
            return f"at {place}: {got[place]} instead of {mpmath.nstr(want, 20)}"
        allowed = 8 * width[place] + ULPS * float(info.eps) * abs(want) + 4 * float(info.tiny)
        if abs(have - want) > allowed:
            return f"at {place}: {got[place]!r} instead of {mpmath.nstr(want, 20)}, allowed {mpmath.nstr(allowed, 3)}"
    return ""


def line_derivatives_of(
    output: Node, values: Values, directions: Mapping[Node, Any], order: int, digits: int = 30
) -> list[Any]:
    """Differentiate a scalar numerically along a line, from evaluations with many digits only.

    Uses no rule of symgraph: finite differences with a working precision of several hundred digits
    (``mpmath.diffs``). Returns the derivatives of order 0 … ``order``.

    >>> from symgraph.core.node import symbol
    >>> x = symbol("x")
    >>> [round(float(d), 6) for d in line_derivatives_of(x**3, {x: 2.0}, {x: 1.0}, 3)]
    [8.0, 12.0, 12.0, 6.0]
    """
    if output.shape:
        raise SymgraphError("line_derivatives_of needs a scalar: sum the output with weights first")
    return _differences(_restrict(output, values, directions), order, digits)


def _restrict(output: Node, values: Values, directions: Mapping[Node, Any]) -> Callable[[Any], Any]:
    def at(t: Any) -> Any:
        backend = mpmath_backend(mpmath.mp.dps)
        point = dict(values)
        for node, direction in directions.items():
            point[node] = _to_mp(values[node]) + _to_mp(direction) * t
        return np.asarray(run([output], point, backend)[output]).item()

    return at


def _to_mp(value: Any) -> Any:
    array = np.asarray(value)
    out = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        out[place] = mpmath.mpf(array[place].item())
    return out


def _differences(function: Callable[[Any], Any], order: int, digits: int) -> list[Any]:
    with mpmath.workdps(digits):
        return [+d for d in mpmath.diffs(function, mpmath.mpf(0), order)]
