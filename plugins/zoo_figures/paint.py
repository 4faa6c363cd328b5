"""Colour of the traced surface: textures in the surface's own coordinates, faces, light, backgrounds."""

import math

import torch
from torch import Tensor

from zoo_figures.body import Solids
from zoo_figures.chance import Dice
from zoo_figures.look import CLOTH, SLOT, WALLS, Look
from zoo_figures.trace import Capsules, Hits

_LIGHT = (-0.38, -0.55, 0.74)


def surface(scene: Capsules, hits: Hits) -> Tensor:
    """(N,3) q-space coordinates of the hit points."""
    inverse = torch.linalg.inv(scene.matrix).float()[hits.sample, hits.solid]
    offset = hits.point - scene.origin.float()[hits.sample, hits.solid]
    return _apply(inverse, offset)


def _apply(matrix: Tensor, vector: Tensor) -> Tensor:
    """(N,3,3) on (N,3), with a fixed order of summation."""
    return matrix[..., 0] * vector[:, :1] + matrix[..., 1] * vector[:, 1:2] + matrix[..., 2] * vector[:, 2:]


def colours(look: Look, solids: Solids, scene: Capsules, hits: Hits) -> Tensor:
    """(N,3) sRGB in [0,1] of the hit points, lit."""
    where = (hits.sample, hits.solid)
    q = surface(scene, hits)
    local = q * solids.scale.float()[where]
    slot = solids.slot[where]
    ink = look.colours.float()[hits.sample, slot]
    albedo = _cloth(look, hits.sample, slot, local, solids.lift.float()[where], solids.wrap[hits.solid], ink)
    albedo = torch.where((slot == SLOT["face"])[:, None], _face(local, ink), albedo)
    return (albedo * _light(scene, hits, q)[:, None]).clamp(0, 1)


def _light(scene: Capsules, hits: Hits, q: Tensor) -> Tensor:
    """(N,) shade of a soft light from the upper left, darker towards the rim."""
    where = (hits.sample, hits.solid)
    a, b = scene.a.float()[where], scene.b.float()[where]
    normal = q - a - hits.t[:, None] * (b - a)
    world = _apply(torch.linalg.inv(scene.matrix).mT.float()[where], normal)
    x, y, z = (world / world.norm(dim=-1, keepdim=True)).unbind(-1)
    lambert = (x * _LIGHT[0] + y * _LIGHT[1] + z * _LIGHT[2]).clamp(min=0)
    return (0.6 + 0.44 * lambert) * (0.76 + 0.24 * z.clamp(0, 1).sqrt())


def _cloth(look: Look, sample: Tensor, slot: Tensor, local: Tensor, lift: Tensor, torso: Tensor, ink: Tensor) -> Tensor:
    """(N,3) the slot's pattern. u counts periods along the solid, v whole periods around it."""
    period, duty = look.period.float()[sample, slot], look.duty.float()[sample, slot]
    kind = look.texture[sample, slot]
    x, y, z = local.unbind(-1)
    around = (torch.where(torso, 0.85, 0.3) / period).round()  # one count for all of the torso: no seams.clamp(min=2)
    u = (y + lift) / period
    v = torch.atan2(x, z) / (2 * math.pi) * around + 0.25
    on_u, on_v = (u % 1 < duty).float(), (v % 1 < duty).float()
    odd = (u.floor() % 2) * 0.5
    dot = ((u % 1 - 0.5).square() + ((v + odd) % 1 - 0.5).square() < 0.085 + 0.06 * (duty - 0.35)).float()
    share = torch.stack(
        (torch.zeros_like(u), on_u, on_v, 0.5 * (on_u + on_v), dot, _emblem(look, sample, local, lift) * torso), -1
    )
    share = share.gather(-1, kind[:, None])
    cloth = ink[:, 0] + share * (ink[:, 1] - ink[:, 0])
    folds = 1 + 0.035 * torch.sin(9 * torch.atan2(x, z)) * (slot == SLOT["lower"])
    strands = 1 + 0.1 * torch.sin(60 * x + 24 * z) * (slot == SLOT["hair"])
    return cloth * (folds * strands)[:, None]


def _emblem(look: Look, sample: Tensor, local: Tensor, lift: Tensor) -> Tensor:
    """(N,) 1 inside the print on the chest: a disc, a block, a ring or a band."""
    x, y, z = local.unbind(-1)
    y = y + lift - 0.17
    radius = (x.square() + y.square()).sqrt()
    inside = torch.stack(
        (radius < 0.085, torch.maximum(x.abs(), y.abs()) < 0.075, (radius - 0.07).abs() < 0.025, y.abs() < 0.045), -1
    )
    front = (z > 0) | (look.emblem[sample] == 3)
    return (inside.gather(-1, look.emblem[sample][:, None])[:, 0] & front).float()


def _face(local: Tensor, ink: Tensor) -> Tensor:
    """(N,3) skin with eyes, brows, mouth and a blush. `ink` (N,3,3): skin, lips' tint, hair."""
    x, y, z = local[:, 0].abs(), local[:, 1], local[:, 2]
    skin, hair = ink[:, 0], ink[:, 2]
    front = z > 0.02
    colour = skin

    def put(inside: Tensor, tint: Tensor) -> None:
        nonlocal colour
        colour = torch.where((inside & front)[:, None], tint, colour)

    def oval(cx: float, cy: float, rx: float, ry: float) -> Tensor:
        return ((x - cx) / rx).square() + ((y - cy) / ry).square() < 1

    rosy = skin * skin.new_tensor((1.0, 0.86, 0.84))
    put(oval(0.058, 0.072, 0.024, 0.018), rosy)
    put(oval(0.041, 0.112, 0.024, 0.018), skin.new_tensor((0.97, 0.97, 0.96)).expand_as(skin))
    put(oval(0.039, 0.112, 0.0145, 0.017), skin.new_tensor((0.13, 0.09, 0.08)).expand_as(skin))
    put((x > 0.02) & (x < 0.064) & ((y - 0.149 + 8 * (x - 0.038).square()).abs() < 0.005), hair * 0.75)
    put((x < 0.034) & ((y - 0.042 - 9 * x.square()).abs() < 0.0085 - 5 * x.square()), skin * skin.new_tensor((0.86, 0.5, 0.5)))
    return colour


def walls(look: Look, size: tuple[int, int]) -> Tensor:
    """(B,3,H,W) plain or graded backgrounds."""
    rise = torch.linspace(0, 1, size[0], dtype=torch.float64, device=look.wall.device)
    top, bottom = look.wall[:, 0, :, None], look.wall[:, 1, :, None]
    return (top + (bottom - top) * rise.square()).float()[..., None].expand(-1, -1, -1, size[1]).contiguous()


def clutter(look: Look, dice: Dice, size: tuple[int, int]) -> Tensor:
    """(B,3,H,W) the wall behind a heap of boxes and discs."""
    image = walls(look, size)
    y, x = torch.meshgrid(*(torch.linspace(0, 1, n, device=image.device) for n in size), indexing="ij")
    x = x * (size[1] / size[0])
    for _ in range(12):
        place, reach, tint = dice.uniform(2).float(), dice.uniform(2).float(), 0.7 * dice.row(torch.cat((CLOTH, WALLS))) + 0.2
        dx = (x - place[:, :1, None] * (size[1] / size[0])).abs() / (0.04 + 0.16 * reach[:, :1, None])
        dy = (y - place[:, 1:, None]).abs() / (0.04 + 0.16 * reach[:, 1:, None])
        apart = torch.where(dice.chance(0.6)[:, None, None], torch.maximum(dx, dy), (dx * dx + dy * dy).sqrt())
        image = torch.where(apart[:, None] < 1, tint.float()[..., None, None], image)
    return image
