"""Colours: two palettes, each for light and dark, with text of contrast 4.5 or more (WCAG 2.1, criterion 1.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.errors import DrawError

TEXT_ROLES = ("text", "muted", "value", "gradient")
SURFACES = ("background", "input", "constant", "gate", "composite", "derivative", "cluster")


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by role; text roles are read on every surface."""

    name: str
    light: Mapping[str, str]
    dark: Mapping[str, str]


_LIGHT = {
    "background": "#ffffff", "text": "#1b1f24", "muted": "#57606a", "line": "#6e7781", "faint": "#b6bec8",
    "input": "#eef4fb", "constant": "#f3f4f6", "gate": "#ffffff", "composite": "#f6f0fc", "derivative": "#fdf3ee",
    "cluster": "#f6f8fa",
}  # fmt: skip
_DARK = {
    "background": "#14171c", "text": "#e8ebef", "muted": "#a4adb8", "line": "#8b95a1", "faint": "#4a525d",
    "input": "#1c2736", "constant": "#22262c", "gate": "#1a1e24", "composite": "#2a2136", "derivative": "#33231c",
    "cluster": "#1b2027",
}  # fmt: skip

PALETTES = {
    "textbook": Palette(
        "textbook",
        {**_LIGHT, "value": "#0f6d2c", "gradient": "#b91c1c"},
        {**_DARK, "value": "#56d17c", "gradient": "#ff8f85"},
    ),
    # Blue and vermilion of Okabe and Ito, "Color Universal Design" (2008), darkened or lightened for contrast.
    "safe": Palette(
        "safe",
        {**_LIGHT, "value": "#00548f", "gradient": "#a04000"},
        {**_DARK, "value": "#6db9ff", "gradient": "#ffb454"},
    ),
}


def palette(name: str) -> Palette:
    """Look a palette up by name."""
    if name not in PALETTES:
        raise DrawError(f"there is no palette {name!r}: use {' or '.join(PALETTES)}")
    return PALETTES[name]


def contrast(a: str, b: str) -> float:
    """Give the contrast ratio of two colours, from 1 to 21 (WCAG 2.1, relative luminance).

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
