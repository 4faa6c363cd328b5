"""How far a net of `zoo_photos` is from what it is taught: losses, and the scores it is measured by."""

import torch
from photo_shelf import SURE, UNKNOWN, Shelf
from photo_views import Scene, people_boxes
from torch import Tensor
from torch.nn import functional as F

from zoo.ops.maps import heat_maps, scale_joints
from zoo.regions import remap_table, vocabulary

SHARPNESS = 16.0  # of the softmax over a heat map of 0 to 1
NEAR = 12.0  # pixels at 256 rows within which a joint is found


def joint_loss(heat: Tensor, joints: Tensor, shown: Tensor, known: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """Squared error of the maps, the few cells of a joint weighing more; and where the peak stands above the rest."""
    grid = (heat.shape[2], heat.shape[3])
    wanted = heat_maps(scale_joints(joints, size, grid), shown.bool(), grid, sigma)
    heat = heat.float()
    error = ((1 + 9 * wanted) * (heat - wanted).square()).mean((2, 3))
    sharp = wanted.square().flatten(2)  # half the variance
    sharp = sharp / sharp.sum(-1, keepdim=True).clamp(min=1e-6)
    where = -(sharp * (SHARPNESS * heat).flatten(2).log_softmax(-1)).sum(-1)
    return 60 * (error * known).sum() / known.sum().clamp(min=1) + 0.1 * (where * shown * known).sum() / shown.sum().clamp(
        min=1
    )


def people_loss(middle: Tensor, side: Tensor, scene: Scene, size: int) -> Tensor:
    """Middles as CenterNet has them (Zhou et al. 2019, eq. 1: focal), sides by their logarithm near the middles."""
    grid = (middle.shape[2], middle.shape[3])
    count = scene.there.shape[1]
    boxes = [people_boxes(scene.joints[:, k], scene.shown[:, k]) for k in range(count)]
    centre, sides = torch.stack([b[0] for b in boxes], 1), torch.stack([b[1] for b in boxes], 1)
    spots = heat_maps(scale_joints(centre, (size, size), grid), scene.there.bool(), grid, sigma=2.0)
    wanted, whose = spots.max(1, keepdim=True)
    logits = middle.float()
    p = logits.sigmoid()
    peak = (wanted > 0.9).float()
    right = -peak * (1 - p).square() * F.logsigmoid(logits)
    wrong = -(1 - peak) * (1 - wanted) ** 4 * p.square() * F.logsigmoid(-logits)
    focal = (right + wrong).sum() / peak.sum().clamp(min=1)
    target = sides.log2()[..., None, None].expand(-1, -1, *grid).gather(1, whose)
    near = (wanted > 0.5).float()
    return focal + ((side.float() - target).abs() * near).sum() / near.sum().clamp(min=1)


def joint_scores(found: Tensor, shelf: Shelf, photos: Tensor) -> dict[str, float]:
    """Against the teacher's sure joints, in pixels at 256 rows."""
    miss = (found - shelf.joints[photos]).norm(dim=-1)[shelf.confidence[photos] >= SURE]
    return {"within_12px": float((miss <= NEAR).float().mean()), "median_px": float(miss.median())}


def region_weights(shelf: Shelf) -> Tensor:
    """(20): rare regions weigh more, by the fourth root of their rarity."""
    share = torch.bincount(shelf.labels[shelf.parsed & ~shelf.test].flatten().int(), minlength=20).float()
    share = share / share.sum()
    return (0.02 / share.clamp(min=1e-4)).pow(0.25).clamp(0.5, 2)


def masks(labels: Tensor) -> Tensor:
    """(B,20,H,W) 0 or 1, nothing where the label is UNKNOWN."""
    return (labels[:, None] == torch.arange(20, device=labels.device)[:, None, None]).float()


def region_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy, and one minus the soft overlap of each region of the batch (Jaccard)."""
    logits = logits.float()
    cross = F.cross_entropy(logits, labels, weights, ignore_index=UNKNOWN)
    known = (labels != UNKNOWN)[:, None]
    share = logits.softmax(1) * known
    truth = masks(labels)
    both = (share * truth).sum((0, 2, 3))
    either = share.sum((0, 2, 3)) + truth.sum((0, 2, 3)) - both
    present = (truth.sum((0, 2, 3)) > 0).float()
    return cross + 0.5 * ((1 - both / either.clamp(min=1)) * present).sum() / present.sum()


def region_scores(logits: list[Tensor], labels: list[Tensor], to: str) -> dict[str, float]:
    """Overlap (IoU) of each region of the vocabulary `to`, from logits and labels in cihp20, and their mean."""
    table = torch.tensor(remap_table("cihp20", to))
    names = vocabulary(to).labels
    confusion = torch.zeros(len(names), len(names))
    for found, truth in zip(logits, labels, strict=True):
        share = torch.zeros(len(found), len(names), *found.shape[-2:]).index_add_(1, table, found.float().cpu().softmax(1))
        pairs = table[truth.cpu()] * len(names) + share.argmax(1)
        confusion += torch.bincount(pairs.flatten(), minlength=len(names) ** 2).view(confusion.shape)
    hits = confusion.diagonal()
    union = confusion.sum(0) + confusion.sum(1) - hits
    overlap = {name: float(h / u) for name, h, u in zip(names, hits, union, strict=True) if u > 0}
    return {"miou": sum(overlap.values()) / len(overlap), **overlap}


def colour_loss(read: Tensor, image: Tensor, labels: Tensor) -> Tensor:
    """Of the mean colour (B,60) of each region that covers at least 60 pixels."""
    truth = masks(labels)
    area = truth.sum((2, 3))
    mean = torch.einsum("brhw,bchw->brc", truth, image) / area.clamp(min=1)[..., None]
    miss = (read.view_as(mean) - mean).abs().mean(-1)
    present = (area >= 60).float()
    return (miss * present).sum() / present.sum().clamp(min=1)


def kinship_loss(a: Tensor, b: Tensor) -> Tensor:
    """Each view's other view is to be told from the others' (InfoNCE, van den Oord et al. 2018)."""
    likeness = 10 * F.normalize(a, dim=1) @ F.normalize(b, dim=1).T
    truth = torch.arange(len(a), device=a.device)
    return F.cross_entropy(likeness, truth) + F.cross_entropy(likeness.T, truth)
