"""`zoo bench speed`: how fast and how large."""

from pathlib import Path
from typing import Annotated

import typer

import zoo
from zoo.cli.asking import Changes, Device
from zoo.cli.output import Json, say, show, show_json
from zoo.documents.columns import table
from zoo.documents.names import FULL
from zoo.recipes.track import DEFAULT_TRACK


def command(
    recipe: Annotated[str, typer.Option(metavar="A,B", help="Recipes; those of suite papers if not given.")] = "",
    variant: Annotated[str, typer.Option(help="A variant of each.")] = FULL,
    changes: Changes = None,
    track: Annotated[
        str, typer.Option(metavar="A,B", help="Tracks: images of their size, recipes at their scale (small, paper).")
    ] = DEFAULT_TRACK,
    peer: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE.py:FUNCTION", help="Somebody else's module, timed in turns with ours; repeatable."),
    ] = None,
    what: Annotated[str, typer.Option(metavar="A,B", help="forward, gradient (with it), step (of training).")] = "forward,step",
    batch: Annotated[str, typer.Option(metavar="1,4", help="Images at once.")] = "1",
    precision: Annotated[str, typer.Option(metavar="no,bf16", help="Of products and convolutions.")] = "no",
    compiled: Annotated[bool, typer.Option("--compiled", help="By torch.compile as well.")] = False,
    device: Device = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="Of each process; one a core if not given.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Passes after the first.")] = 5,
    seconds: Annotated[float, typer.Option(min=0, help="After which a pass is not repeated again.")] = 60.0,
    limit: Annotated[float, typer.Option(min=1, help="Seconds after which a pass is given up.")] = 600.0,
    root: Annotated[Path | None, typer.Option(help="Where the photos of the tracks lie; as they say if not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the records; runs/timings if not given.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Time again what the same code has a record of here.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be timed, and time nothing.")] = False,
    json: Json = False,
) -> None:
    """Time passes of recipes: seconds, images a second, peak memory, parameters and multiply-adds.

    Each is timed in a process of its own and leaves a record, which the board shows by hardware.
    """
    speed = zoo.speed(
        recipe, variant=variant, changes=changes or [], track=track, peer=peer or [], what=what, batch=batch,
        precision=precision, compiled=compiled, device=device, threads=threads, repeats=repeats, seconds=seconds, limit=limit,
        root=root, out=out, again=again,
    )  # fmt: skip
    if dry_run:
        show_json(speed.outline()) if json else show(table(("cell", "state"), speed.outline().items()))
        return
    done = speed.run(begins=lambda cell: say(cell.title))
    failed = [one for one in done if one.record is None]
    show_json([record.model_dump(mode="json") for record in speed.records]) if json else show(speed.table())
    for one in failed:
        say(f"{one.cell.title}: {one.error}")
    raise typer.Exit(1 if failed else 0)
