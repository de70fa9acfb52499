"""Importing symgraph loads what every program needs, and nothing that some programs need."""

from __future__ import annotations

import json
import subprocess
import sys

LATER = (
    *("scipy", "networkx", "opt_einsum", "llvmlite", "sympy", "jax", "torch", "matplotlib", "graphviz", "resvg_py"),
    *("cairosvg", "asyncio", "unittest", "numpy.f2py", "numpy.testing"),
)


def loaded_by(code: str) -> set[str]:
    """Names of the modules, and of the packages around them, that a fresh interpreter holds after this code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_loads_no_large_library() -> None:
    loaded = loaded_by("import symgraph")
    assert not loaded.intersection(LATER)
    others = {name for name in loaded if not name.startswith("symgraph")}
    others -= loaded_by("import mpmath")  # which loads more where gmpy2 is installed
    assert len(others) < 187, "count what was added with python -X importtime -c 'import symgraph'"


def test_elementary_work_needs_none_of_them_either() -> None:
    code = "import symgraph as sg; x = sg.symbol('x'); f = sg.exp(x)*x; print(sg.grad(f, x)); sg.evaluate(f, {x: 1.0})"
    assert not loaded_by(code).intersection(LATER)


def test_a_library_is_loaded_when_it_is_needed() -> None:
    assert "scipy.special" in loaded_by("import symgraph as sg; sg.evaluate(sg.erf(sg.constant(0.5)), {})")
