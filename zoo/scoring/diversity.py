"""How far apart several samples of one pair are: in the track's feature net, by our own name."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import FeatureNet
from zoo.model import Kit, Model
from zoo.scoring.evidence import rounded
from zoo.types import Outcome


def spread(images: Sequence[Tensor], net: FeatureNet) -> Tensor:
    """(B,) mean over the pairs of samples of |f / |f| - g / |g||^2, a mean over the places of a layer, then over the layers.

    `images` are two samples (B,3,H,W) in [-1,1] or more, seen as 8-bit files; `f` and `g` are the features of a place in one
    layer of `net`, and all its layers count.
    """
    first, *others = (_directions(image, net) for image in images)
    count, layers = len(images), []
    for layer, u in first.items():
        moved = [directions[layer] - u for directions in others]  # sum_{i<j} |d_i - d_j|^2 = N sum |d_i|^2 - |sum d_i|^2
        stacked = torch.stack(moved)
        squares = count * stacked.square().sum((0, 2)) - stacked.sum(0).square().sum(1)
        layers.append(squares.mean((1, 2)))
    return torch.stack(layers).mean(0) / (count * (count - 1) / 2)


def _directions(image: Tensor, net: FeatureNet) -> dict[str, Tensor]:
    return {layer: F.normalize(features.float(), dim=1) for layer, features in net(rounded(image), net.layers).items()}


@dataclass(frozen=True)
class Apart:
    """How far apart so many `samples` of a pair are, as `net` sees them."""

    net: FeatureNet
    samples: int

    def __call__(self, model: Model, outcome: Outcome) -> Tensor:
        """(B,); `outcome` holds the first."""
        assert outcome.image is not None, "samples are of the whole forward"
        others = (model.again(outcome, sample) for sample in range(1, self.samples))
        return spread([outcome.image, *others], self.net)


def check_samples(kit: Kit, samples: int) -> None:
    """ZooError where several samples of a pair are one picture, or nobody can tell how far apart they are."""
    if samples == 1:
        return
    kit.model.check_samples(samples)
    if kit.context.features is None:
        raise ZooError(
            "how far apart samples are is told by the track's feature net, and this track names none",
            where="--samples",
            fix="leave --samples out, or name a feature net in the track: features = ...",
            exit_code=2,
        )
