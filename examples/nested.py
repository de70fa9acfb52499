"""z = f(f(f(w))): back-propagation appends nodes that compute dz/dw; doing it again gives higher orders."""

import symgraph as sg

u, w = sg.symbols("u w")
f = sg.function("f", [u], sg.sin(u) * u)  # one gate, f; its derivative will be one gate, df
z = f(f(f(w)))

graph = sg.graph({"z": z}).gradient(w)
print("the graph of z with dz/dw appended:")
print(graph.listing())
print(f"appended nodes: {len(graph.appended)}\n")

for order in (1, 2, 3):
    d = sg.derivative(z, w, order)
    stats = sg.graph(d).stats()
    print(f"order {order}: {stats['nodes']} nodes, value at 0.7: {sg.evaluate(d, {w: 0.7}):.12f}")

# The derivative graph is an ordinary graph: differentiate it again with reverse mode.
second = sg.grad(sg.grad(z, w), w)
third = sg.grad(second, w)
at = {w: 0.7}
assert abs(sg.evaluate(second - sg.derivative(z, w, 2), at)) < 1e-12
assert abs(sg.evaluate(third - sg.derivative(z, w, 3), at)) < 1e-11
print(sg.verify(z, [w], at={w: 0.7}))
