"""`zoo list` and `zoo plugins`."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo
from zoo import cli as command_line
from zoo.api import describing, parts
from zoo.cli import listing, plugins, show
from zoo.hookspecs import KINDS
from zoo.recipes import catalog


def test_list_is_a_contract(zoo: Zoo) -> None:
    rows = zoo("list", "--json").json
    assert all({"kind", "name", "plugin", "paper"} <= row.keys() for row in rows)
    assert {row["kind"] for row in rows} - set(KINDS) == {"recipe", "variant", "track", "protocol"}
    found = {(row["kind"], row["name"]): row["plugin"] for row in rows}
    assert found["merge", "scmnet.correlation"] == found["recipe", "scmnet"] == found["variant", "scmnet/wo-bsr"] == "scmnet"
    assert found["track", "figures-64"] == "zoo"


@pytest.mark.parametrize("kind", listing.ALL_KINDS)
def test_one_kind_only(zoo: Zoo, kind: str) -> None:
    assert {row["kind"] for row in zoo("list", kind, "--json").json} <= {kind}
    assert zoo("list", kind).code == 0


def test_the_tables_say_what_things_are(zoo: Zoo) -> None:
    done = zoo("list")
    assert "base.adain" in done.out and "region statistics" in done.out and done.err == ""


def test_every_variant_says_what_it_is(zoo: Zoo) -> None:
    rows = [row for row in zoo("list", "variant", "--json").json if row["plugin"] in ("partflow", "scmnet", "spgnet", "spt")]
    told = [(row["name"].split("/")[0], row["summary"]) for row in rows]
    assert rows and all(summary and summary != row["paper"] for (_, summary), row in zip(told, rows, strict=True))
    assert len(set(told)) == len(told), "two variants of one recipe say the same"
    assert "hybrid dilated blocks" in zoo("list", "variant").out


def test_an_odd_document_is_named_and_hides_nothing(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = catalog.build_catalog(catalog.entry_points(group="zoo.v1"))
    for name, text in (("odd", "summary = 5"), ("flat", "variants = 3"), ("deep", "variants.x = 7"), ("cut", "summary =")):
        (tmp_path / f"{name}.toml").write_text(text)
        found.recipes.add(name, found.plugins[0], tmp_path / f"{name}.toml")
    for module in (parts, listing, plugins, command_line):
        monkeypatch.setattr(module, "catalog", lambda: found)
    done = zoo("list", "--json")
    assert done.code == 0 and {"odd", "flat", "deep", "cut", "scmnet"} <= {row["name"] for row in done.json}
    assert all(f"{name}.toml" in done.err for name in ("odd", "flat", "deep", "cut"))


def test_plugins_is_a_contract(zoo: Zoo) -> None:
    rows = zoo("plugins", "--json").json
    assert {"name", "module", "distribution", "version", "offers", "error"} <= rows[0].keys()
    assert {"base", "figures", "scmnet"} <= {row["name"] for row in rows}


def test_a_broken_plugin_is_told_and_standard_output_stays_json(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "a_module_nobody_has", "zoo.v1")
    found = catalog.build_catalog([*catalog.entry_points(group="zoo.v1"), broken])
    for module in (parts, describing, listing, plugins, show, command_line):
        monkeypatch.setattr(module, "catalog", lambda: found)
    listed = zoo("list", "--json")
    assert listed.code == 0 and len(listed.json) > 10 and "warning: plugin broken" in listed.err
    [row] = [row for row in zoo("plugins", "--json").json if row["name"] == "broken"]
    assert "a_module_nobody_has" in row["error"]
    wanted = zoo("show", "broken.part")
    assert wanted.code == 2 and "unknown name 'broken.part'" in wanted.err and "warning: plugin broken" in wanted.err


LOUD = """
from zoo.hookspecs import Component, hookimpl
print("contents")

@hookimpl
def zoo_components():
    yield Component("pose", "loud.pose", "loud_target:Pose", "draws and talks")
    yield Component("pose", "loud.gone", "loud_exit:Pose", "leaves")
"""
TARGET = """
from zoo_base.poses import HeatMaps
print("target")

class Pose(HeatMaps):
    def __init__(self, context, **options):
        print("built")
        super().__init__(context, **options)
"""


@pytest.fixture
def loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in (("zoo_loud", LOUD), ("loud_target", TARGET), ("loud_exit", "import sys; sys.exit(0)")):
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("ZOO_PLUGINS", "zoo_loud")
    found = catalog.catalog.__wrapped__()
    for module in (parts, describing, listing, plugins, show, command_line):
        monkeypatch.setattr(module, "catalog", lambda: found)


@pytest.mark.usefixtures("loud")
def test_standard_output_is_json_whatever_a_plugin_prints(zoo: Zoo) -> None:
    listed = zoo("list", "pose", "--json")
    assert "loud.pose" in {row["name"] for row in listed.json}
    assert "warning: plugin loud (zoo_loud not installed) prints while it is read: contents" in listed.err
    part, recipe = zoo("show", "loud.pose", "--json"), zoo("show", "copy", "--set", "pose=loud.pose", "--json")
    assert part.json["name"] == "loud.pose" and "target" in part.err
    assert recipe.json["recipe"]["pose"]["use"] == "loud.pose" and "built" in recipe.err


@pytest.mark.usefixtures("loud")
def test_a_part_that_leaves_is_an_error(zoo: Zoo) -> None:
    done = zoo("show", "loud.gone")
    assert done.code == 1 and done.out == "" and "pose loud.gone could not be imported: SystemExit: 0" in done.err


def test_what_is_written_past_python_stays_out_of_the_results_too(tmp_path: Path) -> None:
    (tmp_path / "zoo_loud.py").write_text("import os\nos.write(1, b'raw')\nos.system('echo shell')\n" + LOUD)
    environment = {**os.environ, "ZOO_PLUGINS": "zoo_loud", "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "list", "pose", "--json"], capture_output=True, text=True, env=environment
    )
    assert "loud.pose" in {row["name"] for row in json.loads(done.stdout)}
    assert "raw" in done.stderr and "shell" in done.stderr


def test_a_broken_plugin_is_said_before_what_nobody_knows_and_counts(tmp_path: Path) -> None:
    (tmp_path / "zoo_torn.py").write_text("raise RuntimeError('torn')")
    environment = {**os.environ, "ZOO_PLUGINS": "zoo_torn", "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    def zoo_of(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "zoo", *arguments], capture_output=True, text=True, env=environment)

    listed, run = zoo_of("plugins"), zoo_of("run", "--recipe", "torn")
    assert listed.returncode == 1 and "RuntimeError: torn (zoo_torn.py, line 1)" in listed.stdout
    assert run.returncode == 2
    warning, error = (run.stderr.index(text) for text in ("warning: plugin torn", "error: unknown recipe 'torn'"))
    assert warning < error
