"""`zoo bench`: run a grid of recipes, parts, tracks and seeds."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.cli.asking import Changes, Device
from zoo.cli.output import Json, say, show, show_json, table
from zoo.documents.names import FULL
from zoo.errors import ZooError, unknown
from zoo.recipes.catalog import catalog
from zoo.suites.bench import Ended, run
from zoo.suites.building import prepare
from zoo.suites.cells import SuiteCell
from zoo.suites.engines import Engine
from zoo.suites.engines.local import Local, together
from zoo.suites.engines.on_ray import OnRay, Resources
from zoo.suites.live import Watching, duration
from zoo.suites.places import rooms
from zoo.suites.plan import Schedule
from zoo.suites.suite import Suite, load_suite, suite_of_flags, suites

NAME = "bench"
LOCAL, RAY = "local", "ray"
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
    engine: Annotated[str, typer.Option(metavar="local|ray", help="This machine, or a Ray cluster.")] = LOCAL,
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
    grid = {"recipe": _split(recipe), "variant": _split(variant), "pose": _split(pose), "style": _split(style)}
    grid |= {"parsing": _split(parsing), "merge": _split(merge), "generator": _split(generator)}
    asked = _asked(suite, grid, changes or [], _split(track), seeds, precision)
    _refuse_idle(engine, jobs=jobs, processes=processes != 1, address=address, cpus=cpus, gpus=gpus)
    found = rooms(device, jobs, memory, processes)
    plan = prepare(
        asked, catalog(), device=found[0].device, results=results or (), only=only or (), retry_failed=retry_failed,
        root=root,
    )  # fmt: skip
    at_once = len(found) if engine == LOCAL else None
    if dry_run:
        show_json(_plan_document(plan)) if json else show(_plan_text(plan, at_once))
        return
    say(_plan_text(plan, at_once, every=False))
    where: Engine = Local(found, together(processes))
    if engine == RAY:
        where = OnRay(address, Resources(cpus or 1, 0.0 if device == "cpu" else gpus, memory))
    with Watching(plan, at_once) as watching:
        ended = run(plan, where, limit_hours=limit_hours, watch=watching)
    show_json(_plan_document(plan)) if json else show(_ended_text(plan, ended))
    raise typer.Exit(1 if plan.failures else 0)


def _refuse_idle(engine: str, **given: object) -> None:
    """ZooError for an engine that there is not, or an option of the other one."""
    if engine not in (LOCAL, RAY):
        raise unknown("engine", engine, [LOCAL, RAY], where="--engine")
    idle = ("jobs", "processes") if engine == RAY else ("address", "cpus", "gpus")
    if wrong := [option for option in idle if given[option]]:
        what, fix = f"--{wrong[0]} means nothing to --engine {engine}", "leave it out; docs/bench.md says who takes what"
        raise ZooError(what, where="zoo bench", fix=fix, exit_code=2)


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _asked(
    name: str, grid: dict[str, list[str]], changes: list[str], track: list[str], seeds: int, precision: str
) -> Suite:  # fmt: skip
    if bool(name) == bool(grid["recipe"]):
        what = "a suite and --recipe exclude each other" if name else "nothing is to be run"
        fix = f"name a suite ({', '.join(suites())}), or recipes with --recipe"
        raise ZooError(what, where="zoo bench", fix=fix, exit_code=2)
    if not name:
        return suite_of_flags(seeds, track, precision or "no", **grid, set=changes)
    idle = [option for option, value in {**grid, "set": changes, "track": track}.items() if value not in ([], [FULL])]
    if idle := idle or ["seeds"] * (seeds != 1):
        raise ZooError(
            f"--{idle[0]} is for benches without a suite", where="zoo bench", fix="write it into the suite", exit_code=2
        )
    loaded = load_suite(name)
    if precision not in ("", "no", "bf16"):
        raise unknown("precision", precision, ["no", "bf16"], where="--precision")
    return loaded.model_copy(update={"precision": precision}) if precision else loaded


def _plan_text(plan: Schedule, at_once: int | None, *, every: bool = True) -> str:
    """What is impossible, what each cell is, and what the rest will take."""
    parts = []
    if plan.refused:
        rows = [(r.title, r.why, r.mend) for r in plan.refused]
        parts.append(f"{len(plan.refused)} mixes cannot be:\n{table(['mix', 'why', 'mend'], rows)}")
    if every and plan.cells:
        parts.append(table(["cell", "state", "takes", "by"], [_row(plan, cell) for cell in plan.cells]))
    failed = [f"{f.cell}: {f.error.splitlines()[0] if f.error else f.exit_code}" for f in plan.failures.values()]
    if failed:
        parts.append("failed before (--retry-failed tries again):\n" + "\n".join(failed))
    return "\n\n".join([*parts, _sum(plan, at_once)])


def _row(plan: Schedule, cell: SuiteCell) -> tuple[str, str, str, str]:
    found = plan.estimates.get(cell.id)
    return cell.title, plan.state(cell), duration(found.seconds) if found else "", found.basis if found else ""


def _sum(plan: Schedule, at_once: int | None) -> str:
    todo = plan.todo()
    done = sum(plan.state(cell) == "done" for cell in plan.cells)
    told = [found for cell in todo if (found := plan.estimates.get(cell.id))]
    text = f"{plan.suite.name}: {len(plan.cells)} cells, {done} have records, {len(todo)} to run"
    text += f", {at_once} at once" if at_once else ""
    if told:
        seconds, size = sum(e.seconds for e in told), sum(e.bytes for e in told)
        unknown = f" and {len(todo) - len(told)} nobody has seen" if len(told) < len(todo) else ""
        whole = f"{duration(seconds / at_once)} ({duration(seconds)} of work)" if at_once else f"{duration(seconds)} of work"
        text += f"\nabout {whole}, {size / 1e9:.2f} GB of disk{unknown}"
    return text


def _ended_text(plan: Schedule, ended: Ended) -> str:
    text = f"{len(ended.done)} cells done, {len(ended.failed)} failed, {len(ended.left)} left"
    for cell in ended.failed:
        failure = plan.failures[cell.id]
        text += f"\n\n{failure.cell}: exit code {failure.exit_code}\n{failure.command}\n{failure.error}"
    return text


def _plan_document(plan: Schedule) -> dict[str, Any]:
    return {
        "suite": plan.suite.name,
        "cells": [_cell_document(plan, cell) for cell in plan.cells],
        "refused": [vars(r) for r in plan.refused],
    }


def _cell_document(plan: Schedule, cell: SuiteCell) -> dict[str, Any]:
    record, found = plan.known.record(cell), plan.estimates.get(cell.id)
    return {
        "cell": cell.title, "id": cell.id, "recipe": cell.recipe.name, "variant": cell.recipe.variant,
        "changes": cell.recipe.changes, "track": cell.track.name, "seed": cell.request.seed, "state": plan.state(cell),
        "record": record.id if record else None, "seconds": found.seconds if found else None,
        "error": plan.failures[cell.id].error if cell.id in plan.failures else None,
    }  # fmt: skip
