"""From an identity and a view to the scene, the image, the labels, the joints, and the truth between two views."""

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo_figures.body import Solids, dress
from zoo_figures.look import Look
from zoo_figures.paint import colours, surface
from zoo_figures.pose import FOREARM, FRAME, NECK, WAIST, View, kinematics
from zoo_figures.trace import MISS, Capsules, Hits, cast, trace

SUPERSAMPLE = 2
HEAD_SIZE = 1.13  # faces need pixels
# Joints in OpenPose order: frame, then x, y, z in metres.
_JOINTS = (
    ("head", 0, 0.086, 0.118), ("chest", 0, NECK, 0), ("r_upper_arm", 0, 0, 0), ("r_forearm", 0, 0, 0),
    ("r_forearm", 0, -FOREARM, 0), ("l_upper_arm", 0, 0, 0), ("l_forearm", 0, 0, 0), ("l_forearm", 0, -FOREARM, 0),
    ("r_thigh", 0, 0, 0), ("r_shin", 0, 0, 0), ("r_foot", 0, 0, 0),
    ("l_thigh", 0, 0, 0), ("l_shin", 0, 0, 0), ("l_foot", 0, 0, 0),
    ("head", -0.037, 0.112, 0.095), ("head", 0.037, 0.112, 0.095), ("head", -0.1, 0.102, -0.008), ("head", 0.1, 0.102, -0.008),
)  # fmt: skip
# Where nose, eyes and ears look, in the head's frame, and the least turn towards the camera that shows them.
_FACING = (
    (0, 0.0, 0.0, 1.0, -0.1),
    (14, -0.45, 0.0, 0.89, 0.0),
    (15, 0.45, 0.0, 0.89, 0.0),
    (16, -1, 0, 0, -0.15),
    (17, 1, 0, 0, -0.15),
)


Bundle = TypeVar("Bundle", Look, Solids, Capsules)


@dataclass(frozen=True)
class Shot:
    """B people placed before the camera."""

    size: tuple[int, int]
    look: Look
    solids: Solids
    scene: Capsules
    rays: Tensor  # (B,K,18)
    joints: Tensor  # (B,18,2) pixels
    visible: Tensor  # (B,18) bool

    def at(self, index: Tensor) -> "Shot":
        """The people at `index` (N,)."""
        solids, scene = _at(self.solids, index, shared=("frame", "wrap")), _at(self.scene, index)
        placed = self.rays[index], self.joints[index], self.visible[index]
        return Shot(self.size, _at(self.look, index), solids, scene, *placed)


def _at(bundle: Bundle, index: Tensor, shared: tuple[str, ...] = ()) -> Bundle:
    taken = {f.name: getattr(bundle, f.name)[index] for f in fields(bundle) if f.name not in shared}
    return replace(bundle, **taken)


def stage(look: Look, view: View, size: tuple[int, int], half_share: float = 0.0) -> Shot:
    """Pose and place people. `half_share` of the views are half-body crops."""
    rotation, origin = kinematics(look, view)
    solids = dress(look)
    scale, offset = _camera(look, view, origin, size, view.half < half_share)
    project = rotation.new_tensor((1.0, -1.0, 1.0)) * scale[:, None]
    matrix = project[:, None, :, None] * rotation
    matrix[:, FRAME["head"]] *= HEAD_SIZE
    centre = project[:, None] * origin + F.pad(offset, (0, 1))[:, None]
    scene = Capsules(
        matrix[:, solids.frame] * solids.scale[:, :, None],
        centre[:, solids.frame],
        solids.a,
        solids.b,
        solids.radii,
        solids.clip,
    )
    joints, visible = _joints(rotation, matrix, centre, size)
    return Shot(size, look, solids, scene, scene.rays(), joints, visible)


def _camera(look: Look, view: View, origin: Tensor, size: tuple[int, int], half: Tensor) -> tuple[Tensor, Tensor]:
    """Pixels per metre (B,) and the image position (B,2) of the pelvis."""
    height, width = size
    scale = torch.where(half, 0.9, 0.5) * min(height, 1.6 * width) * look.height * view.zoom
    lowest = origin[:, FRAME["r_foot"] : FRAME["l_foot"] + 1, 1].amin(1) - 0.09
    stand = 0.965 * height - 1 + scale * lowest
    bust = 0.36 * height + scale * (WAIST + NECK)
    y = torch.where(half, bust, stand) + view.shift[:, 1] * height
    return scale, torch.stack((0.5 * (width - 1) + view.shift[:, 0] * width, y), -1)


def _joints(rotation: Tensor, matrix: Tensor, centre: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    frame = torch.tensor([FRAME[name] for name, *_ in _JOINTS], device=matrix.device)
    local = matrix.new_tensor([place for _, *place in _JOINTS])
    joints = (centre[:, frame] + (matrix[:, frame] @ local[..., None])[..., 0])[..., :2].float()
    limit = joints.new_tensor((size[1] - 0.5, size[0] - 0.5))
    visible = ((joints >= -0.5) & (joints < limit)).all(-1)
    facing = matrix.new_tensor(_FACING)
    towards = rotation[:, FRAME["head"], 2] @ facing[:, 1:4].mT
    index = facing[:, 0].long()
    visible[:, index] &= towards > facing[:, 4]
    return joints, visible


def labels(stage: Shot) -> Tensor:
    """(B,H,W) uint8 region of cihp20 at each pixel centre."""
    hits = trace(stage.scene, stage.rays, stage.size)
    height, width = stage.size
    flat = torch.zeros(len(stage.joints), height * width, dtype=torch.uint8, device=stage.rays.device)
    flat[hits.sample, hits.pixel] = stage.solids.label[hits.sample, hits.solid].byte()
    return flat.view(-1, height, width)


def image(stage: Shot, background: Tensor) -> Tensor:
    """(B,3,H,W) uint8 over `background` (B,3,H,W) in [0,1], antialiased by 2 x 2 rays a pixel."""
    hits = trace(stage.scene, stage.rays, stage.size, SUPERSAMPLE)
    height, width = stage.size
    fine = background.new_zeros(len(background), height * width * SUPERSAMPLE**2, 4)
    fine[hits.sample, hits.pixel] = F.pad(colours(stage.look, stage.solids, stage.scene, hits), (0, 1), value=1.0)
    fine = fine.view(-1, height, SUPERSAMPLE, width, SUPERSAMPLE, 4)
    mean = (fine[:, :, 0, :, 0] + fine[:, :, 0, :, 1] + fine[:, :, 1, :, 0] + fine[:, :, 1, :, 1]) / SUPERSAMPLE**2
    mean = mean.permute(0, 3, 1, 2)
    return ((mean[:, :3] + (1 - mean[:, 3:]) * background) * 255).round().clamp(0, 255).byte()


def motion(source: Shot, target: Shot) -> tuple[Tensor, Tensor]:
    """True backward flow (B,2,H,W) in pixels and visibility (B,1,H,W) of the target's surface in the source."""
    height, width = target.size
    hits = trace(target.scene, target.rays, target.size)
    place = (source.scene.matrix.float()[hits.sample, hits.solid] * surface(target.scene, hits)[:, None]).sum(-1)
    place = place + source.scene.origin.float()[hits.sample, hits.solid]
    flow = place.new_zeros(len(target.joints), height * width, 2)
    flow[hits.sample, hits.pixel] = place[:, :2] - hits.point[:, :2]
    seen = place.new_zeros(len(target.joints), height * width)
    seen[hits.sample, hits.pixel] = _frontmost(source, hits, place).float()
    return flow.view(-1, height, width, 2).permute(0, 3, 1, 2), seen.view(-1, 1, height, width)


def _frontmost(source: Shot, hits: Hits, place: Tensor) -> Tensor:
    """(N,) bool: whether nothing in the source lies before `place`, and it is inside the frame."""
    count = hits.sample.bincount(minlength=len(source.joints))
    rank = torch.arange(len(place), device=place.device) - (count.cumsum(0) - count)[hits.sample]
    points = place.new_full((len(count), int(count.max()), 2), 0.0)
    points[hits.sample, rank] = place[:, :2]
    depth, _ = cast(source.rays[:, :, None], points[:, None, :, 0], points[:, None, :, 1])
    front = depth.amax(1)[hits.sample, rank]
    limit = place.new_tensor((source.size[1] - 0.5, source.size[0] - 0.5))
    inside = ((place[:, :2] >= -0.5) & (place[:, :2] < limit)).all(-1)
    tolerance = 0.25 + 0.003 * source.size[0]
    return inside & (front > MISS) & (front <= place[:, 2] + tolerance)
