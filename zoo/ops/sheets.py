"""A figure cut into five sheets that bend, two legs, the trunk with the head, two arms, and laid out in another pose.

Nothing is learned. Points are (x, y) pixels of the image at hand; lengths are shares of the height.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.ops.limbs import limb_affines, tall
from zoo.ops.maps import limb_distance, scale_joints
from zoo.ops.puppet import outside
from zoo.ops.rigid import body_parts
from zoo.ops.scene import Fill, backdrop, filled
from zoo.ops.skinning import about_axes
from zoo.ops.stature import Pose, credible, facing
from zoo.ops.warp import affine_grid, pixel_grid, sample

TORSO, HEAD, RIGHT_LEG, LEFT_LEG = 0, 1, (2, 4), (3, 5)  # of PARTS
RIGHT_ARM, LEFT_ARM = (6, 8), (7, 9)
BODY = (TORSO, HEAD, *RIGHT_LEG, *LEFT_LEG)
ARMS, LEGS, WRISTS, ANKLES = (RIGHT_ARM, LEFT_ARM), (RIGHT_LEG, LEFT_LEG), (4, 7), (10, 13)
# The sheets from the back to the front: the parts that bend it, over what distance one part's say gives way to the next's, and
# how far from them the sheet ends at last.
SHEETS = (
    ((TORSO, *RIGHT_LEG), 0.020, 0.16), ((TORSO, *LEFT_LEG), 0.020, 0.16), (BODY, 0.035, 0.40),
    (RIGHT_ARM, 0.012, 0.09), (LEFT_ARM, 0.012, 0.09),
)  # fmt: skip
TRUNK_AND_LEGS = 3
THICK = torch.tensor([0.05, 0.08, 0.09, 0.09, 0.09, 0.09, 0.045, 0.045, 0.04, 0.04])  # how far cloth reaches from each part
LATE = torch.tensor([0.03, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])  # a leg raised before the torso is still a leg
FLESH, SLEEVE, WIDE = 0.045, 0.11, 0.16  # further from every bone skin or cloth is no arm's, and trousers are no leg's
FAR = 0.35  # from torso, head and legs: what is further was no part of the figure
BARE = 0.35  # of what lies so near a bone as flesh: with so much skin there the arm has no sleeve there
CORE = 0.022  # so near its bone a sleeve is an arm's, even before the torso
UNDER, BRIDGE = 0.05, 0.025  # so far from its bone a leg goes on under cloth, and so far behind a bag
HAND = 0.05  # from the wrist
LEG_BONES = ((7, 8), (10, 11))  # of BODY_LIMBS
FINE = 512  # rows at which distances are measured
TINY = 1e-37  # the farthest that exp(-d) tells
BEYOND = 0.10  # what the frame cuts goes on so far
EDGE, GAP, RIM = (
    1 / 200,
    1 / 20,
    1 / 25,
)  # of the picture's height: beside an edge both sides show; half a gap that an arm makes in
# the trunk; what a parser does not see of people whom the frame cuts


def laid_out(image: Tensor, kinds: Tensor, source: Pose, target: Pose, fill: Fill = filled) -> Tensor:
    """`image` (B,C,H,W), whose regions are `kinds` (B,4,H,W), with its figure in the pose of the target, over its backdrop.

    `fill` makes up the background where the figure stood.
    """
    size = (image.shape[-2], image.shape[-1])
    source = credible(source)
    target = facing(source, (target[0].masked_fill(~target[1][..., None], 0), target[1]))
    affines, present = limb_affines(source, target, size)
    shown, hidden = cut(_to_the_frame(kinds, source), source)
    near = distances(target, size) + LATE.to(image)[:, None, None]  # (B,10,H,W)
    edge = max(1, round(EDGE * size[0]))
    scene = backdrop(image, shown.amax(1, keepdim=True), margin=3 * edge, fill=fill)
    layers = []
    for number, (parts, softness, end) in enumerate(SHEETS):
        away, there = near[:, parts], present[:, parts, None, None]
        weights = (-away / softness).masked_fill(~there, -torch.inf).softmax(1).nan_to_num()
        read = _blended(affines[:, parts], weights)
        own, under = shown[:, number, None], hidden[:, number, None]
        reached = (away.amin(1, keepdim=True) < end) & _within(read, size, BEYOND * tall(source, size))
        reached = reached & there.any(1, keepdim=True) & own.any(2, keepdim=True).any(3, keepdim=True)
        texture = sample(filled(image, -_grown(-own, edge)), read, "border")
        masks = (sample(_smooth(mask, edge), read, "border") * reached for mask in (own, torch.maximum(own, under)))
        layers.append((texture, *masks))
    for texture, _, whole in layers[:TRUNK_AND_LEGS]:  # what lies under others comes first
        scene = torch.lerp(scene, texture, whole)
    for texture, seen, _ in layers:
        scene = torch.lerp(scene, texture, seen)
    return scene


def _blended(affines: Tensor, weights: Tensor) -> Tensor:
    """Where a sheet reads (B,2,H,W): the mean of what its parts' affines (B,P,2,3) say by their weights (B,P,H,W)."""
    size = (weights.shape[-2], weights.shape[-1])
    parts = zip(affines.unbind(1), weights.split(1, 1), strict=True)  # one after the other: all at once are gigabytes
    return sum((weight * affine_grid(affine, size) for affine, weight in parts), start=torch.zeros_like(weights[:, :2]))


def cut(kinds: Tensor, person: Pose) -> tuple[Tensor, Tensor]:
    """Which pixels are whose, (B,5,H,W) each: what every sheet shows, and what of it lies under other sheets or things.

    Skin of arms and legs goes to the nearest one. Cloth is a sleeve's where its arm, as far as that is not bare, is nearer than
    torso and thighs, for their thickness, or where the arm, hand and all, lies before them. The rest is the trunk's.
    """
    size = (kinds.shape[-2], kinds.shape[-1])
    away = distances(person, size)
    head, arm, leg, cloth = (kinds > 0.5).unbind(1)
    figure = head | arm | leg | cloth
    arms, legs = (torch.stack([away[:, side].amin(1) for side in sides], 1) for sides in (ARMS, LEGS))
    dressed = away.masked_fill(_bare(away, arm, cloth), torch.inf)
    clad = torch.stack([dressed[:, side].amin(1) for side in ARMS], 1)
    share, sleeves = away / THICK.to(away)[:, None, None], dressed / THICK.to(away)[:, None, None]
    flesh, sleeves = (torch.stack([x[:, side].amin(1) for side in ARMS], 1) for x in (share, sleeves))
    trunk = share[:, BODY].amin(1)
    nearest = _nearest(arms)
    before = (clad < CORE) & _handed(arm, person, size)[..., None, None]
    sleeve = nearest & (cloth & (clad.amin(1) < SLEEVE))[:, None] & ((sleeves < trunk[:, None]) | before)
    skin = nearest & (arm & ((flesh.amin(1) < trunk) | (arms.amin(1) < FLESH)))[:, None]
    on_arm, on_leg = sleeve | skin, _nearest(legs) & (leg & (legs.amin(1) < WIDE))[:, None]
    limbs = on_arm.any(1) | on_leg.any(1)
    trunks = figure & ~limbs & (away[:, BODY].amin(1) < FAR)
    under_leg = (legs < UNDER) & (figure & ~on_arm.any(1) & _below(person, size))[:, None] | (_bones(person, size) < BRIDGE)
    under_trunk = (_closed(trunks[:, None].to(away), round(GAP * size[0]))[:, 0] > 0) & on_arm.any(1)
    shown = torch.cat([on_leg, trunks[:, None], on_arm], 1)
    hidden = torch.cat([under_leg, under_trunk[:, None], torch.zeros_like(on_arm)], 1)
    return shown.to(away), (hidden & ~shown).to(away)


def _bare(away: Tensor, arm: Tensor, cloth: Tensor) -> Tensor:
    """(B,10,1,1) bool: which parts are of an arm (its skin (B,H,W), beside `cloth`) that has no sleeve there."""
    near = away < FLESH
    skin, garment = ((near & kind[:, None]).sum((2, 3)) for kind in (arm, cloth))
    of_arms = torch.zeros(away.shape[1], dtype=torch.bool, device=away.device)
    of_arms[[*RIGHT_ARM, *LEFT_ARM]] = True
    return ((skin > BARE * (skin + garment)) & of_arms)[..., None, None]


def _handed(arm: Tensor, person: Pose, size: tuple[int, int]) -> Tensor:
    """(B,2) bool: whether there is skin of an arm (B,H,W) about the right and the left wrist."""
    joints, visible = person
    from_wrist = (pixel_grid(size, joints) - joints[:, WRISTS, :, None, None]).norm(dim=2)
    near = from_wrist < HAND * tall(person, size)[:, None, None, None]
    return (near & arm[:, None]).any(3).any(2) & visible[:, WRISTS]


def _nearest(distances: Tensor) -> Tensor:
    """(B,2,H,W) bool: which of two is nearer."""
    right = distances[:, 0] <= distances[:, 1]
    return torch.stack([right, ~right], 1)


def _below(person: Pose, size: tuple[int, int]) -> Tensor:
    """(B,H,W) bool: beyond the hips, seen from the neck."""
    joints, _ = person
    hips = joints[:, (8, 11)].mean(1)
    down = hips - joints[:, 1]
    away = pixel_grid(size, joints) - hips[..., None, None]
    return (away * down[..., None, None]).sum(1) > 0


def distances(person: Pose, size: tuple[int, int]) -> Tensor:
    """(B,10,H,W) of every pixel from every part, as a share of the height; from a part that is not there infinite."""
    (joints, visible), small = _smaller(person, size)
    parts = body_parts(joints, visible, small)
    away = about_axes((joints, visible), parts, pixel_grid(small, joints))[2]
    away[:, 0] = outside(parts.quads[:, 0], small)
    away = _larger(away / tall((joints, visible), small)[:, None, None, None], size)
    return away.masked_fill(~parts.present[..., None, None], torch.inf)


def _bones(person: Pose, size: tuple[int, int]) -> Tensor:
    """(B,2,H,W) of every pixel from the bones of either leg, as a share of the height."""
    known, small = _smaller(person, size)
    away = -limb_distance(*known, small, kappa=-1.0).clamp_min(TINY).log() / tall(known, small)[:, None, None, None]
    return _larger(torch.stack([away[:, bones].amin(1) for bones in LEG_BONES], 1), size)


def _smaller(person: Pose, size: tuple[int, int]) -> tuple[Pose, tuple[int, int]]:
    """People in a picture of at most `FINE` rows: distances are smooth, and fine ones cost gigabytes."""
    small = (FINE, max(1, round(size[1] * FINE / size[0]))) if size[0] > FINE else size
    return (scale_joints(person[0].masked_fill(~person[1][..., None], 0), size, small), person[1]), small


def _larger(maps: Tensor, size: tuple[int, int]) -> Tensor:
    same = (maps.shape[-2], maps.shape[-1]) == size
    return maps if same else F.interpolate(maps, size, mode="bilinear", align_corners=False)


def _closed(mask: Tensor, by: int) -> Tensor:
    """The mask (B,1,H,W) with gaps of up to `2 by` pixels closed."""
    return -_grown(-_grown(mask, by), by)


def _grown(mask: Tensor, by: int) -> Tensor:
    rows = F.max_pool2d(mask, (2 * by + 1, 1), 1, (by, 0))  # one side after the other: 2 k instead of k^2
    return F.max_pool2d(rows, (1, 2 * by + 1), 1, (0, by))


def _smooth(mask: Tensor, by: int) -> Tensor:
    """The mask with an edge that runs smoothly over `by` pixels."""
    soft = F.avg_pool2d(F.pad(mask, (by,) * 4, mode="replicate"), 2 * by + 1, 1)
    return ((soft - 0.5) * 2 + 0.5).clamp(0, 1)


def _to_the_frame(kinds: Tensor, person: Pose) -> Tensor:
    """Regions that reach the lower edge of the picture where it cuts a person: parsers see background beside what is cut."""
    rows = max(1, round(RIM * kinds.shape[-2]))
    last = kinds[:, :, -rows - 1 : -rows]
    bare = kinds[:, :, -rows:].sum(1, keepdim=True) == 0
    cut_off = ~person[1][:, ANKLES].any(1)[:, None, None, None]
    rim = torch.where(bare & cut_off, last, kinds[:, :, -rows:])
    return torch.cat([kinds[:, :, :-rows], rim], 2)


def _within(read: Tensor, size: tuple[int, int], limit: Tensor) -> Tensor:
    """(B,1,H,W) bool: what is read lies in the picture, or up to `limit` (B,) pixels below it, where frames cut people."""
    x, y = read.unbind(1)
    inside = (x >= -0.5) & (x <= size[1] - 0.5) & (y >= -0.5) & (y <= size[0] - 0.5 + limit[:, None, None])
    return inside[:, None]
