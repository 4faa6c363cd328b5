"""People from behind and from the side: the few there are shown more often, and more are made of people who face the camera."""

import torch
from photo_shelf import BACK, EARS, EYES, NOSE, SURE, Shelf, facing
from photo_views import Chance, View
from torch import Tensor
from torch.nn import functional as F

from zoo.regions import vocabulary
from zoo.skeleton import JOINT_FLIP

BINS = (-torch.inf, BACK, 0.3, 0.55, torch.inf)  # of `facing`: from behind, from the side, half turned, from the front
SHARES = (0.22, 0.2, 0.2, 0.38)  # of the photos shown
_FEW = 40  # pixels of a region that are too few to tell its colour


def balanced(shelf: Shelf, photos: Tensor, count: int = 20_000) -> Tensor:
    """About `count` of `photos` (N), each as often as gives the bins of facing their shares."""
    width, sure = facing(shelf.joints[photos]), (shelf.confidence[photos][:, [2, 5]] >= SURE).all(1)
    chosen = []
    for low, high, share in zip(BINS, BINS[1:], SHARES, strict=False):
        members = photos[sure & (width >= low) & (width < high)]
        chosen.append(members.repeat(max(1, round(share * count / max(len(members), 1)))))
    return torch.cat((*chosen, photos[~sure]))


def turned(view: View, chance: Chance, share: float) -> View:
    """A `share` of those who face the camera are seen from behind: hair where the face was, and left for right."""
    shoulders = view.shown[:, [NOSE, 2, 5]].bool().all(1)
    face = _where(view, "face", "sunglasses")
    able = shoulders & (facing(view.joints) > 0.4) & (face.sum((1, 2, 3)) > _FEW)
    turns = able & chance.coin(share, len(able))
    image = _haired(_buttoned(view, chance), view, face, chance)
    order = list(JOINT_FLIP)
    shown, known = view.shown[:, order].clone(), view.known[:, order].clone()
    shown[:, [NOSE, *EYES]], known[:, [NOSE, *EYES]] = 0, 1
    known[:, EARS] = 0  # nobody knows which of them the hair hides
    t = turns[:, None]
    return view.but(
        image=torch.where(turns[:, None, None, None], image, view.image),
        joints=torch.where(t[..., None], view.joints[:, order], view.joints),
        shown=torch.where(t, shown, view.shown),
        known=torch.where(t, known, view.known),
    )


def _where(view: View, *regions: str) -> Tensor:
    """(B,1,H,W) 1 where one of `regions` is."""
    ids = torch.tensor([vocabulary("cihp20").index(region) for region in regions], device=view.labels.device)
    return torch.isin(view.labels, ids).float()[:, None]


def _haired(image: Tensor, view: View, face: Tensor, chance: Chance) -> Tensor:
    """Hair, in its own colour and streaks, over the face and some way down."""
    hair = _where(view, "hair")
    tint = _colour(view.image, hair, 0.1 + 0.5 * chance.uniform(0, 1, len(face), 1, 1, 1) ** 2)
    height, width = face.shape[-2:]
    streaks = F.interpolate(chance.normal(len(face), 1, height // 16, width // 2), (height, width), mode="bilinear")
    down = chance.choice((0, 0, 0, 12, 24, 40, 64))
    mask = torch.maximum(face, F.max_pool2d(hair, 5, 1, 2) * F.max_pool2d(face, 9, 1, 4))
    long = F.max_pool2d(F.pad(torch.maximum(hair, face), (0, 0, down, 0)), (down + 1, 1), 1)
    mask = torch.where(chance.coin(0.5, len(face), 1, 1, 1), torch.maximum(mask, long), mask)
    return torch.lerp(image, (tint + 0.06 * tint.mean(1, keepdim=True).sqrt() * streaks).clamp(0, 1), _soft(mask))


def _buttoned(view: View, chance: Chance) -> Tensor:
    """Skin of neck and chest in the colour of what is worn above, in some."""
    skin, worn = _where(view, "torso_skin", "scarf"), _where(view, "upper", "coat", "dress")
    mask = skin * chance.coin(0.7, len(skin), 1, 1, 1)
    return torch.lerp(view.image, _colour(view.image, worn, view.image.mean((2, 3), keepdim=True)), _soft(mask))


def _colour(image: Tensor, mask: Tensor, otherwise: Tensor) -> Tensor:
    """(B,3,1,1) the mean under a mask (B,1,H,W), or else `otherwise`."""
    area = mask.sum((2, 3), keepdim=True)
    return torch.where(area > _FEW, (image * mask).sum((2, 3), keepdim=True) / area.clamp(min=1), otherwise)


def _soft(mask: Tensor) -> Tensor:
    return F.avg_pool2d(F.max_pool2d(mask, 3, 1, 1), 3, 1, 1)
