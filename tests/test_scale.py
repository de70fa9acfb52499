"""Size and depth: counts, never seconds. Everything works far below the depth of the graph."""

import gc
import sys
from collections.abc import Iterator

import pytest

import symgraph as sg
from symgraph.core.interning import live_nodes
from symgraph.core.node import Node
from symgraph.core.traversal import topological

DEPTH = 100_000


@pytest.fixture
def shallow_stack() -> Iterator[None]:
    """Run with a recursion limit far below the depth of the graphs."""
    before = sys.getrecursionlimit()
    frames, frame = 0, sys._getframe()
    while frame.f_back is not None:
        frames, frame = frames + 1, frame.f_back
    sys.setrecursionlimit(frames + 150)
    yield
    sys.setrecursionlimit(before)


def chain(x: Node, length: int) -> Node:
    y = x
    for _ in range(length // 2):
        y = sg.sin(y) * x
    return y


def shared(x: Node, levels: int) -> Node:
    y = x
    for _ in range(levels):
        y = y * y + y
    return y


MIXES = {
    "sin": lambda y, x: sg.sin(y),
    "multiply": lambda y, x: y * x,
    "square": lambda y, x: y * y,
    "divide": lambda y, x: x / (y + 2.0),
    "tanh": lambda y, x: sg.tanh(y),
    "exp": lambda y, x: sg.exp(-y),
    "log": lambda y, x: sg.log(y + 3.0),
    "power": lambda y, x: (y + 2.0) ** 1.5,
    "sigmoid": lambda y, x: sg.sigmoid(y + x),
    "mixed": lambda y, x: sg.sin(y * x) + sg.exp(-y) / (x + 2.0),
    "maximum": lambda y, x: sg.maximum(y, x),
    "where": lambda y, x: sg.where(y > x, y * x, sg.sin(y)),
    "hypot": lambda y, x: sg.hypot(y, x),
    "atan2": lambda y, x: sg.arctan2(y, x + 2.0),
}


# Two arguments with two different slopes: nothing but the slopes, the products and their sum is five already.
WIDER = {"hypot": 5, "atan2": 9}


@pytest.mark.parametrize("name", MIXES)
def test_gradient_graph_is_at_most_four_times_the_function(name: str) -> None:
    x = sg.symbol("x")
    y = x
    for _ in range(300):
        y = MIXES[name](y, x)
    size = len(topological([y]))
    both = len(topological([y, sg.grad(y, x)]))
    assert both - size <= WIDER.get(name, 4) * size


def test_sharing_is_kept() -> None:
    x = sg.symbol("x")
    y = shared(x, 1000)
    g = sg.grad(y, x)
    assert len(topological([y])) == 2001
    assert len(topological([y, g])) <= 4 * 2001
    assert sg.evaluate(shared(x, 3), {x: 1.0}) == 42.0
    assert sg.evaluate(sg.grad(shared(x, 3), x), {x: 1.0}) == 3.0 * 5.0 * 13.0


@pytest.mark.usefixtures("shallow_stack")
def test_a_thousand_levels_of_sharing_go_through_every_layer() -> None:
    """The tree would have 3^1000 leaves; the fixed point 0 keeps the numbers finite: y' = 2y + 1 = 1 there."""
    x = sg.symbol("x")
    y = shared(x, 1000)
    g = sg.grad(y, x)
    assert sg.evaluate([y, g], {x: 0.0}) == [0.0, 1.0]
    assert sg.loads(sg.dumps([y, g])) == [y, g]
    assert len(g.listing().splitlines()) >= 2000
    assert sg.backpropagate(y, {x: 0.0}).gradient(x) == 1.0


@pytest.mark.usefixtures("shallow_stack")
def test_deep_chain_goes_through_every_layer() -> None:
    before = live_nodes()
    x = sg.symbol("x")
    y = chain(x, DEPTH)
    g = sg.grad(y, x)
    order = topological([y, g])
    assert len(order) <= 5 * DEPTH
    value, slope = sg.evaluate([y, g], {x: 1.3})
    expected, tangent = 1.3, 1.0
    from math import cos, sin

    for _ in range(DEPTH // 2):
        expected, tangent = sin(expected) * 1.3, cos(expected) * tangent * 1.3 + sin(expected)
    assert value == pytest.approx(expected, rel=1e-12)
    assert slope == pytest.approx(tangent, rel=1e-9)
    assert sg.loads(sg.dumps(y)) is y
    assert len(y.listing().splitlines()) >= DEPTH
    assert sg.jvp(y, x, 1.0).shape == ()
    assert str(y)
    del y, g, order
    gc.collect()
    assert live_nodes() < before + 1000


@pytest.mark.usefixtures("shallow_stack")
def test_many_scalars_before_an_array() -> None:
    s, u = sg.symbol("s"), sg.symbol("u", 3)
    product = u
    for _ in range(DEPTH // 10):
        product = s * product
    assert sg.evaluate(sg.sum(product), {s: -1.0, u: [1.0, 2.0, 4.0]}) == 7.0


def test_order_ten_grows_at_most_quadratically() -> None:
    x = sg.symbol("x")
    for f in (sg.sin(sg.sin(sg.sin(x))), sg.tanh(x) * sg.sin(x) + x**3):
        sizes = [len(topological([sg.derivative(f, x, n)])) for n in range(1, 11)]
        first = sizes[1] / 4
        assert all(size <= 4 * first * (n + 1) ** 2 for n, size in enumerate(sizes, 1)), sizes
