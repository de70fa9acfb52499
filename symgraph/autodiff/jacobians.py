"""Jacobians and Hessians: dense with symbolic structure, sparse, and their products with a vector.

Layout: a Jacobian has the output's axes first (numerator layout), ``y.shape + x.shape``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import DifferentiationError
from ..core.nesting import flatten
from ..core.node import Node, lift
from ..rewrite.contraction_order import operations
from ..rewrite.tidy.derivatives import tidy
from .given import flat, form_of, or_zero, real_node, shaped, variables_of
from .gradients import adjoints_of, grad, jvp
from .modes import Choice, choose, is_large
from .sparse import find_pattern, sparse_jacobian
from .structure import structure


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
        return sparse_jacobian(*flat(y, wrt, simplify, sizes))
    leaves, again = flatten(y)
    outputs = [real_node(each, "y") for each in leaves]
    variables, rows = variables_of(wrt, outputs)
    result = []
    for output in outputs:
        form = form_of(output, variables, simplify)
        found = choose(form, variables, mode).derivatives
        blocks = [or_zero(found.get(x), output.shape + x.shape, output.dtype) for x in variables]
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
    variables = variables_of(wrt, [lift(f)])[0]
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
    output = real_node(y, "y")
    variables = variables_of(wrt, [output])[0]
    return choose(form_of(output, variables, simplify), variables, None, sizes)


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
        return find_pattern(*flat(y, wrt, simplify, sizes))
    return find_pattern(*_gradient_of(y, wrt, simplify, sizes), symmetric=True)


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
    variables = variables_of(wrt, [lift(f)])[0]
    if isinstance(wrt, (list, tuple, dict)) or not gradient.shape or is_large(gradient, variables):
        return product
    second = structure(jacobian(gradient, wrt, simplify, mode="reverse"))
    (structured,) = tidy([second @ shaped(v, gradient, "tangent")], [gradient])
    return structured if operations([structured]) <= operations([product]) else product


def _refuse(mode: str | None) -> None:
    if mode is not None:
        raise DifferentiationError(f"with sparse=True the colouring chooses the mode: leave out mode={mode!r}")


def _gradient_of(
    f: Any, wrt: Any, simplify: str | None, sizes: Mapping[str, int] | None
) -> tuple[list[Node], list[Node]]:
    """Like :func:`flat` for the gradient, as back-propagation leaves it: products with constants keep their zeros."""
    f = real_node(f, "f")
    variables = variables_of(wrt, [f])[0]
    return flat(adjoints_of(form_of(f, variables, simplify), variables), variables, simplify, sizes)
