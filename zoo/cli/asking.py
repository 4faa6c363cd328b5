"""The options that ask for something to run: written down once, and handed to a command as one checked Request."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.api.asking import checked, for_photos
from zoo.recipes.request import Every, Request
from zoo.recipes.track import DEFAULT_TRACK

Recipe = Annotated[str, typer.Option(help="A recipe's name (zoo list recipe) or a .toml file.")]
Variant = Annotated[str, typer.Option(help="A variant of the recipe (zoo list variant).")]
Track = Annotated[str, typer.Option(help="A track's name (zoo list track) or a .toml file.")]
Size = Annotated[str, typer.Option(help="Which of the recipe's sizes, e.g. small or paper; the track's scale if not given.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change the recipe, e.g. merge.levels=2 or losses.rec.weight=0.5; repeatable."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps ...")]
Results = Annotated[
    list[Path] | None, typer.Option(help="Folders of records, or of runs; the project's and ./runs if not given.")
]

OPTIONS: dict[str, Any] = {
    "recipe": Recipe,
    "variant": Variant,
    "track": Track,
    "size": Size,
    "changes": Changes,
    "from_scratch": Annotated[bool, typer.Option("--from-scratch", help="Train first, instead of the shipped weights.")],
    "weights": Annotated[Path | None, typer.Option(help="Your own weights (.safetensors) instead of the shipped ones.")],
    "init_from": Annotated[Path | None, typer.Option(help="Weights that training starts from: the parts that fit.")],
    "steps": Annotated[int | None, typer.Option(help="Training steps; the track's budget if not given.")],
    "batch": Annotated[int | None, typer.Option(help="Samples a step; the track's budget if not given.")],
    "seed": Annotated[int, typer.Option(help="Seeds parameters and training samples.")],
    "device": Device,
    "precision": Annotated[
        str,
        typer.Option(
            metavar="no|bf16|auto",
            help="Of the forward pass, in training or at work; auto is bf16 where AMX or a GPU multiplies it.",
        ),
    ],
    "out": Annotated[Path | None, typer.Option(help="Run folder; runs/TRACK/RECIPE-VARIANT-seedN if not given.")],
    "resume": Annotated[bool, typer.Option("--resume", help="Go on with a run that was interrupted.")],
    "checkpoint_every": Annotated[
        Every | None,
        typer.Option(metavar="STEPS|SECONDSs", parser=Every.parse, help="200 or 60s; 200 and 120s if not given."),
    ],
    "track_with": Annotated[
        str | None, typer.Option(metavar="TRACKER", help="Tell tensorboard, trackio, wandb or mlflow of the training, too.")
    ],
    "samples_every": Annotated[
        int | None, typer.Option(metavar="STEPS", help="Paint the same few test pairs so often, into samples/ and the tracker.")
    ],
    "samples": Annotated[
        int,
        typer.Option(help="Pictures of each pair, by a generator of several steps: the first is scored, and their diversity."),
    ],
    "force": Annotated[bool, typer.Option("--force", help="Begin anew where another run is, and delete that.")],
    "root": Annotated[Path | None, typer.Option(help="Where the photos of the track lie; as the track says if not given.")],
}  # by the field of Request that they fill
OF_PHOTOS: dict[str, Any] = {
    "recipe": Annotated[
        str, typer.Option(help="A recipe's name (zoo list recipe) or a .toml file; the one for photographs if not given.")
    ],
    "track": Annotated[
        str,
        typer.Option(
            help=f"A track's name (zoo list track) or a .toml file; if not given, {DEFAULT_TRACK}, or the track for "
            "photographs without a --recipe."
        ),
    ],
}  # what may be left out where the recipe may
Asked = dict[str, Any]  # what is asked for, by the field of Request
MODEL = ("recipe", "variant", "track", "size", "changes", "weights", "device", "precision")
TRAINING = tuple(name for name in OPTIONS if name not in ("from_scratch", "weights", "samples"))


def asking(*names: str, of_photos: bool = False, **fixed: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The command takes the options `names` instead of its first parameter, and is given them: by name, or as a Request.

    A misspelt name or an impossible mix is refused here, before torch is imported. `of_photos`: the recipe may be left out, and
    the registry names the one that serves photographs.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        first, *own = inspect.signature(command, eval_str=True).parameters.values()

        @wraps(command)
        def call(**given: Any) -> None:
            asked = {name: given.pop(name) for name in names}
            asked = {**(for_photos(asked) if of_photos else asked), **fixed}
            request = checked(**asked)
            command(request if first.annotation is Request else asked, **given)

        every = [*(_parameter(name, of_photos) for name in names), *(p.replace(kind=p.KEYWORD_ONLY) for p in own)]
        every.sort(key=lambda p: p.default is not p.empty)  # what is required comes first
        call.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        call.__annotations__ = {p.name: p.annotation for p in every}
        return call

    return decorate


def _parameter(name: str, of_photos: bool) -> inspect.Parameter:
    [field] = [f for f in fields(Request) if f.name == name]
    default = None if name == "changes" else inspect.Parameter.empty if name == "recipe" else field.default
    option = OPTIONS[name]
    if of_photos and name == "precision":
        default = "auto"  # a picture for people, and no row of a board, may depend on the machine in its last digits
    if of_photos and name in OF_PHOTOS:
        default, option = "", OF_PHOTOS[name]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
