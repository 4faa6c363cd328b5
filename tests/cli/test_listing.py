"""`zoo list` and `zoo plugins`."""

from importlib.metadata import EntryPoint

import pytest

from tests.cli.conftest import Zoo
from zoo import cli as command_line
from zoo.cli import listing, plugins, show
from zoo.hookspecs import KINDS
from zoo.recipes import catalog


def test_list_is_a_contract(zoo: Zoo) -> None:
    rows = zoo("list", "--json").json
    assert all({"kind", "name", "plugin", "paper"} <= row.keys() for row in rows)
    assert {row["kind"] for row in rows} - set(KINDS) == {"recipe", "variant", "track"}
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


def test_plugins_is_a_contract(zoo: Zoo) -> None:
    rows = zoo("plugins", "--json").json
    assert {"name", "module", "distribution", "version", "offers", "error"} <= rows[0].keys()
    assert {"base", "figures", "scmnet"} <= {row["name"] for row in rows}


def test_a_broken_plugin_is_told_and_standard_output_stays_json(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "a_module_nobody_has", "zoo.v1")
    found = catalog.build_catalog([*catalog.entry_points(group="zoo.v1"), broken])
    for module in (listing, plugins, show, command_line):
        monkeypatch.setattr(module, "catalog", lambda: found)
    listed = zoo("list", "--json")
    assert listed.code == 0 and len(listed.json) > 10 and "warning: plugin broken" in listed.err
    [row] = [row for row in zoo("plugins", "--json").json if row["name"] == "broken"]
    assert "a_module_nobody_has" in row["error"]
    wanted = zoo("show", "broken.part")
    assert wanted.code == 2 and "unknown name 'broken.part'" in wanted.err and "warning: plugin broken" in wanted.err
