"""symgraph: a symbol-to-symbol differentiation compiler.

A formula becomes a graph; back-propagation appends the nodes that compute its derivatives; a generic evaluator
runs either; the derivative graph can be differentiated again.

>>> import symgraph as sg
>>> x, y, z = sg.symbols("x y z")
>>> f = (x + y) * z
>>> sg.evaluate([f, *sg.grad(f, [x, y, z])], {x: -2, y: 5, z: -4})
[-12.0, -4.0, -4.0, 3.0]

Every operator is a function of this module too: ``symgraph.sin``, ``symgraph.where``, … (see docs/operators.md).
"""

from typing import Any

from . import ops as ops
from .autodiff.gradients import grad, jvp, value_and_grad, vjp
from .autodiff.jacobians import hessian, hvp, jacobian, jacobian_mode, sparsity
from .autodiff.series import derivative, taylor
from .autodiff.structure import Structured, structure
from .compile.api import compile
from .core.errors import (
    CompileError,
    DifferentiationError,
    DrawError,
    DTypeError,
    EvaluationError,
    KinkWarning,
    LoadError,
    ParseError,
    ShapeError,
    SymgraphError,
    VerificationError,
)
from .core.node import Node, constant, symbol, symbols
from .core.operator import FUNCTIONS
from .core.origin import scope
from .core.traversal import substitute
from .core.version import __version__ as __version__
from .draw.diagram import Diagram, draw
from .evaluate.api import evaluate
from .evaluate.backpropagation import backpropagate
from .evaluate.forward_trace import forward_trace
from .evaluate.kinks import kinks
from .evaluate.verification import verify
from .graph import Graph, graph
from .interop.c_source import to_c
from .interop.files import dumps, load, loads, save
from .interop.networks import from_networkx, to_networkx
from .interop.numpy_source import to_numpy
from .interop.numpy_tracing import trace
from .interop.sympy_bridge import from_sympy, to_sympy
from .ops.composite import custom_gradient, function
from .ops.constants import e, euler_gamma, inf, nan, pi
from .ops.linalg.decomposition import qr
from .ops.linalg.determinant import slogdet
from .ops.linalg.spectral import eigh, svd
from .rewrite.simplify import simplify
from .text.parser import parse, parse_program

__all__ = [
    "CompileError",
    "DTypeError",
    "Diagram",
    "DifferentiationError",
    "DrawError",
    "EvaluationError",
    "Graph",
    "KinkWarning",
    "LoadError",
    "Node",
    "ParseError",
    "ShapeError",
    "Structured",
    "SymgraphError",
    "VerificationError",
    "backpropagate",
    "compile",
    "constant",
    "custom_gradient",
    "derivative",
    "draw",
    "dumps",
    "e",
    "eigh",
    "euler_gamma",
    "evaluate",
    "forward_trace",
    "from_networkx",
    "from_sympy",
    "function",
    "grad",
    "graph",
    "hessian",
    "hvp",
    "inf",
    "jacobian",
    "jacobian_mode",
    "jvp",
    "kinks",
    "load",
    "loads",
    "nan",
    "parse",
    "parse_program",
    "pi",
    "qr",
    "save",
    "scope",
    "simplify",
    "slogdet",
    "sparsity",
    "structure",
    "substitute",
    "svd",
    "symbol",
    "symbols",
    "taylor",
    "to_c",
    "to_networkx",
    "to_numpy",
    "to_sympy",
    "trace",
    "value_and_grad",
    "verify",
    "vjp",
]


def __getattr__(name: str) -> Any:
    """Find the operators' functions; new records are there at once."""
    try:
        return FUNCTIONS[name]
    except KeyError:
        raise AttributeError(f"symgraph has no {name!r}; the operators are listed in docs/operators.md") from None


def __dir__() -> list[str]:
    return sorted({*globals(), *FUNCTIONS})
