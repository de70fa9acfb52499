"""The same graph gives the same bytes in any process, with any hash seed, and whatever was made before."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from symgraph.compile.jit import available

PROGRAM = """
import sys, symgraph as sg
from symgraph.interop.files import dumps
HISTORY
x, y = sg.symbols("x y")
A, v = sg.symbol("A", shape=("n", "m")), sg.symbol("v", shape="m")
gate = sg.function("gate", [x], sg.tanh(x) * x)
scalar = sg.log(1 + sg.exp(x * y)) * gate(x + y) + x / sg.sqrt(x * y + 1.0)
array = sg.sum(sg.sin(A @ v) ** 2) + sg.norm2(v) + sg.logsumexp(A @ v)
outputs = {"f": sg.value_and_grad(scalar, [x, y]), "h": sg.hessian(array, v), "J": sg.jacobian(A @ v, v)}
second = [sg.grad(part, [x, y]) for part in outputs["f"][1]]
for each in (*outputs["f"][1], *sum(second, []), outputs["h"], outputs["J"]):
    print(str(each), each.latex(), sep="\\n")
    print("\\n".join(line.partition("#")[0] for line in each.listing().splitlines()))
    print(sg.simplify(each))
print(dumps([outputs, second]).decode())
print(sg.to_c([outputs["f"], second], [x, y]))
print(sg.to_numpy(outputs, [x, y, A, v]))
print(sg.graph(array).draw().svg())
"""
MACHINE = """
print(sg.compile(second, [x, y]).ir())
print(sg.compile(outputs, [x, y, A, v]).ir())
"""
HISTORIES = {
    "nothing": "",
    "the same parts in another order": "q, y = sg.symbols('q y'); A = sg.symbol('A', shape=('n', 'm'))\n"
    "sg.grad(sg.sin(y * sg.symbol('x')) + y * y + 1.0, [y, sg.symbol('x')])\n"
    "kept = [sg.sum(A), sg.exp(sg.symbol('x') * y), sg.sqrt(sg.symbol('x') * y + 1.0)]",
    "many other nodes": "kept = [sg.sin(sg.symbol(f's{i}')) * i for i in range(2000)]\n"
    "sg.evaluate(kept[0], {'s0': 1.0})",
}


def output(seed: str, history: str) -> str:
    program = PROGRAM.replace("HISTORY", HISTORIES[history]) + (MACHINE if available() else "")
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def first() -> str:
    return output("0", "nothing")


RUNS = [("1", "nothing"), ("4242", "many other nodes"), ("7", "the same parts in another order")]


@pytest.mark.parametrize(("seed", "history"), RUNS)
def test_equal_text_files_pictures_and_code(first: str, seed: str, history: str) -> None:
    """Printed, saved, drawn, as C and NumPy source, and as machine code."""
    other = output(seed, history)
    assert len(first) > 10_000
    for mine, theirs in zip(first.splitlines(), other.splitlines(), strict=True):
        assert mine == theirs
