"""Syntax trees of Python functions: found, narrowed to NumPy arrays, renamed, put in the place of calls."""

from __future__ import annotations

import ast
import functools
import linecache
import types
from collections.abc import Mapping
from typing import Any

from ..core.errors import SymgraphError


def syntax_of(function: Any) -> ast.Lambda | ast.FunctionDef:
    """Find the syntax tree that a function was compiled from."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        raise SymgraphError(f"the source text of {function.__qualname__} is not at hand ({code.co_filename})")
    found = [node for node in ast.walk(_parsed("".join(lines))) if _matches(node, code)]
    if not found:
        raise SymgraphError(f"the source text of {function.__qualname__} does not fit the function")
    chosen = found[0]
    assert isinstance(chosen, (ast.Lambda, ast.FunctionDef))
    return _copy(chosen)


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _copy(tree: ast.Lambda | ast.FunctionDef) -> ast.Lambda | ast.FunctionDef:
    again = ast.parse(ast.unparse(tree)).body[0]
    if isinstance(again, ast.FunctionDef):
        return again
    assert isinstance(again, ast.Expr) and isinstance(again.value, ast.Lambda)
    return again.value


def _matches(node: ast.AST, code: types.CodeType) -> bool:
    if isinstance(node, ast.FunctionDef):
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        return node.name == code.co_name and first == code.co_firstlineno
    if not isinstance(node, ast.Lambda) or code.co_name != "<lambda>" or node.lineno != code.co_firstlineno:
        return False
    start, end = (node.body.lineno, node.body.col_offset), (node.body.end_lineno, node.body.end_col_offset)
    places = [p for p in code.co_positions() if p[0] is not None and p[2] is not None and (p[2], p[3]) != (0, 0)]
    inside = [p for p in places if start <= (p[0], p[2]) and (p[1], p[3]) <= end]
    names = [arg.arg for arg in (*node.args.args, *filter(None, [node.args.vararg]))]
    return bool(inside) and names == list(code.co_varnames[: len(names)]) and any((p[0], p[2]) == start for p in inside)


class Narrow(ast.NodeTransformer):
    """Drops type hints, and what is only there for arrays of objects."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Drop the hint of a parameter."""
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop the hint of the result, and decorators."""
        node.returns = None
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Drop the hint of a variable, and a declaration without a value altogether."""
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value is not None else None

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Decide whether an array holds objects (none does), and whether two constants are equal."""
        self.generic_visit(node)
        left, right = node.left, node.comparators[0]
        attribute = left.attr if isinstance(left, ast.Attribute) else ""
        objects = attribute == "dtype" and isinstance(right, ast.Name) and right.id == "object"
        objects = objects or (attribute == "kind" and isinstance(right, ast.Constant) and right.value == "O")
        if objects:
            return ast.Constant(not isinstance(node.ops[0], ast.Eq))
        if (
            isinstance(left, ast.Constant)
            and isinstance(right, ast.Constant)
            and isinstance(node.ops[0], (ast.Is, ast.Eq))
        ):
            return ast.Constant(left.value == right.value)
        return node

    def visit_If(self, node: ast.If) -> Any:
        """Keep the branch that is taken, where that is decided."""
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Keep the value that is taken, where that is decided."""
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Decide a connective, or drop the operands that do not matter."""
        self.generic_visit(node)
        decided = isinstance(node.op, ast.Or)
        if any(isinstance(each, ast.Constant) and each.value is decided for each in node.values):
            return ast.Constant(decided)
        left = [each for each in node.values if not (isinstance(each, ast.Constant) and each.value is not decided)]
        if not left:
            return ast.Constant(not decided)
        return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Decide the negation of a constant."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant):
            return ast.Constant(not node.operand.value)
        return node


class Rename(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Put the expression in the place of a name that is read."""
        return self.names.get(node.id, node) if isinstance(node.ctx, ast.Load) else node


def inlined(
    tree: ast.Lambda | ast.FunctionDef, attributes: list[ast.expr], operands: list[ast.expr]
) -> ast.expr | None:
    """Give the body of a one-line function with its arguments put in, or ``None`` if it must be called.

    An operand that is more than a name is put in once at most, and never where it would be computed again.
    """
    body = tree.body if isinstance(tree, ast.Lambda) else _only_return(tree.body)
    if body is None or tree.args.kwonlyargs or tree.args.kwarg or tree.args.defaults:
        return None
    inner = (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.NamedExpr)
    if any(isinstance(node, inner) for node in ast.walk(body)) or len(list(ast.walk(body))) > 30:
        return None
    given: dict[str, ast.expr] = {}
    names = [arg.arg for arg in tree.args.args]
    values = [*attributes, *operands]
    given.update(zip(names, values, strict=False))
    if tree.args.vararg is not None:
        given[tree.args.vararg.arg] = ast.Tuple(values[len(names) :], ast.Load())
    for name, value in given.items():
        count = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(body))
        simple = isinstance(value, (ast.Name, ast.Constant)) or all(value is not each for each in operands)
        if (count > 1 and not (simple and len(list(ast.walk(value))) < 6)) or (
            isinstance(value, ast.Tuple) and count > 1
        ):
            return None
    result = Rename(given).visit(ast.parse(ast.unparse(body), mode="eval").body)
    return _unwrapped(result)


def _only_return(body: list[ast.stmt]) -> ast.expr | None:
    rest = [each for each in body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    return rest[0].value if len(rest) == 1 and isinstance(rest[0], ast.Return) else None


def _unwrapped(tree: ast.expr) -> ast.expr:
    """Leave out ``np.asarray(…)[()]`` around a computation: it only turns arrays without axes into numbers."""
    if isinstance(tree, ast.Subscript) and ast.unparse(tree.slice) in ("()", "tuple()"):
        tree = tree.value
        if isinstance(tree, ast.Call) and ast.unparse(tree.func) == "np.asarray" and isinstance(tree.args[0], ast.Call):
            return tree.args[0]
        return ast.Subscript(tree, ast.Tuple([], ast.Load()), ast.Load())
    return tree
