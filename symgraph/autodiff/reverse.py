"""Reverse mode: back-propagation that appends nodes.

The graph is walked once from the output. Only nodes on a path from a variable to the output get an
adjoint, each adjoint is the sum of its contributions, and a contribution is a node that the operator's
rule builds. The cost and the size of the gradient are a small multiple of the function's (the
cheap-gradient principle; Baur and Strassen 1983, Griewank and Walther 2008, chapter 4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce

from ..core.dimension import Shape
from ..core.dtype import is_float
from ..core.memory import paused_collection
from ..core.node import CONSTANT, Node, constant
from ..core.operator import FUNCTIONS, Operator
from ..core.origin import CONTEXT, Derived
from ..core.traversal import depends_on, topological
from ..ops.arithmetic import NEGATIVE, add, multiply, subtract
from ..ops.tensor.contraction import contract
from . import rules  # mutually recursive: the rule of a composite is a reverse pass over its body

# A user of a node, the position of the node among its arguments, and where the user itself was taken.
Choice = tuple[Node, int, Node | None]


def adjoints(output: Node, wrt: Iterable[Node], seed: Node | None = None) -> dict[Node, Node]:
    """Give the adjoint of every node between ``wrt`` and ``output``.

    Args:
        output: what is differentiated. Its shape is free if a seed is given.
        wrt: the variables, or inner nodes.
        seed: the adjoint of the output; its shape is the output's behind any number of leading batch
            axes, which every adjoint then carries too. Default: 1 for a scalar, and the identity
            (batch axes = the output's own axes) otherwise, which gives whole Jacobians.

    Returns:
        A dictionary from node to adjoint; a node that the output is proved not to depend on is missing.

    Raises:
        DifferentiationError: an operator on the way has no rule for an argument.
    """
    return joint_adjoints([output], wrt, [identity_seed(output) if seed is None else seed])


def joint_adjoints(outputs: Sequence[Node], wrt: Iterable[Node], seeds: Sequence[Node]) -> dict[Node, Node]:
    """Like :func:`adjoints` for Σ ⟨seed, output⟩ over several outputs: one pass, whatever their number."""
    order = topological(outputs)
    active = depends_on(order, [node for node in wrt if is_float(node.dtype)])
    active = {node for node in active if is_float(node.dtype)}
    found: dict[Node, Node] = {}
    for node, seed in zip(outputs, seeds, strict=True):
        if node in active:
            found[node] = accumulate(found[node], seed) if node in found else seed
    if not found:
        return {}
    output = outputs[0] if len(outputs) == 1 else None  # with several, a node belongs to no single one
    several: dict[Node, list[Node]] = {}
    choices: dict[Node, list[Choice]] = {}
    before = CONTEXT.origin
    try:
        with paused_collection():
            for node in reversed(order):
                if node in several:
                    CONTEXT.origin = Derived("sum of contributions", node, output)
                    found[node] = total(several.pop(node))
                g = found.get(node)
                if g is not None and node.args:
                    _propagate(node, g, output, active, found, several, choices)
    finally:
        CONTEXT.origin = before
    return found


def _propagate(
    node: Node,
    g: Node,
    output: Node | None,
    active: set[Node],
    found: dict[Node, Node],
    several: dict[Node, list[Node]],
    choices: dict[Node, list[Choice]],
) -> None:
    """Give the contributions of one node to its arguments; an argument's second one opens a list in ``several``."""
    CONTEXT.origin = Derived(node.op.name, node, output)
    given = choices.pop(node, None)
    taken = union(given) if given else None
    below = taken is not None or node.op.selective
    for i, arg in enumerate(node.args):
        if arg not in active:
            continue
        contribution = rules.pull_back(node, g, i, taken)
        if contribution is None:
            continue
        held = found.get(arg)
        if below and arg.args and (held is None or arg in choices):
            choices.setdefault(arg, []).append((node, i, taken))
        elif not below:
            choices.pop(arg, None)
        if held is None:
            found[arg] = contribution
        elif arg in several:
            several[arg].append(contribution)
        else:
            several[arg] = [held, contribution]


def union(choices: Sequence[Choice]) -> Node | None:
    """Say where a node is used, from who uses it where; ``None`` stands for everywhere."""
    used: Node | None = None
    for user, i, taken in choices:
        here = rules.selection(user, i, taken)
        if here is None:
            return None
        used = here if used is None or used is here else FUNCTIONS["logical_or"](used, here)
    return used


def total(terms: Sequence[Node]) -> Node:
    """Add all contributions to one adjoint, in the order of the formula, then numbers, then what is subtracted.

    They come from the last user to the first. Operators that can be added more cheaply together are.
    """
    combined: dict[tuple[Operator, Shape], list[Node]] = {}
    rest: list[Node] = []
    for term, count in Counter(reversed(terms)).items():
        if count > 1:
            rest.append(multiply(float(count), term))
        elif term.op.combine is None:
            rest.append(term)
        else:
            combined.setdefault((term.op, term.shape), []).append(term)
    for (op, _), group in combined.items():
        rest.append(group[0] if len(group) == 1 or op.combine is None else op.combine(group))
    return reduce(accumulate, sorted(rest, key=lambda term: 2 if term.op is NEGATIVE else term.op is CONSTANT))


def accumulate(total: Node, term: Node) -> Node:
    """Add two contributions; twice the same is twice it, and adding −x is subtracting x, which is exact."""
    if total is term:
        return multiply(2.0, total)
    if term.op is NEGATIVE:
        return subtract(total, term.args[0])
    return add(total, term)


def identity_seed(output: Node) -> Node:
    """Give the derivative of the output with respect to itself."""
    if not output.shape:
        return constant(1.0, dtype=output.dtype)
    index = tuple(range(output.ndim))
    return contract((), (), index + index, dict(enumerate(output.shape)))
