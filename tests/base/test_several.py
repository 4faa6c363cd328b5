"""Several photos of one person: one is the plain operator, their order has no say, and whoever shows a place fills it."""

import pytest
import torch
from torch import Tensor, nn

from tests.base.merging import CONTEXT, SIZE, SPEC
from tests.support import make_person
from zoo.errors import ZooError
from zoo.interfaces import Context, MergingOperator
from zoo.ops.sources import first_of, repeated, together
from zoo.types import FeatureSpec, Fields, Merged, Person, Style
from zoo_base.merges import Concat
from zoo_base.several import SeveralPhotos, pose_distance


def photos(count: int) -> tuple[list[Person], Person]:
    """`count` sources of two people, poses drawn, joints that miss NaN; and a target without image."""
    people = [make_person(SIZE, seed=seed, missing=float("nan")) for seed in range(count + 1)]
    poses = torch.rand(count + 1, 2, 18, *SIZE, generator=torch.Generator().manual_seed(0))
    *sources, target = (person.but(pose=pose) for person, pose in zip(people, poses, strict=True))
    return sources, target.but(image=None, parsing=None)


def styled(source: Person) -> Style:
    """A style that tells whose photo it is of: features and codes are functions of the image alone."""
    assert source.image is not None and source.parsing is not None
    grids = [(SIZE[0] // s, SIZE[1] // s) for s in SPEC.strides]
    small = [nn.functional.adaptive_avg_pool2d(source.image, grid) for grid in grids]
    pyramid = tuple(x.mean(1, keepdim=True).expand(-1, c, -1, -1) for x, c in zip(small, SPEC.channels, strict=True))
    codes = source.image.mean((1, 2, 3))[:, None, None].expand(-1, SPEC.regions, SPEC.code_width)
    return Style(pyramid=pyramid, codes=codes, parsing=source.parsing)


class Shows(MergingOperator):
    """Leaves the style where it is, and says that a photo shows the left half if its mean is positive, else the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec: FeatureSpec = context.upstream

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        assert len(style.codes) == len(source) == len(target), "every photo has its target"
        left = torch.arange(SIZE[1]) < SIZE[1] // 2
        mine = (style.codes[:, 0, 0] > 0)[:, None] == left
        shown = mine[:, None, None, None].expand(-1, 1, 1, SIZE[0], -1).float()
        return Merged(pyramid=style.pyramid, codes=style.codes, fields=Fields(visibility=(shown,)))


def several(inner: type[MergingOperator] = Concat, learned: bool = True) -> SeveralPhotos:
    torch.manual_seed(0)
    wrapper = SeveralPhotos(CONTEXT, inner).eval()  # type: ignore[arg-type]
    if learned:
        for parameter in wrapper.score.parameters():
            nn.init.normal_(parameter, std=0.3)
    return wrapper


def merged_by(wrapper: SeveralPhotos, sources: list[Person], target: Person) -> Merged:
    source = together(sources)
    return wrapper(styled(source), source, target)


def test_one_photo_is_merged_as_the_plain_operator_does_it() -> None:
    wrapper, ([source], target) = several(), photos(1)
    here, plain = merged_by(wrapper, [source], target), wrapper.inner(styled(source), source, target)
    assert all(map(torch.equal, (*here.pyramid, here.codes), (*plain.pyramid, plain.codes)))


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_the_photos_has_no_say(order: tuple[int, ...]) -> None:
    wrapper, (sources, target) = several(), photos(3)
    one, other = merged_by(wrapper, sources, target), merged_by(wrapper, [sources[i] for i in order], target)
    assert not torch.equal(one.pyramid[0], merged_by(wrapper, sources[:1], target).pyramid[0])
    for a, b in zip((*one.pyramid, one.codes), (*other.pyramid, other.codes), strict=True):
        torch.testing.assert_close(a, b)
        assert a.isfinite().all()


def test_the_same_photo_three_times_says_what_it_says_once() -> None:
    wrapper, (sources, target) = several(), photos(2)
    once, often = merged_by(wrapper, sources[:1], target), merged_by(wrapper, [sources[0]] * 3, target)
    torch.testing.assert_close(often.pyramid[1], once.pyramid[1])
    torch.testing.assert_close(often.codes, once.codes)


def test_a_photo_in_the_targets_own_pose_wins() -> None:
    wrapper, (sources, target) = several(learned=False), photos(3)
    itself = sources[1].but(joints=target.joints, visible=target.visible, pose=target.pose)
    alone, among = merged_by(wrapper, [itself], target), merged_by(wrapper, [sources[0], itself, sources[2]], target)
    torch.testing.assert_close(among.pyramid[0], alone.pyramid[0], atol=0.02, rtol=0)
    assert (merged_by(wrapper, sources, target).pyramid[0] - alone.pyramid[0]).abs().max() > 0.1


def test_each_place_takes_the_photo_that_shows_it() -> None:
    wrapper, (sources, target) = several(Shows, learned=False), photos(1)
    bright, dark = (sources[0].but(image=torch.full((2, 3, *SIZE), value)) for value in (1.0, -1.0))
    for pyramid in (merged_by(wrapper, people, target).pyramid for people in ([bright, dark], [dark, bright])):
        for level in pyramid:
            half = level.shape[3] // 2
            assert level[..., : half - 1].min() > 0.99 and level[..., half + 1 :].max() < -0.99


def test_codes_are_means_over_the_pixels_of_all_photos() -> None:
    wrapper, ([source], target) = several(Shows), photos(1)
    covered = [torch.zeros(2, SPEC.regions, *SIZE) for _ in range(2)]
    covered[0][:, 1, :, :12], covered[1][:, 1, :, :36], covered[1][:, 2] = 1, 1, 1  # region 1: 1 to 3; 2 in one; 3 in none
    people = [source.but(image=torch.full((2, 3, *SIZE), v), parsing=p) for v, p in zip((1.0, 0.2), covered, strict=True)]
    codes = merged_by(wrapper, people, target).codes[0, :, 0]
    torch.testing.assert_close(codes[1:4], torch.tensor([0.25 + 0.15, 0.2, 0.6]), atol=1e-4, rtol=0)


def test_fields_are_of_the_first_photo() -> None:
    wrapper, (sources, target) = several(Shows), photos(2)
    both, first = merged_by(wrapper, sources, target), merged_by(wrapper, sources[:1], target)
    assert torch.equal(both.fields.visibility[0], first.fields.visibility[0])


def test_the_score_learns_and_what_is_called_visible_is_left_alone() -> None:
    wrapper, (sources, target) = several(), photos(2)
    merged_by(wrapper, sources, target).pyramid[0].square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() and p.grad.any() for p in wrapper.score.parameters())


def test_a_pose_is_far_where_joints_lie_elsewhere_or_are_missing() -> None:
    person = make_person(SIZE)
    person = person.but(visible=torch.ones_like(person.visible))
    away = person.but(joints=person.joints + torch.tensor([0.0, 0.1 * SIZE[0]]))
    assert pose_distance(person, person).tolist() == [0, 0]
    torch.testing.assert_close(pose_distance(away, person), torch.full((2,), 0.1))
    assert (pose_distance(person.but(visible=torch.zeros_like(person.visible)), person) > 0.2).all()


def test_photos_lie_one_after_the_other_sample_by_sample() -> None:
    people = [make_person(SIZE, seed=seed) for seed in range(3)]
    whole = together(people)
    assert whole.image is not None and len(whole) == 6
    wanted = [p.image[sample] for sample in range(2) for p in people if p.image is not None]
    assert torch.equal(whole.image, torch.stack(wanted))
    assert torch.equal(first_of(whole, 3).joints, people[0].joints)
    assert torch.equal(first_of(repeated(people[1], 3), 3).joints, people[1].joints)
    assert together(people[:1]) is people[0]


@pytest.mark.parametrize("change", [{"image": None}, {"parsing": torch.zeros(2, 3, *SIZE)}])
def test_photos_that_know_different_things_are_refused(change: dict[str, Tensor | None]) -> None:
    with pytest.raises(ZooError, match="differ in what is known"):
        together([make_person(SIZE), make_person(SIZE).but(**change)])
    with pytest.raises(ZooError, match="differ in what is known"):
        together([make_person(SIZE), make_person((16, 16))])
