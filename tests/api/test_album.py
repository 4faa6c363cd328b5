"""Several photos of one person, in a transfer."""

from pathlib import Path

import pytest
import torch

import zoo
from tests.api.conftest import JOINTS, LABELS, photo
from zoo.errors import ZooError


def somebody(colour: int, moved: float = 0.0) -> zoo.Subject:
    return zoo.person(photo(colour), JOINTS + moved, LABELS, regions="spt10")


@pytest.fixture(scope="module")
def album(small: Path) -> zoo.Pipeline:
    """Each place as the photo nearest in pose has it."""
    changes = ["sources=2", 'merge.wear=["base.several"]']
    return zoo.load("copy", track=small, changes=changes, device="cpu")


def test_every_photo_is_read_and_the_one_in_the_pose_wins(album: zoo.Pipeline) -> None:
    me, same, pose = somebody(40), somebody(220, 3.0), somebody(120, 3.0)
    alone, both = album.transfer(me, pose, build="target"), album.transfer(me, pose, others=[same], build="target")
    assert alone.image[:, 48, 24].max() < -0.6 and both.image[:, 48, 24].min() > 0.6
    assert both.strip().size[0] > alone.strip().size[0], "all photos are shown"
    many = album.transfer(me, [pose, me], others=[same], build="target")
    torch.testing.assert_close(many[0].image, both.image, atol=1e-5, rtol=0)
    assert many[1].image[:, 48, 24].max() < -0.6


def test_the_order_of_further_photos_has_no_say(album: zoo.Pipeline) -> None:
    me, pose, *others = (somebody(30 * i + 40, i) for i in range(4))
    one, other = (album.transfer(me, pose, others=these).image for these in (others, others[::-1]))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_what_cannot_be_is_refused(album: zoo.Pipeline, small: Path) -> None:
    me, other = somebody(40), somebody(200)
    with pytest.raises(ZooError, match="reads one photo of a person, and 2 are given"):
        zoo.load("copy", track=small, device="cpu").transfer(me, other, others=[me])
    with pytest.raises(ZooError, match="more photos are of one person"):
        album.transfer([me, other], me, others=[me])
    bare = zoo.person(photo(90), JOINTS)
    with pytest.raises(ZooError, match="differ in what is known of parsing"):
        album.transfer(me, other, others=[bare])
