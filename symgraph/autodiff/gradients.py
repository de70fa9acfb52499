"""The derivatives that users ask for. Every result is more graph: it can be printed, evaluated, differentiated again.

Layout: a gradient has the shape of its variable; a Jacobian has the output's axes first
(numerator layout), ``y.shape + x.shape``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial
from typing import Any

from ..core.dtype import is_float
from ..core.errors import DifferentiationError, ShapeError
from ..core.names import find
from ..core.nesting import flatten
from ..core.node import Node, constant, lift, symbol
from ..core.shape import shape_text
from ..core.traversal import substitute, topological
from ..ops.products import broadcast_to
from ..rewrite.contraction_order import operations
from ..rewrite.simplify import rewrite, stabilise
from ..rewrite.tidy import tidy
from .forward import tangents as forward_tangents
from .modes import Choice, choose, is_large
from .reverse import adjoints, joint_adjoints
from .sparse import find_pattern, sparse_jacobian, with_sizes
from .structure import structure
from .taylor import line_derivatives


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
    f = _real(f, "f")
    variables, again = _variables(wrt, [f])
    form = _form(f, variables, simplify)
    gradients = _adjoints_of(form, variables)
    return again(gradients if simplify is None else tidy(gradients, [form], together))


def _adjoints_of(f: Node, variables: Sequence[Node]) -> list[Node]:
    if f.shape:
        raise DifferentiationError(
            f"grad needs a scalar, and f has shape {shape_text(f.shape)}: use jacobian(f, wrt), or sum(f) first"
        )
    found = adjoints(f, variables)
    return [_or_zero(found.get(x), x.shape, x.dtype) for x in variables]


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
    outputs = [_real(each, "y") for each in flatten(y)[0]]
    seeds = _matching(cotangents, y, outputs, "cotangent")
    variables, again = _variables(wrt, outputs)
    found = joint_adjoints(_forms(outputs, variables, simplify), variables, seeds)
    return again([_or_zero(found.get(x), x.shape, x.dtype) for x in variables])


def jvp(y: Any, wrt: Any, tangents: Any, simplify: str | None = "stable") -> Any:
    """Give the Jacobian-vector product Σ ∂y/∂x · tangent by forward mode, in the nesting and shapes of ``y``.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=2)
    >>> sg.evaluate(sg.jvp(sg.sin(x), x, [1.0, 0.0]), {x: [0, 0]})
    array([1., 0.])
    """
    leaves, again = flatten(y)
    outputs = [_real(each, "y") for each in leaves]
    variables, _ = _variables(wrt, outputs)
    seeds = _matching(tangents, wrt, variables, "tangent")
    outputs = _forms(outputs, variables, simplify)
    found = forward_tangents(outputs, dict(zip(variables, seeds, strict=True)))
    return again([_or_zero(found.get(output), output.shape, output.dtype) for output in outputs])


def jacobian(
    y: Any,
    wrt: Any,
    simplify: str | None = "stable",
    mode: str | None = None,
    sparse: bool = False,
    sizes: Mapping[str, int] | None = None,
) -> Any:
    """Give all derivatives ∂y/∂x, of shape ``y.shape + x.shape`` (numerator layout).

    For nestings of outputs or variables the result is the nesting of ``y`` with the nesting of ``wrt`` in
    the place of each leaf: for two lists, a list of rows. Structure such as diagonals stays symbolic, see
    :func:`structure`. ``mode`` is ``"reverse"`` (from the outputs), ``"forward"`` (from the variables), ``"cross"``
    (local Jacobians in the cheapest order) or ``None``: what needs fewer operations, see :func:`jacobian_mode`.

    With ``sparse=True`` the result is one :class:`~symgraph.autodiff.sparse.SparseJacobian` for all outputs and
    variables, each flattened and one behind the other; it needs a number for every named size, in ``sizes``.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=2)
    >>> sg.evaluate(sg.jacobian(x**2, x), {x: [1, 2]})
    array([[2., 0.],
           [0., 4.]])
    >>> J = sg.jacobian(x**2, x, sparse=True)
    >>> print(J.nnz, J.products, sg.evaluate(J, {x: [1, 2]}).data)
    2 1 [2. 4.]
    """
    if sparse:
        _refuse(mode)
        return sparse_jacobian(*_flat(y, wrt, simplify, sizes))
    leaves, again = flatten(y)
    outputs = [_real(each, "y") for each in leaves]
    variables, rows = _variables(wrt, outputs)
    result = []
    for output in outputs:
        form = _form(output, variables, simplify)
        found = choose(form, variables, mode).derivatives
        blocks = [_or_zero(found.get(x), output.shape + x.shape, output.dtype) for x in variables]
        result.append(rows(blocks if simplify is None else tidy(blocks, [form])))
    return again(result)


def hessian(
    f: Any,
    wrt: Any,
    simplify: str | None = "stable",
    mode: str | None = None,
    sparse: bool = False,
    sizes: Mapping[str, int] | None = None,
) -> Any:
    """Give the second derivatives of a scalar, of shape ``x.shape + x.shape``; blocks for several variables.

    The gradient is found by reverse mode, and differentiated in ``mode``, as in :func:`jacobian`.
    ``sparse=True`` and ``sizes``: as for :func:`jacobian`.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=2)
    >>> sg.evaluate(sg.hessian(sg.prod(x), x), {x: [3, 4]})
    array([[0., 1.],
           [1., 0.]])
    """
    if sparse:
        _refuse(mode)
        return sparse_jacobian(*_gradient_of(f, wrt, simplify, sizes), symmetric=True)
    variables = _variables(wrt, [lift(f)])[0]
    gradients = flatten(grad(f, wrt, simplify))[0]
    again = flatten(wrt)[1]
    return again([again(jacobian(g, list(variables), simplify, mode)) for g in gradients])


def jacobian_mode(y: Any, wrt: Any, simplify: str | None = "stable", sizes: Mapping[str, int] | None = None) -> Choice:
    """Say in which mode ``jacobian`` differentiates one output, and how many operations each mode needs.

    Args:
        y: an expression.
        wrt: the variables.
        simplify: as for :func:`grad`.
        sizes: numbers for named dimensions; any other counts as 64.

    >>> import symgraph as sg
    >>> t, A, u = sg.symbol("t"), sg.symbol("A", (20, 20)), sg.symbol("u", 20)
    >>> y = t * u + sg.tanh(A @ (t * u))
    >>> print(sg.jacobian_mode(y + sg.tanh(A @ y), t).mode)
    forward
    """
    output = _real(y, "y")
    variables = _variables(wrt, [output])[0]
    return choose(_form(output, variables, simplify), variables, None, sizes)


def sparsity(
    y: Any, wrt: Any, order: int = 1, simplify: str | None = "stable", sizes: Mapping[str, int] | None = None
) -> Any:
    """Give the pattern of the Jacobian (``order=1``) or the Hessian (``order=2``), without any value.

    Returns:
        A boolean ``scipy.sparse.csr_array``: one row for each entry of the outputs, one column for each entry of
        the variables, flattened and one behind the other. It holds every entry that can be different from zero.

    Raises:
        DifferentiationError: a named size has no number in ``sizes``.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape="n")
    >>> sg.sparsity(x[1:] - x[:-1], x, sizes={"n": 4}).toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    >>> sg.sparsity(sg.sum((x[1:] - x[:-1])**2), x, order=2, sizes={"n": 4}).nnz
    10
    """
    if order not in (1, 2):
        raise DifferentiationError(f"the pattern is that of order 1 (Jacobian) or 2 (Hessian), not {order!r}")
    if order == 1:
        return find_pattern(*_flat(y, wrt, simplify, sizes))
    return find_pattern(*_gradient_of(y, wrt, simplify, sizes), symmetric=True)


def _refuse(mode: str | None) -> None:
    if mode is not None:
        raise DifferentiationError(f"with sparse=True the colouring chooses the mode: leave out mode={mode!r}")


def _flat(y: Any, wrt: Any, simplify: str | None, sizes: Mapping[str, int] | None) -> tuple[list[Node], list[Node]]:
    """List outputs, in the form that is differentiated, and variables, with numbers for named sizes."""
    outputs = [_real(each, "y") for each in flatten(y)[0]]
    variables = _variables(wrt, outputs)[0]
    if not outputs or not variables:
        raise DifferentiationError("there is nothing to differentiate: no outputs, or no variables")
    joint = with_sizes([*_forms(outputs, variables, simplify), *variables], sizes)
    return joint[: len(outputs)], joint[len(outputs) :]


def _gradient_of(
    f: Any, wrt: Any, simplify: str | None, sizes: Mapping[str, int] | None
) -> tuple[list[Node], list[Node]]:
    """Like :func:`_flat` for the gradient, as back-propagation leaves it: products with constants keep their zeros."""
    f = _real(f, "f")
    variables = _variables(wrt, [f])[0]
    return _flat(_adjoints_of(_form(f, variables, simplify), variables), variables, simplify, sizes)


def hvp(f: Any, wrt: Any, v: Any, simplify: str | None = "stable") -> Any:
    """Give the Hessian-vector product without the Hessian: forward mode over reverse mode.

    For one array, the product of ``v`` with the factors of the Hessian's :func:`structure` is given instead where
    that needs no more operations: ``2·V·(WᵀW)`` for a matrix factorisation.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape=2)
    >>> sg.evaluate(sg.hvp(sg.prod(x), x, [1.0, 0.0]), {x: [3, 4]})
    array([0., 1.])
    """
    gradient = grad(f, wrt, simplify)
    product = jvp(gradient, wrt, v, simplify)
    if isinstance(wrt, (list, tuple, dict)) or not gradient.shape or is_large(gradient, _variables(wrt, [lift(f)])[0]):
        return product
    second = structure(jacobian(gradient, wrt, simplify, mode="reverse"))
    structured = second @ _shaped(v, gradient, "tangent")
    return structured if operations([structured]) <= operations([product]) else product


def derivative(f: Any, x: Any, order: int = 1, simplify: str | None = "stable") -> Node:
    """Give the ``order``-th derivative of a scalar with respect to a scalar, by Taylor mode.

    The size of the result grows with the square of the order, not exponentially.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> sg.evaluate(sg.derivative(sg.sin(x), x, order=3), {x: 0})
    -1.0
    """
    f = _real(f, "f")
    (variable,), _ = _variables(x, [f])
    if f.shape or variable.shape:
        raise DifferentiationError(
            f"derivative is for a scalar of a scalar; the shapes are {shape_text(f.shape)} and "
            f"{shape_text(variable.shape)}: use jacobian or taylor(..., direction=...)"
        )
    return _or_zero(
        _along(_form(f, [variable], simplify), variable, constant(1.0, variable.dtype), order)[-1], (), f.dtype
    )


def taylor(
    f: Any, x: Any, order: int, at: Any = None, direction: Any = None, simplify: str | None = "stable"
) -> list[Node]:
    """Give the Taylor coefficients c₀ … c_order of f(x + t·direction) in t, each of the shape of ``f``.

    Args:
        f: an expression of any shape.
        x: the variable.
        order: the highest power of t.
        at: the point to expand at; default the symbol ``x`` itself.
        direction: of the shape of ``x``; default 1 for a scalar.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> sg.evaluate(sg.taylor(sg.exp(x), x, 3, at=0.0), {})
    [1.0, 1.0, 0.5, 0.16666666666666666]
    """
    f = _real(f, "f")
    (variable,), _ = _variables(x, [f])
    if direction is None and variable.shape:
        raise DifferentiationError(f"taylor needs a direction, because x has shape {shape_text(variable.shape)}")
    step = _shaped(1.0 if direction is None else direction, variable, "direction")
    found = _along(_form(f, [variable], simplify), variable, step, order)
    terms = [_over_factorial(_or_zero(d, f.shape, f.dtype), k) for k, d in enumerate(found)]
    if at is None:
        return terms
    return substitute(terms, {variable: _shaped(at, variable, "point")})


def _over_factorial(value: Node, n: int) -> Node:
    """Divide by n! in steps whose divisors are exact in double precision; 171! would not even fit."""
    while n > 22:
        value, n = value / float(n), n - 1
    return value / float(factorial(n))


def _form(f: Node, variables: Sequence[Node], simplify: str | None) -> Node:
    return _forms([f], variables, simplify)[0]


def _forms(outputs: Sequence[Node], variables: Sequence[Node], simplify: str | None) -> list[Node]:
    """Give the forms that are differentiated; inner nodes that are variables are left alone."""
    if simplify is None:
        return list(outputs)
    if simplify not in ("exact", "stable", "algebraic"):
        raise DifferentiationError(f"simplify is 'stable', 'exact', 'algebraic' or None, not {simplify!r}")
    inner = [x for x in variables if x.args]
    return stabilise(outputs, inner) if simplify == "stable" else rewrite(outputs, simplify, inner)


def _along(f: Node, variable: Node, direction: Node, order: int) -> list[Node | None]:
    """Differentiate along a line; a direction that itself contains the variable is held fixed."""
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise DifferentiationError(f"the order of a derivative is an integer ≥ 0, not {order!r}")
    if variable not in topological([direction]):
        return line_derivatives(f, {variable: direction}, order)
    held = symbol("\0direction", direction.shape, direction.dtype)
    found = line_derivatives(f, {variable: held}, order)
    return [None if d is None else substitute([d], {held: direction})[0] for d in found]


def _real(value: Any, role: str) -> Node:
    node = lift(value)
    if not is_float(node.dtype):
        raise DifferentiationError(f"{role} has dtype {node.dtype}: only real (float) expressions have derivatives")
    return node


def _variables(wrt: Any, outputs: Sequence[Node]) -> tuple[list[Node], Any]:
    leaves, again = flatten(wrt)
    variables = [find(leaf, outputs, DifferentiationError) for leaf in leaves]
    for x in variables:
        if not is_float(x.dtype):
            raise DifferentiationError(
                f"{x} has dtype {x.dtype}: a derivative with respect to it does not exist; "
                "make it with dtype='float64' if it is meant to vary continuously"
            )
    return variables, again


def _matching(given: Any, like: Any, nodes: Sequence[Node], role: str) -> list[Node]:
    if isinstance(like, (list, tuple, dict)):
        leaves = flatten(given)[0] if isinstance(given, (list, tuple, dict)) else [given]
    else:
        leaves = [given]
    if len(leaves) != len(nodes):
        raise ShapeError(f"{len(nodes)} {role}s are needed, one for each, not {len(leaves)}")
    return [_shaped(leaf, node, role) for leaf, node in zip(leaves, nodes, strict=True)]


def _shaped(value: Any, node: Node, role: str) -> Node:
    given = lift(value, node)
    if given.shape == node.shape:
        return given
    if given.shape:
        raise ShapeError(f"the {role} has shape {shape_text(given.shape)}, but {shape_text(node.shape)} is needed")
    return broadcast_to(given, node.shape)


def _or_zero(node: Node | None, shape: Any, dtype: str) -> Node:
    return broadcast_to(constant(0.0, dtype), shape) if node is None else node
