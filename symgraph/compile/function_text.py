"""The text of one LLVM function while it is being written: numbered values and blocks.

Names from the user never reach this text: nodes are numbered.
"""

from __future__ import annotations

import struct

from .libraries import Libraries

REGISTER_TYPES = {"float64": "double", "float32": "double", "bool": "i1", "int64": "i64", "int32": "i64"}
MEMORY_TYPES = {"float64": "double", "float32": "float", "bool": "i8", "int64": "i64", "int32": "i32"}
SLOT_TYPES = {"float64": "double", "float32": "double", "bool": "i8", "int64": "i64", "int32": "i64"}


# A stack on which no vector lies across two cache lines: where one does, keeping it there costs more than computing it.
ALIGNED_STACK = "alignstack(64)"


def double_text(value: float) -> str:
    """Write a double by its bits, the only spelling that is exact for every value."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Function:
    """The text of one LLVM function while it is being written."""

    def __init__(self, name: str, parameters: str, libraries: Libraries, attributes: str = "") -> None:
        self.name = name
        self.attributes = attributes
        self.parameters = parameters
        self.libraries = libraries
        self.lines: list[str] = []
        self.prologue: list[str] = []
        self._number = 0
        self.block = "entry"
        self.calls = 0  # how many calls there are that always run
        self.rare = False

    def fresh(self, prefix: str = "v") -> str:
        """Give a name that has not been used."""
        self._number += 1
        return f"%{prefix}{self._number}"

    def add(self, text: str) -> None:
        """Add an instruction without a result."""
        self.lines.append("  " + text)

    def set(self, text: str) -> str:
        """Add an instruction and give its result's name."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def label(self, name: str) -> None:
        """Begin a block."""
        self.block = name
        self.lines.append(f"{name}:")

    def local(self, llvm_type: str) -> str:
        """Reserve a place on the stack, in the entry block."""
        name = self.fresh("slot")
        self.prologue.append(f"  {name} = alloca {llvm_type}, align 64")
        return name

    def text(self) -> str:
        """Give the whole function."""
        body = "\n".join(self.lines)
        return f"define internal void @{self.name}({self.parameters}) {self.attributes}{{\nentry:\n" + "\n".join(
            [*self.prologue, body, "  ret void", "}"]
        )
