"""Forward accumulation of x1·x2 + sin x1, as a table, once for each seed."""

import math

import symgraph as sg

x1, x2 = sg.symbols("x1 x2")
f = x1 * x2 + sg.sin(x1)
at = {x1: 0.5, x2: 3.0}

for seed in (x1, x2):
    trace = sg.forward_trace(f, at, seed=seed)
    print(f"seed: ∂/∂{seed}")
    print(trace, "\n")

assert math.isclose(sg.forward_trace(f, at, x1).tangent, 3.0 + math.cos(0.5))
assert sg.forward_trace(f, at, x2).tangent == 0.5
# One forward sweep per variable; reverse mode gives both derivatives in one sweep.
assert sg.evaluate(sg.grad(f, [x1, x2]), at) == [sg.forward_trace(f, at, v).tangent for v in (x1, x2)]
