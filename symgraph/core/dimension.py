"""Symbolic sizes: a dimension is an ``int`` or a :class:`Dim`, a polynomial with integer coefficients.

Named dimensions let one gradient serve every size. Arithmetic on them appears when axes are
concatenated (``n + m``), sliced (``n - 1``) or flattened (``n*m``); a canonical polynomial makes
equality of sizes decidable where it can be decided, and an error where it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from .errors import ShapeError

Monomial = tuple[str, ...]


class Dim:
    """A size that is known only when values arrive: an integer polynomial in named sizes.

    >>> n = Dim.named("n")
    >>> n + 1 - n, str(2 * n + 1), (n + 1) * n == n * n + n
    (1, '2*n+1', True)
    """

    __slots__ = ("_hash", "terms")

    terms: tuple[tuple[Monomial, int], ...]

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(terms)

    @staticmethod
    @lru_cache(maxsize=4096)
    def named(name: str) -> Dim:
        """Give the size called ``name``."""
        return Dim((((name,), 1),))

    @property
    def names(self) -> frozenset[str]:
        """The named sizes this one is made of."""
        return frozenset(name for monomial, _ in self.terms for name in monomial)

    def value(self, sizes: Mapping[str, int | Dim]) -> int | Dim:
        """Put numbers in the place of names; names without a number stay.

        >>> (Dim.named("n") * 2 + 1).value({"n": 4})
        9
        """
        total: int | Dim = 0
        for monomial, coefficient in self.terms:
            product: int | Dim = coefficient
            for name in monomial:
                product = product * sizes.get(name, Dim.named(name))
            total = total + product
        return total

    def __reduce__(self) -> tuple[type[Dim], tuple[tuple[tuple[Monomial, int], ...]]]:
        return Dim, (self.terms,)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Dim) and self.terms == other.terms)

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        parts: list[str] = []
        for monomial, coefficient in self.terms:
            factors = list(monomial)
            if not factors or abs(coefficient) != 1:
                factors.insert(0, str(abs(coefficient)))
            sign = "-" if coefficient < 0 else "+" if parts else ""
            parts.append(sign + "*".join(factors))
        return "".join(parts)

    __repr__ = __str__

    def __add__(self, other: int | Dim) -> int | Dim:
        terms = dict(self.terms)
        for monomial, coefficient in _terms(other):
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return _canonical(terms)

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Dim(tuple((monomial, -coefficient) for monomial, coefficient in self.terms))

    def __sub__(self, other: int | Dim) -> int | Dim:
        return self + (-other)

    def __rsub__(self, other: int) -> int | Dim:
        return -self + other

    def __mul__(self, other: int | Dim) -> int | Dim:
        terms: dict[Monomial, int] = {}
        for left, first in self.terms:
            for right, second in _terms(other):
                monomial = tuple(sorted(left + right))
                terms[monomial] = terms.get(monomial, 0) + first * second
        return _canonical(terms)

    __rmul__ = __mul__

    def exact_divide(self, other: int | Dim) -> int | Dim | None:
        """Divide by ``other`` if the quotient is a polynomial again, else give ``None``.

        >>> n, m = Dim.named("n"), Dim.named("m")
        >>> (n * m * 2).exact_divide(n)
        2*m
        """
        divisor = _terms(other)
        if len(divisor) != 1:
            return 1 if self == other else None
        names, factor = divisor[0]
        quotient: dict[Monomial, int] = {}
        for monomial, coefficient in self.terms:
            rest = list(monomial)
            for name in names:
                if name not in rest:
                    return None
                rest.remove(name)
            if coefficient % factor:
                return None
            quotient[tuple(rest)] = coefficient // factor
        return _canonical(quotient)


Size = int | Dim
Shape = tuple[Size, ...]


def _terms(value: Size) -> tuple[tuple[Monomial, int], ...]:
    if isinstance(value, Dim):
        return value.terms
    return (((), value),) if value else ()


def _canonical(terms: dict[Monomial, int]) -> Size:
    kept = sorted(
        ((m, c) for m, c in terms.items() if c),
        key=lambda term: (-len(term[0]), term[0]),
    )
    if not kept:
        return 0
    if len(kept) == 1 and not kept[0][0]:
        return kept[0][1]
    return Dim(tuple(kept))


def as_size(value: object) -> Size:
    """Read a user's dimension: an ``int`` ≥ 0, a name, a formula such as ``"2*n+1"``, or a :class:`Dim`.

    >>> as_size("n"), as_size(3), as_size("2*n+1")
    (n, 3, 2*n+1)
    """
    if isinstance(value, Dim):
        return value
    if isinstance(value, str):
        return _read_size(value.strip())
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ShapeError(f"a dimension is an integer or a name, not {value!r}")
    number = int(value.__index__())
    if number < 0:
        raise ShapeError(f"a dimension cannot be negative: {number}")
    return number


def _read_size(text: str) -> Size:
    total: Size = 0
    for sign, part in _signed_parts(text):
        product: Size = sign
        for raw in part.split("*"):
            factor = raw.strip()
            if factor.isascii() and factor.isdigit() and len(factor) < 19:
                product = product * int(factor)
            elif factor.isidentifier():
                product = product * Dim.named(factor)
            else:
                raise ShapeError(f"{text!r} is not a dimension: write an integer or a name such as 'n'")
        total = total + product
    if isinstance(total, int) and total < 0:
        raise ShapeError(f"a dimension cannot be negative: {text!r}")
    return total


def _signed_parts(text: str) -> list[tuple[int, str]]:
    parts: list[tuple[int, str]] = []
    sign, start = 1, 0
    for i, character in enumerate(text):
        if character in "+-" and i > start:
            parts.append((sign, text[start:i]))
            sign, start = (1 if character == "+" else -1), i + 1
        elif character == "-" and i == start == 0:
            sign, start = -1, 1
    parts.append((sign, text[start:]))
    return parts
