"""Griewank's Helmholtz energy of a mixed fluid: gradient, Hessian and directional derivatives to order 6.

    python examples/helmholtz.py [n]

Source: Griewank and Walther, Evaluating Derivatives (SIAM 2008); the constants are those of ADOL-C's example.
"""

import math
import sys

import numpy as np

import symgraph as sg

TEMPERATURE = 0.01
ROOT = math.sqrt(2.0)


def helmholtz(n):
    """Give the energy of ``n`` components as an expression, and its variable, a vector of amounts."""
    j = np.arange(n)
    b = 0.02 * (1 + np.abs(np.sin(j)))
    A = np.tril(0.5 / (1 + j[:, None] + j), -1) + np.diag(1 / (1 + 2 * j))
    x = sg.symbol("x", shape=n)
    bx = b @ x
    mixing = 1.3625e-3 * (sg.sum(x * sg.log(x)) - TEMPERATURE * sg.log(1 - bx))
    attraction = sg.log((1 + bx * (1 + ROOT)) / (1 + bx * (1 - ROOT))) * (x @ (A @ x)) / bx
    return mixing - attraction, x


def point(n):
    """Give the amounts where the published numbers are taken, and the direction of the directional derivatives."""
    return np.sqrt(1 + np.arange(n)) / n, 0.1 * (-1.0) ** np.arange(n)


def directional_derivatives(f, x, direction, order):
    """Give the derivatives of order 0 … ``order`` along a line: Taylor coefficients times k!."""
    terms = sg.taylor(f, x, order, direction=direction)
    return [term * float(math.factorial(k)) for k, term in enumerate(terms)]


def main(arguments):
    n = int(arguments[0]) if arguments else 5
    f, x = helmholtz(n)
    at, direction = point(n)
    results = {"f": f, "gradient": sg.grad(f, x), "Hessian": sg.hessian(f, x)}
    results["along a line"] = directional_derivatives(f, x, direction, 6)
    for name, value in sg.evaluate(results, {x: at}).items():
        print(f"{name}: {np.array2string(np.asarray(value), precision=10)}")


if __name__ == "__main__":
    main(sys.argv[1:])
