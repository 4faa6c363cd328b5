"""Joints of people in photographs: where the people are, then each of them looked at closely."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import Context, PoseDetector
from zoo.skeleton import JOINT_FLIP, JOINTS
from zoo.types import Sighting
from zoo_photos.frames import carried_back, cut, frame_around
from zoo_photos.peaks import peaks
from zoo_photos.stored import Weights, restore
from zoo_photos.trunk import Ascent, Trunk, seen

ROWS = 256  # pixels at which a person is looked at
LONGEST = (160, 320)  # sides at which people are looked for: those who fill the picture, and those far away
MARGIN = 1.3  # side of the frame, in sides of the joints' box
_STRIDE = 4
_FOUND = 0.3  # the least a person's middle must show
_SURE = 0.25  # the least a joint must show to tell the frame
FEW = 4  # so many sure joints make a person


class PhotoDetector(PoseDetector):
    """Heat maps of one person's joints at a stride of 4, looking at 256 rows; and everybody in a larger picture."""

    sigma = 2.0

    def __init__(self, context: Context, *, weights: Weights = True) -> None:
        super().__init__()
        self.trunk = Trunk("tf_efficientnet_lite0", last=3)
        self.ascent = Ascent(self.trunk.channels[1:], (64, 64, 48))
        self.heat = nn.Conv2d(48, JOINTS, 1)
        self.middle = nn.Conv2d(48, 1, 1)
        self.side = nn.Conv2d(48, 1, 1)
        if weights:
            restore(self, "detector")

    def forward(self, image: Tensor) -> Tensor:
        return self.look(seen(image, ROWS))[0]

    def look(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """An image as it is -> (B,C,H/4,W/4) heat maps of joints, logits of people's middles, log2 of their sides in pixels."""
        x = self.ascent(self.trunk(image)[1:])
        return self.heat(x), self.middle(x), self.side(x) + 7

    @torch.no_grad()
    def people(self, picture: Tensor) -> list[Sighting]:
        """Everybody in a picture (3,H,W) in [-1,1], the largest first."""
        frames = torch.cat([self._frames(picture, longest) for longest in LONGEST])
        joints, confidence = self._close(picture, frames if len(frames) else _whole(picture))
        better = frame_around(joints, _telling(confidence), MARGIN)  # the first look tells the frame of the second
        joints, confidence = self._close(picture, better)
        found = [Sighting(joints=j, confidence=c) for j, c in zip(joints, confidence, strict=True) if (c >= _SURE).sum() >= FEW]
        return sorted(_apart(found), key=lambda person: -person.size)

    def _frames(self, picture: Tensor, longest: int) -> Tensor:
        """(N,3) where people may be, the likeliest first, in the picture with a longer side of `longest`."""
        height, width = picture.shape[-2:]
        ratio = longest / max(height, width)
        size = (max(32, round(height * ratio)), max(32, round(width * ratio)))
        image = F.interpolate(picture[None], size, mode="bilinear", antialias=True)
        _, middle, side = self.look(image)
        shown = middle.sigmoid()
        top = shown.where(F.max_pool2d(shown, 5, 1, 2) == shown, 0).flatten()
        best, cell = top.topk(min(10, len(top)))
        cell = cell[best >= _FOUND]
        columns = middle.shape[-1]
        centre = torch.stack((cell % columns, cell // columns), -1).float() * _STRIDE + (_STRIDE - 1) / 2
        found = torch.cat((centre, MARGIN * 2.0 ** side.flatten()[cell, None]), 1)
        return found / ratio

    def _close(self, picture: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Joints (N,18,2) in the picture's pixels and confidence (N,18), from each frame and its mirror image."""
        view = torch.cat([cut(picture[None], frame[None], ROWS) for frame in frames])
        heat = (self.look(view)[0] + self.look(view.flip(-1))[0].flip(-1)[:, list(JOINT_FLIP)]) / 2
        joints, confidence = peaks(heat, self.sigma, (ROWS, ROWS))
        return carried_back(joints, frames, ROWS), confidence


def _whole(picture: Tensor) -> Tensor:
    """(1,3) the frame of somebody who fills the picture."""
    height, width = picture.shape[-2:]
    return picture.new_tensor([[(width - 1) / 2, (height - 1) / 2, max(height, width)]])


def _telling(confidence: Tensor) -> Tensor:
    """Which joints (N,18) tell where the person is: the sure ones, and three of each person whatever they show."""
    third = confidence.topk(3, dim=1).values[:, -1:]
    return confidence >= third.clamp(max=_SURE)


def _apart(people: list[Sighting]) -> list[Sighting]:
    """The same person found twice counts once, as the surer sighting."""
    kept: list[Sighting] = []
    for person in sorted(people, key=lambda p: -float(p.confidence.sum())):
        if all(float((person.joints - other.joints).norm(dim=-1).median()) > 0.1 * other.size for other in kept):
            kept.append(person)
    return kept
