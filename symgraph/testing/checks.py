"""Comparing a graph with arithmetic of many digits, and knowing how much rounding a graph deserves.

A tolerance is never guessed: :func:`rounding_spread` evaluates the same graph in 50 digits while it disturbs
every intermediate result by a few units in the last place of its dtype, and the answer to "how far may the
NumPy value be from the exact one" is how far those disturbances carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import mpmath
import numpy as np

from ..core.dtype import is_float
from ..core.errors import SymgraphError
from ..core.nesting import flatten
from ..core.node import CONSTANT, SYMBOL, Node, make, symbol
from ..core.operator import Definition, Example, Linearity, Operator
from ..core.traversal import depends_on, topological
from ..evaluate.backend import Backend, mpmath_backend
from ..evaluate.evaluator import run

Values = Mapping[Node, Any]
ULPS = 16.0
DEFAULT_DOMAIN = (-2.0, 2.0)
HUGE = mpmath.mpf("1e310")
MINUTE = mpmath.mpf("1e-330")


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
    few of the smallest numbers there are. With more than one trial, once more what is left of terms that cancel, such
    as 1e−49, is an exact zero, which may decide a condition. Returns two lists of arrays: 50-digit values, and for each
    the largest deviation seen.
    """
    base = _backend(digits, ranged)
    centre = _collect(outputs, values, base)
    widths = [np.zeros(each.shape, dtype=object) for each in centre]
    ways = [_noisy(base, np.random.default_rng([seed, trial])) for trial in range(trials)]
    if trials > 1 and not ranged:
        ways.append(_wrapped(base, _drop_residues(mpmath.mpf(10) ** (5 - digits))))
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
    gap = abs(mpmath.mpf(first) - mpmath.mpf(second))
    return gap if mpmath.isfinite(gap) else mpmath.inf


def _drop_residues(vanishing: Any) -> Callable[[Any, Node], Any]:
    return lambda value, node: _each(lambda entry: mpmath.mpf(0) if abs(entry) < vanishing else entry, value)


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
