"""Poses: joint angles drawn around natural stances, and forward kinematics."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoo_figures.chance import Dice
from zoo_figures.look import Look

FRAMES = ("pelvis", "chest", "head", "r_upper_arm", "l_upper_arm", "r_forearm", "l_forearm", "r_thigh", "l_thigh",
          "r_shin", "l_shin", "r_foot", "l_foot", "skirt")  # fmt: skip
FRAME = {name: index for index, name in enumerate(FRAMES)}
WAIST, NECK, HIP_DROP = 0.13, 0.34, 0.03  # metres, of a person of 1.75 m
UPPER_ARM, FOREARM, THIGH, SHIN, ANKLE = 0.285, 0.255, 0.43, 0.41, 0.08

# Degrees. Spine pitch, twist, roll; head pitch, yaw, roll; arms (right, then left): forward, sideways, inward twist, elbow;
# legs (right, then left): forward, sideways, knee. Each stance is drawn mirrored half of the time.
_STANCES = torch.tensor(
    (
        (0, 0, 0, 0, 0, 0, 4, 9, 10, 12, 4, 9, 10, 12, 0, 4, 2, 0, 4, 2),  # at ease
        (2, 4, 3, 3, 10, 4, 2, 12, 15, 18, -4, 9, 5, 8, 2, 9, 3, 8, 3, 16),  # weight on one leg
        (3, 10, 0, 2, 0, 0, 28, 8, 5, 28, -24, 9, 5, 14, -20, 2, 14, 25, 2, 8),  # walk
        (5, 14, 0, 4, -5, 0, -34, 12, 5, 40, 42, 12, 10, 60, 34, 3, 30, -26, 3, 34),  # stride
        (0, 0, 0, 0, 0, 0, -18, 44, 62, 98, -18, 44, 62, 98, 0, 8, 2, 0, 8, 2),  # hands on hips
        (0, 0, 5, 0, 12, 5, -16, 42, 60, 95, 4, 11, 8, 14, 4, 10, 4, 0, 3, 2),  # one hand on a hip
        (0, 4, 3, -4, 10, 0, 10, 92, -80, 78, 2, 10, 10, 12, 0, 5, 2, 3, 4, 5),  # wave
        (0, 0, 0, -8, 0, 0, 15, 152, 0, 22, 15, 152, 0, 22, 0, 9, 2, 0, 9, 2),  # both arms up
        (0, 0, 4, -6, 8, 6, 20, 158, 0, 30, -8, 34, 30, 40, 0, 8, 2, 4, 4, 8),  # one arm up
        (0, 0, 0, 0, 0, 0, 0, 82, 0, 8, 0, 82, 0, 8, 0, 10, 2, 0, 10, 2),  # arms out
        (0, 0, 0, 0, 0, 0, 0, 46, 0, 10, 0, 46, 0, 10, 0, 6, 2, 0, 6, 2),  # arms half out
        (3, 0, 0, 6, 0, 0, 24, 8, 50, 102, 22, 8, 55, 96, 0, 5, 2, 2, 5, 4),  # arms folded
        (2, 6, 0, 12, -8, 3, 38, 10, 25, 122, 3, 9, 10, 14, 0, 4, 2, 6, 4, 10),  # phone
        (4, -12, 0, 0, 14, 0, 78, 10, 0, 14, -6, 12, 10, 18, -8, 4, 5, 14, 4, 10),  # reach
        (0, 0, 0, 4, 0, 0, -10, 24, 30, 46, -10, 24, 30, 46, 0, 6, 2, 0, 5, 3),  # hands in pockets
        (4, 0, -6, 0, -10, -4, 15, 60, -40, 95, -12, 36, 55, 88, 2, 16, 6, 12, 14, 26),  # dance
        (6, 0, 0, 0, 0, 0, 30, 22, 30, 60, 26, 22, 30, 60, 62, 8, 74, 4, 6, 6),  # knee up
    ),
    dtype=torch.float64,
)  # fmt: skip
_ODDS = (1.2, 1.4, 1.6, 0.9, 1.0, 1.2, 0.9, 0.3, 0.5, 0.5, 0.7, 0.9, 1.0, 0.8, 1.0, 0.7, 0.4)
_SPREAD = torch.tensor((3, 5, 3, 5, 14, 4) + (9, 6, 10, 10) * 2 + (5, 2.5, 4) * 2, dtype=torch.float64)
_MIRROR = torch.tensor((0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 6, 7, 8, 9, 17, 18, 19, 14, 15, 16))
_SIGN = torch.tensor((1, -1, -1, 1, -1, -1) + (1,) * 14, dtype=torch.float64)


@dataclass(frozen=True)
class View:
    """How B people stand and where the camera sees them."""

    angles: Tensor  # (B,20) radians, columns as in the table of stances
    yaw: Tensor  # (B,) radians; 0 faces the camera
    zoom: Tensor  # (B,) about 1
    shift: Tensor  # (B,2) fractions of the image
    half: Tensor  # (B,) in [0,1): a half-body crop below the data set's share of them


def draw_view(dice: Dice) -> View:
    """Draw one view per key."""
    device = dice.key.device
    stance = _STANCES.to(device)[dice.pick(_ODDS)] + _SPREAD.to(device) * dice.bell(len(_SPREAD))
    mirrored = stance[:, _MIRROR.to(device)] * _SIGN.to(device)
    degrees = torch.where(dice.chance(0.5)[:, None], mirrored, stance)
    knees = torch.tensor((9, 13, 16, 19), device=device)  # elbows and knees bend one way only
    degrees[:, knees] = degrees[:, knees].clamp(min=0)
    frontal = dice.chance(0.55)
    yaw = torch.where(frontal, dice.between(-60, 60), dice.between(-180, 180))
    zoom, shift = 1 + 0.025 * dice.bell(1)[:, 0], torch.stack((0.02 * dice.bell(1)[:, 0], 0.006 * dice.bell(1)[:, 0]), -1)
    return View(torch.deg2rad(degrees), torch.deg2rad(yaw), zoom, shift, dice.uniform(1)[:, 0])


def _rotation(axis: int, angle: Tensor) -> Tensor:
    """(...,3,3) about axis 0, 1 or 2."""
    c, s, one, zero = angle.cos(), angle.sin(), torch.ones_like(angle), torch.zeros_like(angle)
    rows = (
        (one, zero, zero, zero, c, -s, zero, s, c),
        (c, zero, s, zero, one, zero, -s, zero, c),
        (c, -s, zero, s, c, zero, zero, zero, one),
    )
    return torch.stack(rows[axis], -1).unflatten(-1, (3, 3))


def kinematics(look: Look, view: View) -> tuple[Tensor, Tensor]:
    """Rotations (B,14,3,3) and origins (B,14,3) of the frames, in metres: x image right, y up, z towards the camera.

    A frame's own axes are the person's left, up and front. Limb frames start at the upper joint and run down -y.
    """
    angles = view.angles
    pitch, twist, roll, nod, turn, tilt = angles[:, :6].unbind(-1)
    forward, side, inward, elbow = angles[:, 6:14].view(-1, 2, 4).unbind(-1)
    # A leg that would leave the skirt is held back.
    swing, spread, knee = (angles[:, 14:].view(-1, 2, 3) * look.stride[:, None, None]).unbind(-1)
    sign = torch.tensor((-1.0, 1.0), dtype=angles.dtype, device=angles.device)
    x, y, z = range(3)
    pelvis = _rotation(y, view.yaw)
    chest = pelvis @ _rotation(y, twist) @ _rotation(z, roll) @ _rotation(x, pitch)
    head = chest @ _rotation(y, turn) @ _rotation(z, tilt) @ _rotation(x, nod)
    upper = chest[:, None] @ _rotation(z, sign * side) @ _rotation(x, -forward) @ _rotation(y, -sign * inward)
    fore = upper @ _rotation(x, -elbow)
    thigh = pelvis[:, None] @ _rotation(z, sign * spread) @ _rotation(x, -swing) @ _rotation(y, 0.15 * sign.expand_as(swing))
    shin = thigh @ _rotation(x, knee)
    foot = shin @ _rotation(x, 0.85 * (swing - knee))
    skirt = pelvis @ _rotation(x, -0.5 * swing.sum(-1))

    root = torch.zeros_like(angles[:, :3])
    waist = root + WAIST * pelvis[..., 1]
    nape = waist + (NECK + 0.075) * chest[..., 1]
    shoulders = waist[:, None] + (NECK - 0.01) * chest[:, None, :, 1] + _sideways(sign, look.shoulder, chest)
    elbows = shoulders - UPPER_ARM * upper[..., 1]
    hips = root[:, None] - HIP_DROP * pelvis[:, None, :, 1] + _sideways(sign, 0.6 * look.hip, pelvis)
    knees = hips - THIGH * thigh[..., 1]
    ankles = knees - SHIN * shin[..., 1]
    rotations = torch.cat((torch.stack((pelvis, chest, head), 1), upper, fore, thigh, shin, foot, skirt[:, None]), 1)
    origins = torch.cat((torch.stack((root, waist, nape), 1), shoulders, elbows, hips, knees, ankles, root[:, None]), 1)
    return rotations, origins


def _sideways(sign: Tensor, width: Tensor, rotation: Tensor) -> Tensor:
    return sign[:, None] * width[:, None, None] * rotation[:, None, :, 0]
