"""Stick figures in labelled clothes, and an SPT model small enough to test."""

import math
from pathlib import Path

import torch
from torch import Tensor

import zoo_spt
from tests.support import make_person
from zoo.documents.names import FULL
from zoo.interfaces import Context
from zoo.model import Model, build_context, build_model
from zoo.ops.maps import limb_distance
from zoo.ops.regions import one_hot
from zoo.ops.rigid import body_parts, part_masks
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import load_track
from zoo.regions import vocabulary
from zoo.types import Pair, Person

RECIPE = Path(zoo_spt.__file__).parent / "recipes" / "spt.toml"
SPT10 = vocabulary("spt10")
SIZE = (64, 64)

# right and left: shoulder, elbow, wrist; hip, knee, ankle. Angles from hanging straight down, in degrees
TRUNK = {
    0: (32, 12), 1: (32, 18), 2: (26, 19), 5: (38, 19), 8: (28, 36), 11: (36, 36),
    14: (30, 10), 15: (34, 10), 16: (28, 11), 17: (36, 11),
}  # fmt: skip
LIMBS = ((2, 3, 4, 8.0), (5, 6, 7, 8.0), (8, 9, 10, 11.0), (11, 12, 13, 11.0))
STANDING = ((20, 10), (-20, -10), (5, 0), (-5, 0))
WAVING = ((130, 160), (-60, -20), (25, -15), (-20, 20))
LONG = ("pants", "upper")  # of the legs and arms below knee and elbow
SHORT = ("leg", "arm")


def joints_of(angles: tuple[tuple[float, float], ...], turn: float = 0.0, zoom: float = 1.0) -> Tensor:
    """(18,2) of a figure whose upper and lower limbs hang at `angles`, turned and zoomed about the middle."""
    joints = torch.zeros(18, 2)
    for joint, point in TRUNK.items():
        joints[joint] = torch.tensor(point, dtype=torch.float)
    for (a, b, c, length), (upper, lower) in zip(LIMBS, angles, strict=True):
        for start, end, angle in ((a, b, upper), (b, c, lower)):
            swing = math.radians(angle)
            joints[end] = joints[start] + length * torch.tensor([-math.sin(swing), math.cos(swing)])
    t = math.radians(turn)
    rotation = torch.tensor([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]])
    return (joints - 31.5) @ rotation.T * zoom + 31.5


def figure(
    angles: tuple[tuple[float, float], ...] = STANDING,
    clothes: tuple[str, str] = LONG,
    *,
    turn: float = 0.0,
    zoom: float = 1.0,
    missing: tuple[int, ...] = (),
    moved: Tensor | None = None,
) -> Person:
    """One person with an image of their labels; `missing` joints are not visible, `moved` is added to the joints."""
    joints = joints_of(angles, turn, zoom)[None]
    joints = joints if moved is None else joints + moved
    visible = torch.ones(1, 18, dtype=torch.bool)
    parts = body_parts(joints, visible, SIZE)
    torso, head = part_masks(parts, SIZE, whole_torso=False)[0, :2].bool()
    radius = float(0.13 * parts.stature)
    limbs = limb_distance(joints, visible, SIZE, -1.0)[0] >= math.exp(-radius)  # 12 limbs in the order of BODY_LIMBS
    labels = torch.zeros(SIZE, dtype=torch.long)
    below_knee, below_elbow = clothes
    for limb, side in ((2, "r"), (4, "l")):
        paint(labels, limbs[limb], "upper")
        paint(labels, limbs[limb + 1], "upper" if below_elbow == "upper" else f"{side}_arm")
    for limb, side in ((7, "r"), (10, "l")):
        paint(labels, limbs[limb], "skirt" if below_knee == "leg" else "pants")
        paint(labels, limbs[limb + 1], "pants" if below_knee == "pants" else f"{side}_leg")
    paint(labels, torso, "upper")
    paint(labels, head, "face")
    visible[:, list(missing)] = False
    parsing = one_hot(labels[None], len(SPT10))
    return Person(size=SIZE, joints=joints, visible=visible, parsing=parsing, image=parsing[:, 1:4] * 2 - 1)


def paint(labels: Tensor, where: Tensor, label: str) -> None:
    labels[where] = SPT10.index(label)


def together(people: list[Person]) -> Person:
    """Several figures as a batch."""
    first = people[0]
    return first.but(**{n: torch.cat([getattr(p, n) for p in people]) for n in ("joints", "visible", "parsing", "image")})


def recipe(scale: str = "small", variant: str = FULL, *changes: str) -> Recipe:
    return load_recipe(RECIPE, size=scale, variant=variant, changes=changes)


def context(size: tuple[int, int] = (32, 16)) -> Context:
    """Of the Figures track, with its frozen nets, at another size."""
    track = load_track(catalog().tracks["figures-64"]).model_copy(update={"size": size})
    return build_context(recipe(), track, catalog())


def model(size: tuple[int, int] = (32, 16), chosen: Recipe | None = None) -> Model:
    chosen = chosen or recipe()
    return build_model(chosen, Context(size=size, regions=SPT10), "spt10", catalog())


def unpaired(size: tuple[int, int] = (32, 16), batch: int = 2) -> Pair:
    """Random people; of the target only joints, and a parsing as pseudo pairs have it."""
    source, target = (make_person(size, batch, regions=10, seed=seed) for seed in (0, 1))
    source, target = (p.but(visible=torch.ones_like(p.visible)) for p in (source, target))
    return Pair(source=source, target=target.but(image=None))
