"""``to_c``: a graph as one C99 file without dependencies, for embedded use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ..compile.access import COPY, base_of, is_affine
from ..compile.memory import made_by, plan_buffers
from ..compile.prepare import own_arrays, prepare
from ..compile.schedule import LibraryCall, Nest, Step, plan
from ..compile.statements import is_native
from ..core.dimension import Dim, Shape, Size
from ..core.dtype import is_float
from ..core.lowering import Access, Pieces, View
from ..core.node import CONSTANT, Node, make
from ..core.traversal import rebuild, topological
from ..ops.arrays.indexing_source import is_inside
from .c_functions import functions_in
from .c_lanes import FUNCTIONS, double_text
from .c_nests import STORED, CNest, CStorage
from .c_routines import ROUTINES, call_lines, work_of
from .identifiers import Identifiers
from .signature import paths, read_function, sizes_in

KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm near far main
NULL NAN INFINITY HUGE_VAL ptrdiff_t size_t int64_t int32_t isnan isinf isfinite signbit fpclassify isnormal fma fmax
fmin fdim frexp ldexp modf nan remainder remquo scalbn scalbln logb ilogb lrint llrint lround llround nearbyint
nextafter nexttoward j0 j1 jn y0 y1 yn gamma signgam linux unix and or not xor bool true false work printf malloc free
memcpy memset abs labs I
"""
RESERVED = frozenset({*KEYWORDS.split(), *FUNCTIONS, *(name + end for name in FUNCTIONS for end in "fl")})


def to_c(outputs: Any, inputs: Sequence[Any] | None = None, name: str = "f", simplify: str | None = "stable") -> str:
    """Write a graph as one C99 file that needs ``<math.h>`` only.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions, such as ``sg.value_and_grad(f, x)``.
        inputs: the symbols (or names) that become parameters, in order; by default every symbol.
        name: what the function is called.
        simplify: as for ``evaluate``.

    Returns:
        The text. The function takes named sizes, inputs (numbers by value, arrays by address, rows one behind the
        other), the addresses of the results, and, where arrays are needed in between, a workspace of
        ``NAME_work(sizes)`` doubles. It allocates nothing and keeps nothing between calls.

    Raises:
        SymgraphError: the name is not an identifier, an input is missing, or an operator cannot be written in C,
            which is named.

    >>> import symgraph as sg
    >>> x = sg.symbol("x", "n")
    >>> text = to_c({"value": sg.sum(x * x), "slope": sg.grad(sg.sum(x * x), x)}, name="square")
    >>> print(text[text.index("void"):].splitlines()[0])
    void square(ptrdiff_t n, const double *restrict x, double *restrict value, double *restrict slope);
    """
    nodes, symbols, structure = read_function(outputs, inputs, name, RESERVED, simplify)
    stored = rebuild(prepare(nodes), _with_stored_matrices)
    ready = [_own_number(node) for node in own_arrays(stored, symbols)]
    return _CWriter(ready, symbols, name).text(paths(structure))


def _own_number(node: Node) -> Node:
    """Give a number that is an entry of an array a place of its own: the array is then one of those in between."""
    kept = node.shape or base_of(node) is node or not is_float(node.dtype)
    return node if kept else make(COPY, (node,), ())


def _with_stored_matrices(node: Node, args: tuple[Node, ...]) -> Node:
    """Store the views that a routine reads: it wants rows one behind the other."""
    if node.op.name in ROUTINES and not is_native(node):
        args = tuple([make(COPY, (arg,), ()) if is_affine(arg) else arg for arg in args])
    return node if args == node.args else make(node.op, args, node.attrs)


class _CWriter:
    def __init__(self, outputs: Sequence[Node], inputs: Sequence[Node], name: str) -> None:
        self.outputs, self.inputs, self.name = outputs, inputs, name
        self.names = Identifiers({*RESERVED, name, f"{name}_work"})
        self.schedule = plan(outputs, inputs, products=False)
        self.parameters = {node: self.names.of(node.name) for node in inputs}
        self.sizes: dict[str, str] = {}
        self.storage = CStorage(self.names, self.sizes)

    def text(self, results: Sequence[tuple[str, int]]) -> str:
        """Give the file."""
        steps = self.schedule.steps
        calls = [step.node for step in steps if isinstance(step, LibraryCall)]
        inner = list(dict.fromkeys(work_of(node) for node in calls))  # raises where there is no routine
        self._name_sizes([step for step in steps if isinstance(step, Nest)], calls)
        targets = self._name_results(results)
        tables = self._name_constants()
        start = self._name_temporaries(steps)
        work = reduce(add, inner, start)  # the routines' own memory lies behind the arrays
        for node, text in self.parameters.items():
            self.storage.places[node], self.storage.kinds[node] = text, STORED[node.dtype]
        body = [line for step in steps for line in self._step(step, start)]
        body += [line for place, target in targets for line in self._handed_over(self.outputs[place], target)]
        used = "\n".join(body)
        unused = [text for text in (*self.sizes.values(), *self.parameters.values()) if text not in _words(used)]
        scalars = [f"double {self.storage.places[node]};" for node in self._scalars(steps)]
        lines = [*[f"(void){text};" for text in unused], *tables, *scalars, *self._checks(), *body]
        lines += ["return 0;"] if self.storage.checks else []
        return self._file(targets, work, lines)

    def _step(self, step: Step, start: Size) -> list[str]:
        if isinstance(step, Nest):
            return CNest(step, self.storage).lines()
        return call_lines(step.node, self.storage, _address("work", self.storage.size(start)))

    # --- names ------------------------------------------------------------------------------------

    def _name_sizes(self, nests: Sequence[Nest], calls: Sequence[Node]) -> None:
        shapes = [node.shape for node in (*self.inputs, *self.outputs)]
        shapes += [node.shape for call in calls for node in (*call.args, call)]
        shapes += [nest.domain for nest in nests]
        shapes += [node.shape for nest in nests for node in (*nest.stored, *(total.node for total in nest.sums))]
        shapes += [(node.attrs[0],) for node in self.schedule.dimensions]
        shapes += [tuple(sizes_in(node.attrs)) for nest in nests for node in nest.body]
        for shape in shapes:
            for size in shape:
                for each in sorted(size.names) if isinstance(size, Dim) else ():
                    if each not in self.sizes:
                        self.sizes[each] = self.names.of(each, "n")

    def _name_results(self, results: Sequence[tuple[str, int]]) -> list[tuple[int, str]]:
        targets = []
        for path, place in results:
            node = self.outputs[place]
            text = self.names.of(path.strip("[]").replace("][", "_").replace("/", "_"), "out")
            targets.append((place, text))
            if node.shape and base_of(node) is node and node not in self.inputs and node.op is not CONSTANT:
                self.storage.places.setdefault(node, text)
                self.storage.kinds.setdefault(node, STORED[node.dtype])
        return targets

    def _name_constants(self) -> list[str]:
        lines = []
        for node in self.schedule.constants:
            if not node.shape or (node.shape and 0 in node.shape):
                continue
            text = self.names.numbered("c")
            self.storage.places[node], self.storage.kinds[node] = text, STORED[node.dtype]
            entries = [_entry_text(value, node.dtype) for value in np.asarray(node.value).ravel()]
            rows = [", ".join(entries[i : i + 6]) for i in range(0, len(entries), 6)]
            lines.append(f"static const {STORED[node.dtype]} {text}[{len(entries)}] = {{")
            lines += [*(f"    {row}," for row in rows), "};"]
        return lines

    def _name_temporaries(self, steps: Sequence[Step]) -> Size:
        """Give the arrays in between their places in the workspace; all of them are doubles there."""
        buffers = plan_buffers(steps, [base_of(node) for node in self.outputs], plain=True)
        for node, (_, offset) in buffers.place.items():
            if node not in self.storage.places:
                start = self.storage.size(_in_doubles(offset))
                self.storage.places[node] = _address("work", start)
        for node in self._scalars(steps):
            self.storage.places[node] = self.names.numbered("s")
        return _in_doubles(buffers.bytes)

    def _scalars(self, steps: Sequence[Step]) -> list[Node]:
        made = [node for step in steps for node in made_by(step)]
        return list(dict.fromkeys(node for node in made if not node.shape))

    def _checks(self) -> list[str]:
        """Check what named sizes leave open: that no size is negative, and that slices lie inside their arrays."""
        order = topological(self.outputs)
        lines = []
        for size in dict.fromkeys(n for node in order for n in node.shape if isinstance(n, Dim)):
            if min(coefficient for _, coefficient in size.terms) < 0:
                lines.append(f"if ({self.storage.size(size)} < 0) return 1;")
        for node in order:
            rule = node.op.lowering
            if isinstance(rule, View):
                lines += self._inside(rule.places(node), node.args[0].shape, node.shape)
            elif isinstance(rule, Pieces):
                for arg, access in zip(node.args, rule.places(node), strict=True):
                    lines += self._inside(access, node.shape, arg.shape)
        self.storage.checks = self.storage.checks or bool(lines)
        return list(dict.fromkeys(lines))

    def _inside(self, access: Access, shape: Shape, domain: Shape) -> list[str]:
        lines = []
        for place, size in zip(access, shape, strict=True):
            count = 1 if place.axis is None else domain[place.axis]
            ends = (place.start, place.start + (count - 1) * place.step)
            low, high = ends if place.step > 0 else ends[::-1]
            if count != 0 and not is_inside(low, high, size):
                texts = [self.storage.size(each) for each in (count, low, high, size)]
                lines.append("if ({} > 0 && ({} < 0 || {} >= {})) return 1;".format(*texts))
        return lines

    # --- text ---------------------------------------------------------------------------------------

    def _handed_over(self, node: Node, target: str) -> list[str]:
        """Write a result where no nest has written it: numbers, and what is an input or another result."""
        if node.shape and self.storage.places.get(node) == target:
            return []
        return CNest(Nest(node.shape), self.storage).handed_over(node, target)

    def _file(self, targets: Sequence[tuple[int, str]], work: Size, lines: Sequence[str]) -> str:
        parameters = [f"ptrdiff_t {text}" for text in self.sizes.values()]
        about = [f" *   {text}: a size" for text in self.sizes.values()]
        for node, text in self.parameters.items():
            kind = STORED[node.dtype]
            parameters.append(f"const {kind} *restrict {text}" if node.shape else f"{kind} {text}")
            about.append(f" *   {text}: input, {kind} {self._shape(node)}")
        for place, text in targets:
            node = self.outputs[place]
            parameters.append(f"{STORED[node.dtype]} *restrict {text}")
            about.append(f" *   {text}: result, {STORED[node.dtype]} {self._shape(node)}")
        parts = ["#include <math.h>\n#include <stddef.h>\n#include <stdint.h>"]
        sizes = ", ".join(f"ptrdiff_t {text}" for text in self.sizes.values())
        if work != 0:
            parameters.append("double *restrict work")
            about.append(f" *   work: memory for {self.storage.size(work)} doubles, which {self.name}_work gives")
            unused = [text for text in self.sizes.values() if text not in _words(self.storage.size(work))]
            hush = "".join(f"    (void){text};\n" for text in unused)
            parts.append(
                f"ptrdiff_t {self.name}_work({sizes or 'void'})\n{{\n{hush}    return {self.storage.size(work)};\n}}"
            )
        kind = "int" if self.storage.checks else "void"
        signature = f"{kind} {self.name}({', '.join(parameters) or 'void'})"
        note = (
            [" * Returns 0, or 1 where sizes or positions do not fit; the results are then unusable."]
            if self.storage.checks
            else []
        )
        head = "\n".join([
            f"/* {self.name}: made by symgraph. C99 and IEEE 754 arithmetic; link with -lm.",
            " * Arrays are stored row by row and must not overlap. Nothing is allocated or kept between calls.",
            " * With -std=c99 (or -ffp-contract=off) every compiler gives the same bits for + - * / sqrt.",
            " *", *about, *note, " */",
        ])  # fmt: skip
        body = "\n".join(f"    {line}" for line in lines)
        prototypes = [f"{signature};"] + ([f"ptrdiff_t {self.name}_work({sizes or 'void'});"] if work != 0 else [])
        parts.insert(1, "\n".join(prototypes))
        return "\n\n".join([head, *parts, *functions_in(body), f"{signature}\n{{\n{body}\n}}"]) + "\n"

    def _shape(self, node: Node) -> str:
        return "(" + ", ".join(self.storage.size(size) for size in node.shape) + ("," * (len(node.shape) == 1)) + ")"


def _address(base: str, offset: str) -> str:
    return base if offset == "0" else f"({base} + {offset})"


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def _entry_text(value: Any, dtype: str) -> str:
    return double_text(float(value)) if dtype.startswith("float") else str(int(value))


def _in_doubles(size: Size) -> Size:
    """Turn bytes, a multiple of 8 each, into a number of doubles."""
    if not isinstance(size, Dim):
        return size // 8
    return Dim(tuple((names, count // 8) for names, count in size.terms))
