"""One broken plugin harms nobody, and a name claimed twice is an error that names both."""

import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from zoo.errors import ZooError
from zoo.hookspecs import GROUP
from zoo.recipes.catalog import Catalog, build_catalog, catalog

GOOD = """
from zoo.hookspecs import Component, hookimpl

@hookimpl
def zoo_components():
    yield Component("merge", "good.merge", "good:Merge", "does well")
"""
OFFER = "from zoo.hookspecs import Component, hookimpl\n@hookimpl\ndef zoo_components():\n    "
RECIPE = """
from pathlib import Path
from zoo.hookspecs import hookimpl

@hookimpl
def zoo_recipes():
    return [Path({path!r})]
"""
BROKEN = {
    "ImportError: no such friend": "raise ImportError('no such friend')",
    "ModuleNotFoundError": "import a_module_nobody_has",
    "SyntaxError": "def",
    "SystemExit: 3": "raise SystemExit(3)",
    "RuntimeError: half way": OFFER + "yield Component('merge', 'broken.x', 'b:X')\n    raise RuntimeError('half way')",
    "expected zoo.hookspecs.Component": OFFER + "yield 'a string'",
    "unknown kind 'merg'": OFFER + "yield Component('merg', 'broken.x', 'b:X')",
    "not of the form plugin.part": OFFER + "yield Component('merge', 'Broken', 'b:X')",
    "unknown hook 'zoo_component'": "from zoo.hookspecs import hookimpl\n@hookimpl\ndef zoo_component(): return []",
    "which does not exist": RECIPE.format(path="/no.toml"),
    "needs the unknown fact 'fields.flwo'; did you mean 'fields.flow'?": OFFER
    + "yield Component('loss', 'broken.x', 'b:X', needs={'fields.flwo'})",
    "gives the unknown fact 'pose.joint'; did you mean 'pose.joints'?": OFFER
    + "yield Component('pose', 'broken.x', 'b:X', gives={'pose.joint'})",
    "judges the unknown fact": OFFER + "yield Component('loss', 'broken.x', 'b:X', judges={'beauty'})",
    "needs_with 'limbs=false' the unknown fact 'pose.joint'": OFFER
    + "yield Component('loss', 'broken.x', 'b:X', needs_with={'limbs=false': {'pose.joint'}})",
    "broken.x: needs is 'edges', expected a set of facts": OFFER + "yield Component('loss', 'broken.x', 'b:X', needs='edges')",
    "broken.x: summary is 5, expected text": OFFER + "yield Component('loss', 'broken.x', 'b:X', summary=5)",
    "a component: name is None, expected text": OFFER + "yield Component('loss', None, 'b:X')",
    "not iterable": OFFER + "return 3",
}


def install(folder: Path, module: str, code: str) -> None:
    """A distribution `dist-MODULE 1.0` with one entry point, as pip would leave it."""
    (folder / f"{module}.py").write_text(code)
    info = folder / f"dist_{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dist-{module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{module} = {module}\n")


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    monkeypatch.syspath_prepend(folder)
    for name in ("good", "broken", "other"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return build_catalog(p for d in distributions(path=[str(folder)]) for p in d.entry_points)


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_plugin_is_named_and_harms_nobody(reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "good", GOOD)
    install(tmp_path, "broken", BROKEN[reason])
    found = read(tmp_path, monkeypatch)
    assert found.component("merge", "good.merge").summary == "does well"
    assert list(found.components["merge"].items) == ["good.merge"], "nothing half offered is kept"
    [problem] = found.problems()
    assert problem.startswith("plugin broken (dist-broken 1.0) could not be loaded: ") and reason in problem


def test_a_clash_names_both_owners_when_the_name_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "good", GOOD)
    install(tmp_path, "other", GOOD)
    found = read(tmp_path, monkeypatch)
    both = "'good.merge' is claimed by good (dist-good 1.0) and other (dist-other 1.0)"
    assert found.problems() == [f"merge {both}"]
    with pytest.raises(ZooError, match=r"two plugins claim.*dist-good 1\.0.*dist-other 1\.0") as error:
        found.component("merge", "good.merge")
    assert error.value.exit_code == 2 and "uninstall" in error.value.fix


def test_recipes_clash_by_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("good", "other"):
        (tmp_path / name).mkdir()
        recipe = tmp_path / name / "same.toml"
        recipe.write_text("")
        install(tmp_path, name, RECIPE.format(path=str(recipe)))
    with pytest.raises(ZooError, match=r"good \(dist-good 1\.0\) and other"):
        read(tmp_path, monkeypatch).recipes["same"]


def test_an_unknown_name_comes_with_the_nearest() -> None:
    with pytest.raises(ZooError) as error:
        catalog().component("merge", "base.adian")
    assert error.value.fix == "did you mean 'base.adain'?" and error.value.exit_code == 2


def test_a_name_of_another_kind_is_said_to_be_so() -> None:
    with pytest.raises(ZooError, match=r"'base\.adain' is a merge, not a style") as error:
        catalog().component("style", "base.adain")
    assert "zoo list style" in error.value.fix


def test_a_module_that_is_gone_is_an_error_of_its_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.recipes.catalog import import_component

    install(tmp_path, "good", GOOD)
    component = read(tmp_path, monkeypatch).component("merge", "good.merge")
    with pytest.raises(ZooError, match=r"merge good\.merge could not be imported"):
        import_component(component)


def test_the_installation_itself_is_whole() -> None:
    assert catalog().problems() == []
