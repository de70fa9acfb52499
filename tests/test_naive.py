"""Textbook formulas, as they are printed, at points where they lose digits, overflow or divide 0 by 0.

The right answers come from the same text, read by Python and computed with mpmath in more than a thousand digits: no
parser, rule, or derivative of symgraph takes part in them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg

CASES = json.loads((Path(__file__).parent / "cases" / "naive.json").read_text(encoding="utf-8"))
DIGITS = 1400
STEP = mpmath.mpf(10) ** -160
RELATIVE = 1e-9
TINY = mpmath.mpf(10) ** -300


def each(function: Callable[..., Any]) -> Callable[..., Any]:
    return np.frompyfunc(function, 1, 1)


def mean(x: Any) -> Any:
    return np.sum(x) / len(x)


NAMES: dict[str, Any] = {
    **{name: each(getattr(mpmath, name)) for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos")},
    **{name: each(getattr(mpmath, name)) for name in ("atan", "sinh", "cosh", "tanh", "erf", "erfc", "cbrt", "gamma")},
    "sum": np.sum,
    "mean": mean,
    "det": lambda a: mpmath.det(mpmath.matrix(a.tolist())),
}


def reference(text: str, at: dict[str, Any]) -> tuple[tuple[Any, list[Any], list[list[Any]]], Any]:
    """Value, gradient and Hessian by central differences, and how far they may be off by going a step aside of 0/0."""
    code = compile(text.replace("^", "**"), text, "eval")
    with mpmath.workdps(DIGITS):
        shapes = {name: np.shape(value) for name, value in at.items()}
        start = [mpmath.mpf(v) for value in at.values() for v in np.ravel(value)]
        steps = [STEP * (abs(v) or 1) for v in start]

        def f(moves: dict[int, int]) -> Any:
            point = [v + moves.get(i, 0) * h for i, (v, h) in enumerate(zip(start, steps, strict=True))]
            named, used = {}, 0
            for name, shape in shapes.items():
                size = int(np.prod(shape))
                entries = np.array(point[used : used + size], dtype=object)
                named[name] = entries.reshape(shape) if shape else point[used]
                used += size
            return eval(code, {"__builtins__": {}, "pi": mpmath.mpf(mpmath.pi), **NAMES}, named)  # our own data file

        def about(shift: int) -> tuple[Any, list[Any], list[list[Any]]]:
            places = range(len(start))
            base = f(dict.fromkeys(places, shift))
            up = [f({j: shift + (i == j) for j in places}) for i in places]
            down = [f({j: shift - (i == j) for j in places}) for i in places]
            gradient = [(u - d) / (2 * h) for u, d, h in zip(up, down, steps, strict=True)]
            hessian = [[mpmath.mpf(0)] * len(start) for _ in places]
            for i in places:
                hessian[i][i] = (up[i] - 2 * base + down[i]) / steps[i] ** 2
                for j in range(i):
                    corners = [
                        a * b * f({k: shift + a * (k == i) + b * (k == j) for k in places})
                        for a in (1, -1)
                        for b in (1, -1)
                    ]
                    hessian[i][j] = hessian[j][i] = sum(corners) / (4 * steps[i] * steps[j])
            return base, gradient, hessian

        try:
            return about(0), TINY
        except ZeroDivisionError:
            return about(3), 10 * STEP


def outputs(text: str, at: dict[str, Any]) -> tuple[list[sg.Node], tuple[Any, Any, Any]]:
    """The variables; value, gradient and Hessian as expressions."""
    shapes = {name: np.shape(value) for name, value in at.items()}
    f = sg.parse(text, **shapes)
    wrt = [sg.symbol(name, shape) for name, shape in shapes.items()]
    gradient = sg.grad(f, wrt)
    return wrt, (f, gradient, [[sg.jacobian(g, x) for x in wrt] for g in gradient])


def arrays(at: dict[str, Any]) -> list[Any]:
    return [np.asarray(value, dtype=float) for value in at.values()]


def answers(text: str, at: dict[str, Any]) -> tuple[Any, Any, Any]:
    wrt, wanted = outputs(text, at)
    value, slopes, second = sg.evaluate(wanted, dict(zip(wrt, arrays(at), strict=True)))
    sizes = [int(np.size(each)) for each in arrays(at)]
    blocks = [
        [np.reshape(b, (m, n)) for b, n in zip(row, sizes, strict=True)] for row, m in zip(second, sizes, strict=True)
    ]
    return value, np.concatenate([np.ravel(g) for g in slopes]), np.block(blocks)


def wrong(text: str, at: dict[str, Any]) -> str:
    """Say what is wrong at a point; empty if nothing is."""
    found = answers(text, at)
    wanted, width = reference(text, at)
    for part, got, want in zip(("value", "gradient", "second derivative"), found, wanted, strict=True):
        for have, right in zip(np.ravel(got), np.ravel(np.asarray(want, dtype=object)), strict=True):
            if not right_number(float(have), right, width):
                return f"{part} at {at}: {float(have)!r} instead of {mpmath.nstr(right, 17)}"
    return ""


def right_number(have: float, right: Any, width: Any) -> bool:
    if abs(right) > np.finfo(float).max:
        return have == float(mpmath.sign(right)) * np.inf
    if not np.isfinite(have):
        return False
    return bool(abs(mpmath.mpf(have) - right) <= RELATIVE * abs(right) + width)


def rows() -> list[Any]:
    found = []
    for case in CASES:
        reason = case.get("fails")
        marks = [] if reason is None else [pytest.mark.xfail(strict=True, reason=reason)]
        found.append(pytest.param(case, id=case["name"], marks=marks))
    return found


def test_most_formulas_are_right() -> None:
    right = [case["name"] for case in CASES if "fails" not in case]
    assert len(right) >= 195, "a formula that was right is marked as failing"


@pytest.mark.parametrize("case", rows())
def test_naive_formula(case: dict[str, Any]) -> None:
    found = [wrong(case["text"], at) for at in case["at"]]
    assert not any(found), "\n".join(filter(None, found))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_machine_code_agrees(case: dict[str, Any]) -> None:
    """Also where a formula is not right: compiled and evaluated numbers are the same to a few roundings."""
    wrt, (f, gradient, hessian) = outputs(case["text"], case["at"][0])
    flat = [f, *gradient, *[block for row in hessian for block in row]]
    function = sg.compile(flat, inputs=wrt)
    for at in case["at"]:
        wanted = sg.evaluate(flat, dict(zip(wrt, arrays(at), strict=True)))
        for have, want in zip(function(*[x if x.ndim else float(x) for x in arrays(at)]), wanted, strict=True):
            np.testing.assert_allclose(have, want, rtol=1e-10, atol=1e-300)
