"""C of our own for functions that C99 lacks: against SciPy, over wide ranges."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

from symgraph.interop.c_functions import _HEAD, FILES, functions_in, sections

FOLDER = Path(__file__).parent.parent / "symgraph" / "interop" / "c"
GCC = shutil.which("gcc")
pytestmark = pytest.mark.skipif(GCC is None, reason="gcc is not installed")
INNER = {"gammapower", "gammaratio", "stirling", "signgamma", "expsquare", "sici", "ellip", "besseljy"}
# In the tails a power of e with an exponent of hundreds carries its rounding error along.
# For each function: relative error allowed, absolute error allowed (where it has zeros), and a range per argument;
# ranges of positive numbers are drawn by their logarithm. SciPy's own errors are within these, too.
RANGES: dict[str, tuple[float, float, list[tuple[float, float]]]] = {
    "psi": (1e-12, 1e-13, [(-20.0, 60.0)]),
    "zeta": (1e-13, 0, [(1.01, 40), (1e-3, 1e4)]),
    "rgamma": (1e-13, 1e-300, [(-20.0, 175.0)]),
    "betaln": (1e-11, 1e-11, [(1e-3, 1e4), (1e-3, 1e4)]),
    "beta": (1e-13, 0, [(1e-3, 100), (1e-3, 100)]),
    "gammainc": (1e-12, 1e-300, [(1e-2, 500), (1e-3, 1e3)]),
    "gammaincc": (1e-12, 1e-200, [(1e-2, 500), (1e-3, 1e3)]),
    "betainc": (1e-11, 1e-300, [(0.05, 100), (0.05, 100), (1e-3, 0.999)]),
    "erfcx": (1e-13, 0, [(-20.0, 60.0)]),
    "dawsn": (1e-14, 0, [(-50.0, 50.0)]),
    "erfcinv": (1e-14, 1e-15, [(1e-300, 1.9)]),
    "erfinv": (1e-14, 0, [(-1.0, 1.0)]),
    "ndtri": (1e-14, 1e-15, [(1e-300, 0.99)]),
    "log_ndtr": (1e-13, 0, [(-200.0, 20.0)]),
    "ndtr": (2e-13, 0, [(-35.0, 8.0)]),
    "logit": (1e-14, 0, [(-0.0, 1.0)]),
    "gamma": (1e-13, 0, [(-20.0, 170.0)]),
    "gammaln": (1e-13, 1e-13, [(-20.0, 1e3)]),
    "exp1": (1e-13, 0, [(1e-6, 700)]),
    "expi": (1e-12, 1e-14, [(-50.0, 600.0)]),
    "si": (1e-14, 0, [(-100.0, 100.0)]),
    "ci": (1e-13, 1e-15, [(1e-3, 1e3)]),
    "ellipk": (1e-13, 0, [(-50.0, 1.0)]),
    "ellipe": (1e-13, 0, [(-50.0, 1.0)]),
    "lambertw": (1e-13, 1e-14, [(-0.3678, 50.0)]),
    "kve": (1e-12, 0, [(-30.0, 30.0), (1e-3, 1e3)]),
    "kv": (1e-12, 0, [(-30.0, 30.0), (1e-3, 500)]),
    "ive": (1e-12, 0, [(-0.0, 30.0), (1e-3, 1e3)]),
    "iv": (1e-12, 0, [(-0.0, 30.0), (1e-3, 500)]),
    "i0": (1e-13, 0, [(-300.0, 300.0)]),
    "i1": (1e-13, 0, [(-300.0, 300.0)]),
    "k0": (1e-13, 0, [(1e-6, 500)]),
    "k1": (1e-13, 0, [(1e-6, 500)]),
    "jv": (1e-12, 1e-12, [(-0.0, 30.0), (1e-3, 1e3)]),
    "yv": (1e-12, 1e-12, [(-0.0, 30.0), (1e-3, 1e3)]),
    "j0": (1e-14, 1e-14, [(-100.0, 100.0)]),
    "j1": (1e-14, 1e-14, [(-100.0, 100.0)]),
    "y0": (1e-14, 1e-14, [(1e-4, 1e3)]),
    "y1": (1e-14, 1e-14, [(1e-4, 1e3)]),
    "spherical_jn": (1e-13, 1e-14, [(-0.0, 12.0), (1e-3, 60)]),
    "spherical_in": (1e-13, 0, [(-0.0, 12.0), (1e-3, 60)]),
}
REFERENCES: dict[str, Any] = {
    "si": lambda x: special.sici(x)[0],
    "ci": lambda x: special.sici(x)[1],
    "lambertw": lambda x: special.lambertw(x).real,
    "spherical_jn": lambda n, x: special.spherical_jn(n.astype(int), x),
    "spherical_in": lambda n, x: special.spherical_in(n.astype(int), x),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("c")
    body = "\n".join(functions_in(" ".join(f"sg_{name}(" for name in RANGES))).replace("static double", "double")
    (folder / "all.c").write_text(f"#include <math.h>\n#include <stddef.h>\n{body}\n", encoding="ascii")
    flags = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC"]
    subprocess.run([str(GCC), *flags, "-o", folder / "all.so", folder / "all.c", "-lm"], check=True)
    return ctypes.CDLL(str(folder / "all.so"))


def test_every_function_is_tried() -> None:
    # Matrices are tried by the operators' examples and their gradients, in test_export_c.py.
    matrices = set(_HEAD.findall((FOLDER / "linalg.c").read_text(encoding="ascii")))
    assert set(sections()) - INNER - {name for name, _ in matrices} == set(RANGES)


@pytest.mark.parametrize("name", RANGES)
def test_against_scipy(library: ctypes.CDLL, name: str) -> None:
    relative, absolute, ranges = RANGES[name]
    rng = np.random.default_rng(0)
    columns = [
        np.exp(rng.uniform(np.log(low), np.log(high), 300)) if low > 0 else rng.uniform(low, high, 300)
        for low, high in ranges
    ]
    if name.startswith("spherical"):
        columns[0] = np.floor(columns[0])
    function = getattr(library, f"sg_{name}")
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * len(columns)
    found = [function(*row) for row in zip(*columns, strict=True)]
    with np.errstate(all="ignore"):
        wanted = REFERENCES.get(name, getattr(special, name, None))(*columns)
    np.testing.assert_allclose(found, wanted, rtol=relative, atol=absolute)


def test_files_name_what_they_need() -> None:
    assert {path.name for path in FOLDER.glob("*.c")} == set(FILES)
    assert all(set(needs) <= set(sections()) for needs, _ in sections().values())
