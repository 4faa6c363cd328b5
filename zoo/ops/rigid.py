"""The body as ten rigid parts: quads, masks, and the affine maps between two poses (Def-GAN, Siarohin et al. 2018; SPT).

Points are (x, y) pixels of the image at hand. What a missing joint holds, NaN included, is never read.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from zoo.ops.fit import fit_affine as fit_affine
from zoo.ops.fit import fit_similarity
from zoo.ops.maps import scale_joints
from zoo.ops.warp import affine_grid, pixel_grid
from zoo.types import Bundle

PARTS = (
    "torso", "head", "r_thigh", "l_thigh", "r_calf", "l_calf", "r_upper_arm", "l_upper_arm", "r_forearm", "l_forearm",
)  # fmt: skip
MIRROR = (0, 1, 3, 2, 5, 4, 7, 6, 9, 8)
TORSO = (8, 11, 5, 2)  # the corners of its quad: hips, then shoulders the other way round
FACE = (0, 14, 15, 16, 17)
HEAD = (*FACE, 5, 2)
NECK = 1
HeadFit = Literal["affine", "upright"]
BONES = ((8, 9), (11, 12), (9, 10), (12, 13), (2, 3), (5, 6), (3, 4), (6, 7))  # of parts 2 to 9
HALF_WIDTH, HALF_HEAD, PAD, OVERLAP = 0.2, 0.4, 0.1, 0.1  # of the stature; the last of the limb
EDGE = 1e-3  # pixels: rounding must not decide whether a pixel centre on an edge is inside


@dataclass(frozen=True, kw_only=True)
class Parts(Bundle):
    """The ten parts of each person, in the order of `PARTS`. The quads of missing parts are zeros."""

    quads: Tensor  # (B,10,4,2) corners in (x, y) pixels
    present: Tensor  # (B,10) bool
    stature: Tensor  # (B,) pixels


def stature(joints: Tensor, visible: Tensor, size: tuple[int, int]) -> Tensor:
    """Root mean square of the two hip-shoulder distances: (B,18,2), (B,18) -> (B,) pixels, at least 1.

    Falls back to the one side that is visible, then to the neck-hip distance, then to H / 4.
    """
    sides, known = _rms_length(joints, visible, ((8, 2), (11, 5)))
    neck, neck_known = _rms_length(joints, visible, ((8, 1), (11, 1)))
    return torch.where(known, sides, torch.where(neck_known, neck, 0.25 * size[0])).clamp_min(1)


def body_parts(
    joints: Tensor,
    visible: Tensor,
    size: tuple[int, int],
    *,
    extend: float = 0.5,
    partner: tuple[Tensor, Tensor] | None = None,
) -> Parts:
    """The parts of people with `joints` (B,18,2), `visible` (B,18) in images of `size`.

    Torso: hips and shoulders. Head: a square of half side 0.4 st round the mean of the visible face joints, those that the
    `partner` (joints, visible) of each person shows too if one is given. Limb from a to b: a rectangle of half width 0.2 st
    that starts 10 % behind a and goes on beyond b by 10 %, calves and forearms by `extend`, of the length from that start.
    """
    joints = joints.masked_fill(~visible[..., None], 0)
    st = stature(joints, visible, size)
    face = visible[:, FACE] if partner is None else (visible & partner[1])[:, FACE]
    first, second = torch.tensor(BONES, device=joints.device).unbind(1)
    present = torch.cat(
        [visible[:, TORSO].all(1, keepdim=True), face.any(1, keepdim=True), visible[:, first] & visible[:, second]], 1
    )
    limbs = _rectangles(joints[:, first], joints[:, second], HALF_WIDTH * st, extend)
    quads = torch.cat([joints[:, None, TORSO], _square(joints[:, FACE], face, HALF_HEAD * st), limbs], 1)
    return Parts(quads=quads.masked_fill(~present[..., None, None], 0), present=present, stature=st)


def scale_parts(parts: Parts, size: tuple[int, int], to: tuple[int, int]) -> Parts:
    """Parts in images of `size`, in pixels of the same images resized to `to`."""
    quads = scale_joints(parts.quads, size, to).masked_fill(~parts.present[..., None, None], 0)
    return parts.but(quads=quads, stature=parts.stature * (to[0] / size[0]))


def part_masks(parts: Parts, size: tuple[int, int], *, whole_torso: bool = True) -> Tensor:
    """1 on the pixel centres inside each part, else 0: (B,10,H,W); nowhere for a missing part.

    With `whole_torso` the first mask is all ones, even for a missing torso (Def-GAN); else it is the torso's quad, padded by
    0.1 st on every side, so that a torso seen from its side has an area.
    """
    if whole_torso:
        masks = _inside(parts.quads, size) & parts.present[..., None, None]
        masks[:, 0] = True
    else:
        quads = torch.cat([_padded_torso(parts), parts.quads[:, 1:]], 1)
        masks = _inside(quads, size) & parts.present[..., None, None]
    return masks.to(parts.quads.dtype)


def part_affines(
    source_joints: Tensor,
    source_visible: Tensor,
    target_joints: Tensor,
    target_visible: Tensor,
    size: tuple[int, int],
    *,
    head: HeadFit = "affine",
) -> tuple[Tensor, Tensor]:
    """Where each part of the target's pose lies in the source's: affines (B,10,2,3), target pixel -> source pixel, and
    which parts both have (B,10) bool.

    Limbs: the affine between the two rectangles; a limb the source lacks is taken from its mirror limb. Torso: the affine of
    the quad's corners; without all four in both, the similarity of the three that are, or else of all joints in both. Head:
    the affine of the face joints and shoulders in both, which stretches a head that turns and is missing where a face is not
    seen from the same side; with `head` "upright" the turn, scale and shift that take neck and middle of the face to each
    other. A missing part reads from beyond the image, where padding is zero.
    """
    both = source_visible & target_visible
    source_joints, target_joints = (
        j.masked_fill(~v[..., None], 0) for j, v in ((source_joints, source_visible), (target_joints, target_visible))
    )
    source = body_parts(source_joints, source_visible, size)  # any `extend` of both gives the same affines
    target = body_parts(target_joints, target_visible, size)
    limbs = torch.where(source.present[..., None, None], source.quads, source.quads[:, MIRROR])[:, 2:]
    affines = torch.stack(
        [
            _torso_affine(target_joints, source_joints, both),
            fit_affine(target_joints[:, HEAD], source_joints[:, HEAD], both[:, HEAD]),
            *fit_affine(target.quads[:, 2:], limbs).unbind(1),
        ],
        1,
    )
    found = target.present & (source.present | source.present[:, MIRROR])
    if head == "upright":
        affines[:, 1] = fit_similarity(_neck_and_face(target_joints, target), _neck_and_face(source_joints, source))
    faces = found[:, 1:2] & both[:, NECK, None] if head == "upright" else both[:, FACE].any(1, keepdim=True)
    present = torch.cat([both.any(1, keepdim=True), faces, found[:, 2:]], 1)
    return torch.where(present[..., None, None], affines, beyond(affines, size)), present


def beyond(like: Tensor, size: tuple[int, int]) -> Tensor:
    """The affine (2,3) that reads from beyond an image of `size`, wherever it is asked."""
    away = 2.0 * max(size)
    return like.new_tensor([[1, 0, away], [0, 1, away]])


def affine_flow(affines: Tensor, size: tuple[int, int]) -> Tensor:
    """Backward flow in pixels of every part: (B,10,2,3) -> (B,10,2,H,W)."""
    return affine_grid(affines, size) - pixel_grid(size, affines)


def _rms_length(joints: Tensor, visible: Tensor, bones: tuple[tuple[int, int], ...]) -> tuple[Tensor, Tensor]:
    """Root mean square length (B,) over the bones with both ends, and whether there is any (B,)."""
    first, second = zip(*bones, strict=True)
    known = visible[:, first] & visible[:, second]
    squares = (joints[:, first] - joints[:, second]).square().sum(-1).masked_fill(~known, 0)
    return (squares.sum(1) / known.sum(1).clamp_min(1)).sqrt(), known.any(1)


def _square(points: Tensor, visible: Tensor, half: Tensor) -> Tensor:
    """(B,1,4,2) round the mean of the visible points."""
    centre = (points * visible[..., None]).sum(1) / visible.sum(1, keepdim=True).clamp_min(1)
    corners = points.new_tensor([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return (centre[:, None] + corners * half[:, None, None])[:, None]


def _rectangles(start: Tensor, end: Tensor, half: Tensor, extend: float) -> Tensor:
    """(B,8,4,2) along the limbs from `start` to `end` (B,8,2); one without length is taken to hang down."""
    beyond_end = start.new_tensor([OVERLAP, OVERLAP, extend, extend] * 2)[:, None]
    start = start + OVERLAP * (start - end)
    end = end + beyond_end * (end - start)
    side = half[:, None, None] * _normal(end - start)
    return torch.stack([start + side, start - side, end - side, end + side], 2)


def _padded_torso(parts: Parts) -> Tensor:
    """The torso's quad (B,1,4,2) with every corner moved out by 0.1 st along the spine and across it."""
    hips, shoulders = parts.quads[:, 0, :2], parts.quads[:, 0, 2:]
    across = _normal(hips.mean(1) - shoulders.mean(1))[:, None]
    along = torch.stack([across[..., 1], -across[..., 0]], -1)
    pad = PAD * parts.stature[:, None, None]
    sided = []
    for pair, way in ((hips, 1), (shoulders, -1)):
        turned = ((pair[:, :1] - pair[:, 1:]) * across).sum(-1, keepdim=True) < 0
        out = torch.where(turned, -across, across)
        sided.append(pair + pad * (torch.cat([out, -out], 1) + way * along))
    return torch.cat(sided, 1)[:, None]


def _normal(along: Tensor) -> Tensor:
    """Unit vectors (...,2) at a right angle to `along`; of no length: (-1, 0)."""
    length = along.norm(dim=-1, keepdim=True)
    unit = torch.where(length > 0, along / length.clamp_min(1e-12), along.new_tensor([0.0, 1.0]))
    return torch.stack([-unit[..., 1], unit[..., 0]], -1)


# Each of the six lines through two corners, and the two corners beside it.
_LINES = ((0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2), (1, 2, 0, 3), (1, 3, 0, 2), (2, 3, 0, 1))


def _inside(quads: Tensor, size: tuple[int, int]) -> Tensor:
    """Pixel centres in the convex hull of four corners in any order: (B,P,4,2) -> (B,P,H,W) bool; a flat quad has none.

    A line through two corners bounds the hull if the other two lie on one side of it: then a pixel must lie there too.
    """
    first, second, third, fourth = torch.tensor(_LINES, device=quads.device).unbind(1)
    start, along = quads[:, :, first], quads[:, :, second] - quads[:, :, first]
    normal = torch.stack([-along[..., 1], along[..., 0]], -1) / along.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    heights = torch.stack([((quads[:, :, k] - start) * normal).sum(-1) for k in (third, fourth)], -1)
    side = 1.0 * (heights.amin(-1) >= -EDGE) - 1.0 * (heights.amax(-1) <= EDGE)
    normal = normal * side[..., None]
    offset = (start * normal).sum(-1)
    inside = (heights.abs().amax((-2, -1)) > EDGE)[..., None, None]
    x, y = pixel_grid(size, quads)
    for line in range(len(_LINES)):
        nx, ny, c = (v[:, :, line, None, None] for v in (normal[..., 0], normal[..., 1], offset))
        inside = inside & (nx * x[:1] + (ny * y[:, :1] - c) >= -EDGE)
    return inside


def _neck_and_face(joints: Tensor, parts: Parts) -> Tensor:
    """(B,2,2): the neck, and the middle of the head's square."""
    return torch.stack([joints[:, NECK], parts.quads[:, 1].mean(1)], 1)


def _torso_affine(target: Tensor, source: Tensor, both: Tensor) -> Tensor:
    corners = both[:, TORSO].sum(1)
    torso = torch.zeros_like(both)
    torso[:, TORSO] = True
    chosen = both & (torso | (corners < 3)[:, None])
    whole = fit_affine(target[:, TORSO], source[:, TORSO])
    return torch.where((corners == len(TORSO))[:, None, None], whole, fit_similarity(target, source, chosen))
