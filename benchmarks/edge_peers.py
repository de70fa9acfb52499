"""One adapter per tool for ``edge_cases.py``: its functions under common names, and value, gradient and Hessian.

Where a tool has a function of that meaning it is used (``logsumexp``, ``hypot``, ``xlogy`` …), otherwise the
formula that its user would write. Every adapter gives nested lists of floats; whatever a tool raises is an answer
too (``edge_cases.py`` counts it as an error).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

Formula = Callable[..., Any]
Answer = tuple[Any, list[Any], list[list[Any]]]


def numbers(nested: Any) -> Any:
    """Read any tool's arrays as NumPy arrays."""
    return np.asarray(nested, dtype=float)


def symgraph(f: Formula, at: Mapping[str, Any], compiled: bool = False, simplify: str | None = "stable") -> Answer:
    """symgraph, evaluated or compiled."""
    import symgraph as sg

    m = SimpleNamespace(**{name: getattr(sg, name) for name in COMMON}, norm=sg.norm, prod=sg.prod, max=sg.max)
    variables = [sg.symbol(name, np.shape(value)) for name, value in at.items()]
    y = f(m, *variables)
    y = y if isinstance(y, sg.Node) else sg.constant(y)
    gradient = sg.grad(y, variables, simplify=simplify)
    hessian = [[sg.jacobian(g, x, simplify=simplify) for x in variables] for g in gradient]
    points = [numbers(value) for value in at.values()]
    if compiled:
        value, g, h = sg.compile([y, gradient, hessian], variables, simplify=simplify)(*points)
    else:
        value, g, h = sg.evaluate([y, gradient, hessian], dict(zip(variables, points, strict=True)), simplify=simplify)
    return value, g, h


def jax(f: Formula, at: Mapping[str, Any]) -> Answer:
    """JAX, 64 bit."""
    import jax as tool
    import jax.numpy as jnp
    from jax.scipy import special

    tool.config.update("jax_enable_x64", True)
    m = SimpleNamespace(
        **{name: getattr(jnp, name) for name in COMMON if hasattr(jnp, name)}, prod=jnp.prod, max=jnp.max
    )
    m.norm, m.logsumexp, m.erfc, m.xlogy = jnp.linalg.norm, special.logsumexp, special.erfc, special.xlogy
    points, every = [jnp.asarray(value, float) for value in at.values()], tuple(range(len(at)))
    y = lambda *x: f(m, *x)  # noqa: E731
    return y(*points), tool.grad(y, every)(*points), tool.hessian(y, every)(*points)


def torch(f: Formula, at: Mapping[str, Any]) -> Answer:
    """PyTorch, 64 bit, ``torch.func``."""
    import torch as tool

    m = SimpleNamespace(**{name: getattr(tool, name) for name in COMMON if hasattr(tool, name)}, prod=tool.prod)
    m.norm, m.mod, m.equal, m.max = tool.linalg.norm, tool.remainder, tool.eq, tool.amax
    m.logsumexp = lambda x: tool.logsumexp(x, 0)
    m.maximum = lambda a, b: tool.maximum(tool.as_tensor(a, dtype=float), tool.as_tensor(b, dtype=float))
    points, every = [tool.tensor(value, dtype=tool.float64) for value in at.values()], tuple(range(len(at)))
    y = lambda *x: f(m, *x)  # noqa: E731
    gradient = tool.func.grad(y, every)(*points)
    return y(*points), gradient, tool.func.hessian(y, every)(*points)


def pytensor(f: Formula, at: Mapping[str, Any]) -> Answer:
    """PyTensor with its full rewrites, run by its Python linker (which compiles quickly)."""
    import pytensor as tool
    import pytensor.tensor as pt

    m = SimpleNamespace(**{name: getattr(pt, name) for name in COMMON if hasattr(pt, name)}, prod=pt.prod, max=pt.max)
    m.norm, m.where, m.equal = pt.linalg.norm, pt.switch, pt.eq
    m.xlogy = getattr(pt, "xlogy", lambda x, y: x * pt.log(y))
    m.hypot = getattr(pt, "hypot", lambda x, y: pt.sqrt(x**2 + y**2))
    variables = [pt.dvector(name) if np.ndim(value) else pt.dscalar(name) for name, value in at.items()]
    y = pt.as_tensor(f(m, *variables))
    gradient = tool.grad(y, variables, disconnected_inputs="ignore", return_disconnected="zero")
    second = [[_pytensor_jacobian(tool, pt, g, x) for x in variables] for g in gradient]
    flat = [y, *gradient, *(entry for row in second for entry in row)]
    mode = tool.compile.mode.Mode("py", "fast_run")
    found = tool.function(variables, flat, mode=mode, on_unused_input="ignore")(*[numbers(v) for v in at.values()])
    n = len(variables)
    return found[0], found[1 : 1 + n], [found[1 + n + i * n : 1 + n + (i + 1) * n] for i in range(n)]


def _pytensor_jacobian(tool: Any, pt: Any, g: Any, x: Any) -> Any:
    if g.ndim:
        return tool.gradient.jacobian(g, x, disconnected_inputs="ignore")
    return tool.grad(g, x, disconnected_inputs="ignore", return_disconnected="zero")


def casadi(f: Formula, at: Mapping[str, Any]) -> Answer:
    """CasADi, SX expressions."""
    import casadi as ca

    m = SimpleNamespace(exp=ca.exp, log=ca.log, sqrt=ca.sqrt, cos=ca.cos, tanh=ca.tanh, abs=ca.fabs, log1p=ca.log1p)
    m.where, m.maximum, m.norm, m.max, m.logsumexp = ca.if_else, ca.fmax, ca.norm_2, ca.mmax, ca.logsumexp
    m.hypot, m.erfc, m.xlogy = ca.hypot, lambda x: 1 - ca.erf(x), lambda x, y: x * ca.log(y)
    m.mod, m.equal = lambda x, y: x - y * ca.floor(x / y), lambda x, y: x == y
    m.prod = lambda x: x[0] * x[1] * x[2]
    variables = [ca.SX.sym(name, max(1, np.size(value))) for name, value in at.items()]
    y = ca.SX(f(m, *variables))
    gradient = [ca.gradient(y, x) for x in variables]
    second = [ca.jacobian(g, x) for g in gradient for x in variables]
    found = ca.Function("f", variables, [y, *gradient, *second])(*[numbers(value) for value in at.values()])
    found = found if isinstance(found, (tuple, list)) else [found]
    shapes = [np.shape(value) for value in at.values()]
    n = len(shapes)
    g = [np.asarray(found[1 + i]).reshape(shapes[i]) for i in range(n)]
    h = [[np.asarray(found[1 + n + i * n + j]).reshape(shapes[i] + shapes[j]) for j in range(n)] for i in range(n)]
    return float(found[0]), g, h


def autograd(f: Formula, at: Mapping[str, Any]) -> Answer:
    """HIPS autograd."""
    import autograd.numpy as anp
    import autograd.scipy.special as special
    from autograd import grad, jacobian

    m = SimpleNamespace(
        **{name: getattr(anp, name) for name in COMMON if hasattr(anp, name)}, prod=anp.prod, max=anp.max
    )
    m.norm, m.logsumexp, m.erfc = anp.linalg.norm, special.logsumexp, special.erfc
    m.xlogy = lambda x, y: x * anp.log(y)
    m.hypot = lambda x, y: anp.sqrt(x**2 + y**2)
    points = [numbers(value) for value in at.values()]
    points = [point if point.ndim else point[()] for point in points]
    y = lambda *x: f(m, *x)  # noqa: E731
    slopes = [grad(y, i) for i in range(len(points))]
    return (
        y(*points),
        [s(*points) for s in slopes],
        [[jacobian(s, j)(*points) for j in range(len(points))] for s in slopes],
    )


def sympy(f: Formula, at: Mapping[str, Any]) -> Answer:
    """SymPy: differentiated expressions, run through ``lambdify`` with NumPy and SciPy, else ``evalf``."""
    import sympy as tool

    m = SimpleNamespace(exp=tool.exp, log=tool.log, sqrt=tool.sqrt, cos=tool.cos, tanh=tool.tanh, abs=tool.Abs)
    m.where = lambda c, a, b: tool.Piecewise((a, c), (b, True))
    m.log1p, m.mod, m.equal, m.maximum, m.erfc = lambda x: tool.log(1 + x), tool.Mod, tool.Eq, tool.Max, tool.erfc
    m.norm = lambda x: tool.sqrt(sum(entry**2 for entry in x))
    m.max, m.prod, m.xlogy = lambda x: tool.Max(*x), lambda x: tool.prod(x), lambda x, y: x * tool.log(y)
    m.hypot, m.logsumexp = lambda x, y: tool.sqrt(x**2 + y**2), lambda x: tool.log(sum(map(tool.exp, x)))
    variables, flat = [], []
    for name, value in at.items():
        entries = [tool.Symbol(f"{name}{i}", real=True) for i in range(max(1, np.size(value)))]
        variables.append(entries if np.ndim(value) else entries[0])
        flat += entries
    y = tool.sympify(f(m, *variables))
    slopes = [tool.diff(y, x) for x in flat]
    curves = [[tool.diff(s, x) for x in flat] for s in slopes]
    points = np.concatenate([np.atleast_1d(numbers(value)) for value in at.values()])

    def run(e: Any) -> float:
        try:
            return float(tool.lambdify(flat, e, modules=["scipy", "numpy"])(*points))
        except (NameError, NotImplementedError):
            return float(e.subs(dict(zip(flat, points, strict=True))).evalf())

    g, h = np.array([run(s) for s in slopes]), np.array([[run(c) for c in row] for row in curves])
    cuts = np.cumsum([0, *(max(1, np.size(value)) for value in at.values())])
    shapes = [np.shape(value) for value in at.values()]
    part = [slice(a, b) for a, b in pairwise(cuts)]
    return (
        run(y),
        [g[p].reshape(s) for p, s in zip(part, shapes, strict=True)],
        [
            [h[p, q].reshape(s + t) for q, t in zip(part, shapes, strict=True)]
            for p, s in zip(part, shapes, strict=True)
        ],
    )


COMMON = (
    *("exp", "log", "sqrt", "cos", "tanh", "abs", "log1p", "where", "maximum"),
    *("logsumexp", "hypot", "erfc", "mod", "equal", "xlogy"),
)
PEERS: dict[str, Callable[[Formula, Mapping[str, Any]], Answer]] = {
    "JAX": jax,
    "PyTorch": torch,
    "PyTensor": pytensor,
    "CasADi": casadi,
    "autograd": autograd,
    "SymPy": sympy,
}
MODULES = {name: peer.__name__ for name, peer in PEERS.items()}


def installed() -> Sequence[str]:
    """List the peers that can be imported, and say which cannot."""
    found = []
    for name, module in MODULES.items():
        try:
            importlib.import_module(module)
        except ImportError:
            print(f"{name} is not installed and is left out")
        else:
            found.append(name)
    return found
