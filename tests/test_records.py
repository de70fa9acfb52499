"""Every operator and definition that is registered, held against arithmetic that knows none of their rules.

Nothing here names an operator: a new record is covered as soon as it exists.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

import symgraph as sg
from symgraph.autodiff.reverse import adjoints
from symgraph.autodiff.taylor import Jet
from symgraph.core.dtype import is_float
from symgraph.core.errors import DifferentiationError, DTypeError, EvaluationError, ShapeError
from symgraph.core.node import Node, make, symbol
from symgraph.core.operator import DEFINITIONS, FUNCTIONS, OPS, Known, Linearity, Operator
from symgraph.core.traversal import topological
from symgraph.evaluate.evaluator import run
from symgraph.testing import (
    Sample,
    disagreement,
    exact,
    line_derivatives_of,
    rounding_spread,
    rules_missing,
    sample,
    samples,
)
from symgraph.testing.samples import draw

DIGITS = 40
HIGHEST = 4
CONSTANT_BY_CONVENTION = "constant in derivatives"
TINY = mpmath.mpf("1e-20")
OPERATORS = [f"{name}[{place}]" for name, place in samples(OPS)]
DEFINED = [f"{name}[{place}]" for name, place in samples(DEFINITIONS)]
EVERY = OPERATORS + DEFINED


@cache
def at(label: str) -> Sample:
    name, _, place = label.rstrip("]").partition("[")
    table: Any = OPS if label in OPERATORS else DEFINITIONS
    return sample(table[name], int(place))


def is_scalar(case: Sample) -> bool:
    return all(s.shape == () for s in case.symbols) and all(o.shape == () for o in case.outputs)


def weighted(case: Sample) -> Node | None:
    """A scalar that depends on every entry of every real output."""
    rng = np.random.default_rng(7)
    total: Node | None = None
    for output in case.outputs:
        if not is_float(output.dtype):
            continue
        weights = rng.uniform(0.5, 1.5, size=output.shape)
        term = sg.sum(output * weights) if output.shape else output
        total = term if total is None else total + term
    return total


def directions_of(case: Sample, varied: Sequence[Node]) -> dict[Node, Any]:
    rng = np.random.default_rng(11)
    found = {}
    for s in case.symbols:
        direction = rng.uniform(0.5, 1.0, size=s.shape) * rng.choice([-1, 1], size=s.shape)
        if s in varied:
            found[s] = np.asarray(direction)[()]
    return found


def lines(case: Sample) -> list[tuple[Node, ...]]:
    """Each real argument alone, and all of them together (mixed derivatives)."""
    alone = [(s,) for s in case.real]
    return [*alone, case.real] if len(alone) > 1 else alone


def has_rule(case: Sample, varied: Sequence[Node]) -> bool:
    """False if the records themselves say that there is no derivative with respect to one of these arguments."""
    return not any(rules_missing(case.outputs, s) for s in varied)


def is_constant_by_convention(case: Sample) -> bool:
    return isinstance(case.record, Operator) and CONSTANT_BY_CONVENTION in case.record.traits


def is_a_single_point(case: Sample) -> bool:
    """True if the domain has no inside, so that there are no points to take differences between."""
    return any(low == high for low, high in case.record.examples[case.place].domain)


def paired(gradients: Sequence[Node], directions: Sequence[Any]) -> Node:
    total: Node | None = None
    for gradient, direction in zip(gradients, directions, strict=True):
        term = sg.sum(gradient * direction) if gradient.shape else gradient * direction
        total = term if total is None else total + term
    assert total is not None
    return total


def by_reverse(f: Node, line: dict[Node, Any]) -> Iterator[Node]:
    while True:
        yield (f := paired(sg.grad(f, list(line)), list(line.values())))


def by_forward(f: Node, line: dict[Node, Any]) -> Iterator[Node]:
    while True:
        yield (f := sg.jvp(f, list(line), list(line.values())))


def by_taylor(f: Node, line: dict[Node, Any]) -> Iterator[Node]:
    jet = Jet({s: sg.constant(direction) for s, direction in line.items()})
    for order in itertools.count(1):
        found = jet.derivative(f, order)
        yield sg.constant(0.0) if found is None else found


def affordable(derivatives: Iterator[Node], budget: int) -> list[Node]:
    """The first derivative, and up to the fourth as long as many digits can be had in fractions of a second."""
    found: list[Node] = []
    for f in itertools.islice(derivatives, HIGHEST):
        if found and weight([f]) > budget:
            break
        found.append(f)
    return found


def weight(outputs: Sequence[Node]) -> int:
    """Estimate the cost: entries, and for algorithms on arrays the cube of the size of a block matrix of them all."""
    total = 0
    for node in topological(outputs):
        entries = max(math.prod(each.shape) for each in (node, *node.args))
        simple = node.op.elementwise or node.op.linearity is not Linearity.NONE
        total += entries if simple else round(5 * entries**1.5) * 8 ** (len(node.args) - 1)
    return total


def far(got: Any, wanted: Any, scale: Any) -> bool:
    with mpmath.workdps(DIGITS):
        return not abs(mpmath.mpf(np.asarray(got).item()) - wanted) <= TINY * (abs(wanted) + scale)


@pytest.mark.parametrize("label", EVERY)
def test_value_in_machine_numbers_and_in_fifty_digits(label: str) -> None:
    case = at(label)
    got = sg.evaluate(list(case.outputs), case.values)
    wanted, widths = rounding_spread(case.outputs, case.values)
    for node, have, want, width in zip(case.outputs, got, wanted, widths, strict=True):
        if node.dtype == "bool" or not is_float(node.dtype):
            assert np.array_equal(np.asarray(have), want.astype(node.dtype))
        else:
            assert not disagreement(have, want, width)


@pytest.mark.parametrize("label", EVERY)
def test_all_modes_agree_with_fifty_digit_differences(label: str, pytestconfig: pytest.Config) -> None:
    case = at(label)
    f = weighted(case)
    if is_a_single_point(case):
        return  # the record's known values stand for it
    if is_constant_by_convention(case):
        assert [sg.grad(f, s) for s in case.real] == [sg.zeros(s.shape) for s in case.real]
        return
    for varied in lines(case):
        if f is None or not has_rule(case, varied):
            continue
        line = directions_of(case, varied)
        budget = 10**9 if is_scalar(case) or pytestconfig.getoption("--long") else 500_000
        found = {mode.__name__: affordable(mode(f, line), budget) for mode in (by_reverse, by_forward, by_taylor)}
        wanted = line_derivatives_of(f, case.values, line, max(map(len, found.values())))
        scale = max(abs(w) for w in wanted)
        names = ", ".join(s.name for s in varied)
        for mode, derivatives in found.items():
            numbers = exact(derivatives, case.values, DIGITS)
            for k, (have, want) in enumerate(zip(numbers, wanted[1:], strict=False), 1):
                assert not far(have, want, scale), (
                    f"{mode}, order {k}, along {names}: {have} instead of {want} at {case.values}"
                )


@pytest.mark.parametrize("label", EVERY)
def test_derivatives_in_machine_numbers(label: str) -> None:
    case = at(label)
    f = weighted(case)
    for varied in lines(case)[:3]:
        if f is None or not has_rule(case, varied):
            continue
        first = list(itertools.islice(by_reverse(f, directions_of(case, varied)), 2))
        got = sg.evaluate(first, case.values)
        wanted, widths = rounding_spread(first, case.values)
        for have, want, width in zip(got, wanted, widths, strict=True):
            assert not disagreement(have, want, width)


@pytest.mark.parametrize("label", OPERATORS)
def test_batched_jacobian_has_the_columns_of_forward_mode(label: str) -> None:
    case = at(label)
    for output in case.outputs:
        for s in case.real:
            if not is_float(output.dtype) or not has_rule(case, (s,)):
                continue
            whole = adjoints(output, [s]).get(s)
            if whole is not None:
                assert whole.shape == output.shape + s.shape
            basis = np.eye(math.prod(s.shape)).reshape(-1, *s.shape)
            columns = [sg.jvp(output, s, unit) for unit in basis[:: max(1, len(basis) // 5)]]
            found = exact([*columns, *([] if whole is None else [whole])], case.values, DIGITS)
            for unit, column in zip(basis[:: max(1, len(basis) // 5)], found, strict=False):
                with mpmath.workdps(DIGITS):
                    product = 0 * column if whole is None else np.tensordot(found[-1], unit, axes=s.ndim)
                for have, want in zip(np.ravel(product), np.ravel(column), strict=True):
                    assert not far(have, want, 1), f"{s.name}: {have} in reverse, {want} in forward mode"


@pytest.mark.parametrize("label", EVERY)
def test_an_argument_without_derivative_says_so_in_its_record(label: str) -> None:
    case = at(label)
    f = weighted(case)
    for s in case.real:
        if f is None or has_rule(case, (s,)):
            continue
        with pytest.raises(DifferentiationError, match="has no derivative"):
            sg.grad(f, s)
        with pytest.raises(DifferentiationError, match="has no derivative"):
            sg.jvp(f, s, np.ones(s.shape))


def retyped(case: Sample, kinds: Sequence[str]) -> tuple[Node, list[Any]] | None:
    """The same operator with other dtypes in the place of float64; ``None`` if it refuses them."""
    values = []
    count = 0
    for s in case.symbols:
        value = np.asarray(case.values[s])
        if is_float(s.dtype):
            kind = kinds[count % len(kinds)]
            value = value.astype(kind) if is_float(kind) else np.ones(value.shape, kind)
            count += 1
        values.append(value[()])
    args = tuple([symbol(f"x{i}", np.shape(v), v.dtype.name) for i, v in enumerate(values)])
    assert isinstance(case.record, Operator)
    try:
        return make(case.record, args, case.record.examples[case.place].attributes), values
    except (DTypeError, ShapeError):
        return None


@pytest.mark.parametrize("label", [label for label in OPERATORS if at(label).record.expand is None])
def test_inferred_shape_and_dtype_are_numpys(label: str) -> None:
    case = at(label)
    record = case.record
    assert isinstance(record, Operator)
    variants = [("float64",), ("float32",), ("float32", "float64")]
    if record.elementwise:
        variants += [("int64",), ("int32", "int64"), ("int64", "float32"), ("bool",)]
    for kinds in variants:
        made = retyped(case, kinds)
        if made is None:
            assert not is_float(kinds[0]), f"{record.name} refuses {kinds}"
            continue
        node, values = made
        try:
            result = np.asarray(run([node], dict(zip(node.args, values, strict=True)))[node])
        except EvaluationError:
            assert kinds == ("bool",), f"{record.name} does not compute with {kinds}"
            continue
        if all(is_float(kind) for kind in kinds):
            with np.errstate(all="ignore"):
                direct = np.asarray(record.numpy(*node.attrs, *values))
            assert direct.dtype == result.dtype, f"{record.name} of {kinds} computes {direct.dtype}"
        assert result.shape == node.shape
        assert result.dtype.name == node.dtype, f"{record.name} of {kinds}: {result.dtype} is not {node.dtype}"


KNOWN = [(name, row) for name, record in OPS.items() for row in range(len(record.known))]
KNOWN_DEFINED = [(name, row) for name, record in DEFINITIONS.items() for row in range(len(record.known))]


def same(have: Any, want: Any, signed: bool) -> bool:
    have, want = float(have), float(want)
    if math.isnan(want):
        return math.isnan(have)
    if signed and want == 0 and math.copysign(1, have) != math.copysign(1, want):
        return False
    return have == want or abs(have - want) <= 1e-14 * abs(want)


def arrays_same(have: Any, want: Any, signed: bool) -> bool:
    have, want = np.asarray(have), np.asarray(want)
    return have.shape == want.shape and all(same(h, w, signed) for h, w in zip(have.ravel(), want.ravel(), strict=True))


def known_case(record: Any, row: Known) -> tuple[Node, list[Node], dict[Node, Any]]:
    values = list(row.arguments)
    attributes = []
    if isinstance(record, Operator) and record.attributes and len(values) > (record.arity or 0):
        attributes, values = values[: len(record.attributes)], values[len(record.attributes) :]
    values = [np.asarray(v, dtype=float if np.asarray(v).dtype.kind == "i" else None)[()] for v in values]
    args = [symbol(f"k{i}", np.shape(v), v.dtype.name) for i, v in enumerate(values)]
    node = make(record, tuple(args), tuple(attributes)) if isinstance(record, Operator) else record.build(*args)
    return node, args, dict(zip(args, values, strict=True))


@pytest.mark.parametrize("backend", ["numpy", "mpmath"])
@pytest.mark.parametrize(("name", "row"), KNOWN + KNOWN_DEFINED)
def test_known_values_and_partials(name: str, row: int, backend: str) -> None:
    record: Any = OPS[name] if (name, row) in KNOWN else DEFINITIONS[name]
    known = record.known[row]
    node, args, values = known_case(record, known)
    signed = backend == "numpy"
    have = sg.evaluate(node, values, backend=backend)
    assert arrays_same(have, known.value, signed), f"value {have} instead of {known.value} at {known.arguments}"
    if known.partials is None:
        return
    f = sg.sum(node) if node.shape else node
    for s, want in zip(args, known.partials, strict=True):
        if want is None:
            continue
        reverse, forward = sg.grad(f, s), sg.jvp(f, s, np.ones(s.shape))
        have = sg.evaluate(reverse, values, backend=backend)
        assert arrays_same(have, want, False), f"reverse {have} instead of {want} for {s.name} at {known.arguments}"
        total = sg.evaluate(forward, values, backend=backend)
        assert same(total, np.sum(want), False), f"forward {total} instead of {want} for {s.name} at {known.arguments}"


@pytest.mark.parametrize("label", DEFINED)
def test_definitions_agree_with_their_reference(label: str) -> None:
    case = at(label)
    record: Any = case.record
    if record.reference is None:
        pytest.skip("the record gives no reference")
    wanted = record.reference(*case.arguments)
    wanted = wanted if isinstance(wanted, (tuple, list)) else [wanted]
    exactly, widths = rounding_spread(case.outputs, case.values)
    for node, have, width, want in zip(case.outputs, exactly, widths, wanted, strict=True):
        if is_float(node.dtype):
            assert not disagreement(np.asarray(want, dtype=float), have, width)
        else:
            assert np.array_equal(want, have.astype(node.dtype))


@pytest.mark.parametrize("name", [*OPS, *DEFINITIONS])
def test_documentation_and_aliases(name: str) -> None:
    record: Any = OPS.get(name) or DEFINITIONS[name]
    assert record.doc.strip()
    assert record.family.strip()
    for alias in record.aliases:
        assert FUNCTIONS[alias] is FUNCTIONS[name]
    if name in FUNCTIONS:
        assert callable(getattr(sg, name))
    for kink in record.kinks:
        assert kink.place.strip() and kink.convention.strip()


def test_every_example_can_be_drawn() -> None:
    for table in (OPS, DEFINITIONS):
        for record in table.values():
            for example in record.examples:
                draw(example, np.random.default_rng(0))
