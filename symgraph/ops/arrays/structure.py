"""Changing the arrangement of arrays: reshape, join, roll, dtype; and stop_gradient.

All of these are linear. What only inserts axes of size 1 or repeats is a contraction, so that it merges
with the products around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from ...core.dependence import numbers, same_entries, taken
from ...core.dimension import Dim, Shape, Size
from ...core.dtype import as_dtype, is_float
from ...core.errors import ShapeError
from ...core.lowering import Alias, Cast, Expansion
from ...core.node import CONSTANT, Node, apply, constant, lift
from ...core.operator import (
    OPS,
    ZERO,
    Attributes,
    Example,
    Known,
    Linearity,
    Notation,
    Operator,
    register,
)
from ...core.shape import as_shape, is_concrete, normalize_axes, normalize_axis, shape_text, size_of
from .. import lowerings
from ..defined import defined
from ..elementwise import elementwise, infer_same
from ..roll_steps import roll_steps
from ..tensor.contraction import CONTRACT, contract

FAMILY = "structure"


def push_alone(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    """Forward rule of an operator that is linear in its first argument and fixed by the others."""
    tangent = tangents[0]
    return None if tangent is None else apply(node.op, (tangent, *node.args[1:]), node.attrs)


def _batch(node: Node, g: Node) -> int:
    return g.ndim - node.ndim


# --- reshape ----------------------------------------------------------------------------------


def _reshape_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    (x,), (shape,) = args, attrs
    if size_of(x.shape) != size_of(shape):
        raise ShapeError(
            f"shape {shape_text(x.shape)} holds {size_of(x.shape)} entries, "
            f"and shape {shape_text(shape)} holds {size_of(shape)}"
        )
    return shape, x.dtype


def _reshape_canonical(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    (x,), (shape,) = args, attrs
    if x.shape == shape:
        return x
    if x.op is RESHAPE:
        return apply(RESHAPE, x.args, attrs)
    if size_of(x.shape) != size_of(shape):
        return None
    if x.op is CONSTANT and is_concrete(shape):
        return constant(np.reshape(x.value, shape), x.dtype)
    long = [size for size in x.shape if size != 1]
    if long != [size for size in shape if size != 1]:
        return None
    if x.op is CONTRACT:
        subscripts, output, sizes = x.attrs[:3]
        kept = [i for i in output if sizes[i] != 1]
        return _with_ones(x.args, subscripts, kept, dict(enumerate(sizes)), shape)
    if len(long) == x.ndim:
        return _with_ones((x,), (tuple(range(x.ndim)),), range(x.ndim), dict(enumerate(x.shape)), shape)
    return None


def _with_ones(args: Any, subscripts: Any, kept: Sequence[int], sizes: dict[int, Size], shape: Shape) -> Node:
    """Make a contraction whose result has the axes ``kept``, and axes of size 1 where ``shape`` has them."""
    left, output = iter(kept), []
    for size in shape:
        if size == 1:
            output.append(len(sizes))
            sizes[len(sizes)] = 1
        else:
            output.append(next(left))
    return contract(args, subscripts, tuple(output), sizes)


def reshape(x: Any, *shape: Any) -> Node:
    """Arrange the same entries in another shape; one size may be -1 and is then computed.

    Raises:
        ShapeError: the number of entries differs, or the size in place of -1 is not a polynomial in the named sizes.

    >>> import symgraph as sg
    >>> sg.reshape(sg.symbol("x", shape=("n", 6)), (2, -1)).shape
    (2, 3*n)
    """
    x = lift(x)
    wanted = shape[0] if len(shape) == 1 else shape
    listed = list(wanted) if isinstance(wanted, (tuple, list)) else [wanted]
    free = [place for place, size in enumerate(listed) if not isinstance(size, (str, Dim)) and size == -1]
    if not free:
        return apply(RESHAPE, (x,), (as_shape(listed),))
    if len(free) > 1:
        raise ShapeError(f"reshape: only one size can be -1, not {len(free)}")
    rest = as_shape([size for place, size in enumerate(listed) if place != free[0]])
    total, known = size_of(x.shape), size_of(rest)
    missing: Size | None = None
    if isinstance(total, Dim):
        missing = total.exact_divide(known) if known != 0 else None
    elif isinstance(known, int) and known and total % known == 0:
        missing = total // known
    if missing is None:
        raise ShapeError(f"reshape: shape {shape_text(x.shape)} cannot be divided into {shape_text(rest)} and -1")
    return apply(RESHAPE, (x,), ((*rest[: free[0]], missing, *rest[free[0] :]),))


RESHAPE: Operator = register(
    Operator(
        name="reshape",
        family=FAMILY,
        doc="The same entries in the same (row-major) order in another shape.",
        arity=1,
        attributes=("shape",),
        infer=_reshape_infer,
        numpy=lambda shape, x: np.reshape(x, shape),
        notation=Notation("reshape", r"\operatorname{reshape}", "reshape"),
        reverse=lambda node, g, i: apply(RESHAPE, (g,), (g.shape[: _batch(node, g)] + node.args[0].shape,)),
        forward=push_alone,
        linearity=Linearity.JOINT,
        dependence=same_entries,
        canonical=_reshape_canonical,
        lowering=Alias(),
        examples=(Example(((2, 3),), ((3, 2),)), Example(((4,),), ((2, 1, 2),)), Example(((1, 1),), ((),))),
    ),
    reshape,
)


def ravel(x: Any) -> Node:
    """All entries in one row-major vector."""
    x = lift(x)
    return apply(RESHAPE, (x,), ((size_of(x.shape),),))


def expand_dims(x: Any, axis: int | Sequence[int]) -> Node:
    """Insert axes of size 1 at the given places of the result."""
    x = lift(x)
    rank = x.ndim + (len(axis) if isinstance(axis, (tuple, list)) else 1)
    places = normalize_axes(axis, rank, "expand_dims")
    sizes: dict[int, Size] = dict(enumerate(x.shape))
    sizes.update((x.ndim + k, 1) for k in range(len(places)))
    old, new = iter(range(x.ndim)), iter(range(x.ndim, rank))
    output = tuple([next(new) if place in places else next(old) for place in range(rank)])
    return contract((x,), (tuple(range(x.ndim)),), output, sizes)


def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Node:
    """Remove axes of size 1: the given ones, or all whose size is known to be 1."""
    x = lift(x)
    places = [k for k, size in enumerate(x.shape) if size == 1]
    if axis is not None:
        places = list(normalize_axes(axis, x.ndim, "squeeze"))
        for place in places:
            if x.shape[place] != 1:
                raise ShapeError(f"squeeze: axis {place} of shape {shape_text(x.shape)} does not have size 1")
    return apply(RESHAPE, (x,), (tuple([size for k, size in enumerate(x.shape) if k not in places]),))


# --- entries stay, place or kind changes ------------------------------------------------------


def _same(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return args[0].shape, args[0].dtype


def roll(x: Any, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Node:
    """Move entries along axes, cyclically; without an axis through the flattened array."""
    found = lift(x)
    if axis is None:
        if not isinstance(shift, int):
            raise ShapeError("roll: several shifts need their axes")
        return apply(RESHAPE, (apply(ROLL, (ravel(found),), (shift, -1)),), (found.shape,))
    axes = [axis] if isinstance(axis, int) else list(axis)
    shifts = [shift] * len(axes) if isinstance(shift, int) else list(shift)
    if len(shifts) != len(axes):
        raise ShapeError(f"roll: {len(shifts)} shifts for {len(axes)} axes")
    for amount, each in zip(shifts, axes, strict=True):
        found = apply(ROLL, (found,), (int(amount), normalize_axis(each, found.ndim, "roll") - found.ndim))
    return found


ROLL: Operator = register(
    Operator(
        name="roll",
        family=FAMILY,
        doc="Entries moved along an axis (counted from the end), the last ones coming back at the front.",
        arity=1,
        attributes=("shift", "axis"),
        infer=_same,
        numpy=lambda shift, axis, x: np.roll(x, shift, axis),
        notation=Notation("roll", r"\operatorname{roll}", "roll"),
        reverse=lambda node, g, i: apply(ROLL, (g,), (-node.attrs[0], node.attrs[1])),
        forward=push_alone,
        linearity=Linearity.JOINT,
        dependence=lambda site: [taken(np.roll(numbers(site.shape), *site.attrs))],
        canonical=lambda args, attrs: args[0] if attrs[0] == 0 else None,
        lowering=Expansion(roll_steps),
        examples=(Example(((4,),), (1, -1)), Example(((2, 3),), (-2, -1)), Example(((3, 2),), (1, -2))),
    ),
    roll,
)


def _astype_mpmath(dtype: str, x: Any) -> Any:
    if is_float(dtype):
        return np.asarray(x)
    x = np.asarray(x)
    if dtype == "bool":
        return (x != 0).astype(bool)
    out = np.empty(x.shape, dtype=object)
    for place in np.ndindex(out.shape):
        out[place] = mpmath.mpf(int(x[place]))
    return out


def astype(x: Any, dtype: Any) -> Node:
    """The same numbers in another dtype; floats become integers by cutting off the fraction."""
    return apply(ASTYPE, (lift(x),), (as_dtype(dtype),))


ASTYPE: Operator = register(
    Operator(
        name="astype",
        family=FAMILY,
        doc=str(astype.__doc__),
        arity=1,
        attributes=("dtype",),
        infer=lambda args, attrs: (args[0].shape, attrs[0]),
        numpy=lambda dtype, x: np.asarray(x).astype(dtype)[()],
        mpmath=_astype_mpmath,
        notation=Notation("astype", r"\operatorname{astype}", "astype"),
        reverse=lambda node, g, i: apply(ASTYPE, (g,), (node.args[0].dtype,)),
        forward=push_alone,
        linearity=Linearity.JOINT,
        dependence=same_entries,
        canonical=lambda args, attrs: args[0] if args[0].dtype == attrs[0] else None,
        lowering=Cast(),
        examples=(Example(((2, 3),), ("float64",)),),
    ),
    astype,
)

stop_gradient = elementwise(
    "stop_gradient",
    FAMILY,
    "The argument itself, counted as constant: its derivative is proved zero in every mode.",
    lambda x: x,
    lambda x: x,
    (ZERO,),
    ((-3, 3),),
    infer=infer_same,
    traits=("constant in derivatives",),
    known=(Known((2.0,), 2.0, (0.0,)),),
    lowering=lowerings.identity,
)

STOP_GRADIENT = OPS["stop_gradient"]

defined(ravel, FAMILY, np.ravel, (Example(((2, 3),)),), aliases=("flatten",))
defined(expand_dims, FAMILY, np.expand_dims, (Example(((2, 3),), (1,)),))
defined(squeeze, FAMILY, np.squeeze, (Example(((2, 1, 3),)), Example(((1, 2, 1),), (0,))))
