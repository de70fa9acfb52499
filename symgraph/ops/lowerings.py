"""Machine code of elementwise operators, as the records' ``lowering`` needs it: comparisons, choices, shared steps.

Each function writes the instructions for one operator: ``lanes`` is the writer (one number or several at once),
``node`` the node, and the rest are the operands as the text that names them, all of them doubles. They follow
the formula of the operator's NumPy function, so that nan, infinities and signed zeros come out the same.
Names beginning with ``special:`` mean SciPy's Cython interface, others the C mathematical library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Rule = Callable[..., str]
INF = float("inf")
NAN = float("nan")
PREDICATES = {
    "less": "olt",
    "less_equal": "ole",
    "greater": "ogt",
    "greater_equal": "oge",
    "equal": "oeq",
    "not_equal": "une",
}
"""LLVM's names of the comparisons: only "not equal" is true beside a nan."""


def intrinsic(name: str) -> Rule:
    """Give the lowering of an operator that is one LLVM intrinsic, such as ``sqrt``."""
    return lambda lanes, node, *operands: str(lanes.intrinsic(name, operands))


def comparison(predicate: str) -> Rule:
    """Give the lowering of a comparison, by LLVM's name of the predicate."""
    return lambda lanes, node, x, y: str(lanes.compare(predicate, x, y))


def logical(instruction: str) -> Rule:
    """Give the lowering of a connective of truth values."""
    return lambda lanes, node, x, y: str(lanes.binary(instruction, lanes.truth(x), lanes.truth(y), "i1"))


def logical_not(lanes: Any, node: Any, x: str) -> str:
    """¬x."""
    return str(lanes.invert(lanes.truth(x)))


def isfinite(lanes: Any, node: Any, x: str) -> str:
    """|x| < ∞."""
    return str(lanes.compare("olt", lanes.intrinsic("fabs", [x]), lanes.number(INF)))


def isinf(lanes: Any, node: Any, x: str) -> str:
    """|x| = ∞."""
    return str(lanes.compare("oeq", lanes.intrinsic("fabs", [x]), lanes.number(INF)))


def isnan(lanes: Any, node: Any, x: str) -> str:
    """x is not a number."""
    return str(lanes.compare("uno", x, x))


def signbit(lanes: Any, node: Any, x: str) -> str:
    """The sign bit, also of zeros and nan: the sign of a one that copies it."""
    return str(lanes.compare("olt", lanes.intrinsic("copysign", [lanes.number(1.0), x]), lanes.number(0.0)))


def where(lanes: Any, node: Any, condition: str, x: str, y: str) -> str:
    """Choose."""
    return str(lanes.select(lanes.truth(condition), x, y))


def identity(lanes: Any, node: Any, x: str) -> str:
    """x itself."""
    return x


def heaviside(lanes: Any, node: Any, x: str, h: str) -> str:
    """0 below zero, 1 above, h at zero."""
    zero = lanes.number(0.0)
    value = lanes.select(lanes.compare("olt", x, zero), zero, lanes.number(1.0))
    value = lanes.select(lanes.compare("oeq", x, zero), h, value)
    return str(lanes.select(lanes.compare("uno", x, x), x, value))


def jump(lanes: Any, node: Any, x: str) -> str:
    """nan at zero, 0 elsewhere."""
    zero = lanes.number(0.0)
    return str(lanes.select(lanes.compare("oeq", x, zero), lanes.number(NAN), zero))


def tied(lanes: Any, node: Any, w: str) -> str:
    """0 at 0 and 1, nan elsewhere."""
    zero = lanes.number(0.0)
    whole = lanes.binary("or", lanes.compare("oeq", w, zero), lanes.compare("oeq", w, lanes.number(1.0)), "i1")
    return str(lanes.select(whole, zero, lanes.number(NAN)))


def max_share(lanes: Any, node: Any, x: str, y: str) -> str:
    """1 where x > y, ½ where they are equal, 0 elsewhere."""
    share = lanes.select(lanes.compare("oeq", x, y), lanes.number(0.5), lanes.number(0.0))
    share = lanes.select(lanes.compare("ogt", x, y), lanes.number(1.0), share)
    return str(lanes.select(lanes.compare("uno", x, y), lanes.number(NAN), share))


def _extremum(predicate: str) -> Rule:
    def rule(lanes: Any, node: Any, x: str, y: str) -> str:
        first = lanes.binary("or", lanes.compare(predicate, x, y), lanes.compare("uno", x, x), "i1")
        return str(lanes.select(first, x, y))

    return rule


maximum, minimum = _extremum("ogt"), _extremum("olt")  # at a tie the second, as NumPy


def sign(lanes: Any, node: Any, x: str) -> str:
    """−1, 0 or 1; nan for nan."""
    zero = lanes.number(0.0)
    value = lanes.select(lanes.compare("olt", x, zero), lanes.number(-1.0), zero)
    value = lanes.select(lanes.compare("ogt", x, zero), lanes.number(1.0), value)
    return str(lanes.select(lanes.compare("uno", x, x), x, value))


def times(factor: float) -> Rule:
    """Give the lowering of a multiplication by a constant."""
    return lambda lanes, node, x: str(lanes.binary("fmul", x, lanes.number(factor)))


def triangle(predicate: str) -> Rule:
    """Give the lowering of a triangle of a matrix: x where column − row is at most (or at least) k, else 0."""

    def rule(lanes: Any, node: Any, row: str, column: str, x: str) -> str:
        diagonal = lanes.splat_text("i64", str(node.attrs[0]))
        kept = lanes.binary(f"icmp {predicate}", lanes.binary("sub", column, row, "i64"), diagonal, "i64")
        return str(lanes.select(kept, x, lanes.number(0.0)))

    return rule


COMPARISONS = {name: comparison(predicate) for name, predicate in PREDICATES.items()}
TESTS = {"isfinite": isfinite, "isinf": isinf, "isnan": isnan, "signbit": signbit}
