"""Dense work beside JAX and PyTorch, networks of reactions beside CasADi: ``python benchmarks/dense.py``.

One thread, float64, warm; minimum and median. Every peer computes the same formula, its results are compared with
ours, and what is not installed is left out. ``--data DIR`` names a folder with ADBench's files, POLLU and reaction
networks; values are then checked against the references there. Without it inputs of the same sizes come from a seed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import dense_data as inputs
import numpy as np

import symgraph as sg

SECONDS = 1.0
OURS = SimpleNamespace(
    **{name: getattr(sg, name) for name in ("exp", "tanh", "einsum", "logsumexp")},
    log_softmax=sg.log_softmax,
    softplus=sg.softplus,
    total=sg.FUNCTIONS["sum"],
    lower=None,
)


def pin() -> None:
    """Keep this process on one core: JAX's matrix products take several threads whatever its flags say."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measure(call: Callable[[], Any], batch: int = 1) -> tuple[float, float]:
    """Give minimum and median seconds of one call."""
    for _ in range(3):
        call()
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(batch):
            call()
        times.append((time.perf_counter() - start) / batch)
    return min(times), median(times)


def show(what: str, who: str, times: tuple[float, float], note: str = "") -> None:
    print(f"{what:34} {who:16} {times[0] * 1e6:12.2f} {times[1] * 1e6:12.2f}  {note}".rstrip(), flush=True)


# --- the formulas, written once for every library ---------------------------------------------


def logistic(xp: Any, w: Any, x: Any, y: Any) -> Any:
    """Mean negative log likelihood of labels."""
    z = x @ w
    return xp.total(xp.softplus(z) - y * z) / x.shape[0]


def classify(xp: Any, w1: Any, b1: Any, w2: Any, b2: Any, x: Any, labels: Any) -> Any:
    """Mean cross-entropy of a network of two layers."""
    hidden = xp.tanh(x @ w1 + b1)
    return -xp.total(labels * xp.log_softmax(hidden @ w2 + b2, -1)) / x.shape[0]


def mixture(xp: Any, alpha: Any, mu: Any, q: Any, low: Any, x: Any, gamma: Any, m: Any) -> Any:
    """Log likelihood of a mixture of Gaussians with a Wishart prior, without constants (ADBench)."""
    n, d = x.shape
    scales = xp.exp(q)
    factors = xp.lower(low, d) + xp.einsum("ki,ij->kij", scales, np.eye(d) if xp is OURS else xp.eye(d))
    moved = xp.einsum("kij,nkj->nki", factors, x[:, None, :] - mu)
    sums = xp.einsum("ki->k", q)
    terms = alpha + sums - 0.5 * xp.einsum("nki,nki->nk", moved, moved)
    prior = 0.5 * gamma**2 * (xp.total(scales**2) + xp.total(low**2)) - m * xp.total(q)
    return xp.total(xp.logsumexp(terms, 1)) - n * xp.logsumexp(alpha, 0) - prior


def lower_places(d: int) -> tuple[Any, Any]:
    """Give rows and columns below the diagonal, column by column."""
    columns, rows = np.triu_indices(d, 1)
    return rows, columns


def lower(low: Any, d: int) -> Any:
    rows, columns = lower_places(d)
    return sg.scatter_add(low, (slice(None), rows, columns), (low.shape[0], d, d))


OURS.lower = lower


# --- one row of the table -------------------------------------------------------------------------


def symgraph_call(formula: Any, values: Sequence[Any], count: int) -> Any:
    """Compile value and gradient with respect to the first ``count`` arguments."""
    symbols = [sg.symbol(f"v{i}", np.shape(value)) for i, value in enumerate(values)]
    return sg.compile(sg.value_and_grad(formula(OURS, *symbols), symbols[:count]), symbols)


def jax_call(formula: Any, values: Sequence[Any], count: int) -> Any:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def scattered(low: Any, d: int) -> Any:
        rows, columns = lower_places(d)
        return jnp.zeros((low.shape[0], d, d)).at[:, rows, columns].set(low)

    xp = SimpleNamespace(
        exp=jnp.exp,
        tanh=jnp.tanh,
        einsum=jnp.einsum,
        eye=jnp.eye,
        total=jnp.sum,
        lower=scattered,
        logsumexp=jax.nn.logsumexp,
        log_softmax=jax.nn.log_softmax,
        softplus=jax.nn.softplus,
    )
    fn = jax.jit(jax.value_and_grad(lambda *v: formula(xp, *v), argnums=tuple(range(count))))
    ready = [jnp.asarray(value) for value in values]
    return lambda: jax.block_until_ready(fn(*ready))


def torch_call(formula: Any, values: Sequence[Any], count: int) -> Any:
    import torch

    torch.set_num_threads(1)

    def scattered(low: Any, d: int) -> Any:
        rows, columns = lower_places(d)
        full = torch.zeros((low.shape[0], d, d), dtype=torch.float64)
        full[:, torch.as_tensor(rows), torch.as_tensor(columns)] = low
        return full

    xp = SimpleNamespace(
        exp=torch.exp,
        tanh=torch.tanh,
        einsum=torch.einsum,
        total=torch.sum,
        lower=scattered,
        eye=lambda d: torch.eye(d, dtype=torch.float64),
        logsumexp=torch.logsumexp,
        log_softmax=torch.log_softmax,
        softplus=torch.nn.functional.softplus,
    )
    ready = [torch.tensor(value, dtype=torch.float64, requires_grad=i < count) for i, value in enumerate(values)]

    def call() -> Any:
        result = formula(xp, *ready)
        return result.detach(), torch.autograd.grad(result, ready[:count])

    return call


def compare(what: str, formula: Any, values: list[Any], count: int, reference: dict[str, Any] | None = None) -> None:
    fn = symgraph_call(formula, values, count)
    value, gradient = fn(*values)
    note = ""
    if reference is not None:
        wanted = [reference[name] for name in ("alpha", "mu", "q", "l")]
        note = f"differs from the reference by {distance(gradient, wanted):.0e}"
    times = measure(lambda: fn(*values))
    show(what, "symgraph", times, note)
    for name, make in (("jax", jax_call), ("torch", torch_call)):
        try:
            call = make(formula, values, count)
        except ImportError:
            continue
        theirs = call()
        off = distance([value, *gradient], [np.asarray(x) for x in (theirs[0], *theirs[1])])
        peer = measure(call)
        show(what, name, peer, f"ratio {peer[0] / times[0]:.2f}, differs by {off:.0e}")


def distance(found: Sequence[Any], wanted: Sequence[Any]) -> float:
    """Give the greatest difference, each array's relative to its greatest entry."""
    pairs = [(np.ravel(x), np.ravel(y)) for x, y in zip(found, wanted, strict=True)]
    return max(float(np.max(np.abs(x - y)) / np.max(np.abs(y))) for x, y in pairs)


# --- networks of reactions ---------------------------------------------------------------------------


def pollution_rates(texts: tuple[list[str], list[str]], y: Sequence[Any]) -> list[Any]:
    """Right-hand sides of POLLU from their text (our own file, read as expressions of y and r)."""
    rates = [eval(text, {"__builtins__": {}}, {"y": y}) for text in texts[0]]
    return [eval(text, {"__builtins__": {}}, {"r": rates}) for text in texts[1]]


def mass_action(network: tuple[int, list[Any]], x: Sequence[Any]) -> list[Any]:
    """dx/dt of a reaction network with mass-action rates."""
    species, reactions = network
    change: list[list[Any]] = [[] for _ in range(species)]
    for reactants, products, rate in reactions:
        flow: Any = rate
        for i in reactants:
            flow = flow * x[i]
        for i in reactants:
            change[i].append(-flow)
        for i in products:
            change[i].append(flow)
    return [sum(terms[1:], terms[0]) if terms else 0 * x[i] for i, terms in enumerate(change)]


def beside_casadi(what: str, ours: Any, theirs: Any, point: Any) -> None:
    """Measure ``ours(point)``; CasADi's function by an ordinary call and by its virtual machine alone."""
    target = np.empty_like(ours(point))
    times = measure(partial(ours, point, out=target), 20)
    show(what, "symgraph", times)
    if theirs is None:
        return
    found = np.asarray(theirs(point))
    peer = measure(partial(theirs, point), 5)
    show(what, "casadi", peer, f"ratio {peer[0] / times[0]:.1f}, differs by {distance([target], [found]):.0e}")
    buffer, run = theirs.buffer()
    buffer.set_arg(0, memoryview(point))
    result = np.zeros(theirs.nnz_out(0))
    buffer.set_res(0, memoryview(result))
    peer = measure(run, 20)
    show(what, "casadi's VM", peer, f"ratio {peer[0] / times[0]:.1f}")


def casadi_function(formula: Any, size: int, form: Callable[[Any, Any, Any], Any]) -> Any:
    """Build CasADi's function; ``form(casadi, f, x)`` is what it computes."""
    try:
        import casadi
    except ImportError:
        return None
    x = casadi.SX.sym("x", size)
    f = casadi.vertcat(*formula([x[i] for i in range(size)]))
    return casadi.Function("f", [x], [form(casadi, f, x)])


def by_rows(casadi: Any, matrix: Any) -> Any:
    """Give the entries of a sparse matrix row by row; CasADi keeps them column by column."""
    return casadi.vertcat(*matrix.T.nonzeros())


def networks(data: Path | None) -> None:
    texts = inputs.pollution(data)
    if texts is None:
        print("POLLU and egfr_net: no data, give --data")
        return
    y = sg.symbol("y", 20)
    jacobian = sg.jacobian(sg.stack(pollution_rates(texts, [y[i] for i in range(20)])), y, sparse=True)
    point = 1 + 0.5 * np.sin(np.arange(1.0, 21))
    for what, form, ours in (
        ("POLLU Jacobian, 20 x 20", lambda ca, f, x: ca.densify(ca.jacobian(f, x)), jacobian.dense),
        ("POLLU Jacobian, its 82 entries", lambda ca, f, x: by_rows(ca, ca.jacobian(f, x)), jacobian.values),
    ):
        theirs = casadi_function(lambda x: pollution_rates(texts, x), 20, form)
        beside_casadi(what, sg.compile(ours, [y]), theirs, point)
    network = inputs.reactions("egfr_net", data)
    assert network is not None
    x = sg.symbol("x", network[0])
    right = sg.stack(mass_action(network, [x[i] for i in range(network[0])]))
    point = 1 + 0.5 * np.sin(np.arange(1.0, network[0] + 1))
    theirs = casadi_function(lambda x: mass_action(network, x), network[0], lambda ca, f, x: f)
    beside_casadi("egfr_net right-hand side", sg.compile(right, [x]), theirs, point.reshape(-1))


def main() -> None:
    pin()
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--data", type=Path, default=None)
    data = parser.parse_args().data
    print(f"{'':34} {'':16} {'min, µs':>12} {'median, µs':>12}")
    compare("logistic regression, 10000 x 100", logistic, inputs.logistic_regression(), 1)
    compare("network 256 x 784 x 128 x 10", classify, inputs.network(), 4)
    for d in (10, 32):
        reference = inputs.mixture_reference(d, 10, data)
        compare(f"Gaussian mixture, d = {d}, K = 10", mixture, inputs.mixture(d, 10, data), 4, reference)
    networks(data)


if __name__ == "__main__":
    main()
