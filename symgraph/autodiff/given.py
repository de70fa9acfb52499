"""What differentiation is given: expressions, nestings of variables, directions; checked, and made nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.dtype import is_float
from ..core.errors import DifferentiationError, ShapeError
from ..core.names import find
from ..core.nesting import flatten
from ..core.node import Node, constant, lift
from ..core.shape import shape_text
from ..ops.tensor.products import broadcast_to
from ..rewrite.simplify import rewrite, stabilise
from .sparse import with_sizes


def real_node(value: Any, role: str) -> Node:
    """Lift what is differentiated.

    Raises:
        DifferentiationError: it is not real.
    """
    node = lift(value)
    if not is_float(node.dtype):
        raise DifferentiationError(f"{role} has dtype {node.dtype}: only real (float) expressions have derivatives")
    return node


def variables_of(wrt: Any, outputs: Sequence[Node]) -> tuple[list[Node], Any]:
    """Find the variables, and what gives a list of results their nesting.

    Raises:
        DifferentiationError: a variable is unknown or not real.
    """
    leaves, again = flatten(wrt)
    variables = [find(leaf, outputs, DifferentiationError) for leaf in leaves]
    for x in variables:
        if not is_float(x.dtype):
            raise DifferentiationError(
                f"{x} has dtype {x.dtype}: a derivative with respect to it does not exist; "
                "make it with dtype='float64' if it is meant to vary continuously"
            )
    return variables, again


def form_of(f: Node, variables: Sequence[Node], simplify: str | None) -> Node:
    """Give the form of one expression that is differentiated."""
    return forms_of([f], variables, simplify)[0]


def forms_of(outputs: Sequence[Node], variables: Sequence[Node], simplify: str | None) -> list[Node]:
    """Give the forms that are differentiated; inner nodes that are variables are left alone."""
    if simplify is None:
        return list(outputs)
    if simplify not in ("exact", "stable", "algebraic"):
        raise DifferentiationError(f"simplify is 'stable', 'exact', 'algebraic' or None, not {simplify!r}")
    inner = [x for x in variables if x.args]
    return stabilise(outputs, inner) if simplify == "stable" else rewrite(outputs, simplify, inner)


def flat(y: Any, wrt: Any, simplify: str | None, sizes: Mapping[str, int] | None) -> tuple[list[Node], list[Node]]:
    """List outputs, in the form that is differentiated, and variables, with numbers for named sizes."""
    outputs = [real_node(each, "y") for each in flatten(y)[0]]
    variables = variables_of(wrt, outputs)[0]
    if not outputs or not variables:
        raise DifferentiationError("there is nothing to differentiate: no outputs, or no variables")
    joint = with_sizes([*forms_of(outputs, variables, simplify), *variables], sizes)
    return joint[: len(outputs)], joint[len(outputs) :]


def matching(given: Any, like: Any, nodes: Sequence[Node], role: str) -> list[Node]:
    """List what is given for each node, in the nesting ``like`` that the nodes came in.

    Raises:
        ShapeError: there are more or fewer, or the shapes differ.
    """
    if isinstance(like, (list, tuple, dict)):
        leaves = flatten(given)[0] if isinstance(given, (list, tuple, dict)) else [given]
    else:
        leaves = [given]
    if len(leaves) != len(nodes):
        raise ShapeError(f"{len(nodes)} {role}s are needed, one for each, not {len(leaves)}")
    return [shaped(leaf, node, role) for leaf, node in zip(leaves, nodes, strict=True)]


def shaped(value: Any, node: Node, role: str) -> Node:
    """Give a value the shape of a node; a scalar is repeated.

    Raises:
        ShapeError: it has another shape.
    """
    given = lift(value, node)
    if given.shape == node.shape:
        return given
    if given.shape:
        raise ShapeError(f"the {role} has shape {shape_text(given.shape)}, but {shape_text(node.shape)} is needed")
    return broadcast_to(given, node.shape)


def or_zero(node: Node | None, shape: Any, dtype: str) -> Node:
    """Give the exact zero in the place of a derivative that is proved to vanish."""
    return broadcast_to(constant(0.0, dtype), shape) if node is None else node
