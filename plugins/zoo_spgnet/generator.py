"""SPGNet's generator, and the U-Nets it is measured against (SPGNet sec. 3.2, tab. 5-6; ablations of sec. 4.4)."""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.types import Merged, Person
from zoo_base.flownet import halvings
from zoo_base.networks import Norm
from zoo_base.painting import Painter
from zoo_spgnet.blocks import ResidualBlock, growth, widths
from zoo_spgnet.dual import DualPath, last_layer
from zoo_spgnet.layout import Layout
from zoo_spgnet.options import refuse_unread
from zoo_spgnet.poses import pose_channels, pose_maps
from zoo_spgnet.sean import SEAN, SPADE, ConditionalConv, RegionStyles

Scales = Annotated[int, Option("halvings of the pose, or as many as the image allows", "paper")]
Width = Annotated[int, Option("channels at the finest scale; as many more with each halving", "paper")]
Cap = Annotated[int, Option("most channels of a scale", "paper")]
NormOption = Annotated[Norm, Option("normalisation of the convolutions", "paper")]
Limbs = Annotated[bool, Option("read all pose maps, not only those of the 18 joints", "paper")]


class DualPathGenerator(Painter):
    """Pose and warped appearance meet in SPG blocks, normalised by the target's regions and their styles at every scale.

    c_l = min(`width` (l + 1), `cap`) channels at 1/2^l for `scales` halvings, or as many as the image allows. `condition`
    chooses the paper's SEAN, or SPADE or CC-FPSE's conditional convolutions in its place, all with convolutions of `kernel`
    and `hidden` channels. It acts in the SPG blocks, and `before` every doubling in size (DeepFashion) or after it, in place
    of the batch norm (Market-1501). `shared_styles` encodes the codes once for all layers, as the paper's text has it, instead
    of once per layer, as its code does. `spectral` normalises the convolutions of the SPG blocks. `limbs` reads all pose maps,
    not only those of the 18 joints. `noise`: as in SPADE.
    """

    def __init__(
        self,
        context: Context,
        *,
        scales: Scales = 7,
        width: Width = 32,
        cap: Cap = 128,
        norm: NormOption = "batch",
        condition: Annotated[
            Literal["sean", "spade", "cc"], Option("SEAN, or SPADE or CC-FPSE's convolutions in its place", "ablation")
        ] = "sean",
        kernel: Annotated[Literal[1, 3, 5, 7], Option("side of the conditioning convolutions", "paper")] = 5,
        hidden: Annotated[int, Option("channels between the regions and their scales and shifts", "paper")] = 64,
        before: Annotated[
            bool, Option("condition before each doubling in size, or after it in place of the norm", "paper")
        ] = True,
        shared_styles: Annotated[bool, Option("encode the style codes once for all layers", "paper")] = False,
        spectral: Annotated[bool, Option("spectral norm in the SPG blocks", "paper")] = True,
        limbs: Limbs = False,
        noise: Annotated[bool, Option("add noise before each norm, as SPADE's code does", "paper")] = False,
    ) -> None:
        super().__init__()
        upstream = context.upstream
        unread = {"shared_styles": shared_styles and condition != "sean", "noise": noise and condition == "cc"}
        refuse_unread(f"to condition {condition!r}", "generator spgnet.dual_path", **unread)

        sizes = {"kernel": kernel, "hidden": hidden}
        conditions: dict[str, Callable[[int], nn.Module]] = {
            "cc": lambda c: ConditionalConv(c, upstream.regions, **sizes),
            "spade": lambda c: SPADE(c, upstream.regions, noise=noise, **sizes),
            "sean": lambda c: SEAN(
                c, upstream.regions, upstream.code_width, noise=noise, own_styles=not shared_styles, **sizes
            ),
        }
        conditioned = conditions[condition]

        def grow(a: int, b: int) -> nn.Module:
            return Doubling(growth(a, b, norm if before else "none"), conditioned(a if before else b), before)

        def block(c: int) -> nn.Module:
            return SPGBlock(c, conditioned(2 * c), conditioned(2 * c), spectral)

        self.poses = pose_channels(context.pose_channels, limbs)
        self.styles = RegionStyles(upstream.regions, upstream.code_width) if shared_styles else nn.Identity()
        channels = widths(width, cap, halvings(context.size, scales))
        self.net = DualPath(self.poses, upstream, channels, norm, grow, block)
        self.width, self.paint = channels[0], last_layer(channels[0])

    def features(self, merged: Merged, target: Person) -> Tensor:
        layout = Layout(target_parsing(target), self.styles(merged.codes))
        return self.net(pose_maps(target, self.poses), merged.pyramid, layout)


class Doubling(nn.Module):
    """Twice the size, conditioned on the layout before or after."""

    def __init__(self, grow: nn.Module, condition: nn.Module, before: bool) -> None:
        super().__init__()
        self.grow, self.condition, self.before = grow, condition, before

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        return self.grow(self.condition(x, layout)) if self.before else self.condition(self.grow(x), layout)


class SPGBlock(nn.Module):
    """x + conv3(ReLU(N(cat(x, conv1(ReLU(N(h))))))), N conditioned on the layout; h (B,2c,h,w) holds both paths' maps."""

    def __init__(self, channels: int, first: nn.Module, second: nn.Module, spectral: bool) -> None:
        super().__init__()
        normalised = spectral_norm if spectral else nn.Identity()
        self.first, self.second = first, second
        self.fuse = normalised(nn.Conv2d(2 * channels, channels, 1))
        self.change = normalised(nn.Conv2d(2 * channels, channels, 3, padding=1))

    def forward(self, x: Tensor, h: Tensor, layout: Layout) -> Tensor:
        a = self.fuse(self.first(h, layout).relu())
        return x + self.change(self.second(torch.cat([x, a], 1), layout).relu())


class DualUNet(Painter):
    """Intr-Flow's dual-path U-Net, the paper's Baseline: residual blocks take in both paths, and nothing reads a parsing.

    Options as of spgnet.dual_path.
    """

    parsing = False

    def __init__(
        self,
        context: Context,
        *,
        scales: Scales = 7,
        width: Width = 32,
        cap: Cap = 128,
        norm: NormOption = "batch",
        limbs: Limbs = False,
    ) -> None:
        super().__init__()
        self.poses = pose_channels(context.pose_channels, limbs)
        channels = widths(width, cap, halvings(context.size, scales))
        self.net = DualPath(
            self.poses + self.parsing * context.upstream.regions,
            context.upstream,
            channels,
            norm,
            grow=lambda a, b: growth(a, b, norm),
            block=lambda c: ResidualBlock(c, 2 * c, norm),
        )
        self.width, self.paint = channels[0], last_layer(channels[0])

    def features(self, merged: Merged, target: Person) -> Tensor:
        pose = pose_maps(target, self.poses)
        return self.net(torch.cat([pose, target_parsing(target)], 1) if self.parsing else pose, merged.pyramid)


class ParsingUNet(DualUNet):
    """The paper's Baseline-S: as spgnet.dual_unet, and the pose encoder reads the target's parsing as well."""

    parsing = True


def target_parsing(target: Person) -> Tensor:
    """The target's parsing (B,R,H,W), or a ZooError."""
    if target.parsing is None:
        raise ZooError("the target has no parsing", where="zoo_spgnet.generator", fix="--set parsing=spgnet.spatn", exit_code=2)
    return target.parsing
