"""``Graph``: expressions with named inputs and outputs, seen as nodes and edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .autodiff.gradients import grad
from .autodiff.reverse import adjoints
from .core.errors import SymgraphError
from .core.names import find, unknown_name
from .core.nesting import flatten
from .core.node import CONSTANT, SYMBOL, Node, lift
from .core.traversal import free_symbols, topological
from .draw.diagram import Diagram, draw
from .evaluate.api import evaluate
from .interop import files, networks
from .text.listing import listing


class Graph:
    """A view of expressions as one graph.

    Attributes:
        outputs: name → expression.
        inputs: the symbols, in the order given or found.
        nodes: all nodes, arguments before the nodes that use them.
        appended: the nodes that :meth:`gradient` added to the graph it was called on.
        adjoints: for a gradient graph, node → its adjoint.

    >>> import symgraph as sg
    >>> x, y, z = sg.symbols("x y z")
    >>> g = sg.graph((x + y) * z)
    >>> [node.op.name for node in g.nodes]
    ['symbol', 'symbol', 'add', 'symbol', 'multiply']
    >>> g.gradient([x, y, z]).evaluate({"x": -2, "y": 5, "z": -4})["d/dz"]
    3.0
    """

    def __init__(
        self,
        outputs: Mapping[str, Node],
        inputs: Sequence[Node] | None = None,
        appended: Sequence[Node] = (),
        adjoints: Mapping[Node, Node] | None = None,
    ) -> None:
        self.outputs = dict(outputs)
        self.nodes = topological([*self.outputs.values(), *(inputs or [])])
        self.inputs = list(inputs) if inputs is not None else free_symbols(self.outputs.values())
        self.appended = list(appended)
        self.adjoints = dict(adjoints or {})

    @property
    def edges(self) -> list[tuple[Node, Node, int]]:
        """All edges as (argument, node, position of the argument)."""
        return [(arg, node, i) for node in self.nodes for i, arg in enumerate(node.args)]

    def gradient(self, wrt: Any = None, output: str | None = None) -> Graph:
        """Give the same nodes plus those that compute the gradient of one output.

        Args:
            wrt: the variables, default all real inputs; outputs named ``d/dx`` are added for them.
            output: which output, default the only one.
        """
        if output is None and len(self.outputs) != 1:
            raise SymgraphError(f"say which output to differentiate: {', '.join(self.outputs)}")
        if output is not None and output not in self.outputs:
            raise SymgraphError(unknown_name(output, list(self.outputs)))
        f = self.outputs[output if output is not None else next(iter(self.outputs))]
        given = [s for s in self.inputs if s.dtype.startswith("float")] if wrt is None else flatten(wrt)[0]
        variables = [find(each, [f], SymgraphError) for each in given]
        gradients = grad(f, variables, simplify=None)
        named = {f"d/d{_name(x)}": g for x, g in zip(variables, gradients, strict=True)}
        if len(named) < len(variables):
            raise SymgraphError("two of the variables have the same name: give them different names")
        before = set(self.nodes)
        result = Graph({**self.outputs, **named}, self.inputs, adjoints=adjoints(f, variables))
        result.appended = [node for node in result.nodes if node not in before]
        return result

    def stats(self) -> dict[str, Any]:
        """Count: nodes, edges, depth, inputs, constants, operations, and nodes per operator.

        An operation is one operator applied to its arguments; a contraction of k arrays counts as the k − 1
        products that a person would write for it.
        """
        depth: dict[Node, int] = {}
        for node in self.nodes:
            depth[node] = 1 + max((depth[arg] for arg in node.args), default=-1)
        operators = Counter(node.op.name for node in self.nodes if node.op not in (SYMBOL, CONSTANT))
        return {
            "nodes": len(self.nodes),
            "edges": sum(len(node.args) for node in self.nodes),
            "depth": max(depth.values(), default=0),
            "inputs": len(self.inputs),
            "outputs": len(self.outputs),
            "constants": sum(node.op is CONSTANT for node in self.nodes),
            "operations": sum(_operations(node) for node in self.nodes),
            "operators": dict(sorted(operators.items())),
        }

    def evaluate(self, values: Mapping[Any, Any] | None = None, **options: Any) -> dict[str, Any]:
        """Compute all outputs; see :func:`symgraph.evaluate`."""
        return dict(evaluate(self.outputs, values, **options))

    def listing(self) -> str:
        """Write the graph as a numbered list, one line per node."""
        return listing(list(self.outputs.values()))

    def draw(self, at: Mapping[Any, Any] | None = None, **options: Any) -> Diagram:
        """Draw the graph; see :func:`symgraph.draw`."""
        return draw(self, at, **options)

    def _repr_svg_(self) -> str:
        return self.draw()._repr_svg_()

    def to_networkx(self) -> Any:
        """Give the graph as a ``networkx.DiGraph`` with attributes."""
        return networks.to_networkx(list(self.outputs.values()))

    def save(self, path: str | Path) -> None:
        """Write the graph to a file that :func:`symgraph.load` reads."""
        files.save(path, self.outputs)

    def __repr__(self) -> str:
        return f"<Graph: {len(self.nodes)} nodes, outputs {', '.join(self.outputs)}>"


def graph(outputs: Any, inputs: Sequence[Any] | None = None) -> Graph:
    """See expressions as a graph.

    Args:
        outputs: an expression, a list (outputs are named ``out0`` …) or a dict of named expressions.
        inputs: symbols or names; default all symbols that are used.
    """
    if isinstance(outputs, dict):
        named = {str(name): lift(value) for name, value in outputs.items()}
    elif isinstance(outputs, (list, tuple)):
        named = {f"out{i}": lift(value) for i, value in enumerate(outputs)}
    else:
        named = {"out": lift(outputs)}
    nodes = list(named.values())
    chosen = None if inputs is None else [find(each, nodes, SymgraphError) for each in inputs]
    return Graph(named, chosen)


def _operations(node: Node) -> int:
    if not node.args:
        return 0
    return max(1, len(node.args) - 1) if node.op.arity is None else 1


def _name(node: Node) -> str:
    return node.name if node.op is SYMBOL else f"{node.op.name}#{node.number}"
