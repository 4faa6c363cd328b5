"""The judge of photographs: another trunk, from other weights, than the nets that losses see."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import Context, Judge
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.types import Judgement
from zoo_photos.peaks import peaks
from zoo_photos.stored import Weights, restore
from zoo_photos.trunk import Ascent, Trunk, seen

ROWS = 256  # pixels at which it looks


class PhotoJudge(Judge):
    """Joints, regions and a feature vector of a photo of one person. It looks at 256 rows, whatever the image's size."""

    vocabulary = "cihp20"
    width = 128  # of the features
    sigma = 2.0  # cells of its heat maps

    def __init__(self, context: Context, *, weights: Weights = True) -> None:
        super().__init__()
        self.trunk = Trunk("tf_efficientnet_lite1", last=3)
        self.ascent = Ascent(self.trunk.channels, (96, 64, 64, 48))
        self.heat = nn.Conv2d(48, JOINTS, 1)
        self.regions = nn.Conv2d(48, len(vocabulary(self.vocabulary)), 1)
        self.embed = nn.Linear(sum(self.trunk.channels[1:]), self.width)
        if weights:
            restore(self, "judge")

    def forward(self, image: Tensor) -> Judgement:
        """`image` (B,3,H,W) in [-1,1]; joints in its pixels, parsing logits (B,20,H,W)."""
        features, heat, parsing = self.look(seen(image, ROWS))
        size = (image.shape[-2], image.shape[-1])
        joints, confidence = peaks(heat, self.sigma, size)
        return Judgement(
            features=features, joints=joints, confidence=confidence, parsing=F.interpolate(parsing, size, mode="bilinear")
        )

    def features(self, image: Tensor) -> Tensor:
        return self.embed(_means(self.trunk(seen(image, ROWS))))

    def look(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """At an image as it is: features (B,128), heat maps (B,18,H/4,W/4), parsing logits (B,20,H/2,W/2)."""
        levels = self.trunk(image)
        x = self.ascent(levels)
        return self.embed(_means(levels)), F.avg_pool2d(self.heat(x), 2, ceil_mode=True), self.regions(x)


def _means(levels: list[Tensor]) -> Tensor:
    return torch.cat([level.mean((2, 3)) for level in levels[1:]], 1)
