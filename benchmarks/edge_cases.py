"""Points where differentiation tools go wrong: symgraph and six other tools on the same formulas.

``python benchmarks/edge_cases.py`` prints the table; ``--write`` puts it into ``docs/edge-cases.md``. The points
are the rows of ``tests/cases/edge_cases.json``, the formulas below say the same in each tool's own functions.
A row is right if value, gradient and (where the row has one) Hessian are right: to 1e-9 relative, or any permitted
subgradient at a kink. Everything else is told apart: a finite wrong number, nan or inf, an error.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from edge_peers import MODULES, PEERS, Answer, Formula, installed, numbers, symgraph

ROOT = Path(__file__).parents[1]
ROWS = json.loads((ROOT / "tests" / "cases" / "edge_cases.json").read_text(encoding="utf-8"))
PAGE = ROOT / "docs" / "edge-cases.md"
FORMULAS: dict[str, Formula] = {
    "norm_sq": lambda m, x: m.norm(x) ** 2,
    "sqrt_x4": lambda m, x: m.sqrt(x**4),
    "pow_1_5": lambda m, x: x**1.5,
    "abs_sq": lambda m, x: m.abs(x) ** 2,
    "stable_softplus": lambda m, x: m.maximum(x, 0) + m.log1p(m.exp(-m.abs(x))),
    "max_same": lambda m, x: m.maximum(x, x),
    "where_sqrt": lambda m, x: m.where(x > 0, m.sqrt(x), 0.0),
    "where_log": lambda m, x: m.where(x > 0, m.log(x), x),
    "pow_2f": lambda m, x: x**2.0,
    "pow_0": lambda m, x: x**0,
    "pow_xy_2": lambda m, x, y: x**y,
    "pow_3_neg": lambda m, x: x**3,
    "prod_one_zero": lambda m, x: m.prod(x),
    "max_tie": lambda m, x: m.max(x),
    "abs_0": lambda m, x: m.abs(x),
    "norm_0": lambda m, x: m.norm(x),
    "xlogy_0": lambda m, x, y: m.xlogy(x, y),
    "mod_neg": lambda m, x, y: m.mod(x, y),
    "log_x2": lambda m, x: m.log(x**2),
    "lse_big": lambda m, x: m.logsumexp(x),
    "naive_softplus": lambda m, x: m.log(1 + m.exp(x)),
    "naive_softmax": lambda m, x, y: m.exp(x) / (m.exp(x) + m.exp(y)),
    "tanh_20": lambda m, x: m.tanh(x),
    "hypot_big": lambda m, x, y: m.hypot(x, y),
    "cosm1": lambda m, x: (1 - m.cos(x)) / x**2,
    "x_over_x": lambda m, x: x / x,
    "inf_minus_inf": lambda m, x: x - x,
    "sqrt_sqrt": lambda m, x: m.sqrt(x) * m.sqrt(x),
    "isnan_guard": lambda m, x: m.where(m.equal(x, x), x, 0.0),
    "max_nan": lambda m, x: m.maximum(x, 1),
    "log_ratio": lambda m, x, y: m.log(x) - m.log(y),
    "erfc_far": lambda m, x: m.erfc(x),
    "entropy_zero": lambda m, x: m.xlogy(x, x),
    "huber_in": lambda m, x: m.where(m.abs(x) < 1, x**2 / 2, m.abs(x) - 0.5),
}
RIGHT, WRONG, NOT_FINITE, ERROR = "right", "**wrong number**", "nan or inf", "error"
OURS: dict[str, Callable[[Formula, Mapping[str, Any]], Answer]] = {
    "symgraph": symgraph,
    "compiled": partial(symgraph, compiled=True),
    "as written": partial(symgraph, simplify=None),
}


def judge(row: Mapping[str, Any], run: Callable[[Formula, Mapping[str, Any]], Answer]) -> str:
    """Say how a tool does on a row."""
    at = {name: np.asarray(value, dtype=float).tolist() for name, value in row["at"].items()}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value, gradient, second = run(FORMULAS[row["name"]], at)
            parts = [(numbers(value), row["value"])]
            single = len(at) == 1
            if row["gradient"] is not None:
                parts.append((gradient_of(gradient, single), row["gradient"]))
            if row["second"] is not None:
                parts.append((numbers(second[0][0]) if single else numbers(second), row["second"]))
    except Exception as error:  # whatever a tool raises is its answer
        return f"{ERROR} ({type(error).__name__})"
    verdicts = [compare(have, want) for have, want in parts]
    return max(verdicts, key=[RIGHT, NOT_FINITE, WRONG].index)


def gradient_of(gradient: Sequence[Any], single: bool) -> Any:
    """Give the gradient in the layout of the rows."""
    return numbers(gradient[0]) if single else numbers([numbers(g) for g in gradient])


def compare(have: Any, want: Any) -> str:
    """Compare numbers with a row's numbers or its convention."""
    if isinstance(want, str):
        good = permitted(have, want)
    else:
        want = numbers(want)
        good = have.shape == want.shape and bool(np.all(np.isclose(have, want, 1e-9, 0.0, equal_nan=True)))
    return RIGHT if good else WRONG if np.all(np.isfinite(have)) else NOT_FINITE


def permitted(have: Any, want: str) -> bool:
    """Is this a permitted subgradient?"""
    if want == "sum1":
        return math.isclose(float(np.sum(have)), 1.0)
    if want == "ball":
        return bool(np.linalg.norm(have) <= 1 + 1e-12)
    low, high = map(float, want.strip("[]").split(".."))
    return bool(low <= float(have) <= high)


def table(verdicts: Mapping[str, Mapping[str, str]]) -> str:
    """Write one line per row, and the sums."""
    tools = list(verdicts)
    lines = ["| row | kind | formula | at | " + " | ".join(tools) + " |", "| --- " * (4 + len(tools)) + "|"]
    for row in ROWS:
        at = ", ".join(f"{name} = {value}" for name, value in row["at"].items())
        cells = [verdicts[tool][row["name"]] for tool in tools]
        formula = row["text"].replace("|", "\\|")
        lines.append(f"| {row['name']} | {row['kind']} | `{formula}` | {at} | " + " | ".join(cells) + " |")
    for label, test in (("right", RIGHT.__eq__), ("wrong numbers", WRONG.__eq__), ("nan or inf", NOT_FINITE.__eq__)):
        lines.append(
            f"| **{label}** | | | | " + " | ".join([str(sum(map(test, verdicts[t].values()))) for t in tools]) + " |"
        )
    errors = [str(Counter(v.startswith(ERROR) for v in verdicts[t].values())[True]) for t in tools]
    lines.append("| **errors** | | | | " + " | ".join(errors) + " |")
    return "\n".join(lines)


def main(write: bool) -> None:
    """Judge every tool that is installed."""
    runs = {**OURS, **{name: PEERS[name] for name in installed()}}
    verdicts = {tool: {row["name"]: judge(row, run) for row in ROWS} for tool, run in runs.items()}
    text = table(verdicts)
    versions = ", ".join(f"{n} {importlib.metadata.version(MODULES[n])}" for n in runs if n in MODULES)
    print(text)
    if write:
        PAGE.write_text(f"{HEAD}\n{text}\n\nTools: {versions}.\n", encoding="utf-8")


HEAD = f"""# Points where differentiation tools go wrong

Made by `python benchmarks/edge_cases.py --write`, which anyone can run. The {len(ROWS)} rows are those of
`tests/cases/edge_cases.json`. Kinds: U has one right answer, C is a kink (any subgradient is right), I is the IEEE
meaning of the text, P asks for 1e-9 relative accuracy. A row is right if value, gradient and, where the row has
one, the Hessian are right. Each tool uses its own functions (`logsumexp`, `hypot`, `xlogy`, …) where it has them.

The first three columns are symgraph: as it runs by default, compiled to machine code, and with the stable forms
switched off (`simplify=None`), where the graph computes exactly what was written.
"""

if __name__ == "__main__":
    main("--write" in sys.argv)
