"""Read a reaction network in BioNetGen's .net format and differentiate its mass-action rate equations.

    python examples/reaction_network.py [network.net]

Without a file a small enzyme network is used. Parameters stay symbols, so sensitivities come for free.
"""

import sys
from pathlib import Path

import symgraph as sg

ENZYME = """begin parameters\n 1 kf 0.5\n 2 kr 2*kf  # Constant\n 3 kc kr/4\nend parameters
begin species\n 1 S() 1\n 2 E() kf\n 3 ES() 0\n 4 P() 0\nend species
begin reactions\n 1 1,2 3 kf #_bind\n 2 3 1,2 kr\n 3 3 2,4 kc\n 4 4,4 1,4 0.5*kf\nend reactions"""
ZERO = sg.constant(0.0)


def section(text, name):
    """Give the rows of one block of the file, comments and row numbers removed."""
    body = text.partition(f"begin {name}\n")[2].partition(f"end {name}")[0]
    rows = [line.partition("#")[0].split() for line in body.splitlines()]
    return [row[1:] for row in rows if row]


def read_network(text):
    """Give the species (symbols), their rates of change (expressions) and the parameters' numbers, by symbol."""
    parameters = {}
    for name, *formula in section(text, "parameters"):
        parameters[sg.symbol(name)] = sg.evaluate(sg.parse(" ".join(formula)), parameters)
    species = [sg.symbol(f"s{i}") for i, _ in enumerate(section(text, "species"), 1)]
    terms = [[] for _ in species]
    for reactants, products, formula, *_ in section(text, "reactions"):
        rate, net = sg.parse(formula), {}
        sides = [[int(i) - 1 for i in side.split(",") if i != "0"] for side in (reactants, products)]
        for i in sides[0]:
            rate, net[i] = rate * species[i], net.get(i, 0) - 1
        for i in sides[1]:
            net[i] = net.get(i, 0) + 1
        for i, count in net.items():
            if count:
                terms[i].append(rate * count)
    return species, [sum(listed[1:], listed[0]) if listed else ZERO for listed in terms], parameters


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
