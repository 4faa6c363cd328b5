"""What ten rigid parts say of flow and visibility, where the data does not know them."""

import torch
from torch import Tensor

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.skeleton import JOINT_NAMES
from zoo.types import Pair, Person
from zoo_spgnet.flow import BACKGROUND, HIDDEN, VISIBLE
from zoo_spgnet.losses import PseudoMotionLoss

SIZE = (64, 48)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"))
STANDING = {
    "nose": (24, 10), "neck": (24, 18), "r_shoulder": (18, 19), "r_elbow": (12, 26), "r_wrist": (8, 33), "l_shoulder": (30, 19),
    "l_elbow": (36, 26), "l_wrist": (40, 33), "r_hip": (20, 36), "r_knee": (19, 47), "r_ankle": (18, 57), "l_hip": (28, 36),
    "l_knee": (29, 47), "l_ankle": (30, 57), "r_eye": (22, 8), "l_eye": (26, 8), "r_ear": (20, 9), "l_ear": (28, 9),
}  # fmt: skip


def standing(shift: tuple[float, float] = (0, 0), without: tuple[str, ...] = ()) -> Person:
    """A person in the middle, as a figure of one region; everything but the outermost pixels."""
    joints = torch.tensor([STANDING[name] for name in JOINT_NAMES]).float() + torch.tensor(shift)
    visible = torch.tensor([name not in without for name in JOINT_NAMES])
    parsing = torch.zeros(1, 8, *SIZE)
    parsing[:, 5, 2:-2, 2:-2] = 1
    parsing[:, 0] = 1 - parsing[:, 5]
    return Person(size=SIZE, joints=joints[None], visible=visible[None], parsing=parsing)


def truth(source: Person, target: Person) -> tuple[Tensor, Tensor]:
    return PseudoMotionLoss(CONTEXT).truth(Pair(source=source, target=target))


def at(map: Tensor, joint: str) -> list[float]:
    x, y = STANDING[joint]
    return map[0, :, y, x].tolist()


def test_a_moved_person_is_moved_back_and_all_visible() -> None:
    flow, state = truth(standing((3, -2)), standing())
    figure = standing().parsing[:, :1] == 0
    for axis, value in enumerate((3, -2)):
        assert torch.allclose(flow[:, axis : axis + 1][figure], torch.tensor(float(value)), atol=1e-3)
    assert (flow * ~figure).abs().max() == 0
    assert (state[figure] == VISIBLE).all() and (state[~figure] == BACKGROUND).all()


def test_a_limb_moves_by_itself_and_lies_over_the_torso() -> None:
    raised = standing()
    joints = raised.joints.clone()
    joints[0, JOINT_NAMES.index("r_elbow")] = torch.tensor([11.0, 15.0])
    joints[0, JOINT_NAMES.index("r_wrist")] = torch.tensor([8.0, 7.0])
    flow, _ = truth(raised.but(joints=joints), standing())
    assert torch.allclose(torch.tensor(at(flow, "r_elbow")), torch.tensor([-1.0, -11.0]), atol=2.5)
    for still in ("l_elbow", "nose", "r_knee"):
        assert max(map(abs, at(flow, still))) < 1e-3


def test_what_the_source_lacks_is_hidden_even_if_its_mirror_lends_the_flow() -> None:
    arm = ("r_elbow", "r_wrist")
    flow, state = truth(standing(without=arm), standing())
    assert at(state, "r_elbow") == [HIDDEN] and at(state, "l_elbow") == [VISIBLE] and at(state, "neck") == [VISIBLE]
    assert flow.isfinite().all()
    _, state = truth(standing(without=(*arm, "l_elbow", "l_wrist")), standing())
    assert at(state, "l_elbow") == [HIDDEN]
    flow, state = truth(standing((3, -2), without=(*arm, "l_elbow", "l_wrist")), standing())
    assert torch.allclose(torch.tensor(at(flow, "l_elbow")), torch.tensor([3.0, -2.0]), atol=1e-3), "the torso's"
    flow, state = truth(standing(), standing(without=tuple(JOINT_NAMES)))
    assert flow.abs().max() == 0 and flow.isfinite().all() and (state == BACKGROUND).any()
