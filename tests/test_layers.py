"""The map of layers is one-way: a module imports its own package or lower layers only."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "symgraph"
LAYERS = (
    "core",
    "ops",
    "rewrite",
    "autodiff",
    "evaluate",
    "compile",
    "text",
    "draw",
    "interop",
    "graph",
    "testing",
    "cli",
)
OPTIONAL = {"sympy", "graphviz", "llvmlite", "jax", "torch"}


def layer(module: str) -> str:
    return module.split(".")[0]


def imports(path: Path) -> list[str]:
    """Dotted names, relative to the package, that a file imports from symgraph."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = parts[: len(parts) - node.level]
            if node.module:
                found.append(".".join((*base, node.module)))
            else:
                found += [".".join((*base, name.name)) for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("symgraph."):
            found.append(node.module.removeprefix("symgraph."))
    return found


def test_imports_go_down_only() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        own = layer(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
        if own in ("__init__", "__main__"):
            continue
        for name in imports(path):
            if layer(name) != own and LAYERS.index(layer(name)) > LAYERS.index(own):
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert not wrong


def test_no_code_outside_ops_names_an_operator() -> None:
    """Looking an operator up by a literal name is a branch on its name."""
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] in ("ops", "interop"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Compare)
                and isinstance(node.left, ast.Attribute)
                and ast.unparse(node.left).endswith("op.name")
            ):
                wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {ast.unparse(node)}")
    assert not wrong


def test_optional_packages_are_imported_in_one_file_each() -> None:
    places: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
            for name in names:
                if layer(name) in OPTIONAL:
                    places.setdefault(layer(name), set()).add(str(path.relative_to(PACKAGE)))
    assert all(len(files) == 1 for files in places.values()), places
