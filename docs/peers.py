"""The neuron of the gallery as torchviz, micrograd and d3viz draw it, for the comparison in side-by-side.md.

Needs torch, torchviz, micrograd, pytensor, pydot and the program ``dot``: ``python docs/peers.py`` writes
``docs/images/peer-*.svg``. The pictures are made by those tools; micrograd's drawing function is not part of its
package but of a notebook, so its picture is made here from its ``Value`` objects in the way of that notebook.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import graphviz

IMAGES = Path(__file__).parent / "images"
AT = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}


def write(name: str, source: str) -> None:
    """Lay DOT out as SVG."""
    (IMAGES / f"peer-{name}.svg").write_bytes(graphviz.Source(source).pipe(format="svg"))


def torchviz_picture() -> None:
    """The backward graph that PyTorch recorded."""
    import torch
    import torchviz

    v = {name: torch.tensor(value, requires_grad=True) for name, value in AT.items()}
    f = 1 / (1 + torch.exp(-(v["w0"] * v["x0"] + v["w1"] * v["x1"] + v["w2"])))
    write("torchviz", torchviz.make_dot(f, params=v).source)


def exponential(x: Any) -> Any:
    """The exponential, which micrograd's package does not have, written as its other operations are."""
    from micrograd.engine import Value

    out = Value(math.exp(x.data), (x,), "exp")

    def backward() -> None:
        x.grad += out.data * out.grad

    out._backward = backward
    return out


def micrograd_picture() -> None:
    """Values and gradients of micrograd's scalars."""
    from micrograd.engine import Value

    v = {name: Value(value) for name, value in AT.items()}
    f = 1 / (1 + exponential(-(v["w0"] * v["x0"] + v["w1"] * v["x1"] + v["w2"])))
    f.backward()
    dot, seen, stack = graphviz.Digraph(graph_attr={"rankdir": "LR"}), set(), [f]
    while stack:
        value: Any = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        key = str(id(value))
        dot.node(key, f"{{ data {value.data:.4f} | grad {value.grad:.4f} }}", shape="record")
        if value._op:
            dot.node(key + value._op, value._op)
            dot.edge(key + value._op, key)
        for child in value._prev:
            dot.edge(str(id(child)), key + value._op)
            stack.append(child)
    write("micrograd", dot.source)


def d3viz_picture() -> None:
    """What PyTensor's d3viz lays out before its page adds pan and zoom."""
    import pytensor
    import pytensor.tensor as pt
    from pytensor.d3viz.formatting import PyDotFormatter

    x = {name: pt.dscalar(name) for name in AT}
    f = 1 / (1 + pt.exp(-(x["w0"] * x["x0"] + x["w1"] * x["x1"] + x["w2"])))
    compiled = pytensor.function(list(x.values()), [f, *pytensor.grad(f, list(x.values()))], mode="FAST_COMPILE")
    write("d3viz", PyDotFormatter()(compiled).to_string())


if __name__ == "__main__":
    torchviz_picture()
    micrograd_picture()
    d3viz_picture()
