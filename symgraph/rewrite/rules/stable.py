"""Formulas that lose digits or overflow, and the ones that do not."""

from __future__ import annotations

from math import prod

from ...core.node import CONSTANT, Node, constant
from ...core.operator import FUNCTIONS as F
from ..reductions import summed_axes
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
rule("a/(1+exp(b))", "stable", a / (1.0 + exp(b)), a * sigmoid(-b), EXTREME)
rule("1-sigmoid(a)", "stable", 1.0 - sigmoid(a), sigmoid(-a), EXTREME)
rule("log(sigmoid(a))", "stable", log(sigmoid(a)), F["log_sigmoid"](a), EXTREME)
rule("log(exp(a)+exp(b))", "stable", log(exp(a) + exp(b)), F["logaddexp"](a, b), EXTREME)

# Differences that cancel.
rule("log(1+a)", "stable", log(1.0 + a), F["log1p"](a), (-0.9, 1e-3))
rule("exp(a)-1", "stable", exp(a) - 1.0, F["expm1"](a), TINY)
rule("1-erf(a)", "stable", 1.0 - F["erf"](a), F["erfc"](a), (-3.0, 20.0))
rule("1-cos(a)", "stable", 1.0 - cos(a), F["versin"](a), TINY)
rule("sqrt(1+a)-1", "stable", sqrt(1.0 + a) - 1.0, a / (sqrt(1.0 + a) + 1.0), (-0.9, 1e-3))
rule("1-tanh(a)^2", "stable", 1.0 - tanh(a) ** 2.0, F["sech"](a) ** 2.0, (-20.0, 20.0))

# Intermediate results that overflow or underflow.
rule("sqrt(1+a^2)", "stable", sqrt(1.0 + a**2.0), F["hypot"](1.0, a), (-1e200, 1e200))
rule("sqrt(a^2+b^2)", "stable", sqrt(a**2.0 + b**2.0), F["hypot"](a, b), (-1e200, 1e200))
rule("log(cosh(a))", "stable", log(F["cosh"](a)), F["logcosh"](a), EXTREME)
rule("log(exp(a))", "stable", log(exp(a)), a, EXTREME)
rule("sqrt(a^2)", "stable", sqrt(a**2.0), F["abs"](a), (-1e200, 1e200))
rule("sqrt(a^4)", "stable", sqrt(a**4.0), a**2.0, (-1e100, 1e100))

rule("a*log_ratio(a,b)", "stable", a * F["log_ratio"](a, b), F["xlog_ratio"](a, b), (1e-300, 1e6))
rule("log(a/b)", "stable", log(a / b), F["log_ratio"](a, b), (-1e200, 1e200))
rule("log1p(a^2)", "stable", F["log1p"](a**2.0), F["log1p_square"](a), (-1e200, 1e200))
rule("log(gamma(a))", "stable", log(F["gamma"](a)), F["gammaln"](a) + log(F["sign"](F["gamma"](a))), (0.1, 1e3))
rule("log(erfc(a))", "stable", log(F["erfc"](a)), F["log_erfc"](a), (-3.0, 100.0))
rule("log(0.5erfc(a))", "stable", log(0.5 * F["erfc"](a)), F["log_ndtr"](-sqrt(constant(2.0)) * a), (-3.0, 40.0))
rule("erfc(a)*exp(a^2)", "stable", F["erfc"](a) * exp(a**2.0), F["erfcx"](a), (-3.0, 100.0))

# Points that the formula leaves out.
rule("a*log(a)", "stable", a * log(a), F["xlogy"](a, a), (1e-300, 1e6))
rule("sin(a)/a", "stable", sin(a) / a, F["spherical_jn"](0, a), (-1e6, 1e6))
rule("versin(a)/a", "stable", F["versin"](a) / a, sin(0.5 * a) * F["spherical_jn"](0, 0.5 * a))
rule("versin(a)/a^2", "stable", F["versin"](a) / a**2.0, 0.5 * F["spherical_jn"](0, 0.5 * a) ** 2.0)


def _log_sum_exp(node: Node) -> Node | None:
    total = node.args[0]
    axes = summed_axes(total)
    if axes is None or total.args[0].op is not exp(a).op:
        return None
    return F["logsumexp"](total.args[0].args[0], axis=axes)


def _softmax(node: Node) -> Node | None:
    top, total = node.args
    if total.shape or summed_axes(total) is None or total.args[0] is not top or top.op is not exp(a).op:
        return None
    return F["softmax"](top.args[0], axis=tuple(range(top.ndim)))


def _share(node: Node) -> Node | None:
    top, total = node.args
    if top.op is not exp(a).op or total.shape or summed_axes(total) is None or total.args[0].op is not exp(a).op:
        return None
    return exp(top.args[0] - F["logsumexp"](total.args[0].args[0]))


def _log_softmax(node: Node) -> Node | None:
    shares = node.args[0]
    return F["log_softmax"](shares.args[0], axis=shares.attrs[0]) if shares.op is _pair_softmax.op else None


def _log_det(node: Node) -> Node | None:
    """The logarithm of the sign is 0, or nan where the determinant is negative; its derivative is zero."""
    inner = node.args[0]
    if inner.op is not _matrix_det.op:
        return None
    return F["logdet"](inner.args[0]) + log(F["det_sign"](inner.args[0]))


def _second_moment(node: Node) -> Node | None:
    """Mean of squares less the square of the mean."""
    first, second = node.args
    if second.op is not _square.op or first.op is not _half.op or second.args[0].op is not _half.op:
        return None
    mean = second.args[0]
    if not _is_two(second.args[1]) or mean.args[1] is not first.args[1] or mean.args[1].op is not CONSTANT:
        return None
    squares, total = first.args[0], mean.args[0]
    axes = summed_axes(total)
    if axes is None or summed_axes(squares) != axes or squares.args[0] is not total.args[0] ** 2.0:
        return None
    x = total.args[0]
    count = prod(size for place, size in enumerate(x.shape) if place in axes and isinstance(size, int))
    if any(not isinstance(x.shape[place], int) for place in axes) or mean.args[1].value != count:
        return None
    return F["var"](x, axis=axes)


def _is_two(node: Node) -> bool:
    return node.op is CONSTANT and not node.shape and node.value == 2


def _power_near_one(node: Node) -> Node | None:
    """A literal exponent loses little: (1 + x)² stays what it is."""
    base, exponent = node.args
    ones = (
        [arg.op is CONSTANT and not arg.shape and arg.value == 1 for arg in base.args] if base.op is (a + b).op else []
    )
    if exponent.op is CONSTANT or sum(ones) != 1:
        return None
    return F["pow1p"](base.args[ones.index(False)], exponent)


def _norm(node: Node) -> Node | None:
    total = node.args[0]
    axes = summed_axes(total)
    if axes is None:
        return None
    power = total.args[0]
    if (
        power.op is not (a**2.0).op
        or power.args[1].op is not CONSTANT
        or power.args[1].shape
        or power.args[1].value != 2
    ):
        return None
    return F["norm2"](power.args[0], axis=axes)


_square, _half = a**2.0, a / 2.0
_stacked = F["stack"]([a, b])
_pair_softmax = F["softmax"](_stacked, axis=(0,))
_matrix_det = F["det"](F["diag"](_stacked))
function_rule("log(sum(exp(a)))", "stable", log(a).op, _log_sum_exp, log(F["sum"](exp(F["stack"]([a, b])))), EXTREME)
_pair = exp(F["stack"]([a, b]))
function_rule("exp(a)/sum(exp(a))", "stable", (a / b).op, _softmax, _pair / F["sum"](_pair), EXTREME)
function_rule("exp(b)/sum(exp(a))", "stable", (a / b).op, _share, exp(a) / F["sum"](exp(F["stack"]([a, b]))), EXTREME)
_squares = F["sum"](F["stack"]([a, b]) ** 2.0)
function_rule("sqrt(sum(a^2))", "stable", sqrt(a).op, _norm, sqrt(_squares), (-1e200, 1e200))
function_rule("(1+a)^b", "stable", (a**b).op, _power_near_one, (1.0 + a) ** b, (-0.9, 3.0))
function_rule("log(softmax(a))", "stable", log(a).op, _log_softmax, log(_pair_softmax), EXTREME)
function_rule("log(det(a))", "stable", log(a).op, _log_det, log(_matrix_det), (-1e200, 1e200))
function_rule(
    "mean(a^2)-mean(a)^2",
    "stable",
    (a - b).op,
    _second_moment,
    F["mean"](_stacked**2.0) - F["mean"](_stacked) ** 2.0,
    (-1e8, 1e8),
)
