"""f = ‖W·x‖²: the gradient is a formula, 2q·xᵀ and 2Wᵀ·q with q = W·x, for every size of W."""

import numpy as np

import symgraph as sg

W = sg.symbol("W", shape=("n", "m"))
x = sg.symbol("x", shape="m")
q = W @ x
f = sg.sum(q**2)
grad_w, grad_x = sg.grad(f, [W, x])
print("∇W =", grad_w)
print("∇x =", grad_x)
print("Hessian in x =", sg.hessian(f, x))

at = {W: [[0.1, 0.5], [-0.3, 0.8]], x: [0.2, 0.4]}
for name, expression, expected in (
    ("q", q, [0.22, 0.26]),
    ("f", f, 0.116),
    ("∇W", grad_w, [[0.088, 0.176], [0.104, 0.208]]),
    ("∇x", grad_x, [-0.112, 0.636]),
):
    value = sg.evaluate(expression, at)
    print(name, "=", np.asarray(value).round(12).tolist())
    assert np.allclose(value, expected, rtol=0, atol=1e-12)

# The same expressions serve another size: nothing is derived again.
rng = np.random.default_rng(0)
big = {W: rng.normal(size=(5, 3)), x: rng.normal(size=3)}
assert np.allclose(sg.evaluate(grad_x, big), 2 * big[W].T @ (big[W] @ big[x]))
