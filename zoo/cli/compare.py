"""`zoo compare`: two runs, pair by pair."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.output import Json, show, show_json, table
from zoo.documents.names import FULL
from zoo.errors import visible

if TYPE_CHECKING:
    from zoo.results.comparison import PairScores

NAME = "compare"


def command(
    a: Annotated[Path, typer.Argument(help="The folder of a run, as zoo run tells it.")],
    b: Annotated[Path, typer.Argument(help="The folder of another run on the same track.")],
    json: Json = False,
) -> None:
    """Compare two runs pair by pair.

    Sharper than two intervals side by side: what is hard about a pair is hard for both runs, and cancels in the difference.
    It speaks of these two trainings: another seed of the same recipe may differ as well, so compare several. What is scored on
    all outputs at once, as ffd is, has no part here.
    """
    from zoo.results.comparison import PairScores, compare

    one, other = PairScores.load(a), PairScores.load(b)
    rows = compare(one, other)
    if json:
        show_json(rows)
        return
    show("\n".join(f"{letter}: {_named(run)}" for letter, run in (("a", one), ("b", other))) + "\n")
    show(table(("metric", "a", "b", "a - b", "better"), [_line(row) for row in rows]))


def _line(row: dict[str, object]) -> tuple[str, ...]:
    d = row["difference"]
    assert isinstance(d, dict)
    difference = f"{d['mean']:+.3g} [{d['low']:+.3g}, {d['high']:+.3g}]"
    return str(row["metric"]), f"{row['a']:.4g}", f"{row['b']:.4g}", difference, str(row["better"] or "cannot be told")


def _named(run: "PairScores") -> str:
    details = [*([run.variant] if run.variant != FULL else []), *run.changes, f"seed {run.seed}"]
    return visible(f"{run.recipe} ({', '.join(details)}) on {run.arena['track']}, {len(run.pairs)} pairs")
