"""Named constants: π and its like are leaves that are computed to as many digits as the evaluator works with."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ..core.dimension import Shape
from ..core.errors import SymgraphError
from ..core.node import Node, constant, make
from ..core.operator import Attributes, Notation, Operator, register

VALUES: dict[str, tuple[float, Any]] = {
    "pi": (np.pi, mpmath.pi),
    "e": (np.e, mpmath.e),
    "euler_gamma": (np.euler_gamma, mpmath.euler),
}


def _infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return (), "float64"


def _numpy(name: str) -> Any:
    return np.float64(VALUES[name][0])


def _mpmath(name: str) -> Any:
    return np.array(+VALUES[name][1], dtype=object)


NAMED_CONSTANT = register(
    Operator(
        name="named_constant",
        family="leaf",
        doc="A constant of mathematics, known by its name: pi, e or euler_gamma.",
        arity=0,
        attributes=("name",),
        infer=_infer,
        numpy=_numpy,
        mpmath=_mpmath,
        notation=Notation("named_constant", "", "", "special"),
    )
)


def named_constant(name: str) -> Node:
    """Give the constant called ``name``.

    Raises:
        SymgraphError: there is no constant of that name.

    >>> named_constant("pi") is pi
    True
    """
    if name not in VALUES:
        raise SymgraphError(f"there is no constant called {name!r}: there are {', '.join(VALUES)}")
    return make(NAMED_CONSTANT, (), (name,))


pi = named_constant("pi")
e = named_constant("e")
euler_gamma = named_constant("euler_gamma")
inf = constant(float("inf"))
nan = constant(float("nan"))
