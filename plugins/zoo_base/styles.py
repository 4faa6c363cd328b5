"""Style encoders: the pixels themselves, and a plain convolutional encoder."""

import itertools
from typing import Annotated

from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, StyleEncoder
from zoo.ops.regions import region_codes
from zoo.types import FeatureSpec, Person, PhotoChannels, Style
from zoo_base.networks import ConvBlock, Norm, kaiming_init


def source_image(source: Person) -> Tensor:
    """The source's image, or a ZooError."""
    if source.image is None:
        raise ZooError("the source has no image", where="zoo_base.styles", fix="load the pair with its source image")
    return source.image


class Pixels(StyleEncoder):
    """The photo itself at stride 1; codes are the mean colours of the regions."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        regions = len(context.regions)
        self.spec = FeatureSpec(strides=(1,), channels=(3,), regions=regions, code_width=3, photo=PhotoChannels(0, 3))

    def forward(self, source: Person) -> Style:
        image = source_image(source)
        codes = region_codes(image, source.parsing, self.spec.regions)
        return Style(pyramid=(image,), codes=codes, parsing=source.parsing)


class ConvEncoder(StyleEncoder):
    """A stack of stride-2 convolutions down to 1/2^`depth`; the `levels` coarsest maps are handed on, finest first.

    `channels` caps the width, which starts at `width` and doubles. Without norm by default: instance norm would erase colour.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Annotated[int, Option("channels of the first convolution; they double with each halving", "ours")] = 64,
        depth: Annotated[int, Option("how often the photo is halved", "ours")] = 3,
        channels: Annotated[int, Option("most channels a map may have", "ours")] = 256,
        levels: Annotated[int, Option("how many of the coarsest maps are handed on", "ours")] = 1,
        norm: Annotated[Norm, Option("normalisation; instance norm would erase colour", "ours")] = "none",
    ) -> None:
        super().__init__()
        if not 1 <= levels <= depth:
            raise ZooError(f"style.levels is {levels}, but depth is {depth}", where="style base.encoder",
                           fix=f"--set style.levels=1 ... {depth}", exit_code=2)  # fmt: skip
        widths = [min(width * 2**i, channels) for i in range(depth + 1)]
        self.stem = ConvBlock(3, widths[0], 7, norm=norm, slope=0.2)
        self.downs = nn.ModuleList(ConvBlock(a, b, 4, 2, norm, 0.2) for a, b in itertools.pairwise(widths))
        self.heads = nn.ModuleList(nn.Conv2d(w, w, 1) for w in widths[-levels:])
        self.spec = FeatureSpec(
            strides=tuple(2**i for i in range(depth + 1 - levels, depth + 1)),
            channels=tuple(widths[-levels:]),
            regions=len(context.regions),
            code_width=widths[-1],
        )
        kaiming_init(self)

    def forward(self, source: Person) -> Style:
        x = self.stem(source_image(source))
        maps = [x := down(x) for down in self.downs]
        pyramid = tuple(head(m) for head, m in zip(self.heads, maps[-len(self.heads) :], strict=True))
        return Style(
            pyramid=pyramid, codes=region_codes(pyramid[-1], source.parsing, self.spec.regions), parsing=source.parsing
        )
