"""What moves and what stays behind: the skips' own options."""

import dataclasses

import pytest
import torch

from tests.spt.support import SIZE, SPT10, WAVING, figure
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.rigid import body_parts, part_affines, part_masks
from zoo.types import FeatureSpec, Merged, Person, Style
from zoo_spt.skips import DeformableSkips, ground_of

WALL = torch.tensor([0.2, 0.7, 0.4])[:, None, None]


def skipped(source: Person, target: Person, features: torch.Tensor, **options: object) -> Merged:
    spec = FeatureSpec((1,), (3,), 10, 3)
    context = dataclasses.replace(Context(size=SIZE, regions=SPT10, pose_channels=18), spec=spec)
    return DeformableSkips(context, **options)(Style(pyramid=(features,), codes=torch.zeros(1, 10, 3)), source, target)  # type: ignore[arg-type]


def before_a_wall(person: Person) -> torch.Tensor:
    return torch.where(person.parsing[:, :1] > 0, WALL, torch.rand(1, 3, *SIZE))


def test_the_wall_stays_whatever_the_person_does():
    source, target = figure(), figure(WAVING, turn=30)
    out = skipped(source, target, before_a_wall(source), ground="background").pyramid[0]
    free = target.parsing[:, :1]
    assert free.mean() > 0.5
    assert ((out - WALL).abs() * free).max() < 1e-5, "a plain wall is a plain wall, also where the figure stood"


def test_what_no_part_covers_moves_with_the_parts_nearby():
    source, target = figure(), figure(moved=torch.tensor([6.0, -3.0]))
    everywhere = torch.zeros_like(target.parsing)
    everywhere[:, SPT10.index("skirt")] = 1
    features = torch.rand(1, 3, *SIZE)
    merged = skipped(source, target.but(parsing=everywhere), features, ground="background")
    inside = (..., slice(0, -3), slice(6, None))
    torch.testing.assert_close(merged.pyramid[0][inside], features.roll((-3, 6), (2, 3))[inside], atol=1e-3, rtol=0)
    flow = merged.fields.flow[0]
    torch.testing.assert_close(flow, torch.tensor([-6.0, 3.0]).view(1, 1, 2, 1, 1).expand_as(flow), atol=1e-3, rtol=0)


def test_the_figure_moves_as_it_always_did():
    source, target = figure(), figure(moved=torch.tensor([6.0, -3.0]))
    features = before_a_wall(source)
    parts = part_masks(body_parts(target.joints, target.visible, SIZE), SIZE, whole_torso=False)
    limbs = (parts[:, 2:].amax(1, keepdim=True) > 0) & (target.parsing[:, :1] == 0)
    out = skipped(source, target, features, ground="background").pyramid[0]
    wanted, inside = features.roll((-3, 6), (2, 3)), (..., slice(0, -3), slice(6, None))
    torch.testing.assert_close((out * limbs)[inside], (wanted * limbs)[inside], atol=1e-4, rtol=0)


def test_without_a_parsing_nothing_tells_the_background():
    person = figure()
    with pytest.raises(ZooError, match="ground=torso"):
        skipped(person.but(parsing=None), person, torch.rand(1, 3, *SIZE), ground="background")


def test_the_backdrop_is_what_is_around_where_the_figure_stood():
    background = torch.ones(1, 1, 8, 8)
    background[..., 2:5, 2:5] = 0
    features = torch.where(background > 0, 1.0, 9.0).expand(1, 2, 8, 8)
    torch.testing.assert_close(ground_of(features, background), torch.ones(1, 2, 8, 8))
    shaded = torch.arange(32.0).expand(1, 1, 32, 32)
    background = torch.ones(1, 1, 32, 32)
    background[..., 12:20, 12:20] = 0
    assert (ground_of(shaded * background, background) - shaded).abs().max() < 4.5, "a shade, and not the mean of the picture"
    assert torch.equal(ground_of(features, torch.zeros(1, 1, 8, 8)), torch.zeros(1, 2, 8, 8)), "no background, nothing known"


def test_half_precision_comes_back_as_it_came():
    source, target = figure(), figure(WAVING)
    with torch.autocast("cpu", torch.bfloat16):
        moved = skipped(source, target, before_a_wall(source).bfloat16(), ground="background").pyramid[0]
    assert moved.dtype == torch.bfloat16 and moved.isfinite().all()


def test_an_upright_head_is_neither_stretched_nor_lost():
    front, back = figure(), figure(missing=(0, 14, 15))  # only the ears are seen from behind
    side = figure(missing=(15, 16, 17))
    for source, target in ((front, back), (side, back), (back, side)):
        affines, present = part_affines(source.joints, source.visible, target.joints, target.visible, SIZE, head="upright")
        linear = affines[0, 1, :, :2]
        assert present[0, 1]
        assert 0.6 < linear.det().sqrt() < 1.6 and linear[0, 0] > 0.8, "about the same size, and not upside down"
    assert not part_affines(side.joints, side.visible, back.joints, back.visible, SIZE)[1][0, 1], "no face joint in both"
