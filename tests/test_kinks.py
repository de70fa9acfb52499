"""Kinks: which expressions have one, the convention, and whether a point sits there. The points are rows of data."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.operator import OPS

INF, NAN = float("inf"), float("nan")
SITTING: list[tuple[str, dict[str, Any], list[str]]] = [
    ("abs(x)", {"x": 0.0}, ["abs(x)"]),
    ("abs(x)", {"x": 1e-300}, []),
    ("abs(x - 1)*max(x, 2)", {"x": 1.0}, ["abs(x - 1)"]),
    ("relu(x)", {"x": 0.0}, ["relu(x)"]),
    ("max(x, 0)", {"x": 0.0}, ["maximum(x, 0)"]),
    ("max(x, y)", {"x": 3.0, "y": 3.0}, ["maximum(x, y)"]),
    ("max(x, y)", {"x": 3.0, "y": 3.0000000000000004}, []),
    ("min(x)", {"x": [1.0, 2.0, 1.0]}, ["min(x)"]),
    ("max(x)", {"x": [1.0, 2.0, 1.0]}, []),
    ("norm2(x)", {"x": [0.0, 0.0]}, ["norm2(x)"]),
    ("norm2(x)", {"x": [0.0, 1.0]}, []),
    ("hypot(x, y)", {"x": 0.0, "y": 0.0}, ["hypot(x, y)"]),
    ("floor(x)", {"x": 2.0}, ["floor(x)"]),
    ("floor(x)", {"x": 2.5}, []),
    ("round(x)", {"x": 2.5}, ["round(x)"]),
    ("sign(x)", {"x": 0.0}, ["sign(x)"]),
    ("sign(x)", {"x": -0.5}, []),
    ("mod(x, y)", {"x": 6.0, "y": 3.0}, ["mod(x, y)"]),
    ("where(x > 1, x^2, x)", {"x": 1.0}, ["where(x > 1, x^2, x)"]),
    ("where(x > 1, x^2, x)", {"x": 1.5}, []),
    ("clip(x, 0, 1)", {"x": 1.0}, ["min(x, 1)"]),
    ("atan2(y, x)", {"y": 0.0, "x": -1.0}, ["arctan2(y, x)"]),
    ("sin(x) + exp(x)", {"x": 0.0}, []),
]


@pytest.mark.parametrize(("text", "at", "expected"), SITTING)
def test_points_on_kinks(text: str, at: dict[str, Any], expected: list[str]) -> None:
    shapes = {name: np.shape(value) for name, value in at.items()}
    f = sg.parse(text, **shapes)
    found = [place.node for place in sg.kinks(f, at=at)]
    wanted = [sg.parse(each, **shapes) for each in expected]
    assert len(found) == len(wanted), found
    assert {node.op for node in found} == {node.op for node in sg.core.traversal.topological(wanted) if node.op.kinks}


@pytest.mark.parametrize(("text", "at", "expected"), SITTING)
def test_evaluate_warns(text: str, at: dict[str, Any], expected: list[str]) -> None:
    f = sg.parse(text, **{name: np.shape(value) for name, value in at.items()})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = sg.evaluate(f, at, check="kinks")
    assert np.array_equal(value, sg.evaluate(f, at), equal_nan=True)
    assert [each.category for each in caught] == [sg.KinkWarning] * bool(expected)


def test_every_place_names_expression_convention_and_source() -> None:
    x = sg.symbol("x")
    (place,) = sg.kinks({"f": [sg.exp(x) * sg.abs(x - 3)]})
    assert place.node is sg.abs(x - 3)
    assert place.kinks == OPS["absolute"].kinks
    assert "test_kinks.py" in place.origin
    assert str(place) == (
        f"abs(x - 3) (absolute, made at {place.origin}): x = 0: the derivative is 0; second derivatives are nan"
    )
    (text,) = sg.kinks(sg.parse("q + abs(q)"))
    assert text.origin == "line 1, column 5"


def test_the_message() -> None:
    f = sg.parse("abs(q) + max(q, 0)")
    with pytest.warns(sg.KinkWarning) as caught:
        sg.evaluate(f, {"q": 0.0}, check="kinks")
    assert str(caught[0].message) == (
        "the point sits on 2 kinks, where derivatives follow a convention (docs/kinks.md):\n"
        "  abs(q) (absolute, made at line 1, column 1): x = 0: the derivative is 0; second derivatives are nan\n"
        "  maximum(q, 0) (maximum, made at line 1, column 10): x = y: each gets half; second derivatives are nan"
    )


def test_smooth_functions_have_none() -> None:
    assert sg.kinks(sg.parse("sin(x)*exp(x^2)/(1 + x^2)")) == []
    assert sg.evaluate(sg.parse("x^2"), {"x": 0.0}, check="kinks") == 0.0


def test_an_unknown_check() -> None:
    with pytest.raises(sg.SymgraphError, match="evaluate checks 'kinks' or nothing"):
        sg.evaluate(sg.parse("x"), {"x": 0.0}, check="kink")
