"""The operator record: everything the system knows of an operator, in one place.

The evaluator, the differentiation modes, the printers, the parser's function table, the documentation
and the test-suite all read these records; none of them names an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from .dependence import DependenceRule
from .dimension import Shape
from .errors import SymgraphError
from .lowering import Alias, Cast, Expansion, Gathering, Pieces, Placed, Reduction, Running, View

if TYPE_CHECKING:
    from .node import Node

Attributes = tuple[Any, ...]
InferRule = Callable[["tuple[Node, ...]", Attributes], tuple[Shape, str]]
CanonicalRule = Callable[["tuple[Node, ...]", Attributes], "Node | None"]
ReverseRule = Callable[["Node", "Node", int], "Node | None"]
ForwardRule = Callable[["Node", "Sequence[Node | None]"], "Node | None"]
Builder = Callable[..., "Node"]
Described = Expansion | View | Alias | Cast | Pieces | Reduction | Gathering | Running | Placed
Lowering = str | Callable[..., str] | Described | None
PythonRule = Callable[["Node", Callable[[Any], str]], "str | None"]
CombineRule = Callable[["Sequence[Node]"], "Node"]
EvenPowerRule = Callable[["Node", float], "Node"]


class Proved(Enum):
    """A derivative that is known to vanish, as opposed to one that has no rule."""

    ZERO = 0


ZERO = Proved.ZERO
Partial = Callable[..., "Node | float | Proved"] | float | Proved | None


class Linearity(Enum):
    """How an operator depends on its real arguments; decides its forward and Taylor rules."""

    NONE = "nonlinear"
    JOINT = "linear in all its real arguments together"
    EACH = "linear in each real argument (multilinear)"


@dataclass(frozen=True, slots=True)
class Notation:
    """How an operator is written.

    ``text`` is the function name or the infix sign, ``latex`` the LaTeX command, ``label`` what a
    gate in a diagram shows. ``kind`` is ``function``, ``infix``, ``prefix``, ``postfix`` or ``special``;
    ``precedence`` orders the infix signs (higher binds tighter).
    """

    text: str
    latex: str
    label: str
    kind: str = "function"
    precedence: int = 100


@dataclass(frozen=True, slots=True)
class Example:
    """Arguments that tests and documentation try an operator with.

    ``domain`` holds one interval per argument, from which entries are drawn; ``make`` may instead turn
    a NumPy random generator into the list of arguments (for positive definite matrices and the like).
    """

    shapes: tuple[tuple[int, ...], ...]
    attributes: Attributes = ()
    domain: tuple[tuple[float, float], ...] = ()
    make: Callable[[Any], list[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A value that mathematics or IEEE 754 fixes exactly, with the partial derivatives if they are fixed too."""

    arguments: tuple[Any, ...]
    value: Any
    partials: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Kink:
    """A place without a derivative, and what symgraph answers there."""

    place: str
    convention: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Operator:
    """One operator; see the fields.

    ``numpy`` and ``mpmath`` are called with the attributes first, then the arguments. For an elementwise
    operator ``mpmath`` works on scalars, for any other on object arrays; ``None`` means that the NumPy
    function also works on object arrays. A reverse rule ``reverse(node, adjoint, i)`` gives the
    contribution to argument ``i``; the adjoint has the node's shape behind any number of leading batch
    axes, and so has the contribution. ``partials[i]`` of an elementwise operator is called with the
    arguments and the value of the node. ``None`` in the place of a rule means that there is none, ``ZERO``
    that the derivative is proved to vanish. ``expand`` gives the defining expression of a composite.
    ``ulps`` states how accurate ``numpy`` is, in units in the last place of a well-conditioned result.
    ``combine(nodes)`` adds several nodes of this operator and one shape at less cost than pair by pair.
    ``even_power(node, p)`` writes an even power p of the node without the node's kink: ‖x‖² = Σx².
    A ``selective`` operator uses some entries of an argument and not others; ``taken(node, i)`` says which, as
    truth values that broadcast to the node's shape (default: where the reverse rule hands a one on).
    ``dependence(site)`` says which entries of each argument an entry of the result may depend on, see
    :mod:`symgraph.core.dependence`; elementwise operators and composites need none, and without it every entry counts.
    ``lowering`` of an elementwise operator names a function of the C library or of SciPy, or writes LLVM text:
    ``lowering(lanes, node, *operands)``, see :mod:`symgraph.compile.emit`; that of others is one of the descriptions
    in :mod:`symgraph.core.lowering`.
    ``traits`` are facts in words: ``commutative``, ``odd``, ``increasing``, ``positive``, ``whole`` and the like about
    values, whatever the attributes and arguments; ``keeps positive``, ``keeps whole``, ``keeps symmetric`` (a matrix):
    so is the value if all arguments are; ``even root`` (even powers forget it, as of |x|), ``reads sign bits`` (tells
    −0.0 from 0.0), ``constant in derivatives`` (zero by convention) and ``picks entries`` (the entries of the result
    are entries of the argument, none taken twice; the attributes say which and are written in brackets).
    ``python(node, size)`` writes the node in stand-alone NumPy, with ``_0``, ``_1`` … for the arguments, ``size(n)``
    for a size and any name of its own module; without it the name or the text of ``numpy`` is taken.
    """

    name: str
    family: str
    doc: str
    arity: int | None
    infer: InferRule
    numpy: Callable[..., Any]
    notation: Notation
    attributes: tuple[str, ...] = ()
    mpmath: Callable[..., Any] | None = None
    elementwise: bool = False
    partials: tuple[Partial, ...] | None = None
    reverse: ReverseRule | None = None
    forward: ForwardRule | None = None
    linearity: Linearity = Linearity.NONE
    differentiable: bool = True
    selective: bool = False
    taken: Callable[[Node, int], Node] | None = None
    canonical: CanonicalRule | None = None
    expand: Callable[[Node], Node] | None = None
    dependence: DependenceRule | None = None
    combine: CombineRule | None = None
    even_power: EvenPowerRule | None = None
    aliases: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    known: tuple[Known, ...] = ()
    kinks: tuple[Kink, ...] = ()
    traits: frozenset[str] = frozenset()
    lowering: Lowering = None
    python: PythonRule | None = None
    ulps: float = 16.0
    source: str = ""

    def __repr__(self) -> str:
        return f"<operator {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (operator, (self.name,))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Definition:
    """A named function that is defined by an expression of other operators.

    It builds that expression at once, so it has no rules of its own; ``reference`` is an independent
    NumPy implementation that the tests compare with.
    """

    name: str
    family: str
    doc: str
    build: Builder
    reference: Callable[..., Any] | None = None
    aliases: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    known: tuple[Known, ...] = ()
    kinks: tuple[Kink, ...] = ()
    source: str = ""


@dataclass(slots=True)
class Registry:
    """The tables that every layer iterates over."""

    operators: dict[str, Operator] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    functions: dict[str, Builder] = field(default_factory=dict)


REGISTRY = Registry()
OPS = REGISTRY.operators
DEFINITIONS = REGISTRY.definitions
FUNCTIONS = REGISTRY.functions


def operator(name: str) -> Operator:
    """Look an operator up by name."""
    try:
        return OPS[name]
    except KeyError:
        raise SymgraphError(f"there is no operator called {name!r}") from None


def register(record: Operator, function: Builder | None = None) -> Operator:
    """Enter a complete record into the tables; ``function`` is what users call.

    Raises:
        SymgraphError: the record is incomplete or its name is taken.
    """
    problem = _incomplete(record)
    if problem:
        raise SymgraphError(f"operator {record.name!r} cannot be registered: {problem}")
    _claim(record.name, OPS)
    OPS[record.name] = record
    if function is not None:
        _publish((record.name, *record.aliases), function)
    return record


def define(record: Definition) -> Builder:
    """Enter a defined function into the tables and give back what users call."""
    if not record.doc.strip() or not record.examples:
        raise SymgraphError(f"definition {record.name!r} needs a doc and at least one example")
    _claim(record.name, DEFINITIONS)
    DEFINITIONS[record.name] = record
    _publish((record.name, *record.aliases), record.build)
    return record.build


def _publish(names: Sequence[str], function: Builder) -> None:
    for name in names:
        _claim(name, FUNCTIONS)
        FUNCTIONS[name] = function


def _claim(name: str, table: dict[str, Any]) -> None:
    if name in table:
        raise SymgraphError(f"the name {name!r} is taken: choose another")


def _incomplete(record: Operator) -> str:
    if not record.name.isidentifier():
        return "the name must be an identifier"
    if not record.doc.strip():
        return "it needs a doc"
    if record.elementwise and record.arity is None:
        return "an elementwise operator needs an arity"
    if not record.differentiable:
        return ""
    if record.partials is not None:
        if len(record.partials) != record.arity:
            return f"it needs {record.arity} partials, one per argument (None where there is none)"
    elif record.arity != 0 and record.reverse is None and record.expand is None:
        return "it needs partials, a reverse rule or a defining expression, or differentiable=False"
    if record.arity != 0 and not record.examples:
        return "it needs at least one example for the tests"
    return ""
