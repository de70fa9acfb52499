"""Strategies and passes: what they do to small graphs, that they settle, and that they stay near-linear."""

from __future__ import annotations

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import Node
from symgraph.core.traversal import topological
from symgraph.rewrite import strategy
from symgraph.rewrite.passes import PASSES, compose
from symgraph.rewrite.strategy import bottom_up, chain, first_of, fixpoint, until_stable
from symgraph.testing import random_graph

X, Y = sg.symbols("x y")


def drop_negative(node: Node) -> Node | None:
    return node.args[0] if node.op is (-X).op else None


def drop_sin(node: Node) -> Node | None:
    return node.args[0] if node.op is sg.sin(X).op else None


def nothing(node: Node) -> Node | None:
    return None


def test_combinators() -> None:
    assert first_of(nothing, drop_negative)(-X) is X
    assert first_of(nothing, drop_negative)(X) is None
    assert chain(drop_negative, drop_sin)(-sg.sin(X)) is X
    assert chain(drop_negative, drop_sin)(sg.cos(X)) is None
    assert fixpoint(drop_sin, 8)(sg.sin(sg.sin(sg.sin(X)))) is X
    assert fixpoint(drop_sin, 2)(sg.sin(sg.sin(sg.sin(X)))) is sg.sin(X)
    assert fixpoint(nothing, 8)(X) is None


def test_sweeps() -> None:
    assert bottom_up(drop_sin)([sg.exp(sg.sin(X)) * sg.sin(Y), X]) == [sg.exp(X) * Y, X]
    calls = []

    def sweep(outputs: list[Node]) -> list[Node]:
        calls.append(len(calls))
        return [sg.sin(outputs[0])]

    until_stable(sweep, 5)([X])
    assert len(calls) == 5, "the budget ends what never settles"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("canonicalise", X + (-Y), X - Y),
        ("fold constants", sg.exp(sg.constant(0.0)) * X + sg.sin(sg.constant(0.0)), X + 0.0),
        ("stabilise", sg.log(1 + sg.exp(X)), sg.softplus(X)),
        ("merge contractions", sg.sum(sg.symbol("v", 3)), sg.sum(sg.symbol("v", 3))),
        ("simplify algebraically", X * Y / Y, X),
    ],
)
def test_named_passes(name: str, before: Node, after: Node) -> None:
    assert PASSES[name].run([before]) == [after]


@pytest.mark.parametrize("name", list(PASSES))
def test_passes_are_idempotent_and_keep_values(name: str) -> None:
    for seed in range(25):
        graph = random_graph(seed, operations=6)
        once = PASSES[name].run([graph.output])
        assert PASSES[name].run(once) == once, seed
        assert len(topological(once)) <= 2 * len(topological([graph.output]))
        if name in ("canonicalise", "fold constants"):
            old, new = (sg.evaluate(f, graph.values, simplify=None) for f in (graph.output, once[0]))
            assert np.array_equal(old, new, equal_nan=True), seed


@pytest.mark.parametrize("name", list(PASSES))
def test_passes_are_linear(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nodes that are visited are counted, not the time: a graph twice as long costs twice as much."""
    visited: list[int] = []

    def counting(outputs: list[Node]) -> list[Node]:
        order = topological(outputs)
        visited.append(len(order))
        return order

    monkeypatch.setattr(strategy, "topological", counting)

    def cost(length: int) -> int:
        y = X
        for _ in range(length):
            y = sg.log(1 + sg.exp(-(y * Y))) + sg.sin(y)
        visited.clear()
        PASSES[name].run([y])
        return sum(visited)

    short, long = cost(100), cost(200)
    assert 0 < long <= 2.1 * short
    assert len(visited) <= 4


def test_passes_compose() -> None:
    f = sg.log(1 + sg.exp(X)) - (-Y)
    assert compose("canonicalise", "stabilise")([f]) == [sg.softplus(X) + Y]
    assert compose()([f]) == [f]
    with pytest.raises(sg.SymgraphError, match="there is no pass 'optimise': use canonicalise, fold constants"):
        compose("optimise")
