"""`zoo.verify`, `zoo.submit`: a record scored again, and handed in."""

from dataclasses import dataclass
from pathlib import Path

from zoo.api.standings import committed
from zoo.ops.device import choose_device
from zoo.recipes.catalog import catalog
from zoo.results.files import write_record
from zoo.results.pairs import pairs_name, read_pairs
from zoo.results.record import Record
from zoo.submission.offer import Offer, offer
from zoo.submission.rescoring import Again, rescore


@dataclass(frozen=True, eq=False)
class Verified:
    """A record beside what its weights score here."""

    record: Record
    metrics: list[Again]  # what each told, what it is here, and by how many spreads the pairs moved
    path: Path | None = None  # where it was placed

    @property
    def agrees(self) -> bool:
        """Whether the pairs of every metric are what they were, but for 0.02 of their spread (root mean square)."""
        return all(one.agrees for one in self.metrics)


def verify(
    record: str | Path, *, weights: str | Path | None = None, root: str | Path | None = None, sample: int | None = None,
    device: str = "auto",
) -> Verified:  # fmt: skip
    """Score a record again from its weights: a record with its pairs beside it, a run's folder, or one on the Hub.

    `sample` pairs, which its id draws, or all. ZooError for a record that is unsound, altered or without its weights.
    """
    offered = _sound(record, weights)
    return Verified(offered.record, _again(offered, root, sample, device))


def submit(
    record: str | Path, *, weights: str | Path | None = None, root: str | Path | None = None, sample: int = 64,
    to: str | Path | None = None, device: str = "auto",
) -> Verified:  # fmt: skip
    """Look a record over, score a sample of its pairs again, and place it in `to`, the project's own records if not given.

    ZooError, with every reason, for what is refused; nothing is written then.
    """
    offered = _sound(record, weights)
    found = _again(offered, root, sample, device)
    off = [f"{one.metric}: pairs scored again are off by {one.moved:.2g} spreads" for one in found if not one.agrees]
    if off:
        raise offered.refused(off)
    mine, folder = offered.record, Path(to) if to else committed()
    return Verified(mine, found, write_record(mine, folder, (offered.path.parent / pairs_name(mine)).read_bytes()))


def _sound(record: str | Path, weights: str | Path | None) -> Offer:
    offered = offer(str(record), Path(weights) if weights else None)
    if offered.wrong:
        raise offered.refused(offered.wrong)
    return offered


def _again(offered: Offer, root: str | Path | None, sample: int | None, device: str) -> list[Again]:
    """The pairs of a sound record, scored again."""
    pairs, place = read_pairs(offered.record, offered.path.parent), choose_device(device)
    assert pairs is not None, "a record without pairs is unsound"
    where = Path(root) if root else None
    return rescore(offered.record, pairs, offered.weights, catalog(), device=place, root=where, sample=sample)
