"""Names, sizes and plain text in LaTeX. Nothing a user calls a symbol can become a LaTeX command."""

from __future__ import annotations

import re

from ..core.dimension import Dim, Size
from .names import FORBIDDEN, SUBSCRIPTS

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
_COMMANDS = {letter: f"\\{name}" for name, letter in GREEK.items()} | {name: f"\\{name}" for name in GREEK}
_SUBSCRIPTED = re.compile(rf"([^\W\d_{SUBSCRIPTS}]+)(?:_?([0-9]+|[{SUBSCRIPTS}]+)|_([^\W_{SUBSCRIPTS}]+))?")
_DIGITS = str.maketrans(SUBSCRIPTS, "0123456789")
_ESCAPES = {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "`": r"\textasciigrave{}",
} | {character: f"\\{character}" for character in "{}$#%&_"}  # fmt: skip


def latex_name(name: str) -> str:
    r"""Write a name: Greek letters as commands, trailing digits as a subscript, anything else as text.

    >>> [latex_name(name) for name in ("x", "alpha", "w0", "x_max", "loss", "a b$")]
    ['x', '\\alpha', 'w_{0}', 'x_{\\mathrm{max}}', '\\mathrm{loss}', '\\text{a b\\$}']
    """
    found = _SUBSCRIPTED.fullmatch(name)
    if found is None:
        return latex_text(name)
    base, digits, word = found.groups()
    if digits:
        return f"{_letters(base)}_{{{digits.translate(_DIGITS)}}}"
    return f"{_letters(base)}_{{{_letters(word)}}}" if word else _letters(base)


def _letters(word: str) -> str:
    if word in _COMMANDS:
        return _COMMANDS[word]
    if len(word) == 1 or word.isdigit():
        return word
    return f"\\mathrm{{{word}}}" if word.isascii() else latex_text(word)


def latex_text(value: str) -> str:
    r"""Write anything as text inside a formula.

    >>> latex_text("50% of {x}")
    '\\text{50\\% of \\{x\\}}'
    """
    seen = FORBIDDEN.sub("\ufffd", " ".join(value.split()))
    return "\\text{" + "".join([_ESCAPES.get(character, character) for character in seen]) + "}"


def latex_size(size: Size) -> str:
    r"""Write a dimension.

    >>> latex_size(2 * Dim.named("n1") + 1)
    '2\\,n_{1}+1'
    """
    if not isinstance(size, Dim):
        return str(size)
    parts: list[str] = []
    for names, coefficient in size.terms:
        factors = [latex_name(name) for name in names]
        if not factors or abs(coefficient) != 1:
            factors.insert(0, str(abs(coefficient)))
        parts.append(("-" if coefficient < 0 else "+" if parts else "") + "\\,".join(factors))
    return "".join(parts)
