"""Maximum and minimum, clipping, absolute value, sign and steps.

Every kink has one published convention, the same for all spellings; see also slope.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ..core.node import Node, lift, method
from ..core.operator import (
    OPS,
    ZERO,
    Attributes,
    Builder,
    Example,
    Kink,
    Known,
    Notation,
)
from . import lowerings
from .arithmetic import multiply
from .comparison import equal, isnan, not_equal
from .defined import defined
from .elementwise import elementwise, infer_number, infer_same, lift_all
from .functions.elementary import INF, NAN, named
from .slope import hand_back, hand_on, max_share, sgn
from .where import where

FAMILY = "piecewise"
TIE = Kink("x = y", "each gets half; second derivatives are nan")


def _same_argument(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    return args[0] if args[0] is args[1] else None


def _nan_or(x: Any, y: Any, value: Any) -> Any:
    return mpmath.nan if mpmath.isnan(x) or mpmath.isnan(y) else value


def _choice(name: str, doc: str, numpy: Any, mp: Any, greater: bool, known: tuple[Known, ...]) -> Builder:
    def shares(node: Node) -> tuple[Node, Node]:
        x, y = node.args
        return (max_share(x, y), max_share(y, x)) if greater else (max_share(y, x), max_share(x, y))

    return elementwise(
        name,
        FAMILY,
        doc,
        numpy,
        mp,
        (),
        ((-3, 3), (-3, 3)),
        infer=infer_same,
        notation=Notation(name, rf"\{name[:3]}", name[:3]),
        reverse=lambda node, g, i: hand_back(node, g, shares(node)[i], i),
        forward=lambda node, tangents: hand_on(node, shares(node), tangents),
        selective=True,
        taken=lambda node, i: not_equal(shares(node)[i], 0),
        canonical=_same_argument,
        traits=("commutative", "keeps positive", "keeps whole"),
        kinks=(TIE,),
        known=known,
        lowering=lowerings.maximum if greater else lowerings.minimum,
    )


maximum = _choice(
    "maximum",
    "The greater of two numbers, entry by entry; nan if either is nan.",
    np.maximum,
    lambda x, y: _nan_or(x, y, x if x > y else y),
    True,
    (
        Known((1.0, 2.0), 2.0, (0.0, 1.0)),
        Known((1.0, 1.0), 1.0, (0.5, 0.5)),
        Known((0.0, 0.0), 0.0, (0.5, 0.5)),
        Known((-INF, INF), INF, (0.0, 1.0)),
        Known((NAN, 1.0), NAN, (NAN, NAN)),
        Known((1.0, NAN), NAN, (NAN, NAN)),
    ),
)
minimum = _choice(
    "minimum",
    "The smaller of two numbers, entry by entry; nan if either is nan.",
    np.minimum,
    lambda x, y: _nan_or(x, y, x if x < y else y),
    False,
    (
        Known((1.0, 2.0), 1.0, (1.0, 0.0)),
        Known((1.0, 1.0), 1.0, (0.5, 0.5)),
        Known((-INF, INF), -INF, (1.0, 0.0)),
        Known((NAN, 1.0), NAN, (NAN, NAN)),
        Known((1.0, NAN), NAN, (NAN, NAN)),
    ),
)


def fmax(x: Any, y: Any) -> Node:
    """The greater of two numbers, entry by entry; a nan gives way to the other."""
    x, y = lift_all((x, y))
    return where(isnan(x), y, where(isnan(y), x, maximum(x, y)))


def fmin(x: Any, y: Any) -> Node:
    """The smaller of two numbers, entry by entry; a nan gives way to the other."""
    x, y = lift_all((x, y))
    return where(isnan(x), y, where(isnan(y), x, minimum(x, y)))


def clip(x: Any, lower: Any = None, upper: Any = None) -> Node:
    """x moved into [lower, upper]: ``minimum(maximum(x, lower), upper)``, as in NumPy.

    Args:
        x: an array.
        lower: the lower end, or ``None`` for none.
        upper: the upper end, or ``None`` for none. All shapes broadcast.

    >>> import symgraph as sg
    >>> x = sg.symbol("x")
    >>> clip(x, 0, 1) is sg.minimum(sg.maximum(x, 0), 1)
    True
    """
    x = lift(x)
    if lower is not None:
        x = maximum(x, lower)
    return x if upper is None else minimum(x, upper)


_PAIR = (Example(((), ()), domain=((-3, 3), (-3, 3))), Example(((2, 3), (3,)), domain=((-3, 3), (-3, 3))))
_FKNOWN = (Known((1.0, 1.0), 1.0, (0.5, 0.5)), Known((NAN, NAN), NAN))
defined(
    fmax,
    FAMILY,
    np.fmax,
    _PAIR,
    kinks=(TIE,),
    known=(*_FKNOWN, Known((NAN, 1.0), 1.0, (0.0, 1.0)), Known((1.0, 2.0), 2.0, (0.0, 1.0))),
)
defined(
    fmin,
    FAMILY,
    np.fmin,
    _PAIR,
    kinks=(TIE,),
    known=(*_FKNOWN, Known((1.0, NAN), 1.0, (1.0, 0.0)), Known((1.0, 2.0), 1.0, (1.0, 0.0))),
)
defined(
    clip,
    FAMILY,
    np.clip,
    (
        Example(((), (), ()), domain=((-3, 3), (-2, -1), (1, 2))),
        Example(((2, 3), (3,), ()), domain=((-3, 3), (-2, -1), (1, 2))),
    ),
    kinks=(Kink("x = lower, x = upper", "1/2, as in maximum and minimum; second derivatives are nan"),),
    known=(
        Known((0.0, 0.0, 1.0), 0.0, (0.5, 0.5, 0.0)),
        Known((1.0, 0.0, 1.0), 1.0, (0.5, 0.0, 0.5)),
        Known((0.5, 0.0, 1.0), 0.5, (1.0, 0.0, 0.0)),
        Known((INF, 0.0, 1.0), 1.0, (0.0, 0.0, 1.0)),
        Known((NAN, 0.0, 1.0), NAN, (NAN, NAN, NAN)),
    ),
)


# --- absolute value and sign ------------------------------------------------------------------------


def _canonical_absolute(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    if args[0].op is OPS["absolute"]:
        return args[0]
    return absolute(args[0].args[0]) if args[0].op is OPS["negative"] else None


absolute = elementwise(
    "absolute",
    FAMILY,
    "Absolute value |x|.",
    np.absolute,
    abs,
    (lambda x, y: sgn(x),),
    ((-3, 3),),
    infer=infer_same,
    notation=Notation("abs", r"\operatorname{abs}", "|x|"),
    aliases=("abs",),
    canonical=_canonical_absolute,
    traits=("even", "even root", "nonnegative", "keeps whole"),
    kinks=(Kink("x = 0", "the derivative is 0; second derivatives are nan"),),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((-0.0,), 0.0, (0.0,)),
        Known((-2.0,), 2.0, (-1.0,)),
        Known((-INF,), INF, (-1.0,)),
        Known((NAN,), NAN, (NAN,)),
    ),
    lowering=lowerings.intrinsic("fabs"),
)


def fabs(x: Any) -> Node:
    """Absolute value |x| as a real number, also of integers and truth values."""
    return absolute(multiply(x, 1.0))


defined(fabs, FAMILY, np.fabs, (Example(((2, 3),), domain=((-3, 3),)),))
sign = elementwise(
    "sign",
    FAMILY,
    "Sign of x: −1, 0 or 1. Its derivative is 0 everywhere.",
    np.sign,
    mpmath.sign,
    (ZERO,),
    ((-3, 3),),
    infer=infer_number,
    notation=named("sign"),
    traits=("odd", "bounded", "nondecreasing", "whole"),
    kinks=(Kink("x = 0", "the derivative is 0"),),
    known=(
        Known((0.0,), 0.0, (0.0,)),
        Known((-2.0,), -1.0, (0.0,)),
        Known((INF,), 1.0, (0.0,)),
        Known((NAN,), NAN, (0.0,)),
    ),
    lowering=lowerings.sign,
)


def _mp_heaviside(x: Any, y: Any) -> Any:
    if mpmath.isnan(x):
        return x
    return y if x == 0 else mpmath.mpf(1 if x > 0 else 0)


heaviside = elementwise(
    "heaviside",
    FAMILY,
    "Step: 0 for x < 0, y at x = 0, 1 for x > 0. Its derivative with respect to x is 0 everywhere.",
    np.heaviside,
    _mp_heaviside,
    (ZERO, lambda x, y, z: where(equal(x, 0), lift(1.0, z), lift(0.0, z))),
    ((-3, 3), (-3, 3)),
    notation=named("heaviside"),
    selective=True,
    taken=lambda node, i: equal(node.args[0], 0),
    kinks=(Kink("x = 0", "the derivative with respect to x is 0"),),
    known=(
        Known((0.0, 0.5), 0.5, (0.0, 1.0)),
        Known((-0.0, 0.25), 0.25, (0.0, 1.0)),
        Known((-2.0, 0.5), 0.0, (0.0, 0.0)),
        Known((2.0, NAN), 1.0, (0.0, 0.0)),
        Known((NAN, 0.5), NAN),
    ),
    lowering=lowerings.heaviside,
)


def _mp_copysign(x: Any, y: Any) -> Any:
    return -abs(x) if y < 0 else abs(x)


copysign: Builder = elementwise(
    "copysign",
    FAMILY,
    "|x| with the sign of y, where −0.0 counts as negative (mpmath has no −0.0 and takes it for 0).",
    np.copysign,
    _mp_copysign,
    (lambda x, y, z: sgn(x) * copysign(lift(1.0, z), y), ZERO),
    ((-3, 3), (-3, 3)),
    notation=named("copysign"),
    kinks=(
        Kink("x = 0", "the derivative is 0; second derivatives are nan"),
        Kink("y = 0", "the derivative with respect to y is 0"),
    ),
    known=(
        Known((2.0, -3.0), -2.0, (-1.0, 0.0)),
        Known((-2.0, -3.0), -2.0, (1.0, 0.0)),
        Known((0.0, 1.0), 0.0, (0.0, 0.0)),
        Known((INF, -1.0), -INF, (-1.0, 0.0)),
        Known((NAN, 1.0), NAN, (NAN, 0.0)),
    ),
    traits=("reads sign bits",),
    lowering=lowerings.intrinsic("copysign"),
)

method("__abs__", absolute)
