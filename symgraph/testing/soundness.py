"""Does a rewrite rule keep its claim? One check for every rule, by the rule's class.

* ``exact``: the same bits at special values, at random floats and, on request, at every pair of ``float16`` numbers;
* ``stable``: equal in many digits, nowhere nan or infinite where the original was finite, and no less accurate: the
  error is at most the original's, or what moving the inputs by one rounding would cause. Checked inside the rule's
  interval, where it matters, and everywhere else, because a stable rule has no other condition than its pattern. At
  the ends of the range of floats, where most formulas fail, what was right must stay right;
* ``algebraic``: equal in many digits inside the rule's interval, which is its condition.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import mpmath
import numpy as np

from ..core.errors import EvaluationError, SymgraphError
from ..core.node import Node, symbol
from ..core.traversal import topological
from ..evaluate.backend import mpmath_backend
from ..evaluate.evaluator import run
from ..rewrite.rule import WILD, Rule, fill, wildcards

DIGITS = 60
MANY_DIGITS = 700
SAMPLE = 400
GAP = 1e-12
EPS = float(np.finfo(float).eps)
INF, NAN = float("inf"), float("nan")
SPECIAL = (0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e308, -1e308, INF, -INF, NAN, 0.5, 3.0)
FAR = (0.0, -0.0, 1e-160, -1e-160, 1e-9, -1e-9, 0.5, 1.0, -1.0, 2.0, 40.0, -40.0, 1e9, -1e9, 1e160, -1e160, INF, -INF)
ENDS = (1e300, -1e300, 1.7e308, -1.7e308, 5e-324, -5e-324)
Point = Sequence[float]


def sides(rule: Rule, replacement: Node | None = None, dtype: str = "float64") -> tuple[Node, Node, list[Node]]:
    """Put plain symbols in the place of a rule's wildcards: before, after, and the symbols.

    Raises:
        SymgraphError: the rule does not fit its own pattern.
    """
    names = wildcards(rule.pattern)
    symbols = [symbol(each.name.removeprefix(WILD), dtype=dtype) for each in names]
    bindings = dict(zip(names, symbols, strict=True))
    before = fill(rule.pattern, bindings)
    if replacement is not None:
        return before, fill(replacement, bindings), symbols
    after = rule.build(before) if rule.build is not None else rule.apply(before)
    if after is None:
        raise SymgraphError(f"rule {rule.name!r} does not fit its own example")
    return before, after, symbols


def complaint(rule: Rule, replacement: Node | None = None, points: int = 12) -> str | None:
    """Say how a rule, or another replacement in its place, breaks the rule's claim; ``None`` if it does not.

    >>> from symgraph.rewrite.rule import RULES
    >>> complaint(RULES["exp(a)-1"]) is None
    True
    """
    before, after, symbols = sides(rule, replacement)
    if before.shape != after.shape or before.dtype != after.dtype:
        return f"another shape or dtype: {after.shape} {after.dtype} instead of {before.shape} {before.dtype}"
    with np.errstate(all="ignore"):
        if rule.level == "exact":
            return _first(_bits(before, after, symbols, point) for point in _exact_points(len(symbols)))
        inside = (_number(rule, before, after, symbols, point, DIGITS) for point in inside_points(rule, points))
        found = _first(inside)
        if found is None and rule.level == "stable":
            everywhere = (_number(rule, before, after, symbols, point, MANY_DIGITS) for point in far_points(rule))
            found = _first(everywhere)
        if found is None and rule.level == "stable":
            found = _first(_end(before, after, symbols, point) for point in end_points(rule))
    return found


def _first(found: Iterator[str | None]) -> str | None:
    return next((each for each in found if each is not None), None)


def inside_points(rule: Rule, count: int) -> Iterator[Point]:
    """Draw points inside the rule's interval: uniform, spread over magnitudes, and its ends."""
    rng = np.random.default_rng(crc32(rule.name.encode()))
    low, high = rule.interval
    wide = len(wildcards(rule.pattern))
    for _ in range(count):
        yield [float(low + (high / 2 - low / 2) * 2 * t) for t in rng.uniform(0, 1, wide)]
    for _ in range(count):
        sizes = 10.0 ** rng.uniform(-12, 2, wide) * rng.choice([-1, 1], wide)
        yield [float(v) for v in np.clip(sizes, low, high)]
    yield from itertools.product((low, high), repeat=wide)


def far_points(rule: Rule) -> list[Point]:
    """List the special points: every tuple of one or two values, ``SAMPLE`` of the tuples of more."""
    every: list[Point] = list(itertools.product(FAR, repeat=len(wildcards(rule.pattern))))
    rng = np.random.default_rng(crc32(rule.name.encode()))
    return every if len(every) <= SAMPLE else [every[i] for i in rng.choice(len(every), SAMPLE, replace=False)]


def end_points(rule: Rule) -> list[Point]:
    """List points where an input is at an end of the range of ``float64``, ``SAMPLE`` at most."""
    values = (*ENDS, 1.0, -1.0, 0.0)
    every: list[Point] = list(itertools.product(values, repeat=len(wildcards(rule.pattern))))
    rng = np.random.default_rng(crc32(rule.name.encode()))
    return every if len(every) <= SAMPLE else [every[i] for i in rng.choice(len(every), SAMPLE, replace=False)]


def _exact_points(wide: int) -> Iterator[Point]:
    rng = np.random.default_rng(0)
    yield from itertools.product(SPECIAL, repeat=wide)
    for _ in range(50):
        yield [float(v) for v in rng.normal(size=wide)]


def _bits(before: Node, after: Node, symbols: Sequence[Node], point: Point) -> str | None:
    old, new = _floats(before, after, dict(zip(symbols, point, strict=True)))
    if not same_bits(old, new):
        return f"different bits at {list(point)}: {old} and {new}"
    return None


def same_bits(old: Any, new: Any) -> bool:
    """True if two arrays of one dtype hold the same bits, any nan counting as the same."""
    old, new = np.asarray(old), np.asarray(new)
    unsigned = f"u{old.dtype.itemsize}"
    return bool(np.all((old.view(unsigned) == new.view(unsigned)) | (np.isnan(old) & np.isnan(new))))


def _floats(before: Node, after: Node, values: Mapping[Node, Any]) -> tuple[Any, Any]:
    found = run([before, after], values)
    return found[before], found[after]


def _number(rule: Rule, before: Node, after: Node, symbols: Sequence[Node], point: Point, digits: int) -> str | None:
    values = dict(zip(symbols, point, strict=True))
    try:
        precise = run([before, after], values, mpmath_backend(digits))
    except EvaluationError:
        if digits == DIGITS:
            raise
        return None  # mpmath itself gives up on some functions at 1e160
    exact, other = np.ravel(precise[before]), np.ravel(precise[after])
    old, new = _floats(before, after, values)
    if not all(mpmath.isfinite(x) for x in exact):
        if rule.level != "stable" or np.allclose(old, new, rtol=1e-9, atol=0):
            return None
        if not np.all(np.isfinite(old)):
            inside = all(np.isfinite(x) and x != 0 for x in point)
            beyond = [mpmath.isnan(x) and np.isfinite(y) for x, y in zip(exact, np.ravel(new), strict=True)]
            if not inside or not any(beyond) or _fills_a_gap(before, values, new, digits):
                return None
            return f"nan becomes {new} at {list(point)}, outside the domain"
        if all(_is_limit(x, y) for x, y in zip(exact, np.ravel(new), strict=True)):
            return None
        undefined = np.array([mpmath.isnan(x) for x in exact])
        if np.all(np.isnan(new).ravel() | ~undefined) and np.any(undefined):
            return None  # the original was a number where the formula has none: nan is the better answer
        return f"was {old} and becomes {new} at {list(point)}"
    with mpmath.workdps(digits):
        size = max(abs(x) for x in exact)
        gap = max(abs(x - y) for x, y in zip(exact, other, strict=True))
        if not gap <= mpmath.mpf(10) ** -20 * max(size, mpmath.mpf(10) ** -(digits - 45)):
            return f"not equal at {list(point)}: {_shown(exact)} and {_shown(other)}"
    if rule.level != "stable":
        return None
    was, now = error(old, other), error(new, other)
    if now > max(was, 8 * EPS) and now > 8 * EPS + 4 * _sensitivity(after, values, other, digits):
        return f"less accurate at {list(point)}: error {now:.2g} after, {was:.2g} before"
    return None


def _end(before: Node, after: Node, symbols: Sequence[Node], point: Point) -> str | None:
    """Complain only where the original is a right number and the other is not: most formulas fail at the ends."""
    values = dict(zip(symbols, point, strict=True))
    old, new = _floats(before, after, values)
    if before.shape or not np.isfinite(old) or np.allclose(old, new, rtol=GAP, atol=0):
        return None
    try:
        exact = run([before], values, mpmath_backend(MANY_DIGITS))[before]
    except (EvaluationError, OverflowError, ValueError):
        return None  # mpmath itself gives up on some functions out there
    exact = np.ravel(exact)
    if not mpmath.isfinite(exact[0]) or error(old, exact) > GAP:
        return None
    if error(new, exact) <= max(GAP, 4 * _sensitivity(before, values, exact, MANY_DIGITS)):
        return None
    return f"right before and wrong after at {list(point)}: {old} and {new}"


def _fills_a_gap(before: Node, values: Mapping[Node, Any], new: Any, digits: int) -> bool:
    """True if the formula, which is nan at a point, tends to the number from both sides, as (a² − 1)/(a − 1) to 2."""
    for side in (1, -1):
        with mpmath.workdps(digits):
            step = side * mpmath.mpf(10) ** -(3 * digits // 7)
            moved = {node: mpmath.mpf(value) * (1 + step) for node, value in values.items()}
        beside = np.ravel(run([before], moved, mpmath_backend(digits))[before])
        with mpmath.workdps(digits):
            least = mpmath.mpf(10) ** -(digits // 4)  # what tends to 0 is as small as the step, and not exactly 0
            away = [abs(x) > least or abs(y) > least for x, y in zip(beside, np.ravel(new), strict=True)]
        if not all(mpmath.isfinite(x) for x in beside) or (any(away) and error(new, beside) > GAP):
            return False
    return True


def _is_limit(exact: Any, new: Any) -> bool:
    """True if the number is what the formula tends to: it was finite before, only because of rounding."""
    return bool(mpmath.isinf(exact) and float(exact) == new)


def _shown(numbers: Any) -> str:
    return ", ".join(mpmath.nstr(x, 20) for x in numbers)


def error(value: Any, exact: Any) -> float:
    """Give the largest relative error of floats against many digits; infinite where a float is not finite.

    Numbers beyond the range of ``float64`` are right as infinities and as zeros.
    """
    worst = 0.0
    for have, want in zip(np.ravel(value), np.ravel(exact), strict=True):
        if abs(want) > np.finfo(float).max:
            gap = 0.0 if have == float(mpmath.sign(want)) * INF else INF
        elif not np.isfinite(have):
            gap = INF
        else:
            with mpmath.workdps(DIGITS):
                gap = float(abs(mpmath.mpf(float(have)) - want) / max(abs(want), mpmath.mpf(10) ** -300))
        worst = max(worst, gap)
    return worst


def _sensitivity(e: Node, values: Mapping[Node, Any], exact: Any, digits: int) -> float:
    """Give the relative change of the result when every input moves by one rounding: no formula can do better."""
    total = 0.0
    for node, value in values.items():
        moved = {**values, node: mpmath.mpf(value) * (1 + mpmath.mpf(EPS))}
        other = np.ravel(run([e], moved, mpmath_backend(digits))[e])
        with mpmath.workdps(digits):
            changes = [abs(x - y) / max(abs(y), mpmath.mpf(10) ** -300) for x, y in zip(other, exact, strict=True)]
            total += float(min(max(changes), mpmath.mpf(10) ** 300))
    return total


def float16_complaint(rule: Rule) -> str | None:
    """Compare the bits of both sides of an exact rule at every ``float16`` number, or every pair of them.

    Raises:
        SymgraphError: the rule is not exact, or has more than two wildcards.
    """
    wide = len(wildcards(rule.pattern))
    if rule.level != "exact" or wide > 2:
        raise SymgraphError(f"rule {rule.name!r}: only exact rules of one or two arguments are compared exhaustively")
    before, after, symbols = sides(rule)
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    with np.errstate(all="ignore"):
        for first in every if wide == 2 else every[:1]:
            pair = [np.full_like(every, first), every] if wide == 2 else [every]
            values = dict(zip(symbols, pair, strict=True))
            old, new = (_in_half(side, values) for side in (before, after))
            if not same_bits(old, new):
                return f"different bits with {symbols[0].name} = {first!r}"
    return None


def _in_half(e: Node, values: Mapping[Node, Any]) -> Any:
    """Compute an elementwise expression in ``float16``, by the operators' own NumPy functions."""
    known: dict[Node, Any] = dict(values)
    for node in topological([e]):
        if node in known:
            continue
        if not node.args:
            known[node] = np.float16(node.value)
            continue
        known[node] = node.op.numpy(*node.attrs, *[known[arg] for arg in node.args])
    return np.asarray(known[e], dtype=np.float16)
