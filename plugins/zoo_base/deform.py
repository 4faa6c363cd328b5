"""Deformable skips: a style map warped by the affine motion of ten rigid body parts (Def-GAN, Siarohin et al. 2018; SPT)."""

from dataclasses import dataclass, replace
from functools import reduce
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, MergingOperator
from zoo.ops.fit import scale_affines
from zoo.ops.rigid import HeadFit, Parts, beyond, body_parts, part_affines, part_masks, scale_parts
from zoo.ops.warp import pixel_grid, sample
from zoo.types import Bundle, FeatureSpec, Fields, Merged, Person, PhotoChannels, Style
from zoo_base.merges import finest_levels, pose_encoders
from zoo_base.networks import kaiming_init

Aggregation = Literal["max", "avg"]
Face = Literal["shared", "own"]


@dataclass(frozen=True, kw_only=True)
class PartLayers(Bundle):
    """Where every pixel of the target reads the source, one layer for each part that covers it, the part drawn last first.

    Few parts overlap, so the K layers (2 to 5, rarely more) replace one warp for each of the P parts, and nothing is lost.
    """

    parts: int  # P
    numbers: Tensor  # (B,K,h,w) int64: 1 + the part, 0 where fewer parts cover the pixel
    coordinates: Tensor  # (B,K,2,h,w) pixels of the source, beyond its edges where the number is 0

    def flow(self) -> tuple[Tensor, Tensor]:
        """Backward flow (B,1,2,h,w) of the part drawn last, and its visibility (B,1,1,h,w): whether it reads the image.

        Where no part is, the flow is 0. The visibility knows nothing of parts that hide one another in the source.
        """
        size = self.numbers.shape[-2:]
        top, read = self.numbers[:, :1, None] > 0, self.coordinates[:, :1]
        edge = read.new_tensor([size[1] - 0.5, size[0] - 0.5])[:, None, None]
        seen = ((read > -0.5) & (read < edge)).all(2, keepdim=True)
        return (read - pixel_grid((size[0], size[1]), read)).masked_fill(~top, 0), (top & seen).to(read.dtype)

    def repeated(self) -> "PartLayers":
        """The same, but what a part reads beyond the source's edges it reads at the edge."""
        size = self.numbers.shape[-2:]
        edge = self.coordinates.new_tensor([size[1] - 1, size[0] - 1])[:, None, None]
        kept = self.coordinates.clamp(min=torch.zeros_like(edge), max=edge)
        return self.but(coordinates=torch.where(self.numbers[:, :, None] > 0, kept, self.coordinates))


@dataclass(frozen=True, kw_only=True)
class RigidMotion(Bundle):
    """From the target's parts to the source's, in images of `size`. For the way back, ask `rigid_motion` with roles swapped."""

    size: tuple[int, int]
    affines: Tensor  # (B,10,2,3) target pixel -> source pixel
    present: Tensor  # (B,10) bool
    parts: Parts  # of the target

    def at(self, size: tuple[int, int], *, whole_torso: bool = True) -> PartLayers:
        """The same motion for feature maps of `size`. The torso's part covers all of it, or with `whole_torso` off its quad."""
        masks = part_masks(scale_parts(self.parts, self.size, size), size, whole_torso=whole_torso)
        masks = masks * self.present[..., None, None]
        return part_layers(scale_affines(self.affines, self.size, size), masks)


def rigid_motion(source: Person, target: Person, *, head: HeadFit = "affine", face: Face = "shared") -> RigidMotion:
    """The motion of the ten parts between two people in images of one size; from their joints alone. `head`: `part_affines`.

    The head's square lies round what both show of the `face`, or round all of the target's "own" (Def-GAN); an upright head has
    the latter.
    """
    affines, present = part_affines(source.joints, source.visible, target.joints, target.visible, target.size, head=head)
    partner = (source.joints, source.visible) if (head, face) == ("affine", "shared") else None
    parts = body_parts(target.joints, target.visible, target.size, partner=partner)
    return RigidMotion(size=target.size, affines=affines, present=present, parts=parts)


def part_layers(affines: Tensor, masks: Tensor) -> PartLayers:
    """`affines` (B,P,2,3), target pixel -> source pixel, of the parts with binary `masks` (B,P,h,w), in the order drawn."""
    size, count = (masks.shape[2], masks.shape[3]), masks.shape[1]
    numbered = masks.bool() * torch.arange(1, count + 1, device=masks.device)[:, None, None]
    # while torch compiles or exports shapes cannot hang on values: a layer for each part then
    overlaps = count if torch.compiler.is_compiling() else max(int((numbered > 0).sum(1).max()), 1)
    numbers = numbered.sort(1, descending=True).values[:, :overlaps]
    nowhere = beyond(affines, size).expand(len(affines), 1, 2, 3)
    return PartLayers(
        parts=count, numbers=numbers, coordinates=_coordinates(torch.cat([nowhere, affines], 1), numbers)
    )  # fmt: skip


def _coordinates(affines: Tensor, chosen: Tensor) -> Tensor:
    """Every pixel under the affine chosen for it: (B,P,2,3), (B,K,h,w) -> (B,K,2,h,w)."""
    matrices = affines.flatten(2).mT.gather(2, chosen.flatten(1)[:, None].expand(-1, 6, -1))
    by_x, by_y, offset = matrices.unflatten(2, chosen.shape[1:]).unflatten(1, (2, 3)).unbind(2)
    x, y = pixel_grid((chosen.shape[2], chosen.shape[3]), affines)
    return (by_x * x + by_y * y + offset).transpose(1, 2)


def deform(features: Tensor, layers: PartLayers, aggregation: Aggregation = "max") -> Tensor:
    """max_j m_j bilinear(F, T_j) of `features` (B,C,h,w) over all parts j, or the mean over the parts that cover a pixel.

    The masks multiply before the maximum, so wherever any part's mask is 0 the maximum is at least 0: an implicit ReLU
    (Def-GAN). The mean is 0 where no part is. Beyond the source's edges features are 0. Memory: one warp at a time.
    """
    reads = (sample(features, where) for where in layers.coordinates.unbind(1))
    if aggregation == "avg":
        return sum(reads, torch.zeros_like(features)) / (layers.numbers > 0).sum(1, keepdim=True).clamp_min(1)
    best = reduce(torch.maximum, reads)
    covered_by_all_somewhere = layers.numbers.shape[1] == layers.parts
    return best if covered_by_all_somewhere else best.clamp_min(0)  # a layer that lacks a part has read the 0 already


def kept_photo(spec: FeatureSpec) -> PhotoChannels | None:
    """The photo that `deform` leaves whole: one without negative values."""
    return spec.photo if spec.photo is not None and spec.photo.lowest >= 0 else None


class Deform(MergingOperator):
    """conv1(cat(F', pose)), F' the style warped by ten rigid parts, at each of the `levels` finest levels (Def-GAN, SPT).

    The motion is a function of the joints of both poses; nothing of it is learned. `aggregation` is over the parts that cover
    a pixel; the torso's part covers all. Without `mix`, F' is handed on as it is: negative features are lost, see `deform`.
    """

    def __init__(
        self,
        context: Context,
        *,
        levels: Annotated[int, Option("how many of the finest levels are warped", "ours")] = 1,
        aggregation: Annotated[Aggregation, Option("how the parts that cover a pixel become one value", "paper")] = "max",
        mix: Annotated[bool, Option("join the warped style with the pose; off hands it on as it is", "ours")] = True,
        width: Annotated[int, Option("channels of the pose encoder's first convolution", "ours")] = 32,
    ) -> None:
        super().__init__()
        self.spec = finest_levels(context.upstream, levels, "base.deform")
        self.aggregation, self.mix = aggregation, mix
        if not mix:
            self.spec = replace(self.spec, photo=kept_photo(context.upstream))
        else:
            self.poses = pose_encoders(self.spec, context.pose_channels, width)
            self.fuse = nn.ModuleList(nn.Conv2d(2 * c, c, 1) for c in self.spec.channels)
            kaiming_init(self.fuse)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        motion = rigid_motion(source, target)
        maps = style.pyramid[: len(self.spec.strides)]
        layers = [motion.at((f.shape[2], f.shape[3])) for f in maps]
        moved = [deform(f, where, self.aggregation) for f, where in zip(maps, layers, strict=True)]
        if self.mix:
            parts = zip(moved, self.poses, self.fuse, strict=True)
            moved = [fuse(torch.cat([f, pose(target.pose)], 1)) for f, pose, fuse in parts]
        flow, visibility = zip(*(where.flow() for where in layers), strict=True)
        return Merged(pyramid=tuple(moved), codes=style.codes, fields=Fields(flow=flow, visibility=visibility))
