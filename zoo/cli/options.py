"""The options several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.request import Request, resolve

Recipe = Annotated[str, typer.Option(help="A recipe's name (zoo list recipe) or a .toml file.")]
Variant = Annotated[str, typer.Option(help="A variant of the recipe (zoo list variant).")]
Track = Annotated[str, typer.Option(help="A track's name (zoo list track) or a .toml file.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change the recipe, e.g. merge.levels=2 or losses.rec.weight=0.5; repeatable."
    ),
]
Steps = Annotated[int | None, typer.Option(min=1, help="Training steps; the track's budget if not given.")]
Seed = Annotated[int, typer.Option(min=0, help="Seeds parameters and training samples.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 ...")]
Precision = Annotated[str, typer.Option(help="Training precision: no or bf16.")]
Out = Annotated[Path | None, typer.Option(help="Run folder; runs/TRACK/RECIPE-VARIANT-seedN if not given.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that was interrupted.")]
Weights = Annotated[Path | None, typer.Option(help="Your own weights (.safetensors) instead of the shipped ones.")]
Root = Annotated[Path | None, typer.Option(help="Where the photos of the track lie; as the track says if not given.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output and nothing else.")]


def make_request(recipe: str, **options: Any) -> Request:
    """What a command is asked for; a misspelt name or an impossible mix is refused here, before torch is imported."""
    request = Request(recipe, **options)
    resolved, track = resolve(request, catalog())
    check_mix(resolved, track, catalog())
    return request
