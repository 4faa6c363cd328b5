"""What a protocol asks for beside outputs and targets: joints, silhouettes, real pictures, networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from zoo.ops.maps import scale_joints
from zoo.photos.detections import Skeleton
from zoo.photos.joints import checked
from zoo.scoring.pictures.document import Masking
from zoo.scoring.pictures.figure import figure_mask
from zoo.scoring.pictures.frames import Layout, Role, as_mask
from zoo.skeleton import JOINTS

Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Supplies:
    """What the user gave. Names are as `zoo.scoring.pictures.naming.spelt` spells them."""

    layouts: Mapping[Role, Layout | None]
    real: Sequence[Path] = ()  # the training pictures of a Frechet distance
    joints: Mapping[str, Skeleton] = field(default_factory=dict)  # of targets
    joints_size: Size | None = None  # (H, W) of the pictures whose pixels they are; the measured ones if None
    found: Mapping[str, Skeleton] = field(default_factory=dict)  # what a detector saw in outputs, in the same pixels
    silhouettes: Mapping[str, Path] = field(default_factory=dict)  # of targets

    def masks(self, masking: Masking, targets: Sequence[str], size: Size) -> tuple[Tensor, Tensor]:
        """(B,1,H,W) of what is shown of the targets called so, and (B,) bool whether that is known."""
        if masking.shape == "figure":
            return self._figures(targets, size)
        known = torch.tensor([name in self.silhouettes for name in targets])
        nothing = torch.zeros(size, dtype=torch.bool)
        shapes = [torch.from_numpy(as_mask(self.silhouettes[n], size)) if n in self.silhouettes else nothing for n in targets]
        return torch.stack(shapes)[:, None], known

    def _figures(self, targets: Sequence[str], size: Size) -> tuple[Tensor, Tensor]:
        skeletons = [self._skeleton(name, size) for name in targets]
        joints, visible = (torch.stack(side) for side in zip(*skeletons, strict=True))
        return figure_mask(joints, visible, size), visible.any(1)

    def _skeleton(self, name: str, size: Size) -> Skeleton:
        """In pixels of the measured picture; nothing is visible of a target without joints."""
        joints, visible = self.joints.get(name, (torch.zeros(JOINTS, 2), torch.zeros(JOINTS, dtype=torch.bool)))
        if not visible.any():
            return torch.zeros(JOINTS, 2), visible
        joints, visible = checked((joints, visible), self.joints_size or size, f"--joints, {name}")
        return (joints if self.joints_size in (None, size) else scale_joints(joints, self.joints_size, size)), visible
