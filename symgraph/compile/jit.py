"""From LLVM text to machine code in this process. The one file that imports llvmlite."""

from __future__ import annotations

from functools import cache
from threading import RLock
from typing import Any

from ..core.errors import CompileError
from .libraries import Libraries

_lock = RLock()


@cache
def _binding() -> Any:
    try:
        import llvmlite.binding as binding
    except ImportError:
        raise CompileError('machine code needs llvmlite: pip install "symgraph[compile]", or use evaluate') from None
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


@cache
def vector_width() -> int:
    """Give how many doubles the widest vector register of this CPU holds."""
    features = _binding().get_host_cpu_features()
    return 8 if features.get("avx512f") else 4 if features.get("avx2") else 2


def available() -> bool:
    """True if llvmlite can be imported."""
    try:
        _binding()
    except CompileError:
        return False
    return True


class Machine:
    """Machine code of one module; ``address`` finds functions. Keeps the code alive."""

    def __init__(self, text: str, libraries: Libraries, level: int) -> None:
        binding = _binding()
        with _lock:
            for symbol, address in libraries.addresses.items():
                binding.add_symbol(symbol, address)
            target = binding.Target.from_default_triple()
            features = binding.get_host_cpu_features().flatten()
            self.target = target.create_target_machine(
                cpu=binding.get_host_cpu_name(), features=features, opt=level, codemodel="jitdefault"
            )
            try:
                self.module = binding.parse_assembly(text)
                self.module.verify()
            except RuntimeError as error:
                raise CompileError(f"the generated code is not valid, an error in symgraph: {error}") from None
            self._optimise(binding, level)
            self.engine = binding.create_mcjit_compiler(self.module, self.target)
            self.engine.finalize_object()

    def _optimise(self, binding: Any, level: int) -> None:
        options = binding.create_pipeline_tuning_options(speed_level=level)
        options.loop_vectorization = False
        options.slp_vectorization = False
        builder = binding.create_pass_builder(self.target, options)
        builder.getModulePassManager().run(self.module, builder)

    def address(self, name: str) -> int:
        """Give the address of a function."""
        return int(self.engine.get_function_address(name))

    def ir(self) -> str:
        """Give the optimised LLVM text."""
        return str(self.module)

    def assembly(self) -> str:
        """Give the assembly text."""
        return str(self.target.emit_assembly(self.module))
