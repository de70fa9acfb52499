"""Determinants and inverses of single ``mpmath`` matrices."""

from __future__ import annotations

from typing import Any

import mpmath


def eliminated(x: Any) -> Any:
    """Give the determinant by elimination; an exact zero if the matrix is singular to the working precision."""
    rows, value = x.tolist(), mpmath.mpf(1)
    smallest = mpmath.eps * mpmath.mnorm(x, 1)
    for j in range(len(rows)):
        best = max(range(j, len(rows)), key=lambda i: abs(rows[i][j]))
        if abs(rows[best][j]) <= smallest:
            return mpmath.mpf(0)
        if best != j:
            rows[j], rows[best], value = rows[best], rows[j], -value
        pivot = rows[j]
        value *= pivot[j]
        for i in range(j + 1, len(rows)):
            factor = rows[i][j] / pivot[j]
            rows[i] = [entry - factor * above for entry, above in zip(rows[i], pivot, strict=True)]
    return value


def exact_inverse(x: Any) -> Any:
    """Give the inverse.

    Raises:
        ZeroDivisionError: the matrix is singular; mpmath stumbles over columns of zeros.
    """
    if not eliminated(x):
        raise ZeroDivisionError("singular")
    return mpmath.inverse(x)
