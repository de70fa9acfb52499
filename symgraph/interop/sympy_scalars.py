"""What the operators on scalars are in SymPy: a table by operator name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.node import Node

Back = Callable[..., Any]


def _plain(name: str) -> Back:
    return lambda sympy, node, *args: getattr(sympy, name)(*args)


def _steps(build: Callable[..., Any]) -> Back:
    """Wrap a definition that needs SymPy and the arguments only."""
    return lambda sympy, node, *args: build(sympy, *args)


def _ordered(build: Callable[..., Any]) -> Back:
    """Wrap a function of one variable whose attribute says how often it is differentiated."""

    def convert(sympy: Any, node: Node, x: Any) -> Any:
        t = sympy.Dummy("t", real=True)
        return sympy.diff(build(sympy, t), t, int(node.attrs[0])).subs(t, x)

    return convert


def as_number(sympy: Any, condition: Any) -> Any:
    """Use a condition as the number 1 or 0."""
    if condition.is_Symbol or not isinstance(condition, sympy.logic.boolalg.Boolean):
        return condition
    return sympy.Piecewise((1, condition), (0, True))


def _dawson(s: Any, x: Any) -> Any:
    return s.sqrt(s.pi) / 2 * s.exp(-(x**2)) * s.erfi(x)


def _log_gamma(s: Any, x: Any) -> Any:
    """log|Γ(x)|: SymPy's loggamma is complex below 0."""
    return s.loggamma(x) if x.is_positive else s.log(s.Abs(s.gamma(x)))


def _remainder(s: Any, x: Any, y: Any) -> Any:
    return x - y * s.floor(x / y)


def _truncated(s: Any, x: Any) -> Any:
    return s.sign(x) * s.floor(s.Abs(x))


NAMES = {
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin",
    "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "sech": "sech", "absolute": "Abs", "sign": "sign",
    "sgn": "sign", "floor": "floor", "ceil": "ceiling", "maximum": "Max", "minimum": "Min", "heaviside": "Heaviside",
    "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "erfcinv": "erfcinv", "gamma": "gamma",
    "digamma": "digamma", "beta": "beta", "less": "Lt", "less_equal": "Le",
    "greater": "Gt", "greater_equal": "Ge", "equal": "Eq", "not_equal": "Ne", "logical_and": "And",
    "logical_or": "Or", "logical_xor": "Xor", "logical_not": "Not", "jv": "besselj", "yv": "bessely",
    "iv": "besseli", "kv": "besselk", "zeta": "zeta", "expi": "Ei", "exp1": "E1", "si": "Si",
    "lambertw": "LambertW", "ellipk": "elliptic_k", "ellipe": "elliptic_e",
}  # fmt: skip
DEFINITIONS: dict[str, Callable[..., Any]] = {
    "add": lambda s, x, y: as_number(s, x) + as_number(s, y),
    "subtract": lambda s, x, y: as_number(s, x) - as_number(s, y),
    "multiply": lambda s, x, y: as_number(s, x) * as_number(s, y),
    "guard": lambda s, taken, x, y: s.Piecewise((as_number(s, x) * as_number(s, y), taken), (0, True)),
    "divide": lambda s, x, y: as_number(s, x) / as_number(s, y),
    "negative": lambda s, x: -as_number(s, x),
    "power": lambda s, x, y: as_number(s, x) ** as_number(s, y),
    "exp2": lambda s, x: 2**x,
    "expm1": lambda s, x: s.exp(x) - 1,
    "cbrt": lambda s, x: s.sign(x) * s.Abs(x) ** s.Rational(1, 3),
    "log1p": lambda s, x: s.log(1 + x),
    "log2": lambda s, x: s.log(x) / s.log(2),
    "log10": lambda s, x: s.log(x) / s.log(10),
    "hypot": lambda s, x, y: s.sqrt(x**2 + y**2),
    "logaddexp": lambda s, x, y: s.log(s.exp(x) + s.exp(y)),
    "logaddexp2": lambda s, x, y: s.log(2**x + 2**y) / s.log(2),
    "one_minus_square": lambda s, x: 1 - x**2,
    "versin": lambda s, x: 1 - s.cos(x),
    "arccot": lambda s, x: s.atan(1 / x),
    "degrees": lambda s, x: x * 180 / s.pi,
    "radians": lambda s, x: x * s.pi / 180,
    "where": lambda s, c, x, y: s.Piecewise((as_number(s, x), c), (as_number(s, y), True)),
    "xlogy": lambda s, x, y: s.Piecewise((0, s.Eq(x, 0)), (x * s.log(y), True)),
    "xlog1py": lambda s, x, y: s.Piecewise((0, s.Eq(x, 0)), (x * s.log(1 + y), True)),
    "xdivy": lambda s, x, y: s.Piecewise((0, s.Eq(x, 0)), (x / y, True)),
    "jump": lambda s, x: s.Piecewise((0, s.Ne(x, 0)), (s.nan, True)),
    "max_share": lambda s, x, y: s.Piecewise((1, x > y), (s.Rational(1, 2), s.Eq(x, y)), (0, True)),
    "erfcx": lambda s, x: s.exp(x**2) * s.erfc(x),
    "dawsn": _dawson,
    "ndtr": lambda s, x: s.erfc(-x / s.sqrt(2)) / 2,
    "ndtri": lambda s, x: s.sqrt(2) * s.erfinv(2 * x - 1),
    "log_ndtr": lambda s, x: s.log(s.erfc(-x / s.sqrt(2)) / 2),
    "sigmoid": lambda s, x: 1 / (1 + s.exp(-x)),
    "logit": lambda s, x: s.log(x / (1 - x)),
    "softplus": lambda s, x: s.log(1 + s.exp(x)),
    "logcosh": lambda s, x: s.log(s.cosh(x)),
    "log1mexp": lambda s, x: s.log(1 - s.exp(-x)),
    "gap": lambda s, x, y: x - y,
    "hypot_slope": lambda s, x, y: s.Piecewise((0, s.Eq(x, 0) & s.Eq(y, 0)), (x / s.sqrt(x**2 + y**2), True)),
    "copysign": lambda s, x, y: s.Abs(x) * s.Piecewise((-1, y < 0), (1, True)),
    "tied": lambda s, x: s.Piecewise((0, s.Eq(x, 0) | s.Eq(x, 1)), (s.nan, True)),
    "gammaln": _log_gamma,
    "betaln": lambda s, x, y: _log_gamma(s, x) + _log_gamma(s, y) - _log_gamma(s, x + y),
    "rgamma": lambda s, x: 1 / s.gamma(x),
    "gammainc": lambda s, a, x: s.lowergamma(a, x) / s.gamma(a),
    "gammaincc": lambda s, a, x: s.uppergamma(a, x) / s.gamma(a),
    "betainc": lambda s, a, b, x: s.betainc_regularized(a, b, 0, x),
    "hyp2f1": lambda s, a, b, c, x: s.hyper((a, b), (c,), x),
    "ci": lambda s, x: s.Ci(s.Abs(x)),
    "ive": lambda s, v, x: s.exp(-s.Abs(x)) * s.besseli(v, x),
    "kve": lambda s, v, x: s.exp(x) * s.besselk(v, x),
    **{f"j{n}": lambda s, x, n=n: s.besselj(n, x) for n in (0, 1)},
    **{f"y{n}": lambda s, x, n=n: s.bessely(n, x) for n in (0, 1)},
    **{f"i{n}": lambda s, x, n=n: s.besseli(n, x) for n in (0, 1)},
    **{f"k{n}": lambda s, x, n=n: s.besselk(n, x) for n in (0, 1)},
    "remainder": _remainder,
    "floor_divide": lambda s, x, y: s.floor(x / y),
    "trunc": _truncated,
    "fmod": lambda s, x, y: x - y * _truncated(s, x / y),
    "stop_gradient": lambda s, x: x,
}
ORDERED: dict[str, Callable[..., Any]] = {
    "sinc": lambda s, t: s.sinc(s.pi * t),
    "erfcx_derivative": lambda s, t: s.exp(t**2) * s.erfc(t),
    "dawsn_derivative": _dawson,
    "log_ndtr_derivative": lambda s, t: s.log(s.erfc(-t / s.sqrt(2)) / 2),
    "arcsin_ratio": lambda s, t: s.asin(t) / t,
    "arcsinh_ratio": lambda s, t: s.asinh(t) / t,
    "arctan_ratio": lambda s, t: s.atan(t) / t,
    "arctanh_ratio": lambda s, t: s.atanh(t) / t,
    "erf_ratio": lambda s, t: s.erf(t) / t,
    "logcosh_ratio": lambda s, t: s.log(s.cosh(t)) / t,
    "tan_ratio": lambda s, t: s.tan(t) / t,
    "tanh_ratio": lambda s, t: s.tanh(t) / t,
    "x_coth": lambda s, t: t / s.tanh(t),
    "x_csch": lambda s, t: t / s.sinh(t),
}


def _power_log(sympy: Any, node: Node, x: Any, y: Any) -> Any:
    return x**y * sympy.log(x) ** node.attribute("k")


def _first_is_order(name: str) -> Back:
    return lambda sympy, node, *args: getattr(sympy, name)(*node.attrs, *args)


SCALAR: dict[str, Back] = {
    **{name: _plain(other) for name, other in NAMES.items()},
    **{name: _steps(build) for name, build in DEFINITIONS.items()},
    **{name: _ordered(build) for name, build in ORDERED.items()},
    "power_log": _power_log,
    "polygamma": _first_is_order("polygamma"),
    "spherical_jn": _first_is_order("jn"),
    "astype": lambda sympy, node, x: as_number(sympy, x),
}
