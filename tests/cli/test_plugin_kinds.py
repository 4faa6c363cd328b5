"""`zoo plugin new --kind`: what it writes keeps every promise, trains, and has a test that a wrong part fails."""

import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zoo as api
from tests.cli.conftest import Zoo
from zoo.errors import ZooError
from zoo.hookspecs import KINDS, Kind
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import load_recipe
from zoo.recipes.plugins import Plugin
from zoo.recipes.track import load_track
from zoo.scaffold.kinds import NOT_WRITTEN, WORDS
from zoo.testing import checks

WRONG: dict[Kind, tuple[str, str]] = {  # what its author may get wrong
    "pose": ("skeleton_mask(joints,", "skeleton_mask(person.joints,"),
    "style": ("region_codes(level, source.parsing,", "region_codes(level, None,"),
    "parsing": ("skinned_flow(before, now,", "skinned_flow(now, before,"),
    "merge": ("weight, start - end)", "weight, end - start)"),
    "generator": ("x = x + F.interpolate(", "x = F.interpolate("),
    "wrapper": ("self.contrast * image.atanh()", "self.contrast * image"),
    "loss": (".mean()", ".sum()"),
    "features": ("colours.diff(dim=2), (0, 0, 0, 1)", "colours.diff(dim=3), (0, 1, 0, 0)"),
    "pairing": ("seeded(seed, position)", "seeded(seed, position - start)"),
    "dataset": ('"person", n // self.poses', '"person", n'),
}
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "kinds.md").read_text(encoding="utf-8")
SECTIONS = PAGE.split("\n## ")
every_kind = pytest.mark.parametrize("kind", WORDS)


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """What was imported from folders that will be gone is not found by the next file of tests."""
    yield
    for name in [name for name in sys.modules if name.startswith(("zoo_my", "zoo_mine"))]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a plugin `myKIND` of every kind, all registered."""
    folder = tmp_path_factory.mktemp("plugins")
    with pytest.MonkeyPatch.context() as patch:
        for kind in WORDS:
            api.new_plugin(f"my{kind}", kind=kind, out=folder / kind)
            patch.syspath_prepend(folder / kind / "src")
        patch.setenv("ZOO_PLUGINS", ",".join(f"zoo_my{kind}" for kind in WORDS))
        patch.setattr(sys, "dont_write_bytecode", True)
        catalog.cache_clear()
        yield folder
    catalog.cache_clear()


def test_every_kind_is_written_or_has_its_reason() -> None:
    assert {*WORDS} | {*NOT_WRITTEN} == {*KINDS} and not {*WORDS} & {*NOT_WRITTEN}
    assert {*WRONG} == {*WORDS} and all(NOT_WRITTEN.values())


def test_the_command_says_the_kinds_and_refuses_others(zoo: Zoo, tmp_path: Path) -> None:
    said = " ".join(zoo("plugin", "new", "--help").out.split())
    assert all(kind in said for kind in WORDS)
    misspelt = zoo("plugin", "new", "idea", "--kind", "stile", "--out", tmp_path / "idea")
    assert misspelt.code == 2 and "did you mean 'style'?" in misspelt.err
    for kind, reason in NOT_WRITTEN.items():
        refused = zoo("plugin", "new", "idea", "--kind", kind, "--out", tmp_path / "idea")
        assert refused.code == 2 and reason in refused.err
    assert not (tmp_path / "idea").exists()


@every_kind
def test_it_has_the_files_of_its_kind_alone(written: Path, kind: Kind) -> None:
    modules = {path.stem for path in (written / kind).rglob("*.py")}
    assert modules == {"__init__", kind, "test_promises", f"test_{kind}"}
    assert [*catalog().components[kind].of(plugin(kind))] and (kind in ("features", "dataset")) == own_track(kind)
    text = (written / kind / "README.md").read_text()
    assert WORDS[kind] in text and "{" not in text and ("--track" in text) == own_track(kind)


@every_kind
def test_a_plugin_may_be_called_like_its_kind(kind: Kind, tmp_path: Path) -> None:
    files = api.new_plugin(kind, kind=kind, out=tmp_path / "new")
    assert len(files) == len({*files}) == len(api.new_plugin("idea", kind=kind, out=tmp_path / "other"))


@every_kind
def test_it_keeps_every_promise(written: Path, kind: Kind) -> None:
    for check in checks(f"my{kind}", mixed=False):  # mixes are tried below and in test_plugin_check.py
        check()


@every_kind
def test_its_recipe_trains_with_it_and_knows_how_to_do_without(zoo: Zoo, written: Path, kind: Kind, tmp_path: Path) -> None:
    name, [part] = f"my{kind}", catalog().components[kind].of(plugin(kind))
    track = name if own_track(kind) else "figures-64"
    short = ("--steps", 2, "--batch", 2, "--device", "cpu", "--out", tmp_path / "run")
    done = zoo("train", "--recipe", name, "--track", track, *short)
    assert done.code == 0, done.err
    whole, without = (used(name, variant) for variant in ("full", "without"))
    assert whole != without and part.name not in without
    arena = load_track(catalog().tracks[track])
    assert part.name in whole | {arena.dataset.use} | {net.use for net in arena.nets().values()}


@every_kind
def test_its_own_test_fails_where_the_part_is_wrong(written: Path, kind: Kind) -> None:
    module = written / kind / "src" / f"zoo_my{kind}" / f"{kind}.py"
    right, wrong = WRONG[kind]
    text = module.read_text()
    assert text.count(right) == 1
    run_own_tests(written, kind)
    module.write_text(text.replace(right, wrong))
    sys.modules.pop(f"zoo_my{kind}.{kind}")
    with pytest.raises((AssertionError, ZooError)):
        run_own_tests(written, kind)
    module.write_text(text)


@every_kind
def test_the_page_shows_what_is_written(written: Path, kind: Kind) -> None:
    module = (written / kind / "src" / f"zoo_my{kind}" / f"{kind}.py").read_text()
    [section] = [text for text in SECTIONS if f"\nzoo plugin new my{kind} --kind {kind}\n" in text]
    [shown] = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert shown.replace("myplugin", f"my{kind}") in re.sub(r"^ *#.*\n", "", module, flags=re.MULTILINE)


@every_kind
def test_the_mix_on_the_page_can_be(written: Path, kind: Kind) -> None:
    [line] = re.findall(rf"^zoo run .*\bmy{kind}\b.*$", PAGE, re.MULTILINE)
    asked = dict(re.findall(r"--(recipe|track|set) (\S+)", line.replace("'", "")))
    track = load_track(catalog().tracks[asked.get("track", "figures-64")])
    changes = [asked["set"]] if "set" in asked else []
    recipe = load_recipe(catalog().recipes[asked["recipe"]], size=track.scale, changes=changes)
    check_mix(recipe, track, catalog())


def test_the_six_lines_run(zoo: Zoo, track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.cache_clear()
    [lines] = re.findall(r"^```bash run\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in lines.splitlines():
        program, *words = line.split()
        if program == "pip":
            monkeypatch.syspath_prepend(Path(words[-1]) / "src")
            monkeypatch.setenv("ZOO_PLUGINS", "zoo_mine")
            catalog.cache_clear()
            continue
        short = ("--track", track, "--steps", 2, "--device", "cpu") if words[0] == "run" else ()
        done = zoo(*words, *short)
        assert done.code == 0, f"{line}\n{done.err}"
    assert "masked_ssim" in done.out
    catalog.cache_clear()


def run_own_tests(written: Path, kind: Kind) -> None:
    for name, test in runpy.run_path(str(written / kind / "tests" / f"test_{kind}.py")).items():
        if name.startswith("test_"):
            test()


def plugin(kind: Kind) -> Plugin:
    return next(plugin for plugin in catalog().plugins if plugin.name == f"my{kind}")


def own_track(kind: Kind) -> bool:
    return f"my{kind}" in catalog().tracks.items


def used(recipe: str, variant: str) -> set[str]:
    """The parts that a recipe names, and losses that weigh."""
    named = load_recipe(catalog().recipes[recipe], size="small", variant=variant).named_parts()
    return {part.use for _, _, part in named if getattr(part, "weight", 1)}
