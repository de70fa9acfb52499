"""Saving and loading: everything comes back as the same object, and damaged files end in LoadError."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgraph as sg
from symgraph.core.dimension import Dim
from symgraph.core.errors import LoadError, SymgraphError
from symgraph.core.node import CONSTANT, Node
from symgraph.core.operator import DEFINITIONS, OPS
from symgraph.interop import data
from symgraph.interop.data import Reading, decode, encode
from symgraph.interop.files import Limits, dumps, load, loads, read, save
from symgraph.testing import random_graph, sample, samples

x, y = sg.symbols("x y")
W = sg.symbol("W", shape=("n", "m"), positive=True)
v = sg.symbol("v", shape="m")

HOSTILE = Path(__file__).parent / "hostile" / "saves.txt"
FORGED = [line.split("\t") for line in HOSTILE.read_text(encoding="ascii").splitlines()]


def example() -> dict[str, Any]:
    """A graph with leaves of every kind, named sizes, a composite and a gradient."""
    u = sg.symbol("u")
    gate = sg.function("gate", [u], sg.sin(u) * u)
    f = sg.sum((W @ v) ** 2) * gate(gate(x)) / y + sg.constant([1, 2, 3], "int32")[1]
    return {"f": f, "gradient": sg.grad(f, [W, v, x]), "mask": (x > 0, sg.constant(True))}


def sign(body: str) -> bytes:
    """Give a body a header with the right checksum."""
    raw = body.encode()
    digest = hashlib.sha256(raw).hexdigest()
    return f'{{"format":"symgraph","version":1,"sha256":"{digest}","graph":'.encode() + raw + b"}\n"


def body_of(saved: bytes) -> str:
    return saved[saved.index(b'"graph":') + 8 : -2].decode()


@contextmanager
def recursion_limit(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


# --- identity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("records", [OPS, DEFINITIONS], ids=["operators", "definitions"])
def test_every_example_of_every_record_comes_back(records: dict[str, Any]) -> None:
    for name, place in samples(records):
        outputs = list(sample(records[name], place).outputs)
        saved = dumps(outputs)
        again = loads(saved)
        assert all(one is other for one, other in zip(again, outputs, strict=True)), name
        assert dumps(again) == saved, name


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_come_back(seed: int) -> None:
    f = random_graph(seed, operations=12, boundary=bool(seed % 2)).output
    assert loads(dumps(f)) is f
    assert pickle.loads(pickle.dumps([f, f])) == [f, f]


STRUCTURES = [
    x,
    [x, y],
    (x, [y, (x,)]),
    {"a": x, "b": {"c": [y]}, 3: (x,)},
    {x: y, y: x},
    [],
    {},
    (),
    [None, True, 3, 2.5, "text", b"bytes"],
]


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_nestings_come_back(structure: Any) -> None:
    again = loads(dumps(structure))
    assert again == structure
    assert type(again) is type(structure)


def test_inputs_and_names_come_back() -> None:
    saved = read(dumps(x * y, inputs=[x, y], names={"left": x}))
    assert (saved.outputs, saved.inputs, saved.names) == (x * y, [x, y], {"left": x})


VALUES = [
    0,
    -1,
    2**63 - 1,
    0.0,
    -0.0,
    1 / 3,
    5e-324,
    float("inf"),
    -float("inf"),
    float("nan"),
    True,
    None,
    "",
    'ü\ud800\n"\\[{',
    b"",
    bytes(range(256)),
    (),
    ((1, 2), (0, None, -1)),
    Dim.named("n"),
    (Dim.named("n") * Dim.named("m") * 2 - Dim.named("k") + 1, 3),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_attributes_come_back_exactly(value: Any) -> None:
    again = decode(json.loads(json.dumps(encode(value, {}))), Reading([]))
    assert type(again) is type(value)
    assert repr(again) == repr(value)
    assert again == value or value != value


def test_numpy_scalars_become_python_numbers() -> None:
    assert decode(encode((np.int64(3), np.float64(0.5), np.True_), {}), Reading([])) == (3, 0.5, True)


CONSTANTS = [
    -0.0,
    float("nan"),
    -float("inf"),
    True,
    7,
    np.float32(0.1),
    np.zeros((0, 3)),
    np.array([[1.5, -0.0]]),
    np.arange(4, dtype="int32"),
    np.array([True, False]),
    np.array(np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\xff", "<f8")[0]),
]


@pytest.mark.parametrize("value", CONSTANTS, ids=repr)
def test_constants_come_back_bit_for_bit(value: Any) -> None:
    node = sg.constant(value)
    assert loads(dumps(node)) is node


def test_names_of_any_characters_come_back() -> None:
    for name in ("ω₁", '"quoted" \\', "[[[[" * 100, "\0", "\ud800", "a\r\nb"):
        node = sg.symbol(name)
        assert loads(dumps(node)) is node


# --- scale ------------------------------------------------------------------------------------------


def test_a_deep_chain_is_saved_loaded_and_pickled_without_recursion() -> None:
    node = x
    with recursion_limit(150):
        for _ in range(100_000):
            node = sg.sin(node)
        assert loads(dumps(node)) is node
        assert pickle.loads(pickle.dumps([node, x])) == [node, x]


def test_shared_levels_are_written_once() -> None:
    node = x
    for _ in range(1000):
        node = node * node + node
    saved = dumps(node)
    assert loads(saved) is node
    assert body_of(saved).count("\n[") == 2001


def test_equal_graphs_make_equal_files_in_every_process(tmp_path: Path) -> None:
    program = (
        "import sys, symgraph as sg; from symgraph.interop.files import dumps\n"
        "if sys.argv[1] == '2': sg.sin(sg.symbol('y')) + 1.0\n"  # other creation numbers
        "x, y = sg.symbols('x y'); n = sg.symbol('A', shape=('n', 'm'))\n"
        "f = sg.sum(sg.exp(n) * x) * sg.sin(y) + 1.0\n"
        "sys.stdout.buffer.write(dumps(sg.value_and_grad(f, [n, x, y])))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, seed],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    value, (a, _, _) = loads(runs[0])
    assert value.op.name == "add" and a.shape == (Dim.named("n"), Dim.named("m"))


# --- files and pickles ------------------------------------------------------------------------------


def test_saving_replaces_a_file_at_once_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    save(path, x)
    save(str(path), {"f": y})
    assert load(path) == {"f": y}
    assert [each.name for each in tmp_path.iterdir()] == ["f.json"]
    assert json.loads(path.read_bytes())["format"] == "symgraph"


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.json"
    save(path, x)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(path, y)
    assert load(path) is x
    assert [each.name for each in tmp_path.iterdir()] == ["f.json"]


def test_line_ends_of_windows_are_accepted() -> None:
    assert loads(dumps(x * y).replace(b"\n", b"\r\n")) is x * y


def test_expressions_are_pickled_and_copied() -> None:
    structure = example()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(structure, protocol)) == structure
    assert copy.deepcopy(structure) == structure


class Opaque:
    """An attribute that no file can hold, until it has a codec."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and other.number == self.number

    def __hash__(self) -> int:
        return hash(self.number)


def test_a_codec_lets_files_hold_another_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "_by_kind", dict(data._by_kind))
    monkeypatch.setattr(data, "_by_tag", dict(data._by_tag))
    with pytest.raises(SymgraphError, match="type Opaque cannot be saved"):
        dumps(Opaque(3))
    codec = data.Codec("opaque", Opaque, lambda value: (value.number, x), lambda found, reading: Opaque(found[0]))
    data.register_codec(codec)
    assert loads(dumps([Opaque(3)])) == [Opaque(3)]
    with pytest.raises(SymgraphError, match="already"):
        data.register_codec(codec)


UNSAVEABLE = [
    (object(), "type object cannot be saved"),
    (2**63, "beyond 64 bits"),
    (Dim.named("n") * 2**63, "beyond 64 bits"),
    (np.longdouble(1.0), "longdouble|float128"),
    (np.zeros(2), "ndarray cannot be saved"),
    (tuple([Dim.named("n") + 1] * 11), "1024 terms"),
    (sg.roll(sg.symbol("row", shape=3), 2**70), "roll cannot be saved: an integer beyond 64 bits"),
    (sg.symbol("huge", shape=(10**30,)), "symbol cannot be saved: a size is not an integer"),
    (sg.reshape(sg.symbol("wide", shape=(2**40, 2**40)), -1), "reshape|contract"),
]


@pytest.mark.parametrize(("value", "message"), UNSAVEABLE, ids=lambda each: str(each)[:30])
def test_what_cannot_be_saved_is_named(value: Any, message: str) -> None:
    with pytest.raises(SymgraphError, match=message):
        dumps(value)


def test_a_rule_written_in_python_cannot_be_saved() -> None:
    u = sg.symbol("u")
    own = sg.custom_gradient("own", [u], u * 1.0, lambda g, value, u: [g])
    with pytest.raises(SymgraphError, match="own has a derivative rule written in Python"):
        dumps(own(x))


def test_nesting_is_limited() -> None:
    nested: Any = x
    for _ in range(data.DEPTH - 1):
        nested = [nested]
    assert loads(dumps(nested)) == nested
    with pytest.raises(SymgraphError, match="nested more than"):
        dumps([[[nested]]])


# --- damage -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "body"), FORGED, ids=[name for name, _ in FORGED])
def test_forged_saves_end_in_load_error(name: str, body: str) -> None:
    with pytest.raises(LoadError):
        loads(sign(body))


@pytest.mark.parametrize("part", range(60))
def test_truncated_saves_end_in_load_error(part: int) -> None:
    saved = dumps(example())
    with pytest.raises(LoadError):
        loads(saved[: len(saved) * part // 60])


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes_end_in_load_error(seed: int) -> None:
    rng = random.Random(seed)
    saved = bytearray(dumps(example()))
    saved[rng.randrange(len(saved))] ^= 1 << rng.randrange(8)
    with pytest.raises(LoadError):
        loads(bytes(saved))


TOKENS = (
    "0",
    "-1",
    "[]",
    "{}",
    "null",
    "true",
    '"x"',
    "9" * 30,
    '{"n":0}',
    '{"f":"7ff8000000000000"}',
    "[[0]]",
    "",
    "]",
    "{",
)


@pytest.mark.parametrize("seed", range(150))
def test_mutated_and_signed_again_saves_load_or_end_in_load_error(seed: int) -> None:
    rng = random.Random(seed)
    body = body_of(dumps(example()))
    for _ in range(rng.randint(1, 3)):
        places = [i for i, character in enumerate(body) if character in ",[]:0123456789"]
        place = rng.choice(places)
        body = body[:place] + rng.choice(TOKENS) + body[place + 1 :]
    with suppress(LoadError):
        loads(sign(body))


NOT_EVEN_SIGNED = [
    b"",
    b"{}\n",
    b"\x80\x04cos\nsystem\n(S'ls'\ntR.",
    b"import os\n",
    b"\xef\xbb\xbf" + dumps(x),
    b" " + dumps(x),
    dumps(x) + b" ",
    dumps(x)[:-1],
    dumps(x) + dumps(y),
    dumps(x).replace(b'"version":1', b'"version":2'),
    dumps(x).replace(b'"version":1', b'"version":' + b"9" * 500),
    dumps(x).replace(b'"sha256":"', b'"sha256":"0')[:-3] + b"}\n",
    b"[" * 100_000,
    dumps(x)[:40] + b"\0" * 1000,
]


@pytest.mark.parametrize("saved", NOT_EVEN_SIGNED, ids=range(len(NOT_EVEN_SIGNED)))
def test_what_is_no_save_ends_in_load_error(saved: bytes) -> None:
    with pytest.raises(LoadError):
        loads(saved)


@pytest.mark.parametrize("bracket", ["[", '{"l":'])
def test_deep_json_ends_in_load_error(bracket: str) -> None:
    parts = '{"operators":[],"nodes":[],"outputs":'
    with pytest.raises(LoadError, match="nested"), recursion_limit(10_000):
        loads(sign(parts + bracket * 200_000))


def test_brackets_in_names_are_no_nesting() -> None:
    node = sg.symbol('\\"[' * 500 + "\\")
    assert loads(dumps(node)) is node


def test_reading_under_a_tight_recursion_limit_is_a_load_error_at_worst() -> None:
    nested: Any = x
    for _ in range(data.DEPTH - 1):
        nested = {"a": nested}
    saved = dumps(nested)
    with recursion_limit(150), suppress(LoadError):
        assert loads(saved) == nested


def test_characters_beyond_ascii_are_no_plain_text() -> None:
    with pytest.raises(LoadError, match="plain text"):
        loads(sign(body_of(dumps(sg.symbol("u"))).replace('"u"', '"ü"')))


def test_versions_are_named() -> None:
    with pytest.raises(LoadError, match="version 7; this symgraph reads version 1"):
        loads(dumps(x).replace(b'"version":1', b'"version":7'))


def test_the_checksum_is_checked() -> None:
    with pytest.raises(LoadError, match="checksum"):
        loads(dumps(sg.symbol("abc")).replace(b'"abc"', b'"abd"'))


def test_limits(tmp_path: Path) -> None:
    saved = dumps([sg.sin(x), sg.cos(y)])
    assert loads(saved, Limits(bytes=len(saved), nodes=4)) == [sg.sin(x), sg.cos(y)]
    with pytest.raises(LoadError, match="more than 3 nodes"):
        loads(saved, Limits(nodes=3))
    with pytest.raises(LoadError, match="bytes"):
        loads(saved, Limits(bytes=len(saved) - 1))
    (tmp_path / "f").write_bytes(saved)
    with pytest.raises(LoadError, match="bytes"):
        load(tmp_path / "f", Limits(bytes=10))


def test_only_bytes_are_read() -> None:
    saved = dumps(x)
    assert loads(bytearray(saved)) is x  # type: ignore[arg-type]
    with pytest.raises(LoadError, match="bytes, not str"):
        loads(saved.decode())  # type: ignore[arg-type]


def test_composites_cannot_cost_quadratic_time() -> None:
    """Bodies that share a long chain, each with parameters of its own, are refused when they are too many."""
    rows = ['[0,[],["p",[],"float64",[]]]', '[0,[],["p0",[],"float64",[]]]']
    rows += [f"[1,[{0 if i == 0 else i + 1}]]" for i in range(1000)]
    rows += [f'[0,[],["q{i}",[],"float64",[]]]' for i in range(400)]
    composites = ",".join(
        [f'{{"o":["composite",["f",[{{"n":0}},{{"n":{1002 + i}}}],{{"n":1001}}]]}}' for i in range(400)]
    )
    parts = f'"operators":["symbol","sin"],"nodes":[{",".join(rows)}],"outputs":[{composites}]'
    body = f'{{{parts},"inputs":null,"names":null}}'
    with pytest.raises(LoadError, match="composites or named sizes are too large"):
        loads(sign(body))


def test_multiplying_named_sizes_is_counted() -> None:
    wide = sg.symbol("wide", shape=tuple([Dim.named(name) + 1 for name in "abcdefghi"]))
    saved = dumps([wide, wide * 2])
    assert loads(saved, Limits(work=10**6)) == [wide, wide * 2]
    with pytest.raises(LoadError, match=r"raise the limit with limits=Limits\(work=...\)"):
        loads(saved, Limits(work=0))


def test_sizes_cannot_grow_without_bound() -> None:
    """Each row doubles the rank and the size; the shape rules alone would compute with ever longer numbers."""
    rows = ['[0,[],["x",[1000000000,1000000000],"float64",[]]]']
    rows += [f"[1,[{i}],[[{10 ** (18 * 2**i)}]]]" for i in range(3)]
    body = f'{{"operators":["symbol","reshape"],"nodes":[{",".join(rows)}],"outputs":null,"inputs":null,"names":null}}'
    with pytest.raises(LoadError):
        loads(sign(body))


# --- no code ----------------------------------------------------------------------------------------

AUDIT = """
import pickle, sys
import symgraph as sg
from symgraph.core.errors import LoadError
from symgraph.interop.files import dumps, loads, read
sys.path.insert(0, sys.argv[1])
from test_files import FORGED, NOT_EVEN_SIGNED, example, sign
good = dumps(example())
cases = [good, *NOT_EVEN_SIGNED, *[sign(body) for _, body in FORGED]]
seen = []
ALLOWED = ("object.__getattr__", "sys._getframe", "gc.", "object.__setattr__")
watching = False
def hook(event, args):
    if watching and not event.startswith(ALLOWED):
        seen.append((event, str(args)[:80]))
sys.addaudithook(hook)
watching = True
for case in cases:
    try:
        loads(case)
    except LoadError:
        pass
watching = False
print(len(cases), seen)
"""


def test_loading_neither_executes_nor_imports_nor_opens() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AUDIT, str(Path(__file__).parent)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{1 + len(NOT_EVEN_SIGNED) + len(FORGED)} []"


def test_the_corpus_is_large_enough() -> None:
    assert len(FORGED) + len(NOT_EVEN_SIGNED) >= 120


def test_every_row_of_the_example_is_checked_by_its_operator() -> None:
    """What a save holds is what it was made from: operators by name, arguments by row."""
    content = json.loads(dumps(example()))["graph"]
    assert set(content["operators"]) <= set(OPS)
    for row, (_, args, *_attrs) in enumerate(content["nodes"]):
        assert all(place < row for place in args)


def test_loaded_nodes_remember_where_they_were_loaded() -> None:
    saved = dumps(sg.symbol("x")).replace(b'"x"', b'"loaded once"')
    (node,) = [loads(sign(body_of(saved)))]
    assert isinstance(node, Node) and node.op is not CONSTANT
    assert str(node.origin).startswith(__file__)
