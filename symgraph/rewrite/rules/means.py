"""Means, growth, thermal functions and quadratic equations: formulas whose derivatives cancel or leave the range."""

from __future__ import annotations

from ...core.node import Node
from ...core.operator import FUNCTIONS as F
from ...core.operator import OPS
from ...ops.arithmetic import number
from ...ops.rows.log_mean_exp import count_of
from ..reductions import summed_axes
from ..rule import function_rule, rule, wild

a, b, c = wild("a b c")
exp, sqrt, log1p, pow1p, pow1pm1 = (F[name] for name in ("exp", "sqrt", "log1p", "pow1p", "pow1pm1"))
tanh, expm1 = F["tanh"], F["expm1"]

# Means.
rule("sqrt(a*a)", "stable", sqrt(a * a), F["abs"](a), (-1e200, 1e200))


def _geometric_mean(node: Node) -> Node | None:
    """A number under the root hardly leaves the range: √(2·x) stays what it is."""
    inner = node.args[0]
    if inner.op is not OPS["multiply"] or any(number(arg) is not None for arg in inner.args):
        return None
    return F["geometric_mean"](*inner.args)


function_rule("sqrt(a*b)", "stable", OPS["sqrt"], _geometric_mean, sqrt(a * b), (0.0, 1e200))
rule("1/(1/a+1/b)", "stable", 1.0 / (1.0 / a + 1.0 / b), F["parallel"](a, b), (-1e200, 1e200))


def _log_mean_exp(node: Node) -> Node | None:
    mean = node.args[0]
    axes = summed_axes(mean.args[0]) if mean.op is OPS["divide"] else None
    if axes is None or mean.args[0].args[0].op is not OPS["exp"]:
        return None
    (x,) = mean.args[0].args[0].args
    rows = tuple([axis - x.ndim for axis in axes])
    return F["logmeanexp"](x, axis=rows) if mean.args[1] is count_of(x, rows) else None


_pair = F["mean"](exp(F["stack"]([a, b])))
function_rule("log(mean(exp(a)))", "stable", OPS["log"], _log_mean_exp, F["log"](_pair), (-800.0, 800.0))

# Growth in steps.
rule("pow1p(a/b,b)", "stable", pow1p(a / b, b), F["compound"](a, b, 1.0), (0.5, 1e3))
rule("pow1p(a/b,b*c)", "stable", pow1p(a / b, b * c), F["compound"](a, b, c), (0.5, 30.0))
rule("b*log1p(a/b)", "stable", b * log1p(a / b), F["compound_rate"](a, b), (1e-3, 1e12))
rule("(b+1)*log1p(a/b)", "stable", (b + 1.0) * log1p(a / b), F["compound_rate"](a, b) + log1p(a / b), (1e-3, 1e12))
rule(
    "(b+1)/c*log1p(a/b)",
    "stable",
    (b + 1.0) / c * log1p(a / b),
    (F["compound_rate"](a, b) + log1p(a / b)) / c,
    (1e-3, 1e12),
)
rule("pow1pm1(a,b)/a", "stable", pow1pm1(a, b) / a, F["annuity"](a, b), (-0.9, 30.0))
rule("(1-a^b)/(1-a)", "stable", (1.0 - a**b) / (1.0 - a), F["geometric_series"](a, b), (0.0, 2.0))
rule("(a^b-1)/(a-1)", "stable", (a**b - 1.0) / (a - 1.0), F["geometric_series"](a, b), (0.0, 2.0))

# Oscillators and dipoles.
rule("a^2*exp(a)/expm1(a)^2", "stable", a**2.0 * exp(a) / expm1(a) ** 2.0, F["einstein"](0, a), (-800.0, 800.0))
rule("1/tanh(a)-1/a", "stable", 1.0 / tanh(a) - 1.0 / a, F["langevin"](0, a), (-800.0, 800.0))

# The greater root of a quadratic equation, whose slopes do not divide by a.
_root = F["quadratic_root"](a, b, c)
rule("root_gap(b,(4a)c)/(2a)", "stable", F["root_gap"](b, 4.0 * a * c) / (2.0 * a), _root, (0.1, 10.0))
rule("root_gap(b,4(ac))/(2a)", "stable", F["root_gap"](b, 4.0 * (a * c)) / (2.0 * a), _root, (0.1, 10.0))
rule("root_gap(b,(4c)a)/(2a)", "stable", F["root_gap"](b, 4.0 * c * a) / (2.0 * a), _root, (0.1, 10.0))
