"""Chemical kinetics from text: the right-hand sides, their Jacobian and its sparsity.

    python examples/pollu.py [pollu.json]

The file holds constants ``k``, ``rates`` and right-hand sides ``rhs`` as text; without one, Robertson's
problem (three species) is used.
"""

import json
import re
import sys
from pathlib import Path

import symgraph as sg

ROBERTSON = {
    "k": {"k1": "0.04", "k2": "3e7", "k3": "1e4"},
    "rates": {"r1": "k1 * y[1]", "r2": "k2 * y[2]^2", "r3": "k3 * y[2] * y[3]"},
    "rhs": {"dy1": "-r1 + r3", "dy2": "r1 - r2 - r3", "dy3": "r2"},
}


def read_kinetics(problem):
    """Give the species y1, y2 … and the right-hand sides as expressions."""
    lines = [f"{name} = {text}" for part in ("k", "rates") for name, text in problem[part].items()]
    names = re.compile(r"y\[(\d+)\]")
    right = [sg.parse(names.sub(r"y\1", "\n".join([*lines, text]))) for text in problem["rhs"].values()]
    species = [sg.symbol(f"y{i}") for i in range(1, len(right) + 1)]
    return species, right


def sparsity(jacobian):
    """Give the places of the Jacobian that are not proved to be zero."""
    zero = sg.constant(0.0)
    return {(i, j) for i, row in enumerate(jacobian) for j, entry in enumerate(row) if entry is not zero}


def main(arguments):
    problem = json.loads(Path(arguments[0]).read_text(encoding="utf-8")) if arguments else ROBERTSON
    species, right = read_kinetics(problem)
    jacobian = sg.jacobian(right, species)
    kept = sparsity(jacobian)
    print(f"{len(species)} species, {len(kept)} of {len(species) ** 2} entries of the Jacobian are not zero")
    for i, row in enumerate(jacobian):
        print("".join("×" if (i, j) in kept else "·" for j, _ in enumerate(row)), f" d{species[i]}/dt = {right[i]}")


if __name__ == "__main__":
    main(sys.argv[1:])
