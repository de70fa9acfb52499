"""Text in and out: the parser, and the printers (matrix notation, LaTeX, numbered listing)."""

from ..core.node import PRINTERS
from .latex import latex, to_latex
from .listing import listing
from .matrix import text, to_text

PRINTERS.update(text=text, latex=latex, listing=listing)

__all__ = ["latex", "listing", "text", "to_latex", "to_text"]
