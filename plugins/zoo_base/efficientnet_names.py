"""EfficientNets as the library efficientnet_pytorch names their tensors, under the names that timm gives them."""

import re
from collections.abc import Mapping

from torch import Tensor, nn

_SEPARABLE = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_INVERTED = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl",
    "_bn2": "bn3", "_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand",
}  # fmt: skip
_OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}


def renamed(found: Mapping[str, Tensor], net: nn.Module) -> Mapping[str, Tensor]:
    """The tensors of a file under the names of `net`, an EfficientNet of timm; as they are, where the file has timm's names.

    Their blocks are counted through, timm's by stage; what has no place in `net` (left out blocks, the classifier) is dropped.
    """
    if "_conv_stem.weight" not in found:
        return found
    blocks = {
        str(n): (f"blocks.{stage}.{i}.", _INVERTED if hasattr(block, "conv_pwl") else _SEPARABLE)
        for n, (stage, i, block) in enumerate((s, i, b) for s, blocks in enumerate(net.blocks) for i, b in enumerate(blocks))  # type: ignore[arg-type]
    }
    named = ((_named(name, blocks), value) for name, value in found.items())
    return {name: value for name, value in named if name}


def _named(name: str, blocks: Mapping[str, tuple[str, Mapping[str, str]]]) -> str:
    match = re.fullmatch(r"(?:_blocks\.(\d+)\.)?(\w+)\.(\w+)", name)
    if not match:
        return ""
    number, layer, tensor = match.groups()
    prefix, layers = blocks.get(number, ("", {})) if number else ("", _OUTSIDE)
    return f"{prefix}{layers[layer]}.{tensor}" if layer in layers else ""
