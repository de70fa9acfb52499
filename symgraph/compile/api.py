"""``compile``: a graph as machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.dtype import is_float
from ..core.errors import CompileError
from ..core.names import find
from ..core.nesting import flatten
from ..core.node import CONSTANT, Node, lift, symbol
from ..core.traversal import resize
from ..evaluate.evaluator import bind_sizes, open_composites
from ..ops.composite import replace_symbols
from ..ops.products import broadcast_to
from .jit import Machine
from .libraries import Libraries
from .module import Module, write_module
from .scalar_call import CallWriter, python_function
from .schedule import base_of, is_view, plan

BATCH = "batch"


def compile(outputs: Any, inputs: Sequence[Any], batch: bool = False) -> CompiledFunction:
    """Turn a graph into machine code.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions; work is shared among them.
        inputs: the symbols (or names) that become the positional arguments, in order.
        batch: every input is a scalar and gets a leading batch axis: the function is applied to many points.

    Returns:
        A callable taking numbers and arrays; it gives back the nesting of ``outputs``.

    Raises:
        CompileError: an operator or dtype has no machine code, an input is missing, or llvmlite is.

    >>> import symgraph as sg
    >>> x, y = sg.symbols("x y")
    >>> fn = sg.compile(sg.value_and_grad(x * y, [x, y]), inputs=[x, y])
    >>> fn(2.0, 3.0)
    (6.0, [3.0, 2.0])
    """
    leaves, again = flatten(outputs)
    nodes = [lift(leaf) for leaf in leaves]
    symbols = [find(each, nodes, CompileError) for each in inputs]
    structure = again(list(range(len(nodes))))
    given = nodes
    if batch:
        nodes, symbols = _batched(nodes, symbols)
    return CompiledFunction(given, open_composites(nodes), symbols, structure)


def _batched(nodes: Sequence[Node], inputs: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    for node in (*inputs, *nodes):
        if node.shape:
            raise CompileError("batch=True is for functions of scalars; give array inputs a leading axis yourself")
    wide = {x: symbol(x.name, (BATCH,), x.dtype) for x in inputs}
    made = [broadcast_to(replace_symbols(node, wide), (BATCH,)) for node in open_composites(nodes)]
    return made, list(wide.values())


class CompiledFunction:
    """Machine code for a graph; call it with the inputs in order."""

    def __init__(self, given: Sequence[Node], outputs: Sequence[Node], inputs: Sequence[Node], structure: Any) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.structure = structure
        self.given = list(given)
        schedule = plan(self.outputs, self.inputs)
        libraries = Libraries()
        self.module: Module = write_module(schedule, libraries)
        text = self.module.text
        scalar = not any(node.shape for node in (*self.inputs, *self.outputs)) and not self.module.storage.arrays
        writer = CallWriter(self.inputs, structure, self.outputs, self.module.storage) if scalar else None
        if writer is not None:
            text = f"{text}\n\n{writer.text(libraries)}"
        text = "\n".join(libraries.declarations) + "\n" + _without_declarations(text)
        size = sum(len(nest.body) for nest in self.module.nests)
        self.machine = Machine(text, libraries, 2 if size < 2000 else 1)
        self._call: Callable[..., Any]
        if writer is not None:
            self._call = python_function(self.machine.address("call"), "compiled", [self.machine, writer.kept])
        else:
            self._call = ArrayCall(self)

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)

    def ir(self) -> str:
        """Give the optimised LLVM text."""
        return self.machine.ir()

    def assembly(self) -> str:
        """Give the assembly text."""
        return self.machine.assembly()


def _without_declarations(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("declare "))


class ArrayCall:
    """Calls a kernel on arrays: checks, allocates, calls, and puts the results into the user's nesting."""

    def __init__(self, function: CompiledFunction) -> None:
        self.inputs = function.inputs
        self.outputs = function.outputs
        self.again = flatten(function.structure)[1]
        self.storage = function.module.storage
        self.temporaries = function.module.temporaries
        kernel = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        self.kernel: Callable[..., None] = kernel(function.machine.address("kernel"))
        self.constants = {node: np.array(node.value) for node in self.storage.arrays if node.op is CONSTANT}
        self.scalar_constants = {node: float(node.value) for node in self.storage.scalars if node.op is CONSTANT}

    def __call__(self, *arguments: Any) -> Any:
        if len(arguments) != len(self.inputs):
            raise TypeError(f"this function takes {len(self.inputs)} positional arguments, not {len(arguments)}")
        values = {node: _array(node, value) for node, value in zip(self.inputs, arguments, strict=True)}
        sizes = bind_sizes(values, {})
        arrays: dict[Node, Any] = {**values, **self.constants}
        for node in self.storage.arrays:
            if node not in arrays:
                arrays[node] = np.empty(resize(node.shape, sizes), node.dtype)
        pointers = np.array([arrays[node].ctypes.data for node in self.storage.arrays], dtype=np.uintp)
        scalars = np.zeros(max(len(self.storage.scalars), 1))
        for node, place in self.storage.scalars.items():
            if node in values:
                scalars[place] = values[node]
            elif node in self.scalar_constants:
                scalars[place] = self.scalar_constants[node]
        extents = np.array([sizes[name] for name in self.storage.sizes] or [0], dtype=np.int64)
        self.kernel(scalars.ctypes.data, pointers.ctypes.data, extents.ctypes.data)
        return self.again([self._result(node, arrays, scalars, sizes) for node in self.outputs])

    def _result(self, node: Node, arrays: dict[Node, Any], scalars: Any, sizes: dict[str, int]) -> Any:
        base = base_of(node)
        if not base.shape:
            value = scalars[self.storage.scalars[base]]
            return float(value) if not node.shape else np.full(resize(node.shape, sizes), value)
        array = arrays[base]
        return array if node is base and base not in self.inputs else _view(node, array, sizes)


def _view(node: Node, array: Any, sizes: dict[str, int]) -> Any:
    """Give an independent array for an output that only rearranges another."""
    chain = []
    while is_view(node):
        chain.append(node)
        node = node.args[0]
    for each in reversed(chain):
        array = each.op.numpy(*resize(each.attrs, sizes), array)
    return np.array(array)


def _array(node: Node, value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and not is_float(node.dtype)):
        raise TypeError(f"{node.name} must be an array of {node.dtype}, not {array.dtype}")
    return np.ascontiguousarray(array, dtype=node.dtype) if array.shape else np.asarray(array, dtype=node.dtype)
