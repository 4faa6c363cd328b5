"""One broken plugin harms nobody, and a name claimed twice is an error that names both."""

import sys
from importlib.metadata import distributions
from pathlib import Path
from time import monotonic

import pytest

from zoo.errors import ZooError
from zoo.hookspecs import GROUP
from zoo.recipes import plugins
from zoo.recipes.catalog import Catalog, build_catalog, catalog, import_component

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
    "SystemExit: 7": "import os\nos._exit(7)",
    "SystemExit: 0": OFFER + "import sys\n    sys.exit(0)\n    yield",
    "zoo_components gives 'parts', which is not iterable as a list is": OFFER + "return 'parts'",
    "zoo_components offers more than 10000 things": OFFER + "while True:\n        yield Component('merge', 'broken.x', 'b:X')",
    "broken.x: wraps is None; a wrapper": OFFER + "yield Component('wrapper', 'broken.x', 'b:X')",
    "broken.x: wraps is 'merge'": OFFER + "yield Component('merge', 'broken.x', 'b:X', wraps='merge')",
    "broken.x: multiple is 0": OFFER + "yield Component('style', 'broken.x', 'b:X', multiple=0)",
    "broken.x: needs_with 'limbs' is not of the form option=value": OFFER
    + "yield Component('loss', 'broken.x', 'b:X', needs_with={'limbs': {'edges'}})",
    "offers 'a.toml', expected a pathlib.Path": RECIPE.replace("Path({path!r})", "'a.toml'"),
    "(an error that cannot be printed)": "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd",
    r"RuntimeError: a\x1b[2Jb\nc": "raise RuntimeError('a\\x1b[2Jb\\nc')",
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


@pytest.mark.parametrize("hang", ["import time\ntime.sleep(30)", OFFER + "import time\n    time.sleep(30)\n    yield"])
def test_a_plugin_that_hangs_is_named_in_time(hang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "SECONDS", 0.2)
    install(tmp_path, "good", GOOD)
    install(tmp_path, "broken", hang)
    start = monotonic()
    found = read(tmp_path, monkeypatch)
    assert monotonic() - start < 5 and found.component("merge", "good.merge")
    assert "plugin broken (dist-broken 1.0) could not be loaded: TimeoutError: no answer after 0.2 s" in found.problems()[0]


def test_an_author_is_told_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "good", GOOD.replace("good:Merge", "torn:Merge"))
    install(tmp_path, "other", "def half():\n    raise RuntimeError('half way')\nhalf()")
    (tmp_path / "torn.py").write_text("import math\nmath.sqrt(-1)")
    found = read(tmp_path, monkeypatch)
    assert found.problems()[0].endswith("RuntimeError: half way (other.py, line 2)")
    with pytest.raises(ZooError, match=r"could not be imported: ValueError: .* \(torn\.py, line 2\)"):
        import_component(found.component("merge", "good.merge"))


def test_a_part_whose_module_hangs_is_named_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plugins, "SECONDS", 0.05)
    install(tmp_path, "good", GOOD.replace("good:Merge", "slow:Merge"))
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(0.5)\nclass Merge: ...")
    component = read(tmp_path, monkeypatch).component("merge", "good.merge")
    assert import_component(component).__name__ == "Merge"
    said = capsys.readouterr().err
    assert said == "warning: still waiting for merge good.merge (slow is being imported) after 0.05 s\n"


def test_a_plugin_that_prints_is_named_and_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, "good", f"print('hello')\n{GOOD}")
    found = read(tmp_path, monkeypatch)
    assert found.component("merge", "good.merge") and capsys.readouterr().out == ""
    assert found.problems() == ["plugin good (dist-good 1.0) prints while it is read: hello"]


def test_a_package_is_registered_without_installing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zoo_lent.py").write_text(GOOD.replace("good", "lent"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(plugins.HERE, "zoo_lent, zoo_base,zoo_absent")
    found = catalog.__wrapped__()
    assert found.component("merge", "lent.merge").summary == "does well"
    assert [p.name for p in found.plugins].count("base") == 1, "an installed plugin is not registered twice"
    [problem] = found.problems()
    assert problem.startswith("plugin absent (zoo_absent not installed) could not be loaded: ModuleNotFoundError")


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


TARGETS = {
    "ModuleNotFoundError": None,
    "AttributeError": "",
    "SystemExit: 0": "import sys\nsys.exit(0)",
    "SystemExit: 9": "import os\nos._exit(9)",
    "SyntaxError": "def",
    "RuntimeError: no": "raise RuntimeError('no')",
    "is 5, expected a class": "Merge = 5",
}


@pytest.mark.parametrize("reason", TARGETS)
def test_a_target_that_breaks_is_an_error_of_its_part(reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "good", GOOD.replace("good:Merge", "good_target:Merge"))
    if (code := TARGETS[reason]) is not None:
        (tmp_path / "good_target.py").write_text(code)
    component = read(tmp_path, monkeypatch).component("merge", "good.merge")
    monkeypatch.delitem(sys.modules, "good_target", raising=False)
    with pytest.raises(ZooError) as error:
        import_component(component)
    assert "merge good.merge" in error.value.what and reason in error.value.what and error.value.where == "good_target:Merge"


def test_the_installation_itself_is_whole() -> None:
    assert catalog().problems() == []
