"""A figure cut into sheets that bend, laid out in another pose."""

import torch
from torch import Tensor

from tests.ops.test_puppet import ALL, SIZE, standing
from zoo.ops.maps import scale_joints, skeleton_mask
from zoo.ops.sheets import cut, laid_out
from zoo.ops.stature import facing, take_pose
from zoo.skeleton import JOINT_FLIP

HEAD, ARM, LEG, CLOTH = range(4)
ARMS, LEGS, TRUNK = ((2, 3), (3, 4), (5, 6), (6, 7)), ((8, 9), (9, 10), (11, 12), (12, 13)), ((1, 8), (1, 11), (8, 11), (2, 5))
TONES = torch.tensor([[0.8, 0.6, 0.4], [0.9, -0.9, -0.9], [-0.9, -0.9, 0.9], [-0.9, 0.9, -0.9]])  # of the kinds


def drawn(joints: Tensor) -> tuple[Tensor, Tensor]:
    """A photo (1,3,H,W) of somebody whose kinds (1,4,H,W) have plain colours, before a gradient."""
    painted = {
        LEG: skeleton_mask(joints, ALL, SIZE, 4.0, LEGS), CLOTH: skeleton_mask(joints, ALL, SIZE, 7.0, TRUNK),
        HEAD: skeleton_mask(joints, ALL, SIZE, 6.0, ((1, 0),)), ARM: skeleton_mask(joints, ALL, SIZE, 3.0, ARMS),
    }  # fmt: skip
    kinds = torch.zeros(1, 4, *SIZE)
    for kind, mask in painted.items():
        kinds = kinds * (1 - mask)
        kinds[:, kind] = mask[:, 0]
    image = torch.linspace(-1, 1, SIZE[1]).expand(1, 3, *SIZE)
    figure = kinds.sum(1, keepdim=True)
    return image * (1 - figure) + (kinds[:, :, None] * TONES[None, :, :, None, None]).sum(1), kinds


def colour(image: Tensor, x: float, y: float) -> Tensor:
    return image[0, :, round(y), round(x)]


def near(image: Tensor, place: Tensor, kind: int) -> bool:
    return bool((colour(image, *place.tolist()) - TONES[kind]).abs().max() < 0.3)


def test_in_their_own_pose_people_stay_as_they_are() -> None:
    image, kinds = drawn(standing())
    there = laid_out(image, kinds, (standing(), ALL), (standing(), ALL))
    assert (there - image).abs().mean() < 0.04
    figure = kinds.sum(1, keepdim=True)
    assert ((there - image).abs() * figure).sum() / (3 * figure.sum()) < 0.12


def test_an_arm_goes_up_and_what_it_hid_is_whole() -> None:
    before = standing(arm=(50.0, 50.0))  # the forearm lies before the trunk
    image, kinds = drawn(before)
    hidden = torch.tensor([46.0, 49.0])
    assert near(image, hidden, ARM)
    up = standing(arm=(24.0, 32.0))
    there = laid_out(image, kinds, (before, ALL), (up, ALL))
    assert near(there, hidden, CLOTH), "the trunk goes on under the arm"
    assert near(there, torch.lerp(up[0, 3], up[0, 4], 0.6), ARM)


def test_legs_apart_stay_whole_and_the_background_is_left_alone() -> None:
    source, apart = standing(), standing()
    apart[:, 10] += torch.tensor([-14.0, 0.0])
    apart[:, 9] += torch.tensor([-7.0, 0.0])
    image, kinds = drawn(source)
    there = laid_out(image, kinds, (source, ALL), (apart, ALL))
    assert all(near(there, torch.lerp(apart[0, 9], apart[0, 10], t), LEG) for t in (0.2, 0.5, 0.8))
    assert torch.equal(there[..., 75:], image[..., 75:])


def test_a_side_that_no_photo_shows_is_not_painted_inside_out() -> None:
    image, kinds = drawn(standing())
    behind = standing()[:, JOINT_FLIP]  # the same pose, seen from the back: left and right change places
    seen = facing((standing(), ALL), (behind, ALL))
    torch.testing.assert_close(seen[0], standing())
    there, plain = (laid_out(image, kinds, (standing(), ALL), (pose, ALL)) for pose in (behind, standing()))
    torch.testing.assert_close(there, plain)


def test_a_wrist_seen_on_somebody_else_moves_nothing() -> None:
    source = standing()
    image, kinds = drawn(source)
    wrong = standing(arm=(90.0, 20.0))  # a forearm four times as long as such a body's
    there = laid_out(image, kinds, (wrong, ALL), (wrong, ALL))
    assert (there - image).abs().mean() < 0.05


def test_people_are_laid_out_each_by_themselves_whatever_missing_joints_hold() -> None:
    poses = torch.cat([standing(), standing(arm=(24.0, 32.0)), 0.7 * standing()])
    seen = ALL.repeat(3, 1)
    seen[1, [9, 10]] = False
    image, kinds = (torch.cat(parts) for parts in zip(*(drawn(p[None]) for p in poses), strict=True))
    target = (poses.roll(1, 0), seen.roll(1, 0))
    hidden = poses.masked_fill(~seen[..., None], torch.nan)
    together = laid_out(image, kinds, (hidden, seen), target)
    assert together.isfinite().all()
    for i in range(3):
        alone = laid_out(
            image[i : i + 1],
            kinds[i : i + 1],
            (hidden[i : i + 1], seen[i : i + 1]),
            (target[0][i : i + 1], target[1][i : i + 1]),
        )
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-4, rtol=0)


def test_every_pixel_of_the_figure_is_one_sheets() -> None:
    _, kinds = drawn(standing())
    shown, hidden = cut(kinds, (standing(), ALL))
    assert torch.equal(shown.sum(1), kinds.sum(1)) and not (shown * hidden).any()


def test_a_shirt_beside_a_bare_arm_is_not_a_sleeve() -> None:
    joints = standing()
    _, kinds = drawn(joints)
    hem = torch.zeros(1, *SIZE)
    hem[:, 45:60, 33:40] = 1
    kinds[:, CLOTH] = kinds[:, CLOTH].maximum(hem * (kinds.sum(1) == 0))
    clad = kinds.clone()
    forearms = kinds[:, ARM] * (torch.arange(SIZE[0])[:, None] < 56)  # all but the hands
    clad[:, ARM], clad[:, CLOTH] = kinds[:, ARM] - forearms, kinds[:, CLOTH] + forearms
    bare, sleeved = (cut(k, (joints, ALL))[0][:, 3:].sum(1) * k[:, CLOTH] for k in (kinds, clad))
    assert not bare.any() and (sleeved * forearms).sum() > 0.9 * forearms.sum()


def test_people_whom_the_frame_cuts_reach_its_edge() -> None:
    half = standing(move=(0.0, 62.0))  # hips four rows above the edge
    seen = ALL.clone()
    seen[:, [9, 10, 12, 13]] = False
    image, kinds = drawn(half)
    kinds[:, :, -4:] = 0  # as a parser sees it
    there = laid_out(image, kinds, (half, seen), (half + torch.tensor([0.0, -3.0]), seen))
    assert (there[0, 1, -1, 44:52] > 0.5).all()


def test_a_bent_pose_keeps_its_limbs_together() -> None:
    source = standing()
    pose, visible = take_pose((source, ALL), (standing(arm=(46.0, 34.0)), ALL))
    image, kinds = drawn(source)
    there = laid_out(image, kinds, (source, ALL), (pose, visible))

    assert all(near(there, torch.lerp(pose[0, a], pose[0, b], t), ARM) for a, b in ((2, 3), (3, 4)) for t in (0.4, 0.9))


def test_a_fine_picture_is_cut_as_a_coarse_one() -> None:
    image, kinds = (torch.nn.functional.interpolate(x, scale_factor=5, mode="nearest") for x in drawn(standing()))
    fine, up = (scale_joints(pose, SIZE, (5 * SIZE[0], 5 * SIZE[1])) for pose in (standing(), standing(arm=(24.0, 32.0))))
    there = laid_out(image, kinds, (fine, ALL), (up, ALL))
    coarse = laid_out(*drawn(standing()), (standing(), ALL), (standing(arm=(24.0, 32.0)), ALL))
    assert (torch.nn.functional.avg_pool2d(there, 5) - coarse).abs().mean() < 0.06
