"""A figure cut into ten rigid parts, each pixel going with the part it lies next to, and laid out in another pose: no learning.

Points are (x, y) pixels of the image at hand.
"""

import torch
from torch import Tensor

from zoo.ops.rigid import MIRROR, PARTS, body_parts, part_affines
from zoo.ops.skinning import about_axes
from zoo.ops.warp import affine_grid, pixel_grid, sample

THICK = 0.12  # of the stature: within this distance of its axis a pixel is a limb's, whatever else is near
SEAM = 0.06  # of the stature: next to a joint a pixel is both parts', so that a bent joint does not gape


def puppet_flow(
    source: tuple[Tensor, Tensor], target: tuple[Tensor, Tensor], figure: Tensor, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Backward flow (B,2,H,W) from `target` to `source`, each (joints (B,18,2), visible (B,18)); the moved figure (B,1,H,W).

    `figure` (B,1,H,W) is 1 where the source's photo shows the person. Each of its pixels goes with the part it is nearest to,
    and where several parts arrive forearms lie over upper arms, over legs, over the head, over the torso. Where no part
    arrives the flow is 0, and so is the figure.
    """
    affines, present = part_affines(*source, *target, size, head="upright")
    owned = _owned(source, size) * figure
    reads = affine_grid(affines, size).flatten(0, 1)  # (B*10,2,H,W)
    arrived = sample(owned.flatten(0, 1)[:, None], reads).unflatten(0, owned.shape[:2])[:, :, 0] * present[..., None, None]
    order = torch.arange(1, len(PARTS) + 1, device=figure.device)[:, None, None]
    top = torch.where(arrived > 0.5, order.to(arrived), arrived).argmax(1, keepdim=True)  # between two parts the nearer one
    read = reads.unflatten(0, owned.shape[:2]).gather(1, top[:, :, None].expand(-1, -1, 2, -1, -1))[:, 0]
    shown = arrived.sum(1, keepdim=True).clamp(max=1)  # two halves of a pixel make one: no crack where parts meet
    return (read - pixel_grid(size, read)) * (shown > 0), shown


def _owned(person: tuple[Tensor, Tensor], size: tuple[int, int]) -> Tensor:
    """(B,10,H,W) 1 where a pixel of the figure is the part's; a missing limb owns what its mirror image does."""
    parts = body_parts(*person, size)
    axis = about_axes(person, parts, pixel_grid(size, person[0]))[2] / parts.stature[:, None, None, None]
    away = (axis - THICK).clamp_min(0)
    away[:, 0] = outside(parts.quads[:, 0], size) / parts.stature[:, None, None]
    away = away.masked_fill(~parts.present[..., None, None], torch.inf)
    owned = (away <= away.amin(1, keepdim=True) + SEAM).to(axis.dtype)
    return torch.where(parts.present[..., None, None], owned, owned[:, MIRROR])


def outside(quads: Tensor, size: tuple[int, int]) -> Tensor:
    """(B,H,W) the distance in pixels from the quads (B,4,2), 0 inside."""
    points = pixel_grid(size, quads)  # (2,H,W)
    start, end = quads, quads.roll(-1, 1)
    along = (end - start)[..., None, None]
    off = points - start[..., None, None]
    share = ((off * along).sum(2) / along.square().sum(2).clamp_min(1e-6)).clamp(0, 1)
    near = (off - share[:, :, None] * along).norm(dim=2).amin(1)
    side = along[:, :, 0] * off[:, :, 1] - along[:, :, 1] * off[:, :, 0]
    inside = (side >= 0).all(1) | (side <= 0).all(1)
    return near.masked_fill(inside, 0.0)
