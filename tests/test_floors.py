"""Imports go down only, plugins stand on the contract alone, and the core names none of them."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import zoo
from zoo.hookspecs import GROUP

CORE = Path(zoo.__file__).parent
PLUGINS = {p.value: CORE.parent / "plugins" / p.value for p in entry_points(group=GROUP) if p.dist and p.dist.name == "posezoo"}
FLOORS = (  # from the ground up; inside a floor, too, a room sees only the rooms named before it
    "errors skeleton regions types ops hookspecs interfaces",
    "documents",
    "photos store recipes",
    "model",
    "training explain annotation data scoring editing exporting",
    "results report hub",
    "running suites timing submission testing scaffold",
    "api",
    "app serving cli __main__",
)
ORDER = {name: number for number, name in enumerate(" ".join(FLOORS).split())}
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
MODULES = 10  # that may stand directly in zoo/
CONTRACT = 2  # the highest floor a plugin may stand on


def modules(package: Path) -> dict[str, ast.Module]:
    """Every module of a package by its dotted name; templates are not modules."""
    files = [p for p in package.rglob("*.py") if "template" not in p.parts]
    dotted = [".".join(p.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__") for p in files]
    return {name: ast.parse(p.read_text(encoding="utf-8")) for name, p in zip(dotted, files, strict=True)}


def imports(tree: ast.AST, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """Absolute names of the modules imported anywhere in the tree, `from package import module` as package.module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "relative imports hide who depends on whom"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in known else node.module


def room(name: str) -> str:
    """The package or module of zoo/ that a dotted name lies in."""
    piece = name.split(".")[1] if "." in name else ""
    assert piece in FLOOR, f"{name} has no floor: give it one in FLOORS"
    return piece


def run_time(tree: ast.Module) -> ast.Module:
    """The module without what only the type checker sees and without what functions import when called."""

    class Strip(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            return None if "TYPE_CHECKING" in ast.dump(node.test) else self.generic_visit(node)

        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

    return Strip().visit(tree)


CORE_MODULES = modules(CORE)
KNOWN = frozenset(CORE_MODULES)


def test_few_modules_stand_outside_a_room() -> None:
    modules = sorted(path.name for path in CORE.glob("*.py"))
    assert len(modules) <= MODULES, f"{modules}: give them a room"


@pytest.mark.parametrize("name", sorted(KNOWN - {"zoo"}))
def test_imports_go_down_only(name: str) -> None:
    for imported in imports(CORE_MODULES[name], KNOWN):
        if imported.startswith("zoo."):
            assert ORDER[room(imported)] <= ORDER[room(name)], f"{name} imports {imported}, which lies above it"


def test_imports_have_no_cycle() -> None:
    trees = modules(CORE)  # its own, because `run_time` prunes them

    def needed(name: str) -> set[str]:
        found = imports(run_time(trees[name]), KNOWN)
        return {i for i in found if i in KNOWN and not name.startswith(f"{i}.")} - {name}

    tuple(TopologicalSorter({name: needed(name) for name in KNOWN}).static_order())


@pytest.mark.parametrize("package", sorted(PLUGINS))
def test_plugins_stand_on_the_contract_and_never_on_one_another(package: str) -> None:
    for name, tree in modules(PLUGINS[package]).items():
        for imported in imports(tree, KNOWN):
            first = imported.split(".")[0]
            if first == "zoo":
                assert FLOOR[room(imported)] <= CONTRACT, f"{name} imports {imported}; plugins see floors 0 to {CONTRACT}"
            elif first.startswith("zoo_"):
                assert first in {package, "zoo_base"}, f"{name} imports {imported}: recipes name parts, code does not"


def test_the_core_names_no_plugin() -> None:
    names = "|".join(package.removeprefix("zoo_") for package in PLUGINS)
    named = re.compile(rf"\bzoo_({names})\b|\b({names})\.[a-z][a-z0-9_]*\b")
    for name, tree in CORE_MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_docstring(node, tree):
                assert not named.search(node.value), f"{name} line {node.lineno} names a plugin: {node.value!r}"
        assert not {imported.split(".")[0] for imported in imports(tree)} & {*PLUGINS}, name


def is_docstring(constant: ast.Constant, tree: ast.Module) -> bool:
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    return any(body and isinstance(body[0], ast.Expr) and body[0].value is constant for body in bodies)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list", "--json"],
        ["plugins"],
        ["leaderboard"],
        ["run", "--help"],
        ["score", "--help"],
        ["bench", "--help"],
        ["prefetch"],
    ],
)
def test_torch_stays_asleep(arguments: list[str]) -> None:
    code = "import sys, zoo.cli\ntry: zoo.cli.main(sys.argv[1:])\nexcept SystemExit: pass\nsys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"zoo {' '.join(arguments)} imports torch\n{done.stderr}"


def test_one_name_for_one_thing() -> None:
    """No two public classes of different meaning share a name, anywhere in the house."""
    seen: dict[str, str] = {}
    for package in (CORE, *PLUGINS.values()):
        for module, tree in modules(package).items():
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    assert node.name not in seen, f"{node.name} is in {seen[node.name]} and in {module}"
                    seen[node.name] = module
