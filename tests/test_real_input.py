"""Public benchmark problems: chemical kinetics, reaction networks, thermodynamics, held against reference values.

The data are not part of the repository: give their folder with ``--data`` or ``SYMGRAPH_DATA``. Small inputs
of the same kind, made here, are always tried.
"""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.core.node import Node

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ZERO = sg.constant(0.0)


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


POLLU, NETWORK, HELMHOLTZ = example("pollu"), example("reaction_network"), example("helmholtz")


def close(have: Any, want: Any, tolerance: float) -> None:
    have, want = np.asarray(have, dtype=float), np.asarray(want, dtype=float)
    assert have.shape == want.shape
    assert np.all(np.abs(have - want) <= tolerance * np.abs(want))


# --- kinetics from text -----------------------------------------------------------------------


def test_pollu_jacobian_and_sparsity(data: Path) -> None:
    problem = json.loads((data / "pollu" / "pollu.json").read_text(encoding="utf-8"))
    species, right = POLLU.read_kinetics(problem)
    at = {s: 1 + 0.5 * math.sin(i) for i, s in enumerate(species, 1)}
    jacobian = sg.jacobian(right, species)
    f, J = sg.evaluate([right, jacobian], at)
    close(f, problem["f"], 1e-12)
    close(J, problem["J"], 1e-12)
    reference = {(i, j) for i, row in enumerate(problem["J"]) for j, entry in enumerate(row) if entry != 0}
    assert POLLU.sparsity(jacobian) == reference
    assert len(reference) == problem["hand_nnz"]
    sparse = sg.jacobian(right, species, sparse=True)
    assert {(i, j) for i, j, _ in sparse.entries} == reference
    assert sg.sparsity(right, species).nnz == sparse.nnz == 82
    close(sg.evaluate(sparse, at).toarray(), problem["J"], 1e-12)


def test_kinetics_without_data() -> None:
    species, right = POLLU.read_kinetics(POLLU.ROBERTSON)
    _, y2, y3 = point = (0.7, 2e-5, 0.3)
    J = sg.jacobian(right, species)
    wanted = [[-0.04, 1e4 * y3, 1e4 * y2], [0.04, -6e7 * y2 - 1e4 * y3, -1e4 * y2], [0.0, 6e7 * y2, 0.0]]
    close(sg.evaluate(J, dict(zip(species, point, strict=True))), wanted, 1e-15)
    assert POLLU.sparsity(J) == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 1)}
    assert J[2][0] is ZERO
    assert J[2][2] is ZERO
    sparse = sg.jacobian(right, species, sparse=True)
    assert sparse.nnz == 7
    close(sg.evaluate(sparse, dict(zip(species, point, strict=True))).toarray(), wanted, 1e-15)


# --- reaction networks ------------------------------------------------------------------------


def check_network(text: str, golden: dict[str, Any]) -> None:
    species, change, parameters = NETWORK.read_network(text)
    assert len(species) == golden["n_species"]
    n = len(species)
    at: dict[Node | str, Any] = {s: 1 + 0.5 * math.sin(i) for i, s in enumerate(species, 1)}
    at |= parameters
    v = [math.cos(i) for i in range(n)]
    products = {"f": change, "Jv": sg.jvp(change, species, v), "vJ": sg.vjp(change, species, v)}
    found = sg.evaluate(products, at)
    for name, values in found.items():
        have, want = np.asarray(values), np.asarray(golden[name])
        assert np.max(np.abs(have - want)) <= 1e-9 * np.max(np.abs(want)), name
        close(have[np.abs(want) > 1e-6 * np.max(np.abs(want))], want[np.abs(want) > 1e-6 * np.max(np.abs(want))], 1e-9)
    entries = [entry for row in sg.jacobian(change, species) for entry in row if entry is not ZERO]
    assert len(entries) == golden["structural_nnz"]
    numbers = np.array(sg.evaluate(entries, at))
    close(np.sqrt(np.sum(numbers**2)), golden["J_frobenius"], 1e-9)
    close(np.sum(numbers), golden["J_sum"], 1e-9)


@pytest.mark.parametrize("name", ["toy-jim", "egfr_net"])
def test_reaction_network(name: str, data: Path) -> None:
    folder = data / "reaction_networks"
    text = (folder / f"{name}.net").read_text(encoding="utf-8")
    check_network(text, json.loads((folder / f"{name}_golden.json").read_text(encoding="utf-8")))


def random_network(n: int, reactions: int, seed: int) -> tuple[str, dict[str, Any]]:
    """A .net text, and f and the Jacobian by hand: ∂(k·Π x)/∂x_j counts how often j reacts."""
    rng = np.random.default_rng(seed)
    x = 1 + 0.5 * np.sin(np.arange(1, n + 1))
    f, J, pattern, rows = np.zeros(n), np.zeros((n, n)), np.zeros((n, n), bool), []
    for number in range(1, reactions + 1):
        reactants = rng.integers(1, n + 1, size=rng.integers(1, 3))
        products = rng.integers(1, n + 1, size=rng.integers(1, 3))
        net = np.zeros(n)
        np.subtract.at(net, reactants - 1, 1)
        np.add.at(net, products - 1, 1)
        k = float(rng.integers(1, 9)) / 4
        rate = k * np.prod(x[reactants - 1])
        f += net * rate
        for j in set(reactants - 1):
            count = int(np.sum(reactants - 1 == j))
            J[:, j] += net * rate * count / x[j]
            pattern[net != 0, j] = True
        ins, outs = (",".join(map(str, side)) for side in (reactants, products))
        rows.append(f"  {number} {ins} {outs} {k}*k1 #_R{number}")
    species = "\n".join(f"  {i} S{i}() 1" for i in range(1, n + 1))
    text = f"begin parameters\n  1 k1 2-1 # one\nend parameters\nbegin species\n{species}\nend species\n"
    text += "begin reactions\n" + "\n".join(rows) + "\nend reactions\n"
    v = np.cos(np.arange(n))
    golden = {"n_species": n, "f": f, "Jv": J @ v, "vJ": v @ J, "structural_nnz": int(pattern.sum())}
    return text, golden | {"J_frobenius": np.linalg.norm(J), "J_sum": J.sum()}


def test_generated_network() -> None:
    check_network(*random_network(12, 60, seed=3))


# --- thermodynamics ---------------------------------------------------------------------------


@pytest.mark.parametrize("n", [5, 10, 20])
def test_helmholtz_energy(n: int, data: Path) -> None:
    golden = json.loads((data / "helmholtz" / "golden.json").read_text(encoding="utf-8"))[str(n)]
    f, x = HELMHOLTZ.helmholtz(n)
    at, direction = HELMHOLTZ.point(n)
    close(at, np.array(golden["x"], dtype=float), 1e-15)
    H = sg.hessian(f, x)
    lines = HELMHOLTZ.directional_derivatives(f, x, direction, 6)
    value, gradient, hessian, along = sg.evaluate([f, sg.grad(f, x), H, lines], {x: at})
    close(value, np.array(golden["f"], dtype=float), 1e-10)
    close(gradient, np.array(golden["grad"], dtype=float), 1e-10)
    if "hess" in golden:
        close(hessian, np.array(golden["hess"], dtype=float), 1e-10)
    close(hessian @ direction, sg.evaluate(sg.hvp(f, x, direction), {x: at}), 1e-10)
    sparse = sg.hessian(f, x, sparse=True)  # every pair of components interacts
    assert (sparse.nnz, sparse.products) == (n * n, n)
    close(sg.evaluate(sparse, {x: at}).toarray(), hessian, 1e-11)
    close(along, np.array(golden["directional_derivs_0_to_6"], dtype=float), 1e-10)


def energy_in_many_digits(n: int, x: list[Any]) -> Any:
    """The energy once more, written with mpmath alone."""
    b = [mpmath.mpf(float(0.02 * (1 + np.abs(np.sin(j))))) for j in range(n)]
    bx = mpmath.fdot(b, x)
    root = mpmath.mpf(math.sqrt(2.0))
    mixing = mpmath.fsum(each * mpmath.log(each) for each in x) - mpmath.mpf(0.01) * mpmath.log(1 - bx)
    form = mpmath.fsum(
        mpmath.mpf(1.0 / (1 + 2 * i) if i == j else 0.5 / (1 + i + j)) * x[i] * x[j]
        for i in range(n)
        for j in range(i + 1)
    )
    return mpmath.mpf(1.3625e-3) * mixing - mpmath.log((1 + bx * (1 + root)) / (1 + bx * (1 - root))) * form / bx


def test_helmholtz_energy_without_data() -> None:
    n = 3
    f, x = HELMHOLTZ.helmholtz(n)
    at, direction = HELMHOLTZ.point(n)

    def along(t: Any) -> Any:
        return energy_in_many_digits(n, [mpmath.mpf(a) + t * mpmath.mpf(d) for a, d in zip(at, direction, strict=True)])

    with mpmath.workdps(40):
        wanted = [float(d) for d in mpmath.diffs(along, 0, 6)]
    close(sg.evaluate(HELMHOLTZ.directional_derivatives(f, x, direction, 6), {x: at}), wanted, 1e-12)
