"""Signs: the same bits for every input."""

from __future__ import annotations

from ..rule import rule, wild

a, b = wild("a b")

rule("a+(-b)", "exact", a + (-b), a - b)
rule("(-a)+b", "exact", (-a) + b, b - a)
rule("a-(-b)", "exact", a - (-b), a + b)
rule("(-a)*(-b)", "exact", (-a) * (-b), a * b)
rule("(-a)/(-b)", "exact", (-a) / (-b), a / b)
rule("(-a)*b", "exact", (-a) * b, -(a * b))
rule("(-a)/b", "exact", (-a) / b, -(a / b))
rule("a/(-b)", "exact", a / (-b), -(a / b))
rule("(-a)^2", "exact", (-a) ** 2.0, a**2.0)
