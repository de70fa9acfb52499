"""What is left of the series of eˣ, sin, cos, sinh and cosh from xⁿ on: eˣ − 1 − x, x − sin x, sinh x − x.

The derivative of a tail is the tail before: closed forms of every order, none of which cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial
from typing import Any

import mpmath
import numpy as np

from ...core.dimension import Shape
from ...core.node import Node
from ...core.operator import FUNCTIONS, Attributes, Builder, Example, Known
from ..defined import show_as
from ..elementwise import elementwise, infer_float
from ..functions.elementary import INF, NAN, named
from ..kernel_lowering import traced
from ..special.orders import HIGHEST, checked_order, in_double, ordered
from .differences import FAMILY

FAR = 700.0  # from here on, powers of x are nothing beside eˣ
Function = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Series:
    """Σ signʲ·xᵏ/k! over every ``step``-th k: eˣ, or with steps of two cosines (from k = 0 on) and sines (k = 1)."""

    step: int
    sign: int
    wholes: tuple[Function, ...]


EXPONENTIAL = Series(1, 1, (np.exp,))
CIRCULAR = Series(2, -1, (np.cos, np.sin))
HYPERBOLIC = Series(2, 1, (np.cosh, np.sinh))


def terms(step: int, sign: int, first: int, count: int, x: Any) -> Any:
    """Sum ``count`` terms from k = ``first`` on, divided by x^first, by Horner's rule."""
    power, total = x * x if step == 2 else x, np.ones_like(x)
    for k in range(first + step * (count - 1), first, -step):
        total = 1 + sign / (k * (k - 1) if step == 2 else k) * power * total
    return total / factorial(first)


def near_ratio(step: int, sign: int, n: int, x: Any) -> Any:
    """Give the n-th tail divided by xⁿ where |x| < n: there the terms fall."""
    return terms(step, sign, n, 12 * (3 - step) + 2 * n, x)


def tail_numbers(step: int, sign: int, wholes: tuple[Function, ...], n: int, x: Any) -> Any:
    """Give the tail as numbers: the series near 0, and far away the function less the terms that are left out."""
    first, left_out = n % step, n // step
    whole, inside = wholes[first](x), np.abs(x) < n
    far = whole
    if left_out:
        start = terms(step, sign, first, left_out, x)
        far = sign**left_out * (whole - (x * start if first else start))
    if sign > 0:
        far = np.where(np.abs(x) > FAR if step == 2 else x > FAR, whole, far)
    near = near_ratio(step, sign, n, np.where(inside, x, 0.0))
    for _ in range(n):
        near = near * x
    return np.where(inside, near, far)


def tail_digits(step: int, sign: int, wholes: tuple[Function, ...], n: int, x: Any) -> Any:
    """Give the tail in many digits; ``wholes`` are mpmath's."""
    if mpmath.isnan(x) or x == 0 or (mpmath.isinf(x) and sign < 0):
        return mpmath.nan * x if x != 0 else mpmath.mpf(n == 0)
    if mpmath.isinf(x):
        return mpmath.inf if x > 0 else mpmath.inf * (-1) ** n if n or step == 2 else mpmath.mpf(0)
    first, left_out = n % step, n // step
    with mpmath.workprec(mpmath.mp.prec + 40 + n * (8 + abs(mpmath.mag(x)))):
        powers = [first + step * j for j in range(left_out)]
        start = mpmath.fsum(sign**j * x**k / mpmath.factorial(k) for j, k in enumerate(powers))
        value = sign**left_out * (wholes[first](x) - start)
    return +value


def many_digits(series: Series) -> tuple[Function, ...]:
    """Give mpmath's functions for NumPy's."""
    return tuple([getattr(mpmath, whole.__name__) for whole in series.wholes])


def _entered(
    name: str, doc: str, series: Series, lowest: tuple[Function, ...], known: tuple[Known, ...], source: str
) -> Builder:
    """Register the tails of one function; ``lowest`` are expressions for those of the lowest orders."""
    plain = ordered(name, doc, highest=HIGHEST)

    def build(*values: Any, n: Any = None) -> Node:
        made = plain(*values, n=n)
        return lowest[made.attrs[0]](made.args[0]) if made.attrs[0] < len(lowest) else made

    def partial(n: int, x: Node, y: Node) -> Node:
        if n == 0:
            return y if series.step == 1 else series.sign * lowest[1](x)
        return build(n - 1, x)

    def infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
        checked_order(name, attrs[0], 0, HIGHEST)
        return infer_float(args, attrs)

    show_as(build, name, doc)

    def kernel(n: int, x: Any) -> Any:
        return tail_numbers(step, sign, wholes, n, x)

    step, sign, wholes, digits = series.step, series.sign, series.wholes, many_digits(series)
    least = len(lowest)
    return elementwise(
        name,
        FAMILY,
        doc,
        in_double(kernel),
        lambda n, x: tail_digits(step, sign, digits, n, x),
        (partial,),
        ((-3, 3),),
        infer=infer,
        attributes=("n",),
        notation=named(name),
        examples=(
            Example(((),), (least,), ((-9, 9),)),
            Example(((),), (HIGHEST,), ((-9, 9),)),
            Example(((2, 3),), (least + 1,), ((-4, 4),)),
            Example(((3,),), (least,), ((-1e-6, 1e-6),)),
        ),
        known=(*known, Known((least, NAN), NAN, (NAN,))),
        source=source,
        lowering=traced(kernel),
        function=build,
    )


exp_tail: Builder = _entered(
    "exp_tail",
    "The series of eˣ from xⁿ on: eˣ − 1 − x for n = 2.",
    EXPONENTIAL,
    (lambda x: FUNCTIONS["exp"](x), lambda x: FUNCTIONS["expm1"](x)),
    (
        Known((2, 0.0), 0.0, (0.0,)),
        Known((2, 1e-20), 5e-41, (1e-20,)),
        Known((2, INF), INF, (INF,)),
        Known((2, -INF), INF, (-1.0,)),
        Known((3, -INF), -INF, (INF,)),
    ),
    "DLMF 8.11.3; xⁿ·φₙ(x) with the φ functions of exponential integrators",
)
sin_tail: Builder = _entered(
    "sin_tail",
    "The series of sin x (odd n) or cos x (even n) from xⁿ on, with a positive first term: x − sin x for n = 3.",
    CIRCULAR,
    (
        lambda x: FUNCTIONS["cos"](x),
        lambda x: FUNCTIONS["sin"](x),
        lambda x: 2.0 * FUNCTIONS["sin"](0.5 * x) ** 2.0,
    ),
    (
        Known((3, 0.0), 0.0, (0.0,)),
        Known((3, -0.0), -0.0, (0.0,)),
        Known((3, 1e-20), 1e-60 / 6, (5e-41,)),
        Known((4, 1e-20), 1e-80 / 24, (1e-60 / 6,)),
        Known((3, INF), NAN),
    ),
    "xⁿ·cₙ(x²) with Stumpff's functions cₙ",
)
sinh_tail: Builder = _entered(
    "sinh_tail",
    "The series of sinh x (odd n) or cosh x (even n) from xⁿ on: sinh x − x for n = 3.",
    HYPERBOLIC,
    (
        lambda x: FUNCTIONS["cosh"](x),
        lambda x: FUNCTIONS["sinh"](x),
        lambda x: 2.0 * FUNCTIONS["sinh"](0.5 * x) ** 2.0,
    ),
    (
        Known((3, 0.0), 0.0, (0.0,)),
        Known((3, -0.0), -0.0, (0.0,)),
        Known((3, 1e-20), 1e-60 / 6, (5e-41,)),
        Known((3, -INF), -INF, (INF,)),
        Known((4, INF), INF, (INF,)),
    ),
    "xⁿ·cₙ(−x²) with Stumpff's functions cₙ",
)
