"""Reductions of rows in elementwise steps, sums and extremes, as machine code computes them.

They follow the NumPy functions of the records, so that ties, infinities, nan and empty rows come out the same. The
Euclidean norm takes one pass over the row: large, medium and small entries are summed apart, each scaled by a
power of two, so that squares neither overflow nor vanish (J. L. Blue, A portable Fortran program to find the Euclidean
norm of a vector, ACM TOMS 4, 1978).
"""

from __future__ import annotations

from ..core.dimension import Dim, Size
from ..core.dtype import is_float
from ..core.node import Node, apply, constant, make
from ..core.operator import OPS
from ..core.shape import size_of
from .arrays.indexing import drop_axis
from .arrays.structure import RESHAPE, expand_dims
from .rows.axes import Axes, applied, level, row_size, row_sum
from .tensor.dimension import dimension
from .tensor.products import broadcast_to

# Exponents of two: entries beyond ±limit count as large or small, and are scaled by −down or +up.
SCALES = {"float64": (480, 600, 600), "float32": (52, 75, 88)}


def _flag(condition: Node, dtype: str) -> Node:
    """1 where true, 0 elsewhere."""
    return applied("where", condition, constant(1.0, dtype), constant(0.0, dtype))


def _nonzero(x: Node) -> Node:
    return x if x.dtype == "bool" else applied("not_equal", x, 0.0)


# --- truth ------------------------------------------------------------------------------------


def any_steps(node: Node) -> Node | None:
    """The number of entries that are not zero is not zero."""
    (x,), (axes,) = node.args, node.attrs
    if "int" in x.dtype:
        return None
    return applied("not_equal", row_sum(_flag(_nonzero(x), "float64"), axes), 0.0)


def all_steps(node: Node) -> Node | None:
    """The number of entries that are zero is zero."""
    (x,), (axes,) = node.args, node.attrs
    if "int" in x.dtype:
        return None
    return applied("equal", row_sum(_flag(applied("logical_not", _nonzero(x)), "float64"), axes), 0.0)


def if_used_steps(node: Node) -> Node | None:
    """Zeros for each place of the stack where g has no entry that is not zero."""
    g, x = node.args
    g_rank, x_rank = node.attrs
    if not is_float(g.dtype) or not is_float(x.dtype):
        return None
    used = row_sum(_flag(_nonzero(g), "float64"), tuple(range(-g_rank, 0)))
    beside = expand_dims(used, tuple(range(used.ndim, used.ndim + x_rank))) if used.shape else used
    return applied("where", applied("not_equal", beside, 0.0), x, constant(0.0, x.dtype))


# --- positions --------------------------------------------------------------------------------


def position_steps(node: Node, of: str) -> Node | None:
    """The first place where the row's extreme stands, or nan: counted by a running sum of ones."""
    (x,), (axes,) = node.args, node.attrs
    if not is_float(x.dtype) or row_size(x.shape, axes) == 0:
        return None
    if len(axes) > 1:
        if len(axes) < x.ndim:
            return None
        x, axes = apply(RESHAPE, (x,), ((size_of(x.shape),),)), (-1,)
    if not axes:
        return None
    size = x.shape[axes[0]]
    count = apply(OPS["cumsum"], (broadcast_to(constant(1.0), (size,)),), (-1, False))
    shape = (size,) + (1,) * (-axes[0] - 1)
    place = (
        apply(RESHAPE, (applied("subtract", count, 1.0),), (shape,))
        if len(shape) > 1
        else applied("subtract", count, 1.0)
    )
    extreme = level(apply(OPS[of], (x,), (axes,)), x.shape, axes)
    wanted = applied("logical_or", applied("equal", x, extreme), applied("isnan", x))
    first = apply(OPS["min"], (applied("where", wanted, place, constant(float("inf"))),), (axes,))
    return make(OPS["astype"], (first,), ("int64",))


# --- norms and dispersion ---------------------------------------------------------------------


def _scaled_norm(x: Node, axes: Axes) -> tuple[Node, Node, Node]:
    """Give the norm of scaled rows, what the rows are scaled by, and its inverse; each a power of two."""
    limit, down, up = SCALES[x.dtype]
    size = applied("absolute", x)
    large, small = applied("greater", size, 2.0**limit), applied("less", size, 2.0**-limit)
    zero = constant(0.0, x.dtype)

    def part(entries: Node) -> Node:
        return row_sum(applied("multiply", entries, entries), axes)

    top = part(applied("where", large, applied("multiply", x, 2.0**-down), zero))
    middle = part(applied("where", applied("logical_or", large, small), zero, x))
    low = part(applied("where", small, applied("multiply", x, 2.0**up), zero))
    is_large = applied("greater", top, 0.0)
    is_small = applied("logical_and", applied("logical_not", is_large), applied("equal", middle, 0.0))

    def chosen(at_large: Node | float, at_small: Node | float, otherwise: Node | float) -> Node:
        return applied(
            "where", is_large, _real(at_large, x), applied("where", is_small, _real(at_small, x), _real(otherwise, x))
        )

    with_middle = applied("add", top, applied("multiply", middle, 2.0 ** (-2 * down)))
    with_low = applied("add", middle, applied("multiply", low, 2.0 ** (-2 * up)))
    root = applied("sqrt", chosen(with_middle, low, with_low))
    return root, chosen(2.0**-down, 2.0**up, 1.0), chosen(2.0**down, 2.0**-up, 1.0)


def _real(value: Node | float, like: Node) -> Node:
    return value if isinstance(value, Node) else constant(value, like.dtype)


def norm_steps(node: Node) -> Node | None:
    """The norm of the scaled row, scaled back."""
    (x,), (axes,) = node.args, node.attrs
    if not is_float(x.dtype) or not axes:
        return None
    reduced, _, back = _scaled_norm(x, axes)
    return applied("multiply", reduced, back)


def unit_steps(node: Node) -> Node | None:
    """The scaled row divided by its norm."""
    (x,), (axes,) = node.args, node.attrs
    if not is_float(x.dtype) or not axes:
        return None
    reduced, scale, _ = _scaled_norm(x, axes)
    divisor = applied("where", applied("equal", reduced, 0.0), constant(1.0, x.dtype), reduced)
    scaled = applied("multiply", x, level(scale, x.shape, axes))
    return applied("divide", scaled, level(divisor, x.shape, axes))


def _deviations(node: Node) -> tuple[Node, Node] | None:
    """Give the deviations from the mean, and the degrees of freedom."""
    (x,), (axes, ddof) = node.args, node.attrs
    if not is_float(x.dtype) or not axes:
        return None
    count = row_size(x.shape, axes)
    mean = applied("divide", row_sum(x, axes), dimension(count, x.dtype))
    freedom: Size = count - ddof
    left = dimension(freedom if isinstance(freedom, Dim) else max(freedom, 0), x.dtype)
    if isinstance(freedom, Dim):
        left = applied("maximum", left, 0.0)
    return applied("subtract", x, level(mean, x.shape, axes)), left


def var_steps(node: Node) -> Node | None:
    """Sum of the squared deviations, divided by the degrees of freedom."""
    found = _deviations(node)
    if found is None:
        return None
    away, freedom = found
    return applied("divide", row_sum(applied("multiply", away, away), node.attrs[0]), freedom)


def std_steps(node: Node) -> Node | None:
    """Norm of the deviations, divided by the root of the degrees of freedom."""
    found = _deviations(node)
    if found is None:
        return None
    away, freedom = found
    reduced, _, back = _scaled_norm(away, node.attrs[0])
    return applied("divide", applied("multiply", reduced, back), applied("sqrt", freedom))


# --- products ---------------------------------------------------------------------------------


def prod_steps(node: Node) -> Node | None:
    """The last of the running products, in NumPy's order; several axes that are not the last ones are left to it."""
    (x,), (axes,) = node.args, node.attrs
    if not is_float(x.dtype) or not axes:
        return None
    if len(axes) > 1:
        if axes != tuple(range(-len(axes), 0)):
            return None
        x = apply(RESHAPE, (x,), ((*x.shape[: axes[0]], row_size(x.shape, axes)),))
    axis = axes[-1]
    size = x.shape[axis]
    if not isinstance(size, int) or size == 0:  # it may be empty: begin with a one
        first = (*x.shape[: x.ndim + axis], 1, *x.shape[x.ndim + axis + 1 :])
        x = apply(OPS["concatenate"], (broadcast_to(constant(1.0, x.dtype), first), x), (axis,))
    running = apply(OPS["cumprod"], (x,), (axis,))
    return drop_axis(running, axis, x.shape[axis] - 1)
