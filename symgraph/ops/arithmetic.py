"""Addition, multiplication, division, powers, and the guarded product that back-propagation uses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from ..core.dimension import Shape
from ..core.dtype import is_float, promote
from ..core.node import CONSTANT, Node, constant, lift, make, method
from ..core.operator import FUNCTIONS, OPS, ZERO, Attributes, Builder, Example, Known, Linearity, Notation, Proved
from .contraction import contract, is_broadcast, is_spread, product
from .elementwise import elementwise, infer_number, infer_same, joint_shape
from .grouping import grouped_product
from .power_lowering import power_lowering

FAMILY = "arithmetic"
INF = float("inf")
NAN = float("nan")


def number(node: Node) -> float | int | None:
    """Give the number of a scalar constant, else ``None``."""
    return node.value if node.op is CONSTANT and node.shape == () else None


def _unit(node: Node, other: Node, value: float) -> bool:
    """True if ``node`` is the scalar ``value`` and dropping it leaves the dtype of ``other``."""
    return node.op is CONSTANT and node.shape == () and node.value == value and is_float(other.dtype)


def _exact(result: float, exact: Fraction) -> bool:
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
    return constant(result) if _exact(result, exact) else None


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


def _canonical_power(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    x, y = args
    exponent = number(y)
    if exponent is None or not is_float(x.dtype):
        return None
    if exponent == 1:
        return x
    if exponent == 0 and x.shape == ():
        return constant(1.0, dtype=x.dtype)
    if "even root" in x.op.traits and exponent % 2 == 0:
        return make(POWER, (x.args[0], y))
    if x.op.even_power is not None and exponent % 2 == 0:
        return x.op.even_power(x, exponent)
    base = number(x)
    if base is not None and abs(exponent) <= 64 and exponent == int(exponent) and np.isfinite(base) and base:
        exact = Fraction(base) ** int(exponent)
        try:
            result = float(exact)
        except OverflowError:
            return None
        return constant(result) if _exact(result, exact) else None
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
    traits=("commutative",),
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
    traits=("commutative",),
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
    traits=("odd",),
    lowering=lambda lanes, node, x: lanes.unary("fneg", x),
    known=(Known((0.0,), -0.0, (-1,)),),
)
NEGATIVE = OPS["negative"]


def _guard_numpy(taken: Any, g: Any, p: Any) -> Any:
    product = np.asarray(g * p)
    return np.where(taken, product, product.dtype.type(0))[()]


def _guard_lowering(lanes: Any, node: Node, taken: str, g: str, p: str) -> str:
    return str(lanes.select(lanes.truth(taken), lanes.binary("fmul", g, p), lanes.number(0.0)))


def _guard_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return joint_shape(args), promote(args[1].dtype, args[2].dtype)


def _canonical_guard(args: tuple[Node, ...], attrs: Attributes) -> Node | None:
    """Drop a choice by the same condition inside; a product with 1 is only a choice."""
    taken, g, p = args
    where = OPS["where"]
    inner = tuple([x.args[1] if x.op is where and x.args[0] is taken else x for x in (g, p)])
    if inner != (g, p) and joint_shape((taken, *inner)) == joint_shape(args):
        return FUNCTIONS["guard"](taken, *inner)
    if number(g) == 1 and g.dtype == p.dtype:
        return FUNCTIONS["where"](taken, p, constant(0.0, dtype=p.dtype))
    return None


def _draw_guard(random: Any) -> list[Any]:
    return [random.random((2, 3)) < 0.5, random.uniform(0.5, 3, (3,)), random.uniform(-3, 3, (2, 1))]


guard = elementwise(
    "guard",
    FAMILY,
    "Product g·p where `taken` holds, and exactly zero elsewhere, whatever g and p are.\n\n"
    "Back-propagation multiplies with it below `where`, `max` and indexing, so that a branch not taken "
    "contributes 0 even where its own derivative is nan or infinite.",
    _guard_numpy,
    lambda taken, g, p: g * p if taken else mpmath.mpf(0),
    (ZERO, lambda taken, g, p, z: p, lambda taken, g, p, z: g),
    ((0, 1), (0.5, 3), (-3, 3)),
    examples=(Example(((2, 3), (3,), (2, 1)), make=_draw_guard),),
    infer=_guard_infer,
    linearity=Linearity.EACH,
    selective=True,
    taken=lambda node, i: node.args[0],
    canonical=_canonical_guard,
    lowering=_guard_lowering,
    known=(
        Known((False, 0.0, NAN), 0.0),
        Known((False, 1.0, INF), 0.0, (None, 0.0, 0.0)),
        Known((True, 0.0, INF), NAN),
        Known((True, 2.0, INF), INF),
    ),
)


def zero_product(g: Any, p: Any) -> Node:
    """Give g·p, exactly zero where g is zero even if p is infinite or nan."""
    g = lift(g)
    return guard(FUNCTIONS["not_equal"](g, 0), g, p)


def _power_base(x: Node, y: Node, z: Node) -> Node | float | Proved:
    exponent = number(y)
    if exponent is None:
        return zero_product(y, power(x, y - 1))
    return y * power(x, y - 1) if exponent else 0.0


def _mp_power(x: Any, y: Any) -> Any:
    if y == 0 or x == 1:
        return mpmath.mpf(1)
    if x == -mpmath.inf and y > mpmath.floor(y):  # as IEEE's pow
        return mpmath.inf if y > 0 else mpmath.mpf(0)
    return mpmath.power(x, y)


def _power(x: Any, y: Any) -> Any:
    """IEEE's pow; for a single exponent ½ NumPy takes the square root, which differs at −∞ and −0."""
    value = np.power(x, y)
    if np.ndim(y) == 0 and y == 0.5:
        return np.where(np.isneginf(x), np.inf, value + 0.0).astype(value.dtype)[()]
    return value


power = elementwise(
    "power",
    FAMILY,
    "x raised to the power y, real: nan for a negative base with an exponent that is not an integer.\n\n"
    "0^0 = 1. The derivative with respect to y at x = 0, y > 0 is 0.",
    _power,
    _mp_power,
    (_power_base, lambda x, y, z: power_log(x, y, 1)),
    ((0.3, 3), (-2, 3)),
    notation=Notation("^", "^", "^", "infix", 70),
    infer=infer_number,
    canonical=_canonical_power,
    lowering=power_lowering,
    aliases=("pow",),
    known=(
        Known((0.0, 0.0), 1.0),
        Known((NAN, 0.0), 1.0),
        Known((0.0, 2.0), 0.0, (0.0, 0.0)),
        Known((-2.0, 3.0), -8.0),
        Known((-1.0, 0.5), NAN),
        Known((-INF, 0.5), INF),
        Known((-0.0, 0.5), 0.0),
        Known((0.0, -1.0), INF),
    ),
)
POWER = OPS["power"]


def _power_log_numpy(k: int, x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        value = np.power(x, y) * np.log(x) ** k
    return np.where((np.asarray(x) == 0) & (np.asarray(y) > 0), 0.0, value)[()]


def _power_log_mpmath(k: int, x: Any, y: Any) -> Any:
    if x == 0 and y > 0:
        return mpmath.mpf(0)
    return mpmath.power(x, y) * mpmath.log(x) ** k


def _build_power_log(x: Any, y: Any, k: int) -> Node:
    base = lift(x)
    return make(OPS["power_log"], (base, lift(y, base)), (int(k),))


def _power_log_lowering(lanes: Any, node: Node, x: str, y: str) -> str:
    zero = lanes.number(0.0)
    product = lanes.function("pow", [x, y])
    logarithm = lanes.function("log", [x])
    for _ in range(node.attrs[0]):
        product = lanes.binary("fmul", product, logarithm)
    at_zero = lanes.binary("and", lanes.binary("fcmp oeq", x, zero), lanes.binary("fcmp ogt", y, zero), "i1")
    return str(lanes.select(at_zero, zero, product))


power_log: Builder = elementwise(
    "power_log",
    FAMILY,
    "x^y·log(x)^k, the k-th derivative of x^y with respect to y; 0 at x = 0 for y > 0.",
    _power_log_numpy,
    _power_log_mpmath,
    (
        lambda k, x, y, z: y * _power_log_or_power(x, y - 1, k) + k * _power_log_or_power(x, y - 1, k - 1),
        lambda k, x, y, z: power_log(x, y, k + 1),
    ),
    ((0.3, 3), (-2, 3)),
    lowering=_power_log_lowering,
    attributes=("k",),
    examples=(
        Example(((), ()), (1,), ((0.3, 3), (-2, 3))),
        Example(((2, 3), (3,)), (2,), ((0.3, 3), (-2, 3))),
    ),
    function=_build_power_log,
)


def _power_log_or_power(x: Node, y: Node, k: int) -> Node:
    return power_log(x, y, k) if k else power(x, y)


def chain(g: Node, p: Node | float, taken: Node | None = None) -> Node:
    """Multiply an adjoint or tangent with a local derivative, in the form a person would write.

    ``taken`` says where the branch that ``g`` belongs to was taken, ``None`` that it was everywhere; elsewhere
    the product is exactly zero.
    """
    if not isinstance(p, Node):
        return g if p == 1 else negative(g) if p == -1 else multiply(g, lift(p, g))
    if p.op is CONSTANT:
        return product(p, g) if not p.shape and is_spread(g) else _scaled(p, g)
    spread = is_spread(g) or is_spread(p)
    if taken is not None:
        return guarded(taken, g, p)
    if spread:
        return product(g, p)
    if p.op is NEGATIVE:
        return negative(chain(g, p.args[0]))
    if g.op is NEGATIVE:
        return negative(chain(g.args[0], p))
    joined = grouped_product(g, p)
    if joined is not None:
        return joined
    if p.op is OPS["divide"] and number(p.args[0]) == 1:
        return divide(g, p.args[1])
    return _scaled(g, p) if g.op is CONSTANT else multiply(g, p)


def _scaled(factor: Node, e: Node) -> Node:
    """Multiply with a constant; 0.5·(2·x) is x where the product of the constants is exact."""
    if e.op is OPS["multiply"] and number(factor) is not None and number(e.args[0]) is not None:
        joint = multiply(factor, e.args[0])
        if joint.op is CONSTANT:
            return multiply(joint, e.args[1])
    return multiply(factor, e)


def guarded(taken: Node, g: Node, p: Any) -> Node:
    """Give g·p where ``taken`` holds and 0 elsewhere; below a diagonal, so that the diagonal stays one."""
    p = lift(p, g)
    if len(g.args) <= 1 and is_spread(g):
        inner = g.args[0] if g.args else constant(1.0, dtype=g.dtype)
        index = g.attrs[0][0] if g.args else ()
        output, sizes = g.attrs[1:3]
        last = output[len(output) - p.ndim :]
        if len(set(last)) == len(last) and taken.ndim <= p.ndim and index in ((), last):
            return contract((guard(taken, inner, p),), (last,), output, dict(enumerate(sizes)))
    return guard(taken, g, p)


method("__add__", add, "__radd__")
method("__sub__", subtract, "__rsub__")
method("__mul__", multiply, "__rmul__")
method("__truediv__", divide, "__rtruediv__")
method("__pow__", power, "__rpow__")
method("__neg__", negative)
