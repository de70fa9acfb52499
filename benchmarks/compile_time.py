"""Compile times: ``python benchmarks/compile_time.py``. The cache on disk is off; times of the processor and the clock.

The neuron's value and gradient as the first and as the next function of fresh processes (least of five), and the chain
y ← sin(a·y + x), whose graph, gradient and machine code are made for several lengths.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

os.environ["SYMGRAPH_CACHE"] = "off"

import symgraph as sg

PROCESSES, NEXT = 5, 8
STEPS = (3_000, 11_111, 33_333)


def clocks() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def neuron(number: int) -> tuple[float, float]:
    """Build, differentiate and compile a neuron; give milliseconds."""
    w = list(sg.symbols(" ".join(f"{name}_{number}" for name in ("w0", "w1", "w2", "x0", "x1"))))
    before = clocks()
    sg.compile(sg.value_and_grad(1 / (1 + sg.exp(-(w[0] * w[3] + w[1] * w[4] + w[2]))), w), w)
    after = clocks()
    return 1e3 * (after[0] - before[0]), 1e3 * (after[1] - before[1])


def neurons() -> None:
    """Print the times of one process: the first function, then the least of the next."""
    times = [neuron(number) for number in range(1 + NEXT)]
    print(*times[0], *min(times[1:]))


def chain(steps: int) -> None:
    before = clocks()
    x, a = sg.symbols("x a")
    y = x
    for _ in range(steps):
        y = sg.sin(a * y + x)
    value, gradient = sg.value_and_grad(y, [x, a])
    middle = clocks()
    sg.compile([value, *gradient], [x, a])
    after = clocks()
    for what, first, last in (("graph and gradient", before, middle), ("machine code", middle, after)):
        print(
            f"{3 * steps:9} operations, {what:18} {last[0] - first[0]:8.2f} s, {last[1] - first[1]:8.2f} s of the clock"
        )


def main() -> None:
    command = [sys.executable, __file__, "neurons"]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(PROCESSES)]
    columns = [min(column) for column in zip(*([float(word) for word in run.split()] for run in runs), strict=True)]
    for name, processor, clock in (("first", *columns[:2]), ("next", *columns[2:])):
        print(
            f"neuron, {name} function of a process: {processor:6.1f} ms of the processor, {clock:6.1f} ms of the clock"
        )
    for steps in STEPS:
        chain(steps)


if __name__ == "__main__":
    neurons() if sys.argv[1:] == ["neurons"] else main()
