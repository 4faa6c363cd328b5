"""Backbones of the library timm, under the names of VGG's layers: as feature nets, and as style encoders."""

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError, told, unknown
from zoo.hookspecs import Option
from zoo.interfaces import Context, FeatureNet, Frozen, StyleEncoder
from zoo.ops.regions import region_codes
from zoo.store.hub import hub_file, on_hand
from zoo.store.networks import in_package, own_tensors
from zoo.store.tensors import mismatches
from zoo.types import FeatureSpec, Person, Style
from zoo_base.efficientnet_names import renamed
from zoo_base.networks import gaussian_init, stages
from zoo_base.styles import source_image
from zoo_base.vgg import CONVS

_WHERE = "base.timm"
PACKAGE = "package:"
Architecture = Annotated[str, Option("timm's name of the architecture, with or without a tag", "ours")]
Weights = Annotated[str, Option("a file, .safetensors or .pth; or hf:REPO@40-HEX-COMMIT:FILE, or package:NAME/FILE", "ours")]
Digest = Annotated[str, Option("what the file must hash to", "ours")]


class Backbone(nn.Module):
    """What `model` sees: layer reluS_N is its finest map of a stride of at least 2^(S-1), brought to this stride.

    A transformer has one stride: it is shown a picture in which that is 16, and reluS_N is the map after S / 5 of its blocks.
    Tokens that are no patch (class, registers) are in no map. A net that takes pictures of one size alone is shown one of that
    size. Weights are those of a file, `weights`, known by its `sha256`: rows measured with others are rows of another track.
    With `until`, the deepest layer that will be asked for, what comes after it is left out.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, model: str, weights: str, sha256: str, untrained: bool, until: str = "") -> None:
        super().__init__()
        if model not in (known := [*timm.list_models(), *timm.list_pretrained()]):
            raise unknown("architecture of timm", model, known, where=_WHERE)
        self.model = model
        with torch.device("meta"):
            plan = timm.create_model(model)
        steps = [(level["num_chs"], level["reduction"]) for level in plan.feature_info]
        self.levels = {s: _level(s, [stride for _, stride in steps]) for s in range(1, len(CONVS) + 1)}
        self.layers = {
            f"relu{s}_{n}": (steps[self.levels[s]][0], 2 ** (s - 1))
            for s, count in enumerate(CONVS, 1)
            for n in range(1, count + 1)
        }
        whole = len({stride for _, stride in steps}) == 1  # a transformer
        supple = "dynamic_img_size" in inspect.signature(type(plan).__init__).parameters
        self.net = timm.create_model(model, num_classes=0, **({"dynamic_img_size": True} if supple else {}))
        self.shrink = steps[0][1] / 16 if whole else 1.0
        fixed = self.net.pretrained_cfg.get("fixed_input_size") and not supple
        self.only: tuple[int, int] | None = tuple(self.net.pretrained_cfg["input_size"][1:]) if fixed else None
        if until:
            self.net.prune_intermediate_layers([self.levels[self._stage(until)]], prune_norm=True, prune_head=True)
        if not untrained:
            self._fill(weights, sha256)
        for name in ("mean", "std"):
            values = torch.tensor(self.net.pretrained_cfg[name]).view(3, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def _fill(self, weights: str, sha256: str) -> None:
        if not weights:
            fix = 'weights = "FILE" and sha256 = "..."; or untrained = true for a trial'
            raise ZooError("no weights are named, and random ones see nothing", where=_WHERE, fix=fix, exit_code=2)
        path = _file(weights)
        found, expected = renamed(own_tensors(path, sha256, _WHERE), self.net), self.net.state_dict()
        own = {name: value for name, value in found.items() if name in expected}  # without the classifier
        if problems := mismatches(expected, own):
            raise ZooError(f"{path.name} does not hold the model: {problems}", where=_WHERE, fix="name the model it is of")
        self.net.load_state_dict(own)

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """`image` (B,3,H,W) in [-1,1] -> {layer: (B,C,H/s,W/s)}; computes nothing beyond the deepest level asked for."""
        wanted = {layer: self.levels[self._stage(layer)] for layer in layers}
        if not wanted:
            return {}
        indices = sorted(set(wanted.values()))
        seen = dict(zip(indices, self._maps(image, indices), strict=True))
        return {layer: _at_stride(seen[level], image, self.layers[layer][1]) for layer, level in wanted.items()}

    def _maps(self, image: Tensor, indices: list[int]) -> list[Tensor]:
        height, width = self.only or (round(side * self.shrink) for side in image.shape[-2:])
        x = ((image + 1) / 2 - self.mean) / self.std
        if (height, width) != image.shape[-2:]:
            x = F.interpolate(x, (height, width), mode="bilinear", antialias=True)
        try:
            maps: list[Tensor] = self.net.forward_intermediates(
                x, indices=indices, stop_early=True, intermediates_only=True, output_fmt="NCHW"
            )
        except (AssertionError, RuntimeError) as error:
            what = f"{self.model} of timm cannot read pictures of {height}x{width}: {told(error)}"
            raise ZooError(what, where=_WHERE, fix="name another model, or a track whose size is a multiple of 32") from error
        return maps

    def _stage(self, layer: str) -> int:
        if layer not in self.layers:
            raise unknown("layer", layer, self.layers, where=type(self).__name__)
        return int(layer.removeprefix("relu").split("_")[0])


class TimmFeatures(FeatureNet):
    """A backbone of timm as what losses see through: see `Backbone` for its layers and its weights."""

    def __init__(
        self,
        context: Context,
        *,
        model: Architecture = "tf_efficientnet_lite0",
        weights: Weights = "",
        sha256: Digest = "",
        untrained: Annotated[bool, Option("no weights: a trial of the architecture, which sees nothing", "ours")] = False,
    ) -> None:
        super().__init__()
        self.backbone = Backbone(model, weights, sha256, untrained)
        self.layers = self.backbone.layers
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        return self.backbone(image, layers)


class TimmEncoder(StyleEncoder):
    """A backbone of timm as a style encoder: its maps at `strides`, each through a 1x1 convolution to `width` channels.

    Frozen, it is in no checkpoint and always filled from its file; `tuned`, it trains along and is kept with the weights.
    """

    def __init__(
        self,
        context: Context,
        *,
        model: Architecture = "tf_efficientnet_lite0",
        weights: Weights = "",
        sha256: Digest = "",
        untrained: Annotated[bool, Option("start from random weights, which is for `tuned` alone", "ours")] = False,
        tuned: Annotated[bool, Option("the backbone trains along", "ours")] = False,
        strides: Annotated[tuple[int, ...], Option("of the maps that are handed on: of 1, 2, 4, 8, 16", "ours")] = (4, 8),
        width: Annotated[int, Option("channels of each map", "ours")] = 64,
    ) -> None:
        super().__init__()
        if [*strides] != sorted({*strides} & {1, 2, 4, 8, 16}) or not strides:
            raise ZooError(f"style.strides is {[*strides]}", where="style base.timm",
                           fix="some of 1, 2, 4, 8, 16, finest first: style.strides=[4, 8]", exit_code=2)  # fmt: skip
        if any(side % strides[-1] for side in context.size):
            raise ZooError(f"images of {context.size} have no map of stride {strides[-1]}", where="style base.timm",
                           fix="style.strides=[4, 8]", exit_code=2)  # fmt: skip
        if untrained and not tuned:
            raise ZooError("a backbone of random weights that does not train sees nothing", where="style base.timm",
                           fix='weights = "FILE" and sha256 = "...", or tuned = true', exit_code=2)  # fmt: skip
        self.names = [f"relu{stages(stride) + 1}_1" for stride in strides]
        backbone = Backbone(model, weights, sha256, untrained, until=self.names[-1])
        self.backbone = backbone if tuned else _Still(backbone)
        self.heads = nn.ModuleList(nn.Conv2d(backbone.layers[name][0], width, 1) for name in self.names)
        gaussian_init(self.heads)
        self.spec = FeatureSpec(
            strides=strides, channels=(width,) * len(strides), regions=len(context.regions), code_width=width
        )

    def forward(self, source: Person) -> Style:
        seen = self.backbone(source_image(source), self.names)
        pyramid = tuple(head(seen[name]) for head, name in zip(self.heads, self.names, strict=True))
        codes = region_codes(pyramid[-1], source.parsing, self.spec.regions)
        return Style(pyramid=pyramid, codes=codes, parsing=source.parsing)


class _Still(Frozen):
    """A backbone that does not train."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone.requires_grad_(False).eval()

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        seen: dict[str, Tensor] = self.backbone(image, layers)
        return seen


def _file(weights: str) -> Path:
    """Where the weights lie: a file on the Hub, in an installed package, or anywhere."""
    if hub := hub_file(weights):
        return on_hand(hub)
    if not weights.startswith(PACKAGE):
        return Path(weights).expanduser()
    package, _, file = weights.removeprefix(PACKAGE).partition("/")
    if path := in_package(package, file):
        return path
    fix = f"pip install {package}, and check the name of the file"
    raise ZooError(f"no {file or 'file'} lies in an installed package {package}", where=_WHERE, fix=fix, exit_code=2)


def _at_stride(found: Tensor, image: Tensor, stride: int) -> Tensor:
    """A map as large as one of this stride is; itself where it is."""
    height, width = image.shape[-2] // stride, image.shape[-1] // stride
    return found if found.shape[-2:] == (height, width) else F.interpolate(found, (height, width), mode="bilinear")


def _level(stage: int, strides: list[int]) -> int:
    """Which level stands for a stage of VGG, whose stride is 2^(stage-1)."""
    if len(set(strides)) == 1:
        return round(len(strides) * stage / len(CONVS)) - 1
    return next((i for i, stride in enumerate(strides) if stride >= 2 ** (stage - 1)), len(strides) - 1)
