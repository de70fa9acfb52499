"""``verify``: checks the derivatives of this formula at this point against 50-digit arithmetic.

Two independent questions are asked of every node v between the variables and f:

* is the rule right? The adjoint ∂f/∂v, computed with 50 digits, is compared with a central difference of f
  in 110-digit arithmetic, with v itself moved along a random direction;
* is the number right? The adjoint in float64 is compared with its 50-digit value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

STEP_DIGITS = 30
DIFFERENCE_DIGITS = 110


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """One node: its derivative in float64, the same by finite differences, and how they compare.

    ``status`` is ``ok``, ``kink`` (the two one-sided differences disagree: a convention between them applies),
    ``rounding`` (the rule is right, float64 loses digits), ``not finite`` or ``wrong``.
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
        tolerance: relative; a larger error of the float64 number is reported as ``rounding``.
        max_nodes: at most so many nodes are checked (the variables always).
        seed: for the random directions.

    Returns:
        A report that prints as a table.

    Raises:
        VerificationError: a rule is wrong; the message names the first operator that disagrees.

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
    precise = run([found[v] for v in checked], values, mpmath_backend(50))
    inner = run([f], values, mpmath_backend(DIFFERENCE_DIGITS), keep=True)
    rows = [_check(f, v, numbers[found[v]], precise[found[v]], values, inner, random, tolerance) for v in checked]
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


def _check(
    f: Node,
    v: Node,
    number: Any,
    precise: Any,
    values: Mapping[Node, Any],
    inner: Mapping[Node, Any],
    random: np.random.Generator,
    tolerance: float,
) -> VerificationRow:
    """Compare one adjoint, along a random direction, with one-sided and central differences."""
    direction = random.uniform(0.5, 1.5, np.shape(inner[v])) * random.choice([-1.0, 1.0], np.shape(inner[v]))
    unit, weights = _units(inner[v])
    direction *= weights
    computed = float(np.sum(np.asarray(number) * direction))
    digits = DIFFERENCE_DIGITS + max(0, -int(mpmath.log10(unit)))
    with mpmath.workdps(digits):
        exact = mpmath.fsum(mpmath.mpf(a) * b for a, b in zip(_flat(precise), direction.ravel(), strict=True))
        step = unit * mpmath.mpf(10) ** -STEP_DIGITS
        held = {node: value for node, value in values.items() if node is not v}
        ahead, here, behind = (
            _flat(run([f], {**held, v: inner[v] + sign * step * direction}, mpmath_backend(digits))[f])[0]
            for sign in (1, 0, -1)
        )
        right, left = (ahead - here) / step, (here - behind) / step
        reference = (ahead - behind) / (2 * step)
        scale = max(abs(exact), abs(reference), mpmath.mpf(10) ** -200)
        # What neither 50 digits nor the step can resolve is agreement: x³ at 0, terms that cancel exactly.
        noise = max(abs(here) / max(unit, 1), 1) * mpmath.mpf(10) ** (15 - 2 * STEP_DIGITS)
        jump = abs(right - left) if abs(right - left) > noise * mpmath.mpf(10) ** (STEP_DIGITS - 3) else mpmath.mpf(0)
        outside = max(min(left, right) - exact, exact - max(left, right)) if jump else abs(exact - reference)
        gap = outside / scale if outside > noise else mpmath.mpf(0)
        off = abs(mpmath.mpf(computed) - reference)
        error = float("nan") if not np.isfinite(computed) else float(off / scale) if off > noise else 0.0
    status = _status(computed, exact, gap, jump / scale, error, tolerance)
    return VerificationRow(v, computed, float(reference), error, status)


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
        f"the derivative of {names} disagrees with 50-digit arithmetic: the adjoint of {label(row.node)} is "
        f"{row.computed!r} and should be {row.reference!r}\n{report}"
    )
