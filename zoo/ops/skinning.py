"""Where a pixel was before the skeleton moved: the rigid parts' motions blended by nearness (linear blend skinning).

Nothing is learned. Points are (x, y) pixels of the image at hand.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.ops.fit import scale_affines
from zoo.ops.maps import scale_joints
from zoo.ops.rigid import PARTS, Parts, affine_flow, body_parts, part_affines, scale_parts
from zoo.ops.warp import pixel_grid
from zoo.skeleton import JOINT_NAMES

COORDINATES = 3 * (len(PARTS) + 1)  # channels of `body_coordinates`
HEAD, NECK = PARTS.index("head"), JOINT_NAMES.index("neck")
CROWN = 1.8  # where the head ends, on the line from the neck to the middle of the face
SOFTNESS = 1 / 16  # of the stature: over this distance the weight of a part falls to 1/e
OFF = -7.0  # the logit of being off the body: 7/16 of the stature from any axis it is as likely as the nearest part
FAR = -1e4  # the logit of what has no say unless nobody has


def skinned_flow(
    source: tuple[Tensor, Tensor],
    target: tuple[Tensor, Tensor],
    size: tuple[int, int],
    *,
    to: tuple[int, int] | None = None,
    groups: Sequence[Sequence[int]] = (range(len(PARTS)),),
) -> Tensor:
    """Backward flow from `target` to `source`, each (joints (B,18,2), visible (B,18)) in images of `size`: (B,G,2,h,w).

    For each of the G `groups` of part numbers the flow is sum_j w_j(x) (T_j x - x), T_j the affine of part j (see
    `part_affines`), w_j(x) the softmax over the group's parts of minus the distance of x to the axis of part j over 1/16 of
    the stature. Parts that either person lacks have no say; where a group has none left the flow is 0. In pixels of maps of
    the size `to`, by default the image's.
    """
    h, w = to or size
    affines, present = part_affines(*source, *target, size)
    affines = scale_affines(affines, size, (h, w))
    parts = scale_parts(body_parts(*target, size, partner=source), size, (h, w))
    known = present & parts.present
    flows = affine_flow(torch.where(known[..., None, None], affines, 0.0), (h, w)) * known[..., None, None, None]
    joints = scale_joints(target[0], size, (h, w))
    distance = about_axes((joints, target[1]), parts, pixel_grid((h, w), joints))[2]
    nearness = -distance / (SOFTNESS * parts.stature[:, None, None, None])
    member = torch.zeros(len(groups), len(PARTS), dtype=torch.bool, device=known.device)
    for row, group in zip(member, groups, strict=True):
        row[list(group)] = True
    heard = (member & known[:, None])[..., None, None]  # (B,G,P,1,1)
    logits = F.pad(nearness[:, None].masked_fill(~heard, 2 * FAR), (0, 0, 0, 0, 0, 1), value=FAR)  # the last says: stay
    return (logits.softmax(2)[:, :, :-1, None] * flows[:, None]).sum(2)  # no einsum: autocast would round it


def body_coordinates(joints: Tensor, visible: Tensor, size: tuple[int, int], points: Tensor) -> Tensor:
    """Where on the body `points` (B,2,h,w), (x, y) pixels of images of `size`, lie: (B,COORDINATES,h,w), whatever the pose.

    Of each of the ten rigid parts: its weight w as in `skinned_flow`, w t and w u; t is the place along the part's axis, 0 at
    its start and 1 at its end, u the signed distance from the axis over a quarter of the stature, both within [-2, 2]. An
    eleventh weight, as of a part 7/16 of the stature away, is that of being off the body; there it is the place in the picture
    that counts, x and y in [-1, 1]. A missing part has no weight.
    """
    parts = body_parts(joints, visible, size)
    share, offset, distance = about_axes((joints, visible), parts, points)
    st = parts.stature[:, None, None, None]
    nearness = (-distance / (SOFTNESS * st)).masked_fill(~parts.present[..., None, None], 2 * FAR)
    weights = F.pad(nearness, (0, 0, 0, 0, 0, 1), value=OFF).softmax(1)
    on, off = weights[:, :-1], weights[:, -1:]
    place = 2 * (points + 0.5) / points.new_tensor([size[1], size[0]])[:, None, None] - 1
    return torch.cat([on, on * share.clamp(-2, 2), on * (4 * offset / st).clamp(-2, 2), off, off * place], 1)


def about_axes(person: tuple[Tensor, Tensor], parts: Parts, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of points (...,2,H,W), in pixels, as seen from each part's axis, each (B,P,H,W): place along it (0 at its start, 1 at its
    end), signed offset to its side, and distance from it; a part without length is a point.

    An axis runs from the middle of a quad's first two corners to that of its last two, the head's from the neck through the
    face to the crown.
    """
    start, end = parts.quads[:, :, :2].mean(2), parts.quads[:, :, 2:].mean(2)
    joints, visible = person
    face = parts.quads[:, HEAD].mean(1)
    neck = torch.where(visible[:, NECK, None], joints[:, NECK], face)
    start, end = _with_head(start, neck)[..., None, None], _with_head(end, neck + CROWN * (face - neck))[..., None, None]
    along, away = end - start, points.unsqueeze(-4) - start
    share = (away * along).sum(2) / along.square().sum(2).clamp_min(1e-6)
    offset = (along[:, :, 0] * away[:, :, 1] - along[:, :, 1] * away[:, :, 0]) / along.norm(dim=2).clamp_min(1e-3)
    beside = away - share.clamp(0, 1)[:, :, None] * along
    return share, offset, beside.square().sum(2).sqrt()  # torch's norm over x and y that lie apart takes many times as long


def _with_head(ends: Tensor, head: Tensor) -> Tensor:
    return torch.cat([ends[:, :HEAD], head[:, None], ends[:, HEAD + 1 :]], 1)
