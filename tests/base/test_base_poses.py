"""Pose representations draw at any size, from joints of another, with lengths that follow the height."""

from math import exp

import pytest
import torch

from tests.support import make_person
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.maps import scale_joints
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.types import Person
from zoo_base.poses import Discs, Edges, HeatMaps, Limbs

CONTEXT = Context(size=(256, 128), regions=vocabulary("scm8"))


def one_joint(size: tuple[int, int], x: float, y: float) -> Person:
    joints, visible = torch.zeros(1, JOINTS, 2), torch.zeros(1, JOINTS, dtype=torch.bool)
    joints[0, 0], visible[0, 0] = torch.tensor([x, y]), True
    return Person(size=size, joints=joints, visible=visible)


@pytest.mark.parametrize(("pose", "channels"), [(HeatMaps(CONTEXT), 18), (HeatMaps(CONTEXT, skeleton=True), 19),
                                                (Discs(CONTEXT), 18), (Limbs(CONTEXT), 30),
                                                (Limbs(CONTEXT, joints="disc"), 30)])  # fmt: skip
def test_channels_and_range_at_another_size(pose: HeatMaps, channels: int) -> None:
    person = make_person((32, 48))
    for size in ((32, 48), (64, 64), (16, 8)):
        drawn = pose.draw(person, size)
        assert pose.channels == channels and drawn.shape == (2, channels, *size)
        assert drawn.min() >= 0 and drawn.max() <= 1 and torch.isfinite(drawn).all()
        assert drawn[:, 0].max() == 0, "joint 0 is missing"


def test_sigma_is_six_pixels_at_256_and_never_below_one() -> None:
    at_256 = HeatMaps(CONTEXT).draw(one_joint((256, 128), 40, 100), (256, 128))
    assert at_256[0, 0, 100, 46] == pytest.approx(exp(-0.5))
    tiny = HeatMaps(CONTEXT).draw(one_joint((16, 16), 8, 8), (16, 16))
    assert tiny[0, 0, 8, 9] == pytest.approx(exp(-0.5))


def test_joints_land_on_the_scaled_pixel() -> None:
    person = one_joint((16, 16), 7.5, 7.5)  # the centre of the image is the centre at any size
    drawn = HeatMaps(CONTEXT).draw(person, (64, 64))[0, 0]
    torch.testing.assert_close(drawn, drawn.flip(0).flip(1))
    assert scale_joints(person.joints, (16, 16), (64, 64))[0, 0].tolist() == [31.5, 31.5]


def test_disc_radius_is_eight_at_256_and_four_at_128() -> None:
    for height, radius in ((256, 8), (128, 4)):
        row = Discs(CONTEXT).draw(one_joint((height, 64), 30, 60), (height, 64))[0, 0, 60]
        assert row.sum() == 2 * radius + 1


def test_limbs_draw_joints_as_heat_maps_or_as_discs() -> None:
    person = make_person((64, 64))
    for joints, alone in (("gaussian", HeatMaps(CONTEXT)), ("disc", Discs(CONTEXT))):
        drawn = Limbs(CONTEXT, joints=joints).draw(person, (64, 64))  # type: ignore[arg-type]
        assert torch.equal(drawn[:, :18], alone.draw(person, (64, 64)))


def test_kappa_follows_the_height() -> None:
    person = one_joint((128, 64), 20, 60)
    joints, visible = person.joints.clone(), person.visible.clone()
    joints[0, 2], joints[0, 3] = torch.tensor([20.0, 20.0]), torch.tensor([20.0, 40.0])
    visible[0, 2:4] = True
    drawn = Limbs(CONTEXT).draw(person.but(joints=joints, visible=visible), (128, 64))
    assert drawn[0, 18 + 2, 30, 25] == pytest.approx(exp(-1.0), abs=1e-5)  # 5 px at H = 128


def test_edges_hand_on_the_edge_map_or_say_what_is_missing() -> None:
    person = make_person((32, 48))
    with pytest.raises(ZooError, match="gives none"):
        Edges(CONTEXT).draw(person, (32, 48))
    edges = torch.rand(2, 1, 32, 48)
    assert torch.equal(Edges(CONTEXT).draw(person.but(edges=edges), (32, 48)), edges)
    assert Edges(CONTEXT).draw(person.but(edges=edges), (16, 24)).shape == (2, 1, 16, 24)
    with pytest.raises(ZooError, match="15 edge channels"):
        Edges(CONTEXT, channels=15).draw(person.but(edges=edges), (32, 48))
