"""Whose parsing looks like whose once the bodies are laid on one another: the search for pseudo labels (SPT eq. 1).

E(s, p) = sum over the ten rigid parts j of || B_p^j S_p - f_j(B_s^j S_s) ||^2, f_j the affine from s's quad to p's. Twice:

* on a canonical grid of 8 x 8 cells per part, where squares expand into ten matrix products for all pairs at once;
* as printed, at 64 rows, for the few candidates those leave. Labels are warped by nearest neighbour, so they stay labels.

Both may be divided by the area of p's parts (`by_area`): raw sums, as printed, favour small people. A part that only one of the
two shows costs its area, the torso's twice: otherwise whoever shows little would win.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.ops.maps import scale_joints
from zoo.ops.regions import resize_parsing
from zoo.ops.rigid import PARTS, body_parts, fit_affine, part_masks
from zoo.ops.warp import affine_grid, sample
from zoo.regions import Vocabulary
from zoo.skeleton import JOINT_FLIP
from zoo.types import Bundle, Person

ROWS, CELLS = 64, 8
TORSO_WEIGHT = 2.0  # of a torso that only one of the two shows
TORSO = (2, 5, 8, 11)
GARMENTS = ("upper", "pants", "skirt")
GARMENT_SHARE = 0.005  # of the person's pixels: less is a parser's slip
COMMON = 6  # joints two people must both show
MIRRORED = 0.05  # pose distance, in statures, below which the mirror image of an image counts as that image
LABEL_BITS = 5  # of a code; the ten above are the parts
NOTHING = -1  # the label of a pixel outside the part


@dataclass(frozen=True, kw_only=True)
class Cards(Bundle):
    """What the search keeps of N people, at 64 rows. None of it is an image."""

    grids: Tensor  # (N,10,R * 64) half: the parsing on each part's canonical grid
    area: Tensor  # (N,10) pixels of each part's mask, 0 where it is missing
    quads: Tensor  # (N,10,4,2)
    codes: Tensor  # (N,h+2,w+2) int16: the label, and a bit for every part whose mask covers the pixel; a margin of no part
    joints: Tensor  # (N,18,2) from the middle of the torso, in statures; 0 where missing
    visible: Tensor  # (N,18) bool
    garments: Tensor  # (N,) int64, one bit per garment worn

    def __len__(self) -> int:
        return len(self.area)

    def __getitem__(self, rows: slice | Tensor) -> "Cards":
        return self.map(lambda t: t[rows])


def cards_of(person: Person, regions: Vocabulary) -> Cards:
    """The cards of a batch of people; reads joints and parsing, in vocabulary `regions`."""
    assert person.parsing is not None, "the search compares parsings"
    size = (ROWS, max(1, round(ROWS * person.size[1] / person.size[0])))
    joints, visible = scale_joints(person.joints, person.size, size), person.visible
    parts, parsing = body_parts(joints, visible, size), resize_parsing(person.parsing, size)
    masks = part_masks(parts, size, whole_torso=False).bool()
    area = masks.sum((2, 3)).float()
    return Cards(
        grids=(canonical_grids(parsing, parts.quads) * (area > 0)[..., None]).half(),
        area=area,
        quads=parts.quads,
        codes=F.pad(parsing.argmax(1) + (masks * _bits(masks)).sum(1), (1, 1, 1, 1)).to(torch.int16),
        joints=_centred(joints, visible) / parts.stature[:, None, None],
        visible=visible,
        garments=_garments(parsing, regions),
    )


def joined(cards: Sequence[Cards]) -> Cards:
    """Several batches as one."""
    return Cards(**{f.name: torch.cat([getattr(c, f.name) for c in cards]) for f in fields(Cards)})


def canonical_grids(parsing: Tensor, quads: Tensor) -> Tensor:
    """`parsing` (B,R,H,W) read on a grid of 8 x 8 cell centres spread over each quad (B,P,4,2) -> (B,P,R*64)."""
    corners = quads.new_tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]) * CELLS - 0.5
    affines = fit_affine(corners.expand_as(quads), quads)
    where = affine_grid(affines.flatten(0, 1), (CELLS, CELLS)).unflatten(0, quads.shape[:2])
    read = sample(parsing, where.transpose(1, 2).flatten(2, 3))  # (B,R,P*8,8): one map per image, its parts one below another
    return read.unflatten(2, (-1, CELLS)).transpose(1, 2).flatten(2)


def canonical_energy(sources: Cards, candidates: Cards, *, by_area: bool = True) -> Tensor:
    """E on canonical grids of all pairs (n,N): |x|^2 - 2 x y + |y|^2 per part, weighed by the area of the candidate's."""
    weighted = _weights(sources.area) * sources.area, _weights(candidates.area) * candidates.area
    seen, there = (sources.area > 0).float(), (candidates.area > 0).float()
    energy = weighted[0] @ (1 - there).T + (1 - seen) @ weighted[1].T
    for part in range(len(PARTS)):
        x, y = sources.grids[:, part].float(), candidates.grids[:, part].float()
        left = torch.cat([x, _square(x), seen[:, part, None]], 1)
        right = torch.cat([-2 * y, torch.ones_like(y[:, :1]), _square(y)], 1)
        energy.addmm_(left, (right * (candidates.area[:, part, None] / CELLS**2)).T)
    return energy.clamp_min(0) / _figure(candidates, by_area)


def exact_energy(sources: Cards, candidates: Cards, *, by_area: bool = True) -> Tensor:
    """E as printed, of pairs (n,) of one source and one candidate each."""
    moved, own = _moved(sources, fit_affine(candidates.quads, sources.quads)), _masked(candidates.codes[:, None, 1:-1, 1:-1])
    differ = own != moved
    both = differ & (own >= 0) & (moved >= 0)  # two one-hot vectors differ by 2, one and nothing by 1
    misses = differ.sum((2, 3)) + both.sum((2, 3))
    shown = torch.stack([sources.area, candidates.area]) > 0
    alone = _weights(candidates.area) * (sources.area + candidates.area)  # one of the two is 0 where only one shows the part
    energy = torch.where(shown.all(0), misses, alone * shown.any(0))
    return energy.sum(1) / _figure(candidates, by_area)


def pose_distance(sources: Cards, candidates: Cards) -> Tensor:
    """Root mean square distance (n,N) of the joints both show, torsos centred, in statures; 0 where they share none."""
    left, right = ((c.visible.float(), c.joints.square().sum(2), c.joints.flatten(1)) for c in (sources, candidates))
    total = left[1] @ right[0].T + left[0] @ right[1].T - 2 * left[2] @ right[2].T
    return (total.clamp_min(0) / _shared(sources, candidates).clamp_min(1)).sqrt()


def admissible(sources: Cards, candidates: Cards, *, similar: float, same_garments: bool) -> Tensor:
    """Who may be a pseudo label of whom (n,N) bool: enough joints in common, another pose, not the mirror image, same garments.

    `similar` is the pose distance from which on a pose is another one.
    """
    mirrored = sources.but(
        joints=sources.joints[:, JOINT_FLIP] * sources.joints.new_tensor([-1, 1]), visible=sources.visible[:, JOINT_FLIP]
    )
    allowed = (_shared(sources, candidates) >= COMMON) & (pose_distance(sources, candidates) >= similar)
    allowed &= pose_distance(mirrored, candidates) >= MIRRORED
    return allowed & (sources.garments[:, None] == candidates.garments) if same_garments else allowed


def _moved(sources: Cards, affines: Tensor) -> Tensor:
    """The labels of each part of the sources in the candidate's place: (n,10,h,w), NOTHING outside the part."""
    h, w = sources.codes.shape[1] - 2, sources.codes.shape[2] - 2
    x, y = affine_grid(affines.flatten(0, 1), (h, w)).round_().unbind(1)
    index = ((y.clamp_(-1, h) + 1) * (w + 2) + x.clamp_(-1, w) + 1).long().view(len(affines), -1)
    return _masked(sources.codes.flatten(1).gather(1, index).view(*affines.shape[:2], h, w))


def _masked(codes: Tensor) -> Tensor:
    """The label of each part's pixels (n,10,h,w), NOTHING outside it, from the codes the parts find there (n,10 or 1,h,w)."""
    return torch.where((codes & _bits(codes)) > 0, codes & (2**LABEL_BITS - 1), NOTHING)


def _bits(like: Tensor) -> Tensor:
    """(10,1,1) the bit of each part."""
    return (1 << (torch.arange(len(PARTS), device=like.device) + LABEL_BITS)).to(torch.int16)[:, None, None]


def _figure(candidates: Cards, by_area: bool) -> Tensor:
    """(N,) what energies are divided by: the pixels of all parts, or 1."""
    area = candidates.area.sum(1).clamp_min(1)
    return area if by_area else torch.ones_like(area)


def _weights(area: Tensor) -> Tensor:
    return torch.where(torch.arange(len(PARTS), device=area.device) == PARTS.index("torso"), TORSO_WEIGHT, 1.0)


def _square(x: Tensor) -> Tensor:
    return x.square().sum(1, keepdim=True)


def _shared(sources: Cards, candidates: Cards) -> Tensor:
    return sources.visible.float() @ candidates.visible.float().T


def _centred(joints: Tensor, visible: Tensor) -> Tensor:
    joints = joints.where(visible[..., None], 0)
    torso = torch.zeros_like(visible)
    torso[:, TORSO] = visible[:, TORSO]
    chosen = torch.where(torso.any(1, keepdim=True), torso, visible)[..., None]
    middle = (joints * chosen).sum(1, keepdim=True) / chosen.sum(1, keepdim=True).clamp_min(1)
    return (joints - middle) * visible[..., None]


def _garments(parsing: Tensor, regions: Vocabulary) -> Tensor:
    area = parsing.sum((2, 3))
    figure = area.sum(1) - (area[:, regions.index("background")] if "background" in regions.labels else 0)
    worn = [area[:, regions.index(g)] > GARMENT_SHARE * figure for g in GARMENTS if g in regions.labels]
    return sum((w.long() << k for k, w in enumerate(worn)), torch.zeros(len(area), dtype=torch.long, device=area.device))
