"""``to_numpy``: a graph as the text of a NumPy function that runs without symgraph."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from ..core.dimension import Dim, Size
from ..core.errors import SymgraphError
from ..core.node import CONSTANT, SYMBOL, Node, apply, constant
from ..core.operator import Linearity
from ..core.traversal import open_composites, rebuild, topological
from ..ops.tensor.contraction import CONTRACT
from ..ops.tensor.dimension import DIMENSION
from ..rewrite.contraction_order import order_contractions, pairwise
from .identifiers import PYTHON, Identifiers, sum_of_products
from .lifting import Lifter
from .numpy_expressions import Speller, is_number, typed
from .signature import paths, read_function, sizes_in

WIDTH = 72  # an expression longer than this gets a name of its own

READ = '''def _read(name, value, dtype, shape):
    """Read an argument; None stands for a size that is not known yet."""
    array = np.asarray(value, dtype=dtype)
    if array.ndim != len(shape) or any(n not in (None, size) for n, size in zip(shape, array.shape)):
        raise ValueError(f"{name} has shape {array.shape}, but {shape} is needed")
    if array.dtype.kind != "f" and not np.array_equal(array, value):
        raise ValueError(f"{name} must be {dtype}, and its value does not fit")
    return array[()]'''


def to_numpy(
    outputs: Any, inputs: Sequence[Any] | None = None, name: str = "f", simplify: str | None = "stable"
) -> str:
    """Write a graph as the source text of one NumPy function that runs without symgraph.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions, such as ``sg.value_and_grad(f, x)``.
        inputs: the symbols (or names) that become the parameters, in order; by default every symbol.
        name: what the function is called.
        simplify: as for ``evaluate``.

    Returns:
        A Python file: imports of NumPy (and of SciPy where a special function needs it), the operators' own helper
        functions, and the function, which returns the nesting of ``outputs``. Shared subexpressions have names.
        Names of symbols are kept where they are plain identifiers; they never reach the text otherwise.

    Raises:
        SymgraphError: the name is not an identifier, an input is missing, or an operator has no stand-alone
            spelling, which is named.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", shape="n")
    >>> text = to_numpy(sg.value_and_grad(sg.sum(sg.sin(x) * x), x), name="wave")
    >>> print(text[text.index("    t1"):])
        t1 = np.sin(x)
        return np.sum(t1 * x), x * np.cos(x) + t1
    <BLANKLINE>
    >>> space = {}
    >>> exec(text, space)
    >>> bool(space["wave"]([0.5])[0] == sg.evaluate(sg.sum(sg.sin(x) * x), {x: [0.5]}))
    True
    """
    nodes, symbols, structure = read_function(outputs, inputs, name, PYTHON, simplify)
    nodes = rebuild(order_contractions(open_composites(nodes)), _plain)
    return _Writer(nodes, symbols, name).text(structure)


def _plain(node: Node, args: tuple[Node, ...]) -> Node:
    """Write a named constant as a number, and a contraction of many arrays as contractions of two."""
    if not args and node.op not in (SYMBOL, CONSTANT, CONTRACT, DIMENSION):
        return constant(node.op.numpy(*node.attrs), dtype=node.dtype)
    new = node if args == node.args else apply(node.op, args, node.attrs)
    return pairwise(new)


class _Writer:
    """Writes one function."""

    def __init__(self, outputs: Sequence[Node], inputs: Sequence[Node], name: str) -> None:
        self.outputs = outputs
        self.inputs = inputs
        self.function = name
        self.names = Identifiers({*PYTHON, name})
        self.order = [node for node in topological(outputs) if node.op is not SYMBOL]
        self.parameters = {node: self.names.of(node.name) for node in inputs}
        self.sizes: dict[str, str] = {}
        for node in (*inputs, *self.order):
            for size in (*node.shape, *sizes_in(node.attrs)):
                for each in sorted(size.names) if isinstance(size, Dim) else ():
                    if each not in self.sizes:
                        self.sizes[each] = self.names.of(each, "n")
        self.lifter = Lifter(self.names.taken)
        self.speller = Speller(self.lifter, self.size)
        self.lines: list[str] = []
        self.known: dict[Node, ast.expr] = {node: _name(text) for node, text in self.parameters.items()}
        self.lengths: dict[Node, int] = {}
        self.uses: dict[Node, int] = {}
        for node in self.order:
            for arg in node.args:
                self.uses[arg] = self.uses.get(arg, 0) + 1
        for node in outputs:
            self.uses[node] = self.uses.get(node, 0) + 1

    def text(self, structure: Any) -> str:
        """Give the whole file; ``structure`` nests the numbers of the outputs."""
        for node in self.order:
            self._write(node)
        result = ast.unparse(self._result(structure))
        if len(result) > WIDTH:
            for path, place in paths(structure):
                self._name_output(self.outputs[place], path)
            result = ast.unparse(self._result(structure))
        if result.startswith("(") and isinstance(structure, tuple) and len(structure) > 1:
            result = result[1:-1]
        head = [
            '@np.errstate(all="ignore")',
            f"def {self.function}({', '.join(self.parameters.values())}):",
            *self._doc(structure),
            *[f"    {line}" for line in self._read()],
        ]
        body = [*head, *[f"    {line}" for line in self.lines], f"    return {result}"]
        imports = sorted({"import numpy as np", *self.lifter.imports}, key=lambda line: (line[:4] == "from", line))
        helpers = [READ] if self.inputs else []
        parts = ["\n".join(imports), *helpers, *self.lifter.definitions, "\n".join(body)]
        return "\n\n\n".join(parts) + "\n"

    # --- what surrounds the computation -----------------------------------------------------------

    def _doc(self, structure: Any) -> list[str]:
        rows = [(text, node) for node, text in self.parameters.items()]
        found = [(path, self.outputs[place]) for path, place in paths(structure)]
        width = max([len(text) for text, _ in (*rows, *found)], default=0)

        def line(text: str, node: Node) -> str:
            shape = ", ".join(self.size(n) for n in node.shape) + ("," if len(node.shape) == 1 else "")
            return f"        {text:{width}}  {node.dtype} ({shape})"

        lines = ['    """Made by symgraph.', ""]
        if rows:
            lines += ["    Args:", *[line(*row) for row in rows], ""]
        return [*lines, "    Returns:", *[line(*row) for row in found], '    """']

    def _read(self) -> list[str]:
        """Read the arguments: alone-standing sizes first, so that the others can be checked."""
        lines: list[str] = []
        known: set[str] = set()
        for node, text in self.parameters.items():
            fresh = [isinstance(n, Dim) and n == Dim.named(str(n)) and str(n) not in known for n in node.shape]
            later = [
                isinstance(n, Dim) and not new and not n.names <= known
                for n, new in zip(node.shape, fresh, strict=True)
            ]
            needed = [
                "None" if new or late else self.size(n) for n, new, late in zip(node.shape, fresh, later, strict=True)
            ]
            shape = "(" + ", ".join(needed) + ("," if len(needed) == 1 else "") + ")"
            lines.append(f'{text} = _read("{text}", {text}, "{node.dtype}", {shape})')
            for axis, (n, new) in enumerate(zip(node.shape, fresh, strict=True)):
                if new and str(n) not in known:
                    known.add(str(n))
                    lines.append(f"{self.size(n)} = {text}.shape[{axis}]")
                elif new:
                    lines.append(self._check(text, axis, n))
        unknown = {each for node in (*self.inputs, *self.order) for n in (*node.shape, *sizes_in(node.attrs))
                   if isinstance(n, Dim) for each in n.names} - known  # fmt: skip
        if unknown:
            raise SymgraphError(
                f"no input has the dimension {sorted(unknown)[0]!r} for an axis: its size cannot be read off"
            )
        for node, text in self.parameters.items():
            for axis, n in enumerate(node.shape):
                if isinstance(n, Dim) and n != Dim.named(str(n)):
                    lines.append(self._check(text, axis, n))
        return lines

    def _check(self, text: str, axis: int, size: Size) -> str:
        return (
            f"if {text}.shape[{axis}] != {self.size(size)}: "
            f'raise ValueError("axis {axis} of {text} must have size {self.size(size)}")'
        )

    def size(self, size: Any) -> str:
        """Write a size in terms of this function's variables."""
        return sum_of_products(size, self.sizes, " * ")

    # --- the computation ------------------------------------------------------------------------

    def _write(self, node: Node) -> None:
        """Turn one node into an expression; give it a name if it is used more than once or grows long."""
        expression = self.speller.expression(node, self._operands(node))
        leaf = isinstance(expression, (ast.Name, ast.Constant)) or (not node.args and not node.shape)
        if leaf or self.uses[node] == 1:
            self.known[node] = expression
        else:
            self._assign(node, expression)

    def _assign(self, node: Node, expression: ast.expr, target: str = "") -> ast.expr:
        target = target or self.names.numbered("t")
        self.lines.append(f"{target} = {ast.unparse(expression)}")
        self.known[node] = _name(target)
        self.lengths[node] = len(target)
        return self.known[node]

    def _name_output(self, node: Node, path: str) -> None:
        """Give a long result a line and a name of its own."""
        if node not in self.parameters and len(ast.unparse(self.known[node])) > 12:
            self._assign(node, self.known[node], self.names.of(path.strip("[]"), "r"))

    def _operands(self, node: Node) -> list[ast.expr]:
        """Give the arguments as expressions; the longest get names until the line is short."""
        distinct = list(dict.fromkeys(node.args))
        lengths = {arg: self._length(arg) for arg in distinct}
        for arg in sorted(distinct, key=lambda each: -lengths[each]):
            if sum(lengths.values()) <= WIDTH or lengths[arg] < 12:
                break
            self._assign(arg, self.known[arg])
            lengths[arg] = self._length(arg)
        return [self.known[arg] for arg in node.args]

    def _length(self, node: Node) -> int:
        if node not in self.lengths:
            self.lengths[node] = len(ast.unparse(self.known[node]))
        return self.lengths[node]

    def _result(self, structure: Any) -> ast.expr:
        if isinstance(structure, dict):
            for key in structure:
                if not isinstance(key, (str, int)):
                    raise SymgraphError(f"the key {key!r} of the outputs cannot be written down: use names")
            return ast.Dict([ast.Constant(key) for key in structure], [self._result(v) for v in structure.values()])
        if isinstance(structure, (list, tuple)):
            kind = ast.Tuple if isinstance(structure, tuple) else ast.List
            return kind([self._result(value) for value in structure], ast.Load())
        node = self.outputs[structure]
        expression = self.known[node]
        if is_number(node):
            return typed(node, expression)
        moved = node.op in (SYMBOL, CONSTANT) or (
            not node.op.elementwise and node.op.linearity is not Linearity.NONE and len(node.args) == 1
        )
        return (
            ast.Call(ast.parse("np.array", mode="eval").body, [expression], []) if moved and node.shape else expression
        )


def _name(text: str) -> ast.expr:
    return ast.Name(text, ast.Load())
