"""Sparse Jacobians and Hessians: the pattern, the colours, the numbers; and an entry-by-entry Jacobian as formulas.

python examples/sparse_derivatives.py [n]
"""

import sys

import numpy as np
from scipy.sparse.linalg import spsolve

import symgraph as sg


def rosenbrock(n):
    """The chained Rosenbrock function: a sum over neighbours, so the Hessian is tridiagonal."""
    x = sg.symbol("x", shape=n)
    return sg.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), x


def newton(n, steps):
    """Minimise with Newton's method: the Hessian has 3n - 2 entries, and a step costs a few of them."""
    f, x = rosenbrock(n)
    H = sg.hessian(f, x, sparse=True)
    print(H, "- pattern of the first rows:")
    for row in H.pattern[:4, :8].toarray():
        print("   ", "".join("#" if entry else "." for entry in row))
    step = sg.compile([f, sg.grad(f, x), H], [x])
    at = np.full(n, 0.9)
    for k in range(steps):
        value, gradient, hessian = step(at)
        print(f"step {k}: f = {value:.3e}, |gradient| = {np.linalg.norm(gradient):.1e}")
        at = at - spsolve(hessian.tocsc(), gradient)
    return at


def main(arguments):
    n = int(arguments[0]) if arguments else 200
    at = newton(n, 8)
    print(f"largest distance from the minimum: {np.abs(at - 1).max():.1e}\n")
    s, e, c, p = sg.symbols("S E C P")
    bind, release, make = 2 * s * e, 0.5 * c, 0.1 * c
    change = [release - bind, release + make - bind, bind - release - make, make]
    J = sg.jacobian(change, [s, e, c, p], sparse=True)
    print("an enzyme,", J)
    for i, j, entry in J.entries:
        print(f"    d{'SECP'[i]}'/d{'SECP'[j]} = {entry}")


if __name__ == "__main__":
    main(sys.argv[1:])
