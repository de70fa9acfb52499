"""The neuron 1/(1 + exp(−(w0·x0 + w1·x1 + w2))), once as single gates and once with the sigmoid as one gate."""

import symgraph as sg

w0, w1, w2, x0, x1 = sg.symbols("w0 w1 w2 x0 x1")
variables = [w0, x0, w1, x1, w2]
at = {w0: 2.0, w1: -3.0, w2: -3.0, x0: -1.0, x1: -2.0}
s = w0 * x0 + w1 * x1 + w2

gates = 1 / (1 + sg.exp(-s))
result = sg.backpropagate(gates, at)
print("single gates:")
print(result)

one_gate = sg.sigmoid(s)
print("\nthe sigmoid as one gate:")
print(sg.backpropagate(one_gate, at))

rounded = [round(result.gradient(v), 2) for v in variables]
print("\ngradient (w0, x0, w1, x1, w2):", rounded)
assert rounded == [-0.20, 0.39, -0.39, -0.59, 0.20]
assert round(sg.evaluate(gates, at), 2) == 0.73

for f in (gates, one_gate):
    for exact, v in zip(sg.evaluate(sg.grad(f, variables), at), variables, strict=True):
        assert abs(exact - result.gradient(v)) < 1e-15
