"""Calls: the arguments that a text gives, checked against the function, become nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..core.dimension import Dim
from ..core.dtype import DTYPES
from ..core.errors import DTypeError, ShapeError, SymgraphError
from ..core.node import Node, make
from ..core.operator import Operator
from ..ops.composite import Composite, call
from ..ops.constants import NAMED_CONSTANT, named_constant
from .definitions import Function, Kind, Parameter
from .values import Row, Value, check_turns, node_of, nodes_of, turned_like

Literals = Mapping[str, Any]


def apply_function(called: Function, args: Sequence[Any], named: Literals) -> Value:
    """Build a call of a function of the tables.

    Raises:
        SymgraphError: the number or the names of the arguments are wrong.
        ShapeError: a row stands beside a column, or the function refuses the shapes.
    """
    arity = called.arity
    if arity is not None:
        if len(args) != arity or named:
            raise SymgraphError(_count(called, arity, arity, len(args), named))
        nodes = nodes_of(args)
        if Row not in [arg.__class__ for arg in args]:
            return called.build(*nodes)
    args, named = _checked(called, args, named)
    kinds = [called.kind_at(place) for place in range(len(args))]
    values = [arg for arg, kind in zip(args, kinds, strict=True) if _is_expression(arg, kind)]
    values += [arg for name, arg in named.items() if _is_expression(arg, called.kind_of(name))]
    if called.entrywise:
        check_turns(values, called.name)
    lifted = iter(nodes_of(values))
    given = [_given(arg, kind, lifted) for arg, kind in zip(args, kinds, strict=True)]
    pairs = {name: _given(arg, called.kind_of(name), lifted) for name, arg in named.items()}
    result = called.build(*given, **pairs)
    if not isinstance(result, Node):
        raise SymgraphError(f"{called.name} gives several values, which have no meaning inside a formula")
    kept = [value for value in values if value.__class__ is Row and value.node.shape == result.shape]
    return turned_like(result, kept)


def _is_expression(arg: Any, kind: Kind) -> bool:
    if kind is Kind.EITHER:
        return arg.__class__ is Node or arg.__class__ is Row
    return kind is not Kind.LITERAL and arg.__class__ not in (str, tuple) and arg is not None


def _given(arg: Any, kind: Kind, lifted: Iterator[Node]) -> Any:
    if _is_expression(arg, kind):
        return next(lifted)
    return nodes_of(arg) if kind is Kind.SEQUENCE and arg.__class__ is tuple else arg


def _checked(called: Function, args: Sequence[Any], named: Literals) -> tuple[Sequence[Any], Literals]:
    """Join what is meant as one tuple; check numbers, names and literals."""
    parameters = called.parameters
    start = called.gather_from()
    if start is not None and len(args) > start + 1 and _are_sizes(args[start:]):
        args = (*args[:start], tuple(args[start:]))
    least = sum(p.required for p in parameters)
    if called.rest is None and len(args) > len(parameters):
        raise SymgraphError(_count(called, least, len(parameters), len(args), named))
    if called.rest is not None and not args and not parameters:
        raise SymgraphError(f"{called.name} needs at least one argument")
    for name in named:
        place = next((i for i, p in enumerate(parameters) if p.name == name), None)
        if place is not None and place < len(args):
            raise SymgraphError(f"{called.name}: the argument {name} is given twice")
        if called.extra is None and called.parameter(name) is None:
            raise SymgraphError(_unknown_keyword(called, name))
    missing = [p.name for p in parameters[len(args) :] if p.required and p.name not in named]
    missing += [p.name for p in called.named if p.required and p.name not in named]
    if missing:
        raise SymgraphError(_count(called, least, len(parameters), len(args), named, missing))
    for parameter, value in zip(parameters, args, strict=False):
        _check_literal(called, parameter, value)
    for name, value in named.items():
        _check_literal(called, called.parameter(name), value)
    return args, named


def _are_sizes(values: Sequence[Any]) -> bool:
    return all(value.__class__ is int or isinstance(value, Dim) for value in values)


def _check_literal(called: Function, parameter: Parameter | None, value: Any) -> None:
    if parameter is None or parameter.kind is not Kind.LITERAL:
        return
    if parameter.name == "dtype" and (not isinstance(value, str) or value not in DTYPES):
        raise DTypeError(f"{called.name}: dtype is one of {', '.join(DTYPES)}, in double quotes")
    if parameter.integers and value.__class__ is float:
        raise SymgraphError(f"{called.name}: {parameter.name} is an integer, not {value}")


def _count(called: Function, least: int, most: int, given: int, named: Literals, missing: Sequence[str] = ()) -> str:
    if called.arity is not None and named:
        return f"{called.name} takes no named arguments, such as {next(iter(named))}"
    wanted = str(most) if least == most else f"{least} to {most}"
    if called.rest is not None and called.arity is None:
        wanted = f"at least {least}"
    plural = "" if wanted.endswith("1") and wanted in ("1", "at least 1") else "s"
    lacking = f"; {', '.join(missing)} is missing" if missing else ""
    return f"{called.name} takes {wanted} argument{plural}, not {given}{lacking}"


def _unknown_keyword(called: Function, name: str) -> str:
    known = [p.name for p in (*called.parameters, *called.named)]
    close = get_close_matches(name[:40], known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none'}"
    return f"{called.name} has no argument called {name[:40]}: {hint}"


# --- any node at all --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """``name{attributes}(…)``: an operator with its attributes spelled out."""

    op: Operator
    attrs: tuple[Any, ...]

    def build(self, args: Sequence[Value]) -> Node:
        """Make the node.

        Raises:
            SymgraphError: the attributes do not fit the operator.
        """
        op, attrs = self.op, self.attrs
        if op is NAMED_CONSTANT:
            return named_constant(*attrs)
        if op.arity == 0 or op.attributes == ("definition",):
            raise SymgraphError(f"{op.name} has a spelling of its own: symbol(…), constant(…), dim(…), f(x) = …")
        if len(attrs) != len(op.attributes):
            raise SymgraphError(f"{op.name} has the attributes {', '.join(op.attributes) or 'none'}, not {len(attrs)}")
        if op.arity is not None and op.arity != len(args):
            raise SymgraphError(f"{op.name} takes {op.arity} arguments, not {len(args)}")
        for name, value in zip(op.attributes, attrs, strict=True):
            if name == "dtype" and value not in DTYPES:
                raise DTypeError(f"{op.name}: dtype is one of {', '.join(DTYPES)}")
        node = make(op, tuple(nodes_of(args)), tuple(map(_frozen, attrs)))
        if node.dtype not in DTYPES or not all(map(_is_size, node.shape)):
            raise ShapeError(f"{op.name} cannot have the attributes {attrs!r:.200}")
        return node


def _frozen(value: Any) -> Any:
    """Turn lists into tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _is_size(size: Any) -> bool:
    return isinstance(size, Dim) or (size.__class__ is int and size >= 0)


# --- functions defined in the text ------------------------------------------------------------


@dataclass(slots=True, eq=False)
class UserFunction:
    """A function defined in the text: its parameters, and the token where its body begins.

    ``closed`` says that the body uses nothing but the parameters and numbers; then a call is one node, a
    named composite.
    """

    name: str
    params: tuple[str, ...]
    body: int
    token: int
    closed: bool = True


def composite(name: str, params: Sequence[Value], args: Sequence[Value], body: Value) -> Value:
    """Build a call of a closed function as one node."""
    definition = Composite.of(name, tuple([node_of(param) for param in params]), node_of(body))
    result = call(definition, tuple([node_of(arg) for arg in args]))
    return Row(result) if body.__class__ is Row else result


def take_entries(value: Value, index: Any) -> Value:
    """Do what ``x[…]`` does.

    Raises:
        ShapeError: the index does not fit.
    """
    node = node_of(value)
    if not node.ndim:
        raise ShapeError("a scalar has no entries to index")
    taken = node[index]
    return turned_like(taken, (value,))
