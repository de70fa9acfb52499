"""Expressions as networkx graphs and back."""

from __future__ import annotations

from typing import Any

import networkx
import pytest

import symgraph as sg
from symgraph.core.errors import LoadError
from symgraph.core.operator import DEFINITIONS, OPS
from symgraph.interop.networks import from_networkx, to_networkx
from symgraph.testing import random_graph, sample, samples

x, y = sg.symbols("x y")


@pytest.mark.parametrize("records", [OPS, DEFINITIONS], ids=["operators", "definitions"])
def test_every_example_of_every_record_comes_back(records: dict[str, Any]) -> None:
    for name, place in samples(records):
        outputs = list(sample(records[name], place).outputs)
        assert from_networkx(to_networkx(outputs)) == outputs, name


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_come_back(seed: int) -> None:
    f = random_graph(seed, operations=12).output
    graph = to_networkx({"f": f})
    assert networkx.is_directed_acyclic_graph(graph)
    assert from_networkx(graph) == {"f": f}


def test_attributes() -> None:
    W = sg.symbol("W", shape=("n", 2), positive=True)
    graph = to_networkx([sg.sum(W) * 2.5, W])
    node = graph.nodes[graph.graph["outputs"][1]]
    assert node == {
        "op": "symbol",
        "label": "W",
        "name": "W",
        "shape": W.shape,
        "dtype": "float64",
        "number": W.number,
        "attrs": W.attrs,
    }
    (constant,) = [d for _, d in graph.nodes(data=True) if d["op"] == "constant"]
    assert (constant["value"], constant["label"], constant["shape"]) == (2.5, "2.5", ())


def test_positions_of_arguments() -> None:
    graph = to_networkx(x * x - y)
    assert {(graph.nodes[a]["label"], graph.nodes[b]["op"]): p for a, b, p in graph.edges(data="positions")} == {
        ("x", "multiply"): (0, 1),
        ("×", "subtract"): (0,),
        ("y", "subtract"): (1,),
    }


def test_a_deep_chain() -> None:
    node = x
    for _ in range(20_000):
        node = sg.sin(node)
    assert from_networkx(to_networkx(node)) is node


def build(nodes: dict[Any, dict[str, Any]], edges: list[tuple[Any, ...]]) -> Any:
    graph = networkx.DiGraph()
    graph.add_nodes_from(nodes.items())
    graph.add_edges_from([(a, b, {"positions": p}) if p is not None else (a, b) for a, b, p in edges])
    return graph


SYMBOL = {"op": "symbol", "name": "x"}
GOOD = [
    ({"a": SYMBOL}, [], [x]),
    ({"a": SYMBOL, "f": {"op": "multiply"}}, [("a", "f", (0, 1))], [x * x]),
    (
        {"a": SYMBOL, "c": {"op": "constant", "value": 2.0}, "f": {"op": "add"}},
        [("a", "f", [0]), ("c", "f", [1])],
        [x + 2],
    ),
    ({1: {**SYMBOL, "shape": ("n",), "dtype": "float32"}}, [], [sg.symbol("x", shape="n", dtype="float32")]),
    ({}, [], []),
]


@pytest.mark.parametrize(("nodes", "edges", "expected"), GOOD)
def test_graphs_made_by_hand(nodes: Any, edges: Any, expected: Any) -> None:
    assert from_networkx(build(nodes, edges)) == expected


BAD = [
    ({"a": {"op": "sin"}}, [("a", "a", (0,))], "cycle"),
    ({"a": {"op": "sin"}, "b": {"op": "cos"}}, [("a", "b", (0,)), ("b", "a", (0,))], "cycle"),
    ({"a": {}}, [], "unknown operator None"),
    ({"a": {"op": "launch"}}, [], "unknown operator 'launch'"),
    ({"a": {"op": ["sin"]}}, [], "unknown operator"),
    ({"f": {"op": "sin"}}, [], "takes 1 arguments, not 0"),
    ({"a": SYMBOL, "f": {"op": "add"}}, [("a", "f", (1,))], "not at positions 0 to 0"),
    ({"a": SYMBOL, "f": {"op": "add"}}, [("a", "f", (0, 0))], "not at positions 0 to 1"),
    ({"a": SYMBOL, "f": {"op": "sin"}}, [("a", "f", (-1,))], "not at positions"),
    ({"a": SYMBOL, "f": {"op": "sin"}}, [("a", "f", None)], "needs positions"),
    ({"a": SYMBOL, "f": {"op": "sin"}}, [("a", "f", ())], "needs positions"),
    ({"a": SYMBOL, "f": {"op": "sin"}}, [("a", "f", ("0",))], "not all integers"),
    ({"a": SYMBOL, "f": {"op": "sin"}}, [("a", "f", ([0],))], "not all integers"),
    ({"a": {"op": "symbol"}}, [], "symbol does not accept this"),
    ({"a": {"op": "symbol", "name": "x", "shape": (-1,)}}, [], "symbol does not accept this"),
    ({"a": {"op": "constant", "value": "one"}}, [], "constant does not accept this"),
    ({"a": SYMBOL, "f": {"op": "contract"}}, [("a", "f", (0,))], "needs the attributes"),
    ({"a": SYMBOL, "f": {"op": "contract", "attrs": (1, 2, 3, 4)}}, [("a", "f", (0,))], "contract does not accept"),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "edges", "message"), BAD)
def test_bad_graphs_end_in_load_error(nodes: Any, edges: Any, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        from_networkx(build(nodes, edges))


@pytest.mark.parametrize("outputs", [5, [["x"]], [set()]], ids=str)
def test_outputs_must_be_nodes(outputs: Any) -> None:
    graph = to_networkx(x)
    graph.graph["outputs"] = outputs
    with pytest.raises(LoadError, match="outputs"):
        from_networkx(graph)


@pytest.mark.parametrize("graph", [None, networkx.Graph(), networkx.MultiDiGraph()], ids=str)
def test_only_plain_directed_graphs_are_read(graph: Any) -> None:
    with pytest.raises(LoadError, match="DiGraph is needed"):
        from_networkx(graph)
