"""`zoo score`: anybody's pictures, by the protocols of the field."""

import platform
import re
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from zoo.cli.asking import Device
from zoo.cli.output import Json, say, show, show_json
from zoo.documents.columns import table
from zoo.documents.files import require_writable
from zoo.errors import ZooError, unknown
from zoo.scoring.pictures.document import PictureProtocol, picture_protocol
from zoo.scoring.pictures.needs import networks, refuse_idle, require_all, without
from zoo.store.registry import find_network

if TYPE_CHECKING:
    from zoo.results.scores import ProtocolScores, ScoreRecord
    from zoo.scoring.pictures.frames import Layout, Role
    from zoo.scoring.pictures.naming import Matched
    from zoo.scoring.pictures.score import PictureScore

NAME = "score"
RECORDS = Path("runs") / "scores"
LAYOUTS = {"outputs": ("person", "banded", "strip"), "targets": ("person", "banded"), "real": ("person", "banded")}
LIBRARIES = ("posezoo", "torch", "torchvision", "torchmetrics", "numpy", "pillow")
_SHOWN = 3  # names of what was left out


def command(
    outputs: Annotated[Path, typer.Option(metavar="DIR", help="The pictures to score, or strips as PATN writes them.")],
    protocol: Annotated[
        list[str],
        typer.Option(help="A protocol of pictures (zoo list protocol) or a .toml file; repeatable, one pass for all."),
    ],
    targets: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The pictures they should have been; strips show their own.")
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The photos they were made from; they are scored in the outputs' place, too."),
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(metavar="CSV", help="What to score, columns from and to; every output if not given.")
    ] = None,
    layout: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[ROLE=]LAYOUT",
            help="person, banded (256x256, bands at the sides) or strip, of all or of outputs, targets, real. Squares need it.",
        ),
    ] = None,
    real: Annotated[Path | None, typer.Option(metavar="DIR", help="The training pictures of a Frechet distance.")] = None,
    joints: Annotated[
        Path | None, typer.Option(metavar="CSV", help="The targets' joints, rows name:keypoints_y:keypoints_x.")
    ] = None,
    joints_size: Annotated[
        str | None, typer.Option(metavar="HxW", help="Of the pictures whose pixels they are; those measured if not given.")
    ] = None,
    found_joints: Annotated[
        Path | None, typer.Option(metavar="CSV", help="The joints that a detector saw in the outputs, in the same pixels.")
    ] = None,
    detector: Annotated[str, typer.Option(help="Which detector that was, for the record.")] = "",
    silhouettes: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Pictures, white where the target's person is.")
    ] = None,
    leave: Annotated[
        str,
        typer.Option(
            "--without", metavar="METRIC,...", help="Metrics to go on without: lpips, fid, kid, is, pckh, or by name."
        ),
    ] = "",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the record goes.")] = RECORDS,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score pictures on disk against their targets, by any number of protocols in one pass.

    An output is called as its target, SOURCE___TARGET, SOURCE_2_TARGET or SOURCE_TARGET, with _vis behind or not. A protocol
    fixes frame, size and formulas (zoo show NAME): its numbers compare with those of its own digest and no others. What a
    metric lacks is told before the pass, with the mend. The record says what was counted.
    """
    given = {"real": real, "joints": joints, "found_joints": found_joints, "silhouettes": silhouettes}
    asked = [picture_protocol(name) for name in dict.fromkeys(protocol)]
    rules = without(asked, filter(None, (word.strip() for word in leave.split(","))))
    layouts = _layouts(layout or [])
    supplied = [name for name, path in given.items() if path]
    require_all(rules, supplied)
    refuse_idle(rules, supplied)
    if pckh := [rule for p in rules for rule in p.metrics if rule.use == "pckh"]:
        _require_detector(detector, pckh[0].detector)
    require_writable(out)
    from zoo.documents.progress import Ticker
    from zoo.results.record import Hardware
    from zoo.results.scores import ScoreRecord
    from zoo.running import choose_device
    from zoo.scoring.pictures.folders import Folders, open_folders, score_folders, steps

    began, place = time.perf_counter(), choose_device(device)
    found, supplies = open_folders(
        Folders(
            outputs=outputs, targets=targets, sources=sources, pairs=pairs, joints_size=_size(joints_size),
            layouts=cast("dict[Role, Layout | None]", layouts), **given,
        )
    )  # fmt: skip
    _tell(found, asked, layouts["targets"])
    with Ticker("scoring", steps(found, supplies)) as ticker:
        scored = score_folders(found, supplies, rules, device=place, progress=ticker.at)
    for what in scored.scores.damaged[:_SHOWN]:
        say(f"left out: {what}")
    record = ScoreRecord.new(
        what=outputs.resolve().name or "pictures", protocols=asked, scores=scored.scores.scores,
        copies=scored.copies.scores if scored.copies else None, counts=scored.counts(),
        layouts={role: chosen for role, chosen in layouts.items() if chosen}, pictures=scored.digest,
        networks={name: find_network(name).sha256 for p in rules for rule in p.metrics for name in networks(rule)},
        detector=detector, versions={**{name: version(name) for name in LIBRARIES}, "python": platform.python_version()},
        hardware=Hardware.of(place), seconds=round(time.perf_counter() - began, 3),
    )  # fmt: skip
    path = record.write(out)
    show_json({**record.model_dump(mode="json"), "record": str(path)}) if json else show(_text(record, asked, path))


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


def _tell(found: "Matched", asked: Iterable[PictureProtocol], targets: str | None) -> None:
    """What was matched and what was not, and which protocols keep a mistake, or take their targets from another release."""
    say(f"{len(found.couples)} of {found.outputs} outputs have a target among {found.targets}")
    for what, names in (("pairs without an output", found.missing), ("outputs left out", found.left_out)):
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            say(f"{what}: {', '.join(names[:_SHOWN])}{more}")
    for protocol in asked:
        if protocol.legacy:
            say(f"warning: {protocol.name} keeps a mistake: {protocol.legacy}")
        if protocol.truth == "highres" and targets == "banded":
            say(f"warning: {protocol.name} takes its targets from img_highres; pictures with bands are of the other release")


def _text(record: "ScoreRecord", asked: Iterable[PictureProtocol], path: Path) -> str:
    blocks = [_block(rows, protocol) for rows, protocol in zip(record.protocols, asked, strict=True)]
    return "\n\n".join([*blocks, str(path)])


def _block(rows: "ProtocolScores", protocol: PictureProtocol) -> str:
    head = [f"{rows.name} {rows.version}", "score", *(["copy of source"] if rows.copies else []), "outputs", "left out", "real"]
    lines = []
    for name, score in rows.scores.items():
        copied = [_number(rows.copies[name])] if rows.copies else []
        left = score.undefined + score.dropped
        real = "" if score.real is None else str(score.real)
        lines.append([name, _number(score), *copied, str(score.pictures), str(left) if left else "", real])
    lines += [[name, "left out", *([""] if rows.copies else []), "", "", ""] for name in rows.without]
    return table(head, lines)


def _number(score: "PictureScore") -> str:
    return "none" if score.value is None else f"{score.value:.4f}"
