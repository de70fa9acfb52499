"""Read a reaction network in BioNetGen's .net format and differentiate its mass-action rate equations.

    python examples/reaction_network.py [network.net]

Without a file a small enzyme network is used. Parameters stay symbols, so sensitivities come for free.
"""

from __future__ import annotations

import sys
from pathlib import Path

import symgraph as sg

ZERO = sg.constant(0.0)
ENZYME = """
begin parameters
  1 kf 0.5
  2 kr 2*kf  # Constant
  3 kc kr/4
end parameters
begin species
  1 S() 1
  2 E() kf
  3 ES() 0
  4 P() 0
end species
begin reactions
  1 1,2 3 kf #_bind
  2 3 1,2 kr
  3 3 2,4 kc
  4 4,4 1,4 0.5*kf
end reactions
"""


def section(text, name):
    """Give the rows of one block of the file, comments removed."""
    body = text.partition(f"begin {name}\n")[2].partition(f"end {name}")[0]
    rows = [line.partition("#")[0].split() for line in body.splitlines()]
    return [row[1:] for row in rows if row]


def read_network(text):
    """Give the species (symbols), their rates of change (expressions) and the parameters' numbers, by symbol."""
    parameters = {}
    for name, *formula in section(text, "parameters"):
        parameters[sg.symbol(name)] = sg.evaluate(sg.parse(" ".join(formula)), parameters)
    species = [sg.symbol(f"s{i}") for i, _ in enumerate(section(text, "species"), 1)]
    change = [sg.constant(0.0) for _ in species]
    for reactants, products, formula, *_ in section(text, "reactions"):
        rate, net = sg.parse(formula), {}
        for i in map(int, reactants.split(",")):
            if i:
                rate, net[i] = rate * species[i - 1], net.get(i, 0) - 1
        for i in map(int, products.split(",")):
            net[i] = net.get(i, 0) + 1
        for i, count in net.items():
            if i and count:
                change[i - 1] = change[i - 1] + (rate if count == 1 else count * rate)
    return species, change, parameters


def main(arguments):
    text = Path(arguments[0]).read_text(encoding="utf-8") if arguments else ENZYME
    species, change, parameters = read_network(text)
    jacobian = sg.jacobian(change, species)
    kept = [[(x, entry) for x, entry in zip(species, row, strict=True) if entry is not ZERO] for row in jacobian]
    print(f"{len(species)} species, {len(parameters)} parameters, {sum(map(len, kept))} entries of the Jacobian")
    for s, rate, row in list(zip(species, change, kept, strict=True))[:4]:
        print(f"d{s}/dt = {str(rate)[:100]}\n    by species:", ", ".join(f"{x}: {entry}" for x, entry in row)[:100])


if __name__ == "__main__":
    main(sys.argv[1:])
