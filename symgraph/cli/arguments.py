"""The arguments of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from ..draw.demos import DEMOS
from . import commands

LANGUAGES = {"numpy": "a stand-alone NumPy function", "c": "one C99 file"}


def parser() -> argparse.ArgumentParser:
    """Give the parser; each command's function is in ``run``."""
    whole = argparse.ArgumentParser(
        prog="symgraph",
        description="Formulas as graphs, with their derivatives.",
        epilog="A formula that starts with a minus sign needs -- before it, or parentheses.",
    )
    listed = whole.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Any], int | None], help: str) -> argparse.ArgumentParser:
        made = listed.add_parser(name, help=help, description=help)
        made.set_defaults(run=run)
        made.add_argument("--json", action="store_true", help="print JSON")
        if name != "doctor":
            made.add_argument("formula", help="the formula, or - to read it from standard input")
            made.add_argument("--shape", nargs="+", default=[], metavar="NAME=SIZES", help="such as Z=m,n or x=3")
        return made

    def looks(made: argparse.ArgumentParser) -> None:
        made.add_argument("--palette", default="textbook", help="textbook or safe")
        made.add_argument("--theme", default="auto", help="auto, light or dark")

    show = command("show", commands.run_show, "print a formula as it was understood")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="print LaTeX")
    form.add_argument("--listing", action="store_true", help="print one numbered line per node")
    diff = command("diff", commands.run_diff, "print a derivative")
    diff.add_argument("--wrt", nargs="+", default=[], metavar="NAME", help="default: every real symbol")
    diff.add_argument("--order", type=int, default=1, help="default 1")
    form = diff.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="print LaTeX")
    form.add_argument("--listing", action="store_true", help="print one numbered line per node")
    for language, text in LANGUAGES.items():
        form.add_argument(
            f"--{language}",
            dest="source",
            action="store_const",
            const=language,
            help=f"print {text} of value and derivatives",
        )
    diff.add_argument("--name", default="f", help="what the exported function is called (default f)")
    for name, run, text in (
        ("eval", commands.run_eval, "compute a formula"),
        ("trace", commands.run_trace, "print the forward-accumulation table"),
        ("step", commands.run_step, "print every step of back-propagation"),
        ("verify", commands.run_verify, "check the derivatives against 50-digit arithmetic"),
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
            looks(made)
        if name == "verify":
            made.add_argument("--wrt", nargs="+", default=[], metavar="NAME")
            made.add_argument("--order", type=int, default=1)
    stats = command("stats", commands.run_stats, "count nodes, edges and operators")
    stats.add_argument("--gradient", action="store_true", help="of the function together with its gradient")
    picture = command("draw", commands.run_draw, "draw the graph of a formula")
    picture.add_argument(
        "-o", "--output", metavar="FILE", help="svg, png, pdf, html, dot, graphml, json; default: list the nodes"
    )
    picture.add_argument(
        "--at", nargs="+", default=[], metavar="NAME=VALUE", help="put values and gradients on the edges"
    )
    picture.add_argument("--gradient", action="store_true", help="append the nodes that compute the gradient")
    looks(picture)
    picture.add_argument("--engine", default="symgraph", help="symgraph or graphviz")
    shown = listed.add_parser("demo", help="make a textbook figure", description="make a textbook figure")
    shown.set_defaults(run=commands.run_demo)
    shown.add_argument("name", choices=list(DEMOS))
    shown.add_argument("-o", "--output", metavar="FILE", help="where to write the picture (default NAME.svg)")
    looks(shown)
    command("doctor", commands.run_doctor, "report versions, optional packages and a self-check")
    return whole
