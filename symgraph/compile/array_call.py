"""Calling machine code on arrays: reads the arguments, runs the steps, gives back the results.

Between native segments the library calls run: an operator's NumPy function on arrays of this call.
Nothing is kept between calls, so any number of threads may call at once; ctypes releases the interpreter's lock
while native code runs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from math import prod
from time import perf_counter
from typing import Any

import numpy as np

from ..core.dimension import Dim
from ..core.errors import EvaluationError
from ..core.nesting import flatten
from ..core.node import CONSTANT, Node
from ..core.traversal import resize
from ..evaluate.backend import numpy_backend
from ..evaluate.evaluator import bind_sizes
from ..ops.tensor.dimension import DIMENSION
from .access import base_of, is_view
from .jit import Machine
from .module import Module
from .pool import POOL
from .schedule import LibraryCall

SLOT_VIEWS = {"float64": "float64", "float32": "float64", "bool": "uint8", "int64": "int64", "int32": "int64"}
SIGNATURE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


EXACT = 1 << 53  # whole numbers up to here are floats without rounding


class ArrayCall:
    """A callable that takes the arguments in order and gives the list of results."""

    def __init__(self, module: Module, inputs: Sequence[Node], outputs: Sequence[Node]) -> None:
        self.module = module
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.storage = module.storage
        self.buffers = module.buffers
        self.arrays = list(module.storage.arrays)
        self.constants = {node: np.array(node.value) for node in self.arrays if node.op is CONSTANT}
        library = {step.node for step in module.steps if isinstance(step, LibraryCall)}
        given = set(self.inputs) | set(self.constants) | library
        self.allocated = [node for node in self.arrays if node not in given and node not in self.buffers.place]
        self.named = any(isinstance(size, Dim) for node in self.inputs for size in node.shape)

    def link(self, machine: Machine) -> None:
        """Find the native code of the segments."""
        self.machine = machine
        self.steps: list[Callable[..., None] | LibraryCall] = [
            step if isinstance(step, LibraryCall) else SIGNATURE(machine.address(step.name))
            for step in self.module.steps
        ]

    def __call__(self, arguments: Sequence[Any], out: Sequence[Any] | None = None) -> list[Any]:
        state = self._begin(arguments)
        for node, array in zip(self.outputs, out or (), strict=False):
            state.offer(node, array)
        with np.errstate(all="ignore"):
            for step in self.steps:
                state.run(step)
        if state.extents[-1]:  # what machine code sets where a position lies outside its array
            raise EvaluationError(
                "an index is out of range: a position given by an array of integers is outside its axis"
            )
        return state.results(out)

    def _begin(self, arguments: Sequence[Any]) -> _State:
        if len(arguments) != len(self.inputs):
            raise TypeError(f"this function takes {len(self.inputs)} positional arguments, not {len(arguments)}")
        values = {node: read_array(node, value) for node, value in zip(self.inputs, arguments, strict=True)}
        sizes = bound_sizes(values)
        return _State(self, values, sizes)

    def timed(self, arguments: Sequence[Any]) -> list[float]:
        """Run the steps once and give the seconds that each takes."""
        state = self._begin(arguments)
        seconds: list[float] = []
        with np.errstate(all="ignore"):
            for step in self.steps:
                where = () if isinstance(step, LibraryCall) else state.addresses()
                start = perf_counter()
                if isinstance(step, LibraryCall):
                    state.run_library(step.node)
                else:
                    step(*where)
                seconds.append(perf_counter() - start)
        return seconds


class _State:
    """The values of one call."""

    def __init__(self, call: ArrayCall, values: Mapping[Node, Any], sizes: dict[str, int]) -> None:
        self.call = call
        self.sizes = sizes
        self.values = values
        self.scalars = np.zeros(max(len(call.storage.scalars), 1))
        self.arrays: dict[Node, Any] = {**call.constants}
        for node, value in values.items():
            if node.shape:
                self.arrays[node] = value
            else:
                self._put_scalar(node, value)
        for node in call.allocated:
            self.arrays[node] = POOL.empty(resize(node.shape, sizes), np.dtype(node.dtype))
        block = POOL.empty(resize((call.buffers.bytes,), sizes), np.dtype("uint8"))
        for node, (host, offset) in call.buffers.place.items():
            where = block if host is None else self.arrays[host].reshape(-1).view("uint8")
            shape, (start,) = resize(node.shape, sizes), resize((offset,), sizes)
            length = prod(shape) * np.dtype(node.dtype).itemsize
            self.arrays[node] = where[start : start + length].view(node.dtype).reshape(shape)
        self.extents = np.array([*(sizes[name] for name in call.storage.sizes), 0], dtype=np.int64)
        self.pointers = np.zeros(max(len(call.arrays), 1), dtype=np.uintp)

    def run(self, step: Callable[..., None] | LibraryCall) -> None:
        """Run one step: native code, or an operator's NumPy function."""
        if isinstance(step, LibraryCall):
            self.run_library(step.node)
        else:
            step(*self.addresses())

    def addresses(self) -> tuple[int, int, int]:
        arrays = self.arrays
        self.pointers[:] = [
            arrays[node].__array_interface__["data"][0] if node in arrays else 0 for node in self.call.arrays
        ] or [0]
        return tuple([each.__array_interface__["data"][0] for each in (self.scalars, self.pointers, self.extents)])

    def _slot(self, node: Node) -> Any:
        place = self.call.storage.scalars[node]
        return self.scalars[place : place + 1].view(SLOT_VIEWS[node.dtype])

    def _put_scalar(self, node: Node, value: Any) -> None:
        self._slot(node)[0] = value

    def value(self, node: Node) -> Any:
        """Give the value of a node as the evaluator would: through its views, in its dtype."""
        views = []
        while is_view(node):
            views.append(node)
            node = node.args[0]
        if node.op is CONSTANT:
            value = np.asarray(node.value, dtype=node.dtype)[()]
        elif node.op is DIMENSION:
            value = np.dtype(node.dtype).type(resize(node.attrs, self.sizes)[0])
        elif node.shape:
            value = self.arrays[node]
        else:
            value = self._slot(node)[0].astype(node.dtype)
        for view in reversed(views):
            value = view.op.numpy(*resize(view.attrs, self.sizes), value)
        return value

    def run_library(self, node: Node) -> None:
        """Compute one node by its operator's NumPy function; the result is an array of its own."""
        arguments = [self.value(arg) for arg in node.args]
        try:
            result = numpy_backend.compute(node, resize(node.attrs, self.sizes), arguments)
        except Exception as error:
            shapes = ", ".join(str(np.shape(argument)) for argument in arguments)
            raise EvaluationError(f"{node.op.name} failed on arguments of shape {shapes}: {error}") from error
        if not node.shape:
            self._put_scalar(node, result)
            return
        array = np.ascontiguousarray(result, dtype=node.dtype)
        self.arrays[node] = array if array.flags.owndata and array.flags.writeable else array.copy()

    def offer(self, node: Node, array: Any) -> None:
        """Let a result be written straight into the caller's array where it fits."""
        fits = type(array) is np.ndarray and array.dtype == node.dtype and array.flags.carray
        fits = fits and array.shape == resize(node.shape, self.sizes)
        if fits and node in self.call.allocated and not self._shared(array):
            self.arrays[node] = array

    def _shared(self, array: Any) -> bool:
        written = [self.arrays[node] for node in self.call.outputs if node in self.arrays]
        return any(np.may_share_memory(array, value) for value in (*self.values.values(), *written))

    def results(self, out: Sequence[Any] | None) -> list[Any]:
        """Give every output once, never sharing memory with an argument or another output."""
        found: list[Any] = []
        taken: set[Node] = set(self.call.inputs) | set(self.call.constants)
        for place, node in enumerate(self.call.outputs):
            value = self.value(node)
            if not node.shape:
                value = value.item()
            elif base_of(node) is not node or node in taken:
                value = np.array(value)
            taken.add(base_of(node))
            if out is not None:
                value = into(out[place], value, place)
            found.append(value)
        return found


def into(target: Any, value: Any, place: int) -> Any:
    """Write a result into the caller's array and give that back."""
    if target is value:
        return target
    if not isinstance(target, np.ndarray):
        raise TypeError(f"out[{place}] must be an array, not {type(target).__name__}")
    if target.shape != np.shape(value):
        raise TypeError(f"out[{place}] has shape {target.shape}, but the result has shape {np.shape(value)}")
    np.copyto(target, value, casting="same_kind")
    return target


def bound_sizes(values: Mapping[Node, Any]) -> dict[str, int]:
    """Check shapes and read named sizes off them; the message names the argument."""
    try:
        return bind_sizes(values, {})
    except EvaluationError as error:
        raise TypeError(str(error)) from None


def read_array(node: Node, value: Any) -> Any:
    """Read an argument as a C-contiguous array of its dtype; no copy is made of one that is so already.

    Raises:
        TypeError: the argument is not made of numbers of the right kind.
    """
    if value.__class__ is np.ndarray and value.dtype == node.dtype and value.flags.carray:
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"{node.name} must be an array of {node.dtype}: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{node.name} must be an array of {node.dtype}, not of {array.dtype}")
    if (
        array.dtype.kind == "f"
        and node.dtype.startswith(("int", "bool"))
        and not np.array_equal(array, np.trunc(array))
    ):
        raise TypeError(f"{node.name} must be {node.dtype}, and it has a fraction")
    return np.require(array, node.dtype, ["C", "A"])


def read_number(node: Node, value: Any) -> float:
    """Read an argument that is one number.

    Raises:
        TypeError: the argument is not one number of the right kind.
    """
    if node.dtype == "float64" and value.__class__ is int and abs(value) <= EXACT:
        return float(value)
    array = read_array(node, value)
    bound_sizes({node: array})
    number: float = array.item()
    return number


class FullCall:
    """The Python call of a compiled function: arguments and ``out=`` in, the nesting of the results out."""

    def __init__(self, call: Callable[..., list[Any]], structure: Any) -> None:
        self.call = call
        leaves, self.again = flatten(structure)
        self.count = len(leaves)

    def __call__(self, *arguments: Any, out: Any = None) -> Any:
        if out is None:
            return self.again(self.call(arguments))
        given = flatten(out)[0]
        if len(given) != self.count:
            raise TypeError(f"out must hold {self.count} arrays, in the nesting of the outputs")
        self.call(arguments, given)
        return out
