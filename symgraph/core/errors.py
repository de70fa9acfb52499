"""The one error hierarchy. A message names the operator, the offending argument, the cause and the remedy."""

from __future__ import annotations


class SymgraphError(Exception):
    """Base class of every error that symgraph raises on purpose."""


class ParseError(SymgraphError, ValueError):
    """The text is not a formula. Carries the place: ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, text: str = "", line: int = 1, column: int = 1) -> None:
        self.message = message
        self.text = text
        self.line = line
        self.column = column
        super().__init__(message, text, line, column)

    def __str__(self) -> str:
        lines = self.text.splitlines()
        head = f"line {self.line}, column {self.column}: {self.message}"
        if not 1 <= self.line <= len(lines):
            return head
        source = lines[self.line - 1]
        start = max(0, self.column - 60)
        window = source[start : start + 120]
        return f"{head}\n  {window}\n  {' ' * (self.column - 1 - start)}^"


class ShapeError(SymgraphError, ValueError):
    """Shapes do not fit together, or an axis does not exist."""


class DTypeError(SymgraphError, TypeError):
    """An operator does not accept this dtype, or a value cannot be an expression."""


class DifferentiationError(SymgraphError):
    """A derivative was asked for that has no rule, or that does not exist."""


class EvaluationError(SymgraphError):
    """A value is missing, has the wrong shape, or cannot be computed."""


class VerificationError(SymgraphError, AssertionError):
    """A derivative disagrees with arithmetic of many digits; names the first operator that does."""


class CompileError(SymgraphError):
    """A graph could not be turned into machine code."""


class LoadError(SymgraphError, ValueError):
    """A saved graph is damaged, too large, or from an unknown version."""


class DrawError(SymgraphError):
    """A picture could not be made in the wanted format."""


MISUSE = (
    SymgraphError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What an operator's rules raise on attributes of a kind that they were not written for: the fault of who gave them.

A library that is missing, or a name, is none of that.
"""


class KinkWarning(UserWarning):
    """A point sits on a kink, where the derivative is a convention: asked for by ``evaluate(…, check="kinks")``."""
