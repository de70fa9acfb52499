"""The commands: each calls the API and prints."""

from __future__ import annotations

import math
import platform
import sys
from importlib import metadata, util
from pathlib import Path
from typing import Any

from ..autodiff.gradients import grad
from ..autodiff.jacobians import hessian, jacobian
from ..autodiff.series import derivative
from ..core.errors import SymgraphError
from ..core.names import find
from ..core.node import Node
from ..draw import terminal
from ..draw.demos import demo
from ..draw.diagram import Diagram, draw
from ..evaluate.api import evaluate
from ..evaluate.backpropagation import real_scalar
from ..evaluate.forward_trace import forward_trace
from ..evaluate.verification import verify
from ..graph import graph
from ..interop.c_source import to_c
from ..interop.numpy_source import to_numpy
from ..testing.properties import check
from ..text.parser import parse
from .printing import Progress, digits_of, print_expressions, print_json
from .reading import formula, known_values, values_of, variables

EXPORTS = {"numpy": to_numpy, "c": to_c}
OPTIONAL = {"sympy": "from_sympy, to_sympy", "graphviz": "DOT pictures", "llvmlite": "machine code"}


def run_show(options: Any) -> None:
    """Print a formula as it was understood."""
    print_expressions({"": formula(options)}, options)


def run_diff(options: Any) -> None:
    """Print derivatives, or source text that computes them."""
    if options.order < 1:
        raise SymgraphError(f"--order is 1 or more, not {options.order}")
    f = formula(options)
    wanted = variables(f, options.wrt)
    results = {"d" * options.order + f"/d{x.name}": _derivative(f, x, options.order) for x in wanted}
    export = EXPORTS.get(options.source)
    if export is None:
        print_expressions(results, options)
        return
    orders = {
        "d" * order + f"/d{x.name}": _derivative(f, x, order) for order in range(1, options.order) for x in wanted
    }
    source = export({"value": f, **orders, **results}, name=options.name)
    if options.json:
        print_json({"language": options.source, "source": source})
        return
    print(source, end="")


def _derivative(f: Any, x: Node, order: int) -> Any:
    scalar = isinstance(f, Node) and not f.shape
    if scalar and not x.shape:
        return derivative(f, x, order)
    if scalar and order == 2:
        return hessian(f, x)
    result = grad(f, x) if scalar else jacobian(f, x)
    return result if order == 1 else jacobian(result, x) if order == 2 else _derivative(result, x, order - 1)


def run_eval(options: Any) -> None:
    """Compute a formula, and derivatives where asked for."""
    f = formula(options)
    outputs = {"value": f}
    for x in variables(f, options.wrt) if options.wrt else []:
        outputs[f"d/d{x.name}"] = _derivative(f, x, 1)
    precise = {"backend": "mpmath", "digits": options.digits} if options.digits else {}
    found = evaluate(outputs, known_values(f, values_of(options.at)), progress=Progress(), **precise)
    if options.digits:
        found = {name: digits_of(value, options.digits) for name, value in found.items()}
    if options.json:
        print_json(found)
        return
    for name, value in found.items():
        print(value if len(found) == 1 else f"{name} = {value}")


def run_trace(options: Any) -> None:
    """Print the forward-accumulation table."""
    f = formula(options)
    trace = forward_trace(f, known_values(f, values_of(options.at)), find(options.seed, [f], SymgraphError))
    if options.json:
        print_json(
            [
                {k: getattr(row, k) for k in ("name", "formula", "value", "tangent_formula", "tangent")}
                for row in trace.rows
            ]
        )
        return
    print(trace)


def run_step(options: Any) -> None:
    """Print every step of back-propagation."""
    f = real_scalar(formula(options))
    values = known_values(f, values_of(options.at))
    saved = options.output or options.frames
    told = draw(f, at=values, palette=options.palette, theme=options.theme, collapse=None if saved else False)
    if options.output:
        told.save(options.output)
    if options.frames:
        told.save_frames(options.frames)
    if told.picture.collapsed:  # a picture may leave steps out, the text tells them all
        told = draw(f, at=values, collapse=False)
    if options.json:
        _print_json_steps(told, variables(f, []))
        return
    print(terminal.steps(told, terminal.coloured(sys.stdout)))


def _print_json_steps(told: Diagram, wanted: list[Node]) -> None:
    assert told.story is not None and told.story.result is not None
    result = told.story.result
    gradients = {x.name: result.gradient(x) for x in wanted}
    steps = [event.sentence for event in told.story.events]
    print_json({"value": result.values[result.output], "gradient": gradients, "steps": steps})


def run_draw(options: Any) -> None:
    """Draw a graph."""
    f = formula(options)
    values = known_values(f, values_of(options.at)) if options.at else None
    made = graph(f).gradient() if options.gradient else f
    diagram = draw(made, at=values, palette=options.palette, theme=options.theme)
    if options.output:
        diagram.save(options.output, engine=options.engine)
    if options.json:
        print(diagram.json(), end="")
    elif not options.output:
        print(terminal.listing(diagram, terminal.coloured(sys.stdout)))


def run_demo(options: Any) -> None:
    """Make a textbook figure; some have several pictures, which are numbered."""
    made = demo(options.name)
    target = Path(options.output or f"{options.name}.svg")
    for i, diagram in enumerate((made.diagram, *made.extra), 1):
        path = target if i == 1 else target.with_name(f"{target.stem}-{i}{target.suffix}")
        draw(diagram.view, at=diagram.at, palette=options.palette, theme=options.theme).save(path)
        print(f"wrote {path}", file=sys.stderr)
    print(made.text)


def run_verify(options: Any) -> None:
    """Check derivatives against arithmetic of many digits, and every way to compute them against the others."""
    f = formula(options)
    values = known_values(f, values_of(options.at))
    wrt = variables(f, options.wrt)
    if options.json:
        rows = verify(f, wrt, values, order=options.order).rows
        print_json([{"node": str(r.node), "computed": r.computed, "reference": r.reference, "error": r.error,
                "status": r.status} for r in rows])  # fmt: skip
        return
    print(verify(f, wrt, values, order=options.order))
    print()
    print(check(f, values, wrt, orders=max(2, options.order)))


def run_stats(options: Any) -> None:
    """Count nodes, edges and operators."""
    made = graph(formula(options))
    counts = (made.gradient() if options.gradient else made).stats()
    if options.json:
        print_json(counts)
        return
    for name, value in counts.items():
        print(f"{name:10} {value if not isinstance(value, dict) else ' '.join(f'{k}:{v}' for k, v in value.items())}")


def run_doctor(options: Any) -> int:
    """Report versions and a self-check."""
    versions = {name: metadata.version(name) for name in ("numpy", "scipy", "mpmath", "networkx")}
    optional = {name: metadata.version(name) if util.find_spec(name) else "missing" for name in OPTIONAL}
    x = parse("x")
    right = abs(evaluate(derivative(parse("sin(x)*x"), x, 2), {x: 1.0}) - (2 * math.cos(1) - math.sin(1))) < 1e-12
    report = {
        "python": platform.python_version(),
        **versions,
        **optional,
        "self-check": "passed" if right else "FAILED",
    }
    if options.json:
        print_json(report)
    else:
        for name, value in report.items():
            use = f"   (optional, for {OPTIONAL[name]}: pip install {name})" if value == "missing" else ""
            print(f"{name:10} {value}{use}")
    return 0 if right else 1
