"""Several samples of a pair: how far apart they are, that the first is what one alone is, and who has no others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

import zoo
from tests.api.conftest import JOINTS, LABELS, photo
from tests.cli.conftest import TRACK
from tests.results.runs import make_record
from tests.scoring.fakes import FakeJudge
from zoo.errors import ZooError
from zoo.interfaces import FeatureNet
from zoo.model import Kit, build
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Track
from zoo.results.record import Record
from zoo.scoring import Scored, score
from zoo.scoring.diversity import spread
from zoo.scoring.scorer import check_scorable

STEPPED = ("style=base.encoder", "generator=base.unet", "generator.width=4", "generator.wear=base.flow_matching")


class Quadrants(FeatureNet):
    """One layer sees colours as they are, the other at half the size."""

    layers = {"relu1_1": (3, 1), "relu2_1": (3, 2)}

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        return {"relu1_1": image, "relu2_1": torch.nn.functional.avg_pool2d(image, 2)}


def plain(*rgb: float) -> Tensor:
    """A batch of two images of one colour."""
    return torch.tensor(rgb)[None, :, None, None].expand(2, 3, 8, 8)


def test_what_points_the_same_way_is_near_and_what_stands_apart_is_far() -> None:
    red, green, dark = plain(1, 0, 0), plain(0, 1, 0), plain(0.5, 0, 0)
    assert spread([red, red], Quadrants()).tolist() == pytest.approx([0, 0], abs=1e-6)
    assert spread([red, dark], Quadrants()).tolist() == pytest.approx([0, 0], abs=1e-3), "directions, not lengths"
    assert spread([red, green], Quadrants()).tolist() == pytest.approx([2, 2], abs=0.03)
    assert spread([red, red, green], Quadrants()).tolist() == pytest.approx([4 / 3] * 2, abs=0.03), "two of three pairs"


def test_it_is_the_mean_over_all_pairs_of_samples() -> None:
    images = list(torch.rand(4, 2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1)
    pairs = torch.stack([spread(both, Quadrants()) for both in combinations(images, 2)])
    torch.testing.assert_close(spread(images, Quadrants()), pairs.mean(0))
    torch.testing.assert_close(spread(images[::-1], Quadrants()), pairs.mean(0))


@cache
def kit(*changes: str) -> tuple[Kit, Track]:
    recipe, track = resolve(Request("copy", track="figures-64", changes=list(changes)), catalog())
    built = build(recipe, track, catalog())
    return replace(built, judge=FakeJudge()), track


def scored(samples: int, batch: int = 4) -> Scored:
    return score(*_of(kit(*STEPPED)), limit=4, samples=samples, batch=batch)


def _of(built: tuple[Kit, Track]) -> tuple[object, Kit, Track]:
    return built[0].model, *built


def test_the_first_sample_is_scored_and_the_others_say_how_far_apart_they_are() -> None:
    one, three = scored(1), scored(3)
    assert "diversity" not in one.summary and three.summary["diversity"].mean > 0
    assert {name: i for name, i in three.summary.items() if name != "diversity"} == one.summary
    by_one = scored(3, batch=1).per_pair["diversity"]
    assert by_one == pytest.approx(three.per_pair["diversity"], rel=1e-4), "whatever batch a pair comes in"


def test_who_paints_in_one_step_has_no_samples() -> None:
    with pytest.raises(ZooError, match=r"generator base\.show paints in one step") as refusal:
        check_scorable(*kit(), samples=2)
    assert refusal.value.exit_code == 2 and "several steps" in refusal.value.fix


def test_nobody_tells_how_far_apart_samples_are_without_a_feature_net() -> None:
    built, track = kit(*STEPPED)
    with pytest.raises(ZooError, match="this track names none"):
        check_scorable(replace(built, context=replace(built.context, features=None)), track, samples=2)
    check_scorable(built, track, samples=2)


def test_a_record_says_how_many_samples_and_one_changes_no_id() -> None:
    one, four = make_record(), make_record(samples=4)
    assert (one.samples, four.samples) == (1, 4) and one.id != four.id and "samples" not in one.model_dump()
    assert Record.model_validate_json(four.model_dump_json()) == four


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> zoo.Pipeline:
    track = tmp_path_factory.mktemp("track") / "tiny.toml"
    track.write_text(TRACK)
    return zoo.load("copy", track=track, changes=list(STEPPED), device="cpu")


def people() -> Sequence[zoo.Subject]:
    return [zoo.person(photo(colour), JOINTS, LABELS, regions="spt10") for colour in (50, 200)]


def test_a_transfer_has_as_many_pictures_as_were_asked_for(stepped: zoo.Pipeline, tmp_path: Path) -> None:
    me, other = people()
    one, three = stepped.transfer(me, other), stepped.transfer(me, other, samples=3)
    every = (three, *three.others)
    assert not one.others and len(every) == 3 and torch.equal(one.image, three.image)
    assert all(not torch.equal(a.image, b.image) for a, b in combinations(every, 2))
    height, width = one.image.shape[1:]
    with Image.open(three.save_samples(tmp_path / "all.png")) as written:
        assert written.size == (3 * width, height)
    assert three.strip().size[0] > one.strip().size[0]


def test_a_picture_does_not_depend_on_who_is_painted_beside(stepped: zoo.Pipeline) -> None:
    me, other = people()
    [_, beside] = stepped.transfer([other, me], [me, other], samples=2)
    alone = stepped.transfer(me, other, samples=2)
    torch.testing.assert_close(beside.others[0].image, alone.others[0].image, atol=1e-4, rtol=1e-4)


def test_who_paints_in_one_step_makes_one_picture(stepped: zoo.Pipeline) -> None:
    me, other = people()
    copy = zoo.load("copy", track="figures-64", device="cpu")
    for model, samples, what in ((copy, 2, "paints in one step"), (stepped, 0, "0 samples are no picture")):
        with pytest.raises(ZooError, match=what):
            model.transfer(me, other, samples=samples)
