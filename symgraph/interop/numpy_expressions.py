"""One node as a NumPy expression: a sign of Python, a name of NumPy or SciPy, its record's rule, or its own text."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dimension import Dim
from ..core.errors import SymgraphError
from ..core.lazy import loaded
from ..core.node import CONSTANT, Node
from .lifting import Lifter, number
from .syntax import Rename, inlined

# How Python writes the functions of NumPy that it has a sign for.
SIGNS: dict[Any, ast.operator | ast.cmpop | ast.unaryop] = {
    np.add: ast.Add(),
    np.subtract: ast.Sub(),
    np.multiply: ast.Mult(),
    np.divide: ast.Div(),
    np.negative: ast.USub(),
    np.less: ast.Lt(),
    np.less_equal: ast.LtE(),
    np.greater: ast.Gt(),
    np.greater_equal: ast.GtE(),
    np.equal: ast.Eq(),
    np.not_equal: ast.NotEq(),
}


class Speller:
    """Spells nodes; ``lifter`` gathers what they need, ``size`` writes a size."""

    def __init__(self, lifter: Lifter, size: Callable[[Any], str]) -> None:
        self.lifter = lifter
        self.size = size

    def expression(self, node: Node, operands: list[ast.expr]) -> ast.expr:
        """Give a node as an expression of its arguments.

        Raises:
            SymgraphError: the operator has no stand-alone spelling.
        """
        if node.op is CONSTANT:
            return self._constant(node)
        try:
            return self._spelled(node, operands)
        except SymgraphError as error:
            raise SymgraphError(f"{node.op.name} cannot be written as stand-alone NumPy source: {error}") from error

    def _spelled(self, node: Node, operands: list[ast.expr]) -> ast.expr:
        op, function = node.op, loaded(node.op.numpy)
        if op.elementwise:
            operands = self._converted(node, operands)
        sign = SIGNS.get(function)
        if sign is not None:
            return _signed(sign, self._strong(node, operands))
        if function is np.power and (power := self._power(node, operands)) is not None:
            return power
        if isinstance(function, np.ufunc):
            return ast.Call(self.lifter.expression(function), self._strong(node, operands, False), [])
        if op.python is not None and (text := op.python(node, self.size)) is not None:
            expression = self._from_text(op.python, text, self._strong(node, operands))
        else:
            expression = self._called(node, self._strong(node, operands))
        plain = node.dtype == "float64" and all(arg.dtype == "float64" for arg in node.args)
        return expression if plain or op.python is not None else _as_dtype(expression, node.dtype)

    def _called(self, node: Node, operands: list[ast.expr]) -> ast.expr:
        function = loaded(node.op.numpy)
        attributes = [self._attribute(item) for item in node.attrs]
        if hasattr(function, "__code__") and function.__closure__ is None and self.lifter.imported(function) is None:
            tree = self._body(function)
            found = inlined(tree, attributes, operands) if tree is not None else None
            if found is not None:
                return found
        return ast.Call(self.lifter.expression(function, node.op.name), [*attributes, *operands], [])

    def _body(self, function: Any) -> ast.Lambda | ast.FunctionDef | None:
        """Give a function's tree if it is short enough to be put in place."""
        if len(function.__code__.co_code) > 120:
            return None
        return self.lifter.body_of(function)

    def _from_text(self, rule: Any, text: str, operands: list[ast.expr]) -> ast.expr:
        tree = ast.parse(text, mode="eval").body
        names: dict[str, ast.expr] = {f"_{i}": operand for i, operand in enumerate(operands)}
        for each in ast.walk(tree):
            if isinstance(each, ast.Name) and each.id not in names and each.id != "np" and each.id in rule.__globals__:
                names[each.id] = self.lifter.expression(rule.__globals__[each.id], each.id)
        renamed: ast.expr = Rename(names).visit(tree)
        return renamed

    def _power(self, node: Node, operands: list[ast.expr]) -> ast.expr | None:
        """Write ``x**2``; other exponents are left to ``np.power``, for which √ is no special case."""
        exponent = node.args[1]
        if exponent.op is not CONSTANT or exponent.shape or node.args[0].op is CONSTANT or node.dtype != "float64":
            return None
        if exponent.value not in range(2, 10):
            return None
        return ast.BinOp(operands[0], ast.Pow(), ast.Constant(int(exponent.value)))

    def _constant(self, node: Node) -> ast.expr:
        if node.shape:
            return self.lifter.expression(np.asarray(node.value), "constant")
        return _scalar(node)

    def _strong(self, node: Node, operands: list[ast.expr], infix: bool = True) -> list[ast.expr]:
        """Plain numbers stay as they are beside an array of the same dtype; elsewhere they carry their dtype."""
        kinds = {arg.dtype for arg in node.args}
        beside = any(not is_number(arg) for arg in node.args)
        if kinds == {"float64"} and ((beside and isinstance(loaded(node.op.numpy), np.ufunc)) or not infix):
            return operands
        return [typed(arg, x) if is_number(arg) else x for arg, x in zip(node.args, operands, strict=True)]

    def _converted(self, node: Node, operands: list[ast.expr]) -> list[ast.expr]:
        """Convert arguments first where NumPy would compute with another dtype than the node's."""
        dtypes = [arg.dtype for arg in node.args]
        if set(dtypes) == {"float64"}:
            return operands
        with np.errstate(all="ignore"):
            tried = node.op.numpy(*node.attrs, *[np.ones((), dtype)[()] for dtype in dtypes])
        if np.asarray(tried).dtype == node.dtype:
            return operands
        return [
            typed(arg, x, node.dtype) if is_number(arg) else _as_dtype(x, node.dtype)
            for arg, x in zip(node.args, operands, strict=True)
        ]

    def _attribute(self, item: Any) -> ast.expr:
        if isinstance(item, Dim):
            return ast.parse(self.size(item), mode="eval").body
        if isinstance(item, tuple):
            return ast.Tuple([self._attribute(each) for each in item], ast.Load())
        return self.lifter.expression(item)


def is_number(node: Node) -> bool:
    """True for a constant without axes."""
    return node.op is CONSTANT and not node.shape


def _scalar(node: Node) -> ast.expr:
    if node.dtype == "bool":
        return ast.Constant(bool(node.value))
    return number(int(node.value) if "int" in node.dtype else float(node.value))


def typed(node: Node, expression: ast.expr, dtype: str = "") -> ast.expr:
    """Give a number its dtype."""
    kind = "bool_" if (dtype or node.dtype) == "bool" else dtype or node.dtype
    return ast.Call(ast.parse(f"np.{kind}", mode="eval").body, [expression], [])


def _as_dtype(expression: ast.expr, dtype: str) -> ast.expr:
    return ast.Call(
        ast.parse("np.asarray", mode="eval").body, [expression], [ast.keyword("dtype", ast.Constant(dtype))]
    )


def _signed(sign: Any, operands: list[ast.expr]) -> ast.expr:
    if isinstance(sign, ast.unaryop):
        return ast.UnaryOp(sign, operands[0])
    if isinstance(sign, ast.cmpop):
        return ast.Compare(operands[0], [sign], [operands[1]])
    return ast.BinOp(operands[0], sign, operands[1])
