"""Writes the pages on operators, kinks, rules, lowerings and derivatives from the code; `--check` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from lowerings import lowerings_page

import symgraph
from symgraph.core.operator import DEFINITIONS, FUNCTIONS, OPS, ZERO, Definition, Operator
from symgraph.rewrite.rule import RULES

HERE = Path(__file__).parent


def operators_page() -> str:
    """Describe every operator and every defined function, by family."""
    lines = [
        "# Operators",
        "",
        "Generated from the operator records by `python docs/generate.py`. *Derivatives* says for each argument",
        "whether there is a rule (yes), the derivative is proved to vanish (0), or there is none (none: asking for",
        "it is an error). A *defined* function is built from other operators and inherits their derivatives.",
    ]
    families = sorted({record.family for record in [*OPS.values(), *DEFINITIONS.values()]})
    for family in families:
        lines += ["", f"## {family}", "", "| name | meaning | derivatives |", "| --- | --- | --- |"]
        records = [r for r in [*OPS.values(), *DEFINITIONS.values()] if r.family == family]
        lines += [_row(record) for record in sorted(records, key=lambda record: record.name)]
    return "\n".join(lines) + "\n"


def _row(record: Operator | Definition) -> str:
    names = [record.name, *record.aliases]
    shown = ", ".join(f"`{name}`" for name in names)
    if record.name not in FUNCTIONS:
        shown += " (internal)"
    doc = " ".join(record.doc.split("\n\n")[0].split()).replace("|", "\\|")
    rules = _rules(record) if isinstance(record, Operator) else "defined"
    return f"| {shown} | {doc} | {rules} |"


def _rules(op: Operator) -> str:
    if op.arity == 0:
        return "leaf"
    if not op.differentiable:
        return "0" if op.partials else "none"
    if op.partials is not None:
        return ", ".join("none" if p is None else "0" if p is ZERO else "yes" for p in op.partials)
    return "yes"


def kinks_page() -> str:
    """List the places without a derivative, and what symgraph answers there."""
    lines = [
        "# Kinks: one convention for each",
        "",
        "Where a function has no derivative, symgraph answers with a published convention or with nan, never with",
        "an accident of the spelling. Generated from the operator records by `python docs/generate.py`.",
        "",
        "`symgraph.kinks(f)` lists the expressions of f that have kinks, with the convention and the line that made",
        "them; `symgraph.kinks(f, at={...})` lists those that the point sits on, and",
        '`evaluate(f, {...}, check="kinks")` warns of them (`KinkWarning`).',
        "",
        "| operator | where | answer |",
        "| --- | --- | --- |",
    ]
    for record in sorted([*OPS.values(), *DEFINITIONS.values()], key=lambda record: record.name):
        for kink in record.kinks:
            place, answer = kink.place.replace("|", "\\|"), kink.convention.replace("|", "\\|")
            lines.append(f"| `{record.name}` | {place} | {answer} |")
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """List the rewrite rules by class."""
    classes = {
        "exact": "the same bits for every input, nan, infinities and −0 included",
        "stable": "equal as a real function wherever the original is defined, and no less accurate; "
        "on by default in `evaluate` and in all derivatives, `simplify=None` switches it off",
        "algebraic": "equal in real algebra; only on request: `symgraph.simplify(e)`",
    }
    lines = ["# Rewrite rules", "", "Generated from the rule tables by `python docs/generate.py`."]
    for level, meaning in classes.items():
        lines += ["", f"## {level}", "", f"{meaning[0].upper()}{meaning[1:]}.", "", "| rule | before | after |"]
        lines += ["| --- | --- | --- |"]
        for rule in RULES.values():
            if rule.level == level:
                after = rule.replacement if rule.build is None else rule.build(rule.pattern)
                cells = [
                    str(side).replace(r"`\u{0}any a`", "a").replace(r"`\u{0}any b`", "b")
                    for side in (rule.pattern, after)
                ]
                cells = [cell.replace(r"`\u{0}any c`", "c").replace("\n", "; ").replace("|", r"\|") for cell in cells]
                lines.append(f"| {rule.name.replace('|', chr(92) + '|')} | `{cells[0]}` | `{cells[1]}` |")
    return "\n".join(lines) + "\n"


MATRIX_CALCULUS = """# Matrix calculus

What `grad`, `jacobian` and `hessian` answer for the formulas of statistics, machine learning and control. Generated
by `python docs/generate.py`: the right column is `str()` of the derivative. It is the graph that runs, and the text
parses back to it; `latex()` writes the same for a page. Every row is compared with a closed form by the tests.

**Layout.** Vectors are columns. A gradient has the shape of its variable. A Jacobian has the output's axes first
(numerator layout): `y.shape + x.shape`, so that of `A·x` is A. A Hessian has the shape `x.shape + x.shape`. For
matrices these have four axes: `(A ⊗ B)[i,j,k,l] = A[i,k]·B[j,l]`, which maps a change X of the variable to A·X·Bᵀ.
Sizes are names: each line was derived once, for all n, m and k.

**Notation.** `·` is the product with a scalar or of matrices, `⊙` the product entry by entry, `eye(n)` the identity,
`diag(v)` a diagonal matrix, `X⁻¹` the inverse, `X⁻ᵀ` its transpose; lines behind `where` name what is shared.
Where there is no matrix notation, letters name axes: `∑ₖ Tᵢⱼₖ·xₖ`, and `eye(n)ᵢⱼ` for Kronecker's δ
([index notation](text-language.md#index-notation)). Under "Symmetric matrices", S has `symmetric=True`.

**Numbers first.** Where the textbook form would lose digits, another one stands here: the derivative of `det(X)` is
`cofactor(X)`, which is right at singular X too (`simplify(…, "algebraic")` writes it with the inverse), `1 - σ(s)` is
`σ(-s)`, a covariance is centred before it is squared.
"""


def matrix_calculus_page() -> str:
    """Print the derivatives of the formulas that the tests check, by topic."""
    rows = json.loads((HERE.parent / "tests" / "cases" / "matrix_formulas.json").read_text())
    kinds = {
        "grad": (symgraph.grad, "∂/∂{}"),
        "jac": (symgraph.jacobian, "∂/∂{}"),
        "hess": (symgraph.hessian, "∂²/∂{}²"),
    }
    lines = [MATRIX_CALCULUS.rstrip()]
    for topic in dict.fromkeys(row["topic"] for row in rows):
        lines += ["", f"## {topic}", "", "| f | | derivative |", "| --- | --- | --- |"]
        for row in rows:
            if row["topic"] != topic:
                continue
            symbols = {
                name: symgraph.symbol(name, tuple(shape), symmetric=name in row.get("symmetric", ()))
                for name, shape in row["shapes"].items()
            }
            f = symgraph.parse(row["f"], symbols=symbols)
            derive, sign = kinds[row["kind"]]
            shown = _in_one_line(derive(f, symbols[row["wrt"]]))
            lines.append(f"| `{row['f']}` | {sign.format(row['wrt'])} | `{shown}` |")
    return "\n".join(lines) + "\n"


SCALAR_FORMULAS = """# Derivatives of scalar formulas

What `grad` answers for formulas of physics, chemistry, statistics and machine learning, for the first and the second
time. Generated by `python docs/generate.py`: the right column is `str()` of the derivative. It is the graph that runs,
and the text parses back to it. Every row is compared with a closed form by the tests, in value and in size.

**Why `/ x / x`.** `x^2` leaves the range of floating-point numbers where `a / x / x` does not, so a division stays a
division; a number divided by a power is a power, `2·x^(-3)`, whose range is the same. A quotient inside a product stays
one factor. `x / x` is not 1, because it is not at 0 ([decision 6](decisions/0006-derivatives-are-tidied.md)).

**Symbolic exponents.** The slope of `x^n` is `guard(logical_or(n != 0, x != 0), n, x^(n - 1))`: the product
n·x^(n - 1), but 0 at n = x = 0, where the product would be nan. With `positive=True` on x or on n it is `n·x^(n - 1)`.

**Numbers first.** `σ(-x)` stands for `1 - σ(x)` and `sech(x)^2` for `1 - tanh(x)^2`, which would cancel.
"""


def scalar_formulas_page() -> str:
    """Print the first and second derivatives of the scalar formulas that the tests check, by topic."""
    rows = json.loads((HERE.parent / "tests" / "cases" / "scalar_formulas.json").read_text())
    lines = [SCALAR_FORMULAS.rstrip()]
    for topic in dict.fromkeys(row["topic"] for row in rows):
        lines += ["", f"## {topic}", "", "| f | | derivative |", "| --- | --- | --- |"]
        for row in rows:
            if row["topic"] == topic:
                derivative, name = symgraph.parse(row["f"]), row["wrt"]
                for _ in range(row["order"]):
                    derivative = symgraph.grad(derivative, name)
                sign = f"∂/∂{name}" if row["order"] == 1 else f"∂²/∂{name}²"
                lines.append(f"| `{row['f']}` | {sign} | `{_in_one_line(derivative)}` |")
    return "\n".join(lines) + "\n"


def _in_one_line(node: symgraph.Node) -> str:
    return str(node).replace("\n      ", "; ").replace("\n", " ")


PAGES = {
    "operators.md": operators_page,
    "kinks.md": kinks_page,
    "rules.md": rules_page,
    "lowerings.md": lowerings_page,
    "matrix-calculus.md": matrix_calculus_page,
    "scalar-formulas.md": scalar_formulas_page,
}


def main(check: bool) -> int:
    """Write the pages, or say which are stale."""
    stale = [name for name, page in PAGES.items() if not (HERE / name).exists() or (HERE / name).read_text() != page()]
    if check:
        print(f"stale: {', '.join(stale)}; run python docs/generate.py" if stale else "documentation is up to date")
        return 1 if stale else 0
    for name in stale:
        (HERE / name).write_text(PAGES[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
