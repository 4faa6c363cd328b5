"""`zoo effects`: what each part brings, over a grid of recipes."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.asking import Results
from zoo.cli.output import Json, show, show_json
from zoo.documents.columns import table
from zoo.recipes.track import DEFAULT_TRACK, track_name
from zoo.suites.suite import load_suite

if TYPE_CHECKING:
    from zoo.results.effects import Effect, Effects

_SHOWN = 12  # interactions, the largest first


def command(
    suite: Annotated[str, typer.Argument(help="Only the records of this suite's cells: its name or .toml file.")] = "",
    track: Annotated[str | None, typer.Option(help=f"The suite's first, or {DEFAULT_TRACK}, if not given.")] = None,
    by: Annotated[str | None, typer.Option(help="The metric; the protocol's own if not given.")] = None,
    results: Results = None,
    json: Json = False,
) -> None:
    """Say what pose, style, merge, generator and losses bring.

    Main effects and interactions of two, with 95 % intervals over people and seeds. Without a suite all ranked recipes of the
    track are the grid, variants and baselines aside. Cells may be missing: intervals grow, and what is left open is said.
    """
    told = zoo.effects(suite, track=track, by=by, results=results or [])
    place = track_name(track or (load_suite(suite).track[0] if suite else DEFAULT_TRACK))
    show_json(_document(told)) if json else show(_text(told, place))


def _document(found: "Effects") -> dict[str, Any]:
    kinds = {"main": found.main, "interactions": found.interactions}
    return {
        "metric": found.metric.name, "unit": found.metric.unit, "higher_is_better": found.metric.higher_is_better,
        "mean": found.mean, "factors": found.factors, "told": found.told, "cells": found.cells, "missing": found.missing,
        "apart": found.apart,
        **{kind: [asdict(effect) for effect in of_kind] for kind, of_kind in kinds.items()},
    }  # fmt: skip


def _text(found: "Effects", track: str) -> str:
    better = "higher" if found.metric.higher_is_better else "lower"
    unit = f" {found.metric.unit}" if found.metric.unit else ""
    lines = [f"{found.metric.name} on {track}, {better} is better: {found.mean:.4g}{unit} over {found.cells} cells, "
             f"{found.missing} of the grid missing"]  # fmt: skip
    if not found.factors:
        return lines[0] + "\nall cells are of the same parts"
    if found.told:
        lines.append("; ".join(f"{name} varies with {teller} alone" for name, teller in found.told.items()))
    if found.apart:
        lines.append(f"{found.apart} recipes share no part with the others")
    told = [effect for effect in found.interactions if effect.value is not None]
    lines += ["", table(("factor", "level", "cells", "effect"), [_row(effect) for effect in found.main])]
    if told:
        largest = sorted(told, key=lambda effect: -abs(effect.value or 0))[:_SHOWN]
        lines += ["", table(("factors", "together", "cells", "beyond their effects"), [_row(effect) for effect in largest])]
    silent = len(found.interactions) - len(told)
    lines += [f"\n{silent} interactions are open: the cells there are do not determine them"] if silent else []
    return "\n".join([*lines, "* certain at 95 % among all effects of its kind"])


def _row(effect: "Effect") -> tuple[str, ...]:
    names = (" x ".join(side) for side in zip(*effect.places, strict=True))
    if effect.value is None or effect.adjusted is None:
        return *names, str(effect.cells), "open"
    from zoo.results.difference import CERTAIN

    mark = " *" if effect.adjusted < CERTAIN else ""
    return *names, str(effect.cells), f"{effect.value:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}]{mark}"
