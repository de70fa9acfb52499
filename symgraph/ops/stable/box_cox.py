"""The Box–Cox transform (x^λ − 1)/λ, which is log x at λ = 0, and its derivatives with respect to λ."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ...core.node import Node, lift, make
from ...core.operator import OPS, Builder, Example, Known
from ..elementwise import elementwise
from ..functions.elementary import NAN, named
from ..functions.exponential_ratios import FAMILY, exprel_kernel, mp_exprel
from ..kernel_lowering import traced
from ..power import mp_power, power, power_log
from ..special.orders import in_doubles


def _kernel(k: int, x: Any, y: Any) -> Any:
    """Give log(x)^(k+1)·∫₀¹ tᵏ·x^{yt} dt for x > 0, and (x^y − 1)/y as it stands elsewhere."""
    root = np.log(np.where(x > 0, x, 1.0))
    scaled = y * root
    above = root ** (k + 1) * exprel_kernel(k, scaled)
    if k:
        return np.where(x > 0, above, NAN)
    return np.where((x > 0) & np.isfinite(above) & np.isfinite(scaled), above, (np.power(x, y) - 1) / y)


def _mp_box_cox(k: int, x: Any, y: Any) -> Any:
    if x > 0 and mpmath.isfinite(x) and mpmath.isfinite(y):
        root = mpmath.log(x)
        return root ** (k + 1) * mp_exprel(k, y * root)
    return (mp_power(x, y) - 1) / y if k == 0 and y != 0 else mpmath.nan


def _slope_base(k: int, x: Node, y: Node, z: Node) -> Node:
    return power_log(x, y - 1, k) if k else power(x, y - 1)


def _build(x: Any, y: Any, k: int = 0) -> Node:
    base = lift(x)
    return make(OPS["box_cox"], (base, lift(y, base)), (int(k),))


box_cox: Builder = elementwise(
    "box_cox",
    FAMILY,
    "The Box–Cox transform (x^y − 1)/y, log x at y = 0, or its k-th derivative with respect to y.",
    in_doubles(_kernel, 1),
    _mp_box_cox,
    (_slope_base, lambda k, x, y, z: _build(x, y, k + 1)),
    ((0.3, 3), (-2, 3)),
    attributes=("k",),
    notation=named("box_cox"),
    examples=(
        Example(((), ()), (0,), ((0.3, 3), (-2, 3))),
        Example(((2, 3), (3,)), (0,), ((0.3, 3), (-1e-6, 1e-6))),
        Example(((), ()), (1,), ((0.3, 3), (-2, 3))),
    ),
    known=(
        Known((0, 1.0, 0.5), 0.0),
        Known((0, 4.0, 0.5), 2.0),
        Known((0, -1.0, 2.0), 0.0),
        Known((0, 1e300, -1.7e308), 1 / 1.7e308),
        Known((0, NAN, 1.0), NAN),
    ),
    source="Box and Cox, J. R. Stat. Soc. B 26 (1964)",
    lowering=traced(_kernel),
    function=_build,
)
