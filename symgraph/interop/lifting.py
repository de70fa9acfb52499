"""Source text of Python functions with everything they need: how an operator's own code leaves the library.

A record's NumPy function is written once; stand-alone source holds that very text. A function's globals and
closed-over values become names of the new file, its helpers come along, type hints are dropped, and so is what
serves other numbers than NumPy's (arrays of objects).
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import textwrap
import types
from typing import Any

import numpy as np

from ..core.errors import SymgraphError
from ..core.lazy import loaded
from .syntax import Narrow, Rename, syntax_of

MODULES = {
    "numpy": ("import numpy as np", "np"),
    "numpy.linalg": ("import numpy as np", "np.linalg"),
    "scipy.special": ("from scipy import special", "special"),
    "scipy.linalg": ("import scipy.linalg", "scipy.linalg"),
    "scipy": ("import scipy.linalg", "scipy"),
    "math": ("import math", "math"),
    "itertools": ("import itertools", "itertools"),
    "functools": ("import functools", "functools"),
}


class Lifter:
    """Gathers imports and definitions while expressions are written.

    Attributes:
        imports: import lines.
        definitions: helper functions and constants, each after those it was found through.
        taken: names that are not free any more.
    """

    def __init__(self, taken: set[str]) -> None:
        self.imports: set[str] = set()
        self.definitions: list[str] = []
        self.taken = taken
        self._known: dict[int, tuple[Any, ast.expr]] = {}

    def expression(self, value: Any, wish: str = "value") -> ast.expr:
        """Give an expression for a Python object; functions and arrays are defined on the way.

        Raises:
            SymgraphError: the object cannot be written down.
        """
        value = loaded(value)
        if id(value) in self._known:
            return self._known[id(value)][1]
        if isinstance(value, (types.FunctionType, np.ndarray, functools.partial)) or hasattr(value, "__wrapped__"):
            found = self.imported(value)
            return found if found is not None else self._defined(value, wish)
        return self._plain(value)

    def _plain(self, value: Any) -> ast.expr:
        if value is None or value is Ellipsis or isinstance(value, (bool, str)):
            return ast.Constant(value)
        if isinstance(value, (int, float)):
            return number(value)
        if isinstance(value, (tuple, list)):
            kind = ast.Tuple if isinstance(value, tuple) else ast.List
            return kind([self.expression(item) for item in value], ast.Load())
        if isinstance(value, dict):
            return ast.Dict([self.expression(key) for key in value], [self.expression(v) for v in value.values()])
        if isinstance(value, types.ModuleType):
            return self._module(value.__name__)
        if isinstance(value, type) and issubclass(value, SymgraphError):
            return ast.Name("ValueError", ast.Load())
        found = self.imported(value)
        if found is None:
            raise SymgraphError(f"{value!r} has no stand-alone spelling")
        return found

    def _module(self, name: str) -> ast.expr:
        if name not in MODULES:
            raise SymgraphError(f"stand-alone source cannot use the module {name}")
        line, spelling = MODULES[name]
        self.imports.add(line)
        return ast.parse(spelling, mode="eval").body

    def imported(self, value: Any) -> ast.expr | None:
        """Find an object in the modules that stand-alone source may import."""
        name = getattr(value, "__name__", "")
        if not name or name == "<lambda>":
            return None
        if getattr(builtins, name, None) is value:
            return ast.Name(name, ast.Load())
        for module in MODULES:
            if getattr(importlib.import_module(module), name, None) is value:
                return ast.Attribute(self._module(module), name, ast.Load())
        return None

    def fresh(self, wish: str) -> str:
        """Give a name that is not taken."""
        name, count = wish, 1
        while name in self.taken:
            count += 1
            name = f"{wish}_{count}"
        self.taken.add(name)
        return name

    def _defined(self, value: Any, wish: str) -> ast.expr:
        own = getattr(value, "__name__", "")
        name = self.fresh("_" + (own if own.isidentifier() and wish == "value" else wish).strip("_"))
        reference = ast.Name(name, ast.Load())
        self._known[id(value)] = (value, reference)
        if isinstance(value, np.ndarray):
            text = ast.unparse(self._array(value))
            self.definitions.append("\n    ".join(textwrap.wrap(f"{name} = {text}", 100, break_long_words=False)))
        elif isinstance(value, functools.partial):
            arguments = [self.expression(item) for item in (value.func, *value.args)]
            keywords = [ast.keyword(key, self.expression(item)) for key, item in value.keywords.items()]
            made = ast.Call(ast.Attribute(self._module("functools"), "partial", ast.Load()), arguments, keywords)
            self.definitions.append(f"{name} = {ast.unparse(made)}")
        else:
            function = inspect.unwrap(value)
            self.definitions.append(self._function(name, function, hasattr(value, "cache_info")))
        return reference

    def _array(self, value: Any) -> ast.expr:
        entries = ast.parse(repr(value.ravel().tolist()).replace("nan", "np.nan").replace("inf", "np.inf"), mode="eval")
        array = ast.Attribute(self._module("numpy"), "array", ast.Load())
        made: ast.expr = ast.Call(array, [entries.body], [ast.keyword("dtype", ast.Constant(value.dtype.name))])
        if value.ndim != 1:
            made = ast.Call(ast.Attribute(made, "reshape", ast.Load()), [self._plain(tuple(value.shape))], [])
        return made

    def _function(self, name: str, function: Any, cached: bool) -> str:
        tree = self.body_of(function)
        if isinstance(tree, ast.Lambda):
            made = ast.FunctionDef(name, tree.args, [ast.Return(tree.body)], [])
        else:
            made = ast.FunctionDef(name, tree.args, tree.body, [])
        if cached:
            made.decorator_list = [ast.Attribute(self._module("functools"), "cache", ast.Load())]
        return ast.unparse(ast.fix_missing_locations(made))

    def body_of(self, function: Any) -> ast.Lambda | ast.FunctionDef:
        """Give a function's syntax tree in terms of this file's names.

        Raises:
            SymgraphError: the source text of the function is not at hand, or cannot stand alone.
        """
        tree = ast.fix_missing_locations(Narrow().visit(syntax_of(function)))
        values = _outside(function, tree)
        names = {key: self.expression(value, _wish(value, key)) for key, value in values.items()}
        tree.args.defaults = [self.expression(value) for value in function.__defaults__ or ()]
        result = Narrow().visit(Rename(names).visit(tree))
        assert isinstance(result, (ast.Lambda, ast.FunctionDef))
        return result


def _outside(function: Any, tree: ast.AST) -> dict[str, Any]:
    """Give the values of the names that a function uses but does not make itself."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    values = {name: cell.cell_contents for name, cell in cells}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for name in sorted({node.id for node in names} - own):
        if name in function.__globals__:
            values.setdefault(name, function.__globals__[name])
    return {name: value for name, value in values.items() if any(node.id == name for node in names)}


def _wish(value: Any, key: str) -> str:
    own = getattr(value, "__name__", "")
    return own if own.isidentifier() else key


def number(value: float | int) -> ast.expr:
    """Write a number as an expression; signs are applied, so that powers of it come out right."""
    if value != value:
        return ast.parse("np.nan", mode="eval").body
    if (isinstance(value, float) and np.signbit(value)) or value < 0:
        return ast.UnaryOp(ast.USub(), number(-value))
    if value == np.inf:
        return ast.parse("np.inf", mode="eval").body
    named = {np.pi: "np.pi", np.e: "np.e"}.get(value) if isinstance(value, float) else None
    return ast.parse(named, mode="eval").body if named else ast.Constant(value)
