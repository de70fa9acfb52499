"""The smallest circuit, f = (x + y)·z at (−2, 5, −4): gradient (−4, −4, 3), step by step."""

import symgraph as sg

x, y, z = sg.symbols("x y z")
f = (x + y) * z
at = {x: -2.0, y: 5.0, z: -4.0}

print("f =", f)

# Symbol to number: values forward, adjoints backward.
result = sg.backpropagate(f, at)
print(result)

# Symbol to symbol: the same derivatives as nodes, appended to the same graph.
gradient = sg.grad(f, [x, y, z])
print("gradient:", ", ".join(map(str, gradient)))
values = sg.evaluate([f, *gradient], at)
print("value and gradient:", values)

assert values == [-12.0, -4.0, -4.0, 3.0]
assert [result.gradient(v) for v in (x, y, z)] == values[1:]
