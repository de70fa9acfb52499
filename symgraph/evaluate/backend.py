"""How one node is computed: with NumPy in the dtype of the node, or with mpmath in any number of digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from ..core.dtype import DTYPES, is_float
from ..core.errors import EvaluationError
from ..core.node import CONSTANT, SYMBOL, Node


@dataclass(frozen=True, slots=True)
class Backend:
    """``load`` reads a user's value for a node, ``compute`` applies one operator, ``context`` surrounds a run."""

    name: str
    load: Callable[[Any, Node], Any]
    compute: Callable[[Node, tuple[Any, ...], Sequence[Any]], Any]
    context: Callable[[], AbstractContextManager[Any]]


_NUMPY_DTYPES = {name: np.dtype(name) for name in DTYPES}


def _name(node: Node) -> str:
    return node.name if node.op is SYMBOL else f"the {node.op.name} node"


def _load_numpy(value: Any, node: Node) -> Any:
    if isinstance(value, Node):
        raise EvaluationError(
            f"the value of {_name(node)} is an expression; substitute puts expressions in place of symbols"
        )
    if value.__class__ is float and node.dtype == "float64":
        return np.float64(value)
    try:
        array = np.asarray(value)
        if array.dtype == object:
            array = array.astype("float64")
    except (TypeError, ValueError, OverflowError) as error:
        raise EvaluationError(f"the value of {_name(node)} is not an array of numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise EvaluationError(f"the value of {_name(node)} has dtype {array.dtype}; real numbers are needed")
    if not is_float(node.dtype) and array.dtype.kind == "f" and not np.array_equal(array, np.trunc(array)):
        raise EvaluationError(
            f"the value of {_name(node)} must be {node.dtype}, and it has a fraction: round it, or make the symbol "
            "with dtype='float64'"
        )
    loaded = array.astype(node.dtype, copy=False)
    if not is_float(node.dtype) and loaded.dtype != array.dtype and not np.array_equal(loaded, array):
        raise EvaluationError(f"the value of {_name(node)} does not fit into {node.dtype}")
    return loaded[()]


def _compute_numpy(node: Node, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
    result = node.op.numpy(*attrs, *args)
    wanted = _NUMPY_DTYPES[node.dtype]
    if getattr(result, "dtype", wanted) == wanted:
        return result
    if node.op.elementwise:  # booleans and small integers: NumPy and SciPy would compute with 3 or 7 digits
        result = node.op.numpy(*attrs, *[np.asarray(arg).astype(wanted)[()] for arg in args])
    return np.asarray(result).astype(wanted, copy=False)[()]


numpy_backend = Backend("numpy", _load_numpy, _compute_numpy, lambda: np.errstate(all="ignore"))


def mpmath_backend(digits: int) -> Backend:
    """Compute with ``digits`` significant decimal digits. Arrays hold ``mpf`` objects; scalars are 0-d arrays."""
    return Backend(f"mpmath:{digits}", _load_mpmath, _compute_mpmath, lambda: mpmath.workdps(digits))


def _load_mpmath(value: Any, node: Node) -> Any:
    array = np.asarray(value)
    if array.dtype != object or not all(isinstance(x, mpmath.mpf) for x in array.flat):
        if isinstance(value, str):
            return np.array(mpmath.mpf(value), dtype=object)
        if array.dtype == object:
            array = np.array([mpmath.mpf(x) for x in array.flat], dtype=object).reshape(array.shape)
        else:
            array = _to_mp(_load_numpy(value, node))
    return array


def _to_mp(array: Any) -> Any:
    """Turn a NumPy array into one of exact ``mpf`` numbers; booleans stay."""
    array = np.asarray(array)
    if array.dtype == bool or array.dtype == object:
        return array
    out = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        out[place] = mpmath.mpf(array[place].item())
    return out


def _compute_mpmath(node: Node, attrs: tuple[Any, ...], args: Sequence[Any]) -> Any:
    op = node.op
    if op is CONSTANT:
        return _to_mp(op.numpy(*attrs))
    if not op.elementwise:
        return _to_mp((op.mpmath or op.numpy)(*attrs, *args))
    if op.mpmath is None:
        raise EvaluationError(f"{op.name} has no definition in mpmath")
    out_dtype = bool if node.dtype == "bool" else object
    arrays = np.broadcast_arrays(*args) if len(args) > 1 else [np.asarray(args[0])]
    out = np.empty(arrays[0].shape, dtype=out_dtype)
    for place in np.ndindex(out.shape):
        out[place] = _scalar(node, attrs, [array[place] for array in arrays])
    return out


def _scalar(node: Node, attrs: tuple[Any, ...], args: list[Any]) -> Any:
    """Apply an elementwise operator to numbers; where mpmath has no real answer, IEEE 754 gives nan or inf."""
    op = node.op
    assert op.mpmath is not None
    try:
        result = op.mpmath(*attrs, *args)
    except (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.NoConvergence):
        return _ieee(node, attrs, args)
    if isinstance(result, mpmath.mpc):
        return result.real if result.imag == 0 else mpmath.mpf("nan")
    if node.dtype == "bool":
        return bool(result)
    return result if isinstance(result, mpmath.mpf) else mpmath.mpf(result)


def _ieee(node: Node, attrs: tuple[Any, ...], args: list[Any]) -> Any:
    with np.errstate(all="ignore"):
        special = node.op.numpy(*attrs, *[bool(a) if isinstance(a, (bool, np.bool_)) else np.float64(a) for a in args])
    if np.isfinite(special) and special != 0:
        raise EvaluationError(f"mpmath cannot compute {node.op.name} at {', '.join(map(str, args))}")
    return mpmath.mpf(float(special))
