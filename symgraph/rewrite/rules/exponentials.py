"""Formulas made of exponentials: hyperbolic and logistic functions in their textbook spellings."""

from __future__ import annotations

from ...core.operator import FUNCTIONS as F
from ..rule import rule, wild

a, b = wild("a b")
exp, log, sinh, cosh, tanh = (F[name] for name in ("exp", "log", "sinh", "cosh", "tanh"))
expm1, sigmoid = F["expm1"], F["sigmoid"]
EXTREME = (-800.0, 800.0)
RANGE = (-1.7e308, 1.7e308)

# Hyperbolic functions.
rule("exp(a)-exp(-a)", "stable", exp(a) - exp(-a), 2.0 * sinh(a))
rule("exp(-a)-exp(a)", "stable", exp(-a) - exp(a), -(2.0 * sinh(a)))
rule("exp(a)+exp(-a)", "stable", exp(a) + exp(-a), 2.0 * cosh(a))
rule("exp(a)-exp(b)", "stable", exp(a) - exp(b), F["exp_difference"](a, b), (-700.0, 700.0))
rule("sinh(a)/cosh(a)", "stable", sinh(a) / cosh(a), tanh(a), EXTREME)
rule("cosh(a)/sinh(a)", "stable", cosh(a) / sinh(a), 1.0 / tanh(a), EXTREME)
rule("(cosh(a)-1)/sinh(a)", "stable", (2.0 * sinh(0.5 * a) ** 2.0) / sinh(a), tanh(0.5 * a), EXTREME)
rule("sinh(a)/(1+cosh(a))", "stable", sinh(a) / (1.0 + cosh(a)), tanh(0.5 * a), EXTREME)
rule("expm1(a)/(1+exp(a))", "stable", expm1(a) / (1.0 + exp(a)), tanh(0.5 * a), EXTREME)
rule("1-2sigmoid(a)", "stable", 1.0 - 2.0 * sigmoid(a), -tanh(0.5 * a), EXTREME)
rule("2sigmoid(a)-1", "stable", 2.0 * sigmoid(a) - 1.0, tanh(0.5 * a), EXTREME)
rule("1-tanh(a)", "stable", 1.0 - tanh(a), 2.0 * sigmoid(-2.0 * a), EXTREME)
rule("1+tanh(a)", "stable", 1.0 + tanh(a), 2.0 * sigmoid(2.0 * a), EXTREME)
rule("softplus(a)-a", "stable", F["softplus"](a) - a, F["softplus"](-a), EXTREME)
rule("(2a)/2", "stable", (2.0 * a) / 2.0, a, RANGE)
rule("0.5*(2a)", "stable", 0.5 * (2.0 * a), a, RANGE)
rule("(2a)/(2b)", "stable", (2.0 * a) / (2.0 * b), a / b, RANGE)

# The logistic function's slope.
rule("exp(a)/(1+exp(a))^2", "stable", exp(a) / (1.0 + exp(a)) ** 2.0, sigmoid(a) * sigmoid(-a), EXTREME)

# Quotients that are 0/0 at 0; with the Bose-Einstein distribution they do not overflow either.
rule("expm1(a)/a", "stable", expm1(a) / a, F["exprel"](0, a), (-30.0, 30.0))
rule("expm1(-a)/a", "stable", expm1(-a) / a, -F["exprel"](0, -a), (-30.0, 30.0))
rule("a/expm1(a)", "stable", a / expm1(a), F["bernoulli_ratio"](0, a), RANGE)
rule("sinh(a)/a", "stable", sinh(a) / a, F["spherical_in"](0, a), (-30.0, 30.0))
rule("logcosh(a)/a", "stable", F["logcosh"](a) / a, F["logcosh_ratio"](0, a), (-800.0, 800.0))
rule("a/sinh(a)", "stable", a / sinh(a), F["x_csch"](0, a), (-800.0, 800.0))
rule("a/tanh(a)", "stable", a / tanh(a), F["x_coth"](0, a), (-800.0, 800.0))
rule("a*(1/tanh(a))", "stable", a * (1.0 / tanh(a)), F["x_coth"](0, a), (-800.0, 800.0))
rule("a*cosh(a)/sinh(a)", "stable", (a * cosh(a)) / sinh(a), F["x_coth"](0, a), (-800.0, 800.0))
rule("tanh(a)/a", "stable", tanh(a) / a, F["tanh_ratio"](0, a), (-800.0, 800.0))
rule("erf(a)/a", "stable", F["erf"](a) / a, F["erf_ratio"](0, a), (-30.0, 30.0))
rule("1/expm1(a)", "stable", 1.0 / expm1(a), F["bose"](a), (-30.0, 30.0))
rule(
    "bose(a)-1/a",
    "stable",
    F["bose"](a) - 1.0 / a,
    F["where"](F["abs"](a) < 1.0, -(F["exp_tail_ratio"](2, a) * F["bernoulli_ratio"](0, a)), F["bose"](a) + -1.0 / a),
    EXTREME,
)
rule("b/expm1(a)", "stable", b / expm1(a), F["bose_product"](a, b), (-30.0, 30.0))

# Logarithms of exponentials.
rule("log(exp_difference(a,b))", "stable", log(F["exp_difference"](a, b)), a + F["log1mexp"](a - b), EXTREME)
rule("log(-expm1(a))", "stable", log(-expm1(a)), F["log1mexp"](-a), EXTREME)
rule("log(2cosh(a))", "stable", log(2.0 * cosh(a)), F["logcosh"](a) + log(2.0), EXTREME)
rule("log(expm1(a))", "stable", log(expm1(a)), a + F["log1mexp"](a), EXTREME)
rule("log(exp(a)/b)", "stable", log(exp(a) / b), a - log(b), EXTREME)
rule("log(a/exp(b))", "stable", log(a / exp(b)), log(a) - b, EXTREME)
rule("log(exp(a)*b)", "stable", log(exp(a) * b), a + log(b), EXTREME)
