"""Addition, subtraction, multiplication, division and the sign."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..core.dtype import is_float
from ..core.node import CONSTANT, Node, constant, method
from ..core.operator import FUNCTIONS, OPS, Attributes, Known, Linearity, Notation
from .elementwise import elementwise, infer_number, infer_same
from .tensor.contraction import contract, is_broadcast, is_spread, product

FAMILY = "arithmetic"
INF = float("inf")
NAN = float("nan")


def number(node: Node) -> float | int | None:
    """Give the number of a scalar constant, else ``None``."""
    return node.value if node.op is CONSTANT and node.shape == () else None


def _unit(node: Node, other: Node, value: float) -> bool:
    """True if ``node`` is the scalar ``value`` and dropping it leaves the dtype of ``other``."""
    return node.op is CONSTANT and node.shape == () and node.value == value and is_float(other.dtype)


def is_exact(result: float, exact: Fraction) -> bool:
    """True if folding loses nothing, so that any number of digits can be asked for later."""
    return bool(np.isfinite(result)) and Fraction(result) == exact and not (result == 0 and exact == 0)


def _fold(args: tuple[Node, ...], name: str) -> Node | None:
    """Compute the operator on two scalar constants if the result is exact."""
    x, y = args
    if x.op is not CONSTANT or y.op is not CONSTANT or x.shape or y.shape or x.dtype != "float64" or y.dtype != x.dtype:
        return None
    if not (np.isfinite(x.value) and np.isfinite(y.value)):
        return None
    a, b = Fraction(x.value), Fraction(y.value)
    if name == "divide" and b == 0:
        return None
    exact = {"add": a + b, "subtract": a - b, "multiply": a * b}[name] if name != "divide" else a / b
    with np.errstate(all="ignore"):
        result = float(OPS[name].numpy(x.value, y.value))
    return constant(result) if is_exact(result, exact) else None


def _inside(args: tuple[Node, ...], name: str) -> Node | None:
    """Add or subtract two diagonals (or two broadcasts) of one form inside, so that the form stays."""
    x, y = args
    if x.op is not y.op or x.attrs != y.attrs or len(x.args) != 1 or len(y.args) != 1 or not is_spread(x):
        return None
    (index,), output, sizes = x.attrs[:3]
    inner = FUNCTIONS[name](x.args[0], y.args[0])
    return contract((inner,), (index,), output, dict(enumerate(sizes)))


def _canonical_add(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    folded = _fold(args, "add")
    return folded if folded is not None else _inside(args, "add")


def _canonical_subtract(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    x, y = args
    if _unit(y, x, 0.0) and not np.signbit(y.value):
        return x
    folded = _fold(args, "subtract")
    return folded if folded is not None else _inside(args, "subtract")


def _canonical_multiply(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    x, y = args
    if x is y and "even root" in x.op.traits:
        return multiply(x.args[0], x.args[0])
    if x.op is CONSTANT or y.op is CONSTANT:
        if _unit(x, y, 1.0):
            return y
        if _unit(y, x, 1.0):
            return x
        if _unit(x, y, -1.0):
            return negative(y)
        if _unit(y, x, -1.0):
            return negative(x)
        folded = _fold(args, "multiply")
        if folded is None:
            folded = _joint_factor(x, y)
        if folded is not None:
            return folded
        if _keeps_zeros(x, y) or _keeps_zeros(y, x):
            return product(x, y)
    if is_broadcast(x) or is_broadcast(y):
        return product(x, y)
    return None


def _keeps_zeros(x: Node, y: Node) -> bool:
    """True for a diagonal times a number that leaves the zeros beside it as they are, bit for bit."""
    value = number(x)
    return value is not None and 0 < value < INF and len(y.args) <= 1 and is_spread(y)


def _joint_factor(x: Node, y: Node) -> Node | None:
    """Write 3·(2·x) as 6·x: the same bits if both factors are at least 1 and one is a power of 2."""
    if y.op is not OPS["multiply"] or x.dtype != "float64" or y.dtype != "float64":
        return None
    first, second = number(x), number(y.args[0])
    if first is None or second is None or not (1 <= abs(first) < 2**50 and 1 <= abs(second) < 2**50):
        return None
    if 0.5 not in (abs(np.frexp(first)[0]), abs(np.frexp(second)[0])):
        return None
    return multiply(constant(first * second), y.args[1])


def _canonical_divide(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    x, y = args
    if y.op is not CONSTANT:
        return None
    if _unit(y, x, 1.0):
        return x
    if _unit(y, x, -1.0):
        return negative(x)
    return _fold(args, "divide")


def _canonical_negative(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    (x,) = args
    if x.op is NEGATIVE:
        return x.args[0]
    value = number(x)
    if value is not None and x.dtype == "float64":
        return constant(-value)
    return None


add = elementwise(
    "add",
    FAMILY,
    "Sum of two arrays, entry by entry.",
    np.add,
    lambda x, y: x + y,
    (1, 1),
    ((-3, 3), (-3, 3)),
    notation=Notation("+", "+", "+", "infix", 40),
    infer=infer_same,
    linearity=Linearity.JOINT,
    canonical=_canonical_add,
    traits=("commutative", "keeps positive", "keeps whole"),
    lowering=lambda lanes, node, x, y: lanes.fusible("fadd", x, y),
    known=(Known((INF, -INF), NAN), Known((-0.0, 0.0), 0.0, (1, 1))),
)
subtract = elementwise(
    "subtract",
    FAMILY,
    "Difference of two arrays, entry by entry.",
    np.subtract,
    lambda x, y: x - y,
    (1, -1),
    ((-3, 3), (-3, 3)),
    notation=Notation("-", "-", "−", "infix", 40),
    infer=infer_number,
    linearity=Linearity.JOINT,
    canonical=_canonical_subtract,
    traits=("keeps whole",),
    lowering=lambda lanes, node, x, y: lanes.fusible("fsub", x, y),
    known=(Known((INF, INF), NAN),),
)
multiply = elementwise(
    "multiply",
    FAMILY,
    "Product of two arrays, entry by entry.",
    np.multiply,
    lambda x, y: x * y,
    (lambda x, y, z: y, lambda x, y, z: x),
    ((-3, 3), (-3, 3)),
    notation=Notation("*", r"\cdot", "×", "infix", 50),
    infer=infer_same,
    linearity=Linearity.EACH,
    canonical=_canonical_multiply,
    traits=("commutative", "keeps positive", "keeps whole"),
    lowering=lambda lanes, node, x, y: lanes.fusible("fmul", x, y),
    known=(Known((0.0, INF), NAN), Known((-0.0, 2.0), -0.0, (2, -0.0))),
)
divide = elementwise(
    "divide",
    FAMILY,
    "Quotient of two arrays, entry by entry.",
    np.divide,
    lambda x, y: x / y,
    (lambda x, y, z: 1 / y, lambda x, y, z: -z / y),
    ((-3, 3), (0.5, 3)),
    notation=Notation("/", r"\frac", "÷", "infix", 50),
    canonical=_canonical_divide,
    traits=("keeps positive",),
    lowering=lambda lanes, node, x, y: lanes.binary("fdiv", x, y),
    known=(Known((0.0, 0.0), NAN), Known((1.0, 0.0), INF), Known((1.0, -0.0), -INF)),
)
negative = elementwise(
    "negative",
    FAMILY,
    "Change of sign.",
    np.negative,
    lambda x: -x,
    (-1,),
    ((-3, 3),),
    notation=Notation("-", "-", "−", "prefix", 60),
    infer=infer_number,
    linearity=Linearity.JOINT,
    canonical=_canonical_negative,
    traits=("odd", "keeps whole"),
    lowering=lambda lanes, node, x: lanes.unary("fneg", x),
    known=(Known((0.0,), -0.0, (-1,)),),
)
NEGATIVE = OPS["negative"]


method("__add__", add, "__radd__")
method("__sub__", subtract, "__rsub__")
method("__mul__", multiply, "__rmul__")
method("__truediv__", divide, "__rtruediv__")
method("__neg__", negative)
