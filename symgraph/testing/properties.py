"""``check``: everything that must hold for the derivatives of a formula, at one point, on one page.

For your own test-suite: ``symgraph.testing.check(f, at={...})`` raises an ``AssertionError`` that is a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from ..autodiff.gradients import grad, jvp
from ..autodiff.taylor import Jet
from ..compile.api import compile
from ..core.dtype import is_float
from ..core.errors import CompileError, DifferentiationError, VerificationError
from ..core.names import find
from ..core.nesting import flatten
from ..core.node import Node, constant, lift
from ..core.traversal import free_symbols
from ..evaluate.api import evaluate
from ..evaluate.binding import by_node
from ..evaluate.kinks import kinks
from ..evaluate.rounding import disagreement, exact, rounding_spread
from ..evaluate.verification import verify
from ..ops.tensor.products import sum as sum_entries
from ..rewrite.simplify import stabilise

DIGITS = 50
AGREEMENT = mpmath.mpf(10) ** -25
FAILED = ("wrong", "differs")
MOST_VARIABLES = 64


@dataclass(frozen=True, slots=True)
class Finding:
    """One property; a ``status`` of ``wrong`` or ``differs`` is a failure.

    The others are ``ok``, ``kink``, ``rounding``, ``not finite`` and ``skipped``.
    """

    name: str
    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of :func:`check`; prints as a page."""

    formula: str
    point: str
    findings: list[Finding]

    @property
    def failed(self) -> list[Finding]:
        """The properties that do not hold."""
        return [each for each in self.findings if each.status in FAILED]

    def __str__(self) -> str:
        lines = [f"f  = {self.formula}", f"at   {self.point}", ""]
        width = max(len(each.name) for each in self.findings)
        lines += [f"{each.name:{width}}  {each.status:10}  {each.detail}".rstrip() for each in self.findings]
        verdict = "every property holds" if not self.failed else f"{len(self.failed)} properties do not hold"
        return "\n".join([*lines, "", verdict])


def check(
    f: Any, at: Mapping[Any, Any], wrt: Any = None, orders: int = 2, tolerance: float = 1e-9, seed: int = 0
) -> CheckReport:
    """Check a formula's derivatives at a point, by every way there is to compute them.

    Args:
        f: a real expression; an array is summed with random weights.
        at: values for all symbols, keyed by symbol or name.
        wrt: the variables, as for ``grad``; default: every real symbol of f.
        orders: derivatives up to this order are compared, from 1.
        tolerance: relative; a larger error of a float64 derivative is reported as ``rounding``, not as a failure.
        seed: for the random directions and weights.

    Returns:
        A report: rules against differences in 110 digits (order by order), forward = reverse = Taylor in 50 digits,
        the Hessian's symmetry, evaluated and compiled numbers against 50 digits, and the kinks the point sits on.

    Raises:
        VerificationError: a property does not hold; an ``AssertionError`` whose message is the report.
        DifferentiationError: f is not real, or depends on no real symbol.

    >>> import symgraph as sg
    >>> x, y = sg.symbols("x y")
    >>> print(check(x * sg.exp(y), at={x: 2.0, y: 0.5}).findings[0].status)
    ok
    """
    f = lift(f)
    if not is_float(f.dtype) or orders < 1:
        raise DifferentiationError("check needs a real expression, and orders from 1")
    values = by_node([f], at)
    rng = np.random.default_rng(seed)
    scalar = sum_entries(f * rng.uniform(0.5, 1.5, np.shape(evaluate(f, values)))) if f.shape else f
    variables = _variables(scalar, wrt)
    line = {x: constant(rng.uniform(0.5, 1.5, np.shape(values[x]))) for x in variables}
    findings = list(_rules(scalar, variables, values, orders, tolerance, seed))
    findings += _modes(scalar, line, values, orders)
    findings += _symmetry(scalar, variables, values)
    findings += _numbers([scalar, *grad(scalar, variables)], values)
    findings += _kinks(scalar, values)
    point = ", ".join(f"{s.name} = {np.array2string(np.asarray(v), threshold=6)}" for s, v in values.items())
    report = CheckReport(str(f), point, findings)
    if report.failed:
        raise VerificationError(str(report))
    return report


def _variables(f: Node, wrt: Any) -> list[Node]:
    if wrt is not None:
        return [find(each, [f], DifferentiationError) for each in flatten(wrt)[0]]
    found = [node for node in free_symbols([f]) if is_float(node.dtype)]
    if not found:
        raise DifferentiationError("check: the expression depends on no real symbol; make one with symbol('x')")
    return found


def _rules(
    f: Node, variables: Sequence[Node], values: Mapping[Node, Any], orders: int, tolerance: float, seed: int
) -> Iterator[Finding]:
    for order in range(1, orders + 1):
        name = f"order {order}: rules against differences"
        try:
            report = verify(f, list(variables), values, order=order, tolerance=tolerance, seed=seed)
        except VerificationError as error:
            yield Finding(name, "wrong", str(error).splitlines()[0])
            return
        statuses = [row.status for row in report.rows]
        worst = next((each for each in ("not finite", "kink", "rounding") if each in statuses), "ok")
        yield Finding(name, worst, f"{len(statuses)} nodes, largest error {report.worst:.1e}")


def _modes(f: Node, line: Mapping[Node, Node], values: Mapping[Node, Any], orders: int) -> Iterator[Finding]:
    reverse, forward, jet = f, f, Jet(dict(line))
    for order in range(1, orders + 1):
        gradients = grad(reverse, list(line))
        reverse = _paired(gradients, list(line.values()))
        forward = jvp(forward, list(line), list(line.values()))
        taylor = jet.derivative(f, order)
        found = exact([reverse, forward, taylor if taylor is not None else constant(0.0)], values, DIGITS)
        first, second, third = (mpmath.mpf(np.asarray(each).item()) for each in found)
        same = _same(first, second) and _same(first, third)
        detail = mpmath.nstr(first, 12) if same else ", ".join(mpmath.nstr(each, 20) for each in (first, second, third))
        yield Finding(f"order {order}: reverse = forward = Taylor", "ok" if same else "differs", detail)


def _paired(gradients: Sequence[Node], directions: Sequence[Node]) -> Node:
    terms = [sum_entries(g * d) if g.shape else g * d for g, d in zip(gradients, directions, strict=True)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _same(first: Any, second: Any) -> bool:
    if not mpmath.isfinite(first) or not mpmath.isfinite(second):
        return bool(first == second or (mpmath.isnan(first) and mpmath.isnan(second)))
    return bool(abs(first - second) <= AGREEMENT * max(abs(first), abs(second), AGREEMENT))


def _symmetry(f: Node, variables: Sequence[Node], values: Mapping[Node, Any]) -> Iterator[Finding]:
    name = "Hessian is symmetric"
    if sum(int(np.size(values[x])) for x in variables) > MOST_VARIABLES:
        yield Finding(name, "skipped", f"more than {MOST_VARIABLES} variables")
        return
    gradients = grad(f, list(variables))
    rng = np.random.default_rng(1)
    u, v = ([constant(rng.uniform(0.5, 1.5, np.shape(values[x]))) for x in variables] for _ in "uv")
    mixed = [_paired(grad(_paired(gradients, a), list(variables)), b) for a, b in ((u, v), (v, u))]
    first, second = (mpmath.mpf(np.asarray(each).item()) for each in exact(mixed, values, DIGITS))
    same = _same(first, second)
    yield Finding(name, "ok" if same else "differs", "" if same else f"u·Hv = {first}, v·Hu = {second}")


def _numbers(outputs: Sequence[Node], values: Mapping[Node, Any]) -> Iterator[Finding]:
    """Compare the machine's numbers with 50 digits, as far as rounding allows."""
    wanted, widths = rounding_spread(stabilise(outputs), values, ranged=True)
    symbols = list(values)

    def compiled() -> Any:
        return compile(list(outputs), inputs=symbols)(*[np.asarray(values[s], dtype=s.dtype) for s in symbols])

    ways: dict[str, Callable[[], Any]] = {
        "evaluated numbers": lambda: evaluate(list(outputs), values),
        "compiled numbers": compiled,
    }
    for name, compute in ways.items():
        try:
            got = compute()
        except CompileError as error:
            yield Finding(name, "skipped", str(error).splitlines()[0])
            continue
        told = [
            disagreement(np.asarray(have), want, width, node.dtype, finite=False)
            for node, have, want, width in zip(outputs, got, wanted, widths, strict=True)
        ]
        wrong = next((each for each in told if each), "")
        yield Finding(name, "wrong" if wrong else "ok", wrong or f"{len(outputs)} outputs")


def _kinks(f: Node, values: Mapping[Node, Any]) -> Iterator[Finding]:
    places = kinks(f, at=values)
    if not places:
        yield Finding("kinks at this point", "ok", "none")
    for place in places:
        yield Finding("kink", "kink", str(place))
