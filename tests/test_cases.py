"""Points where differentiation tools go wrong, and matrix formulas with their closed forms: rows of data.

The fields of the rows are described in ``tests/cases/README.md``.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available
from symgraph.core.node import Node
from symgraph.evaluate.rounding import disagreement, rounding_spread

FOLDER = Path(__file__).parent / "cases"
EDGES = json.loads((FOLDER / "edge_cases.json").read_text(encoding="utf-8"))
FORMULAS = json.loads((FOLDER / "matrix_calculus.json").read_text(encoding="utf-8"))

NEEDS_LLVM = pytest.mark.skipif(not available(), reason="llvmlite is not installed")
EXPECTED_FAILURES = {
    ("sqrt_x4", None): "0·inf in the chain rule gives nan: right only after the square root of a power is rewritten",
    ("stable_softplus", None): "the second derivatives of the two kinks are nan each; together they would cancel",
    ("naive_softplus", None): "overflows as written",
    ("naive_softmax", None): "overflows as written",
    ("cosm1", None): "cancels as written; float64 has no digit left of 1 − cos(1e-8)",
}
"""Rows that are not answered without the stable forms (``simplify=None``), with the reason."""

ROUNDING = {("cosm1", None)}
"""Rows whose formula as written is finite and loses all digits, as far as the rounding of each operation explains."""


def rows() -> list[Any]:
    """Every row, computed in its stable form and as it stands."""
    found = []
    for row in EDGES:
        for simplify in ("stable", None):
            reason = EXPECTED_FAILURES.get((row["name"], simplify))
            marks = [] if reason is None else [pytest.mark.xfail(strict=True, reason=reason)]
            found.append(pytest.param(row, simplify, id=f"{row['name']}-{simplify}", marks=marks))
    return found


def outputs(row: dict[str, Any], simplify: str | None) -> tuple[dict[str, Any], dict[sg.Node, Any]]:
    """The value, the gradient and the Hessian of an edge case as expressions, and the point."""
    shapes = {name: np.shape(value) for name, value in row["at"].items()}
    f = sg.parse(row["text"], **shapes)
    wrt = [sg.symbol(name, shape) for name, shape in shapes.items()]
    at = dict(zip(wrt, map(np.asarray, row["at"].values()), strict=True))
    gradient = sg.grad(f, wrt, simplify=simplify)
    hessian = [[sg.jacobian(g, x, simplify=simplify) for x in wrt] for g in gradient]
    single = len(wrt) == 1
    wanted = {
        "value": f,
        "gradient": gradient[0] if single else gradient,
        "second": hessian[0][0] if single else hessian,
    }
    return wanted, at


def answers(row: dict[str, Any], simplify: str | None, compiled: bool = False) -> dict[str, Any]:
    """The value, the gradient and the Hessian of an edge case, as numbers or nestings of numbers."""
    wanted, at = outputs(row, simplify)
    if compiled:
        return dict(sg.compile(wanted, list(at), simplify=simplify)(*at.values()))
    return dict(sg.evaluate(wanted, at, simplify=simplify))


def agrees(have: Any, want: Any, kind: str) -> bool:
    have, want = np.asarray(have, dtype=float), np.asarray(want, dtype=float)
    if have.shape != want.shape:
        return False
    relative = 1e-9 if kind == "P" else 1e-13
    with np.errstate(invalid="ignore"):
        near = np.abs(have - want) <= relative * np.abs(want)
    return bool(np.all(near | (have == want) | (np.isnan(have) & np.isnan(want))))


def is_convention(have: Any, want: str) -> bool:
    """Is this a permitted subgradient: entries that sum to one, inside the unit ball, inside an interval?"""
    have = np.asarray(have, dtype=float)
    if want == "sum1":
        return math.isclose(float(np.sum(have)), 1.0)
    if want == "ball":
        return float(np.linalg.norm(have)) <= 1.0
    interval = re.fullmatch(r"\[(.*)\.\.(.*)\]", want)
    assert interval is not None, want
    low, high = map(float, interval.groups())
    return bool(np.all((low <= have) & (have <= high)))


def is_right(have: Any, want: Any, kind: str) -> bool:
    return is_convention(have, want) if isinstance(want, str) else agrees(have, want, kind)


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=NEEDS_LLVM)], ids=["evaluated", "compiled"])
@pytest.mark.parametrize(("row", "simplify"), rows())
def test_edge_case(row: dict[str, Any], simplify: str | None, compiled: bool) -> None:
    found = answers(row, simplify, compiled)
    for part in ("value", "gradient", "second"):
        if row[part] is not None:
            assert is_right(found[part], row[part], row["kind"]), f"{part}: {found[part]} instead of {row[part]}"


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=NEEDS_LLVM)], ids=["evaluated", "compiled"])
@pytest.mark.parametrize("simplify", ["stable", None])
@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in EDGES])
def test_no_finite_wrong_number(row: dict[str, Any], simplify: str | None, compiled: bool) -> None:
    found = answers(row, simplify, compiled)
    if (row["name"], simplify) in ROUNDING:
        nodes, at = outputs(row, simplify)
        for part, exact, width in zip(found, *rounding_spread(list(nodes.values()), at), strict=True):
            assert not disagreement(found[part], exact, width, finite=False)
        return
    for part in ("value", "gradient", "second"):
        want = row[part]
        if want is None or (isinstance(want, str) and is_convention(found[part], want)):
            continue
        have = np.asarray(found[part], dtype=float)
        if isinstance(want, str):
            assert not np.all(np.isfinite(have)), f"{part}: {have} instead of {want}"
            continue
        for got, right in zip(have.ravel(), np.ravel(np.asarray(want, dtype=float)), strict=True):
            assert not np.isfinite(got) or agrees(got, right, row["kind"]), f"{part}: {have} instead of {want}"


POSITIVE = ("log(", "logdet(", "det(", "inv(")


def point(row: dict[str, Any], seed: int) -> dict[str, Any]:
    """Random values; matrices that are inverted get a strong diagonal, arguments of a logarithm are positive."""
    rng = np.random.default_rng([seed, len(row["f"])])
    found = {}
    for name, shape in row["shapes"].items():
        value = rng.normal(size=shape)
        if name in row["symmetric"]:
            value = (value + value.T) / 2
        if name == row["wrt"] and any(word in row["f"] for word in POSITIVE):
            value = np.abs(value) + 0.5 if len(shape) == 1 else value @ value.T + 3 * np.eye(shape[0])
        found[name] = value
    return found


def closed_form(row: dict[str, Any], at: dict[str, Any]) -> Any:
    form = row["form"]
    used = {name: value for name, value in at.items() if re.search(rf"\b{name}\b", form)}
    return sg.evaluate(sg.parse(form, **row["shapes"]), used)


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{row['source']}-{row['f']}-{row['wrt']}-{row['kind']}") for row in FORMULAS]
)
def test_matrix_formula(row: dict[str, Any]) -> None:
    symmetric = {name: sg.symbol(name, row["shapes"][name]) for name in row["shapes"]}
    f = sg.parse(row["f"], **row["shapes"])
    x: Node = symmetric[row["wrt"]]
    derivative = {"grad": sg.grad, "jac": sg.jacobian, "hess": sg.hessian}[row["kind"]](f, x)
    assert sg.parse(str(derivative), **row["shapes"]) is derivative, "what is printed does not parse back"
    for seed in range(3):
        at = point(row, seed)
        have = np.asarray(sg.evaluate(derivative, {symmetric[name]: value for name, value in at.items()}))
        want = np.asarray(closed_form(row, at))
        assert have.shape == want.shape
        assert np.max(np.abs(have - want)) <= 1e-9 * np.max(np.abs(want))
