"""Random typed graphs against arithmetic of many digits and other tools, for as long as you like.

``python -m symgraph.testing.campaign --minutes 2`` makes graphs (every fifth at special values: zeros, infinities,
nan, ties), checks the claims of :mod:`symgraph.testing.claims`, compares slopes with JAX, PyTorch and SymPy where
they are installed, and prints every disagreement with the smallest part that shows it. It exits with 1 if there
was one. ``--compiled --graphs 10000 --minutes 60`` asks only whether machine code and the evaluator give the same
numbers, of every graph, every second one at special values.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

import numpy as np

from .claims import (
    Claim,
    compiled_differs,
    compiled_disagrees,
    directions,
    file_disagrees,
    machine_disagrees,
    modes_disagree,
    problem_of,
    slopes_disagree,
    text_disagrees,
)
from .graphs import RandomGraph, minimise, random_graph
from .peers import out_of_reach, peer_slope, peers

ORDINARY: tuple[Claim, ...] = (modes_disagree, machine_disagrees, file_disagrees, text_disagrees)
AT_SPECIAL_VALUES: tuple[Claim, ...] = (modes_disagree, machine_disagrees)
BOUNDARY_EVERY = 5
COMPILED_EVERY = 2
SLOPES_EVERY = 3
PEERS_EVERY = 4
PEER_DIFFERENCE = 1e-7
NOT_A_DERIVATIVE = ("stop_gradient",)


@dataclass(slots=True)
class Tally:
    """What a campaign has done: graphs, checks of each claim, comparisons with each tool, and disagreements."""

    graphs: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = ", ".join([f"{count} {kind}" for kind, count in sorted(self.graphs.items())])
        lines = [f"{self.graphs.total()} graphs ({kinds})"]
        lines += [f"  {name}: {count} checks" for name, count in self.checks.items()]
        return "\n".join([*lines, f"{len(self.disagreements)} disagreements", *self.disagreements])


def make_graph(seed: int, boundary_every: int = BOUNDARY_EVERY) -> RandomGraph:
    """Make the graph of a seed: its size and kind depend on the seed alone."""
    size = int(np.random.default_rng(seed).integers(2, 12))
    return random_graph(seed, size, seed % boundary_every == 0, NOT_A_DERIVATIVE)


def claims_about(graph: RandomGraph) -> list[Claim]:
    """List the claims that are checked: costly ones not for every graph."""
    claims = [*(AT_SPECIAL_VALUES if graph.boundary else ORDINARY)]
    claims += [compiled_disagrees] if graph.seed % COMPILED_EVERY == 0 else []
    claims += [slopes_disagree] if graph.seed % SLOPES_EVERY == 0 and not graph.boundary else []
    return claims


def examine(graph: RandomGraph, claims: Sequence[Claim], tally: Tally) -> None:
    """Check claims about one graph."""
    tally.graphs["at special values" if graph.boundary else "at ordinary points"] += 1
    for claim in claims:
        tally.checks[claim.__name__] += 1
        problem = problem_of(graph, claim)
        if problem:
            small = minimise(graph, claim)
            tally.disagreements.append(f"{claim.__name__}: {problem}\nsmallest part: {claim(small)}\n{small}\n")


def ask_peers(seed: int, tally: Tally) -> None:
    """Compare slopes of graphs each tool can run; where one differs, many digits without rules have the last word."""
    for name, slope in peers().items():
        size = int(np.random.default_rng(seed).integers(2, 12 if name != "SymPy" else 4))
        graph = random_graph(seed, size, leave_out=(*out_of_reach(name), *NOT_A_DERIVATIVE))
        theirs = peer_slope(slope, graph, directions(graph, 3))
        if theirs is None:
            continue
        tally.checks[f"slope beside {name}"] += 1
        ours = _slope(graph)
        if np.isfinite(theirs) and abs(theirs - ours) <= PEER_DIFFERENCE * max(1.0, abs(ours)):
            continue
        problem = slopes_disagree(graph)
        if problem:
            tally.disagreements.append(f"{name} has slope {theirs!r}, symgraph {ours!r}: {problem}\n{graph}\n")
        else:
            tally.checks[f"{name} differs, many digits agree with symgraph"] += 1


def _slope(graph: RandomGraph) -> float:
    from ..autodiff.gradients import grad
    from ..evaluate.api import evaluate
    from .claims import along

    return float(evaluate(along(grad(graph.output, graph.symbols), directions(graph, 3)), graph.values))


def campaign(
    seeds: Sequence[int] | range,
    minutes: float,
    progress: TextIO | None = None,
    compiled_only: bool = False,
    peers_every: int = PEERS_EVERY,
) -> Tally:
    """Examine the graphs of seeds until they or the minutes are used up, or Ctrl-C; tell ``progress`` disagreements."""
    tally, end, told = Tally(), time.monotonic() + 60 * minutes, 0
    for seed in seeds:
        if time.monotonic() > end:
            break
        try:
            _one(seed, tally, compiled_only, peers_every)
        except KeyboardInterrupt:
            print(f"stopped in seed {seed}", file=progress or sys.stderr, flush=True)
            break
        if progress is not None and len(tally.disagreements) > told:
            told = len(tally.disagreements)
            print(tally.disagreements[-1], file=progress, flush=True)
        if progress is not None and tally.graphs.total() % 500 == 0:
            print(f"{tally.graphs.total()} graphs, {len(tally.disagreements)} disagreements", file=progress, flush=True)
    return tally


def _one(seed: int, tally: Tally, compiled_only: bool, peers_every: int) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        graph = make_graph(seed, COMPILED_EVERY if compiled_only else BOUNDARY_EVERY)
        examine(graph, [compiled_differs] if compiled_only else claims_about(graph), tally)
        if seed % peers_every == 0 and not compiled_only:
            ask_peers(seed, tally)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(prog="python -m symgraph.testing.campaign", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long (default 2)")
    parser.add_argument("--graphs", type=int, default=10**9, help="at most so many graphs")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--compiled", action="store_true", help="only machine code against the evaluator")
    parser.add_argument(
        "--peers-every", type=int, default=PEERS_EVERY, help=f"ask other tools at every so many seeds ({PEERS_EVERY})"
    )
    options = parser.parse_args(arguments)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "mpmath")]
    beside = "the evaluator" if options.compiled else ", ".join(peers()) or "no other tool"
    print(f"seeds from {options.seed}; {', '.join(versions)}; beside {beside}", flush=True)
    seeds = range(options.seed, options.seed + options.graphs)
    tally = campaign(seeds, options.minutes, sys.stderr, options.compiled, options.peers_every)
    print(tally)
    return int(bool(tally.disagreements))


if __name__ == "__main__":
    sys.exit(main())
