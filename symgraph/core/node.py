"""The node: an immutable, interned expression.

Structurally equal nodes are one object, so equality is identity, common subexpressions are shared
without a search, and expressions are dictionary keys. Arguments are always older than the node that uses
them: sorting by ``number`` is a topological order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np

from .assumptions import held_assumptions
from .dimension import Shape
from .dtype import as_dtype
from .errors import DTypeError, ShapeError, SymgraphError
from .interning import TABLE, Key, enter
from .literal import as_literal, brief
from .operator import FUNCTIONS, Attributes, Builder, Notation, Operator, register
from .origin import CONTEXT, Origin, current_origin
from .shape import as_shape, shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator


class Node:
    """An expression: an operator applied to arguments.

    Attributes:
        op: the operator's record.
        args: the arguments, all older than this node.
        attrs: the attribute values, in the order of ``op.attributes``.
        shape: a tuple of integers and named sizes.
        dtype: the name of the NumPy dtype.
        number: grows with every node made; sorts nodes topologically.
        value: the number or array of a constant, else ``None``.
        origin: why the node is there (source line, text place, or rule).

    ``==`` is identity; comparisons that build nodes are ``<``, ``<=``, ``>``, ``>=``,
    ``symgraph.equal`` and ``symgraph.not_equal``.
    """

    __slots__ = ("__weakref__", "args", "attrs", "dtype", "number", "op", "origin", "shape", "value")

    op: Operator
    args: tuple[Node, ...]
    attrs: Attributes
    shape: Shape
    dtype: str
    number: int
    value: Any
    origin: Origin | None

    __array_priority__ = 1000

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def name(self) -> str:
        """The name of a symbol."""
        if self.op is not SYMBOL:
            raise SymgraphError(f"only symbols have a name; this is {self.op.name}")
        return str(self.attrs[0])

    @property
    def T(self) -> Node:
        """The transpose: all axes reversed."""
        return FUNCTIONS["transpose"](self)

    def attribute(self, name: str) -> Any:
        """Give the value of the attribute called ``name``."""
        return self.attrs[self.op.attributes.index(name)]

    def latex(self) -> str:
        """Write the expression as LaTeX."""
        return str(PRINTERS["latex"](self))

    def listing(self) -> str:
        """Write the graph as a numbered list, one line per node."""
        return str(PRINTERS["listing"](self))

    def __str__(self) -> str:
        return str(PRINTERS["text"](self))

    def __repr__(self) -> str:
        return str(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def __bool__(self) -> NoReturn:
        raise SymgraphError(
            "an expression has no truth value before it is evaluated: use symgraph.where(condition, a, b) "
            "instead of if, and symgraph.logical_and/logical_or/logical_not instead of and/or/not"
        )

    def __float__(self) -> NoReturn:
        raise SymgraphError("an expression is not a number: use symgraph.evaluate(expression, {...})")

    __int__ = __index__ = __float__

    def __len__(self) -> int:
        if not self.shape or not isinstance(self.shape[0], int):
            raise SymgraphError(f"len() needs a known first dimension; the shape is {shape_text(self.shape)}")
        return self.shape[0]

    def __iter__(self) -> Iterator[Node]:
        for i in range(len(self)):
            yield self[i]

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        return self

    if TYPE_CHECKING:  # attached by the operators' own files, see `method`

        def __getitem__(self, index: Any) -> Node: ...
        def __add__(self, other: Any) -> Node: ...
        def __radd__(self, other: Any) -> Node: ...
        def __sub__(self, other: Any) -> Node: ...
        def __rsub__(self, other: Any) -> Node: ...
        def __mul__(self, other: Any) -> Node: ...
        def __rmul__(self, other: Any) -> Node: ...
        def __truediv__(self, other: Any) -> Node: ...
        def __rtruediv__(self, other: Any) -> Node: ...
        def __pow__(self, other: Any) -> Node: ...
        def __rpow__(self, other: Any) -> Node: ...
        def __matmul__(self, other: Any) -> Node: ...
        def __rmatmul__(self, other: Any) -> Node: ...
        def __floordiv__(self, other: Any) -> Node: ...
        def __mod__(self, other: Any) -> Node: ...
        def __neg__(self) -> Node: ...
        def __abs__(self) -> Node: ...
        def __lt__(self, other: Any) -> Node: ...
        def __le__(self, other: Any) -> Node: ...
        def __gt__(self, other: Any) -> Node: ...
        def __ge__(self, other: Any) -> Node: ...


PRINTERS: dict[str, Any] = {
    "text": lambda node: f"<{node.op.name} {shape_text(node.shape)} #{node.number}>",
}


def method(name: str, function: Builder, swapped: str | None = None) -> None:
    """Attach a builder to :class:`Node` as the Python operator ``name`` (and its reflected form)."""
    setattr(Node, name, function)
    if swapped is not None:

        def reflected(self: Node, other: Any) -> Node:
            return function(other, self)

        setattr(Node, swapped, reflected)


def make(op: Operator, args: tuple[Node, ...], attrs: Attributes = ()) -> Node:
    """Give the one node with this operator, arguments and attributes, making it if need be."""
    key = (op, args, attrs)
    entry = TABLE.get(key)
    if entry is not None:
        node = entry()
        if node is not None:
            return node
    try:
        shape, dtype = op.infer(args, attrs)
    except (ShapeError, DTypeError) as error:
        raise type(error)(f"{op.name}: {error}") from None
    return _intern(key, shape, dtype, None)


def _intern(key: Key, shape: Shape, dtype: str, value: Any) -> Node:
    node = Node.__new__(Node)
    node.op, node.args, node.attrs = key
    node.shape = shape
    node.dtype = dtype
    node.value = value
    node.origin = CONTEXT.origin or current_origin()
    return enter(key, node)


def apply(op: Operator, args: tuple[Node, ...], attrs: Attributes = ()) -> Node:
    """Like :func:`make`, after the operator's exact canonical form."""
    canonical = op.canonical
    if canonical is not None:
        node = canonical(args, attrs)
        if node is not None:
            return node
    return make(op, args, attrs)


# --- leaves -----------------------------------------------------------------------------------


def _symbol_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return attrs[1], attrs[2]


def _constant_infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    return attrs[1], attrs[0]


def _constant_value(dtype: str, shape: tuple[int, ...], data: bytes) -> Any:
    return np.frombuffer(data, dtype=dtype).reshape(shape)


def _unbound(*_: Any) -> NoReturn:
    raise SymgraphError("a symbol has no value of its own: this is an error in symgraph")


SYMBOL = register(
    Operator(
        name="symbol",
        family="leaf",
        doc="A variable, known by its name, shape, dtype and assumptions.",
        arity=0,
        attributes=("name", "shape", "dtype", "assumptions"),
        infer=_symbol_infer,
        numpy=_unbound,
        notation=Notation("symbol", "", "", "special"),
    )
)
CONSTANT = register(
    Operator(
        name="constant",
        family="leaf",
        doc="A number or an array, known by its bits: -0.0 differs from 0.0, and nan is itself.",
        arity=0,
        attributes=("dtype", "shape", "data"),
        infer=_constant_infer,
        numpy=_constant_value,
        notation=Notation("constant", "", "", "special"),
    )
)


def symbol(name: str, shape: Any = (), dtype: Any = "float64", **assumptions: bool) -> Node:
    """Make a variable.

    Args:
        name: what it is called in formulas, listings and values.
        shape: ``()`` for a scalar; integers or names of dimensions, such as ``("n", 3)``.
        dtype: ``float64``, ``float32``, ``int64``, ``int32`` or ``bool``.
        assumptions: ``symmetric=True`` and ``diagonal=True`` (matrices, in the last two axes), ``positive=True``
            (every entry is greater than 0), ``integer=True`` (every entry is whole). Rules that need one say so in
            their name; values are checked when they are given.

    Raises:
        SymgraphError: an assumption is unknown, or contradicts another or the dtype.
        ShapeError: the shape has a part that is neither a size nor a name.
        DTypeError: the dtype is not one of those above.

    >>> symbol("x", shape="n").shape
    (n,)
    """
    if not isinstance(name, str) or not name:
        raise SymgraphError(f"a symbol needs a name, not {name!r}")
    sizes, kind = as_shape(shape), as_dtype(dtype)
    return make(SYMBOL, (), (name, sizes, kind, held_assumptions(name, sizes, kind, assumptions)))


def symbols(names: str, shape: Any = (), dtype: Any = "float64", **assumptions: bool) -> tuple[Node, ...]:
    """Make several variables of one shape: ``x, y = symbols("x y")``.

    >>> [s.name for s in symbols("x y z")]
    ['x', 'y', 'z']
    """
    return tuple(symbol(name, shape, dtype, **assumptions) for name in names.replace(",", " ").split())


def constant(value: Any, dtype: Any = None) -> Node:
    """Make a constant from a number or an array.

    >>> constant(2.5).value, constant([1, 2]).shape
    (2.5, (2,))
    """
    if isinstance(value, Node):
        return value
    if dtype is None and value.__class__ is float:
        return _constant_scalar(value)
    array = as_literal(value, dtype)
    key = (CONSTANT, (), (array.dtype.name, array.shape, array.tobytes()))
    return _constant(key, array.item() if array.shape == () else array)


def _constant_scalar(value: float) -> Node:
    return _constant((CONSTANT, (), ("float64", (), np.float64(value).tobytes())), value)


def _constant(key: Key, value: Any) -> Node:
    entry = TABLE.get(key)
    node = entry() if entry is not None else None
    if node is not None:
        return node
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.flags.writeable = False
    attrs = cast(Attributes, key[2])
    return _intern(key, attrs[1], attrs[0], value)


def lift(value: Any, like: Node | None = None) -> Node:
    """Turn what a user wrote into an expression; Python numbers take the dtype of ``like`` if they can.

    Raises:
        DTypeError: the value is not a number, an array or an expression.
    """
    if value.__class__ is Node:
        return value
    if like is None or value.__class__ not in (int, float, bool):
        return constant(value)
    if like.dtype == "float64":
        return _constant_scalar(float(value)) if value.__class__ is not int else _weak_integer(value)
    kind = like.dtype
    if value.__class__ is bool or (value.__class__ is int and kind != "bool") or kind == "float32":
        return constant(value, dtype=kind)
    return constant(value)


def _weak_integer(value: int) -> Node:
    try:
        return _constant_scalar(float(value))
    except OverflowError:
        raise DTypeError(f"the integer {brief(value)} is too large for float64") from None
