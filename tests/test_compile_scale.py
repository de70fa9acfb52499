"""Compile time by counts: calls of Python functions, walks over the graph and bytes of LLVM text, per node."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from types import FrameType
from typing import Any

import pytest

import symgraph as sg
from symgraph.compile.api import CompiledFunction
from symgraph.compile.jit import available
from symgraph.compile.libraries import Libraries
from symgraph.compile.module import write_module
from symgraph.compile.prepare import prepare
from symgraph.compile.schedule import Nest, plan
from symgraph.core.node import Node
from symgraph.core.traversal import topological

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

CALLS_PER_NODE = 62  # 57 when this was written
WALKS = ("topological", "reachable", "rebuild")
MOST_WALKS = 6
BYTES_PER_NODE = 125
NODES_PER_STEP = 9


def chain(steps: int) -> tuple[list[Node], list[Node]]:
    """Give value and gradient of y = sin(a·y + x), repeated, and the inputs."""
    x, a = sg.symbols("x a")
    y = x
    for _ in range(steps):
        y = sg.sin(a * y + x)
    value, gradient = sg.value_and_grad(y, [x, a])
    return [value, *gradient], [x, a]


def counted(outputs: Sequence[Node], inputs: Sequence[Node]) -> Counter[str]:
    """Compile, and count the Python functions that are called, by name."""
    calls: Counter[str] = Counter()

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_name] += 1

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        sg.compile(outputs, inputs)
    finally:
        sys.setprofile(before)
    return calls


def test_work_per_node_does_not_grow_with_the_graph() -> None:
    small, large = chain(150), chain(450)
    assert len(topological(large[0])) == 450 * NODES_PER_STEP
    counted(*chain(3))  # libraries are loaded and rules are read once
    first, second = counted(*small), counted(*large)
    more = second.total() - first.total()
    assert more <= CALLS_PER_NODE * 300 * NODES_PER_STEP
    assert sum(second[name] for name in WALKS) == sum(first[name] for name in WALKS) <= MOST_WALKS


@pytest.mark.parametrize("steps", [50, 200, 800])
def test_text_per_node(steps: int) -> None:
    outputs, inputs = chain(steps)
    schedule = plan(prepare(outputs), inputs)
    module = write_module(schedule, Libraries())
    assert len(module.text) <= BYTES_PER_NODE * NODES_PER_STEP * steps + 1000
    # What is stored is asked for node by node: in a list each question would be a search.
    assert all(isinstance(step, Nest) and isinstance(step.stored, dict) for step in schedule.steps)


def test_one_value_is_loaded_once() -> None:
    outputs, inputs = chain(40)
    fn = sg.compile(outputs, inputs)
    assert isinstance(fn, CompiledFunction)
    loads = [line for line in fn._module.text.splitlines() if "= load double" in line]
    assert len(loads) == len(inputs)
