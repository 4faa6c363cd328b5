"""Places on the body as keys (ours): they follow the skeleton, and the regions that training moves about."""

import dataclasses

import torch

from tests.ops.test_skinning import STANDING
from zoo.interfaces import Context
from zoo.ops.correlate import best_source
from zoo.ops.maps import heat_maps
from zoo.ops.warp import pixel_grid
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Person, Style
from zoo_scmnet.merge import CorrelationMerge, cells, places

SIZE, GRID = (64, 48), (32, 24)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18)


def person(shift: tuple[float, float] = (0, 0)) -> Person:
    joints, visible = (STANDING + torch.tensor(shift))[None], torch.ones(1, 18, dtype=torch.bool)
    return Person(size=SIZE, joints=joints, visible=visible, pose=heat_maps(joints, visible, SIZE, 2.0))


def operator(**options: object) -> CorrelationMerge:
    torch.manual_seed(0)
    context = dataclasses.replace(CONTEXT, spec=FeatureSpec((2,), (8,), 8, 8))
    return CorrelationMerge(context, width=4, body=16, own_keys=True, **options).eval()  # type: ignore[arg-type]


def style(**known: torch.Tensor) -> Style:
    return Style(pyramid=(torch.randn(1, 8, *GRID),), codes=torch.zeros(1, 8, 8), **known)


def test_places_alone_follow_the_skeleton():
    merge = operator()
    torch.nn.init.zeros_(merge.keys.weight)  # what the style looks like has no say
    corr = merge(style(), person((6, -4)), person()).fields.correlation
    torso = (..., slice(9, 16), slice(10, 14))
    moved = best_source(corr) - pixel_grid(GRID, STANDING)
    assert (moved[torso] - torch.tensor([3.0, -2.0])[:, None, None]).abs().mean() < 1


def test_places_go_along_with_regions_that_were_moved():
    source = person()
    assert torch.equal(places(style(), source, GRID), cells(GRID, source))
    everywhere = torch.zeros(1, 8, *SIZE)
    everywhere[:, 5] = 1
    undo = pixel_grid(SIZE, STANDING).expand(1, 8, -1, -1, -1).clone()
    undo[:, 5, 0] += 4  # the upper clothes were moved to the left
    moved = places(style(parsing=everywhere, undo=undo), source, GRID) - cells(GRID, source)
    torch.testing.assert_close(moved, torch.tensor([4.0, 0]).view(1, 2, 1, 1).expand_as(moved))
    hidden = places(style(parsing=torch.zeros_like(everywhere), undo=undo), source, GRID)
    assert torch.equal(hidden, cells(GRID, source)), "where no region is, nothing was moved"


def test_joints_tremble_in_training_alone():
    merge, source = operator(jitter=0.1), person()
    known = style()
    assert torch.equal(merge(known, source, source).pyramid[0], merge(known, source, source).pyramid[0])
    merge.train()
    assert not torch.equal(merge(known, source, source).pyramid[0], merge(known, source, source).pyramid[0])


def test_both_skeletons_teach_what_to_compare():
    merge = operator()
    out = merge(style(), person((3, 0)), person()).pyramid[0]
    out.square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in merge.body.parameters())
