"""Machine code: schedule, memory plan, LLVM text, JIT and the call wrapper."""
