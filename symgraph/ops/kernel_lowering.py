"""Machine code from a NumPy function: it is run on values that write down what is done to them.

The kernels of some special functions are long formulas in NumPy. ``traced`` makes the lowering of such an operator from
the same lines, so that evaluator and machine code cannot drift apart. Loops in the kernel are unrolled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .lowerings import PREDICATES, Rule, isfinite, isinf, isnan, maximum, minimum
from .rounding_lowerings import remainder

ARITHMETIC = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
MASKS = {"bitwise_and": "and", "bitwise_or": "or", "logical_and": "and", "logical_or": "or"}
INTRINSICS = {"absolute": "fabs", "sqrt": "sqrt", "rint": "rint"}
PLAIN = ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "hypot")
FUNCTIONS = {name: name for name in PLAIN} | {
    "arctan": "atan",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctanh": "atanh",
}
SPECIAL = ("erf", "erfcx", "dawsn", "ndtr", "gammainc")
RULES: dict[str, Rule] = {
    "remainder": remainder,
    "maximum": maximum,
    "minimum": minimum,
    "isfinite": isfinite,
    "isinf": isinf,
    "isnan": isnan,
}


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A number, or a truth value, that machine code computes; ``text`` names it."""

    def __init__(self, lanes: Any, text: str) -> None:
        self.lanes = lanes
        self.text = text

    def _operand(self, value: Any) -> str:
        return value.text if isinstance(value, Traced) else str(self.lanes.number(float(value)))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        written = self._apply(ufunc.__name__, inputs)
        return NotImplemented if written is None else Traced(self.lanes, written)

    def _apply(self, name: str, inputs: tuple[Any, ...]) -> str | None:
        lanes = self.lanes
        if name == "power" and not isinstance(inputs[1], Traced):
            return self._power(*inputs)
        if name == "power":
            return str(lanes.function("pow", [self._operand(value) for value in inputs]))
        x, *rest = [self._operand(value) for value in inputs]
        if name in ARITHMETIC:
            return str(lanes.binary(ARITHMETIC[name], x, *rest))
        if name in PREDICATES:
            return str(lanes.compare(PREDICATES[name], x, *rest))
        if name in MASKS:
            return str(lanes.binary(MASKS[name], x, *rest, "i1"))
        if name in INTRINSICS:
            return str(lanes.intrinsic(INTRINSICS[name], [x]))
        if name in FUNCTIONS or name in SPECIAL:
            return str(lanes.function(FUNCTIONS.get(name, f"special:{name}"), [x, *rest]))
        if name in RULES:
            return str(RULES[name](lanes, None, x, *rest))
        if name == "square":
            return str(lanes.binary("fmul", x, x))
        return str(lanes.unary("fneg", x)) if name == "negative" else None

    def _power(self, base: Any, exponent: float) -> str:
        x = self._operand(base)
        if exponent in (0, 1):
            return x if exponent else str(self.lanes.number(1.0))
        if exponent == 2:  # as NumPy
            return str(self.lanes.binary("fmul", x, x))
        return str(self.lanes.function("pow", [x, self.lanes.number(float(exponent))]))

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], options: Any) -> Any:
        lanes = self.lanes
        if function is np.where and len(args) == 3:
            chosen = lanes.select(args[0].text, self._operand(args[1]), self._operand(args[2]))
        elif function in (np.zeros_like, np.ones_like):
            chosen = lanes.number(float(function is np.ones_like))
        elif function is np.round and len(args) == 1:
            chosen = lanes.intrinsic("rint", [self.text])
        else:
            return NotImplemented
        return Traced(lanes, str(chosen))


def traced(kernel: Callable[..., Any]) -> Callable[..., str]:
    """Give the lowering of an operator whose numbers are ``kernel(*attributes, *arguments)``, all of them doubles."""

    def rule(lanes: Any, node: Any, *operands: str) -> str:
        return str(kernel(*node.attrs, *[Traced(lanes, x) for x in operands]).text)

    return rule
