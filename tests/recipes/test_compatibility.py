"""An impossible mix is refused before torch is imported, with the line that mends it."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from zoo.errors import ZooError
from zoo.hookspecs import KINDS, Component, Kind
from zoo.recipes.catalog import Catalog, Shelf, catalog
from zoo.recipes.compatibility import check_mix, without_idle_phases
from zoo.recipes.loading import load_recipe, make_recipe
from zoo.recipes.plugins import Plugin
from zoo.recipes.track import Track, load_track

OWNER = Plugin("t", "t", "t", "1")


def parts(*components: Component) -> Catalog:
    found = Catalog([OWNER], {k: Shelf(k) for k in KINDS}, Shelf("recipe"), Shelf("track"))
    for component in components:
        found.components[component.kind].add(component.name, OWNER, component)
    return found


def part(kind: Kind, name: str, needs: str = "", gives: str = "", judges: str = "", multiple: int | str = 1) -> Component:
    facts = {"needs": needs, "gives": gives, "judges": judges}
    return Component(kind, name, "t:T", multiple=multiple, **{fact: frozenset(named.split()) for fact, named in facts.items()})


def everything(**needs: str) -> Catalog:
    """One part of every kind, whose needs a test states."""
    kinds = [k for k in KINDS if k not in ("dataset", "features", "detector")]
    return parts(
        *(part(k, f"t.{k}", needs.get(k, "")) for k in kinds),
        part("dataset", "t.bare"), part("dataset", "t.rich", gives="source.parsing true.flow"),
        part("pose", "t.jointed", gives="pose.joints"), part("features", "t.net"), part("detector", "t.eye"),
    )  # fmt: skip


def mix(
    installed: Catalog,
    *,
    dataset: str = "t.bare",
    features: str | None = None,
    detector: str | None = None,
    size: tuple[int, int] = (8, 8),
    **changes: Any,
) -> None:
    document = {
        "name": "mix", "regions": "scm8", "pose": "t.pose", "style": "t.style", "merge": "t.merge", "generator": "t.generator",
        "losses": {"rec": "t.loss"},
        "phases": [{"name": "main", "train": ["merge"], "losses": ["rec"], "pairing": "t.pairing"}], **changes,
    }  # fmt: skip
    track = {"name": "t", "dataset": dataset, "size": size, "protocol": "p", "features": features, "detector": detector}
    recipe = make_recipe(document, where="test")
    check_mix(recipe, Track.model_validate({**track, "budget": {"steps": 1, "batch": 1}}), installed)


CASES: list[tuple[dict[str, str], str, str, dict[str, Any]]] = [
    ({"style": "source.parsing"}, "style t.style needs source.parsing", "a track on t.rich", {"dataset": "t.rich"}),
    ({"merge": "pose.joints"}, "merge t.merge needs pose.joints", "--set pose=t.jointed", {"pose": "t.jointed"}),
    ({"merge": "target.parsing"}, "merge t.merge needs target.parsing", "--set parsing=t.parsing", {"parsing": "t.parsing"}),
    ({"loss": "parsing.logits"}, "loss t.loss needs parsing.logits", "--set parsing=t.parsing", {"parsing": "t.parsing"}),
    ({"loss": "features"}, "loss t.loss needs features", "name a feature net in the track", {"features": "t.net"}),
    ({"loss": "detector"}, "loss t.loss needs detector", "name a pose detector in the track", {"detector": "t.eye"}),
    ({"loss": "true.flow"}, "loss t.loss needs true.flow", "a track on t.rich", {"dataset": "t.rich"}),
]


@pytest.mark.parametrize(("needs", "what", "fix", "mend"), CASES, ids=[c[1] for c in CASES])
def test_the_refusal_says_what_mends_it_and_the_mend_works(
    needs: dict[str, str], what: str, fix: str, mend: dict[str, Any]
) -> None:
    with pytest.raises(ZooError, match=what) as error:
        mix(everything(**needs))
    assert fix in error.value.fix and error.value.exit_code == 2 and "recipe mix (full)" in error.value.where
    mix(everything(**needs), **mend)


def test_an_options_value_may_need_more() -> None:
    loss = Component("loss", "t.gan", "t:T", needs_with={"limbs=false": frozenset({"pose.joints"})})
    installed = everything()
    installed.components["loss"].add(loss.name, OWNER, loss)
    mix(installed, losses={"rec": "t.gan"})
    mix(installed, losses={"rec": {"use": "t.gan", "limbs": True}})
    with pytest.raises(ZooError, match=r"loss t\.gan needs pose\.joints"):
        mix(installed, losses={"rec": {"use": "t.gan", "limbs": False}})
    mix(installed, losses={"rec": {"use": "t.gan", "limbs": False}}, pose="t.jointed")


def test_every_reason_is_given_at_once() -> None:
    installed = everything(style="source.parsing", merge="source.parsing", loss="detector cycle")
    with pytest.raises(ZooError) as error:
        mix(installed)
    what, fix = error.value.what, error.value.fix
    assert "style t.style, merge t.merge need source.parsing" in what and "needs detector" in what and "needs cycle" in what
    assert "a track on t.rich" in fix and "detector = ..." in fix and "--set phases.PHASE.until=cycle" in fix
    with pytest.raises(ZooError) as error:
        mix(installed, merge="t.merg", generator="t.gen", regions="scm9")
    assert all(name in error.value.what for name in ("'t.merg'", "'t.gen'", "'scm9'"))
    assert "did you mean 't.merge'?" in error.value.fix and "did you mean 't.generator'?" in error.value.fix


@pytest.mark.parametrize(("multiple", "options"), [(4, {}), ("stride", {"stride": 4}), ("2**depth", {"depth": 2})])
def test_a_size_that_a_part_cannot_take_is_refused_with_one_that_it_takes(multiple: int | str, options: dict[str, int]) -> None:
    sized = [part("style", "t.sized", multiple=multiple), part("merge", "t.sized", multiple=2)]
    installed = parts(*[o[0][1] for s in everything().components.values() for o in s.items.values()], *sized)
    worn = {"style": {"use": "t.sized", **options}, "merge": "t.sized"}
    mix(installed, size=(8, 12), **worn)
    with pytest.raises(ZooError) as error:
        mix(installed, size=(7, 10), **worn)
    assert "style t.sized takes images whose sides are multiples of 4, not 7x10" in error.value.what
    assert "merge t.sized takes images whose sides are multiples of 2" in error.value.what
    assert "a track of size 8x8" in error.value.fix


def test_a_loss_of_weight_zero_needs_nothing() -> None:
    mix(everything(loss="features"), losses={"rec": {"use": "t.loss", "weight": 0}})


def test_a_loss_on_the_way_back_needs_a_phase_that_leads_back() -> None:
    main = {"name": "main", "train": ["merge"], "losses": ["rec"], "pairing": "t.pairing"}
    with pytest.raises(ZooError, match=r"needs cycle(.|\n)*until=cycle"):
        mix(everything(loss="cycle"), phases=[main])
    mix(everything(loss="cycle"), phases=[{**main, "until": "cycle"}])


def test_an_oracle_stands_in_for_a_parsing_transform_where_the_data_knows() -> None:
    mix(everything(merge="target.parsing"), dataset="t.rich", oracle=True)
    with pytest.raises(ZooError, match=r"oracle = true needs source\.parsing"):
        mix(everything(), oracle=True)


def test_a_need_nobody_fills_is_said_so() -> None:
    with pytest.raises(ZooError) as error:
        mix(everything(merge="edges"))
    assert error.value.fix == "no installed plugin gives edges"


def test_a_part_may_not_need_what_comes_after_it() -> None:
    with pytest.raises(ZooError, match=r"style t\.style needs fields\.flow"):
        mix(parts(*[o[0][1] for s in everything(style="fields.flow").components.values() for o in s.items.values()],
                  part("merge", "t.flow", gives="fields.flow")), merge="t.flow")  # fmt: skip


def staged(merge: str, *, weight: float = 1.0, alone: bool = False) -> list[str]:
    """The phases left of one that judges flows (with a loss of `weight`) and, unless `alone`, one that judges the image."""
    installed = parts(
        part("pose", "t.pose"), part("style", "t.style"), part("generator", "t.generator"),
        part("merge", "t.flow", gives="fields.flow"), part("merge", "t.still"),
        part("loss", "t.rec"), part("loss", "t.sampling", judges="fields.flow"),
    )  # fmt: skip
    phases = [{"name": name, "train": ["merge"], "losses": [loss], "pairing": "t.pairing"}
              for name, loss in (("flow", "sampling"), ("main", "rec"))]  # fmt: skip
    document = {
        "name": "mix", "regions": "scm8", "pose": "t.pose", "style": "t.style", "merge": merge, "generator": "t.generator",
        "losses": {"sampling": {"use": "t.sampling", "weight": weight}, "rec": "t.rec"}, "phases": phases[: 2 - alone],
    }  # fmt: skip
    return [phase.name for phase in without_idle_phases(make_recipe(document, where="test"), installed).phases]


def test_a_phase_with_nothing_to_judge_is_left_out() -> None:
    assert staged("t.flow") == ["flow", "main"]
    assert staged("t.still") == ["main"]
    assert staged("t.flow", weight=0) == ["main"]
    assert staged("t.still", alone=True) == ["flow"]  # training says what is wrong with it


def test_a_pose_that_draws_no_joints_is_refused_by_what_reads_them() -> None:
    """24 maps of bones are as many as joints need; nothing but the fact tells them apart."""
    bones = Component("pose", "t.bones", "t:Bones")
    installed = catalog()
    poses = Shelf("pose", {**installed.components["pose"].items, bones.name: [(OWNER, bones)]})
    with_bones = replace(installed, components={**installed.components, "pose": poses})
    track = load_track(installed.tracks["figures-64"])
    for name in ("spgnet", "partflow"):
        recipe = load_recipe(installed.recipes[name], size="small", changes=["pose=t.bones"])
        with pytest.raises(ZooError, match=r"needs? pose\.joints") as error:
            check_mix(recipe, track, with_bones)
        assert "--set pose=base.heatmaps" in error.value.fix
    check_mix(load_recipe(installed.recipes["scmnet"], size="small", changes=["pose=t.bones"]), track, with_bones)


def test_checking_imports_no_torch() -> None:
    code = (
        "import sys\nfrom zoo.recipes.catalog import catalog\nfrom zoo.recipes.compatibility import check_mix\n"
        "from zoo.recipes.loading import load_recipe\nfrom zoo.recipes.track import load_track\n"
        "track = load_track(catalog().tracks['figures-64'])\n"
        "recipes = [load_recipe(catalog().recipes[name], size='small') for name in catalog().recipes.items]\n"
        "for recipe in recipes:\n"
        "    if recipe.pose.use != 'base.edges': check_mix(recipe, track, catalog())\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
