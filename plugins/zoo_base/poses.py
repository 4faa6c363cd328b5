"""Pose representations. Lengths are given at 256 px and scale with the height of the map; none falls below one pixel."""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, PoseRepresentation
from zoo.ops.maps import discs, heat_maps, limb_distance, scale_joints, skeleton_mask
from zoo.skeleton import BODY_LIMBS, JOINTS
from zoo.types import Person


def _pixels(length: float, size: tuple[int, int]) -> float:
    return max(length * size[0] / 256, 1.0)


def _joints(person: Person, size: tuple[int, int]) -> Tensor:
    return scale_joints(person.joints, person.size, size)


Sigma = Annotated[float, Option("standard deviation of a joint's Gaussian, pixels at 256", "paper")]
Radius = Annotated[float, Option("of a joint's disc, pixels at 256", "paper")]


class HeatMaps(PoseRepresentation):
    """18 Gaussians; `skeleton` adds a 19th channel with the limbs drawn."""

    def __init__(
        self,
        context: Context,
        *,
        sigma: Sigma = 6.0,
        skeleton: Annotated[bool, Option("one more map with the limbs drawn", "ours")] = False,
    ) -> None:
        self.sigma, self.skeleton = sigma, skeleton
        self.channels = JOINTS + skeleton

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        joints = _joints(person, size)
        maps = heat_maps(joints, person.visible, size, _pixels(self.sigma, size))
        if not self.skeleton:
            return maps
        return torch.cat([maps, skeleton_mask(joints, person.visible, size, _pixels(1.0, size))], 1)


class Discs(PoseRepresentation):
    """18 binary discs (Intr-Flow, SPGNet)."""

    def __init__(self, context: Context, *, radius: Radius = 8.0) -> None:
        self.radius, self.channels = radius, JOINTS

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        return discs(_joints(person, size), person.visible, size, _pixels(self.radius, size))


class Limbs(PoseRepresentation):
    """18 joints, as Gaussians or discs, and the distance maps of 12 limbs, exp(kappa d) (SPGNet, eq. 2-3)."""

    def __init__(
        self,
        context: Context,
        *,
        joints: Annotated[Literal["gaussian", "disc"], Option("how a joint is drawn", "paper")] = "gaussian",
        sigma: Sigma = 6.0,
        radius: Radius = 8.0,
        kappa: Annotated[float, Option("how a limb's map falls with the distance, per pixel at 256", "paper")] = -0.1,
    ) -> None:
        self.joints, self.sigma, self.radius, self.kappa = joints, sigma, radius, kappa
        self.channels = JOINTS + len(BODY_LIMBS)

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        joints = _joints(person, size)
        limbs = limb_distance(joints, person.visible, size, self.kappa * 256 / size[0])
        if self.joints == "disc":
            return torch.cat([discs(joints, person.visible, size, _pixels(self.radius, size)), limbs], 1)
        return torch.cat([heat_maps(joints, person.visible, size, _pixels(self.sigma, size)), limbs], 1)


class Edges(PoseRepresentation):
    """The person's edge map, for faces; averaged when the size differs."""

    def __init__(
        self, context: Context, *, channels: Annotated[int, Option("maps of edges that the data gives", "ours")] = 1
    ) -> None:
        self.channels = channels

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        if person.edges is None or person.edges.shape[1] != self.channels:
            found = "none" if person.edges is None else str(person.edges.shape[1])
            raise ZooError(
                f"pose base.edges draws {self.channels} edge channels, the data gives {found}",
                where="zoo_base.poses.Edges",
                fix="use a data set that gives edges" if person.edges is None else f"--set pose.channels={found}",
                exit_code=2,
            )
        return person.edges if size == person.size else F.interpolate(person.edges, size, mode="area")
