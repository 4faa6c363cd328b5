"""Boxes around joints: what they hold, their margins, and what happens when joints are missing."""

import pytest
import torch

from zoo.ops.boxes import box_masks, part_boxes
from zoo.ops.rigid import stature
from zoo.skeleton import JOINT_GROUPS

SIZE = (40, 30)
STANDING = torch.tensor(
    [(15, 4), (15, 8), (12, 8), (11, 13), (11, 17), (18, 8), (19, 13), (19, 17), (13, 18), (13, 26), (13, 34),
     (17, 18), (17, 26), (17, 34), (14, 3), (16, 3), (13, 4), (17, 4)], dtype=torch.float32,
)[None]  # fmt: skip
ALL = torch.ones(1, 18, dtype=torch.bool)


@pytest.mark.parametrize("groups", ["overlap", "disjoint"])
def test_boxes_hold_their_joints_and_pad_them(groups) -> None:  # type: ignore[no-untyped-def]
    length = 101**0.5
    boxes = part_boxes(STANDING, ALL, SIZE, groups)
    for box, (name, ids) in zip(boxes[0], JOINT_GROUPS[groups].items(), strict=True):
        margin = length * {"head": 0.5, "torso": 0.35, "leg": 0.35}[name]
        low, high = STANDING[0, list(ids)].amin(0) - margin, STANDING[0, list(ids)].amax(0) + margin
        torch.testing.assert_close(box, torch.cat([low, high]))


def test_masks_are_the_pixels_inside_borders_included_and_clipped() -> None:
    masks = box_masks(torch.tensor([[[2.0, 3.0, 4.0, 5.0], [-9.0, 38.5, 2.5, 99.0], [0.0, 0.0, -1.0, -1.0]]]), SIZE)
    assert masks.shape == (1, 3, *SIZE)
    assert [m.nonzero().tolist() for m in masks[0, :2]] == [
        [[y, x] for y in (3, 4, 5) for x in (2, 3, 4)], [[39, x] for x in (0, 1, 2)],
    ]  # fmt: skip
    assert masks[0, 2].sum() == 0


def test_missing_joints_make_empty_boxes_and_no_nan() -> None:
    joints, visible = STANDING.clone(), ALL.clone()
    visible[0, [8, 9, 10, 11, 12, 13]] = False
    joints[~visible] = torch.nan
    boxes = part_boxes(joints, visible, SIZE)
    masks = box_masks(boxes, SIZE)
    assert boxes.isfinite().all() and masks.isfinite().all()
    assert masks[0, 2].sum() == 0 and (masks[0, :2].sum((1, 2)) > 0).all()
    assert part_boxes(joints, torch.zeros_like(visible), SIZE).isfinite().all()


def test_a_single_head_joint_has_a_square_of_the_stature() -> None:
    visible = ALL.clone()
    visible[0, [1, 14, 15, 16, 17]] = False
    left, top, right, bottom = part_boxes(STANDING, visible, SIZE)[0, 0]
    length = stature(STANDING, visible, SIZE)[0]
    torch.testing.assert_close(right - left, length)
    torch.testing.assert_close(bottom - top, length)


def test_the_whole_is_the_image_whatever_is_seen() -> None:
    boxes = part_boxes(STANDING, torch.zeros_like(ALL), SIZE, "whole")
    assert boxes.shape == (1, 1, 4) and (box_masks(boxes, SIZE) == 1).all()


def test_a_box_outside_the_image_is_missing() -> None:
    assert box_masks(part_boxes(STANDING + 1000, ALL, SIZE), SIZE).sum() == 0
