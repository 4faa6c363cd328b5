"""What `zoo bench` asks for and what it says, apart from the command so that `zoo --help` need not know."""

from typing import Any

from zoo.cli.bench import LOCAL, RAY
from zoo.documents.columns import table
from zoo.documents.names import FULL
from zoo.errors import ZooError, unknown
from zoo.suites.bench import Ended
from zoo.suites.cells import SuiteCell
from zoo.suites.live import duration
from zoo.suites.plan import Schedule
from zoo.suites.suite import Suite, load_suite, suite_of_flags, suites


def refuse_idle(engine: str, **given: object) -> None:
    """ZooError for an engine that there is not, or an option of the other one."""
    if engine not in (LOCAL, RAY):
        raise unknown("engine", engine, [LOCAL, RAY], where="--engine")
    idle = ("jobs", "processes") if engine == RAY else ("address", "cpus", "gpus")
    if wrong := [option for option in idle if given[option]]:
        what, fix = f"--{wrong[0]} means nothing to --engine {engine}", "leave it out; docs/bench.md says who takes what"
        raise ZooError(what, where="zoo bench", fix=fix, exit_code=2)


def asked(
    name: str, grid: dict[str, list[str]], changes: list[str], track: list[str], seeds: int, precision: str
) -> Suite:  # fmt: skip
    """The suite that the command line names, or makes; ZooError for what is neither, or both."""
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


def plan_text(plan: Schedule, at_once: int | None, *, every: bool = True) -> str:
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


def ended_text(plan: Schedule, ended: Ended) -> str:
    """How it ended, and every failure of it."""
    text = f"{len(ended.done)} cells done, {len(ended.failed)} failed, {len(ended.left)} left"
    for cell in ended.failed:
        failure = plan.failures[cell.id]
        text += f"\n\n{failure.cell}: exit code {failure.exit_code}\n{failure.command}\n{failure.error}"
    return text


def plan_document(plan: Schedule) -> dict[str, Any]:
    """The plan for scripts."""
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
