"""The index of zoo.ops names every module, and nothing that is not there."""

import pkgutil
import re
from importlib import import_module

import zoo.ops


def test_the_index_is_true() -> None:
    lines = re.findall(r"^ *(\w+) {2,}(.+)$", zoo.ops.__doc__ or "", re.MULTILINE)
    assert {name for name, _ in lines} == {module.name for module in pkgutil.iter_modules(zoo.ops.__path__)}
    for name, text in lines:
        module = import_module(f"zoo.ops.{name}")
        for word in re.findall(r"\b[a-z]+_[a-z_0-9]+\b", text):
            assert hasattr(module, word), f"zoo.ops.{name} has no {word}"
