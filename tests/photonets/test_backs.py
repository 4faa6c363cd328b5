"""What the detector is taught of people from behind: who they are, how often they are shown, and how more of them are made."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from zoo.regions import vocabulary
from zoo.skeleton import JOINT_FLIP

NOSE, R_SHOULDER, L_SHOULDER, R_EAR, L_EAR = 0, 2, 5, 16, 17
CIHP = vocabulary("cihp20")


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(Path(__file__).resolve().parents[2] / "benchmarks"), *sys.path])


def _somebody(turn: float) -> Tensor:
    """Joints (18,2) in 64x64 of somebody whose shoulders are `turn` trunks wide: from the front above 0, from behind below."""
    half = 10 * turn
    joints = torch.full((18, 2), 32.0)
    for right, left, y in ((2, 5, 20.0), (8, 11, 40.0), (16, 17, 10.0), (14, 15, 9.0)):
        joints[right], joints[left] = torch.tensor([32 - half, y]), torch.tensor([32 + half, y])
    joints[NOSE, 1] = 10
    return joints


def test_faces_on_the_backs_of_heads_are_not_believed() -> None:
    from photo_shelf import SURE, UNSURE, faceless

    front, back, profile = _somebody(0.6), _somebody(-0.6), _somebody(-0.6)
    profile[NOSE, 0] += 20
    front_known, back_known, profile_known = faceless(torch.stack((front, back, profile)), torch.ones(3, 18))
    assert (front_known == 1).all() and (profile_known[:R_EAR] == 1).all()
    assert (back_known[[NOSE, 14, 15]] == 0).all()
    assert UNSURE < back_known[R_EAR] < SURE
    assert (back_known[1:14] == 1).all()


def test_the_few_from_behind_are_shown_as_often_as_was_said() -> None:
    from photo_backs import SHARES, balanced
    from photo_shelf import BACK, facing

    joints = torch.stack([_somebody(0.8)] * 300 + [_somebody(0.0)] * 6 + [_somebody(-0.8)] * 3)
    shelf = SimpleNamespace(joints=joints, confidence=torch.ones(len(joints), 18))
    photos = torch.arange(1, len(joints))  # the first is held out
    shown = balanced(shelf, photos, 3000)
    width = facing(joints[shown])
    present = SHARES[0] + SHARES[1] + SHARES[3]
    assert not (shown == 0).any()
    assert abs(float((width < BACK).float().mean()) - SHARES[0] / present) < 0.05
    assert abs(float((width.abs() <= -BACK).float().mean()) - SHARES[1] / present) < 0.05


def test_who_is_turned_away_has_hair_for_a_face_and_left_for_right() -> None:
    from photo_backs import turned
    from photo_views import Chance, View

    joints = torch.stack((_somebody(0.6), _somebody(-0.6)))
    labels = torch.zeros(2, 64, 64, dtype=torch.long)
    labels[:, 2:18, 24:40], labels[:, 6:16, 27:37] = CIHP.index("hair"), CIHP.index("face")
    image = torch.full((2, 3, 64, 64), 0.5)
    image[:, 0, 2:18, 24:40], image[:, :, 6:16, 27:37] = 0.1, 0.9
    one = torch.ones(2, 18)
    view = View(
        photo=torch.arange(2), image=image, inside=one, labels=labels, figure=one, joints=joints, shown=one, known=one
    )  # fmt: skip
    front, back = 0, 1
    found = turned(view, Chance("cpu", 0), 1.0)
    assert torch.equal(found.joints[front], joints[front][list(JOINT_FLIP)])
    assert found.shown[front, NOSE] == 0 and found.known[front, NOSE] == 1 and found.known[front, R_EAR] == 0
    assert found.shown[front, [R_SHOULDER, L_SHOULDER]].all()
    assert found.image[front, 1:, 10:13, 30:34].mean() < 0.7  # hair is 0.5 there, the face was 0.9
    assert torch.equal(found.image[front, :, 45:], image[front, :, 45:])
    for name in ("image", "joints", "shown", "known"):
        assert torch.equal(getattr(found, name)[back], getattr(view, name)[back])


def test_weights_keep_a_share_of_what_they_were() -> None:
    from train_photo_nets import blend

    net = torch.nn.BatchNorm1d(2)
    before = {name: torch.zeros_like(value) for name, value in net.state_dict().items()}
    net.weight.data.fill_(4.0)
    net.num_batches_tracked.fill_(7)
    blend(net, before, 0.25)
    assert net.weight.tolist() == [3.0, 3.0] and int(net.num_batches_tracked) == 7, "counts are no weights"
