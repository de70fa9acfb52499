"""Options of ``compile``, the accuracy of vector functions, and working without llvmlite."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.jit import available
from symgraph.compile.libraries import Libraries
from symgraph.core.operator import OPS

needs_llvm = pytest.mark.skipif(not available(), reason="llvmlite is not installed")
INF = float("inf")

# --- accuracy of the vector functions -----------------------------------------------------------------------

ULPS = 4
EXTREME = (0.0, 5e-324, 1e-310, 2.3e-308, 1e-300, 1e-20, 1e-8, 1e-3, 0.1, 0.5, 1.0, 1.5, 2.0, 3.14, 10.0, 700.0, 745.1)
HUGE = (1e3, 1e5, 1e8, 1e15, 1e22, 1e100, 1e300, 1.7e308, INF)
SPECIAL = [sign * value for value in (*EXTREME, *HUGE) for sign in (1, -1)] + [math.nan]


@cache
def vector_records() -> list[Any]:
    """The operators that are one call of a function which the platform has for vectors."""
    vectors = Libraries(2)
    return [
        record
        for record in OPS.values()
        if isinstance(record.lowering, str) and record.arity and vectors.vector(record.lowering, record.arity, 2)
    ]


def sample(record: Any) -> list[np.ndarray]:
    """Arguments of every magnitude, the operator's usual ones, and the special values."""
    rng = np.random.default_rng(1)
    if record.arity == 2:
        grid = np.array([(x, y) for x in SPECIAL[::3] for y in SPECIAL[::4]])
        usual = np.stack([rng.uniform(low, high, 150) for low, high in record.examples[0].domain or ((-3, 3),) * 2], 1)
        return list(np.concatenate([usual, grid]).T)
    low, high = (record.examples[0].domain or ((-3, 3),))[0]
    wide = rng.choice([-1, 1], 150) * 10.0 ** rng.uniform(-20, 20, 150)
    middle = rng.choice([-1, 1], 150) * 10.0 ** rng.uniform(-3, 3, 150)
    return [np.concatenate([rng.uniform(low, high, 150), middle, wide, SPECIAL])]


def exact(record: Any, values: tuple[float, ...]) -> Any:
    """The value in 60 digits or more, or ``None`` where mpmath has none that is real and finite."""
    with mpmath.workdps(60 + (320 if max(map(abs, values)) > 1e15 else 0)):
        try:
            value = record.mpmath(*[mpmath.mpf(x) for x in values])
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else None


def error_in_ulps(got: float, want: Any) -> float:
    """The distance in units in the last place of the exact value; subnormal numbers have the smallest unit."""
    if abs(want) > mpmath.mpf(np.finfo(float).max):
        return 0.0 if abs(got) >= np.finfo(float).max else INF
    return float(abs(mpmath.mpf(got) - want) / mpmath.mpf(float(np.spacing(abs(float(want))))))


@needs_llvm
@pytest.mark.skipif(not vector_records(), reason="this platform has no vector functions (glibc's libmvec on x86-64)")
@pytest.mark.parametrize("record", [pytest.param(r, id=r.name) for r in vector_records()])
def test_vector_functions_are_accurate(record: Any) -> None:
    columns = sample(record)
    symbols = [sg.symbol(name, "n") for name in "xy"[: record.arity]]
    got = sg.compile(getattr(sg, record.name)(*symbols), symbols, simplify=None)(*columns)
    with np.errstate(all="ignore"):
        reference = sg.evaluate(getattr(sg, record.name)(*symbols), dict(zip(symbols, columns, strict=True)))
    for i, have in enumerate(got):
        values = tuple([float(column[i]) for column in columns])
        want = exact(record, values) if all(map(math.isfinite, values)) else None
        if want is None:
            assert (have == reference[i]) or (np.isnan(have) and np.isnan(reference[i])), (values, have, reference[i])
            continue
        assert error_in_ulps(have, want) <= ULPS, (values, have, want)


# --- precise and fma ----------------------------------------------------------------------------------------


@needs_llvm
def test_precise_is_the_c_library_bit_by_bit() -> None:
    x = sg.symbol("x", "n")
    values = np.linspace(-20, 20, 1001)
    functions = {"sin": math.sin, "exp": math.exp, "atan": math.atan, "tanh": math.tanh, "cosh": math.cosh}
    names = {"atan": "arctan"}
    outputs = [getattr(sg, names.get(name, name))(x) for name in functions]
    fn = sg.compile(outputs, [x], precise=True)
    for got, (name, function) in zip(fn(values), functions.items(), strict=True):
        assert got.tolist() == [function(v) for v in values], name
    assert "_ZGV" not in fn.ir()
    again = pickle.loads(pickle.dumps(fn))
    assert "_ZGV" not in again.ir()


@needs_llvm
def test_multiplications_and_additions_are_fused_on_request_only() -> None:
    x, y, z = sg.symbols("x y z")
    a = 1.0 + 2.0**-30
    plain, fused = sg.compile(x * y + z, [x, y, z]), sg.compile(x * y + z, [x, y, z], fma=True)
    assert plain(a, a, -1.0) == a * a - 1.0
    assert "contract" in fused.ir()
    assert "contract" not in plain.ir()
    instruction = any(name in fused.assembly() for name in ("vfmadd", "fmadd"))
    with mpmath.workdps(50):
        once = float(mpmath.mpf(a) * mpmath.mpf(a) - 1)
    assert once != a * a - 1.0
    assert fused(a, a, -1.0) == (once if instruction else a * a - 1.0)
    assert "vfmadd" not in plain.assembly()
    v = sg.symbol("v", "n")
    values = np.linspace(0.5, 2, 64)
    for f in (v**7, v**-5, sg.erfcx(v), sg.sinc(v)):
        exactly, loosely = sg.compile(f, [v])(values), sg.compile(f, [v], fma=True)(values)
        assert exactly.tolist() == loosely.tolist(), "a kernel must stay as it is"
    assert "contract" in pickle.loads(pickle.dumps(fused)).ir()


# --- without llvmlite ---------------------------------------------------------------------------------------

WITHOUT = """
import sys, warnings, pickle
sys.modules["llvmlite"] = None
sys.modules["llvmlite.binding"] = None
import numpy as np
import symgraph as sg
x, y, s, t = sg.symbol("x", "n"), sg.symbol("y", "n"), sg.symbol("s"), sg.symbol("t")
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    f = sg.sum(sg.sin(x) * y)
    fn = sg.compile({"f": f, "g": sg.grad(f, [x, y])}, [x, y])
    scalar = sg.compile(sg.value_and_grad(s * t, [s, t]), [s, t])
    batch = sg.compile([s * t, s > t], [s, t], batch=True)
assert len(told) == 1 and "pip install" in str(told[0].message), told
found = fn([0.5, 1.0], np.array([2.0, 3.0]))
assert abs(found["f"] - (2 * np.sin(0.5) + 3 * np.sin(1.0))) < 1e-15
assert np.allclose(found["g"][0], [2 * np.cos(0.5), 3 * np.cos(1.0)], rtol=1e-15)
assert scalar(2, 3.0) == (6.0, [3.0, 2.0]) and type(scalar(2, 3)[0]) is float
assert pickle.loads(pickle.dumps(scalar))(2, 3) == (6.0, [3.0, 2.0])
assert batch([1, 2], [3, 1])[0].tolist() == [3, 2] and batch([1, 2], [3, 1])[1].tolist() == [False, True]
total, gx, gy = np.empty(()), np.empty(2), np.empty(2)
fn([0.5, 1.0], [2.0, 3.0], out={"f": total, "g": [gx, gy]})
assert total == found["f"] and gx.tolist() == found["g"][0].tolist()
for wrong in ((1.0,), ([1.0], [1.0, 2.0]), ("a", [1.0])):
    try:
        fn(*wrong)
    except TypeError:
        continue
    raise AssertionError(wrong)
assert "evaluator" in str(fn.report())
try:
    fn.ir()
except sg.CompileError as error:
    assert "llvmlite" in str(error)
print("right")
"""


def test_without_llvmlite_the_evaluator_does_it() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.stdout == "right\n", done.stderr
