"""Dense correlation between two feature maps, kept in factors (SCM-Net eq. 1-3, CoCosNet).

The field is softmax_s(<query_t, key_s> / temperature), or another form that `zoo.types.Correlation` tells of: one row per
target position, rows sum to one over the source. It is never written out unless asked: 128 x 128 positions would need a
gigabyte per sample.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.types import Correlation

log = logging.getLogger(__name__)
MANY = 64 * 64  # positions
Center = Literal["channel", "position", "none"]
ROUNDING = 1e-6  # a centred vector this small, relative to the vector it came from, is rounding noise and no direction


def affordable(strides: Sequence[int], size: tuple[int, int]) -> int:
    """The finest level that has at most 64 x 64 cells on images of `size` (H,W), else the coarsest: which to compare whole."""
    few = (level for level, stride in enumerate(strides) if (size[0] // stride) * (size[1] // stride) <= MANY)
    return next(few, len(strides) - 1)


def warn_of_many(part: str, size: tuple[int, int], stride: int, channels: int) -> None:
    """Say what a field between all cells of `stride` pixels of images of `size` (H,W) costs where they are more than 64 x 64.

    Two products of `channels` for each pair of positions; memory grows with the positions alone, as rows are not written out.
    """
    rows, columns = size[0] // stride, size[1] // stride
    if (positions := rows * columns) > MANY:
        log.warning(
            "%s compares %s positions with as many (%d x %d, stride %d): %.0f billion multiply-adds an image; with a style of "
            "stride %d it would be a sixteenth", part, f"{positions:,}", rows, columns, stride,
            2 * channels * positions**2 / 1e9, 2 * stride,
        )  # fmt: skip


def correlation(pose_map: Tensor, style_map: Tensor, temperature: float, center: Center = "channel") -> Correlation:
    """The field that brings `style_map` (B,C,hs,ws) to the positions of `pose_map` (B,C,ht,wt), in fp32.

    s_ij = <f_i - mean, g_j - mean> / (|.| |.|), C_ij = softmax_i(s_ij / temperature)   (SCM-Net eq. 1-2)

    `center` subtracts each vector's mean over channels, each channel's mean over positions, or nothing. A vector that
    centring leaves empty has cosine 0 with everything. Raises ZooError if the channel counts or batches differ.
    """
    if pose_map.shape[:2] != style_map.shape[:2]:
        raise ZooError(
            f"pose map {tuple(pose_map.shape)} and style map {tuple(style_map.shape)} differ in batch or channels",
            where="zoo.ops.correlate.correlation",
            fix="give both maps the same batch size and channel count",
        )
    if temperature <= 0:
        raise ZooError(f"temperature {temperature} is not positive", where="zoo.ops.correlate.correlation", fix="use 0.01 to 1")
    with torch.autocast(pose_map.device.type, enabled=False):  # at temperature 0.01 half precision overflows
        return Correlation(
            query=directions(pose_map.float(), center),
            key=directions(style_map.float(), center),
            temperature=temperature,
            target_grid=(pose_map.shape[2], pose_map.shape[3]),
            source_grid=(style_map.shape[2], style_map.shape[3]),
        )


def transport(corr: Correlation, values: Tensor) -> Tensor:
    """`values` (B,C,hs,ws) rearranged onto the target grid: (B,C,ht,wt), out_j = sum_i C_ij values_i (SCM-Net eq. 3)."""
    if values.shape[2:] != corr.source_grid:
        raise ZooError(
            f"values are {tuple(values.shape[2:])} positions, the field reads {corr.source_grid}",
            where="zoo.ops.correlate.transport",
            fix="resize the values to the source grid",
        )
    flat = values.float().flatten(2).mT
    with torch.autocast(values.device.type, enabled=False):
        moved = corr.query @ (corr.key.mT @ flat) if corr.temperature is None else _attend(corr, corr.temperature, flat)
    return moved.mT.unflatten(2, corr.target_grid).to(values.dtype)


def transported(corr: Correlation, values: Tensor) -> tuple[Tensor, Correlation]:
    """`transport`, and the field with its `expected` source: positions move along with the values in one pass."""
    where = _coordinates(corr.source_grid, corr.query).expand(len(values), -1, -1, -1)
    moved = transport(corr, torch.cat([values.float(), where], 1))
    return moved[:, :-2].to(values.dtype), corr.but(expected=moved[:, -2:])


def carried(corr: Correlation, image: Tensor) -> Tensor:
    """An image (B,C,H,W) as the field moves it: averaged onto the source grid, then transported, (B,C,ht,wt)."""
    return transport(corr, F.interpolate(image, corr.source_grid, mode="area"))


def rows(corr: Correlation, positions: Tensor) -> Tensor:
    """The field (B,P,Ns) for chosen target `positions` (P,) int64, row-major over the target grid; rows sum to one."""
    query, key = corr.query[:, positions], corr.key
    with torch.autocast(query.device.type, enabled=False):
        if corr.temperature is None:
            return query @ key.mT
        if corr.heads == 1:
            return torch.softmax((query / corr.temperature) @ key.mT, -1)
        return torch.softmax(_by_head(query / corr.temperature, corr.heads) @ _by_head(key, corr.heads).mT, -1).mean(1)


def matrix(corr: Correlation) -> Tensor:
    """The whole field (B,Nt,Ns): for pictures, losses and tests on small grids; rows (target positions) sum to one."""
    return rows(corr, torch.arange(corr.query.shape[1], device=corr.query.device))


def expected_source(corr: Correlation) -> Tensor:
    """Where each target position looks on average: (B,2,ht,wt), (x, y) in pixels of the source grid."""
    if corr.expected is not None:
        return corr.expected
    where = _coordinates(corr.source_grid, corr.query)
    return transport(corr, where.expand(len(corr.query), -1, -1, -1))


@torch.no_grad()
def best_source(corr: Correlation, chunk: int = 1024) -> Tensor:
    """Where each target position looks most: (B,2,ht,wt), (x, y) in pixels of the source grid, `chunk` rows at a time."""
    best = torch.cat([rows(corr, part).argmax(-1) for part in _chunks(corr, chunk)], 1)
    where = _coordinates(corr.source_grid, corr.query).flatten(1)
    return where[:, best].transpose(0, 1).unflatten(2, corr.target_grid)


@torch.no_grad()
def identity_mass(corr: Correlation, chunk: int = 1024) -> Tensor:
    """Mean weight (B,) that target positions give to the very same source position: 1 is a copy (SCM-Net, limitation)."""
    if corr.target_grid != corr.source_grid:
        raise ZooError(
            f"grids {corr.target_grid} and {corr.source_grid} differ",
            where="zoo.ops.correlate.identity_mass",
            fix="ask only of a field between maps of one size",
        )
    same = [rows(corr, part).gather(2, part.expand(len(corr.query), -1)[..., None]) for part in _chunks(corr, chunk)]
    return torch.cat(same, 1).mean((1, 2))


def directions(x: Tensor, center: Center) -> Tensor:
    """The unit vectors (B,N,C) of a map (B,C,h,w) after centring; what centring leaves empty is 0."""
    vectors = x.flatten(2).mT
    if center == "none":
        return F.normalize(vectors, dim=2, eps=1e-8)
    centred = vectors - vectors.mean(2 if center == "channel" else 1, keepdim=True)
    floor = ROUNDING * vectors.detach().norm(dim=2, keepdim=True)
    length = centred.norm(dim=2, keepdim=True)
    return centred / length.clamp_min(1e-8) * (length.detach() > floor)


def _attend(corr: Correlation, temperature: float, flat: Tensor) -> Tensor:
    """Mean over heads of softmax(<query, key> / temperature) applied to `flat` (B,Ns,C) -> (B,Nt,C)."""
    query, key = _by_head(corr.query, corr.heads), _by_head(corr.key, corr.heads)
    width = max(flat.shape[2], key.shape[3])  # the flash kernel on CPUs wants one width, and channels last in memory
    value = _pad(flat, width)[:, None].expand(-1, corr.heads, -1, -1)
    moved = F.scaled_dot_product_attention(_pad(query, width), _pad(key, width), value, scale=1 / temperature)
    return moved[..., : flat.shape[2]].mean(1)


def _by_head(x: Tensor, heads: int) -> Tensor:
    return x.unflatten(2, (heads, -1)).transpose(1, 2)


def _pad(x: Tensor, width: int) -> Tensor:
    return F.pad(x, (0, width - x.shape[-1])).contiguous()


def _coordinates(grid: tuple[int, int], like: Tensor) -> Tensor:
    y, x = (torch.arange(n, device=like.device, dtype=like.dtype) for n in grid)
    return torch.stack([x.expand(grid), y[:, None].expand(grid)])


def _chunks(corr: Correlation, chunk: int) -> Iterator[Tensor]:
    return iter(torch.arange(corr.query.shape[1], device=corr.query.device).split(chunk))
