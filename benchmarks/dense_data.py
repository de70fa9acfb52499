"""Inputs of the dense benchmarks: ADBench's files, reaction networks, or numbers of the same sizes from a seed."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np


def logistic_regression(rows: int = 10_000, columns: int = 100) -> list[Any]:
    """Give weights, features, and labels 0 or 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, columns))
    w = rng.normal(size=columns) / np.sqrt(columns)
    return [w, x, (rng.uniform(size=rows) < 0.5).astype(float)]


def network(batch: int = 256, sizes: tuple[int, ...] = (784, 128, 10)) -> list[Any]:
    """Give both layers' weights and offsets, a batch of inputs, and labels as rows of the identity."""
    rng = np.random.default_rng(0)
    first, hidden, last = sizes
    w1, w2 = rng.normal(size=(first, hidden)) / np.sqrt(first), rng.normal(size=(hidden, last)) / np.sqrt(hidden)
    labels = np.eye(last)[rng.integers(0, last, batch)]
    return [w1, np.zeros(hidden), w2, np.zeros(last), rng.uniform(size=(batch, first)), labels]


def mixture(d: int, k: int, data: Path | None, n: int = 1000) -> list[Any]:
    """Give α (k), μ (k, d), q (k, d), l (k, d(d−1)/2), points (n, d), and the prior's γ and m."""
    path = None if data is None else data / "adbench" / "gmm_1k" / f"gmm_d{d}_K{k}.txt"
    if path is None or not path.exists():
        rng = np.random.default_rng(0)
        shapes = ((k,), (k, d), (k, d), (k, d * (d - 1) // 2), (n, d))
        return [*(rng.normal(size=shape) for shape in shapes), 1.0, 0.0]
    words = path.read_text().split()
    d, k, n = map(int, words[:3])
    numbers = np.array(words[3:], dtype=float)
    alpha, numbers = numbers[:k], numbers[k:]
    mu, numbers = numbers[: k * d].reshape(k, d), numbers[k * d :]
    per = d + d * (d - 1) // 2
    shape, numbers = numbers[: k * per].reshape(k, per), numbers[k * per :]
    x, (gamma, m) = numbers[: n * d].reshape(n, d), numbers[n * d :]
    return [alpha, mu, shape[:, :d].copy(), shape[:, d:].copy(), x, float(gamma), float(m)]


def mixture_reference(d: int, k: int, data: Path | None) -> dict[str, Any] | None:
    """Give ADBench's objective and gradient, where the file is there."""
    path = None if data is None else data / "adbench" / "golden" / f"gmm_d{d}_K{k}.json"
    if path is None or not path.exists():
        return None
    found = json.loads(path.read_text())["outputs"]
    return {"objective": found["objective"]["manual"], **found["jacobian"]["manual"]}


def pollution(data: Path | None) -> tuple[list[str], list[str]] | None:
    """Give rates and right-hand sides of POLLU as Python text in ``y[0]`` … and ``r[0]`` …"""
    path = None if data is None else data / "pollu" / "pollu.json"
    if path is None or not path.exists():
        return None
    found = json.loads(path.read_text())
    constants = {name: float(text) for name, text in found["k"].items()}
    rates = [_renamed(text, constants) for text in found["rates"].values()]
    return rates, [_renamed(text, {}) for text in found["rhs"].values()]


def _renamed(text: str, constants: dict[str, float]) -> str:
    class Names(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            if node.id in constants:
                return ast.Constant(constants[node.id])
            if node.id.startswith("r"):
                index = ast.Constant(int(node.id[1:]) - 1)
                return ast.Subscript(ast.Name("r", ast.Load()), index, ast.Load())
            return node

        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            return node

        def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
            assert isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
            return ast.Subscript(node.value, ast.Constant(node.slice.value - 1), ast.Load())

    return ast.unparse(ast.fix_missing_locations(Names().visit(ast.parse(text, mode="eval"))))


def reactions(name: str, data: Path | None) -> tuple[int, list[tuple[list[int], list[int], float]]] | None:
    """Give the number of species, and each reaction: reactants, products, rate constant."""
    path = None if data is None else data / "reaction_networks" / f"{name}.net"
    if path is None or not path.exists():
        return None
    section, species = "", 0
    values: dict[str, float] = {}
    found: list[tuple[list[int], list[int], float]] = []
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] in ("begin", "end"):
            section = words[1] if words[0] == "begin" else ""
        elif section == "parameters":
            values[words[1]] = _number(words[2], values)
        elif section == "species":
            species += 1
        elif section == "reactions":
            sides = [[int(i) - 1 for i in side.split(",") if i != "0"] for side in words[1:3]]
            found.append((sides[0], sides[1], _number("".join(words[3:]), values)))
    return species, found


def _number(text: str, values: dict[str, float]) -> float:
    """Read a product or quotient of numbers and earlier parameters."""
    tree = ast.parse(text, mode="eval").body

    def value(node: ast.AST) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            left, right = value(node.left), value(node.right)
            return left * right if isinstance(node.op, ast.Mult) else left / right
        raise ValueError(f"cannot read the number {text!r}")

    return value(tree)
