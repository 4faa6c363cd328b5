"""Region maps: labels, remaps, resizing, pooling by region, painting by region, swapping regions between two styles."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.types import Style


def one_hot(labels: Tensor, regions: int) -> Tensor:
    """`labels` (B,H,W) integers -> (B,R,H,W) float. ZooError for a label outside 0..R-1."""
    low, high = labels.aminmax()
    if low < 0 or high >= regions:
        raise ZooError(
            f"region labels run from {int(low)} to {int(high)}, but there are {regions} regions",
            where="zoo.ops.regions.one_hot",
            fix="name the vocabulary the label maps were made with, or remap its void label first",
        )
    return planes(labels, regions)


def planes(labels: Tensor, regions: int) -> Tensor:
    """`one_hot` of labels that are known to be within 0..R-1: nothing looks at them, so it can be compiled and exported."""
    return (labels[:, None] == torch.arange(regions, device=labels.device)[:, None, None]).float()


def surest(scores: Tensor) -> Tensor:
    """The region of the greatest score alone: `scores` (B,R,H,W), logits or shares -> one-hot (B,R,H,W) float."""
    return planes(scores.argmax(1), scores.shape[1])


def remap(parsing: Tensor, table: Sequence[int], regions: int) -> Tensor:
    """`parsing` (B,R,H,W), one-hot or soft, in another vocabulary: region r becomes `table[r]` -> (B,regions,H,W)."""
    if len(table) != parsing.shape[1]:
        raise ZooError(
            f"the remap table has {len(table)} entries, the parsing {parsing.shape[1]} regions",
            where="zoo.ops.regions.remap",
            fix="use zoo.regions.remap_table(source, target) with the parsing's own vocabulary as source",
        )
    out = parsing.new_zeros(parsing.shape[0], regions, *parsing.shape[2:])
    return out.index_add_(1, torch.tensor(table, device=parsing.device), parsing)


def resize_parsing(parsing: Tensor, size: tuple[int, int]) -> Tensor:
    """Nearest resize at pixel centres, (B,R,H,W) -> (B,R,h,w): a one-hot map stays one-hot."""
    same = tuple(parsing.shape[-2:]) == tuple(size)
    return parsing if same else F.interpolate(parsing, size, mode="nearest-exact")


def region_pool(map: Tensor, parsing: Tensor) -> Tensor:
    """Mean of `map` (B,C,h,w) over each region of `parsing` (B,R,H,W, resized to the map) -> (B,R,C). Empty -> zeros."""
    parsing = _fit(parsing, map)
    area = parsing.sum((-2, -1)).clamp_min(1e-6)
    return torch.einsum("bchw,brhw->brc", map, parsing) / area[..., None]


def region_stats(map: Tensor, parsing: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and population variance of `map` over each region, both (B,R,C). Empty -> zeros, with finite gradients."""
    mean = region_pool(map, parsing)
    return mean, region_pool((map - region_paint(mean, _fit(parsing, map))).square(), parsing)


def region_paint(codes: Tensor, parsing: Tensor) -> Tensor:
    """Every pixel gets the code of its region: (B,R,C), (B,R,H,W) -> (B,C,H,W)."""
    return torch.einsum("brc,brhw->bchw", codes, parsing)


def region_codes(map: Tensor, parsing: Tensor | None, regions: int) -> Tensor:
    """Codes (B,R,C) of a style whose encoder has none: region means; without a parsing, the mean of the whole map R times."""
    if parsing is not None:
        return region_pool(map, parsing)
    return map.mean((-2, -1))[:, None].expand(-1, regions, -1)


def swap_regions(style: Style, reference: Style, regions: Sequence[int]) -> Style:
    """`style` with `regions` taken from `reference`; both may show different people in different poses.

    Codes and parts are replaced. Pyramid and photo keep their geometry: inside its own region k, level l is moved by the
    difference of the two region means, F + S_k (mean_k(reference) - mean_k(style)), unless the reference lacks the region. So
    `reference = style` changes nothing, and editing two regions is editing one after the other (one-hot parsings).
    ZooError when a parsing is missing or a region does not exist.
    """
    if style.parsing is None or reference.parsing is None:
        raise ZooError("editing regions needs the parsing of both people", where="zoo.ops.regions.swap_regions",
                       fix="use a data set with parsing, or an encoder that predicts one")  # fmt: skip
    count = style.codes.shape[1]
    if any(not 0 <= k < count for k in regions):
        raise ZooError(f"regions {list(regions)} are not all within 0..{count - 1}", where="zoo.ops.regions.swap_regions",
                       fix="use Vocabulary.index(label)", exit_code=2)  # fmt: skip
    chosen = torch.zeros(count, dtype=torch.bool, device=style.codes.device)
    chosen[list(regions)] = True
    parts = photo = None
    if style.parts is not None and reference.parts is not None:
        parts = torch.where(chosen[:, None, None, None], reference.parts, style.parts)
    if style.photo is not None and reference.photo is not None:
        photo = _recolour(style.photo, style.parsing, reference.photo, reference.parsing, chosen)
    return style.but(
        codes=torch.where(chosen[:, None], reference.codes, style.codes),
        parts=parts,
        photo=photo,
        pyramid=tuple(
            _recolour(own, style.parsing, other, reference.parsing, chosen)
            for own, other in zip(style.pyramid, reference.pyramid, strict=True)
        ),
    )


def _recolour(map: Tensor, parsing: Tensor, other: Tensor, other_parsing: Tensor, chosen: Tensor) -> Tensor:
    present = _fit(other_parsing, other).sum((-2, -1)) > 0
    change = region_pool(other, other_parsing) - region_pool(map, parsing)
    return map + region_paint(change * (present & chosen)[..., None], _fit(parsing, map))


def _fit(parsing: Tensor, map: Tensor) -> Tensor:
    return resize_parsing(parsing, (map.shape[-2], map.shape[-1]))
