"""The table of what machine code and C each operator has, from the records; used by ``generate.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

import symgraph as sg
from symgraph.core.lowering import Alias, Cast, Expansion, Gathering, Pieces, Placed, Reduction, Running, View
from symgraph.core.node import make, symbol
from symgraph.core.operator import OPS, Example, Operator
from symgraph.ops.tensor.contraction import CONTRACT

DESCRIBED = {
    View: "a view: entries are read where they are",
    Alias: "a view: the same memory in another shape",
    Cast: "a conversion",
    Pieces: "a loop for every piece",
    Reduction: "a reduction in registers",
    Gathering: "a loop over positions, which are checked",
    Running: "a loop that runs along the axis",
    Placed: "a loop that knows rows and columns",
}
HEAD = """# What each operator becomes

Generated from the operator records by `python docs/generate.py`. *Loop* means instructions in a loop nest, fused with
what is around it; then come the functions it calls: those of the C library are taken from the platform's vector library
where that has them, those marked S are SciPy's C functions. *Steps* means that the operator is written by other
operators first. A *call* is one of the operator's own NumPy function between the nests (LAPACK for linear algebra).
The last column says whether `to_c` can write it (its first example, in float64).
"""


class Recorder:
    """Takes the place of the writer of instructions: notes which functions a lowering calls."""

    def __init__(self) -> None:
        self.called: dict[str, None] = {}

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: "value"

    def function(self, name: str, arguments: Any) -> str:
        self.called[name] = None
        return "value"

    def ufunc(self, name: str, types: str, arguments: Any) -> list[str]:
        self.called[f"special:{name.strip('_')}"] = None
        return ["value"] * len(types.partition("->")[2])

    def either(self, quick: Any, library: Any) -> str:
        quick()
        return str(library())


def lowerings_page() -> str:
    """Say for every operator what runs when it is compiled, and whether there is C for it."""
    lines = [HEAD]
    for family in sorted({record.family for record in OPS.values()}):
        records = [record for record in OPS.values() if record.family == family and record.arity != 0]
        if records:
            lines += [f"## {family}", "", "| operator | machine code | C |", "| --- | --- | --- |"]
            lines += [_row(record) for record in sorted(records, key=lambda record: record.name)] + [""]
    return "\n".join(lines)


def _row(record: Operator) -> str:
    return f"| `{record.name}` | {_machine(record)} | {'yes' if _has_c(record) else 'no'} |"


def _machine(record: Operator) -> str:
    rule = record.lowering
    if record is CONTRACT:
        return "a loop nest, or a call of BLAS"
    if record.expand is not None:
        return "opened: its defining expression"
    if rule is None:
        return "call"
    if isinstance(rule, Expansion):
        found = rule.build(_node(record, record.examples[0]))
        names = [node.op.name for node in _inside(found, record)] if found is not None else []
        return f"steps: {', '.join(dict.fromkeys(names))}" if names else "steps, for some shapes"
    for kind, text in DESCRIBED.items():
        if isinstance(rule, kind):
            return text
    if isinstance(rule, str):
        return f"loop: {_spelled(rule)}"
    recorder = Recorder()
    node = _node(record, record.examples[0])
    rule(recorder, node, *["value"] * len(node.args))
    return ": ".join(["loop", *([", ".join(map(_spelled, recorder.called))] if recorder.called else [])])


def _spelled(name: str) -> str:
    plain = name.removeprefix("special:")
    return f"`{plain}`{' (S)' if plain != name else ''}"


def _inside(node: Any, record: Operator) -> list[Any]:
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        if current.args and current.op is not record:
            found.append(current)
            stack += current.args
    return found[::-1]


def _node(record: Operator, example: Example) -> Any:
    made = example.make(np.random.default_rng(0)) if example.make else [np.zeros(shape) for shape in example.shapes]
    values = [np.asarray(value) for value in made]
    args = [symbol(f"x{i}", value.shape, value.dtype.name) for i, value in enumerate(values)]
    return make(record, tuple(args), example.attributes)


def _has_c(record: Operator) -> bool:
    try:
        sg.to_c(_node(record, record.examples[0]), simplify=None)
    except sg.SymgraphError:
        return False
    return True
