"""Where every part of a body goes between two poses, when it keeps its width: for figures that are laid out, not for features.

The ten parts are those of `zoo.ops.rigid`. Points are (x, y) pixels of the image at hand; lengths are shares of the height.
"""

import torch
from torch import Tensor

from zoo.ops.fit import fit_affine, fit_similarity
from zoo.ops.rigid import BONES, FACE, MIRROR, NECK, TORSO, beyond
from zoo.ops.stature import Pose, height, side

NARROWEST = (0.045, 0.060)  # half the depth of hips and chest: what a torso shows from its side
STRETCH = 2.5  # how often its length a limb may be drawn out, or pressed together
POINTING = 0.02  # a limb that shows less points at the camera
NODS = 0.7  # radians: a head turns no further
FACING = 0.015  # how far beside the eyes and ears the nose is in a face that looks to a side


def limb_affines(source: Pose, target: Pose, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Affines (B,10,2,3), target pixel -> source pixel, and which parts both have (B,10) bool.

    Limbs turn, and are drawn out along their bone alone; one that the source lacks is its mirror limb, mirrored. The torso is
    the affine of its four corners, no narrower than a body is deep. The head turns about the neck, and looks the way the
    target's does. A missing part reads from beyond the image.
    """
    talls = [tall(person, size) for person in (source, target)]
    turned, flipped = _turned(source, target, talls)
    limbs, limbs_seen = _limbs(source, target, talls, turned)
    torso, torso_seen = _torso(source, target, talls, turned)
    head, head_seen = _head(source, target, talls, flipped, torso)
    affines = torch.cat([torso[:, None], head[:, None], limbs], 1)
    present = torch.cat([torso_seen[:, None], head_seen[:, None], limbs_seen], 1)
    return torch.where(present[..., None, None], affines, beyond(affines, size)), present


def tall(person: Pose, size: tuple[int, int]) -> Tensor:
    """The height of people in pixels, (B,); where nothing tells it, nearly the picture's."""
    told = height(*person)
    return torch.where(told > 0, told, 0.9 * size[0])


def _limbs(source: Pose, target: Pose, tall: list[Tensor], turned: Tensor) -> tuple[Tensor, Tensor]:
    first, second = torch.tensor(BONES, device=tall[0].device).unbind(1)
    mirror = torch.tensor(MIRROR[2:], device=first.device) - 2
    (start, end, seen), (to_start, to_end, wanted) = (
        (j[:, first], j[:, second], v[:, first] & v[:, second]) for j, v in (source, target)
    )
    lent = ~seen & seen[:, mirror]
    start, end = (torch.where(lent[..., None], x[:, mirror], x) for x in (start, end))
    scale = (tall[0] / tall[1])[:, None]
    across = torch.where(lent, -turned[:, None], turned[:, None]) * scale
    along, to_along = end - start, to_end - to_start
    length, to_length = (v.norm(dim=-1).clamp_min(1e-3) for v in (along, to_along))
    pointing = (to_length < POINTING * tall[1][:, None]) | (length < POINTING * tall[0][:, None])
    ratio = torch.minimum(torch.maximum(length / to_length, scale / STRETCH), scale * STRETCH)
    ratio = torch.where(pointing, scale, ratio)
    a, b = along / length[..., None], to_along / to_length[..., None]
    a = torch.where(pointing[..., None], b, a)
    linear = ratio[..., None, None] * _outer(a, b) + across[..., None, None] * _outer(_normal(a), _normal(b))
    return _about(linear, to_start, start), (seen | lent) & wanted


def _torso(source: Pose, target: Pose, tall: list[Tensor], turned: Tensor) -> tuple[Tensor, Tensor]:
    both = source[1] & target[1]
    four = source[1][:, TORSO].all(1) & target[1][:, TORSO].all(1)
    sides = [side(*person) for person in (source, target)]
    unsure = [way == 0 for way in sides]
    one = torch.where(unsure[0], torch.where(unsure[1], 1.0, sides[1] * turned), sides[0])
    other = torch.where(unsure[1], one * turned, sides[1])
    quads = [_widened(p[0][:, TORSO], s, t) for p, s, t in zip((source, target), (one, other), tall, strict=True)]
    zeroed = [joints.masked_fill(~visible[..., None], 0) for joints, visible in (source, target)]
    some = fit_similarity(zeroed[1], zeroed[0], both)
    return torch.where(four[:, None, None], fit_affine(quads[1], quads[0]), some), both.any(1)


def _head(source: Pose, target: Pose, tall: list[Tensor], flipped: Tensor, torso: Tensor) -> tuple[Tensor, Tensor]:
    faces = [visible[:, FACE] for _, visible in (source, target)]
    both = faces[0] & faces[1]
    common = both.any(1, keepdim=True)
    angles = []
    for (joints, _), face in zip((source, target), faces, strict=True):
        seen = torch.where(common, both, face)[..., None]
        middle = (joints[:, FACE] * seen).nan_to_num().sum(1) / seen.sum(1).clamp_min(1)
        up = middle - joints[:, NECK]
        angles.append(torch.atan2(up[:, 0], -up[:, 1]))  # clockwise from upright
    leaning = torch.atan2(torso[:, 1, 0] * torso[:, 0, 0].sign(), torso[:, 0, 0].abs().clamp_min(1e-3))
    nod = torch.where(common[:, 0], angles[0] - angles[1] * flipped - leaning, 0.0)
    turn = leaning + torch.atan2(nod.sin(), nod.cos()).clamp(-NODS, NODS)
    scale = tall[0] / tall[1]
    cos, sin = turn.cos() * scale, turn.sin() * scale
    linear = torch.stack([torch.stack([cos * flipped, -sin], -1), torch.stack([sin * flipped, cos], -1)], -2)
    seen = source[1][:, NECK] & target[1][:, NECK] & faces[0].any(1)
    return _about(linear, target[0][:, NECK], source[0][:, NECK]), seen


def _turned(source: Pose, target: Pose, tall: list[Tensor]) -> tuple[Tensor, Tensor]:
    """-1 for bodies, and for heads, that look to one side in the source and to the other in the target; else 1: (B,), (B,)."""
    looks, narrow = [], []
    for (joints, visible), t in zip((source, target), tall, strict=True):
        others = visible[:, FACE[1:]]
        middle = (joints[:, FACE[1:], 0] * others).nan_to_num().sum(1) / others.sum(1).clamp_min(1)
        aside = (joints[:, FACE[0], 0] - middle) / t
        sure = visible[:, FACE[0]] & others.any(1) & (aside.abs() > FACING)
        looks.append(torch.where(sure, aside.sign(), 0.0))
        narrow.append(side(joints, visible) == 0)
    flipped = torch.where(looks[0] * looks[1] < 0, -1.0, 1.0)
    return torch.where(narrow[0] & narrow[1], flipped, 1.0), flipped


def _torso_frame(corners: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of corners (B,4,2): middle and half width vector of hips, of shoulders, each (B,2,2); the unit vector (B,2) across."""
    hips, shoulders = corners[:, :2], corners[:, [3, 2]]  # right, left
    pairs = [torch.stack([(p[:, 0] + p[:, 1]) / 2, (p[:, 1] - p[:, 0]) / 2], 1) for p in (hips, shoulders)]
    spine = pairs[0][:, 0] - pairs[1][:, 0]
    down = torch.where(spine.norm(dim=-1, keepdim=True) > 1e-3, spine, spine.new_tensor([0.0, 1.0]))
    down = down / down.norm(dim=-1, keepdim=True)
    return pairs[0], pairs[1], torch.stack([down[:, 1], -down[:, 0]], -1)


def _widened(corners: Tensor, way: Tensor, tall: Tensor) -> Tensor:
    """The corners (B,4,2) with hips and shoulders at least as far apart as a body is deep; `way` (B,) is the side they show."""
    hips, shoulders, across = _torso_frame(corners)
    moved = []
    for (middle, half), least in zip((hips.unbind(1), shoulders.unbind(1)), NARROWEST, strict=True):
        width = (half * across).sum(-1)
        wanted = way * torch.maximum(way * width, least * tall)
        half = half + (wanted - width)[:, None] * across
        moved.append((middle - half, middle + half))
    return torch.stack([*moved[0], moved[1][1], moved[1][0]], 1)


def _about(linear: Tensor, target: Tensor, source: Tensor) -> Tensor:
    """The affine (...,2,3) of a linear map that takes the point `target` (...,2) to `source` (...,2)."""
    moved = (linear * target[..., None, :]).sum(-1)
    return torch.cat([linear, (source - moved)[..., None]], -1)


def _outer(a: Tensor, b: Tensor) -> Tensor:
    return a[..., :, None] * b[..., None, :]


def _normal(v: Tensor) -> Tensor:
    return torch.stack([-v[..., 1], v[..., 0]], -1)
