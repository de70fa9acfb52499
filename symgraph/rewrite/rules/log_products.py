"""Logarithms of products whose factors leave the range: gamma functions, exponentials and powers become terms."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.node import CONSTANT, Node
from ...core.operator import FUNCTIONS as F
from ...core.operator import OPS
from ..rule import function_rule, rule, wild

a, b, c = wild("a b c")
gamma, log, exp = F["gamma"], F["log"], F["exp"]
GAMMA, EXP, POWER, MULTIPLY, DIVIDE = (OPS[name] for name in ("gamma", "exp", "power", "multiply", "divide"))
MOST = 32  # factors


def _factors(product: Node) -> Iterator[tuple[Node, bool]]:
    """List the factors of nested products and quotients, and whether each stands below the fraction line."""
    waiting = [(product, False)]
    while waiting:
        node, below = waiting.pop()
        if node.op not in (MULTIPLY, DIVIDE):
            yield node, below
            continue
        waiting += [(node.args[1], below ^ (node.op is DIVIDE)), (node.args[0], below)]


def _term(factor: Node) -> Node | None:
    """Give log|factor| for a factor that may leave the range."""
    if factor.op is GAMMA:
        return F["gammaln"](factor.args[0])
    if factor.op is EXP:
        return factor.args[0]
    if factor.op is POWER and factor.args[1].op is not CONSTANT:
        return F["log_power"](*factor.args)
    return None


def _log_of_gammas(node: Node) -> Node | None:
    """A sum of the logarithms; what is left under one logarithm has the signs of the gamma functions."""
    factors = []
    for factor in _factors(node.args[0]):
        factors.append(factor)
        if len(factors) > MOST:
            return None
    if len(factors) < 2 or not any(factor.op is GAMMA for factor, _ in factors):
        return None
    total = left = None
    for factor, below in factors:
        term = _term(factor)
        if term is not None:
            total = (-term if below else term) if total is None else total - term if below else total + term
        if factor.op is GAMMA:  # ±1, the same above and below
            left = F["sign"](factor) if left is None else left * F["sign"](factor)
        elif term is None:
            left = (1.0 / factor if below else factor) if left is None else left / factor if below else left * factor
    return total + log(left) if total is not None and left is not None else None


_signs = F["sign"](gamma(a)) * F["sign"](gamma(b)) * F["sign"](gamma(a + b))
rule(
    "log(gamma(a)*gamma(b)/gamma(a+b))",
    "stable",
    log(gamma(a) * gamma(b) / gamma(a + b)),
    F["betaln"](a, b) + log(_signs),
    (0.1, 1e3),
)
for _name, _example in (
    ("log(gamma(a)/(gamma(b)*gamma(c)))", gamma(a) / (gamma(b) * gamma(c))),
    ("log(a^b*exp(-a)/gamma(b+1))", a**b * exp(-a) / gamma(b + 1.0)),
    ("log(a/(b*gamma(c)))", a / (b * gamma(c))),
):
    function_rule(_name, "stable", log(a).op, _log_of_gammas, log(_example), (0.1, 1e3))
