"""The feature net and the pose detector that losses read, and the judge that scores are computed with: trained apart."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.hookspecs import Option
from zoo.interfaces import Context, Judge, PoseDetector
from zoo.skeleton import JOINTS
from zoo.types import Judgement
from zoo_base.vgg import VGGLayout
from zoo_figures.blocks import Residual, block
from zoo_figures.stored import restore

_REGIONS = 20
_HEIGHT = 64  # pixels at which judge and detector look


Weights = Annotated[bool, Option("load the shipped weights; off leaves the net untrained", "ours")]


class Features(VGGLayout):
    """VGG-19's layout at an eighth to a quarter of its widths, trained on Figures for regions, textures and colours."""

    def __init__(self, context: Context, *, weights: Weights = True) -> None:
        """`weights=False` leaves the net untrained and trainable: for its own training only."""
        super().__init__((16, 32, 64, 96, 96), mean=(0.78, 0.75, 0.73), std=(0.22, 0.22, 0.22))
        if weights:
            restore(self, "features")
            self.freeze()


class FigureJudge(Judge):
    """Joints, regions and a feature vector of an image. It looks at 64 rows, whatever the image's size."""

    vocabulary = "cihp20"
    width = 96  # of the features

    def __init__(self, context: Context, *, weights: Weights = True) -> None:
        """`weights=False` leaves the net untrained and trainable: for its own training only."""
        super().__init__()
        self.stem = block(3, 20, 1)
        self.down = nn.ModuleList(
            nn.Sequential(block(i, o, 2), Residual(o)) for i, o in ((20, 40), (40, 72), (72, 112), (112, 160))
        )
        self.up = nn.ModuleList(block(i, o, 1) for i, o in ((160 + 112, 80), (80 + 72, 64), (64 + 40, 48)))
        self.heat = nn.Conv2d(48, JOINTS, 1)
        self.coarse = nn.Conv2d(48, _REGIONS, 1)
        self.regions = nn.Conv2d(_REGIONS + 20, _REGIONS, 3, padding=1)
        self.embed = nn.Linear(72 + 112 + 160, self.width)
        self.presence = nn.Linear(72 + 112 + 160, JOINTS)
        if weights:
            restore(self, "judge")
            self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> Judgement:
        """`image` (B,3,H,W) in [-1,1]; joints in its pixels, parsing logits (B,20,H,W)."""
        features, heat, presence, parsing = self.look(image)
        height, width = image.shape[-2:]
        if parsing.shape[-2:] != (height, width):
            parsing = F.interpolate(parsing, (height, width), mode="bilinear")
        return Judgement(
            features=features, joints=soft_argmax(heat, (height, width)), confidence=presence.sigmoid(), parsing=parsing
        )

    def features(self, image: Tensor) -> Tensor:
        return self.embed(self._levels(image)[1])

    def _levels(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """What the way down sees, finest first, and the means (B,344) of its coarser levels."""
        levels = [self.stem(_seen(image))]
        for down in self.down:
            levels.append(down(levels[-1]))
        return levels, torch.cat([level.mean((2, 3)) for level in levels[2:]], 1)

    def look(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Features (B,96), heat maps (B,18,h/2,w/2), presence logits (B,18), parsing logits (B,20,h,w) with h = 64."""
        levels, pooled = self._levels(image)
        x = levels[-1]
        for up, level in zip(self.up, levels[-2:0:-1], strict=True):
            x = up(torch.cat((F.interpolate(x, level.shape[-2:]), level), 1))
        fine = torch.cat((F.interpolate(self.coarse(x), levels[0].shape[-2:], mode="bilinear"), levels[0]), 1)
        return self.embed(pooled), self.heat(x), self.presence(pooled), self.regions(fine)


class FigureDetector(PoseDetector):
    """Heat maps of the joints at a stride of 2, from a U-Net that looks at 64 rows, whatever the image's size."""

    sigma = 1.5

    def __init__(self, context: Context, *, weights: Weights = True) -> None:
        """`weights=False` leaves the net untrained and trainable: for its own training only."""
        super().__init__()
        self.down = nn.ModuleList(
            nn.Sequential(block(i, o, 2), *([Residual(o)] if o > 16 else []))
            for i, o in ((3, 16), (16, 32), (32, 64), (64, 96))
        )
        self.up = nn.ModuleList(block(i, o, 1) for i, o in ((96 + 64, 64), (64 + 32, 32), (32 + 16, 24)))
        self.heat = nn.Conv2d(24, JOINTS, 1)
        if weights:
            restore(self, "detector")
            self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> Tensor:
        x = _seen(image)
        levels = [x := down(x) for down in self.down]
        for up, level in zip(self.up, levels[-2::-1], strict=True):
            x = up(torch.cat((F.interpolate(x, level.shape[-2:]), level), 1))
        return self.heat(x)


def _seen(image: Tensor) -> Tensor:
    """The image at 64 rows."""
    height, width = image.shape[-2:]
    if height == _HEIGHT:
        return image
    return F.interpolate(image, (_HEIGHT, max(16, round(width * _HEIGHT / height))), mode="bilinear", antialias=True)


def soft_argmax(heat: Tensor, size: tuple[int, int]) -> Tensor:
    """Expected position (B,J,2), in pixels of an image of `size` (H,W), under the softmax of heat maps (B,J,h,w)."""
    h, w = heat.shape[-2:]
    share = heat.flatten(2).softmax(-1).view_as(heat)
    x, y = share.sum(2) @ _centres(w, size[1], heat), share.sum(3) @ _centres(h, size[0], heat)
    return torch.stack((x, y), -1)


def _centres(cells: int, pixels: int, like: Tensor) -> Tensor:
    return (torch.arange(cells, dtype=like.dtype, device=like.device) + 0.5) * (pixels / cells) - 0.5
