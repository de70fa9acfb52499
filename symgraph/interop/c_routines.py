"""Operators on whole matrices as calls of C routines: which routine, and what it is handed.

Matrices of a stack are taken one after the other. Routines are in ``c/linalg.c``, in float64 only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..compile.access import base_of
from ..core.dimension import Size
from ..core.errors import SymgraphError
from ..core.node import Node
from ..core.shape import size_of
from .c_nests import CStorage


@dataclass(frozen=True, slots=True)
class Routine:
    """How an operator is called.

    ``ranks`` says how many of the last axes of each argument, and of the result, make up one place of the stack;
    ``sizes`` which of the axes' sizes the routine takes first, as pairs of argument and axis; ``work`` how
    many doubles it needs in between, from those sizes.
    """

    ranks: tuple[int, ...]
    result: int
    sizes: tuple[tuple[int, int], ...]
    work: Callable[..., Size] | None = None


def _matrix(result: int, work: Callable[..., Size]) -> Routine:
    return Routine((2,), result, ((0, -2), (0, -1)), work)


ROUTINES = {
    "inv": _matrix(2, lambda m, n: n * n),
    "det": _matrix(0, lambda m, n: n * n),
    "det_sign": _matrix(0, lambda m, n: n * n),
    "logdet": _matrix(0, lambda m, n: n * n),
    "cofactor": _matrix(2, lambda m, n: 2 * n * n),
    "cholesky": _matrix(2, lambda m, n: n * n),
    "qr_q": _matrix(2, lambda m, n: m * n + n),
    "qr_r": _matrix(2, lambda m, n: m * n + n),
    "eigh_values": _matrix(1, lambda m, n: 2 * n * n),
    "eigh_vectors": _matrix(2, lambda m, n: n + n * n),
    "solve": Routine((2, 2), 2, ((0, -1), (1, -1)), lambda n, k: n * n),
    "solve_triangular": Routine((2, 2), 2, ((0, -1), (1, -1))),
    "zero_jump": Routine((1,), 1, ((0, -1),)),
    "gap_reciprocals": Routine((1,), 2, ((0, -1),)),
    "share_ties": Routine((1, 1), 1, ((0, -1),)),
}


def routine_of(node: Node) -> Routine:
    """Give the routine of a node.

    Raises:
        SymgraphError: there is none.
    """
    routine = ROUTINES.get(node.op.name)
    if (
        routine is None
        or len(routine.ranks) != len(node.args)
        or any(each.dtype != "float64" for each in (node, *node.args))
    ):
        raise SymgraphError(
            f"{node.op.name} (of dtype {node.dtype}) cannot be written in C: it is computed by a library; use to_numpy"
        )
    return routine


def work_of(node: Node) -> Size:
    """Give how many doubles a call needs in between."""
    routine = routine_of(node)
    return 0 if routine.work is None else routine.work(*_sizes(node, routine))


def call_lines(node: Node, storage: CStorage, work: str) -> list[str]:
    """Write the loop over the stack that calls the routine."""
    routine = routine_of(node)
    is_vector = len(routine.ranks) == 2 and routine.ranks[1] == 2 and node.args[1].ndim == 1
    result = 1 if is_vector else routine.result
    places = node.shape[: node.ndim - result]
    count = size_of(places)
    index = storage.names.numbered("i")
    handed = [storage.size(size) for size in _sizes(node, routine)]
    handed += [str(int(attribute)) for attribute in node.attrs]
    for arg, rank in zip(node.args, routine.ranks, strict=True):
        own = min(rank, arg.ndim)
        handed.append(_moved(storage.places[base_of(arg)], arg, own, places, index, storage))
    target = storage.places[node]
    handed.append(_moved(target, node, result, places, index, storage) if node.shape else f"&{target}")
    if routine.work is not None:
        handed.append(work)
    call = f"sg_{node.op.name}({', '.join(handed)});"
    if not places:
        return [call]
    return [f"for (ptrdiff_t {index} = 0; {index} < {storage.size(count)}; {index}++) {call}"]


def _sizes(node: Node, routine: Routine) -> list[Size]:
    """Give the sizes that the routine takes; a vector is a matrix of one column."""
    found: list[Size] = []
    for argument, axis in routine.sizes:
        arg = node.args[argument]
        found.append(1 if arg.ndim < routine.ranks[argument] else arg.shape[axis])
    return found


def _moved(text: str, array: Node, rank: int, places: tuple[Size, ...], index: str, storage: CStorage) -> str:
    """Write the address of one place of a stack; an array without a stack serves for all."""
    own = array.shape[: array.ndim - rank]
    if not own:
        return text
    if own != places:
        raise SymgraphError("a stack of matrices beside a stack of another shape cannot be written in C; use to_numpy")
    step = size_of(array.shape[array.ndim - rank :])
    return f"{text} + {index}*{storage.size(step)}" if step != 1 else f"{text} + {index}"
