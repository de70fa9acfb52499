"""``compile``: a graph as machine code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..core.errors import CompileError
from ..core.memory import paused_collection
from ..core.names import find
from ..core.nesting import flatten, is_plain
from ..core.node import SYMBOL, Node, lift
from ..evaluate.api import stable_forms
from ..evaluate.assumptions import check_assumptions
from ..rewrite.contraction_order import order_contractions
from .array_call import ArrayCall, FullCall
from .batching import batch_inputs, batched
from .call_text import CallText
from .evaluated_call import EvaluatedCall, warn_once
from .jit import Machine, available, vector_width
from .libraries import Libraries
from .module import Module, write_module
from .native_arrays import NativeArrayCall, is_native_call
from .prepare import own_arrays, prepare
from .report import Report, report
from .scalar_call import ScalarCall, is_scalar_call
from .schedule import plan
from .split_call import SplitCall
from .step_order import in_better_order

LEVELS = ((2000, 2), (10000, 1))  # up to so many nodes, so hard LLVM works; beyond, not at all: time stays linear


def compile(
    outputs: Any,
    inputs: Sequence[Any],
    batch: bool = False,
    simplify: str | None = "stable",
    precise: bool = False,
    fma: bool = False,
    threads: int | None = None,
) -> CompiledFunction:
    """Turn a graph into machine code.

    Args:
        outputs: an expression, or lists, tuples and dicts of expressions; work is shared among them.
        inputs: the symbols (or names) that become the positional arguments, in order.
        batch: every input and every output gets a leading batch axis: the function is applied to many points, across
            vector lanes; point by point where there is an operator that is neither elementwise nor a contraction.
        simplify: as for ``evaluate``: ``"stable"`` computes the numerically stable form of each formula, ``"exact"``
            only uses rewrites that give the same bits, ``None`` computes what is written.
        precise: use the C library's scalar functions, usually right to the last bit, and not its vector functions,
            which may be 4 units in the last place off and are several times as fast.
        fma: let a product and a sum be rounded once together where the processor can; results then differ from
            the evaluator's in the last digits.
        threads: into how many parts a batch is split that run at the same time; results do not depend on it.

    Returns:
        A callable taking numbers and arrays; it gives back the nesting of ``outputs``. Without llvmlite it runs in
        the evaluator, and a warning says so once.

    Raises:
        CompileError: an input is missing or is not a symbol, or an option makes no sense.

    >>> import symgraph as sg
    >>> x, y = sg.symbols("x y")
    >>> fn = sg.compile(sg.value_and_grad(x * y, [x, y]), inputs=[x, y])
    >>> fn(2.0, 3.0)
    (6.0, [3.0, 2.0])
    """
    with paused_collection():
        return _compiled(outputs, inputs, simplify, batch, precise, fma, threads)


def _compiled(
    outputs: Any,
    inputs: Sequence[Any],
    simplify: str | None,
    batch: bool,
    precise: bool,
    fma: bool,
    threads: int | None,
) -> CompiledFunction:
    leaves, again = flatten(outputs)
    nodes = [lift(leaf) for leaf in leaves]
    given = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    symbols = [find(each, nodes, CompileError) for each in given]
    _check_inputs(symbols)
    if simplify not in (None, "exact", "stable"):
        raise CompileError(f"simplify is 'stable', 'exact' or None here, not {simplify!r}")
    if simplify is not None:
        nodes = stable_forms(nodes, simplify, {})
    if simplify == "stable":
        nodes = order_contractions(nodes)
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise CompileError(f"threads is a number of threads, not {threads!r}")
    if threads is not None and not batch:
        raise CompileError("threads splits a batch: say batch=True, which gives every input a leading axis")
    if batch and not symbols:
        raise CompileError("batch=True gives every input a leading axis, but there are no inputs")
    return CompiledFunction(nodes, symbols, again(list(range(len(nodes)))), batch, precise, fma, threads)


def _check_inputs(inputs: Sequence[Node]) -> None:
    for place, node in enumerate(inputs):
        if node.op is not SYMBOL:
            raise CompileError(f"inputs[{place}] is {node.op.name}, but only symbols can be inputs")
    if len(set(inputs)) < len(inputs):
        twice = next(node for i, node in enumerate(inputs) if node in inputs[:i])
        raise CompileError(f"the input {twice} is named twice: name each symbol once")


class CompiledFunction:
    """Machine code for a graph; call it with the inputs in order.

    Attributes:
        inputs: the symbols that the arguments stand for.
        outputs: the expressions computed.
    """

    def __init__(
        self,
        outputs: Sequence[Node],
        inputs: Sequence[Node],
        structure: Any,
        batch: bool = False,
        precise: bool = False,
        fma: bool = False,
        threads: int | None = None,
    ) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self._structure = structure
        self._options = (batch, precise, fma, threads)
        self._assuming = [(place, x) for place, x in enumerate(inputs) if x.attribute("assumptions")]
        self._machine: Machine | None = None
        symbols = batch_inputs(outputs, inputs) if batch else self.inputs
        nodes = batched(outputs, inputs, symbols) if batch else prepare(outputs)
        if nodes is None or (threads or 1) > 1:
            self._split(symbols, threads or 1)
            return
        if not available():
            warn_once()
            evaluated = EvaluatedCall(symbols, nodes)
            self._report: Callable[[Sequence[Any]], Report] = evaluated.report
            self._slow = FullCall(evaluated, structure)
            return
        nodes = own_arrays(nodes, symbols)
        libraries = Libraries(vector_width(), use_vector_library=not precise, fma=fma)
        schedule = in_better_order(plan(nodes, symbols))
        self._module: Module = write_module(schedule, libraries)
        self._report = partial(report, self._module, schedule, symbols, nodes, libraries)
        call = ArrayCall(self._module, symbols, nodes)
        self._slow = FullCall(call, structure)
        writer = None if self._assuming else self._native_call(nodes, symbols, libraries)
        text = "\n".join([*libraries.declarations, self._module.text, *(writer.lines if writer else ())])
        level = next((level for most, level in LEVELS if self._module.size <= most), 0)
        self._machine = Machine(text, libraries, level)
        call.link(self._machine)
        if writer is not None:
            native = writer.python_function(self._machine.address("call"), "compiled", self._machine)
            # Python looks __call__ up in the class; a class of its own saves the way through a Python function.
            self.__class__ = type("CompiledFunction", (CompiledFunction,), {"__call__": native})

    def _split(self, symbols: Sequence[Node], threads: int) -> None:
        """Run a batch in parts: in threads, or point by point."""
        flat, options = list(range(len(self.outputs))), self._options[1:3]
        part = CompiledFunction(self.outputs, self.inputs, flat, threads > 1, *options)
        split = SplitCall(part, symbols, self.outputs, threads if threads > 1 else None)
        self._slow = FullCall(split, self._structure)
        self._machine, self._report = part._machine, part._report

    def _native_call(self, nodes: Sequence[Node], symbols: Sequence[Node], libraries: Libraries) -> CallText | None:
        """Write the native call, if there can be one."""
        if not is_plain(self._structure):
            return None
        if is_scalar_call(self._module, symbols, nodes):
            scalar = ScalarCall(symbols, self._structure, nodes, self._module.storage)
            scalar.write(self._module.segments, self._slow, libraries)
            return scalar
        if is_native_call(self._module, symbols, nodes):
            arrays = NativeArrayCall(symbols, self._structure, nodes, self._module)
            arrays.write(self._slow, libraries)
            return arrays
        return None

    def __call__(self, *arguments: Any, out: Any = None) -> Any:
        """Compute the outputs.

        Args:
            arguments: numbers, arrays or nested lists, one per input.
            out: arrays in the nesting of the outputs that the results are written to.

        Raises:
            TypeError: an argument is missing or has the wrong shape or dtype.
            EvaluationError: an argument is not what its symbol is assumed to be.
        """
        for place, x in self._assuming:
            if place < len(arguments):
                check_assumptions(x, arguments[place])
        return self._slow(*arguments, out=out)

    def __reduce__(self) -> tuple[Any, ...]:
        return (CompiledFunction, (self.outputs, self.inputs, self._structure, *self._options))

    def report(self, *arguments: Any) -> Report:
        """Say what was fused, which library calls there are, and what memory is needed.

        With arguments the steps are run on them, each a function of its own, and their times are told too
        (not without llvmlite).
        """
        return self._report(arguments)

    def _code(self) -> Machine:
        if self._machine is None:
            raise CompileError('machine code needs llvmlite: pip install "symgraph[compile]"')
        return self._machine

    def ir(self) -> str:
        """Give the optimised LLVM text."""
        return self._code().ir()

    def assembly(self) -> str:
        """Give the assembly text."""
        return self._code().assembly()
