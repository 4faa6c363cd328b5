"""What is to be timed here, and what has been. Imports no torch."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from zoo.documents.files import assets, require_writable
from zoo.recipes.catalog import Catalog
from zoo.recipes.request import RUNS
from zoo.results.speed import Key, SpeedRecord, read_speeds
from zoo.suites.places import cards, hardware
from zoo.timing.bench import Measured, Setting, groups, measure
from zoo.timing.cells import SpeedCell, SpeedGrid
from zoo.timing.code import code_digest, commit

COMMITTED = assets() / "benchmarks" / "timings"
LOCAL = RUNS / "timings"
Watch = Callable[[SpeedCell], object]


@dataclass
class SpeedPlan:
    """Cells and their setting, with the records that there are; records of what is timed go to `out`."""

    cells: list[SpeedCell]
    setting: Setting
    out: Path
    known: dict[Key, SpeedRecord] = field(default_factory=dict)

    def record(self, cell: SpeedCell) -> SpeedRecord | None:
        """Of the same pass of the same code on this hardware."""
        return self.known.get(self.setting.key(cell))

    def groups(self) -> list[list[SpeedCell]]:
        """What is to be timed; in turns with a peer everything is, though one of them has a record."""
        return [group for group in groups(self.cells) if not all(map(self.record, group))]

    def run(self, begins: Watch = lambda cell: None, ended: Callable[[Measured], object] = lambda one: None) -> list[Measured]:
        """Time what has no record. Each is written as soon as it is there, so an interrupted plan goes on from there."""
        require_writable(self.out)
        done = []
        for group in self.groups():
            for one in measure(group, self.setting, begins):
                if one.record:
                    one.record.write(self.out)
                    self.known[self.setting.key(one.cell)] = one.record
                ended(one)
                done.append(one)
        return done


def plan_speed(
    wanted: SpeedGrid,
    catalog: Catalog,
    *,
    device: str = "auto",
    threads: int | None = None,
    repeats: int = 5,
    seconds: float = 60.0,
    limit: float = 600.0,
    out: Path = LOCAL,
    again: bool = False,
    report: Callable[[str], object],
) -> SpeedPlan:
    """What is to be timed for `wanted` on a device; `again`: whatever has been timed before. ZooError for a wrong word."""
    place = device if device != "auto" else "cuda:0" if cards() else "cpu"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    setting = Setting(
        place, threads or cores, hardware(place), code_digest(catalog), commit(), version("torch"), repeats, seconds, limit
    )  # fmt: skip
    known = [] if again else read_speeds([COMMITTED, out], report)
    return SpeedPlan(wanted.cells(catalog), setting, out, {record.key: record for record in known})
