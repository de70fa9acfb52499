"""How elementwise operators are declared: one call makes the record and the function that users call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.dimension import Shape
from ..core.dtype import promote, promote_float
from ..core.errors import DTypeError, SymgraphError
from ..core.node import Node, apply, lift
from ..core.operator import (
    Attributes,
    Builder,
    CanonicalRule,
    Example,
    ForwardRule,
    InferRule,
    Kink,
    Known,
    Linearity,
    Lowering,
    Notation,
    Operator,
    Partial,
    ReverseRule,
    register,
)
from ..core.shape import broadcast_shapes
from .defined import show_as

Interval = tuple[float, float]
NEAR_ZERO = (-1e-6, 1e-6)  # where functions that vanish in several orders would cancel


def joint_shape(args: Sequence[Node]) -> Shape:
    """Broadcast the shapes of the arguments."""
    first = args[0].shape
    for arg in args:
        if arg.shape != first:
            return broadcast_shapes(*[each.shape for each in args])
    return first


def infer_float(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """Broadcast; integers and booleans become ``float64``."""
    if len(args) == 1 and args[0].dtype == "float64":
        return args[0].shape, "float64"
    return joint_shape(args), promote_float(*[arg.dtype for arg in args])


def infer_same(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """Broadcast; the dtype is the promoted one."""
    dtype = args[0].dtype
    if all(arg.dtype == dtype for arg in args):
        return joint_shape(args), dtype
    return joint_shape(args), promote(*[arg.dtype for arg in args])


def infer_number(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """Like :func:`infer_same`, for operators that have no meaning on truth values."""
    shape, dtype = infer_same(args, attrs)
    if dtype == "bool":
        raise DTypeError("truth values have no arithmetic here: use logical_and, logical_or, or astype(x, 'int64')")
    return shape, dtype


def infer_bool(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    """Broadcast; the dtype is ``bool``."""
    return joint_shape(args), "bool"


def lift_all(values: Sequence[Any]) -> tuple[Node, ...]:
    """Turn arguments into expressions; plain numbers take the dtype of the first expression among them."""
    for value in values:
        if value.__class__ is not Node:
            break
    else:
        return tuple(values)
    like = next((value for value in values if value.__class__ is Node), None)
    return tuple([value if value.__class__ is Node else lift(value, like) for value in values])


def tried_in(number: Interval, matrix: Interval, vector: Interval, orders: Sequence[int] = ()) -> tuple[Example, ...]:
    """Give examples of an operator of one argument in three intervals; ``orders`` are its attribute in each of them."""
    attributes: list[Attributes] = [(n,) for n in orders] or [()] * 3
    drawn = zip(((), (2, 3), (3,)), attributes, (number, matrix, vector), strict=True)
    return tuple([Example((shape,), attrs, (interval,)) for shape, attrs, interval in drawn])


def elementwise(
    name: str,
    family: str,
    doc: str,
    numpy: Callable[..., Any],
    mpmath: Callable[..., Any],
    partials: Sequence[Partial],
    domain: Sequence[Interval],
    *,
    notation: Notation | None = None,
    infer: InferRule = infer_float,
    linearity: Linearity = Linearity.NONE,
    differentiable: bool = True,
    selective: bool = False,
    taken: Callable[[Node, int], Node] | None = None,
    canonical: CanonicalRule | None = None,
    attributes: tuple[str, ...] = (),
    examples: Sequence[Example] = (),
    aliases: Sequence[str] = (),
    known: Sequence[Known] = (),
    kinks: Sequence[Kink] = (),
    traits: Sequence[str] = (),
    source: str = "",
    lowering: Lowering = None,
    ulps: float = 16.0,
    reverse: ReverseRule | None = None,
    forward: ForwardRule | None = None,
    function: Builder | None = None,
) -> Builder:
    """Register an elementwise operator and give the function that builds it.

    ``domain`` holds one interval per argument, inside which the tests draw points. ``partials`` are called
    with the attributes, the arguments and the node itself; see :class:`~symgraph.core.operator.Operator`.
    ``reverse`` and ``forward`` stand in the place of the partials where those cannot say it. ``function`` replaces
    the default builder, which takes the arguments in order.
    """
    arity = len(domain)

    def build(*values: Any) -> Node:
        if len(values) != arity:
            raise SymgraphError(f"{name} takes {arity} argument{'s' * (arity > 1)}, not {len(values)}")
        return apply(record, lift_all(values))

    show_as(build, name, doc)
    scalars = Example(((),) * arity, domain=tuple(domain))
    arrays = Example(((2, 3), (3,), (2, 1))[:arity], domain=tuple(domain))
    record = Operator(
        name=name,
        family=family,
        doc=doc,
        arity=arity,
        infer=infer,
        numpy=numpy,
        mpmath=mpmath,
        notation=notation or Notation(name, rf"\operatorname{{{name}}}", name),
        attributes=attributes,
        elementwise=True,
        partials=tuple(partials) or None,
        reverse=reverse,
        forward=forward,
        linearity=linearity,
        differentiable=differentiable,
        selective=selective,
        taken=taken,
        canonical=canonical,
        aliases=tuple(aliases),
        examples=tuple(examples) or (scalars, arrays),
        known=tuple(known),
        kinks=tuple(kinks),
        traits=frozenset(traits),
        source=source,
        lowering=lowering,
        ulps=ulps,
    )
    register(record, function or build)
    return function or build
