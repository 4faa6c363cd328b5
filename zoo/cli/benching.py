"""What `zoo bench` says, apart from the command so that `zoo --help` need not know."""

from typing import Any

from zoo.documents.columns import table
from zoo.suites.bench import Ended
from zoo.suites.cells import SuiteCell
from zoo.suites.live import duration
from zoo.suites.plan import Schedule


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
