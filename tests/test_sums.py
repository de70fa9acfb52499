"""Sums are within the error bound that the documentation states, in the evaluator and in machine code."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available

UNIT = Fraction(1, 2**53)
FEWEST_LANES = 2


def alternating(n: int, rng: Any) -> Any:
    return np.where(np.arange(n) % 2, -1e16, 1e16) + rng.uniform(-1, 1, n)


def cancelling(n: int, rng: Any) -> Any:
    """Everything cancels but one small number."""
    half = rng.uniform(1, 1e15, n // 2)
    return rng.permutation(np.concatenate([half, -half, np.full(n - 2 * (n // 2), 1e-3)]))


VECTORS: dict[str, Any] = {
    "growing": lambda n, rng: 2.0 ** (np.arange(n) % 1000 - 500),
    "shrinking": lambda n, rng: 2.0 ** (500.0 - np.arange(n) % 1000),
    "alternating": alternating,
    "cancelling": cancelling,
    "heavy tails": lambda n, rng: rng.standard_cauchy(n) ** 3,
    "one and many halves of an ulp": lambda n, rng: np.concatenate([[1.0], np.full(n - 1, 2.0**-54)]),
    "thirds": lambda n, rng: np.full(n, 1 / 3),
    "subnormal": lambda n, rng: rng.integers(-9, 9, n) * 5e-324,
}


def exact(values: Any) -> tuple[Fraction, Fraction]:
    """Give the sum and the sum of absolute values as fractions."""
    parts = [Fraction(float(value)) for value in values]
    return sum(parts, Fraction(0)), sum(map(abs, parts), Fraction(0))


def factor(steps: float) -> Fraction:
    """Higham's γ: k·u/(1 − k·u) for a result with k roundings behind every term."""
    k = Fraction(steps) * UNIT
    return k / (1 - k)


x, y = sg.symbol("x", "n"), sg.symbol("y", "n")
TOTAL, DOT, ROWS = sg.sum(x), x @ y, sg.sum(sg.symbol("A", ("n", 3)), axis=0)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 63, 1000, 4097])
@pytest.mark.parametrize("name", VECTORS)
def test_sums_are_within_the_stated_bound(name: str, n: int) -> None:
    rng = np.random.default_rng(n)
    values = np.asarray(VECTORS[name](n, rng), float)
    weights = rng.choice([1.0, -1.0, 0.5, 1 / 3], n)
    columns = np.stack([values, -values, values[::-1]], axis=1)
    total, size = exact(values)
    product = sum((Fraction(float(a)) * Fraction(float(b)) for a, b in zip(values, weights, strict=True)), Fraction(0))
    product_size = sum(
        (abs(Fraction(float(a)) * Fraction(float(b))) for a, b in zip(values, weights, strict=True)), Fraction(0)
    )
    underflow = n * Fraction(5e-324)  # what a product of tiny numbers may lose
    found = {"evaluated": sg.evaluate([TOTAL, DOT, ROWS], {x: values, y: weights, "A": columns})}
    if available():
        found["compiled"] = sg.compile([TOTAL, DOT, ROWS], [x, y, "A"])(values, weights, columns)
    for who, (sum_, dot, rows) in found.items():
        # In machine code every lane adds its part of the entries, then the lanes are added.
        steps = n - 1 if who == "evaluated" else min(n - 1, n / FEWEST_LANES + 5)
        assert abs(Fraction(float(sum_)) - total) <= factor(steps) * size, who
        assert abs(Fraction(float(dot)) - product) <= factor(n) * product_size + underflow, who
        for entry, wanted in zip(rows, (total, -total, total), strict=True):
            assert abs(Fraction(float(entry)) - wanted) <= factor(n - 1) * size, who
