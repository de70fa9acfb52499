"""The command line: data on stdout, messages on stderr, exit codes, JSON."""

import io
import json
import math
import runpy
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from symgraph.cli import main

CIRCUIT = ["(x + y)*z", "--at", "x=-2", "y=5", "z=-4"]
LOGISTIC = ["sum(log(1+exp(-t.*(Z@w))))", "--wrt", "w", "--order", "2", "--shape", "Z=m,n", "t=m", "w=n"]
# Inputs come in the order in which symbols were made: these names are in no other test.
FRESH = ["sum(log(1+exp(-tc.*(Zc@wc))))", "--wrt", "wc", "--order", "2", "--shape", "Zc=m,n", "tc=m", "wc=n"]

PRINTED = [
    (["show", "2*x + sin(y)^2"], "2·x + sin(y)^2"),
    (["show", "x/y", "--latex"], r"\frac{x}{y}"),
    (["diff", "x^3", "--wrt", "x", "--order", "2"], "6·x"),
    (["diff", "sum((W@v)^2)", "--wrt", "W", "--shape", "W=n,m", "v=m"], "2·(W·v)·vᵀ"),
    (["diff", "x'@A@x", "--wrt", "x", "--order", "2", "--shape", "x=n", "A=n,n"], "A + Aᵀ"),
    (["diff", *LOGISTIC], "Zᵀ·diag("),
    (["diff", *LOGISTIC, "--latex"], r"Z^{\top}\,\operatorname{diag}"),
    (["diff", *FRESH, "--numpy"], "def f(tc, Zc, wc):"),
    (["diff", *LOGISTIC, "--numpy", "--name", "logistic"], "dd/dw"),
    (["diff", *FRESH, "--c"], "void f(ptrdiff_t m, ptrdiff_t n, const double *restrict tc"),
    (["diff", *LOGISTIC, "--listing"], "contract"),
    (["eval", *CIRCUIT], "-12.0"),
    (["eval", "sum(v)", "--at", "v=[1, 2, 3]", "--shape", "v=3"], "6.0"),
    (["eval", "sqrt(x)", "--at", "x=2", "--digits", "30"], "1.41421356237309504880168872421"),
    (["step", *CIRCUIT], "back through f = a·z: [local −4] × [upstream 1] = −4 → a"),
    (["trace", "x1*x2 + sin(x1)", "--at", "x1=0", "x2=3", "--seed", "x1"], "= sin(w1)   0"),
    (["verify", "x*exp(y)", "--at", "x=1", "y=2"], "ok"),
    (["stats", "(x + y)*z", "--gradient"], "operators  add:1 multiply:1"),
    (["doctor"], "self-check passed"),
]

REFUSED = [
    (["show", "sgmoid(x)"], ["did you mean `sigmoid`?", "  sgmoid(x)\n  ^"]),
    (["show", "(x + "], ["line 1, column"]),
    (["eval", "x*y", "--at", "x=1"], ["no value for y"]),
    (["eval", "x", "--at", "x"], ["--at needs NAME=VALUE"]),
    (["eval", "x", "--at", "x=y"], ["it contains y"]),
    (["diff", "x", "--wrt", "q"], ["there is no symbol called 'q'"]),
    (["diff", "x", "--order", "0"], ["--order is 1 or more"]),
    (["diff", "x", "--numpy", "--name", "a b"], ["choose an identifier"]),
    (["diff", "expm(A)", "--c", "--shape", "A=2,2"], ["expm", "cannot be written in C", "use to_numpy"]),
    (["diff", "A@v", "--shape", "A=2,3", "v=2"], ["shape"]),
    (["step", "v", "--at", "v=[1,2]", "--shape", "v=2"], ["real scalar"]),
]


@pytest.mark.parametrize(("arguments", "text"), PRINTED)
def test_prints(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert text in out
    assert not err


@pytest.mark.parametrize(("arguments", "texts"), REFUSED)
def test_refuses(arguments: list[str], texts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("symgraph: ")
    for text in texts:
        assert text in err


@pytest.mark.parametrize("arguments", [row[0] for row in PRINTED if "--latex" not in row[0]], ids=lambda row: row[0])
def test_json_is_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--json"]) == 0
    json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_json_holds_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "[1/x, log(x)]", "--at", "x=0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"value": ["inf", "-inf"]}
    assert main(["step", *CIRCUIT, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["gradient"] == {"x": -4.0, "y": -4.0, "z": 3.0}


@pytest.mark.parametrize(
    ("options", "placed"), [([], 0), (["--json"], 0), (["-o", "f.json"], 1), (["-o", "f.svg", "--frames", "%d.svg"], 1)]
)
def test_step_does_nothing_twice(
    options: list[str],
    placed: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Numbers flow back once through every node, a formula is written once, and text needs no layout."""
    counts: Counter[str] = Counter()

    def count(module: str, name: str) -> None:
        holder = import_module(f"symgraph.{module}")
        original = getattr(holder, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            counts[name] += 1
            return original(*arguments, **options)

        monkeypatch.setattr(holder, name, counted)

    count("evaluate.backpropagation", "_hand_on")
    count("draw.story", "formula_text")
    count("draw.diagram", "place")
    monkeypatch.chdir(tmp_path)
    assert main(["step", "sin(x*y) + x*y + exp(x)", "--at", "x=1", "y=2", *options]) == 0
    assert capsys.readouterr().out
    gates, symbols = 5, 2
    assert (counts["_hand_on"], counts["formula_text"], counts["place"]) == (gates + symbols, gates, placed)


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s = w*x\n1/(1 + exp(-s))\n"))
    assert main(["eval", "-", "--at", "w=2", "x=0.5"]) == 0
    assert float(capsys.readouterr().out) == pytest.approx(1 / (1 + math.exp(-1)), rel=1e-15)


def test_wrong_usage_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["nonsense"])
    assert stop.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["diff", "x", "--numpy", "--latex"], ["diff", "x", "--order", "two"], ["nothing"], []]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as found:
        main(arguments)
    assert found.value.code == 2
    out, err = capsys.readouterr()
    assert not out
    assert "usage: symgraph" in err


def test_help_names_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as found:
        main(["diff", "--help"])
    assert found.value.code == 0
    out = capsys.readouterr().out
    for form in ("--latex", "--listing", "--json", "--numpy", "--c ", "--order", "--shape", "--wrt"):
        assert form in out


def test_python_m_symgraph_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["symgraph", "show", "x + x*2"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("symgraph", run_name="__main__")
    assert ended.value.code == 0 and capsys.readouterr().out == "x + x·2\n"
