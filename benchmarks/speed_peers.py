"""The two functions of ``speed.py`` in other tools: ready to be called, compiled where the tool compiles.

A tool without a symbolic or automatic gradient (numba) gets the gradient written by hand; SymPy differentiates before
``lambdify``. Results are waited for where a tool computes in the background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

NEURON_POINT = (2.0, -3.0, -3.0, -1.0, -2.0)
Call = Callable[[], Any]


@dataclass(frozen=True)
class Peer:
    """``neuron()`` gives a call of value and gradient; ``total()`` a function from numbers to such a call."""

    neuron: Callable[[], Call]
    total: Callable[[], Callable[[Any], Call]] | None = None


def neuron(exp: Any, w: Any) -> Any:
    """1/(1 + exp(−(w0·x0 + w1·x1 + w2))) of w0, w1, w2, x0, x1."""
    return 1 / (1 + exp(-(w[0] * w[3] + w[1] * w[4] + w[2])))


def jax_neuron() -> Call:
    jax = _jax()
    fn = jax.jit(jax.value_and_grad(lambda *w: neuron(jax.numpy.exp, w), argnums=(0, 1, 2, 3, 4)))
    return lambda: jax.block_until_ready(fn(*NEURON_POINT))


def jax_total() -> Callable[[Any], Call]:
    jax = _jax()
    fn = jax.jit(jax.value_and_grad(lambda x: jax.numpy.sum(jax.numpy.sin(x) * jax.numpy.exp(-(x**2)))))

    def at(values: Any) -> Call:
        ready = jax.numpy.asarray(values)
        return lambda: jax.block_until_ready(fn(ready))

    return at


def _jax() -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def torch_neuron() -> Call:
    torch = _torch()

    def call() -> Any:
        w = torch.tensor(NEURON_POINT, dtype=torch.float64, requires_grad=True)
        value = neuron(torch.exp, w)
        value.backward()
        return value.item(), w.grad.numpy()

    return call


def torch_total() -> Callable[[Any], Call]:
    torch = _torch()

    def at(values: Any) -> Call:
        x = torch.tensor(values, requires_grad=True)

        def call() -> Any:
            x.grad = None
            value = torch.sum(torch.sin(x) * torch.exp(-(x**2)))
            value.backward()
            return value.item(), x.grad.numpy()

        return call

    return at


def _torch() -> Any:
    import torch

    torch.set_num_threads(1)
    return torch


def pytensor_neuron() -> Call:
    import pytensor
    import pytensor.tensor as pt

    w = [pt.dscalar(name) for name in ("w0", "w1", "w2", "x0", "x1")]
    value = neuron(pt.exp, w)
    fn = pytensor.function(w, [value, *pytensor.grad(value, w)], trust_input=True)
    numbers = [np.asarray(number) for number in NEURON_POINT]

    def call() -> Any:
        value, *gradient = fn(*numbers)
        return value, gradient

    return call


def pytensor_total() -> Callable[[Any], Call]:
    import pytensor
    import pytensor.tensor as pt

    x = pt.dvector("x")
    value = pt.sum(pt.sin(x) * pt.exp(-(x**2)))
    fn = pytensor.function([x], [value, pytensor.grad(value, x)], trust_input=True)
    return lambda values: lambda: fn(values)


def casadi_neuron() -> Call:
    import casadi

    w = casadi.SX.sym("w", 5)
    f = neuron(casadi.exp, [w[i] for i in range(5)])
    fn = casadi.Function("f", [w], [f, casadi.gradient(f, w)])
    return lambda: fn(NEURON_POINT)


def numba_neuron() -> Call:
    import numba

    @numba.njit
    def fn(w0: float, w1: float, w2: float, x0: float, x1: float) -> Any:
        y = 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
        slope = y * (1 - y)
        return y, (slope * x0, slope * x1, slope, slope * w0, slope * w1)

    return lambda: fn(*NEURON_POINT)


def numba_total() -> Callable[[Any], Call]:
    import numba

    @numba.njit
    def fn(x: Any) -> Any:
        gradient = np.empty_like(x)
        total = 0.0
        for i in range(x.size):
            e, s = np.exp(-x[i] * x[i]), np.sin(x[i])
            total += s * e
            gradient[i] = e * (np.cos(x[i]) - 2 * x[i] * s)
        return total, gradient

    return lambda values: lambda: fn(values)


def sympy_neuron() -> Call:
    import sympy

    w = sympy.symbols("w0 w1 w2 x0 x1")
    f = neuron(sympy.exp, w)
    fn = sympy.lambdify(w, (f, [sympy.diff(f, each) for each in w]), "math", cse=True)
    return lambda: fn(*NEURON_POINT)


def sympy_total() -> Callable[[Any], Call]:
    import sympy

    x = sympy.symbols("x")
    f = sympy.sin(x) * sympy.exp(-(x**2))
    fn = sympy.lambdify(x, (f, sympy.diff(f, x)), "numpy", cse=True)

    def at(values: Any) -> Call:
        def call() -> Any:
            terms, gradient = fn(values)
            return np.sum(terms), gradient

        return call

    return at


def symengine_neuron() -> Call:
    import symengine

    w = symengine.symbols("w0 w1 w2 x0 x1")
    f = neuron(symengine.exp, w)
    fn = symengine.Lambdify(w, [f, *[f.diff(each) for each in w]], backend="llvm" if symengine.have_llvm else "lambda")
    numbers = np.array(NEURON_POINT)

    def call() -> Any:
        found = fn(numbers)
        return found[0], found[1:]

    return call


PEERS = {
    "JAX": Peer(jax_neuron, jax_total),
    "PyTorch": Peer(torch_neuron, torch_total),
    "PyTensor": Peer(pytensor_neuron, pytensor_total),
    "CasADi": Peer(casadi_neuron),
    "numba": Peer(numba_neuron, numba_total),
    "SymPy": Peer(sympy_neuron, sympy_total),
    "SymEngine": Peer(symengine_neuron),
}
