"""The text language: ``parse`` reads a formula, ``parse_program`` a system of definitions.

Reading is done by an own tokeniser and by precedence climbing on explicit stacks; it is linear in the text,
never runs code, and never imports or opens anything. ``docs/text-language.md`` describes the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import ParseError, SymgraphError
from ..core.memory import paused_collection
from ..core.node import SYMBOL, Node, symbol
from ..core.origin import CONTEXT
from .calls import UserFunction
from .expressions import check_body, read_expressions
from .machine import Machine
from .names import RESERVED
from .tokens import Limits, Quoted, Tokens, refuse_look_alikes, tokenize
from .values import node_of

WHERE = "where"
Result = Node | tuple[Node, ...]
Symbols = Mapping[str, Node] | Iterable[Node]

__all__ = ["Limits", "Program", "parse", "parse_program"]


@dataclass(frozen=True, slots=True)
class Program:
    """What a text says.

    Attributes:
        definitions: the values that have names, in the order of the text.
        result: the value of the last statement if it is an expression (a tuple for ``a, b``), else ``None``.
        symbols: the symbols that the text uses, by name.
    """

    definitions: dict[str, Node]
    result: Result | None
    symbols: dict[str, Node] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Node:
        """Give the value defined as ``name``."""
        try:
            return self.definitions[name]
        except KeyError:
            raise SymgraphError(
                f"the text does not define {name!r}: it defines {', '.join(self.definitions)}"
            ) from None


def parse(
    text: str,
    /,
    *,
    limits: Limits | None = None,
    symbols: Symbols | None = None,
    dtypes: Mapping[str, Any] | None = None,
    expand: bool = False,
    **shapes: Any,
) -> Any:
    """Read a formula.

    Args:
        text: the formula; see ``docs/text-language.md``.
        limits: what reading may cost at most.
        symbols: symbols (or any expressions, by name) to use for names of the text.
        dtypes: the dtype of a symbol, by name; ``float64`` otherwise.
        expand: build the bodies of functions defined in the text in place of each call, not as named gates.
        shapes: the shape of a symbol, by name (``x="n"``, ``A=("n", 3)``), or an expression to use for it;
            a scalar otherwise.

    Returns:
        The value of the last statement; a tuple of values if it is ``a, b``.

    Raises:
        ParseError: the text is not a formula; the error shows the place.
        ShapeError: the shapes of an operator's arguments do not fit; the message shows the place.
        DTypeError: an operator does not accept a dtype.

    >>> import symgraph as sg
    >>> parse("(x + y)*z") is (sg.symbol("x") + sg.symbol("y")) * sg.symbol("z")
    True
    >>> parse("x'@A@x", x="n", A=("n", "n")).shape
    ()
    """
    program = parse_program(text, limits=limits, symbols=symbols, dtypes=dtypes, expand=expand, **shapes)
    if program.result is not None:
        return program.result
    if program.definitions:
        return next(reversed(program.definitions.values()))
    raise ParseError("the text only defines functions: write an expression in its last line", text)


def parse_program(
    text: str,
    /,
    *,
    limits: Limits | None = None,
    symbols: Symbols | None = None,
    dtypes: Mapping[str, Any] | None = None,
    expand: bool = False,
    **shapes: Any,
) -> Program:
    """Read a text of several definitions, such as the right-hand sides of a system; arguments as in :func:`parse`.

    >>> program = parse_program("r = k*y[0]; da = -r; db = 2*r", y=2)
    >>> list(program.definitions), program["da"].shape
    (['r', 'da', 'db'], ())
    """
    tokens = tokenize(text, limits or Limits())
    refuse_look_alikes(tokens)
    before = CONTEXT.origin
    try:
        with paused_collection():
            return Reader(Machine(tokens, _given(symbols, dtypes or {}, shapes), expand)).read()
    finally:
        CONTEXT.origin = before


def _given(symbols: Symbols | None, dtypes: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Node]:
    """Make the symbols that the caller describes."""
    if symbols is None:
        found = {}
    elif isinstance(symbols, Mapping):
        found = dict(symbols)
    else:
        found = {node.name: node for node in symbols}
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, Node):
            raise SymgraphError(f"symbols holds expressions by name, not {name!r}: {value!r:.60}")
    for name, shape in shapes.items():
        if name in found:
            raise SymgraphError(f"both a symbol and a shape are given for {name}")
        found[name] = shape if isinstance(shape, Node) else symbol(name, shape, dtypes.get(name, "float64"))
    for name, dtype in dtypes.items():
        if name not in found:
            found[name] = symbol(name, (), dtype)
        elif found[name].dtype != symbol(name, (), dtype).dtype:
            raise SymgraphError(f"the expression given for {name} has dtype {found[name].dtype}, not {dtype}")
    return found


class Reader:
    """Reads the statements of a text."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.tokens: Tokens = machine.tokens
        self.places: dict[str, int] = {}
        self.result: Result | None = None

    def read(self) -> Program:
        """Read all statements."""
        machine, kinds = self.machine, self.tokens.kinds
        position = self._skip_separators(0)
        if kinds[position] == "end":
            machine.fail("the text is empty", position)
        where = self._find_where()
        while kinds[position] != "end" and position != where:
            start = position
            if not self._define(position):
                self._read_where(where)
                values = tuple([node_of(value) for value in read_expressions(machine, position)])
                self.result = values[0] if len(values) == 1 and not self._trailing_comma() else values
            position = self._skip_separators(machine.position)
            if self.result is not None and kinds[position] != "end" and position != where:
                machine.fail("the value of this statement is not used: only the last one may be without a name", start)
        if where is not None and self.result is None:
            machine.fail("`where` follows an expression", where)
        definitions = {name: node_of(value) for name, value in machine.defined.items()}
        used = machine.declared.union(machine.used)
        symbols = {name: node for name, node in machine.symbols.items() if name in used and node.op is SYMBOL}
        return Program(definitions, self.result, symbols)

    def _find_where(self) -> int | None:
        """Give the place of the word that begins the definitions behind an expression."""
        kinds, values = self.tokens.kinds, self.tokens.values
        for place in range(1, len(kinds) - 1):
            is_word = kinds[place] == "name" and values[place] == WHERE and values[place].__class__ is not Quoted
            if is_word and kinds[place + 1] == "name" and kinds[place - 1] in ("newline", ";"):
                return place
        return None

    def _read_where(self, where: int | None) -> None:
        """Read the definitions behind the expression, before the expression itself."""
        if where is None:
            return
        position = where + 1
        while self.tokens.kinds[position] != "end":
            if not self._define(position):
                self.machine.fail("definitions such as s = … follow `where`", position)
            position = self._skip_separators(self.machine.position)

    def _define(self, position: int) -> bool:
        """Read a definition, if the statement is one."""
        self.machine.position = position
        if self.tokens.kinds[position] == "name" and self.tokens.kinds[position + 1] == "=":
            self._define_value(position)
        elif params := self._function_head(position):
            self._define_function(position, params)
        else:
            return False
        return True

    def _skip_separators(self, position: int) -> int:
        while self.tokens.kinds[position] in ("newline", ";"):
            position += 1
        return position

    def _trailing_comma(self) -> bool:
        return self.tokens.kinds[self.machine.position - 1] == ","

    def _define_value(self, position: int) -> None:
        name = self._claim(position)
        machine = self.machine
        values = read_expressions(machine, position + 2)
        if len(values) != 1:
            machine.fail(f"`{name}` is one value: write [a, b] for a vector", position)
        if name in machine.used:
            line, column = self.tokens.place(machine.used[name])
            machine.fail(f"`{name}` is used before it is defined, in line {line}, column {column}", position)
        machine.defined[name] = values[0]

    def _function_head(self, position: int) -> tuple[str, ...]:
        """Give the parameters if a statement begins with ``f(x, y) =``."""
        kinds, values = self.tokens.kinds, self.tokens.values
        if kinds[position] != "name" or kinds[position + 1] != "(":
            return ()
        params: list[str] = []
        token = position + 1
        while kinds[token] in ("(", ",") and kinds[token + 1] == "name":
            params.append(values[token + 1])
            token += 2
        if kinds[token : token + 3] == ["(", ")", "="]:
            self.machine.fail("a function has at least one parameter; a value is defined as name = …", position)
        if not params or kinds[token] != ")" or kinds[token + 1] != "=":
            return ()
        self.body = token + 2
        return tuple(params)

    def _define_function(self, position: int, params: tuple[str, ...]) -> None:
        machine = self.machine
        name = self._claim(position)
        for place, param in enumerate(params):
            token = position + 2 + 2 * place
            if param in params[:place]:
                machine.fail(f"the parameter `{param}` is there twice", token)
            self._refuse_reserved(param, token)
        function = UserFunction(name, tuple(map(str, params)), self.body, position)
        check_body(machine, function)
        machine.functions[name] = function

    def _claim(self, token: int) -> str:
        """Take a name for a definition."""
        name = self.tokens.values[token]
        self._refuse_reserved(name, token)
        if name in self.machine.given:
            self.machine.fail(f"`{name}` is given as a symbol, so it cannot be defined", token)
        if name in self.places:
            line, _ = self.tokens.place(self.places[name])
            self.machine.fail(f"`{name}` is defined already, in line {line}", token)
        self.places[name] = token
        return str(name)

    def _refuse_reserved(self, name: str, token: int) -> None:
        if name in RESERVED and name.__class__ is not Quoted:
            self.machine.fail(f"`{name}` is a constant of the language and cannot be defined", token)
        if name.startswith("\0"):  # differentiation names its own placeholders so
            self.machine.fail("the name of a parameter or of a definition cannot begin with U+0000", token)
