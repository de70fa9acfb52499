"""Three patterns in the backward flow: add distributes, max routes, mul switches."""

import symgraph as sg

x, y, z, w = sg.symbols("x y z w")
f = (x * y + sg.maximum(z, w)) * 2
at = {x: 3.0, y: -4.0, z: 2.0, w: -1.0}
result = sg.backpropagate(f, at)
print(result)

product, larger = x * y, sg.maximum(z, w)
print("\nadd is a distributor: both branches receive", result.gradient(product), "and", result.gradient(larger))
assert result.gradient(product) == result.gradient(larger) == 2.0

print("max is a router: the winner z receives", result.gradient(z), "and the loser w", result.gradient(w))
assert (result.gradient(z), result.gradient(w)) == (2.0, 0.0)

print("mul is a switcher: x receives 2·y =", result.gradient(x), "and y receives 2·x =", result.gradient(y))
assert (result.gradient(x), result.gradient(y)) == (-8.0, 6.0)
