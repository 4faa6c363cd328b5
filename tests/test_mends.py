"""Every error that the house raises says where it happened and how to mend it."""

import ast
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
