"""`zoo.load` and what it gives: transfer, edit."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from tests.annotation.nets import somebody, stage
from tests.api.conftest import JOINTS, LABELS, SIZE, photo
from tests.cli.conftest import Zoo
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.regions import vocabulary
from zoo.types import Merged, Person


@pytest.fixture(scope="module")
def copy(small: Path) -> zoo.Pipeline:
    """The recipe that hands the photo back."""
    return zoo.load("copy", track=small, device="cpu")


def test_a_transfer_knows_what_it_is_of(copy: zoo.Pipeline, me: zoo.Subject, other: zoo.Subject, tmp_path: Path) -> None:
    out = copy.transfer(me, other)
    assert out.image.shape == (3, *SIZE) and out.image.min() >= -1 and out.image.max() <= 1
    assert out.pil().size == SIZE[::-1] and np.array(out.pil())[48, 24].tolist() == [50, 50, 50]
    assert out.source is me and out.pose is other
    with Image.open(out.save(tmp_path / "deep" / "out.png")) as written:
        assert (np.array(written) == np.array(out.pil())).all()
    assert out.strip().size == (3 * 64 + 4, 64), "source, pose, result"
    assert [path.name for path in out.explain().save(tmp_path / "why")] == ["images.png", "overview.png"]
    assert out._repr_png_()


def test_lists_are_lists_and_one_serves_all(copy: zoo.Pipeline, me: zoo.Subject, other: zoo.Subject) -> None:
    assert [p.source for p in copy.transfer(me, [other, me])] == [me, me]
    assert [p.source for p in copy.transfer([other, me], me)] == [other, me]
    swapped = copy.transfer([me, other], [other, me])
    assert [np.array(p.pil())[48, 24, 0] for p in swapped] == [50, 200] and [p.pose for p in swapped] == [other, me]
    assert copy.transfer([], []) == []
    with pytest.raises(zoo.ZooError, match="not as many sources as poses"):
        copy.transfer([me], [me, other])


def test_a_batch_is_what_each_of_it_is(small: Path, me: zoo.Subject, other: zoo.Subject) -> None:
    model = zoo.load("copy", track=small, changes={"merge": "base.xattn", "phases": [], "losses": {}}, device="cpu")
    bare = zoo.person(photo(90), JOINTS)  # without labels it sits alone
    sources, poses = [me, bare, other], [other, me, bare]
    together, alone = model.transfer(sources, poses), [model.transfer(*pair) for pair in zip(sources, poses, strict=True)]
    for one, same in zip(together, alone, strict=True):
        torch.testing.assert_close(one.image, same.image, atol=1e-5, rtol=1e-5)


def test_people_may_name_their_regions_in_words_of_their_own(small: Path, me: zoo.Subject) -> None:
    named = {"background": "background", "hair": "hair", "upper": "upper", "pants": "pants"}
    spt10, cihp20 = vocabulary("spt10"), vocabulary("cihp20")
    table = {spt10.index(one): cihp20.index(other) for one, other in named.items()}
    theirs = zoo.person(photo(200), JOINTS, np.vectorize(table.get)(LABELS), regions="cihp20")
    model = zoo.load("copy", track=small, device="cpu")
    mine, their = (model.transfer(who, who).outcome.source.parsing for who in (me, theirs))
    assert mine is not None and their is not None and torch.equal(mine, their)


def test_an_edit_wears_what_others_wear(copy: zoo.Pipeline, me: zoo.Subject, other: zoo.Subject) -> None:
    out = copy.edit(me, other, swap=["upper"])
    pixels = np.array(out.pil())[..., 0]
    assert pixels[60, 24] > 150 and pixels[30, 24] < 80, "the coat alone"
    assert out.strip().size[0] == 3 * 64 + 4


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ({}, "nothing to change"),
        ({"swap": ["upper"]}, "somebody to take from"),
        ({"relabel": ["pants=skirt"]}, "no part of the recipe looks at a parsing of the target"),
        ({"swap": ["uper"], "reference": zoo.person(photo())}, "unknown region 'uper'"),  # said before a net looks at them
    ],
)
def test_edits_that_cannot_be_are_refused(copy: zoo.Pipeline, me: zoo.Subject, how: dict[str, Any], complaint: str) -> None:
    with pytest.raises(zoo.ZooError, match=complaint):
        copy.edit(me, **how)


def test_what_people_lack_nets_see_once_and_say(copy: zoo.Pipeline, caplog: pytest.LogCaptureFixture) -> None:
    nets = stage(somebody(40.0), somebody(20.0))
    model = replace(copy, annotator=nets)
    me, them = zoo.person(photo()), zoo.person(photo(200), number=2)
    with caplog.at_level(logging.INFO, "zoo"):
        first, second = model.transfer(me, [them, them])
    assert nets.detecting.pictures == 2
    assert "18 of 18 joints, 0.80 sure; person 1 of 2, seen by seer" in first.notes[0] and "person 2 of 2" in first.notes[1]
    assert first.notes[:2] == second.notes[:2] and first.pose.skeleton[0].max() == 20
    with pytest.raises(zoo.ZooError, match="no photo of the pose to look at"):
        model.transfer(me, zoo.person(size=SIZE))


def test_the_command_line_makes_the_same_picture(
    zoo_command: Zoo, small: Path, me: zoo.Subject, other: zoo.Subject, tmp_path: Path
) -> None:
    for name, colour in (("a", 50), ("b", 200)):
        Image.fromarray(photo(colour)).save(tmp_path / f"{name}.png")
    np.save(tmp_path / "a.npy", JOINTS.astype(np.float32))
    np.save(tmp_path / "b.npy", (JOINTS + 2).astype(np.float32))
    options = {"source": "a.png", "source-joints": "a.npy", "target": "b.png", "target-joints": "b.npy", "out": "out.png"}
    paths = [piece for option, name in options.items() for piece in (f"--{option}", tmp_path / name)]
    done = zoo_command("transfer", "--recipe", "copy", "--track", small, *paths, "--device", "cpu")
    assert done.code == 0, done.err
    with Image.open(tmp_path / "out.png") as written:
        assert (np.array(written) == np.array(zoo.load("copy", track=small, device="cpu").transfer(me, other).pil())).all()


class Paints(torch.nn.Module):
    """A generator of three of the target's regions, or of nothing."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, merged: Merged, target: Person) -> torch.Tensor:
        assert target.parsing is not None
        return self.share * target.parsing[:, [1, 3, 4]]


@pytest.mark.parametrize(("share", "follows"), [(1.0, True), (0.0, False)])
def test_weights_that_ignore_what_was_drawn_say_so(small: Path, me: zoo.Subject, share: float, *, follows: bool) -> None:
    recipe = load_recipe(catalog().recipes["spt"], size="small")
    model = build_model(recipe, Context(size=(64, 64), regions=vocabulary(recipe.regions)), recipe.regions, catalog())
    model.generator = Paints(share)  # type: ignore[assignment]
    drawing = replace(zoo.load("copy", track=small, device="cpu"), model=model, recipe=recipe)
    told = [note for note in drawing.edit(me, relabel=["pants=skirt"]).notes if "do not follow drawn regions" in note]
    assert bool(told) is not follows
    assert not any("drawn" in note for note in drawing.transfer(me, me).notes), "nothing was drawn"
