"""How a view looks: its light, its wear, and what lies over it."""

import torch
from photo_views import Chance
from torch import Tensor
from torch.nn import functional as F


def lit(image: Tensor, chance: Chance) -> Tensor:
    """Exposure, contrast, tint, saturation; grey now and then."""
    b = len(image)
    image = image.clamp(min=1e-3) ** torch.exp(0.25 * chance.normal(b, 1, 1, 1))
    mean = image.mean((1, 2, 3), keepdim=True)
    image = (image - mean) * chance.uniform(0.7, 1.3, b, 1, 1, 1) + mean * chance.uniform(0.75, 1.25, b, 1, 1, 1)
    grey = image.mean(1, keepdim=True)
    saturation = chance.uniform(0.5, 1.5, b, 1, 1, 1) * ~chance.coin(0.06, b, 1, 1, 1)
    return ((image - grey) * saturation + grey + 0.03 * chance.normal(b, 3, 1, 1)).clamp(0, 1)


def worn(image: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
    """Made coarser (as far as Market's 64 columns), softer and noisier, each in some; and how much of each (B,3) in [0,1]."""
    b, (h, w) = len(image), image.shape[-2:]
    shrink = chance.choice((2, 3, 4))
    small = F.interpolate(F.interpolate(image, (h // shrink, w // shrink), mode="area"), (h, w), mode="bilinear")
    coarse = chance.coin(0.25, b, 1, 1, 1).float()
    image = torch.lerp(image, small, coarse)
    soft = F.avg_pool2d(F.pad(image, (2, 2, 2, 2), mode="replicate"), 5, 1)
    blend = chance.uniform(-0.5, 1, b, 1, 1, 1)
    image = torch.lerp(image, soft, blend.where(blend > 0, 0.4 * blend))
    grain = chance.uniform(-0.06, 0.06, b, 1, 1, 1).clamp(min=0)
    told = torch.cat((coarse * (shrink - 1) / 3, blend.clamp(min=0), grain / 0.06), 1).flatten(1)
    return (image + grain * chance.normal(*image.shape)).clamp(0, 1), told


def covered(image: Tensor, chance: Chance, share: float) -> Tensor:
    """Boxes of another view laid over a `share` of the views."""
    b, _, h, w = image.shape
    x, y = (chance.uniform(0, n, b, 1, 1) for n in (w, h))
    wide, high = (chance.uniform(0.05, 0.35, b, 1, 1) * n / 2 for n in (w, h))
    columns, rows = torch.arange(w, device=image.device), torch.arange(h, device=image.device)[:, None]
    box = ((columns - x).abs() < wide) & ((rows - y).abs() < high) & chance.coin(share, b, 1, 1)
    plain = chance.uniform(0, 1, b, 3, 1, 1).expand_as(image)
    other = torch.where(chance.coin(0.5, b, 1, 1, 1), plain, image.roll(1, 0).flip(2))
    return torch.where(box[:, None], other, image)
