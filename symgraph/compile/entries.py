"""Reading and writing entries of arrays inside a loop nest, one or a vector of them at once."""

from __future__ import annotations

from ..core.dimension import Shape, Size
from ..core.lowering import Access
from ..core.node import Node
from .access import strides_of
from .emit import Lanes
from .frame import ALIGNMENT, Frame, Storage, element_types
from .libraries import Libraries


class Entries(Frame):
    """A function whose loops run over ``domain``; ``collapsed`` if one flat loop does."""

    def __init__(self, name: str, domain: Shape, storage: Storage, libraries: Libraries) -> None:
        super().__init__(name, storage, libraries)
        self.domain = domain
        self.collapsed = False
        self.streamed: frozenset[Node] = frozenset()  # what is written past the cache just now

    def _load(self, lanes: Lanes, node: Node, access: Access, indices: list[str]) -> str:
        kind, memory = element_types(node)
        where = self._address(node, access, indices)
        if lanes.width == 1:
            return lanes.converted(self.f.set(f"load {memory}, ptr {where}"), memory, kind)
        return lanes.converted(self._load_lanes(lanes, where, self._inner_step(node, access), memory), memory, kind)

    def _load_lanes(self, lanes: Lanes, where: str, step: str, memory: str) -> str:
        if step == "0":
            return lanes.splat(memory, self.f.set(f"load {memory}, ptr {where}"))
        if step == "1":
            return self.f.set(f"load {lanes.type(memory)}, ptr {where}, align {ALIGNMENT[memory]}")
        result = "poison"
        for lane in range(lanes.width):
            place = self.f.set(f"getelementptr {memory}, ptr {where}, i64 {self.times(step, str(lane))}")
            value = self.f.set(f"load {memory}, ptr {place}")
            result = self.f.set(f"insertelement {lanes.type(memory)} {result}, {memory} {value}, i32 {lane}")
        return result

    def _store(self, lanes: Lanes, node: Node, access: Access, indices: list[str], value: str) -> None:
        kind, memory = element_types(node)
        value = lanes.converted(value, kind, memory)
        where = self._address(node, access, indices)
        step = self._inner_step(node, access) if lanes.width > 1 else "1"
        if lanes.width == 1 or step == "1":
            past = lanes.width > 1 and node in self.streamed
            how = f"align {8 * lanes.width}, !nontemporal !{{i32 1}}" if past else f"align {ALIGNMENT[memory]}"
            self.f.add(f"store {lanes.type(memory)} {value}, ptr {where}, {how}")
            return
        for lane in range(lanes.width):
            place = self.f.set(f"getelementptr {memory}, ptr {where}, i64 {self.times(step, str(lane))}")
            part = self.f.set(f"extractelement {lanes.type(memory)} {value}, i32 {lane}")
            self.f.add(f"store {memory} {part}, ptr {place}")

    def _steps(self, node: Node, access: Access) -> dict[int, Size]:
        """Give how far an array's entries are apart along each axis of the domain."""
        steps: dict[int, Size] = {}
        for place, stride in zip(access, strides_of(node.shape), strict=True):
            if place.axis is not None:
                steps[place.axis] = stride * place.step + steps.get(place.axis, 0)
        return steps

    def _inner_step(self, node: Node, access: Access) -> str:
        """Give how far apart in memory neighbours along the innermost axis are."""
        if not node.shape:
            return "0"
        return "1" if self.collapsed else self.extent(self._steps(node, access).get(len(self.domain) - 1, 0))

    def _address(self, node: Node, access: Access, indices: list[str]) -> str:
        if not node.shape:
            return self.f.set(f"getelementptr double, ptr %scalars, i64 {self.storage.scalars[node]}")
        memory = element_types(node)[1]
        if self.collapsed:
            return self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {indices[0]}")
        start: Size = 0
        for place, stride in zip(access, strides_of(node.shape), strict=True):
            start = start + stride * place.start
        offset = self.extent(start)
        for axis, step in self._steps(node, access).items():
            offset = self.plus(offset, self.times(indices[axis], self.extent(step)))
        return self.f.set(f"getelementptr {memory}, ptr {self.pointer(node)}, i64 {offset}")

    def _checked(self, position: str, size: str) -> str:
        """Count a negative position from the end; note one outside the axis, and use 0 instead."""
        negative = self.f.set(f"icmp slt i64 {position}, 0")
        position = self.f.set(f"select i1 {negative}, i64 {self.f.set(f'add i64 {position}, {size}')}, i64 {position}")
        inside = self.f.set(f"icmp ult i64 {position}, {size}")
        flag = self.entry(f"getelementptr i64, ptr %sizes, i64 {len(self.storage.sizes)}")
        outside = self.f.set(f"zext i1 {self.f.set(f'xor i1 {inside}, true')} to i64")
        before = self.f.set(f"load i64, ptr {flag}")
        self.f.add(f"store i64 {self.f.set(f'or i64 {before}, {outside}')}, ptr {flag}")
        return self.f.set(f"select i1 {inside}, i64 {position}, i64 0")
