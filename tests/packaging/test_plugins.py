"""Foreign plugins for real: built, installed beside the wheel, run; broken and clashing ones among them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.conftest import Environment

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "zoo-{name}"
version = "3.1"
[project.entry-points."zoo.v1"]
{name} = "zoo_{name}"
[tool.hatch.build.targets.wheel]
include = ["zoo_{name}.py"]
"""
CLAIM = """
from zoo.hookspecs import Component, hookimpl

@hookimpl
def zoo_components():
    yield Component("merge", "shared.merge", "zoo_base.merges:Stay", "the same name twice")
"""


def write(folder: Path, name: str, code: str) -> Path:
    project = folder / name
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT.format(name=name))
    (project / f"zoo_{name}.py").write_text(code)
    return project


@pytest.fixture(scope="module")
def crowd(environment: Callable[[], Environment]) -> Environment:
    """`mine` as `zoo plugin new` writes it, a broken plugin, and two that claim one name."""
    made = environment()
    made.zoo("plugin", "new", "mine")
    others = [write(made.work, "sick", "import a_module_nobody_has"), *(write(made.work, n, CLAIM) for n in ("left", "right"))]
    made.install(made.work / "zoo-mine", *others)
    return made


def test_a_mix_with_the_foreign_operator_runs(crowd: Environment) -> None:
    out = crowd.zoo("run", "--recipe", "mine", "--from-scratch", "--steps", "2", "--track", "tiny.toml", "--json")
    record = json.loads(out)
    used = {name: part["component"] for name, part in record["parts"].items()}
    assert used == {"style": "scmnet.decomposed", "merge": "mine.joints", "generator": "scmnet.translation"}
    assert record["versions"]["zoo-mine"] == "0.1.0" and "epe" in record["scores"], "its flow is scored"


def test_the_plugins_own_test_passes(crowd: Environment) -> None:
    done = crowd.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "zoo-mine")
    assert done.returncode == 0, done.stdout


def test_the_operator_mixes_into_any_recipe(crowd: Environment) -> None:
    shown = json.loads(crowd.zoo("show", "scmnet", "--set", "merge=mine.joints", "--set", "merge.reach=0.1", "--json"))
    assert shown["parts"]["merge"]["component"] == "mine.joints"


def test_a_broken_plugin_is_named_and_harms_nothing(crowd: Environment) -> None:
    done = crowd.run("zoo", "list", "--json")
    assert done.returncode == 0 and {"mine", "scmnet"} <= {row["plugin"] for row in json.loads(done.stdout)}
    assert "plugin sick (zoo-sick 3.1) could not be loaded" in done.stderr and "a_module_nobody_has" in done.stderr


def test_one_name_claimed_twice_is_an_error_that_names_both(crowd: Environment) -> None:
    done = crowd.run("zoo", "show", "shared.merge")
    assert done.returncode == 2 and "left (zoo-left 3.1)" in done.stderr and "right (zoo-right 3.1)" in done.stderr
