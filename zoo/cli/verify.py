"""`zoo verify`: a record scored again, from its weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import zoo
from zoo.cli.asking import Device
from zoo.cli.output import Json, show, show_json
from zoo.documents.columns import table

if TYPE_CHECKING:
    from zoo.submission.rescoring import Again

Place = Annotated[
    str, typer.Argument(metavar="RECORD|RUN|hf:...", help="A record with its scores of pairs beside it, or a run.")
]
Weights = Annotated[
    Path | None, typer.Option(help="The file the record scored; the run's own, or the registry's, if not given.")
]  # fmt: skip
Root = Annotated[Path | None, typer.Option(help="Where the photos of the track lie; as the track says if not given.")]


def command(
    record: Place,
    weights: Weights = None,
    root: Root = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many pairs, which its id draws; all if not given.")] = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score a record again from its weights, here, and tell what differs.

    Exit code 1 where the pairs of a metric are off by more than 0.02 of their spread (root mean square). What is unsound,
    altered or without its weights is refused.
    """
    found = zoo.verify(record, weights=weights, root=root, sample=sample, device=device)
    if json:
        metrics = [{**vars(one), "agrees": one.agrees} for one in found.metrics]
        show_json(
            {"record": found.record.id, "agrees": found.agrees, "precision": found.record.scoring_precision, "metrics": metrics}
        )
    else:
        show(again_text(found.metrics))
        if found.record.scoring_precision != "no":
            show(f"scored in {found.record.scoring_precision}, as the record was")
    raise typer.Exit(0 if found.agrees else 1)


def again_text(found: "list[Again]") -> str:
    """A table of what differs."""
    rows = [
        (one.metric, str(one.pairs), f"{one.told:.5g}", f"{one.here:.5g}", f"{one.moved:.2g}", "yes" if one.agrees else "no")
        for one in found
    ]
    return table(("metric", "pairs", "record", "here", "off by", "agrees"), rows)
