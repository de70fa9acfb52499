"""Formulas that lose digits or overflow, and the ones that do not."""

from __future__ import annotations

from ...core.node import Node
from ...core.operator import FUNCTIONS as F
from ...ops.contraction import CONTRACT
from ..rule import function_rule, rule, wild

a, b = wild("a b")
exp, log, sqrt, sin, cos, tanh = (F[name] for name in ("exp", "log", "sqrt", "sin", "cos", "tanh"))
sigmoid, softplus = F["sigmoid"], F["softplus"]
EXTREME = (-800.0, 800.0)
TINY = (-1e-3, 1e-3)

# Logistic function and its logarithm.
rule("log(1+exp(a))", "stable", log(1.0 + exp(a)), softplus(a), EXTREME)
rule("log1p(exp(a))", "stable", F["log1p"](exp(a)), softplus(a), EXTREME)
rule("max(a,0)+softplus(-|a|)", "stable", F["maximum"](a, 0.0) + softplus(-F["abs"](a)), softplus(a), EXTREME)
rule("1/(1+exp(-a))", "stable", 1.0 / (1.0 + exp(-a)), sigmoid(a), EXTREME)
rule("1/(1+exp(a))", "stable", 1.0 / (1.0 + exp(a)), sigmoid(-a), EXTREME)
rule("exp(a)/(1+exp(a))", "stable", exp(a) / (1.0 + exp(a)), sigmoid(a), EXTREME)
rule("exp(a)/(exp(a)+exp(b))", "stable", exp(a) / (exp(a) + exp(b)), sigmoid(a - b), EXTREME)
rule("1-sigmoid(a)", "stable", 1.0 - sigmoid(a), sigmoid(-a), EXTREME)
rule("log(sigmoid(a))", "stable", log(sigmoid(a)), F["log_sigmoid"](a), EXTREME)
rule("log(exp(a)+exp(b))", "stable", log(exp(a) + exp(b)), F["logaddexp"](a, b), EXTREME)

# Differences that cancel.
rule("log(1+a)", "stable", log(1.0 + a), F["log1p"](a), (-0.9, 1e-3))
rule("exp(a)-1", "stable", exp(a) - 1.0, F["expm1"](a), TINY)
rule("1-erf(a)", "stable", 1.0 - F["erf"](a), F["erfc"](a), (-3.0, 20.0))
rule("1-cos(a)", "stable", 1.0 - cos(a), 2.0 * sin(0.5 * a) ** 2.0, TINY)
rule("sqrt(1+a)-1", "stable", sqrt(1.0 + a) - 1.0, a / (sqrt(1.0 + a) + 1.0), (-0.9, 1e-3))
rule("1-tanh(a)^2", "stable", 1.0 - tanh(a) ** 2.0, F["sech"](a) ** 2.0, (-20.0, 20.0))

# Intermediate results that overflow or underflow.
rule("sqrt(a^2+b^2)", "stable", sqrt(a**2.0 + b**2.0), F["hypot"](a, b), (-1e200, 1e200))
rule("log(cosh(a))", "stable", log(F["cosh"](a)), F["logcosh"](a), EXTREME)
rule("log(exp(a))", "stable", log(exp(a)), a, EXTREME)
rule("sqrt(a^2)", "stable", sqrt(a**2.0), F["abs"](a), (-1e200, 1e200))
rule("sqrt(a^4)", "stable", sqrt(a**4.0), a**2.0, (-1e100, 1e100))

# Points that the formula leaves out.
rule("a*log(a)", "stable", a * log(a), F["xlogy"](a, a), (1e-300, 1e6))
rule("sin(a)/a", "stable", sin(a) / a, F["spherical_jn"](0, a), (-1e6, 1e6))
rule("2sin(a/2)^2/a^2", "stable", (2.0 * sin(0.5 * a) ** 2.0) / a**2.0, 0.5 * F["spherical_jn"](0, 0.5 * a) ** 2.0)


def _summed_axes(total: Node) -> tuple[int, ...] | None:
    """Give the axes that a plain sum runs over; ``None`` for any other contraction."""
    if total.op is not CONTRACT or len(total.args) != 1:
        return None
    (index,), output = total.attrs[:2]
    axes = tuple([place for place, i in enumerate(index) if i not in output])
    kept = tuple([i for i in index if i in output])
    return axes if axes and kept == output and len(set(index)) == len(index) else None


def _log_sum_exp(node: Node) -> Node | None:
    total = node.args[0]
    axes = _summed_axes(total)
    if axes is None or total.args[0].op is not exp(a).op:
        return None
    return F["logsumexp"](total.args[0].args[0], axis=axes)


def _softmax(node: Node) -> Node | None:
    top, total = node.args
    if total.shape or _summed_axes(total) is None or total.args[0] is not top or top.op is not exp(a).op:
        return None
    return F["softmax"](top.args[0], axis=tuple(range(top.ndim)))


function_rule("log(sum(exp(a)))", "stable", log(a).op, _log_sum_exp, log(F["sum"](exp(F["stack"]([a, b])))), EXTREME)
_pair = exp(F["stack"]([a, b]))
function_rule("exp(a)/sum(exp(a))", "stable", (a / b).op, _softmax, _pair / F["sum"](_pair), EXTREME)
