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
    theirs = _last([r for r in same if r.subject.title == claim.get("peer")])
    return [
        claim["title"], _seconds(_last(then)), _seconds(plain), _seconds(bf16),
        f"{_seconds(compiled)} ({brief(compiled.first)})" if compiled else "", _seconds(theirs),
        brief(plain.share * plain.seconds.median) if plain else "",
        f"{plain.peak / 1e9:.1f} GB" if plain else "", _aim(claim, _last(then), [r for r in (plain, bf16, compiled) if r]),
    ]  # fmt: skip


def _last(records: Sequence[SpeedRecord], precision: str = "no", compiled: bool = False) -> SpeedRecord | None:
    """The newest of those passes."""
    return next((r for r in reversed(records) if (r.precision, r.compiled) == (precision, compiled)), None)


def _seconds(record: SpeedRecord | None) -> str:
    return brief(record.seconds.median) if record else ""


def _aim(claim: Mapping[str, Any], then: SpeedRecord | None, found: Sequence[SpeedRecord]) -> str:
    """Each aim, and whether one of the ways of now meets it: seconds, gigabytes, times as fast as before."""
    if not found:
        return ""
    fastest = min(r.seconds.median for r in found)
    told = []
    if "seconds" in claim:
        told.append(f"{claim['seconds']} s: {_met(fastest <= claim['seconds'])}")
    if "peak" in claim:
        told.append(f"{claim['peak']} GB: {_met(min(r.peak for r in found) <= claim['peak'] * 1e9)}")
    if "times" in claim and then:
        times = then.seconds.median / fastest
        told.append(f"{claim['times']} times: {_met(times >= claim['times'])} ({times:.2g})")
    return ", ".join(told)


def _met(met: bool) -> str:
    return "met" if met else "**missed**"
