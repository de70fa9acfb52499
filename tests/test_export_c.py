"""Exported C compiles without a warning and computes what evaluate computes."""

from __future__ import annotations

import ctypes
import json
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.dtype import is_float
from symgraph.core.node import Node, make, symbol
from symgraph.core.operator import DEFINITIONS, OPS
from symgraph.testing.samples import sample, samples

GCC = shutil.which("gcc")
pytestmark = pytest.mark.skipif(GCC is None, reason="gcc is not installed")
FLAGS = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC"]
KINDS = {
    "float64": ctypes.c_double,
    "float32": ctypes.c_float,
    "int64": ctypes.c_int64,
    "int32": ctypes.c_int32,
    "bool": ctypes.c_ubyte,
}
# Values, or for the last five only gradients, that are left to to_numpy.
WITHOUT_C = {
    *(
        "cofactor",
        "expm",
        "full_rank",
        "hyp2f1",
        "linear_recurrence",
        "pinv",
        "prod_gradient",
        "svd_s",
        "svd_u",
        "svd_vt",
    ),
    *("adjugate", "cumprod", "ellipe", "ellipk", "prod"),
}
EXAMPLES = Path(__file__).parent.parent / "examples"


def build(texts: list[str], folder: Path) -> ctypes.CDLL:
    """Compile files one behind the other, as one translation unit."""
    source, library = folder / "exported.c", folder / "exported.so"
    source.write_text("\n".join(texts), encoding="ascii")
    done = subprocess.run([str(GCC), *FLAGS, "-o", library, source, "-lm"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:4000]
    return ctypes.CDLL(str(library))


def call(library: ctypes.CDLL, name: str, values: dict[Node, Any], outputs: list[Node], sizes: dict[str, int]) -> Any:
    """Call an exported function; the workspace is full of nan before."""
    kept, arguments = [], [ctypes.c_ssize_t(size) for size in sizes.values()]
    for node, value in values.items():
        if not node.shape:
            arguments.append(KINDS[node.dtype](np.asarray(value).item()))
            continue
        kept.append(np.ascontiguousarray(value, node.dtype))
        arguments.append(ctypes.c_void_p(kept[-1].ctypes.data))
    bound = [tuple(n if isinstance(n, int) else n.value(sizes) for n in node.shape) for node in outputs]
    results = [np.full(shape, 77, node.dtype) for shape, node in zip(bound, outputs, strict=True)]
    arguments += [ctypes.c_void_p(result.ctypes.data) for result in results]
    if hasattr(library, f"{name}_work"):
        needed = getattr(library, f"{name}_work")
        needed.restype = ctypes.c_ssize_t
        work = np.full(needed(*[ctypes.c_ssize_t(size) for size in sizes.values()]), np.nan)
        arguments.append(ctypes.c_void_p(work.ctypes.data))
    code = getattr(library, name)(*arguments)
    return results, code


def gradients(outputs: Any, variables: Any) -> list[Any]:
    found = []
    for out in outputs:
        for x in variables if is_float(out.dtype) else ():
            try:
                found.append(sg.grad(sg.sum(out), x))
            except sg.DifferentiationError:
                continue
    return found


def assert_same(found: Any, wanted: Any, label: str, small: float = 1e-12) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype, label
        one, other = np.asarray(one, float), np.asarray(other, float)
        np.testing.assert_allclose(one, other, rtol=small, atol=small, err_msg=label)


def test_every_record_with_a_lowering(tmp_path: Path) -> None:
    """All examples of all operators and definitions, with gradients; what has no C says which operator lacks it."""
    written, texts, refused = [], [], set()
    for table in (OPS, DEFINITIONS):
        for name, place in samples(table):
            made = sample(table[name], place)
            outputs = [*made.outputs, *gradients(made.outputs, made.real)]
            try:
                texts.append(sg.to_c(outputs, list(made.symbols), name=f"f{len(texts)}"))
            except sg.SymgraphError as error:
                assert "cannot be written in C" in str(error)
                refused.add(name)
                continue
            written.append((made, outputs))
    assert len(written) >= 440
    assert {"add", "exp", "where", "contract", "gather", "softmax", "relu"}.isdisjoint(refused)
    assert refused == WITHOUT_C
    library = build(texts, tmp_path)
    for number, (made, outputs) in enumerate(written):
        found, _ = call(library, f"f{number}", made.values, outputs, {})
        assert_same(found, sg.evaluate(outputs, made.values), str(made))


def test_special_values_and_kinks(tmp_path: Path) -> None:
    """nan, infinities, signed zeros and ties, by value and by gradient, for every length."""
    texts, rows = [], []
    for record in OPS.values():
        if not (record.known and record.elementwise and not record.attributes):
            continue
        x = [symbol(f"x{i}", "n") for i in range(record.arity or 0)]
        node = make(record, tuple(x), ())
        outputs = [node, *gradients([node], x)]
        try:
            texts.append(sg.to_c(outputs, x, name=f"g{len(texts)}"))
        except sg.SymgraphError:
            continue
        rows.append((x, outputs, [np.array([row.arguments[i] for row in record.known], float) for i in range(len(x))]))
    library = build(texts, tmp_path)
    assert len(rows) > 70
    for number, (x, outputs, values) in enumerate(rows):
        at = dict(zip(x, values, strict=True))
        found, _ = call(library, f"g{number}", at, outputs, {"n": len(values[0])})
        wanted = sg.evaluate(outputs, at)
        assert_same(found, wanted, outputs[0].op.name, 1e-14)
        for one, other in zip(found, wanted, strict=True):
            number_ = ~np.isnan(other)
            assert np.array_equal(np.signbit(one)[number_], np.signbit(other)[number_]), outputs[0].op.name


def test_neuron_reaction_kinetics_and_helmholtz(tmp_path: Path) -> None:
    neuron = sg.parse("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))")
    inputs = ["w0", "x0", "w1", "x1", "w2"]
    kinetics = runpy.run_path(str(EXAMPLES / "pollu.py"))
    species, right = kinetics["read_kinetics"](kinetics["ROBERTSON"])
    energy, x = runpy.run_path(str(EXAMPLES / "helmholtz.py"))["helmholtz"](9)
    amounts = np.sqrt(1 + np.arange(9)) / 9
    cases = {
        "neuron": (
            [neuron, *sg.grad(neuron, inputs)],
            [sg.symbol(name) for name in inputs],
            [0.5, -1.0, 2.0, 0.1, 0.3],
        ),
        "kinetics": (
            [*right, *[sg.derivative(f, y) for f in right for y in species]],
            species,
            list(np.linspace(0.1, 1, len(species))),
        ),
        "helmholtz": ([energy, sg.grad(energy, x), sg.hessian(energy, x)], [x], [amounts]),
    }
    library = build([sg.to_c(outputs, given, name=name) for name, (outputs, given, _) in cases.items()], tmp_path)
    for name, (outputs, given, values) in cases.items():
        at = dict(zip(given, values, strict=True))
        found, _ = call(library, name, at, outputs, {})
        assert_same(found, sg.evaluate(outputs, at), name)


def test_pollu_jacobian(data: Path, tmp_path: Path) -> None:
    """Twenty species, 400 entries; written as one function."""
    problem = json.loads((data / "pollu" / "pollu.json").read_text(encoding="utf-8"))
    species, right = runpy.run_path(str(EXAMPLES / "pollu.py"))["read_kinetics"](problem)
    outputs = [*right, *[sg.derivative(f, y) for f in right for y in species]]
    at = dict(zip(species, np.linspace(0.1, 1, len(species)), strict=True))
    library = build([sg.to_c(outputs, species, name="pollu")], tmp_path)
    assert_same(call(library, "pollu", at, outputs, {})[0], sg.evaluate(outputs, at), "pollu")


def test_named_sizes_and_bounds(tmp_path: Path) -> None:
    Z, t, w = sg.symbol("Z", ("m", "n")), sg.symbol("t", "m"), sg.symbol("w", "n")
    loss = sg.sum(sg.log(1 + sg.exp(-t * (Z @ w))))
    logistic = [loss, sg.grad(loss, w), sg.hessian(loss, w)]
    k = sg.symbol("k", "m", "int64")
    picked = [sg.take(w, k)]
    part = [sg.sum(w[2:5] ** 2)]
    texts = [sg.to_c(logistic, [Z, t, w], name="logistic"), sg.to_c(picked, [w, k], name="pick")]
    library = build([*texts, sg.to_c(part, [w], name="part")], tmp_path)
    rng = np.random.default_rng(0)
    for m, n in ((3, 2), (1, 7), (5, 1)):
        at = {Z: rng.normal(size=(m, n)), t: rng.choice([-1.0, 1.0], m), w: rng.normal(size=n)}
        found, _ = call(library, "logistic", at, logistic, {"m": m, "n": n})
        assert_same(found, sg.evaluate(logistic, at), "logistic")
    weights = np.arange(4.0)
    found, code = call(library, "pick", {w: weights, k: [3, -4, 0]}, picked, {"n": 4, "m": 3})
    assert code == 0
    assert found[0].tolist() == [3.0, 0.0, 0.0]
    assert call(library, "pick", {w: weights, k: [3, 4, 0]}, picked, {"n": 4, "m": 3})[1] == 1
    assert call(library, "pick", {w: weights, k: [3, -5, 0]}, picked, {"n": 4, "m": 3})[1] == 1
    assert call(library, "part", {w: weights}, part, {"n": 4})[1] == 1
    assert call(library, "part", {w: np.arange(5.0)}, part, {"n": 5})[0][0] == 29.0


HOSTILE = [
    "int",
    "exp",
    "work",
    "v1",
    "i1",
    "*/ int x; /*",
    "#define x",
    'x"',
    "\\",
    "x); system(",
    "σ",
    "if",
    "NAN",
    "y1",
]


def test_names_never_become_code(tmp_path: Path) -> None:
    texts = []
    for number, name in enumerate(HOSTILE):
        x, v = sg.symbol(name), sg.symbol("v", (name.strip() if name.isidentifier() else "n",))
        f = sg.exp(x) * sg.sum(sg.sin(v) * x)
        texts.append(sg.to_c({name: f, "g": sg.grad(f, v)}, [x, v], name=f"h{number}"))
        assert "system" not in texts[-1]
    library = build(texts, tmp_path)
    x, v = sg.symbol("x"), sg.symbol("v", 2)
    f = sg.exp(x) * sg.sum(sg.sin(v) * x)
    for number in range(len(HOSTILE)):
        found, _ = call(library, f"h{number}", {x: 0.5, v: [1.0, 2.0]}, [f, sg.grad(f, v)], {"n": 2})
        assert_same(found, sg.evaluate([f, sg.grad(f, v)], {x: 0.5, v: [1.0, 2.0]}), HOSTILE[number])
    with pytest.raises(sg.SymgraphError, match="choose an identifier"):
        sg.to_c(x, [x], name="int")


def test_numbers_are_written_exactly(tmp_path: Path) -> None:
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), 1 / 3]
    x = sg.symbol("x")
    table = sg.constant(np.array(values))
    library = build([sg.to_c([x * v for v in values] + [table * x], [x], name="exact")], tmp_path)
    outputs = [x * v for v in values] + [table * x]
    found, _ = call(library, "exact", {x: 1.0}, outputs, {})
    for one, value in zip([*found[:-1], *found[-1]], values * 2, strict=True):
        assert np.array_equal(one, value, equal_nan=True)
        assert np.isnan(value) or np.signbit(one) == np.signbit(value)
