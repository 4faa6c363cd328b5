"""A figure cut out, moved by rigid parts and laid over its background."""

import torch
from torch import Tensor

from zoo.ops.puppet import puppet_flow
from zoo.ops.scene import backdrop, filled, laid_over
from zoo.ops.warp import warp
from zoo.skeleton import BODY_LIMBS, JOINT_NAMES

SIZE = (128, 96)
ALL = torch.ones(1, 18, dtype=torch.bool)


def standing(arm: tuple[float, float] = (30.0, 60.0), move: tuple[float, float] = (0.0, 0.0)) -> Tensor:
    """Somebody upright, seen from the front; `arm` is where the right wrist is."""
    places = {
        "nose": (48, 16), "r_eye": (46, 14), "l_eye": (50, 14), "r_ear": (44, 15), "l_ear": (52, 15), "neck": (48, 28),
        "r_shoulder": (38, 30), "r_elbow": (34, 45), "r_wrist": arm, "r_hip": (42, 62), "r_knee": (41, 85),
        "l_shoulder": (58, 30), "l_elbow": (62, 45), "l_wrist": (66, 60), "l_hip": (54, 62), "l_knee": (55, 85),
        "r_ankle": (40, 108), "l_ankle": (56, 108),
    }  # fmt: skip
    return (torch.tensor([places[name] for name in JOINT_NAMES]).float() + torch.tensor(move))[None]


def drawn(joints: Tensor) -> tuple[Tensor, Tensor]:
    """A photo (1,3,H,W) whose limbs have colours of their own, before grey, and its figure (1,1,H,W)."""
    image, figure = torch.zeros(1, 3, *SIZE), torch.zeros(1, 1, *SIZE)
    image[:, 2] = torch.linspace(-1, 1, SIZE[1])
    strokes = [(joints[0, a], joints[0, b], i) for i, (a, b) in enumerate(BODY_LIMBS)] + [(joints[0, 1], joints[0, 0], 12)]
    for a, b, i in strokes:
        for t in torch.linspace(0, 1, 80):
            x, y = torch.lerp(a, b, t).round().long().tolist()
            figure[..., y - 2 : y + 3, x - 2 : x + 3] = 1
            image[0, :, y - 2 : y + 3, x - 2 : x + 3] = torch.tensor([i / 6 - 1, 1 - i / 6, (i % 3) - 1.0])[:, None, None]
    return image, figure


def moved(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    image, figure = drawn(source)
    flow, there = puppet_flow((source, ALL), (target, ALL), figure, SIZE)
    return laid_over(image, figure, flow, there), flow, there


def test_nobody_moves_between_two_equal_poses() -> None:
    image, figure = drawn(standing())
    scene, flow, there = moved(standing(), standing())
    assert torch.equal(there.round(), figure) and flow.abs().max() < 1e-2
    torch.testing.assert_close(scene * figure, image * figure, atol=0.02, rtol=0)


def test_a_step_aside_moves_the_figure_as_a_whole_and_leaves_the_background() -> None:
    aside = standing(move=(6.0, 3.0))
    scene, _, there = moved(standing(), aside)
    wanted, figure = drawn(aside)
    assert (there.round() * figure).sum() / figure.sum() > 0.97 and (there.round() * (1 - figure)).sum() < 0.03 * figure.sum()
    inside = (there > 0.99) & (figure > 0)
    assert ((scene - wanted).abs() * inside).sum() / inside.sum() < 0.1
    far = (drawn(standing())[1] + figure == 0) & (torch.arange(SIZE[1]) > 80)
    assert torch.equal(scene.where(far, torch.tensor(0.0)), wanted.where(far, torch.tensor(0.0)))


def test_a_forearm_goes_up_and_takes_nothing_along() -> None:
    up = standing(arm=(28.0, 30.0))
    scene, _, there = moved(standing(), up)
    elbow, wrist = up[0, 3], up[0, 4]
    x, y = torch.lerp(elbow, wrist, 0.6).round().long().tolist()
    forearm = BODY_LIMBS.index((3, 4))
    colour = torch.tensor([forearm / 6 - 1, 1 - forearm / 6, (forearm % 3) - 1.0])
    assert (scene[0, :, y, x] - colour).abs().max() < 0.2  # it is where the pose is
    assert there[0, 0, 58, 29] < 0.5  # it is no longer where it was
    rest = (slice(None), slice(None), slice(64, None))
    torch.testing.assert_close(there[rest].round(), drawn(standing())[1][rest])  # nor did it take hips or legs along


def test_a_limb_that_the_source_hides_is_lent_by_the_other_side() -> None:
    source, hidden = standing(), ALL.clone()
    hidden[:, [3, 4]] = False
    _, figure = drawn(source)
    _, there = puppet_flow((source, hidden), (source, ALL), figure, SIZE)
    x, y = torch.lerp(source[0, 3], source[0, 4], 0.5).round().long().tolist()
    assert there[0, 0, y, x] > 0.5


def test_what_is_not_known_comes_from_around_it_and_what_is_known_stays() -> None:
    image = torch.linspace(-1, 1, 64).expand(1, 3, 40, 64).clone()
    known = torch.ones(1, 1, 40, 64)
    known[..., 10:30, 20:44] = 0
    spoilt = torch.where(known > 0, image, torch.tensor(9.0))
    mended = filled(spoilt, known)
    torch.testing.assert_close(mended * known, image * known)
    assert (mended - image).abs().max() < 0.35 and mended.max() <= 1
    assert filled(torch.ones(1, 3, 7, 5), torch.zeros(1, 1, 7, 5)).isfinite().all()


def test_the_backdrop_shows_nothing_of_the_figure() -> None:
    image, figure = drawn(standing())
    image = torch.where(figure > 0, torch.tensor(5.0), image)
    assert backdrop(image, figure).max() <= 1.01


def test_flows_read_what_is_shown() -> None:
    _, figure = drawn(standing())
    flow, there = puppet_flow((standing(), ALL), (standing(arm=(20.0, 40.0)), ALL), figure, SIZE)
    assert (warp(figure, flow)[there > 0.9] > 0.5).float().mean() > 0.98 and (flow * (there == 0)).abs().max() == 0
