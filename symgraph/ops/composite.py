"""Named composites: a function of the user's own that stays one gate in a picture, and can be opened.

A call keeps its definition as an attribute. The evaluator opens it; differentiation works through its
body, or by the rule given to :func:`custom_gradient`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from ..core.dimension import Shape
from ..core.errors import DTypeError, ShapeError, SymgraphError
from ..core.node import SYMBOL, Node, apply, make, symbol
from ..core.operator import Attributes, Example, Notation, Operator, register
from ..core.shape import shape_text
from ..core.traversal import free_symbols, rebuild, substitute
from .elementwise import lift_all

GradientRule = Callable[..., Sequence[Any]]


class Composite:
    """The definition behind a call: a name, parameters (symbols), a body, and perhaps an own gradient rule.

    Definitions with the same content are one object, so that equal calls are one node.
    """

    __slots__ = ("__weakref__", "body", "name", "params", "rule", "variants")

    _known: ClassVar[WeakValueDictionary[tuple[Any, ...], Composite]] = WeakValueDictionary()

    def __init__(self, name: str, params: tuple[Node, ...], body: Node, rule: GradientRule | None = None) -> None:
        self.name = name
        self.params = params
        self.body = body
        self.rule = rule
        self.variants: dict[Any, Composite] = {}

    @classmethod
    def of(cls, name: str, params: tuple[Node, ...], body: Node, rule: GradientRule | None = None) -> Composite:
        """Give the one definition with this content."""
        key = (name, params, body, rule)
        found = cls._known.get(key)
        if found is None:
            found = cls._known[key] = cls(*key)
        return found

    def __repr__(self) -> str:
        return self.name

    def for_arguments(self, args: Sequence[Node]) -> Composite:
        """Give the same definition for arguments of other shapes or dtypes."""
        kinds = tuple([(arg.shape, arg.dtype) for arg in args])
        if kinds == tuple([(param.shape, param.dtype) for param in self.params]):
            return self
        found = self.variants.get(kinds)
        if found is None:
            params = tuple([symbol(p.name, arg.shape, arg.dtype) for p, arg in zip(self.params, args, strict=True)])
            body = replace_symbols(self.body, dict(zip(self.params, params, strict=True)))
            found = self.variants[kinds] = Composite.of(self.name, params, body, self.rule)
        return found


def replace_symbols(body: Node, mapping: Mapping[Node, Node]) -> Node:
    """Build ``body`` again with other expressions, of any shape that fits, in the place of its symbols."""

    def replace(node: Node, args: tuple[Node, ...]) -> Node:
        if node in mapping:
            return mapping[node]
        if args == node.args:
            return node
        return call(node.attrs[0], args) if node.op is CALL else apply(node.op, args, node.attrs)

    return rebuild([body], replace, stop=mapping)[0]


def call(definition: Composite, args: tuple[Node, ...]) -> Node:
    """Apply a definition to arguments: one node."""
    return make(CALL, args, (definition.for_arguments(args),))


def function(name: str, params: Sequence[Node], body: Any) -> Callable[..., Node]:
    """Define a named composite: a function that becomes one gate wherever it is called.

    Args:
        name: what the gate is called.
        params: the symbols that stand for the arguments.
        body: an expression in those symbols and no others.

    Returns:
        A Python function that takes as many arguments as there are parameters.

    Raises:
        SymgraphError: the body uses a symbol that is not a parameter, or a parameter is not a symbol.

    >>> import symgraph as sg
    >>> u, w = sg.symbols("u w")
    >>> f = sg.function("f", [u], sg.sin(u) * u)
    >>> round(sg.evaluate(sg.grad(f(f(w)), w), {w: 1.0}), 6)
    1.805083
    """
    return _define(name, params, body, None)


def custom_gradient(name: str, params: Sequence[Node], body: Any, gradient: GradientRule) -> Callable[..., Node]:
    """Define a function with a derivative rule of your own.

    Args:
        name: what the gate is called.
        params: the symbols that stand for the arguments.
        body: the value, an expression in those symbols.
        gradient: called as ``gradient(g, value, *arguments)``; builds the contribution to every argument
            from the adjoint ``g``. It must be linear in ``g``; forward and Taylor mode are derived from it.

    >>> import symgraph as sg
    >>> u, w = sg.symbols("u w")
    >>> clipped = sg.custom_gradient("identity", [u], u * 1.0, lambda g, value, u: [sg.clip(g, -1.0, 1.0)])
    >>> sg.evaluate(sg.grad(5 * clipped(w), w), {w: 2.0})
    1.0
    """
    if not callable(gradient):
        raise SymgraphError("gradient must be a function gradient(g, value, *arguments)")
    return _define(name, params, body, gradient)


def _define(name: str, params: Sequence[Node], body: Any, rule: GradientRule | None) -> Callable[..., Node]:
    listed = tuple(params)
    if any(not isinstance(p, Node) or p.op is not SYMBOL for p in listed) or len(set(listed)) < len(listed):
        raise SymgraphError(f"{name}: the parameters must be different symbols")
    (expression,) = lift_all((body,))
    strangers = [s.name for s in free_symbols([expression]) if s not in listed]
    if strangers:
        raise SymgraphError(f"{name}: the body uses {', '.join(strangers)}: list all its symbols as parameters")
    definition = Composite.of(name, listed, expression, rule)

    def apply_definition(*values: Any) -> Node:
        if len(values) != len(listed):
            raise SymgraphError(f"{name} takes {len(listed)} argument{'s' * (len(listed) > 1)}, not {len(values)}")
        return call(definition, lift_all(values))

    apply_definition.__name__ = apply_definition.__qualname__ = name
    return apply_definition


def _infer(args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, str]:
    definition = attrs[0]
    for param, arg in zip(definition.params, args, strict=True):
        if param.shape != arg.shape:
            raise ShapeError(
                f"{definition.name}: shape {shape_text(param.shape)} is needed, not {shape_text(arg.shape)}"
            )
        if param.dtype != arg.dtype:
            raise DTypeError(f"{definition.name}: dtype {param.dtype} is needed, not {arg.dtype}")
    return definition.body.shape, definition.body.dtype


def _expand(node: Node) -> Node:
    definition = node.attrs[0]
    return substitute([definition.body], dict(zip(definition.params, node.args, strict=True)))[0]


def _opened_before_use(*_: Any) -> Any:
    raise SymgraphError("a composite is opened before it is computed: this is an error in symgraph")


def _example_definition() -> Composite:
    u = symbol("u")
    return Composite.of("square_plus_one", (u,), u * u + 1.0)


CALL = register(
    Operator(
        name="call",
        family="composite",
        doc="A call of a named composite function.",
        arity=None,
        attributes=("definition",),
        infer=_infer,
        numpy=_opened_before_use,
        notation=Notation("call", "", "f", "special"),
        expand=_expand,
        examples=(Example(((),), (_example_definition(),), ((-2, 2),)),),
    )
)
