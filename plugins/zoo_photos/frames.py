"""Square frames around people: cut them out of a picture and carry what was found there back."""

import torch
from torch import Tensor
from torch.nn import functional as F


def cut(pictures: Tensor, frames: Tensor, size: int) -> Tensor:
    """(B,C,size,size) from (B,C,H,W): the squares `frames` (B,3), centre x, y and side in pixels; grey outside the picture."""
    height, width = pictures.shape[-2:]
    limits = frames.new_tensor([width, height])
    centre = (frames[:, :2] + 0.5) / limits * 2 - 1
    stretch = frames[:, 2:] / limits
    place = torch.zeros(len(frames), 2, 3, device=frames.device)
    place[:, 0, 0], place[:, 1, 1], place[:, :, 2] = stretch[:, 0], stretch[:, 1], centre
    grid = F.affine_grid(place, [len(frames), pictures.shape[1], size, size], align_corners=False)
    return F.grid_sample(_smooth(pictures, frames, size), grid, mode="bilinear", align_corners=False)


def _smooth(pictures: Tensor, frames: Tensor, size: int) -> Tensor:
    """The pictures without what is finer than the smallest frame's pixels: bilinear reading of them would alias."""
    shrink = float(frames[:, 2].min()) / size
    if shrink < 1.5:
        return pictures
    height, width = (max(8, round(n / shrink)) for n in pictures.shape[-2:])
    return F.interpolate(pictures, (height, width), mode="bilinear", antialias=True)


def carried_back(joints: Tensor, frames: Tensor, size: int) -> Tensor:
    """Joints (B,J,2) in pixels of the cut squares, in pixels of the picture."""
    share = (joints + 0.5) / size - 0.5
    return frames[:, None, :2] + share * frames[:, None, 2:]


def carried_in(joints: Tensor, frames: Tensor, size: int) -> Tensor:
    """Joints (B,J,2) in pixels of the picture, in pixels of the cut squares."""
    share = (joints - frames[:, None, :2]) / frames[:, None, 2:]
    return (share + 0.5) * size - 0.5


def laid_back(maps: Tensor, frames: Tensor, size: tuple[int, int], outside: Tensor) -> Tensor:
    """(B,C,H,W), of pictures of `size`, from maps (B,C,h,w) of the cut squares; `outside` (C) fills what lies outside them."""
    height, width = size
    centre, side = frames[:, :2], frames[:, 2:]
    limits = frames.new_tensor([width, height])
    place = torch.zeros(len(frames), 2, 3, device=frames.device)
    place[:, 0, 0], place[:, 1, 1] = (limits / side).T
    place[:, :, 2] = (limits - 1 - 2 * centre) / side
    grid = F.affine_grid(place, [len(frames), maps.shape[1], height, width], align_corners=False)
    seen = F.grid_sample(maps, grid, mode="bilinear", padding_mode="border", align_corners=False)
    inside = (grid.abs() <= 1).all(-1)[:, None]
    return seen.where(inside, outside[:, None, None])


def box_of(points: Tensor) -> Tensor:
    """(4) centre x, y, width and height of the box around points (N,2), at least 8 pixels wide and high."""
    low, high = points.amin(0), points.amax(0)
    return torch.cat(((low + high) / 2, (high - low).clamp(min=8)))


def frame_around(joints: Tensor, visible: Tensor, margin: float) -> Tensor:
    """(B,3) the square around the visible joints (B,J,2), its side `margin` times the longer side of their box."""
    shown = visible[..., None]
    low = joints.where(shown, torch.inf).amin(1)
    high = joints.where(shown, -torch.inf).amax(1)
    side = (high - low).amax(1, keepdim=True).clamp(min=8)
    return torch.cat(((low + high) / 2, side * margin), 1)


def widened(frames: Tensor, size: tuple[int, int], limit: float) -> Tensor:
    """The squares `frames` (B,3), those grown that at most `limit` times as large hold the whole picture of `size` (H,W).

    Of somebody whom the picture cuts, the joints do not tell how far they reach.
    """
    far = frames.new_tensor([size[1], size[0]]) - 0.5
    needed = 2 * torch.maximum(frames[:, :2] + 0.5, far - frames[:, :2]).amax(1)
    side = frames[:, 2]
    return torch.cat([frames[:, :2], torch.where(needed <= limit * side, torch.maximum(side, needed), side)[:, None]], 1)
