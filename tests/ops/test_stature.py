"""A pose taken over by a body of other build."""

import torch
from torch import Tensor

from tests.ops.test_puppet import ALL, standing
from zoo.ops.stature import BONES, credible, facing, height, side, take_pose, within
from zoo.skeleton import JOINT_FLIP

FOREARM = 4  # of BONES: the right one


def lengths(joints: Tensor) -> Tensor:
    return torch.stack([(joints[0, b] - joints[0, a]).norm() for a, b, *_ in BONES if a >= 0])


def larger(joints: Tensor, by: float) -> Tensor:
    return joints * by + torch.tensor([70.0, -30.0])


def test_ones_own_pose_changes_nothing() -> None:
    joints, visible = take_pose((standing(), ALL), (standing(), ALL))
    torch.testing.assert_close(joints, standing())
    assert visible.all()


def test_size_and_place_of_the_targets_picture_do_not_matter() -> None:
    pose = standing(arm=(20.0, 40.0))
    near, _ = take_pose((standing(), ALL), (pose, ALL))
    far, _ = take_pose((standing(), ALL), (larger(pose, 0.2), ALL))
    torch.testing.assert_close(far, near, atol=1e-3, rtol=0)
    assert torch.equal(near[0, 10], standing()[0, 10]), "the feet stay"


def test_limbs_keep_their_lengths_and_take_directions() -> None:
    pose = larger(standing(arm=(34 + 15.3, 45.0)), 1.7)  # the forearm straight to the side
    joints, _ = take_pose((standing(), ALL), (pose, ALL))
    torch.testing.assert_close(lengths(joints), lengths(standing()), atol=0.6, rtol=0)
    along = joints[0, 4] - joints[0, 3]
    assert along[0] > 15 and along[1].abs() < 0.1


def test_a_foreshortened_limb_stays_foreshortened() -> None:
    pose = standing(arm=(33.0, 49.0))  # pointing at the camera: 4 pixels of some 15
    joints, _ = take_pose((larger(standing(), 2.0), ALL), (pose, ALL))
    assert 7 < (joints[0, 4] - joints[0, 3]).norm() < 10


def test_limbs_that_are_foreshortened_on_both_sides_stay_so() -> None:
    pose = standing()
    pose[:, [4, 7]] = pose[:, [3, 6]] + torch.tensor([0.0, 4.0])  # both forearms point at the camera
    joints, _ = take_pose((standing(), ALL), (pose, ALL))
    assert (joints[0, [4, 7]] - joints[0, [3, 6]]).norm(dim=1).max() < 7


def test_what_the_target_does_not_show_stays_as_the_source_holds_it() -> None:
    seen = ALL.clone()
    seen[:, [9, 10, 12, 13]] = False  # cut at the hips
    cut = standing(arm=(20.0, 40.0)).masked_fill(~seen[..., None], torch.nan)
    joints, visible = take_pose((standing(), ALL), (cut, seen))
    assert visible.all() and joints.isfinite().all()
    torch.testing.assert_close(joints[0, [9, 10, 12, 13]], standing()[0, [9, 10, 12, 13]])


def test_half_a_person_keeps_their_hips_where_they_were() -> None:
    half = ALL.clone()
    half[:, [9, 10, 12, 13]] = False
    joints, visible = take_pose((standing(), half), (larger(standing(), 0.3), ALL))
    torch.testing.assert_close(joints[0, [1, 8, 11]], standing()[0, [1, 8, 11]], atol=0.3, rtol=0)
    assert visible.all() and (joints[0, 10, 1] - joints[0, 8, 1]) > 30, "the legs are as long as such a body's"


def test_a_pose_without_bones_is_taken_as_it_is() -> None:
    few = torch.zeros_like(ALL)
    few[:, 0] = True
    joints, visible = take_pose((standing(), ALL), (standing(), few))
    assert torch.equal(joints[few], standing()[few]) and torch.equal(visible, few)


def test_the_height_is_told_by_the_bones_that_are_least_foreshortened() -> None:
    tall = height(standing(), ALL)
    assert 90 < tall < 150
    torch.testing.assert_close(height(standing(arm=(34.0, 46.0)), ALL), tall)
    assert height(standing(), torch.zeros_like(ALL)) == 0


def test_a_head_that_would_leave_the_picture_stays_in_it_and_the_feet_stay_where_they_are() -> None:
    crouching, tall = standing(), standing(move=(0.0, -14.0))
    tall[:, [10, 13]] = crouching[:, [10, 13]]
    joints, _ = within((tall, ALL), (crouching, ALL))
    assert joints[0, 0, 1] > 5 > tall[0, 0, 1] and torch.equal(joints[0, [10, 13], 1], tall[0, [10, 13], 1])
    assert torch.equal(within((crouching, ALL), (crouching, ALL))[0], crouching)
    assert torch.equal(within((tall, ALL), (tall, ALL))[0], tall), "one that was cut before is cut again"


def test_nobody_is_made_smaller_than_by_a_third() -> None:
    feet = standing()[:, [10]]
    giant = feet + 4 * (standing() - feet)
    joints, _ = within((giant, ALL), (standing(), ALL))
    torch.testing.assert_close(joints[..., 1] - feet[..., 1], 2 / 3 * (giant[..., 1] - feet[..., 1]))


def test_a_target_from_behind_lends_its_left_to_the_right() -> None:
    front, behind, seen = standing(), standing()[:, JOINT_FLIP], ALL.clone()
    seen[:, 4] = False  # of the right arm's wrist, which is where the front's left one is
    assert side(front, ALL) == -side(behind, ALL) != 0
    joints, visible = facing((front, ALL), (behind, seen))
    torch.testing.assert_close(joints, front)
    assert visible[0, 4] and not visible[0, 7] and visible.sum() == seen.sum()
    same = facing((front, ALL), (front, seen))
    assert torch.equal(same[0], front) and torch.equal(same[1], seen), "who faces the same way keeps the names"


def test_a_joint_seen_on_the_other_one_of_its_pair_is_not_believed() -> None:
    seen = standing()
    seen[:, 3] = seen[:, 6] + 0.5  # the right elbow on the left one
    joints, visible = credible((seen, ALL))
    assert not visible[0, [3, 4]].any() and visible[0, [2, 5, 6, 7]].all() and not joints[0, [3, 4]].any()


def test_nor_is_one_whose_bone_is_no_longer_than_it_may_be() -> None:
    seen = standing()
    seen[:, 6:8] = torch.tensor([[58.0, 38.0], [60.0, 53.0]])  # the left upper arm points at the camera
    seen[:, 3] = seen[:, 6] + 0.5
    visible = credible((seen, ALL))[1]
    assert not visible[0, [3, 4]].any() and visible[0, [2, 5, 6, 7]].all()


def test_legs_seen_from_the_side_may_meet() -> None:
    seen = standing()
    seen[:, 11:14] = seen[:, 8:11] + 0.5
    assert credible((seen, ALL))[1].all()
