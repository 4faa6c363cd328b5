"""`zoo plugin check`, on a plugin as `zoo plugin new` writes it, and on broken ones."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo
from zoo.recipes.catalog import catalog

BROKEN = """
from pathlib import Path
from zoo.hookspecs import Component, hookimpl
print("hello")

@hookimpl
def zoo_components():
    yield Component("loss", "broken.vector", "broken_parts:Vector", "one number per pixel")
    yield Component("merge", "broken.still", "zoo_base.merges:Stay", "keeps its promises")

@hookimpl
def zoo_recipes():
    return [Path(__file__).with_name("broken.toml")]
"""
TRACKS = """

@hookimpl
def zoo_tracks():
    return [Path(__file__).with_name("broken-track.toml")]
"""
TRACK = """
name = "broken-track"
size = [64, 64]
protocol = "figures-v1"
features = "figures.features"
budget = { steps = 2, batch = 2 }
[dataset]
use = "figures.people"
"""
PARTS = '''
from zoo.interfaces import Loss

class Vector(Loss):
    """The difference of every pixel."""
    def __init__(self, context):
        super().__init__()
    def forward(self, outcome):
        return (outcome.image - outcome.pair.target.image).abs()
'''
RECIPE = """
name = "broken"
regions = "scm8"
pose = "base.heatmaps"
style = "base.pixels"
merge = "base.spade"
generator = "base.unet"
"""


@pytest.fixture
def lend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose packages `zoo_idea` and `zoo_broken` are registered without being installed."""
    monkeypatch.syspath_prepend(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "src"
    catalog.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] in ("zoo_idea", "zoo_broken", "broken_parts")]:
        del sys.modules[name]


def register(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.invalidate_caches()
    monkeypatch.setenv("ZOO_PLUGINS", package)
    catalog.cache_clear()


def test_a_new_plugin_keeps_every_promise_under_any_name(zoo: Zoo, lend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert zoo("plugin", "new", "idea", "--out", "new").code == 0
    assert 'checks("idea")' in Path("new/tests/test_promises.py").read_text(), "its own test asks for what is checked here"
    assert "idea.joints" not in Path("new/tests/test_promises.py").read_text()
    Path("new/src").rename(lend)
    for path in (p for p in Path().rglob("*") if p.is_file()):
        path.write_text(path.read_text().replace("idea.joints", "idea.nearest").replace("JointMerge", "NearestMerge"))
    register("zoo_idea", monkeypatch)
    done = zoo("plugin", "check", "idea", "--json")
    assert done.code == 0, done.err
    tried = {(check["part"], check["promise"]) for check in done.json["checks"]}
    assert not [check for check in done.json["checks"] if check["error"]]
    assert {part.split()[0] for part, _ in tried} == {"plugin", "merge", "mix", "recipe"}
    assert {"merge idea.nearest", "recipe idea/full"} <= {part for part, _ in tried}
    painters = [
        name
        for name in catalog().components["generator"].usable()
        if "true.image" not in catalog().component("generator", name).needs
    ]
    assert len([part for part, _ in tried if part.startswith("mix")]) >= len(painters)


def test_what_is_broken_is_named_and_what_is_not_is_not(zoo: Zoo, lend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lend.mkdir()
    for name, text in (("zoo_broken.py", BROKEN), ("broken_parts.py", PARTS), ("broken.toml", RECIPE)):
        (lend / name).write_text(text)
    register("zoo_broken", monkeypatch)
    loss = zoo("plugin", "check", "broken", "--part", "broken.vector")
    assert loss.code == 1 and "loss broken.vector promises a scalar, but gives the shape (2, 3, 49, 33)" in loss.out
    contents = zoo("plugin", "check", "broken", "--part", "plugin broken")
    assert contents.code == 1 and "promises to print nothing when it is read, but gives hello" in contents.out
    recipe = zoo("plugin", "check", "broken", "--part", "recipe")
    assert recipe.code == 1 and "merge base.spade needs target.parsing" in recipe.out
    still = zoo("plugin", "check", "broken", "--part", "merge broken.still", "--json")
    assert still.code == 0 and still.json["checks"]
    assert zoo("plugin", "check", "broken", "--part", "broken.vektor").code == 2


def test_a_class_that_is_not_there_does_not_hide_the_rest(zoo: Zoo, lend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lend.mkdir()
    gone = '    yield Component("style", "broken.gone", "broken_parts:Gone", "is not there")\n\n@hookimpl\ndef zoo_recipes'
    broken = BROKEN.replace("\n@hookimpl\ndef zoo_recipes", gone)
    for name, text in (("zoo_broken.py", broken), ("broken_parts.py", PARTS), ("broken.toml", RECIPE)):
        (lend / name).write_text(text)
    register("zoo_broken", monkeypatch)
    done = zoo("plugin", "check", "broken")
    assert done.code == 1 and "style broken.gone could not be imported: AttributeError" in done.out
    assert "loss broken.vector promises a scalar" in done.out, "the other parts are tried as well"


@pytest.mark.parametrize(
    ("line", "wrong", "told"),
    [
        ("budget", "budget", ""),
        ("figures-v1", "figures-v2", "did you mean 'figures-v1'?"),
        ("figures.people", "figures.peple", "did you mean 'figures.people'?"),
        ('"figures.features"', '{ use = "figures.features", widht = 4 }', "widht"),
        ("budget", "buget", "did you mean 'budget'?"),
    ],
)
def test_a_track_is_tried(line: str, wrong: str, told: str, zoo: Zoo, lend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lend.mkdir()
    texts = (BROKEN + TRACKS, PARTS, RECIPE, TRACK.replace(line, wrong))
    for name, text in zip(("zoo_broken.py", "broken_parts.py", "broken.toml", "broken-track.toml"), texts, strict=True):
        (lend / name).write_text(text)
    register("zoo_broken", monkeypatch)
    done = zoo("plugin", "check", "broken", "--part", "track")
    assert done.code == bool(told) and ("track broken-track" in done.err) is bool(told) and told in done.out


def test_an_unknown_plugin_and_one_that_does_not_load_are_errors(zoo: Zoo, lend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = zoo("plugin", "check", "scmnett")
    assert unknown.code == 2 and "did you mean 'scmnet'?" in unknown.err
    register("zoo_broken", monkeypatch)
    gone = zoo("plugin", "check", "broken")
    assert gone.code == 1 and "could not be loaded: ModuleNotFoundError" in gone.err
