"""The table of passes at the papers' size: before, now, the peer, the machine's limit, and what was aimed at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo.results.speed import SpeedRecord, read_speeds
from zoo.timing.wording import brief

TRACK = "figures-256"
HEAD = ["", "before", "now", "bf16", "compiled (first pass)", "the authors' code", "limit", "peak", "aim"]


def passes(asked: Mapping[str, Any], folder: Path) -> list[list[str]]:
    """A row for each pass of passes.toml, by the newest records of the folder, under a head; empty where nobody timed."""
    records = [record for record in read_speeds([folder]) if record.track == TRACK]
    return [HEAD, ["---"] * len(HEAD), *(_row(claim, asked["before"], records) for claim in asked["passes"])]


def _row(claim: Mapping[str, Any], before: str, records: Sequence[SpeedRecord]) -> list[str]:
    same = [r for r in records if (r.what, r.batch) == (claim["what"], claim["batch"])]
    ours = [r for r in same if r.subject.title == claim["of"]]
    then = [r for r in ours if r.commit.startswith(before)]
    now = [r for r in ours if r not in then]
    plain, bf16, compiled = _last(now), _last(now, precision="bf16"), _last(now, compiled=True)
    ways = {"": plain, "in bf16": bf16, "compiled": compiled}
    theirs = _last([r for r in same if r.subject.title == claim.get("peer")])
    return [
        claim["title"], _seconds(_last(then)), _seconds(plain), _seconds(bf16),
        f"{_seconds(compiled)} ({brief(compiled.first)})" if compiled else "", _seconds(theirs),
        brief(plain.share * plain.seconds.median) if plain else "",
        f"{plain.peak / 1e9:.1f} GB" if plain else "", _aim(claim, _last(then), ways),
    ]  # fmt: skip


def _last(records: Sequence[SpeedRecord], precision: str = "no", compiled: bool = False) -> SpeedRecord | None:
    """The newest of those passes."""
    return next((r for r in reversed(records) if (r.precision, r.compiled) == (precision, compiled)), None)


def _seconds(record: SpeedRecord | None) -> str:
    return brief(record.seconds.median) if record else ""


def _aim(claim: Mapping[str, Any], then: SpeedRecord | None, ways: Mapping[str, SpeedRecord | None]) -> str:
    """Each aim, and the first of the ways of now that meets it: seconds, gigabytes, times as fast as before."""
    found = {way: record for way, record in ways.items() if record}
    told = []
    if "seconds" in claim:
        told.append(f"{claim['seconds']:g} s: {_met({way: r.seconds.median <= claim['seconds'] for way, r in found.items()})}")
    if "peak" in claim:
        told.append(f"{claim['peak']:g} GB: {_met({way: r.peak <= claim['peak'] * 1e9 for way, r in found.items()})}")
    if "times" in claim and then:
        times = {way: then.seconds.median / r.seconds.median for way, r in found.items()}
        each = ", ".join(f"{value:.2g} {way}".strip() for way, value in times.items())
        told.append(
            f"{claim['times']:g} times: {_met({way: value >= claim['times'] for way, value in times.items()})} ({each})"
        )
    return "; ".join(told) if found else ""


def _met(by: Mapping[str, bool]) -> str:
    """`met`, `met in bf16`, `missed`."""
    return next((f"met {way}".strip() for way, met in by.items() if met), "**missed**")
