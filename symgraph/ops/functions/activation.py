"""Activation functions of neural networks, each defined by an expression of other operators.

A kink is that of maximum and minimum: relu'(0) = 1/2, and the second derivative at 0 is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from ...core.lazy import Library
from ...core.node import Node, lift
from ...core.operator import Builder, Definition, Example, Kink, Known, define
from ..defined import show_as
from ..piecewise import absolute, clip, maximum, minimum
from ..special.error_functions import ndtr, pi_like
from .elementary import INF, NAN, expm1
from .hyperbolic import tanh
from .logistic import sigmoid, softplus

special = Library("scipy.special")

FAMILY = "activation"
SQRT_TAU = float(np.sqrt(2 * np.pi))
AT_ZERO = Kink("x = 0", "the mean of the two one-sided slopes, as in maximum and minimum; second derivatives are nan")
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


def _define(
    body: Callable[..., Node],
    name: str,
    doc: str,
    reference: Callable[[Any], Any],
    known: Sequence[Known],
    kinks: Sequence[Kink] = (),
    aliases: Sequence[str] = (),
    source: str = "",
) -> Builder:
    @wraps(body)
    def build(x: Any, *parameters: Any, **more: Any) -> Node:
        return body(lift(x), *parameters, **more)

    show_as(build, name, doc)
    return define(
        Definition(
            name=name,
            family=FAMILY,
            doc=doc,
            build=build,
            reference=reference,
            aliases=tuple(aliases),
            examples=(Example(((),), domain=((-4, 4),)), Example(((2, 3),), domain=((-4, 4),))),
            known=(*known, Known((NAN,), NAN, (NAN,))),
            kinks=tuple(kinks),
            source=source,
        )
    )


def _relu(x: Node) -> Node:
    return maximum(x, 0)


def _leaky_relu(x: Node, slope: float | Node = 0.01) -> Node:
    return maximum(x, 0) + slope * minimum(x, 0)


def _elu(x: Node, alpha: float | Node = 1.0) -> Node:
    return maximum(x, 0) + alpha * expm1(minimum(x, 0))


def _selu(x: Node) -> Node:
    return SELU_SCALE * _elu(x, SELU_ALPHA)


def _celu(x: Node, alpha: float | Node = 1.0) -> Node:
    return maximum(x, 0) + alpha * expm1(minimum(x, 0) / alpha)


def _gelu(x: Node) -> Node:
    return x * ndtr(x)


def _gelu_tanh(x: Node) -> Node:
    inner = (2 / pi_like(x)) ** 0.5 * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + tanh(inner))


def _silu(x: Node) -> Node:
    return x * sigmoid(x)


def _mish(x: Node) -> Node:
    return x * tanh(softplus(x))


def _softsign(x: Node) -> Node:
    return x / (1 + absolute(x))


def _relu6(x: Node) -> Node:
    return clip(x, 0, 6)


def _hard_tanh(x: Node) -> Node:
    return clip(x, -1, 1)


def _hard_sigmoid(x: Node) -> Node:
    return clip(x + 3, 0, 6) / 6


def _hard_silu(x: Node) -> Node:
    return x * _hard_sigmoid(x)


relu = _define(
    _relu,
    "relu",
    "Rectifier max(x, 0).",
    lambda x: np.maximum(x, 0),
    (
        Known((0.0,), 0.0, (0.5,)),
        Known((2.0,), 2.0, (1.0,)),
        Known((-INF,), 0.0, (0.0,)),
        Known((INF,), INF, (1.0,)),
    ),
    (AT_ZERO,),
    source="Nair and Hinton (2010)",
)
leaky_relu = _define(
    _leaky_relu,
    "leaky_relu",
    "Leaky rectifier: x for x > 0, slope·x below; leaky_relu(x, slope=0.01).",
    lambda x: np.where(x > 0, x, 0.01 * x),
    (Known((0.0,), 0.0, (0.505,)), Known((2.0,), 2.0, (1.0,)), Known((-2.0,), -0.02, (0.01,))),
    (AT_ZERO,),
    source="Maas, Hannun and Ng (2013)",
)
elu = _define(
    _elu,
    "elu",
    "Exponential linear unit: x for x > 0, alpha·(e^x − 1) below; elu(x, alpha=1).",
    lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    (
        Known((0.0,), 0.0, (1.0,)),
        Known((2.0,), 2.0, (1.0,)),
        Known((-INF,), -1.0, (0.0,)),
        Known((INF,), INF, (1.0,)),
    ),
    (AT_ZERO,),
    source="Clevert, Unterthiner and Hochreiter (2016)",
)
selu = _define(
    _selu,
    "selu",
    "Scaled exponential linear unit, elu with the two constants that keep mean 0 and variance 1.",
    lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    (Known((0.0,), 0.0, (SELU_SCALE * (1 + SELU_ALPHA) / 2,)), Known((2.0,), 2 * SELU_SCALE, (SELU_SCALE,))),
    (AT_ZERO,),
    source="Klambauer et al. (2017)",
)
celu = _define(
    _celu,
    "celu",
    "Continuously differentiable exponential linear unit: x for x > 0, alpha·(e^{x/alpha} − 1) below; alpha=1.",
    lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    (Known((0.0,), 0.0, (1.0,)), Known((2.0,), 2.0, (1.0,))),
    (AT_ZERO,),
    source="Barron (2017)",
)
gelu = _define(
    _gelu,
    "gelu",
    "Gaussian error linear unit x·Φ(x), in its exact form.",
    lambda x: x * special.ndtr(x),
    (Known((0.0,), 0.0, (0.5,)), Known((INF,), INF)),
    source="Hendrycks and Gimpel (2016)",
)
gelu_tanh = _define(
    _gelu_tanh,
    "gelu_tanh",
    "The approximation of gelu by tanh: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).",
    lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    (Known((0.0,), 0.0, (0.5,)),),
    source="Hendrycks and Gimpel (2016)",
)
silu = _define(
    _silu,
    "silu",
    "Sigmoid linear unit x·σ(x), also called swish.",
    lambda x: x * special.expit(x),
    (Known((0.0,), 0.0, (0.5,)), Known((INF,), INF)),
    aliases=("swish",),
    source="Elfwing, Uchibe and Doya (2018)",
)
mish = _define(
    _mish,
    "mish",
    "x·tanh(softplus(x)).",
    lambda x: x * np.tanh(np.logaddexp(x, 0)),
    (Known((0.0,), 0.0, (0.6,)), Known((INF,), INF)),
    source="Misra (2019)",
)
softsign = _define(
    _softsign,
    "softsign",
    "x/(1 + |x|).",
    lambda x: x / (1 + np.abs(x)),
    (Known((0.0,), 0.0, (1.0,)), Known((1.0,), 0.5, (0.25,))),
    (Kink("x = 0", "second derivatives are nan"),),
    source="Bergstra et al. (2009)",
)
relu6 = _define(
    _relu6,
    "relu6",
    "Rectifier that stops at 6.",
    lambda x: np.clip(x, 0, 6),
    (Known((0.0,), 0.0, (0.5,)), Known((6.0,), 6.0, (0.5,)), Known((7.0,), 6.0, (0.0,))),
    (AT_ZERO,),
)
hard_tanh = _define(
    _hard_tanh,
    "hard_tanh",
    "x moved into [−1, 1].",
    lambda x: np.clip(x, -1, 1),
    (Known((1.0,), 1.0, (0.5,)), Known((0.0,), 0.0, (1.0,)), Known((7.0,), 1.0, (0.0,))),
    (Kink("x = ±1", "1/2, as in clip; second derivatives are nan"),),
    aliases=("hardtanh",),
)
hard_sigmoid = _define(
    _hard_sigmoid,
    "hard_sigmoid",
    "The piecewise linear sigmoid: (x + 3)/6 moved into [0, 1].",
    lambda x: np.clip(x + 3, 0, 6) / 6,
    (Known((0.0,), 0.5, (1 / 6,)), Known((3.0,), 1.0, (1 / 12,)), Known((-INF,), 0.0, (0.0,))),
    (Kink("x = ±3", "1/12, as in clip; second derivatives are nan"),),
    aliases=("hardsigmoid",),
)
hard_silu = _define(
    _hard_silu,
    "hard_silu",
    "x times its hard sigmoid, also called hard swish.",
    lambda x: x * np.clip(x + 3, 0, 6) / 6,
    (Known((0.0,), 0.0, (0.5,)), Known((4.0,), 4.0, (1.0,)), Known((-4.0,), -0.0, (0.0,))),
    (Kink("x = ±3", "the slope of the hard sigmoid is 1/12 there; second derivatives are nan"),),
    aliases=("hardswish", "hard_swish"),
    source="Howard et al. (2019)",
)
