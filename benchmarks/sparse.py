"""Sparse derivatives: a reaction network and the Rosenbrock function, beside CasADi in the same run.

    python benchmarks/sparse.py [--data DIR]

``--data`` names the folder that holds ``reaction_networks/bcr.net`` (BioNetGen; see github.com/SciML/
ReactionNetworkImporters.jl); without it a network of the same size is made from a seed. "Build" reads the text and
makes the rate equations; both tools get the same reactions. One process; wall seconds, the first run of everything.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import symgraph as sg

SPECIES, REACTIONS = 1122, 24388
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "reaction_network.py"


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Run once and give the result with the seconds it took."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def reader() -> Any:
    """Load the example that reads networks."""
    found = importlib.util.spec_from_file_location("reaction_network", EXAMPLE)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def made_network(seed: int = 0) -> str:
    """Write a random network of the size of bcr: reactants and products near each other, as in real ones."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(1, REACTIONS + 1):
        first = int(rng.integers(1, SPECIES + 1))
        near = 1 + (first + rng.integers(-12, 13, size=3)) % SPECIES
        sides = (f"{first},{near[0]}", f"{near[1]}") if rng.random() < 0.5 else (f"{first}", f"{near[1]},{near[2]}")
        rows.append(f"  {number} {sides[0]} {sides[1]} {int(rng.integers(1, 9)) / 4}*k1 #_R")
    species = "\n".join(f"  {i} S{i}() 1" for i in range(1, SPECIES + 1))
    head = f"begin parameters\n  1 k1 1\nend parameters\nbegin species\n{species}\nend species\n"
    return head + "begin reactions\n" + "\n".join(rows) + "\nend reactions\n"


def network_in_symgraph(text: str, golden: dict[str, Any] | None) -> None:
    (species, change, parameters), build = timed(lambda: reader().read_network(text))
    pattern, detect = timed(lambda: sg.sparsity(change, species))
    J, differentiate = timed(lambda: sg.jacobian(change, species, sparse=True))
    at = {s: 1 + 0.5 * math.sin(i) for i, s in enumerate(species, 1)} | parameters
    matrix, evaluate = timed(lambda: sg.evaluate(J, at))
    print(f"  symgraph  build {build:.2f}  pattern {detect:.2f}  differentiate {differentiate:.2f}", end="")
    print(f"  evaluate {evaluate:.2f} s   {J.nnz} entries ({pattern.nnz} in the pattern)")
    if golden is not None:
        v = np.cos(np.arange(len(species)))
        for have, key in ((matrix @ v, "Jv"), (matrix.T @ v, "vJ")):
            want = np.array(golden[key])
            error = np.max(np.abs(have - want)) / np.max(np.abs(want))
            print(f"            {key} against the reference: {error:.1e} of the largest entry")


def network_in_casadi(text: str) -> None:
    import casadi

    module = reader()

    def build() -> tuple[Any, Any]:
        sections = {name: module.section(text, name) for name in ("parameters", "species", "reactions")}
        known: dict[str, Any] = {name: casadi.SX.sym(name) for name, *_ in sections["parameters"]}
        x = casadi.SX.sym("x", len(sections["species"]))
        terms: list[list[Any]] = [[] for _ in sections["species"]]
        for reactants, products, formula, *_ in sections["reactions"]:
            ins, outs = ([int(i) - 1 for i in side.split(",") if i != "0"] for side in (reactants, products))
            rate = eval(formula, {"__builtins__": {}}, known)
            for i in ins:
                rate = rate * x[i]
            for i in {*ins, *outs}:
                net = outs.count(i) - ins.count(i)
                if net:
                    terms[i].append(net * rate)
        return casadi.vertcat(*[sum(each, casadi.SX(0)) for each in terms]), x

    (change, x), building = timed(build)
    pattern, detect = timed(lambda: casadi.jacobian_sparsity(change, x))
    J, differentiate = timed(lambda: casadi.jacobian(change, x))
    print(f"  CasADi    build {building:.2f}  pattern {detect:.2f}  differentiate {differentiate:.2f} s", end="")
    print(f"   {J.nnz()} entries ({pattern.nnz()} in the pattern)")


def rosenbrock(n: int) -> None:
    x = sg.symbol("x", shape=n)
    forms = {
        "chained": sg.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
        "extended": sg.sum(100 * (x[1::2] - x[0::2] ** 2) ** 2 + (1 - x[0::2]) ** 2),
    }
    at = np.random.default_rng(0).normal(size=n)
    for name, f in forms.items():
        pattern, detect = timed(lambda f=f: sg.sparsity(f, x, order=2))
        H, differentiate = timed(lambda f=f: sg.hessian(f, x, sparse=True))
        _, evaluate = timed(lambda H=H: sg.evaluate(H, {x: at}))
        print(f"  symgraph  {name:8} pattern {detect:.3f}  pattern and products {differentiate:.3f}", end="")
        print(f"  values {evaluate:.4f} s   {pattern.nnz} entries from {H.products} products")


def rosenbrock_in_casadi(n: int) -> None:
    import casadi

    x = casadi.SX.sym("x", n)
    first, second = x[: n - 1], x[1:]
    forms = {
        "chained": casadi.sumsqr(10 * (second - first**2)) + casadi.sumsqr(1 - first),
        "extended": casadi.sumsqr(10 * (x[1::2] - x[0::2] ** 2)) + casadi.sumsqr(1 - x[0::2]),
    }
    at = np.random.default_rng(0).normal(size=n)
    for name, f in forms.items():
        (H, _), differentiate = timed(lambda f=f: casadi.hessian(f, x))
        function, make = timed(lambda H=H: casadi.Function("H", [x], [H]))
        _, evaluate = timed(lambda function=function: function(at))
        print(f"  CasADi    {name:8} hessian {differentiate:.3f}  function {make:.3f}  values {evaluate:.4f} s", end="")
        print(f"   {H.nnz()} entries")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with reaction_networks/bcr.net")
    folder = parser.parse_args().data
    has_casadi = importlib.util.find_spec("casadi") is not None
    if not has_casadi:
        print("CasADi is not installed and is left out", file=sys.stderr)
    for name in ("egfr_net", "bcr"):
        if folder is None and name == "egfr_net":
            continue
        golden = None
        text = made_network() if folder is None else (folder / "reaction_networks" / f"{name}.net").read_text()
        if folder is not None:
            golden = json.loads((folder / "reaction_networks" / f"{name}_golden.json").read_text())
        print(f"Jacobian of {'a made network of the size of bcr' if folder is None else name}")
        network_in_symgraph(text, golden)
        if has_casadi:
            network_in_casadi(text)
    for n in (10_000, 100_000):
        print(f"Hessian of the Rosenbrock function, n = {n}")
        rosenbrock(n)
        if has_casadi:
            rosenbrock_in_casadi(n)


if __name__ == "__main__":
    main()
