"""Arithmetic in LLVM text, on one number or on vectors of lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.errors import CompileError
from .function_text import REGISTER_TYPES, Function, double_text
from .vector_kernels import KERNELS

COMPLEX_STEP = 2  # doubles in a complex number


class Lanes:
    """Arithmetic on ``width`` numbers at once; width 1 is scalar code."""

    def __init__(self, function: Function, width: int) -> None:
        self.f = function
        self.width = width
        self.truths: dict[str, str] = {}

    def type(self, element: str) -> str:
        """Give the LLVM type of ``width`` elements."""
        return element if self.width == 1 else f"<{self.width} x {element}>"

    def number(self, value: float) -> str:
        """Write a constant."""
        return self.splat_text("double", double_text(value))

    def splat_text(self, element: str, value: str) -> str:
        """Write a constant in all lanes."""
        if self.width == 1:
            return value
        return "<" + ", ".join(f"{element} {value}" for _ in range(self.width)) + ">"

    def splat(self, element: str, value: str) -> str:
        """Put one scalar value in all lanes."""
        if self.width == 1:
            return value
        vector = self.type(element)
        first = self.f.set(f"insertelement {vector} poison, {element} {value}, i32 0")
        return self.f.set(f"shufflevector {vector} {first}, {vector} poison, <{self.width} x i32> zeroinitializer")

    def binary(self, instruction: str, x: str, y: str, element: str = "double") -> str:
        """Apply an LLVM instruction such as ``fadd`` or ``fcmp olt``."""
        return self.f.set(f"{instruction} {self.type(element)} {x}, {y}")

    def fusible(self, instruction: str, x: str, y: str) -> str:
        """Apply ``fadd``, ``fsub`` or ``fmul`` of the user's own; with ``fma=True`` a product and a sum become one.

        Kernels use ``binary``: many of them are right only if every operation is rounded.
        """
        return self.binary(f"{instruction} contract" if self.f.libraries.fma else instruction, x, y)

    def unary(self, instruction: str, x: str, element: str = "double") -> str:
        """Apply an LLVM instruction with one operand, such as ``fneg``."""
        return self.f.set(f"{instruction} {self.type(element)} {x}")

    def compare(self, predicate: str, x: str, y: str) -> str:
        """Compare doubles by LLVM's name of the predicate: ``olt``, ``oeq``, ``une``, ``uno`` …"""
        return self.binary(f"fcmp {predicate}", x, y)

    def invert(self, x: str) -> str:
        """Negate truth values."""
        return self.binary("xor", x, self.splat_text("i1", "true"), "i1")

    def truth(self, x: str) -> str:
        """Give the truth value that a double stands for."""
        return self.truths[x] if x in self.truths else self.compare("une", x, self.number(0.0))

    def real(self, x: str, dtype: str) -> str:
        """Give an operand of this dtype as doubles."""
        if REGISTER_TYPES[dtype] == "double":
            return x
        instruction = "uitofp" if dtype == "bool" else "sitofp"
        made = self.f.set(f"{instruction} {self.type(REGISTER_TYPES[dtype])} {x} to {self.type('double')}")
        if dtype == "bool":
            self.truths[made] = x
        return made

    def cast(self, x: str, dtype: str, wanted: str) -> str:
        """Convert between dtypes; a float outside the integers' range becomes the smallest of them, as x86 does it."""
        kind = REGISTER_TYPES[wanted]
        if kind == "double":
            return self.real(x, dtype)
        if kind == "i1":
            zero = self.splat_text(REGISTER_TYPES[dtype], "0")
            whole = REGISTER_TYPES[dtype] != "double"
            return self.binary("icmp ne", x, zero, REGISTER_TYPES[dtype]) if whole else self.truth(x)
        if dtype == "bool":
            return self.f.set(f"zext {self.type('i1')} {x} to {self.type('i64')}")
        if REGISTER_TYPES[dtype] == "double":
            low, high = (-(2.0**63), 2.0**63) if wanted == "int64" else (-(2.0**31), 2.0**31)
            whole_part = self.intrinsic("trunc", [x])
            bounds = (
                self.compare("oge", whole_part, self.number(low)),
                self.compare("olt", whole_part, self.number(high)),
            )
            kept = self.select(self.binary("and", *bounds, "i1"), whole_part, self.number(low))
            return self.f.set(f"fptosi {self.type('double')} {kept} to {self.type('i64')}")
        narrow = self.f.set(f"trunc {self.type('i64')} {x} to {self.type('i32')}") if wanted == "int32" else x
        return self.f.set(f"sext {self.type('i32')} {narrow} to {self.type('i64')}") if wanted == "int32" else x

    def rounded(self, x: str, dtype: str) -> str:
        """Round doubles to what the dtype can hold."""
        if dtype != "float32":
            return x
        narrow = self.f.set(f"fptrunc {self.type('double')} {x} to {self.type('float')}")
        return self.f.set(f"fpext {self.type('float')} {narrow} to {self.type('double')}")

    def converted(self, x: str, kind: str, memory: str) -> str:
        """Convert between a register's type and a memory's, either way."""
        if kind == memory:
            return x
        ranks = {"i1": 1, "i8": 8, "i32": 32, "i64": 64}
        if kind in ranks:
            wider = ranks[memory] > ranks[kind]
            instruction = "trunc" if not wider else "zext" if kind == "i1" else "sext"
        else:
            instruction = "fptrunc" if kind == "double" else "fpext"
        return self.f.set(f"{instruction} {self.type(kind)} {x} to {self.type(memory)}")

    def select(self, condition: str, x: str, y: str, element: str = "double") -> str:
        """Choose lane by lane."""
        kind = self.type(element)
        return self.f.set(f"select {self.type('i1')} {condition}, {kind} {x}, {kind} {y}")

    def intrinsic(self, name: str, arguments: Sequence[str]) -> str:
        """Call an LLVM intrinsic on doubles."""
        suffix = "f64" if self.width == 1 else f"v{self.width}f64"
        kind = self.type("double")
        symbol = f"llvm.{name}.{suffix}"
        self.f.libraries.declare(f"declare {kind} @{symbol}({', '.join([kind] * len(arguments))})")
        return self.f.set(f"call {kind} @{symbol}({', '.join(f'{kind} {a}' for a in arguments)})")

    def function(self, name: str, arguments: Sequence[str]) -> str:
        """Compute a mathematical function: in place, by the platform's vector version, or lane by lane."""
        if self.width == 1:
            return self._scalar_call(name, list(arguments))
        kernel = KERNELS.get(name) if self.f.libraries.kernels else None
        if kernel is not None:
            return kernel(self, *arguments)
        kind = self.type("double")
        vector = self.f.libraries.vector(name, len(arguments), self.width)
        if vector is not None:
            self.f.calls += not self.f.rare
            return self.f.set(f"call {kind} @{vector}({', '.join(f'{kind} {a}' for a in arguments)})")
        result = "poison"
        for lane in range(self.width):
            parts = [self.f.set(f"extractelement {kind} {a}, i32 {lane}") for a in arguments]
            value = self._scalar_call(name, parts)
            result = self.f.set(f"insertelement {kind} {result}, double {value}, i32 {lane}")
        return result

    def either(self, quick: Callable[[], tuple[str, str]], library: Callable[[], str]) -> str:
        """Choose between two ways to compute the same.

        ``quick`` gives where its result holds, and the result; the library's is right everywhere. The quick one is
        taken across vector lanes if all of them are where it holds; for one number the library is faster.
        """
        if self.width == 1 or not self.f.libraries.use_vector_library:
            return library()
        inside, result = quick()
        f = self.f
        reduce = f"llvm.vector.reduce.and.v{self.width}i1"
        f.libraries.declare(f"declare i1 @{reduce}({self.type('i1')})")
        name = f.fresh("either")[1:]
        everywhere = f.set(f"call i1 @{reduce}({self.type('i1')} {inside})")
        before = f.block
        f.add(f"br i1 {everywhere}, label %{name}.done, label %{name}.library")
        f.label(f"{name}.library")
        f.rare = True
        slow = library()
        f.rare = False
        after = f.block
        f.add(f"br label %{name}.done")
        f.label(f"{name}.done")
        return f.set(f"phi {self.type('double')} [ {result}, %{before} ], [ {slow}, %{after} ]")

    def _scalar_call(self, name: str, arguments: Sequence[str]) -> str:
        self.f.calls += not self.f.rare
        symbol = self.f.libraries.scalar(name, len(arguments))
        if symbol is None:
            raise CompileError(f"there is no machine code for {name} on this platform")
        return self.f.set(f"call double @{symbol}({', '.join(f'double {a}' for a in arguments)})")

    def ufunc(self, name: str, types: str, arguments: Sequence[str | int]) -> list[str]:
        """Call the loop of one of SciPy's array functions once for all lanes, such as ``"sici", "d->dd"``.

        ``d`` is a double, ``l`` a constant integer, ``D`` a complex number, of which the real part is given and taken.
        """
        self.f.calls += not self.f.rare
        symbols = self.f.libraries.ufunc(name, types)
        if symbols is None:
            raise CompileError(f"there is no machine code for {name} with this version of SciPy")
        inputs, outputs = types.split("->")
        steps = [COMPLEX_STEP if kind == "D" else 0 if kind == "l" else 1 for kind in inputs + outputs]
        places = [self.f.local(f"[{self.width * max(step, 1)} x double]") for step in steps]
        for argument, step, place in zip(arguments, steps, places, strict=False):
            self._put(argument, step, place)
        table = self._row("ptr", places)
        strides = self._row("i64", [str(8 * step) for step in steps])
        count = self._row("i64", [str(self.width)])
        self.f.add(f"call void @{symbols[0]}(ptr {table}, ptr {count}, ptr {strides}, ptr @{symbols[1]})")
        first = len(inputs)
        return [self._take(step, place) for step, place in zip(steps[first:], places[first:], strict=True)]

    def _row(self, kind: str, values: Sequence[str]) -> str:
        """Put values one after another into memory."""
        row = self.f.local(f"[{len(values)} x {kind}]")
        for i, value in enumerate(values):
            self.f.add(f"store {kind} {value}, ptr {self.f.set(f'getelementptr {kind}, ptr {row}, i64 {i}')}")
        return row

    def _put(self, argument: str | int, step: int, place: str) -> None:
        if isinstance(argument, int):
            self.f.add(f"store i64 {argument}, ptr {place}")
        elif step == 1:
            self.f.add(f"store {self.type('double')} {argument}, ptr {place}")
        else:
            for lane in range(self.width):
                value = argument
                if self.width > 1:
                    value = self.f.set(f"extractelement {self.type('double')} {argument}, i32 {lane}")
                for offset, part in ((0, value), (1, "0.0")):
                    where = self.f.set(f"getelementptr double, ptr {place}, i64 {step * lane + offset}")
                    self.f.add(f"store double {part}, ptr {where}")

    def _take(self, step: int, place: str) -> str:
        if step == 1:
            return self.f.set(f"load {self.type('double')}, ptr {place}")
        result = "poison"
        for lane in range(self.width):
            part = self.f.set(f"load double, ptr {self.f.set(f'getelementptr double, ptr {place}, i64 {step * lane}')}")
            if self.width == 1:
                return part
            result = self.f.set(f"insertelement {self.type('double')} {result}, double {part}, i32 {lane}")
        return result
