"""The command line: parses arguments, calls the API, prints. Data on stdout, messages on stderr."""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata, util
from typing import Any

import mpmath
import numpy as np

from .autodiff.gradients import derivative, grad, hessian, jacobian
from .core.errors import ParseError, SymgraphError
from .core.names import find
from .core.nesting import flatten
from .core.node import Node
from .core.traversal import free_symbols
from .draw import terminal
from .draw.demos import DEMOS, demo
from .draw.diagram import draw
from .evaluate.api import evaluate
from .evaluate.backpropagation import backpropagate
from .evaluate.forward_trace import forward_trace
from .evaluate.verification import verify
from .graph import graph
from .text.parser import parse

OPTIONAL = {"sympy": "from_sympy, to_sympy", "graphviz": "DOT pictures", "llvmlite": "machine code"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code: 0, 1 for a failed check, 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except SymgraphError as error:
        print(f"symgraph: {error}", file=sys.stderr)
        return 1 if isinstance(error, AssertionError) else 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symgraph",
        description="Formulas as graphs, with their derivatives.",
        epilog="A formula that starts with a minus sign needs -- before it, or parentheses.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Any], int | None], help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(run=run)
        made.add_argument("--json", action="store_true", help="print JSON")
        if name != "doctor":
            made.add_argument("formula", help="the formula, or - to read it from standard input")
            made.add_argument("--shape", nargs="+", default=[], metavar="NAME=SIZES", help="such as Z=m,n or x=3")
        return made

    show = command("show", _show, "print a formula as it was understood")
    show.add_argument("--latex", action="store_true")
    show.add_argument("--listing", action="store_true")
    diff = command("diff", _diff, "print a derivative")
    diff.add_argument("--wrt", nargs="+", default=[], metavar="NAME", help="default: every real symbol")
    diff.add_argument("--order", type=int, default=1)
    diff.add_argument("--latex", action="store_true")
    diff.add_argument("--listing", action="store_true")
    for name, run, text in (
        ("eval", _eval, "compute a formula"),
        ("trace", _trace, "print the forward-accumulation table"),
        ("step", _step, "print every step of back-propagation"),
        ("verify", _verify, "check the derivatives against 50-digit arithmetic"),
    ):
        made = command(name, run, text)
        made.add_argument("--at", nargs="+", default=[], metavar="NAME=VALUE", help="such as x=-2 or v=[1,2]")
        if name == "eval":
            made.add_argument("--digits", type=int, help="compute with so many decimal digits")
            made.add_argument("--wrt", nargs="+", default=[], metavar="NAME", help="compute derivatives too")
        if name == "trace":
            made.add_argument("--seed", required=True, metavar="NAME", help="differentiate with respect to it")
        if name == "step":
            made.add_argument("-o", "--output", metavar="FILE", help="also write a picture: f.html, f.svg, f.png …")
            made.add_argument("--frames", metavar="PATTERN", help="also write every step, such as step-%%02d.svg")
        if name == "verify":
            made.add_argument("--wrt", nargs="+", default=[], metavar="NAME")
            made.add_argument("--order", type=int, default=1)
    stats = command("stats", _stats, "count nodes, edges and operators")
    stats.add_argument("--gradient", action="store_true", help="of the function together with its gradient")
    picture = command("draw", _draw, "draw the graph of a formula")
    picture.add_argument(
        "-o", "--output", metavar="FILE", help="svg, png, pdf, html, dot, graphml, json; default: list the nodes"
    )
    picture.add_argument(
        "--at", nargs="+", default=[], metavar="NAME=VALUE", help="put values and gradients on the edges"
    )
    picture.add_argument("--gradient", action="store_true", help="append the nodes that compute the gradient")
    picture.add_argument("--palette", default="textbook", help="textbook or safe")
    picture.add_argument("--engine", default="symgraph", help="symgraph or graphviz")
    shown = commands.add_parser("demo", help="make a textbook figure", description="make a textbook figure")
    shown.set_defaults(run=_demo)
    shown.add_argument("name", choices=list(DEMOS))
    shown.add_argument("-o", "--output", metavar="FILE", help="where to write the picture (default NAME.svg)")
    command("doctor", _doctor, "report versions, optional packages and a self-check")
    return parser


# --- reading ----------------------------------------------------------------------------------


def _formula(options: Any) -> Any:
    text = sys.stdin.read() if options.formula == "-" else options.formula
    return parse(text, **_pairs(options.shape, "--shape", lambda sizes: tuple(filter(None, sizes.split(",")))))


def _pairs(items: Sequence[str], option: str, read: Callable[[str], Any]) -> dict[str, Any]:
    pairs = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise ParseError(f"{option} needs NAME=VALUE, not {item!r}", item)
        pairs[name.strip()] = read(value.strip())
    return {
        name: tuple(int(s) if s.isdigit() else s for s in v) if isinstance(v, tuple) else v for name, v in pairs.items()
    }


def _values(items: Sequence[str]) -> dict[str, Any]:
    def read(text: str) -> Any:
        node = parse(text)
        if not isinstance(node, Node):
            raise ParseError("a value is one number or one array", text)
        names = [s.name for s in free_symbols([node])]
        if names:
            raise ParseError(f"a value must be a number; it contains {', '.join(names)}", text)
        return evaluate(node)

    return _pairs(items, "--at", read)


def _known(f: Any, values: dict[str, Any]) -> dict[Node, Any]:
    """Key values by symbol, so that results which no longer need a symbol can be computed too."""
    return {find(name, flatten(f)[0], SymgraphError): value for name, value in values.items()}


def _variables(f: Any, names: Sequence[str]) -> list[Node]:
    leaves = flatten(f)[0]
    if names:
        return [find(name, leaves, SymgraphError) for name in names]
    return [s for s in free_symbols(leaves) if s.dtype.startswith("float")]


# --- commands ---------------------------------------------------------------------------------


def _show(options: Any) -> None:
    _print_expressions({"": _formula(options)}, options)


def _diff(options: Any) -> None:
    f = _formula(options)
    results = {}
    for x in _variables(f, options.wrt):
        results["d" * options.order + f"/d{x.name}"] = _derivative(f, x, options.order)
    _print_expressions(results, options)


def _derivative(f: Any, x: Node, order: int) -> Any:
    scalar = isinstance(f, Node) and not f.shape
    if scalar and not x.shape:
        return derivative(f, x, order)
    if scalar and order == 2:
        return hessian(f, x)
    result = grad(f, x) if scalar else jacobian(f, x)
    return result if order == 1 else jacobian(result, x) if order == 2 else _derivative(result, x, order - 1)


def _print_expressions(results: dict[str, Any], options: Any) -> None:
    rows = []
    for name, structure in results.items():
        for i, node in enumerate(leaves := flatten(structure)[0]):
            rows.append((name + (f"[{i}]" if len(leaves) > 1 else ""), node))
    if options.json:
        _json([_described(name, node) for name, node in rows])
        return
    for name, node in rows:
        text = node.latex() if options.latex else node.listing() if options.listing else str(node)
        several = len(rows) > 1
        print(f"{name}:\n{text}" if several and "\n" in text else f"{name} = {text}" if several else text)


def _described(name: str, node: Node) -> dict[str, Any]:
    counts = graph(node).stats()
    shape = [size if isinstance(size, int) else str(size) for size in node.shape]
    return {"name": name, "text": str(node), "latex": node.latex(), "shape": shape, "dtype": node.dtype, **counts}


def _eval(options: Any) -> None:
    f = _formula(options)
    outputs = {"value": f}
    for x in _variables(f, options.wrt) if options.wrt else []:
        outputs[f"d/d{x.name}"] = _derivative(f, x, 1)
    precise = {"backend": "mpmath", "digits": options.digits} if options.digits else {}
    found = evaluate(outputs, _known(f, _values(options.at)), progress=_Progress(), **precise)
    if options.digits:
        found = {name: _digits(value, options.digits) for name, value in found.items()}
    if options.json:
        _json(found)
        return
    for name, value in found.items():
        print(value if len(found) == 1 else f"{name} = {value}")


def _digits(value: Any, digits: int) -> Any:
    """Write out all digits that were computed."""
    if isinstance(value, (list, np.ndarray)):
        return [_digits(item, digits) for item in value]
    return mpmath.nstr(value, digits)


def _trace(options: Any) -> None:
    f = _formula(options)
    trace = forward_trace(f, _known(f, _values(options.at)), find(options.seed, [f], SymgraphError))
    if options.json:
        _json(
            [
                {k: getattr(row, k) for k in ("name", "formula", "value", "tangent_formula", "tangent")}
                for row in trace.rows
            ]
        )
        return
    print(trace)


def _step(options: Any) -> None:
    f = _formula(options)
    values = _known(f, _values(options.at))
    result = backpropagate(f, values)
    _save_steps(options, f, values)
    if options.json:
        gradients = {x.name: result.gradient(x) for x in _variables(f, [])}
        _json({"value": result.values[f], "gradient": gradients, "steps": [str(step) for step in result.steps]})
        return
    print(result)


def _save_steps(options: Any, f: Any, values: dict[Any, Any]) -> None:
    if not options.output and not options.frames:
        return
    diagram = draw(f, at=values)
    if options.output:
        diagram.save(options.output)
    if options.frames:
        diagram.save_frames(options.frames)


def _draw(options: Any) -> None:
    f = _formula(options)
    values = _known(f, _values(options.at)) if options.at else None
    made = graph(f).gradient() if options.gradient else f
    diagram = draw(made, at=values, palette=options.palette)
    if options.output:
        diagram.save(options.output, engine=options.engine)
    if options.json:
        print(diagram.json(), end="")
    elif not options.output:
        print(terminal.listing(diagram, terminal.coloured(sys.stdout)))


def _demo(options: Any) -> None:
    made = demo(options.name)
    made.diagram.save(options.output or f"{options.name}.svg")
    print(made.text)


def _verify(options: Any) -> None:
    f = _formula(options)
    report = verify(f, _variables(f, options.wrt), _known(f, _values(options.at)), order=options.order)
    if options.json:
        _json([{"node": str(r.node), "computed": r.computed, "reference": r.reference, "error": r.error,
                "status": r.status} for r in report.rows])  # fmt: skip
        return
    print(report)


def _stats(options: Any) -> None:
    made = graph(_formula(options))
    counts = (made.gradient() if options.gradient else made).stats()
    if options.json:
        _json(counts)
        return
    for name, value in counts.items():
        print(f"{name:10} {value if not isinstance(value, dict) else ' '.join(f'{k}:{v}' for k, v in value.items())}")


def _doctor(options: Any) -> int:
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
        _json(report)
    else:
        for name, value in report.items():
            use = f"   (optional, for {OPTIONAL[name]}: pip install {name})" if value == "missing" else ""
            print(f"{name:10} {value}{use}")
    return 0 if right else 1


# --- printing ---------------------------------------------------------------------------------


class _Progress:
    """Tells on stderr how far a long run has come, from the second second on."""

    def __init__(self) -> None:
        self.next = time.monotonic() + 2.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + 2.0
            print(f"symgraph: {done} of {total} nodes", file=sys.stderr)


def _json(value: Any) -> None:
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    """Turn results into what JSON has; nan and infinities become strings, numbers of many digits too."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
