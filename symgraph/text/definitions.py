"""The parser's function table: the operators' own functions, seen through their signatures, and a few more.

Which arguments are expressions and which are literals (axes, shapes, orders, flags) follows from the names
and annotations of a function's parameters; see ``LITERAL_NAMES``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from inspect import Parameter as Declared
from inspect import signature
from typing import Any

import numpy as np

from ..core.dimension import as_size
from ..core.dtype import as_dtype
from ..core.errors import ShapeError, SymgraphError
from ..core.node import Node, constant, lift, symbol
from ..core.operator import FUNCTIONS, OPS
from ..core.shape import as_shape, size_of
from ..ops.constants import named_constant
from ..ops.tensor.dimension import dimension


class Kind(Enum):
    """What the text gives for a parameter."""

    EXPRESSION = "an expression"
    LITERAL = "a literal"
    SEQUENCE = "a list of expressions"
    EITHER = "a literal, or else an expression"


# Parameters with these names are literals even if their annotation does not say so.
LITERAL_NAMES = frozenset(
    {"axis", "axes", "ddof", "decimals", "dtype", "k", "keepdims", "n", "ord", "order", "pad_width", "repeats", "reps"}
    | {"sections", "shape", "shift", "size", "sizes", "subscripts"}
)
EITHER_NAMES = frozenset({"index", "indices"})
SEQUENCE_NAMES = frozenset({"arrays", "rows"})
GATHERED_NAMES = frozenset({"shape", "axes"})  # ones(n, m) means ones((n, m))

# What else a function may be called in a text: the first of the names that exists.
ALIASES: dict[str, tuple[str, ...]] = {
    "tr": ("trace",),
    "norm": ("norm2",),
    "norm2": ("norm",),
    "ln": ("log",),
    "mod": ("remainder",),
    "sigmoid": ("expit",),
    "lgamma": ("gammaln",),
    "gammaln": ("lgamma",),
    "psi": ("digamma",),
    "sgn": ("sign",),
    "arg_max": ("argmax",),
    "cat": ("concatenate",),
    "concat": ("concatenate",),
    "kron": ("kronecker",),
    "σ": ("sigmoid", "expit"),
    "Γ": ("gamma",),
    "ψ": ("digamma",),
    "Σ": ("sum",),
    "Π": ("prod",),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function: its name, what the text gives for it, and whether it may be left out."""

    name: str
    kind: Kind
    required: bool
    integers: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function as the parser sees it.

    ``parameters`` are those that can be given in order; ``rest`` is what any number of further arguments are,
    ``named`` holds those given by name only, ``extra`` what unknown names are. ``arity`` is set for
    operators that work entry by entry.
    """

    name: str
    build: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    rest: Kind | None = None
    named: tuple[Parameter, ...] = ()
    extra: Kind | None = None
    arity: int | None = None
    entrywise: bool = False

    def kind_at(self, place: int) -> Kind:
        """Say what the argument at this place is."""
        if place < len(self.parameters):
            return self.parameters[place].kind
        if self.rest is not None:
            return self.rest
        if self.parameters and (self.gather_from() is not None):
            return Kind.LITERAL
        return Kind.EXPRESSION

    def kind_of(self, name: str) -> Kind:
        """Say what the argument given by this name is."""
        found = self.parameter(name)
        return found.kind if found is not None else self.extra or Kind.EXPRESSION

    def parameter(self, name: str) -> Parameter | None:
        """Give the parameter of this name."""
        return next((p for p in (*self.parameters, *self.named) if p.name == name), None)

    def gather_from(self) -> int | None:
        """Give the place from which arguments may be joined to one tuple."""
        return next((i for i, p in enumerate(self.parameters) if p.name in GATHERED_NAMES), None)


def _kind(declared: Declared) -> tuple[Kind, bool]:
    text = "" if declared.annotation is Declared.empty else str(declared.annotation)
    integers = ("int" in text and "float" not in text and "Any" not in text) or text == "Axis"
    if declared.name in LITERAL_NAMES:
        return Kind.LITERAL, integers
    if declared.name in EITHER_NAMES:
        return Kind.EITHER, False
    if declared.name in SEQUENCE_NAMES or text.startswith(("Sequence[Any", "Sequence[Node", "Iterable[")):
        return Kind.SEQUENCE, False
    if not text or "Any" in text or "Node" in text:
        return Kind.EXPRESSION, False
    return Kind.LITERAL, integers


@lru_cache(maxsize=2048)
def _read(name: str, build: Callable[..., Any]) -> Function:
    """Read a function's signature."""
    in_order: list[Parameter] = []
    by_name: list[Parameter] = []
    rest: Kind | None = None
    extra: Kind | None = None
    for declared in signature(build).parameters.values():
        kind, integers = _kind(declared)
        read = Parameter(declared.name, kind, declared.default is Declared.empty, integers)
        if declared.kind is Declared.VAR_POSITIONAL:
            rest = kind
        elif declared.kind is Declared.VAR_KEYWORD:
            extra = Kind.LITERAL
        elif declared.kind is Declared.KEYWORD_ONLY:
            by_name.append(read)
        else:
            in_order.append(read)
    record = OPS.get(getattr(build, "__name__", ""))
    entrywise = record is not None and record.elementwise
    arity = record.arity if record is not None and entrywise and rest and not by_name and not extra else None
    return Function(name, build, tuple(in_order), rest, tuple(by_name), extra, arity, entrywise)


# --- functions that exist in texts only -------------------------------------------------------


def _extreme(reduction: str, pairwise: str) -> Callable[..., Node]:
    def build(*values: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Node:
        if len(values) == 1:
            return FUNCTIONS[reduction](values[0], axis=axis, keepdims=keepdims)
        if axis is not None or keepdims:
            raise ShapeError(f"{reduction} of several arguments is entry by entry and takes no axis")
        result = values[0]
        for value in values[1:]:
            result = FUNCTIONS[pairwise](result, value)
        return lift(result)

    return build


def array_constant(value: Any, dtype: Any = "float64", shape: Any = None) -> Node:
    """Make the constant that ``constant(…)`` in a text means: numbers in nested lists, or bytes in hexadecimal."""
    name = as_dtype(dtype)
    try:
        if isinstance(value, str):
            data = np.frombuffer(bytes.fromhex(value), np.dtype(name).newbyteorder("<")).astype(name)
        else:
            data = np.array(value, dtype=name)
    except (ValueError, TypeError, OverflowError) as error:
        raise ShapeError(f"constant: {error}") from None
    if shape is None:
        return constant(data[0] if isinstance(value, str) and data.shape == (1,) else data, name)
    sizes = as_shape(shape)
    if any(not isinstance(size, int) for size in sizes) or size_of(sizes) != data.size:
        raise ShapeError(f"constant: {data.size} numbers do not fill the shape {sizes}")
    return constant(data.reshape(sizes), name)


def size_number(size: Any, dtype: Any = "float64") -> Node:
    """Make the node that ``dim(…)`` in a text means: a size as a number."""
    return dimension(as_size(size), as_dtype(dtype))


def own_gradient(value: Any) -> Node:
    """Refuse what the printers write around the body of a ``custom_gradient``."""
    raise SymgraphError(
        "own_gradient: this function has a derivative rule written in Python, which no text holds; "
        "define it with symgraph.custom_gradient and call it, or leave own_gradient(…) out to use the body's derivative"
    )


TEXT_FUNCTIONS: dict[str, Function] = {
    "max": Function(
        "max",
        _extreme("max", "maximum"),
        (),
        Kind.EXPRESSION,
        (Parameter("axis", Kind.LITERAL, False, True), Parameter("keepdims", Kind.LITERAL, False)),
    ),
    "min": Function(
        "min",
        _extreme("min", "minimum"),
        (),
        Kind.EXPRESSION,
        (Parameter("axis", Kind.LITERAL, False, True), Parameter("keepdims", Kind.LITERAL, False)),
    ),
    "constant": Function(
        "constant",
        array_constant,
        (
            Parameter("value", Kind.LITERAL, True),
            Parameter("dtype", Kind.LITERAL, False),
            Parameter("shape", Kind.LITERAL, False),
        ),
    ),
    "symbol": Function(
        "symbol",
        symbol,
        (
            Parameter("name", Kind.LITERAL, True),
            Parameter("shape", Kind.LITERAL, False),
            Parameter("dtype", Kind.LITERAL, False),
        ),
        extra=Kind.LITERAL,
    ),
    "dim": Function(
        "dim", size_number, (Parameter("size", Kind.LITERAL, True), Parameter("dtype", Kind.LITERAL, False))
    ),
    "own_gradient": Function("own_gradient", own_gradient, (Parameter("value", Kind.EXPRESSION, True),)),
    "named_constant": Function("named_constant", named_constant, (Parameter("name", Kind.LITERAL, True),)),
}


def find_function(name: str) -> Function | None:
    """Give the function that a name means in a text, if there is one."""
    found = TEXT_FUNCTIONS.get(name)
    if found is not None:
        return found
    build = FUNCTIONS.get(name)
    if build is not None:
        return _read(name, build)
    others = [FUNCTIONS[other] for other in ALIASES.get(name, ()) if other in FUNCTIONS]
    return _read(name, others[0]) if others else None


def unknown_function(name: str, defined: Sequence[str]) -> str:
    """Say that there is no such function, and which one was probably meant."""
    known = [*FUNCTIONS, *TEXT_FUNCTIONS, *ALIASES, *defined[:1000]]
    close = get_close_matches(name[:40], known, n=1, cutoff=0.6)
    shown = name if len(name) <= 40 else name[:39] + "…"
    hint = f": did you mean `{close[0]}`?" if close else f" (for a product write {shown}*(…), for an entry {shown}[…])"
    return f"unknown function `{shown}`{hint}"
