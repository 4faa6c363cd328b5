"""Places on the body as keys (ours): they follow the skeleton, and the regions that training moves about."""

import dataclasses
from typing import Any

import pytest
import torch

from tests.ops.test_skinning import STANDING
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.correlate import best_source
from zoo.ops.maps import heat_maps
from zoo.ops.warp import pixel_grid
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Person
from zoo_base.merges import Concat
from zoo_base.places import BodyPlaces, cells, places
from zoo_base.traced import TracedStyle
from zoo_scmnet.merge import CorrelationMerge

SIZE, GRID = (64, 48), (32, 24)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18)


def person(shift: tuple[float, float] = (0, 0)) -> Person:
    joints, visible = (STANDING + torch.tensor(shift))[None], torch.ones(1, 18, dtype=torch.bool)
    return Person(size=SIZE, joints=joints, visible=visible, pose=heat_maps(joints, visible, SIZE, 2.0))


def operator(**options: float) -> BodyPlaces:
    torch.manual_seed(0)
    context = dataclasses.replace(CONTEXT, spec=FeatureSpec((2,), (8,), 8, 8))
    return BodyPlaces(context, lambda c: CorrelationMerge(c, width=4, own_keys=True), channels=16, **options).eval()


def style(**known: Any) -> TracedStyle:
    return TracedStyle(pyramid=(torch.randn(1, 8, *GRID),), codes=torch.zeros(1, 8, 8), **known)


def test_places_alone_follow_the_skeleton():
    merge = operator()
    torch.nn.init.zeros_(merge.inner.keys.weight)  # what the style looks like has no say
    corr = merge(style(), person((6, -4)), person()).fields.correlation
    torso = (..., slice(9, 16), slice(10, 14))
    moved = best_source(corr) - pixel_grid(GRID, STANDING)
    assert (moved[torso] - torch.tensor([3.0, -2.0])[:, None, None]).abs().mean() < 1


def test_places_go_along_with_regions_that_were_moved():
    source, grid = person(), torch.empty(1, 1, *GRID)
    assert torch.equal(places(style(), source, grid), cells(grid, source))
    everywhere = torch.zeros(1, 8, *SIZE)
    everywhere[:, 5] = 1
    undo = pixel_grid(SIZE, STANDING).expand(1, 8, -1, -1, -1).clone()
    undo[:, 5, 0] += 4  # the upper clothes were moved to the left
    moved = places(style(parsing=everywhere, undo=undo), source, grid) - cells(grid, source)
    torch.testing.assert_close(moved, torch.tensor([4.0, 0]).view(1, 2, 1, 1).expand_as(moved))
    hidden = places(style(parsing=torch.zeros_like(everywhere), undo=undo), source, grid)
    assert torch.equal(hidden, cells(grid, source)), "where no region is, nothing was moved"


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


def test_what_is_borrowed_in_an_edit_has_its_place_on_its_owner():
    merge, source, owner = operator(), person(), person((8, 0))
    torch.nn.init.zeros_(merge.inner.keys.weight)
    parsing = torch.zeros(1, 8, *SIZE)
    parsing[:, 0], parsing[:, 0, 16:32], parsing[:, 5, 16:32] = 1, 0, 1  # the upper clothes are the owner's
    borrowed = style(parsing=parsing, origins=(source,) * 5 + (owner,) + (source,) * 2)
    moved = best_source(merge(borrowed, source, source).fields.correlation) - pixel_grid(GRID, STANDING)
    torso = (..., slice(10, 14), slice(10, 14))
    assert (moved[torso] - torch.tensor([4.0, 0.0])[:, None, None]).abs().mean() < 1


def test_an_operator_that_compares_nothing_is_refused():
    context = dataclasses.replace(CONTEXT, spec=FeatureSpec((2,), (8,), 8, 8))
    with pytest.raises(ZooError, match="compares nothing"):
        BodyPlaces(context, Concat)
