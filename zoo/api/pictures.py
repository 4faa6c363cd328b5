"""`zoo.score`: anybody's pictures, by the protocols of the field."""

import logging
import platform
import re
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zoo.documents.files import require_writable
from zoo.errors import ZooError, unknown
from zoo.scoring.pictures.document import PictureProtocol, picture_protocol
from zoo.scoring.pictures.needs import networks, refuse_idle, require_all, without
from zoo.store.registry import find_network

if TYPE_CHECKING:
    from zoo.results.scores import ScoreRecord
    from zoo.scoring.pictures.frames import Layout, Role
    from zoo.scoring.pictures.naming import Matched

log = logging.getLogger("zoo")
RECORDS = Path("runs") / "scores"
LAYOUTS = {"outputs": ("person", "banded", "strip"), "targets": ("person", "banded"), "real": ("person", "banded")}
LIBRARIES = ("posezoo", "torch", "torchvision", "torchmetrics", "numpy", "pillow")
_SHOWN = 3  # names of what was left out


def score(
    outputs: str | Path, protocol: str | Sequence[str], *, targets: str | Path | None = None, sources: str | Path | None = None,
    pairs: str | Path | None = None, layout: Iterable[str] = (), real: str | Path | None = None,
    joints: str | Path | None = None, joints_size: str | None = None, found_joints: str | Path | None = None,
    detector: str = "", silhouettes: str | Path | None = None, leave: Iterable[str] = (), out: str | Path = RECORDS,
    device: str = "auto", tell: Callable[[str], object] = log.info,
) -> "tuple[ScoreRecord, Path]":  # fmt: skip
    """Score pictures on disk against their targets by one or several protocols, in one pass; the record, and its file in `out`.

    An output is called as its target, SOURCE___TARGET, SOURCE_2_TARGET or SOURCE_TARGET, with _vis behind or not; `pairs` is a
    csv of what to score, `sources` are scored in the outputs' place, too. `layout` is "person", "banded" or "strip", or
    "ROLE=LAYOUT" of outputs, targets and real. `real` holds the training pictures of a Frechet distance; `joints` (a csv of the
    targets' joints in pixels of `joints_size`, "256x176"), `found_joints` by `detector`, and `silhouettes` are for the metrics
    that read them. `leave` names metrics to go on without. `tell` hears what was matched. ZooError for what a metric lacks.
    """
    files = {"real": real, "joints": joints, "found_joints": found_joints, "silhouettes": silhouettes}
    given = {name: Path(path) if path else None for name, path in files.items()}
    asked = [picture_protocol(name) for name in dict.fromkeys([protocol] if isinstance(protocol, str) else protocol)]
    rules = without(asked, leave)
    layouts = _layouts(layout)
    supplied = [name for name, path in given.items() if path]
    require_all(rules, supplied)
    refuse_idle(rules, supplied)
    if pckh := [rule for p in rules for rule in p.metrics if rule.use == "pckh"]:
        _require_detector(detector, pckh[0].detector)
    require_writable(Path(out))
    from zoo.documents.progress import Ticker
    from zoo.ops.device import choose_device
    from zoo.results.hardware import Hardware
    from zoo.results.scores import ScoreRecord
    from zoo.scoring.pictures.folders import Folders, open_folders, score_folders, steps

    began, place = time.perf_counter(), choose_device(device)
    folders = {
        name: Path(path) if path else None for name, path in {"targets": targets, "sources": sources, "pairs": pairs}.items()
    }
    found, supplies = open_folders(
        Folders(
            outputs=Path(outputs), joints_size=_size(joints_size), layouts=cast("dict[Role, Layout | None]", layouts),
            **folders, **given,
        )
    )  # fmt: skip
    _tell(found, asked, layouts["targets"], tell)
    with Ticker("scoring", steps(found, supplies)) as ticker:
        scored = score_folders(found, supplies, rules, device=place, progress=ticker.at)
    for what in scored.scores.damaged[:_SHOWN]:
        tell(f"left out: {what}")
    record = ScoreRecord.new(
        what=Path(outputs).resolve().name or "pictures", protocols=asked, scores=scored.scores.scores,
        copies=scored.copies.scores if scored.copies else None, counts=scored.counts(),
        layouts={role: chosen for role, chosen in layouts.items() if chosen}, pictures=scored.digest,
        networks={name: find_network(name).sha256 for p in rules for rule in p.metrics for name in networks(rule)},
        detector=detector, versions={**{name: version(name) for name in LIBRARIES}, "python": platform.python_version()},
        hardware=Hardware.of(place), seconds=round(time.perf_counter() - began, 3),
    )  # fmt: skip
    return record, record.write(Path(out))


def _layouts(words: Iterable[str]) -> dict[str, str | None]:
    """Of each role, as the words say: one for all, or `role=layout`."""
    chosen: dict[str, str | None] = dict.fromkeys(LAYOUTS)
    for word in words:
        role, _, layout = word.rpartition("=")
        if role and role not in LAYOUTS:
            raise unknown("role", role, LAYOUTS, where="--layout")
        for one in [role] if role else LAYOUTS:
            if layout not in LAYOUTS[one] and not (layout in LAYOUTS["outputs"] and not role):
                raise unknown("layout", layout, LAYOUTS[one], where=f"--layout {one}")
            chosen[one] = layout if layout in LAYOUTS[one] else chosen[one]
    return chosen


def _size(text: str | None) -> tuple[int, int] | None:
    """(H, W) of `HxW`."""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not found:
        raise ZooError(f"{text!r} is no size", where="--joints-size", fix="write height x width, 256x176 say", exit_code=2)
    return int(found[1]), int(found[2])


def _require_detector(named: str, published: str) -> None:
    if not named:
        fix = f"say --detector NAME; the published numbers are of: {published}"
        raise ZooError("PCKh without a detector's name tells nothing", where="--detector", fix=fix, exit_code=2)


def _tell(found: "Matched", asked: Iterable[PictureProtocol], targets: str | None, tell: Callable[[str], object]) -> None:
    """What was matched and what was not, and which protocols keep a mistake, or take their targets from another release."""
    tell(f"{len(found.couples)} of {found.outputs} outputs have a target among {found.targets}")
    for what, names in (("pairs without an output", found.missing), ("outputs left out", found.left_out)):
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            tell(f"{what}: {', '.join(names[:_SHOWN])}{more}")
    for protocol in asked:
        if protocol.legacy:
            tell(f"warning: {protocol.name} keeps a mistake: {protocol.legacy}")
        if protocol.truth == "highres" and targets == "banded":
            tell(f"warning: {protocol.name} takes its targets from img_highres; pictures with bands are of the other release")
