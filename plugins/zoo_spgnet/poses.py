"""Which of the drawn pose maps a net reads."""

from torch import Tensor

from zoo.errors import ZooError
from zoo.skeleton import JOINTS
from zoo.types import Person


def pose_channels(drawn: int, limbs: bool) -> int:
    """How many of `drawn` pose maps are read: all, or only those of the 18 joints, which come first."""
    return drawn if limbs else min(drawn, JOINTS)


def pose_maps(person: Person, channels: int) -> Tensor:
    """The person's first `channels` pose maps (B,K,H,W); ZooError when the pose is not drawn."""
    if person.pose is None:
        raise ZooError("a person has no pose drawn", where="zoo_spgnet", fix="draw it: Person(pose=...)")
    return person.pose[:, :channels]
