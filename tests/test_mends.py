"""Every error that the house raises says where it happened and how to mend it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_floors import CORE, PLUGINS, modules

NAMED = {"ZooError": {"where", "fix"}, "unknown": {"where"}}  # what each call must name; `unknown` finds its own mend
PACKAGES = (CORE, *PLUGINS.values())


def raised(package: Path) -> Iterator[tuple[str, ast.Call, str]]:
    """Where an error is made, and by what."""
    for module, tree in modules(package).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMED:
                yield f"{module} line {node.lineno}", node, node.func.id


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_error_says_where_and_the_mend(package: Path) -> None:
    for place, call, name in raised(package):
        said = {word.arg for word in call.keywords if not (isinstance(word.value, ast.Constant) and not word.value.value)}
        assert not NAMED[name] - said, f"{place}: {name}(...) does not say {', '.join(sorted(NAMED[name] - said))}"


KEY = re.compile(r"(?<![\w.])(until|pairing|plateau\.\w+|clip|oracle|shown) ?= ?[\"\w\[]")  # of recipes and their phases


def mends(package: Path) -> Iterator[tuple[str, str]]:
    """Where a mend is said, and its text."""
    for module, tree in modules(package).items():
        for node in ast.walk(tree):
            said = [word.value for word in node.keywords if word.arg == "fix"] if isinstance(node, ast.Call) else []
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "fix":
                said = [node.value]
            for constant in (inner for value in said for inner in ast.walk(value) if isinstance(inner, ast.Constant)):
                yield f"{module} line {constant.lineno}", str(constant.value)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_mend_that_names_a_key_of_a_recipe_says_how_it_is_set(package: Path) -> None:
    for place, text in mends(package):
        found = KEY.search(text)
        assert not found or "--set" in text, f"{place}: {text!r} names {found[0]!r} and not --set"
