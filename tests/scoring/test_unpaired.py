"""unpaired-v1: a photo in the pose of somebody else, without a truth to compare with."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.scoring.fakes import REGIONS, SIZE, FakeData, FakeJudge, FakeModel, make_kit, make_track
from zoo.errors import ZooError
from zoo.scoring import Scored, score
from zoo.scoring.evidence import Evidence
from zoo.scoring.measures import kept_lab, limb_lab
from zoo.scoring.scorer import check_scorable
from zoo.skeleton import BODY_LIMBS
from zoo.types import Judgement, Merged, Outcome, Pair, Person

RULES = make_track(protocol="unpaired-v1")


class Strangers(FakeData):
    """Everybody's first photo, in the pose of the next person's second."""

    def pairs(self, split: str) -> Any:
        return [(2 * i, 2 * ((i + 1) % self.people) + 1) for i in range(self.people)]

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        pair = super().load(split, sources, targets)
        return pair.but(target=pair.target.but(image=None, parsing=None), flow=None, visibility=None)


class Paints(nn.Module):
    """The source as it is, or one grey."""

    def __init__(self, grey: bool = False) -> None:
        super().__init__()
        self.grey = grey

    def forward(self, pair: Pair) -> Outcome:
        image = pair.source.image
        assert image is not None
        pose = torch.zeros(len(pair), 18, *SIZE)
        merged = Merged(pyramid=(), codes=torch.zeros(len(pair), 8, 1))
        painted = torch.zeros_like(image) if self.grey else image.clone()
        return Outcome(
            pair=pair, source=pair.source.but(pose=pose), target=pair.target.but(pose=pose), merged=merged, image=painted
        )


def run(model: Any, judge: bool = True) -> Scored:
    kit = make_kit(FakeJudge() if judge else None)
    return score(model, type(kit)(model, Strangers(), kit.context, kit.judge), RULES, batch=2)


def test_what_no_truth_is_needed_for_is_scored_and_nothing_else() -> None:
    scored = run(Paints())
    assert list(scored.summary) == ["limb_lab", "pckh", "ffd"]  # the fake judge sees nothing but background: no region is kept
    assert scored.summary["ffd"].mean == pytest.approx(0, abs=1e-6)  # a copy is a real photo
    assert run(Paints(grey=True)).summary["ffd"].mean > 0.01
    assert list(run(Paints(), judge=False).summary) == ["limb_lab"]
    assert all(s.truth is None and s.output.shape == (*SIZE, 3) for s in scored.samples)


def test_a_pair_is_of_the_person_that_is_shown() -> None:
    assert run(Paints()).people == [0, 1, 2, 3, 4]


def test_outputs_and_real_photos_are_judged_as_the_same_files() -> None:
    seen: list[Tensor] = []

    class Watching(FakeJudge):
        def forward(self, image: Tensor) -> Judgement:
            seen.append(image)
            return super().forward(image)

    kit = make_kit(Watching())
    score(Paints(), type(kit)(Paints(), Strangers(), kit.context, kit.judge), RULES)  # type: ignore[arg-type]
    output, source = seen
    assert torch.equal(output, source), "a copy is a real photo to the last bit"


def test_a_judge_may_speak_another_vocabulary() -> None:
    kit = make_kit(FakeJudge())
    kit.judge.vocabulary = "spt10"  # type: ignore[union-attr]
    check_scorable(type(kit)(kit.model, Strangers(), kit.context, kit.judge), RULES)
    with pytest.raises(ZooError, match="the judge speaks spt10"):
        check_scorable(kit, make_track())


def test_a_paired_protocol_refuses_targets_without_a_photo_before_training() -> None:
    kit = make_kit()
    with pytest.raises(ZooError, match=r"no true target(.|\n)*unpaired-v1"):
        check_scorable(type(kit)(kit.model, Strangers(), kit.context, None), make_track())


@pytest.mark.parametrize("protocol", ["figures-v1", "photos-v1", "unpaired-v1"])
def test_reconstruction_is_no_transfer(monkeypatch: pytest.MonkeyPatch, protocol: str) -> None:
    monkeypatch.setattr(FakeData, "pairs", lambda self, split: [(0, 1), (1, 1)])
    with pytest.raises(ZooError, match="reconstruction is no transfer"):
        score(FakeModel(), make_kit(), make_track(protocol=protocol))  # type: ignore[arg-type]


def figure(side: int, colours: Tensor, dx: float = 0.0) -> Person:
    """A person whose limbs are drawn in colours of their own, `dx` pixels to the right; a joint less than all is visible."""
    joints = torch.stack([torch.arange(18) % 6 * 24.0 + 30, torch.arange(18) // 6 * 60.0 + 30], 1)[None] + torch.tensor([dx, 0])
    image = torch.zeros(1, 3, side, side)
    for (a, b), colour in zip(BODY_LIMBS, colours, strict=False):
        for t in torch.linspace(0, 1, 200):
            x, y = torch.lerp(joints[0, a], joints[0, b], t).round().long().tolist()
            image[0, :, y - 6 : y + 7, x - 6 : x + 7] = colour[:, None, None]
    return Person(size=(side, side), joints=joints, visible=torch.ones(1, 18, dtype=torch.bool), image=image)


def evidence(source: Person, target: Person, output: Tensor, **more: Any) -> Evidence:
    return Evidence(
        output=(output + 1) / 2, truth=None, target=target.but(image=None), parsing=None, background=0, flow=None,
        visibility=None, motion=None, source=source, **{"judged": None, **more},
    )  # fmt: skip


def test_limb_lab_asks_for_the_clothes_where_the_pose_went() -> None:
    generator = torch.Generator().manual_seed(0)
    mine, theirs = (torch.rand(len(BODY_LIMBS), 3, generator=generator) * 2 - 1 for _ in range(2))
    source, moved, other = figure(192, mine), figure(192, mine, 20.0), figure(192, theirs, 20.0)
    assert source.image is not None and moved.image is not None and other.image is not None
    perfect, copied, strange, mean = (
        limb_lab(evidence(source, moved, image)).item()
        for image in (moved.image, source.image, other.image, torch.zeros_like(source.image))
    )
    assert perfect < 1 < 10 < min(copied, strange, mean)
    unseen = source.but(visible=torch.zeros_like(source.visible))
    assert limb_lab(evidence(unseen, moved, moved.image)).isnan().all()


def test_limbs_have_the_mean_colour_of_a_square_and_not_that_of_a_thread() -> None:
    checks = figure(192, torch.zeros(len(BODY_LIMBS), 3))
    row, column = torch.meshgrid(torch.arange(192), torch.arange(192), indexing="ij")
    pattern = ((row + column) % 2 * 2.0 - 1).expand(1, 3, -1, -1)
    assert limb_lab(evidence(checks.but(image=pattern), checks, torch.zeros_like(pattern))).item() < 3  # 53 from black


def halves(upper: int, lower: int, regions: int) -> Tensor:
    parsing = torch.zeros(1, regions, 32, 32)
    parsing[:, upper, :16], parsing[:, lower, 16:] = 1, 1
    return parsing


def test_kept_lab_compares_what_both_show_of_a_region_in_a_common_vocabulary() -> None:
    image = torch.zeros(1, 3, 32, 32)
    image[:, 0, :16] = 0.8
    person = Person(size=SIZE, joints=torch.zeros(1, 18, 2), visible=torch.ones(1, 18, dtype=torch.bool), image=image)
    source = person.but(parsing=halves(3, 4, 10))  # spt10: upper, pants
    flipped = image.flip(2)
    judged = Judgement(
        features=torch.zeros(1, 1), joints=torch.zeros(1, 18, 2), confidence=torch.zeros(1, 18),
        parsing=halves(9, 5, REGIONS),  # cihp20: pants above, upper below
    )  # fmt: skip
    more = {"judged": judged, "vocabularies": ("spt10", "cihp20")}
    assert kept_lab(evidence(source, person, flipped, **more)).item() == pytest.approx(0, abs=1e-4)
    assert kept_lab(evidence(source, person, image, **more)).item() > 30
    bare = judged.but(parsing=halves(0, 2, REGIONS))  # background and hair: nothing the source has
    assert kept_lab(evidence(source, person, image, **{**more, "judged": bare})).isnan().all()
