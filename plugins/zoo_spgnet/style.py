"""Appearance pyramid and region style codes (SPGNet sec. 3.2, tab. 5)."""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, StyleEncoder
from zoo.ops.regions import region_codes
from zoo.types import FeatureSpec, Person, Style
from zoo_base.flownet import halvings
from zoo_base.networks import Norm, kaiming_init, normalisation
from zoo_base.styles import source_image
from zoo_spgnet.blocks import TwinEncoder, entry, widths

SLOPE = 0.2


class DualPathStyle(StyleEncoder):
    """Level l: the outputs of both residual blocks at scale l, 2 c_l channels at 1/2^l, c_l = min(`width` (l + 1), `cap`); last
    the map below the scales. Codes: means over each region of a map of its own, in (-1,1); an absent region's code is 0.

    `layout` is that map's network, as in the authors' code or as in table 5; "none" takes the means of the finest level.
    Without `appearance` the pyramid is that map alone.
    """

    def __init__(
        self,
        context: Context,
        *,
        scales: Annotated[int, Option("halvings of the photo, or as many as its size allows", "paper")] = 7,
        width: Annotated[int, Option("channels at the finest scale; as many more with each halving", "paper")] = 32,
        cap: Annotated[int, Option("most channels of a scale", "paper")] = 128,
        norm: Annotated[Norm, Option("normalisation of the convolutions", "paper")] = "batch",
        appearance: Annotated[bool, Option("hand on the appearance pyramid; off, the codes' map alone", "ablation")] = True,
        layout: Annotated[
            Literal["code", "table5", "none"],
            Option("the net of the style codes: the authors' code, table 5, or none", "ablation"),
        ] = "code",
        code_width: Annotated[int, Option("channels of a style code", "paper")] = 128,
        code_base: Annotated[int, Option("channels of the first convolution of the codes' net", "paper")] = 32,
        code_norm: Annotated[Norm, Option("normalisation of the codes' net", "paper")] = "instance",
    ) -> None:
        super().__init__()
        if layout == "none" and not appearance:
            raise ZooError("neither codes nor appearance are asked for", where="style spgnet.dual",
                           fix="--set style.layout=code or --set style.appearance=true", exit_code=2)  # fmt: skip
        channels = widths(width, cap, halvings(context.size, scales))
        self.enter = entry(3, channels[0], norm) if appearance else None
        self.encoder = TwinEncoder(channels, norm) if appearance else None
        self.codes = None if layout == "none" else LAYOUTS[layout](code_base, code_width, code_norm)
        code_stride = 2 if layout == "code" else 1
        self.spec = FeatureSpec(
            strides=tuple(2**level for level in range(len(channels))) if appearance else (code_stride,),
            channels=(*(2 * c for c in channels[:-1]), channels[-1]) if appearance else (code_width,),
            regions=len(context.regions),
            code_width=2 * channels[0] if self.codes is None else code_width,
        )
        kaiming_init(self, 0.0)

    def forward(self, source: Person) -> Style:
        image = source_image(source).contiguous(memory_format=torch.channels_last)
        pyramid = self._appearance(image)
        described = pyramid[:1] if self.codes is None else (self.codes(image),)
        codes = region_codes(described[0], source.parsing, self.spec.regions)
        return Style(pyramid=pyramid or described, codes=codes, parsing=source.parsing)

    def _appearance(self, image: Tensor) -> tuple[Tensor, ...]:
        if self.encoder is None or self.enter is None:
            return ()
        skips, below = self.encoder(self.enter(image))
        return (*(torch.cat(pair, 1) for pair in skips), below)


def as_coded(base: int, width: int, norm: Norm) -> nn.Sequential:
    """The region style encoder of the authors' code: (B,3,H,W) -> (B,width,H/2,W/2) in (-1,1)."""
    return nn.Sequential(
        *_activated(_reflected(3, base), base, norm),
        *_activated(nn.Conv2d(base, 2 * base, 3, 2, 1), 2 * base, norm),
        *_activated(nn.Conv2d(2 * base, 4 * base, 3, 2, 1), 4 * base, norm),
        *_activated(_doubling(4 * base, 8 * base), 8 * base, norm),
        _reflected(8 * base, width),
        nn.Tanh(),
    )


def as_printed(base: int, width: int, norm: Norm) -> nn.Sequential:
    """The region style encoder of the paper's table 5: (B,3,H,W) -> (B,width,H,W) in (-1,1)."""
    return nn.Sequential(
        *_activated(nn.Conv2d(3, base, 3, padding=1), base, norm),
        *_activated(nn.Conv2d(base, 2 * base, 3, 2, 1), 2 * base, norm),
        *_activated(nn.Conv2d(2 * base, 4 * base, 3, 2, 1), 4 * base, norm),
        *_activated(_doubling(4 * base, 2 * base), 2 * base, norm),
        *_activated(_doubling(2 * base, base), base, norm),
        nn.Conv2d(base, width, 3, padding=1),
        nn.Tanh(),
    )


LAYOUTS = {"code": as_coded, "table5": as_printed}


def _activated(convolution: nn.Module, channels: int, norm: Norm) -> list[nn.Module]:
    return [convolution, normalisation(norm, channels), nn.LeakyReLU(SLOPE)]


def _reflected(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")


def _doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)
