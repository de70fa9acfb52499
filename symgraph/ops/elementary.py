"""Exponentials, logarithms, roots, trigonometric and hyperbolic functions."""

from __future__ import annotations

import mpmath
import numpy as np

from ..core.node import Node
from ..core.operator import Notation
from .elementwise import elementwise

FAMILY = "elementary"


def _latex(command: str) -> Notation:
    return Notation(command, f"\\{command}", command)


exp = elementwise(
    "exp", FAMILY, "Exponential e^x.", np.exp, mpmath.exp, (lambda x, y: y,), ((-3, 3),), notation=_latex("exp")
)
log = elementwise(
    "log",
    FAMILY,
    "Natural logarithm; nan below 0, −inf at 0.",
    np.log,
    mpmath.log,
    (lambda x, y: 1 / x,),
    ((0.2, 4),),
    notation=_latex("log"),
    aliases=("ln",),
)
sqrt = elementwise(
    "sqrt",
    FAMILY,
    "Square root; nan below 0.",
    np.sqrt,
    mpmath.sqrt,
    (lambda x, y: 0.5 / y,),
    ((0.2, 4),),
    notation=Notation("sqrt", r"\sqrt", "√"),
)


def _minus_sin(x: Node, y: Node) -> Node:
    return -sin(x)


sin = elementwise(
    "sin", FAMILY, "Sine.", np.sin, mpmath.sin, (lambda x, y: cos(x),), ((-3, 3),), notation=_latex("sin")
)
cos = elementwise("cos", FAMILY, "Cosine.", np.cos, mpmath.cos, (_minus_sin,), ((-3, 3),), notation=_latex("cos"))
tanh = elementwise(
    "tanh",
    FAMILY,
    "Hyperbolic tangent.",
    np.tanh,
    mpmath.tanh,
    (lambda x, y: 1 - y**2,),
    ((-3, 3),),
    notation=_latex("tanh"),
)
