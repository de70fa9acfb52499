"""PNG through resvg-py and PDF through CairoSVG: optional packages, neither needs a browser."""

from __future__ import annotations

from ..core.errors import DrawError


def png(svg: str, zoom: float = 2.0) -> bytes:
    """Turn SVG into PNG.

    Raises:
        DrawError: resvg-py is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise DrawError("PNG needs the package resvg-py: pip install resvg-py (or save as svg)") from None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom))


def pdf(svg: str) -> bytes:
    """Turn SVG into PDF.

    Raises:
        DrawError: CairoSVG, or the library cairo that it uses, is not installed.
    """
    try:
        import cairosvg
    except (ImportError, OSError):
        raise DrawError(
            "PDF needs the package cairosvg and the library cairo: pip install cairosvg (or save as svg or "
            "html and print it from a browser)"
        ) from None
    return bytes(cairosvg.svg2pdf(bytestring=svg.encode()))
