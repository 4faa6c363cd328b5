"""The solids that make a person: rounded cones bound to the frames of the skeleton."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoo.regions import vocabulary
from zoo_figures.look import SLOT, Look
from zoo_figures.pose import ANKLE, FOREARM, FRAME, SHIN, THIGH, UPPER_ARM

LABEL = {name: index for index, name in enumerate(vocabulary("cihp20").labels)}
Number = float | Tensor
Vector = tuple[Number, Number, Number]
_OPEN = (0.0, 0.0, 0.0, 1.0)  # a clip plane that keeps everything
HEAD_SCALE = (0.93, 1.0, 1.0)


@dataclass(frozen=True)
class Solids:
    """K solids of B people. Coordinates in metres, in the solid's frame divided by `scale`: its q space."""

    frame: Tensor  # (K,) int64
    a: Tensor  # (B,K,3)
    b: Tensor  # (B,K,3)
    radii: Tensor  # (B,K,2)
    scale: Tensor  # (B,K,3)
    clip: Tensor  # (B,K,4)
    label: Tensor  # (B,K) int64, of cihp20
    slot: Tensor  # (B,K) int64, of SLOTS
    wrap: Tensor  # (K,) bool: around the torso, not a limb
    lift: Tensor  # (B,K) height of the frame in the garment: patterns run on across joints


class _Table:
    def __init__(self, size: int, device: torch.device) -> None:
        self.size, self.device = size, device
        self.frames: list[int] = []
        self.rows: list[tuple[Number, ...]] = []

    def add(
        self, frame: str, a: Vector, b: Vector, ra: Number, rb: Number, label: Number, slot: Number, *,
        scale: Vector = (1.0, 1.0, 1.0), clip: tuple[Number, ...] = _OPEN, lift: Number = 0.0, when: Tensor | None = None,
    ) -> None:  # fmt: skip
        """One rounded cone from `a` to `b` of radii `ra`, `rb` (at x scale); it keeps what clip[:3] . local <= clip[3]."""
        if when is not None:
            ra, rb = ra * when, rb * when
        self.frames.append(FRAME[frame])
        self.rows.append((*a, *b, ra, rb, *scale, *clip, label, slot, lift))

    def solids(self) -> Solids:
        plain = [[0.0 if isinstance(v, Tensor) else float(v) for v in row] for row in self.rows]
        table = torch.tensor(plain, dtype=torch.float64, device=self.device).repeat(self.size, 1, 1)
        for k, row in enumerate(self.rows):
            for c, value in enumerate(row):
                if isinstance(value, Tensor):
                    table[:, k, c] = value.to(table.dtype)
        a, b, radii, scale, normal, rest = table.split((3, 3, 2, 3, 3, 4), -1)
        clip = torch.cat((normal * scale, rest[..., :1]), -1)
        frame = torch.tensor(self.frames, device=self.device)
        torso = torch.tensor([FRAME[name] for name in ("pelvis", "chest", "skirt")], device=self.device)
        label, slot = rest[..., 1].long(), rest[..., 2].long()
        return Solids(frame, a / scale, b / scale, radii, scale, clip, label, slot, torch.isin(frame, torso), rest[..., 3])


def dress(look: Look) -> Solids:
    """The body and the clothes of each look."""
    table = _Table(len(look.height), look.height.device)
    _torso(table, look)
    _head(table, look)
    _hair(table, look)
    for side, sign in (("r", -1.0), ("l", 1.0)):
        _arm(table, look, side)
        _leg(table, look, side)
        _coat(table, look, sign)
    _skirt(table, look)
    return table.solids()


def _torso(table: _Table, look: Look) -> None:
    g, dressed = look.girth, look.bottom == 3
    upper = torch.where(dressed, LABEL["dress"], LABEL["upper"])
    waist, chest, deep = look.waist, look.shoulder * 0.86, (1.0, 1.0, 0.68)
    table.add("chest", (0, -0.02, 0), (0, 0.2, 0.0), waist, chest, upper, SLOT["upper"], scale=deep)
    for sign in (-1.0, 1.0):
        tip: Vector = (sign * look.shoulder * 0.95, 0.322, 0)
        table.add("chest", (sign * 0.045, 0.305, 0), tip, 0.077 * g, 0.05 * g, upper, SLOT["upper"])
    table.add("chest", (-0.055, 0.2, 0.035), (0.055, 0.2, 0.035), look.bust, look.bust, upper, SLOT["upper"])
    lower = torch.where(look.skirted, LABEL["skirt"], LABEL["pants"])
    lower, slot = torch.where(dressed, upper, lower), torch.where(dressed, SLOT["upper"], SLOT["lower"])
    hips: tuple[Vector, Vector] = ((0, -0.03, -0.01), (0, 0.13, 0))
    table.add("pelvis", *hips, look.hip, waist, lower, slot, scale=(1, 1, 0.78), lift=-0.13)
    table.add(
        "pelvis", *hips, look.hip + 0.009, waist + 0.009, upper, SLOT["upper"],
        scale=(1, 1, 0.78), clip=(0, -1, 0, -look.top_hem), lift=-0.13, when=~dressed,
    )  # fmt: skip
    neck = 0.052 * g.clamp(max=1.1)
    table.add("chest", (0, 0.32, -0.01), (0, 0.46, 0.015), neck, neck * 0.94, LABEL["torso_skin"], SLOT["skin"])
    table.add(
        "chest", (0, 0.355, 0.045), (0, 0.36 - look.neckline, 0.07 + 0.3 * look.neckline), 0.045, 0.03, LABEL["torso_skin"],
        SLOT["skin"], when=look.neckline > 0,
    )  # fmt: skip


def _head(table: _Table, look: Look) -> None:
    face, skin = LABEL["face"], SLOT["skin"]
    table.add("head", (0, 0.045, 0.028), (0, 0.125, 0.0), 0.064, 0.105, face, SLOT["face"], scale=HEAD_SCALE)
    table.add("head", (0, 0.1, 0.1), (0, 0.082, 0.108), 0.009, 0.016, face, skin)
    for sign in (-1.0, 1.0):
        table.add(
            "head", (sign * 0.097, 0.085, -0.005), (sign * 0.103, 0.12, -0.012), 0.016, 0.022, face, skin, scale=(0.6, 1, 1)
        )


def _hair(table: _Table, look: Look) -> None:
    style, length = look.hair, look.hair_length
    long = (style == 3) | (style == 4)
    gathered = (style == 5) | (style == 6)
    paint = (LABEL["hair"], SLOT["hair"])
    volume = 0.006 + 0.009 * (style == 1) + 0.013 * (style == 2) + 0.012 * long + 0.006 * gathered + 0.055 * (style == 7)
    hairline = -0.074 + 0.012 * long + 0.01 * (style == 7) - 0.016 * (style == 0)
    crown: tuple[Vector, Vector] = ((0, 0.118, -0.014), (0, 0.136, -0.01))
    table.add("head", *crown, 0.105 + volume, 0.105 + volume, *paint, scale=HEAD_SCALE, clip=(0, -0.78, 0.62, hairline))
    table.add("head", (-0.035, 0.215, 0.055), (0.045, 0.225, 0.05), 0.04, 0.05, *paint, when=style == 2)
    table.add("head", (-0.05, 0.205, 0.058), (0.05, 0.2, 0.06), 0.045, 0.042, *paint, clip=(0, -1, 0, -0.165), when=look.fringe)
    table.add(
        "head", (0, 0.12, -0.03), (0, 0.15 - length, -0.045), 0.112, 0.085, *paint,
        scale=(1, 1, 0.85), clip=(0, -0.15, 1, -0.018), when=long,
    )  # fmt: skip
    for sign in (-1.0, 1.0):
        table.add("head", (sign * 0.088, 0.15, 0.01), (sign * 0.1, 0.15 - length, 0.02), 0.034, 0.026, *paint, when=long)
    table.add("head", (0, 0.225, -0.085), (0, 0.235, -0.095), 0.052, 0.052, *paint, when=style == 5)
    table.add("head", (0, 0.19, -0.12), (0, -0.1, -0.15), 0.045, 0.022, *paint, when=style == 6)


def _arm(table: _Table, look: Look, side: str) -> None:
    g, skin = look.girth, (LABEL[f"{side}_arm"], SLOT["skin"])
    coated, dressed = look.coat >= 0, look.bottom == 3
    label = torch.where(coated, LABEL["coat"], torch.where(dressed, LABEL["dress"], LABEL["upper"]))
    slot = torch.where(coated, SLOT["coat"], SLOT["upper"])
    ease = 0.009 + 0.008 * coated
    top: Vector = (0, 0, 0)
    table.add(f"{side}_upper_arm", top, (0, -UPPER_ARM, 0), 0.047 * g, 0.037 * g, *skin)
    table.add(f"{side}_forearm", top, (0, -FOREARM, 0), 0.037 * g, 0.026, *skin)
    table.add(
        f"{side}_forearm", (0, -FOREARM - 0.03, 0.004), (0, -FOREARM - 0.1, 0.012), 0.036, 0.026, *skin, scale=(0.75, 1, 1)
    )
    table.add(
        f"{side}_upper_arm", top, (0, -UPPER_ARM, 0), 0.05 * g + ease, 0.038 * g + ease, label, slot,
        clip=(0, -1, 0, look.sleeve), lift=0.3, when=look.sleeve > 0.06,
    )  # fmt: skip
    table.add(
        f"{side}_forearm", top, (0, -FOREARM, 0), 0.038 * g + ease, 0.03 + ease, label, slot,
        clip=(0, -1, 0, look.sleeve - UPPER_ARM), lift=0.015, when=look.sleeve > UPPER_ARM,
    )  # fmt: skip


def _leg(table: _Table, look: Look, side: str) -> None:
    g, skin = look.girth, (LABEL[f"{side}_leg"], SLOT["skin"])
    thigh, knee, ankle = look.hip * torch.where(look.skirted, 0.44, 0.55), 0.056 * g, 0.038 * g.clamp(max=1.1)
    top: Vector = (0, 0, 0)
    table.add(f"{side}_thigh", top, (0, -THIGH, 0), thigh, knee, *skin)
    table.add(f"{side}_shin", top, (0, -SHIN, 0), knee, ankle, *skin)
    pants, clothed = (LABEL["pants"], SLOT["lower"]), ~look.skirted
    hem = torch.where(look.bottom == 1, knee + 0.02, knee * (0.5 + 0.5 * look.flare) + 0.008)
    table.add(
        f"{side}_thigh", top, (0, -THIGH, 0), thigh + 0.008, hem, *pants, clip=(0, -1, 0, look.leg), lift=-0.16, when=clothed
    )
    table.add(
        f"{side}_shin", top, (0, -SHIN, 0), hem, ankle * look.flare + 0.012, *pants,
        clip=(0, -1, 0, look.leg - THIGH), lift=-0.59, when=clothed & (look.leg > THIGH),
    )  # fmt: skip
    sock, slot = (
        torch.where(look.boot, LABEL[f"{side}_shoe"], LABEL["socks"]),
        torch.where(look.boot, SLOT["shoes"], SLOT["socks"]),
    )
    ease = 0.004 + 0.008 * look.boot
    table.add(
        f"{side}_shin", top, (0, -SHIN, 0), knee + ease, ankle + ease, sock, slot, clip=(0, 1, 0, look.sock - SHIN),
        when=look.sock > 0.03,
    )  # fmt: skip
    sole = 0.042 - ANKLE
    table.add(
        f"{side}_foot", (0, sole, -0.025), (0, sole - 0.006, 0.125), 0.044, 0.038, LABEL[f"{side}_shoe"], SLOT["shoes"],
        scale=(1.0, 0.95, 1),
    )  # fmt: skip


def _skirt(table: _Table, look: Look) -> None:
    dressed = look.bottom == 3
    label, slot = torch.where(dressed, LABEL["dress"], LABEL["skirt"]), torch.where(dressed, SLOT["upper"], SLOT["lower"])
    table.add(
        "skirt", (0, -0.02, 0), (0, -look.skirt, 0), look.hip + 0.012, look.hem, label, slot,
        scale=(1, 1, 0.82), clip=(0, -1, 0, look.skirt), lift=-0.13, when=look.skirted,
    )  # fmt: skip


def _coat(table: _Table, look: Look, sign: float) -> None:
    """One half of an open coat: the clip plane runs down beside the buttons."""
    worn, paint = look.coat >= 0, (LABEL["coat"], SLOT["coat"])
    front = (-sign, 0, 0.55, 0.016)
    g = look.girth
    table.add(
        "chest", (0, -0.02, 0), (0, 0.215, 0), look.waist + 0.018, look.shoulder * 0.86 + 0.018, *paint, scale=(1, 1, 0.72),
        clip=front, when=worn,
    )  # fmt: skip
    table.add(
        "chest", (sign * 0.055, 0.315, 0), (sign * look.shoulder, 0.325, 0), 0.086 * g, 0.068 * g, *paint, when=worn,
        clip=(-sign, 0, 0.3, 0),
    )  # fmt: skip
    table.add(
        "skirt", (0, 0.12, 0), (0, -look.coat, 0), look.waist + 0.03, look.hip + 0.045 + 0.1 * look.coat.clamp(min=0), *paint,
        scale=(1, 0.3, 0.85), clip=front, lift=-0.13, when=worn,
    )  # fmt: skip
