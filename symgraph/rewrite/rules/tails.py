"""A function less the first terms of its series: what is left is written as an operator of its own."""

from __future__ import annotations

from ...core.operator import FUNCTIONS as F
from ..rule import rule, wild

(a,) = wild("a")
exp, expm1, log, log1p, sin, cos = (F[name] for name in ("exp", "expm1", "log", "log1p", "sin", "cos"))
exp_tail, sin_tail, sinh_tail = F["exp_tail"], F["sin_tail"], F["sinh_tail"]
SMALL = (-1e-2, 1e-2)

# Exponentials.
rule("expm1(a)-a", "stable", expm1(a) - a, exp_tail(2, a), SMALL)
rule("a-expm1(a)", "stable", a - expm1(a), -exp_tail(2, a), SMALL)
rule("expm1(-a)+a", "stable", expm1(-a) + a, exp_tail(2, -a), SMALL)
rule("exp(a)-a-1", "stable", (exp(a) - a) - 1.0, exp_tail(2, a), SMALL)
rule("exp(-a)+a-1", "stable", (exp(-a) + a) - 1.0, exp_tail(2, -a), SMALL)
rule("a-1+exp(-a)", "stable", (a - 1.0) + exp(-a), exp_tail(2, -a), SMALL)
rule("exp(a)-(1+a)", "stable", exp(a) - (1.0 + a), exp_tail(2, a), SMALL)
rule("1+a-exp(a)", "stable", (1.0 + a) - exp(a), -exp_tail(2, a), SMALL)
rule("1-a-exp(-a)", "stable", (1.0 - a) - exp(-a), -exp_tail(2, -a), SMALL)
rule("exp_tail(2,a)-a^2/2", "stable", exp_tail(2, a) - a**2.0 / 2.0, exp_tail(3, a), SMALL)
rule("exp_tail(2,a)-0.5a^2", "stable", exp_tail(2, a) - 0.5 * a**2.0, exp_tail(3, a), SMALL)

# Sines and cosines.
_versine, _versinh = F["versin"](a), 2.0 * F["sinh"](0.5 * a) ** 2.0
rule("cos(a)-1", "stable", cos(a) - 1.0, -_versine, SMALL)
rule("a-sin(a)", "stable", a - sin(a), sin_tail(3, a), SMALL)
rule("sin(a)-a", "stable", sin(a) - a, -sin_tail(3, a), SMALL)
rule("a^2/2-(1-cos(a))", "stable", a**2.0 / 2.0 - _versine, sin_tail(4, a), SMALL)
rule("(1-cos(a))-a^2/2", "stable", _versine - a**2.0 / 2.0, -sin_tail(4, a), SMALL)
rule("cos(a)-(1-a^2/2)", "stable", cos(a) - (1.0 - a**2.0 / 2.0), sin_tail(4, a), SMALL)
rule("sinh(a)-a", "stable", F["sinh"](a) - a, sinh_tail(3, a), SMALL)
rule("a-sinh(a)", "stable", a - F["sinh"](a), -sinh_tail(3, a), SMALL)
rule("(cosh(a)-1)-a^2/2", "stable", _versinh - a**2.0 / 2.0, sinh_tail(4, a), SMALL)

# Other functions and their tangents.
rule("a-log1p(a)", "stable", a - log1p(a), F["log1p_tail"](a), SMALL)
rule("log1p(a)-a", "stable", log1p(a) - a, -F["log1p_tail"](a), SMALL)
rule("a+log1p(-a)", "stable", a + log1p(-a), -F["log1p_tail"](-a), SMALL)
rule("a-1-log(a)", "stable", (a - 1.0) - log(a), F["log_tail"](a), (0.99, 1.01))
rule("a-log(a)-1", "stable", (a - log(a)) - 1.0, F["log_tail"](a), (0.99, 1.01))
rule("log(a)-a+1", "stable", (log(a) - a) + 1.0, -F["log_tail"](a), (0.99, 1.01))
rule("log(a)-(a-1)", "stable", log(a) - (a - 1.0), -F["log_tail"](a), (0.99, 1.01))
rule("log(a)+1-a", "stable", (log(a) + 1.0) - a, -F["log_tail"](a), (0.99, 1.01))
rule("1-a+log(a)", "stable", (1.0 - a) + log(a), -F["log_tail"](a), (0.99, 1.01))
rule("1-(a-log(a))", "stable", 1.0 - (a - log(a)), -F["log_tail"](a), (0.99, 1.01))
rule("a-(log(a)+1)", "stable", a - (log(a) + 1.0), F["log_tail"](a), (0.99, 1.01))
rule("-1+a-log(a)", "stable", (-1.0 + a) - log(a), F["log_tail"](a), (0.99, 1.01))
rule("a-atan(a)", "stable", a - F["arctan"](a), F["arctan_tail"](a), SMALL)
rule("atan(a)-a", "stable", F["arctan"](a) - a, -F["arctan_tail"](a), SMALL)
rule("a-tanh(a)", "stable", a - F["tanh"](a), F["tanh_tail"](a), SMALL)
rule("tanh(a)-a", "stable", F["tanh"](a) - a, -F["tanh_tail"](a), SMALL)
rule("tan(a)-a", "stable", F["tan"](a) - a, F["tan_tail"](a), SMALL)
rule("a-tan(a)", "stable", a - F["tan"](a), -F["tan_tail"](a), SMALL)

# Over the power that the series begins with.
rule("exp_tail(2,a)/a^2", "stable", exp_tail(2, a) / a**2.0, F["exp_tail_ratio"](2, a), (-30.0, 30.0))
rule("exp_tail(2,-a)/a^2", "stable", exp_tail(2, -a) / a**2.0, F["exp_tail_ratio"](2, -a), (-30.0, 30.0))
rule("exp_tail(3,a)/a^3", "stable", exp_tail(3, a) / a**3.0, F["exp_tail_ratio"](3, a), (-30.0, 30.0))
rule("sin_tail(3,a)/a^3", "stable", sin_tail(3, a) / a**3.0, F["sin_tail_ratio"](3, a), (-30.0, 30.0))
rule("sin_tail(4,a)/a^4", "stable", sin_tail(4, a) / a**4.0, F["sin_tail_ratio"](4, a), (-30.0, 30.0))
rule("sinh_tail(3,a)/a^3", "stable", sinh_tail(3, a) / a**3.0, F["sinh_tail_ratio"](3, a), (-30.0, 30.0))
rule("sinh_tail(4,a)/a^4", "stable", sinh_tail(4, a) / a**4.0, F["sinh_tail_ratio"](4, a), (-30.0, 30.0))
