"""What makes an identity: the body, the clothes and their colours, the background."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoo_figures.chance import Dice

SLOTS = ("face", "skin", "hair", "upper", "lower", "shoes", "socks", "coat")
SLOT = {name: index for index, name in enumerate(SLOTS)}
TEXTURES = ("plain", "hoops", "stripes", "checks", "dots", "print")
BOTTOMS = ("trousers", "shorts", "skirt", "dress")
HAIR = ("cropped", "short", "quiff", "bob", "long", "bun", "ponytail", "afro")


def _rgb(*colours: str) -> Tensor:
    return torch.tensor([[int(c[i : i + 2], 16) / 255 for i in (0, 2, 4)] for c in colours], dtype=torch.float64)


SKIN = _rgb("f6d7c3", "eec4a6", "e3b08d", "cf9670", "b57a52", "96603d", "75482e", "563524")
HAIR_COLOURS = _rgb("17141a", "2b1d17", "46301f", "6e4526", "92582b", "c4914e", "e3c27c", "a6a3a0", "8c2f23", "4a4e69")
CLOTH = _rgb(
    "f4f1ea", "dcd3c2", "2a2d34", "1f3a5f", "3f6c8f", "8fb8d0", "2f5d50", "7d9d6a", "c9d6a3", "e8b84a", "e2814d", "c8452f",
    "8e2c3c", "d98a9b", "f2c4c0", "6b4a7d", "b49ac9", "7a5a43", "b98d5f", "8b9096", "1d7874", "ee6c6c", "f3dd8b", "4b5d8a",
)  # fmt: skip
DENIM = _rgb(
    "27364f", "3b5478", "5f7fa6", "8aa6c4", "22242b", "3a3a40", "6f6a5f", "a8997c", "cdbf9f", "4d5140", "6b3b2e", "e7e2d6"
)
LEATHER = _rgb("1d1b1c", "3c2a21", "6b452b", "f0efec", "d8d4cc", "8c1f2b", "23395b", "b0895c", "e0b93f", "4d6b57")
WALLS = _rgb(
    "e9e4dc", "d7dfe3", "dfe6da", "f0ded2", "e3d9e8", "cfd3d6", "b9c7cc", "f3ead2", "a9b4bd", "c9b8a6", "8e9aa3", "eeeeee"
)


@dataclass(frozen=True)
class Look:
    """B identities. Lengths in metres of a body of 1.75 m; (B,) float64 unless said otherwise."""

    height: Tensor  # of the body / 1.75 m
    girth: Tensor  # about 1
    shoulder: Tensor  # half the distance of the shoulders
    waist: Tensor  # radius
    hip: Tensor  # radius of the pelvis
    bust: Tensor  # radius, 0 for none
    hair: Tensor  # int64, of HAIR
    hair_length: Tensor
    fringe: Tensor  # bool
    bottom: Tensor  # int64, of BOTTOMS
    leg: Tensor  # length of the trousers along the leg
    flare: Tensor  # radius of the trousers' hem over the leg's
    skirt: Tensor  # length below the pelvis
    hem: Tensor  # radius of the skirt at its hem
    sleeve: Tensor  # length along the arm
    top_hem: Tensor  # height of the top's lower edge over the pelvis
    neckline: Tensor  # drop of the bare skin below the neck
    coat: Tensor  # length of an open coat below the pelvis, -1 for none
    sock: Tensor  # height over the ankle
    boot: Tensor  # bool: the sock is a boot
    colours: Tensor  # (B,S,3,3) sRGB in [0,1]: per slot a ground colour, a second and a third
    texture: Tensor  # (B,S) int64, of TEXTURES
    period: Tensor  # (B,S) of the pattern
    duty: Tensor  # (B,S) share of the second colour
    emblem: Tensor  # (B,) int64: shape of a print
    wall: Tensor  # (B,2,3) sRGB: background at the top and at the bottom

    @property
    def skirted(self) -> Tensor:
        """(B,) bool."""
        return self.bottom >= 2

    @property
    def stride(self) -> Tensor:
        """Share of a leg's swing that the skirt allows."""
        return torch.where(self.skirted, (1.15 - self.skirt).clamp(0.4, 0.8), 1.0)


def draw_look(dice: Dice) -> Look:
    """Draw one identity per key."""
    feminine = dice.chance(0.5)
    bottom = torch.where(feminine, dice.pick((0.4, 0.12, 0.24, 0.24)), dice.pick((0.74, 0.26)))
    coat = torch.where(dice.chance(0.16), dice.between(0.02, 0.5), -1.0)
    sleeves = torch.stack((dice.between(0, 0.05), dice.between(0.1, 0.2), dice.between(0.3, 0.4), dice.between(0.48, 0.53)), -1)
    sleeve = sleeves.gather(1, dice.pick((0.14, 0.36, 0.12, 0.38))[:, None])[:, 0]
    leg = torch.where(bottom == 1, dice.between(0.14, 0.4), torch.where(dice.chance(0.25), dice.between(0.55, 0.7), 0.81))
    skirt = dice.between(0.24, 0.72)
    hair = torch.where(
        feminine,
        dice.pick((0.02, 0.08, 0.04, 0.24, 0.3, 0.13, 0.14, 0.05)),
        dice.pick((0.2, 0.4, 0.24, 0.03, 0.05, 0.03, 0.01, 0.04)),
    )
    girth = (1 + 0.09 * dice.bell(1)[:, 0]).clamp(0.84, 1.24)
    shoulder = torch.where(feminine, 0.158, 0.183) + 0.008 * dice.bell(1)[:, 0]
    hip = torch.where(feminine, 0.148, 0.136) * girth
    colours, texture, period, duty = _materials(dice)
    return Look(
        height=torch.where(feminine, 0.965, 1.02) + 0.025 * dice.bell(1)[:, 0],
        girth=girth,
        shoulder=shoulder,
        waist=torch.where(feminine, 0.115, 0.127) * girth,
        hip=hip,
        bust=torch.where(feminine, dice.between(0.048, 0.064), 0.0),
        hair=hair,
        hair_length=torch.where(hair == 3, dice.between(0.15, 0.22), dice.between(0.3, 0.46)),
        fringe=dice.chance(0.35) & (hair > 0) & (hair < 7),
        bottom=bottom,
        leg=leg,
        flare=torch.where(dice.chance(0.3), dice.between(1.25, 1.75), dice.between(1.0, 1.2)),
        skirt=skirt,
        hem=hip * 1.1 + skirt * dice.between(0.1, 0.42),
        sleeve=torch.where(coat >= 0, 0.53, sleeve),
        top_hem=dice.between(-0.1, 0.1),
        neckline=torch.where(dice.chance(0.5), 0.0, dice.between(0.03, 0.09)),
        coat=coat,
        sock=torch.where(dice.chance(0.35), dice.between(0.1, 0.34), dice.between(0.0, 0.08)),
        boot=dice.chance(0.4),
        colours=colours,
        texture=texture,
        period=period,
        duty=duty,
        emblem=dice.pick((1, 1, 1, 1)),
        wall=torch.stack((wall := dice.row(WALLS), 0.5 * wall + 0.5 * dice.row(WALLS)), 1),
    )


def _materials(dice: Dice) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Colours (B,S,3,3), texture, period and duty (B,S) of the slots."""
    skin, hair = dice.row(SKIN), dice.row(HAIR_COLOURS)
    lower = torch.where(dice.chance(0.6)[:, None], dice.row(DENIM), dice.row(CLOTH))
    ground = torch.stack(
        (skin, skin, hair, dice.row(CLOTH), lower, dice.row(LEATHER), dice.row(CLOTH), dice.row(torch.cat((CLOTH, LEATHER)))), 1
    )
    ground = (ground + 0.02 * dice.bell(ground[0].numel()).view_as(ground)).clamp(0.02, 0.98)
    partner = torch.stack([_partner(dice, ground[:, slot]) for slot in range(len(SLOTS))], 1)
    third = torch.stack([_partner(dice, ground[:, slot]) for slot in range(len(SLOTS))], 1)
    partner[:, SLOT["hair"]] = ground[:, SLOT["hair"]] * 0.78
    third[:, SLOT["face"]] = ground[:, SLOT["hair"]]  # brows
    plain = torch.zeros_like(dice.key)
    upper = dice.pick((0.3, 0.19, 0.09, 0.13, 0.13, 0.16))
    below = dice.pick((0.7, 0.05, 0.09, 0.1, 0.06))
    coat, sock = dice.pick((0.7, 0.0, 0.1, 0.2)), dice.pick((0.6, 0.4))
    texture = torch.stack((plain, plain, plain, upper, below, plain, sock, coat), 1)
    period = 0.085 + 0.075 * dice.uniform(len(SLOTS))
    return torch.stack((ground, partner, third), 2), texture, period, 0.35 + 0.25 * dice.uniform(len(SLOTS))


def _partner(dice: Dice, ground: Tensor) -> Tensor:
    """(B,3) a colour that stands out from `ground`: the more distant of two drawn."""
    one, two = dice.row(CLOTH), dice.row(CLOTH)
    nearer = (one - ground).norm(dim=-1) < (two - ground).norm(dim=-1)
    return torch.where(nearer[:, None], two, one)
