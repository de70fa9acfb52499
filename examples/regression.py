"""Gradient descent and Newton's method on a small regression.

Back-propagation is not learning: symgraph gives the derivatives, the optimiser is separate code.
"""

import numpy as np

import symgraph as sg

X = sg.symbol("X", shape=("n", "d"))
y = sg.symbol("y", shape="n")
w = sg.symbol("w", shape="d")
loss = sg.mean((X @ w - y) ** 2)
gradient = sg.grad(loss, w)
hessian = sg.hessian(loss, w)
print("loss     =", loss)
print("gradient =", gradient)
print("Hessian  =", hessian)

rng = np.random.default_rng(1)
data = {X: rng.normal(size=(50, 3)), y: rng.normal(size=50)}
exact = np.linalg.lstsq(data[X], data[y], rcond=None)[0]


def gradient_descent(start: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """Follow the negative gradient."""
    point = start
    for _ in range(steps):
        point = point - rate * sg.evaluate(gradient, {**data, w: point})
    return point


def newton(start: np.ndarray, steps: int) -> np.ndarray:
    """Solve H·step = gradient; a quadratic loss needs one step."""
    point = start
    for _ in range(steps):
        g, h = sg.evaluate([gradient, hessian], {**data, w: point})
        point = point - np.linalg.solve(h, g)
    return point


descent = gradient_descent(np.zeros(3), rate=0.3, steps=200)
one_step = newton(np.zeros(3), steps=1)
print("gradient descent:", descent.round(6), " Newton:", one_step.round(6), " exact:", exact.round(6))
assert np.allclose(descent, exact, atol=1e-8)
assert np.allclose(one_step, exact, atol=1e-12)
