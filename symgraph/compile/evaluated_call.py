"""What a compiled function is where llvmlite is not installed: the evaluator behind the same call."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..core.node import Node
from ..core.traversal import topological
from ..evaluate.evaluator import run
from .array_call import bound_sizes, into, read_array
from .memory import unfused_peak
from .report import Report
from .schedule import is_leaf


@cache
def warn_once() -> None:
    """Say that there is no machine code, once in a process."""
    warnings.warn(
        'llvmlite is not installed, so compiled functions run in the evaluator: pip install "symgraph[compile]"',
        RuntimeWarning,
        stacklevel=2,
    )


class EvaluatedCall:
    """A callable that takes the arguments in order and gives the list of results, each a number or a new array."""

    def __init__(self, inputs: Sequence[Node], outputs: Sequence[Node]) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)

    def __call__(self, arguments: Sequence[Any], out: Sequence[Any] | None = None) -> list[Any]:
        if len(arguments) != len(self.inputs):
            raise TypeError(f"this function takes {len(self.inputs)} positional arguments, not {len(arguments)}")
        values = {node: read_array(node, value) for node, value in zip(self.inputs, arguments, strict=True)}
        known = run(self.outputs, values, sizes=bound_sizes(values))
        found = [np.array(known[node]) if node.shape else np.asarray(known[node]).item() for node in self.outputs]
        if out is None:
            return found
        return [into(target, value, place) for place, (target, value) in enumerate(zip(out, found, strict=True))]

    def report(self, arguments: Sequence[Any] = ()) -> Report:
        """List the operators; each is one step of the evaluator, which is not measured."""
        names = tuple([node.op.name for node in topological(self.outputs) if not is_leaf(node)])
        peak = unfused_peak(self.outputs)
        return Report(tuple([f"evaluator  {name}" for name in names]), 0, 0, names, 0, 0, peak, peak, ())
