"""Fields as colours. Everything is (...,3,H,W) float in [0,1]."""

import colorsys
from collections.abc import Sequence
from math import pi

import torch
from torch import Tensor

RGB = tuple[float, float, float]

# Hues of a flow that points right, down, left, up: the two pairs of opposites are opponent colours, as in the eye.
RIGHT, DOWN, LEFT, UP = 0.0, 52.0, 158.0, 228.0  # degrees: red, yellow, green, blue
_TURNS = (RIGHT, DOWN, LEFT, UP, RIGHT + 360)
_HEAT = ("#04051a", "#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcfdbf")  # dark to light, also when printed in grey
_LABELS = (
    "#eceff1", "#4e79a7", "#f28e2b", "#59a14f", "#ff9da7", "#e15759", "#edc948", "#76b7b2", "#9c755f", "#b07aa1",
    "#2f4b7c", "#a05195", "#d37295", "#86bc86", "#fabfd2", "#8cd17d", "#499894", "#d4a6c8", "#79706e", "#bab0ac",
)  # fmt: skip


def flow_colours(flow: Tensor, longest: float) -> Tensor:
    """`flow` (...,2,H,W) -> (...,3,H,W): the direction as hue, the length as saturation; white stands still.

    A flow of length `longest` or more has the full hue. Points where the source lies: right red, down yellow, left green,
    up blue.
    """
    x, y = flow.unbind(-3)
    strength = (torch.hypot(x, y) / max(longest, 1e-6)).clamp(0, 1)
    colour = _hue(_opponent(torch.atan2(y, x) % (2 * pi)))
    return torch.lerp(torch.ones_like(colour), colour, strength.unsqueeze(-3))


def wheel(side: int) -> Tensor:
    """(3,side,side): the colour of every flow, lengths growing to the rim; white outside."""
    y, x = torch.meshgrid(*[torch.linspace(-1, 1, side)] * 2, indexing="ij")
    inside = ((1 - torch.hypot(x, y)) * side / 2).clamp(0, 1)  # a smooth rim
    return torch.lerp(torch.ones(3, side, side), flow_colours(torch.stack([x, y]), 1), inside)


def heat(x: Tensor) -> Tensor:
    """(...,H,W) in [0,1] -> (...,3,H,W), from dark violet over red to pale yellow."""
    anchors = x.new_tensor([rgb(h) for h in _HEAT])
    place = x.clamp(0, 1) * (len(_HEAT) - 1)
    low = place.floor().long().clamp(0, len(_HEAT) - 2)
    return torch.lerp(anchors[low], anchors[low + 1], (place - low).unsqueeze(-1)).movedim(-1, -3)


def glow(picture: Tensor, x: Tensor) -> Tensor:
    """`picture` (3,H,W), grey and dimmed, with `x` (H,W) in [0,1] shining on it."""
    dim = 0.45 * picture.mean(-3, keepdim=True).expand_as(picture) + 0.08
    return torch.lerp(dim, heat(0.35 + 0.65 * x), x.clamp(0, 1).sqrt().unsqueeze(-3))


def labelled(labels: Tensor, colours: Sequence[RGB]) -> Tensor:
    """Region labels (H,W) int64 -> (3,H,W)."""
    return torch.tensor(colours)[labels.cpu()].movedim(-1, -3)


def label_colours(names: Sequence[str]) -> list[RGB]:
    """One colour per region; the background is the palest wherever it stands."""
    rest = iter(_LABELS[1:] * (len(names) // len(_LABELS) + 1))
    return [rgb(_LABELS[0]) if name == "background" else rgb(next(rest)) for name in names]


def joint_maps(pose: Tensor) -> Tensor:
    """Pose maps (K,H,W) in [0,1], one hue each -> (3,H,W)."""
    hues = [colorsys.hsv_to_rgb(k / len(pose), 0.8, 1.0) for k in range(len(pose))]
    return (pose[:, None] * pose.new_tensor(hues)[:, :, None, None]).amax(0)


def rgb(text: str) -> RGB:
    """`#ff8000` as (1.0, 0.5, 0.0)."""
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _opponent(angle: Tensor) -> Tensor:
    """Radians in [0, 2 pi) -> hue in degrees, linear between the four directions."""
    turns = angle.new_tensor(_TURNS)
    quarter = angle / (pi / 2)
    low = quarter.floor().long().clamp(0, 3)
    return torch.lerp(turns[low], turns[low + 1], quarter - low)


def _hue(degrees: Tensor) -> Tensor:
    """(...,H,W) -> (...,3,H,W) of full saturation, a little below full brightness."""
    shift = degrees.new_tensor([5.0, 3.0, 1.0])
    k = (shift + degrees.unsqueeze(-1) / 60) % 6
    return (0.96 * (1 - torch.minimum(k, 4 - k).clamp(0, 1))).movedim(-1, -3)
