"""`zoo score`: anybody's pictures, by the protocols of the field."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import zoo
from zoo.api.pictures import RECORDS
from zoo.cli.asking import Device
from zoo.cli.output import Json, say, show, show_json
from zoo.documents.columns import table
from zoo.scoring.pictures.document import PictureProtocol, picture_protocol

if TYPE_CHECKING:
    from zoo.results.scores import ProtocolScores, ScoreRecord
    from zoo.scoring.pictures.score import PictureScore


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
    words = [word for part in leave.split(",") if (word := part.strip())]
    record, path = zoo.score(
        outputs, protocol, targets=targets, sources=sources, pairs=pairs, layout=layout or (), real=real, joints=joints,
        joints_size=joints_size, found_joints=found_joints, detector=detector, silhouettes=silhouettes, leave=words, out=out,
        device=device, tell=say,
    )  # fmt: skip
    asked = [picture_protocol(name) for name in dict.fromkeys(protocol)]
    show_json({**record.model_dump(mode="json"), "record": str(path)}) if json else show(_text(record, asked, path))


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
