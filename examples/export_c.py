"""A neuron with its gradient as C: written, compiled with the system's compiler, and called.

python examples/export_c.py
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import symgraph as sg

NAMES = ["w0", "x0", "w1", "x1", "w2"]
AT = [2.0, -1.0, -3.0, -2.0, -3.0]


def main():
    neuron = sg.parse("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))")
    outputs = {"value": neuron, **{f"d_{name}": sg.grad(neuron, name) for name in NAMES}}
    text = sg.to_c(outputs, NAMES, name="neuron")
    print(text)
    compiler = shutil.which("cc")
    if compiler is None:
        print("no C compiler here: the text above is all")
        return
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "neuron.c"), Path(folder, "neuron.so")
        source.write_text(text, encoding="ascii")
        flags = ["-std=c99", "-O2", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, "-o", library, source, "-lm"], check=True)
        function = ctypes.CDLL(str(library)).neuron
        results = [ctypes.c_double() for _ in outputs]
        function(*map(ctypes.c_double, AT), *map(ctypes.byref, results))
    for (name, wanted), found in zip(
        sg.evaluate(outputs, dict(zip(NAMES, AT, strict=True))).items(), results, strict=True
    ):
        print(f"{name:6} C {found.value:.15f}   symgraph {wanted:.15f}")


if __name__ == "__main__":
    main()
