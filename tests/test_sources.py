"""Several photos of one person, through the spine: what is trained and scored, what is refused, what is recorded."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch

from tests.results.runs import make_record
from tests.scoring.fakes import FakeModel, make_kit, make_track
from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context, ParsingTransform
from zoo.model import Model, build_model
from zoo.ops.sources import further
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import make_recipe
from zoo.recipes.promises import photos as photos_promised
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import load_track
from zoo.recipes.trained import as_trained
from zoo.regions import vocabulary
from zoo.results.record import Record
from zoo.scoring import score
from zoo.scoring.profile import profile
from zoo.scoring.scorer import check_scorable
from zoo.types import Outcome, Pair, Person

SIZE = (32, 32)
PHASE = {"name": "main", "train": ["merge"], "losses": ["rec"], "pairing": "base.paired"}


def recipe_of(sources: int = 2, worn: Any = ("base.several",), **changes: Any) -> Recipe:
    merge = {"use": "base.concat", "width": 8, "wear": list(worn)}
    document = {"name": "album", "regions": "scm8", "pose": "base.heatmaps", "style": "base.pixels", "merge": merge,
                "generator": "base.show", "sources": sources, "losses": {"rec": "base.l1"}, "phases": [PHASE]}  # fmt: skip
    return make_recipe({**document, **changes}, where="test")


@cache
def model() -> Model:
    recipe = recipe_of(merge={"use": "base.stay", "wear": "base.several"})
    return build_model(recipe, Context(size=SIZE, regions=vocabulary("scm8"), sources=2), "scm8", catalog()).eval()


def album(count: int) -> Pair:
    """A pair with so many photos as the source."""
    people = [make_pair(SIZE, seed=10 * seed).source for seed in range(count)]
    return make_pair(SIZE).but(source=people[0], others=tuple(people[1:]))


def test_all_photos_are_read_whatever_their_order_and_what_is_told_is_of_the_first() -> None:
    pair = album(3)
    told = model()(pair)
    assert torch.equal(told.source.image, pair.source.image) and len(told.style.codes) == len(told.image) == 2
    shuffled = pair.but(source=pair.others[1], others=(pair.others[0], pair.source))
    torch.testing.assert_close(model()(shuffled).image, told.image)
    another = pair.but(others=(pair.others[0], album(5).others[3]))
    assert not torch.allclose(model()(another).image, told.image)


def test_every_photo_is_told_in_the_recipes_words() -> None:
    built = build_model(recipe_of(), Context(size=SIZE, regions=vocabulary("scm8"), sources=2), "cihp20", catalog())
    one, other = (make_pair(SIZE, regions=20, seed=seed) for seed in (0, 7))
    told = built.translate(one.but(others=(other.source,)))
    assert [person.parsing.shape[1] for person in (told.source, told.target, *told.others)] == [8, 8, 8]
    assert torch.equal(told.others[0].parsing, built.translate(other).source.parsing)


class Brightness(ParsingTransform):
    """Says of every region how bright the source is."""

    def forward(self, source: Person, target: Person) -> torch.Tensor:
        assert source.image is not None and len(source) == len(target)
        return source.image.mean((1, 2, 3))[:, None, None, None].expand(-1, 8, *SIZE)


def test_what_the_photos_say_of_the_targets_regions_is_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model(), "parsing", Brightness())
    pair = album(3)
    said = model()(pair, until="parsing").parsing_logits
    photos = torch.stack([person.image.mean((1, 2, 3)) for person in (pair.source, *pair.others)])
    torch.testing.assert_close(said[:, 0, 0, 0], photos.mean(0))


def test_one_photo_alone_is_what_it_was() -> None:
    assert torch.equal(model()(album(1)).image, album(1).source.image), "a pair of one photo, at a recipe that only copies"


def test_a_recipe_of_one_photo_refuses_several() -> None:
    plain = build_model(recipe_of(1, ()), Context(size=SIZE, regions=vocabulary("scm8")), "scm8", catalog())
    with pytest.raises(ZooError, match="2 photos of a person, and this recipe reads one"):
        plain(album(2))


@pytest.mark.parametrize(
    ("recipe", "what"),
    [
        (recipe_of(worn=()), "merge base.concat takes one photo"),
        (recipe_of(worn=("base.several", {"use": "base.photo", "along": "skeletons"})), "merge base.concat takes one photo"),
        (recipe_of(phases=[{**PHASE, "pairing": "base.unpaired"}]), "pairing base.unpaired draws one photo"),
    ],
)
def test_what_takes_one_photo_is_refused_before_anything_is_built(recipe: Recipe, what: str) -> None:
    with pytest.raises(ZooError, match=what) as refusal:
        check_mix(recipe, load_track(catalog().tracks["figures-64"]), catalog())
    assert "base." in refusal.value.fix and refusal.value.exit_code == 2


def test_the_number_of_photos_leaves_other_recipes_digests_alone() -> None:
    assert recipe_of(1).digest() == recipe_of().model_copy(update={"sources": 1}).digest() != recipe_of(2).digest()
    request = Request(recipe="spgnet", track="figures-64", variant="three-sources")
    assert resolve(request, catalog())[0].sources == 3


class Album(FakeModel):
    """Keeps the photos that it saw of each pair."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, list[torch.Tensor]] = {}

    def forward(self, pair: Pair) -> Outcome:
        for i, name in enumerate(pair.names):
            self.seen[name] = [p.joints[i] for p in (pair.source, *pair.others)]
        return super().forward(pair)


def kit_of(sources: int, views: int) -> Any:
    kit = make_kit()
    kit.data.groups = lambda split: [range(4 * i, 4 * i + views) for i in range(3)]  # type: ignore[method-assign]
    kit.data.pairs = lambda split: [(4 * i + s, 4 * i + t) for i in range(3) for s, t in ((0, 1), (1, 0))]  # type: ignore[method-assign]
    return replace(kit, context=replace(kit.context, sources=sources))


def test_scores_are_of_the_same_first_photos_and_further_ones_belong_to_the_pair() -> None:
    seen = []
    for sources, batch in ((1, 4), (2, 4), (3, 4), (3, 1)):
        shown = Album()
        score(shown, kit_of(sources, 4), make_track(), batch=batch)  # type: ignore[arg-type]
        assert all(len(photos) == sources for photos in shown.seen.values())
        seen.append(shown.seen)
    one, two, three, by_one = seen
    assert one.keys() == two.keys() == three.keys()
    for name in one:
        assert torch.equal(one[name][0], three[name][0])
        assert torch.equal(torch.stack(two[name]), torch.stack(three[name][:2]))
        assert torch.equal(torch.stack(three[name]), torch.stack(by_one[name])), "whatever batch a pair comes in"


def test_further_photos_show_neither_source_nor_target() -> None:
    photos = kit_of(3, 4).data.sources_of("test", [(0, 1), (1, 0), (4, 5)], 3).tolist()
    assert [sorted(p) for p in photos] == [[0, 2, 3], [1, 2, 3], [4, 6, 7]]
    assert [p[0] for p in photos] == [0, 1, 4]


def test_a_person_with_too_few_photos_is_refused_before_a_training() -> None:
    check_scorable(kit_of(3, 4), make_track())
    with pytest.raises(ZooError, match=r"3 more photos .* there are 2"):
        check_scorable(kit_of(4, 4), make_track())


@pytest.mark.parametrize(("fewest", "right"), [(None, [3]), (1, [1, 2, 3]), (2, [2, 3])])
def test_a_pairing_gives_as_many_photos_as_it_promises(fewest: int | None, right: list[int]) -> None:
    promise = photos_promised(3, fewest)
    for count in range(1, 5):
        if count in right:
            promise("pairing x", album(count))
            continue
        with pytest.raises(ZooError, match="photos of each person"):
            promise("pairing x", album(count))


def test_macs_count_every_photo() -> None:
    recipe = recipe_of()
    built = build_model(recipe, Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18), "scm8", catalog())
    one, two, three = (profile(built, SIZE, count)["merge"].macs for count in (1, 2, 3))
    assert 2 * one < two and 3 * one < three, "and the net that chooses between them"


def test_more_photos_are_drawn_for_each_pair_by_itself() -> None:
    others = range(10, 20)
    drawn = {(s, t): further([s, t, *others], s, t, 4, "key") for s in range(3) for t in range(3, 6)}
    assert all({*four} <= {*others} and len({*four}) == 4 for four in drawn.values())
    assert len({tuple(four) for four in drawn.values()}) > 5
    assert further([0, 3, *others], 0, 3, 2, "key") == drawn[0, 3][:2], "fewer are the first of more"
    assert further([0, 3, *others], 0, 3, 4, "another key") != drawn[0, 3]


def test_fewer_photos_may_be_shown_to_what_was_trained_on_several() -> None:
    several, one = recipe_of(3), recipe_of(3, shown=1)
    assert one.digest() != several.digest() and as_trained(one, catalog()) == several, "of one training"
    with pytest.raises(ZooError, match="shown is 3, and the recipe reads 2 photos"):
        recipe_of(2, shown=3)
    kit, shown = kit_of(3, 4), Album()
    score(shown, replace(kit, context=replace(kit.context, shown=1)), make_track())  # type: ignore[arg-type]
    assert shown.seen and all(len(photos) == 1 for photos in shown.seen.values())
    assert make_record(sources=3, shown=1).sources == 1, "and ranked among those of one"


def test_a_record_says_how_many_and_one_photo_changes_no_id() -> None:
    one, two = make_record(), make_record(sources=2)
    assert (one.sources, two.sources) == (1, 2) and "sources" not in one.model_dump()["recipe"]
    assert Record.model_validate_json(two.model_dump_json()) == two and two.recipe_digest != one.recipe_digest
