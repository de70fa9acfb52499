"""Every rewrite rule keeps its claim: one test reads the table. Broken rules are caught."""

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import CONSTANT, Node
from symgraph.rewrite.rule import RULES, WILD, Rule, fill, wildcards
from symgraph.rewrite.simplify import rewrite, simplify

DIGITS = 60
EPS = float(np.finfo(float).eps)
SPECIAL = (0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e308, -1e308, float("inf"), float("-inf"), float("nan"), 0.5, 3.0)


def sides(rule: Rule, replacement: Node | None = None) -> tuple[Node, Node, list[Node]]:
    """Put plain symbols in the place of the wildcards: before, after, the symbols."""
    names = wildcards(rule.pattern)
    symbols = [sg.symbol(w.name.removeprefix(WILD)) for w in names]
    bindings = dict(zip(names, symbols, strict=True))
    before = fill(rule.pattern, bindings)
    if rule.build is not None:
        after = rule.build(before)
        assert after is not None, "the rule does not fit its own example"
    else:
        chosen = rule.replacement if replacement is None else replacement
        assert chosen is not None
        after = fill(chosen, bindings)
    return before, after, symbols


def points(rule: Rule, count: int) -> list[list[float]]:
    """Draw points inside the rule's interval: uniform, and spread over magnitudes; and its ends."""
    rng = np.random.default_rng(sum(map(ord, rule.name)))
    low, high = rule.interval
    wide = len(wildcards(rule.pattern))
    drawn = [list(rng.uniform(low, high, wide)) for _ in range(count)]
    tiny = [
        list(np.clip(10.0 ** rng.uniform(-12, 2, wide) * rng.choice([-1, 1], wide), low, high)) for _ in range(count)
    ]
    ends = [list(p) for p in itertools.product((low, high), repeat=wide)]
    return drawn + tiny + ends


def error(value: Any, exact: Any) -> float:
    """Give the relative error of a float against many digits; infinite where the float is not finite."""
    if not np.all(np.isfinite(value)):
        return float("inf")
    with mpmath.workdps(DIGITS):
        gaps = [
            abs(mpmath.mpf(float(v)) - e) / max(abs(e), mpmath.mpf(10) ** -300)
            for v, e in zip(np.ravel(value), np.ravel(exact), strict=True)
        ]
        return float(max(gaps))


def sensitivity(e: Node, values: dict[Node, float], exact: Any) -> float:
    """Give the relative change of the result when every input moves by one rounding: no formula can do better."""
    total = 0.0
    for symbol, value in values.items():
        moved = {**values, symbol: mpmath.mpf(value) * (1 + mpmath.mpf(EPS))}
        other = sg.evaluate(e, moved, backend="mpmath", digits=DIGITS, simplify=None)
        with mpmath.workdps(DIGITS):
            changes = [abs(a - b) / max(abs(b), 1e-300) for a, b in zip(np.ravel(other), np.ravel(exact), strict=True)]
            total += float(max(changes))
    return total


def complaint(rule: Rule, replacement: Node | None = None) -> str | None:
    """Say how a rule breaks its claim, or ``None``."""
    before, after, symbols = sides(rule, replacement)
    if rule.level == "exact":
        return exact_complaint(before, after, symbols)
    for point in points(rule, 12):
        values = dict(zip(symbols, point, strict=True))
        old, new = (sg.evaluate(e, values, backend="mpmath", digits=DIGITS, simplify=None) for e in (before, after))
        if all(mpmath.isfinite(x) for x in np.ravel(old)):
            with mpmath.workdps(DIGITS):
                gap = max(abs(a - b) for a, b in zip(np.ravel(old), np.ravel(new), strict=True))
                size = max(abs(a) for a in np.ravel(old))
                if gap > mpmath.mpf(10) ** -20 * max(size, mpmath.mpf(10) ** -15):
                    return f"not equal at {point}: {old} and {new}"
        if rule.level == "stable":
            was, now = (error(sg.evaluate(e, values, simplify=None), new) for e in (before, after))
            if now > max(was, 8 * EPS + 4 * sensitivity(after, values, new)):
                return f"less accurate at {point}: error {now} after, {was} before"
    return None


def exact_complaint(before: Node, after: Node, symbols: list[Node]) -> str | None:
    rng = np.random.default_rng(0)
    random = [list(rng.normal(size=len(symbols))) for _ in range(50)]
    for point in [*itertools.product(SPECIAL, repeat=len(symbols)), *random]:
        values = dict(zip(symbols, point, strict=True))
        old, new = (sg.evaluate(e, values, simplify=None) for e in (before, after))
        same = (np.isnan(old) and np.isnan(new)) or np.float64(old).tobytes() == np.float64(new).tobytes()
        if not same:
            return f"different bits at {point}: {old} and {new}"
    return None


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule_keeps_its_claim(name: str) -> None:
    assert complaint(RULES[name]) is None


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule_fires(name: str) -> None:
    rule = RULES[name]
    before, after, _ = sides(rule)
    assert rule.apply(before) is after


@pytest.mark.parametrize("name", sorted(name for name, rule in RULES.items() if rule.build is None))
def test_broken_rules_are_caught(name: str) -> None:
    rule = RULES[name]
    assert rule.replacement is not None
    mutants = {
        "sign": -rule.replacement,
        "scaled": rule.replacement * 1.0000001,
        "shifted": rule.replacement + 1e-6,
    }
    zero = rule.replacement.op is CONSTANT and rule.replacement.value == 0.0
    for kind, mutant in mutants.items():
        if zero and kind != "shifted":
            continue  # a scaled or negated zero is the same number
        assert complaint(rule, mutant) is not None, f"the {kind} mutant survived"


@pytest.mark.parametrize("level", ["exact", "stable", "algebraic"])
def test_passes_are_idempotent(level: str) -> None:
    for rule in RULES.values():
        before, _, _ = sides(rule)
        once = simplify(before, level)
        assert simplify(once, level) is once


def test_log_names_the_rules() -> None:
    x = sg.symbol("x")
    after, log = sg.simplify(sg.log(1 + sg.exp(x)) - (-x), level="stable", log=True)
    assert after is sg.softplus(x) + x
    assert [str(step) for step in log] == [
        "log(1+exp(a)): log(1 + exp(x))  →  softplus(x)",
        "a-(-b): softplus(x) - (-x)  →  softplus(x) + x",
    ]


def test_rewriting_is_linear_and_leaves_unrelated_graphs_alone() -> None:
    x = sg.symbol("x")
    y = x
    for _ in range(2000):
        y = sg.sin(y) * x
    assert rewrite([y], "stable")[0] is y
    log: list[Any] = []
    for _ in range(500):
        y = sg.log(1 + sg.exp(y))
    rewrite([y], "stable", (), log)
    assert len(log) == 500


def test_inner_nodes_that_are_variables_are_left_alone() -> None:
    x = sg.symbol("x")
    e = sg.exp(x)
    assert sg.evaluate(sg.grad(sg.log(1 + e), e), {x: 0.0}) == 0.5
    assert sg.evaluate(sg.log(1 + e), {e: 1.0, x: 5.0}) == np.log(2.0)
