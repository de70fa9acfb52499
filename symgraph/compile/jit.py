"""From LLVM text to machine code in this process. The one file that imports llvmlite."""

from __future__ import annotations

import sys
from functools import cache
from threading import RLock
from typing import Any

import numpy as np

from ..core.errors import CompileError
from ..core.version import __version__
from .cache import load, store
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
def _features() -> str:
    return str(_binding().get_host_cpu_features().flatten())


@cache
def _binding_version() -> str:
    import llvmlite

    return str(llvmlite.__version__)


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
        self.text = text
        self.level = level
        with _lock:
            for symbol, address in libraries.addresses.items():
                binding.add_symbol(symbol, address)
            self.target = self._target_machine(binding)
            key = self._key(binding)
            code = load(key)
            self.from_cache = code is not None
            # MCJIT asks the object cache before it compiles; for code that is there an empty module will do.
            module = self._optimised(binding) if code is None else binding.parse_assembly("")
            made: list[bytes] = []
            self.engine = binding.create_mcjit_compiler(module, self.target)
            self.engine.set_object_cache(lambda _, built: made.append(built), lambda _: code)
            self.engine.finalize_object()
            self.engine.set_object_cache()
        for built in made:
            store(key, built)

    def _target_machine(self, binding: Any) -> Any:
        return binding.Target.from_default_triple().create_target_machine(
            cpu=binding.get_host_cpu_name(), features=_features(), opt=self.level, codemodel="jitdefault"
        )

    def _key(self, binding: Any) -> bytes:
        """Give everything that the machine code depends on."""
        parts = (
            *(__version__, sys.version, np.__version__, _binding_version(), binding.llvm_version_info),
            *(binding.get_process_triple(), binding.get_host_cpu_name(), _features(), self.level),
        )
        return f"{parts}\n{self.text}".encode()

    def _optimised(self, binding: Any) -> Any:
        try:
            module = binding.parse_assembly(self.text)
            module.verify()
        except RuntimeError as error:
            raise CompileError(f"the generated code is not valid, an error in symgraph: {error}") from None
        options = binding.create_pipeline_tuning_options(speed_level=self.level)
        options.loop_vectorization = False
        options.slp_vectorization = False
        builder = binding.create_pass_builder(self.target, options)
        builder.getModulePassManager().run(module, builder)
        return module

    def address(self, name: str) -> int:
        """Give the address of a function."""
        return int(self.engine.get_function_address(name))

    def ir(self) -> str:
        """Give the optimised LLVM text."""
        return str(self._optimised(_binding()))

    def assembly(self) -> str:
        """Give the assembly text."""
        return str(self.target.emit_assembly(self._optimised(_binding())))
