"""Outlines of boxes: each kind has a shape of its own, so that colour is never needed to tell them apart."""

from __future__ import annotations

from math import sqrt

from .geometry import Measure
from .picture import Box

CUT = 7.0
POINT = 10.0


def outline(box: Box, m: Measure, x: float, y: float) -> str:
    """Draw a box's shape.

    Inputs are rectangles, constants tickets with a cut corner, gates round, composites hexagons, gates of
    derivatives octagons, collapsed groups double rectangles.
    """
    w, h = m.half_width, m.half_height
    if box.kind == "input":
        return _rectangle(x, y, w, h, 3.0)
    if box.kind == "cluster":
        return _rectangle(x, y, w, h, 6.0) + _rectangle(x, y, w - 3.5, h - 3.5, 4.0)
    if box.kind == "constant":
        return _path(f"M{x - w + CUT:.1f} {y - h:.1f}H{x + w:.1f}V{y + h:.1f}H{x - w:.1f}V{y - h + CUT:.1f}Z")
    if box.kind == "composite":
        return _path(
            f"M{x - w:.1f} {y:.1f}l{POINT} {-h:.1f}H{x + w - POINT:.1f}l{POINT} {h:.1f}l{-POINT} {h:.1f}"
            f"H{x - w + POINT:.1f}Z"
        )
    if box.order:
        inner_w, inner_h = 2 * (w - CUT), 2 * (h - CUT)
        return _path(
            f"M{x - w + CUT:.1f} {y - h:.1f}h{inner_w:.1f}l{CUT} {CUT}v{inner_h:.1f}l{-CUT} {CUT}"
            f"h{-inner_w:.1f}l{-CUT} {-CUT}v{-inner_h:.1f}Z"
        )
    return _rectangle(x, y, w, h, min(w, h))


def boundary(box: Box, m: Measure, offset: float) -> float:
    """Give the distance from a shape's middle to its side, at a height relative to the middle."""
    w, h, d = m.half_width, m.half_height, min(abs(offset), m.half_height)
    if box.kind in ("input", "constant", "cluster"):
        return w
    if box.kind == "composite":
        return w - POINT * d / h
    if box.order:
        return w - max(0.0, d - (h - CUT))
    r = min(w, h)
    return w - r + sqrt(max(0.0, r * r - max(0.0, d - (h - r)) ** 2))


def _rectangle(x: float, y: float, w: float, h: float, r: float) -> str:
    return (
        f'<rect class="shape" x="{x - w:.1f}" y="{y - h:.1f}" width="{2 * w:.1f}" height="{2 * h:.1f}" rx="{r:.1f}"/>'
    )


def _path(d: str) -> str:
    return f'<path class="shape" d="{d}"/>'
