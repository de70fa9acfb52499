"""Other differentiation tools on a random graph: JAX, PyTorch and SymPy, each by its own derivatives.

A tool runs the graph with its own functions of the same names. A graph with a function that the tool does not have
is left out, which :func:`peer_slope` says with ``None``.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

import numpy as np

from ..core.dtype import is_float
from ..core.errors import EvaluationError, SymgraphError
from ..core.node import Node
from ..core.operator import FUNCTIONS
from ..evaluate.backend import Backend
from ..evaluate.evaluator import run
from ..interop.sympy_bridge import sympy_module, to_sympy
from .graphs import RandomGraph, Record, usable_records
from .samples import sample

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
LARGEST_FOR_SYMPY = 12


class NotThereError(EvaluationError):
    """The tool has no function of this meaning."""


def peers() -> dict[str, Callable[[RandomGraph, Mapping[Node, Any]], float]]:
    """List the tools that are installed: name → slope of a graph along a direction."""
    known = {"JAX": ("jax", _jax_slope), "PyTorch": ("torch", _torch_slope), "SymPy": ("sympy", _sympy_slope)}
    return {name: slope for name, (module, slope) in known.items() if _can_import(module)}


@cache
def out_of_reach(name: str) -> tuple[str, ...]:
    """List the records whose examples a tool cannot run or differentiate, so that graphs for it leave them out."""
    slope = peers()[name]
    return tuple([record.name for record in usable_records() if not _within_reach(slope, record)])


def _within_reach(slope: Callable[[RandomGraph, Mapping[Node, Any]], float], record: Record) -> bool:
    tried = sample(record, 0)
    parts = [FUNCTIONS["sum"](each) if each.shape else each for each in tried.outputs if is_float(each.dtype)]
    if not parts:
        return False
    graph = RandomGraph(0, parts[0], tried.values)
    direction = {s: np.ones_like(tried.values[s]) for s in graph.symbols}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return peer_slope(slope, graph, direction) is not None
    except Exception:  # whatever a foreign function raises, graphs for this tool are made without it
        return False


def _can_import(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def peer_slope(
    slope: Callable[[RandomGraph, Mapping[Node, Any]], float], graph: RandomGraph, direction: Mapping[Node, Any]
) -> float | None:
    """Give a tool's derivative of the graph along a direction; ``None`` if it lacks or refuses a function."""
    try:
        return slope(graph, direction)
    except EvaluationError:
        return None


# --- array libraries --------------------------------------------------------------------------


def _backend(name: str, rooms: Sequence[Any], as_array: Callable[[Any], Any]) -> Backend:
    """Compute with functions of a library that have the operators' names; a contraction is its ``einsum``."""

    def compute(node: Node, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
        if not args:
            return as_array(node.value)
        if "subscripts" in node.op.attributes:
            return _einsum(rooms[0], attrs, args)
        function = next((getattr(room, node.op.name) for room in rooms if hasattr(room, node.op.name)), None)
        if function is None or not node.op.elementwise or attrs or not is_float(node.dtype):
            raise NotThereError(node.op.name)
        return function(*args)

    return Backend(name, lambda value, node: value, compute, nullcontext)


def _einsum(room: Any, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
    subscripts, output, *_ = attrs
    used = {index for each in subscripts for index in each}
    if not used.issuperset(output) or len(set(output)) < len(output):
        raise NotThereError("einsum cannot broadcast")
    text = ",".join(["".join([LETTERS[i] for i in each]) for each in subscripts])
    return room.einsum(f"{text}->{''.join([LETTERS[i] for i in output])}", *args)


def _jax_slope(graph: RandomGraph, direction: Mapping[Node, Any]) -> float:
    import jax
    import jax.numpy as jnp
    from jax.scipy import special

    with jax.enable_x64(True):
        backend = _backend("JAX", (jnp, special, jax.nn), jnp.asarray)

        def value(*points: Any) -> Any:
            return run([graph.output], dict(zip(graph.symbols, points, strict=True)), backend)[graph.output]

        points = [jnp.asarray(graph.values[s]) for s in graph.symbols]
        gradients = jax.grad(value, tuple(range(len(points))))(*points)
        return _dot(gradients, direction.values())


def _torch_slope(graph: RandomGraph, direction: Mapping[Node, Any]) -> float:
    import torch

    backend = _backend("PyTorch", (torch, torch.special, torch.nn.functional), torch.as_tensor)
    points = {s: torch.tensor(graph.values[s], dtype=torch.float64, requires_grad=True) for s in graph.symbols}
    value = run([graph.output], points, backend)[graph.output]
    gradients = torch.autograd.grad(value, list(points.values()), allow_unused=True)
    return _dot([0.0 if g is None else g.numpy() for g in gradients], direction.values())


def _dot(gradients: Sequence[Any], steps: Any) -> float:
    return float(sum(np.sum(np.asarray(g) * s) for g, s in zip(gradients, steps, strict=True)))


# --- SymPy ------------------------------------------------------------------------------------


def _sympy_slope(graph: RandomGraph, direction: Mapping[Node, Any]) -> float:
    sympy = sympy_module()

    if any(s.shape for s in graph.symbols) or len(graph.output.listing().splitlines()) > LARGEST_FOR_SYMPY:
        raise NotThereError("SymPy is asked about small scalar formulas")
    try:
        formula = to_sympy(graph.output)
    except SymgraphError as error:
        raise NotThereError(str(error)) from error
    named = {symbol.name: symbol for symbol in formula.free_symbols}
    point = {named[s.name]: sympy.Float(float(graph.values[s]), 40) for s in graph.symbols if s.name in named}
    total = sympy.Integer(0)
    for s, step in direction.items():
        try:
            total += sympy.diff(formula, named[s.name]) * float(step) if s.name in named else 0
        except NotImplementedError as error:
            raise NotThereError("SymPy has no derivative of this") from error
    found = total.subs(point).evalf(30)
    if not found.is_Float and not found.is_Integer:
        raise NotThereError("SymPy leaves an unevaluated derivative")
    return float(found)
