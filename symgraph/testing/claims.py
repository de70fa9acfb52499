"""What must hold for every graph; each claim gives an empty text, or says what is wrong.

A claim takes a :class:`RandomGraph`. Numbers are compared with many digits and the rounding the graph deserves,
never with a guessed tolerance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from ..autodiff.gradients import grad, jvp
from ..autodiff.jacobians import hessian
from ..autodiff.taylor import line_derivatives
from ..compile.api import compile as compiled_function
from ..core.dtype import is_float
from ..core.errors import EvaluationError
from ..core.node import Node, constant
from ..core.operator import FUNCTIONS
from ..core.traversal import free_symbols
from ..evaluate.api import evaluate, stable_forms
from ..evaluate.evaluator import run
from ..evaluate.rounding import disagreement, exact, line_derivatives_of, residue_decides, rounding_spread
from ..interop.files import dumps, loads
from ..text.parser import parse
from .graphs import RandomGraph

DIGITS = 50
VANISHING = mpmath.mpf("1e-250")
"""No machine sees differences below this; at special values they may come from numbers that underflow in one mode."""
NOTHING = constant(0.0)
Claim = Callable[[RandomGraph], str]


def directions(graph: RandomGraph, salt: int) -> dict[Node, Any]:
    """Give a step for each symbol."""
    rng = np.random.default_rng([graph.seed, salt])
    return {
        s: np.asarray(rng.choice([-1.0, -0.5, 0.5, 1.0], size=np.shape(graph.values[s])))[()] for s in graph.symbols
    }


def along(gradients: list[Node], direction: dict[Node, Any]) -> Node:
    """The derivative of a function along a line, from its gradient."""
    total = constant(0.0)
    for gradient, step in zip(gradients, direction.values(), strict=True):
        total = total + (FUNCTIONS["sum"](gradient * step) if gradient.shape else gradient * step)
    return total


def gap(first: Any, second: Any) -> Any:
    """Give the distance of two numbers; nothing if one is not finite."""
    first, second = np.asarray(first).item(), np.asarray(second).item()
    return abs(first - second) if mpmath.isfinite(first) and mpmath.isfinite(second) else mpmath.mpf(0)


def modes_disagree(graph: RandomGraph) -> str:
    """Reverse, forward and Taylor mode to second order, and the symmetry of the Hessian, in many digits."""
    f, wrt = graph.output, graph.symbols
    if not wrt:
        return ""
    u, v = directions(graph, 1), directions(graph, 2)
    gradients = grad(f, wrt)
    in_u, in_v = along(gradients, u), along(gradients, v)
    line = line_derivatives(f, {s: constant(step) for s, step in u.items()}, 2)
    pairs = {
        "order 1, forward against reverse": (jvp(f, wrt, list(u.values())), in_u),
        "order 1, Taylor against reverse": (line[1], in_u),
        "order 2, Taylor against forward over reverse": (line[2], jvp(in_u, wrt, list(u.values()))),
        "order 2, reverse over reverse against forward over reverse": (
            along(grad(in_u, wrt), v),
            jvp(in_u, wrt, list(v.values())),
        ),
        "symmetry of the Hessian": (jvp(in_u, wrt, list(v.values())), jvp(in_v, wrt, list(u.values()))),
    }
    sides = [constant(0.0) if side is None else side for pair in pairs.values() for side in pair]
    found = exact(sides, graph.values, DIGITS, graph.boundary)
    for place, name in enumerate(pairs):
        left, right = found[2 * place : 2 * place + 2]
        if differ(left, right, sides[2 * place : 2 * place + 2], graph):
            return f"{name}: {left} and {right}"
    return ""


def differ(left: Any, right: Any, sides: list[Node], graph: RandomGraph) -> bool:
    """True if two values of what should be one are further apart than underflow and rounding explain."""
    if not gap(left, right) > mpmath.mpf("1e-22") * abs(left):
        return False
    if graph.boundary or gap(left, right) < VANISHING:
        left, right = exact(sides, graph.values, DIGITS)  # without numbers that leave the range on the way
        if not gap(left, right) > max(VANISHING, mpmath.mpf("1e-22") * abs(left)):
            return False
    for digits in (2 * DIGITS, 8 * DIGITS):  # 1 − tanh² at 180 needs more than 150
        again = exact(sides, graph.values, digits, graph.boundary)
        if not gap(*again) > mpmath.mpf("1e-22") * gap(left, right):
            return False
    return True


def hessians_disagree(graph: RandomGraph) -> str:
    """Whole Hessians in forward mode against reverse mode, and nothing in them that the function does not know."""
    f, wrt = graph.output, graph.symbols
    if not wrt:
        return ""
    u, v = directions(graph, 1), directions(graph, 2)
    sides = []
    for mode in ("forward", "reverse"):
        rows = hessian(f, wrt, mode=mode)
        foreign = set(free_symbols([block for row in rows for block in row])) - set(wrt)
        if foreign:
            return f"{mode} mode leaves a symbol in the Hessian: {', '.join(repr(s.name) for s in foreign)}"
        steps = list(zip(wrt, v.values(), strict=True))
        halves = [
            sum((_times(block, x, step) for block, (x, step) in zip(row, steps, strict=True)), NOTHING) for row in rows
        ]
        sides.append(along(halves, u))
    left, right = exact(sides, graph.values, DIGITS, graph.boundary)
    return f"forward {left}, reverse {right}" if differ(left, right, sides, graph) else ""


def _times(block: Node, x: Node, step: Any) -> Node:
    product = block * step
    return FUNCTIONS["sum"](product, axis=tuple(range(-x.ndim, 0))) if x.ndim else product


def machine_disagrees(graph: RandomGraph) -> str:
    """NumPy against 50 digits, for the value and the gradient, as they stand and in their stable forms."""
    outputs = [graph.output, *grad(graph.output, graph.symbols)]
    found = run(outputs, graph.values, keep=True)
    if depends_on_negative_zero(graph, found):
        return ""
    stable = evaluate(outputs, graph.values)
    got = [np.asarray(found[output]) for output in outputs]
    problem = ""
    for trials in (1, 8):  # more disturbances only where one does not explain the difference
        wanted, widths = rounding_spread(outputs, graph.values, trials, ranged=graph.boundary)
        problem = first_disagreement(graph, got, wanted, widths)
        problem = problem or first_disagreement(graph, stable, wanted, widths)
        if not problem:
            break
    return problem


def first_disagreement(graph: RandomGraph, got: list[Any], wanted: list[Any], widths: list[Any]) -> str:
    """Say which output is further off than rounding explains."""
    for place, (have, want, width) in enumerate(zip(got, wanted, widths, strict=True)):
        problem = disagreement(have, want, width, finite=not graph.boundary)
        if problem:
            return f"{'value' if not place else 'gradient of ' + graph.symbols[place - 1].name} {problem}"
    return ""


def real(node: Node) -> bool:
    """Tell whether a node holds real numbers."""
    return is_float(node.dtype)


def file_disagrees(graph: RandomGraph) -> str:
    """Saved and loaded, the graph is the same node."""
    return "" if loads(dumps(graph.output)) is graph.output else "saved and loaded, it is another expression"


def text_disagrees(graph: RandomGraph) -> str:
    """Printed and parsed, the graph is the same node."""
    text = str(graph.output)
    again = parse(text, symbols=graph.symbols)
    return "" if again is graph.output else f"{text}\nparses to\n{again}"


def compiled_disagrees(graph: RandomGraph) -> str:
    """Machine code against 50 digits, for the value and the gradient."""
    symbols = graph.symbols
    outputs = [graph.output, *grad(graph.output, symbols)]
    found = run(outputs, graph.values, keep=True)
    if depends_on_negative_zero(graph, found):
        return ""
    got = compiled_function(outputs, symbols)(*[graph.values[s] for s in symbols])
    for trials in (1, 8):
        wanted, widths = rounding_spread(outputs, graph.values, trials, ranged=graph.boundary)
        problem = first_disagreement(graph, got, wanted, widths)
        if not problem:
            return ""
    return f"compiled {problem}"


def compiled_differs(graph: RandomGraph) -> str:
    """Machine code against the evaluator, value and gradient in one call: nan and infinities alike, and the numbers.

    Equal to 64 roundings, or no further apart than the rounding of every operation carries the graph. Nothing is said
    where the sign of a nan is read: IEEE 754 leaves it open.
    """
    symbols = graph.symbols
    outputs = [graph.output, *grad(graph.output, symbols)]
    wanted = [np.asarray(value) for value in evaluate(outputs, graph.values)]
    got = [np.asarray(value) for value in compiled_function(outputs, symbols)(*[graph.values[s] for s in symbols])]
    with np.errstate(all="ignore"):
        same = [
            np.isclose(one, other, rtol=2.0**-46, atol=0.0, equal_nan=True)
            for one, other in zip(got, wanted, strict=True)
        ]
    if all(np.all(each) for each in same):
        return ""
    nodes = stable_forms(outputs, "stable", {})
    if reads_sign_of_nan(run(nodes, graph.values, keep=True)):
        return ""
    widths = rounding_spread(nodes, graph.values, 8, ranged=graph.boundary)[1]
    for place, (one, other, width, fine) in enumerate(zip(got, wanted, widths, same, strict=True)):
        with np.errstate(all="ignore"):
            apart = np.abs(np.nan_to_num(one - other, nan=np.inf))
        far = ~fine & (apart > 16 * np.asarray(width, float) + 64 * np.finfo(float).tiny)
        if np.any(far):
            what = "value" if not place else f"gradient of {symbols[place - 1].name}"
            return f"compiled {what}: {one[far].tolist()}, evaluated {other[far].tolist()}"
    return ""


def reads_sign_of_nan(values: dict[Node, Any]) -> bool:
    """Tell whether an operator reads the sign bit of a nan."""
    return any(np.any(np.isnan(values[arg])) for arg in read_for_signs(values))


def read_for_signs(values: dict[Node, Any]) -> list[Node]:
    """List the nodes whose sign bits an operator reads."""
    readers = [node for node in values if "reads sign bits" in node.op.traits]
    return [arg for node in readers for arg in node.args if real(arg)]


def depends_on_negative_zero(graph: RandomGraph, values: dict[Node, Any]) -> bool:
    """Tell whether a result may depend on a −0, which many digits do not have: as in 1/x, or by its sign bit."""
    read = [node for node in values if real(node)] if graph.boundary else read_for_signs(values)
    return any(np.any((np.asarray(values[node]) == 0) & np.signbit(values[node])) for node in read)


def slopes_disagree(graph: RandomGraph) -> str:
    """The derivative along a line against differences of values in hundreds of digits: no rule takes part."""
    if not graph.symbols:
        return ""
    direction = directions(graph, 3)
    slope = along(grad(graph.output, graph.symbols), direction)
    have = np.asarray(exact([slope], graph.values, DIGITS)[0]).item()
    wanted = line_derivatives_of(graph.output, graph.values, direction, 1, DIGITS)[1]
    if not mpmath.isfinite(have) or gap(have, wanted) <= mpmath.mpf("1e-15") * max(abs(have), abs(wanted)):
        return ""
    again = line_derivatives_of(graph.output, graph.values, direction, 1, 3 * DIGITS)[1]
    if gap(have, again) <= mpmath.mpf("1e-15") * max(abs(have), abs(again)):
        return ""
    precise = np.asarray(exact([slope], graph.values, 3 * DIGITS)[0]).item()
    shrinks = gap(precise, again) <= mpmath.mpf("1e-22") * gap(have, again)  # what only rounding left of 0
    converges = gap(have, again) <= mpmath.mpf("1e-22") * gap(have, wanted)  # the differences come closer
    if shrinks or converges or residue_decides([graph.output], graph.values, DIGITS):
        return ""
    return f"slope {mpmath.nstr(have, 20)}, by differences {mpmath.nstr(again, 20)}"


def problem_of(graph: RandomGraph, claim: Claim) -> str:
    """Say what is wrong with a graph, or nothing; a clear refusal of the reference arithmetic is no problem."""
    try:
        return claim(graph)
    except EvaluationError as error:
        if graph.boundary and "mpmath cannot compute" in str(error):
            return ""  # a clear error, and only of the arithmetic that the answer is compared with
        raise
