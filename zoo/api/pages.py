"""What stands beside records on a page, from where records are found."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from zoo.api.standings import LOCAL, committed
from zoo.report import Beside, Strip
from zoo.results.pictures import read_painted
from zoo.results.record import Record
from zoo.results.speed import SpeedRecord
from zoo.store.registry import Published, registry

log = logging.getLogger(__name__)


def beside(
    records: Iterable[Record],
    folders: Sequence[Path] = (),
    published: Sequence[Published] | None = None,
    strips: Sequence[Strip] = (),
    speeds: Sequence[SpeedRecord] = (),
) -> Beside:
    """The reader's own among `records` are those that are not the project's; pictures are looked for around `folders`."""
    shipped = {path.stem.rpartition("--")[2] for path in committed().glob("*.json")}
    return Beside(
        mine=frozenset(record.id for record in records if record.id[:12] not in shipped),
        strips=strips,
        speeds=speeds,
        published=registry().published if published is None else published,
        painted=read_painted(folders or (LOCAL,), report=log.warning),
        licences={entry.sha256: entry.licence for entry in registry().weights},
    )
