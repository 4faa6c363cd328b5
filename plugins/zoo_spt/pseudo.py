"""Pseudo pairs: a photo, and the pose and parsing of somebody else who is dressed alike (SPT sec. 3.2)."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor

from zoo.documents.progress import Ticker, ticking
from zoo.documents.voice import tell
from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Dataset, Pairing
from zoo.ops.regions import remap
from zoo.regions import remap_table
from zoo.store.tensors import read_tensors, write_tensors
from zoo.types import Pair
from zoo_base.pairings import stream, untold
from zoo_spt.search import Cards, admissible, canonical_energy, cards_of, exact_energy, joined

VERSION = 1  # of what a search finds: raise it when its rules change
FILE = "pseudo_pairs.safetensors"
LOADED, CHUNK, EXACT = 64, 256, 32  # images, sources and pairs at a time


@dataclass(frozen=True)
class Rules:
    """What determines the result of a search, apart from the data."""

    candidates: int
    similar: float
    same_garments: bool
    own: bool
    by_area: bool
    version: int = VERSION


@dataclass(frozen=True)
class Ranking:
    """The best candidates of the first n images, best first: positions in the list of images, E (inf where there is none)."""

    candidates: Tensor  # (n,k) int64
    energy: Tensor  # (n,k)


class PseudoPairs(Pairing):
    """Every image whose search succeeded best, with the pose and the parsing of its pseudo label. Never reads a target's image.

    `best` is the share of images that is kept, by E; of the `candidates` that canonical grids leave, E as printed chooses,
    divided by the area of the candidate's parts with `by_area`.
    `similar` is the pose distance in statures below which a pose is no other pose. Images of the source's own person are no
    candidates unless `own`: a true pair must not be met, not even by chance (the paper does not say). The search is stored
    in the run's folder, and goes on where it was interrupted.
    """

    needs_target = False

    def __init__(
        self,
        context: Context,
        *,
        best: Annotated[float, Option("share of the images that is kept, those whose search succeeded best", "paper")] = 0.8,
        candidates: Annotated[int, Option("poses that canonical grids leave for the exact energy", "paper")] = 20,
        similar: Annotated[float, Option("distance in statures below which a pose is no other pose", "paper")] = 0.1,
        same_garments: Annotated[bool, Option("a candidate wears the same kinds of garment", "paper")] = True,
        own: Annotated[bool, Option("images of the source's own person may be candidates", "ours")] = False,
        by_area: Annotated[bool, Option("E by the area of the candidate's parts: sums favour small people", "paper")] = True,
    ) -> None:
        self.regions, self.best = context.regions, best
        self.rules = Rules(candidates, similar, same_garments, own, by_area)
        self.sources = self.targets = torch.empty(0, dtype=torch.long)

    def prepare(self, data: Dataset, split: str, folder: Path) -> None:
        groups = data.groups(split)
        images = torch.tensor([image for group in groups for image in group])
        person = torch.repeat_interleave(torch.tensor([len(group) for group in groups]))
        found = self._find(data, split, folder / FILE, images, person)
        energy = found.energy[:, 0]
        count = min(round(self.best * len(images)), int(energy.isfinite().sum()))
        if not count:
            raise ZooError(f"no image of split {split!r} finds a pseudo label", where="pairing spt.pseudo",
                           fix="more images, or --set phases.PHASE.pairing.same_garments=false")  # fmt: skip
        kept = energy.topk(count, largest=False).indices.sort().values
        self.sources, self.targets = images[kept], images[found.candidates[kept, 0]]

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        assert len(self.sources), "prepare the pairing first"
        items, _ = stream(len(self.sources), seed=seed, start=start, count=count)
        pair = data.load(split, self.sources[items], self.targets[items])
        return untold(pair, parsing=pair.target.parsing)

    def _find(self, data: Dataset, split: str, path: Path, images: Tensor, person: Tensor) -> Ranking:
        key = json.dumps({"data": data.digest(split), "regions": self.regions.name, **asdict(self.rules)}, sort_keys=True)
        found = _stored(path, key)
        if found is not None and len(found.energy) == len(images):
            return found
        began, done = time.monotonic(), [found] if found is not None else []
        cards = joined(list(ticking(self._cards(data, split, images), "reading parsings", -(-len(images) // LOADED))))
        first = sum(len(part.energy) for part in done)
        with Ticker("searching pseudo labels", len(images), first) as ticker:
            for start in range(first, len(images), CHUNK):
                done.append(self._chunk(cards, person, slice(start, start + CHUNK)))
                _store(path, key, found := _together(done))
                ticker.at(len(found.energy))
        tell(f"pseudo labels of {len(images) - first} images found in {time.monotonic() - began:.0f} s")
        return _together(done)

    def _cards(self, data: Dataset, split: str, images: Tensor) -> Iterator[Cards]:
        table = remap_table(data.vocabulary, self.regions.name)
        for chunk in images.split(LOADED):
            person = data.load(split, chunk, chunk).source
            if person.parsing is None:
                raise ZooError("the images have no parsing", where="pairing spt.pseudo", fix="use data with regions")
            yield cards_of(person.but(image=None, parsing=remap(person.parsing, table, len(self.regions))), self.regions)

    def _chunk(self, cards: Cards, person: Tensor, rows: slice) -> Ranking:
        sources, rules = cards[rows], self.rules
        allowed = admissible(sources, cards, similar=rules.similar, same_garments=rules.same_garments)
        if not rules.own:
            allowed &= person[rows, None] != person
        energy = canonical_energy(sources, cards, by_area=rules.by_area).masked_fill(~allowed, torch.inf)
        rough, candidates = energy.topk(min(rules.candidates, len(cards)), largest=False)
        pairs = torch.stack([torch.arange(len(sources)).repeat_interleave(candidates.shape[1]), candidates.flatten()], 1)
        compared = ((sources[part[:, 0]], cards[part[:, 1]]) for part in pairs.split(EXACT))
        exact = torch.cat([exact_energy(*some, by_area=rules.by_area) for some in compared])
        exact, order = exact.view_as(rough).masked_fill(rough.isinf(), torch.inf).sort(1)
        return Ranking(candidates.gather(1, order), exact)


def _together(parts: list[Ranking]) -> Ranking:
    return Ranking(torch.cat([p.candidates for p in parts]), torch.cat([p.energy for p in parts]))


def _store(path: Path, key: str, found: Ranking) -> None:
    write_tensors(path, {"candidates": found.candidates, "energy": found.energy}, {"search": key})


def _stored(path: Path, key: str) -> Ranking | None:
    """What an earlier search by the same rules in the same data found; None where there is none, or a damaged one."""
    try:
        tensors, metadata = read_tensors(path)
        return Ranking(tensors["candidates"], tensors["energy"]) if metadata.get("search") == key else None
    except (ZooError, KeyError):
        return None
