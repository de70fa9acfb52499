"""``verify``: checks the derivatives of this formula at this point against 50-digit arithmetic.

Two independent questions are asked of every node v between the variables and f:

* is the rule right? The adjoint ∂f/∂v in many digits is compared with a central difference of f in twice as many,
  with v itself moved along a random direction. How many, the values of the nodes tell: enough that terms as large as
  the largest of them may cancel, and what is left is as small as the smallest;
* is the number right? The adjoint in float64 is compared with its value in many digits. It may be further away than
  the tolerance only if rounding every operation of this graph, as its record states, can carry it there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np

from ..autodiff.gradients import grad
from ..autodiff.reverse import adjoints
from ..core.dtype import is_float
from ..core.errors import DifferentiationError, VerificationError
from ..core.names import find
from ..core.nesting import flatten
from ..core.node import Node, lift
from ..core.traversal import depends_on, topological
from ..ops.tensor.products import sum as sum_entries
from .backend import mpmath_backend
from .backpropagation import label
from .binding import by_node
from .evaluator import run
from .rounding import disagreement, rounding_spread

DIGITS = 50
SPARE = 60
TRIALS = (2, 8)  # more disturbances only where few do not explain a difference


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """One node: its derivative in float64, the same by finite differences, and how they compare.

    ``status`` is ``ok``, ``kink`` (the two one-sided differences disagree: a convention between them applies; or a
    node that is no variable decides a condition, and a branch that is not taken contributes nothing),
    ``rounding`` (the rule is right; rounding the terms of this graph explains the digits that float64 loses),
    ``not finite`` or ``wrong``.
    """

    node: Node
    computed: float
    reference: float
    error: float
    status: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The result of :func:`verify`; prints as a table."""

    rows: list[VerificationRow]
    tolerance: float

    @property
    def worst(self) -> float:
        """The largest relative error of a row that is neither a kink nor infinite."""
        return max((row.error for row in self.rows if np.isfinite(row.error)), default=0.0)

    def __str__(self) -> str:
        lines = [f"{'node':24} {'derivative':>24} {'50 digits':>24} {'error':>9}  status"]
        for row in self.rows:
            name = label(row.node)[:24]
            lines.append(f"{name:24} {row.computed:24.16g} {row.reference:24.16g} {row.error:9.1e}  {row.status}")
        return "\n".join(lines)


def verify(
    f: Any,
    wrt: Any,
    at: Mapping[Any, Any],
    order: int = 1,
    tolerance: float = 1e-9,
    max_nodes: int = 200,
    seed: int = 0,
) -> VerificationReport:
    """Check the derivatives of a scalar at a point, node by node.

    Args:
        f: a scalar expression.
        wrt: the variables, as for ``grad``.
        at: values for all symbols, keyed by symbol or name.
        order: 1 checks the gradient; 2 checks, for each variable, the gradient of ⟨gradient, random direction⟩,
            and so on.
        tolerance: relative; a larger error of the float64 number is reported as ``rounding`` if that explains it.
        max_nodes: at most so many nodes are checked (the variables always).
        seed: for the random directions.

    Returns:
        A report that prints as a table.

    Raises:
        VerificationError: a rule or a number is wrong; the message names the first operator that disagrees.

    >>> import symgraph as sg
    >>> x, y = sg.symbols("x y")
    >>> print(verify(x * sg.exp(y), [x, y], at={x: 2.0, y: 0.0}).rows[0].status)
    ok
    """
    f = lift(f)
    if f.shape or not is_float(f.dtype):
        raise DifferentiationError("verify needs a real scalar f: verify sum(f), or one entry")
    if max_nodes < 1 or order < 1:
        raise DifferentiationError("max_nodes and order are integers ≥ 1")
    random = np.random.default_rng(seed)
    values = by_node([f], at)
    for _ in range(order - 1):
        gradients = flatten(grad(f, wrt))[0]
        f = _paired(gradients, random)
    variables = [find(each, [f], DifferentiationError) for each in flatten(wrt)[0]]
    sources = [node for node in topological([f]) if node in variables]
    found = adjoints(f, sources)
    checked = _chosen(f, sources, found, max_nodes)
    numbers = run(list(found.values()), values)
    context = _context(f, sources, [found[v] for v in checked], values, tolerance)
    rows = [_check(context, v, found[v], numbers[found[v]], random) for v in checked]
    report = VerificationReport(rows, tolerance)
    for row in rows:
        if row.status == "wrong":
            raise VerificationError(_message(f, row, report))
    return report


def _paired(gradients: Sequence[Node], random: np.random.Generator) -> Node:
    """Pair gradients with a random direction, which makes a scalar that can be differentiated again."""
    total: Node | None = None
    for gradient in gradients:
        term = sum_entries(gradient * float(random.uniform(0.5, 1.5)))
        total = term if total is None else total + term
    assert total is not None
    return total


def _chosen(f: Node, sources: Sequence[Node], found: Mapping[Node, Node], limit: int) -> list[Node]:
    active = depends_on(topological([f]), sources)
    nodes = [node for node in reversed(topological([f])) if node in active and node in found]
    if len(nodes) <= limit:
        return nodes
    step = len(nodes) // limit + 1
    return [node for i, node in enumerate(nodes) if i % step == 0 or node in sources]


@dataclass(frozen=True, slots=True)
class _Context:
    """What all rows share: values in many digits, how many those are, and what they cannot resolve."""

    f: Node
    variables: Sequence[Node]
    values: Mapping[Node, Any]
    tolerance: float
    reach: int
    rough: Mapping[Node, Any]  # the adjoints in 50 digits
    precise: Mapping[Node, Any]  # and in many
    inner: Mapping[Node, Any]  # every node of f, in the digits of the differences
    unsettled: Any  # how much f changes with fewer of them

    @property
    def digits(self) -> int:
        return 2 * DIGITS + 2 * self.reach

    @property
    def step_digits(self) -> int:
        return SPARE + 2 * self.reach

    @property
    def difference_digits(self) -> int:
        return 2 * self.step_digits + DIGITS


def _context(
    f: Node, variables: Sequence[Node], gradients: Sequence[Node], values: Mapping[Node, Any], tolerance: float
) -> _Context:
    reach = _reach(run([f, *gradients], values, keep=True).values())
    rough = run(gradients, values, mpmath_backend(DIGITS))
    blank = _Context(f, variables, values, tolerance, reach, rough, {}, {}, mpmath.mpf(0))
    precise = run(gradients, values, mpmath_backend(blank.digits))
    inner = run([f], values, mpmath_backend(blank.difference_digits), keep=True)
    fewer = run([f], values, mpmath_backend(blank.difference_digits - DIGITS))[f]
    with mpmath.workdps(blank.difference_digits):
        moved = abs(_flat(inner[f])[0] - _flat(fewer)[0])
    return replace(blank, precise=precise, inner=inner, unsettled=moved if mpmath.isfinite(moved) else mpmath.mpf(0))


def _reach(values: Iterable[Any]) -> int:
    """Count the orders of magnitude between the smallest and the largest machine number that occurs, and 1."""
    sizes = np.concatenate([np.abs(np.ravel(value)) for value in values if np.asarray(value).dtype.kind == "f"])
    limited = np.clip(sizes[sizes > 0], 1e-308, 1e308, dtype="float64")
    orders = np.log10(np.max(limited, initial=1.0)) - np.log10(np.min(limited, initial=1.0))
    return math.ceil(float(orders))


def _check(context: _Context, v: Node, adjoint: Node, number: Any, random: np.random.Generator) -> VerificationRow:
    """Compare one adjoint, along a random direction, with one-sided and central differences."""
    inner, reach = context.inner, context.reach
    direction = random.uniform(0.5, 1.5, np.shape(inner[v])) * random.choice([-1.0, 1.0], np.shape(inner[v]))
    unit, weights = _units(inner[v])
    direction *= weights
    computed = float(np.sum(np.asarray(number) * direction))
    with mpmath.workdps(context.difference_digits):
        exact, rough = (_along(each[adjoint], direction) for each in (context.precise, context.rough))
        step = unit * mpmath.mpf(10) ** -context.step_digits
        places = [inner[v] + sign * step * direction for sign in (1, 0, -1)]
        (ahead, here, behind), decides = _moved(context, v, places)
        right, left = (ahead - here) / step, (here - behind) / step
        reference = (ahead - behind) / (2 * step)
        scale = max(abs(exact), abs(reference), mpmath.mpf(10) ** -200)
        # What neither the digits nor the step can resolve is agreement: x³ at 0, terms that cancel exactly. What is
        # left of terms in more digits is known from what is left of them in fewer.
        noise = mpmath.mpf(10) ** -(SPARE + DIGITS // 2 + reach)
        noise = max(noise, context.unsettled / step * mpmath.mpf(10) ** (10 - DIGITS))
        if mpmath.isfinite(exact - rough):
            noise = max(noise, abs(exact - rough) * mpmath.mpf(10) ** (20 + DIGITS - context.digits))
        jump = abs(right - left)
        jump = jump if jump > max(noise, mpmath.mpf(10) ** -(DIGITS + reach)) else mpmath.mpf(0)
        outside = max(min(left, right) - exact, exact - max(left, right)) if jump else abs(exact - reference)
        gap = outside / scale if outside > noise else mpmath.mpf(0)
        off = abs(mpmath.mpf(computed) - reference)
        error = float("nan") if not np.isfinite(computed) else float(off / scale) if off > noise else 0.0
        reference = reference if abs(reference) > noise else mpmath.mpf(0)
    status = _status(computed, exact, gap, jump / scale, error, context.tolerance)
    if status == "wrong" and decides and v not in context.variables:
        status = "kink"
    if status == "rounding" and not _explained(context, adjoint, number):
        status = "wrong"
    return VerificationRow(v, computed, float(reference), error, status)


def _along(adjoint: Any, direction: Any) -> Any:
    return mpmath.fsum(mpmath.mpf(a) * b for a, b in zip(_flat(adjoint), direction.ravel(), strict=True))


def _moved(context: _Context, v: Node, places: Sequence[Any]) -> tuple[list[Any], bool]:
    """Give f with a node at other places, computed anew from there on only, and whether that changes a condition."""
    above = depends_on(topological([context.f]), [v])
    held = {node: value for node, value in context.inner.items() if node not in above}
    conditions = [node for node in above if not is_float(node.dtype)]
    backend = mpmath_backend(context.difference_digits)
    found = [run([context.f, *conditions], {**held, v: place}, backend) for place in places]
    decides = any(np.any(each[node] != found[0][node]) for each in found[1:] for node in conditions)
    return [_flat(each[context.f])[0] for each in found], decides


def _explained(context: _Context, adjoint: Node, number: Any) -> bool:
    """True if rounding the operations of the graph, or the range of float64, can carry a number as far as it is."""
    for trials in TRIALS:
        for ranged in (False, True):
            wanted, widths = rounding_spread([adjoint], context.values, trials, digits=context.digits, ranged=ranged)
            if not disagreement(number, wanted[0], widths[0], adjoint.dtype):
                return True
    return False


def _status(computed: float, exact: Any, gap: Any, jump: Any, error: float, tolerance: float) -> str:
    if mpmath.isfinite(exact) and gap > mpmath.mpf(10) ** -18:
        return "wrong"
    if not mpmath.isfinite(exact) or not np.isfinite(computed):
        return "not finite"
    if jump > mpmath.mpf(10) ** -12:
        return "kink"
    return "ok" if error <= tolerance else "rounding"


def _units(value: Any) -> tuple[Any, Any]:
    """Give the unit of the step, and a weight for each entry: huge and tiny numbers move in proportion."""
    sizes = [abs(x) if mpmath.isfinite(x) else mpmath.mpf(1) for x in _flat(value)]
    largest = max(sizes, default=mpmath.mpf(1))
    if 0 < largest < 1e-10:
        return max(largest, mpmath.mpf("1e-400")), np.ones(np.shape(value))
    units = [size if size > 1e20 else mpmath.mpf(1) for size in sizes]
    unit = max(units, default=mpmath.mpf(1))
    return unit, np.array([float(each / unit) for each in units]).reshape(np.shape(value))


def _flat(value: Any) -> list[Any]:
    return list(np.asarray(value, dtype=object).ravel())


def _message(f: Node, row: VerificationRow, report: VerificationReport) -> str:
    users = [node for node in topological([f]) if row.node in node.args and is_float(node.dtype)]
    names = ", ".join(dict.fromkeys(node.op.name for node in users)) or f.op.name
    return (
        f"the derivative of {names} disagrees with arithmetic of many digits: the adjoint of {label(row.node)} is "
        f"{row.computed!r} and should be {row.reference!r}\n{report}"
    )
