"""Cross-attention from the target's pose to the source's style: neural textures (NTED, CVPR 2022) and dot products."""

from math import sqrt
from typing import Annotated, Literal, cast

from torch import Tensor, nn
from torch.nn import functional as F

from zoo.hookspecs import Option
from zoo.interfaces import Context, MergingOperator
from zoo.ops.correlate import directions, warn_of_many
from zoo.types import Correlation, Fields, Merged, Person, Style
from zoo_base.merges import finest_levels, pose_encoders


class CrossAttention(MergingOperator):
    """Pose features ask, the style answers, at each of the `levels` finest levels.

    `variant` "nted" goes through `textures` textures (0: one per row of the map, as in NTED), read with convolutions of side
    `kernel`; its cost is linear in the pixels. "dot" is softmax attention with `heads` heads of `head_width` channels. The
    finest level's field is exposed: exactly for nted, as the mean over the heads for dot.
    """

    def __init__(
        self,
        context: Context,
        *,
        variant: Annotated[
            Literal["nted", "dot"], Option("attention in two steps through textures, or softmax of dot products", "paper")
        ] = "nted",
        levels: Annotated[int, Option("how many of the finest levels are merged", "paper")] = 1,
        width: Annotated[int, Option("channels of the pose encoder's first convolution", "ours")] = 32,
        textures: Annotated[int, Option("how many textures the style is read into; 0 is one per row of the map", "paper")] = 0,
        kernel: Annotated[Literal[1, 3], Option("side of the convolutions that read the textures", "paper")] = 1,
        heads: Annotated[int, Option("heads of the dot-product attention", "ours")] = 4,
        head_width: Annotated[int, Option("channels of each head", "ours")] = 32,
    ) -> None:
        super().__init__()
        self.spec = finest_levels(context.upstream, levels, "base.xattn")
        if variant == "dot":
            warn_of_many("base.xattn", context.size, self.spec.strides[0], heads * head_width)
        self.poses = pose_encoders(self.spec, context.pose_channels, width)
        self.levels = nn.ModuleList(
            NeuralTextures(channels, textures or max(context.size[0] // stride, 1), kernel)
            if variant == "nted"
            else DotAttention(channels, heads, head_width)
            for stride, channels in zip(self.spec.strides, self.spec.channels, strict=True)
        )

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        levels = zip(style.pyramid, self.poses, self.levels, strict=False)
        answers = [level(pose(target.pose), features) for features, pose, level in levels]
        pyramid, fields = zip(*answers, strict=True)
        return Merged(pyramid=pyramid, codes=style.codes, fields=Fields(correlation=fields[0]))


class NeuralTextures(nn.Module):
    """F = (Fp + sum_k D_k T_k) / sqrt 2, T_k = sum_m E_km value(Fs)_m: two independent softmaxes, no product of query and key.

    E is a softmax over source pixels of a convolution of unit style vectors, D one over the textures of a convolution of Fp.
    """

    def __init__(self, channels: int, textures: int, kernel: int) -> None:
        super().__init__()
        self.extract, self.value = (nn.Conv2d(channels, n, kernel, padding=kernel // 2) for n in (textures, channels))
        self.distribute = nn.Conv2d(channels, textures, kernel, padding=kernel // 2)

    def forward(self, pose: Tensor, style: Tensor) -> tuple[Tensor, Correlation]:
        """(B,C,ht,wt), (B,C,hs,ws) -> (B,C,ht,wt) and the field D E, rows over the source."""
        unit = directions(style, "channel").mT.unflatten(2, style.shape[2:])
        read = self.extract(unit).float().flatten(2).softmax(2)  # E (B,K,Ns)
        spread = self.distribute(pose).float().flatten(2).softmax(1)  # D (B,K,Nt)
        textures = read @ self.value(style).float().flatten(2).mT  # T (B,K,C)
        moved = (textures.mT @ spread).unflatten(2, pose.shape[2:])
        return (pose + moved) / sqrt(2), _field(spread.mT, read.mT, pose, style, None)


class DotAttention(nn.Module):
    """F = Fp + out(softmax over source pixels of q(Fp)^T k(Fs) / sqrt d applied to v(Fs)), per head."""

    def __init__(self, channels: int, heads: int, head_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Conv2d(channels, heads * head_width, 1) for _ in range(3))
        self.out = nn.Conv2d(heads * head_width, channels, 1)
        self.temperature = sqrt(head_width)

    def forward(self, pose: Tensor, style: Tensor) -> tuple[Tensor, Correlation]:
        """(B,C,ht,wt), (B,C,hs,ws) -> (B,C,ht,wt) and the mean field of the heads."""
        query, key, value = (cast(Tensor, x).flatten(2).mT for x in (self.query(pose), self.key(style), self.value(style)))
        by_head = (x.unflatten(2, (self.heads, -1)).transpose(1, 2) for x in (query, key, value))
        moved = F.scaled_dot_product_attention(*by_head).transpose(1, 2).flatten(2).mT.unflatten(2, pose.shape[2:])
        return pose + self.out(moved), _field(query.float(), key.float(), pose, style, self.temperature, self.heads)


def _field(query: Tensor, key: Tensor, pose: Tensor, style: Tensor, temperature: float | None, heads: int = 1) -> Correlation:
    return Correlation(
        query=query,
        key=key,
        temperature=temperature,
        target_grid=(pose.shape[2], pose.shape[3]),
        source_grid=(style.shape[2], style.shape[3]),
        heads=heads,
    )
