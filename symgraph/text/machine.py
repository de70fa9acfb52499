"""The engine of the parser: precedence climbing on explicit stacks, so that no nesting is too deep.

Two states alternate: an operand is expected, or an operator. Values wait on one stack, signs with their
precedence on another; a bracket, a call or a function body is a frame, below which no sign is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ..core.errors import DTypeError, ShapeError, SymgraphError
from ..core.node import CONSTANT, SYMBOL, Node, constant, make
from ..core.origin import CONTEXT, TextPlace
from ..ops.constants import named_constant
from .attributes import fail, integer_of
from .calls import UserFunction
from .indexed import Indexed
from .tokens import Quoted, Tokens
from .values import TURNED, Entry, Value, negate, node_of

RANK = 64
CONSTANTS: dict[str, Value] = {"inf": float("inf"), "nan": float("nan")}
DRY = constant(0.0)  # what stands for every value while a function's body is only checked


class Frame:
    """A bracket, call, body or statement that is open; its signs are those above ``base``."""

    __slots__ = ("args", "base", "bindings", "gather", "kind", "name", "named", "rows", "subject", "token")

    def __init__(self, kind: str, token: int, base: int, subject: Any = None) -> None:
        self.kind = kind
        self.token = token
        self.base = base
        self.subject = subject
        self.args: list[Any] = []
        self.named: dict[str, Any] = {}
        self.name = ""
        self.gather = False
        self.rows: list[list[Value]] = []
        self.bindings: dict[str, Value] = {}


class Machine:
    """Reads expressions from tokens."""

    def __init__(self, tokens: Tokens, given: Mapping[str, Node], expand: bool) -> None:
        self.tokens = tokens
        self.kinds = tokens.kinds
        self.position = 0
        self.operand = True
        self.stack: list[Value] = []
        self.signs: list[tuple[int, int, Entry, int]] = []
        self.frames: list[Frame] = []
        self.results: list[Value] = []
        self.bindings: dict[str, Value] = {}
        self.symbols: dict[str, Node] = dict(given)
        self.given = frozenset(given)
        self.used: dict[str, int] = {}
        self.declared: set[str] = set()
        self.defined: dict[str, Value] = {}
        self.functions: dict[str, UserFunction] = {}
        self.checked: UserFunction | None = None
        self.memory: dict[Any, Any] = {}
        self.expand = expand
        self.built = 0
        self.steps = 0

    # --- building ---------------------------------------------------------------------------

    def fail(self, message: str, token: int) -> NoReturn:
        """Raise a :class:`ParseError` at a token."""
        fail(self.tokens, message, token)

    def build(self, entry: Callable[..., Value], args: tuple[Any, ...], token: int) -> Value:
        """Call what makes nodes; errors and new nodes carry the place in the text."""
        if self.checked is not None:
            return DRY
        if entry is negate and args[0].__class__ is not Node and args[0].__class__ not in TURNED:
            return negate(args[0])
        self.built += 1
        if self.built > self.tokens.limits.nodes:
            self.fail(f"more than {self.tokens.limits.nodes} operators", token)
        CONTEXT.origin = TextPlace(self.tokens.text, *self.tokens.place(token), CONTEXT.scope)
        try:
            value = entry(*args)
        except (ShapeError, DTypeError) as error:
            kind = ShapeError if isinstance(error, ShapeError) else DTypeError
            raise kind(str(self.tokens.error(str(error), self.tokens.starts[token]))) from error
        except SymgraphError as error:
            raise self.tokens.error(str(error), self.tokens.starts[token]) from error
        except Exception as error:  # a literal of a kind that the function never expected
            message = f"these arguments are not accepted: {error}"
            raise self.tokens.error(message, self.tokens.starts[token]) from error
        if value.__class__ is not Indexed and node_of(value).ndim > RANK:
            self.fail(f"an array of more than {RANK} axes", token)
        return value

    def reduce(self, precedence: int) -> None:
        """Apply the waiting signs of the innermost frame that bind at least as tightly; zero ends an expression."""
        signs, stack, base = self.signs, self.stack, self.frames[-1].base
        while len(signs) > base and signs[-1][0] >= precedence:
            _, arity, entry, token = signs.pop()
            if arity == 2:
                right = stack.pop()
                stack[-1] = self.build(entry, (stack[-1], right), token)
            else:
                stack[-1] = self.build(entry, (stack[-1],), token)
        if not precedence and stack[-1].__class__ is Indexed:
            stack[-1] = self.build(node_of, (stack[-1],), self.position)

    def push_sign(self, precedence: int, arity: int, entry: Entry) -> None:
        """Let a sign wait for what follows it."""
        self.signs.append((precedence, arity, entry, self.position))
        self.check_depth(len(self.signs))
        self.position += 1
        self.operand = True

    def push_frame(self, kind: str, token: int, subject: Any = None) -> Frame:
        """Open a frame."""
        frame = Frame(kind, token, len(self.signs), subject)
        self.frames.append(frame)
        self.check_depth(len(self.frames))
        self.operand = True
        return frame

    def check_depth(self, depth: int) -> None:
        """Keep to the limit of nesting."""
        if depth > self.tokens.limits.depth:
            self.fail(f"nesting deeper than {self.tokens.limits.depth}", self.position)

    def push_value(self, value: Value, position: int) -> None:
        """Give an operand; what follows is an operator."""
        self.stack.append(value)
        self.position = position
        self.operand = False

    # --- names ------------------------------------------------------------------------------

    def value_of(self, name: str, token: int) -> Value:
        """Give what a name that is not called stands for."""
        if name in self.bindings:
            return self.bindings[name]
        if name in self.defined:
            self._note_free(self.defined[name])
            return self.defined[name]
        if name in self.functions:
            self.fail(f"`{name}` is a function: write {name}(…)", token)
        if name.__class__ is not Quoted and name not in self.given:
            if name in CONSTANTS:
                return CONSTANTS[name]
            if name == "pi":
                return named_constant("pi")
        self._note_free(None)
        if self.checked is not None:
            return DRY
        self.used.setdefault(name, token)
        node = self.symbols.get(name)
        if node is None:
            CONTEXT.origin = TextPlace(self.tokens.text, *self.tokens.place(token), CONTEXT.scope)
            node = self.symbols[str(name)] = make(SYMBOL, (), (str(name), (), "float64", ()))
        return node

    def _note_free(self, value: Value) -> None:
        """Remember that the function being checked uses something beside its parameters and numbers."""
        fixed = value.__class__ in (int, float) or (value.__class__ is Node and value.op is CONSTANT)
        if self.checked is not None and not fixed:
            self.checked.closed = False

    def literal_of(self, name: str, token: int) -> Any:
        """Give what a name stands for inside a literal: a defined integer, or ``None`` for a size of that name."""
        value = self.bindings.get(name, self.defined.get(name))
        if value is None:
            return None
        if self.checked is not None:
            self.checked.closed = False
            return 1
        if value.__class__ is Node and value.op is CONSTANT and not value.shape:
            value = value.value
        if value.__class__ not in (int, float):
            self.fail(f"`{name}` is an expression, and a literal is needed here", token)
        try:
            return integer_of(name, value)
        except SymgraphError as error:
            self.fail(str(error), token)

    def index_of(self, name: str, token: int) -> Any:
        """Give what a name stands for inside an index: an integer, a size, or an expression of integers."""
        value = self.bindings.get(name, self.defined.get(name, self.symbols.get(name)))
        if (
            self.checked is None
            and value.__class__ is Node
            and value.dtype.startswith("int")
            and value.op is not CONSTANT
        ):
            return value
        return self.literal_of(name, token)

    def declare(self, value: Value, token: int) -> None:
        """Remember a symbol that the text declares itself."""
        if self.checked is not None:
            self.checked.closed = False
            return
        if self.symbols.setdefault(value.name, value) is not value:
            self.fail(f"there is another symbol called {value.name} already", token)
        self.declared.add(value.name)


def unexpected(m: Machine) -> NoReturn:
    """Refuse what stands at the position, and say what should stand there."""
    kind, shown = m.kinds[m.position], m.tokens.values[m.position]
    text = str(shown)[:40]
    if m.operand:
        hints = {
            "'": "' is the transpose and follows an expression; strings stand between double quotes",
            "string": f'the string "{text}" has no meaning here',
            "superscript": "a superscript follows an expression",
            "=": "= defines a name at the beginning of a line; write == to compare",
            ")": "an expression is expected before )",
            "]": "an expression is expected before ]",
            ";": "an expression is expected before ;",
        }
        m.fail(hints.get(kind, f"an expression is expected, not {text}"), m.position)
    hints = {
        "=": "= defines a name at the beginning of a line; write == to compare",
        "!": "the factorial of n is gamma(n + 1)",
        ":": "a : stands in an index only, as in x[1:3]",
        ")": "this ) closes nothing",
        "]": "this ] closes nothing",
        "}": "this } closes nothing",
    }
    m.fail(hints.get(kind, f"an operator is missing before {text}: for a product write *"), m.position)
