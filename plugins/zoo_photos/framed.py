"""Parsers that look at each person of a picture through a square frame."""

from collections.abc import Sequence

import torch
from torch import Tensor

from zoo.interfaces import PersonParser
from zoo.regions import vocabulary
from zoo.types import Sighting
from zoo_photos.frames import carried_in, cut, frame_around, laid_back, widened

MARGIN = 1.4  # side of the frame, in sides of the joints' box
WIDENED = 1.5  # times the frame of somebody who nearly fills the picture is widened at most, so that it holds all of it
SURE = 0.25  # confidence from which a joint is drawn
_FAR = -20.0  # logit of every region but the background where no frame reaches


class FramedParser(PersonParser):
    """Cuts each person out at `rows` x `rows` pixels, parses the square and lays it back; far from a person is background."""

    rows = 512

    @torch.no_grad()
    def people(self, picture: Tensor, people: Sequence[Sighting]) -> Tensor:
        """Logits (N,R,H,W) of each of `people` in a picture (3,H,W) in [-1,1]."""
        joints = torch.stack([person.joints for person in people])
        visible = torch.stack([person.confidence >= SURE for person in people])
        frames = widened(frame_around(joints, visible, MARGIN), (picture.shape[-2], picture.shape[-1]), WIDENED)
        views = torch.cat([cut(picture[None], frame[None], self.rows) for frame in frames])
        logits = self(views, carried_in(joints, frames, self.rows), visible)
        outside = torch.full((logits.shape[1],), _FAR, device=logits.device)
        outside[vocabulary(self.vocabulary).index("background")] = 0.0
        return laid_back(logits, frames, (picture.shape[-2], picture.shape[-1]), outside)
