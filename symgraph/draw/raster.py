"""PNG through resvg-py, PDF through CairoSVG or a browser: all optional."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..core.errors import DrawError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
TIMEOUT = 60


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
    """Turn SVG into PDF, with CairoSVG or, where it is missing, a browser of the Chromium family.

    Raises:
        DrawError: there is neither, or the browser did not answer within a minute.
    """
    try:
        import cairosvg
    except ImportError:
        return _printed(svg, "PDF needs the package cairosvg with the library cairo, or Chromium: pip install cairosvg")
    except OSError:
        return _printed(svg, "PDF needs the library cairo, which the package cairosvg did not find, or Chromium")
    return bytes(cairosvg.svg2pdf(bytestring=svg.encode()))


def _printed(svg: str, needed: str) -> bytes:
    """Let a browser print the picture on a page of its own size; without one, say what is needed."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise DrawError(f"{needed} (or save as svg or html and print it from a browser)")
    width, height = (float(found) for found in re.findall(r' (?:width|height)="(\d+)"', svg)[:2])
    sheet = f"@page{{size:{width}px {height + 1}px;margin:0}}body{{margin:0}}svg{{display:block}}"
    with tempfile.TemporaryDirectory() as folder:
        page, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><style>{sheet}</style>{svg}', encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile"]
        options += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [browser, *options, f"--print-to-pdf={target}", page.as_uri()]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)
            return target.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise DrawError(f"{Path(browser).name} could not print the picture: {error}") from error
