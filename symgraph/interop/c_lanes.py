"""Arithmetic in C: what the records' lowerings write into, as :class:`symgraph.compile.emit.Lanes` is for LLVM.

Every value is a constant of its own line; what nobody reads is left out when the text is put together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from ..core.errors import SymgraphError
from .c_functions import is_own
from .identifiers import Identifiers

INSTRUCTIONS = {"fadd": "+", "fsub": "-", "fmul": "*", "fdiv": "/", "and": "&", "or": "|", "xor": "^", "sub": "-"}
WHOLE = {"icmp sle": "<=", "icmp sge": ">="}
PREDICATES = {"olt": "<", "ole": "<=", "ogt": ">", "oge": ">=", "oeq": "==", "une": "!="}
# The functions of <math.h> in C99, with their number of arguments.
FUNCTIONS = {
    **dict.fromkeys(
        ("acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "ceil", "cos", "cosh", "erf", "erfc"), 1
    ),
    **dict.fromkeys(("exp", "exp2", "expm1", "fabs", "floor", "lgamma", "log", "log10", "log1p", "log2", "rint"), 1),
    **dict.fromkeys(("round", "sin", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc"), 1),
    **dict.fromkeys(("atan2", "copysign", "fmod", "hypot", "pow"), 2),
    "fma": 3,
}
# SciPy's array loops that are one function of ours, or several.
LOOPS = {
    "sici": ("si", "ci"),
    "_zeta": ("zeta",),
    "_spherical_in": ("spherical_in",),
    "_spherical_jn": ("spherical_jn",),
}
_WORD = re.compile(r"[A-Za-z_]\w*")


def double_text(value: float) -> str:
    """Write a double exactly.

    >>> double_text(0.1), double_text(-1.0), double_text(float("inf"))
    ('0x1.999999999999ap-4', '(-0x1p+0)', 'INFINITY')
    """
    if math.isnan(value):
        return "NAN"
    if math.copysign(1.0, value) < 0:
        return f"(-{double_text(-value)})"
    if math.isinf(value):
        return "INFINITY"
    digits, exponent = value.hex().split("p")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}{'.' * bool(fraction)}{fraction}p{exponent}"


class CLines:
    """The lines of one block: definitions of constants, and statements."""

    def __init__(self, names: Identifiers) -> None:
        self.names = names
        self.lines: list[tuple[str, str]] = []
        self.truths: dict[str, str] = {}
        self.booleans: set[str] = set()

    def define(self, kind: str, text: str) -> str:
        """Name a value."""
        name = self.names.numbered("b" if kind == "int" else "v")
        self.lines.append((name, f"const {kind} {name} = {text};"))
        return name

    def add(self, text: str) -> None:
        """Add a statement."""
        self.lines.append(("", text))

    def live(self) -> list[str]:
        """Give the lines whose value somebody reads, and all statements."""
        wanted: set[str] = set()
        kept: list[str] = []
        for name, text in reversed(self.lines):
            if not name or name in wanted:
                kept.append(text)
                wanted.update(_WORD.findall(text))
        return kept[::-1]

    # --- the vocabulary of the lowerings --------------------------------------------------------

    def number(self, value: float) -> str:
        """Write a constant."""
        return double_text(value)

    def binary(self, instruction: str, x: str, y: str, element: str = "double") -> str:
        """Apply an instruction by LLVM's name of it."""
        if instruction.startswith("fcmp "):
            return self.compare(instruction.removeprefix("fcmp "), x, y)
        if instruction in WHOLE:
            return self.define("int", f"{x} {WHOLE[instruction]} {y}")
        kind = {"i1": "int", "i64": "int64_t"}.get(element, "double")
        return self.define(kind, f"{x} {INSTRUCTIONS[instruction]} {y}")

    def splat_text(self, element: str, value: str) -> str:
        """Write a constant."""
        return value

    def fusible(self, instruction: str, x: str, y: str) -> str:
        """Apply an arithmetic instruction of the user's own; here as any other."""
        return self.binary(instruction, x, y)

    def unary(self, instruction: str, x: str, element: str = "double") -> str:
        """Change a sign."""
        if instruction != "fneg":
            raise SymgraphError(f"there is no C for the instruction {instruction}")
        return self.define("double", f"-{x}")

    def compare(self, predicate: str, x: str, y: str) -> str:
        """Compare doubles by LLVM's name of the predicate."""
        if predicate in PREDICATES:
            return self.define("int", f"{x} {PREDICATES[predicate]} {y}")
        if predicate == "one":
            return self.define("int", f"{x} < {y} || {x} > {y}")
        if predicate not in ("uno", "ord"):
            raise SymgraphError(f"there is no C for the comparison {predicate}")
        both = [x] if x == y else [x, y]
        sign, joint = ("!=", " || ") if predicate == "uno" else ("==", " && ")
        return self.define("int", joint.join(f"{each} {sign} {each}" for each in both))

    def invert(self, x: str) -> str:
        """Negate a truth value."""
        return self.define("int", f"!{x}")

    def truth(self, x: str) -> str:
        """Give the truth value that a double stands for."""
        return self.truths[x] if x in self.truths else self.compare("une", x, self.number(0.0))

    def real(self, x: str, dtype: str) -> str:
        """Give an operand of this dtype as a double."""
        if dtype.startswith("float"):
            return x
        made = self.define("double", f"(double){x}")
        if dtype == "bool":
            self.truths[made] = x
        return made

    def cast(self, x: str, dtype: str, wanted: str) -> str:
        """Convert between dtypes; a float outside the integers' range becomes the smallest of them."""
        if wanted.startswith("float"):
            return self.real(x, dtype)
        if wanted == "bool":
            return self.truth(x) if dtype.startswith("float") else self.define("int", f"{x} != 0")
        if not dtype.startswith("float"):
            return self.define("int64_t", f"(int32_t){x}" if wanted == "int32" else f"(int64_t){x}")
        low, high = ("-0x1p+63", "0x1p+63") if wanted == "int64" else ("-0x1p+31", "0x1p+31")
        whole = self.define("double", f"trunc({x})")
        least = "INT64_MIN" if wanted == "int64" else "INT32_MIN"
        return self.define("int64_t", f"{whole} >= {low} && {whole} < {high} ? (int64_t){whole} : {least}")

    def rounded(self, x: str, dtype: str) -> str:
        """Round a double to what the dtype can hold."""
        return self.define("double", f"(double)(float){x}") if dtype == "float32" else x

    def select(self, condition: str, x: str, y: str, element: str = "double") -> str:
        """Choose."""
        return self.define("int" if element == "i1" else "double", f"{condition} ? {x} : {y}")

    def intrinsic(self, name: str, arguments: Sequence[str]) -> str:
        """Call a function that LLVM knows by a name of its own; C's names are the same."""
        return self.function(name, arguments)

    def function(self, name: str, arguments: Sequence[str]) -> str:
        """Call a function of ``<math.h>``, or a small one of our own."""
        plain = name.removeprefix("special:")
        if is_own(plain):
            name = f"sg_{plain}"
        elif FUNCTIONS.get(name := plain) != len(arguments):
            raise SymgraphError(f"neither C99 nor symgraph has a C function {plain}")
        return self.define("double", f"{name}({', '.join(arguments)})")

    def either(self, quick: Callable[[], tuple[str, str]], library: Callable[[], str]) -> str:
        """Choose between two ways to compute the same: one number at a time, the library's."""
        return library()

    def ufunc(self, name: str, types: str, arguments: Sequence[str | int]) -> list[str]:
        """Call functions of our own in the place of one of SciPy's loops."""
        if name == "_lambertw" and arguments[1] == 0:
            return [self.function("special:lambertw", [str(arguments[0])])]
        if name not in LOOPS:
            raise SymgraphError(f"neither C99 nor symgraph has a C function {name.strip('_')}")
        return [self.function(f"special:{each}", [str(x) for x in arguments]) for each in LOOPS[name]]
