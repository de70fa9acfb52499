"""Σ sin(x)·exp(−x²), value and gradient, beside a loop written by hand: ``python benchmarks/handwritten.py``.

The loop calls glibc's libmvec on the widest vectors of the CPU and is compiled by gcc with -O3 -march=native. It is
called through ctypes with its result array at hand, so symgraph is timed with ``out=`` too. One thread, in turns, warm.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from batch import alternating

import symgraph as sg
from symgraph.compile.jit import vector_width

SIZES = (1_000, 100_000, 2_000_000)

SOURCE = r"""
typedef double vector __attribute__((vector_size(8 * WIDTH), aligned(8)));
typedef double lanes __attribute__((vector_size(8 * WIDTH)));
lanes VECTOR_SIN(lanes); lanes VECTOR_COS(lanes); lanes VECTOR_EXP(lanes);
double sin(double), cos(double), exp(double);

double run(const double *x, double *slope, long n)
{
    lanes sums = {0};
    long i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        lanes v = *(const vector *)(x + i);
        lanes s = VECTOR_SIN(v), e = VECTOR_EXP(-(v * v));
        sums += s * e;
        *(vector *)(slope + i) = (VECTOR_COS(v) - 2 * v * s) * e;
    }
    double total = 0;
    for (int k = 0; k < WIDTH; k++)
        total += sums[k];
    for (; i < n; i++) {
        double s = sin(x[i]), e = exp(-(x[i] * x[i]));
        total += s * e;
        slope[i] = (cos(x[i]) - 2 * x[i] * s) * e;
    }
    return total;
}
"""


def compiled(folder: Path) -> Any:
    """Compile the loop, or give ``None`` where there is no gcc or no libmvec."""
    width = vector_width()
    prefix = f"_ZGV{ {8: 'e', 4: 'd', 2: 'b'}[width] }N{width}v_".replace(" ", "")
    names = [f"-DVECTOR_{name.upper()}={prefix}{name}" for name in ("sin", "cos", "exp")]
    source, library = folder / "loop.c", folder / "loop.so"
    source.write_text(SOURCE)
    options = ["-O3", "-march=native", "-shared", "-fPIC", f"-DWIDTH={width}", *names]
    gcc = shutil.which("gcc")
    if gcc is None:
        return None
    done = subprocess.run(
        [gcc, *options, str(source), "-o", str(library), "-lmvec", "-lm"], capture_output=True, text=True
    )
    if done.returncode:
        print(done.stderr)
        return None
    run = ctypes.CDLL(str(library)).run
    run.restype, run.argtypes = ctypes.c_double, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
    return run


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = compiled(Path(folder))
        if run is None:
            sys.exit("this benchmark needs gcc and libmvec (Linux with glibc)")
        x = sg.symbol("x", "n")
        fn = sg.compile(sg.value_and_grad(sg.sum(sg.sin(x) * sg.exp(-(x**2))), x), [x])
        print(f"{'µs, minimum and median':24} {'by hand':>21} {'symgraph, out=':>21} {'symgraph':>21}   out= / by hand")
        for size in SIZES:
            values = np.random.default_rng(0).uniform(-2, 2, size)
            slope, total = np.empty(size), np.empty(())
            pair = (total, slope)
            addresses = (values.ctypes.data, slope.ctypes.data, size)
            known = run(*addresses)
            got = fn(values)
            np.testing.assert_allclose(got[1], slope, rtol=1e-12, atol=1e-14)
            assert abs(got[0] - known) < 1e-9 * size
            repeat = range(max(1, 100_000 // size))
            calls = {
                "by hand": lambda addresses=addresses, repeat=repeat: [run(*addresses) for _ in repeat],
                "out=": lambda values=values, pair=pair, repeat=repeat: [fn(values, out=pair) for _ in repeat],
                "fresh": lambda values=values, repeat=repeat: [fn(values) for _ in repeat],
            }
            times = {name: [1e6 * t / len(repeat) for t in each] for name, each in alternating(calls).items()}
            cells = " ".join(f"{min(each):10.1f} {median(each):10.1f}" for each in times.values())
            print(f"n = {size:<20} {cells}   {min(times['out=']) / min(times['by hand']):6.2f}", flush=True)


if __name__ == "__main__":
    main()
