"""The layout of VGG-19 (Simonyan & Zisserman, ICLR 2015, configuration E) at any width: a frozen net to measure with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoo.errors import unknown
from zoo.interfaces import FeatureNet

CONVS = (2, 2, 4, 4, 4)


class VGGLayout(FeatureNet):
    """3x3 convolutions in five stages with 2x2 max pooling between them; layers relu1_1 ... relu5_4, strides 1, 2, 4, 8, 16.

    Parameters carry torchvision's names (`features.0.weight` ...), so at widths (64,128,256,512,512) its VGG-19 fits.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, widths: tuple[int, ...], *, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        """`mean` and `std` of images in [0,1], per channel."""
        super().__init__()
        self.layers: dict[str, tuple[int, int]] = {}
        self._depth: dict[str, int] = {}  # modules of `features` up to and including the layer
        modules: list[nn.Module] = []
        before = 3
        for stage, (width, convs) in enumerate(zip(widths, CONVS, strict=True), 1):
            if stage > 1:
                modules.append(nn.MaxPool2d(2))
            for conv in range(1, convs + 1):
                modules += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                self.layers[f"relu{stage}_{conv}"] = (width, 2 ** (stage - 1))
                self._depth[f"relu{stage}_{conv}"] = len(modules)
                before = width
        self.features = nn.Sequential(*modules)
        self._shared: dict[tuple[int, bool], _Ascent] | None = None
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def freeze(self) -> None:
        """No gradients for the parameters; they still flow to the image."""
        self.requires_grad_(False).eval()

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Inside, what was computed of an image is kept, and a later call goes on from there."""
        self._shared = {}
        try:
            yield
        finally:
            self._shared = None

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """`image` (B,3,H,W) in [-1,1] -> {layer: (B,C,H/s,W/s)}; computes nothing beyond the deepest layer asked for."""
        wanted = dict(sorted(((layer, self._known(layer)) for layer in layers), key=lambda known: known[1]))
        ascent = self._ascent(image)
        ascent.climb(self.features, max(wanted.values(), default=0))
        return {layer: ascent.passed[depth] for layer, depth in wanted.items()}

    def _ascent(self, image: Tensor) -> "_Ascent":
        key = id(image), torch.is_grad_enabled()  # the ascent holds the image, so no other can take over its id
        kept = {} if self._shared is None else self._shared
        if key not in kept:
            kept[key] = _Ascent(image, [((image + 1) / 2 - self.mean) / self.std])
        return kept[key]

    def _known(self, layer: str) -> int:
        if layer not in self._depth:
            raise unknown("layer", layer, self._depth, where=type(self).__name__)
        return self._depth[layer]


@dataclass
class _Ascent:
    """An image on its way up: what has come out of the modules passed so far, the normalised image first."""

    image: Tensor
    passed: list[Tensor]

    def climb(self, modules: nn.Sequential, depth: int) -> None:
        for module in modules[len(self.passed) - 1 : depth]:
            self.passed.append(module(self.passed[-1]))
