"""SCM-Net's correlation, whole and from coarse to fine, on photographs and shipped weights: why it is worked out whole.

    python benchmarks/speed/coarse.py --root ../shared/photos/ccp176 --side 256 384 512 --tolerance 0.03 0.3

Keys lie in cells and queries in tiles of those that look alike. The row of a tile's middle t is worked out whole; then, for a
query t + e, a cell of keys k with weights w_k ~ exp(<t, k> / tau) is worth at least (Jensen)

    sum_k exp(<t + e, k> / tau) >= S exp(<e, c> / tau),   S = sum_k exp(<t, k> / tau),   c = sum_k w_k k.

A tile reads its `near` cells key by key, any other as one key c with one value sum_k w_k v_k. With x_k = <e, k - c> / tau, the
row p of what was read and its moved value o, the true value is o + sum_far p_k (exp(x_k) - 1) (v_k - o) Z' / Z with Z' <= Z, so

    error <= sqrt(sum_far p g^2) std_p(v),   g = |e| rms_w |k - c| / tau (exp(d) - 1) / d,   d = |e| max |k - c| / tau.

Rows whose bound is over the tolerance, a share of the values' standard deviation, are worked out whole. One JSON line a photo:
what share of rows is local, errors beside the bound, and medians of processor seconds, the two ways in turns. What came of it
stands in docs/papers/scmnet.md.
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.model import build
from zoo.ops.correlate import transport
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.running.weights import stored_weights
from zoo.types import Correlation

LARGEST = 40.0  # of d: exp(2 d) still fits in single precision
CHUNK = 2048  # queries at a time
Way = Callable[[Correlation, Tensor], Tensor]


class Cells(NamedTuple):
    """Keys over the temperature, their values and the squares of those, cell by cell."""

    both: Tensor  # (B,P,L,C+D+1)
    bias: Tensor  # (B,P,L): a key that stands twice, to fill a cell, counts half
    middle: Tensor  # (B,P,C)
    radius: Tensor  # (B,P)
    width: int  # C


@torch.no_grad()
def clusters(x: Tensor, size: int) -> Tensor:
    """Places (B,P,L) of vectors (B,N,C) in P = 2^n groups of at most `size` that look alike: halved along their main axis."""
    count = 2 ** max(math.ceil(math.log2(x.shape[1] / size)), 0)
    spare = -x.shape[1] % count
    twice = torch.arange(spare) * x.shape[1] // max(spare, 1)
    order = torch.cat([torch.arange(x.shape[1]), twice]).to(x.device).expand(len(x), 1, -1)
    while order.shape[1] < count:
        group = gathered(x, order)
        few = group[:, :, :: max(1, group.shape[2] // 128)]
        few = few - few.mean(2, keepdim=True)
        axis = few.gather(2, few.norm(dim=3).argmax(2)[..., None, None].expand(-1, -1, 1, x.shape[2])).mT + 1e-6
        for _ in range(2):  # the power method
            axis = F.normalize(few.mT @ (few @ axis), dim=2)
        order = order.gather(2, (group @ axis)[..., 0].argsort(2)).unflatten(2, (2, -1)).flatten(1, 2)
    return order


def gathered(x: Tensor, order: Tensor) -> Tensor:
    """Vectors (B,N,C) at places (B,P,L): (B,P,L,C)."""
    return x.gather(1, order.flatten(1)[..., None].expand(-1, -1, x.shape[2])).unflatten(1, order.shape[1:])


def coarse(corr: Correlation, values: Tensor, tolerance: float, *, tile: int, cell: int, near: int) -> tuple[Tensor, Tensor]:
    """`transport` within `tolerance` of it, and by how much it may be off (B,ht,wt), 0 where it was worked out whole."""
    flat = values.flatten(2).mT
    cells = celled(corr, flat, cell)
    order = clusters(corr.query, tile)
    found = [looked(x, cells, near) for x in gathered(corr.query, order).split(max(CHUNK // tile, 1), 1)]
    moved, bound = (torch.cat(x, 1).flatten(1, 2) for x in zip(*found, strict=True))
    place, rows = order.flatten(1), corr.query.shape[1]
    moved = torch.empty_like(moved[:, :rows]).scatter(1, place[..., None].expand_as(moved), moved)
    bound = torch.empty_like(bound[:, :rows]).scatter(1, place, bound)
    if worst := int((bound > tolerance).sum(1).max()):
        over = bound.topk(worst, 1).indices
        query = corr.query.gather(1, over[..., None].expand(-1, -1, corr.query.shape[2]))
        whole = transport(corr.but(query=query, target_grid=(1, worst)), values).flatten(2).mT
        moved = moved.scatter(1, over[..., None].expand_as(whole), whole)
        bound = bound.scatter(1, over, 0.0)
    return moved.mT.unflatten(2, corr.target_grid), bound.unflatten(1, corr.target_grid)


def celled(corr: Correlation, flat: Tensor, size: int) -> Cells:
    assert corr.temperature is not None and corr.heads == 1
    order = clusters(corr.key, size)
    stands = order.flatten(1)
    times = torch.zeros_like(flat[..., 0]).scatter_add(1, stands, torch.ones_like(stands, dtype=flat.dtype))
    both = torch.cat([corr.key / corr.temperature, flat, flat.square().sum(2, keepdim=True)], 2)
    cells, width = gathered(both, order), corr.key.shape[2]
    keys = cells[..., :width].detach()
    middle = keys.mean(2)
    radius = (keys - middle[:, :, None]).norm(dim=3).amax(2)
    return Cells(cells, -gathered(times[..., None], order)[..., 0].log(), middle, radius, width)


def looked(query: Tensor, cells: Cells, near: int) -> tuple[Tensor, Tensor]:
    """What tiles of queries (B,T,m,C) are moved to, (B,T,m,D), and its bound (B,T,m): near cells key by key, others as one."""
    count, size = cells.bias.shape[1:]
    middle = query.mean(2)
    off = query - middle[:, :, None]
    scores = (middle @ cells.both[..., : cells.width].flatten(1, 2).mT).unflatten(2, (count, size)) + cells.bias[:, None]
    whole = scores.logsumexp(3)
    pooled = ((scores - whole[..., None]).exp().transpose(1, 2) @ cells.both).transpose(1, 2)  # (B,T,P,C+D+1)
    growth = grown(cells, pooled[..., : cells.width].detach(), off.detach())
    top = (whole - whole.amax(2, keepdim=True) + growth.log()).topk(min(near, count), 2).indices
    close = gathered(cells.both.flatten(2), top).unflatten(3, (size, -1)).flatten(2, 3)
    near_scores = query @ close[..., : cells.width].mT + gathered(cells.bias, top).flatten(2)[:, :, None]
    far_scores = whole[:, :, None] + off @ pooled[..., : cells.width].mT
    far_scores = far_scores.scatter(3, top[:, :, None].expand(-1, -1, query.shape[2], -1), -math.inf)
    row = torch.cat([near_scores, far_scores], 3).softmax(3)
    read = row @ torch.cat([close, pooled], 2)[..., cells.width :]
    moved, squares = read[..., :-1], read[..., -1]
    with torch.no_grad():
        variance = (squares - moved.square().sum(3)).clamp_min(0)
        weight = (row[..., -count:] @ growth[..., None])[..., 0]
        bound = (weight * off.square().sum(3) * variance).sqrt().nan_to_num(math.inf, math.inf)
    return moved, bound


@torch.no_grad()
def grown(cells: Cells, centre: Tensor, off: Tensor) -> Tensor:
    """(g / |e|)^2 of each tile and cell (B,T,P), with the d of the query of the tile that is farthest from its middle."""
    longest = cells.both[..., : cells.width].square().sum(3).amax()  # of keys over the temperature, which are unit vectors or 0
    spread = (longest - centre.square().sum(3)).clamp_min(1e-6 * float(longest))
    d = off.norm(dim=3).amax(2)[..., None] * (cells.radius[:, None] + (centre - cells.middle[:, None]).norm(dim=3))
    d = d.clamp_min(1e-6)
    return torch.where(d < LARGEST, spread * (d.clamp_max(LARGEST).expm1() / d).square(), math.inf)


def fields(root: Path, side: int, photos: int) -> Iterator[tuple[Correlation, Tensor]]:
    """The correlation of the weights of photos-256 and the style that it moves, on photographs of side x side pixels."""
    request = Request("scmnet", track="photos-256", root=root)
    recipe, track = resolve(request, catalog())
    kit = build(recipe, track.model_copy(update={"size": (side, side)}), catalog())
    stored_weights(request, recipe, track, kit.model)
    pairs = kit.data.pairs("test")
    for source, target in pairs[:: max(len(pairs) // photos, 1)][:photos]:
        with torch.no_grad():
            outcome = kit.model.eval()(kit.data.load("test", torch.tensor([source]), torch.tensor([target])), until="merge")
        assert outcome.merged is not None and outcome.merged.fields.correlation is not None and outcome.style is not None
        yield outcome.merged.fields.correlation.but(expected=None), outcome.style.pyramid[0]


def measure(corr: Correlation, values: Tensor, tolerance: float, options: dict[str, int], repeats: int) -> dict[str, object]:
    scale = float((values - values.mean((2, 3), keepdim=True)).square().sum(1).mean().sqrt())

    def by_cells(corr: Correlation, values: Tensor) -> tuple[Tensor, Tensor]:
        return coarse(corr, values, tolerance * scale, **options)

    with torch.inference_mode():
        (moved, bound), true = by_cells(corr, values), transport(corr, values)
    error = (moved - true).norm(dim=1)
    local = bound > 0
    ways: dict[str, Way] = {"whole": transport, "coarse": lambda *given: by_cells(*given)[0]}
    return {
        "positions": corr.query.shape[1], "tolerance": tolerance, "local": round(float(local.float().mean()), 3),
        "worst_error": round(float(error.max()) / scale, 5),
        "bound_over_error": round(float((bound[local] / error[local]).median()), 1) if local.any() else None,
        "broken": int((error > bound + 1e-4 * scale).sum()),
        "forward": seconds(ways, corr, values, repeats, backward=False),
        "both": seconds(ways, corr, values, repeats, backward=True),
    }  # fmt: skip


def seconds(ways: dict[str, Way], corr: Correlation, values: Tensor, repeats: int, *, backward: bool) -> dict[str, float]:
    """Medians of processor seconds, the ways in turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            query, key, value = (x.clone().requires_grad_(backward) for x in (corr.query, corr.key, values))
            began = time.process_time()
            with torch.set_grad_enabled(backward):
                moved = way(corr.but(query=query, key=key), value)
                if backward:
                    moved.square().mean().backward()
            spent[name].append(time.process_time() - began)
    return {name: round(statistics.median(times), 3) for name, times in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="a folder of photographs, as track photos-256 has it")
    parser.add_argument(
        "--side", type=int, nargs="+", default=[256, 384, 512], help="of the photographs; cells are of 4 pixels"
    )
    parser.add_argument("--tolerance", type=float, nargs="+", default=[0.03, 0.3])
    defaults = {"tile": 64, "cell": 32, "near": 32, "photos": 1, "repeats": 3, "threads": 1}
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    sizes = {name: getattr(options, name) for name in ("tile", "cell", "near")}
    for side in options.side:
        for corr, values in fields(options.root, side, options.photos):
            for tolerance in options.tolerance:
                print(json.dumps({"side": side, **measure(corr, values, tolerance, sizes, options.repeats)}), flush=True)


if __name__ == "__main__":
    main()
