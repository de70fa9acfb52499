"""Logarithms of products whose factors leave the range: gamma functions, exponentials and powers become terms.

The sum of large terms may be less accurate than the product is, so it is used only where the product leaves the range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import islice

from ...core.node import CONSTANT, Node
from ...core.operator import FUNCTIONS as F
from ...core.operator import OPS
from ..rule import function_rule, wild

a, b, c = wild("a b c")
gamma, log, exp = F["gamma"], F["log"], F["exp"]
GAMMA, EXP, POWER, MULTIPLY, DIVIDE = (OPS[name] for name in ("gamma", "exp", "power", "multiply", "divide"))
MOST = 32  # factors
MODERATE = 600.0  # e^600 is well inside the range


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


def _product(factors: Iterable[Node]) -> Node:
    return reduce(lambda x, y: x * y, factors)


def _log_of_gammas(node: Node) -> Node | None:
    """The logarithm itself where it is a number of moderate size, and else the sum of the factors' logarithms."""
    factors = list(islice(_factors(node.args[0]), MOST + 1))
    if not 2 <= len(factors) <= MOST or not any(factor.op is GAMMA for factor, _ in factors):
        return None
    terms = [(term, below) for factor, below in factors if (term := _term(factor)) is not None]
    total, *signed = [-term if below else term for term, below in terms]
    for term in signed:
        total = total + term
    above = _product(F["sign"](factor) for factor, _ in factors if factor.op is GAMMA)  # ±1, the same above and below
    rest = [(factor, below) for factor, below in factors if _term(factor) is None]
    above = _product([above, *[factor for factor, below in rest if not below]])
    if any(below for _, below in rest):
        left = F["log_ratio"](above, _product(factor for factor, below in rest if below))
    else:
        left = log(above)
    plain = F["log_ratio"](node.args[0], 1.0)  # as the logarithm, and this rule does not fire again
    return F["where"](F["abs"](plain) < MODERATE, plain, total + left)


for _name, _example in (
    ("log(gamma(a)/gamma(b))", gamma(a) / gamma(b)),
    ("log(a^b*exp(-a)/gamma(b+1))", a**b * exp(-a) / gamma(b + 1.0)),
    ("log(a/(b*gamma(c)))", a / (b * gamma(c))),
):
    function_rule(_name, "stable", log(a).op, _log_of_gammas, log(_example), (0.1, 1e3))
