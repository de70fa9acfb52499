"""Differences of nearly equal numbers, written without the difference."""

from __future__ import annotations

from ...core.operator import FUNCTIONS as F
from ..rule import rule, wild

a, b = wild("a b")
exp, log, sqrt, cbrt, sin, cos = (F[name] for name in ("exp", "log", "sqrt", "cbrt", "sin", "cos"))
TINY = (-1e-3, 1e-3)
BELOW_ONE = (-5.0, 1.0)
POSITIVE = (0.0, 1e12)
RANGE = (-1.7e308, 1.7e308)

rule("log(1-a)", "stable", log(1.0 - a), F["log1p"](-a), (-1e-3, 0.9))
rule("1-exp(a)", "stable", 1.0 - exp(a), -F["expm1"](a), (-3.0, 3.0))
rule("a^2-b^2", "stable", a**2.0 - b**2.0, F["square_difference"](a, b), (-1e150, 1e150))
rule("hypot(1,a)-1", "stable", F["hypot"](1.0, a) - 1.0, F["hypotm1"](a), TINY)
rule("pow1p(a,b)-1", "stable", F["pow1p"](a, b) - 1.0, F["pow1pm1"](a, b), TINY)
rule("(1+a)^b-1", "stable", (1.0 + a) ** b - 1.0, F["pow1pm1"](a, b), TINY)
rule("1-(1+a)^b", "stable", 1.0 - (1.0 + a) ** b, -F["pow1pm1"](a, b), TINY)
rule("1-pow1p(a,b)", "stable", 1.0 - F["pow1p"](a, b), -F["pow1pm1"](a, b), TINY)
rule("cosh(a)-1", "stable", F["cosh"](a) - 1.0, 2.0 * F["sinh"](0.5 * a) ** 2.0)
rule("1+erf(a)", "stable", 1.0 + F["erf"](a), F["erfc"](-a), (-20.0, 3.0))
rule("acos(1-a)", "stable", F["arccos"](1.0 - a), 2.0 * F["arcsin"](sqrt(0.5 * a)), (0.0, 2.0))

rule("sqrt(a^2-b)-a", "stable", sqrt(a**2.0 - b) - a, F["root_gap"](a, b), (-30.0, 30.0))
rule("-a-sqrt(a^2-b)", "stable", (-a) - sqrt(a**2.0 - b), -F["root_gap"](-a, b), (-30.0, 30.0))
rule("a-sqrt(a^2-b)", "stable", a - sqrt(a**2.0 - b), -F["root_gap"](a, b), (-30.0, 30.0))
rule("a^2/hypotm1(a)", "stable", a**2.0 / F["hypotm1"](a), F["hypot"](1.0, a) + 1.0, (-1e12, 1e12))
rule("a^2/(1+a^2)", "stable", a**2.0 / (1.0 + a**2.0), F["hypot_slope"](a, 1.0) ** 2.0, (-1e12, 1e12))
rule("(a^b-1)/b", "stable", (a**b - 1.0) / b, F["box_cox"](a, b), (0.0, 3.0))
rule("log1p(a)/a", "stable", F["log1p"](a) / a, F["log1p_ratio"](0, a), (-0.9, 30.0))
rule("atan(a)/a", "stable", F["arctan"](a) / a, F["arctan_ratio"](0, a), (-30.0, 30.0))
rule("asin(a)/a", "stable", F["arcsin"](a) / a, F["arcsin_ratio"](0, a), (-1.0, 1.0))
rule("asinh(a)/a", "stable", F["arcsinh"](a) / a, F["arcsinh_ratio"](0, a), (-1e12, 1e12))
rule("atanh(a)/a", "stable", F["arctanh"](a) / a, F["arctanh_ratio"](0, a), (-1.0, 1.0))
rule("2atanh(a)/a", "stable", (2.0 * F["arctanh"](a)) / a, 2.0 * F["arctanh_ratio"](0, a), (-1.0, 1.0))
rule("tan(a)/a", "stable", F["tan"](a) / a, F["tan_ratio"](0, a), (-30.0, 30.0))
rule("a/tan(a)", "stable", a / F["tan"](a), 1.0 / F["tan_ratio"](0, a), (-30.0, 30.0))
rule("a/sin(a)", "stable", a / sin(a), 1.0 / F["spherical_jn"](0, a), (-30.0, 30.0))
rule("atan(1/a)", "stable", F["arctan"](1.0 / a), F["arccot"](a), (-30.0, 30.0))
rule("a*arccot(a)", "stable", a * F["arccot"](a), F["x_arccot"](0, a), (-30.0, 30.0))

# Square roots and their reciprocals.
rule("1-sqrt(1-a)", "stable", 1.0 - sqrt(1.0 - a), a / (1.0 + sqrt(1.0 - a)), BELOW_ONE)
rule("1-sqrt(1+a)", "stable", 1.0 - sqrt(1.0 + a), -(a / (1.0 + sqrt(1.0 + a))), (-1.0, 5.0))
rule("sqrt(1-a)-1", "stable", sqrt(1.0 - a) - 1.0, -(a / (1.0 + sqrt(1.0 - a))), BELOW_ONE)
rule("a/(sqrt(b)+1)/a", "stable", (a / (sqrt(b) + 1.0)) / a, 1.0 / (sqrt(b) + 1.0), (0.0, 1e12))
rule("a/(1+sqrt(b))/a", "stable", (a / (1.0 + sqrt(b))) / a, 1.0 / (1.0 + sqrt(b)), (0.0, 1e12))
rule("-(a/(1+sqrt(b)))/a", "stable", -(a / (1.0 + sqrt(b))) / a, -(1.0 / (1.0 + sqrt(b))), (0.0, 1e12))
_both_roots = sqrt(1.0 + a) + sqrt(1.0 - a)
rule("sqrt(1+a)-sqrt(1-a)", "stable", sqrt(1.0 + a) - sqrt(1.0 - a), (2.0 * a) / _both_roots, (-1.0, 1.0))
rule("2a/(sqrt(1+a)+sqrt(1-a))/a", "stable", ((2.0 * a) / _both_roots) / a, 2.0 / _both_roots, (-1.0, 1.0))
rule("1/sqrt(1-a)-1", "stable", 1.0 / sqrt(1.0 - a) - 1.0, F["pow1pm1"](-a, -0.5), BELOW_ONE)
rule("1/cos(a)-1", "stable", 1.0 / cos(a) - 1.0, F["versin"](a) / cos(a))

# A function at two neighbouring points.
rule("sqrt(a+1)-sqrt(a)", "stable", sqrt(a + 1.0) - sqrt(a), 1.0 / (sqrt(a + 1.0) + sqrt(a)), POSITIVE)
rule(
    "cbrt(a+1)-cbrt(a)",
    "stable",
    cbrt(a + 1.0) - cbrt(a),
    1.0 / (cbrt(a + 1.0) ** 2.0 + cbrt(a + 1.0) * cbrt(a) + cbrt(a) ** 2.0),
    (-1e12, 1e12),
)
rule("1/(a+1)-1/a", "stable", 1.0 / (a + 1.0) - 1.0 / a, -((1.0 / a) / (a + 1.0)), (-1e12, 1e12))
rule("1/a-1/(a+1)", "stable", 1.0 / a - 1.0 / (a + 1.0), (1.0 / a) / (a + 1.0), (-1e12, 1e12))
rule("log1p(a)-log(a)", "stable", F["log1p"](a) - log(a), F["softplus"](-log(a)), POSITIVE)
rule("log(a)-log1p(a)", "stable", log(a) - F["log1p"](a), -F["softplus"](-log(a)), POSITIVE)
rule("sqrt(a)-sqrt(a+1)", "stable", sqrt(a) - sqrt(a + 1.0), -(1.0 / (sqrt(a + 1.0) + sqrt(a))), POSITIVE)
rule(
    "atan(a+1)-atan(a)",
    "stable",
    F["arctan"](a + 1.0) - F["arctan"](a),
    F["arctan2"](1.0, 1.0 + a * (a + 1.0)),
    (-1e12, 1e12),
)

_along_sine, _across_sine = cos(a) * sin(b), sin(a) * F["versin"](b)
_along_cosine, _across_cosine = sin(a) * sin(b), cos(a) * F["versin"](b)
rule("sin(a+b)-sin(a)", "stable", sin(a + b) - sin(a), _along_sine - _across_sine, TINY)
rule("sin(a)-sin(a+b)", "stable", sin(a) - sin(a + b), _across_sine - _along_sine, TINY)
rule("sin(a-b)-sin(a)", "stable", sin(a - b) - sin(a), -_along_sine - _across_sine, TINY)
rule("sin(a)-sin(a-b)", "stable", sin(a) - sin(a - b), _along_sine + _across_sine, TINY)
rule("cos(a+b)-cos(a)", "stable", cos(a + b) - cos(a), -_along_cosine - _across_cosine, TINY)
rule("cos(a)-cos(a+b)", "stable", cos(a) - cos(a + b), _along_cosine + _across_cosine, TINY)
rule("cos(a-b)-cos(a)", "stable", cos(a - b) - cos(a), _along_cosine - _across_cosine, TINY)
rule("cos(a)-cos(a-b)", "stable", cos(a) - cos(a - b), _across_cosine - _along_cosine, TINY)
rule("sin(a+b)-sin(a-b)", "stable", sin(a + b) - sin(a - b), 2.0 * _along_sine)
rule("sin(a-b)-sin(a+b)", "stable", sin(a - b) - sin(a + b), -(2.0 * _along_sine))
rule("cos(a+b)-cos(a-b)", "stable", cos(a + b) - cos(a - b), -(2.0 * _along_cosine))
rule("cos(a-b)-cos(a+b)", "stable", cos(a - b) - cos(a + b), 2.0 * _along_cosine)
rule("(1-cos(a))/sin(a)", "stable", F["versin"](a) / sin(a), F["tan"](0.5 * a))
rule("sin(a)/(1+cos(a))", "stable", sin(a) / (1.0 + cos(a)), F["tan"](0.5 * a))
rule("1-a/hypot(a,b)", "stable", 1.0 - a / F["hypot"](a, b), F["hypot_slope_gap"](a, b), RANGE)
rule("a/hypot(a,b)-1", "stable", a / F["hypot"](a, b) - 1.0, -F["hypot_slope_gap"](a, b), RANGE)
rule("hypot(a,b)-a", "stable", F["hypot"](a, b) - a, F["hypot_gap"](a, b), RANGE)
rule("a-hypot(a,b)", "stable", a - F["hypot"](a, b), -F["hypot_gap"](a, b), RANGE)

# Inverse hyperbolic functions by their logarithms.
rule("log(a+hypot(1,a))", "stable", log(a + F["hypot"](1.0, a)), F["arcsinh"](a), (-1e12, 1e12))
rule("log(a+sqrt(a^2-1))", "stable", log(a + sqrt(a**2.0 - 1.0)), F["arccosh"](a), (1.0, 1e12))
rule("log((1+a)/(1-a))", "stable", log((1.0 + a) / (1.0 - a)), 2.0 * F["arctanh"](a), (-1.0, 1.0))
rule("log_ratio(1+a,1-a)", "stable", F["log_ratio"](1.0 + a, 1.0 - a), 2.0 * F["arctanh"](a), (-1.0, 1.0))

# The first spherical Bessel function by its definition.
rule("sin(a)/a^2-cos(a)/a", "stable", sin(a) / a**2.0 - cos(a) / a, F["spherical_jn"](1, a), (-30.0, 30.0))
rule("(sin(a)-a*cos(a))/a^2", "stable", (sin(a) - a * cos(a)) / a**2.0, F["spherical_jn"](1, a), (-30.0, 30.0))

# The gamma function and its logarithm one step apart.
gamma, gammaln, digamma = F["gamma"], F["gammaln"], F["digamma"]
rule("gamma(a+1)/gamma(a)", "stable", gamma(a + 1.0) / gamma(a), a, (0.1, 150.0))
rule("gamma(a)/gamma(a+1)", "stable", gamma(a) / gamma(a + 1.0), 1.0 / a, (0.1, 150.0))
rule("gammaln(a+1)-gammaln(a)", "stable", gammaln(a + 1.0) - gammaln(a), log(F["abs"](a)), (0.1, 1e12))
rule("gammaln(a)-gammaln(a+1)", "stable", gammaln(a) - gammaln(a + 1.0), -log(F["abs"](a)), (0.1, 1e12))
rule("digamma(a+1)-digamma(a)", "stable", digamma(a + 1.0) - digamma(a), 1.0 / a, (0.1, 1e12))
rule("digamma(a)-digamma(a+1)", "stable", digamma(a) - digamma(a + 1.0), -(1.0 / a), (0.1, 1e12))
