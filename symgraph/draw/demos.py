"""The textbook figures: each demo gives a diagram and the numbers that belong to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..autodiff.gradients import grad
from ..autodiff.reverse import adjoints
from ..core.node import Node, symbol, symbols
from ..core.operator import FUNCTIONS
from ..evaluate.backpropagation import backpropagate
from ..evaluate.forward_trace import forward_trace
from ..ops.composite import function
from . import terminal
from .diagram import Diagram, draw
from .picture import View
from .story import words


@dataclass(frozen=True, slots=True)
class Demo:
    """A figure: its title, its diagram, and the text that is printed beside it."""

    title: str
    diagram: Diagram
    text: str
    extra: tuple[Diagram, ...] = ()


def demo(name: str) -> Demo:
    """Make the demo called ``name``.

    >>> print(demo("sum-product").text.splitlines()[-1])
    ∂f/∂x = −4, ∂f/∂y = −4, ∂f/∂z = 3
    """
    return DEMOS[name]()


def _sum_product() -> Demo:
    x, y, z = symbols("x y z")
    f = (x + y) * z
    diagram = draw(f, at={x: -2.0, y: 5.0, z: -4.0})
    return Demo("The smallest circuit: f = (x + y)·z", diagram, _told(diagram, "f", [x, y, z]))


def _sigmoid() -> Demo:
    w0, x0, w1, x1, w2 = variables = symbols("w0 x0 w1 x1 w2")
    at = dict(zip(variables, (2.0, -1.0, -3.0, -2.0, -3.0), strict=True))
    s = w0 * x0 + w1 * x1 + w2
    gates = draw(1 / (1 + FUNCTIONS["exp"](-s)), at=at)
    one = draw(FUNCTIONS["sigmoid"](s), at=at)
    text = f"single gates:\n{_told(gates, 'f', variables)}\n\nσ as one gate:\n{_told(one, 'f', variables)}"
    return Demo("A neuron: f = 1/(1 + exp(−(w0·x0 + w1·x1 + w2)))", gates, text, (one,))


def _forward_table() -> Demo:
    x1, x2 = symbols("x1 x2")
    f = x1 * x2 + FUNCTIONS["sin"](x1)
    at = {x1: 0.5, x2: 3.0}
    text = "\n\n".join(f"seed ∂/∂{seed.name}:\n{forward_trace(f, at, seed)}" for seed in (x1, x2))
    return Demo("Forward accumulation: f = x1·x2 + sin x1", draw(f, at=at), text)


def _patterns() -> Demo:
    x, y, z, w = symbols("x y z w")
    f = (x * y + FUNCTIONS["maximum"](z, w)) * 2
    diagram = draw(f, at={x: 3.0, y: -4.0, z: 2.0, w: -1.0})
    text = _told(diagram, "f", [x, y, z, w]) + (
        "\nadd distributes the gradient, max routes it to the larger argument, × switches the two values"
    )
    return Demo("Patterns in the backward flow: f = 2·(x·y + max(z, w))", diagram, text)


def _matrix_norm() -> Demo:
    W, x, q = symbol("W", ("n", "m")), symbol("x", "m"), symbol("q", "n")
    norm = function("L2", [q], FUNCTIONS["sum"](q**2))
    at = {W: [[0.1, 0.5], [-0.3, 0.8]], x: [0.2, 0.4]}
    diagram = draw(norm(W @ x), at=at, names={W @ x: "q"})
    plain = FUNCTIONS["sum"]((W @ x) ** 2)
    formulas = [f"∇{v.name} f = {g}" for v, g in zip((W, x), grad(plain, [W, x]), strict=True)]
    return Demo("Matrices on the edges: f = ‖W·x‖²", diagram, "\n".join([_told(diagram, "f", [W, x]), *formulas]))


def _nested() -> Demo:
    u, w = symbols("u w")
    f = function("f", [u], FUNCTIONS["sin"](u) * u)
    x = f(w)
    y = f(x)
    z = f(y)
    back = adjoints(z, [w])
    dz = grad(z, w)
    names = {x: "x", y: "y", back[y]: "dz/dy", back[x]: "dz/dx", dz: "dz/dw"}
    names |= {grad(y, x): "dy/dx", grad(x, w): "dx/dw"}
    view = View({"z": z, "dz/dw": dz}, adjoints=back, names=names)
    before, plain, valued = draw(z, names={x: "x", y: "y"}), draw(view), draw(view, at={w: 0.7})
    second = draw(View({"z": z, "dz/dw": dz, "d²z/dw²": grad(dz, w)}, adjoints=back, names=names))
    found = backpropagate(z, {w: 0.7}).gradient(w)
    text = f"z = f(f(f(w))) with f(u) = u·sin u\nat w = 0.7: dz/dw = {found:.12f}"
    title = "Symbol to symbol: the derivative is appended to the graph of z = f(f(f(w)))"
    return Demo(title, plain, text, (before, valued, second))


def _told(diagram: Diagram, name: str, variables: list[Node] | tuple[Node, ...]) -> str:
    """List the steps, and the gradient in the numbers of the picture."""
    story = diagram.story
    assert story is not None
    of = diagram.picture.of
    found = [f"∂{name}/∂{v.name} = {words(story.gradients[of[v]])}" for v in variables]
    return "\n".join([terminal.steps(diagram, colour=False), ", ".join(found)])


DEMOS: dict[str, Callable[[], Demo]] = {
    "sum-product": _sum_product,
    "sigmoid": _sigmoid,
    "forward-table": _forward_table,
    "patterns": _patterns,
    "matrix-norm": _matrix_norm,
    "nested": _nested,
}
