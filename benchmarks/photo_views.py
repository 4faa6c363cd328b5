"""Views of the photographs: moved, lit, cut and pasted, all on the device and a batch at a time."""

import random
from dataclasses import dataclass

import torch
from photo_shelf import SIZE, SURE, UNKNOWN, UNSURE, Shelf
from torch import Tensor
from torch.nn import functional as F

from zoo.regions import vocabulary
from zoo.skeleton import JOINT_FLIP
from zoo.types import Bundle

HALVES = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 14, 15, 16, 17),
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17),
    (1, 2, 5, 8, 11),
    (8, 9, 10, 11, 12, 13),
    (0, 1, 2, 5, 14, 15, 16, 17),
)


@dataclass(frozen=True, kw_only=True)
class View(Bundle):
    """B views and what is to be read off them."""

    photo: Tensor  # (B) int64, which photo
    image: Tensor  # (B,3,H,W) in [0,1]
    inside: Tensor  # (B,1,H,W) 1 where the photo is, 0 where its edge is repeated
    labels: Tensor  # (B,H,W) int64, UNKNOWN where nobody knows
    figure: Tensor  # (B,1,H,W) in [0,1]: 1 on the person, of photos with a map; 0 elsewhere
    joints: Tensor  # (B,18,2) pixels
    shown: Tensor  # (B,18) 1 there, 0 absent or outside
    known: Tensor  # (B,18) 1 where `shown` can be trusted


class Chance:
    """Draws on a device, from a seed."""

    def __init__(self, device: str, seed: int) -> None:
        self.generator = torch.Generator(device).manual_seed(seed)
        self.choice = random.Random(seed).choice  # one for all of a batch, so that nobody waits for the device
        self.device = device

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, device=self.device, generator=self.generator)

    def coin(self, heads: float, *shape: int) -> Tensor:
        return torch.rand(shape, device=self.device, generator=self.generator) < heads

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, device=self.device, generator=self.generator)

    def pick(self, choices: Tensor, count: int) -> Tensor:
        return choices[torch.randint(len(choices), (count,), device=self.device, generator=self.generator)]


# ---------------------------------------------------------------- where the view looks
def placement(centre: Tensor, scale: Tensor, angle: Tensor, flip: Tensor, to: Tensor) -> Tensor:
    """(B,3,3) from pixels of the photo to pixels of the view: `centre` goes to `to`, after scale, turn (radians) and mirror."""
    cos, sin = angle.cos() * scale, angle.sin() * scale
    mirror = torch.where(flip, -1.0, 1.0)
    turn = torch.stack((torch.stack((cos * mirror, -sin), -1), torch.stack((sin * mirror, cos), -1)), 1)
    shift = to - (turn @ centre[..., None])[..., 0]
    place = torch.eye(3, device=centre.device).repeat(len(centre), 1, 1)
    place[:, :2, :2], place[:, :2, 2] = turn, shift
    return place


def people_boxes(joints: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
    """Middle (B,2) and longer side (B) of the box of the joints that are shown; of a photo's middle when none is."""
    mask = shown.bool()[..., None]
    low, high = joints.where(mask, torch.inf).amin(1), joints.where(mask, -torch.inf).amax(1)
    some = shown.bool().any(1, keepdim=True)
    middle = torch.where(some, (low + high) / 2, joints.new_tensor([SIZE[1] / 2, SIZE[0] / 2]))
    return middle, torch.where(some[:, 0], (high - low).amax(1), float(SIZE[0])).clamp(min=12)


def see(shelf: Shelf, photo: Tensor, place: Tensor, size: tuple[int, int], flip: Tensor) -> View:
    """The photos through `place` at `size` (H,W); outside the photo its edge is repeated; without a map all is UNKNOWN."""
    grid = _grid(place, size)
    image = F.grid_sample(shelf.images[photo].float() / 255, grid, "bilinear", "border", align_corners=False)
    inside = (grid.abs() <= 1).all(-1)
    labels = shelf.labels[photo][:, None]
    mapped = (labels[:, :, :1, :1] != UNKNOWN).float()
    figure = F.grid_sample((labels > 0).float() * mapped, grid, "bilinear", "zeros", align_corners=False)
    labels = F.grid_sample(labels.float(), grid, "nearest", "border", align_corners=False)[:, 0].long()
    labels = labels.where(inside, 0).where(mapped[:, 0].bool(), UNKNOWN)
    joints, shown, known = _skeleton(shelf, photo, place, size)
    order = torch.tensor(JOINT_FLIP, device=photo.device)
    turned = flip[:, None]
    return View(
        photo=photo, image=image, figure=figure, inside=inside[:, None].float(),
        labels=torch.where(flip[:, None, None], _mirrored(labels), labels),
        joints=torch.where(turned[..., None], joints[:, order], joints),
        shown=torch.where(turned, shown[:, order], shown), known=torch.where(turned, known[:, order], known),
    )  # fmt: skip


def _skeleton(shelf: Shelf, photo: Tensor, place: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    joints, confidence = shelf.joints[photo], shelf.confidence[photo]
    moved = joints @ place[:, :2, :2].mT + place[:, None, :2, 2]
    limits = moved.new_tensor([size[1], size[0]]) - 0.5
    inside = ((moved >= -0.5) & (moved <= limits)).all(-1)
    known = (confidence >= SURE) | (confidence < UNSURE) | ~inside
    return moved, ((confidence >= SURE) & inside).float(), known.float()


def _grid(place: Tensor, size: tuple[int, int]) -> Tensor:
    """(B,H,W,2) for grid_sample: where in the photo each pixel of the view lies."""
    back = torch.linalg.inv_ex(place).inverse
    y, x = torch.meshgrid(*(torch.arange(n, device=place.device, dtype=torch.float32) for n in size), indexing="ij")
    pixels = torch.stack((x, y, torch.ones_like(x)), -1).view(1, -1, 3) @ back[:, :2].mT
    unit = (pixels + 0.5) / pixels.new_tensor([SIZE[1], SIZE[0]]) * 2 - 1
    return unit.view(len(place), *size, 2)


def _mirrored(labels: Tensor) -> Tensor:
    table = torch.arange(256, device=labels.device)
    for a, b in vocabulary("cihp20").flip:
        table[a], table[b] = b, a
    return table[labels]


def close(
    shelf: Shelf, photo: Tensor, size: tuple[int, int], chance: Chance, *, halves: float, room: tuple[float, float]
) -> View:
    """One person fills the view, or (a share of `halves`) a part of one; `room` is the view's side in sides of the box."""
    count = len(photo)
    joints, shown = shelf.joints[photo], shelf.confidence[photo] >= SURE
    masks = torch.zeros(len(HALVES) + 1, 18, dtype=torch.bool, device=photo.device)
    masks[-1] = True
    for i, half in enumerate(HALVES):
        masks[i, list(half)] = True
    which = torch.where(
        chance.coin(halves, count), chance.pick(torch.arange(len(HALVES), device=photo.device), count), len(HALVES)
    )
    part = shown & masks[which]
    middle, side = people_boxes(joints, torch.where(part.sum(1, keepdim=True) >= 3, part, shown))
    scale = (
        min(size) / side / chance.uniform(*room, count) if size[0] == size[1] else size[0] / side / chance.uniform(*room, count)
    )
    angle = chance.normal(count) * 0.25 * chance.coin(0.6, count)
    flip = chance.coin(0.5, count)
    to = middle.new_tensor([size[1] / 2, size[0] / 2]) + chance.normal(count, 2) * 0.07 * min(size)
    return see(shelf, photo, placement(middle, scale, angle, flip, to), size, flip)


# ---------------------------------------------------------------- backgrounds
def plates(shelf: Shelf, photos: Tensor) -> Tensor:
    """(N,3,256,176) uint8: photos with a map, the person painted over from around (push-pull)."""
    return torch.cat([_plate(shelf, part) for part in photos.split(64)])


def _plate(shelf: Shelf, photo: Tensor) -> Tensor:
    image = shelf.images[photo].float()
    person = F.max_pool2d((shelf.labels[photo] > 0).float()[:, None], 9, 1, 4)
    weight, filled = 1 - person, image * (1 - person)
    stack = [(filled, weight)]
    while min(stack[-1][1].shape[-2:]) > 4:
        stack.append(tuple(F.avg_pool2d(x, 2, ceil_mode=True) for x in stack[-1]))  # type: ignore[arg-type]
    colour = stack[-1][0] / stack[-1][1].clamp(min=1e-3)
    for paint, share in reversed(stack[:-1]):
        below = F.interpolate(colour, paint.shape[-2:], mode="bilinear")
        colour = paint + below * (1 - share)  # both are premultiplied by the share
    return (image * (1 - person) + colour * person).round().clamp(0, 255).byte()


def backgrounds(plate: Tensor, count: int, size: tuple[int, int], chance: Chance) -> Tensor:
    """(B,3,H,W) in [0,1]: a third plain or shaded colours, most of them light; else pieces of `plate`s at any scale."""
    light = torch.where(
        chance.coin(0.7, count, 1, 1, 1), chance.uniform(0.75, 1, count, 1, 1, 1), chance.uniform(0, 1, count, 1, 1, 1)
    )
    tint = light + 0.06 * chance.normal(count, 3, 1, 1)
    ramp = torch.linspace(-1, 1, size[0], device=plate.device)[:, None] * chance.uniform(-0.15, 0.15, count, 1, 1, 1)
    scale = torch.exp(chance.uniform(-0.3, 1.3, count)) * size[0] / SIZE[0]
    middle = torch.stack((chance.uniform(0.1, 0.9, count) * SIZE[1], chance.uniform(0.2, 0.8, count) * SIZE[0]), 1)
    to = middle.new_tensor([size[1] / 2, size[0] / 2]).expand(count, 2)
    place = placement(middle, scale, torch.zeros_like(scale), chance.coin(0.5, count), to)
    picked = chance.pick(torch.arange(len(plate), device=plate.device), count)
    street = F.grid_sample(plate[picked].float() / 255, _grid(place, size), "bilinear", "reflection", align_corners=False)
    return torch.where(chance.coin(0.4, count, 1, 1, 1), (tint + ramp).expand(count, 3, *size), street).clamp(0, 1)


def elsewhere(view: View, plate: Tensor, chance: Chance, share: float) -> View:
    """A `share` of the people who can be cut out stand before another background."""
    count, size = len(view.photo), (view.image.shape[-2], view.image.shape[-1])
    cut = chance.coin(share, count) & (view.figure.flatten(1).amax(1) > 0.5)
    other = backgrounds(plate, count, size, chance)
    alpha = ((view.figure - 0.3) / 0.5).clamp(0, 1)
    return view.but(image=torch.where(cut[:, None, None, None], torch.lerp(other, view.image, alpha), view.image))


# ---------------------------------------------------------------- several people
@dataclass(frozen=True, kw_only=True)
class Scene(Bundle):
    """B pictures of up to K people each."""

    image: Tensor  # (B,3,H,W) in [0,1]
    joints: Tensor  # (B,K,18,2)
    shown: Tensor  # (B,K,18)
    known: Tensor  # (B,K,18)
    there: Tensor  # (B,K) 1 where a person can be seen


def stacked(canvas: Tensor, layers: list[tuple[View, Tensor]]) -> Scene:
    """Views laid over a canvas, the later ones on top, each where its alpha (B,1,H,W) is."""
    hidden: list[Tensor] = []
    for view, alpha in layers:
        canvas = torch.lerp(canvas, view.image, alpha)
        hidden = [torch.maximum(h, _covered(layers[i][0], alpha)) for i, h in enumerate(hidden)] + [alpha.new_zeros(len(alpha))]
    views = [view for view, _ in layers]
    joints, shown, known = (torch.stack([getattr(view, name) for view in views], 1) for name in ("joints", "shown", "known"))
    present = torch.stack([alpha.flatten(1).amax(1) > 0 for _, alpha in layers], 1)
    there = present & (torch.stack(hidden, 1) < 0.5) & (shown.sum(-1) >= 3)
    return Scene(image=canvas, joints=joints, shown=shown, known=known, there=there.float())


def _covered(view: View, alpha: Tensor) -> Tensor:
    """(B) the share of a view's joints that lie under `alpha`."""
    height, width = alpha.shape[-2:]
    unit = (view.joints + 0.5) / view.joints.new_tensor([width, height]) * 2 - 1
    under = F.grid_sample(alpha, unit[:, :, None], align_corners=False)[:, 0, :, 0]
    return (under * view.shown).sum(1) / view.shown.sum(1).clamp(min=1)


def crowd(shelf: Shelf, photos: list[Tensor], plate: Tensor, size: int, chance: Chance) -> Scene:
    """People of 45 to 290 pixels anywhere before a background, cut out or with what is around them; the first always there."""
    canvas = backgrounds(plate, len(photos[0]), (size, size), chance)
    layers = [_someone(shelf, photo, size, chance, 1.0 if k == 0 else 0.35) for k, photo in enumerate(photos)]
    return stacked(canvas, layers)


def _someone(shelf: Shelf, photo: Tensor, size: int, chance: Chance, share: float) -> tuple[View, Tensor]:
    count = len(photo)
    middle, side = people_boxes(shelf.joints[photo], shelf.confidence[photo] >= SURE)
    scale = torch.exp(chance.uniform(3.8, 5.67, count)) / side
    angle, flip = 0.1 * chance.normal(count), chance.coin(0.5, count)
    place = placement(middle, scale, angle, flip, chance.uniform(0.12, 0.88, count, 2) * size)
    view = see(shelf, photo, place, (size, size), flip)
    return view, _outline(view, chance) * chance.coin(share, count, 1, 1, 1)


def _outline(view: View, chance: Chance) -> Tensor:
    """(B,1,H,W) the person cut out, or the photo as a whole where that cannot be or by chance."""
    cut = (view.figure.flatten(1).amax(1) > 0.5) & chance.coin(0.6, len(view.photo))
    return torch.where(cut[:, None, None, None], ((view.figure - 0.3) / 0.5).clamp(0, 1), view.inside)


def beside(view: View, other: View, chance: Chance, share: float) -> Scene:
    """A `share` of the views have somebody else, cut out, at their left or right edge."""
    width = view.image.shape[-1]
    count = len(view.photo)
    sign = torch.where(chance.coin(0.5, count), 1.0, -1.0)
    shift = (sign * chance.uniform(0.33, 0.6, count)).view(-1, 1, 1, 1)
    step = torch.zeros(count, 2, 3, device=view.image.device)
    step[:, 0, 0] = step[:, 1, 1] = 1
    step[:, 0, 2] = -2 * shift[:, 0, 0, 0]
    grid = F.affine_grid(step, list(view.image.shape), align_corners=False)
    image, figure = (F.grid_sample(x, grid, padding_mode="zeros", align_corners=False) for x in (other.image, other.figure))
    joints = other.joints + torch.stack((shift.flatten() * width, torch.zeros_like(shift.flatten())), -1)[:, None]
    shown = other.shown * ((joints[..., 0] >= 0) & (joints[..., 0] <= width - 1))
    moved = other.but(image=image, figure=figure, joints=joints, shown=shown)
    alpha = ((figure - 0.3) / 0.5).clamp(0, 1) * chance.coin(share, count, 1, 1, 1)
    return stacked(view.image, [(view, torch.ones_like(alpha)), (moved, alpha)])
