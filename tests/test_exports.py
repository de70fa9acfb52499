"""Exported source runs without symgraph and computes what evaluate computes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.dtype import is_float
from symgraph.core.node import make, symbol
from symgraph.core.operator import DEFINITIONS, OPS
from symgraph.testing.graphs import random_graph
from symgraph.testing.samples import Sample, sample, samples

SAMPLES = [(table[name], place) for table in (OPS, DEFINITIONS) for name, place in samples(table)]
SMALL = 1e-13  # rounding: sums run in another order


def with_gradients(made: Sample) -> list[Any]:
    """The outputs of a sample, and the gradients that exist."""
    return [*made.outputs, *gradients(made.outputs, made.real)]


def gradients(outputs: Any, variables: Any) -> list[Any]:
    found = []
    for out in outputs:
        for x in variables if is_float(out.dtype) else ():
            try:
                found.append(sg.grad(sg.sum(out), x))
            except sg.DifferentiationError:
                continue
    return found


def run_source(text: str, arguments: list[Any], name: str = "f") -> Any:
    space: dict[str, Any] = {}
    exec(compile(text, "exported", "exec"), space)
    assert not any("symgraph" in str(getattr(value, "__module__", "")) for value in space.values())
    return space[name](*arguments)


def assert_same(found: Any, wanted: Any, small: float = SMALL) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert np.shape(one) == np.shape(other)
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=small, atol=small)


@pytest.mark.parametrize(("record", "place"), SAMPLES, ids=[f"{record.name}-{place}" for record, place in SAMPLES])
def test_every_record_as_numpy_source(record: Any, place: int) -> None:
    made = sample(record, place)
    outputs = with_gradients(made)
    text = sg.to_numpy(outputs, list(made.symbols))
    assert "import symgraph" not in text and "mpmath." not in text
    assert_same(run_source(text, list(made.values.values())), sg.evaluate(outputs, made.values))


KNOWN = [record for record in OPS.values() if record.known and record.elementwise and not record.attributes]


@pytest.mark.parametrize("record", KNOWN, ids=[record.name for record in KNOWN])
def test_kinks_and_special_values_give_the_same_numbers(record: Any) -> None:
    """nan, infinities, signed zeros, ties: value and gradient, in both floating dtypes."""
    for dtype in ("float64", "float32"):
        x = [symbol(f"x{i}", "n", dtype) for i in range(record.arity)]
        node = make(record, tuple(x), ())
        outputs = [node, *gradients([node], x)]
        with np.errstate(over="ignore"):
            values = [np.array([row.arguments[i] for row in record.known], dtype) for i in range(record.arity)]
        found = run_source(sg.to_numpy(outputs, x), values)
        wanted = sg.evaluate(outputs, dict(zip(x, values, strict=True)))
        assert_same(found, wanted, 1e-15 if dtype == "float64" else 1e-7)
        for one, other in zip(found, wanted, strict=True):
            number = ~np.isnan(other)
            assert np.array_equal(np.signbit(one)[number], np.signbit(other)[number])


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs_as_numpy_source(seed: int) -> None:
    # The cross product of 1e300s overflows or not, depending on the order of its two products.
    made = random_graph(seed, boundary=seed % 2 == 0, leave_out=["cross"])
    outputs = [made.output, *[sg.grad(made.output, x) for x in made.symbols]]
    found = run_source(sg.to_numpy(outputs, made.symbols), [made.values[x] for x in made.symbols])
    with np.errstate(all="ignore"):
        assert_same(found, sg.evaluate(outputs, {x: made.values[x] for x in made.symbols}), 1e-11)


def test_the_source_runs_where_symgraph_cannot_be_imported() -> None:
    W, x = sg.symbol("W", ("n", "m")), sg.symbol("x", "m")
    f = sg.logsumexp(W @ x) + sg.sum(sg.erf(x)) + sg.logdet(W.T @ W)
    text = sg.to_numpy({"value": f, "gradient": sg.grad(f, [W, x])}, [W, x], name="model")
    assert "from scipy import special" in text
    program = (
        "import sys; sys.modules['symgraph'] = None\n"
        + text
        + "\nr = model([[1., 2.], [3., 4.], [0., 1.]], [0.5, -1.])\nprint(float(r['value']), r['gradient'][0].tolist())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    wanted = sg.evaluate([f, sg.grad(f, W)], {W: [[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]], x: [0.5, -1.0]})
    value, rest = done.stdout.split(" ", 1)
    assert float(value) == pytest.approx(wanted[0], rel=1e-14)
    np.testing.assert_allclose(eval(rest), wanted[1], rtol=1e-12)


HOSTILE = [
    *(
        "__import__('os').system('false')",
        "x); import os; (",
        "a\nimport os",
        '"""',
        "\\",
        "lambda",
        "None",
        "np",
        "exp",
        "t1",
    ),
    *(
        "_read",
        "f",
        "double",
        "restrict",
        "main",
        "*/ int x; /*",
        "//",
        "#define x",
        "\u202e",
        "σ",
        "ﬁ",
        "x" * 500,
        "printf",
    ),
]


@pytest.mark.parametrize("name", HOSTILE, ids=[ascii(name)[:20] for name in HOSTILE])
def test_names_never_become_code(name: str) -> None:
    x, y = sg.symbol(name), sg.symbol("y")
    f = sg.exp(x * y) + sg.exp(x * y) ** 2
    text = sg.to_numpy({name: f, "g": sg.grad(f, x)}, [x, y])
    code = "".join(line for line in text.splitlines() if not line.lstrip().startswith("return"))
    assert "import os" not in code and "__import__" not in code and "\u202e" not in text
    found = run_source(text, [0.5, 0.25])
    assert found[name] == pytest.approx(sg.evaluate(f, {x: 0.5, y: 0.25}), rel=1e-15)
    size = sg.symbol("v", ("if", "np", "t1"))
    assert run_source(sg.to_numpy(sg.sum(size) / sg.mean(size), [size]), [np.ones((2, 3, 4))]) == 24


def test_named_sizes_are_read_and_checked() -> None:
    Z, w = sg.symbol("Z", ("m", "n")), sg.symbol("w", "n")
    space: dict[str, Any] = {}
    exec(sg.to_numpy(sg.grad(sg.sum((Z @ w) ** 2) / sg.mean(w[1:]), w), [w, Z]), space)
    for m, n in ((2, 3), (5, 4)):
        rng = np.random.default_rng(n)
        values = {w: rng.random(n), Z: rng.random((m, n))}
        wanted = sg.evaluate(sg.grad(sg.sum((Z @ w) ** 2) / sg.mean(w[1:]), w), values)
        np.testing.assert_allclose(space["f"](*values.values()), wanted, rtol=1e-13)
    with pytest.raises(ValueError, match="Z has shape"):
        space["f"](np.ones(1), np.ones((2, 3)))
    with pytest.raises(ValueError, match="w has shape"):
        space["f"](1.0, np.ones((2, 3)))
    k = sg.symbol("k", "n", "int64")
    exec(sg.to_numpy(sg.sum(k), [k]), space)
    assert space["f"]([1, 2]) == 3
    with pytest.raises(ValueError, match="does not fit"):
        space["f"]([1.5, 2.0])


def test_exports_refuse_with_a_reason() -> None:
    x, y = sg.symbols("x y")
    with pytest.raises(sg.SymgraphError, match="choose an identifier"):
        sg.to_numpy(x, [x], name="a b")
    with pytest.raises(sg.SymgraphError, match="add it to the inputs"):
        sg.to_numpy(x * y, [x])
    with pytest.raises(sg.SymgraphError, match="only symbols"):
        sg.to_numpy(x * y, [x * y])
    with pytest.raises(sg.SymgraphError, match="twice"):
        sg.to_numpy(x, [x, x])


def test_long_graphs_are_written_line_by_line() -> None:
    x = sg.symbol("x")
    f = x
    for _ in range(3000):
        f = sg.sin(f) * 1.01 + f
    text = sg.to_numpy(sg.value_and_grad(f, x), [x])
    assert max(map(len, text.splitlines())) < 160
    assert_same(run_source(text, [0.3]), sg.evaluate(sg.value_and_grad(f, x), {x: 0.3}), 1e-12)


def test_the_source_is_the_formula() -> None:
    Z, t, w = sg.symbol("Z", ("m", "n")), sg.symbol("t", "m"), sg.symbol("w", "n")
    text = sg.to_numpy(sg.grad(sg.sum(sg.log(1 + sg.exp(-t * (Z @ w)))), w), [Z, t, w])
    assert text.splitlines()[-1] == "    return -(Z.T @ (special.expit(-(t * (Z @ w))) * t))"
    A = sg.symbol("A", ("n", "n"))
    assert (
        sg.to_numpy(sg.grad(sg.parse("x'@A@x", A=("n", "n"), x="n"), "A")).splitlines()[-1]
        == "    return x[:, None] * x"
    )
    assert sg.to_numpy(sg.grad(sg.trace(A @ A), A)).splitlines()[-1] == "    return 2.0 * A.T"


def test_the_order_of_parameters_follows_from_the_formula_alone() -> None:
    """Symbols as they are met from left to right, sizes as the inputs' shapes name them; not as they were made."""
    made_first, made_last = sg.symbol("made_first", ("rows", "columns")), sg.symbol("made_last", "columns")
    f = sg.sum((sg.exp(made_last) - 1) * sg.sum(sg.sin(made_first), axis=0))
    assert "def f(made_last, made_first):" in sg.to_numpy(f)
    assert "f(ptrdiff_t columns, ptrdiff_t rows, const double *restrict made_last, const double" in sg.to_c(f)
    text = sg.to_c(f, [made_first, made_last])
    assert "f(ptrdiff_t rows, ptrdiff_t columns, const double *restrict made_first, const double" in text
