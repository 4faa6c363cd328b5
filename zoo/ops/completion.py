"""A hole in a picture filled with patches of what is around it (PatchMatch, Barnes et al. 2009; Wexler et al. 2007).

Nothing is learned, and what is drawn is always the same. Offsets are (x, y) pixels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.ops.scene import filled
from zoo.ops.warp import pixel_grid

PATCH = 5  # pixels a side
WORKED = 160  # rows at which patches are sought; finer pictures take their pixels from the same places
COARSEST = 12  # rows
TONE = 25.0  # what a patch of another tone than the means that fill the hole costs, squared
LEVEL = 60.0  # what a patch from so many heights further up or down costs, squared: the world lies in layers
SHY = 2  # of those rows: so near the hole nothing is taken, as it may still show what stood there
RIM = 3  # pixels about a hole
LIGHT = 0.3  # by so much at most their tone corrects what is taken: more is no light, but left of what stood there
ROUNDS = 4  # of looking at what neighbours have found, and of chance, at each of the sizes


def completed(image: Tensor, known: Tensor) -> Tensor:
    """`image` (B,3,H,W) with what is not `known` (B,1,H,W in {0,1}) taken from elsewhere in it, so that patches look alike.

    A picture of which hardly anything is known is filled with means alone (`filled`).
    """
    return torch.cat([_one(image[i : i + 1], 1 - known[i : i + 1]) for i in range(len(image))])


def _one(image: Tensor, hole: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    shrunk = min(1.0, WORKED / height)
    sizes = [(round(height * shrunk), round(width * shrunk))]
    while sizes[0][0] > 2 * COARSEST and min(sizes[0]) > 4 * PATCH:
        sizes.insert(0, (-(-sizes[0][0] // 2), -(-sizes[0][1] // 2)))
    mean = filled(image, 1 - hole)
    chance = torch.Generator(image.device).manual_seed(0)
    source = None
    guess = F.interpolate(mean, sizes[0], mode="area")
    for size in sizes:
        known = F.interpolate(mean, size, mode="area")
        gap = (F.interpolate(hole, size, mode="area") > 0).to(image)
        shy = round(SHY * size[0] / WORKED)
        allowed = _grown(gap, PATCH // 2 + shy) == 0
        if int(allowed.sum()) < PATCH**2:
            return mean
        if source is not None:
            guess = F.interpolate(guess, size, mode="bilinear", align_corners=False)
        guess = torch.lerp(known, guess, gap)
        start = _random(allowed, size, chance) if source is None else _larger(source, size)
        source, guess = _matched(guess, known, gap, allowed, start, chance, source is None)
    assert source is not None
    taken = _taken(image, mean, hole, source)
    rim = _grown(hole, RIM) - hole  # what is taken for these pixels is known to be too bright, or too dark
    taken = (taken + filled((image - taken).clamp(-LIGHT, LIGHT), rim)).clamp(image.amin(), image.amax())
    return torch.lerp(image, taken, hole)


def _matched(
    guess: Tensor, known: Tensor, gap: Tensor, allowed: Tensor, source: Tensor, chance: torch.Generator, first: bool
) -> tuple[Tensor, Tensor]:
    """Where the best patch for each pixel near the gap lies (1,2,h,w), and the picture that these patches make."""
    size = (known.shape[-2], known.shape[-1])
    near = _grown(gap)[0, 0] > 0
    places = near.nonzero()  # (N,2) rows, columns
    targets = places.flip(1)  # x, y
    sources = F.unfold(F.pad(known, (PATCH // 2,) * 4, mode="replicate"), PATCH)[0].T  # (h w, 3 P^2)
    free = allowed[0, 0]
    number = torch.full(size, -1, dtype=torch.long, device=known.device)
    number[near] = torch.arange(len(places), device=known.device)
    limits = torch.tensor([size[1] - 1, size[0] - 1], device=known.device)
    tones = sources.unflatten(1, (-1, PATCH**2)).mean(2)  # (h w, 3)
    wanted = tones[places[:, 0] * size[1] + places[:, 1]]  # in the hole they are those of the means that fill it
    best = source[0, :, near].T.long().clamp(min=torch.zeros_like(limits), max=limits)  # (N,2)

    def cost(at: Tensor, patches: Tensor) -> Tensor:
        inside = (at >= 0).all(1) & (at <= limits).all(1)
        at = at.clamp(min=torch.zeros_like(limits), max=limits)
        chosen = at[:, 1] * size[1] + at[:, 0]
        differences = (sources[chosen] - patches).square().sum(1) + TONE * (tones[chosen] - wanted).square().sum(1)
        steep = LEVEL * ((at - targets)[:, 1] / size[0]).square()
        return (differences + steep).masked_fill(~(inside & free[at[:, 1], at[:, 0]]), torch.inf)

    if first:
        guess = torch.lerp(known, _voted(best, sources, places, size), gap)
    for _ in range(ROUNDS * (1 + 2 * first)):
        patches = F.unfold(F.pad(guess, (PATCH // 2,) * 4, mode="replicate"), PATCH)[0].T[places[:, 0] * size[1] + places[:, 1]]
        least = cost(best, patches)
        for candidate in _candidates(best, targets, number, limits, chance):
            found = cost(candidate, patches)
            better = found < least
            best, least = torch.where(better[:, None], candidate, best), torch.where(better, found, least)
        guess = torch.lerp(known, _voted(best, sources, places, size), gap)
    source = source.clone()
    source[0, :, near] = best.T.to(source)
    return source, guess


def _candidates(best: Tensor, targets: Tensor, number: Tensor, limits: Tensor, chance: torch.Generator) -> list[Tensor]:
    """What the neighbours 1 and 4 pixels away have found, carried over, and places around one's own, at random."""
    out = []
    for step in (1, 4):
        for x, y in ((step, 0), (-step, 0), (0, step), (0, -step)):
            shift = targets.new_tensor([x, y])
            there = (targets + shift).clamp(min=torch.zeros_like(limits), max=limits)
            who = number[there[:, 1], there[:, 0]]
            out.append(torch.where((who >= 0)[:, None], best[who.clamp_min(0)] - shift, best))
    reach = float(limits.max())
    while reach >= 1:
        jump = (torch.rand(best.shape, generator=chance, device=best.device) * 2 - 1) * reach
        out.append(best + jump.round().long())
        reach /= 3
    return out


def _voted(best: Tensor, sources: Tensor, places: Tensor, size: tuple[int, int]) -> Tensor:
    """Every pixel is the mean of what the patches over it say (1,3,h,w)."""
    said = sources.new_zeros(size[0] * size[1], sources.shape[1] + PATCH**2)
    at = places[:, 0] * size[1] + places[:, 1]
    said[at, : sources.shape[1]] = sources[best[:, 1] * size[1] + best[:, 0]]
    said[at, sources.shape[1] :] = 1
    half = PATCH // 2
    total, votes = (
        F.fold(part.T[None], (size[0] + 2 * half, size[1] + 2 * half), PATCH)[..., half:-half, half:-half]
        for part in (said[:, : sources.shape[1]], said[:, sources.shape[1] :])
    )
    return total / votes.clamp_min(1)


def _taken(image: Tensor, mean: Tensor, hole: Tensor, source: Tensor) -> Tensor:
    """The picture's own pixels (1,C,H,W), each from where `source` (1,2,h,w) says its neighbourhood is taken from."""
    size, coarse = (image.shape[-2], image.shape[-1]), (source.shape[-2], source.shape[-1])
    ratio = source.new_tensor([size[1] / coarse[1], size[0] / coarse[0]])[:, None, None]
    offset = F.interpolate((source - pixel_grid(coarse, source)) * ratio, size, mode="nearest")
    at = (pixel_grid(size, offset) + offset)[0].round().long()
    x, y = at[0].clamp(0, size[1] - 1), at[1].clamp(0, size[0] - 1)
    return torch.where(hole[:, :, y, x] > 0, mean, image[:, :, y, x])


def _random(allowed: Tensor, size: tuple[int, int], chance: torch.Generator) -> Tensor:
    """A place to take from, by chance, for every pixel (1,2,h,w); in its own row where that has one."""
    free = allowed[0, 0].nonzero().flip(1)
    anywhere = free[torch.randint(len(free), (size[0] * size[1],), generator=chance, device=allowed.device)].T
    weights = allowed[0, 0].double() + 1e-9
    column = torch.multinomial(weights, size[1], replacement=True, generator=chance)  # (h,w)
    rows = pixel_grid(size, column.float())[1]
    has = allowed[0, 0].any(1)[:, None].expand(size)
    return torch.where(has, torch.stack([column.float(), rows]), anywhere.reshape(2, *size).float())[None]


def _larger(source: Tensor, size: tuple[int, int]) -> Tensor:
    coarse = (source.shape[-2], source.shape[-1])
    ratio = source.new_tensor([size[1] / coarse[1], size[0] / coarse[0]])[:, None, None]
    offset = F.interpolate((source - pixel_grid(coarse, source)) * ratio, size, mode="nearest")
    return (pixel_grid(size, offset) + offset).round()


def _grown(gap: Tensor, by: int = PATCH // 2) -> Tensor:
    """The gap (1,1,h,w) and whatever is next to it, by default what shares a patch with it."""
    return F.max_pool2d(gap, 2 * by + 1, 1, by)
