"""Random graphs: every mode of differentiation, both evaluators, machine code, files and text must agree on all.

``python -m symgraph.testing.campaign --minutes N`` goes on for longer and asks other tools too; ``--seed N`` begins
elsewhere; ``--compiled --graphs 10000 --minutes 60`` compares machine code with the evaluator.
"""

from __future__ import annotations

import pytest

import symgraph as sg
from symgraph.testing import minimise, random_graph
from symgraph.testing.campaign import campaign, main, make_graph
from symgraph.testing.claims import (
    Claim,
    file_disagrees,
    hessians_disagree,
    machine_disagrees,
    modes_disagree,
    problem_of,
    slopes_disagree,
    text_disagrees,
)
from symgraph.testing.graphs import RandomGraph

BLOCK = 50
BLOCKS = 40  # of BLOCK graphs each
BOUNDARY_BLOCKS = 10
HESSIAN_BLOCKS = 5


def check(graph: RandomGraph, *claims: Claim) -> None:
    for claim in claims:
        problem = problem_of(graph, claim)
        if problem:
            small = minimise(graph, claim)
            pytest.fail(f"{claim.__name__}: {problem}\nthe smallest part that fails: {claim(small)}\n{small}")


@pytest.fixture
def first(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--seed") or 0)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_all_answers_agree(block: int, first: int) -> None:
    for seed in range(first + block * BLOCK, first + (block + 1) * BLOCK):
        check(random_graph(seed, 2 + seed % 6), modes_disagree, machine_disagrees, file_disagrees, text_disagrees)


@pytest.mark.parametrize("block", range(BOUNDARY_BLOCKS))
def test_no_finite_wrong_number_at_special_values(block: int, first: int) -> None:
    for seed in range(first + block * BLOCK, first + (block + 1) * BLOCK):
        check(random_graph(seed, 5, boundary=True), modes_disagree, machine_disagrees)


@pytest.mark.parametrize("block", range(HESSIAN_BLOCKS))
def test_whole_hessians_agree(block: int, first: int) -> None:
    for seed in range(first + block * BLOCK, first + (block + 1) * BLOCK):
        check(random_graph(seed, 2 + seed % 6, boundary=seed % 5 == 0), hessians_disagree)


def test_a_campaign_counts_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    """The same claims and more, from the command line; other tools take part where they are installed."""
    assert main(["--graphs", "60", "--minutes", "5", "--seed", "10000"]) == 0
    printed = capsys.readouterr().out
    assert "60 graphs (48 at ordinary points, 12 at special values)" in printed and "\n0 disagreements" in printed
    assert "compiled_disagrees: 30 checks" in printed and "modes_disagree: 60 checks" in printed


def test_a_campaign_of_machine_code_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--compiled", "--graphs", "40", "--minutes", "5", "--seed", "20000"]) == 0
    printed = capsys.readouterr().out
    assert "40 graphs (20 at ordinary points, 20 at special values)" in printed
    assert "compiled_differs: 40 checks\n0 disagreements" in printed


def test_a_planted_fault_is_found_and_cut_down() -> None:
    """A wrong rule of a composite shows as a wrong slope; what is added and applied to it is cut away."""
    x = sg.symbol("x")
    wrong = sg.custom_gradient("wrong", [x], sg.sin(x) * 2.0, lambda g, value, x: [g * sg.sin(x)])
    graph = RandomGraph(0, sg.exp(wrong(x)) + x, {x: 0.5})
    assert "by differences" in slopes_disagree(graph)
    small = minimise(graph, slopes_disagree)
    assert small.output is wrong(x)


def test_equal_seeds_give_equal_campaigns() -> None:
    assert make_graph(7).output is make_graph(7).output
    assert str(campaign(range(3, 6), 5.0)) == str(campaign(range(3, 6), 5.0))
