"""Real algebra, for reading: wherever both sides are defined they are equal; rounding and overflow may differ."""

from __future__ import annotations

from ...core.node import Node, constant
from ...core.operator import FUNCTIONS as F
from ...core.operator import OPS
from ...ops.tensor.products import transpose
from ..rule import function_rule, rule, wild

a, b, c = wild("a b c")
POSITIVE = (0.5, 3.0)

rule("a/a", "algebraic", a / a, constant(1.0), POSITIVE)
rule("(a*b)/b", "algebraic", (a * b) / b, a, POSITIVE)
rule("(a/b)*b", "algebraic", (a / b) * b, a, POSITIVE)
rule("a-a", "algebraic", a - a, constant(0.0))
rule("a+0", "algebraic", a + 0.0, a)
rule("a*0", "algebraic", a * 0.0, constant(0.0))
rule("a*a", "algebraic", a * a, a**2.0)
rule("a^2*a", "algebraic", a**2.0 * a, a**3.0)
rule("a^2/a", "algebraic", a**2.0 / a, a, POSITIVE)
rule("a*(b/a)", "algebraic", a * (b / a), b, POSITIVE)
rule("a+a", "algebraic", a + a, 2.0 * a)
rule("a*b+a*c", "algebraic", a * b + a * c, a * (b + c))
rule("a*b-a*c", "algebraic", a * b - a * c, a * (b - c))
rule("a/c+b/c", "algebraic", a / c + b / c, (a + b) / c, POSITIVE)
rule("(a/b)/c", "algebraic", (a / b) / c, a / (b * c), POSITIVE)
rule("a*(1/b)", "algebraic", a * (1.0 / b), a / b, POSITIVE)
rule("exp(log(a))", "algebraic", F["exp"](F["log"](a)), a, POSITIVE)
rule("exp(a)*exp(b)", "algebraic", F["exp"](a) * F["exp"](b), F["exp"](a + b))
rule("sin^2+cos^2", "algebraic", F["sin"](a) ** 2.0 + F["cos"](a) ** 2.0, constant(1.0))
rule("cosh^2-sinh^2", "algebraic", F["cosh"](a) ** 2.0 - F["sinh"](a) ** 2.0, constant(1.0))
rule("sqrt(a)^2", "algebraic", F["sqrt"](a) ** 2.0, a, POSITIVE)
rule("sqrt(a)*sqrt(a)", "algebraic", F["sqrt"](a) * F["sqrt"](a), a, POSITIVE)

# Inverses: at a singular matrix the left side may be finite where the right one is not.
X = F["stack"]([F["stack"]([a, b]), F["stack"]([-c, a])])  # regular for positive numbers


def _adjugate(node: Node) -> Node | None:
    x = node.args[0]
    if len(node.args) > 1 or x.ndim != 2:  # a derivative of the cofactor matrix, or a stack
        return None
    return F["det"](x) * transpose(F["inv"](x))


function_rule("cofactor(A)", "algebraic", OPS["cofactor"], _adjugate, F["cofactor"](X), POSITIVE)
