"""Powers with a fixed exponent across vector lanes: chains of products, ``pow`` at the ends of the range."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

EXPONENTS = (5, 6, 11, 12, 13, 31, 64, -2, -3, -5, -12, -64, 0.5, 1.5, 2.5, 6.5, -0.5, -1.5, -7.5, 65, 0.25)
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 5e-324, -5e-324, 1e308, -1e308, 1e-300, 1e25, -1e-25]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_powers(exponent: float) -> None:
    rng = np.random.default_rng(0)
    x = sg.symbol("x", "n")
    values = [rng.uniform(0.3, 3, 400), -rng.uniform(0.3, 3, 400), 10 ** rng.uniform(-320, 308, 400), SPECIAL]
    points = np.concatenate(values)
    got = sg.compile(x**exponent, [x], simplify=None)(points)
    with np.errstate(all="ignore"):
        want = np.power(points, np.full(points.shape, float(exponent)))
    np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
    np.testing.assert_array_equal(np.signbit(got[~np.isnan(got)]), np.signbit(want[~np.isnan(want)]))
    np.testing.assert_array_equal(got[~np.isfinite(got)], want[~np.isfinite(want)])
    finite = np.isfinite(want)
    with np.errstate(all="ignore"):
        units = np.abs(got[finite] - want[finite]) / np.spacing(np.abs(want[finite]))
    assert units.max() <= 2


@pytest.mark.parametrize("name", ["pow1p", "pow1pm1"])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_powers_of_one_plus_a_small_number(name: str, exponent: float) -> None:
    rng = np.random.default_rng(1)
    x = sg.symbol("x", "n")
    small = 10 ** rng.uniform(-320, 0, 100)
    points = np.concatenate(
        [small, -small, rng.uniform(-1, 3, 100), 10 ** rng.uniform(0, 4, 50), [-1.0, -3.5, *SPECIAL]]
    )
    f = sg.parse(f"{name}(x, {exponent})", x="n")
    got, reference = sg.compile(f, [x], simplify=None)(points), sg.evaluate(f, {x: points}, simplify=None)
    with mpmath.workdps(400):
        want = [
            mpmath.mpf(1 + mpmath.mpf(each)) ** exponent if -1 < each < np.inf else None for each in points.tolist()
        ]
        for have, evaluated, exact in zip(got.tolist(), reference.tolist(), want, strict=True):
            if exact is None or abs(exact) > np.finfo(float).max:
                np.testing.assert_allclose(have, evaluated, rtol=1e-15)
                continue
            exact -= name == "pow1pm1"
            assert abs(have - exact) <= 4 * np.spacing(abs(float(exact))), (have, float(exact))
