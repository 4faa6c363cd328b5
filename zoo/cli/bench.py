"""`zoo bench`: run a grid of recipes, parts, tracks and seeds."""

from pathlib import Path
from typing import Annotated

import typer

import zoo
from zoo.cli.asking import Changes, Device
from zoo.cli.output import Json, say, show, show_json
from zoo.documents.names import FULL

Listed = Annotated[str, typer.Option(metavar="A,B", help="Components, or recipes whose part is meant; with commas between.")]


def command(
    suite: Annotated[str, typer.Argument(help="A suite's name or a .toml file; or say with options what is to be run.")] = "",
    recipe: Annotated[str, typer.Option(metavar="A,B", help="Recipes, with commas between.")] = "",
    variant: Annotated[str, typer.Option(metavar="A,B", help="Variants of each.")] = FULL,
    pose: Listed = "",
    style: Listed = "",
    parsing: Listed = "",
    merge: Listed = "",
    generator: Listed = "",
    changes: Changes = None,
    track: Annotated[str, typer.Option(metavar="A,B", help="Tracks.")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="How many: 3 are the seeds 0, 1 and 2.")] = 1,
    device: Device = "auto",
    precision: Annotated[str, typer.Option(metavar="no|bf16", help="Of the forward pass in training.")] = "",
    engine: Annotated[str, typer.Option(metavar="local|ray", help="This machine, or a Ray cluster.")] = "local",
    jobs: Annotated[int | None, typer.Option(min=1, help="Cells at once here; if not given, one a core, or one a GPU.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Processes that share a cell here, on a GPU each.")] = 1,
    address: Annotated[str | None, typer.Option(help="Of the Ray cluster; one on this machine if not given.")] = None,
    cpus: Annotated[int | None, typer.Option(min=1, help="Cores that Ray reserves for a cell; 1 if not given.")] = None,
    gpus: Annotated[float | None, typer.Option(min=0, help="GPUs for a cell, such as 0.25; 1 where there are any.")] = None,
    memory: Annotated[float | None, typer.Option(min=0.1, help="Gigabytes that a cell may need; fewer run at once.")] = None,
    results: Annotated[list[Path] | None, typer.Option(help="Folders of records to look into as well; repeatable.")] = None,
    root: Annotated[Path | None, typer.Option(help="Where the photos of the tracks lie; as they say if not given.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only cells with this in their title; repeatable.")] = None,
    limit_hours: Annotated[float | None, typer.Option(min=0, help="Stop then; the same command goes on.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try cells again that have failed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be run, and run nothing.")] = False,
    json: Json = False,
) -> None:
    """Run a suite: recipes, parts, tracks and seeds.

    A cell that has a record is skipped, a killed one goes on from its checkpoint.
    """
    from zoo.cli.benching import ended_text, plan_document, plan_text
    from zoo.suites.live import Watching

    bench = zoo.bench(
        suite, recipe=recipe, variant=variant, pose=pose, style=style, parsing=parsing, merge=merge, generator=generator,
        changes=changes or [], track=track, seeds=seeds, device=device, precision=precision, engine=engine, jobs=jobs,
        processes=processes, address=address, cpus=cpus, gpus=gpus, memory=memory, results=results or [], root=root,
        only=only or [], retry_failed=retry_failed,
    )  # fmt: skip
    plan, at_once = bench.plan, bench.at_once
    if dry_run:
        show_json(plan_document(plan)) if json else show(plan_text(plan, at_once))
        return
    say(plan_text(plan, at_once, every=False))
    with Watching(plan, at_once) as watching:
        ended = bench.run(limit_hours=limit_hours, watch=watching)
    show_json(plan_document(plan)) if json else show(ended_text(plan, ended))
    raise typer.Exit(1 if plan.failures else 0)
