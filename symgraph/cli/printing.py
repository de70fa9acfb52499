"""What the command line prints: text, LaTeX, listings, JSON; data on stdout, progress on stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

import mpmath
import numpy as np

from ..core.nesting import flatten
from ..core.node import Node
from ..graph import graph


def print_expressions(results: dict[str, Any], options: Any) -> None:
    """Print named expressions in the form that was asked for."""
    rows = []
    for name, structure in results.items():
        for i, node in enumerate(leaves := flatten(structure)[0]):
            rows.append((name + (f"[{i}]" if len(leaves) > 1 else ""), node))
    if options.json:
        print_json([_described(name, node) for name, node in rows])
        return
    for name, node in rows:
        text = node.latex() if options.latex else node.listing() if options.listing else str(node)
        several = len(rows) > 1
        print(f"{name}:\n{text}" if several and "\n" in text else f"{name} = {text}" if several else text)


def _described(name: str, node: Node) -> dict[str, Any]:
    counts = graph(node).stats()
    shape = [size if isinstance(size, int) else str(size) for size in node.shape]
    return {"name": name, "text": str(node), "latex": node.latex(), "shape": shape, "dtype": node.dtype, **counts}


def digits_of(value: Any, digits: int) -> Any:
    """Write out all digits that were computed."""
    if isinstance(value, (list, np.ndarray)):
        return [digits_of(item, digits) for item in value]
    return mpmath.nstr(value, digits)


class Progress:
    """Tells on stderr how far a long run has come, from the second second on."""

    def __init__(self) -> None:
        self.next = time.monotonic() + 2.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + 2.0
            print(f"symgraph: {done} of {total} nodes", file=sys.stderr)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    """Turn results into what JSON has; nan and infinities become strings, numbers of many digits too."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
