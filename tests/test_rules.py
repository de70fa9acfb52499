"""Every rewrite rule keeps its claim: one test reads the table. Broken rules are caught."""

from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.rewrite.rule import RULES, WILD, wildcards
from symgraph.rewrite.simplify import rewrite, simplify
from symgraph.testing.mutants import counted
from symgraph.testing.soundness import complaint, float16_complaint, sides

PLAIN = sorted(name for name, rule in RULES.items() if not rule.assumes)  # the others: test_assumptions


@pytest.mark.parametrize("name", PLAIN)
def test_rule_keeps_its_claim(name: str) -> None:
    assert complaint(RULES[name]) is None


@pytest.mark.parametrize("name", PLAIN)
def test_rule_fires(name: str) -> None:
    rule = RULES[name]
    before, after, _ = sides(rule)
    assert rule.apply(before) is after


@pytest.mark.parametrize("name", [name for name in PLAIN if RULES[name].level == "exact"])
def test_exact_rule_in_every_half_precision_number(name: str, request: pytest.FixtureRequest) -> None:
    if len(wildcards(RULES[name].pattern)) == 2 and not request.config.getoption("--long"):
        pytest.skip("all pairs of float16 numbers: only with --long")
    assert float16_complaint(RULES[name]) is None


def test_broken_rules_are_caught() -> None:
    tried = counted([RULES[name] for name in PLAIN])
    survivors = [f"{mutant.rule.name}: {mutant.change}" for mutant in tried if mutant.survives()]
    assert len(survivors) <= 0.05 * len(tried), survivors


def test_a_rule_that_loses_its_domain_is_caught() -> None:
    x = sg.symbol(f"{WILD}a")
    assert "outside the domain" in str(complaint(RULES["log(gamma(a))"], sg.gammaln(x)))


def test_a_rule_that_fails_at_the_end_of_the_range_is_caught() -> None:
    a, b = (sg.symbol(WILD + name) for name in "ab")
    assert "right before and wrong after" in str(complaint(RULES["b/expm1(a)"], b * sg.bose(a)))


@pytest.mark.parametrize("level", ["exact", "stable", "algebraic"])
def test_passes_are_idempotent(level: str) -> None:
    for name in PLAIN:
        before, _, _ = sides(RULES[name])
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
    (step,) = sg.simplify(sg.parse("2 + log(1 + exp(y))"), level="stable", log=True)[1]
    assert (step.rule, step.place) == (RULES["log(1+exp(a))"], "line 1, column 5")


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
