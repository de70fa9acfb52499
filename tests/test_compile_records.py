"""Every elementwise record: machine code = evaluator, at random points and at special values."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.compile.api import compile
from symgraph.compile.jit import available
from symgraph.compile.statements import is_native
from symgraph.core.node import Node, make, symbol
from symgraph.core.operator import OPS, Operator
from symgraph.core.traversal import topological

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, 2.5, -2.5, 3.0, 5e-324, -5e-324, 1e-310, 1e-300, 1e300),
    *(710.0, -710.0, -746.0, float("inf"), float("-inf"), float("nan")),
)
COMPILER_PAGE = Path(__file__).parent.parent / "docs" / "compiler.md"
ULPS = 4
UNORDERED_ZEROS = {"maximum", "minimum"}  # which of two zeros NumPy gives depends on the CPU
RECORDS = [record for record in OPS.values() if record.elementwise]
FAMILIES = sorted({record.family for record in RECORDS})


def arguments(record: Operator, shape: Any) -> tuple[Node, ...]:
    return tuple(symbol(name, shape) for name in "xyzw"[: record.arity])


def node_of(record: Operator, shape: Any) -> Node:
    args = list(arguments(record, shape))
    if record.examples[0].make is not None and record.arity == 3:  # a condition comes first
        args[0] = sg.greater(args[0], 0)
    return make(record, tuple(args), record.examples[0].attributes)


def points(record: Operator, special: bool) -> list[np.ndarray]:
    assert record.arity is not None
    rng = np.random.default_rng(0)
    if special:
        values = SPECIAL if record.arity < 3 else (*SPECIAL[:6], 2.0, float("inf"), float("nan"))
        return [np.array(column) for column in zip(*product(values, repeat=record.arity), strict=True)]
    intervals = record.examples[0].domain or ((-3, 3),) * record.arity
    return [rng.uniform(low, high, 203) for low, high in intervals]


@cache
def compiled(family: str) -> tuple[list[Operator], Any, Any, Any]:
    """One function for the whole family: on scalars, on arrays of any length, and on batches of scalars."""
    records = [record for record in RECORDS if record.family == family]
    columns = [symbol(name, "n") for name in "xyzw"]
    scalars = [symbol(name) for name in "xyzw"]
    return (
        records,
        compile([node_of(record, ()) for record in records], scalars),
        compile([node_of(record, "n") for record in records], columns),
        compile([node_of(record, ()) for record in records], scalars, batch=True),
    )


def run(family: str, record: Operator, values: list[np.ndarray]) -> tuple[Any, dict[str, Any]]:
    records, scalar, array, batch = compiled(family)
    place = records.index(record)
    padded = [*values, *[np.zeros_like(values[0])] * (4 - len(values))]
    wanted = sg.evaluate(node_of(record, "n"), dict(zip(arguments(record, "n"), values, strict=True)))
    some = range(0, len(values[0]), max(1, len(values[0]) // 500))
    one_by_one = np.array([scalar(*[float(column[i]) for column in padded])[place] for i in some])
    return wanted, {
        "array": (array(*padded)[place], wanted),
        "batch": (batch(*padded)[place], wanted),
        "scalar": (one_by_one, wanted[list(some)]),
    }


def cases() -> list[Any]:
    return [pytest.param(record, id=record.name) for record in RECORDS]


def test_every_elementwise_operator_has_machine_code() -> None:
    assert not [record.name for record in RECORDS if not is_native(node_of(record, ()))]
    assert not [n for record in RECORDS for n in topological([node_of(record, ())]) if n.op.expand]


def library_calls(record: Operator, example: Any) -> tuple[str, ...]:
    """The operators that NumPy computes in a compiled function of this one."""
    made = example.make(np.random.default_rng(0)) if example.make else [np.zeros(shape) for shape in example.shapes]
    values = [np.asarray(value) for value in made]
    args = [symbol(f"x{i}", value.shape, value.dtype.name) for i, value in enumerate(values)]
    fn = compile([make(record, tuple(args), example.attributes)], args, simplify=None)
    return tuple(fn.report().library_calls)


def test_what_numpy_computes_is_documented() -> None:
    """Nothing is interpreted that the documentation does not name."""
    found = {name for record in OPS.values() for example in record.examples for name in library_calls(record, example)}
    section = COMPILER_PAGE.read_text(encoding="utf-8").partition("## What is a library call")[2].partition("\n## ")[0]
    (listed,) = [part for part in section.split("\n\n") if part.startswith("`chol")]
    assert sorted(found) == re.findall(r"`(\w+)`", listed)


@pytest.mark.parametrize("record", cases())
def test_random_points(record: Operator) -> None:
    values = points(record, special=False)
    _, found = run(record.family, record, values)
    for way, (got, wanted) in found.items():
        if wanted.dtype == bool:
            assert np.array_equal(got, wanted), way
            continue
        step = -(-len(values[0]) // len(got))
        error = np.abs(got - wanted) / np.spacing(np.abs(wanted))
        for i in np.flatnonzero(~((error <= ULPS) | (np.isnan(got) & np.isnan(wanted)))):
            exact = in_many_digits(record, [float(column[i * step]) for column in values])
            ours, theirs = abs(mpmath.mpf(got[i]) - exact), abs(mpmath.mpf(wanted[i]) - exact)
            unit = mpmath.mpf(np.spacing(abs(float(exact))))
            assert ours <= max(ULPS * unit, 2 * theirs), (way, error[i], ours / unit, theirs / unit)


def in_many_digits(record: Operator, values: list[float]) -> mpmath.mpf:
    assert record.mpmath is not None
    with mpmath.workdps(50):
        return record.mpmath(*record.examples[0].attributes, *[mpmath.mpf(value) for value in values])


def classes(value: np.ndarray) -> np.ndarray:
    return np.select([np.isnan(value), np.isposinf(value), np.isneginf(value), value == 0], [1, 2, 3, 4], 5)


@pytest.mark.parametrize("record", cases())
def test_special_values(record: Operator) -> None:
    values = points(record, special=True)
    _, found = run(record.family, record, values)
    for way, (got, wanted) in found.items():
        got, wanted = np.asarray(got, dtype=float), np.asarray(wanted, dtype=float)
        same = classes(got) == classes(wanted)
        zero = (wanted == 0) & (np.signbit(got) != np.signbit(wanted))
        wrong = ~same if record.name in UNORDERED_ZEROS else ~same | zero
        assert not np.any(wrong), (way, [(got[i], wanted[i]) for i in np.flatnonzero(wrong)[:6]])


ROWS = ["any", "all", "if_used", "argmax", "argmin", "norm2", "unit_vector", "var", "std", "prod", "roll"]
SIZES_OF_ENTRIES = (1.0, 1e-170, 1e170, 1e-310)


def row_points(rng: np.random.Generator, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Special values; or few different numbers, so that ties are common, of very different sizes."""
    if rng.random() < 0.5:
        return [rng.choice(SPECIAL, shape) for shape in shapes]
    return [rng.choice([1.0, 2.0, 0.0, -3.3], shape) * rng.choice(SIZES_OF_ENTRIES, shape) for shape in shapes]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ROWS)
def test_rows_at_ties_and_special_values(name: str, dtype: str) -> None:
    """Reductions that are written as steps give what their NumPy functions give."""
    record, rng = OPS[name], np.random.default_rng(0)
    info = np.finfo(dtype)
    for example in record.examples:
        made = example.make(rng) if example.make else [np.zeros(shape) for shape in example.shapes]
        shapes = [np.shape(value) for value in made]
        args = [symbol(f"x{i}", shape, dtype) for i, shape in enumerate(shapes)]
        node = make(record, tuple(args), example.attributes)
        fn = compile(node, args, simplify=None)
        assert not fn.report().library_calls
        for _ in range(60):
            with np.errstate(all="ignore"):
                values = [value.astype(dtype) for value in row_points(rng, shapes)]
                wanted = sg.evaluate(node, dict(zip(args, values, strict=True)), simplify=None)
            got = np.asarray(fn(*values))
            assert got.dtype == np.asarray(wanted).dtype or not got.shape
            small = 4 * float(info.smallest_subnormal)
            np.testing.assert_allclose(
                np.asarray(got, float),
                np.asarray(wanted, float),
                rtol=16 * float(info.eps),
                atol=small,
                err_msg=str(values),
            )


@pytest.mark.parametrize("size", [0, 1, 2, 5, 37])
def test_rows_of_named_sizes(size: int) -> None:
    x = symbol("x", "n")
    outputs = [sg.any(x > 1), sg.all(x > 1), sg.norm2(x), sg.var(x), sg.std(x, ddof=1), sg.prod(x)]
    outputs += [sg.astype(x, kind) for kind in ("int64", "int32", "bool", "float32")]
    values = np.random.default_rng(size).choice([1.5, -2.7, 1e10, float("nan"), float("-inf")], size)
    with np.errstate(all="ignore"):
        wanted = sg.evaluate(outputs, {x: values})
    fn = compile(outputs, [x])
    assert not fn.report().library_calls
    for one, other in zip(fn(values), wanted, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-14)
    if size:
        positions = [sg.argmax(x), sg.argmin(x)]
        with np.errstate(all="ignore"):
            assert list(compile(positions, [x])(values)) == sg.evaluate(positions, {x: values})
