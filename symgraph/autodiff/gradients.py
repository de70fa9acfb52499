"""Gradients and products with Jacobians. Every result is more graph: printed, evaluated, differentiated again.

Layout: a gradient has the shape of its variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.errors import DifferentiationError
from ..core.nesting import flatten
from ..core.node import Node, lift
from ..core.shape import shape_text
from ..rewrite.tidy.derivatives import tidy
from ..rewrite.tidy.multiples import numbers_in_front
from .forward import tangents as forward_tangents
from .given import form_of, forms_of, matching, or_zero, real_node, variables_of
from .reverse import adjoints, joint_adjoints


def grad(f: Any, wrt: Any, simplify: str | None = "stable") -> Any:
    """Differentiate a scalar by reverse mode: append the nodes that compute the gradient.

    Args:
        f: a scalar expression.
        wrt: a symbol, a name, an inner node, or a nesting of them in lists, tuples and dicts.
        simplify: ``"stable"`` differentiates the numerically stable form of ``f``, so that the derivative is
            stable too (the gradient of ``log(1 + exp(x))`` is ``sigmoid(x)``); ``None`` takes ``f`` as it stands.

    Returns:
        For each variable an expression of the variable's shape, in the nesting of ``wrt``. It is an exact
        zero where ``f`` is proved independent of the variable.

    Raises:
        DifferentiationError: ``f`` is not a real scalar, a variable is not real, or an operator on the way
            has no derivative.

    >>> import symgraph as sg
    >>> x, y, z = sg.symbols("x y z")
    >>> fx, fy, fz = sg.grad((x + y) * z, [x, y, z])
    >>> sg.evaluate([fx, fy, fz], {x: -2, y: 5, z: -4})
    [-4.0, -4.0, 3.0]
    """
    return _gradient(f, wrt, simplify, together=False)


def _gradient(f: Any, wrt: Any, simplify: str | None, together: bool) -> Any:
    """Differentiate a scalar; ``together`` says that it will be computed beside its gradient."""
    f = real_node(f, "f")
    variables, again = variables_of(wrt, [f])
    form = form_of(f, variables, simplify)
    if simplify is not None and not together and not any(x.args for x in variables):
        (form,) = numbers_in_front([form])
    gradients = adjoints_of(form, variables)
    return again(gradients if simplify is None else tidy(gradients, [form], together))


def adjoints_of(f: Node, variables: Sequence[Node]) -> list[Node]:
    """Give the gradient as back-propagation leaves it.

    Raises:
        DifferentiationError: f is not a scalar.
    """
    if f.shape:
        raise DifferentiationError(
            f"grad needs a scalar, and f has shape {shape_text(f.shape)}: use jacobian(f, wrt), or sum(f) first"
        )
    found = adjoints(f, variables)
    return [or_zero(found.get(x), x.shape, x.dtype) for x in variables]


def value_and_grad(f: Any, wrt: Any, simplify: str | None = "stable") -> tuple[Node, Any]:
    """Give ``(f, grad(f, wrt))``, ready to be evaluated or compiled together so that they share their work.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> sg.evaluate(sg.value_and_grad(x**2, x), {x: 3})
    (9.0, 6.0)
    """
    f = lift(f)
    return f, _gradient(f, wrt, simplify, together=True)


def vjp(y: Any, wrt: Any, cotangents: Any, simplify: str | None = "stable") -> Any:
    """Give the vector-Jacobian product: for each variable Σ cotangent · ∂y/∂x, of the variable's shape.

    One reverse pass serves all outputs. ``y`` and ``cotangents`` are nestings of the same form; a cotangent has
    the shape of its ``y``.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=3)
    >>> sg.evaluate(sg.vjp(x**2, x, [1.0, 0.0, 1.0]), {x: [1, 2, 3]})
    array([2., 0., 6.])
    """
    outputs = [real_node(each, "y") for each in flatten(y)[0]]
    seeds = matching(cotangents, y, outputs, "cotangent")
    variables, again = variables_of(wrt, outputs)
    forms = forms_of(outputs, variables, simplify)
    found = joint_adjoints(forms, variables, seeds)
    results = [or_zero(found.get(x), x.shape, x.dtype) for x in variables]
    return again(results if simplify is None else tidy(results, [*forms, *seeds]))


def jvp(y: Any, wrt: Any, tangents: Any, simplify: str | None = "stable") -> Any:
    """Give the Jacobian-vector product Σ ∂y/∂x · tangent by forward mode, in the nesting and shapes of ``y``.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=2)
    >>> sg.evaluate(sg.jvp(sg.sin(x), x, [1.0, 0.0]), {x: [0, 0]})
    array([1., 0.])
    """
    leaves, again = flatten(y)
    outputs = [real_node(each, "y") for each in leaves]
    variables, _ = variables_of(wrt, outputs)
    seeds = matching(tangents, wrt, variables, "tangent")
    outputs = forms_of(outputs, variables, simplify)
    found = forward_tangents(outputs, dict(zip(variables, seeds, strict=True)))
    results = [or_zero(found.get(output), output.shape, output.dtype) for output in outputs]
    return again(results if simplify is None else tidy(results, [*outputs, *seeds]))
