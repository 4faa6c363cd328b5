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
from zoo.regions import JOINT_NAMES

HEAD, NECK = PARTS.index("head"), JOINT_NAMES.index("neck")
CROWN = 1.8  # where the head ends, on the line from the neck to the middle of the face
SOFTNESS = 1 / 16  # of the stature: over this distance the weight of a part falls to 1/e
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
    nearness = -_axis_distances((joints, target[1]), parts, (h, w)) / (SOFTNESS * parts.stature[:, None, None, None])
    member = torch.zeros(len(groups), len(PARTS), dtype=torch.bool, device=known.device)
    for row, group in zip(member, groups, strict=True):
        row[list(group)] = True
    heard = (member & known[:, None])[..., None, None]  # (B,G,P,1,1)
    logits = F.pad(nearness[:, None].masked_fill(~heard, 2 * FAR), (0, 0, 0, 0, 0, 1), value=FAR)  # the last says: stay
    return (logits.softmax(2)[:, :, :-1, None] * flows[:, None]).sum(2)  # no einsum: autocast would round it


def _axis_distances(person: tuple[Tensor, Tensor], parts: Parts, size: tuple[int, int]) -> Tensor:
    """Distance in pixels of every pixel to each part's axis (B,P,H,W); a part without length is a point.

    An axis runs from the middle of a quad's first two corners to that of its last two, the head's from the neck through the
    face to the crown.
    """
    start, end = parts.quads[:, :, :2].mean(2), parts.quads[:, :, 2:].mean(2)
    joints, visible = person
    face = parts.quads[:, HEAD].mean(1)
    neck = torch.where(visible[:, NECK, None], joints[:, NECK], face)
    start, end = _with_head(start, neck)[..., None, None], _with_head(end, neck + CROWN * (face - neck))[..., None, None]
    along, away = end - start, pixel_grid(size, joints) - start
    share = (away * along).sum(2, keepdim=True) / along.square().sum(2, keepdim=True).clamp_min(1e-6)
    return (away - share.clamp(0, 1) * along).norm(dim=2)


def _with_head(ends: Tensor, head: Tensor) -> Tensor:
    return torch.cat([ends[:, :HEAD], head[:, None], ends[:, HEAD + 1 :]], 1)
