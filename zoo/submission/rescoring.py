"""A record's pairs, scored again from its weights: on this machine, whichever made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo.documents.progress import Ticker
from zoo.errors import ZooError
from zoo.hub.pulling import recipe_of, track_of
from zoo.model import build
from zoo.recipes.catalog import Catalog
from zoo.recipes.trained import as_trained
from zoo.results.pairs import PairScores
from zoo.results.record import Record
from zoo.scoring import score
from zoo.scoring.scorer import SPLIT
from zoo.store.weights import load_weights
from zoo.submission.sound import WHOLE_SETS

TOLERANCE = 0.02  # root mean square of the pairs' differences, of the spread of the pairs


@dataclass(frozen=True)
class Again:
    """One metric over the pairs that were scored again."""

    metric: str
    pairs: int
    told: float  # their mean by the record
    here: float  # and now
    moved: float  # root mean square difference of a pair, in standard deviations of the pairs

    @property
    def agrees(self) -> bool:
        """Whether it is the same but for rounding: another device may turn a joint or a pixel over."""
        return self.moved <= TOLERANCE


def rescore(
    record: Record, pairs: PairScores, weights: Path | None, catalog: Catalog, *, device: str = "cpu",
    root: Path | None = None, sample: int | None = None,
) -> list[Again]:  # fmt: skip
    """Score a record's pairs again, or `sample` of them, which its id draws. ZooError for other weights, data or pairs.

    A Frechet distance is told only of all pairs: each one's part in it depends on the others.
    """
    recipe, track = recipe_of(record), track_of(record)
    track = track.at(root) if root else track
    kit = build(recipe, track, catalog, seed=record.seed)
    if (found := kit.data.digest(SPLIT)) != record.data_digest:
        what = f"the data here is not what was scored: digest {found[:12]}..., told {record.data_digest[:12]}..."
        raise ZooError(what, where=f"track {track.name}", fix="name the right folder: --root")
    if weights is not None:
        load_weights(kit.model, weights, architecture=as_trained(recipe, catalog).architecture(), sha256=record.weights.sha256)
    kit.model.precision = record.scoring_precision
    chosen = _drawn(record, sample)
    with Ticker("scoring", len(chosen)) as ticker:
        scored = score(
            kit.model, kit, track, device=device, places=chosen, samples=record.samples,
            progress=lambda done, _: ticker.at(done),
        )  # fmt: skip
    if list(scored.names) != [pairs.names[i] for i in chosen]:
        what = "the track's pairs are not those that were scored"
        raise ZooError(what, where=f"track {track.name}", fix="name its data: --root")
    now = PairScores.of(scored.names, scored.people, scored.per_pair, scored.weights)
    partial = WHOLE_SETS if len(chosen) < record.pairs else set()
    return [_again(name, pairs, now, chosen) for name in pairs.scores if name not in partial]


def _drawn(record: Record, sample: int | None) -> list[int]:
    """The places of `sample` pairs in the record, all if None; whoever made it cannot have chosen them."""
    if sample is None or sample >= record.pairs:
        return [*range(record.pairs)]
    return sorted(np.random.default_rng(int(record.id[:16], 16)).choice(record.pairs, sample, replace=False).tolist())


def _again(name: str, told: PairScores, now: PairScores, chosen: Sequence[int]) -> Again:
    """A pair that has nothing to measure on one side alone is infinitely far off, as is a metric that is no longer there."""
    before = told.scores[name][list(chosen)].astype(np.float64)
    here = now.scores[name].astype(np.float64) if name in now.scores else np.full(len(chosen), np.nan)
    both = np.isfinite(before) & np.isfinite(here)
    weights = np.where(both, told.weight(name)[list(chosen)], 0.0)
    spread = float(np.nanstd(told.scores[name])) or 1.0
    moved = float(np.sqrt(np.mean((before - here)[both] ** 2))) / spread if both.any() else 0.0
    if (np.isfinite(before) != np.isfinite(here)).any():
        moved = float("inf")
    means = [float(np.average(x[both], weights=weights[both])) if weights.any() else float("nan") for x in (before, here)]
    return Again(name, int(both.sum()), means[0], means[1], moved)
