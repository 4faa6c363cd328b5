"""`zoo show`: what will run, and what it costs."""

import tomllib
from pathlib import Path

from tests.cli.conftest import Zoo
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, make_recipe


def test_a_recipe_is_a_contract(zoo: Zoo) -> None:
    shown = zoo("show", "scmnet", "--json").json
    assert {"name", "parameters", "macs", "parts", "recipe"} <= shown.keys()
    assert list(shown["parts"]) == ["style", "merge", "generator"]
    assert all(part.keys() == {"component", "parameters", "macs"} for part in shown["parts"].values())
    assert shown["parts"]["merge"]["component"] == "scmnet.correlation"
    for key in ("parameters", "macs"):
        assert shown[key] == sum(part[key] for part in shown["parts"].values()) > 0
    resolved = load_recipe(catalog().recipes["scmnet"], size="small")
    assert make_recipe(shown["recipe"], where="shown") == resolved and shown["digest"] == resolved.digest()


def test_what_is_shown_is_a_recipe_file(zoo: Zoo, track: Path) -> None:
    text = zoo("show", "scmnet", "--track", track, "--variant", "wo-bsr", "--set", "losses.perceptual.weight=0").out
    shown = make_recipe(tomllib.loads(text), where="shown")
    wanted = load_recipe(catalog().recipes["scmnet"], size="small", variant="wo-bsr", changes=["losses.perceptual.weight=0"])
    assert shown.digest() == wanted.digest()
    Path("mine.toml").write_text(text)
    again = zoo("show", "mine.toml", "--track", track, "--json").json
    assert again["digest"] == wanted.digest()


def test_a_recipe_says_what_its_options_mean(zoo: Zoo) -> None:
    shown = {option["option"]: option for option in zoo("show", "scmnet", "--json").json["options"]}
    assert shown["pose.sigma"]["value"] == 12.0 and shown["pose.sigma"]["source"] == "paper"
    assert "Gaussian" in shown["pose.sigma"]["about"] and "losses.shape.conditional" in shown
    [line] = [line for line in zoo("show", "scmnet").out.splitlines() if line.startswith("# pose.sigma")]
    assert "12.0" in line and shown["pose.sigma"]["about"] in line


def test_a_component_is_a_contract(zoo: Zoo) -> None:
    shown = zoo("show", "base.adain", "--json").json
    assert {"name", "kind", "plugin", "needs", "gives", "options", "doc"} <= shown.keys()
    assert shown["needs"] == ["source.parsing"] and "AdaIN" in shown["doc"]
    blocks = next(option for option in shown["options"] if option["name"] == "blocks")
    assert blocks.items() >= {"type": "int", "required": False, "default": 4}.items()


def test_a_component_says_what_its_options_mean(zoo: Zoo) -> None:
    [option] = zoo("show", "base.discs", "--json").json["options"]
    assert option["source"] == "paper" and "disc" in option["about"] and option["type"] == "float"
    assert option["about"] in zoo("show", "base.discs").out
    assert zoo("show", "base.adversarial", "--json").json["needs_with"] == {"limbs=false": ["pose.joints"]}


def test_every_component_can_be_shown(zoo: Zoo) -> None:
    for shelf in catalog().components.values():
        for name in shelf.items:
            done = zoo("show", name)
            assert done.code == 0 and f"{shelf.kind} {name}, from plugin" in done.out, name
            about = zoo("show", name, "--json").json  # parts of several kinds may share a name
            assert {one["name"] for one in (about if isinstance(about, list) else [about])} == {name}


def test_a_track(zoo: Zoo) -> None:
    assert zoo("show", "figures-64", "--json").json["protocol"] == "figures-v1"
    assert "figures-v1" in zoo("show", "figures-64").out
